//! The class Decimal: how instances are made, operators, conversions.

use super::context::{CtxRef, context_arg, current, finish, signal};
use super::convert::{self, Operand, Way, from_float, from_int, operand};
use super::decimal_methods::METHODS;
use super::object::{as_dec, copy_of, dec_of_class, new_dec, this_dec};
use super::ops::{divmod, power};
use crate::decimal::context::{Context as Limits, Rounding, status};
use crate::decimal::number::{Kind, Number, View};
use crate::decimal::{arith, misc, quotient, text};
use crate::support::{Binding, class_arg, split_first};
use base::hash::{HASH_INF, fit};
use bytecode::CompareOperator;
use object::ops::{ordering_matches, reflected};
use object::{Args, GetSet, R, Raised, Slot, TypeDef, TypeId, Value, Vm, native_ref, type_flags};

/// The class.
pub static DECIMAL: TypeDef = TypeDef {
    id: Some(TypeId::Decimal),
    name: "Decimal",
    module: "decimal",
    kind: object::Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "A decimal number of any precision, made of an int, a string, a float, a tuple of sign, digits\n\
          and exponent, or another Decimal. The context does not round it; it says only whether\n\
          InvalidOperation is trapped.\n",
    slots: &[
        Slot::repr(repr),
        Slot::str(str),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::add(|vm, a, b| arithmetic(vm, a, b, arith::add)),
        Slot::subtract(|vm, a, b| arithmetic(vm, a, b, arith::sub)),
        Slot::multiply(|vm, a, b| arithmetic(vm, a, b, arith::mul)),
        Slot::true_divide(|vm, a, b| arithmetic(vm, a, b, quotient::div)),
        Slot::floor_divide(|vm, a, b| arithmetic(vm, a, b, quotient::div_int)),
        Slot::remainder(|vm, a, b| arithmetic(vm, a, b, quotient::rem)),
        Slot::divmod(divmod_slot),
        Slot::power(power_slot),
        Slot::negative(|vm, this| signed(vm, this, arith::minus)),
        Slot::positive(|vm, this| signed(vm, this, arith::plus)),
        Slot::absolute(|vm, this| signed(vm, this, arith::abs)),
        Slot::bool(|vm, this| Ok(!this_dec(vm, this)?.view().is_zero())),
        Slot::int(|vm, this| convert::to_int(vm, this_dec(vm, this)?.view(), Rounding::Down)),
        Slot::float(|vm, this| Ok(vm.float(convert::to_float(vm, this_dec(vm, this)?.view())?))),
    ],
    methods: &[METHODS],
    getset: &[
        GetSet { name: "real", get: |_, this| Ok(this), set: None, doc: "", is_member: false },
        GetSet {
            name: "imag",
            get: |vm, _| Ok(new_dec(vm, Number::from_i64(0))),
            set: None,
            doc: "",
            is_member: false,
        },
    ],
    new: Some(native_ref!("Decimal($type, value=\"0\", context=None)" -> new)),
    ..TypeDef::DEFAULT
};

const NEW: Binding = Binding { name: "", params: &["value", "context"], positional: 2, required: 0 };

fn new(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let class = class_arg(vm, class)?;
    let [value, context] = NEW.bind(vm, args)?;
    let context = context_arg(vm, context)?;
    if value.is_unbound() {
        return Ok(dec_of_class(vm, class, Number::from_i64(0)));
    }
    if let Some(dec) = as_dec(vm, value) {
        if class == vm.types[TypeId::Decimal] && vm.type_of(value) == class {
            return Ok(value);
        }
        return Ok(copy_of(vm, class, dec.view()));
    }
    let number = convert::from_value(vm, context, value, Way::Exact)?;
    Ok(dec_of_class(vm, class, number))
}

/// A binary operator.
#[inline(always)]
fn arithmetic(vm: &Vm, a: Value, b: Value, operation: fn(View, View, &Limits, &mut u32) -> Number) -> R {
    let context = current(vm)?;
    let mut found = 0;
    let limits = context.limits.get();
    let result = match (as_dec(vm, a), as_dec(vm, b)) {
        (Some(a), Some(b)) => operation(a.view(), b.view(), &limits, &mut found),
        _ => match mixed(vm, a, b) {
            Some((a, b)) => operation(a.view(), b.view(), &limits, &mut found),
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    finish(vm, context, found, result)
}

/// Operands of which one is no Decimal.
#[inline(never)]
fn mixed(vm: &Vm, a: Value, b: Value) -> Option<(Operand, Operand)> {
    Some((operand(vm, a)?, operand(vm, b)?))
}

fn signed(vm: &Vm, this: Value, operation: fn(View, &Limits, &mut u32) -> Number) -> R {
    let context = current(vm)?;
    let this = this_dec(vm, this)?;
    let mut found = 0;
    let result = operation(this.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

fn divmod_slot(vm: &Vm, a: Value, b: Value) -> R {
    let context = current(vm)?;
    match mixed(vm, a, b) {
        Some((a, b)) => divmod(vm, context, a.view(), b.view()),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn power_slot(vm: &Vm, a: Value, b: Value, modulus: Value) -> R {
    let context = current(vm)?;
    let Some((a, b)) = mixed(vm, a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    if modulus.is_none() {
        return power(vm, context, a.view(), b.view(), None);
    }
    match operand(vm, modulus) {
        Some(modulus) => power(vm, context, a.view(), b.view(), Some(modulus.view())),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Writes the text of a number; `quoted` puts it in `Decimal('...')`.
fn show(vm: &Vm, this: Value, quoted: bool) -> R {
    let context = current(vm)?;
    let dec = this_dec(vm, this)?;
    let mut short = [0; text::SHORT];
    if !quoted && let Some(len) = text::write_short(&mut short, dec.view()) {
        return Ok(ascii(vm, &short[..len]));
    }
    // Room for most; longer ones grow.
    let mut out = Vec::with_capacity(48);
    if quoted {
        out.extend_from_slice(b"Decimal('");
    }
    text::push_text(&mut out, dec.view(), context.capitals.get(), false);
    if quoted {
        out.extend_from_slice(b"')");
    }
    Ok(ascii(vm, &out))
}

/// A string of ASCII bytes.
pub fn ascii(vm: &Vm, bytes: &[u8]) -> Value {
    // The bytes are digits, signs and letters.
    vm.str(std::str::from_utf8(bytes).unwrap_or("")).value()
}

fn repr(vm: &Vm, this: Value) -> R {
    show(vm, this, true)
}

fn str(vm: &Vm, this: Value) -> R {
    show(vm, this, false)
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let dec = this_dec(vm, this)?;
    let number = dec.view();
    Ok(match number.kind {
        Kind::Signaling => return Err(vm.type_error("Cannot hash a signaling NaN value")),
        Kind::Quiet => vm.identity_hash(this),
        Kind::Infinite => {
            if number.negative {
                -HASH_INF
            } else {
                HASH_INF
            }
        }
        Kind::Finite => {
            let residue = misc::residue(number) as i64;
            fit(if number.negative { -residue } else { residue })
        }
    })
}

/// The operands of a comparison with something that is no Decimal; None where it is not comparable.
fn comparable(
    vm: &Vm,
    context: CtxRef,
    this: View,
    other: Value,
    op: CompareOperator,
) -> Result<Option<(Number, Number)>, Raised> {
    let is_equality = matches!(op, CompareOperator::Eq | CompareOperator::Ne);
    if let Some(int) = vm.as_int(other) {
        return Ok(Some((this.to_number(), from_int(int))));
    }
    let float = match vm.as_complex(other) {
        Some((re, im)) if is_equality && im == 0.0 => Some(re),
        Some(_) => return Ok(None),
        None => vm.as_float(other),
    };
    if let Some(float) = float {
        if is_equality {
            // Comparing for equality is noted, yet never raises.
            context.status.set(context.status.get() | status::FLOAT_OPERATION);
        } else {
            signal(vm, context, status::FLOAT_OPERATION)?;
        }
        return Ok(Some((this.to_number(), from_float(float))));
    }
    let this = this.to_number();
    if !convert::is_rational(vm, other)? {
        return Ok(None);
    }
    let denominator = vm.getattr_str(other, "denominator")?;
    let numerator = vm.getattr_str(other, "numerator")?;
    let (Some(denominator), Some(numerator)) = (vm.as_int(denominator), vm.as_int(numerator)) else {
        return Err(vm.type_error("numerator and denominator of a Rational must be ints"));
    };
    if this.kind != Kind::Finite {
        return Ok(Some((this, from_int(numerator))));
    }
    let factor = from_int(denominator);
    let product = arith::mul(this.view(), factor.view(), &Limits::MAX, &mut 0);
    Ok(Some((product, from_int(numerator))))
}

/// What a comparison tells; NaNs signal unless they are quiet and asked for equality.
fn decide(vm: &Vm, context: CtxRef, a: View, b: View, op: CompareOperator) -> R {
    if a.is_nan() || b.is_nan() {
        let is_equality = matches!(op, CompareOperator::Eq | CompareOperator::Ne);
        if !is_equality || a.kind == Kind::Signaling || b.kind == Kind::Signaling {
            signal(vm, context, status::INVALID_OPERATION)?;
        }
        return Ok(Value::bool(op == CompareOperator::Ne));
    }
    Ok(Value::bool(ordering_matches(op, a.compare_values(b))))
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (this, other, op) = match as_dec(vm, a) {
        Some(this) => (this, b, op),
        None => match as_dec(vm, b) {
            Some(this) => (this, a, reflected(op)),
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    let context = current(vm)?;
    if let Some(other) = as_dec(vm, other) {
        return decide(vm, context, this.view(), other.view(), op);
    }
    match comparable(vm, context, this.view(), other, op)? {
        Some((a, b)) => decide(vm, context, a.view(), b.view(), op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
