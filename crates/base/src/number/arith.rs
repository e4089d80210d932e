//! Float operations that Python defines more closely than the processor does.

use super::convert::{compose_f64, decompose_f64};

/// `divmod(x, y)`; `None` for a zero divisor. The remainder has the sign of `y`.
pub fn float_divmod(x: f64, y: f64) -> Option<(f64, f64)> {
    if y == 0.0 {
        return None;
    }
    let mut rest = x % y;
    // Exact up to rounding: `x - rest` is nearly a multiple of `y`.
    let mut quotient = (x - rest) / y;
    if rest != 0.0 {
        if (y < 0.0) != (rest < 0.0) {
            rest += y;
            quotient -= 1.0;
        }
    } else {
        rest = 0f64.copysign(y);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(x / y)
    };
    Some((floor, rest))
}

/// `x % y`; `None` for a zero divisor.
#[inline]
pub fn float_mod(x: f64, y: f64) -> Option<f64> {
    if y == 0.0 {
        return None;
    }
    let rest = x % y;
    Some(if rest == 0.0 {
        0f64.copysign(y)
    } else if (y < 0.0) != (rest < 0.0) {
        rest + y
    } else {
        rest
    })
}

/// `x // y`; `None` for a zero divisor.
#[inline]
pub fn float_floordiv(x: f64, y: f64) -> Option<f64> {
    float_divmod(x, y).map(|(quotient, _)| quotient)
}

/// `math.frexp`: `x = m × 2^e` with `0.5 <= |m| < 1`. Zeros, infinities and NaN come back with 0.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (mantissa, exponent) = decompose_f64(x);
    let bits = 64 - mantissa.leading_zeros() as i32;
    (compose_f64(x < 0.0, mantissa, -i64::from(bits), false), exponent + bits)
}

/// `math.ldexp`: `x × 2^e`, rounded once; `None` on overflow.
pub fn ldexp(x: f64, e: i64) -> Option<f64> {
    if x == 0.0 || !x.is_finite() {
        return Some(x);
    }
    let (mantissa, exponent) = decompose_f64(x);
    let y = compose_f64(x < 0.0, mantissa, e.saturating_add(i64::from(exponent)), false);
    y.is_finite().then_some(y)
}
