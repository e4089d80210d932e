def match(subject):
    match subject:
        case 1 | "a" | None | True:
            return 1
        case -1.5 | mod.value:
            return 2
        case [1, x, *rest] if x:
            return x, rest
        case [x, *_, y] | (x, y):
            return x, y
        case {"k": v, mod.key: [w], **others}:
            return v, w, others
        case Point(x=0, y=y) | Point(y, 0):
            return y
        case str(s) as t:
            return s, t
        case {}:
            return {}
        case _:
            return None
