//! The literal text of f-strings and t-strings.

use super::{Byte, MAX_FIELD_NESTING, MAX_STRING_NESTING, ModeKind, ModeState, Outcome, TokenKind, Tokenizer};

impl Tokenizer<'_> {
    /// The start of an f-string or t-string, whose prefix and first quote have been read.
    pub(super) fn interpolated_start(&mut self, quote: u8, prefix: char, raw: bool) -> Outcome {
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        let mut quote_size = 1;
        let second = self.next();
        if second == Some(quote) {
            let third = self.next();
            if third == Some(quote) {
                quote_size = 3;
            } else {
                self.back(third);
                self.back(second);
            }
        } else {
            self.back(second);
        }
        if self.modes.len() >= MAX_STRING_NESTING {
            return Err(self.error("too many nested f-strings or t-strings"));
        }
        let start = self.start.unwrap_or(self.cursor);
        self.modes.push(ModeState {
            kind: ModeKind::Interpolated,
            prefix,
            raw,
            quote,
            quote_size,
            start,
            first_line_start: self.line_start,
            first_line: self.line,
            ..ModeState::regular()
        });
        self.token_here(if prefix == 't' { TokenKind::TStringStart } else { TokenKind::FStringStart })
    }

    /// The next token within the literal text: some text, the end, or the first of a replacement field.
    pub(super) fn interpolated_token(&mut self) -> Outcome {
        self.start = Some(self.cursor);
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        if self.peek() == Some(b'{') && self.source.get(self.cursor + 1) != Some(&b'{') {
            self.enter_field()?;
            return self.regular_token();
        }
        let (quote, quote_size) = (self.mode().quote, self.mode().quote_size);
        let mut seen = 0;
        while seen < quote_size {
            let byte = self.next();
            if byte != Some(quote) {
                self.back(byte);
                break;
            }
            seen += 1;
        }
        if seen < quote_size {
            return self.interpolated_middle();
        }
        let kind = if self.mode().prefix == 't' { TokenKind::TStringEnd } else { TokenKind::FStringEnd };
        self.modes.pop();
        self.token_here(kind)
    }

    /// Literal text up to a replacement field, a doubled brace or the closing quotes. Quotes too few to be the closing
    /// ones have been read already.
    fn interpolated_middle(&mut self) -> Outcome {
        let (quote, quote_size) = (self.mode().quote, self.mode().quote_size);
        let raw = self.mode().raw;
        let kind = if self.mode().prefix == 't' { TokenKind::TStringMiddle } else { TokenKind::FStringMiddle };
        let start = self.start.unwrap_or(self.cursor);
        let mut end_quotes = 0;
        let mut in_name_escape = false;
        while end_quotes != quote_size {
            let byte = self.next();
            let in_format_spec = self.mode().in_format_spec && self.mode().field_depth >= 0;
            if byte.is_none() || (quote_size == 1 && byte == Some(b'\n')) {
                if in_format_spec && byte == Some(b'\n') {
                    let prefix = self.mode().prefix;
                    return Err(self.error(format!(
                        "{prefix}-string: newlines are not allowed in format specifiers for single quoted \
                         {prefix}-strings"
                    )));
                }
                return self.unterminated_interpolated(byte);
            }
            if byte == Some(quote) {
                end_quotes += 1;
                continue;
            }
            end_quotes = 0;
            match byte {
                Some(b'{') => {
                    let after = self.next();
                    if after != Some(b'{') || in_format_spec {
                        self.back(after);
                        self.back(byte);
                        self.enter_field()?;
                        return self.token(kind, Some((start, self.cursor)));
                    }
                    return self.token(kind, Some((start, self.cursor - 1)));
                }
                Some(b'}') => {
                    if in_name_escape {
                        return self.token(kind, Some((start, self.cursor)));
                    }
                    let after = self.next();
                    if after == Some(b'}') && !in_format_spec && self.mode().bracket_depth == 0 {
                        return self.token(kind, Some((start, self.cursor - 1)));
                    }
                    self.back(after);
                    self.back(byte);
                    self.mode_mut().kind = ModeKind::Regular;
                    return self.token(kind, Some((start, self.cursor)));
                }
                Some(b'\\') => {
                    let escaped = self.next();
                    if matches!(escaped, Some(b'{' | b'}')) {
                        // The brace counts as one nevertheless.
                        if !raw {
                            self.warn_invalid_escape(escaped);
                        }
                        self.back(escaped);
                    } else if !raw && escaped == Some(b'N') {
                        let brace = self.next();
                        if brace == Some(b'{') {
                            in_name_escape = true;
                        } else {
                            self.back(brace);
                        }
                    }
                }
                _ => {}
            }
        }
        // The quotes belong to the end token.
        self.cursor -= usize::from(quote_size);
        self.token(kind, Some((start, self.cursor)))
    }

    /// Starts a replacement field, either in the text or in a format specification.
    fn enter_field(&mut self) -> Result<(), super::TokenError> {
        let mode = self.mode_mut();
        mode.field_depth += 1;
        let (depth, prefix) = (mode.field_depth, mode.prefix);
        if depth >= MAX_FIELD_NESTING {
            return Err(self.error(format!("{prefix}-string: expressions nested too deeply")));
        }
        self.mode_mut().kind = ModeKind::Regular;
        Ok(())
    }

    fn unterminated_interpolated(&mut self, byte: Byte) -> Outcome {
        let detected = self.line;
        let mode = self.mode().clone();
        self.cursor = mode.start + 1;
        self.line_start = mode.first_line_start;
        self.line = mode.first_line;
        let prefix = mode.prefix;
        if mode.quote_size == 3 {
            let error =
                self.error(format!("unterminated triple-quoted {prefix}-string literal (detected at line {detected})"));
            if byte != Some(b'\n') {
                self.done = super::Done::EofInTripleQuoted;
            }
            return Err(error);
        }
        Err(self.error(format!("unterminated {prefix}-string literal (detected at line {detected})")))
    }

    fn warn_invalid_escape(&mut self, escaped: Byte) {
        if let Some(escaped) = escaped {
            let escaped = char::from(escaped);
            self.warn(crate::warnings::invalid_escape_message(escaped));
        }
    }
}
