"""What the case writers share: escaping, the file of cases, random numbers."""

import os
import random
import struct

rng = random.Random(314)


def esc(value):
    if isinstance(value, float):
        value = bits(value)
    if isinstance(value, (bytes, bytearray)):
        value = value.decode("latin-1")
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\{{{ord(c):x}}}" for c in str(value))


def bits(x):
    if x != x:
        x = float("nan")
    return "%016x" % struct.unpack("<Q", struct.pack("<d", x))


def attempt(f):
    try:
        return f()
    except Exception as e:
        return f"!{e}"


class Cases:
    def __init__(self, name):
        self.name, self.lines = name, {}

    def add(self, *fields):
        self.lines["\t".join(esc(f) for f in fields)] = None

    def call(self, f, *fields):
        self.add(*fields, attempt(f))

    def write(self, folder):
        with open(os.path.join(folder, self.name + ".tsv"), "w", encoding="ascii") as f:
            f.write("".join(line + "\n" for line in self.lines))


def some_float():
    kind = rng.randrange(8)
    if kind == 0:
        return struct.unpack("<d", rng.randbytes(8))[0]
    if kind == 1:
        return float(rng.randrange(-10**6, 10**6))
    if kind == 2:
        return rng.randrange(-10**9, 10**9) / 10 ** rng.randrange(12)
    if kind == 3:
        return rng.choice([0.5, 0.25, 0.125, 2.5, 1e22, 1e23]) * rng.randrange(-40, 40)
    if kind == 4:
        return float(rng.randrange(-99, 99)) * 10.0 ** rng.randrange(-300, 300)
    if kind == 5:
        return (rng.getrandbits(53) | 1) * 2.0 ** rng.randrange(-60, 20)
    if kind == 6:
        return rng.random()
    return rng.choice([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 5e-324, 2.2250738585072014e-308,
                       1.7976931348623157e308, 1e15, 1e16, 1e17, 9999999999999998.0, 123456789012345680.0, 1e-4, 1e-5,
                       0.1, 1 / 3, 2.0**63, -2.0**63, 2.0**64, 999999.5, 9.5, 0.05])


def some_int():
    n = rng.getrandbits(rng.choice([3, 8, 16, 31, 53, 54, 60, 63, 64, 65, 100, 130, 300]))
    return rng.choice([n, -n, n, -n, 10 ** rng.randrange(30), 2 ** rng.choice([rng.randrange(200), rng.randrange(1100)]) - rng.randrange(2)])
