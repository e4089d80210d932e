//! The codecs `unicode_escape` and `raw_unicode_escape`.

use super::{InvalidEscape, InvalidEscapeKind, hex_value, octal, push_escape, simple};
use crate::codec::{DecodeErrors, Decoding};
use crate::text::{Wtf8, Wtf8Buf};
use crate::unicode;

/// How reading an escape ended.
enum Outcome {
    /// A code point, and where the escape ends.
    Char(u32, usize),
    /// The input ended within the escape.
    Incomplete(&'static str),
    /// Something is wrong at the given place.
    Wrong(&'static str, usize),
}

/// Reads `count` hexadecimal digits.
fn hex(input: &[u8], mut at: usize, count: usize, truncated: &'static str, too_large: &'static str) -> Outcome {
    let mut value = 0u32;
    for _ in 0..count {
        let Some(&b) = input.get(at) else { return Outcome::Incomplete(truncated) };
        let Some(digit) = hex_value(b) else { return Outcome::Wrong(truncated, at) };
        value = value << 4 | digit;
        at += 1;
    }
    if value > 0x10_FFFF { Outcome::Wrong(too_large, at) } else { Outcome::Char(value, at) }
}

/// Reads what follows `\N`.
fn named(input: &[u8], at: usize) -> Outcome {
    const MALFORMED: &str = "malformed \\N character escape";
    match input.get(at) {
        None => return Outcome::Incomplete(MALFORMED),
        Some(b'{') => {}
        Some(_) => return Outcome::Wrong(MALFORMED, at),
    }
    let name = &input[at + 1..];
    let Some(len) = memchr::memchr(b'}', name) else { return Outcome::Incomplete(MALFORMED) };
    if len == 0 {
        return Outcome::Wrong(MALFORMED, at + 1);
    }
    let end = at + len + 2;
    match std::str::from_utf8(&name[..len]).ok().and_then(unicode::lookup) {
        Some(cp) => Outcome::Char(cp, end),
        None => Outcome::Wrong("unknown Unicode character name", end),
    }
}

/// Decodes `unicode_escape`: bytes that are not part of an escape are Latin-1. Also returns the first escape that Python warns
/// of.
pub fn decode_unicode_escape<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<(usize, Option<InvalidEscape>), H::Error> {
    let mut d = Decoding::new("unicodeescape", input, out, errors);
    d.out.reserve(input.len());
    let (mut at, mut invalid) = (0, None);
    while let Some(&b) = d.input.get(at) {
        if b != b'\\' {
            d.out.push_code_point(b as u32);
            at += 1;
            continue;
        }
        let start = at;
        let after = at + 2;
        let outcome = match d.input.get(at + 1) {
            None => Outcome::Incomplete("\\ at end of string"),
            Some(b'\n') => {
                at = after;
                continue;
            }
            Some(b'0'..=b'7') => {
                let (value, end) = octal(&d.input, at + 1);
                if value > 0o377 {
                    invalid.get_or_insert(InvalidEscape { at: at + 1, what: InvalidEscapeKind::Octal(value) });
                }
                Outcome::Char(value as u32, end)
            }
            Some(b'x') => hex(&d.input, after, 2, "truncated \\xXX escape", ""),
            Some(b'u') => hex(&d.input, after, 4, "truncated \\uXXXX escape", ""),
            Some(b'U') => hex(&d.input, after, 8, "truncated \\UXXXXXXXX escape", "illegal Unicode character"),
            Some(b'N') => named(&d.input, after),
            Some(&b) => match simple(b) {
                Some(b) => Outcome::Char(b as u32, after),
                None => {
                    invalid.get_or_insert(InvalidEscape { at: at + 1, what: InvalidEscapeKind::Char(b) });
                    d.out.push('\\');
                    Outcome::Char(b as u32, after)
                }
            },
        };
        match outcome {
            Outcome::Char(cp, end) => {
                d.out.push_code_point(cp);
                at = end;
            }
            Outcome::Incomplete(_) if !last => return Ok((start, invalid)),
            Outcome::Incomplete(reason) => {
                let end = d.input.len();
                at = d.problem(start, end, reason)?;
            }
            Outcome::Wrong(reason, end) => at = d.problem(start, end, reason)?,
        }
    }
    Ok((at, invalid))
}

/// Decodes `raw_unicode_escape`: Latin-1 in which only `\u` and `\U` are escapes.
pub fn decode_raw_unicode_escape<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<usize, H::Error> {
    let mut d = Decoding::new("rawunicodeescape", input, out, errors);
    d.out.reserve(input.len());
    let mut at = 0;
    while let Some(&b) = d.input.get(at) {
        if b != b'\\' {
            d.out.push_code_point(b as u32);
            at += 1;
            continue;
        }
        let start = at;
        let outcome = match d.input.get(at + 1) {
            None if !last => return Ok(start),
            None => Outcome::Char(b as u32, at + 1),
            Some(b'u') => hex(&d.input, at + 2, 4, "truncated \\uXXXX escape", ""),
            Some(b'U') => hex(&d.input, at + 2, 8, "truncated \\UXXXXXXXX escape", "\\Uxxxxxxxx out of range"),
            Some(&next) => {
                d.out.push('\\');
                Outcome::Char(next as u32, at + 2)
            }
        };
        match outcome {
            Outcome::Char(cp, end) => {
                d.out.push_code_point(cp);
                at = end;
            }
            Outcome::Incomplete(_) if !last => return Ok(start),
            Outcome::Incomplete(reason) => {
                let end = d.input.len();
                at = d.problem(start, end, reason)?;
            }
            Outcome::Wrong(reason, end) => at = d.problem(start, end, reason)?,
        }
    }
    Ok(at)
}

/// Encodes as `unicode_escape`: printable ASCII, and escapes for the rest.
pub fn encode_unicode_escape(s: &Wtf8) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for cp in s.chars() {
        match cp {
            0x5C => out.extend_from_slice(b"\\\\"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0A => out.extend_from_slice(b"\\n"),
            0x0D => out.extend_from_slice(b"\\r"),
            0x20..=0x7E => out.push(cp as u8),
            _ => push_escape(&mut out, cp),
        }
    }
    out
}

/// Encodes as `raw_unicode_escape`: Latin-1, and escapes for the rest. A backslash is not escaped.
pub fn encode_raw_unicode_escape(s: &Wtf8) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for cp in s.chars() {
        if cp < 0x100 {
            out.push(cp as u8);
        } else {
            push_escape(&mut out, cp);
        }
    }
    out
}
