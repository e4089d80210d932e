"""Format specs, replacement fields, % formats."""

import _string

from .common import Cases, rng, some_float, some_int

SPECS = """ s d 10 <10 >10 ^10 =10 *^10 *<9 010 05d +d  d -d z #x #X #o #b 08x #010x ,d , _ ,, _, ,_ _x ,x _b ,c ,n _n ,s x X o b c n e f g E F G % .3
.3f .0f .0e #.0f #.0e .3g #.3g .10 ,.2f _.2f ,.2e 020,.2f 020_x 010_b 010, 011, 012, +010, z.1f z.0f +z.2f .% .1% ,.1% . .x .,f ._f .,_f ._,f .,
.6,f .6_f .10_f ,.10_f .6,e .6_% .6,n .3,d .,d .3s .0s 5.2s y Ab ab ss \x00 \u20ac \u20ac<10 0<10 <010 =010 ^010 >+10 +s - +  #s zs =s 10c <5c +c #c .3d z.3d
99999999999999999999 .99999999999999999999 .2147483648f .2147483647s 1\u0665 =+#012x 5n 012n .5n 30.20f 30.20g #.20g 0.5f 00005 *010f *=+10.3f 10,.3f
15_.3e 30,.8_f 025,.8,f -020_.4f""".replace("\n", " ").split(" ") + [" ", "  d", " x", " s", " 10", " f"]
MARKUPS = """{} {0} {a} {a.b[c]} a{b}c {{}} {{{}}} { } {a }} }{ {a!r} {a!r:x} {a!r:{b}} {:{}} {:{} {a!} {a! {a!r {a!rx} {a:b{c}d{e}f} {a[b]c} {a[{]} {a[} {{ }}
{a{b}} {a.} x}y x}}y {!r} {0:>10}{1} {a:}} {a[]:]} {:{{}}} {a!\u20ac} \ud800{\udc00} {a!r:}z""".split() + ["", "no fields", "{ a }"]
NAMES = """a a.b a[0] a[b] 0 0.a 0[1] a. a.. a[] a[ a[b]c a[b].c[d] .a [a] 99999999999999999999 a[99999999999999999999] \u0663 a[\u0663] 0a a.0 a[b.c]
a[b[c] a.b]""".split() + [""]


def format_case(cases, kind, value, spec, *fields):
    try:
        answer = format(value, spec)
        if len(answer) > 3000:
            return
    except Exception as e:
        answer = f"!{type(e).__name__}: {e}"
    cases.add(kind, *fields, spec, answer)


def random_spec():
    pick = lambda *options: rng.choice(options)  # noqa: E731
    return "".join([
        pick("", "", "<", ">", "^", "=", "*<", "x>", "0^", "\u20ac="), pick("", "", "+", "-", " "), pick("", "", "", "z"),
        pick("", "", "#"), pick("", "", "0"), pick("", "", str(rng.randrange(30))), pick("", "", ",", "_"),
        pick("", "", "." + str(rng.randrange(20)) + pick("", "", "", "_", ",")), pick("", *"sbcdoxXneEfFgG%"),
    ])


PERCENTS = """%d %5d %-5d| %05d %+d % d %#x %#X %#o %x %X %o %i %u %.3d %8.3d %-8.3d| %08.3d %+.0d %#08x %-#8x| %e %.2f %10.3f %-10.3f| %010.3f %+g
%#g %G %F %E %.0f %#.0f % f %s %10s %-10s| %.2s %5.1s %% %5% %-5%| %z %ld %hd %Ld %lld %.*f %*d %-*d| %*.*f %.f %5.d %(a)d %(a)s %(a
%(a(b)c)s %() %()d % %5 %. %.5 %l %* %05s %\u20ac ab%y x%dy%sz %99999999999999999999d %.99999999999999999999f %.2147483648d %k%d %0-5d| %-05d| %+ d %(a)%
%(a)5.2f""".split()


def percent_cases(cases, scale):
    formats = list(PERCENTS)
    for _ in range(60 * scale):
        formats.append("%" + "".join(rng.sample("-+ #0", rng.randrange(4))) + rng.choice(["", str(rng.randrange(1, 25)), "*"])
                       + rng.choice(["", ".", "." + str(rng.randrange(20)), ".*"]) + rng.choice("dixXoeEfFgGs%q"))
    for fmt in formats:
        for value in (some_int(), some_float(), rng.choice(["", "abc", "\u20acx\u00e9"])):
            if isinstance(value, (str, float)) and any(c in fmt for c in "dixXouc"):
                continue
            if isinstance(value, str) and any(c in fmt for c in "eEfFgG"):
                continue
            stars = [rng.randrange(-12, 12) for _ in range(fmt.count("*"))]
            arg = {"a": value, "": value, "a(b)c": value} if "(a" in fmt or "()" in fmt else (*stars, value)
            if rng.randrange(40) == 0 and isinstance(arg, dict):
                arg = (*stars, value)
            for mode in ("text", "bytes"):
                if mode == "bytes" and (isinstance(value, str) or "r" in fmt or "s" in fmt or "c" in fmt or not fmt.isascii()):
                    continue
                f, a = (fmt, arg) if mode == "text" else (fmt.encode(), {k.encode(): v for k, v in arg.items()} if isinstance(arg, dict) else arg)
                try:
                    answer = f % a
                except Exception as e:
                    answer = f"!{type(e).__name__}: {e}"
                    if "not all arguments" in answer or "not in range(0x110000)" in answer or "argument 1" in answer or "range(256)" in answer or "float argument" in answer:
                        continue
                tag = {int: "i", float: "f", str: "s"}[type(value)]
                cases.add("percent", mode, fmt, "map" if isinstance(arg, dict) else "tuple", ",".join(map(str, stars)), tag, value, answer)


def write(folder, scale):
    cases = Cases("format")
    ints = [0, 1, -1, 255, 1234567, -1234567, 10**20, -(10**30), 0x20AC, 2**70]
    floats = [0.0, -0.0, 1.5, -1234567.891, 1e20, 1e-7, float("inf"), float("-inf"), float("nan"), 0.1, -0.0001, 1e16, 123456.0, 1e300]
    strings = ["", "abc", "a\u20acb\u0301\U0001f600", "\ud800x"]
    for spec in SPECS + [random_spec() for _ in range(60 * scale)]:
        few = rng.sample(ints, 2) + ([some_int()] if spec in SPECS else [])
        for n in few:
            format_case(cases, "int", n, spec, n)
        for x in rng.sample(floats, 2) + [some_float()]:
            format_case(cases, "float", x, spec, x)
        for s in rng.sample(strings, 2):
            format_case(cases, "str", s, spec, s)
        z = complex(rng.choice([0.0, -0.0, 1.5, some_float()]), some_float())
        format_case(cases, "complex", z, spec, z.real, z.imag)
    for text in MARKUPS + ["".join(rng.choice("{}{}![]:.abr0") for _ in range(rng.randrange(1, 14))) for _ in range(60 * scale)]:
        try:
            answer = "".join("<%s|%s|%s|%s>" % tuple("-" if p is None else p for p in part) for part in _string.formatter_parser(text))
        except ValueError as e:
            answer = f"!{e}"
        cases.add("markup", text, answer)
    for name in NAMES:
        try:
            first, rest = _string.formatter_field_name_split(name)
            answer = f"{first!r}" + "".join(f" {'.' if attr else '['}{key!r}" for attr, key in rest)
        except ValueError as e:
            answer = f"!{e}"
        cases.add("field_name", name, answer)
    percent_cases(cases, scale)
    cases.write(folder)
