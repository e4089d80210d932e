//! What the tokenizer and the parser warn of.

use ruff_python_ast::token::Tokens;

use crate::error::SyntaxWarning;
use crate::position::LineIndex;

/// The message for a backslash before a character that it gives no meaning to.
pub(crate) fn invalid_escape_message(escaped: char) -> String {
    format!(
        "\"\\{escaped}\" is an invalid escape sequence. Such sequences will not work in the future. Did you mean \
         \"\\\\{escaped}\"? A raw string is also an option."
    )
}

/// What there is to warn of in a text that parses.
pub(crate) fn collect(source: &str, tokens: &Tokens, line_index: &LineIndex) -> Vec<SyntaxWarning> {
    let _ = (source, tokens, line_index);
    Vec::new()
}
