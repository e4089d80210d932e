"""Collects source snippets from CPython's own test suite and records what CPython's parser says of each.

    python3.14 make_cases.py DIR-WITH-test-PACKAGE OUTPUT [MODULE ...]

Each test module is run with `compile`, `exec`, `eval` and `ast.parse` watched; every source text that passes through
them becomes a case. The recorded answer is that of the parser alone (`PyCF_ONLY_AST`), so errors of later stages
count as accepted. A line of the output is

    mode kind lineno offset end_lineno end_offset msg text source

separated by tabs; backslash, tab, newline, carriage return and form feed are escaped in the last three.
"""

import ast
import builtins
import io
import sys
import unittest
import warnings

MODULES = """
test_syntax test_exceptions test_fstring test_tstring test_grammar test_named_expressions test_patma test_eof
test_unpack_ex test_positional_only_arg test_keywordonlyarg test_compile test_type_params test_type_aliases
test_type_annotations test_string_literals test_unicode_identifiers test_codeop test_generators test_genexps
test_dictcomps test_listcomps test_setcomps test_coroutines test_asyncgen test_with test_except_star test_global
test_scope test_super test_future_stmt.test_future test_ast.test_ast test_flufl test_cmd_line_script test_traceback
test_int test_complex test_float test_bytes test_decorators test_match_stmt test_except_tuples test_pep646_syntax
test_unpack test_tabnanny test_doctest.test_doctest test_peg_generator test_builtin
""".split()

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"})


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


def answer(source, mode):
    """What CPython's parser says of `source`: the fields of a line between mode and source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<case>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
        except SyntaxError as e:
            place = [e.lineno or 0, e.offset or 0, e.end_lineno or 0, e.end_offset or 0]
            return [type(e).__name__, *place, e.msg, e.text or ""]
        except (MemoryError, RecursionError) as e:
            return [type(e).__name__, 0, 0, 0, 0, str(e), ""]
        except ValueError:
            return None
    return ["ok", 0, 0, 0, 0, "", ""]


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
    tests, output, *modules = sys.argv[1:]
    sys.path.insert(0, tests)
    lines = dict.fromkeys(line(*case) for case in collect(modules or MODULES))
    lines.pop(None, None)
    with open(output, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(text + "\n" for text in lines)


if __name__ == "__main__":
    main()
