def defaults(a, b=1, /, c="x", *args, d, e=None, **kwargs):
    """Doc."""
    return a, b, c, args, d, e, kwargs


def annotated(a: int, *args: *Ts, b: "text" = 1) -> None: ...


def closures(a):
    b = 1

    def inner():
        nonlocal b
        b += a
        return lambda c=a: b + c

    return inner


def generator(n):
    while n:
        received = yield n
        n -= 1
        print((yield), received)
    yield from range(n)
    return n


async def coroutine(a):
    async with a as b:
        await b
    async for c in a:
        yield c


@decorator
def decorated(f=lambda x: x): return f
