//! Rounding, and fitting results into a context.

use super::context::{Context, MAX_DIGITS, Rounding, status};
use super::divide::div_rem_pow10;
use super::limbs::{self, POW10, POW10_WIDE};
use super::number::{Coefficient, Digits, Kind, Number, View};
use std::cmp::Ordering;

impl Rounding {
    /// Is a magnitude rounded up? `last` tells the last digit that is kept, `rest` how what is left off compares with one
    /// half; it is not zero.
    #[inline(always)]
    pub fn rounds_up(self, negative: bool, rest: Ordering, last: impl Fn() -> u8) -> bool {
        match self {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::HalfUp => rest.is_ge(),
            Rounding::HalfDown => rest.is_gt(),
            Rounding::HalfEven => rest.is_gt() || rest.is_eq() && last() & 1 != 0,
            Rounding::Up05 => matches!(last(), 0 | 5),
        }
    }
}

/// A coefficient without its last `count` digits, rounded, and whether they were not all zero.
#[inline]
pub fn shift_right(digits: Digits, count: i64, negative: bool, rounding: Rounding) -> (Coefficient, bool) {
    if count <= 0 {
        return (digits.to_owned(), false);
    }
    match digits {
        Digits::Small(small) if count <= 38 => {
            let (quotient, rest) = div_rem_pow10(small, count as u64);
            if rest == 0 {
                return (Coefficient::Small(quotient), false);
            }
            let half = rest.cmp(&(POW10_WIDE[count as usize] / 2));
            let up = rounding.rounds_up(negative, half, || (quotient % 10) as u8);
            (Coefficient::Small(quotient + up as u128), true)
        }
        Digits::Small(0) => (Coefficient::ZERO, false),
        Digits::Small(_) => (Coefficient::Small(rounding.rounds_up(negative, Ordering::Less, || 0) as u128), true),
        Digits::Large(number) => shift_limbs_right(number, count as u64, negative, rounding),
    }
}

fn shift_limbs_right(number: &[u64], count: u64, negative: bool, rounding: Rounding) -> (Coefficient, bool) {
    let mut kept = limbs::shift_right(number, count);
    if limbs::ends_with_zeros(number, count) {
        return (Coefficient::from_limbs(kept), false);
    }
    let half = match limbs::digit_at(number, count - 1) {
        5 if limbs::ends_with_zeros(number, count - 1) => Ordering::Equal,
        5..=9 => Ordering::Greater,
        _ => Ordering::Less,
    };
    if rounding.rounds_up(negative, half, || kept.first().map_or(0, |limb| (limb % 10) as u8)) {
        increment(&mut kept);
    }
    (Coefficient::from_limbs(kept), true)
}

/// Adds one.
pub fn increment(number: &mut Vec<u64>) {
    if number.is_empty() || limbs::add_assign(number, &[1]) {
        number.push(1);
    }
}

/// The largest coefficient of a precision.
fn nines(prec: i64) -> Coefficient {
    if prec <= 38 {
        return Coefficient::Small(POW10_WIDE[prec as usize] - 1);
    }
    let (whole, part) = (prec as u64 / limbs::LIMB_DIGITS, prec as u64 % limbs::LIMB_DIGITS);
    let mut number = vec![limbs::BASE - 1; whole as usize];
    number.push(POW10[part as usize] - 1);
    Coefficient::from_limbs(number)
}

/// The NaN for what cannot be held in memory.
#[cold]
pub fn out_of_memory(flags: &mut u32) -> Number {
    *flags |= status::OUT_OF_MEMORY;
    Number::nan()
}

/// The NaN of an invalid operation.
#[cold]
pub fn invalid(flags: &mut u32) -> Number {
    *flags |= status::INVALID_OPERATION;
    Number::nan()
}

/// A finite number, too large for the context.
#[cold]
fn overflow(number: Number, context: &Context, flags: &mut u32) -> Number {
    *flags |= status::OVERFLOW | status::INEXACT | status::ROUNDED;
    let to_infinity = match context.rounding {
        Rounding::Up | Rounding::HalfUp | Rounding::HalfDown | Rounding::HalfEven => true,
        Rounding::Down | Rounding::Up05 => false,
        Rounding::Ceiling => !number.negative,
        Rounding::Floor => number.negative,
    };
    if to_infinity {
        return Number::infinity(number.negative);
    }
    if context.prec as u64 > MAX_DIGITS {
        return out_of_memory(flags);
    }
    Number::finite(number.negative, nines(context.prec), context.etop())
}

/// Fits an exact result into a context.
#[inline]
pub fn finish(number: Number, context: &Context, flags: &mut u32) -> Number {
    if number.kind == Kind::Finite
        && let Coefficient::Small(small) = number.coefficient
    {
        let count = limbs::digits_u128(small) as i64;
        if count <= context.prec
            && number.exponent >= context.etiny()
            && number.exponent + count - 1 <= context.emax
            && (number.exponent + count > context.emin || small == 0)
            && (!context.clamp || number.exponent <= context.etop())
        {
            return number;
        }
    }
    finish_slow(number, context, flags)
}

#[inline(never)]
fn finish_slow(mut number: Number, context: &Context, flags: &mut u32) -> Number {
    match number.kind {
        Kind::Finite => {}
        Kind::Infinite => return number,
        Kind::Quiet | Kind::Signaling => return fit_diagnostic(number, context),
    }
    let digits = number.coefficient.view();
    let adjusted = number.view().adjusted();
    if adjusted > context.emax {
        if digits.is_zero() {
            number.exponent = if context.clamp { context.etop() } else { context.emax };
            *flags |= status::CLAMPED;
            return number;
        }
        return overflow(number, context, flags);
    }
    if context.clamp && number.exponent > context.etop() {
        let shift = (number.exponent - context.etop()) as u64;
        *flags |= status::CLAMPED;
        if !digits.is_zero() && adjusted < context.emin {
            *flags |= status::SUBNORMAL;
        }
        if shift > MAX_DIGITS && !digits.is_zero() {
            return out_of_memory(flags);
        }
        number.coefficient = digits.shifted(shift);
        number.exponent = context.etop();
    } else if adjusted < context.emin {
        let etiny = context.etiny();
        if digits.is_zero() {
            if number.exponent < etiny {
                number.exponent = etiny;
                *flags |= status::CLAMPED;
            }
            return number;
        }
        *flags |= status::SUBNORMAL;
        if number.exponent < etiny {
            let (rounded, inexact) = shift_right(digits, etiny - number.exponent, number.negative, context.rounding);
            *flags |= status::ROUNDED;
            if inexact {
                *flags |= status::INEXACT | status::UNDERFLOW;
                if rounded == Coefficient::ZERO {
                    *flags |= status::CLAMPED;
                }
            }
            number.coefficient = rounded;
            number.exponent = etiny;
        }
    }
    let excess = number.coefficient.view().count() - context.prec;
    if excess > 0 {
        let (rounded, inexact) = shift_right(number.coefficient.view(), excess, number.negative, context.rounding);
        number.coefficient = rounded;
        number.exponent += excess;
        *flags |= status::ROUNDED;
        if inexact {
            *flags |= status::INEXACT;
            // 99.9 became 100, a digit too long.
            if number.coefficient.view().count() > context.prec {
                number.coefficient = shift_right(number.coefficient.view(), 1, false, Rounding::Down).0;
                number.exponent += 1;
                if number.view().adjusted() > context.emax {
                    return overflow(number, context, flags);
                }
            }
        }
    }
    number
}

/// Cuts the diagnostic of a NaN to what a context holds.
fn fit_diagnostic(mut number: Number, context: &Context) -> Number {
    let room = context.prec - context.clamp as i64;
    let digits = number.coefficient.view();
    if digits.count() > room {
        number.coefficient = match digits {
            Digits::Small(small) => Coefficient::Small(small % POW10_WIDE[room as usize]),
            Digits::Large(long) => Coefficient::from_limbs(limbs::low_digits(long, room as u64)),
        };
    }
    number
}

/// The result of an operation with a NaN among the operands, if there is one: the first signaling one, else the first.
pub fn propagate(a: View, b: View, context: &Context, flags: &mut u32) -> Option<Number> {
    if !a.is_nan() && !b.is_nan() {
        return None;
    }
    let chosen = if a.kind == Kind::Signaling {
        a
    } else if b.kind == Kind::Signaling {
        b
    } else if a.is_nan() {
        a
    } else {
        b
    };
    if chosen.kind == Kind::Signaling {
        *flags |= status::INVALID_OPERATION;
    }
    let quiet = Number { kind: Kind::Quiet, ..chosen.to_number() };
    Some(fit_diagnostic(quiet, context))
}
