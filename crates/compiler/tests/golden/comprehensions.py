def inlined(items, limit):
    a = [x * limit for x in items if x if x < limit]
    b = {x: y for x, y in items}
    c = {(x, y) for x in a for y in [x + 1] for z in b}
    return a, b, c


def captured(items):
    x = 1
    functions = [lambda: x for x in items]
    return functions, x


def generator(items, y):
    return (x + y for x in items)


async def asynchronous(items):
    return [await x async for x in items if x]


names = [name for name in dir() if not name.startswith("_")]
