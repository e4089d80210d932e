//! `%` formatting: the directives of a format and the rendering of numbers.

use super::FormatError;
use crate::number::{self, FloatFlags, IntRef};
use crate::text::{Wtf8, unit};

/// The flags of a directive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// `-`
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// A space.
    pub blank: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
}

/// A width or a precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// Not given.
    None,
    /// `*`: the next argument.
    Star,
    /// A number.
    Given(usize),
}

/// `%(key)flags width.precision conversion`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Directive<'a> {
    /// The text in parentheses: of a `str` format well-formed text, see [`Directive::key_text`].
    pub key: Option<&'a [u8]>,
    /// The flags.
    pub flags: Flags,
    /// The width.
    pub width: Count,
    /// The precision; a lone dot is 0.
    pub precision: Count,
    /// The conversion: a code point, or a byte in a `bytes` format.
    pub conversion: u32,
    format: &'a [u8],
    /// Where the conversion is in the format.
    at: usize,
    text: bool,
}

impl<'a> Directive<'a> {
    /// The key of a directive of a `str` format.
    pub fn key_text(&self) -> Option<&'a Wtf8> {
        Wtf8::from_bytes(self.key?)
    }

    /// The error for a conversion that there is none of.
    pub fn unsupported(&self) -> FormatError {
        let shown = match u8::try_from(self.conversion) {
            Ok(b @ 31..=126) => b as char,
            Ok(b) if !self.text => b as char,
            _ => '?',
        };
        let c = self.conversion;
        let index = if self.text { unit::count(&self.format[..self.at]) } else { self.at };
        FormatError::value(format!("unsupported format character '{shown}' (0x{c:x}) at index {index}"))
    }
}

/// A piece of a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Bytes to copy. `%%` gives the literal `%`; with anything between the two it is no conversion there is.
    Literal(&'a [u8]),
    /// A directive.
    Directive(Directive<'a>),
}

/// The pieces of a format. Errors are TypeError and ValueError; the iterator ends after one.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    format: &'a [u8],
    at: usize,
    text: bool,
    has_mapping: bool,
}

impl<'a> Pieces<'a> {
    /// The pieces of a `str` format. `has_mapping` says whether keys can be looked up.
    pub fn of_text(format: &'a Wtf8, has_mapping: bool) -> Self {
        Pieces { format: format.as_bytes(), at: 0, text: true, has_mapping }
    }

    /// The pieces of a `bytes` format.
    pub fn of_bytes(format: &'a [u8], has_mapping: bool) -> Self {
        Pieces { format, at: 0, text: false, has_mapping }
    }

    /// The next byte, which is not consumed.
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn directive(&mut self) -> Result<Directive<'a>, FormatError> {
        if let Some(byte @ (b's' | b'd' | b'r')) = self.peek() {
            let (at, text) = (self.at, self.text);
            self.at += 1;
            let (flags, conversion) = (Flags::default(), byte as u32);
            let (key, width, precision) = (None, Count::None, Count::None);
            return Ok(Directive { key, flags, width, precision, conversion, format: self.format, at, text });
        }
        let key = if self.peek() == Some(b'(') { Some(self.key()?) } else { None };
        let mut flags = Flags::default();
        loop {
            match self.peek() {
                Some(b'-') => flags.left = true,
                Some(b'+') => flags.plus = true,
                Some(b' ') => flags.blank = true,
                Some(b'#') => flags.alternate = true,
                Some(b'0') => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        let width = self.count(isize::MAX as usize, "width too big")?;
        let mut precision = Count::None;
        if self.peek() == Some(b'.') {
            self.at += 1;
            let message = if self.text { "precision too big" } else { "prec too big" };
            precision = match self.count(i32::MAX as usize, message)? {
                Count::None => Count::Given(0),
                given => given,
            };
        }
        if matches!(self.peek(), Some(b'h' | b'l' | b'L')) {
            self.at += 1;
        }
        let Some(byte) = self.peek() else { return Err(FormatError::value("incomplete format")) };
        let (conversion, len) =
            if self.text { unit::decode_at(self.format, self.at).unwrap_or((0, 1)) } else { (byte as u32, 1) };
        let at = self.at;
        self.at += len;
        Ok(Directive { key, flags, width, precision, conversion, format: self.format, at, text: self.text })
    }

    /// The text between balanced parentheses.
    fn key(&mut self) -> Result<&'a [u8], FormatError> {
        if !self.has_mapping {
            return Err(FormatError::type_error("format requires a mapping"));
        }
        let start = self.at + 1;
        let mut depth = 0;
        while let Some(b) = self.peek() {
            self.at += 1;
            match b {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(&self.format[start..self.at - 1]);
            }
        }
        Err(FormatError::value("incomplete format key"))
    }

    fn count(&mut self, limit: usize, too_big: &str) -> Result<Count, FormatError> {
        if self.peek() == Some(b'*') {
            self.at += 1;
            return Ok(Count::Star);
        }
        let mut value: Option<usize> = None;
        while let Some(b @ b'0'..=b'9') = self.peek() {
            let digit = (b - b'0') as usize;
            let so_far = value.unwrap_or(0);
            if so_far > (limit - digit) / 10 {
                return Err(FormatError::value(too_big));
            }
            value = Some(so_far * 10 + digit);
            self.at += 1;
        }
        Ok(value.map_or(Count::None, Count::Given))
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.format.get(self.at..).filter(|r| !r.is_empty())?;
        if rest[0] != b'%' {
            let len = memchr::memchr(b'%', rest).unwrap_or(rest.len());
            self.at += len;
            return Some(Ok(Piece::Literal(&rest[..len])));
        }
        self.at += 1;
        if rest.get(1) == Some(&b'%') {
            self.at += 1;
            return Some(Ok(Piece::Literal(&rest[..1])));
        }
        let directive = self.directive();
        if directive.is_err() {
            self.at = self.format.len();
        }
        Some(directive.map(Piece::Directive))
    }
}

/// Renders an int for `d`, `i`, `u`, `o`, `x` or `X`. `width` and `precision` have had their `*` filled in.
pub fn render_int(
    n: IntRef<'_>,
    conversion: u8,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
) -> Result<String, FormatError> {
    let (base, prefix) = match conversion {
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = n.magnitude_text(base);
    if conversion == b'X' {
        digits.make_ascii_uppercase();
    }
    let zeros = precision.map_or(0, |p| p.saturating_sub(digits.len()));
    assemble(n.is_negative(), if flags.alternate { prefix } else { "" }, zeros, &digits, flags, width)
}

/// Renders a float for one of `e E f F g G`.
pub fn render_float(
    x: f64,
    conversion: u8,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
) -> Result<String, FormatError> {
    let precision = precision.unwrap_or(6);
    // A precision far beyond what a float has asks for as many zeros: see first whether there is room.
    if precision > 1 << 16 {
        String::new().try_reserve(precision).map_err(|_| FormatError::memory())?;
    }
    let float_flags = FloatFlags { alternate: flags.alternate, ..FloatFlags::default() };
    let text = number::format_float(x, conversion, precision, float_flags);
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.as_str()),
    };
    assemble(negative, "", 0, body, flags, width)
}

fn assemble(
    negative: bool,
    prefix: &str,
    zeros: usize,
    body: &str,
    flags: Flags,
    width: usize,
) -> Result<String, FormatError> {
    let sign = match (negative, flags.plus, flags.blank) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let len = (sign.len() + prefix.len() + body.len()).saturating_add(zeros);
    let padding = width.saturating_sub(len);
    let (before, inner, after) = match (flags.left, flags.zero) {
        (true, _) => (0, zeros, padding),
        (false, true) => (0, zeros.saturating_add(padding), 0),
        (false, false) => (padding, zeros, 0),
    };
    let mut out = String::new();
    out.try_reserve(len.saturating_add(padding)).map_err(|_| FormatError::memory())?;
    out.extend(std::iter::repeat_n(' ', before));
    out.push_str(sign);
    out.push_str(prefix);
    out.extend(std::iter::repeat_n('0', inner));
    out.push_str(body);
    out.extend(std::iter::repeat_n(' ', after));
    Ok(out)
}
