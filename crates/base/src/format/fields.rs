//! The replacement fields of `str.format`.

use super::FormatError;
use super::spec::{append_digit, too_many_digits};
use crate::text::{Wtf8, Wtf8Buf};
use crate::unicode;

/// A piece of a format string: literal text and the replacement field after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Markup<'a> {
    /// Text to copy (a doubled brace ends a piece and is one brace here).
    pub literal: &'a Wtf8,
    /// The field that follows.
    pub field: Option<FieldPart<'a>>,
}

/// A replacement field: `{name!conversion:spec}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldPart<'a> {
    /// What to look up; see [`split_field_name`].
    pub name: &'a Wtf8,
    /// The character after `!`.
    pub conversion: Option<u32>,
    /// The text after `:`.
    pub spec: &'a Wtf8,
    /// Whether there are fields within the spec.
    pub spec_has_fields: bool,
}

/// The pieces of a format string.
#[derive(Clone, Debug)]
pub struct MarkupIter<'a> {
    text: &'a Wtf8,
    at: usize,
}

impl<'a> MarkupIter<'a> {
    /// Reads `text` from its start.
    pub fn new(text: &'a Wtf8) -> Self {
        MarkupIter { text, at: 0 }
    }

    /// The byte offset at which the next piece starts.
    pub fn offset(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn piece(&mut self) -> Result<Markup<'a>, FormatError> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let Some(brace_at) = memchr::memchr2(b'{', b'}', rest) else {
            self.at = self.text.len();
            return Ok(Markup { literal: &self.text[start..], field: None });
        };
        let brace = rest[brace_at];
        self.at = start + brace_at + 1;
        match self.peek() {
            Some(next) if next == brace => {
                // One of the two braces is part of the text.
                let literal = &self.text[start..self.at];
                self.at += 1;
                Ok(Markup { literal, field: None })
            }
            _ if brace == b'}' => Err(FormatError::value("Single '}' encountered in format string")),
            None => Err(FormatError::value("Single '{' encountered in format string")),
            Some(_) => {
                let literal = &self.text[start..self.at - 1];
                Ok(Markup { literal, field: Some(self.field()?) })
            }
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let b = self.peek()?;
        self.at += 1;
        Some(b)
    }

    fn field(&mut self) -> Result<FieldPart<'a>, FormatError> {
        let start = self.at;
        let end = loop {
            match self.next_byte() {
                Some(b'{') => return Err(FormatError::value("unexpected '{' in field name")),
                Some(b'[') => {
                    let rest = &self.text.as_bytes()[self.at..];
                    self.at += memchr::memchr(b']', rest).unwrap_or(rest.len());
                }
                Some(b @ (b'}' | b':' | b'!')) => break b,
                Some(_) => {}
                None => return Err(FormatError::value("expected '}' before end of string")),
            }
        };
        let mut field = FieldPart {
            name: &self.text[start..self.at - 1],
            conversion: None,
            spec: Wtf8::EMPTY,
            spec_has_fields: false,
        };
        if end == b'}' {
            return Ok(field);
        }
        if end == b'!' {
            let Some((conversion, len)) = self.text.decode_at(self.at) else {
                return Err(FormatError::value("end of string while looking for conversion specifier"));
            };
            field.conversion = Some(conversion);
            self.at += len;
            match self.next_byte() {
                Some(b'}') => return Ok(field),
                Some(b':') | None => {}
                Some(_) => return Err(FormatError::value("expected ':' after conversion specifier")),
            }
        }
        let spec_start = self.at;
        let mut depth = 1;
        while let Some(b) = self.next_byte() {
            match b {
                b'{' => {
                    field.spec_has_fields = true;
                    depth += 1;
                }
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        field.spec = &self.text[spec_start..self.at - 1];
                        return Ok(field);
                    }
                }
                _ => {}
            }
        }
        Err(FormatError::value("unmatched '{' in format spec"))
    }
}

impl<'a> Iterator for MarkupIter<'a> {
    type Item = Result<Markup<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.at = self.text.len();
        }
        Some(piece)
    }
}

/// The first part of a field name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameKey<'a> {
    /// A number: an index.
    Index(usize),
    /// Anything else; empty for automatic numbering.
    Name(&'a Wtf8),
}

/// Reads decimal digits of any script as an index; a name if there is anything else.
fn key_of(text: &Wtf8) -> Result<NameKey<'_>, FormatError> {
    let mut value = 0usize;
    for cp in text.chars() {
        let Some(digit) = unicode::decimal_value(cp) else { return Ok(NameKey::Name(text)) };
        value = append_digit(value, digit).ok_or_else(too_many_digits)?;
    }
    Ok(if text.is_empty() { NameKey::Name(text) } else { NameKey::Index(value) })
}

/// A step of a field name after the first part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldName<'a> {
    /// `.name`
    Attribute(&'a Wtf8),
    /// `[key]`
    Item(NameKey<'a>),
}

/// Splits `first.attr[item]…` into its first part and an iterator over the steps.
pub fn split_field_name(name: &Wtf8) -> Result<(NameKey<'_>, FieldSteps<'_>), FormatError> {
    let end = memchr::memchr2(b'.', b'[', name.as_bytes()).unwrap_or(name.len());
    Ok((key_of(&name[..end])?, FieldSteps { rest: &name[end..] }))
}

/// The steps of a field name.
#[derive(Clone, Debug)]
pub struct FieldSteps<'a> {
    rest: &'a Wtf8,
}

impl<'a> FieldSteps<'a> {
    /// The text of the steps that are left.
    pub fn rest(&self) -> &'a Wtf8 {
        self.rest
    }

    fn step(&mut self) -> Result<FieldName<'a>, FormatError> {
        let rest = self.rest;
        let bytes = rest.as_bytes();
        self.rest = Wtf8::EMPTY;
        let empty = || FormatError::value("Empty attribute in format string");
        match bytes[0] {
            b'.' => {
                let end = memchr::memchr2(b'.', b'[', &bytes[1..]).map_or(bytes.len(), |i| i + 1);
                if end == 1 {
                    return Err(empty());
                }
                self.rest = &rest[end..];
                Ok(FieldName::Attribute(&rest[1..end]))
            }
            b'[' => {
                let Some(end) = memchr::memchr(b']', bytes) else {
                    return Err(FormatError::value("Missing ']' in format string"));
                };
                let key = key_of(&rest[1..end])?;
                if end == 1 {
                    return Err(empty());
                }
                self.rest = &rest[end + 1..];
                Ok(FieldName::Item(key))
            }
            _ => Err(FormatError::value("Only '.' or '[' may follow ']' in format field specifier")),
        }
    }
}

impl<'a> Iterator for FieldSteps<'a> {
    type Item = Result<FieldName<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.is_empty()).then(|| self.step())
    }
}

/// The numbering of fields, which is either automatic or by hand throughout a format string.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AutoNumber {
    automatic: Option<bool>,
    next: usize,
}

impl AutoNumber {
    /// Turns an empty name into the next index, and refuses a change between the two ways.
    pub fn resolve<'a>(&mut self, key: NameKey<'a>) -> Result<NameKey<'a>, FormatError> {
        let automatic = match key {
            NameKey::Index(_) => false,
            NameKey::Name(name) if name.is_empty() => true,
            NameKey::Name(_) => return Ok(key),
        };
        match (*self.automatic.get_or_insert(automatic), automatic) {
            (false, true) => {
                Err(FormatError::value("cannot switch from manual field specification to automatic field numbering"))
            }
            (true, false) => {
                Err(FormatError::value("cannot switch from automatic field numbering to manual field specification"))
            }
            (true, true) => {
                self.next += 1;
                Ok(NameKey::Index(self.next - 1))
            }
            (false, false) => Ok(key),
        }
    }
}

/// The error for a conversion that is none of `r`, `s` and `a`.
pub fn unknown_conversion(conversion: u32) -> FormatError {
    let mut message = Wtf8Buf::from_str("Unknown conversion specifier ");
    match u8::try_from(conversion) {
        Ok(b @ 33..=126) => message.push(b as char),
        _ => message.push_str(&format!("\\x{conversion:x}")),
    }
    FormatError::value(message)
}
