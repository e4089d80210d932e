//! Between ints and floats, correctly rounded.

use dashu_int::ops::{BitTest, DivRem, UnsignedAbs};
use dashu_int::{IBig, Sign, UBig};

/// An int: small ones apart, since they are most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Int {
    /// Fits 64 bits.
    Small(i64),
    /// Does not.
    Big(IBig),
}

impl Int {
    /// The small form where it fits.
    pub fn from_ibig(n: IBig) -> Int {
        match i64::try_from(&n) {
            Ok(small) => Int::Small(small),
            Err(_) => Int::Big(n),
        }
    }

    /// A borrowed view.
    pub fn as_int_ref(&self) -> IntRef<'_> {
        match self {
            Int::Small(n) => IntRef::Small(*n),
            Int::Big(n) => IntRef::Big(n),
        }
    }

    /// As a big integer.
    pub fn into_ibig(self) -> IBig {
        match self {
            Int::Small(n) => IBig::from(n),
            Int::Big(n) => n,
        }
    }
}

/// A borrowed int.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    /// Fits 64 bits.
    Small(i64),
    /// Of any size.
    Big(&'a IBig),
}

impl IntRef<'_> {
    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(n) => n < 0,
            IntRef::Big(n) => n.sign() == Sign::Negative,
        }
    }

    /// As `i64`, where it fits.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntRef::Small(n) => Some(n),
            IntRef::Big(n) => i64::try_from(n).ok(),
        }
    }

    /// The nearest float; `None` on overflow.
    pub fn to_f64(self) -> Option<f64> {
        match self {
            IntRef::Small(n) => Some(n as f64),
            IntRef::Big(n) => int_to_float(n),
        }
    }

    /// Digits of the absolute value in base 2, 8, 10 or 16.
    pub fn magnitude_text(self, base: u32) -> String {
        match self {
            IntRef::Small(n) => {
                let m = n.unsigned_abs();
                match base {
                    2 => format!("{m:b}"),
                    8 => format!("{m:o}"),
                    16 => format!("{m:x}"),
                    _ => {
                        let mut out = String::with_capacity(20);
                        super::int_text::push_u64(&mut out, m);
                        out
                    }
                }
            }
            IntRef::Big(n) => {
                let mut text = super::int_to_text(n, base);
                if text.starts_with('-') {
                    text.remove(0);
                }
                text
            }
        }
    }
}

/// Rounds `±mantissa × 2^exponent` to the nearest float, ties to even; infinity on overflow.
///
/// `sticky` says that the true value is a little more than `mantissa` tells; the mantissa must then have all of its 64 bits.
pub fn compose_f64(negative: bool, mantissa: u64, exponent: i64, sticky: bool) -> f64 {
    let signed = |x: f64| if negative { -x } else { x };
    if mantissa == 0 {
        return signed(0.0);
    }
    let zeros = mantissa.leading_zeros();
    let mantissa = mantissa << zeros;
    // Exponent of the leading bit.
    let top = exponent.saturating_add(63 - i64::from(zeros));
    if top > 1023 {
        return signed(f64::INFINITY);
    }
    // Number of bits that the result keeps: fewer than 53 where it is subnormal.
    let kept = if top >= -1022 { 53 } else { 53 - (-1022i64).saturating_sub(top) };
    if kept < 0 {
        return signed(0.0);
    }
    let drop = 64 - kept as u32;
    let quotient = if drop == 64 { 0 } else { mantissa >> drop };
    let half = 1u64 << (drop - 1);
    let rest = if drop == 64 { mantissa } else { mantissa & ((1 << drop) - 1) };
    let up = rest > half || (rest == half && (sticky || quotient & 1 != 0));
    let quotient = quotient + up as u64;
    // A carry out of the mantissa moves into the exponent, which is what it should do, up to infinity.
    let bits = if top >= -1022 { ((top + 1023) as u64) * (1 << 52) + (quotient - (1 << 52)) } else { quotient };
    signed(f64::from_bits(bits))
}

/// The top 64 bits of `n`, how far they were shifted, and whether bits below were dropped.
fn top_bits(n: &UBig) -> (u64, i64, bool) {
    let len = n.bit_len();
    if len <= 64 {
        return (u64::try_from(n).unwrap_or(0), 0, false);
    }
    let shift = len - 64;
    let top = u64::try_from(n >> shift).unwrap_or(u64::MAX);
    (top, shift as i64, n.trailing_zeros().is_some_and(|z| z < shift))
}

/// The nearest float, ties to even; `None` if it is too large ("int too large to convert to float").
pub fn int_to_float(n: &IBig) -> Option<f64> {
    if let Ok(small) = i64::try_from(n) {
        return Some(small as f64);
    }
    let (mantissa, exponent, sticky) = top_bits(&n.unsigned_abs());
    let x = compose_f64(n.sign() == Sign::Negative, mantissa, exponent, sticky);
    x.is_finite().then_some(x)
}

/// Why a true division fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrueDivError {
    /// The divisor is 0.
    DivisionByZero,
    /// The quotient is no finite float.
    Overflow,
}

impl TrueDivError {
    /// CPython's words.
    pub const fn message(self) -> &'static str {
        match self {
            TrueDivError::DivisionByZero => "division by zero",
            TrueDivError::Overflow => "integer division result too large for a float",
        }
    }
}

/// `a / b` for ints that fit 64 bits; `None` for division by zero.
#[inline]
pub fn i64_true_div(a: i64, b: i64) -> Option<f64> {
    const EXACT: u64 = 1 << 53;
    if b == 0 {
        return None;
    }
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Some(a as f64 / b as f64);
    }
    int_true_div(&IBig::from(a), &IBig::from(b)).ok()
}

/// `a / b`, correctly rounded.
pub fn int_true_div(a: &IBig, b: &IBig) -> Result<f64, TrueDivError> {
    if b.is_zero() {
        return Err(TrueDivError::DivisionByZero);
    }
    let negative = a.sign() != b.sign();
    if a.is_zero() {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    // Scaled so that the quotient has 66 or 67 bits: enough for rounding once.
    let shift = 66 - (a.bit_len() as i64 - b.bit_len() as i64);
    if shift < 66 - 1100 {
        return Err(TrueDivError::Overflow);
    }
    if shift > 66 + 1200 {
        return Ok(if negative { -0.0 } else { 0.0 });
    }
    let (scaled, lost) = if shift >= 0 {
        (a << shift as usize, false)
    } else {
        let drop = (-shift) as usize;
        let lost = a.trailing_zeros().is_some_and(|z| z < drop);
        (a >> drop, lost)
    };
    let (quotient, rest) = scaled.div_rem(&b);
    let (mantissa, dropped, sticky) = top_bits(&quotient);
    let x = compose_f64(negative, mantissa, dropped - shift, sticky || lost || !rest.is_zero());
    if x.is_finite() { Ok(x) } else { Err(TrueDivError::Overflow) }
}

/// `|x| = mantissa × 2^exponent` exactly, for a finite `x`.
pub(super) fn decompose_f64(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) }
}

/// `int(x)`: cuts off the fraction. `None` for infinities and NaN.
pub fn float_to_int(x: f64) -> Option<Int> {
    if !x.is_finite() {
        return None;
    }
    if x.abs() < 9.2e18 {
        return Some(Int::Small(x as i64));
    }
    let (mantissa, exponent) = decompose_f64(x);
    let magnitude = IBig::from(mantissa) << exponent.max(0) as usize;
    Some(Int::from_ibig(if x < 0.0 { -magnitude } else { magnitude }))
}

/// `x.as_integer_ratio()`: numerator and denominator in lowest terms. `None` for infinities and NaN.
pub fn float_as_ratio(x: f64) -> Option<(IBig, IBig)> {
    if !x.is_finite() {
        return None;
    }
    let (mantissa, exponent) = decompose_f64(x);
    if mantissa == 0 {
        return Some((IBig::ZERO, IBig::ONE));
    }
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (IBig::from(mantissa >> zeros), exponent + zeros as i32);
    let signed = if x < 0.0 { -mantissa } else { mantissa };
    Some(if exponent >= 0 {
        (signed << exponent as usize, IBig::ONE)
    } else {
        (signed, IBig::ONE << exponent.unsigned_abs() as usize)
    })
}
