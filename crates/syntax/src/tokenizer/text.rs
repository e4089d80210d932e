//! Classes of characters.

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
pub(crate) fn is_printable(character: char) -> bool {
    // `str::escape_debug` escapes what is not printable; of its other cases, combining marks are escaped only at the
    // start of a text (hence the letter in front), and quotes and backslash without `\u`.
    let mut buffer = String::with_capacity(8);
    buffer.push('a');
    buffer.push(character);
    !matches!(character, '\t' | '\n' | '\r' | '\0') && !buffer.escape_debug().to_string().starts_with("a\\u")
}

/// The byte offset of the first character of `name` that cannot stand where it does in an identifier.
pub(super) fn invalid_in_identifier(name: &str) -> Option<usize> {
    let mut characters = name.char_indices();
    let (_, first) = characters.next()?;
    if first != '_' && !unicode_ident::is_xid_start(first) {
        return Some(0);
    }
    characters.find(|&(_, character)| !unicode_ident::is_xid_continue(character)).map(|(at, _)| at)
}
