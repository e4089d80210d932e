//! Ints, floats, strings and tuples as numbers, and numbers as ints and floats.

use super::context::{CtxRef, signal, state};
use super::object::{DecRef, as_dec};
use crate::decimal::context::{Context as Limits, MAX_DIGITS, Rounding, status};
use crate::decimal::limbs;
use crate::decimal::multiply;
use crate::decimal::number::{Coefficient, Digits, Kind, Number, View};
use crate::decimal::round::{self, shift_right};
use crate::decimal::text;
use base::number::{parse_float, to_ascii_number, trim_ascii_space};
use dashu_int::{IBig, UBig};
use object::{Int, R, Raised, Str, Tuple, Value, ValueExt, Vm};
use object::{List, Ref};

/// An operand: a Decimal, or a number made of something else.
pub enum Operand {
    /// A Decimal.
    Object(DecRef),
    /// Any other number.
    Number(Number),
}

impl Operand {
    /// The number.
    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        match self {
            Operand::Object(object) => object.view(),
            Operand::Number(number) => number.view(),
        }
    }
}

/// The number of an int.
pub fn from_int(int: Int) -> Number {
    match int {
        Int::Small(int) => Number::from_i64(int),
        Int::Big(big) => from_big(&big.big),
    }
}

fn from_big(big: &IBig) -> Number {
    let negative = *big < IBig::ZERO;
    let magnitude = dashu_int::ops::UnsignedAbs::unsigned_abs(big);
    let coefficient = match u128::try_from(&magnitude) {
        Ok(small) => Coefficient::from_u128(small),
        Err(_) => text::coefficient(magnitude.to_string().as_bytes()),
    };
    Number::finite(negative, coefficient, 0)
}

/// The exact number of a float.
pub fn from_float(float: f64) -> Number {
    if float.is_nan() {
        return Number::nan();
    }
    let negative = float.is_sign_negative();
    if float.is_infinite() {
        return Number::infinity(negative);
    }
    let bits = float.to_bits();
    let biased = (bits >> 52 & 0x7FF) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mut mantissa, mut exponent) =
        if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    if mantissa == 0 {
        return Number::small(negative, 0, 0);
    }
    let zeros = (mantissa.trailing_zeros() as i64).min(if exponent < 0 { -exponent } else { 0 });
    mantissa >>= zeros;
    exponent += zeros;
    if exponent >= 0 {
        let magnitude = UBig::from(mantissa) << exponent as usize;
        return from_big(&IBig::from(magnitude)).with_sign(negative);
    }
    // m / 2^k = m * 5^k / 10^k
    let places = exponent.unsigned_abs();
    let product = match 5u128.checked_pow(places as u32).and_then(|power| power.checked_mul(mantissa as u128)) {
        Some(small) => Coefficient::from_u128(small),
        None => Coefficient::from_limbs(multiply::mul(&power_of_five(places), &[mantissa])),
    };
    Number::finite(negative, product, exponent)
}

fn power_of_five(count: u64) -> Vec<u64> {
    // 5^25 is the highest power below the base.
    let mut power = vec![5u64.pow((count % 25) as u32)];
    let mut factor = vec![5u64.pow(25)];
    let mut left = count / 25;
    while left > 0 {
        if left & 1 != 0 {
            power = multiply::mul(&power, &factor);
        }
        factor = multiply::square(&factor);
        left >>= 1;
    }
    power
}

/// An operand of an operator: a Decimal or an int.
#[inline(always)]
pub fn operand(vm: &Vm, value: Value) -> Option<Operand> {
    if let Some(dec) = as_dec(vm, value) {
        return Some(Operand::Object(dec));
    }
    vm.as_int(value).map(|int| Operand::Number(from_int(int)))
}

/// An operand of a method; TypeError where it is neither Decimal nor int.
#[inline(always)]
pub fn required(vm: &Vm, value: Value) -> Result<Operand, Raised> {
    operand(vm, value).ok_or_else(|| unsupported(vm, value))
}

/// The TypeError for what cannot become a Decimal.
#[cold]
pub fn unsupported(vm: &Vm, value: Value) -> Raised {
    vm.type_error(format!("conversion from {} to Decimal is not supported", crate::support::class_name(vm, value)))
}

/// A number that is to be taken exactly: it must fit the widest limits.
pub fn exactly(vm: &Vm, context: CtxRef, number: Number) -> Result<Number, Raised> {
    let mut found = 0;
    let number = round::finish(number, &Limits::MAX, &mut found);
    if found & (status::INEXACT | status::ROUNDED | status::CLAMPED) != 0 {
        signal(vm, context, status::INVALID_OPERATION)?;
        return Ok(Number::nan());
    }
    signal(vm, context, found & status::ERRORS)?;
    Ok(number)
}

/// A number fitted into a context, as `create_decimal` does it. Diagnostics that are too long are an error.
pub fn fitted(vm: &Vm, context: CtxRef, number: Number) -> Result<Number, Raised> {
    let limits = context.limits.get();
    let mut found = 0;
    let too_long = number.view().is_nan()
        && !number.view().digits.is_zero()
        && number.view().digits.count() > limits.prec - limits.clamp as i64;
    let number = if too_long {
        found = status::CONVERSION_SYNTAX;
        Number::nan()
    } else {
        round::finish(number, &limits, &mut found)
    };
    signal(vm, context, found)?;
    Ok(number)
}

fn syntax_error(vm: &Vm, context: CtxRef) -> Result<Number, Raised> {
    signal(vm, context, status::CONVERSION_SYNTAX)?;
    Ok(Number::nan())
}

/// What to make of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// As the class Decimal does: exactly; white space and underscores are allowed in strings.
    Exact,
    /// As `create_decimal` does: rounded to the context.
    Rounded,
}

impl Way {
    fn apply(self, vm: &Vm, context: CtxRef, number: Number) -> Result<Number, Raised> {
        match self {
            Way::Exact => exactly(vm, context, number),
            Way::Rounded => fitted(vm, context, number),
        }
    }
}

fn from_text(vm: &Vm, context: CtxRef, string: Ref<Str>, way: Way) -> Result<Number, Raised> {
    let ascii = to_ascii_number(string.text());
    let mut bytes: &[u8] = &ascii;
    let stripped: Vec<u8>;
    if way == Way::Exact {
        bytes = trim_space(bytes);
        if bytes.contains(&b'_') {
            stripped = bytes.iter().copied().filter(|byte| *byte != b'_').collect();
            bytes = &stripped;
        }
    }
    match text::parse(bytes) {
        Some(number) => way.apply(vm, context, number),
        None => syntax_error(vm, context),
    }
}

/// Without white space at the ends; the separators from 0x1C to 0x1F are white space too.
fn trim_space(mut bytes: &[u8]) -> &[u8] {
    loop {
        let trimmed = trim_ascii_space(bytes);
        let trimmed = match trimmed {
            [0x1C..=0x1F, rest @ ..] | [rest @ .., 0x1C..=0x1F] => rest,
            _ => return trimmed,
        };
        bytes = trimmed;
    }
}

/// The number of a sequence of sign, digits and exponent.
fn from_sequence(vm: &Vm, context: CtxRef, parts: Ref<Tuple>, way: Way) -> Result<Number, Raised> {
    let [sign, digits, exponent] = *parts.items() else {
        return Err(vm.value_error("argument must be a sequence of length 3"));
    };
    let negative = match vm.as_int(sign) {
        Some(Int::Small(sign @ (0 | 1))) => sign == 1,
        _ => return Err(vm.value_error("sign must be an integer with the value 0 or 1")),
    };
    let mut kind = Kind::Finite;
    let mut place = 0;
    if let Some(text) = vm.as_str(exponent) {
        kind = match text.as_bytes() {
            b"F" => Kind::Infinite,
            b"n" => Kind::Quiet,
            b"N" => Kind::Signaling,
            _ => {
                return Err(vm.value_error("string argument in the third position must be 'F', 'n' or 'N'"));
            }
        };
    } else {
        let Some(int) = vm.as_int(exponent) else { return Err(vm.value_error("exponent must be an integer")) };
        place = match int.to_i64() {
            Some(place) => place,
            None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        };
    }
    let not_digits = || vm.value_error("coefficient must be a tuple of digits");
    if digits.cast::<Tuple>().is_none()
        && vm.type_of(digits).slots().iter.is_none()
        && vm.type_of(digits).slots().getitem.is_none()
    {
        return Err(not_digits());
    }
    let digits = vm.to_tuple(digits)?;
    let mut ascii = Vec::with_capacity(digits.len());
    for digit in digits.items() {
        match vm.as_int(*digit) {
            Some(Int::Small(digit @ 0..=9)) => ascii.push(b'0' + digit as u8),
            _ => return Err(not_digits()),
        }
    }
    let number = match kind {
        Kind::Infinite => Number::infinity(negative),
        // Exponents that no context holds are brought nearer, so that they can be counted with.
        _ => Number {
            negative,
            kind,
            exponent: place.clamp(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000),
            coefficient: text::coefficient(&ascii),
        },
    };
    let number = if number.view().is_nan() { Number { exponent: 0, ..number } } else { number };
    way.apply(vm, context, number)
}

/// The number of an int, float, string, tuple, list or Decimal.
pub fn from_value(vm: &Vm, context: CtxRef, value: Value, way: Way) -> Result<Number, Raised> {
    if let Some(dec) = as_dec(vm, value) {
        return match way {
            Way::Exact => Ok(dec.view().to_number()),
            Way::Rounded => fitted(vm, context, dec.view().to_number()),
        };
    }
    if let Some(string) = vm.as_str(value) {
        return from_text(vm, context, string, way);
    }
    if let Some(int) = vm.as_int(value) {
        return way.apply(vm, context, from_int(int));
    }
    if let Some(tuple) = vm.as_tuple(value) {
        return from_sequence(vm, context, tuple, way);
    }
    if let Some(list) = value.cast::<List>() {
        return from_sequence(vm, context, vm.tuple(list.items()), way);
    }
    if let Some(float) = vm.as_float(value) {
        signal(vm, context, status::FLOAT_OPERATION)?;
        return way.apply(vm, context, from_float(float));
    }
    Err(unsupported(vm, value))
}

/// A number as int, rounded.
pub fn to_int(vm: &Vm, number: View, rounding: Rounding) -> R {
    match number.kind {
        Kind::Finite => {}
        Kind::Infinite => return Err(vm.overflow_error("cannot convert Infinity to integer")),
        Kind::Quiet | Kind::Signaling => return Err(vm.value_error("cannot convert NaN to integer")),
    }
    let coefficient = if number.exponent >= 0 {
        if number.exponent as u64 > MAX_DIGITS && !number.digits.is_zero() {
            return Err(vm.memory_error());
        }
        number.digits.shifted(number.exponent as u64)
    } else {
        shift_right(number.digits, -number.exponent, number.negative, rounding).0
    };
    Ok(int_value(vm, number.negative, coefficient.view()))
}

/// A signed magnitude as int.
pub fn int_value(vm: &Vm, negative: bool, digits: Digits) -> Value {
    let magnitude = to_big(digits);
    vm.big(if negative { -IBig::from(magnitude) } else { IBig::from(magnitude) })
}

fn to_big(digits: Digits) -> UBig {
    match digits {
        Digits::Small(small) => UBig::from(small),
        Digits::Large(long) => {
            let mut text = Vec::new();
            limbs::push_digits(&mut text, long);
            std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()).unwrap_or(UBig::ZERO)
        }
    }
}

/// A number as float.
pub fn to_float(vm: &Vm, number: View) -> Result<f64, Raised> {
    match number.kind {
        Kind::Signaling => return Err(vm.value_error("cannot convert signaling NaN to float")),
        Kind::Quiet => return Ok(if number.negative { -f64::NAN } else { f64::NAN }),
        _ => {}
    }
    let mut out = Vec::new();
    text::push_text(&mut out, number, true, false);
    Ok(parse_float(&out).unwrap_or(f64::NAN))
}

/// Numerator and denominator of a finite number, in lowest terms.
pub fn ratio(vm: &Vm, number: View) -> Result<(Value, Value), Raised> {
    match number.kind {
        Kind::Finite => {}
        Kind::Infinite => return Err(vm.overflow_error("cannot convert Infinity to integer ratio")),
        Kind::Quiet | Kind::Signaling => return Err(vm.value_error("cannot convert NaN to integer ratio")),
    }
    if number.exponent.unsigned_abs() > MAX_DIGITS && !number.digits.is_zero() {
        return Err(vm.memory_error());
    }
    if number.exponent >= 0 || number.digits.is_zero() {
        let whole = number.digits.shifted(number.exponent.max(0) as u64);
        return Ok((int_value(vm, number.negative, whole.view()), vm.int(1)));
    }
    let denominator = UBig::from(10u8).pow(number.exponent.unsigned_abs() as usize);
    let numerator = to_big(number.digits);
    let common = dashu_int::ops::Gcd::gcd(&numerator, &denominator);
    let (numerator, denominator) = (IBig::from(numerator / &common), IBig::from(denominator / &common));
    Ok((vm.big(if number.negative { -numerator } else { numerator }), vm.big(denominator)))
}

/// Is the value a `numbers.Rational`?
pub fn is_rational(vm: &Vm, value: Value) -> Result<bool, Raised> {
    let rational = state(vm)?.rational.get();
    vm.is_instance(value, rational)
}
