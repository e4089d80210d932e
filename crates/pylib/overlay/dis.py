"""Shows the instructions that Taipan runs: `python -m dis FILE`, `dis.dis(function)`.

Offsets count two for each instruction word, behind two that stand for the start of a call, as in `f_lasti`, `tb_lasti`
and `co_lines()`.
"""

import collections
import io
import sys
import types

from _opcode_metadata import docs, flag_texts, operands
from opcode import *
from opcode import __all__ as _opcode_names

__all__ = ["code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels", "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcode_names

COMPILER_FLAG_NAMES = {
    1: "OPTIMIZED",
    2: "NEWLOCALS",
    4: "VARARGS",
    8: "VARKEYWORDS",
    16: "NESTED",
    32: "GENERATOR",
    64: "NOFREE",
    128: "COROUTINE",
    256: "ITERABLE_COROUTINE",
    512: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}

_WORD = 8
_NO_REGISTER = 0xFFFF
_NO_SELF = 1
_CACHE = opmap["CACHE"]
_CALLS = {opmap["CALL"], opmap["CALL_KW"], opmap["CALL_EX"]}
_SIGNED = {opmap["BINARY_INT"], opmap["COMPARE_INT"]}
_INVERTIBLE = {opmap["IS_OP"], opmap["CONTAINS_OP"]}


def pretty_flags(flags):
    """The names of the flags of a code object."""
    names = [COMPILER_FLAG_NAMES.get(1 << bit, hex(1 << bit)) for bit in range(32) if flags >> bit & 1]
    return ", ".join(names) or hex(flags)


def _code_of(x):
    """The code object of a function, method, generator, code or source text."""
    x = getattr(x, "__func__", x)
    for name in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, name):
            x = getattr(x, name)
            break
    if isinstance(x, str):
        try:
            x = compile(x, "<disassembly>", "eval")
        except SyntaxError:
            x = compile(x, "<disassembly>", "exec")
    if hasattr(x, "co_code"):
        return x
    raise TypeError(f"don't know how to disassemble {type(x).__name__} objects")


Positions = collections.namedtuple("Positions", ["lineno", "end_lineno", "col_offset", "end_col_offset"],
                                   defaults=[None] * 4)

_Fields = collections.namedtuple(
    "_Instruction",
    ["opname", "opcode", "arg", "argval", "argrepr", "offset", "start_offset", "starts_line", "line_number", "label",
     "positions", "cache_info"],
    defaults=[None, None, None],
)


class Instruction(_Fields):
    """An instruction.

    opname, opcode - its name and number
    arg - the index of a constant or name, the target of a jump, or a number; otherwise None
    argval - what arg stands for, otherwise arg
    argrepr - all operands as text
    offset, start_offset - where it is
    starts_line - is it the first of its line?
    line_number - its line, or None
    label - the name of the place, if jumps lead there
    positions - the range in the source
    cache_info - None: caches lie beside the code
    """

    @property
    def oparg(self):
        return self.arg

    @property
    def baseopcode(self):
        return self.opcode

    @property
    def baseopname(self):
        return self.opname

    @property
    def cache_offset(self):
        return self.offset + 2

    @property
    def end_offset(self):
        return self.offset + (4 if operands[self.opcode][5] else 2)

    @property
    def jump_target(self):
        return self.argval if self.opcode in hasjump else None

    @property
    def is_jump_target(self):
        return self.label is not None

    def __str__(self):
        return f"{self.opname:<22} {self.argrepr}".rstrip()


def _words(code):
    """(index, number, flags, a, b, c) of each instruction; cache words with the one before them."""
    data = code.co_code
    for at in range(0, len(data), _WORD):
        a, b, c = (data[i] | data[i + 1] << 8 for i in range(at + 2, at + _WORD, 2))
        yield at // _WORD, data[at], data[at + 1], a, b, c


class _Resolver:
    """Turns operands into text."""

    def __init__(self, code, labels):
        self.code, self.labels = code, labels
        self.variables = []
        try:
            while True:
                self.variables.append(code._varname_from_oparg(len(self.variables)))
        except IndexError:
            pass

    def register(self, number):
        if number < len(self.variables):
            return self.variables[number]
        return f"%{number - len(self.variables)}"

    def span(self, start, count):
        if count < 2:
            return self.register(start) if count else "0"
        return f"{self.register(start)}..{self.register(start + count - 1)}"

    def range(self, kind, length, flags, b, c):
        match kind:
            case "ReadCount":
                return self.span(b, c)
            case "ReadPairs":
                return self.span(b, 2 * c)
            case "ReadCall":
                receiver = "" if flags & _NO_SELF else "+self"
                return f"{self.register(b)}{receiver} ({self.span(b + 2, c)})"
            case "ReadFixed":
                return self.span(b, length)
            case "ReadFixedC":
                return self.span(c, length)
        return self.register(b)

    def resolve(self, number, flags, a, b, c, cache):
        """(arg, argval, argrepr)"""
        *kinds, kind, length, cached = operands[number]
        wide = b | c << 16
        arg = value = None
        texts = []
        for use, field in zip(kinds, (a, b, c)):
            match use:
                case "W" | "R" | "RW":
                    texts.append(self.register(field))
                case "OptR":
                    texts.append("-" if field == _NO_REGISTER else self.register(field))
                case "Base":
                    texts.append(self.range(kind, length, flags, b, c))
                case "Imm" if kind in ("ReadCount", "ReadPairs", "ReadCall"):
                    arg = value = field
                case "Imm" if not {"Const", "Name", "Jump", "Imm32"} & set(kinds):
                    arg = value = field - 0x10000 if number in _SIGNED and field >= 0x8000 else field
                    texts.append(str(value))
                case "Const":
                    arg, value = wide, self.code.co_consts[wide]
                    texts.append(repr(value))
                case "Name":
                    arg, value = wide, self.code.co_names[wide]
                    texts.append(value)
                case "Jump":
                    arg, value = wide, 2 * wide + 2
                    texts.append("to " + self.labels.get(value, str(value)))
                case "Imm32":
                    arg = value = wide - (1 << 32) if wide >= 1 << 31 else wide
                    texts.append(str(value))
        if cached and cache is not None:
            if number == opmap["CALL_KW"]:
                texts.append(repr(self.code.co_consts[cache]))
            else:
                arg, value = cache, self.code.co_names[cache]
                texts.append(value)
        if number in _INVERTIBLE:
            arg = value = flags
        if number in flag_texts:
            names = flag_texts[number]
            texts.append(f"({names[flags] if flags < len(names) else flags})")
        elif flags and number not in _CALLS:
            texts.append(f"({flags})")
        return arg, value, ", ".join(texts)


def _exceptions(code):
    """(start, end, target, register) of each range of instructions with a handler, as offsets."""
    table = code.co_exceptiontable
    for at in range(0, len(table) // 14 * 14, 14):
        numbers = [int.from_bytes(table[i : i + 4], "little") for i in range(at, at + 12, 4)]
        yield *(2 * number + 2 for number in numbers), int.from_bytes(table[at + 12 : at + 14], "little")


def findlabels(code):
    """The offsets to which jumps lead."""
    found = []
    for index, number, flags, a, b, c in _words(code):
        target = 2 * (b | c << 16) + 2
        if number in hasjump and target not in found:
            found.append(target)
    return found


def _labels(code):
    targets = set(findlabels(code)) | {target for _, _, target, _ in _exceptions(code)}
    return {offset: f"L{number}" for number, offset in enumerate(sorted(targets), 1)}


def findlinestarts(code):
    """(offset, line) where lines of the source start; the line is None where there is none."""
    last = False
    for start, end, line in code.co_lines():
        if line is not last:
            last = line
            yield start, line


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """The instructions of a function, method, generator, code object or source text."""
    return _instructions(_code_of(x), first_line)


def _instructions(code, first_line=None):
    shift = 0 if first_line is None else first_line - code.co_firstlineno
    starts = dict(findlinestarts(code))
    labels = _labels(code)
    resolver = _Resolver(code, labels)
    words = list(_words(code))
    positions = [Positions(*position) for position in code.co_positions()]
    line = None
    for index, number, flags, a, b, c in words:
        offset = 2 * index + 2
        if offset in starts:
            line = starts[offset]
        if number == _CACHE or number >= len(opname):
            continue
        cache = words[index + 1][4] | words[index + 1][5] << 16 if index + 1 < len(words) else None
        arg, value, text = resolver.resolve(number, flags, a, b, c, cache)
        yield Instruction(opname[number], number, arg, value, text, offset, offset, offset in starts,
                          line + shift if line is not None else None, labels.get(offset),
                          positions[index + 1] if index + 1 < len(positions) else Positions(), None)


def _print(code, lasti=-1, *, file=None, first_line=None, show_offsets=False, show_positions=False):
    instructions = list(_instructions(code, first_line))
    has_lines = any(instruction.line_number is not None for instruction in instructions)
    width = max([3, *(len(str(instruction.line_number)) for instruction in instructions)]) if has_lines else 0
    labels = _labels(code)
    for instruction in instructions:
        columns = []
        if has_lines:
            columns.append(f"{instruction.line_number or '--'!s:>{width}}" if instruction.starts_line else " " * width)
        if show_positions:
            p = instruction.positions
            columns.append(f"{p.lineno}:{p.col_offset}-{p.end_lineno}:{p.end_col_offset}".ljust(15))
        columns.append("-->" if instruction.offset == lasti else "   ")
        columns.append(f"{instruction.label + ':' if instruction.label else '':>4}")
        if show_offsets:
            columns.append(f"{instruction.offset:>5}")
        print(" ".join([*columns, str(instruction)]).rstrip(), file=file)
    ranges = list(_exceptions(code))
    if ranges:
        resolver = _Resolver(code, labels)
        print("ExceptionTable:", file=file)
        for start, end, target, register in ranges:
            print(f"  {start} to {end - 2} -> {labels[target]} {resolver.register(register)}", file=file)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Print the instructions of a code object; an arrow marks the one at lasti."""
    _print(co, lasti, file=file, show_offsets=show_offsets, show_positions=show_positions)


disco = disassemble


def _print_nested(code, depth, **options):
    _print(code, **options)
    if depth is None or depth > 0:
        for constant in code.co_consts:
            if hasattr(constant, "co_code"):
                print(f"\nDisassembly of {constant!r}:", file=options.get("file"))
                _print_nested(constant, None if depth is None else depth - 1, **options)


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Print the instructions of a class, method, function, generator, code object, module or source text.

    Without an argument, those of the last traceback.
    """
    options = {"file": file, "show_offsets": show_offsets, "show_positions": show_positions}
    if x is None:
        return distb(**options)
    if not isinstance(x, type | types.ModuleType) or hasattr(x, "__code__"):
        if isinstance(x, bytes | bytearray):
            raise TypeError("bytes alone cannot be disassembled: names and constants belong to them")
        return _print_nested(_code_of(x), depth, **options)
    for name, member in sorted(vars(x).items()):
        if isinstance(member, types.MethodType | types.FunctionType | types.CodeType | classmethod | staticmethod | type):
            print(f"Disassembly of {name}:", file=file)
            try:
                dis(member, depth=depth, **options)
            except TypeError as message:
                print("Sorry:", message, file=file)
            print(file=file)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Print the instructions of a traceback's innermost frame (default: of the last one)."""
    if tb is None:
        error = getattr(sys, "last_exc", None)
        tb = error.__traceback__ if error is not None else getattr(sys, "last_traceback", None)
        if tb is None:
            raise RuntimeError("no last traceback to disassemble")
    while tb.tb_next is not None:
        tb = tb.tb_next
    _print(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_offsets=show_offsets, show_positions=show_positions)


def code_info(x):
    """What there is to know of a code object, as text."""
    code = _code_of(x)
    lines = [
        f"Name:              {code.co_name}",
        f"Filename:          {code.co_filename}",
        f"Argument count:    {code.co_argcount}",
        f"Positional-only arguments: {code.co_posonlyargcount}",
        f"Kw-only arguments: {code.co_kwonlyargcount}",
        f"Number of locals:  {code.co_nlocals}",
        f"Stack size:        {code.co_stacksize}",
        f"Flags:             {pretty_flags(code.co_flags)}",
    ]
    tables = (("Constants", map(repr, code.co_consts)), ("Names", code.co_names), ("Variable names", code.co_varnames),
              ("Free variables", code.co_freevars), ("Cell variables", code.co_cellvars))
    for title, items in tables:
        rows = [f"{number:4}: {item}" for number, item in enumerate(items)]
        lines += [f"{title}:", *rows] if rows else []
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Print what code_info gives."""
    print(code_info(co), file=file)


class Bytecode:
    """The instructions of a function, method, generator, code object or source text, one after the other."""

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False, show_offsets=False,
                 show_positions=False):
        self.codeobj = _code_of(x)
        self.first_line = self.codeobj.co_firstlineno if first_line is None else first_line
        self.current_offset = current_offset
        self.show_offsets, self.show_positions = show_offsets, show_positions
        self._original_object = x

    def __iter__(self):
        return _instructions(self.codeobj, self.first_line)

    def __repr__(self):
        return f"{type(self).__name__}({self._original_object!r})"

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        while tb.tb_next is not None:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti)

    def info(self):
        return code_info(self.codeobj)

    def dis(self):
        out = io.StringIO()
        lasti = -1 if self.current_offset is None else self.current_offset
        _print(self.codeobj, lasti, file=out, first_line=self.first_line, show_offsets=self.show_offsets,
               show_positions=self.show_positions)
        return out.getvalue()


def _find_imports(code):
    """(name, level, names) of the imports in a code object, where they are constants."""
    known = {}
    for index, number, flags, a, b, c in _words(code):
        match opname[number] if number < len(opname) else "":
            case "LOAD_CONST":
                known[a] = code.co_consts[b | c << 16]
            case "LOAD_INT":
                known[a] = b | c << 16
            case "IMPORT":
                cache = code.co_code[_WORD * (index + 1) + 4 : _WORD * (index + 2)]
                if b in known and c in known:
                    yield code.co_names[int.from_bytes(cache, "little")], known[c], known[b]


def _find_store_names(code):
    """The names that a code object stores as globals or in a namespace."""
    stores = {opmap["STORE_NAME"], opmap["STORE_GLOBAL"]}
    for index, number, flags, a, b, c in _words(code):
        if number in stores:
            yield code.co_names[b | c << 16]


def main(args=None):
    import argparse

    parser = argparse.ArgumentParser(color=True)
    parser.add_argument("-C", "--show-caches", action="store_true", help="accepted and ignored: caches lie beside the code")
    parser.add_argument("-O", "--show-offsets", action="store_true", help="show instruction offsets")
    parser.add_argument("-P", "--show-positions", action="store_true", help="show instruction positions")
    parser.add_argument("-S", "--specialized", action="store_true", help="accepted and ignored")
    parser.add_argument("infile", nargs="?", default="-")
    args = parser.parse_args(args=args)
    if args.infile == "-":
        name, source = "<stdin>", sys.stdin.buffer.read()
    else:
        name = args.infile
        with open(name, "rb") as stream:
            source = stream.read()
    dis(compile(source, name, "exec"), show_offsets=args.show_offsets, show_positions=args.show_positions)


if __name__ == "__main__":
    main()
