"""Codecs: texts, bytes, positions and reasons of errors."""

import codecs

from .common import Cases, rng

ERRORS = ["strict", "strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass"]
ENCODE_ERRORS = ERRORS + ["xmlcharrefreplace", "namereplace"]
CHARMAP = "".join(chr(c) for c in range(128)) + "\u20ac\ufffe\u201a\u0192" + "\xe9a\U0001f600\xe9" + "\ufffe"
PIECES = [b"a", b"+", b"-", b"Z", b"/", b"AGE", b"2D", b"3gA", b"\xc3\xa9", b"\xc3", b"\xe2\x82\xac", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f",
          b"\xf0\x80", b"\xe0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xfe", b"\x80", b"\xc0", b"\xff\xfe", b"\xfe\xff", b"\x00", b"\xd8", b"\xdc", b"\x00\xd8\x00\xdc",
          b"\xd8\x3d\xde\x00", b"\x00\x00", b"a\x00", b"\x00a", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\x00\xd8\x00\x00", b"\x00\x11\x00", b"a\x00\x00\x00",
          b"+2D3eAA-", b"+AGE-", b"+AGEx", b"+-", b"\xed", b"\xed\xb2\x80", b"\x81", b"\x88", b"\xed\x9f\xbf", b"\xf5", b"\xc1\xbf"]


def some_text():
    return "".join(rng.choice(["a", "b ", "'", '"', "\\", "\n", "\x00", "\x7f", "\xe9", "\xff", "\u0100", "\u20ac", "\ud800", "\udcff", "\udc80\udc81", "\ud83d\ude00",
                               "\U0001f600", "\U0010ffff", "~+-/", "\u0378", "\ufffe"]) for _ in range(rng.randrange(8)))


def decode_case(cases, name, errors, final, data, decode, *fields):
    try:
        text, consumed, *order = decode()
        answer = f"{consumed}:{''.join(map(str, order))}:{text}"
    except UnicodeDecodeError as e:
        answer = f"!{e.encoding}:{e.start}:{e.end}:{e.reason}"
    cases.add("decode", name, errors, int(final), data, *fields, answer)


def encode_case(cases, name, errors, text, encode, *fields):
    try:
        answer = encode()
        answer = answer[0] if isinstance(answer, tuple) else answer
    except UnicodeEncodeError as e:
        answer = f"!{e.encoding}:{e.start}:{e.end}:{e.reason}"
    cases.add("encode", name, errors, text, *fields, answer)


def write(folder, scale):
    cases = Cases("codec")
    table = codecs.charmap_build(CHARMAP)
    for _ in range(50 * scale):
        data = b"".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 7)))
        errors, final = rng.choice(ERRORS), rng.random() < 0.7
        decode_case(cases, "utf8", errors, final, data, lambda: codecs.utf_8_decode(data, errors, final))
        decode_case(cases, "utf7", errors, final, data, lambda: codecs.utf_7_decode(data, errors, final))
        decode_case(cases, "ascii", errors, final, data, lambda: codecs.ascii_decode(data, errors))
        decode_case(cases, "latin1", errors, final, data, lambda: codecs.latin_1_decode(data, errors))
        decode_case(cases, "charmap", errors, final, data, lambda: codecs.charmap_decode(data, errors, CHARMAP))
        for order in (-1, 0, 1):
            decode_case(cases, f"utf16:{order}", errors, final, data, lambda: codecs.utf_16_ex_decode(data, errors, order, final))
            decode_case(cases, f"utf32:{order}", errors, final, data, lambda: codecs.utf_32_ex_decode(data, errors, order, final))
        text, errors = some_text(), rng.choice(ENCODE_ERRORS)
        encode_case(cases, "utf8", errors, text, lambda: codecs.utf_8_encode(text, errors))
        encode_case(cases, "utf7", errors, text, lambda: codecs.utf_7_encode(text, errors))
        encode_case(cases, "ascii", errors, text, lambda: codecs.ascii_encode(text, errors))
        encode_case(cases, "latin1", errors, text, lambda: codecs.latin_1_encode(text, errors))
        encode_case(cases, "charmap", errors, text, lambda: codecs.charmap_encode(text, errors, table))
        for order in (-1, 0, 1):
            encode_case(cases, f"utf16:{order}", errors, text, lambda: codecs.utf_16_encode(text, errors, order))
            encode_case(cases, f"utf32:{order}", errors, text, lambda: codecs.utf_32_encode(text, errors, order))
    cases.write(folder)
