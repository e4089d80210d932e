//! Parsing format specs.

use super::FormatError;
use crate::text::{Wtf8, Wtf8Buf};
use crate::unicode;

/// Where the padding goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    AfterSign,
}

/// How the sign of what is not negative is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`: not at all.
    Minus,
    /// A space.
    Space,
}

/// What stands between groups of digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Separator {
    /// `,`
    Comma,
    /// `_`
    Underscore,
}

impl Separator {
    /// The character.
    pub const fn text(self) -> &'static str {
        match self {
            Separator::Comma => ",",
            Separator::Underscore => "_",
        }
    }
}

/// A parsed format spec: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// What to pad with.
    pub fill: u32,
    /// Where to pad.
    pub align: Align,
    /// The sign, if it was given.
    pub sign: Option<Sign>,
    /// `z`: negative zero becomes zero.
    pub no_negative_zero: bool,
    /// `#`.
    pub alternate: bool,
    /// The least width in code points.
    pub width: Option<usize>,
    /// Between groups of digits of the whole part.
    pub grouping: Option<Separator>,
    /// The precision.
    pub precision: Option<usize>,
    /// Between groups of digits of the fraction.
    pub fraction_grouping: Option<Separator>,
    /// The presentation type, a code point; the default where none was given, which is 0 for floats.
    pub ty: u32,
}

struct Reader<'a> {
    text: &'a Wtf8,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u32> {
        self.text.decode_at(self.at).map(|(cp, _)| cp)
    }

    fn eat(&mut self, c: u8) -> bool {
        let found = self.text.as_bytes().get(self.at) == Some(&c);
        self.at += found as usize;
        found
    }

    /// Decimal digits of any script; `None` where there are none.
    fn integer(&mut self) -> Result<Option<usize>, FormatError> {
        let mut value = None;
        while let Some((cp, len)) = self.text.decode_at(self.at) {
            let Some(digit) = unicode::decimal_value(cp) else { break };
            let so_far: usize = value.unwrap_or(0);
            value = Some(append_digit(so_far, digit).ok_or_else(too_many_digits)?);
            self.at += len;
        }
        Ok(value)
    }

    /// A separator, after which there must not be another kind of it.
    fn separator(&mut self) -> Result<Option<Separator>, FormatError> {
        let comma = self.eat(b',');
        let underscore = self.eat(b'_');
        if underscore && (comma || self.peek() == Some(b',' as u32)) {
            return Err(FormatError::value("Cannot specify both ',' and '_'."));
        }
        Ok(match (comma, underscore) {
            (true, _) => Some(Separator::Comma),
            (_, true) => Some(Separator::Underscore),
            _ => None,
        })
    }
}

/// Appends a decimal digit; `None` beyond what a Python size can be.
pub(super) fn append_digit(value: usize, digit: u8) -> Option<usize> {
    value.checked_mul(10)?.checked_add(digit as usize).filter(|&v| v <= isize::MAX as usize)
}

pub(super) fn too_many_digits() -> FormatError {
    FormatError::value("Too many decimal digits in format string")
}

fn align_of(cp: u32) -> Option<Align> {
    Some(match u8::try_from(cp).ok()? {
        b'<' => Align::Left,
        b'>' => Align::Right,
        b'^' => Align::Center,
        b'=' => Align::AfterSign,
        _ => return None,
    })
}

/// A code point for a message: itself in quotes where it is printable ASCII, otherwise as an escape.
pub(super) fn quoted(cp: u32) -> String {
    match u8::try_from(cp) {
        Ok(b @ 33..=127) => format!("'{}'", b as char),
        _ => format!("'\\x{cp:x}'"),
    }
}

/// Parses `spec` for an object of the type that is called `type_name` in messages.
pub fn parse_spec(spec: &Wtf8, type_name: &str, default_type: u32, default_align: Align) -> Result<Spec, FormatError> {
    let mut r = Reader { text: spec, at: 0 };
    let (mut fill, mut align) = (None, None);
    if let Some((first, len)) = spec.decode_at(0) {
        if let Some(given) = spec.decode_at(len).and_then(|(second, _)| align_of(second)) {
            (fill, align) = (Some(first), Some(given));
            r.at = len + 1;
        } else if let Some(given) = align_of(first) {
            align = Some(given);
            r.at = len;
        }
    }
    let sign = match r.peek().and_then(char::from_u32) {
        Some('+') => Some(Sign::Plus),
        Some('-') => Some(Sign::Minus),
        Some(' ') => Some(Sign::Space),
        _ => None,
    };
    r.at += sign.is_some() as usize;
    let no_negative_zero = r.eat(b'z');
    let alternate = r.eat(b'#');
    if fill.is_none() && r.eat(b'0') {
        fill = Some(b'0' as u32);
        if align.is_none() && default_align == Align::Right {
            align = Some(Align::AfterSign);
        }
    }
    let width = r.integer()?;
    let grouping = r.separator()?;
    let (mut precision, mut fraction_grouping) = (None, None);
    if r.eat(b'.') {
        precision = r.integer()?;
        fraction_grouping = r.separator()?;
        if precision.is_none() && fraction_grouping.is_none() {
            return Err(FormatError::value("Format specifier missing precision"));
        }
    }
    let mut ty = default_type;
    if let Some((cp, len)) = spec.decode_at(r.at) {
        if r.at + len < spec.len() {
            let mut message = Wtf8Buf::from_str("Invalid format specifier '");
            message.push_wtf8(spec);
            message.push_str(&format!("' for object of type '{type_name}'"));
            return Err(FormatError::value(message));
        }
        ty = cp;
    }
    let spec = Spec {
        fill: fill.unwrap_or(b' ' as u32),
        align: align.unwrap_or(default_align),
        sign,
        no_negative_zero,
        alternate,
        width,
        grouping,
        precision,
        fraction_grouping,
        ty,
    };
    check_grouping(&spec)?;
    Ok(spec)
}

fn check_grouping(spec: &Spec) -> Result<(), FormatError> {
    let ty = u8::try_from(spec.ty).unwrap_or(255);
    let refuse =
        |s: Separator| Err(FormatError::value(format!("Cannot specify '{}' with {}.", s.text(), quoted(spec.ty))));
    if let Some(separator) = spec.grouping {
        match ty {
            b'd' | b'e' | b'f' | b'g' | b'E' | b'G' | b'%' | b'F' | 0 => {}
            b'b' | b'o' | b'x' | b'X' if separator == Separator::Underscore => {}
            _ => return refuse(separator),
        }
    }
    match spec.fraction_grouping {
        Some(separator) if ty == b'n' => refuse(separator),
        _ => Ok(()),
    }
}
