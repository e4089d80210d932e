//! The error handlers that come with Python.

use std::fmt::Write;

use super::{DecodeErrors, DecodeFix, DecodeProblem, EncodeErrors, EncodeFix, EncodeProblem, Replacement};
use crate::text::{Wtf8, Wtf8Buf, is_surrogate};
use crate::unicode;

/// Where and why encoding or decoding failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodecError {
    /// The encoding as the exception names it.
    pub encoding: &'static str,
    /// First byte, or index of the first code point.
    pub start: usize,
    /// After the last.
    pub end: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// A handler by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    /// Raises.
    Strict,
    /// Leaves out.
    Ignore,
    /// `?`, or U+FFFD in decoding.
    Replace,
    /// `\xNN`, `\uNNNN`, `\UNNNNNNNN`.
    BackslashReplace,
    /// `&#NNN;`; only for encoding.
    XmlCharRefReplace,
    /// `\N{...}`; only for encoding.
    NameReplace,
    /// Bytes from 0x80 as U+DC80 to U+DCFF, and back.
    SurrogateEscape,
    /// Surrogates as if they were characters, in UTF-8, -16 and -32.
    SurrogatePass,
}

impl Builtin {
    /// The handler of that name.
    pub fn from_name(name: &str) -> Option<Builtin> {
        Some(match name {
            "strict" => Builtin::Strict,
            "ignore" => Builtin::Ignore,
            "replace" => Builtin::Replace,
            "backslashreplace" => Builtin::BackslashReplace,
            "xmlcharrefreplace" => Builtin::XmlCharRefReplace,
            "namereplace" => Builtin::NameReplace,
            "surrogateescape" => Builtin::SurrogateEscape,
            "surrogatepass" => Builtin::SurrogatePass,
            _ => return None,
        })
    }

    /// Whether the handler takes part in decoding at all; those that do not raise TypeError there.
    pub fn decodes(self) -> bool {
        !matches!(self, Builtin::XmlCharRefReplace | Builtin::NameReplace)
    }

    /// What to do about a problem in decoding; `None` to raise it. `encoding` is the name of the encoding in any spelling.
    pub fn fix_decoding(self, encoding: &str, input: &[u8], start: usize, end: usize) -> Option<DecodeFix> {
        let end = end.min(input.len());
        let part = input.get(start..end)?;
        let (text, resume) = match self {
            Builtin::Strict | Builtin::XmlCharRefReplace | Builtin::NameReplace => return None,
            Builtin::Ignore => (Wtf8Buf::new(), end),
            Builtin::Replace => (Wtf8Buf::from_code_point(0xFFFD), end),
            Builtin::BackslashReplace => (backslash_escape_bytes(part).into(), end),
            Builtin::SurrogateEscape => {
                let text: Wtf8Buf =
                    part.iter().take(4).take_while(|&&b| b >= 0x80).map(|&b| 0xDC00 + b as u32).collect();
                let count = text.char_count();
                if count == 0 {
                    return None;
                }
                (text, start + count)
            }
            Builtin::SurrogatePass => {
                let scheme = Scheme::of(encoding)?;
                let cp = scheme.read(&input[start..])?;
                (Wtf8Buf::from_code_point(cp), start + scheme.len())
            }
        };
        Some(DecodeFix { text, resume, input: None })
    }

    /// What to write for text that cannot be encoded; `None` to raise. Encoding goes on after that text.
    pub fn fix_encoding(self, encoding: &str, text: &Wtf8) -> Option<Replacement> {
        Some(match self {
            Builtin::Strict => return None,
            Builtin::Ignore => Replacement::Text(Wtf8Buf::new()),
            Builtin::Replace => Replacement::Text("?".repeat(text.char_count()).into()),
            Builtin::BackslashReplace => Replacement::Text(backslash_escape(text).into()),
            Builtin::XmlCharRefReplace => {
                let mut out = String::new();
                for cp in text.chars() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "&#{cp};");
                }
                Replacement::Text(out.into())
            }
            Builtin::NameReplace => {
                let mut out = String::new();
                for cp in text.chars() {
                    match unicode::name(cp) {
                        Some(name) => {
                            let _ = write!(out, "\\N{{{name}}}");
                        }
                        None => push_escape(&mut out, cp),
                    }
                }
                Replacement::Text(out.into())
            }
            Builtin::SurrogateEscape => {
                let byte = |cp: u32| (0xDC80..=0xDCFF).contains(&cp).then_some(cp as u8);
                Replacement::Bytes(text.chars().map(byte).collect::<Option<_>>()?)
            }
            Builtin::SurrogatePass => {
                let scheme = Scheme::of(encoding)?;
                let mut out = Vec::new();
                for cp in text.chars() {
                    if !is_surrogate(cp) {
                        return None;
                    }
                    scheme.write(cp, &mut out);
                }
                Replacement::Bytes(out)
            }
        })
    }
}

impl DecodeErrors for Builtin {
    type Error = CodecError;

    fn fix(&mut self, p: &DecodeProblem<'_>) -> Result<DecodeFix, CodecError> {
        self.fix_decoding(p.encoding, p.input, p.start, p.end).ok_or(CodecError {
            encoding: p.encoding,
            start: p.start,
            end: p.end,
            reason: p.reason,
        })
    }
}

impl EncodeErrors for Builtin {
    type Error = CodecError;

    fn fix(&mut self, p: &EncodeProblem<'_>) -> Result<EncodeFix, CodecError> {
        let mut text = p.text();
        let mut resume = p.end;
        // Here CPython writes what it can of a run, so that the error points behind it.
        if *self == Builtin::SurrogateEscape && matches!(p.encoding, "ascii" | "latin-1" | "utf-8") {
            let good = text.chars().take_while(|cp| (0xDC80..=0xDCFF).contains(cp)).count();
            if good > 0 {
                text = &text[..3 * good];
                resume = p.start + good;
            }
        }
        match self.fix_encoding(p.encoding, text) {
            Some(replacement) => Ok(EncodeFix { replacement, resume }),
            None => Err(self.fail(p)),
        }
    }

    fn fail(&mut self, p: &EncodeProblem<'_>) -> CodecError {
        CodecError { encoding: p.encoding, start: p.start, end: p.end, reason: p.reason }
    }
}

fn push_escape(out: &mut String, cp: u32) {
    let _ = match cp {
        0..=0xFF => write!(out, "\\x{cp:02x}"),
        0x100..=0xFFFF => write!(out, "\\u{cp:04x}"),
        _ => write!(out, "\\U{cp:08x}"),
    };
}

/// Each code point as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
pub fn backslash_escape(text: &Wtf8) -> String {
    let mut out = String::new();
    text.chars().for_each(|cp| push_escape(&mut out, cp));
    out
}

/// Each byte as `\xNN`.
pub fn backslash_escape_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(4 * bytes.len());
    bytes.iter().for_each(|&b| push_escape(&mut out, b as u32));
    out
}

/// The encodings that `surrogatepass` knows.
#[derive(Clone, Copy)]
enum Scheme {
    Utf8,
    Utf16 { big: bool },
    Utf32 { big: bool },
}

impl Scheme {
    /// By name: `utf` and the number, and the byte order (the machine's, little-endian, where there is none), with `-`, `_` or
    /// nothing between.
    fn of(name: &str) -> Option<Scheme> {
        let name = name.to_ascii_lowercase();
        if name == "cp65001" {
            return Some(Scheme::Utf8);
        }
        let skip = |s: &'_ str| s.strip_prefix(['-', '_']).unwrap_or(s).to_owned();
        let rest = skip(name.strip_prefix("utf")?);
        if rest == "8" {
            return Some(Scheme::Utf8);
        }
        let (wide, order) = match rest.strip_prefix("16") {
            Some(order) => (false, order),
            None => (true, rest.strip_prefix("32")?),
        };
        let big = match skip(order).as_str() {
            // A separator must be followed by the order.
            "" if order.is_empty() => false,
            "le" => false,
            "be" => true,
            _ => return None,
        };
        Some(if wide { Scheme::Utf32 { big } } else { Scheme::Utf16 { big } })
    }

    fn len(self) -> usize {
        match self {
            Scheme::Utf8 => 3,
            Scheme::Utf16 { .. } => 2,
            Scheme::Utf32 { .. } => 4,
        }
    }

    /// The surrogate at the front of `bytes`.
    fn read(self, bytes: &[u8]) -> Option<u32> {
        let cp = match (self, bytes) {
            (Scheme::Utf8, [0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ..]) => {
                0xD000 | ((*b & 0x3F) as u32) << 6 | (*c & 0x3F) as u32
            }
            (Scheme::Utf16 { big }, [a, b, ..]) => {
                u32::from(if big { u16::from_be_bytes([*a, *b]) } else { u16::from_le_bytes([*a, *b]) })
            }
            (Scheme::Utf32 { big }, [a, b, c, d, ..]) => {
                let bytes = [*a, *b, *c, *d];
                if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
            }
            _ => return None,
        };
        is_surrogate(cp).then_some(cp)
    }

    fn write(self, cp: u32, out: &mut Vec<u8>) {
        match self {
            Scheme::Utf8 => out.extend_from_slice(Wtf8Buf::from_code_point(cp).as_bytes()),
            Scheme::Utf16 { big: false } => out.extend_from_slice(&(cp as u16).to_le_bytes()),
            Scheme::Utf16 { big: true } => out.extend_from_slice(&(cp as u16).to_be_bytes()),
            Scheme::Utf32 { big: false } => out.extend_from_slice(&cp.to_le_bytes()),
            Scheme::Utf32 { big: true } => out.extend_from_slice(&cp.to_be_bytes()),
        }
    }
}
