//! `repr` and `ascii`.

use super::push_escape;
use crate::text::{Wtf8, Wtf8Buf};
use crate::unicode;

/// Single quotes, unless there are single ones within and no double ones.
fn quote_for(bytes: &[u8]) -> u8 {
    if memchr::memchr(b'\'', bytes).is_some() && memchr::memchr(b'"', bytes).is_none() { b'"' } else { b'\'' }
}

/// Appends an ASCII byte as `repr` shows it within `quote`.
#[inline]
fn push_ascii(out: &mut Vec<u8>, b: u8, quote: u8) {
    match b {
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        _ if b == quote => out.extend_from_slice(&[b'\\', b]),
        b' '..=b'~' => out.push(b),
        _ => push_escape(out, b as u32),
    }
}

fn repr(s: &Wtf8, keep: impl Fn(u32) -> bool) -> Vec<u8> {
    let bytes = s.as_bytes();
    let quote = quote_for(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(quote);
    let mut at = 0;
    while at < bytes.len() {
        // Runs that are shown as they are get copied whole.
        let plain = bytes[at..].iter().take_while(|&&b| matches!(b, b' '..=b'~') && b != quote && b != b'\\').count();
        out.extend_from_slice(&bytes[at..at + plain]);
        at += plain;
        let Some((cp, len)) = s.decode_at(at) else { break };
        if cp < 0x80 {
            push_ascii(&mut out, cp as u8, quote);
        } else if keep(cp) {
            out.extend_from_slice(&bytes[at..at + len]);
        } else {
            push_escape(&mut out, cp);
        }
        at += len;
    }
    out.push(quote);
    out
}

/// `repr(s)`.
pub fn str_repr(s: &Wtf8) -> Wtf8Buf {
    // SAFETY: whole code points of `s` and ASCII are well formed; surrogates are not printable, so they are escaped.
    unsafe { Wtf8Buf::from_bytes_unchecked(repr(s, unicode::is_printable)) }
}

/// Appends `repr(s)`.
pub fn push_str_repr(out: &mut Wtf8Buf, s: &Wtf8) {
    out.push_wtf8(&str_repr(s));
}

/// `ascii(s)`.
pub fn ascii_repr(s: &Wtf8) -> String {
    repr(s, |_| false).into_iter().map(char::from).collect()
}

/// `repr(bytes)`: with the `b`.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let quote = quote_for(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 3);
    out.extend_from_slice(&[b'b', quote]);
    for &b in bytes {
        push_ascii(&mut out, b, quote);
    }
    out.push(quote);
    out.into_iter().map(char::from).collect()
}
