"""repr, ascii, and the escape codecs."""

import codecs
import warnings

from .codecs_ import decode_case, some_text
from .common import Cases, rng

STRINGS = ["", "abc", "it's", 'say "x"', "it's \"x\"", "\t\n\r\\\x00\x1f\x7f\x80\xa0\xad\xff", "\u0378\u2028\u20ac\ud800\udfff\ufffe\U0001f600\U000e0001\U0010ffff",
           "e\u0301", "\u0301", "a'\u20ac\"", "\\'"]
PIECES = [b"\\", b"\\", b"\\x", b"\\u", b"\\U", b"\\N", b"\\N{", b"}", b"{", b"dash", b"EM DASH", b"0", b"4", b"1", b"77", b"e9", b"20ac", b"0001f600", b"00110000",
          b"g", b"q", b"n", b"'", b'"', b"\n", b"\xe9", b" ", b"\\477", b"\\0", b"\\\\", b"\\N{EM DASH}", b"\\N{nonsense}", b"\\N{}"]


def write(folder, scale):
    warnings.simplefilter("ignore")
    cases = Cases("escape")
    for s in STRINGS + [some_text() for _ in range(40 * scale)]:
        cases.add("repr", s, repr(s))
        cases.add("ascii", s, ascii(s))
        cases.add("encode", "unicode_escape", s, codecs.unicode_escape_encode(s)[0])
        cases.add("encode", "raw_unicode_escape", s, codecs.raw_unicode_escape_encode(s)[0])
        b = s.encode("utf-8", "surrogatepass")
        cases.add("bytes_repr", b, repr(b))
        cases.add("escape_encode", b, codecs.escape_encode(b)[0])
    for _ in range(150 * scale):
        data = b"".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 6)))
        for name, decode in (("unicode_escape", codecs.unicode_escape_decode), ("raw_unicode_escape", codecs.raw_unicode_escape_decode)):
            errors, final = rng.choice(["strict", "strict", "ignore", "replace", "backslashreplace", "surrogateescape"]), rng.random() < 0.7
            decode_case(cases, name, errors, final, data, lambda: decode(data, errors, final))
        errors = rng.choice(["strict", "replace", "ignore"])
        try:
            answer = codecs.escape_decode(data, errors)[0]
        except ValueError as e:
            answer = f"!{e}"
        cases.add("escape_decode", errors, data, answer)
    for data in [b"\\q", b"a\\z\\q", b"\\477\\q", b"\\q\\477"]:
        for name, decode in (("unicode_escape", codecs.unicode_escape_decode), ("escape", codecs.escape_decode)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                decode(data)
            cases.add("warning", name, data, caught[0].message)
    cases.write(folder)
