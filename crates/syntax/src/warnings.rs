//! What the tokenizer and the parser warn of: escapes that mean nothing, and numbers that run into keywords.

use ruff_python_ast::StringFlags;
use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_text_size::{Ranged, TextSize};

use crate::error::{SyntaxWarning, WarningKind};
use crate::position::LineIndex;

/// The message for a backslash before a character that it gives no meaning to.
pub(crate) fn invalid_escape_message(escaped: char) -> String {
    format!(
        "\"\\{escaped}\" is an invalid escape sequence. Such sequences will not work in the future. Did you mean \
         \"\\\\{escaped}\"? A raw string is also an option."
    )
}

fn invalid_octal_message(digits: &str) -> String {
    format!(
        "\"\\{digits}\" is an invalid octal escape sequence. Such sequences will not work in the future. Did you mean \
         \"\\\\{digits}\"? A raw string is also an option."
    )
}

/// What there is to warn of in a text that parses.
pub(crate) fn collect(source: &str, tokens: &Tokens, line_index: &LineIndex) -> Vec<SyntaxWarning> {
    let mut collector = Collector { source, line_index, warnings: Vec::new(), open: Vec::new() };
    let mut before: Option<&Token> = None;
    for token in tokens {
        match token.kind() {
            TokenKind::String => collector.string(token),
            TokenKind::FStringStart | TokenKind::TStringStart => collector.open.push(Vec::new()),
            TokenKind::FStringMiddle | TokenKind::TStringMiddle => collector.middle(token),
            TokenKind::FStringEnd | TokenKind::TStringEnd => collector.end(token),
            kind if kind.is_keyword() => collector.keyword(before, token),
            _ => {}
        }
        before = Some(token);
    }
    collector.warnings
}

/// A character that is escaped without need.
struct Invalid {
    /// Where the backslash is.
    at: usize,
    msg: String,
    /// Whether the tokenizer sees it, so that it comes first.
    early: bool,
}

struct Collector<'s> {
    source: &'s str,
    line_index: &'s LineIndex,
    warnings: Vec<SyntaxWarning>,
    /// For each f-string or t-string around this place, what was found in its text, and how many lines into which part
    /// of it: reported at its end.
    open: Vec<Vec<(String, u32)>>,
}

impl Collector<'_> {
    fn warn(&mut self, msg: String, at: usize, length: i32) {
        let position = self.line_index.position(TextSize::new(at as u32));
        let line = self.line_index.line_text(self.source, position.line);
        let before = line.get(..position.column as usize).unwrap_or(line);
        let offset = before.chars().count() as i32 + 1;
        self.warnings.push(SyntaxWarning {
            kind: WarningKind::Syntax,
            msg,
            lineno: position.line,
            offset,
            end_lineno: position.line,
            end_offset: offset + length,
        });
    }

    /// A string or bytes literal: CPython reports the first escape only.
    fn string(&mut self, token: &Token) {
        let range = token.range();
        let text = &self.source[range.start().to_usize()..range.end().to_usize()];
        if memchr::memchr(b'\\', text.as_bytes()).is_none() {
            return;
        }
        let Some(flags) = token.string_flags().filter(|flags| !flags.is_raw_string()) else { return };
        let body = crate::literal::body(text);
        let start = range.start().to_usize() + flags.opener_len().to_usize();
        if let Some(invalid) = invalid_escapes(body, flags.is_byte_string()).into_iter().next() {
            // In bytes, CPython places it at the start of the literal's text.
            let at = if flags.is_byte_string() { range.start().to_usize() } else { start + invalid.at };
            let line_of = start + invalid.at;
            self.warn(invalid.msg, at, 2);
            if let Some(warning) = self.warnings.last_mut() {
                let line = self.line_index.line(TextSize::new(line_of as u32));
                (warning.lineno, warning.end_lineno) = (line, line);
            }
        }
    }

    /// Literal text of an f-string or t-string, whose doubled braces part it for CPython.
    fn middle(&mut self, token: &Token) {
        let range = token.range();
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        let text = &self.source[start..end];
        if memchr::memchr(b'\\', text.as_bytes()).is_none() {
            return;
        }
        if token.string_flags().is_none_or(|flags| flags.is_raw_string()) {
            return;
        }
        // A backslash that another one escapes does not escape the brace.
        let backslashes = text.len() - text.trim_end_matches('\\').len();
        let followed_by_field = self.source[end..].starts_with(['{', '}']) && !backslashes.is_multiple_of(2);
        let mut part_has_one = false;
        let mut part_end = 0;
        for invalid in invalid_escapes(text, false) {
            if text[part_end..invalid.at].contains("{{") || text[part_end..invalid.at].contains("}}") {
                part_has_one = false;
            }
            part_end = invalid.at;
            if invalid.early {
                self.warn(invalid.msg, start + invalid.at, 1);
            } else if !part_has_one {
                part_has_one = true;
                if let Some(found) = self.open.last_mut() {
                    let lines = memchr::memchr_iter(b'\n', &text.as_bytes()[..invalid.at]).count();
                    found.push((invalid.msg, lines as u32));
                }
            }
        }
        if followed_by_field {
            let brace = if self.source[end..].starts_with('{') { '{' } else { '}' };
            self.warn(invalid_escape_message(brace), end - 1, 1);
        }
    }

    /// The end of an f-string or t-string, to which CPython attributes what it found in the text; but it counts lines
    /// from there as if the part were to follow.
    fn end(&mut self, token: &Token) {
        for (msg, lines) in self.open.pop().unwrap_or_default() {
            self.warn(msg, token.range().start().to_usize(), 1);
            if let Some(warning) = self.warnings.last_mut() {
                warning.lineno += lines;
                warning.end_lineno += lines;
            }
        }
    }

    /// A keyword, perhaps right after a number.
    fn keyword(&mut self, before: Option<&Token>, keyword: &Token) {
        let Some(number) = before.filter(|before| before.range().end() == keyword.range().start()) else { return };
        let range = number.range();
        let text = &self.source[range.start().to_usize()..range.end().to_usize()];
        let kind = match number.kind() {
            TokenKind::Complex => "imaginary",
            TokenKind::Float => "decimal",
            TokenKind::Int => match text.as_bytes() {
                [b'0', b'x' | b'X', ..] => "hexadecimal",
                [b'0', b'o' | b'O', ..] => "octal",
                [b'0', b'b' | b'B', ..] => "binary",
                _ => "decimal",
            },
            _ => return,
        };
        self.warn(format!("invalid {kind} literal"), range.end().to_usize() - 1, 0);
    }
}

/// The escapes in the body of a literal that mean nothing.
fn invalid_escapes(body: &str, bytes: bool) -> Vec<Invalid> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(backslash) = memchr::memchr(b'\\', &body.as_bytes()[at..]).map(|found| found + at) {
        let Some(escaped) = body[backslash + 1..].chars().next() else { break };
        at = backslash + 1 + escaped.len_utf8();
        match escaped {
            '\n' | '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' => {}
            'u' | 'U' if !bytes => {}
            'N' if !bytes => {
                // The name is of no interest, and its brace no field.
                at = body[at..].find('}').map_or(at, |end| at + end);
            }
            '0'..='7' => {
                let digits = body.as_bytes()[backslash + 1..].iter().take(3);
                let length = digits.take_while(|byte| (b'0'..b'8').contains(byte)).count();
                let digits = &body[backslash + 1..backslash + 1 + length];
                at = backslash + 1 + length;
                if length == 3 && digits.as_bytes()[0] > b'3' {
                    found.push(Invalid { at: backslash, msg: invalid_octal_message(digits), early: false });
                }
            }
            '{' | '}' => {
                found.push(Invalid { at: backslash, msg: invalid_escape_message(escaped), early: true });
                // The brace may be one of two.
                at = backslash + 1;
            }
            _ if !escaped.is_ascii() => {}
            _ => found.push(Invalid { at: backslash, msg: invalid_escape_message(escaped), early: false }),
        }
    }
    found
}
