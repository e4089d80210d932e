//! `repr` and `ascii` of strings and bytes, and the codecs of backslash escapes.

mod bytes_escape;
mod repr;
mod unicode_escape;

pub use bytes_escape::{BytesEscapeError, EscapeErrors, escape_decode_bytes, escape_encode_bytes};
pub use repr::{ascii_repr, bytes_repr, push_str_repr, str_repr};
pub use unicode_escape::{
    decode_raw_unicode_escape, decode_unicode_escape, encode_raw_unicode_escape, encode_unicode_escape,
};

/// The first escape in a text that Python warns of: `\q`, or an octal one above `\377`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidEscape {
    /// Byte offset of what follows the backslash.
    pub at: usize,
    /// The character after the backslash, or the value of the octal escape.
    pub what: InvalidEscapeKind,
}

/// See [`InvalidEscape`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidEscapeKind {
    /// A character that makes no escape.
    Char(u8),
    /// An octal value above 0o377.
    Octal(u16),
}

impl InvalidEscape {
    /// The text of the warning that the codecs give; `prefix` is `b` for bytes.
    pub fn message(&self, prefix: &str) -> String {
        let (shown, kind) = match self.what {
            InvalidEscapeKind::Char(b) => ((b as char).to_string(), "escape"),
            InvalidEscapeKind::Octal(n) => (format!("{n:o}"), "octal escape"),
        };
        format!("{prefix}\"\\{shown}\" is an invalid {kind} sequence. Such sequences will not work in the future. ")
    }
}

/// Reads an octal escape of up to three digits at `bytes[at]`; returns its value and where it ends.
fn octal(bytes: &[u8], at: usize) -> (u16, usize) {
    let (mut value, mut end) = (0, at);
    while end < at + 3
        && let Some(&b @ b'0'..=b'7') = bytes.get(end)
    {
        value = value * 8 + u16::from(b - b'0');
        end += 1;
    }
    (value, end)
}

/// What a simple escape such as `\n` stands for.
fn simple(b: u8) -> Option<u8> {
    Some(match b {
        b'\\' | b'\'' | b'"' => b,
        b'b' => 0x08,
        b'f' => 0x0C,
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'v' => 0x0B,
        b'a' => 0x07,
        _ => return None,
    })
}

#[inline]
fn hex_value(b: u8) -> Option<u32> {
    (b as char).to_digit(16)
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `digits` hexadecimal digits of `n`.
fn push_hex(out: &mut Vec<u8>, n: u32, digits: u32) {
    for i in (0..digits).rev() {
        out.push(HEX[(n >> (4 * i)) as usize & 15]);
    }
}

/// Appends `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
fn push_escape(out: &mut Vec<u8>, cp: u32) {
    let (letter, digits) = match cp {
        0..=0xFF => (b'x', 2),
        0x100..=0xFFFF => (b'u', 4),
        _ => (b'U', 8),
    };
    out.extend_from_slice(&[b'\\', letter]);
    push_hex(out, cp, digits);
}
