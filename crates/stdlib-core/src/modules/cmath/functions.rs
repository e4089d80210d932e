//! Functions of complex numbers, by the methods of Kahan ("Branch cuts for complex elementary functions") for arguments
//! that are finite, and by tables for the others.

use super::tables::{self, Table};
use crate::math::libm;
use base::number::ldexp;
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

/// Real and imaginary part.
pub type C = (f64, f64);

/// What a function gives.
pub enum Outcome {
    /// A number.
    Value(C),
    /// "math domain error", and the number that there would be.
    Domain(C),
    /// "math range error"
    Range,
}

use Outcome::{Domain, Range, Value};

/// Numbers beyond this overflow when they are squared and added.
const LARGE: f64 = f64::MAX / 4.0;
/// The root of the former.
const SQRT_LARGE: f64 = 6.703903964971298e+153;
/// The logarithm of LARGE.
const LOG_LARGE: f64 = 708.396418532264;
/// The root of the smallest normal number.
const SQRT_MIN: f64 = 1.4916681462400413e-154;
/// Scaling of numbers below the normal ones: up by this exponent ...
const SCALE_UP: i64 = 53;
/// ... and their roots down by this one.
const SCALE_DOWN: i64 = -27;

fn scaled(x: f64, exponent: i64) -> f64 {
    ldexp(x, exponent).unwrap_or(f64::INFINITY)
}

fn class(x: f64) -> usize {
    if x.is_nan() {
        return 6;
    }
    match (x.is_sign_negative(), x) {
        (true, x) if x.is_infinite() => 0,
        (true, 0.0) => 2,
        (true, _) => 1,
        (false, 0.0) => 3,
        (false, x) if x.is_infinite() => 5,
        (false, _) => 4,
    }
}

fn is_finite(z: C) -> bool {
    z.0.is_finite() && z.1.is_finite()
}

fn special(table: &Table, z: C) -> C {
    table[class(z.0)][class(z.1)]
}

/// Range where an overflow made a part infinite.
fn ranged(z: C) -> Outcome {
    if z.0.is_infinite() || z.1.is_infinite() { Range } else { Value(z) }
}

/// The value whatever was complained of.
fn value(outcome: Outcome) -> C {
    match outcome {
        Value(z) | Domain(z) => z,
        Range => (f64::INFINITY, f64::INFINITY),
    }
}

fn domain_if(error: bool, z: C) -> Outcome {
    if error { Domain(z) } else { Value(z) }
}

/// The absolute value.
pub fn magnitude(z: C) -> f64 {
    libm::hypot(z.0, z.1)
}

/// The angle.
pub fn phase(z: C) -> f64 {
    libm::atan2(z.1, z.0)
}

/// log|z| for large numbers, less log 4.
fn large_log(z: C) -> f64 {
    libm::log(libm::hypot(z.0 / 2.0, z.1 / 2.0))
}

fn is_large(z: C) -> bool {
    z.0.abs() > LARGE || z.1.abs() > LARGE
}

pub fn sqrt(z: C) -> Outcome {
    if !is_finite(z) {
        return Value(special(&tables::SQRT, z));
    }
    if z.0 == 0.0 && z.1 == 0.0 {
        return Value((0.0, z.1));
    }
    let (ax, ay) = (z.0.abs(), z.1.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        let ax = scaled(ax, SCALE_UP);
        scaled((ax + libm::hypot(ax, scaled(ay, SCALE_UP))).sqrt(), SCALE_DOWN)
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + libm::hypot(ax, ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    Value(if z.0 >= 0.0 { (s, d.copysign(z.1)) } else { (d, s.copysign(z.1)) })
}

pub fn log(z: C) -> Outcome {
    if !is_finite(z) {
        return Value(special(&tables::LOG, z));
    }
    let (ax, ay) = (z.0.abs(), z.1.abs());
    let re = if is_large(z) {
        large_log(z) + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return Domain((f64::NEG_INFINITY, phase(z)));
        }
        libm::log(libm::hypot(scaled(ax, SCALE_UP), scaled(ay, SCALE_UP))) - SCALE_UP as f64 * LN_2
    } else {
        let h = libm::hypot(ax, ay);
        if (0.71..=1.73).contains(&h) {
            let (most, least) = (ax.max(ay), ax.min(ay));
            libm::log1p((most - 1.0) * (most + 1.0) + least * least) / 2.0
        } else {
            libm::log(h)
        }
    };
    Value((re, phase(z)))
}

pub fn log10(z: C) -> Outcome {
    match log(z) {
        Value(z) => Value((z.0 / LN_10, z.1 / LN_10)),
        Domain(z) => Domain((z.0 / LN_10, z.1 / LN_10)),
        Range => Range,
    }
}

pub fn exp(z: C) -> Outcome {
    let (sin, cos) = (libm::sin(z.1), libm::cos(z.1));
    if !is_finite(z) {
        let turned = z.0.is_infinite() && z.1.is_finite() && z.1 != 0.0;
        let result = if turned {
            let size = if z.0 > 0.0 { f64::INFINITY } else { 0.0 };
            (size.copysign(cos), size.copysign(sin))
        } else {
            special(&tables::EXP, z)
        };
        let error = z.1.is_infinite() && (z.0.is_finite() || z.0 == f64::INFINITY);
        return domain_if(error, result);
    }
    if z.0 > LOG_LARGE {
        let l = libm::exp(z.0 - 1.0);
        return ranged((l * cos * E, l * sin * E));
    }
    let l = libm::exp(z.0);
    ranged((l * cos, l * sin))
}

pub fn cosh(z: C) -> Outcome {
    let (sin, cos) = (libm::sin(z.1), libm::cos(z.1));
    if !is_finite(z) {
        let turned = z.0.is_infinite() && z.1.is_finite() && z.1 != 0.0;
        let result = if turned {
            let im = f64::INFINITY.copysign(sin);
            (f64::INFINITY.copysign(cos), if z.0 > 0.0 { im } else { -im })
        } else {
            special(&tables::COSH, z)
        };
        return domain_if(z.1.is_infinite() && !z.0.is_nan(), result);
    }
    if z.0.abs() > LOG_LARGE {
        let x = z.0 - 1f64.copysign(z.0);
        return ranged((cos * libm::cosh(x) * E, sin * libm::sinh(x) * E));
    }
    ranged((cos * libm::cosh(z.0), sin * libm::sinh(z.0)))
}

pub fn sinh(z: C) -> Outcome {
    let (sin, cos) = (libm::sin(z.1), libm::cos(z.1));
    if !is_finite(z) {
        let turned = z.0.is_infinite() && z.1.is_finite() && z.1 != 0.0;
        let result = if turned {
            let re = f64::INFINITY.copysign(cos);
            (if z.0 > 0.0 { re } else { -re }, f64::INFINITY.copysign(sin))
        } else {
            special(&tables::SINH, z)
        };
        return domain_if(z.1.is_infinite() && !z.0.is_nan(), result);
    }
    if z.0.abs() > LOG_LARGE {
        let x = z.0 - 1f64.copysign(z.0);
        return ranged((cos * libm::sinh(x) * E, sin * libm::cosh(x) * E));
    }
    ranged((cos * libm::sinh(z.0), sin * libm::cosh(z.0)))
}

pub fn tanh(z: C) -> Outcome {
    let (sin, cos) = (libm::sin(z.1), libm::cos(z.1));
    if !is_finite(z) {
        let turned = z.0.is_infinite() && z.1.is_finite() && z.1 != 0.0;
        let result = if turned {
            (1f64.copysign(z.0), 0f64.copysign(2.0 * sin * cos))
        } else {
            special(&tables::TANH, z)
        };
        return domain_if(z.1.is_infinite() && z.0.is_finite(), result);
    }
    if z.0.abs() > LOG_LARGE {
        return Value((1f64.copysign(z.0), 4.0 * sin * cos * libm::exp(-2.0 * z.0.abs())));
    }
    let (tx, ty) = (libm::tanh(z.0), libm::tan(z.1));
    let cx = 1.0 / libm::cosh(z.0);
    let product = tx * ty;
    let denominator = 1.0 + product * product;
    Value((tx * (1.0 + ty * ty) / denominator, ty / denominator * cx * cx))
}

/// A function of z as that of i*z, turned back.
fn turned(outcome: Outcome) -> Outcome {
    match outcome {
        Value(s) => Value((s.1, -s.0)),
        Domain(s) => Domain((s.1, -s.0)),
        Range => Range,
    }
}

pub fn cos(z: C) -> Outcome {
    cosh((-z.1, z.0))
}

pub fn sin(z: C) -> Outcome {
    turned(sinh((-z.1, z.0)))
}

pub fn tan(z: C) -> Outcome {
    turned(tanh((-z.1, z.0)))
}

pub fn asin(z: C) -> Outcome {
    turned(asinh((-z.1, z.0)))
}

pub fn atan(z: C) -> Outcome {
    turned(atanh((-z.1, z.0)))
}

pub fn acos(z: C) -> Outcome {
    if !is_finite(z) {
        return Value(special(&tables::ACOS, z));
    }
    if is_large(z) {
        let size = large_log(z) + 2.0 * LN_2;
        let im = if z.0 < 0.0 { -size.copysign(z.1) } else { size.copysign(-z.1) };
        return Value((libm::atan2(z.1.abs(), z.0), im));
    }
    let (s1, s2) = (value(sqrt((1.0 - z.0, -z.1))), value(sqrt((1.0 + z.0, z.1))));
    Value((2.0 * libm::atan2(s1.0, s2.0), libm::asinh(s2.0 * s1.1 - s2.1 * s1.0)))
}

pub fn acosh(z: C) -> Outcome {
    if !is_finite(z) {
        return Value(special(&tables::ACOSH, z));
    }
    if is_large(z) {
        return Value((large_log(z) + 2.0 * LN_2, phase(z)));
    }
    let (s1, s2) = (value(sqrt((z.0 - 1.0, z.1))), value(sqrt((z.0 + 1.0, z.1))));
    Value((libm::asinh(s1.0 * s2.0 + s1.1 * s2.1), 2.0 * libm::atan2(s1.1, s2.0)))
}

pub fn asinh(z: C) -> Outcome {
    if !is_finite(z) {
        return Value(special(&tables::ASINH, z));
    }
    if is_large(z) {
        let size = large_log(z) + 2.0 * LN_2;
        let re = if z.1 >= 0.0 { size.copysign(z.0) } else { -size.copysign(-z.0) };
        return Value((re, libm::atan2(z.1, z.0.abs())));
    }
    let (s1, s2) = (value(sqrt((1.0 + z.1, -z.0))), value(sqrt((1.0 - z.1, z.0))));
    Value((libm::asinh(s1.0 * s2.1 - s2.0 * s1.1), libm::atan2(z.1, s1.0 * s2.0 - s1.1 * s2.1)))
}

pub fn atanh(z: C) -> Outcome {
    if !is_finite(z) {
        return Value(special(&tables::ATANH, z));
    }
    if z.0 < 0.0 || (z.0 == 0.0 && z.0.is_sign_negative()) {
        return match atanh((-z.0, -z.1)) {
            Value(s) => Value((-s.0, -s.1)),
            Domain(s) => Domain((-s.0, -s.1)),
            Range => Range,
        };
    }
    let ay = z.1.abs();
    if z.0 > SQRT_LARGE || ay > SQRT_LARGE {
        let h = libm::hypot(z.0 / 2.0, z.1 / 2.0);
        // The negations keep the sign of zero right.
        return Value((z.0 / 4.0 / h / h, -FRAC_PI_2.copysign(-z.1)));
    }
    if z.0 == 1.0 && ay < SQRT_MIN {
        if ay == 0.0 {
            return Domain((f64::INFINITY, z.1));
        }
        let re = -libm::log(ay.sqrt() / libm::hypot(ay, 2.0).sqrt());
        return Value((re, (libm::atan2(2.0, -ay) / 2.0).copysign(z.1)));
    }
    let re = libm::log1p(4.0 * z.0 / ((1.0 - z.0) * (1.0 - z.0) + ay * ay)) / 4.0;
    Value((re, -libm::atan2(-2.0 * z.1, (1.0 - z.0) * (1.0 + z.0) - ay * ay) / 2.0))
}

/// `cmath.rect`
pub fn rect((r, phi): C) -> Outcome {
    let (sin, cos) = (libm::sin(phi), libm::cos(phi));
    if !is_finite((r, phi)) {
        let result = if r.is_infinite() && phi.is_finite() && phi != 0.0 {
            let (re, im) = (f64::INFINITY.copysign(cos), f64::INFINITY.copysign(sin));
            if r > 0.0 { (re, im) } else { (-re, -im) }
        } else {
            special(&tables::RECT, (r, phi))
        };
        return domain_if(r != 0.0 && !r.is_nan() && phi.is_infinite(), result);
    }
    if phi == 0.0 {
        // So that the sign of a zero angle is kept.
        return Value((r, r * phi));
    }
    Value((r * cos, r * sin))
}

/// A quotient by Smith's method.
pub fn quotient(a: C, b: C) -> Outcome {
    if b.0.abs() >= b.1.abs() {
        if b.0 == 0.0 {
            return Domain((0.0, 0.0));
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        return Value(((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator));
    }
    if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        return Value(((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator));
    }
    Value((f64::NAN, f64::NAN))
}
