//! UTF-32.

use super::{ByteOrder, DecodeErrors, Decoding, EncodeErrors, Encoding};
use crate::text::{Wtf8, Wtf8Buf, is_surrogate};

/// Decodes UTF-32. Also returns the byte order, which is [`ByteOrder::Mark`] only where none has been seen.
pub fn decode_utf32<H: DecodeErrors>(
    input: &[u8],
    order: ByteOrder,
    last: bool,
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<(usize, ByteOrder), H::Error> {
    let (order, mut at) = match (order, input) {
        (ByteOrder::Mark, [0xFF, 0xFE, 0, 0, ..]) => (ByteOrder::Little, 4),
        (ByteOrder::Mark, [0, 0, 0xFE, 0xFF, ..]) => (ByteOrder::Big, 4),
        _ => (order, 0),
    };
    let big = order == ByteOrder::Big;
    let mut d = Decoding::new(if big { "utf-32-be" } else { "utf-32-le" }, input, out, errors);
    d.out.reserve(input.len() / 4);
    loop {
        let len = d.input.len();
        let cp = match d.input.get(at..at + 4) {
            Some(&[a, b, c, d]) if big => u32::from_be_bytes([a, b, c, d]),
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            _ => {
                if at == len || !last {
                    return Ok((at, order));
                }
                at = d.problem(at, len, "truncated data")?;
                continue;
            }
        };
        if is_surrogate(cp) {
            at = d.problem(at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)")?;
        } else if cp > 0x10_FFFF {
            at = d.problem(at, at + 4, "code point not in range(0x110000)")?;
        } else {
            d.out.push_code_point(cp);
            at += 4;
        }
    }
}

/// Encodes as UTF-32.
pub fn encode_utf32<H: EncodeErrors>(
    input: &Wtf8,
    order: ByteOrder,
    out: &mut Vec<u8>,
    errors: &mut H,
) -> Result<(), H::Error> {
    let big = order == ByteOrder::Big;
    let push = |cp: u32, out: &mut Vec<u8>| {
        out.extend_from_slice(&if big { cp.to_be_bytes() } else { cp.to_le_bytes() });
    };
    out.reserve(4 * input.len() + 4);
    let name = match order {
        ByteOrder::Mark => {
            push(0xFEFF, out);
            "utf-32"
        }
        ByteOrder::Little => "utf-32-le",
        ByteOrder::Big => "utf-32-be",
    };
    let mut e = Encoding::new(name, input, errors);
    while let Some(cp) = e.next() {
        if is_surrogate(cp) {
            let start = e.index() - 1;
            e.problem(out, start, "surrogates not allowed", 4, |cp, out| {
                push(cp, out);
                cp < 0x80
            })?;
        } else {
            push(cp, out);
        }
    }
    Ok(())
}
