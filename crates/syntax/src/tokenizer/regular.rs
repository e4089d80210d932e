//! Everything outside of the literal text of f-strings and t-strings.

use super::text::{continues_name, invalid_in_identifier, is_digit, is_printable, starts_name};
use super::{
    Byte, Done, MAX_INDENT, MAX_NESTING, ModeKind, OpenBracket, Outcome, TAB_SIZE, TokenError, TokenErrorKind,
    TokenKind, Tokenizer,
};

/// The letters seen in front of a quote.
#[derive(Clone, Copy, Default)]
struct Prefix {
    b: bool,
    r: bool,
    u: bool,
    f: bool,
    t: bool,
}

impl Tokenizer<'_> {
    pub(super) fn regular_token(&mut self) -> Outcome {
        'line: loop {
            self.start = None;
            let mut blank_line = false;
            if self.at_line_start {
                self.at_line_start = false;
                blank_line = self.indentation()?;
            }
            self.start = Some(self.cursor);
            if self.pending < 0 {
                self.pending += 1;
                let range = self.options.extra_tokens.then_some((self.cursor, self.cursor));
                return self.token(TokenKind::Dedent, range);
            }
            if self.pending > 0 {
                self.pending -= 1;
                let range = self.options.extra_tokens.then_some((self.buffer_start, self.cursor));
                return self.token(TokenKind::Indent, range);
            }
            // Reading ahead here may go to the next line, which then counts as the token's first.
            self.peek();
            loop {
                self.start = None;
                let mut byte = self.next();
                while matches!(byte, Some(b' ' | b'\t' | 0x0c)) {
                    byte = self.next();
                }
                self.start = Some(if byte.is_some() { self.cursor - 1 } else { self.cursor });
                if byte == Some(b'#') {
                    while byte.is_some() && byte != Some(b'\n') {
                        byte = self.next();
                    }
                    if self.options.extra_tokens {
                        self.back(byte);
                        self.comment_newline = blank_line;
                        return self.token_here(TokenKind::Comment);
                    }
                }
                let Some(first) = byte else { return self.end_of_text() };
                if starts_name(byte) {
                    return self.word(byte);
                }
                if first == b'\n' {
                    self.at_line_start = true;
                    let at = self.start.unwrap_or(self.cursor);
                    if blank_line || !self.brackets.is_empty() {
                        if self.options.extra_tokens {
                            self.comment_newline = false;
                            return self.token(TokenKind::Nl, Some((at, self.cursor)));
                        }
                        continue 'line;
                    }
                    if self.comment_newline && self.options.extra_tokens {
                        self.comment_newline = false;
                        return self.token(TokenKind::Nl, Some((at, self.cursor)));
                    }
                    return self.token(TokenKind::Newline, Some((at, self.cursor)));
                }
                match first {
                    b'.' => return self.dot(),
                    b'0'..=b'9' => return self.number(first),
                    b'"' | b'\'' => return self.string(first),
                    b'\\' => self.continuation_line()?,
                    _ => return self.punctuation(first),
                }
            }
        }
    }

    fn end_of_text(&mut self) -> Outcome {
        if !self.brackets.is_empty() || self.done != Done::Eof {
            return Err(self.fail(TokenErrorKind::UnexpectedEof));
        }
        self.token(TokenKind::EndMarker, None)
    }

    /// Reads the white space that starts a line and notes the blocks that it opens and closes. Gives whether the line
    /// is blank (or holds nothing but a comment).
    fn indentation(&mut self) -> Result<bool, TokenError> {
        let (mut column, mut narrow) = (0, 0);
        // Where the first backslash stood: what follows it does not count.
        let mut continued_at = 0;
        let byte = loop {
            let byte = self.next();
            match byte {
                Some(b' ') => {
                    column += 1;
                    narrow += 1;
                }
                Some(b'\t') => {
                    column = (column / TAB_SIZE + 1) * TAB_SIZE;
                    narrow += 1;
                }
                Some(0x0c) => (column, narrow) = (0, 0),
                Some(b'\\') => {
                    if continued_at == 0 {
                        continued_at = column;
                    }
                    self.continuation_line()?;
                }
                _ => break byte,
            }
        };
        self.back(byte);
        if matches!(byte, Some(b'#' | b'\n')) {
            return Ok(true);
        }
        if !self.brackets.is_empty() {
            return Ok(false);
        }
        if continued_at != 0 {
            (column, narrow) = (continued_at, continued_at);
        }
        let innermost = self.indents[self.indents.len() - 1];
        if column == innermost.0 {
            if narrow != innermost.1 {
                return Err(self.indent_error(TokenErrorKind::Tab));
            }
        } else if column > innermost.0 {
            if self.indents.len() >= MAX_INDENT {
                return Err(self.indent_error(TokenErrorKind::TooDeep));
            }
            if narrow <= innermost.1 {
                return Err(self.indent_error(TokenErrorKind::Tab));
            }
            self.pending += 1;
            self.indents.push((column, narrow));
        } else {
            while self.indents.len() > 1 && column < self.indents[self.indents.len() - 1].0 {
                self.pending -= 1;
                self.indents.pop();
            }
            let innermost = self.indents[self.indents.len() - 1];
            if column != innermost.0 {
                return Err(self.indent_error(TokenErrorKind::Dedent));
            }
            if narrow != innermost.1 {
                return Err(self.indent_error(TokenErrorKind::Tab));
            }
        }
        Ok(false)
    }

    fn indent_error(&mut self, kind: TokenErrorKind) -> TokenError {
        self.cursor = self.line_end;
        self.fail(kind)
    }

    /// What follows a backslash: a line end, or an error.
    fn continuation_line(&mut self) -> Result<(), TokenError> {
        if self.next() != Some(b'\n') {
            return Err(self.fail(TokenErrorKind::LineContinuation));
        }
        if self.peek().is_none() {
            self.cursor = self.line_end;
            return Err(self.fail(TokenErrorKind::UnexpectedEof));
        }
        Ok(())
    }

    /// A name, a keyword, or a string with a prefix.
    fn word(&mut self, mut byte: Byte) -> Outcome {
        let mut seen = Prefix::default();
        loop {
            let letter = match byte {
                Some(b'b' | b'B') => &mut seen.b,
                Some(b'u' | b'U') => &mut seen.u,
                Some(b'r' | b'R') => &mut seen.r,
                Some(b'f' | b'F') => &mut seen.f,
                Some(b't' | b'T') => &mut seen.t,
                _ => break,
            };
            if *letter {
                break;
            }
            *letter = true;
            byte = self.next();
            if let Some(quote @ (b'"' | b'\'')) = byte {
                self.check_prefix(seen)?;
                return match seen {
                    Prefix { f: true, .. } => self.interpolated_start(quote, 'f', seen.r),
                    Prefix { t: true, .. } => self.interpolated_start(quote, 't', seen.r),
                    _ => self.string(quote),
                };
            }
        }
        let mut ascii = true;
        while continues_name(byte) {
            ascii &= byte.is_some_and(|byte| byte < 128);
            byte = self.next();
        }
        self.back(byte);
        if !ascii {
            self.check_identifier()?;
        }
        self.token_here(TokenKind::Name)
    }

    fn check_prefix(&mut self, seen: Prefix) -> Result<(), TokenError> {
        let Prefix { b, r, u, f, t } = seen;
        let clash = match () {
            () if u && b => ('u', 'b'),
            () if u && r => ('u', 'r'),
            () if u && f => ('u', 'f'),
            () if u && t => ('u', 't'),
            () if b && f => ('b', 'f'),
            () if b && t => ('b', 't'),
            () if f && t => ('f', 't'),
            () => return Ok(()),
        };
        let from = self.characters_to(self.start.unwrap_or(self.cursor)) + 1;
        let to = self.characters_to_cursor();
        Err(self.error_range(format!("'{}' and '{}' prefixes are incompatible", clash.0, clash.1), from, to))
    }

    /// Refuses a name with a character that cannot be in one.
    fn check_identifier(&mut self) -> Result<(), TokenError> {
        let start = self.start.unwrap_or(self.cursor);
        let name = String::from_utf8_lossy(&self.source[start..self.cursor]).into_owned();
        let Some(at) = invalid_in_identifier(&name) else { return Ok(()) };
        let Some(character) = name[at..].chars().next() else { return Ok(()) };
        self.cursor = start + at + character.len_utf8();
        let code = u32::from(character);
        Err(if is_printable(character) {
            self.error(format!("invalid character '{character}' (U+{code:04X})"))
        } else {
            self.error(format!("invalid non-printable character U+{code:04X}"))
        })
    }

    fn dot(&mut self) -> Outcome {
        let byte = self.next();
        if is_digit(byte) {
            return self.fraction(byte);
        }
        if byte == Some(b'.') {
            let third = self.next();
            if third == Some(b'.') {
                return self.token_here(TokenKind::Ellipsis);
            }
            self.back(third);
        }
        self.back(byte);
        self.token_here(TokenKind::Dot)
    }

    /// A string or bytes literal, whose prefix and first quote have been read.
    fn string(&mut self, quote: u8) -> Outcome {
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        let (mut quote_size, mut end_quotes, mut escaped_quote) = (1, 0, false);
        let mut byte = self.next();
        if byte == Some(quote) {
            byte = self.next();
            if byte == Some(quote) {
                quote_size = 3;
            } else {
                end_quotes = 1;
            }
        }
        if byte != Some(quote) {
            self.back(byte);
        }
        while end_quotes != quote_size {
            byte = self.next();
            if byte.is_none() || (quote_size == 1 && byte == Some(b'\n')) {
                return Err(self.unterminated_string(quote, quote_size, byte, escaped_quote));
            }
            if byte == Some(quote) {
                end_quotes += 1;
            } else {
                end_quotes = 0;
                if byte == Some(b'\\') {
                    escaped_quote |= self.next() == Some(quote);
                }
            }
        }
        self.token_here(TokenKind::String)
    }

    fn unterminated_string(&mut self, quote: u8, quote_size: u8, byte: Byte, escaped_quote: bool) -> TokenError {
        let detected = self.line;
        self.cursor = self.start.unwrap_or(self.cursor) + 1;
        self.line_start = self.multi_line_start;
        self.line = self.first_line;
        if self.in_interpolated_string() && self.mode().quote == quote && self.mode().quote_size == quote_size {
            let prefix = self.mode().prefix;
            return self.error(format!("{prefix}-string: expecting '}}'"));
        }
        let (error, done) = if quote_size == 3 {
            let msg = format!("unterminated triple-quoted string literal (detected at line {detected})");
            (self.error(msg), Done::EofInTripleQuoted)
        } else {
            let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
            let msg = format!("unterminated string literal (detected at line {detected}){hint}");
            (self.error(msg), Done::EofInString)
        };
        if byte != Some(b'\n') {
            self.done = done;
        }
        error
    }

    fn punctuation(&mut self, first: u8) -> Outcome {
        if first == b':' && self.in_interpolated_string() && self.mode().field_depth >= 0 {
            let mode = self.mode_mut();
            if mode.bracket_depth - 1 == mode.field_depth {
                mode.kind = ModeKind::Interpolated;
                mode.in_format_spec = true;
                return self.token_here(TokenKind::Colon);
            }
        }
        let at = self.cursor - 1;
        // CPython reads on for a longer operator, which matters where the text ends.
        self.peek();
        if self.barry && self.source[at..].starts_with(b"<>") {
            self.cursor += 1;
            return self.token_here(TokenKind::LessGreater);
        }
        let kind = TokenKind::operator(&self.source[at..]);
        let length = kind.and_then(TokenKind::text).map_or(1, str::len);
        if length > 1 {
            self.cursor += 1;
            self.peek();
            self.cursor += length - 2;
            return self.token_here(kind.unwrap_or(TokenKind::Unknown));
        }
        match first {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_NESTING {
                    return Err(self.error("too many nested parentheses"));
                }
                let column = (at - self.line_start) as u32;
                self.brackets.push(OpenBracket { byte: first, line: self.line, column });
                if self.in_interpolated_string() {
                    self.mode_mut().bracket_depth += 1;
                }
            }
            b')' | b']' | b'}' => self.closing_bracket(first)?,
            _ if !is_printable(char::from(first)) => {
                return Err(self.error(format!("invalid non-printable character U+{first:04X}")));
            }
            _ => {}
        }
        self.token_here(kind.unwrap_or(TokenKind::Unknown))
    }

    fn closing_bracket(&mut self, closer: u8) -> Result<(), TokenError> {
        let in_string = self.in_interpolated_string();
        let prefix = self.mode().prefix;
        let character = char::from(closer);
        if in_string && self.mode().bracket_depth == 0 && closer == b'}' {
            return Err(self.error(format!("{prefix}-string: single '}}' is not allowed")));
        }
        if self.brackets.is_empty() && !self.options.extra_tokens {
            return Err(self.error(format!("unmatched '{character}'")));
        }
        if let Some(open) = self.brackets.pop() {
            let matches = matches!((open.byte, closer), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
            if !matches && !self.options.extra_tokens {
                let mode = self.mode();
                if in_string && open.byte == b'{' && mode.bracket_depth - 1 == mode.field_depth {
                    return Err(self.error(format!("{prefix}-string: unmatched '{character}'")));
                }
                let opener = char::from(open.byte);
                let place = if open.line == self.line { String::new() } else { format!(" on line {}", open.line) };
                return Err(self.error(format!(
                    "closing parenthesis '{character}' does not match opening parenthesis '{opener}'{place}"
                )));
            }
        }
        if in_string {
            let mode = self.mode_mut();
            mode.bracket_depth -= 1;
            if mode.bracket_depth < 0 {
                return Err(self.error(format!("{prefix}-string: unmatched '{character}'")));
            }
            if closer == b'}' && mode.bracket_depth == mode.field_depth {
                mode.field_depth -= 1;
                mode.kind = ModeKind::Interpolated;
                mode.in_format_spec = false;
            }
        }
        Ok(())
    }
}
