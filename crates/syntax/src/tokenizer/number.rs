//! Number literals.

use super::text::{continues_name, is_digit};
use super::{Byte, Outcome, TokenError, TokenKind, Tokenizer};

impl Tokenizer<'_> {
    /// A number whose first byte, `first`, has been read.
    pub(super) fn number(&mut self, first: u8) -> Outcome {
        let mut byte = if first == b'0' {
            match self.next() {
                Some(b'x' | b'X') => return self.prefixed("hexadecimal", |byte| byte.is_ascii_hexdigit()),
                Some(b'o' | b'O') => return self.prefixed("octal", |byte| (b'0'..b'8').contains(&byte)),
                Some(b'b' | b'B') => return self.prefixed("binary", |byte| (b'0'..b'2').contains(&byte)),
                byte => match self.after_leading_zero(byte)? {
                    Tail::More(byte) => byte,
                    Tail::Done(token) => return Ok(token),
                },
            }
        } else {
            self.digits()?
        };
        if byte == Some(b'.') {
            byte = self.next();
            return self.fraction(byte);
        }
        if matches!(byte, Some(b'e' | b'E')) {
            return self.exponent(byte);
        }
        self.after_digits(byte)
    }

    /// What follows the decimal point; `byte` is the first byte after it.
    pub(super) fn fraction(&mut self, mut byte: Byte) -> Outcome {
        if is_digit(byte) {
            byte = self.digits()?;
        }
        if matches!(byte, Some(b'e' | b'E')) { self.exponent(byte) } else { self.after_digits(byte) }
    }

    /// An exponent, whose letter has been read.
    fn exponent(&mut self, letter: Byte) -> Outcome {
        let mut byte = self.next();
        if matches!(byte, Some(b'+' | b'-')) {
            byte = self.next();
            if !is_digit(byte) {
                self.back(byte);
                return Err(self.error("invalid decimal literal"));
            }
        } else if !is_digit(byte) {
            // The letter may start a keyword: `1else`.
            self.back(byte);
            self.check_end(letter, "decimal")?;
            self.back(letter);
            return self.token_here(TokenKind::Number);
        }
        byte = self.digits()?;
        self.after_digits(byte)
    }

    /// The end of a decimal number: an imaginary unit, or nothing more.
    fn after_digits(&mut self, byte: Byte) -> Outcome {
        if matches!(byte, Some(b'j' | b'J')) {
            let byte = self.next();
            return self.finish(byte, "imaginary");
        }
        self.finish(byte, "decimal")
    }

    /// Zeros and what follows them: a lone zero, a number such as `00.5` or `0_7j`, or an error.
    fn after_leading_zero(&mut self, mut byte: Byte) -> Result<Tail, TokenError> {
        loop {
            if byte == Some(b'_') {
                byte = self.next();
                if !is_digit(byte) {
                    self.back(byte);
                    return Err(self.error("invalid decimal literal"));
                }
            }
            if byte != Some(b'0') {
                break;
            }
            byte = self.next();
        }
        let zeros_end = self.cursor;
        let nonzero = is_digit(byte);
        if nonzero {
            byte = self.digits()?;
        }
        if matches!(byte, Some(b'.' | b'e' | b'E' | b'j' | b'J')) {
            return Ok(Tail::More(byte));
        }
        if nonzero && !self.options.extra_tokens {
            self.back(byte);
            let from = self.characters_to(self.start.unwrap_or(self.cursor)) + 1;
            let to = self.characters_to(zeros_end);
            return Err(self.error_range(
                "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
                from,
                to,
            ));
        }
        self.finish(byte, "decimal").map(Tail::Done)
    }

    /// Digits after `0x` and the like.
    fn prefixed(&mut self, kind: &str, is_own_digit: fn(u8) -> bool) -> Outcome {
        let mut byte = self.next();
        loop {
            if byte == Some(b'_') {
                byte = self.next();
            }
            match byte {
                Some(digit) if is_own_digit(digit) => {}
                Some(digit) if digit.is_ascii_digit() => return Err(self.wrong_digit(digit, kind)),
                _ => {
                    self.back(byte);
                    return Err(self.error(format!("invalid {kind} literal")));
                }
            }
            while byte.is_some_and(is_own_digit) {
                byte = self.next();
            }
            if byte != Some(b'_') {
                break;
            }
        }
        match byte {
            Some(digit) if digit.is_ascii_digit() => Err(self.wrong_digit(digit, kind)),
            _ => self.finish(byte, kind),
        }
    }

    fn wrong_digit(&mut self, digit: u8, kind: &str) -> TokenError {
        self.error(format!("invalid digit '{}' in {kind} literal", char::from(digit)))
    }

    /// The rest of a run of digits; gives the byte after it.
    fn digits(&mut self) -> Result<Byte, TokenError> {
        loop {
            let mut byte = self.next();
            while is_digit(byte) {
                byte = self.next();
            }
            if byte != Some(b'_') {
                return Ok(byte);
            }
            byte = self.next();
            if !is_digit(byte) {
                self.back(byte);
                return Err(self.error("invalid decimal literal"));
            }
        }
    }

    fn finish(&mut self, byte: Byte, kind: &str) -> Outcome {
        self.check_end(byte, kind)?;
        self.back(byte);
        self.token_here(TokenKind::Number)
    }

    /// Refuses a number that runs into a word, except (with a warning) into a keyword that can follow a number.
    fn check_end(&mut self, byte: Byte, kind: &str) -> Result<(), TokenError> {
        if self.options.extra_tokens {
            return Ok(());
        }
        let Some(first) = byte else { return Ok(()) };
        let rest = &self.source[self.cursor..];
        let is_word = |tail: &str| rest.starts_with(tail.as_bytes()) && !continues_name(rest.get(tail.len()).copied());
        let keyword_follows = match first {
            b'a' => is_word("nd"),
            b'e' => is_word("lse"),
            b'f' => is_word("or"),
            b'i' => matches!(rest.first(), Some(b'f' | b'n' | b's')),
            b'o' => is_word("r"),
            b'n' => is_word("ot"),
            _ => false,
        };
        if keyword_follows {
            self.back(byte);
            self.warn(format!("invalid {kind} literal"));
            self.next();
        } else if first < 128 && continues_name(byte) {
            self.back(byte);
            return Err(self.error(format!("invalid {kind} literal")));
        }
        Ok(())
    }
}

/// What [`Tokenizer::after_leading_zero`] found.
enum Tail {
    /// The number goes on with this byte.
    More(Byte),
    /// The number is complete.
    Done(super::Token),
}
