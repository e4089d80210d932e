//! `float`

mod arith;
mod methods;

pub use arith::{float_compare, float_power, number_to_f64};

use base::hash::hash_f64;
use base::number::{Int as AnyInt, float_to_int, parse_float, push_float_repr, to_ascii_number, trim_ascii_space};
use object::native::NativeDef;
use object::{GetSet, Kind, R, Raised, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native, type_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE];

static NEW: NativeDef = native! { "float($cls, x=0, /)" => float_new };

/// `float`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Float),
    name: "float",
    kind: Kind::FLOAT,
    payload: true,
    flags: type_flags::BASETYPE | type_flags::FLOAT | type_flags::MATCH_SELF,
    doc: "A floating-point number of double precision, made from a number or from text.",
    slots: &[
        Slot::repr(float_repr),
        Slot::hash(float_hash),
        Slot::compare(arith::float_compare),
        Slot::add(arith::add),
        Slot::subtract(arith::subtract),
        Slot::multiply(arith::multiply),
        Slot::remainder(arith::remainder),
        Slot::divmod(arith::divmod),
        Slot::power(arith::power),
        Slot::negative(|vm, this| Ok(vm.float(-this_float(vm, this)?))),
        Slot::positive(plain),
        Slot::absolute(|vm, this| Ok(vm.float(this_float(vm, this)?.abs()))),
        Slot::bool(|vm, this| Ok(this_float(vm, this)? != 0.0)),
        Slot::int(|vm, this| truncated(vm, this_float(vm, this)?)),
        Slot::float(plain),
        Slot::floor_divide(arith::floor_divide),
        Slot::true_divide(arith::true_divide),
    ],
    methods: &[methods::METHODS],
    getset: &[
        GetSet { name: "real", get: plain, set: None, doc: "the real part of a complex number", is_member: false },
        GetSet {
            name: "imag",
            get: |vm, _| Ok(vm.float(0.0)),
            set: None,
            doc: "the imaginary part of a complex number",
            is_member: false,
        },
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// The number of an instance of float or of a subclass.
pub(crate) fn this_float(vm: &Vm, value: Value) -> Result<f64, Raised> {
    vm.as_float(value).ok_or_else(|| vm.type_error(format!("a float was expected, not '{}'", vm.type_name(value))))
}

fn plain(vm: &Vm, this: Value) -> R {
    if vm.is_exactly(this, TypeId::Float) { Ok(this) } else { Ok(vm.float(this_float(vm, this)?)) }
}

fn float_repr(vm: &Vm, this: Value) -> R {
    let mut out = String::with_capacity(24);
    push_float_repr(&mut out, this_float(vm, this)?);
    Ok(vm.str(&out).value())
}

fn float_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Ok(hash_f64(this_float(vm, this)?).unwrap_or_else(|| vm.identity_hash(this)))
}

/// The int without the fraction.
pub(crate) fn truncated(vm: &Vm, x: f64) -> R {
    match float_to_int(x) {
        Some(AnyInt::Small(small)) => Ok(vm.int(small)),
        Some(AnyInt::Big(big)) => Ok(vm.big(big)),
        None if x.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}

fn float_new(vm: &Vm, [class, x]: &[Value; 2]) -> R {
    let value = match from_text(vm, *x)? {
        Some(x) => vm.float(x),
        None => {
            if vm.is_exactly(*x, TypeId::Float) {
                *x
            } else {
                vm.float(to_float(vm, *x, "float() argument must be a string or a real number")?)
            }
        }
    };
    crate::support::as_instance(vm, *class, TypeId::Float, value)
}

/// The number that a string or bytes-like object shows; None for other objects, and where the class says itself what its
/// number is.
fn from_text(vm: &Vm, x: Value) -> Result<Option<f64>, Raised> {
    let exact = x.cast::<object::Str>();
    let slots = vm.type_of(x).slots();
    if exact.is_none() && (slots.float.is_some() || slots.index.is_some()) {
        return Ok(None);
    }
    if let Some(text) = exact.or_else(|| vm.as_str(x)) {
        return parse(vm, &to_ascii_number(text.text()), x).map(Some);
    }
    if vm.has_buffer(x) {
        let bytes = vm.bytes_of(x)?;
        return parse(vm, &bytes, x).map(Some);
    }
    Ok(None)
}

fn parse(vm: &Vm, text: &[u8], source: Value) -> Result<f64, Raised> {
    match parse_float(trim_ascii_space(text)) {
        Some(x) => Ok(x),
        None => {
            let shown = vm.repr(source)?;
            let mut message = base::text::Wtf8Buf::from_str("could not convert string to float: ");
            message.push_wtf8(shown.text());
            Err(vm.raise_type(vm.types[TypeId::ValueError], &[vm.str_wtf8(&message).value()]))
        }
    }
}

/// The float of a number: `__float__`, or `__index__`. `complaint` starts the TypeError for what is no number.
pub fn to_float(vm: &Vm, x: Value, complaint: &str) -> Result<f64, Raised> {
    if vm.is_exactly(x, TypeId::Float) {
        return this_float(vm, x);
    }
    if let Some(slot) = vm.type_of(x).slots().float {
        let result = slot(vm, x)?;
        if let Some(float) = vm.as_float(result) {
            if !vm.is_exactly(result, TypeId::Float) {
                let (class, name) = (vm.type_name(x), vm.type_name(result));
                let text = format!(
                    "{class}.__float__ returned non-float (type {name}).  The ability to return an instance of a strict \
                     subclass of float is deprecated, and may not be supported in a future version of Python."
                );
                vm.warn(TypeId::DeprecationWarning, &text, 1)?;
            }
            return Ok(float);
        }
        let (class, name) = (vm.type_name(x), vm.type_name(result));
        return Err(vm.type_error(format!("{class}.__float__ returned non-float (type {name})")));
    }
    if vm.type_of(x).slots().index.is_some() {
        return crate::int::to_f64(vm, vm.index(x)?);
    }
    let name = vm.type_of(x).qualified_name(vm);
    let quote = if complaint.starts_with("must") { "" } else { "'" };
    Err(vm.type_error(format!("{complaint}, not {quote}{name}{quote}")))
}

/// The float of a real number argument: "must be real number, not str".
pub fn real_arg(vm: &Vm, x: Value) -> Result<f64, Raised> {
    if let Some(x) = x.as_immediate_float() {
        return Ok(x);
    }
    if let Some(x) = x.as_small() {
        return Ok(x as f64);
    }
    to_float(vm, x, "must be real number")
}
