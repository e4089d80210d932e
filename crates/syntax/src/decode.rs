//! Source bytes to text: byte order mark and encoding declaration (PEP 263).

use std::borrow::Cow;

use crate::error::{SyntaxError, SyntaxErrorKind};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Source bytes, decoded or ready to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodedSource<'a> {
    /// Text, with the name of the encoding it came in.
    Text {
        /// The decoded text, without a byte order mark.
        text: Cow<'a, str>,
        /// The normalised encoding name.
        encoding: String,
    },
    /// The bytes are in an encoding that only the codec registry knows. What it raises becomes a `SyntaxError` made by
    /// [`encoding_error`].
    Encoded {
        /// The name in the declaration.
        encoding: String,
    },
}

/// Decodes source bytes that belong to no file.
///
/// # Errors
///
/// A declaration that the byte order mark contradicts, or bytes that are not in the declared encoding.
pub fn decode_source(bytes: &[u8]) -> Result<DecodedSource<'_>, SyntaxError> {
    decode(bytes, None)
}

/// As [`decode_source`], for the contents of the file `name`, which errors mention.
///
/// # Errors
///
/// As [`decode_source`].
pub fn decode_file<'b>(bytes: &'b [u8], name: &str) -> Result<DecodedSource<'b>, SyntaxError> {
    decode(bytes, Some(name))
}

/// The error for a declared encoding that is unknown or cannot decode the bytes.
#[must_use]
pub fn encoding_error(msg: impl Into<String>) -> SyntaxError {
    SyntaxError { offset: -1, end_offset: -1, ..SyntaxError::without_position(SyntaxErrorKind::Syntax, msg) }
}

fn decode<'b>(bytes: &'b [u8], file: Option<&str>) -> Result<DecodedSource<'b>, SyntaxError> {
    let (marked, bytes) = match bytes.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let declared = declaration(bytes);
    let encoding = declared.as_ref().map_or("utf-8", |declared| declared.name.as_str());
    if marked
        && encoding != "utf-8"
        && let Some(declared) = &declared
    {
        let text = String::from_utf8_lossy(declared.line).into_owned();
        return Err(SyntaxError {
            lineno: declared.number,
            end_lineno: declared.number,
            end_offset: text.chars().count() as i32,
            text: Some(text),
            ..encoding_error_at_zero(format!("encoding problem: {encoding} with BOM"))
        });
    }
    let text = match encoding {
        "utf-8" => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => return Err(not_utf8(bytes, error.valid_up_to(), file)),
        },
        "iso-8859-1" => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
        "ascii" | "us-ascii" => match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            _ => {
                let at = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
                let byte = bytes.get(at).copied().unwrap_or(0);
                return Err(encoding_error(format!(
                    "'ascii' codec can't decode byte 0x{byte:02x} in position {at}: ordinal not in range(128)"
                )));
            }
        },
        _ => return Ok(DecodedSource::Encoded { encoding: encoding.to_owned() }),
    };
    Ok(DecodedSource::Text { text, encoding: encoding.to_owned() })
}

fn encoding_error_at_zero(msg: String) -> SyntaxError {
    SyntaxError::without_position(SyntaxErrorKind::Syntax, msg)
}

/// Bytes that are not UTF-8 where nothing else was declared.
fn not_utf8(bytes: &[u8], at: usize, file: Option<&str>) -> SyntaxError {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline);
    let number = memchr::memchr_iter(b'\n', &bytes[..at]).count() as u32 + 1;
    let offset = String::from_utf8_lossy(&bytes[start..at]).chars().count() as i32 + 1;
    let file = file.map_or(String::new(), |name| format!(" in file {name}"));
    let bad = bytes.get(at).copied().unwrap_or(0);
    SyntaxError {
        lineno: number,
        offset,
        end_lineno: number,
        end_offset: offset,
        text: Some(String::from_utf8_lossy(&bytes[start..end]).into_owned()),
        ..encoding_error_at_zero(format!(
            "Non-UTF-8 code starting with '\\x{bad:02x}'{file} on line {number}, but no encoding declared; see \
             https://peps.python.org/pep-0263/ for details"
        ))
    }
}

/// An encoding declaration.
struct Declaration<'b> {
    name: String,
    line: &'b [u8],
    number: u32,
}

/// Finds a declaration in the first two lines; the second one counts only if there is no code in the first.
fn declaration(bytes: &[u8]) -> Option<Declaration<'_>> {
    let lines = bytes.split(|&byte| matches!(byte, b'\n' | b'\r'));
    for (line, number) in lines.take(2).zip(1..) {
        let code = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c));
        let Some(code) = code.map(|at| &line[at..]) else { continue };
        if code[0] != b'#' {
            return None;
        }
        if let Some(name) = declared_in(code) {
            return Some(Declaration { name, line, number });
        }
    }
    None
}

/// The encoding that a comment declares: a name after `coding:` or `coding=`.
fn declared_in(comment: &[u8]) -> Option<String> {
    let mut rest = comment;
    while let Some(at) = memchr::memmem::find(rest, b"coding") {
        rest = &rest[at + b"coding".len()..];
        let Some(name) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")) else { continue };
        let name = name.trim_ascii_start();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = name.iter().position(|byte| !is_part(byte)).unwrap_or(name.len());
        if length > 0 {
            return Some(normalise(&String::from_utf8_lossy(&name[..length])));
        }
    }
    None
}

/// Gives the two encodings that need no codec their one name; leaves others as they are.
fn normalise(name: &str) -> String {
    let canonical: String =
        name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is = |known: &str| canonical.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if is("utf-8") {
        "utf-8".to_owned()
    } else if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is) {
        "iso-8859-1".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{DecodedSource, decode_file, decode_source};

    fn decoded(bytes: &[u8]) -> String {
        match decode_source(bytes) {
            Ok(DecodedSource::Text { text, encoding }) => format!("{encoding}: {text}"),
            Ok(DecodedSource::Encoded { encoding }) => format!("?{encoding}"),
            Err(error) => format!("{} {} {} {:?}", error.msg, error.lineno, error.offset, error.text),
        }
    }

    #[test]
    fn declarations_are_found_where_they_count() {
        assert_eq!(decoded(b"x"), "utf-8: x");
        assert_eq!(decoded(b"\xef\xbb\xbfx"), "utf-8: x");
        assert_eq!(decoded(b"# coding: latin-1\n\xe9"), "iso-8859-1: # coding: latin-1\n\u{e9}");
        assert_eq!(decoded(b"\n # vim: set fileencoding=latin-1 :\n\xe9").chars().last(), Some('\u{e9}'));
        assert_eq!(decoded(b"#coding=iso-latin-1-unix\n\xe9").chars().last(), Some('\u{e9}'));
        assert_eq!(decoded(b"x\n# coding: foo"), "utf-8: x\n# coding: foo");
        assert_eq!(decoded(b"x = 1 # coding: foo"), "utf-8: x = 1 # coding: foo");
        assert_eq!(decoded(b"# encoding = x\n# coding: foo bar"), "?foo");
        assert_eq!(decoded(b"\r# coding: foo\r"), "?foo");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let hint = "but no encoding declared; see https://peps.python.org/pep-0263/ for details";
        assert_eq!(
            decoded(b"x=1\n\"a\xe9b\"\n"),
            format!("Non-UTF-8 code starting with '\\xe9' on line 2, {hint} 2 3 Some(\"\\\"a\u{fffd}b\\\"\")")
        );
        assert_eq!(
            decoded(b"\xef\xbb\xbf# coding: latin-1\nx"),
            "encoding problem: iso-8859-1 with BOM 1 0 Some(\"# coding: latin-1\")"
        );
        assert_eq!(
            decoded(b"# coding: ascii\n\"\xe9\""),
            "'ascii' codec can't decode byte 0xe9 in position 17: ordinal not in range(128) 0 -1 None"
        );
        assert!(decode_file(b"\xff", "a.py").is_err_and(|error| error.msg.contains("'\\xff' in file a.py on line 1")));
    }
}
