//! ASCII and Latin-1.

use super::{DecodeErrors, Decoding, EncodeErrors, Encoding};
use crate::text::{Wtf8, Wtf8Buf};

/// Decodes ASCII.
pub fn decode_ascii<H: DecodeErrors>(input: &[u8], out: &mut Wtf8Buf, errors: &mut H) -> Result<usize, H::Error> {
    let mut d = Decoding::new("ascii", input, out, errors);
    let mut at = 0;
    while at < d.input.len() {
        let good = d.input[at..].iter().position(|b| !b.is_ascii()).unwrap_or(d.input.len() - at);
        // ASCII, so this copies.
        d.out.push_str(&String::from_utf8_lossy(&d.input[at..at + good]));
        at += good;
        if at < d.input.len() {
            at = d.problem(at, at + 1, "ordinal not in range(128)")?;
        }
    }
    Ok(at)
}

/// Decodes Latin-1, which cannot fail.
pub fn decode_latin1(input: &[u8], out: &mut Wtf8Buf) {
    if input.is_ascii() {
        out.push_str(&String::from_utf8_lossy(input));
    } else {
        out.extend(input.iter().map(|&b| b as u32));
    }
}

/// Encodes as ASCII.
pub fn encode_ascii<H: EncodeErrors>(input: &Wtf8, out: &mut Vec<u8>, errors: &mut H) -> Result<(), H::Error> {
    if input.is_ascii() {
        out.extend_from_slice(input.as_bytes());
        return Ok(());
    }
    encode_below("ascii", 0x80, "ordinal not in range(128)", input, out, errors)
}

/// Encodes as Latin-1.
pub fn encode_latin1<H: EncodeErrors>(input: &Wtf8, out: &mut Vec<u8>, errors: &mut H) -> Result<(), H::Error> {
    if input.is_ascii() {
        out.extend_from_slice(input.as_bytes());
        return Ok(());
    }
    encode_below("latin-1", 0x100, "ordinal not in range(256)", input, out, errors)
}

fn encode_below<H: EncodeErrors>(
    name: &'static str,
    limit: u32,
    reason: &'static str,
    input: &Wtf8,
    out: &mut Vec<u8>,
    errors: &mut H,
) -> Result<(), H::Error> {
    out.reserve(input.char_count());
    let mut e = Encoding::new(name, input, errors);
    while let Some(cp) = e.next() {
        if cp < limit {
            out.push(cp as u8);
            continue;
        }
        let start = e.index() - 1;
        e.skip_while(|cp| cp >= limit);
        e.problem(out, start, reason, 1, |cp, out| {
            out.push(cp as u8);
            cp < limit
        })?;
    }
    Ok(())
}
