"""Records the text that CPython keeps of an annotation, for expressions from the standard library and some of our own.

    python3.14 make_unparse_cases.py OUTPUT [COUNT [SEED]]

A line of the output is an expression and its text, separated by a tab; backslash, tab and newline are escaped.
"""

import ast
import glob
import os
import random
import sys
import warnings

OWN = r"""
a or b and not c
(a or b) and (not c)
not (a and b)
a if b else c if d else e
(a if b else c) if d else e
lambda: 0
lambda a, /, b=1, *c, d, e=2, **f: (a, b)
lambda *, a: a
lambda *a: a
(lambda: 0)()
lambda: (yield)
a + b * c ** d ** e
(a + b) * (c ** d) ** e
-a ** -b
(-a) ** b
- -a
~(not a)
a - (b - c) - d
a < b <= c is not d not in e
(a < b) < c
{**a, 'b': c, d | e: f}
{*a, b}
{}
()
(a,)
a[b, c]
a[(b, c)]
a[b,]
a[()]
a[:, ::b, c:d:e]
a[*b]
a[*b, c]
f(*a, b, c=d, **e)
f(x for x in y)
f((x for x in y), z)
[x async for x in y if a if b for c, in d]
{a: b for a, b in c}
{a for a in (b if c else d)}
[(a, b) for a in lambda: c, ]
1 .real
1.5.real
(1).real
0xff + 0o17 + 0b11 + 1_000_000
123456789012345678901234567890 + 0xffffffffffffffffffffffff
1e400 - 1e400j
-1e400
1e16 + 1e-5 + 0.1 + 100.0
3j * 1.5j
'a' "b" '''c'''
'it\'s' "\"" '\'"'
'\ud800 \x00 \u00e9 \U0001f600'
u'a'
u'a' 'b'
b'a\'b' b"\xff"
f'{a}' 'b{}' f'{{c}} {d!r:>{e}}'
f'{a=}' f'{a = }' f'{a=:x}' f'{a=!s}'
f'{ {1: 2} }'
f'{ {x for x in y} }'
f'{lambda_}' f'{(lambda: 1)}'
f"{'a' + "b"}"
f'\n{a}\t'
rf'\d{a:\d}'
f''
f'a'
t'{a}b{c!r:{d}}'
t'{ a + b }' t'{(c)}' t'{d=}'
t'{ {1: 2} }'
...
None
True
a.b.c[d].e(f).g
(a, b)[c]
[a, *b]
(a := b)
f(a := b)
[a := b, c]
(await_ for x in y)
a @ b // c % d
a << b >> c & d ^ e | f
not a == b
(not a) == b
*a, b
""".strip().splitlines()

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})


def text_of(expression):
    """The text CPython keeps of the expression, or None if it cannot be an annotation."""
    source = f"from __future__ import annotations\nclass A:\n x: (\n{expression}\n)\n"
    namespace = {}
    try:
        exec(compile(source, "<case>", "exec"), namespace)
    except (SyntaxError, ValueError):
        return None
    return namespace["A"].__annotations__["x"]


def expressions(count, seed):
    """Our own expressions and a sample of the library's."""
    found = []
    for path in sorted(filter(os.path.exists, glob.glob(os.path.join(os.path.dirname(os.__file__), "*.py")))):
        with open(path, encoding="utf-8") as file:
            source = file.read()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.expr) and not isinstance(node, (ast.Name, ast.Constant, ast.Slice, ast.Starred)):
                segment = ast.get_source_segment(source, node)
                if segment and 8 < len(segment) < 200:
                    found.append(segment)
    return OWN + random.Random(seed).sample(found, min(count, len(found)))


def main():
    warnings.simplefilter("ignore")
    output, count, seed = (sys.argv[1:] + ["300", "1"][len(sys.argv) - 2 :])[:3]
    lines = {}
    for expression in expressions(int(count), int(seed)):
        if (text := text_of(expression)) is not None:
            lines[f"{expression.translate(ESCAPES)}\t{text.translate(ESCAPES)}\n"] = None
    with open(output, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()
