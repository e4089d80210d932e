def calls(f, x, args, kwargs):
    f()
    f(1, x)
    f(x, key=x, other=1)
    f(*args)
    f(1, *args, x, key=1, **kwargs)
    f(1, **kwargs)
    x.method(1).other().third(x)
    x.method(*args)
    return f(f(f(x)))


class Child(Base):
    def method(self, x):
        super().method(x)
        super(Child, self).attr
        return super().method(*x)


def consumers(items):
    if any(item > 1 for item in items):
        return tuple(item + 1 for item in items)
    return all(items)
