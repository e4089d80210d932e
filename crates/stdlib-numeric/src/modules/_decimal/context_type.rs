//! The class Context and its methods.

use super::context::{Ctx, Setting, as_context, get, new, repr, set, signal};
use super::convert::{self, Way, from_float, from_int};
use super::decimal_methods::radix;
use super::object::{as_dec, new_dec};
use super::ops::{
    context_binary, context_copy_decimal, context_divmod, context_elementary, context_fma, context_power,
    context_same_quantum, context_test, context_text, context_unary, op,
};
use super::signals::signal_list;
use crate::decimal::number::{Kind, Number, View};
use crate::decimal::{arith, compare, elementary, misc, quotient, text};
use crate::support::{Binding, data, reduced, split_first};
use object::layout::native::Native;
use object::{Args, GetSet, R, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, Vm, native_ref, natives, type_flags};

macro_rules! setting {
    ($name:literal, $setting:ident) => {
        GetSet {
            name: $name,
            get: |vm, this| get(vm, data::<Ctx>(vm, this)?, Setting::$setting),
            set: Some(|vm, this, value| {
                let context = data::<Ctx>(vm, this)?;
                set(vm, &context, Setting::$setting, value, false)
            }),
            doc: "",
            is_member: false,
        }
    };
}

/// The class.
pub static CONTEXT: TypeDef = TypeDef {
    id: Some(TypeId::DecimalContext),
    name: "Context",
    module: "decimal",
    kind: object::Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "A context says how operations round, which exponents numbers may have, which conditions\n\
          raise exceptions, and notes the conditions that happened.\n\n    \
          >>> Context(prec=3, rounding=ROUND_UP).divide(1, 3)\n    Decimal('0.334')\n",
    slots: &[Slot::repr(repr), Slot::setattr(setattr), Slot::getattr(Vm::GENERIC_GETATTR)],
    methods: &[OPERATIONS, METHODS],
    getset: &[
        setting!("prec", Prec),
        setting!("Emax", Emax),
        setting!("Emin", Emin),
        setting!("rounding", Rounding),
        setting!("capitals", Capitals),
        setting!("clamp", Clamp),
        setting!("flags", Flags),
        setting!("traps", Traps),
    ],
    new: Some(native_ref!("Context(...)" -> new)),
    init: Some(native_ref!(
        "__init__($self, prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)" -> init
    )),
    ..TypeDef::DEFAULT
};

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.attribute_error("context attributes cannot be deleted", this, name.value()));
    }
    vm.generic_setattr(this, name, value).map_err(|raised| {
        // An unknown name on a plain context: told without the hint at a missing `__dict__`.
        if as_context(vm, this).is_some()
            && vm.is_exactly(this, TypeId::DecimalContext)
            && vm.is_exception(vm.pending_exception(raised), TypeId::AttributeError)
        {
            vm.take_exception(raised);
            return vm.no_attribute(this, name);
        }
        raised
    })
}

const INIT: Binding = Binding {
    name: "",
    params: &["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"],
    positional: 8,
    required: 0,
};

fn init(vm: &Vm, args: Args) -> R {
    let (this, args) = split_first(vm, args)?;
    let context = data::<Ctx>(vm, this)?;
    let given: [Value; 8] = INIT.bind(vm, args)?;
    for ((setting, _), value) in Setting::ALL.into_iter().zip(given) {
        if !value.is_unbound() && !value.is_none() {
            set(vm, &context, setting, value, true)?;
        }
    }
    Ok(Value::NONE)
}

macro_rules! operations {
    ($($name:ident($($arg:ident),*) = $way:ident($operation:expr);)*) => {$(
        fn $name(vm: &Vm, args: &[Value; operations!(@count $($arg)*)]) -> R {
            $way(vm, args, $operation)
        }
    )*};
    (@count $a:ident) => { 2 };
    (@count $a:ident $b:ident) => { 3 };
}

operations! {
    abs(x) = context_unary(arith::abs);
    exp(x) = context_elementary(elementary::exp);
    ln(x) = context_elementary(elementary::ln);
    log10(x) = context_elementary(elementary::log10);
    minus(x) = context_unary(arith::minus);
    next_minus(x) = context_unary(compare::next_minus);
    next_plus(x) = context_unary(compare::next_plus);
    normalize(x) = context_unary(misc::normalize);
    plus(x) = context_unary(arith::plus);
    to_integral_exact(x) = context_unary(op::to_integral_exact);
    to_integral_value(x) = context_unary(op::to_integral_value);
    sqrt(x) = context_unary(quotient::sqrt);
    apply(x) = context_unary(op::apply);
    copy_abs(x) = context_unary(op::copy_abs);
    copy_negate(x) = context_unary(op::copy_negate);
    logb(x) = context_unary(misc::logb);
    logical_invert(x) = context_unary(misc::logical_invert);
    add(x, y) = context_binary(arith::add);
    compare_method(x, y) = context_binary(compare::compare);
    compare_signal(x, y) = context_binary(compare::compare_signal);
    divide(x, y) = context_binary(quotient::div);
    divide_int(x, y) = context_binary(quotient::div_int);
    max(x, y) = context_binary(op::max);
    max_mag(x, y) = context_binary(op::max_mag);
    min(x, y) = context_binary(op::min);
    min_mag(x, y) = context_binary(op::min_mag);
    multiply(x, y) = context_binary(arith::mul);
    next_toward(x, y) = context_binary(compare::next_toward);
    quantize(x, y) = context_binary(misc::quantize);
    remainder(x, y) = context_binary(quotient::rem);
    remainder_near(x, y) = context_binary(quotient::rem_near);
    subtract(x, y) = context_binary(arith::sub);
    compare_total(x, y) = context_binary(op::compare_total);
    compare_total_mag(x, y) = context_binary(op::compare_total_mag);
    copy_sign(x, y) = context_binary(op::copy_sign);
    logical_and(x, y) = context_binary(op::logical_and);
    logical_or(x, y) = context_binary(op::logical_or);
    logical_xor(x, y) = context_binary(op::logical_xor);
    rotate(x, y) = context_binary(misc::rotate);
    scaleb(x, y) = context_binary(misc::scaleb);
    shift(x, y) = context_binary(misc::shift);
    is_finite(x) = context_test(|x, _| x.is_finite());
    is_infinite(x) = context_test(|x, _| x.is_infinite());
    is_nan(x) = context_test(|x, _| x.is_nan());
    is_normal(x) = context_test(misc::is_normal);
    is_qnan(x) = context_test(|x, _| x.kind == Kind::Quiet);
    is_signed(x) = context_test(|x, _| x.negative);
    is_snan(x) = context_test(|x, _| x.kind == Kind::Signaling);
    is_subnormal(x) = context_test(misc::is_subnormal);
    is_zero(x) = context_test(|x, _| x.is_zero());
    number_class(x) = context_text(|x, context| misc::class_name(x, &context.limits.get()).into());
    to_sci_string(x) = context_text(|x, context| shown(x, context, false));
    to_eng_string(x) = context_text(|x, context| shown(x, context, true));
}

fn shown(number: View, context: &Ctx, engineering: bool) -> String {
    let mut out = Vec::new();
    text::push_text(&mut out, number, context.capitals.get(), engineering);
    String::from_utf8(out).unwrap_or_default()
}

natives! { static OPERATIONS: {
    /// Return the absolute value of x.
    "abs($self, x, /)" => abs;
    /// Return e ** x.
    "exp($self, x, /)" => exp;
    /// Return the natural logarithm of x.
    "ln($self, x, /)" => ln;
    /// Return the logarithm of x to base ten.
    "log10($self, x, /)" => log10;
    /// Return -x.
    "minus($self, x, /)" => minus;
    /// Return the largest number of the context that is smaller than x.
    "next_minus($self, x, /)" => next_minus;
    /// Return the smallest number of the context that is larger than x.
    "next_plus($self, x, /)" => next_plus;
    /// Return x, rounded, without zeros at its end.
    "normalize($self, x, /)" => normalize;
    /// Return x rounded to the context.
    "plus($self, x, /)" => plus;
    /// Identical to to_integral_value(x).
    "to_integral($self, x, /)" => to_integral_value;
    /// Round to an integer; Inexact and Rounded are signaled.
    "to_integral_exact($self, x, /)" => to_integral_exact;
    /// Round to an integer.
    "to_integral_value($self, x, /)" => to_integral_value;
    /// Return the square root of x.
    "sqrt($self, x, /)" => sqrt;
    /// Return the sum of x and y.
    "add($self, x, y, /)" => add;
    /// Compare x and y by value.
    "compare($self, x, y, /)" => compare_method;
    /// Compare x and y by value; all NaNs signal.
    "compare_signal($self, x, y, /)" => compare_signal;
    /// Return x divided by y.
    "divide($self, x, y, /)" => divide;
    /// Return x divided by y, without the fraction.
    "divide_int($self, x, y, /)" => divide_int;
    /// Return quotient and remainder of the division x / y.
    "divmod($self, x, y, /)" => context_divmod;
    /// Return the greater of x and y.
    "max($self, x, y, /)" => max;
    /// Return the one of greater magnitude.
    "max_mag($self, x, y, /)" => max_mag;
    /// Return the lesser of x and y.
    "min($self, x, y, /)" => min;
    /// Return the one of lesser magnitude.
    "min_mag($self, x, y, /)" => min_mag;
    /// Return the product of x and y.
    "multiply($self, x, y, /)" => multiply;
    /// Return the number of the context next to x in the direction of y.
    "next_toward($self, x, y, /)" => next_toward;
    /// Return x rounded so that it has the exponent of y.
    "quantize($self, x, y, /)" => quantize;
    /// Return the remainder of the division x / y, with the sign of x.
    "remainder($self, x, y, /)" => remainder;
    /// Return x - y * n, where n is the integer nearest to x / y.
    "remainder_near($self, x, y, /)" => remainder_near;
    /// Return the difference of x and y.
    "subtract($self, x, y, /)" => subtract;
    /// Compute a**b; (a**b) % modulo where that is given.
    "power($self, /, a, b, modulo=None)" => context_power;
    /// Return x*y+z, rounded once.
    "fma($self, x, y, z, /)" => context_fma;
}}

natives! { static METHODS: {
    /// Return the least exponent of subnormal numbers: Emin - prec + 1.
    "Etiny($self, /)" => etiny;
    /// Return the greatest exponent of numbers with all digits: Emax - prec + 1.
    "Etop($self, /)" => etop;
    /// Return Decimal(10).
    "radix($self, /)" => radix;
    /// Return True.
    "is_canonical($self, x, /)" => is_canonical;
    /// Is x finite?
    "is_finite($self, x, /)" => is_finite;
    /// Is x infinite?
    "is_infinite($self, x, /)" => is_infinite;
    /// Is x a NaN of either kind?
    "is_nan($self, x, /)" => is_nan;
    /// Is x a normal number?
    "is_normal($self, x, /)" => is_normal;
    /// Is x a quiet NaN?
    "is_qnan($self, x, /)" => is_qnan;
    /// Is x negative?
    "is_signed($self, x, /)" => is_signed;
    /// Is x a signaling NaN?
    "is_snan($self, x, /)" => is_snan;
    /// Is x subnormal?
    "is_subnormal($self, x, /)" => is_subnormal;
    /// Is x a zero?
    "is_zero($self, x, /)" => is_zero;
    /// Fit x into the context.
    "_apply($self, x, /)" => apply;
    /// Return x.
    "canonical($self, x, /)" => canonical;
    /// Return a copy of x with the sign set to 0.
    "copy_abs($self, x, /)" => copy_abs;
    /// Return a copy of x.
    "copy_decimal($self, x, /)" => context_copy_decimal;
    /// Return a copy of x with the sign inverted.
    "copy_negate($self, x, /)" => copy_negate;
    /// Return the exponent of the first digit of x.
    "logb($self, x, /)" => logb;
    /// Invert all digits of x.
    "logical_invert($self, x, /)" => logical_invert;
    /// Return the name of the class of x.
    "number_class($self, x, /)" => number_class;
    /// Convert x to a string in scientific notation.
    "to_sci_string($self, x, /)" => to_sci_string;
    /// Convert x to a string in engineering notation.
    "to_eng_string($self, x, /)" => to_eng_string;
    /// Compare x and y by the total order of all representations.
    "compare_total($self, x, y, /)" => compare_total;
    /// Compare x and y by the total order, the signs left aside.
    "compare_total_mag($self, x, y, /)" => compare_total_mag;
    /// Return x with the sign of y.
    "copy_sign($self, x, y, /)" => copy_sign;
    /// Apply 'and' to the digits of x and y.
    "logical_and($self, x, y, /)" => logical_and;
    /// Apply 'or' to the digits of x and y.
    "logical_or($self, x, y, /)" => logical_or;
    /// Apply 'xor' to the digits of x and y.
    "logical_xor($self, x, y, /)" => logical_xor;
    /// Return x with its digits rotated by y places.
    "rotate($self, x, y, /)" => rotate;
    /// Have x and y the same exponent?
    "same_quantum($self, x, y, /)" => context_same_quantum;
    /// Return x with y added to its exponent.
    "scaleb($self, x, y, /)" => scaleb;
    /// Return x with its digits shifted by y places.
    "shift($self, x, y, /)" => shift;
    /// Reset all flags to False.
    "clear_flags($self, /)" => clear_flags;
    /// Set all traps to False.
    "clear_traps($self, /)" => clear_traps;
    ///
    "__copy__($self, /)" => super::context::copy;
    ///
    "__reduce__($self, /)" => reduce;
    /// Return a duplicate of the context.
    "copy($self, /)" => super::context::copy;
    /// Create a Decimal of a number, rounded to the context.
    "create_decimal($self, num=\"0\", /)" => create_decimal;
    /// Create a Decimal of a float, rounded to the context.
    "create_decimal_from_float($self, f, /)" => create_decimal_from_float;
}}

fn context(vm: &Vm, this: Value) -> Result<Ref<Native<Ctx>>, Raised> {
    data::<Ctx>(vm, this)
}

fn etiny(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(context(vm, *this)?.limits.get().etiny()))
}

fn etop(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(context(vm, *this)?.limits.get().etop()))
}

fn canonical(vm: &Vm, [_, x]: &[Value; 2]) -> R {
    match as_dec(vm, *x) {
        Some(_) => Ok(*x),
        None => Err(vm.type_error("argument must be a Decimal")),
    }
}

fn is_canonical(vm: &Vm, [_, x]: &[Value; 2]) -> R {
    match as_dec(vm, *x) {
        Some(_) => Ok(Value::TRUE),
        None => Err(vm.type_error("argument must be a Decimal")),
    }
}

fn clear_flags(vm: &Vm, [this]: &[Value; 1]) -> R {
    context(vm, *this)?.status.set(0);
    Ok(Value::NONE)
}

fn clear_traps(vm: &Vm, [this]: &[Value; 1]) -> R {
    context(vm, *this)?.traps.set(0);
    Ok(Value::NONE)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let context = context(vm, *this)?;
    let flags = signal_list(vm, context.status.get())?.value();
    let traps = signal_list(vm, context.traps.get())?.value();
    let setting = |setting| get(vm, context, setting);
    let args = [
        setting(Setting::Prec)?,
        setting(Setting::Rounding)?,
        setting(Setting::Emin)?,
        setting(Setting::Emax)?,
        setting(Setting::Capitals)?,
        setting(Setting::Clamp)?,
        flags,
        traps,
    ];
    reduced(vm, vm.type_of(*this).value(), &args)
}

fn create_decimal(vm: &Vm, [this, num]: &[Value; 2]) -> R {
    let context = context(vm, *this)?;
    let number = convert::from_value(vm, context, *num, Way::Rounded)?;
    Ok(new_dec(vm, number))
}

fn create_decimal_from_float(vm: &Vm, [this, f]: &[Value; 2]) -> R {
    let context = context(vm, *this)?;
    let number: Number = match (vm.as_int(*f), vm.as_float(*f)) {
        (Some(int), _) => from_int(int),
        (_, Some(float)) => from_float(float),
        _ => return Err(vm.type_error("argument must be int or float")),
    };
    let mut found = 0;
    let number = crate::decimal::round::finish(number, &context.limits.get(), &mut found);
    signal(vm, context, found)?;
    Ok(new_dec(vm, number))
}
