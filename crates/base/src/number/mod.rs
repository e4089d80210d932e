//! Numbers and text, and the float arithmetic that must be rounded exactly.
//!
//! Text comes in as ASCII bytes; [`to_ascii_number`] makes them from a `str` with digits and white space of any script.

mod arith;
mod complex;
mod convert;
mod float_hex;
mod float_parse;
mod float_text;
mod int_text;
mod round;

use std::borrow::Cow;

pub use arith::{float_divmod, float_floordiv, float_mod, frexp, ldexp};
pub use complex::{complex_repr, parse_complex};
pub use convert::{
    Int, IntRef, TrueDivError, compose_f64, float_as_ratio, float_to_int, i64_true_div, int_to_float, int_true_div,
};
pub use float_hex::{FromHexError, float_from_hex, float_to_hex};
pub use float_parse::{parse_float, parse_float_prefix};
pub use float_text::{Digits, FloatFlags, exact_digits, float_repr, format_float, push_float_repr, shortest_digits};
pub use int_text::{
    DEFAULT_MAX_STR_DIGITS, DecimalText, MAX_STR_DIGITS_THRESHOLD, ParseIntError, digit_limit_exceeded, int_to_text,
    parse_int, push_i64, to_text_limit_message, too_many_digits_message,
};
pub use round::{round_float, round_int};

use crate::text::Wtf8;
use crate::unicode;

/// Prepares a string for the parsers here: white space becomes a space, decimal digits of any script become ASCII, and
/// everything else that is not ASCII becomes `?`, which no number contains.
pub fn to_ascii_number(s: &Wtf8) -> Cow<'_, [u8]> {
    if s.is_ascii() {
        return Cow::Borrowed(s.as_bytes());
    }
    let convert = |cp: u32| {
        if cp < 0x80 {
            cp as u8
        } else if unicode::is_space(cp) {
            b' '
        } else {
            unicode::decimal_value(cp).map_or(b'?', |d| b'0' + d)
        }
    };
    Cow::Owned(s.chars().map(convert).collect())
}

/// Whether `b` is white space for `int()` and `float()`: space and `\t\n\v\f\r`. (Not the separators `\x1c` to `\x1f`, which
/// are white space in `str` methods alone.)
#[inline]
pub const fn is_ascii_space(b: u8) -> bool {
    matches!(b, b' ' | 0x09..=0x0D)
}

/// `s` without white space at its ends.
pub fn trim_ascii_space(mut s: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = s
        && is_ascii_space(*first)
    {
        s = rest;
    }
    while let [rest @ .., last] = s
        && is_ascii_space(*last)
    {
        s = rest;
    }
    s
}

/// Drops underscores that stand between digits; `None` if one stands elsewhere.
pub(crate) fn strip_underscores(s: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr(b'_', s).is_none() {
        return Some(Cow::Borrowed(s));
    }
    let mut out = Vec::with_capacity(s.len());
    for (i, &b) in s.iter().enumerate() {
        if b == b'_' {
            let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
            if i == 0 || !digit(s.get(i - 1)) || !digit(s.get(i + 1)) {
                return None;
            }
        } else {
            out.push(b);
        }
    }
    Some(Cow::Owned(out))
}
