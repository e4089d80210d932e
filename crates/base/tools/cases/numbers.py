"""Numbers and text."""

import math

from .common import Cases, rng, some_float, some_int

FLOAT_TEXTS = """1 -1 +1 1. .5 -.5 . +. 1e5 1E5 1e+5 1e-5 1e 1e+ e5 1_0 1__0 _1 1_ 1_.5 1._5 1.5_5 1e1_0 1e_1 1_e1 inf -inf +INF infinity
-Infinity infin infinityx nan -nan +NaN nanx 0x10 1e400 -1e400 1e-400 1e99999999999999999999 1e-99999999999999999999 00012 1..2 1.2.3 --1 +-1 1f
1e5.5 0.1e-7 123456789012345678901234567890 4.9406564584124654e-324 2.4703282292062327e-324 2.4703282292062328e-324 1.7976931348623159e308
0.500000000000000166533453693773481063544750213623046875 9007199254740993 1,5 ½""".split() + ["", " ", "1 2"]
COMPLEX_TEXTS = """1 1j j -j +j 1+j 1-j 1+2j 1-2j 1.5e3-2.5e-3j (1+2j) (1j) ( 1+2j ) (1+2j (1+2j)) 1+2 1j+2 1+2jj 1+ 1+-2j infj inf-infj nan+nanj
1e5j 1_0+2_0j 1_+2j 1+2_j -1-j (j) () 1++2j 1+2J 1+j2 j1 (1+2j)j""".split() + ["", " 1+2j ", "1 +2j", "( j )", "(1+2j) x"]
HEX_TEXTS = """0x1p0 0x1.8p1 1.8 -0x.8p-3 0x1p1024 0x1p1023 0x1.fffffffffffff8p1023 0x1.fffffffffffff7p1023 0x1p-1074 0x1p-1075
0x1.8p-1075 0x1.00000000000000001p-1075 0x0.0000000000001p-1022 0x1p-1076 inf -inf nan infinity infi 0x 0xp1 0x. 0x1p 0x1p+ 0x1p1.5 0x1g
0x1_0 0x10000000000000000000000001p-10 0x1.00000000000008p0 0x1.00000000000018p0 0x1.000000000000080000000001p0 0x0p99999999999999999999
0x1p99999999999999999999 0x1p-99999999999999999999 ffff 0X1P3 +0x1p3 - 0x0.000000000000000000000000000000001p100 -0x0p0 abc.def""".split()
INT_TEXTS = """0 1 -1 +1 00 01 0_0 1_0 1__0 _1 1_ 0x10 0X1f 0b101 0o17 0b 0x 0o 0x_1 0x__1 0b2 0o8 0xg 1z zz ZZ z_z 010 0_1 000_0 -0x10 - +-1 1.0
12345678901234567890 -9223372036854775808 9223372036854775807 9223372036854775808 0b1111 ffff_ffff 1\u0663""".split() + ["", " ", " 12 ", "1 2", "- 1"]


def percent(x, flags, precision, code):
    return ("%" + flags + "." + str(precision) + code) % x


def write(folder, scale):
    cases = Cases("number")
    for _ in range(60 * scale):
        x = some_float()
        cases.add("repr", x, repr(x))
        cases.call(x.hex, "hex", x)
        n = rng.choice([0, 1, 2, 3, 5, -1, -2, -3, 10, 15, 20, 300, 400, -300, -308, -309, rng.randrange(-20, 25)])
        if math.isfinite(x):
            cases.call(lambda: round(x, n), "round", x, n)
            cases.call(lambda: int(x), "int", x)
            cases.call(lambda: "/".join(map(str, x.as_integer_ratio())), "ratio", x)
            m, e = math.frexp(x)
            cases.add("frexp", x, m, e)
            k = rng.randrange(-1200, 1200)
            cases.call(lambda: math.ldexp(x, k), "ldexp", x, k)
        y = some_float()
        if y:
            q, r = divmod(x, y)
            cases.add("divmod", x, y, q, r)
        cases.add("complex_repr", x, y, repr(complex(x, y)))
    for _ in range(100 * scale):
        x, code = some_float(), rng.choice("eEfFgG")
        flags = rng.choice(["", "#", "+", "#+"])
        precision = rng.choice([0, 1, 2, 3, 6, 6, 10, 16, 17, 20, 50, 340, 1100])
        cases.add("printf", x, flags, precision, code, percent(x, flags, precision, code))
    for text in FLOAT_TEXTS + [repr(some_float()) for _ in range(20 * scale)]:
        try:
            cases.add("float", text, float(text) if text.strip() == text and text else "!")
        except ValueError:
            cases.add("float", text, "!")
    for text in COMPLEX_TEXTS + [repr(complex(some_float(), some_float())) for _ in range(10 * scale)]:
        try:
            z = complex(text)
            cases.add("complex", text, z.real, z.imag)
        except ValueError:
            cases.add("complex", text, "!", "!")
    for text in HEX_TEXTS + [random_hex() for _ in range(20 * scale)]:
        cases.call(lambda: float.fromhex(text), "fromhex", text)
    for text in INT_TEXTS:
        for base in (0, 2, 8, 10, 16, 36):
            cases.add("parse_int", text, base, attempt_int(text, base))
    for _ in range(60 * scale):
        n, m = some_int(), some_int()
        cases.call(lambda: float(n), "int_to_float", n)
        cases.call(lambda: n / m, "truediv", n, m)
        k = rng.randrange(0, 25)
        cases.add("round_int", n, k, round(n, -k))
        base = rng.choice([2, 3, 7, 8, 10, 16, 36])
        cases.add("radix", n, base, radix(n, base))
        cases.add("hash_int", n, hash(n))
    cases.write(folder)


def random_hex():
    digits = "".join(rng.choice("0123456789abcdef") for _ in range(rng.randrange(1, 24)))
    at = rng.randrange(len(digits) + 1)
    return f"0x{digits[:at]}.{digits[at:]}p{rng.choice([0, rng.randrange(-1150, 1100), -1074])}"


def attempt_int(text, base):
    try:
        return int(text, base)
    except ValueError:
        return "!"


def radix(n, base):
    digits, m = "", abs(n)
    while m or not digits:
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[m % base] + digits
        m //= base
    return "-" * (n < 0) + digits
