//! Quotients, remainders and square roots of numbers.

use super::context::{Context, MAX_DIGITS, Rounding, status};
use super::divide::{div_rem, div_rem_u128, div_rem_wide, mul_wide, sqrt as sqrt_limbs};
use super::limbs::{self, POW10_WIDE, digits_u128};
use super::multiply::square;
use super::number::{Coefficient, Digits, Kind, Number, View};
use super::round::{finish, increment, invalid, out_of_memory, propagate};

/// The quotient.
pub fn div(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    let negative = a.negative != b.negative;
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = propagate(a, b, context, flags) {
            return nan;
        }
        if a.is_infinite() {
            return if b.is_infinite() { invalid(flags) } else { Number::infinity(negative) };
        }
        *flags |= status::CLAMPED;
        return Number::small(negative, 0, context.etiny());
    }
    if b.digits.is_zero() {
        return divide_by_zero(a, negative, flags);
    }
    let ideal = a.exponent - b.exponent;
    if a.digits.is_zero() {
        return finish(Number::small(negative, 0, ideal), context, flags);
    }
    if let (Digits::Small(x), Digits::Small(y)) = (a.digits, b.digits)
        && let Some((quotient, shift, exact)) = divide_small(x, y, context.prec)
    {
        let mut number = Number::small(negative, quotient, ideal - shift);
        if exact {
            strip_zeros(&mut number, ideal);
        }
        return finish(number, context, flags);
    }
    divide_long(a, b, negative, ideal, context, flags)
}

#[cold]
fn divide_by_zero(a: View, negative: bool, flags: &mut u32) -> Number {
    if a.is_zero() {
        *flags |= status::DIVISION_UNDEFINED;
        return Number::nan();
    }
    *flags |= status::DIVISION_BY_ZERO;
    Number::infinity(negative)
}

/// `x * 10^shift / y` with at least one digit more than the precision, the shift, and whether it is exact. Where it is not,
/// the last digit is made one that rounds like all that follow. None where that needs more than 128 bits.
fn divide_small(x: u128, y: u128, prec: i64) -> Option<(u128, i64, bool)> {
    if prec > 36 {
        return None;
    }
    if y >= POW10_WIDE[19] {
        return divide_wide(x, y, prec);
    }
    let (mut quotient, mut rest) = div_rem_u128(x, y);
    let mut shift = 0;
    // Remainders are below 10^19: 19 more digits at a time stay below 10^38.
    while rest != 0 {
        let missing = prec + 1 - if quotient == 0 { 0 } else { digits_u128(quotient) as i64 };
        if missing <= 0 {
            break;
        }
        let step = missing.min(19);
        let (more, left) = div_rem_u128(rest * POW10_WIDE[step as usize], y);
        quotient = quotient * POW10_WIDE[step as usize] + more;
        rest = left;
        shift += step;
    }
    let exact = rest == 0;
    if !exact && matches!((quotient % 10) as u8, 0 | 5) {
        quotient += 1;
    }
    Some((quotient, shift, exact))
}

/// The same for a divisor of more than 64 bits.
fn divide_wide(x: u128, y: u128, prec: i64) -> Option<(u128, i64, bool)> {
    let shift = digits_u128(y) as i64 - digits_u128(x) as i64 + prec + 1;
    if !(0..=38).contains(&shift) {
        return None;
    }
    let (high, low) = mul_wide(x, POW10_WIDE[shift as usize]);
    if high >= y {
        return None;
    }
    let (mut quotient, rest) = div_rem_wide(high, low, y);
    if rest != 0 && matches!((quotient % 10) as u8, 0 | 5) {
        quotient += 1;
    }
    Some((quotient, shift, rest == 0))
}

/// Takes zeros off the end of a coefficient until the exponent is the ideal one.
fn strip_zeros(number: &mut Number, ideal: i64) {
    if number.exponent >= ideal {
        return;
    }
    let digits = number.coefficient.view();
    let zeros = digits.trailing_zeros().min(ideal - number.exponent);
    if zeros > 0 {
        number.coefficient = super::round::shift_right(digits, zeros, false, Rounding::Down).0;
        number.exponent += zeros;
    }
}

#[inline(never)]
fn divide_long(a: View, b: View, negative: bool, ideal: i64, context: &Context, flags: &mut u32) -> Number {
    let shift = b.digits.count() - a.digits.count() + context.prec + 1;
    if shift.unsigned_abs() > MAX_DIGITS.min(1 << 24) {
        // Inexact quotients fill the precision, exact ones have at most so many digits: a divisor of n digits, freed of
        // common factors, divides a power of ten below 10^(3.4 n).
        let exact = 4 * b.digits.count();
        if shift > exact {
            let (quotient, rest) = scaled_quotient(a, b, exact);
            if rest.is_empty() {
                let mut number = Number::finite(negative, Coefficient::from_limbs(quotient), ideal - exact);
                strip_zeros(&mut number, ideal);
                return finish(number, context, flags);
            }
            if shift as u64 > MAX_DIGITS {
                return out_of_memory(flags);
            }
        }
    }
    divide_shifted(a, b, negative, ideal, shift, context, flags)
}

/// Quotient and remainder of `a * 10^shift / b`; where the shift is negative, of `a / (b * 10^-shift)`.
fn scaled_quotient(a: View, b: View, shift: i64) -> (Vec<u64>, Vec<u64>) {
    let (x, y) = (a.digits.to_limbs(), b.digits.to_limbs());
    if shift >= 0 {
        div_rem(&limbs::shift_left(&x, shift as u64), &y)
    } else {
        div_rem(&x, &limbs::shift_left(&y, -shift as u64))
    }
}

fn divide_shifted(
    a: View,
    b: View,
    negative: bool,
    ideal: i64,
    shift: i64,
    context: &Context,
    flags: &mut u32,
) -> Number {
    let (quotient, rest) = scaled_quotient(a, b, shift);
    let exact = rest.is_empty();
    let quotient = if exact { quotient } else { sticky(quotient) };
    let mut number = Number::finite(negative, Coefficient::from_limbs(quotient), ideal - shift);
    if exact {
        strip_zeros(&mut number, ideal);
    }
    finish(number, context, flags)
}

/// Quotient and remainder of ints, the remainder with the exponent it has; None where the quotient has more digits than
/// the precision. Both are finite, the divisor is not zero.
fn int_parts(a: View, b: View, context: &Context) -> Option<(Coefficient, Coefficient, i64)> {
    let ideal = a.exponent.min(b.exponent);
    let distance = a.adjusted() - b.adjusted();
    if a.digits.is_zero() {
        return Some((Coefficient::ZERO, Coefficient::ZERO, ideal));
    }
    if distance < -1 {
        return Some((Coefficient::ZERO, a.digits.shifted((a.exponent - ideal) as u64), ideal));
    }
    if distance > context.prec {
        return None;
    }
    let x = a.digits.shifted((a.exponent - ideal) as u64);
    let y = b.digits.shifted((b.exponent - ideal) as u64);
    let (quotient, rest) = match (x.view(), y.view()) {
        (Digits::Small(x), Digits::Small(y)) => {
            let (quotient, rest) = div_rem_u128(x, y);
            (Coefficient::Small(quotient), Coefficient::Small(rest))
        }
        (x, y) => {
            let (quotient, rest) = div_rem(&x.to_limbs(), &y.to_limbs());
            (Coefficient::from_limbs(quotient), Coefficient::from_limbs(rest))
        }
    };
    if quotient != Coefficient::ZERO && quotient.view().count() > context.prec {
        return None;
    }
    Some((quotient, rest, ideal))
}

#[cold]
fn impossible(flags: &mut u32) -> Number {
    *flags |= status::DIVISION_IMPOSSIBLE;
    Number::nan()
}

/// Would the operands of an int division have to be spelled out in more digits than memory holds?
fn is_too_long(a: View, b: View, context: &Context) -> bool {
    let distance = a.adjusted() - b.adjusted();
    !a.digits.is_zero() && distance >= -1 && distance <= context.prec && a.exponent.abs_diff(b.exponent) > MAX_DIGITS
}

/// The quotient without fraction.
pub fn div_int(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    let negative = a.negative != b.negative;
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        return if b.is_infinite() { invalid(flags) } else { Number::infinity(negative) };
    }
    if b.is_infinite() {
        return Number::small(negative, 0, 0);
    }
    if b.digits.is_zero() {
        return divide_by_zero(a, negative, flags);
    }
    if is_too_long(a, b, context) {
        return out_of_memory(flags);
    }
    match int_parts(a, b, context) {
        Some((quotient, _, _)) => finish(Number::finite(negative, quotient, 0), context, flags),
        None => impossible(flags),
    }
}

/// The remainder, with the sign of the dividend.
pub fn rem(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        return invalid(flags);
    }
    if b.is_infinite() {
        return finish(a.to_number(), context, flags);
    }
    if b.digits.is_zero() {
        *flags |= if a.is_zero() { status::DIVISION_UNDEFINED } else { status::INVALID_OPERATION };
        return Number::nan();
    }
    if is_too_long(a, b, context) {
        return out_of_memory(flags);
    }
    match int_parts(a, b, context) {
        Some((_, rest, exponent)) => finish(Number::finite(a.negative, rest, exponent), context, flags),
        None => impossible(flags),
    }
}

/// Quotient without fraction, and remainder.
pub fn divmod(a: View, b: View, context: &Context, flags: &mut u32) -> (Number, Number) {
    let negative = a.negative != b.negative;
    if let Some(nan) = propagate(a, b, context, flags) {
        return (nan.clone(), nan);
    }
    if a.is_infinite() {
        let quotient = if b.is_infinite() { Number::nan() } else { Number::infinity(negative) };
        return (quotient, invalid(flags));
    }
    if b.is_infinite() {
        return (Number::small(negative, 0, 0), finish(a.to_number(), context, flags));
    }
    if b.digits.is_zero() {
        if a.is_zero() {
            *flags |= status::DIVISION_UNDEFINED;
            return (Number::nan(), Number::nan());
        }
        *flags |= status::DIVISION_BY_ZERO | status::INVALID_OPERATION;
        return (Number::infinity(negative), Number::nan());
    }
    if is_too_long(a, b, context) {
        return (out_of_memory(flags), Number::nan());
    }
    match int_parts(a, b, context) {
        Some((quotient, rest, exponent)) => (
            finish(Number::finite(negative, quotient, 0), context, flags),
            finish(Number::finite(a.negative, rest, exponent), context, flags),
        ),
        None => (impossible(flags), Number::nan()),
    }
}

/// `a - n * b` for the int n nearest to the quotient, the even one of two.
pub fn rem_near(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        return invalid(flags);
    }
    if b.is_infinite() {
        return finish(a.to_number(), context, flags);
    }
    if b.digits.is_zero() {
        *flags |= if a.is_zero() { status::DIVISION_UNDEFINED } else { status::INVALID_OPERATION };
        return Number::nan();
    }
    if is_too_long(a, b, context) {
        return out_of_memory(flags);
    }
    let Some((quotient, rest, exponent)) = int_parts(a, b, context) else { return impossible(flags) };
    if rest == Coefficient::ZERO || a.adjusted() - b.adjusted() < -1 {
        return finish(Number::finite(a.negative, rest, exponent), context, flags);
    }
    let divisor = b.digits.shifted((b.exponent - exponent) as u64);
    let (quotient, rest, divisor) = (quotient.into_limbs(), rest.into_limbs(), divisor.into_limbs());
    let twice = limbs::add(&rest, &rest);
    let ordering = limbs::cmp(&twice, &divisor);
    let odd = quotient.first().is_some_and(|limb| limb & 1 != 0);
    if ordering.is_lt() || ordering.is_eq() && !odd {
        return finish(Number::finite(a.negative, Coefficient::from_limbs(rest), exponent), context, flags);
    }
    let quotient = limbs::add(&quotient, &[1]);
    if limbs::digits(&quotient) as i64 > context.prec {
        return impossible(flags);
    }
    let rest = Coefficient::from_limbs(limbs::sub(&divisor, &rest));
    finish(Number::finite(!a.negative, rest, exponent), context, flags)
}

/// The square root, always rounded to the nearer or even one.
pub fn sqrt(a: View, context: &Context, flags: &mut u32) -> Number {
    let context = &Context { rounding: Rounding::HalfEven, ..*context };
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    if a.is_zero() {
        return finish(Number::small(a.negative, 0, a.exponent.div_euclid(2)), context, flags);
    }
    if a.negative {
        return invalid(flags);
    }
    if a.kind == Kind::Infinite {
        return Number::infinity(false);
    }
    let ideal = a.exponent.div_euclid(2);
    let number = a.digits.shifted(a.exponent.rem_euclid(2) as u64).into_limbs();
    let shift = context.prec + 1 - (limbs::digits(&number) as i64 + 1) / 2;
    if shift >= 0 {
        // The root is either exact with the digits there are, or irrational.
        let root = sqrt_limbs(&number);
        if square(&root) == number {
            return finish(Number::finite(false, Coefficient::from_limbs(root), ideal), context, flags);
        }
        if shift as u64 > MAX_DIGITS {
            return out_of_memory(flags);
        }
        let root = sticky(sqrt_limbs(&limbs::shift_left(&number, 2 * shift as u64)));
        return finish(Number::finite(false, Coefficient::from_limbs(root), ideal - shift), context, flags);
    }
    let cut = (-2 * shift) as u64;
    let scaled = limbs::shift_right(&number, cut);
    let root = sqrt_limbs(&scaled);
    let root = if limbs::ends_with_zeros(&number, cut) && square(&root) == scaled {
        // The zeros down to the ideal exponent belong to the result until it is rounded.
        limbs::shift_left(&root, -shift as u64)
    } else {
        limbs::shift_left(&sticky(root), -shift as u64)
    };
    finish(Number::finite(false, Coefficient::from_limbs(root), ideal), context, flags)
}

/// An inexact result whose last digit is to be rounded away: made one that rounds as if all digits followed.
fn sticky(mut number: Vec<u64>) -> Vec<u64> {
    if number.first().is_none_or(|limb| limb % 5 == 0) {
        increment(&mut number);
    }
    number
}
