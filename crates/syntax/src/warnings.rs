//! What the tokenizer and the parser warn of.

/// The message for a backslash before a character that it gives no meaning to.
pub(crate) fn invalid_escape_message(escaped: char) -> String {
    format!(
        "\"\\{escaped}\" is an invalid escape sequence. Such sequences will not work in the future. Did you mean \
         \"\\\\{escaped}\"? A raw string is also an option."
    )
}
