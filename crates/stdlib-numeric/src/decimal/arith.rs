//! Sums, products, and what is made of them.

use super::context::{Context, MAX_DIGITS, Rounding};
use super::limbs::{self, POW10_WIDE, digits_u128};
use super::multiply::mul as mul_limbs;
use super::number::{Coefficient, Digits, Kind, Number, View};
use super::round::{finish, invalid, out_of_memory, propagate};

/// The sum.
#[inline]
pub fn add(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    sum(a, b, b.negative, context, flags)
}

/// The difference.
#[inline]
pub fn sub(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    sum(a, b, !b.negative, context, flags)
}

/// `a + b` where `b` gets another sign.
#[inline]
fn sum(a: View, b: View, negative: bool, context: &Context, flags: &mut u32) -> Number {
    if a.kind == Kind::Finite
        && b.kind == Kind::Finite
        && let (Digits::Small(x), Digits::Small(y)) = (a.digits, b.digits)
        && let Some((x, y, exponent)) = align_small(x, a.exponent, y, b.exponent)
    {
        let (sign, total) = combine(a.negative, x, negative, y, context);
        return finish(Number::finite(sign, Coefficient::from_u128(total), exponent), context, flags);
    }
    sum_slow(a, b, negative, context, flags)
}

/// Two coefficients with their common exponent, where both stay small.
#[inline(always)]
fn align_small(x: u128, x_exponent: i64, y: u128, y_exponent: i64) -> Option<(u128, u128, i64)> {
    if x_exponent == y_exponent {
        return Some((x, y, x_exponent));
    }
    let distance = x_exponent.abs_diff(y_exponent);
    if distance > 37 {
        return None;
    }
    let upper = if x_exponent > y_exponent { x } else { y };
    if digits_u128(upper) + distance > 38 {
        return None;
    }
    let shifted = upper * POW10_WIDE[distance as usize];
    Some(if x_exponent > y_exponent { (shifted, y, y_exponent) } else { (x, shifted, x_exponent) })
}

/// The sum of two signed magnitudes.
#[inline(always)]
fn combine(x_negative: bool, x: u128, y_negative: bool, y: u128, context: &Context) -> (bool, u128) {
    if x_negative == y_negative {
        return (x_negative, x + y);
    }
    if x > y {
        (x_negative, x - y)
    } else if x < y {
        (y_negative, y - x)
    } else {
        (context.rounding == Rounding::Floor, 0)
    }
}

#[inline(never)]
fn sum_slow(a: View, b: View, negative: bool, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        if b.is_infinite() && a.negative != negative {
            return invalid(flags);
        }
        return Number::infinity(a.negative);
    }
    if b.is_infinite() {
        return Number::infinity(negative);
    }
    let b = b.with_sign(negative);
    let (upper, mut lower) = if a.exponent >= b.exponent { (a, b) } else { (b, a) };
    if upper.exponent != lower.exponent && !upper.digits.is_zero() {
        // A number that is far below the last digit of the result counts as a tiny one of the same sign.
        let floor = upper.exponent - 1 + (upper.digits.count() - context.prec - 1).min(0);
        if lower.adjusted() < floor {
            let digit = !lower.digits.is_zero() as u128;
            lower = View { exponent: floor, digits: Digits::Small(digit), ..lower };
        }
    }
    let distance = (upper.exponent - lower.exponent) as u64;
    if distance > MAX_DIGITS && !upper.digits.is_zero() {
        return out_of_memory(flags);
    }
    let shifted = upper.digits.shifted(distance);
    let (sign, total) = match (shifted.view(), lower.digits) {
        (Digits::Small(x), Digits::Small(y)) => {
            let (sign, total) = combine(upper.negative, x, lower.negative, y, context);
            (sign, Coefficient::from_u128(total))
        }
        (x, y) if upper.negative == lower.negative => {
            (upper.negative, Coefficient::from_limbs(limbs::add(&x.to_limbs(), &y.to_limbs())))
        }
        (x, y) => match x.compare(y) {
            std::cmp::Ordering::Equal => (context.rounding == Rounding::Floor, Coefficient::ZERO),
            std::cmp::Ordering::Greater => {
                (upper.negative, Coefficient::from_limbs(limbs::sub(&x.to_limbs(), &y.to_limbs())))
            }
            std::cmp::Ordering::Less => {
                (lower.negative, Coefficient::from_limbs(limbs::sub(&y.to_limbs(), &x.to_limbs())))
            }
        },
    };
    finish(Number::finite(sign, total, lower.exponent), context, flags)
}

/// The product of coefficients.
#[inline]
fn product(a: Digits, b: Digits) -> Coefficient {
    if let (Digits::Small(x), Digits::Small(y)) = (a, b)
        && let Some(product) = x.checked_mul(y)
    {
        return Coefficient::from_u128(product);
    }
    Coefficient::from_limbs(mul_limbs(&a.to_limbs(), &b.to_limbs()))
}

/// The product.
#[inline]
pub fn mul(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    let negative = a.negative != b.negative;
    if a.kind == Kind::Finite && b.kind == Kind::Finite {
        if let (Digits::Small(x), Digits::Small(y)) = (a.digits, b.digits)
            && (x | y) >> 64 == 0
        {
            let coefficient = Coefficient::from_u128(x as u64 as u128 * y as u64 as u128);
            return finish(Number::finite(negative, coefficient, a.exponent + b.exponent), context, flags);
        }
        let coefficient = product(a.digits, b.digits);
        return finish(Number::finite(negative, coefficient, a.exponent + b.exponent), context, flags);
    }
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    if a.is_zero() || b.is_zero() {
        return invalid(flags);
    }
    Number::infinity(negative)
}

/// `a * b + c`, rounded once.
pub fn fma(a: View, b: View, c: View, context: &Context, flags: &mut u32) -> Number {
    // A signaling NaN comes first, wherever it stands.
    if c.kind == Kind::Signaling && a.kind != Kind::Signaling && b.kind != Kind::Signaling {
        if let Some(nan) = propagate(c, c, context, flags) {
            return nan;
        }
    }
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    if a.is_finite() && b.is_finite() {
        let exact = Number::finite(
            a.negative != b.negative,
            product(a.digits, b.digits),
            a.exponent + b.exponent,
        );
        return add(exact.view(), c, context, flags);
    }
    if a.is_zero() || b.is_zero() {
        return invalid(flags);
    }
    let infinity = Number::infinity(a.negative != b.negative);
    add(infinity.view(), c, context, flags)
}

/// `+a`: rounded to the context. A negative zero becomes positive, unless it is rounded to the floor.
pub fn plus(a: View, context: &Context, flags: &mut u32) -> Number {
    signed(a, a.negative, context, flags)
}

/// `-a`
pub fn minus(a: View, context: &Context, flags: &mut u32) -> Number {
    signed(a, !a.negative, context, flags)
}

fn signed(a: View, negative: bool, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    let negative = if a.is_zero() { negative && context.rounding == Rounding::Floor } else { negative };
    finish(a.with_sign(negative).to_number(), context, flags)
}

/// The absolute value, rounded to the context.
pub fn abs(a: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    finish(a.with_sign(false).to_number(), context, flags)
}
