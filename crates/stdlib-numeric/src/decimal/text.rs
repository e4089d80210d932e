//! Numbers as text: numeric strings in, scientific and engineering notation out.

use super::limbs;
use super::number::{Coefficient, Digits, Kind, Number, View};

/// Exponents beyond this are no different from it: no context holds them.
const FAR: i64 = 4_000_000_000_000_000_000;

fn split_prefix<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (front, rest) = text.split_at_checked(word.len())?;
    front.eq_ignore_ascii_case(word).then_some(rest)
}

/// The coefficient that digits show.
pub fn coefficient(digits: &[u8]) -> Coefficient {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let digits = &digits[zeros..];
    if digits.len() <= 18 {
        return Coefficient::Small(limbs::parse_limb(digits) as u128);
    }
    if digits.len() <= 36 {
        let (high, low) = digits.split_at(digits.len() - 18);
        let (high, low) = (limbs::parse_limb(high), limbs::parse_limb(low));
        return Coefficient::Small(high as u128 * limbs::BASE as u128 + low as u128);
    }
    Coefficient::from_limbs(limbs::from_digits(digits))
}

/// The number that a numeric string shows, exactly; exponents that no context holds are brought nearer. None where it is no
/// numeric string.
pub fn parse(text: &[u8]) -> Option<Number> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if !matches!(body.first()?, b'0'..=b'9' | b'.') {
        return parse_special(body).map(|number| number.with_sign(negative));
    }
    let count = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = count(body);
    let (mut end, mut fraction) = (whole, 0);
    if body.get(end) == Some(&b'.') {
        fraction = count(&body[end + 1..]);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    let exponent = match body.get(end) {
        None => 0,
        Some(b'e' | b'E') => parse_exponent(&body[end + 1..])?,
        Some(_) => return None,
    };
    let coefficient = if fraction == 0 {
        coefficient(&body[..whole])
    } else if whole + fraction <= 40 {
        let mut digits = [0; 40];
        digits[..whole].copy_from_slice(&body[..whole]);
        digits[whole..whole + fraction].copy_from_slice(&body[whole + 1..whole + 1 + fraction]);
        coefficient(&digits[..whole + fraction])
    } else {
        coefficient(&[&body[..whole], &body[whole + 1..whole + 1 + fraction]].concat())
    };
    Some(Number::finite(negative, coefficient, exponent - fraction as i64))
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut exponent: i64 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        exponent = exponent.saturating_mul(10).saturating_add((digit & 15) as i64).min(FAR);
    }
    Some(if negative { -exponent } else { exponent })
}

fn parse_special(text: &[u8]) -> Option<Number> {
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        return Some(Number::infinity(false));
    }
    let (kind, digits) = match split_prefix(text, b"nan") {
        Some(rest) => (Kind::Quiet, rest),
        None => (Kind::Signaling, split_prefix(text, b"snan")?),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Number { kind, coefficient: coefficient(digits), ..Number::nan() })
}

/// Appends scientific notation, or engineering notation: exponents that are multiples of three.
pub fn push_text(out: &mut Vec<u8>, number: View, capitals: bool, engineering: bool) {
    if number.negative {
        out.push(b'-');
    }
    match number.kind {
        Kind::Infinite => return out.extend_from_slice(b"Infinity"),
        Kind::Quiet | Kind::Signaling => {
            out.extend_from_slice(if number.kind == Kind::Quiet { b"NaN" } else { b"sNaN" });
            if !number.digits.is_zero() {
                number.digits.push_text(out);
            }
            return;
        }
        Kind::Finite => {}
    }
    // The digits first; points and zeros are put between them.
    let mut small = [0u8; 40];
    let mut long = Vec::new();
    let digits: &[u8] = match number.digits {
        Digits::Small(value) if value >> 64 == 0 => {
            let count = limbs::digits_u64(value as u64) as usize;
            limbs::write_u64(&mut small[..count], value as u64);
            &small[..count]
        }
        other => {
            other.push_text(&mut long);
            &long
        }
    };
    let count = digits.len() as i64;
    let left = number.exponent + count;
    let point = if number.exponent <= 0 && left > -6 {
        left
    } else if !engineering {
        1
    } else if number.digits.is_zero() {
        (left + 1).rem_euclid(3) - 1
    } else {
        (left - 1).rem_euclid(3) + 1
    };
    if point <= 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + -point as usize, b'0');
        out.extend_from_slice(digits);
    } else if point >= count {
        out.extend_from_slice(digits);
        out.resize(out.len() + (point - count) as usize, b'0');
    } else {
        out.extend_from_slice(&digits[..point as usize]);
        out.push(b'.');
        out.extend_from_slice(&digits[point as usize..]);
    }
    if left != point {
        push_exponent(out, left - point, capitals);
    }
}

/// The length of what [`write_short`] writes at most.
pub const SHORT: usize = 32;

/// Writes a finite number of at most 64 bits that needs no exponent, and gives the length; None for other numbers.
#[inline]
pub fn write_short(out: &mut [u8; SHORT], number: View) -> Option<usize> {
    let Digits::Small(value) = number.digits else { return None };
    let value = u64::try_from(value).ok().filter(|_| number.kind == Kind::Finite)?;
    let count = limbs::digits_u64(value) as i64;
    let left = number.exponent + count;
    if number.exponent > 0 || left <= -6 {
        return None;
    }
    let mut at = 0;
    if number.negative {
        out[0] = b'-';
        at = 1;
    }
    if number.exponent == 0 {
        let end = at + count as usize;
        limbs::write_u64(&mut out[at..end], value);
        return Some(end);
    }
    // Zeros in front make room for a digit before the point.
    let digits = count.max(1 - number.exponent) as usize;
    let places = -number.exponent as usize;
    limbs::write_u64(&mut out[at + 1..at + 1 + digits], value);
    let point = at + digits - places;
    out.copy_within(at + 1..at + 1 + digits - places, at);
    out[point] = b'.';
    Some(at + digits + 1)
}

/// Appends `E+n`.
pub fn push_exponent(out: &mut Vec<u8>, exponent: i64, capitals: bool) {
    out.push(if capitals { b'E' } else { b'e' });
    out.push(if exponent < 0 { b'-' } else { b'+' });
    limbs::push_u128(out, exponent.unsigned_abs() as u128);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, engineering: bool) -> String {
        let mut out = Vec::new();
        if let Some(number) = parse(text.as_bytes()) {
            push_text(&mut out, number.view(), true, engineering);
            let mut short = [0; SHORT];
            if let Some(len) = write_short(&mut short, number.view()).filter(|_| !engineering) {
                assert_eq!(&short[..len], out);
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn round_trips() {
        for text in [
            "0",
            "-0",
            "-0.000",
            "0.5",
            "-12345678901234567890",
            "0.000012345678901234567890",
            "18446744073709551.615",
            "1",
            "123",
            "-1.23",
            "0.001",
            "0.0000001",
            "1E-7",
            "1E+2",
            "1.23E+10",
            "0E-7",
            "0E+5",
            "NaN123",
            "-sNaN",
            "Infinity",
            "123456789012345678901234567890123456789012345678901234567890.5",
        ] {
            let expected = if text == "0.0000001" { "1E-7" } else { text };
            assert_eq!(show(text, false), expected);
        }
        for (text, expected) in
            [("123E+1", "1.23E+3"), ("1E-7", "100E-9"), ("0E-7", "0.0E-6"), ("10E+1", "100"), ("0E+1", "0.00E+3")]
        {
            assert_eq!(show(text, true), expected);
        }
        for text in ["", "+", ".", "e5", "1e", "1e+", "1.2.3", "nanx", "infi", " 1"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
