//! `float.hex` and `float.fromhex`.

use super::convert::compose_f64;
use super::trim_ascii_space;

/// `x.hex()`.
pub fn float_to_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::float_repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = ((bits >> 52) & 0x7FF) as i32;
    let (lead, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

/// Why `float.fromhex` fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FromHexError {
    /// ValueError.
    Invalid,
    /// OverflowError.
    TooLarge,
}

impl FromHexError {
    /// CPython's words.
    pub const fn message(self) -> &'static str {
        match self {
            FromHexError::Invalid => "invalid hexadecimal floating-point string",
            FromHexError::TooLarge => "hexadecimal value too large to represent as a float",
        }
    }
}

fn hex_digit(b: u8) -> Option<u64> {
    (b as char).to_digit(16).map(u64::from)
}

/// `float.fromhex(s)` for ASCII text, white space at its ends allowed.
pub fn float_from_hex(s: &[u8]) -> Result<f64, FromHexError> {
    let s = trim_ascii_space(s);
    let (negative, s) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let signed = |x: f64| if negative { -x } else { x };
    if s.eq_ignore_ascii_case(b"inf") || s.eq_ignore_ascii_case(b"infinity") {
        return Ok(signed(f64::INFINITY));
    }
    if s.eq_ignore_ascii_case(b"nan") {
        return Ok(signed(f64::NAN.copysign(1.0)));
    }
    let s = match s {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => s,
    };
    let (mut mantissa, mut sticky, mut exponent) = (0u64, false, 0i64);
    let (mut any, mut after_point, mut at) = (false, false, 0);
    while let Some(&b) = s.get(at) {
        if b == b'.' && !after_point {
            after_point = true;
        } else if let Some(digit) = hex_digit(b) {
            any = true;
            // Digits that no longer fit only tell whether the rest is zero.
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | digit;
                exponent -= if after_point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if after_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if !any {
        return Err(FromHexError::Invalid);
    }
    let given = match &s[at..] {
        [] => 0,
        [b'p' | b'P', rest @ ..] => parse_exponent(rest).ok_or(FromHexError::Invalid)?,
        _ => return Err(FromHexError::Invalid),
    };
    // The mantissa has at least 61 bits where digits were dropped, so that the lowest ones can stand for them.
    let x = compose_f64(negative, mantissa | sticky as u64, exponent.saturating_add(given), false);
    if x.is_finite() { Ok(x) } else { Err(FromHexError::TooLarge) }
}

/// A decimal exponent with an optional sign; huge ones are cut to a size that is far out of range too.
fn parse_exponent(s: &[u8]) -> Option<i64> {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n = digits.iter().fold(0i64, |n, &d| n.saturating_mul(10).saturating_add(i64::from(d - b'0')));
    Some(if negative { n.saturating_neg() } else { n })
}
