"""Writes tests/data/*.tsv: what CPython answers to calls that the tests of this crate repeat.

`python3.14 tools/gen_cases.py [FOLDER [SCALE]]`. The files that are checked in are small; a SCALE above 1 writes more random
cases, into another folder, which the tests read when the variable BASE_CASES names it.

A line is a case: fields with tabs between, the last one the expected answer, `!` and a message for an exception. Everything
but printable ASCII is written as `\\{hex}`.
"""

import os
import sys

from cases import codecs_, escapes, formats, numbers

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "tests", "data")
    scale = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    os.makedirs(folder, exist_ok=True)
    for module in (numbers, formats, escapes, codecs_):
        module.write(folder, scale)


if __name__ == "__main__":
    main()
