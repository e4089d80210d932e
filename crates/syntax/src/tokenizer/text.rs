//! Classes of characters.

use base::unicode;

/// Whether a byte can start an identifier, taking every non-ASCII byte on trust.
pub(super) fn starts_name(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 128)
}

/// Whether a byte can continue an identifier, taking every non-ASCII byte on trust.
pub(super) fn continues_name(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128)
}

pub(super) fn is_digit(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_digit())
}

/// What `str.isprintable` says of one character.
pub(super) fn is_printable(character: char) -> bool {
    unicode::is_printable(u32::from(character))
}

/// The byte offset of the first character of `name` that cannot stand where it does in an identifier.
pub(super) fn invalid_in_identifier(name: &str) -> Option<usize> {
    let mut characters = name.char_indices().map(|(at, character)| (at, u32::from(character)));
    let (_, first) = characters.next()?;
    if !unicode::is_xid_start(first) {
        return Some(0);
    }
    characters.find(|&(_, character)| !unicode::is_xid_continue(character)).map(|(at, _)| at)
}
