//! `fsum`, `sumprod`, `prod`.

use super::libm::fma;
use bytecode::BinaryOperator;
use object::slots::R;
use object::{Raised, TypeId, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Return an accurate floating-point sum of values in the iterable seq.
    ///
    /// Assumes IEEE-754 floating-point arithmetic.
    "fsum($module, seq, /)" => fsum;
    /// Return the sum of products of values from two iterables p and q.
    ///
    /// For float and mixed int/float inputs, the intermediate products and sums are computed with extended precision.
    "sumprod($module, p, q, /)" => sumprod;
    /// Calculate the product of all the elements in the input iterable.
    ///
    /// The default start value for the product is 1.
    "prod($module, iterable, /, *, start=1)" => prod;
}}

/// A sum and its rounding error.
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// A product and its rounding error.
pub fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, fma(a, b, -product))
}

/// Shewchuk's exact sum: parts that do not overlap, by growing magnitude.
fn fsum(vm: &Vm, [_module, iterable]: &[Value; 2]) -> R {
    let mut parts: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0f64, 0.0f64);
    vm.for_each(*iterable, |item| {
        let given = vm.to_float(item)?;
        let mut x = given;
        let mut kept = 0;
        for index in 0..parts.len() {
            let mut y = parts[index];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                parts[kept] = low;
                kept += 1;
            }
            x = high;
        }
        parts.truncate(kept);
        if x != 0.0 {
            if !x.is_finite() {
                if given.is_finite() {
                    return Err(vm.overflow_error("intermediate overflow in fsum"));
                }
                if given.is_infinite() {
                    infinities += given;
                }
                special += given;
                parts.clear();
            } else {
                parts.push(x);
            }
        }
        Ok(())
    })?;
    if special != 0.0 {
        if infinities.is_nan() {
            return Err(vm.value_error("-inf + inf in fsum"));
        }
        return Ok(vm.float(special));
    }
    let mut high = 0.0;
    if let Some(last) = parts.pop() {
        high = last;
        let mut low = 0.0;
        while let Some(y) = parts.pop() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // Half way between two floats, the part below decides.
        if let Some(below) = parts.last()
            && (low < 0.0 && *below < 0.0 || low > 0.0 && *below > 0.0)
        {
            let y = low * 2.0;
            let x = high + y;
            if y == x - high {
                high = x;
            }
        }
    }
    Ok(vm.float(high))
}

/// A float as the sum of three, for sums of products.
#[derive(Clone, Copy, Default)]
struct Triple {
    high: f64,
    low: f64,
    tiny: f64,
}

impl Triple {
    fn add_product(self, x: f64, y: f64) -> Triple {
        let (product, error) = two_product(x, y);
        let (high, sum_error) = two_sum(self.high, product);
        let (low, error_1) = two_sum(self.low, error);
        let (low, error_2) = two_sum(low, sum_error);
        Triple { high, low, tiny: self.tiny + error_1 + error_2 }
    }

    fn value(self) -> f64 {
        let (high, error) = two_sum(self.high, self.low);
        high + (error + self.tiny)
    }
}

/// How products are summed at present.
enum Path {
    Ints(i64),
    Floats(Triple),
    Any,
}

fn sumprod(vm: &Vm, [_module, p, q]: &[Value; 3]) -> R {
    let (p, q) = (vm.iter(*p)?, vm.iter(*q)?);
    let mut total = Value::small(0);
    let mut path = Path::Ints(0);
    let flush = |vm: &Vm, total: Value, path: &Path| -> R {
        match path {
            Path::Ints(0) | Path::Any => Ok(total),
            Path::Ints(sum) => vm.binary(BinaryOperator::Add, total, vm.int(*sum)),
            Path::Floats(sum) => vm.binary(BinaryOperator::Add, total, vm.float(sum.value())),
        }
    };
    loop {
        let (x, y) = match (vm.next(p)?, vm.next(q)?) {
            (Some(x), Some(y)) => (x, y),
            (None, None) => return flush(vm, total, &path),
            _ => return Err(vm.value_error("Inputs are not the same length")),
        };
        if let Path::Ints(sum) = &mut path {
            if let (Some(x), Some(y)) = (x.as_small(), y.as_small())
                && let Some(new) = x.checked_mul(y).and_then(|product| sum.checked_add(product))
            {
                *sum = new;
                continue;
            }
            total = flush(vm, total, &path)?;
            path = Path::Any;
        }
        if let Some((x, y)) = floats(vm, x, y) {
            let sum = match &path {
                Path::Floats(sum) => *sum,
                _ => Triple::default(),
            };
            let new = sum.add_product(x, y);
            if new.high.is_finite() {
                path = Path::Floats(new);
                continue;
            }
        }
        total = flush(vm, total, &path)?;
        path = Path::Any;
        let product = vm.binary(BinaryOperator::Multiply, x, y)?;
        total = vm.binary(BinaryOperator::Add, total, product)?;
        // Ints after this go the fast way again.
        if x.as_small().is_some() && y.as_small().is_some() {
            path = Path::Ints(0);
        }
    }
}

/// Both as floats, where one is a float and the other a float, or an int that converts exactly enough.
fn floats(vm: &Vm, x: Value, y: Value) -> Option<(f64, f64)> {
    let as_float = |value: Value| {
        if vm.is_exactly(value, TypeId::Float) {
            return vm.as_float(value).map(|float| (float, true));
        }
        value.as_small().or_else(|| value.is_bool().then_some((value == Value::TRUE) as i64)).map(|int| (int as f64, false))
    };
    let ((x, x_float), (y, y_float)) = (as_float(x)?, as_float(y)?);
    (x_float || y_float).then_some((x, y))
}

fn prod(vm: &Vm, [_module, iterable, start]: &[Value; 3]) -> R {
    let iterator = vm.iter(*iterable)?;
    let mut result = *start;
    while let Some(item) = vm.next(iterator)? {
        result = multiply(vm, result, item)?;
    }
    Ok(result)
}

fn multiply(vm: &Vm, a: Value, b: Value) -> Result<Value, Raised> {
    if let (Some(a), Some(b)) = (a.as_small(), b.as_small())
        && let Some(product) = a.checked_mul(b)
    {
        return Ok(vm.int(product));
    }
    if let (Some(a), Some(b)) = (a.as_immediate_float(), b.as_immediate_float()) {
        return Ok(vm.float(a * b));
    }
    vm.binary(BinaryOperator::Multiply, a, b)
}
