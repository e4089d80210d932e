//! `hypot` and `dist`: the length of a vector, nearly always correctly rounded.

use super::sums::two_product;
use object::slots::R;
use object::{Tuple, Value, ValueExt, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Multidimensional Euclidean distance from the origin to a point.
    ///
    /// Roughly equivalent to:
    ///     sqrt(sum(x**2 for x in coordinates))
    "hypot($module, /, *coordinates)" => hypot;
    /// Return the Euclidean distance between two points p and q.
    ///
    /// The points should be specified as sequences (or iterables) of coordinates.
    /// Both inputs must have the same dimension.
    "dist($module, p, q, /)" => dist;
}}

/// A sum where |a| >= |b|, and its rounding error.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, (a - sum) + b)
}

/// The length of a vector without negative parts. Parts are scaled by a power of two and their squares summed with
/// their rounding errors; a step of Newton's method follows.
fn vector_norm(parts: &mut [f64], max: f64, has_nan: bool) -> f64 {
    if max.is_infinite() {
        return max;
    }
    if has_nan {
        return f64::NAN;
    }
    if max == 0.0 || parts.len() <= 1 {
        return max;
    }
    let (_, exponent) = base::number::frexp(max);
    if exponent < -1023 {
        // The scale would overflow.
        for part in parts.iter_mut() {
            *part /= f64::MIN_POSITIVE;
        }
        return f64::MIN_POSITIVE * vector_norm(parts, max / f64::MIN_POSITIVE, has_nan);
    }
    let scale = base::number::ldexp(1.0, -(exponent as i64)).unwrap_or(1.0);
    // The sum starts at 1, so that it is larger than whatever is added.
    let (mut sum, mut low_1, mut low_2) = (1.0, 0.0, 0.0);
    for part in parts.iter() {
        let x = part * scale;
        let (square, error) = two_product(x, x);
        let (total, sum_error) = fast_two_sum(sum, square);
        sum = total;
        low_1 += error;
        low_2 += sum_error;
    }
    let root = (sum - 1.0 + (low_1 + low_2)).sqrt();
    let (square, error) = two_product(-root, root);
    let (total, sum_error) = fast_two_sum(sum, square);
    let rest = total - 1.0 + ((low_1 + error) + (low_2 + sum_error));
    (root + rest / (2.0 * root)) / scale
}

fn norm_of(mut parts: Vec<f64>) -> f64 {
    let mut max = 0.0f64;
    let mut has_nan = false;
    for part in &mut parts {
        *part = part.abs();
        has_nan |= part.is_nan();
        if *part > max {
            max = *part;
        }
    }
    vector_norm(&mut parts, max, has_nan)
}

fn hypot(vm: &Vm, [_module, coordinates]: &[Value; 2]) -> R {
    let mut parts = Vec::new();
    for &part in coordinates.cast::<Tuple>().iter().flat_map(|all| all.items()) {
        parts.push(vm.to_float(part)?);
    }
    Ok(vm.float(norm_of(parts)))
}

fn dist(vm: &Vm, [_module, p, q]: &[Value; 3]) -> R {
    let (p, q) = (vm.to_tuple(*p)?, vm.to_tuple(*q)?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut parts = Vec::with_capacity(p.len());
    for (&x, &y) in p.items().iter().zip(q.items()) {
        let x = vm.to_float(x)?;
        parts.push(x - vm.to_float(y)?);
    }
    Ok(vm.float(norm_of(parts)))
}
