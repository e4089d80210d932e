//! UTF-16.

use super::{ByteOrder, DecodeErrors, Decoding, EncodeErrors, Encoding};
use crate::text::{Wtf8, Wtf8Buf, is_surrogate};

/// Decodes UTF-16. Also returns the byte order, which is [`ByteOrder::Mark`] only where none has been seen.
pub fn decode_utf16<H: DecodeErrors>(
    input: &[u8],
    order: ByteOrder,
    last: bool,
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<(usize, ByteOrder), H::Error> {
    let (order, mut at) = match (order, input) {
        (ByteOrder::Mark, [0xFF, 0xFE, ..]) => (ByteOrder::Little, 2),
        (ByteOrder::Mark, [0xFE, 0xFF, ..]) => (ByteOrder::Big, 2),
        _ => (order, 0),
    };
    let big = order == ByteOrder::Big;
    let mut d = Decoding::new(if big { "utf-16-be" } else { "utf-16-le" }, input, out, errors);
    d.out.reserve(input.len() / 2);
    loop {
        let unit = |at: usize| match *d.input.get(at..at + 2)? {
            [a, b] => Some(u32::from(if big { u16::from_be_bytes([a, b]) } else { u16::from_le_bytes([a, b]) })),
            _ => None,
        };
        let len = d.input.len();
        let Some(first) = unit(at) else {
            if at == len || !last {
                return Ok((at, order));
            }
            at = d.problem(at, len, "truncated data")?;
            continue;
        };
        if !is_surrogate(first) {
            d.out.push_code_point(first);
            at += 2;
        } else if first >= 0xDC00 {
            at = d.problem(at, at + 2, "illegal encoding")?;
        } else {
            match unit(at + 2) {
                Some(second @ 0xDC00..=0xDFFF) => {
                    d.out.push_code_point(0x1_0000 + ((first & 0x3FF) << 10) + (second & 0x3FF));
                    at += 4;
                }
                Some(_) => at = d.problem(at, at + 2, "illegal UTF-16 surrogate")?,
                None if !last => return Ok((at, order)),
                None => at = d.problem(at, len, "unexpected end of data")?,
            }
        }
    }
}

/// Encodes as UTF-16.
pub fn encode_utf16<H: EncodeErrors>(
    input: &Wtf8,
    order: ByteOrder,
    out: &mut Vec<u8>,
    errors: &mut H,
) -> Result<(), H::Error> {
    let big = order == ByteOrder::Big;
    let push = |unit: u32, out: &mut Vec<u8>| {
        let unit = unit as u16;
        out.extend_from_slice(&if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    };
    out.reserve(2 * input.len() + 2);
    let name = match order {
        ByteOrder::Mark => {
            push(0xFEFF, out);
            "utf-16"
        }
        ByteOrder::Little => "utf-16-le",
        ByteOrder::Big => "utf-16-be",
    };
    let mut e = Encoding::new(name, input, errors);
    while let Some(cp) = e.next() {
        if is_surrogate(cp) {
            let start = e.index() - 1;
            e.problem(out, start, "surrogates not allowed", 2, |cp, out| {
                push(cp, out);
                cp < 0x80
            })?;
        } else if cp < 0x1_0000 {
            push(cp, out);
        } else {
            push(0xD800 | (cp - 0x1_0000) >> 10, out);
            push(0xDC00 | cp & 0x3FF, out);
        }
    }
    Ok(())
}
