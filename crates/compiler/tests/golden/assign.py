def swap(a, b):
    a, b = b, a
    return a, b


def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def targets(x, y):
    first, *rest, last = x
    k, v = y
    x.attr, y[0] = 1, x
    p = q = x + y
    (s, (t, u)), w = x
    p = y[(p := 1)] = q = x + y
    return first, rest, last, k, v, p, q, s, t, u, w


def augmented(x, y):
    x += 1
    x -= y * 2
    y.attr |= x
    y[x] <<= 70000
    y[1:x] += [1]
    global counter
    counter += 1


def walrus(f, x):
    y = x + (x := f()) + x
    while (line := f(x)) is not None:
        print(line)
    return y


def half_assigned(f, x):
    try:
        x = [x, f(), *x]
        x = x and f()
        x = {**x, "k": f()}
    except TypeError:
        pass
    return x


def unbound(c):
    if c:
        x = 1
    del c
    print(x)
    print(x, c)
