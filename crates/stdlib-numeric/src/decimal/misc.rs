//! Exponents and digits: quantize, integral values, normalize, scale, shift, rotate, digit-wise logic.

use super::context::{Context, MAX_DIGITS, Rounding, status};
use super::limbs::{self, LIMB_DIGITS, POW10};
use super::number::{Coefficient, Digits, Kind, Number, View};
use super::round::{finish, invalid, out_of_memory, propagate, shift_right};

/// `a` with the exponent of `b`.
pub fn quantize(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = propagate(a, b, context, flags) {
            return nan;
        }
        if a.is_infinite() && b.is_infinite() {
            return a.to_number();
        }
        return invalid(flags);
    }
    quantize_to(a, b.exponent, context, flags)
}

/// `a`, which is finite, with another exponent.
#[inline]
pub fn quantize_to(a: View, exponent: i64, context: &Context, flags: &mut u32) -> Number {
    if exponent > context.emax || exponent < context.etiny() {
        return invalid(flags);
    }
    if a.digits.is_zero() {
        return finish(Number::small(a.negative, 0, exponent), context, flags);
    }
    let distance = a.exponent - exponent;
    if a.digits.count() + distance > context.prec {
        return invalid(flags);
    }
    let mut found = 0;
    let coefficient = if distance >= 0 {
        if distance as u64 > MAX_DIGITS {
            return out_of_memory(flags);
        }
        a.digits.shifted(distance as u64)
    } else {
        let (rounded, inexact) = shift_right(a.digits, -distance, a.negative, context.rounding);
        found = status::ROUNDED | if inexact { status::INEXACT } else { 0 };
        rounded
    };
    let result = Number::finite(a.negative, coefficient, exponent);
    let view = result.view();
    if view.digits.count() > context.prec || view.adjusted() > context.emax {
        return invalid(flags);
    }
    *flags |= found;
    finish(result, context, flags)
}

/// The nearest int in the direction of a rounding. Inexact and Rounded are signaled where that is `exact`.
pub fn to_integral(a: View, rounding: Rounding, exact: bool, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    if a.is_infinite() || a.exponent >= 0 {
        return a.to_number();
    }
    if a.digits.is_zero() {
        return Number::small(a.negative, 0, 0);
    }
    let (rounded, inexact) = shift_right(a.digits, -a.exponent, a.negative, rounding);
    if exact {
        *flags |= status::ROUNDED | if inexact { status::INEXACT } else { 0 };
    }
    Number::finite(a.negative, rounded, 0)
}

/// Rounded, and without zeros at the end.
pub fn normalize(a: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    let mut number = finish(a.to_number(), context, flags);
    if number.kind != Kind::Finite {
        return number;
    }
    let digits = number.coefficient.view();
    if digits.is_zero() {
        return Number::small(number.negative, 0, 0);
    }
    let limit = if context.clamp { context.etop() } else { context.emax };
    let zeros = digits.trailing_zeros().min(limit - number.exponent);
    if zeros > 0 {
        number.coefficient = shift_right(digits, zeros, false, Rounding::Down).0;
        number.exponent += zeros;
    }
    number
}

/// The exponent of the first digit.
pub fn logb(a: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        return Number::infinity(false);
    }
    if a.digits.is_zero() {
        *flags |= status::DIVISION_BY_ZERO;
        return Number::infinity(true);
    }
    finish(Number::from_i64(a.adjusted()), context, flags)
}

/// `a * 10^b`
pub fn scaleb(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    let limit = 2 * (context.emax + context.prec);
    let Some(shift) = (if b.exponent == 0 { b.to_i64() } else { None }) else { return invalid(flags) };
    if !(-limit..=limit).contains(&shift) {
        return invalid(flags);
    }
    if a.is_infinite() {
        return a.to_number();
    }
    finish(Number { exponent: a.exponent + shift, ..a.to_number() }, context, flags)
}

/// The number of places of a shift or rotation.
fn places(b: View, context: &Context) -> Option<i64> {
    let places = if b.exponent == 0 && b.is_finite() { b.to_i64()? } else { return None };
    (-context.prec..=context.prec).contains(&places).then_some(places)
}

/// The coefficient without digits before the precision.
fn within(digits: Digits, prec: i64) -> Coefficient {
    if digits.count() <= prec {
        return digits.to_owned();
    }
    match digits {
        Digits::Small(small) => Coefficient::Small(small % limbs::POW10_WIDE[prec as usize]),
        Digits::Large(long) => Coefficient::from_limbs(limbs::low_digits(long, prec as u64)),
    }
}

/// The digits shifted by `b` places, to the left where that is positive.
pub fn shift(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    let Some(places) = places(b, context) else { return invalid(flags) };
    if a.is_infinite() {
        return a.to_number();
    }
    let coefficient = if places >= 0 {
        let kept = within(a.digits, context.prec - places);
        if kept.view().is_zero() || places == context.prec {
            Coefficient::ZERO
        } else if places as u64 > MAX_DIGITS {
            return out_of_memory(flags);
        } else {
            kept.view().shifted(places as u64)
        }
    } else {
        let kept = within(a.digits, context.prec);
        shift_right(kept.view(), -places, false, Rounding::Down).0
    };
    Number::finite(a.negative, coefficient, a.exponent)
}

/// The digits rotated by `b` places, to the left where that is positive.
pub fn rotate(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    let Some(places) = places(b, context) else { return invalid(flags) };
    if a.is_infinite() {
        return a.to_number();
    }
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    let places = places.rem_euclid(context.prec) as u64;
    let digits = within(a.digits, context.prec).into_limbs();
    let stay = context.prec as u64 - places;
    let up = limbs::shift_left(&limbs::low_digits(&digits, stay), places);
    let down = limbs::shift_right(&digits, stay);
    Number::finite(a.negative, Coefficient::from_limbs(limbs::add(&up, &down)), a.exponent)
}

/// An operation on the digits of logical operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Logic {
    And,
    Or,
    Xor,
}

/// The digits of a logical operand, the lowest first, without those before the precision; None where it is none.
fn logical_digits(a: View, context: &Context) -> Option<Vec<u8>> {
    if a.negative || a.exponent != 0 || !a.is_finite() {
        return None;
    }
    let mut digits = Vec::new();
    a.digits.push_text(&mut digits);
    digits.reverse();
    if !digits.iter().all(|digit| matches!(digit, b'0' | b'1')) {
        return None;
    }
    digits.truncate(usize::try_from(context.prec).unwrap_or(usize::MAX));
    Some(digits)
}

fn from_logical(mut digits: Vec<u8>) -> Number {
    digits.reverse();
    Number::finite(false, Coefficient::from_limbs(limbs::from_digits(&digits)), 0)
}

/// `a and b`, `a or b`, `a xor b`, digit by digit.
pub fn logical(a: View, b: View, logic: Logic, context: &Context, flags: &mut u32) -> Number {
    let (Some(x), Some(y)) = (logical_digits(a, context), logical_digits(b, context)) else {
        return invalid(flags);
    };
    let (mut long, short) = if x.len() < y.len() { (y, x) } else { (x, y) };
    for (index, digit) in long.iter_mut().enumerate() {
        let other = short.get(index).copied().unwrap_or(b'0');
        let (p, q) = (*digit - b'0', other - b'0');
        *digit = b'0'
            + match logic {
                Logic::And => p & q,
                Logic::Or => p | q,
                Logic::Xor => p ^ q,
            };
    }
    from_logical(long)
}

/// All digits of the precision inverted.
pub fn logical_invert(a: View, context: &Context, flags: &mut u32) -> Number {
    let Some(mut digits) = logical_digits(a, context) else { return invalid(flags) };
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    digits.resize(context.prec as usize, b'0');
    for digit in &mut digits {
        *digit ^= 1;
    }
    from_logical(digits)
}

/// Is the number normal: finite, not zero, its first digit not below `emin`?
pub fn is_normal(a: View, context: &Context) -> bool {
    a.is_finite() && !a.digits.is_zero() && a.adjusted() >= context.emin
}

/// Is the number subnormal: finite, not zero, its first digit below `emin`?
pub fn is_subnormal(a: View, context: &Context) -> bool {
    a.is_finite() && !a.digits.is_zero() && a.adjusted() < context.emin
}

/// The name of a number's class.
pub fn class_name(a: View, context: &Context) -> &'static str {
    match (a.kind, a.negative) {
        (Kind::Signaling, _) => "sNaN",
        (Kind::Quiet, _) => "NaN",
        (Kind::Infinite, false) => "+Infinity",
        (Kind::Infinite, true) => "-Infinity",
        (Kind::Finite, false) if a.digits.is_zero() => "+Zero",
        (Kind::Finite, true) if a.digits.is_zero() => "-Zero",
        (Kind::Finite, false) if a.adjusted() < context.emin => "+Subnormal",
        (Kind::Finite, true) if a.adjusted() < context.emin => "-Subnormal",
        (Kind::Finite, false) => "+Normal",
        (Kind::Finite, true) => "-Normal",
    }
}

/// Have both the same exponent, or are both infinite or NaN?
pub fn same_quantum(a: View, b: View) -> bool {
    match (a.kind, b.kind) {
        (Kind::Finite, Kind::Finite) => a.exponent == b.exponent,
        (Kind::Infinite, Kind::Infinite) => true,
        _ => a.is_nan() && b.is_nan(),
    }
}

/// The number modulo 2^61 - 1, the prime by which Python hashes numbers. The exponent is that of a finite number.
pub fn residue(a: View) -> u64 {
    const PRIME: u64 = (1 << 61) - 1;
    let reduce = |number: u128| (number % PRIME as u128) as u64;
    let times = |a: u64, b: u64| {
        let product = a as u128 * b as u128;
        let sum = (product as u64 & PRIME) + (product >> 61) as u64;
        if sum >= PRIME { sum - PRIME } else { sum }
    };
    let mut hash = match a.digits {
        Digits::Small(small) if small >> 64 == 0 => small as u64 % PRIME,
        Digits::Small(small) => reduce(small),
        Digits::Large(long) => {
            let base = POW10[LIMB_DIGITS as usize];
            long.iter().rev().fold(0, |hash, limb| reduce(hash as u128 * base as u128 + *limb as u128))
        }
    };
    // 10 to the power of prime - 1 is 1, so that its inverse is another power.
    const TENTH: u64 = 2_075_258_708_292_324_556;
    let (mut power, mut exponent) =
        if a.exponent >= 0 { (10, a.exponent as u64) } else { (TENTH, a.exponent.unsigned_abs()) };
    exponent %= PRIME - 1;
    while exponent != 0 {
        if exponent & 1 != 0 {
            hash = times(hash, power);
        }
        power = times(power, power);
        exponent >>= 1;
    }
    hash
}
