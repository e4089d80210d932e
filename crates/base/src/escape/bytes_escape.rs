//! Backslash escapes in bytes: `codecs.escape_decode` and `escape_encode`, and bytes literals.

use super::{InvalidEscape, InvalidEscapeKind, hex_value, octal, push_escape, simple};

/// What becomes of a malformed `\x`: this codec knows no other handlers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EscapeErrors {
    /// An error.
    Strict,
    /// A question mark.
    Replace,
    /// Nothing.
    Ignore,
}

/// Why decoding fails: a ValueError.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BytesEscapeError {
    /// A lone backslash at the end.
    TrailingBackslash,
    /// `\x` without two hexadecimal digits, the backslash at that offset.
    InvalidHex(usize),
}

impl BytesEscapeError {
    /// CPython's words.
    pub fn message(self) -> String {
        match self {
            BytesEscapeError::TrailingBackslash => "Trailing \\ in string".into(),
            BytesEscapeError::InvalidHex(at) => format!("invalid \\x escape at position {at}"),
        }
    }
}

/// Undoes backslash escapes. Also returns the first escape that Python warns of.
pub fn escape_decode_bytes(
    input: &[u8],
    errors: EscapeErrors,
) -> Result<(Vec<u8>, Option<InvalidEscape>), BytesEscapeError> {
    let mut out = Vec::with_capacity(input.len());
    let (mut at, mut invalid) = (0, None);
    while let Some(&b) = input.get(at) {
        if b != b'\\' {
            out.push(b);
            at += 1;
            continue;
        }
        let Some(&next) = input.get(at + 1) else { return Err(BytesEscapeError::TrailingBackslash) };
        let start = at;
        at += 2;
        match next {
            b'\n' => {}
            b'0'..=b'7' => {
                let (value, end) = octal(input, start + 1);
                if value > 0o377 {
                    invalid.get_or_insert(InvalidEscape { at: start + 1, what: InvalidEscapeKind::Octal(value) });
                }
                // As CPython: the ninth bit is dropped.
                out.push(value as u8);
                at = end;
            }
            b'x' => {
                let digit = |at: usize| input.get(at).and_then(|&b| hex_value(b));
                match (digit(at), digit(at + 1)) {
                    (Some(a), Some(b)) => {
                        out.push((a << 4 | b) as u8);
                        at += 2;
                    }
                    (first, _) => {
                        match errors {
                            EscapeErrors::Strict => return Err(BytesEscapeError::InvalidHex(start)),
                            EscapeErrors::Replace => out.push(b'?'),
                            EscapeErrors::Ignore => {}
                        }
                        at += first.is_some() as usize;
                    }
                }
            }
            _ => match simple(next) {
                Some(b) => out.push(b),
                None => {
                    invalid.get_or_insert(InvalidEscape { at: start + 1, what: InvalidEscapeKind::Char(next) });
                    out.extend_from_slice(&[b'\\', next]);
                }
            },
        }
    }
    Ok((out, invalid))
}

/// `codecs.escape_encode`: as `repr` shows the bytes, with single quotes escaped.
pub fn escape_encode_bytes(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    for &b in input {
        match b {
            b'\\' | b'\'' => out.extend_from_slice(&[b'\\', b]),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b' '..=b'~' => out.push(b),
            _ => push_escape(&mut out, b as u32),
        }
    }
    out
}
