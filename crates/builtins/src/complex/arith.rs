//! Arithmetic of complex numbers. A real operand stays real: it has no imaginary part to add, not even a zero.

use crate::float::number_to_f64;
use object::{R, Raised, Value, Vm};

type Parts = (f64, f64);

/// An operand.
#[derive(Clone, Copy)]
enum Operand {
    Real(f64),
    Complex(Parts),
}

fn operand(vm: &Vm, value: Value) -> Result<Option<Operand>, Raised> {
    if let Some(parts) = vm.as_complex(value) {
        return Ok(Some(Operand::Complex(parts)));
    }
    Ok(number_to_f64(vm, value)?.map(Operand::Real))
}

/// The parts of a complex number, float or int; None for other objects.
pub fn as_parts(vm: &Vm, value: Value) -> Result<Option<(f64, f64)>, Raised> {
    Ok(operand(vm, value)?.map(|operand| match operand {
        Operand::Real(x) => (x, 0.0),
        Operand::Complex(parts) => parts,
    }))
}

macro_rules! operands {
    ($vm:expr, $a:expr, $b:expr) => {{
        let Some(a) = operand($vm, $a)? else { return Ok(Value::NOT_IMPLEMENTED) };
        let Some(b) = operand($vm, $b)? else { return Ok(Value::NOT_IMPLEMENTED) };
        (a, b)
    }};
}

pub(super) fn add(vm: &Vm, a: Value, b: Value) -> R {
    use Operand::*;
    let (re, im) = match operands!(vm, a, b) {
        (Complex(a), Complex(b)) => (a.0 + b.0, a.1 + b.1),
        (Complex(a), Real(b)) => (a.0 + b, a.1),
        (Real(a), Complex(b)) => (a + b.0, b.1),
        (Real(a), Real(b)) => (a + b, 0.0),
    };
    Ok(vm.complex(re, im))
}

pub(super) fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    use Operand::*;
    let (re, im) = match operands!(vm, a, b) {
        (Complex(a), Complex(b)) => (a.0 - b.0, a.1 - b.1),
        (Complex(a), Real(b)) => (a.0 - b, a.1),
        (Real(a), Complex(b)) => (a - b.0, -b.1),
        (Real(a), Real(b)) => (a - b, 0.0),
    };
    Ok(vm.complex(re, im))
}

/// The product. Where plain multiplication gives two NaN, infinities are recovered as C's annex G says.
fn product(a: Parts, b: Parts) -> Parts {
    let (mut a, mut b) = (a, b);
    let (ac, bd, ad, bc) = (a.0 * b.0, a.1 * b.1, a.0 * b.1, a.1 * b.0);
    let (re, im) = (ac - bd, ad + bc);
    if !re.is_nan() || !im.is_nan() {
        return (re, im);
    }
    let unit = |x: f64| (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x);
    let zero_nan = |x: f64| if x.is_nan() { 0f64.copysign(x) } else { x };
    let mut recover = false;
    if a.0.is_infinite() || a.1.is_infinite() {
        a = (unit(a.0), unit(a.1));
        b = (zero_nan(b.0), zero_nan(b.1));
        recover = true;
    }
    if b.0.is_infinite() || b.1.is_infinite() {
        b = (unit(b.0), unit(b.1));
        a = (zero_nan(a.0), zero_nan(a.1));
        recover = true;
    }
    if !recover && (ac.is_infinite() || bd.is_infinite() || ad.is_infinite() || bc.is_infinite()) {
        a = (zero_nan(a.0), zero_nan(a.1));
        b = (zero_nan(b.0), zero_nan(b.1));
        recover = true;
    }
    if recover {
        return (f64::INFINITY * (a.0 * b.0 - a.1 * b.1), f64::INFINITY * (a.0 * b.1 + a.1 * b.0));
    }
    (re, im)
}

pub(super) fn multiply(vm: &Vm, a: Value, b: Value) -> R {
    use Operand::*;
    let (re, im) = match operands!(vm, a, b) {
        (Complex(a), Complex(b)) => product(a, b),
        (Complex(a), Real(b)) => (a.0 * b, a.1 * b),
        (Real(a), Complex(b)) => (a * b.0, a * b.1),
        (Real(a), Real(b)) => (a * b, 0.0),
    };
    Ok(vm.complex(re, im))
}

/// The quotient; None for a zero divisor. Scaled by the larger part of the divisor, so that nothing overflows early.
fn quotient(a: Parts, b: Parts) -> Option<Parts> {
    let (size_re, size_im) = (b.0.abs(), b.1.abs());
    let (re, im);
    if size_re >= size_im {
        if size_re == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        re = (a.0 + a.1 * ratio) / denominator;
        im = (a.1 - a.0 * ratio) / denominator;
    } else if size_im >= size_re {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        re = (a.0 * ratio + a.1) / denominator;
        im = (a.1 * ratio - a.0) / denominator;
    } else {
        (re, im) = (f64::NAN, f64::NAN);
    }
    if re.is_nan() && im.is_nan() {
        let unit = |x: f64| (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x);
        if (a.0.is_infinite() || a.1.is_infinite()) && b.0.is_finite() && b.1.is_finite() {
            let (x, y) = (unit(a.0), unit(a.1));
            return Some((f64::INFINITY * (x * b.0 + y * b.1), f64::INFINITY * (y * b.0 - x * b.1)));
        }
        if (size_re.is_infinite() || size_im.is_infinite()) && a.0.is_finite() && a.1.is_finite() {
            let (x, y) = (unit(b.0), unit(b.1));
            return Some((0.0 * (a.0 * x + a.1 * y), 0.0 * (a.1 * x - a.0 * y)));
        }
    }
    Some((re, im))
}

/// A real number by a complex one.
fn real_quotient(a: f64, b: Parts) -> Option<Parts> {
    let (size_re, size_im) = (b.0.abs(), b.1.abs());
    let (re, im);
    if size_re >= size_im {
        if size_re == 0.0 {
            return None;
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        re = a / denominator;
        im = (-a * ratio) / denominator;
    } else if size_im >= size_re {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        re = (a * ratio) / denominator;
        im = (-a) / denominator;
    } else {
        (re, im) = (f64::NAN, f64::NAN);
    }
    if re.is_nan() && im.is_nan() && a.is_finite() && (size_re.is_infinite() || size_im.is_infinite()) {
        let unit = |x: f64| (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x);
        return Some((0.0 * (a * unit(b.0)), 0.0 * (-a * unit(b.1))));
    }
    Some((re, im))
}

pub(super) fn true_divide(vm: &Vm, a: Value, b: Value) -> R {
    use Operand::*;
    let result = match operands!(vm, a, b) {
        (Complex(a), Complex(b)) => quotient(a, b),
        (Complex(a), Real(b)) => (b != 0.0).then(|| (a.0 / b, a.1 / b)),
        (Real(a), Complex(b)) => real_quotient(a, b),
        (Real(a), Real(b)) => (b != 0.0).then(|| (a / b, 0.0)),
    };
    match result {
        Some((re, im)) => Ok(vm.complex(re, im)),
        None => Err(vm.zero_division_error("division by zero")),
    }
}

pub(super) fn power(vm: &Vm, a: Value, b: Value, modulus: Value) -> R {
    let Some(x) = as_parts(vm, a)? else { return Ok(Value::NOT_IMPLEMENTED) };
    let Some(y) = as_parts(vm, b)? else { return Ok(Value::NOT_IMPLEMENTED) };
    if !modulus.is_none() {
        return Err(vm.value_error("complex modulo"));
    }
    complex_power(vm, x, y)
}

/// `a ** b`
pub fn complex_power(vm: &Vm, a: (f64, f64), b: (f64, f64)) -> R {
    // Small whole exponents multiply out, which is exact more often.
    let whole = b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= 100.0;
    let result = if whole { int_power(a, b.0 as i64) } else { general_power(a, b) };
    match result {
        None => Err(vm.zero_division_error("zero to a negative or complex power")),
        Some((re, im)) if re.is_infinite() || im.is_infinite() => Err(vm.overflow_error("complex exponentiation")),
        Some((re, im)) => Ok(vm.complex(re, im)),
    }
}

fn int_power(a: Parts, exponent: i64) -> Option<Parts> {
    if exponent > 0 {
        return Some(positive_power(a, exponent as u64));
    }
    quotient((1.0, 0.0), positive_power(a, exponent.unsigned_abs()))
}

fn positive_power(a: Parts, exponent: u64) -> Parts {
    let mut result = (1.0, 0.0);
    let (mut square, mut mask) = (a, 1u64);
    while mask > 0 && exponent >= mask {
        if exponent & mask != 0 {
            result = product(result, square);
        }
        mask <<= 1;
        square = product(square, square);
    }
    result
}

fn general_power(a: Parts, b: Parts) -> Option<Parts> {
    if b == (0.0, 0.0) {
        return Some((1.0, 0.0));
    }
    if a == (0.0, 0.0) {
        return if b.1 != 0.0 || b.0 < 0.0 { None } else { Some((0.0, 0.0)) };
    }
    let size = a.0.hypot(a.1);
    let angle = a.1.atan2(a.0);
    let mut length = size.powf(b.0);
    let mut phase = angle * b.0;
    if b.1 != 0.0 {
        length *= (-angle * b.1).exp();
        phase += b.1 * size.ln();
    }
    // An infinite angle has no direction: the C library's complaint about it is taken for that about a zero base.
    (!phase.is_infinite()).then(|| (length * phase.cos(), length * phase.sin()))
}
