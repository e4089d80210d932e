//! Powers.

use super::arith::mul;
use super::context::{Context, MAX_DIGITS, Rounding, status};
use super::divide::div_rem;
use super::elementary::{exp, ln};
use super::fixed::Constants;
use super::limbs;
use super::number::{Coefficient, Number, View};
use super::quotient::div;
use super::round::{finish, invalid, out_of_memory, propagate};
use std::cmp::Ordering;

/// `base ** exponent`
pub fn pow(base: View, exponent: View, context: &Context, flags: &mut u32, constants: &Constants) -> Number {
    if let Some(nan) = propagate(base, exponent, context, flags) {
        return nan;
    }
    let is_integer = exponent.is_integer();
    let negative = base.negative && is_integer && exponent.is_odd_integer();
    if exponent.is_zero() {
        return if base.is_zero() { invalid(flags) } else { Number::small(false, 1, 0) };
    }
    if base.negative && !base.is_zero() && !is_integer && !exponent.is_infinite() {
        return invalid(flags);
    }
    if base.is_zero() {
        return if exponent.negative { Number::infinity(negative) } else { Number::small(negative, 0, 0) };
    }
    if base.is_infinite() {
        if base.negative && !is_integer {
            return invalid(flags);
        }
        return if exponent.negative { Number::small(negative, 0, 0) } else { Number::infinity(negative) };
    }
    if exponent.is_infinite() {
        if base.negative {
            return invalid(flags);
        }
        return match base.compare_magnitudes(View::ONE) {
            Ordering::Equal => one_with_places(context, flags, false),
            Ordering::Greater if exponent.negative => Number::small(false, 0, 0),
            Ordering::Less if !exponent.negative => Number::small(false, 0, 0),
            _ => Number::infinity(false),
        };
    }
    if base.compare_magnitudes(View::ONE).is_eq() {
        return power_of_one(base, exponent, is_integer, negative, context, flags);
    }
    if let Some(result) = out_of_bounds(base, exponent, negative, context, flags) {
        return result;
    }
    if is_integer {
        int_power(base, exponent, negative, context, flags)
    } else {
        real_power(base, exponent, context, flags, constants)
    }
}

/// 1 with as many places as the precision allows; inexact.
fn one_with_places(context: &Context, flags: &mut u32, negative: bool) -> Number {
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    *flags |= status::INEXACT | status::ROUNDED;
    let places = context.prec - 1;
    Number::finite(negative, View::ONE.digits.shifted(places as u64), -places)
}

/// A power of a number whose magnitude is 1.
fn power_of_one(
    base: View,
    exponent: View,
    is_integer: bool,
    negative: bool,
    context: &Context,
    flags: &mut u32,
) -> Number {
    if !is_integer {
        return one_with_places(context, flags, negative);
    }
    // 1.00 ** 3 has six places.
    let places = if exponent.negative {
        0
    } else {
        match exponent.to_i64() {
            Some(times) => times.saturating_mul(-base.exponent),
            None if base.exponent == 0 => 0,
            None => i64::MAX,
        }
    };
    if places > context.prec - 1 {
        if context.prec as u64 > MAX_DIGITS {
            return out_of_memory(flags);
        }
        *flags |= status::ROUNDED;
        let places = context.prec - 1;
        return Number::finite(negative, View::ONE.digits.shifted(places as u64), -places);
    }
    let places = places.max(0);
    if places as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    Number::finite(negative, View::ONE.digits.shifted(places as u64), -places)
}

/// An exponent beyond those of all contexts.
const FAR: i64 = 4_000_000_000_000_000_000;

/// The result where the sizes of the operands alone show that it is too large or too small for the context.
fn out_of_bounds(base: View, exponent: View, negative: bool, context: &Context, flags: &mut u32) -> Option<Number> {
    let grows = base.compare_magnitudes(View::ONE).is_gt() != exponent.negative;
    let (limit, far) = if grows { (context.emax, FAR) } else { (context.etiny(), -FAR) };
    let limit = limbs::digits_u64(limit.unsigned_abs()) as i64;
    if limit >= log_log_bound(base) + exponent.adjusted() {
        return None;
    }
    Some(finish(Number::small(negative, 1, far), context, flags))
}

/// A lower bound of log10 |log10 x|, as an int.
fn log_log_bound(x: View) -> i64 {
    let size = x.adjusted();
    let digits = |number: i64| limbs::digits_u64(number.unsigned_abs()) as i64;
    match size {
        1.. => digits(size) - 1,
        ..=-2 => digits(size + 1) - 1,
        // Near 1 the logarithm is about the distance from it.
        _ => {
            let distance = super::arith::sub(x.with_sign(false), View::ONE, &Context::MAX, &mut 0);
            distance.view().adjusted() - if size == 0 { 2 } else { 1 }
        }
    }
}

/// A power with an int as exponent, by repeated squaring with some digits more than are asked for.
fn int_power(base: View, exponent: View, negative: bool, context: &Context, flags: &mut u32) -> Number {
    let mut work = Context {
        prec: context.prec + exponent.digits.count() + exponent.exponent + 2,
        rounding: Rounding::HalfEven,
        clamp: false,
        ..*context
    };
    let inverse;
    let mut base = base.with_sign(false);
    let mut found = 0;
    if exponent.negative {
        work.prec += 1;
        inverse = div(View::ONE, base, &work, &mut found);
        *flags |= found;
        if found & status::ERRORS != 0 {
            return Number::nan();
        }
        base = inverse.view();
    }
    let times = exponent.digits.shifted(exponent.exponent.max(0) as u64);
    let times = super::round::shift_right(times.view(), -exponent.exponent.min(0), false, Rounding::Down).0;
    let Some(mut bits) = binary(&times) else { return out_of_memory(flags) };
    bits.pop();
    let mut found = 0;
    let mut result = base.to_number();
    while let Some(bit) = bits.pop() {
        result = mul(result.view(), result.view(), &work, &mut found);
        if bit {
            result = mul(result.view(), base, &work, &mut found);
        }
        let view = result.view();
        if !view.is_finite() || view.is_zero() && found & status::CLAMPED != 0 {
            break;
        }
    }
    *flags |= found;
    if result.view().is_infinite() {
        // Where that is asked for, it is rounded to the largest finite number.
        result = Number::small(false, 1, FAR);
    }
    finish(result.with_sign(negative), context, flags)
}

/// The bits of an int, the lowest first, up to the highest set one.
fn binary(number: &Coefficient) -> Option<Vec<bool>> {
    if let Coefficient::Small(small) = number {
        return Some((0..128 - small.leading_zeros()).map(|bit| small >> bit & 1 != 0).collect());
    }
    if number.view().count() > 100_000 {
        return None;
    }
    let mut rest = number.clone().into_limbs();
    let mut bits = Vec::new();
    while !rest.is_empty() {
        let word = limbs::div_small(&mut rest, 1 << 32);
        limbs::normalize(&mut rest);
        bits.extend((0..32).map(|bit| word >> bit & 1 != 0));
    }
    while bits.last() == Some(&false) {
        bits.pop();
    }
    Some(bits)
}

/// A power of a positive number: the exponential function of the exponent times the logarithm.
fn real_power(base: View, exponent: View, context: &Context, flags: &mut u32, constants: &Constants) -> Number {
    let prec = context.prec.max(base.digits.count()) + 23;
    if prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    let work = Context::wide(prec);
    let mut ignored = 0;
    let logarithm = ln(base, &work, &mut ignored, constants);
    let product = mul(logarithm.view(), exponent, &work, &mut ignored);
    let mut found = 0;
    let mut result = exp(product.view(), &work, &mut found, constants);
    *flags |= found;
    let view = result.view();
    if view.is_infinite() {
        result = Number::small(false, 1, FAR);
    } else if view.is_finite() && view.compare_values(View::ONE).is_eq() {
        *flags |= status::INEXACT | status::ROUNDED;
        let places = context.prec - 1;
        result = Number::finite(false, View::ONE.digits.shifted(places as u64), -places);
    }
    *flags |= status::INEXACT | status::ROUNDED;
    finish(result, context, flags)
}

/// `base ** exponent % modulus` for ints, exactly.
pub fn pow_mod(base: View, exponent: View, modulus: View, context: &Context, flags: &mut u32) -> Number {
    for (a, b) in [(base, exponent), (modulus, modulus)] {
        if a.kind == super::number::Kind::Signaling || b.kind == super::number::Kind::Signaling {
            return propagate(a, b, context, flags).unwrap_or_else(Number::nan);
        }
    }
    if let Some(nan) = propagate(base, exponent, context, flags).or_else(|| propagate(modulus, modulus, context, flags))
    {
        return nan;
    }
    if !base.is_integer() || !exponent.is_integer() || !modulus.is_integer() || modulus.is_zero() {
        return invalid(flags);
    }
    let is_inverse = exponent.negative && !exponent.is_zero();
    if is_inverse || modulus.adjusted() >= context.prec || base.is_zero() && exponent.is_zero() {
        return invalid(flags);
    }
    let negative = base.negative && exponent.is_odd_integer();
    let spelled = |number: View| {
        let limit = MAX_DIGITS.min(1 << 30) as i64;
        (number.exponent <= limit).then(|| {
            if number.exponent >= 0 {
                number.digits.shifted(number.exponent as u64).into_limbs()
            } else {
                limbs::shift_right(&number.digits.to_limbs(), number.exponent.unsigned_abs())
            }
        })
    };
    let Some(modulus_value) = spelled(modulus) else { return out_of_memory(flags) };
    let reduce = |value: &[u64]| div_rem(value, &modulus_value).1;
    // Factors of ten of base and exponent are powers of their own, so that nothing long is spelled out.
    let power = |mut value: Vec<u64>, bits: Vec<bool>| {
        let mut result = reduce(&[1]);
        for bit in bits {
            if bit {
                result = reduce(&super::multiply::mul(&result, &value));
            }
            value = reduce(&super::multiply::square(&value));
        }
        result
    };
    let mut value = reduce(&plain(base));
    if base.exponent > 0 {
        let tens = power(reduce(&[10]), (0..64).map(|bit| base.exponent >> bit & 1 != 0).collect());
        value = reduce(&super::multiply::mul(&value, &tens));
    }
    let Some(bits) = binary(&Coefficient::from_limbs(plain(exponent))) else { return out_of_memory(flags) };
    let mut result = power(value, bits);
    for _ in 0..exponent.exponent.max(0) {
        result = power(result, vec![false, true, false, true]);
    }
    Number::finite(negative, Coefficient::from_limbs(result), 0)
}

/// The coefficient of an int, without the fraction's zeros.
fn plain(number: View) -> Vec<u64> {
    if number.exponent >= 0 {
        number.digits.to_limbs().into_owned()
    } else {
        limbs::shift_right(&number.digits.to_limbs(), number.exponent.unsigned_abs())
    }
}
