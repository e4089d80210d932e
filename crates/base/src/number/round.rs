//! `round()` to a number of digits.

use dashu_int::ops::{DivRem, UnsignedAbs};
use dashu_int::{IBig, Sign, UBig};

use super::convert::{Int, decompose_f64, float_to_int, int_to_float};

/// `round(x, ndigits)`, correctly rounded, ties to even. `None` if the result is no finite float ("rounded value too large to
/// represent").
pub fn round_float(x: f64, ndigits: i64) -> Option<f64> {
    // Beyond the last digit that a float can have there is nothing to round; far above the first there is only zero.
    if !x.is_finite() || x == 0.0 || ndigits > 323 {
        return Some(x);
    }
    if ndigits < -308 {
        return Some(0f64.copysign(x));
    }
    if ndigits >= 0 {
        let digits = ndigits as usize;
        return format!("{x:.digits$}").parse().ok();
    }
    let magnitude = float_to_int(x.abs())?.into_ibig();
    let (mantissa, exponent) = decompose_f64(x);
    let has_fraction = exponent < 0 && (exponent <= -64 || mantissa & ((1 << -exponent) - 1) != 0);
    let rounded = round_magnitude(magnitude.unsigned_abs(), ndigits.unsigned_abs() as usize, has_fraction);
    let y = int_to_float(&IBig::from(rounded))?;
    Some(y.copysign(x))
}

/// `round(n, -digits)` for an int: to a multiple of `10^digits`, ties to even.
pub fn round_int(n: &IBig, digits: usize) -> Int {
    let magnitude = n.unsigned_abs();
    // A power of ten with more digits than the number is more than twice as large: the answer is 0.
    if digits > magnitude.as_words().len() * 20 + 1 {
        return Int::Small(0);
    }
    let rounded = IBig::from(round_magnitude(magnitude, digits, false));
    Int::from_ibig(if n.sign() == Sign::Negative { -rounded } else { rounded })
}

/// Rounds to a multiple of `10^digits`; `more` says that the true value is a little above `n`.
fn round_magnitude(n: UBig, digits: usize, more: bool) -> UBig {
    let unit = UBig::from(10u8).pow(digits);
    let (quotient, rest) = n.div_rem(&unit);
    let twice: UBig = rest << 1;
    let up = match twice.cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => more || &quotient % 2u8 != 0,
    };
    (quotient + UBig::from(up as u8)) * unit
}
