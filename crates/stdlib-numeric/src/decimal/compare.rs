//! Comparisons: by value, total order, greatest and least, neighbours.

use super::arith::add;
use super::context::{Context, MAX_DIGITS, MIN_ETINY, Rounding, status};
use super::number::{Kind, Number, View};
use super::round::{finish, out_of_memory, propagate};
use std::cmp::Ordering;

fn ordering_number(ordering: Ordering) -> Number {
    Number::from_i64(ordering as i64)
}

/// -1, 0 or 1, or NaN.
pub fn compare(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    match propagate(a, b, context, flags) {
        Some(nan) => nan,
        None => ordering_number(a.compare_values(b)),
    }
}

/// The same; quiet NaNs are invalid too.
pub fn compare_signal(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if a.is_nan() || b.is_nan() {
        *flags |= status::INVALID_OPERATION;
    }
    compare(a, b, context, flags)
}

/// The order of all representations.
pub fn total_order(a: View, b: View) -> Ordering {
    match (a.negative, b.negative) {
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (true, true) => return total_order_of_magnitudes(a, b).reverse(),
        (false, false) => {}
    }
    total_order_of_magnitudes(a, b)
}

/// The order of all representations but for the sign.
pub fn total_order_of_magnitudes(a: View, b: View) -> Ordering {
    let rank = |number: View| match number.kind {
        Kind::Finite => 0,
        Kind::Infinite => 1,
        Kind::Signaling => 2,
        Kind::Quiet => 3,
    };
    let by_kind = rank(a).cmp(&rank(b));
    if by_kind.is_ne() {
        return by_kind;
    }
    if a.is_nan() {
        return a.digits.compare(b.digits);
    }
    a.compare_magnitudes(b).then_with(|| a.exponent.cmp(&b.exponent))
}

/// What [`extreme`] looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extreme {
    /// The greatest, or the least?
    pub greatest: bool,
    /// By magnitude?
    pub by_magnitude: bool,
}

/// The greatest or the least of two numbers. A number is preferred to a quiet NaN.
pub fn extreme(a: View, b: View, what: Extreme, context: &Context, flags: &mut u32) -> Number {
    match (a.kind, b.kind) {
        (Kind::Quiet, Kind::Finite | Kind::Infinite) => return finish(b.to_number(), context, flags),
        (Kind::Finite | Kind::Infinite, Kind::Quiet) => return finish(a.to_number(), context, flags),
        _ => {}
    }
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    let ordering = if what.by_magnitude { a.compare_magnitudes(b) } else { a.compare_values(b) };
    let ordering = ordering.then_with(|| total_order(a, b));
    let chosen = if ordering.is_gt() == what.greatest { a } else { b };
    finish(chosen.to_number(), context, flags)
}

/// The largest number of a context below a number.
pub fn next_minus(a: View, context: &Context, flags: &mut u32) -> Number {
    neighbour(a, false, context, flags)
}

/// The smallest number of a context above a number.
pub fn next_plus(a: View, context: &Context, flags: &mut u32) -> Number {
    neighbour(a, true, context, flags)
}

fn neighbour(a: View, upwards: bool, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, a, context, flags) {
        return nan;
    }
    if a.is_infinite() {
        if a.negative != upwards {
            return a.to_number();
        }
        if context.prec as u64 > MAX_DIGITS {
            return out_of_memory(flags);
        }
        // Towards zero from infinity: the largest finite number.
        let context = Context { rounding: Rounding::Down, ..*context };
        let beyond = Number::small(a.negative, 1, context.emax + 1);
        return finish(beyond, &context, &mut 0);
    }
    let rounding = if upwards { Rounding::Ceiling } else { Rounding::Floor };
    let context = Context { rounding, ..*context };
    // A number that the context does not hold is rounded that way; one that it holds is moved by less than its last digit.
    let mut ignored = 0;
    let fitted = finish(a.to_number(), &context, &mut ignored);
    if ignored & (status::INEXACT | status::OUT_OF_MEMORY) != 0 {
        *flags |= ignored & status::OUT_OF_MEMORY;
        return fitted;
    }
    let tiny = View::small(!upwards, 1, MIN_ETINY - 1);
    let mut ignored = 0;
    let result = add(a, tiny, &context, &mut ignored);
    *flags |= ignored & status::OUT_OF_MEMORY;
    result
}

/// The number of a context next to `a` in the direction of `b`.
pub fn next_toward(a: View, b: View, context: &Context, flags: &mut u32) -> Number {
    if let Some(nan) = propagate(a, b, context, flags) {
        return nan;
    }
    let result = match a.compare_values(b) {
        Ordering::Equal => return a.with_sign(b.negative).to_number(),
        Ordering::Less => next_plus(a, context, flags),
        Ordering::Greater => next_minus(a, context, flags),
    };
    let view = result.view();
    if view.is_infinite() {
        *flags |= status::OVERFLOW | status::ROUNDED | status::INEXACT;
    } else if view.is_finite() && view.adjusted() < context.emin {
        *flags |= status::UNDERFLOW | status::SUBNORMAL | status::ROUNDED | status::INEXACT;
        if view.is_zero() {
            *flags |= status::CLAMPED;
        }
    }
    result
}
