//! Functions on floats.

use super::gamma::{self, Problem};
use super::{domain_error, float_to_int, libm, range_error};
use base::number::float_repr;
use object::slots::R;
use object::{Args, Int, Raised, Ref, Str, TypeId, Value, Vm, natives};

macro_rules! float_functions {
    (
        plain { $($plain:ident($plain_x:ident) = $plain_body:expr, $plain_doc:literal, $plain_line:literal;)* }
        checked { $($checked:ident = $function:path, $overflows:literal, $complaint:literal, $doc:literal, $line:literal;)* }
    ) => {
        $(fn $plain(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
            let $plain_x = vm.to_float(*value)?;
            Ok(vm.float($plain_body))
        })*
        $(fn $checked(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
            checked(vm, *value, $function, $overflows, $complaint)
        })*

        natives! { pub static FUNCTIONS: {
            $(#[doc = $plain_doc] $plain_line => $plain;)*
            $(#[doc = $doc] $line => $checked;)*
            /// Return the ceiling of x as an Integral.
            ///
            /// This is the smallest integer >= x.
            "ceil($module, x, /)" => ceil;
            /// Return the floor of x as an Integral.
            ///
            /// This is the largest integer <= x.
            "floor($module, x, /)" => floor;
            /// Truncates the Real x to the nearest Integral toward 0.
            ///
            /// Uses the __trunc__ magic method.
            "trunc($module, x, /)" => trunc;
            /// Gamma function at x.
            "gamma($module, x, /)" => gamma_function;
            /// Natural logarithm of absolute value of Gamma function at x.
            "lgamma($module, x, /)" => lgamma;
            /// Return the arc tangent (measured in radians) of y/x.
            ///
            /// Unlike atan(y/x), the signs of both x and y are considered.
            "atan2($module, y, x, /)" => atan2;
            /// Return a float with the magnitude (absolute value) of x but the sign of y.
            "copysign($module, x, y, /)" => copysign;
            /// Return fmod(x, y), according to platform C.
            ///
            /// x % y may differ.
            "fmod($module, x, y, /)" => fmod;
            /// Difference between x and the closest integer multiple of y.
            ///
            /// Of two that are equally close, the even multiple is taken.
            "remainder($module, x, y, /)" => remainder;
            /// Return x**y (x to the power of y).
            "pow($module, x, y, /)" => power;
            /// Fused multiply-add operation.
            ///
            /// Compute (x * y) + z with a single round.
            "fma($module, x, y, z, /)" => fma;
            /// Return the mantissa and exponent of x, as pair (m, e).
            ///
            /// m is a float and e is an int, such that x = m * 2.**e.
            "frexp($module, x, /)" => frexp;
            /// Return x * (2**i).
            ///
            /// This is essentially the inverse of frexp().
            "ldexp($module, x, i, /)" => ldexp;
            /// Return the fractional and integer parts of x.
            ///
            /// Both results carry the sign of x and are floats.
            "modf($module, x, /)" => modf;
            /// log(x, [base=math.e])
            /// Return the logarithm of x to the given base.
            ///
            /// If the base is not specified, returns the natural logarithm (base e) of x.
            "log(...)" -> log;
            /// Return the base 2 logarithm of x.
            "log2($module, x, /)" => log2;
            /// Return the base 10 logarithm of x.
            "log10($module, x, /)" => log10;
            /// Return True if x is neither an infinity nor a NaN, and False otherwise.
            "isfinite($module, x, /)" => isfinite;
            /// Return True if x is a positive or negative infinity, and False otherwise.
            "isinf($module, x, /)" => isinf;
            /// Return True if x is a NaN (not a number), and False otherwise.
            "isnan($module, x, /)" => isnan;
            /// Determine whether two floating-point numbers are close in value.
            ///
            ///   rel_tol
            ///     maximum difference for being considered "close", relative to the
            ///     magnitude of the input values
            ///   abs_tol
            ///     maximum difference for being considered "close", regardless of the
            ///     magnitude of the input values
            "isclose($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)" => isclose;
            /// Return the floating-point value the given number of steps after x towards y.
            "nextafter($module, x, y, /, *, steps=None)" => nextafter;
            /// Return the value of the least significant bit of the float x.
            "ulp($module, x, /)" => ulp;
        }}
    };
}

float_functions! {
    plain {
        fabs(x) = x.abs(), "Return the absolute value of the float x.", "fabs($module, x, /)";
        degrees(x) = x * (180.0 / std::f64::consts::PI), "Convert angle x from radians to degrees.", "degrees($module, x, /)";
        radians(x) = x * (std::f64::consts::PI / 180.0), "Convert angle x from degrees to radians.", "radians($module, x, /)";
        erf(x) = libm::erf(x), "Error function at x.", "erf($module, x, /)";
        erfc(x) = libm::erfc(x), "Complementary error function at x.", "erfc($module, x, /)";
        cbrt(x) = libm::cbrt(x), "Return the cube root of x.", "cbrt($module, x, /)";
        atan(x) = libm::atan(x), "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
            "atan($module, x, /)";
        asinh(x) = libm::asinh(x), "Return the inverse hyperbolic sine of x.", "asinh($module, x, /)";
        tanh(x) = libm::tanh(x), "Return the hyperbolic tangent of x.", "tanh($module, x, /)";
    }
    checked {
        acos = libm::acos, false, "expected a number in range from -1 up to 1, got ",
            "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.", "acos($module, x, /)";
        asin = libm::asin, false, "expected a number in range from -1 up to 1, got ",
            "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.", "asin($module, x, /)";
        acosh = libm::acosh, false, "expected argument value not less than 1, got ",
            "Return the inverse hyperbolic cosine of x.", "acosh($module, x, /)";
        atanh = libm::atanh, false, "expected a number between -1 and 1, got ",
            "Return the inverse hyperbolic tangent of x.", "atanh($module, x, /)";
        cos = libm::cos, false, "expected a finite input, got ", "Return the cosine of x (measured in radians).",
            "cos($module, x, /)";
        sin = libm::sin, false, "expected a finite input, got ", "Return the sine of x (measured in radians).",
            "sin($module, x, /)";
        tan = libm::tan, false, "expected a finite input, got ", "Return the tangent of x (measured in radians).",
            "tan($module, x, /)";
        sqrt = f64::sqrt, false, "expected a nonnegative input, got ", "Return the square root of x.", "sqrt($module, x, /)";
        log1p = log1p_exact, false, "expected argument value > -1, got ",
            "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero.",
            "log1p($module, x, /)";
        cosh = libm::cosh, true, "", "Return the hyperbolic cosine of x.", "cosh($module, x, /)";
        sinh = libm::sinh, true, "", "Return the hyperbolic sine of x.", "sinh($module, x, /)";
        exp = libm::exp, true, "", "Return e raised to the power of x.", "exp($module, x, /)";
        exp2 = libm::exp2, true, "", "Return 2 raised to the power of x.", "exp2($module, x, /)";
        expm1 = libm::expm1, true, "",
            "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.",
            "expm1($module, x, /)";
    }
}

/// The sign of zero is kept.
fn log1p_exact(x: f64) -> f64 {
    if x == 0.0 { x } else { libm::log1p(x) }
}

#[inline]
fn checked(vm: &Vm, value: Value, function: impl Fn(f64) -> f64, overflows: bool, complaint: &str) -> R {
    let x = vm.to_float(value)?;
    let result = function(x);
    if result.is_finite() || (result.is_nan() && x.is_nan()) || (result.is_infinite() && x.is_infinite()) {
        return Ok(vm.float(result));
    }
    if result.is_infinite() && overflows {
        return Err(range_error(vm));
    }
    Err(vm.value_error(format!("{complaint}{}", float_repr(x))))
}

/// The value as a special method of its class gives it; None where the class has none.
fn by_special(vm: &Vm, value: Value, name: Ref<Str>) -> Option<R> {
    if value.is_int() {
        return Some(Ok(value));
    }
    vm.call_special(value, name, &[])
}

fn ceil(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    if vm.is_exactly(*value, TypeId::Float) {
        return float_to_int(vm, vm.to_float(*value)?.ceil());
    }
    match by_special(vm, *value, vm.names.__ceil__) {
        Some(result) => result,
        None => float_to_int(vm, vm.to_float(*value)?.ceil()),
    }
}

fn floor(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    if vm.is_exactly(*value, TypeId::Float) {
        return float_to_int(vm, vm.to_float(*value)?.floor());
    }
    match by_special(vm, *value, vm.names.__floor__) {
        Some(result) => result,
        None => float_to_int(vm, vm.to_float(*value)?.floor()),
    }
}

fn trunc(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    if vm.is_exactly(*value, TypeId::Float) {
        return float_to_int(vm, vm.to_float(*value)?.trunc());
    }
    match by_special(vm, *value, vm.names.__trunc__) {
        Some(result) => result,
        None => {
            let name = vm.type_name(*value);
            Err(vm.type_error(format!("type {name} doesn't define __trunc__ method")))
        }
    }
}

fn told(vm: &Vm, x: f64, result: Result<f64, Problem>) -> R {
    match result {
        Ok(result) => Ok(vm.float(result)),
        Err(Problem::Range) => Err(range_error(vm)),
        Err(Problem::Domain) => {
            Err(vm.value_error(format!("expected a noninteger or positive integer, got {}", float_repr(x))))
        }
    }
}

fn gamma_function(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    let x = vm.to_float(*value)?;
    told(vm, x, gamma::gamma(x))
}

fn lgamma(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    let x = vm.to_float(*value)?;
    told(vm, x, gamma::lgamma(x))
}

fn two(vm: &Vm, args: &[Value; 3]) -> Result<(f64, f64), Raised> {
    Ok((vm.to_float(args[1])?, vm.to_float(args[2])?))
}

fn atan2(vm: &Vm, args: &[Value; 3]) -> R {
    let (y, x) = two(vm, args)?;
    Ok(vm.float(libm::atan2(y, x)))
}

fn copysign(vm: &Vm, args: &[Value; 3]) -> R {
    let (x, y) = two(vm, args)?;
    Ok(vm.float(x.copysign(y)))
}

fn fmod(vm: &Vm, args: &[Value; 3]) -> R {
    let (x, y) = two(vm, args)?;
    let result = x % y;
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    Ok(vm.float(result))
}

fn remainder(vm: &Vm, args: &[Value; 3]) -> R {
    let (x, y) = two(vm, args)?;
    if x.is_finite() && y.is_infinite() {
        return Ok(vm.float(x));
    }
    let result = libm::remainder(x, y);
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    Ok(vm.float(result))
}

fn power(vm: &Vm, args: &[Value; 3]) -> R {
    let (x, y) = two(vm, args)?;
    let result = libm::pow(x, y);
    if !result.is_finite() && x.is_finite() && y.is_finite() {
        return Err(if result.is_nan() || x == 0.0 { domain_error(vm) } else { range_error(vm) });
    }
    Ok(vm.float(result))
}

fn fma(vm: &Vm, [_module, x, y, z]: &[Value; 4]) -> R {
    let (x, y, z) = (vm.to_float(*x)?, vm.to_float(*y)?, vm.to_float(*z)?);
    let result = libm::fma(x, y, z);
    if result.is_finite() {
        return Ok(vm.float(result));
    }
    if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(vm.float(result))
}

fn frexp(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    let x = vm.to_float(*value)?;
    let (mantissa, exponent) =
        if x.is_finite() && x != 0.0 { base::number::frexp(x) } else { (x, 0) };
    Ok(vm.tuple(&[vm.float(mantissa), vm.int(exponent as i64)]).value())
}

fn ldexp(vm: &Vm, [_module, value, exponent]: &[Value; 3]) -> R {
    let x = vm.to_float(*value)?;
    let Some(exponent) = vm.as_int(*exponent) else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    let exponent = exponent.to_i64().unwrap_or(if exponent.is_negative() { i64::MIN } else { i64::MAX });
    if x == 0.0 || !x.is_finite() {
        return Ok(vm.float(x));
    }
    if exponent > 1 << 20 {
        return Err(range_error(vm));
    }
    if exponent < -(1 << 20) {
        return Ok(vm.float(0f64.copysign(x)));
    }
    match base::number::ldexp(x, exponent) {
        Some(result) if result.is_finite() => Ok(vm.float(result)),
        _ => Err(range_error(vm)),
    }
}

fn modf(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    let x = vm.to_float(*value)?;
    let (fraction, whole) = if x.is_infinite() {
        (0f64.copysign(x), x)
    } else if x.is_nan() {
        (x, x)
    } else {
        ((x - x.trunc()).copysign(x), x.trunc())
    };
    Ok(vm.tuple(&[vm.float(fraction), vm.float(whole)]).value())
}

/// A logarithm of a float or of an int of any size.
fn logarithm(vm: &Vm, value: Value, function: fn(f64) -> f64) -> Result<f64, Raised> {
    if let Some(int) = vm.as_int(value) {
        let positive = match int {
            Int::Small(int) => int > 0,
            Int::Big(_) => !int.is_negative(),
        };
        if !positive {
            return Err(vm.value_error("expected a positive input"));
        }
        let Int::Big(big) = int else { return Ok(function(int.to_i64().unwrap_or(1) as f64)) };
        if let Some(float) = base::number::int_to_float(&big.big) {
            return Ok(function(float));
        }
        // Beyond floats: mantissa and exponent apart.
        let bits = dashu_int::ops::BitTest::bit_len(&big.big);
        let top = &big.big >> (bits - 64);
        let sticky = dashu_int::ops::BitTest::bit_len(&top) > 0
            && (&top << (bits - 64)) != big.big;
        let top = u64::try_from(&top).unwrap_or(u64::MAX) | sticky as u64;
        let mantissa = base::number::compose_f64(false, top, -64, sticky);
        return Ok(libm::fma(function(2.0), bits as f64, function(mantissa)));
    }
    let x = vm.to_float(value)?;
    if x.is_nan() || x > 0.0 {
        return Ok(if x.is_finite() { function(x) } else { x });
    }
    Err(vm.value_error(format!("expected a positive input, got {}", float_repr(x))))
}

fn log(vm: &Vm, args: Args) -> R {
    let args = crate::support::positional(vm, "math.log", args)?;
    match args {
        [value] => Ok(vm.float(logarithm(vm, *value, libm::log)?)),
        [value, base] => {
            let numerator = logarithm(vm, *value, libm::log)?;
            let denominator = logarithm(vm, *base, libm::log)?;
            if denominator == 0.0 {
                return Err(vm.zero_division_error("division by zero"));
            }
            Ok(vm.float(numerator / denominator))
        }
        [] => Err(vm.type_error("log expected at least 1 argument, got 0")),
        all => Err(vm.type_error(format!("log expected at most 2 arguments, got {}", all.len()))),
    }
}

fn log2(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    Ok(vm.float(logarithm(vm, *value, libm::log2)?))
}

fn log10(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    Ok(vm.float(logarithm(vm, *value, libm::log10)?))
}

fn isfinite(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.to_float(*value)?.is_finite()))
}

fn isinf(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.to_float(*value)?.is_infinite()))
}

fn isnan(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.to_float(*value)?.is_nan()))
}

fn isclose(vm: &Vm, [_module, a, b, rel_tol, abs_tol]: &[Value; 5]) -> R {
    let (a, b) = (vm.to_float(*a)?, vm.to_float(*b)?);
    let (rel_tol, abs_tol) = (vm.to_float(*rel_tol)?, vm.to_float(*abs_tol)?);
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    let close =
        difference <= (rel_tol * b).abs() || difference <= (rel_tol * a).abs() || difference <= abs_tol;
    Ok(Value::bool(close))
}

/// The place of a float in the order of floats.
fn ordinal(x: f64) -> i128 {
    let bits = x.abs().to_bits() as i128;
    if x.is_sign_negative() { -bits } else { bits }
}

fn nextafter(vm: &Vm, [_module, x, y, steps]: &[Value; 4]) -> R {
    let (x, y) = (vm.to_float(*x)?, vm.to_float(*y)?);
    if steps.is_none() {
        return Ok(vm.float(libm::nextafter(x, y)));
    }
    let steps = vm.index(*steps)?;
    if steps.is_negative() {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    let steps = steps.to_i64().map_or(u64::MAX as i128, i128::from);
    if steps == 0 || x.is_nan() {
        return Ok(vm.float(x));
    }
    if y.is_nan() {
        return Ok(vm.float(y));
    }
    if x == y {
        return Ok(vm.float(y));
    }
    let (from, to) = (ordinal(x), ordinal(y));
    if (to - from).abs() <= steps {
        return Ok(vm.float(y));
    }
    let at = if to > from { from + steps } else { from - steps };
    let magnitude = f64::from_bits(at.unsigned_abs() as u64);
    let negative = at < 0 || (at == 0 && x.is_sign_negative());
    Ok(vm.float(if negative { -magnitude } else { magnitude }))
}

fn ulp(vm: &Vm, [_module, value]: &[Value; 2]) -> R {
    let x = vm.to_float(*value)?.abs();
    if !x.is_finite() {
        return Ok(vm.float(x));
    }
    let next = libm::nextafter(x, f64::INFINITY);
    // Beyond the largest float there is none: the distance to the one before it is the same.
    let ulp = if next.is_infinite() { x - libm::nextafter(x, f64::NEG_INFINITY) } else { next - x };
    Ok(vm.float(ulp))
}
