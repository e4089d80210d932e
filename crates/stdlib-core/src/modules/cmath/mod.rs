//! `cmath`

mod functions;
mod tables;

use functions::{C, Outcome};
use object::slots::R;
use object::{Module, ModuleDef, Raised, Ref, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: &[FUNCTIONS, OTHERS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    use std::f64::consts::{E, PI, TAU};
    for (name, value) in [("pi", PI), ("e", E), ("tau", TAU), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        vm.add_value(module, name, vm.float(value));
    }
    vm.add_value(module, "infj", vm.complex(0.0, f64::INFINITY));
    vm.add_value(module, "nanj", vm.complex(0.0, f64::NAN));
    Ok(())
}

/// A complex argument.
fn complex_arg(vm: &Vm, value: Value) -> Result<C, Raised> {
    if let Some(parts) = vm.as_complex(value) {
        return Ok(parts);
    }
    if vm.as_float(value).is_none()
        && vm.as_int(value).is_none()
        && let Some(result) = vm.call_special(value, vm.names.__complex__, &[])
    {
        let result = result?;
        return vm.as_complex(result).ok_or_else(|| {
            let (class, name) = (vm.type_name(value), vm.type_name(result));
            vm.type_error(format!("{class}.__complex__() must return a complex, not {name}"))
        });
    }
    Ok((vm.to_float(value)?, 0.0))
}

fn told(vm: &Vm, outcome: Outcome) -> Result<C, Raised> {
    match outcome {
        Outcome::Value(value) => Ok(value),
        Outcome::Domain(_) => Err(vm.value_error("math domain error")),
        Outcome::Range => Err(vm.overflow_error("math range error")),
    }
}

macro_rules! functions {
    ($($name:ident, $line:literal, $doc:literal;)*) => {
        $(fn $name(vm: &Vm, [_module, z]: &[Value; 2]) -> R {
            let (re, im) = told(vm, functions::$name(complex_arg(vm, *z)?))?;
            Ok(vm.complex(re, im))
        })*

        natives! { static FUNCTIONS: {
            $(#[doc = $doc] $line => $name;)*
        }}
    };
}

functions! {
    acos, "acos($module, z, /)", "Return the arc cosine of z.";
    acosh, "acosh($module, z, /)", "Return the inverse hyperbolic cosine of z.";
    asin, "asin($module, z, /)", "Return the arc sine of z.";
    asinh, "asinh($module, z, /)", "Return the inverse hyperbolic sine of z.";
    atan, "atan($module, z, /)", "Return the arc tangent of z.";
    atanh, "atanh($module, z, /)", "Return the inverse hyperbolic tangent of z.";
    cos, "cos($module, z, /)", "Return the cosine of z.";
    cosh, "cosh($module, z, /)", "Return the hyperbolic cosine of z.";
    exp, "exp($module, z, /)", "Return the exponential value e**z.";
    log10, "log10($module, z, /)", "Return the base-10 logarithm of z.";
    sin, "sin($module, z, /)", "Return the sine of z.";
    sinh, "sinh($module, z, /)", "Return the hyperbolic sine of z.";
    sqrt, "sqrt($module, z, /)", "Return the square root of z.";
    tan, "tan($module, z, /)", "Return the tangent of z.";
    tanh, "tanh($module, z, /)", "Return the hyperbolic tangent of z.";
}

natives! { static OTHERS: {
    /// log(z[, base]) -> the logarithm of z to the given base.
    ///
    /// If the base is not specified, returns the natural logarithm (base e) of z.
    "log($module, z, base=<unrepresentable>, /)" => log;
    /// Return argument, also known as the phase angle, of a complex.
    "phase($module, z, /)" => phase;
    /// Convert a complex from rectangular coordinates to polar coordinates.
    ///
    /// r is the distance from 0 and phi the phase angle.
    "polar($module, z, /)" => polar;
    /// Convert from polar coordinates to rectangular coordinates.
    "rect($module, r, phi, /)" => rect;
    /// Return True if both the real and imaginary parts of z are finite, else False.
    "isfinite($module, z, /)" => isfinite;
    /// Checks if the real or imaginary part of z is infinite.
    "isinf($module, z, /)" => isinf;
    /// Checks if the real or imaginary part of z not a number (NaN).
    "isnan($module, z, /)" => isnan;
    /// Determine whether two complex numbers are close in value.
    ///
    ///   rel_tol
    ///     maximum difference for being considered "close", relative to the
    ///     magnitude of the input values
    ///   abs_tol
    ///     maximum difference for being considered "close", regardless of the
    ///     magnitude of the input values
    "isclose($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)" => isclose;
}}

fn log(vm: &Vm, [_module, z, base]: &[Value; 3]) -> R {
    let z = complex_arg(vm, *z)?;
    let Some(base) = base.bound() else {
        let (re, im) = told(vm, functions::log(z))?;
        return Ok(vm.complex(re, im));
    };
    // What the first logarithm complains of does not count.
    let numerator = match functions::log(z) {
        Outcome::Value(value) | Outcome::Domain(value) => value,
        Outcome::Range => return Err(vm.overflow_error("math range error")),
    };
    let denominator = told(vm, functions::log(complex_arg(vm, base)?))?;
    let (re, im) = told(vm, functions::quotient(numerator, denominator))?;
    Ok(vm.complex(re, im))
}

fn phase(vm: &Vm, [_module, z]: &[Value; 2]) -> R {
    let (re, im) = complex_arg(vm, *z)?;
    Ok(vm.float(functions::phase((re, im))))
}

fn polar(vm: &Vm, [_module, z]: &[Value; 2]) -> R {
    let z = complex_arg(vm, *z)?;
    let radius = functions::magnitude(z);
    if radius.is_infinite() && z.0.is_finite() && z.1.is_finite() {
        return Err(vm.overflow_error("math range error"));
    }
    Ok(vm.tuple(&[vm.float(radius), vm.float(functions::phase(z))]).value())
}

fn rect(vm: &Vm, [_module, r, phi]: &[Value; 3]) -> R {
    let (r, phi) = (vm.to_float(*r)?, vm.to_float(*phi)?);
    let (re, im) = told(vm, functions::rect((r, phi)))?;
    Ok(vm.complex(re, im))
}

fn isfinite(vm: &Vm, [_module, z]: &[Value; 2]) -> R {
    let (re, im) = complex_arg(vm, *z)?;
    Ok(Value::bool(re.is_finite() && im.is_finite()))
}

fn isinf(vm: &Vm, [_module, z]: &[Value; 2]) -> R {
    let (re, im) = complex_arg(vm, *z)?;
    Ok(Value::bool(re.is_infinite() || im.is_infinite()))
}

fn isnan(vm: &Vm, [_module, z]: &[Value; 2]) -> R {
    let (re, im) = complex_arg(vm, *z)?;
    Ok(Value::bool(re.is_nan() || im.is_nan()))
}

fn isclose(vm: &Vm, [_module, a, b, rel_tol, abs_tol]: &[Value; 5]) -> R {
    let (a, b) = (complex_arg(vm, *a)?, complex_arg(vm, *b)?);
    let (rel_tol, abs_tol) = (vm.to_float(*rel_tol)?, vm.to_float(*abs_tol)?);
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    if [a.0, a.1, b.0, b.1].iter().any(|part| part.is_infinite()) {
        return Ok(Value::FALSE);
    }
    let difference = functions::magnitude((a.0 - b.0, a.1 - b.1));
    let close = difference <= rel_tol * functions::magnitude(b)
        || difference <= rel_tol * functions::magnitude(a)
        || difference <= abs_tol;
    Ok(Value::bool(close))
}
