"""Makes multibyte.zst, the tables of the East Asian codecs, from what the codecs of a CPython 3.14 do.

    python3.14 gen_multibyte.py multibyte.zst

The file is a length (4 bytes) and zstd data: blocks with their length in front, one for each name below and one with the
ranges of four-byte codes of gb18030. A block has the kind of each byte from 0x80 on (0: a character, 1: starts a code,
2: none), runs of codes that differ in their last byte, and the characters that are encoded otherwise than the first code
that stands for them would say. Numbers are of variable length, seven bits a byte; characters are differences.
"""

import sys
from compression import zstd

NAMES = (
    "gb2312 gbk gb18030 big5hkscs big5 cp950 shift_jis cp932 euc_jp shift_jis_2004 euc_jis_2004 shift_jisx0213 "
    "euc_jisx0213 euc_kr cp949 johab"
).split()


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    return value * 2 if value >= 0 else -value * 2 - 1


def decoded(code, name):
    """The text of a code, or the reason why there is none."""
    try:
        return code.decode(name), None
    except UnicodeDecodeError as error:
        return None, error.reason


def codes(name):
    kinds, found = [], {}
    for first in range(256):
        text, reason = decoded(bytes([first]), name)
        kinds.append(0 if text else 1 if reason.startswith("incomplete") else 2)
        if text:
            found[bytes([first])] = text
    for first in range(128, 256):
        if kinds[first] != 1:
            continue
        for second in range(256):
            code = bytes([first, second])
            text, reason = decoded(code, name)
            if text:
                found[code] = text
            elif name.startswith("euc_j") and first == 0x8F:
                for third in range(256):
                    if text := decoded(code + bytes([third]), name)[0]:
                        found[code + bytes([third])] = text
    return kinds, found


def block(name):
    kinds, found = codes(name)
    order = sorted(found, key=lambda code: (len(code), code))
    runs, known = [], {}
    for code in order:
        known.setdefault(found[code], code)
        if runs and runs[-1][0][:-1] == code[:-1] and runs[-1][0][-1] + len(runs[-1][1]) == code[-1]:
            runs[-1][1].append(found[code])
        else:
            runs.append((code, [found[code]]))
    out, last = bytearray(kinds[128:]) + number(len(runs)), 0
    for code, texts in runs:
        out += bytes([len(code)]) + code + number(len(texts))
        for text in texts:
            if len(text) == 1:
                out += number(signed(ord(text) - last) + 1)
                last = ord(text)
            else:
                out += number(0) + number(ord(text[0])) + number(ord(text[1]))
    others = []
    for char in map(chr, [*range(0xD800), *range(0xE000, 0x110000)]):
        try:
            code = char.encode(name)
        except UnicodeEncodeError:
            code = b""
        # Codes of four bytes, and of eight, follow a rule.
        if code != known.get(char, b"") and len(code) < 4:
            others.append(number(ord(char)) + bytes([len(code)]) + code)
    return bytes(out + number(len(others)) + b"".join(others))


def ranges():
    out, last, start, count = [], (-1, -1), None, 0
    for linear in range(39420):
        rest, code = linear, []
        for size, low in ((10, 0x30), (126, 0x81), (10, 0x30), (126, 0x81)):
            code.insert(0, rest % size + low)
            rest //= size
        text = decoded(bytes(code), "gb18030")[0]
        at = (linear, ord(text)) if text else None
        if at and at == (last[0] + 1, last[1] + 1):
            out[-1][2] += 1
        elif at:
            out.append([*at, 1])
        last = at or (-1, -1)
    return number(len(out)) + b"".join(number(value) for row in out for value in row)


def main(path):
    blocks = [*map(block, NAMES), ranges()]
    data = b"".join(len(part).to_bytes(4, "little") + part for part in blocks)
    with open(path, "wb") as file:
        file.write(len(data).to_bytes(4, "little") + zstd.compress(data, 19))


if __name__ == "__main__":
    main(*sys.argv[1:])
