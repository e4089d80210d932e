def conditions(a, b, c):
    if a and (b or not c):
        return 1
    elif a < b < c != 0:
        return 2
    elif a is None or b is not None:
        return 3
    x = a or b and c
    y = a if b else c
    z = a < b() < c
    return x, y, z, a in (1, 2), a in [1, 2], a not in {1, 2}, a is b, not a


def constants():
    if 0:
        never()
    while True:
        if 1 and not 0:
            break
    assert __debug__, "message"
    return "yes" if 1 else "no"
