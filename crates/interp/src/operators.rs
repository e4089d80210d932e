//! Operators on immediate ints and floats, and the way to the general ones.

use bytecode::{BinaryOperator, CompareOperator};
use object::{R, Str, Value, ValueExt, Vm};

/// Ints beyond this are not exact as floats.
const EXACT: u64 = 1 << 53;

#[inline(always)]
pub(crate) fn divide_ints(a: Value, b: Value) -> Option<Value> {
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    if y == 0 || x.unsigned_abs() >= EXACT || y.unsigned_abs() >= EXACT {
        return None;
    }
    Value::try_float(x as f64 / y as f64)
}

#[inline(always)]
pub(crate) fn divide(x: f64, y: f64) -> Option<f64> {
    (y != 0.0).then(|| x / y)
}

#[inline(always)]
pub(crate) fn floor_divide(a: Value, b: Value) -> Option<Value> {
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    if y == 0 {
        return None;
    }
    let quotient = x / y;
    Value::try_int(if x % y != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient })
}

#[inline(always)]
pub(crate) fn remainder(a: Value, b: Value) -> Option<Value> {
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    if y == 0 {
        return None;
    }
    let rest = x % y;
    Some(Value::small(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }))
}

#[inline(always)]
pub(crate) fn and(a: Value, b: Value) -> Option<Value> {
    Some(Value::from_bits(a.bits() & b.bits()))
}

#[inline(always)]
pub(crate) fn or(a: Value, b: Value) -> Option<Value> {
    Some(Value::from_bits(a.bits() | b.bits()))
}

#[inline(always)]
pub(crate) fn xor(a: Value, b: Value) -> Option<Value> {
    Some(Value::from_bits(a.bits() ^ b.bits()))
}

#[inline(always)]
pub(crate) fn shift_left(a: Value, b: Value) -> Option<Value> {
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    if !(0..61).contains(&y) || x << y >> y != x {
        return None;
    }
    Value::try_int(x << y)
}

#[inline(always)]
pub(crate) fn shift_right(a: Value, b: Value) -> Option<Value> {
    let (x, y) = (a.int_unchecked(), b.int_unchecked());
    (y >= 0).then(|| Value::small(x >> y.min(63)))
}

/// `a op b` where the operation's own path has given up.
#[inline(never)]
pub(crate) fn binary(vm: &Vm, op: u8, a: Value, b: Value) -> R {
    use BinaryOperator as B;
    let (Some(x), Some(y), Some(op)) = (as_exact_float(a), as_exact_float(b), B::from_u8(op)) else {
        return binary_slow(vm, op, a, b);
    };
    if a.is_float() || b.is_float() {
        match op {
            B::Add | B::InplaceAdd => return Ok(vm.float(x + y)),
            B::Subtract | B::InplaceSubtract => return Ok(vm.float(x - y)),
            B::Multiply | B::InplaceMultiply => return Ok(vm.float(x * y)),
            B::TrueDivide | B::InplaceTrueDivide if y != 0.0 => return Ok(vm.float(x / y)),
            _ => {}
        }
    }
    vm.binary(op, a, b)
}

/// The number of an immediate float, or of an immediate int that a float holds exactly.
#[inline(always)]
fn as_exact_float(value: Value) -> Option<f64> {
    if value.is_float() {
        return Some(value.float_unchecked());
    }
    value.as_small().filter(|int| int.unsigned_abs() < EXACT).map(|int| int as f64)
}

#[inline(never)]
pub(crate) fn binary_slow(vm: &Vm, op: u8, a: Value, b: Value) -> R {
    match BinaryOperator::from_u8(op) {
        Some(op) => vm.binary(op, a, b),
        None => Err(vm.system_error("unknown operator")),
    }
}

/// Equality of floats and of strings.
#[inline(always)]
pub(crate) fn equal_fast(vm: &Vm, a: Value, b: Value) -> Option<bool> {
    if a.is_float() && b.is_float() {
        return Some(a.float_unchecked() == b.float_unchecked());
    }
    let (a, b) = (a.cast::<Str>()?, b.cast::<Str>()?);
    Some(vm.str_eq(a, b))
}

/// `a op b` where the operation's own path has given up.
#[inline(never)]
pub(crate) fn compare(vm: &Vm, op: u8, a: Value, b: Value) -> R {
    use CompareOperator as C;
    if let (Some(x), Some(y), Some(op)) = (as_exact_float(a), as_exact_float(b), C::from_u8(op)) {
        return Ok(Value::bool(match op {
            C::Lt => x < y,
            C::Le => x <= y,
            C::Eq => x == y,
            C::Ne => x != y,
            C::Gt => x > y,
            C::Ge => x >= y,
        }));
    }
    compare_slow(vm, op, a, b)
}

#[inline(never)]
pub(crate) fn compare_slow(vm: &Vm, op: u8, a: Value, b: Value) -> R {
    match CompareOperator::from_u8(op) {
        Some(op) => vm.compare(a, b, op),
        None => Err(vm.system_error("unknown comparison")),
    }
}
