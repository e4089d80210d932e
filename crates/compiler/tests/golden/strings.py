def strings(x, y):
    a = f"{x}"
    b = f"a{x!r}b{y:>{x}}c" "d"
    c = f"{x=} {y = !s:10}"
    d = t"{x} and {y!a:{x}}"
    e = f"" f"{{}}"
    return a, b, c, d, e


import os, os.path as path
from . import sibling
from .package.module import name as other, more
from everything import *
