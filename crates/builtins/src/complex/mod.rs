//! `complex`

mod arith;
mod new;

pub use arith::{as_parts, complex_power};

use crate::support::{format_error, format_settings, format_spec};
use base::hash::{hash_complex, hash_f64};
use base::number::complex_repr;
use bytecode::CompareOperator;
use object::native::NativeDef;
use object::{GetSet, Kind, R, Raised, Slot, TypeDef, TypeId, Value, Vm, native, natives, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE];

static NEW: NativeDef = native! { "complex($cls, real=0, imag=0)" -> new::complex_new };

natives! { static METHODS: {
    /// The complex number of a number; unlike the constructor it takes no text.
    "from_number($type, number, /)" => new::from_number [class];
    /// The number with its imaginary part negated.
    "conjugate($self, /)" => conjugate [pure];
    /// The number as one of class complex itself.
    "__complex__($self, /)" => to_complex [pure];
    "__getnewargs__($self, /)" => getnewargs;
    /// Formats by a format spec.
    "__format__($self, format_spec, /)" => format;
}}

/// `complex`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Complex),
    name: "complex",
    kind: Kind::COMPLEX,
    payload: true,
    flags: type_flags::BASETYPE,
    doc: "A complex number, made from a real and an imaginary part or from text.",
    slots: &[
        Slot::repr(|vm, this| {
            let (re, im) = this_complex(vm, this)?;
            Ok(vm.str(&complex_repr(re, im)).value())
        }),
        Slot::hash(complex_hash),
        Slot::compare(complex_compare),
        Slot::add(arith::add),
        Slot::subtract(arith::subtract),
        Slot::multiply(arith::multiply),
        Slot::power(arith::power),
        Slot::negative(|vm, this| {
            let (re, im) = this_complex(vm, this)?;
            Ok(vm.complex(-re, -im))
        }),
        Slot::positive(plain),
        Slot::absolute(absolute),
        Slot::bool(|vm, this| Ok(this_complex(vm, this)? != (0.0, 0.0))),
        Slot::true_divide(arith::true_divide),
    ],
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "real",
            get: |vm, this| Ok(vm.float(this_complex(vm, this)?.0)),
            set: None,
            doc: "the real part of a complex number",
            is_member: true,
        },
        GetSet {
            name: "imag",
            get: |vm, this| Ok(vm.float(this_complex(vm, this)?.1)),
            set: None,
            doc: "the imaginary part of a complex number",
            is_member: true,
        },
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// The parts of an instance of complex or of a subclass.
fn this_complex(vm: &Vm, value: Value) -> Result<(f64, f64), Raised> {
    vm.as_complex(value).ok_or_else(|| vm.type_error(format!("a complex was expected, not '{}'", vm.type_name(value))))
}

fn plain(vm: &Vm, this: Value) -> R {
    if vm.is_exactly(this, TypeId::Complex) {
        return Ok(this);
    }
    let (re, im) = this_complex(vm, this)?;
    Ok(vm.complex(re, im))
}

fn complex_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let (re, im) = this_complex(vm, this)?;
    let part = |x: f64| hash_f64(x).unwrap_or_else(|| vm.identity_hash(this));
    Ok(hash_complex(part(re), part(im)))
}

fn complex_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    if !matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (re, im) = this_complex(vm, a)?;
    let equal = if let Some(other) = vm.as_complex(b) {
        (re, im) == other
    } else if let Some(x) = vm.as_float(b) {
        re == x && im == 0.0
    } else if vm.as_int(b).is_some() {
        im == 0.0 && crate::float::float_compare(vm, vm.float(re), b, CompareOperator::Eq)? == Value::TRUE
    } else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(equal == (op == CompareOperator::Eq)))
}

fn absolute(vm: &Vm, this: Value) -> R {
    let (re, im) = this_complex(vm, this)?;
    let size = if re.is_infinite() || im.is_infinite() { f64::INFINITY } else { re.hypot(im) };
    if size.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(vm.overflow_error("absolute value too large"));
    }
    Ok(vm.float(size))
}

fn conjugate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let (re, im) = this_complex(vm, *this)?;
    Ok(vm.complex(re, -im))
}

fn to_complex(vm: &Vm, [this]: &[Value; 1]) -> R {
    plain(vm, *this)
}

fn getnewargs(vm: &Vm, [this]: &[Value; 1]) -> R {
    let (re, im) = this_complex(vm, *this)?;
    Ok(vm.tuple(&[vm.float(re), vm.float(im)]).value())
}

fn format(vm: &Vm, [this, spec]: &[Value; 2]) -> R {
    let spec = format_spec(vm, *spec)?;
    if spec.is_empty() {
        return Ok(vm.to_str(*this)?.value());
    }
    let (re, im) = this_complex(vm, *this)?;
    let name = vm.type_name(*this);
    match base::format::format_complex(re, im, spec.text(), &name, &format_settings(vm)) {
        Ok(text) => Ok(vm.str_wtf8(&text).value()),
        Err(error) => Err(format_error(vm, error)),
    }
}
