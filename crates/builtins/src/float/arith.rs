//! Arithmetic and comparison of floats.

use super::this_float;
use base::number::{float_divmod, float_floordiv, float_mod, float_to_int};
use bytecode::CompareOperator;
use object::ops::ordering_matches;
use object::{Int, R, Raised, TypeId, Value, Vm};
use std::cmp::Ordering;

/// The number of a float or int; None for other objects.
#[inline(always)]
pub fn number_to_f64(vm: &Vm, value: Value) -> Result<Option<f64>, Raised> {
    if let Some(x) = value.as_immediate_float() {
        return Ok(Some(x));
    }
    if let Some(int) = value.as_small() {
        return Ok(Some(int as f64));
    }
    if let Some(x) = vm.as_float(value) {
        return Ok(Some(x));
    }
    match vm.as_int(value) {
        Some(int) => crate::int::to_f64(vm, int).map(Some),
        None => Ok(None),
    }
}

macro_rules! operands {
    ($vm:expr, $a:expr, $b:expr) => {{
        let Some(a) = number_to_f64($vm, $a)? else { return Ok(Value::NOT_IMPLEMENTED) };
        let Some(b) = number_to_f64($vm, $b)? else { return Ok(Value::NOT_IMPLEMENTED) };
        (a, b)
    }};
}

#[cold]
fn division_by_zero(vm: &Vm) -> Raised {
    vm.zero_division_error("division by zero")
}

pub(super) fn add(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(vm.float(a + b))
}

pub(super) fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(vm.float(a - b))
}

pub(super) fn multiply(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    Ok(vm.float(a * b))
}

pub(super) fn true_divide(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    if b == 0.0 {
        return Err(division_by_zero(vm));
    }
    Ok(vm.float(a / b))
}

pub(super) fn floor_divide(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    float_floordiv(a, b).map(|x| vm.float(x)).ok_or_else(|| division_by_zero(vm))
}

pub(super) fn remainder(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    float_mod(a, b).map(|x| vm.float(x)).ok_or_else(|| division_by_zero(vm))
}

pub(super) fn divmod(vm: &Vm, a: Value, b: Value) -> R {
    let (a, b) = operands!(vm, a, b);
    let (quotient, rest) = float_divmod(a, b).ok_or_else(|| division_by_zero(vm))?;
    Ok(vm.tuple(&[vm.float(quotient), vm.float(rest)]).value())
}

pub(super) fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> R {
    if !modulus.is_none() {
        return Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let (a, b) = operands!(vm, a, b);
    float_power(vm, a, b)
}

/// `a ** b`
pub fn float_power(vm: &Vm, a: f64, b: f64) -> R {
    if a == 0.0 && b < 0.0 && b.is_finite() {
        return Err(vm.zero_division_error("zero to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        return crate::complex::complex_power(vm, (a, 0.0), (b, 0.0));
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.float(result))
}

/// OverflowError as the C library's ERANGE gives it.
#[cold]
pub(crate) fn range_error(vm: &Vm) -> Raised {
    let text = vm.str("Numerical result out of range").value();
    vm.raise_type(vm.types[TypeId::OverflowError], &[Value::small(34), text])
}

/// How a float compares with an int, exactly. None for NaN.
fn compare_with_int(x: f64, int: Int) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    if let Int::Small(small) = int
        && small.unsigned_abs() <= 1 << 53
    {
        return x.partial_cmp(&(small as f64));
    }
    let whole = float_to_int(x.trunc())?.into_ibig();
    let fraction = x - x.trunc();
    let of_fraction = fraction.partial_cmp(&0.0)?;
    Some(whole.cmp(&int.to_big()).then(of_fraction))
}

/// `a < b` and the like.
pub fn float_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let x = this_float(vm, a)?;
    let ordering = match vm.as_float(b) {
        Some(y) => x.partial_cmp(&y),
        None => match vm.as_int(b) {
            Some(int) => compare_with_int(x, int),
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    Ok(Value::bool(match ordering {
        Some(ordering) => ordering_matches(op, ordering),
        None => op == CompareOperator::Ne,
    }))
}
