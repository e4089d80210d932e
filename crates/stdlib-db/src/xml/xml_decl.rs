//! XML and text declarations.

use super::names::is_space;

/// What a declaration says; ranges of its text.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct XmlDeclaration<'a> {
    /// Version.
    pub version: Option<&'a [u8]>,
    /// Encoding, and where it begins.
    pub encoding: Option<(&'a [u8], usize)>,
    /// `standalone`
    pub standalone: Option<bool>,
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

struct Pseudo<'a> {
    name: &'a [u8],
    name_at: usize,
    value: &'a [u8],
    value_at: usize,
}

impl<'a> Cursor<'a> {
    fn byte(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn skip_spaces(&mut self) {
        while is_space(self.byte()) {
            self.at += 1;
        }
    }

    /// The next `name="value"`. The place of an error.
    fn next(&mut self) -> Result<Option<Pseudo<'a>>, usize> {
        if self.at == self.text.len() {
            return Ok(None);
        }
        if !is_space(self.byte()) {
            return Err(self.at);
        }
        let before = self.at;
        self.skip_spaces();
        if self.at == self.text.len() {
            self.at = before;
            return Ok(None);
        }
        let name_at = self.at;
        let name_end = loop {
            match self.byte() {
                b'=' => break self.at,
                byte if is_space(byte) => {
                    let end = self.at;
                    self.skip_spaces();
                    if self.byte() != b'=' {
                        return Err(self.at);
                    }
                    break end;
                }
                0 | 0x80.. => return Err(self.at),
                _ => self.at += 1,
            }
        };
        if name_end == name_at {
            return Err(self.at);
        }
        self.at += 1;
        self.skip_spaces();
        let quote = self.byte();
        if quote != b'"' && quote != b'\'' {
            return Err(self.at);
        }
        self.at += 1;
        let value_at = self.at;
        while self.byte() != quote {
            if !self.byte().is_ascii_alphanumeric() && !matches!(self.byte(), b'.' | b'-' | b'_') {
                return Err(self.at);
            }
            self.at += 1;
        }
        let value = &self.text[value_at..self.at];
        self.at += 1;
        Ok(Some(Pseudo { name: &self.text[name_at..name_end], name_at, value, value_at }))
    }
}

/// Takes a declaration apart, which is `<?xml ... ?>`. The place of an error.
pub fn parse(text: &[u8], is_text_decl: bool) -> Result<XmlDeclaration<'_>, usize> {
    let mut cursor = Cursor { text: &text[..text.len() - 2], at: 5 };
    let mut found = XmlDeclaration::default();
    let Some(mut pseudo) = cursor.next()? else { return Err(cursor.at) };
    if pseudo.name == b"version" {
        let minor = pseudo.value.strip_prefix(b"1.").unwrap_or(b"");
        if minor.is_empty() || !minor.iter().all(u8::is_ascii_digit) {
            return Err(pseudo.value_at);
        }
        found.version = Some(pseudo.value);
        pseudo = match cursor.next()? {
            Some(pseudo) => pseudo,
            // A text declaration names an encoding.
            None if is_text_decl => return Err(cursor.at),
            None => return Ok(found),
        };
    } else if !is_text_decl {
        return Err(pseudo.name_at);
    }
    if pseudo.name == b"encoding" {
        if !pseudo.value.first().is_some_and(u8::is_ascii_alphabetic) {
            return Err(pseudo.value_at);
        }
        found.encoding = Some((pseudo.value, pseudo.value_at));
        pseudo = match cursor.next()? {
            Some(pseudo) => pseudo,
            None => return Ok(found),
        };
    }
    if pseudo.name != b"standalone" || is_text_decl {
        return Err(pseudo.name_at);
    }
    found.standalone = match pseudo.value {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => return Err(pseudo.value_at),
    };
    cursor.skip_spaces();
    if cursor.at < cursor.text.len() { Err(cursor.at) } else { Ok(found) }
}
