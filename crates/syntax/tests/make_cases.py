"""Collects source snippets and records what CPython's parser says of each.

    python3.14 make_cases.py suite DIR-WITH-test-PACKAGE OUTPUT [MODULE ...]
    python3.14 make_cases.py mutations CASES OUTPUT COUNT [SEED]
    python3.14 make_cases.py typing CASES OUTPUT COUNT [SEED]
    python3.14 make_cases.py warnings CASES OUTPUT

`suite` runs modules of CPython's own test suite with `compile`, `exec`, `eval` and `ast.parse` watched: every source
text that passes through them becomes a case. `mutations` makes new cases from those of an earlier output by random
changes; `typing` cuts them off and parses them as `codeop` does.

The recorded answer is that of the parser alone (`PyCF_ONLY_AST`), so errors of later stages count as accepted. A line of
the output is

    mode kind lineno offset end_lineno end_offset msg text source

separated by tabs; backslash, tab, newline, carriage return and form feed are escaped in the last three. The mode
`typing` is `single` with `PyCF_DONT_IMPLY_DEDENT` and `PyCF_ALLOW_INCOMPLETE_INPUT`.

`warnings` records for each source that parses with warnings: mode, source, and line and message of each warning.
"""

import ast
import builtins
import codeop
import io
import random
import re
import sys
import unittest
import warnings

MODULES = """
test_syntax test_exceptions test_fstring test_tstring test_grammar test_named_expressions test_patma test_eof
test_unpack_ex test_positional_only_arg test_keywordonlyarg test_compile test_type_params test_type_aliases
test_type_annotations test_string_literals test_unicode_identifiers test_codeop test_generators test_genexps
test_dictcomps test_listcomps test_setcomps test_coroutines test_asyncgen test_with test_except_star test_global
test_scope test_super test_future_stmt.test_future test_ast.test_ast test_flufl test_cmd_line_script test_traceback
test_int test_complex test_float test_bytes test_decorators test_pep646_syntax test_unpack test_tabnanny
test_doctest.test_doctest test_builtin
""".split()

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"})

# What the parser leaves to later stages although `compile` reports it without being asked for code.
LATER = ("future feature", "not a chance", "from __future__ imports")

# Numbers and the like, of which the suite is full.
TRIVIAL = re.compile(r"\w+\tok\t.*\t[-+\w.()', ]*$")

FRAGMENTS = r"""
( ) [ ] { } , : ; . ... ! @ -> + - * / ** // % | & ^ ~ << >> < > = == != <> <= >= := += -= *= and as assert async await
break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise
return try while with yield match case type _ print exec x y foo None True False 1 0 1.5 2j 0x1f 07 1_000 'a' "b" b'c'
f'{x}' f"a{x!r:>{y}}b" t'{x}' r'\d' '''x''' f'{ } f" ' " \ # $ ? é “ 0xg 1e 1if *x **x x=1 x:int (x,y) x:=1 lambda:0
""".split() + ["\n", "\t", "\u00a0", "[x for x in y]", "{x:y}", "if x:", "for x in y", "as z", "not x", "yield x"]

TOKEN = re.compile(
    r"\s*\n[ \t]*|[ \t]+|[A-Za-z_]\w*|\d[\w.]*|'''|\"\"\"|\*\*=|//=|<<=|>>=|->|:=|\*\*|//|<<|>>"
    r"|[<>=!+\-*/%&|^@]=|\.\.\.|.",
    re.DOTALL,
)


def collect(modules):
    """The (source, mode) pairs that the test modules hand to the compiler, in order."""
    seen = {}
    real_compile, real_exec, real_eval = builtins.compile, builtins.exec, builtins.eval

    def note(source, mode):
        if isinstance(source, str) and mode in ("exec", "eval", "single") and len(source) < 4000:
            seen.setdefault((source, mode))

    def watched_compile(source, filename, mode, *args, **kwargs):
        note(source, mode)
        return real_compile(source, filename, mode, *args, **kwargs)

    def with_caller(namespaces):
        frame = sys._getframe(2)
        if not namespaces or namespaces[0] is None:
            return (frame.f_globals, frame.f_locals)
        return namespaces

    def watched_exec(source, /, *namespaces, **kwargs):
        note(source, "exec")
        return real_exec(source, *with_caller(namespaces), **kwargs)

    def watched_eval(source, /, *namespaces, **kwargs):
        if isinstance(source, str):
            note(source.lstrip(" \t"), "eval")
        return real_eval(source, *with_caller(namespaces), **kwargs)

    builtins.compile, builtins.exec, builtins.eval = watched_compile, watched_exec, watched_eval
    try:
        for name in modules:
            try:
                suite = unittest.defaultTestLoader.loadTestsFromName("test." + name)
                unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
            except BaseException as error:
                print(name, error, file=sys.stderr)
            print(name, len(seen), file=sys.stderr)
    finally:
        builtins.compile, builtins.exec, builtins.eval = real_compile, real_exec, real_eval
    return seen


def read_sources(path):
    """The sources in an earlier output."""
    unescaped = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "\\": "\\"}
    with open(path, encoding="utf-8", newline="\n") as file:
        return [re.sub(r"\\(.)", lambda m: unescaped[m[1]], text.rstrip("\n").split("\t")[8]) for text in file]


def mutate(source, rng):
    """The source with some of its tokens changed."""
    tokens = TOKEN.findall(source)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(tokens))
        match rng.randrange(6):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, rng.choice(FRAGMENTS))
            case 2:
                tokens[at] = rng.choice(FRAGMENTS)
            case 3:
                other = rng.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 4:
                tokens.insert(at, tokens[at])
            case 5:
                tokens.insert(at, f" {rng.choice(FRAGMENTS)} ")
        if not tokens:
            tokens = ["x"]
    return "".join(tokens)


def mutations(sources, rng):
    """Endless pairs of a changed source and a mode."""
    while True:
        source = rng.choice(sources)
        if rng.random() < 0.2:
            source += "\n" + rng.choice(sources)
        if TOKEN.match(source):
            yield mutate(source, rng), rng.choice(["exec"] * 8 + ["single", "eval"])


def typings(sources, rng):
    """Endless pairs of a source that may stop anywhere and the mode `typing`."""
    while True:
        source = rng.choice(sources)
        end = rng.randrange(len(source) + 1) if rng.random() < 0.7 else len(source)
        yield source[:end].rstrip("\n") + rng.choice(["", "\n", "\n\n"]), "typing"


def answer(source, mode):
    """What CPython's parser says of `source`: the fields of a line between mode and source."""
    flags = ast.PyCF_ONLY_AST
    if mode == "typing":
        mode = "single"
        flags |= codeop.PyCF_DONT_IMPLY_DEDENT | codeop.PyCF_ALLOW_INCOMPLETE_INPUT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<case>", mode, flags, dont_inherit=True)
        except SyntaxError as e:
            place = [e.lineno or 0, e.offset or 0, e.end_lineno or 0, e.end_offset or 0]
            return [type(e).__name__, *place, e.msg, e.text or ""]
        except (MemoryError, RecursionError) as e:
            return [type(e).__name__, 0, 0, 0, 0, str(e), ""]
        except ValueError:
            return None
    return ["ok", 0, 0, 0, 0, "", ""]


WARNING_SOURCES = [
    r'x = "a\d"', r'f"a\d{x}\q"', r'"\400" f"\777" b"\477"', r'b"\d\N{x}\u1234"', r'f"\{x}"', r'f"{x:\d}"', r't"\d"',
    r"f'\}}' f'\{{x}}'", r"f'\N{DIGIT ONE}\d'", r"rf'\d'", r"f'{x!r:\d{y}\q}'", r"f'''{'\d'}'''", r"'\8' '\9' '\ '",
    '"\\\u00e9\\d"', "'\\\n\\d'", 'f"""\n \\d\n {x}\n\\q"""', "1if x else 2", "0x1for x in y", "1_0or 2", "1jif x else 3",
    "1.5in x", "0o7and 1", "0b1is y", "f'{1if 1 else 2}'", "for x in '\\d': 1if 2else 3", "x = '\\d'; y = '\\q\\d'", r"f'\d{{\q}}\w'",
]


def warned(source, mode):
    """The line that records the warnings of one source, or None."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            source.encode()
            compile(source, "<case>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    fields = [field for warning in caught for field in (warning.lineno, warning.message)]
    return "\t".join(str(field).translate(ESCAPES) for field in [mode, source, *fields]) if fields else None


def line(source, mode):
    """The line that records one case, or None if it cannot be one."""
    try:
        source.encode()
    except UnicodeEncodeError:
        return None
    if (fields := answer(source, mode)) is None:
        return None
    fields = [mode, *fields, source]
    return "\t".join(str(field).translate(ESCAPES) for field in fields)


def main():
    what, source, output, *rest = sys.argv[1:]
    if what == "suite":
        sys.path.insert(0, source)
        cases = list(collect(rest or MODULES))
        count = len(cases)
    elif what == "warnings":
        cases = ((source, "exec") for source in WARNING_SOURCES + random.Random(1).sample(read_sources(source), 1500))
        count = 10_000
    else:
        sources = read_sources(source)
        count, seed = (int(number) for number in (rest + ["1"])[:2])
        make = mutations if what == "mutations" else typings
        cases = make(sources, random.Random(seed))
    lines = {}
    for case in cases:
        text = warned(*case) if what == "warnings" else line(*case)
        if text is not None and not any(word in text for word in LATER) and not TRIVIAL.match(text):
            lines[text] = None
        if len(lines) >= count:
            break
    with open(output, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(text + "\n" for text in lines)


if __name__ == "__main__":
    main()
