def handlers(f):
    try:
        f()
    except ValueError as error:
        return error
    except (TypeError, KeyError):
        raise
    except:
        f(1)
    else:
        f(2)
    finally:
        f(3)


def loops(items):
    for item in items:
        try:
            if item:
                continue
            break
        finally:
            print(item)


def groups(f):
    try:
        f()
    except* ValueError as group:
        print(group)
    except* TypeError:
        f(1)


def raising(x):
    try:
        raise x from None
    finally:
        del x


def contexts(a, b):
    with a, b as c:
        return c
