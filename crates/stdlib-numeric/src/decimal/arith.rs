//! Sums, products, and what is made of them.

use super::context::{Context, MAX_DIGITS, Rounding, status};
use super::limbs::{self, BASE, LIMB_DIGITS, POW10, POW10_WIDE, digits_u64, digits_u128, split_wide};
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
        if let (Digits::Small(x), Digits::Small(y)) = (a.digits, b.digits)
            && let Some(number) = mul_rounded(x, y, negative, a.exponent + b.exponent, context, flags)
        {
            return number;
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

/// The product of coefficients below 10^38, rounded, where it is longer than the precision and well within the limits of
/// exponents.
fn mul_rounded(x: u128, y: u128, negative: bool, exponent: i64, context: &Context, flags: &mut u32) -> Option<Number> {
    if context.prec > 37 {
        return None;
    }
    let ([a0, a1, a2], [b0, b1, b2]) = (split_three(x), split_three(y));
    let columns = [a0 * b0, a0 * b1 + a1 * b0, a0 * b2 + a1 * b1 + a2 * b0, a1 * b2 + a2 * b1, a2 * b2];
    // Room for reading beyond the highest limb.
    let mut limbs = [0u64; 8];
    let mut carry = 0;
    for (limb, column) in limbs.iter_mut().zip(columns) {
        let (quotient, low) = split_wide(column + carry);
        *limb = low;
        carry = quotient;
    }
    limbs[5] = carry as u64;
    let used = limbs.iter().rposition(|limb| *limb != 0)?;
    let count = used as i64 * LIMB_DIGITS as i64 + digits_u64(limbs[used]) as i64;
    let (excess, adjusted) = (count - context.prec, exponent + count - 1);
    if excess <= 0 || adjusted < context.emin || adjusted >= context.emax {
        return None;
    }
    let (whole, part) = (excess as usize / LIMB_DIGITS as usize, excess as usize % LIMB_DIGITS as usize);
    // At most 37 digits are kept: they lie in four limbs.
    let unit = POW10[part];
    let (first, rest) = (limbs[whole] / unit, limbs[whole] % unit);
    let up = POW10_WIDE[LIMB_DIGITS as usize - part];
    let upper = limbs[whole + 1] as u128 + limbs[whole + 2] as u128 * BASE as u128;
    let mut kept = first as u128 + upper * up;
    if limbs[whole + 3] != 0 {
        kept += limbs[whole + 3] as u128 * BASE as u128 * BASE as u128 * up;
    }
    let below = |end: usize| limbs[..end].iter().any(|limb| *limb != 0);
    *flags |= status::ROUNDED;
    let half = if part == 0 {
        limbs[whole - 1].cmp(&(BASE / 2)).then_with(|| below(whole - 1).cmp(&false))
    } else {
        rest.cmp(&(unit / 2)).then_with(|| below(whole).cmp(&false))
    };
    if rest != 0 || below(whole) {
        *flags |= status::INEXACT;
        if context.rounding.rounds_up(negative, half, || (kept % 10) as u8) {
            kept += 1;
            if kept == POW10_WIDE[context.prec as usize] {
                return Some(Number::small(negative, kept / 10, exponent + excess + 1));
            }
        }
    }
    Some(Number::small(negative, kept, exponent + excess))
}

/// The three limbs of a coefficient below 10^38.
#[inline(always)]
fn split_three(number: u128) -> [u128; 3] {
    let (high, low) = split_wide(number);
    let (top, middle) = split_wide(high);
    [low as u128, middle as u128, top]
}

/// `a * b + c`, rounded once.
pub fn fma(a: View, b: View, c: View, context: &Context, flags: &mut u32) -> Number {
    if a.is_nan() || b.is_nan() {
        // A signaling NaN comes first, wherever it stands.
        let only_third = c.kind == Kind::Signaling && a.kind != Kind::Signaling && b.kind != Kind::Signaling;
        let (a, b) = if only_third { (c, c) } else { (a, b) };
        if let Some(nan) = propagate(a, b, context, flags) {
            return nan;
        }
    }
    if a.is_finite() && b.is_finite() {
        let exact = Number::finite(a.negative != b.negative, product(a.digits, b.digits), a.exponent + b.exponent);
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
