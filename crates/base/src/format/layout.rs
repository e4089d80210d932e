//! Laying out the parts of a number: sign, prefix, grouped digits, fraction, padding.

use super::spec::{Align, Separator, Sign, Spec};
use super::{FormatError, reserve};
use crate::text::{Wtf8, Wtf8Buf};

/// What `localeconv` says of numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Locale<'a> {
    /// Between whole part and fraction.
    pub decimal_point: &'a str,
    /// Between groups of digits.
    pub thousands_sep: &'a str,
    /// Sizes of groups from the right, as in C: the last one repeats, 127 ends grouping; empty for none.
    pub grouping: &'a [u8],
}

impl Locale<'static> {
    /// The C locale.
    pub const C: Locale<'static> = Locale { decimal_point: ".", thousands_sep: "", grouping: &[] };

    /// The separators that a format spec asks for.
    pub(super) fn of_spec(spec: &Spec) -> Locale<'static> {
        let by_four = matches!(u8::try_from(spec.ty), Ok(b'b' | b'o' | b'x' | b'X'));
        match spec.grouping {
            None => Locale::C,
            Some(s) => Locale { thousands_sep: s.text(), grouping: if by_four { &[4] } else { &[3] }, ..Locale::C },
        }
    }
}

/// Groups `digits` from the right, with zeros in front so that the result has at least `min_width` code points (the leftmost
/// may be one more, since a number does not start with a separator).
pub fn group_digits(digits: &str, min_width: usize, locale: &Locale<'_>) -> String {
    if locale.grouping.is_empty() {
        let zeros = min_width.max(1).saturating_sub(digits.len());
        let mut out = String::with_capacity(zeros + digits.len());
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(digits);
        return out;
    }
    let separator_len = locale.thousands_sep.chars().count() as isize;
    let mut remaining = digits.len();
    let mut min_width = min_width as isize;
    // Groups from the right: how many zeros and how many digits each has.
    let mut groups: Vec<(usize, usize)> = Vec::new();
    let mut sizes = locale.grouping.iter().copied();
    let mut size = 0;
    loop {
        match sizes.next() {
            Some(127) => size = 0,
            Some(0) => sizes = [].iter().copied(),
            Some(n) => size = n as usize,
            None => {}
        }
        if size == 0 {
            sizes = [].iter().copied();
        }
        let wanted = (remaining as isize).max(min_width).max(1) as usize;
        let len = if size == 0 { wanted } else { size.min(wanted) };
        let from_digits = remaining.min(len);
        groups.push((len - from_digits, from_digits));
        remaining -= from_digits;
        min_width -= len as isize;
        if size == 0 || (remaining == 0 && min_width <= 0) {
            break;
        }
        min_width -= separator_len;
    }
    let mut out = String::with_capacity(digits.len() + groups.len() * locale.thousands_sep.len());
    let mut at = 0;
    for (i, (zeros, count)) in groups.iter().rev().enumerate() {
        if i > 0 {
            out.push_str(locale.thousands_sep);
        }
        out.extend(std::iter::repeat_n('0', *zeros));
        out.push_str(&digits[at..at + count]);
        at += count;
    }
    out
}

/// The digits of a fraction in groups of three from the left.
fn group_fraction(digits: &str, separator: Option<Separator>) -> String {
    let Some(separator) = separator else { return digits.to_owned() };
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && i % 3 == 0 {
            out.push_str(separator.text());
        }
        out.push(c);
    }
    out
}

/// A number in parts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    pub negative: bool,
    /// `0x` and the like.
    pub prefix: &'a str,
    /// Digits of the whole part; none for infinities, NaN and characters.
    pub digits: &'a str,
    pub has_point: bool,
    /// Digits after the point.
    pub fraction: &'a str,
    /// What follows: exponent, percent sign, `inf`, a character.
    pub rest: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes apart what [`crate::number::format_float`] wrote.
    pub fn of_float(text: &'a str) -> Parts<'a> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let digits_len = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at(digits_len(text));
        let (has_point, rest) = match rest.strip_prefix('.') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (fraction, rest) = if has_point { rest.split_at(digits_len(rest)) } else { ("", rest) };
        Parts { negative, prefix: "", digits, has_point, fraction, rest }
    }
}

/// Writes a number with sign, separators and padding as `spec` asks.
pub(super) fn write_number(
    out: &mut Wtf8Buf,
    parts: &Parts<'_>,
    spec: &Spec,
    locale: &Locale<'_>,
) -> Result<(), FormatError> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (false, Some(Sign::Plus)) => "+",
        (false, Some(Sign::Space)) => " ",
        _ => "",
    };
    if spec.width.is_none() && spec.grouping.is_none() && spec.fraction_grouping.is_none() && spec.ty != b'n' as u32 {
        // By far the most common: the parts as they are.
        let len = parts.prefix.len() + parts.digits.len() + parts.fraction.len() + parts.rest.len() + 2;
        out.reserve(len);
        out.push_str(sign);
        out.push_str(parts.prefix);
        out.push_str(parts.digits);
        out.push_str(if parts.has_point { "." } else { "" });
        out.push_str(parts.fraction);
        out.push_str(parts.rest);
        return Ok(());
    }
    let fraction = group_fraction(parts.fraction, spec.fraction_grouping);
    let point = if parts.has_point { locale.decimal_point } else { "" };
    // Prefix, fraction and signs are ASCII; a decimal point or the character of type `c` need not be.
    let fixed = sign.len() + parts.prefix.len() + point.chars().count() + fraction.len() + parts.rest.chars().count();
    let width = spec.width.unwrap_or(0);
    reserve(out, width)?;
    let zero_padded = spec.fill == b'0' as u32 && spec.align == Align::AfterSign;
    let min_width = if zero_padded { width.saturating_sub(fixed) } else { 0 };
    let grouped = if parts.digits.is_empty() { String::new() } else { group_digits(parts.digits, min_width, locale) };
    let padding = width.saturating_sub(fixed + grouped.chars().count());
    let (left, inner, right) = match spec.align {
        Align::Left => (0, 0, padding),
        Align::Right => (padding, 0, 0),
        Align::Center => (padding / 2, 0, padding - padding / 2),
        Align::AfterSign => (0, padding, 0),
    };
    pad(out, spec.fill, left)?;
    out.push_str(sign);
    out.push_str(parts.prefix);
    pad(out, spec.fill, inner)?;
    out.push_str(&grouped);
    out.push_str(point);
    out.push_str(&fraction);
    out.push_str(parts.rest);
    pad(out, spec.fill, right)
}

/// Writes text with padding.
pub(super) fn write_padded(out: &mut Wtf8Buf, text: &Wtf8, spec: &Spec) -> Result<(), FormatError> {
    let padding = spec.width.map_or(0, |w| w.saturating_sub(text.char_count()));
    let (left, right) = match spec.align {
        Align::Left => (0, padding),
        Align::Right | Align::AfterSign => (padding, 0),
        Align::Center => (padding / 2, padding - padding / 2),
    };
    pad(out, spec.fill, left)?;
    out.push_wtf8(text);
    pad(out, spec.fill, right)
}

fn pad(out: &mut Wtf8Buf, fill: u32, n: usize) -> Result<(), FormatError> {
    reserve(out, n.saturating_mul(crate::text::unit::len_utf8(fill)))?;
    out.push_repeated(fill, n);
    Ok(())
}
