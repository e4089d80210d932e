//! Methods of Decimal.

use super::context::{context_arg, current, finish, rounding_arg, state};
use super::convert::{self, Way, from_float, from_int, ratio, required, unsupported};
use super::decimal_type::ascii;
use super::object::{copy_of, dec_of_class, new_dec, this_dec};
use super::ops::{binary, elementary, op, test, unary};
use crate::decimal::context::{MAX_DIGITS, Rounding};
use crate::decimal::number::{Digits, Kind, Number, View};
use crate::decimal::{arith, compare, elementary as functions, limbs, misc, quotient, text};
use crate::support::{class_arg, reduced};
use object::{Args, R, TypeId, Value, Vm, natives};

macro_rules! methods {
    ($($name:ident($($arg:ident),*) = $way:ident($operation:expr);)*) => {$(
        fn $name(vm: &Vm, args: &[Value; methods!(@count $($arg)*)]) -> R {
            $way(vm, args, $operation)
        }
    )*};
    (@count $a:ident $b:ident) => { 2 };
    (@count $a:ident $b:ident $c:ident) => { 3 };
}

methods! {
    exp(this, context) = elementary(functions::exp);
    ln(this, context) = elementary(functions::ln);
    log10(this, context) = elementary(functions::log10);
    next_minus(this, context) = unary(compare::next_minus);
    next_plus(this, context) = unary(compare::next_plus);
    normalize(this, context) = unary(misc::normalize);
    sqrt(this, context) = unary(quotient::sqrt);
    logb(this, context) = unary(misc::logb);
    logical_invert(this, context) = unary(misc::logical_invert);
    compare_method(this, other, context) = binary(compare::compare);
    compare_signal(this, other, context) = binary(compare::compare_signal);
    max(this, other, context) = binary(op::max);
    max_mag(this, other, context) = binary(op::max_mag);
    min(this, other, context) = binary(op::min);
    min_mag(this, other, context) = binary(op::min_mag);
    next_toward(this, other, context) = binary(compare::next_toward);
    remainder_near(this, other, context) = binary(quotient::rem_near);
    compare_total(this, other, context) = binary(op::compare_total);
    compare_total_mag(this, other, context) = binary(op::compare_total_mag);
    copy_sign(this, other, context) = binary(op::copy_sign);
    logical_and(this, other, context) = binary(op::logical_and);
    logical_or(this, other, context) = binary(op::logical_or);
    logical_xor(this, other, context) = binary(op::logical_xor);
    rotate(this, other, context) = binary(misc::rotate);
    scaleb(this, other, context) = binary(misc::scaleb);
    shift(this, other, context) = binary(misc::shift);
    is_normal(this, context) = test(misc::is_normal);
    is_subnormal(this, context) = test(misc::is_subnormal);
}

natives! { pub static METHODS: {
    /// Return e raised to the power of the number, correctly rounded.
    "exp($self, /, context=None)" => exp;
    /// Return the natural logarithm, correctly rounded.
    "ln($self, /, context=None)" => ln;
    /// Return the logarithm to base ten, correctly rounded.
    "log10($self, /, context=None)" => log10;
    /// Return the largest number of the context that is smaller than the number.
    "next_minus($self, /, context=None)" => next_minus;
    /// Return the smallest number of the context that is larger than the number.
    "next_plus($self, /, context=None)" => next_plus;
    /// Return the number, rounded, without zeros at its end; every zero becomes Decimal('0').
    "normalize($self, /, context=None)" => normalize;
    /// Identical to to_integral_value(), for compatibility.
    "to_integral($self, /, rounding=None, context=None)" => to_integral_value;
    /// Round to the nearest integer; Inexact and Rounded are signaled.
    "to_integral_exact($self, /, rounding=None, context=None)" => to_integral_exact;
    /// Round to the nearest integer without a signal.
    "to_integral_value($self, /, rounding=None, context=None)" => to_integral_value;
    /// Return the square root, correctly rounded.
    "sqrt($self, /, context=None)" => sqrt;
    /// Compare by value: -1, 0 or 1, or NaN where an operand is one.
    "compare($self, /, other, context=None)" => compare_method;
    /// Compare by value; all NaNs signal.
    "compare_signal($self, /, other, context=None)" => compare_signal;
    /// Return the greater one. A number is preferred to a quiet NaN.
    "max($self, /, other, context=None)" => max;
    /// Return the one of greater magnitude.
    "max_mag($self, /, other, context=None)" => max_mag;
    /// Return the lesser one. A number is preferred to a quiet NaN.
    "min($self, /, other, context=None)" => min;
    /// Return the one of lesser magnitude.
    "min_mag($self, /, other, context=None)" => min_mag;
    /// Return the number of the context that is next in the direction of the other one.
    "next_toward($self, /, other, context=None)" => next_toward;
    /// Return the number rounded so that it has the exponent of another one.
    ///
    ///     >>> Decimal('2.675').quantize(Decimal('0.01'))
    ///     Decimal('2.68')
    ///     >>> Decimal('2.675').quantize(Decimal('0.1'), rounding=ROUND_DOWN)
    ///     Decimal('2.6')
    "quantize($self, /, exp, rounding=None, context=None)" => quantize;
    /// Return the remainder of the division whose quotient is the nearest integer.
    "remainder_near($self, /, other, context=None)" => remainder_near;
    /// Return self*other+third, rounded once.
    ///
    ///     >>> Decimal('1.5').fma(2, 4)
    ///     Decimal('7.0')
    "fma($self, /, other, third, context=None)" => fma;
    /// Return True: every Decimal is canonical.
    "is_canonical($self, /)" => is_canonical;
    /// Is the number finite?
    "is_finite($self, /)" => is_finite;
    /// Is the number infinite?
    "is_infinite($self, /)" => is_infinite;
    /// Is it a NaN, quiet or signaling?
    "is_nan($self, /)" => is_nan;
    /// Is it a quiet NaN?
    "is_qnan($self, /)" => is_qnan;
    /// Is it a signaling NaN?
    "is_snan($self, /)" => is_snan;
    /// Is the sign negative? Zeros and NaNs have signs too.
    "is_signed($self, /)" => is_signed;
    /// Is the number zero?
    "is_zero($self, /)" => is_zero;
    /// Is the number finite, not zero, and not subnormal?
    "is_normal($self, /, context=None)" => is_normal;
    /// Is the number finite, not zero, and its adjusted exponent less than Emin?
    "is_subnormal($self, /, context=None)" => is_subnormal;
    /// Return the exponent of the first digit.
    "adjusted($self, /)" => adjusted;
    /// Return self.
    "canonical($self, /)" => itself;
    /// Return self.
    "conjugate($self, /)" => itself;
    /// Return Decimal(10).
    "radix($self, /)" => radix;
    /// Return the absolute value, not rounded.
    "copy_abs($self, /)" => copy_abs;
    /// Return the negated number, not rounded.
    "copy_negate($self, /)" => copy_negate;
    /// Return the exponent of the first digit as a Decimal.
    "logb($self, /, context=None)" => logb;
    /// Invert all digits of a logical number.
    "logical_invert($self, /, context=None)" => logical_invert;
    /// Return the name of the number's class, such as '+Normal'.
    "number_class($self, /, context=None)" => number_class;
    /// Convert to a string with an exponent that is a multiple of three.
    "to_eng_string($self, /, context=None)" => to_eng_string;
    /// Compare by the total order of all representations.
    ///
    ///     >>> Decimal('3.50').compare_total(Decimal('3.5'))
    ///     Decimal('-1')
    "compare_total($self, /, other, context=None)" => compare_total;
    /// Compare by the total order, the signs left aside.
    "compare_total_mag($self, /, other, context=None)" => compare_total_mag;
    /// Return the number with the sign of another one.
    ///
    ///     >>> Decimal('7.25').copy_sign(-3)
    ///     Decimal('-7.25')
    "copy_sign($self, /, other, context=None)" => copy_sign;
    /// Have both the same exponent, or are both NaN, or both infinite?
    "same_quantum($self, /, other, context=None)" => same_quantum;
    /// Apply 'and' to the digits of two logical numbers.
    "logical_and($self, /, other, context=None)" => logical_and;
    /// Apply 'or' to the digits of two logical numbers.
    "logical_or($self, /, other, context=None)" => logical_or;
    /// Apply 'xor' to the digits of two logical numbers.
    "logical_xor($self, /, other, context=None)" => logical_xor;
    /// Return the number with its digits rotated, to the left where other is positive.
    "rotate($self, /, other, context=None)" => rotate;
    /// Return the number with other added to its exponent.
    "scaleb($self, /, other, context=None)" => scaleb;
    /// Return the number with its digits shifted, to the left where other is positive.
    "shift($self, /, other, context=None)" => shift;
    /// Convert a float or an int to a Decimal, exactly.
    "from_float($type, f, /)" => from_float_method [class];
    /// Convert a real number to a Decimal, exactly.
    "from_number($type, number, /)" => from_number [class];
    /// Return the number as a named tuple of sign, digits and exponent.
    "as_tuple($self, /)" => as_tuple;
    /// Return the number as a pair of integers, a fraction in lowest terms.
    "as_integer_ratio($self, /)" => as_integer_ratio;
    ///
    "__copy__($self, /)" => itself;
    ///
    "__deepcopy__($self, memo, /)" => deepcopy;
    /// Format by a format specifier.
    "__format__($self, fmtarg, override=None, /)" => super::format::format;
    ///
    "__reduce__($self, /)" => reduce;
    ///
    "__round__(...)" -> round;
    ///
    "__ceil__($self, /)" => ceil;
    ///
    "__floor__($self, /)" => floor;
    ///
    "__trunc__($self, /)" => trunc;
    ///
    "__complex__($self, /)" => complex;
    ///
    "__sizeof__($self, /)" => sizeof;
}}

fn itself(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

fn deepcopy(_: &Vm, [this, _]: &[Value; 2]) -> R {
    Ok(*this)
}

fn integral(vm: &Vm, [this, rounding, context]: &[Value; 3], exact: bool) -> R {
    let context = context_arg(vm, *context)?;
    let limits = context.limits.get();
    let rounding = if rounding.is_none() { limits.rounding } else { rounding_arg(vm, *rounding)? };
    let this = this_dec(vm, *this)?;
    let mut found = 0;
    let result = misc::to_integral(this.view(), rounding, exact, &limits, &mut found);
    finish(vm, context, found, result)
}

fn to_integral_value(vm: &Vm, args: &[Value; 3]) -> R {
    integral(vm, args, false)
}

fn to_integral_exact(vm: &Vm, args: &[Value; 3]) -> R {
    integral(vm, args, true)
}

fn quantize(vm: &Vm, [this, exp, rounding, context]: &[Value; 4]) -> R {
    let context = context_arg(vm, *context)?;
    let mut limits = context.limits.get();
    if !rounding.is_none() {
        limits.rounding = rounding_arg(vm, *rounding)?;
    }
    let this = this_dec(vm, *this)?;
    let exp = required(vm, *exp)?;
    let mut found = 0;
    let result = misc::quantize(this.view(), exp.view(), &limits, &mut found);
    finish(vm, context, found, result)
}

fn fma(vm: &Vm, [this, other, third, context]: &[Value; 4]) -> R {
    let context = context_arg(vm, *context)?;
    let this = this_dec(vm, *this)?;
    let (other, third) = (required(vm, *other)?, required(vm, *third)?);
    let mut found = 0;
    let result = arith::fma(this.view(), other.view(), third.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

fn tells(vm: &Vm, this: Value, question: impl FnOnce(View) -> bool) -> R {
    Ok(Value::bool(question(this_dec(vm, this)?.view())))
}

fn is_canonical(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |_| true)
}

fn is_finite(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.is_finite())
}

fn is_infinite(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.is_infinite())
}

fn is_nan(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.is_nan())
}

fn is_qnan(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.kind == Kind::Quiet)
}

fn is_snan(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.kind == Kind::Signaling)
}

fn is_signed(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.negative)
}

fn is_zero(vm: &Vm, [this]: &[Value; 1]) -> R {
    tells(vm, *this, |number| number.is_zero())
}

fn adjusted(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dec = this_dec(vm, *this)?;
    let number = dec.view();
    Ok(vm.int(if number.is_finite() { number.adjusted() } else { 0 }))
}

/// Decimal(10)
pub fn radix(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(new_dec(vm, Number::from_i64(10)))
}

fn copy_abs(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dec = this_dec(vm, *this)?;
    Ok(copy_of(vm, vm.types[TypeId::Decimal], dec.view().with_sign(false)))
}

fn copy_negate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dec = this_dec(vm, *this)?;
    let number = dec.view();
    Ok(copy_of(vm, vm.types[TypeId::Decimal], number.with_sign(!number.negative)))
}

fn number_class(vm: &Vm, [this, context]: &[Value; 2]) -> R {
    let context = context_arg(vm, *context)?;
    let dec = this_dec(vm, *this)?;
    Ok(vm.str(misc::class_name(dec.view(), &context.limits.get())).value())
}

fn to_eng_string(vm: &Vm, [this, context]: &[Value; 2]) -> R {
    let context = context_arg(vm, *context)?;
    let mut out = Vec::new();
    text::push_text(&mut out, this_dec(vm, *this)?.view(), context.capitals.get(), true);
    Ok(ascii(vm, &out))
}

fn same_quantum(vm: &Vm, [this, other, context]: &[Value; 3]) -> R {
    context_arg(vm, *context)?;
    let this = this_dec(vm, *this)?;
    let other = required(vm, *other)?;
    Ok(Value::bool(misc::same_quantum(this.view(), other.view())))
}

/// An exact number as instance of a class, which is called where it is a subclass.
fn exact_of_class(vm: &Vm, class: Value, number: Number) -> R {
    let number = convert::exactly(vm, current(vm)?, number)?;
    let class = class_arg(vm, class)?;
    if class == vm.types[TypeId::Decimal] {
        return Ok(dec_of_class(vm, class, number));
    }
    vm.call(class.value(), &[new_dec(vm, number)])
}

fn from_float_method(vm: &Vm, [class, f]: &[Value; 2]) -> R {
    let number = match (vm.as_int(*f), vm.as_float(*f)) {
        (Some(int), _) => from_int(int),
        (_, Some(float)) => from_float(float),
        _ => return Err(vm.type_error("argument must be int or float")),
    };
    exact_of_class(vm, *class, number)
}

fn from_number(vm: &Vm, [class, number]: &[Value; 2]) -> R {
    let is_number =
        super::object::as_dec(vm, *number).is_some() || vm.as_int(*number).is_some() || vm.as_float(*number).is_some();
    if !is_number {
        return Err(unsupported(vm, *number));
    }
    let value = convert::from_value(vm, current(vm)?, *number, Way::Exact)?;
    exact_of_class(vm, *class, value)
}

fn as_tuple(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dec = this_dec(vm, *this)?;
    let number = dec.view();
    let sign = vm.int(number.negative as i64);
    let exponent = match number.kind {
        Kind::Finite => vm.int(number.exponent),
        Kind::Infinite => vm.str("F").value(),
        Kind::Quiet => vm.str("n").value(),
        Kind::Signaling => vm.str("N").value(),
    };
    let mut digits = Vec::new();
    if !number.is_nan() || !number.digits.is_zero() {
        number.digits.push_text(&mut digits);
    }
    let digits = vm.tuple_with(digits.len(), |index| Value::small((digits[index] - b'0') as i64));
    let class = state(vm)?.tuple_class.get();
    vm.call(class, &[sign, digits.value(), exponent])
}

fn as_integer_ratio(vm: &Vm, [this]: &[Value; 1]) -> R {
    let (numerator, denominator) = ratio(vm, this_dec(vm, *this)?.view())?;
    Ok(vm.tuple(&[numerator, denominator]).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let text = vm.to_str(*this)?.value();
    reduced(vm, vm.type_of(*this).value(), &[text])
}

fn round(vm: &Vm, args: Args) -> R {
    let (this, places) = match *args.args {
        [this] => (this, None),
        [this, places] if args.keyword_count() == 0 => (this, Some(places)),
        _ => {
            let given = args.args.len().saturating_sub(1);
            return Err(vm.type_error(format!("__round__ expected at most 1 argument, got {given}")));
        }
    };
    let dec = this_dec(vm, this)?;
    let Some(places) = places else { return convert::to_int(vm, dec.view(), Rounding::HalfEven) };
    let Some(places) = vm.as_int(places) else { return Err(vm.type_error("optional arg must be an integer")) };
    let Some(places) = places.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let context = current(vm)?;
    let exponent = View::small(false, 1, places.saturating_neg());
    let mut found = 0;
    let result = misc::quantize(dec.view(), exponent, &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

fn rounded_int(vm: &Vm, this: Value, rounding: Rounding) -> R {
    convert::to_int(vm, this_dec(vm, this)?.view(), rounding)
}

fn ceil(vm: &Vm, [this]: &[Value; 1]) -> R {
    rounded_int(vm, *this, Rounding::Ceiling)
}

fn floor(vm: &Vm, [this]: &[Value; 1]) -> R {
    rounded_int(vm, *this, Rounding::Floor)
}

fn trunc(vm: &Vm, [this]: &[Value; 1]) -> R {
    rounded_int(vm, *this, Rounding::Down)
}

fn complex(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.complex(convert::to_float(vm, this_dec(vm, *this)?.view())?, 0.0))
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dec = this_dec(vm, *this)?;
    // Told in words of 19 digits, as CPython keeps them.
    let words = match dec.view().digits {
        Digits::Small(_) => 0,
        Digits::Large(long) => limbs::digits(long).min(MAX_DIGITS).div_ceil(19) as i64,
    };
    let own = 104;
    Ok(vm.int(if words > 4 { own + words * 8 } else { own }))
}
