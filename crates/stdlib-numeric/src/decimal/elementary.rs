//! Exponential function and logarithms of numbers, correctly rounded: they are worked out with some digits more than are
//! asked for, and again with more of them as long as the error could change a digit of the result.

use super::context::{Context, MAX_DIGITS, Rounding, status};
use super::fixed::{self, Constants};
use super::limbs::{self, LIMB_DIGITS, POW10};
use super::number::{Coefficient, Digits, Number, View};
use super::round::{finish, invalid, out_of_memory, propagate};

/// An inexact value: an int in units of 10^exponent that is less than `error` units off.
struct Approximation {
    negative: bool,
    value: Vec<u64>,
    error: u64,
    exponent: i64,
}

/// Rounds the values of ever more places until the error does not matter.
fn rounded(
    context: &Context,
    flags: &mut u32,
    mut places: usize,
    mut approximate: impl FnMut(usize) -> Approximation,
) -> Number {
    loop {
        let Approximation { negative, value, error, exponent } = approximate(places);
        if limbs::cmp(&value, &[error]).is_gt() {
            let number = |value| Number::finite(negative, Coefficient::from_limbs(value), exponent);
            let low = finish(number(limbs::sub(&value, &[error])), context, &mut 0);
            if low == finish(number(limbs::add(&value, &[error])), context, &mut 0) {
                // What is signaled follows from the value to three digits more.
                let near = finish(number(value), &Context::unlimited(context.prec + 3), &mut 0);
                *flags |= status::INEXACT | status::ROUNDED;
                if near.view().adjusted() < context.emin {
                    *flags |= status::UNDERFLOW;
                }
                finish(near, context, flags);
                return low;
            }
        }
        places += 1 + places / 4;
    }
}

/// Places for a precision and some digits that will be lost.
fn places_for(context: &Context, lost: i64) -> usize {
    ((context.prec + lost + 6) as u64).div_ceil(LIMB_DIGITS) as usize
}

fn half_even(context: &Context) -> Context {
    Context { rounding: Rounding::HalfEven, ..*context }
}

/// e to the power of a number.
pub fn exp(a: View, context: &Context, flags: &mut u32, constants: &Constants) -> Number {
    let context = &half_even(context);
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        return if a.negative { Number::small(false, 0, 0) } else { Number::infinity(false) };
    }
    if a.digits.is_zero() {
        return Number::small(false, 1, 0);
    }
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    let size = a.adjusted();
    if size >= 19 {
        // Beyond all exponents.
        let exponent = if a.negative { -4 } else { 4 } * 1_000_000_000_000_000_000;
        return finish(Number::small(false, 1, exponent), context, flags);
    }
    let coefficient = a.digits.to_limbs();
    rounded(context, flags, places_for(context, 2), |places| {
        // x = k ln 10 + r; the whole multiple takes up to two limbs.
        let inner = places + 2;
        let x = if size < -(inner as i64 * LIMB_DIGITS as i64) {
            Vec::new()
        } else {
            fixed::from_scaled(&coefficient, a.exponent, inner)
        };
        let ln_10 = constants.ln_10(inner);
        let mut multiple = limbs::to_u128(&fixed::quotient(&x, &ln_10, 0)).unwrap_or(0) as i64;
        let taken = |multiple: i64| super::multiply::mul(&limbs::from_u128(multiple as u128), &ln_10);
        let rest = if a.negative {
            multiple += 1;
            limbs::sub(&taken(multiple), &x)
        } else {
            limbs::sub(&x, &taken(multiple))
        };
        let multiple = if a.negative { -multiple } else { multiple };
        let rest = limbs::shift_right(&rest, 2 * LIMB_DIGITS);
        Approximation {
            negative: false,
            value: fixed::exp(&rest, places),
            error: 300,
            exponent: multiple - places as i64 * LIMB_DIGITS as i64,
        }
    })
}

/// A positive number as mantissa from 1 to 10 in fixed places, rounded down.
fn mantissa(a: View, places: usize) -> Vec<u64> {
    fixed::from_scaled(&a.digits.to_limbs(), 1 - a.digits.count(), places)
}

/// Where a positive number lies near 1: the number of zeros between the point and the distance.
fn nearness(a: View) -> Option<i64> {
    let size = a.adjusted();
    if !(-1..=0).contains(&size) {
        return None;
    }
    let distance = distance_from_one(a);
    let zeros = -1 - (a.exponent + limbs::digits(&distance) as i64 - 1);
    (zeros >= 3).then_some(zeros)
}

/// |a - 1| in units of the last digit of a number that is about 1.
fn distance_from_one(a: View) -> Vec<u64> {
    let coefficient = a.digits.to_limbs();
    if a.exponent >= 0 {
        return Vec::new();
    }
    let one = limbs::pow10(a.exponent.unsigned_abs());
    if limbs::cmp(&coefficient, &one).is_lt() { limbs::sub(&one, &coefficient) } else { limbs::sub(&coefficient, &one) }
}

/// The natural logarithm of a positive number that is not 1.
fn approximate_ln(a: View, near: Option<i64>, places: usize, constants: &Constants) -> Approximation {
    let error = 1000 + 10 * places as u64;
    let exponent = -(places as i64 * LIMB_DIGITS as i64);
    let size = a.adjusted();
    if near.is_some() {
        let below = size < 0;
        let distance = fixed::from_scaled(&distance_from_one(a), a.exponent, places);
        let value = fixed::ln_near_one(&distance, below, places);
        return Approximation { negative: below, value, error, exponent };
    }
    let ln_mantissa = fixed::ln(&mantissa(a, places), places);
    // The exponent times ln 10 loses as many digits as it has: two limbs more hold them.
    let ln_10 = constants.ln_10(places + 2);
    let multiple = super::multiply::mul(&limbs::from_u128(size.unsigned_abs() as u128), &ln_10);
    let multiple = limbs::shift_right(&multiple, 2 * LIMB_DIGITS);
    let (negative, value) = if size >= 0 {
        (false, limbs::add(&multiple, &ln_mantissa))
    } else {
        (true, limbs::sub(&multiple, &ln_mantissa))
    };
    Approximation { negative, value, error, exponent }
}

/// What logarithms of special numbers, zero and negative numbers are.
fn special_logarithm(a: View, context: &Context, flags: &mut u32) -> Option<Number> {
    if let Some(nan) = propagate(a, a, context, flags) {
        return Some(nan);
    }
    if a.is_zero() {
        return Some(Number::infinity(true));
    }
    if a.negative {
        return Some(invalid(flags));
    }
    a.is_infinite().then(|| Number::infinity(false))
}

/// The exponent of a number that is a power of ten.
fn power_of_ten(a: View) -> Option<i64> {
    let is_power = match a.digits {
        Digits::Small(small) => limbs::POW10_WIDE[limbs::digits_u128(small) as usize - 1] == small,
        Digits::Large(long) => {
            let (top, rest) = (long[long.len() - 1], &long[..long.len() - 1]);
            POW10[limbs::digits_u64(top) as usize - 1] == top && rest.iter().all(|limb| *limb == 0)
        }
    };
    is_power.then(|| a.adjusted())
}

/// The natural logarithm.
pub fn ln(a: View, context: &Context, flags: &mut u32, constants: &Constants) -> Number {
    let context = &half_even(context);
    if let Some(special) = special_logarithm(a, context, flags) {
        return special;
    }
    if power_of_ten(a) == Some(0) {
        return Number::small(false, 0, 0);
    }
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    let near = nearness(a);
    rounded(context, flags, places_for(context, near.unwrap_or(3)), |places| approximate_ln(a, near, places, constants))
}

/// The logarithm to base ten.
pub fn log10(a: View, context: &Context, flags: &mut u32, constants: &Constants) -> Number {
    let context = &half_even(context);
    if let Some(special) = special_logarithm(a, context, flags) {
        return special;
    }
    if let Some(exponent) = power_of_ten(a) {
        return finish(Number::from_i64(exponent), context, flags);
    }
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    let near = nearness(a);
    rounded(context, flags, places_for(context, near.unwrap_or(3) + 1), |places| {
        let unit = -(places as i64 * LIMB_DIGITS as i64);
        if near.is_some() {
            let ln = approximate_ln(a, near, places, constants);
            let value = fixed::quotient(&ln.value, &constants.ln_10(places), places);
            return Approximation { value, error: ln.error + 2, ..ln };
        }
        // The exponent is exact; the logarithm of the mantissa lies between 0 and 1.
        let ln_mantissa = fixed::ln(&mantissa(a, places), places);
        let part = fixed::quotient(&ln_mantissa, &constants.ln_10(places), places);
        let size = a.adjusted();
        let whole = limbs::shift_left(&limbs::from_u128(size.unsigned_abs() as u128), unit.unsigned_abs());
        let (negative, value) =
            if size >= 0 { (false, limbs::add(&whole, &part)) } else { (true, limbs::sub(&whole, &part)) };
        Approximation { negative, value, error: 1002 + 10 * places as u64, exponent: unit }
    })
}
