//! Arithmetic and comparison of ints.

use super::{int_value, to_f64};
use base::number::{TrueDivError, i64_true_div, int_true_div};
use bytecode::CompareOperator;
use dashu_int::ops::{BitTest, DivEuclid, RemEuclid, UnsignedAbs};
use dashu_int::{IBig, UBig};
use object::{Int, R, Raised, Value, Vm};

/// Both operands as ints, or NotImplemented.
macro_rules! operands {
    ($vm:expr, $a:expr, $b:expr) => {
        match ($vm.as_int($a), $vm.as_int($b)) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
}

/// Calls a function with both ints as big ones.
fn with_bigs<T>(a: Int, b: Int, f: impl FnOnce(&IBig, &IBig) -> T) -> T {
    match (a, b) {
        (Int::Big(a), Int::Big(b)) => f(&a.big, &b.big),
        (Int::Big(a), b) => f(&a.big, &b.to_big()),
        (a, Int::Big(b)) => f(&a.to_big(), &b.big),
        (a, b) => f(&a.to_big(), &b.to_big()),
    }
}

/// Number of bits of the absolute value.
pub(super) fn bit_len(int: Int) -> usize {
    match int {
        Int::Small(small) => 64 - small.unsigned_abs().leading_zeros() as usize,
        Int::Big(big) => magnitude_bits(&big.big),
    }
}

/// Number of bits of the absolute value.
pub(super) fn magnitude_bits(big: &IBig) -> usize {
    let (_, words) = big.as_sign_words();
    match words.last() {
        Some(top) => words.len() * 64 - top.leading_zeros() as usize,
        None => 0,
    }
}

/// `a < b` and the like.
pub fn int_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(super::compare_ints(a, b, op))
}

pub(super) fn add(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Ok(vm.int(a + b));
    }
    Ok(vm.big(with_bigs(a, b, |a, b| a + b)))
}

pub(super) fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Ok(vm.int(a - b));
    }
    Ok(vm.big(with_bigs(a, b, |a, b| a - b)))
}

pub(super) fn multiply(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        if let Some(product) = a.checked_mul(b) {
            return Ok(vm.int(product));
        }
        return Ok(vm.big(IBig::from(a as i128 * b as i128)));
    }
    check_bits(vm, (bit_len(a) as u128) + bit_len(b) as u128)?;
    if let (Int::Big(x), Int::Big(y)) = (a, b)
        && x == y
    {
        return Ok(vm.big(IBig::from(x.big.sqr())));
    }
    Ok(vm.big(with_bigs(a, b, |a, b| a * b)))
}

/// MemoryError where an int of so many bits cannot be had.
fn check_bits(vm: &Vm, bits: u128) -> Result<(), Raised> {
    vm.check_size(usize::try_from(bits / 8).ok().and_then(|bytes| bytes.checked_mul(2)))
}

#[cold]
fn division_by_zero(vm: &Vm) -> Raised {
    vm.zero_division_error("division by zero")
}

/// Quotient and rest of small ints, the rest with the sign of the divisor.
#[inline(always)]
fn small_divmod(a: i64, b: i64) -> (i64, i64) {
    let (quotient, rest) = (a / b, a % b);
    if rest != 0 && (rest < 0) != (b < 0) { (quotient - 1, rest + b) } else { (quotient, rest) }
}

/// The same for ints of any size. The divisor is not 0.
pub(crate) fn big_divmod(a: &IBig, b: &IBig) -> (IBig, IBig) {
    let quotient = a.div_euclid(b);
    let rest = IBig::from(a.rem_euclid(b));
    // The Euclidean rest is never negative.
    if !rest.is_zero() && *b < IBig::ZERO { (quotient - IBig::ONE, rest + b) } else { (quotient, rest) }
}

fn divide(vm: &Vm, a: Int, b: Int) -> Result<(Value, Value), Raised> {
    match (a, b) {
        (_, Int::Small(0)) => Err(division_by_zero(vm)),
        (Int::Small(a), Int::Small(b)) => {
            let (quotient, rest) = small_divmod(a, b);
            Ok((vm.int(quotient), vm.int(rest)))
        }
        (a, b) => {
            let (quotient, rest) = with_bigs(a, b, big_divmod);
            let quotient = vm.big(quotient);
            Ok((quotient, vm.big(rest)))
        }
    }
}

pub(super) fn floor_divide(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(divide(vm, a, b)?.0)
}

pub(super) fn remainder(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(divide(vm, a, b)?.1)
}

/// `divmod(a, b)`
pub fn int_divmod(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    let (quotient, rest) = divide(vm, a, b)?;
    Ok(vm.tuple(&[quotient, rest]).value())
}

pub(super) fn true_divide(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return i64_true_div(a, b).map(|quotient| vm.float(quotient)).ok_or_else(|| division_by_zero(vm));
    }
    match with_bigs(a, b, int_true_div) {
        Ok(quotient) => Ok(vm.float(quotient)),
        Err(TrueDivError::DivisionByZero) => Err(division_by_zero(vm)),
        Err(error) => Err(vm.overflow_error(error.message())),
    }
}

pub(super) fn negative(vm: &Vm, this: Value) -> R {
    Ok(match vm.as_int(this) {
        Some(Int::Small(int)) => vm.int(-int),
        Some(Int::Big(big)) => vm.big(-&big.big),
        None => Value::NOT_IMPLEMENTED,
    })
}

pub(super) fn absolute(vm: &Vm, this: Value) -> R {
    Ok(match vm.as_int(this) {
        Some(Int::Small(int)) => vm.int(int.abs()),
        Some(Int::Big(big)) => vm.big(IBig::from((&big.big).unsigned_abs())),
        None => Value::NOT_IMPLEMENTED,
    })
}

pub(super) fn invert(vm: &Vm, this: Value) -> R {
    Ok(match vm.as_int(this) {
        Some(Int::Small(int)) => vm.int(!int),
        Some(Int::Big(big)) => vm.big(!&big.big),
        None => Value::NOT_IMPLEMENTED,
    })
}

pub(super) fn and(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(match (a, b) {
        (Int::Small(a), Int::Small(b)) => vm.int(a & b),
        (a, b) => vm.big(with_bigs(a, b, |a, b| a & b)),
    })
}

pub(super) fn or(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(match (a, b) {
        (Int::Small(a), Int::Small(b)) => vm.int(a | b),
        (a, b) => vm.big(with_bigs(a, b, |a, b| a | b)),
    })
}

pub(super) fn xor(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(match (a, b) {
        (Int::Small(a), Int::Small(b)) => vm.int(a ^ b),
        (a, b) => vm.big(with_bigs(a, b, |a, b| a ^ b)),
    })
}

pub(super) fn lshift(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if b.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    if matches!(a, Int::Small(0)) {
        return Ok(Value::small(0));
    }
    let Some(count) = b.to_i64() else { return Err(vm.overflow_error("too many digits in integer")) };
    if let Int::Small(int) = a
        && count < 62
        && bit_len(a) + (count as usize) < 62
    {
        return Ok(vm.int(int << count));
    }
    check_bits(vm, bit_len(a) as u128 + count as u128)?;
    Ok(vm.big(a.to_big() << count as usize))
}

pub(super) fn rshift(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if b.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    let count = b.to_i64().unwrap_or(i64::MAX) as usize;
    Ok(match a {
        Int::Small(int) => vm.int(int >> count.min(63)),
        Int::Big(big) if count > bit_len(a) => Value::small(if big.big < IBig::ZERO { -1 } else { 0 }),
        Int::Big(big) => vm.big(&big.big >> count),
    })
}

pub(super) fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if !modulus.is_none() {
        return match vm.as_int(modulus) {
            Some(modulus) => power_modulo(vm, a, b, modulus),
            None => Ok(Value::NOT_IMPLEMENTED),
        };
    }
    if b.is_negative() {
        let (base, exponent) = (to_f64(vm, a)?, to_f64(vm, b)?);
        return crate::float::float_power(vm, base, exponent);
    }
    match a {
        Int::Small(0) => return Ok(Value::small(matches!(b, Int::Small(0)) as i64)),
        Int::Small(1) => return Ok(Value::small(1)),
        Int::Small(-1) => return Ok(Value::small(if is_odd(b) { -1 } else { 1 })),
        _ => {}
    }
    let Some(exponent) = b.to_i64() else { return Err(vm.memory_error()) };
    if let Int::Small(base) = a
        && let Ok(exponent) = u32::try_from(exponent)
        && let Some(result) = base.checked_pow(exponent)
    {
        return Ok(vm.int(result));
    }
    // Between (bits - 1) * exponent and bits * exponent.
    check_bits(vm, (bit_len(a) as u128 - 1).max(1) * exponent as u128)?;
    Ok(vm.big(a.to_big().pow(exponent as usize)))
}

fn is_odd(int: Int) -> bool {
    match int {
        Int::Small(int) => int & 1 != 0,
        Int::Big(big) => big.big.as_sign_words().1.first().is_some_and(|word| word & 1 != 0),
    }
}

/// The inverse of `a` modulo `m`, which is above 1.
fn inverse(a: &UBig, m: &UBig) -> Option<UBig> {
    use dashu_int::ops::ExtendedGcd;
    let a = a % m;
    if a.is_zero() {
        return None;
    }
    let (gcd, x, _) = a.gcd_ext(m.clone());
    gcd.is_one().then(|| x.rem_euclid(IBig::from(m.clone())))
}

fn power_modulo(vm: &Vm, a: Int, b: Int, modulus: Int) -> R {
    let m = match modulus {
        Int::Small(0) => return Err(vm.value_error("pow() 3rd argument cannot be 0")),
        Int::Small(1 | -1) => return Ok(Value::small(0)),
        m => m.to_big(),
    };
    let size = (&m).unsigned_abs();
    let mut base: UBig = a.to_big().rem_euclid(IBig::from(size.clone()));
    if b.is_negative() {
        match inverse(&base, &size) {
            Some(inverse) => base = inverse,
            None => return Err(vm.value_error("base is not invertible for the given modulus")),
        }
    }
    let exponent = b.to_big().unsigned_abs();
    let result = if let (Ok(base), Ok(m)) = (u64::try_from(&base), u64::try_from(&size)) {
        let mut result = 1 % m as u128;
        let mut square = base as u128 % m as u128;
        for bit in 0..exponent.bit_len() {
            if exponent.bit(bit) {
                result = result * square % m as u128;
            }
            square = square * square % m as u128;
        }
        UBig::from(result)
    } else {
        let ring = dashu_int::fast_div::ConstDivisor::new(size);
        ring.reduce(base).pow(&exponent).residue()
    };
    let mut result = IBig::from(result);
    if m < IBig::ZERO && !result.is_zero() {
        result += &m;
    }
    Ok(vm.big(result))
}

/// `round(int, digits)`
pub(super) fn round_half_even(vm: &Vm, int: Int, digits: Int) -> R {
    // A number that is not rounded stays what it is.
    if !digits.is_negative() {
        return Ok(int_value(vm, int));
    }
    let digits = digits.to_i64().map_or(usize::MAX, |digits| digits.unsigned_abs() as usize);
    Ok(match base::number::round_int(&int.to_big(), digits) {
        base::number::Int::Small(small) => vm.int(small),
        base::number::Int::Big(big) => vm.big(big),
    })
}
