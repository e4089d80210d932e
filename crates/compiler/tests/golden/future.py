from __future__ import annotations

x: list[int] = []


class C:
    y: "text"
    z: a + b if c else (d, e)


def f(a: int, b: C.y) -> dict[str, int]:
    local: int = 1
    return local
