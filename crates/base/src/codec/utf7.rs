//! UTF-7 (RFC 2152).

use super::{DecodeErrors, Decoding};
use crate::text::{Wtf8, Wtf8Buf};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn from_base64(b: u8) -> Option<u32> {
    Some(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

/// The state within a base64 section.
#[derive(Default)]
struct Section {
    bits: u32,
    buffer: u32,
    /// A high surrogate that waits for its low one; 0 for none.
    surrogate: u32,
}

impl Section {
    /// Takes in six bits and writes a unit of UTF-16 once it is complete.
    fn add(&mut self, six: u32, out: &mut Wtf8Buf) {
        self.buffer = self.buffer << 6 | six;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits;
        self.buffer &= (1 << self.bits) - 1;
        let high = std::mem::take(&mut self.surrogate);
        if high != 0 {
            if (0xDC00..0xE000).contains(&unit) {
                out.push_code_point(0x1_0000 + ((high & 0x3FF) << 10) + (unit & 0x3FF));
                return;
            }
            out.push_code_point(high);
        }
        if (0xD800..0xDC00).contains(&unit) {
            self.surrogate = unit;
        } else {
            out.push_code_point(unit);
        }
    }

    /// What is wrong with ending here.
    fn leftover(&self) -> Option<&'static str> {
        if self.bits >= 6 {
            Some("partial character in shift sequence")
        } else if self.bits > 0 && self.buffer != 0 {
            Some("non-zero padding bits in shift sequence")
        } else {
            None
        }
    }
}

/// Decodes UTF-7. Without `last` an unfinished base64 section is left for the next call.
pub fn decode_utf7<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<usize, H::Error> {
    let mut d = Decoding::new("utf7", input, out, errors);
    let mut at = 0;
    // The section, if we are in one, where it starts in the input, and how long the output was then.
    let mut section: Option<Section> = None;
    let (mut start, mut out_len) = (0, 0);
    loop {
        let Some(&b) = d.input.get(at) else {
            match section.take() {
                Some(_) if !last => {
                    d.out.truncate(out_len);
                    return Ok(start);
                }
                Some(s) if s.surrogate != 0 || s.leftover().is_some() => {
                    let end = d.input.len();
                    at = d.problem(start, end, "unterminated shift sequence")?;
                    continue;
                }
                _ => return Ok(at),
            }
        };
        if let Some(s) = &mut section {
            if let Some(six) = from_base64(b) {
                s.add(six, d.out);
                at += 1;
                continue;
            }
            let (leftover, surrogate) = (s.leftover(), s.surrogate);
            section = None;
            if let Some(reason) = leftover {
                at = d.problem(start, at + 1, reason)?;
                continue;
            }
            if surrogate != 0 && b < 0x80 && b != b'+' {
                d.out.push_code_point(surrogate);
            }
            if b == b'-' {
                at += 1;
            }
        } else if b == b'+' {
            start = at;
            at += 1;
            match d.input.get(at) {
                Some(b'-') => {
                    at += 1;
                    d.out.push('+');
                }
                Some(&next) if from_base64(next).is_none() => {
                    at = d.problem(start, at + 1, "ill-formed sequence")?;
                }
                _ => {
                    section = Some(Section::default());
                    out_len = d.out.len();
                }
            }
        } else if b < 0x80 {
            d.out.push(b as char);
            at += 1;
        } else {
            start = at;
            at = d.problem(at, at + 1, "unexpected special character")?;
        }
    }
}

/// Whether a character is written as itself: the sets D and O of the RFC and white space.
fn is_direct(cp: u32) -> bool {
    matches!(cp, 9 | 10 | 13 | 32..=125) && cp != '+' as u32 && cp != '\\' as u32
}

/// Encodes as UTF-7, which cannot fail: surrogates are written like other units of UTF-16.
pub fn encode_utf7(input: &Wtf8, out: &mut Vec<u8>) {
    let (mut in_section, mut bits, mut buffer) = (false, 0u32, 0u64);
    for cp in input.chars() {
        if is_direct(cp) {
            if in_section {
                if bits > 0 {
                    out.push(ALPHABET[(buffer << (6 - bits)) as usize & 63]);
                }
                (in_section, bits, buffer) = (false, 0, 0);
                if from_base64(cp as u8).is_some() || cp == '-' as u32 {
                    out.push(b'-');
                }
            }
            out.push(cp as u8);
            continue;
        }
        if !in_section {
            out.push(b'+');
            if cp == '+' as u32 {
                out.push(b'-');
                continue;
            }
            in_section = true;
        }
        let mut unit = |unit: u32| {
            buffer = buffer << 16 | unit as u64;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(ALPHABET[(buffer >> bits) as usize & 63]);
            }
            buffer &= (1 << bits) - 1;
        };
        if cp >= 0x1_0000 {
            unit(0xD800 | (cp - 0x1_0000) >> 10);
            unit(0xDC00 | cp & 0x3FF);
        } else {
            unit(cp);
        }
    }
    if bits > 0 {
        out.push(ALPHABET[(buffer << (6 - bits)) as usize & 63]);
    }
    if in_section {
        out.push(b'-');
    }
}
