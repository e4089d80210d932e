//! Complex numbers from other objects.

use crate::float::number_to_f64;
use crate::support::as_instance;
use base::number::{parse_complex, to_ascii_number};
use object::native::NativeDef;
use object::{Args, R, Raised, TypeId, Value, Vm, native};

static LINE: NativeDef = native! { "complex($cls, real=<unrepresentable>, imag=<unrepresentable>)" => bound_new };

pub(super) fn complex_new(vm: &Vm, args: Args) -> R {
    // Only a single argument without a name may be text.
    if let (0, [class, x]) = (args.keyword_count(), args.args) {
        let value = single(vm, *class, *x)?;
        return as_instance(vm, *class, TypeId::Complex, value);
    }
    LINE.call(vm, args)
}

/// The value of `__complex__`; None where the class has none.
fn by_method(vm: &Vm, x: Value) -> Result<Option<(f64, f64)>, Raised> {
    if vm.is_exactly(x, TypeId::Complex) {
        return Ok(vm.as_complex(x));
    }
    let Some(result) = vm.call_special(x, vm.names.__complex__, &[]) else { return Ok(None) };
    let result = result?;
    let name = vm.type_name(result);
    let Some(parts) = vm.as_complex(result) else {
        let class = vm.type_name(x);
        return Err(vm.type_error(format!("{class}.__complex__() must return a complex, not {name}")));
    };
    if !vm.is_exactly(result, TypeId::Complex) {
        let class = vm.type_name(x);
        let text = format!(
            "{class}.__complex__() must return a complex, not {name}.  The ability to return an instance of a strict subclass of \
             complex is deprecated, and may not be supported in a future version of Python."
        );
        vm.warn(TypeId::DeprecationWarning, &text, 1)?;
    }
    Ok(Some(parts))
}

fn is_real(vm: &Vm, x: Value) -> bool {
    let slots = vm.type_of(x).slots();
    slots.float.is_some() || slots.index.is_some()
}

fn to_real(vm: &Vm, x: Value) -> Result<f64, Raised> {
    crate::float::to_float(vm, x, "must be real number")
}

fn bound_new(vm: &Vm, [class, real, imag]: &[Value; 3]) -> R {
    let value = both(vm, *real, *imag)?;
    as_instance(vm, *class, TypeId::Complex, value)
}

/// `complex(x)`
fn single(vm: &Vm, class: Value, x: Value) -> R {
    if vm.is_exactly(x, TypeId::Complex) && class == vm.types[TypeId::Complex].value() {
        return Ok(x);
    }
    if let Some(text) = vm.as_str(x) {
        return match parse_complex(&to_ascii_number(text.text())) {
            Some((re, im)) => Ok(vm.complex(re, im)),
            None => Err(vm.value_error("complex() arg is a malformed string")),
        };
    }
    if let Some((re, im)) = by_method(vm, x)? {
        return Ok(vm.complex(re, im));
    }
    if is_real(vm, x) {
        return Ok(vm.complex(to_real(vm, x)?, 0.0));
    }
    let name = vm.type_of(x).full_name(vm);
    Err(vm.type_error(format!("complex() argument must be a string or a number, not {name}")))
}

/// `complex(real, imag)`, either of which may be missing. Complex parts are deprecated, but add up.
fn both(vm: &Vm, real: Value, imag: Value) -> R {
    let part = |x: Value, name: &str| -> Result<(f64, Option<f64>), Raised> {
        if x.is_unbound() {
            return Ok((0.0, None));
        }
        let class = vm.type_of(x).full_name(vm);
        let complaint = || format!("complex() argument '{name}' must be a real number, not {class}");
        if let Some((re, im)) = vm.as_complex(x) {
            vm.warn(TypeId::DeprecationWarning, &complaint(), 1)?;
            return Ok((re, Some(im)));
        }
        if name == "real"
            && let Some((re, im)) = by_method(vm, x)?
        {
            vm.warn(TypeId::DeprecationWarning, &complaint(), 1)?;
            return Ok((re, Some(im)));
        }
        if !is_real(vm, x) {
            return Err(vm.type_error(complaint()));
        }
        match number_to_f64(vm, x)? {
            Some(x) => Ok((x, None)),
            None => Ok((to_real(vm, x)?, None)),
        }
    };
    // Both are checked to be numbers before either is warned about.
    for (x, name) in [(real, "real"), (imag, "imag")] {
        if !x.is_unbound() && vm.as_complex(x).is_none() && !is_real(vm, x) && !vm.has_special(x, vm.names.__complex__)
        {
            let class = vm.type_of(x).full_name(vm);
            return Err(vm.type_error(format!("complex() argument '{name}' must be a real number, not {class}")));
        }
    }
    let (mut re, re_imag) = part(real, "real")?;
    let (mut im, im_imag) = part(imag, "imag")?;
    if let Some(more) = im_imag {
        re -= more;
    }
    if let Some(more) = re_imag {
        im += more;
    }
    Ok(vm.complex(re, im))
}

pub(super) fn from_number(vm: &Vm, [class, x]: &[Value; 2]) -> R {
    let is_exact = *class == vm.types[TypeId::Complex].value();
    let value = if vm.is_exactly(*x, TypeId::Complex) {
        *x
    } else if let Some((re, im)) = by_method(vm, *x)? {
        vm.complex(re, im)
    } else {
        vm.complex(to_real(vm, *x)?, 0.0)
    };
    if is_exact { Ok(value) } else { vm.call(*class, &[value]) }
}
