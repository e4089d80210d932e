"""Taipan's instructions by name and number, for `dis`.

An instruction is eight bytes: its number, a byte of flags, and three operands of two bytes.
"""

from _opcode_metadata import HAVE_ARGUMENT, flag_texts, opmap, operands
from _opcode import stack_effect

__all__ = ["cmp_op", "stack_effect", "hascompare", "opname", "opmap", "HAVE_ARGUMENT", "EXTENDED_ARG", "hasarg",
           "hasconst", "hasname", "hasjump", "hasjrel", "hasjabs", "hasfree", "haslocal", "hasexc"]

# No instruction has this number.
EXTENDED_ARG = 256

opname = [name for name, number in sorted(opmap.items(), key=lambda item: item[1])]
cmp_op = ("<", "<=", "==", "!=", ">", ">=")


def _having(*kinds):
    return [number for number, row in enumerate(operands) if set(kinds) & set(row[:3])]


hasarg = [number for number, row in enumerate(operands) if row[:3] != ("No", "No", "No")]
hasconst = _having("Const")
hasname = [number for number, row in enumerate(operands) if "Name" in row[:3] or row[5] and opname[number] != "CALL_KW"]
hasjump = _having("Jump")
hasjrel = []
hasjabs = hasjump
hasfree = [opmap[name] for name in ("LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF", "LOAD_FROM_DICT_OR_DEREF", "MAKE_CELL")]
haslocal = [opmap[name] for name in ("CHECK_BOUND", "DELETE_LOCAL")]
hasexc = []
hascompare = [opmap["COMPARE"], opmap["COMPARE_INT"]]
