//! Between objects and arithmetic: fetching operands and contexts, making results. Methods of Decimal and of Context share
//! the operations in [`op`].

use super::context::{CtxRef, context_arg, finish, signal, state};
use super::convert::{Operand, required};
use super::object::{new_dec, this_dec};
use crate::decimal::context::Context as Limits;
use crate::decimal::fixed::Constants;
use crate::decimal::number::{Number, View};
use crate::support::data;
use object::{R, Raised, Value, Vm};

/// An operation on one number.
pub type Unary = fn(View, &Limits, &mut u32) -> Number;
/// An operation on two numbers.
pub type Binary = fn(View, View, &Limits, &mut u32) -> Number;
/// An operation on one number that needs constants.
pub type Elementary = fn(View, &Limits, &mut u32, &Constants) -> Number;
/// A question to one number.
pub type Test = fn(View, &Limits) -> bool;

/// The operations, with one signature each.
pub mod op {
    use crate::decimal::compare::{self, Extreme};
    use crate::decimal::context::Context as Limits;
    use crate::decimal::misc::{self, Logic};
    use crate::decimal::number::{Number, View};

    macro_rules! shared {
        ($($name:ident = |$a:ident, $b:ident, $limits:ident, $flags:ident| $body:expr;)*) => {$(
            #[allow(missing_docs)]
            pub fn $name($a: View, $b: View, $limits: &Limits, $flags: &mut u32) -> Number {
                $body
            }
        )*};
    }

    shared! {
        max = |a, b, limits, flags| compare::extreme(a, b, Extreme { greatest: true, by_magnitude: false }, limits, flags);
        max_mag = |a, b, limits, flags| compare::extreme(a, b, Extreme { greatest: true, by_magnitude: true }, limits, flags);
        min = |a, b, limits, flags| compare::extreme(a, b, Extreme { greatest: false, by_magnitude: false }, limits, flags);
        min_mag = |a, b, limits, flags| compare::extreme(a, b, Extreme { greatest: false, by_magnitude: true }, limits, flags);
        compare_total = |a, b, _limits, _flags| Number::from_i64(compare::total_order(a, b) as i64);
        compare_total_mag = |a, b, _limits, _flags| Number::from_i64(compare::total_order_of_magnitudes(a, b) as i64);
        copy_sign = |a, b, _limits, _flags| a.with_sign(b.negative).to_number();
        logical_and = |a, b, limits, flags| misc::logical(a, b, Logic::And, limits, flags);
        logical_or = |a, b, limits, flags| misc::logical(a, b, Logic::Or, limits, flags);
        logical_xor = |a, b, limits, flags| misc::logical(a, b, Logic::Xor, limits, flags);
    }

    /// Rounded to an int, without a signal.
    pub fn to_integral_value(a: View, limits: &Limits, flags: &mut u32) -> Number {
        misc::to_integral(a, limits.rounding, false, limits, flags)
    }

    /// Rounded to an int, with signals.
    pub fn to_integral_exact(a: View, limits: &Limits, flags: &mut u32) -> Number {
        misc::to_integral(a, limits.rounding, true, limits, flags)
    }

    /// Fitted into the context, without regard to its kind.
    pub fn apply(a: View, limits: &Limits, flags: &mut u32) -> Number {
        crate::decimal::round::finish(a.to_number(), limits, flags)
    }

    /// The absolute value, not rounded.
    pub fn copy_abs(a: View, _: &Limits, _: &mut u32) -> Number {
        a.with_sign(false).to_number()
    }

    /// The negated value, not rounded.
    pub fn copy_negate(a: View, _: &Limits, _: &mut u32) -> Number {
        a.with_sign(!a.negative).to_number()
    }
}

/// `decimal.operation(context=None)`
pub fn unary(vm: &Vm, [this, context]: &[Value; 2], operation: Unary) -> R {
    let context = context_arg(vm, *context)?;
    let this = this_dec(vm, *this)?;
    let mut found = 0;
    let result = operation(this.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

/// `decimal.operation(context=None)` with constants.
pub fn elementary(vm: &Vm, [this, context]: &[Value; 2], operation: Elementary) -> R {
    let context = context_arg(vm, *context)?;
    let this = this_dec(vm, *this)?;
    apply_elementary(vm, context, this.view(), operation)
}

fn apply_elementary(vm: &Vm, context: CtxRef, number: View, operation: Elementary) -> R {
    let state = state(vm)?;
    let mut found = 0;
    let result = operation(number, &context.limits.get(), &mut found, &state.constants);
    finish(vm, context, found, result)
}

/// `decimal.operation(other, context=None)`
pub fn binary(vm: &Vm, [this, other, context]: &[Value; 3], operation: Binary) -> R {
    let context = context_arg(vm, *context)?;
    let this = this_dec(vm, *this)?;
    let other = required(vm, *other)?;
    let mut found = 0;
    let result = operation(this.view(), other.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

/// `decimal.operation(context=None)` that tells something.
pub fn test(vm: &Vm, [this, context]: &[Value; 2], operation: Test) -> R {
    let context = context_arg(vm, *context)?;
    let this = this_dec(vm, *this)?;
    Ok(Value::bool(operation(this.view(), &context.limits.get())))
}

/// The context that is the receiver, and operands.
fn context_operands<const N: usize>(
    vm: &Vm,
    this: Value,
    values: [Value; N],
) -> Result<(CtxRef, [Operand; N]), Raised> {
    let context = data(vm, this)?;
    let mut failed = None;
    let operands = values.map(|value| match required(vm, value) {
        Ok(operand) => operand,
        Err(raised) => {
            failed = failed.or(Some(raised));
            Operand::Number(Number::nan())
        }
    });
    match failed {
        None => Ok((context, operands)),
        Some(raised) => Err(raised),
    }
}

/// `context.operation(x)`
pub fn context_unary(vm: &Vm, [this, x]: &[Value; 2], operation: Unary) -> R {
    let (context, [x]) = context_operands(vm, *this, [*x])?;
    let mut found = 0;
    let result = operation(x.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

/// `context.operation(x)` with constants.
pub fn context_elementary(vm: &Vm, [this, x]: &[Value; 2], operation: Elementary) -> R {
    let (context, [x]) = context_operands(vm, *this, [*x])?;
    apply_elementary(vm, context, x.view(), operation)
}

/// `context.operation(x, y)`
pub fn context_binary(vm: &Vm, [this, x, y]: &[Value; 3], operation: Binary) -> R {
    let (context, [x, y]) = context_operands(vm, *this, [*x, *y])?;
    let mut found = 0;
    let result = operation(x.view(), y.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

/// `context.fma(x, y, z)`
pub fn context_fma(vm: &Vm, [this, x, y, z]: &[Value; 4]) -> R {
    let (context, [x, y, z]) = context_operands(vm, *this, [*x, *y, *z])?;
    let mut found = 0;
    let result = crate::decimal::arith::fma(x.view(), y.view(), z.view(), &context.limits.get(), &mut found);
    finish(vm, context, found, result)
}

/// `context.operation(x)` that tells something.
pub fn context_test(vm: &Vm, [this, x]: &[Value; 2], operation: Test) -> R {
    let (context, [x]) = context_operands(vm, *this, [*x])?;
    Ok(Value::bool(operation(x.view(), &context.limits.get())))
}

/// `context.operation(x)` with a text as result.
pub fn context_text(vm: &Vm, [this, x]: &[Value; 2], operation: fn(View, &super::context::Ctx) -> String) -> R {
    let (context, [x]) = context_operands(vm, *this, [*x])?;
    Ok(vm.str(&operation(x.view(), &context)).value())
}

/// Quotient and remainder, as a tuple.
pub fn divmod(vm: &Vm, context: CtxRef, a: View, b: View) -> R {
    let mut found = 0;
    let (quotient, rest) = crate::decimal::quotient::divmod(a, b, &context.limits.get(), &mut found);
    signal(vm, context, found)?;
    let quotient = new_dec(vm, quotient);
    Ok(vm.tuple(&[quotient, new_dec(vm, rest)]).value())
}

/// `context.divmod(x, y)`
pub fn context_divmod(vm: &Vm, [this, x, y]: &[Value; 3]) -> R {
    let (context, [x, y]) = context_operands(vm, *this, [*x, *y])?;
    divmod(vm, context, x.view(), y.view())
}

/// A power, modulo a number where that is given.
pub fn power(vm: &Vm, context: CtxRef, base: View, exponent: View, modulus: Option<View>) -> R {
    let state = state(vm)?;
    let limits = context.limits.get();
    let mut found = 0;
    let result = match modulus {
        None => crate::decimal::power::pow(base, exponent, &limits, &mut found, &state.constants),
        Some(modulus) => crate::decimal::power::pow_mod(base, exponent, modulus, &limits, &mut found),
    };
    finish(vm, context, found, result)
}

/// `context.power(a, b, modulo=None)`
pub fn context_power(vm: &Vm, [this, a, b, modulus]: &[Value; 4]) -> R {
    if modulus.is_none() {
        let (context, [a, b]) = context_operands(vm, *this, [*a, *b])?;
        return power(vm, context, a.view(), b.view(), None);
    }
    let (context, [a, b, modulus]) = context_operands(vm, *this, [*a, *b, *modulus])?;
    power(vm, context, a.view(), b.view(), Some(modulus.view()))
}

/// `context.same_quantum(x, y)`
pub fn context_same_quantum(vm: &Vm, [this, x, y]: &[Value; 3]) -> R {
    let (_, [x, y]) = context_operands(vm, *this, [*x, *y])?;
    Ok(Value::bool(crate::decimal::misc::same_quantum(x.view(), y.view())))
}

/// `context.copy_decimal(x)`
pub fn context_copy_decimal(vm: &Vm, [this, x]: &[Value; 2]) -> R {
    let (_, [operand]) = context_operands(vm, *this, [*x])?;
    Ok(match operand {
        Operand::Object(object) => object.value(),
        Operand::Number(number) => new_dec(vm, number),
    })
}
