//! `timedelta`

use super::values::{Delta, as_delta, delta_of_total, delta_value, new_delta};
use crate::support::{Binding, class_arg, class_name, data, reduced, split_first};
use base::hash::{TupleHasher, hash_i64};
use base::number::{Int as AnyInt, float_to_int};
use bytecode::CompareOperator;
use dashu_int::IBig;
use object::ops::ordering_matches;
use object::{
    Args, GetSet, Int, Kind, R, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, Vm, native_ref, natives, type_flags,
};

/// The class.
pub static DELTA: TypeDef = TypeDef {
    id: Some(TypeId::TimeDelta),
    name: "timedelta",
    module: "datetime",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "Difference between two datetime values.\n\n\
          timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\n\
          All arguments are optional and default to 0.\n\
          Arguments may be integers or floats, and may be positive or negative.",
    slots: &[
        Slot::repr(repr),
        Slot::str(str),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::add(add),
        Slot::subtract(subtract),
        Slot::multiply(multiply),
        Slot::remainder(remainder),
        Slot::divmod(divmod),
        Slot::floor_divide(floor_divide),
        Slot::true_divide(true_divide),
        Slot::negative(|vm, this| delta_of_total(vm, -data::<Delta>(vm, this)?.total())),
        Slot::positive(|vm, this| new_delta(vm, **data::<Delta>(vm, this)?)),
        Slot::absolute(|vm, this| delta_of_total(vm, data::<Delta>(vm, this)?.total().abs())),
        Slot::bool(|vm, this| Ok(**data::<Delta>(vm, this)? != Delta::ZERO)),
    ],
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "days",
            get: |vm, this| Ok(vm.int(data::<Delta>(vm, this)?.days as i64)),
            set: None,
            doc: "Number of days.",
            is_member: true,
        },
        GetSet {
            name: "seconds",
            get: |vm, this| Ok(vm.int(data::<Delta>(vm, this)?.seconds as i64)),
            set: None,
            doc: "Number of seconds (>= 0 and less than 1 day).",
            is_member: true,
        },
        GetSet {
            name: "microseconds",
            get: |vm, this| Ok(vm.int(data::<Delta>(vm, this)?.microseconds as i64)),
            set: None,
            doc: "Number of microseconds (>= 0 and less than 1 second).",
            is_member: true,
        },
    ],
    new: Some(native_ref!("timedelta(...)" -> new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Total seconds in the duration.
    "total_seconds($self, /)" => total_seconds [leaf];
    /// __reduce__() -> (cls, state)
    "__reduce__($self, /)" => reduce;
}}

/// The parameters with the microseconds of each, in the order in which they are added up.
const UNITS: [(usize, i64); 7] = [
    (2, 1),
    (3, 1_000),
    (1, 1_000_000),
    (4, 60_000_000),
    (5, 3_600_000_000),
    (0, 86_400_000_000),
    (6, 604_800_000_000),
];

const NEW: Binding = Binding {
    name: "__new__",
    params: &["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"],
    positional: 7,
    required: 0,
};

fn new(vm: &Vm, args: Args) -> R {
    let (class, args) = split_first(vm, args)?;
    let class = class_arg(vm, class)?;
    let parts: [Value; 7] = NEW.bind(vm, args)?;
    if let [days, rest @ ..] = parts
        && rest.iter().all(|part| part.is_unbound())
        && let Some(days) = days.as_small()
        && let Ok(days) = i32::try_from(days)
    {
        return delta_value(vm, class, Delta { days, ..Delta::ZERO });
    }
    let mut sum = Sum::default();
    for (index, unit) in UNITS {
        let part = parts[index];
        if !part.is_unbound() {
            sum.add(vm, NEW.params[index], part, unit)?;
        }
    }
    sum.finish(vm, class)
}

/// Microseconds being added up: whole ones, and what floats leave over.
#[derive(Default)]
struct Sum {
    whole: i128,
    /// What did not fit.
    big: IBig,
    fraction: f64,
}

impl Sum {
    fn add_int(&mut self, int: i64, unit: i64) {
        let part = int as i128 * unit as i128;
        match self.whole.checked_add(part) {
            Some(sum) => self.whole = sum,
            None => self.big += part,
        }
    }

    fn add(&mut self, vm: &Vm, name: &str, part: Value, unit: i64) -> Result<(), Raised> {
        if let Some(int) = vm.as_int(part) {
            match int {
                Int::Small(int) => self.add_int(int, unit),
                Int::Big(big) => self.big += &big.big * unit,
            }
            return Ok(());
        }
        let Some(float) = vm.as_float(part) else {
            let text =
                format!("unsupported type for timedelta {name} component: {}", crate::support::class_name(vm, part));
            return Err(vm.type_error(text));
        };
        match float_to_int(float) {
            Some(AnyInt::Small(int)) => self.add_int(int, unit),
            Some(AnyInt::Big(big)) => self.big += big * unit,
            None if float.is_nan() => return Err(vm.value_error("cannot convert float NaN to integer")),
            None => return Err(vm.overflow_error("cannot convert float infinity to integer")),
        }
        let fraction = float.fract();
        if fraction != 0.0 {
            let scaled = fraction * unit as f64;
            self.whole += scaled.trunc() as i128;
            self.fraction += scaled.fract();
        }
        Ok(())
    }

    fn finish(mut self, vm: &Vm, class: Ref<TypeObj>) -> R {
        if self.big != IBig::ZERO {
            self.big += self.whole;
            match i128::try_from(&self.big) {
                Ok(whole) => self.whole = whole,
                Err(_) => return Err(vm.overflow_error("Python int too large to convert to C int")),
            }
        }
        if self.fraction != 0.0 {
            let mut rounded = self.fraction.round();
            if (rounded - self.fraction).abs() == 0.5 {
                // Half way: to the even total.
                let odd = (self.whole & 1) as f64;
                rounded = 2.0 * ((self.fraction + odd) * 0.5).round() - odd;
            }
            self.whole += rounded as i128;
        }
        match Delta::of_total(self.whole) {
            Some(delta) => delta_value(vm, class, delta),
            None => Err(vm.overflow_error("Python int too large to convert to C int")),
        }
    }
}

fn repr(vm: &Vm, this: Value) -> R {
    let delta = data::<Delta>(vm, this)?;
    let mut parts = Vec::new();
    for (name, part) in [("days", delta.days), ("seconds", delta.seconds), ("microseconds", delta.microseconds)] {
        if part != 0 {
            parts.push(format!("{name}={part}"));
        }
    }
    let shown = if parts.is_empty() { String::from("0") } else { parts.join(", ") };
    Ok(vm.str(&format!("{}({shown})", class_name(vm, this))).value())
}

fn str(vm: &Vm, this: Value) -> R {
    let delta = data::<Delta>(vm, this)?;
    let mut text = String::new();
    if delta.days != 0 {
        let plural = if delta.days.abs() == 1 { "" } else { "s" };
        text = format!("{} day{plural}, ", delta.days);
    }
    let (hours, minutes, seconds) = (delta.seconds / 3600, delta.seconds / 60 % 60, delta.seconds % 60);
    text.push_str(&format!("{hours}:{minutes:02}:{seconds:02}"));
    if delta.microseconds != 0 {
        text.push_str(&format!(".{:06}", delta.microseconds));
    }
    Ok(vm.str(&text).value())
}

/// The hash of a timedelta.
pub fn hash_delta(delta: Delta) -> i64 {
    let mut hasher = TupleHasher::new();
    for part in [delta.days, delta.seconds, delta.microseconds] {
        hasher.add(hash_i64(part as i64));
    }
    hasher.finish()
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Ok(hash_delta(**data::<Delta>(vm, this)?))
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    match (as_delta(vm, a), as_delta(vm, b)) {
        (Some(a), Some(b)) => Ok(Value::bool(ordering_matches(op, a.cmp(&b)))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn add(vm: &Vm, a: Value, b: Value) -> R {
    match (as_delta(vm, a), as_delta(vm, b)) {
        (Some(a), Some(b)) => delta_of_total(vm, a.total() + b.total()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    match (as_delta(vm, a), as_delta(vm, b)) {
        (Some(a), Some(b)) => delta_of_total(vm, a.total() - b.total()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn of_big(vm: &Vm, total: &IBig) -> R {
    match i128::try_from(total) {
        Ok(total) => delta_of_total(vm, total),
        Err(_) => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

fn multiply(vm: &Vm, a: Value, b: Value) -> R {
    let (delta, factor) = match (as_delta(vm, a), as_delta(vm, b)) {
        (Some(delta), None) => (delta, b),
        (None, Some(delta)) => (delta, a),
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    if let Some(int) = vm.as_int(factor) {
        if let Int::Small(int) = int
            && let Some(total) = delta.total().checked_mul(int as i128)
        {
            return delta_of_total(vm, total);
        }
        return of_big(vm, &(IBig::from(delta.total()) * int.to_big()));
    }
    if let Some(float) = vm.as_float(factor) {
        let (numerator, denominator) = ratio_of(vm, factor, float)?;
        return of_big(vm, &divide_nearest(vm, IBig::from(delta.total()) * numerator, denominator)?);
    }
    Ok(Value::NOT_IMPLEMENTED)
}

/// `value.as_integer_ratio()` of a float, which a subclass may define itself.
fn ratio_of(vm: &Vm, value: Value, float: f64) -> Result<(IBig, IBig), Raised> {
    if vm.is_exactly(value, TypeId::Float) {
        return ratio(vm, float);
    }
    let result = vm.call_method_str(value, "as_integer_ratio", &[])?;
    let Some(pair) = vm.as_tuple(result) else {
        let name = class_name(vm, result);
        return Err(
            vm.type_error(format!("unexpected return type from as_integer_ratio(): expected tuple, not '{name}'"))
        );
    };
    let [numerator, denominator] = *pair.items() else {
        return Err(vm.value_error("as_integer_ratio() must return a 2-tuple"));
    };
    match (vm.as_int(numerator), vm.as_int(denominator)) {
        (Some(numerator), Some(denominator)) => Ok((numerator.to_big(), denominator.to_big())),
        _ => Err(vm.type_error("as_integer_ratio() must return a tuple of ints")),
    }
}

/// `float.as_integer_ratio`
fn ratio(vm: &Vm, float: f64) -> Result<(IBig, IBig), Raised> {
    if float.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if float.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let bits = float.to_bits();
    let biased = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mut mantissa, mut exponent) =
        if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    if mantissa == 0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let zeros = mantissa.trailing_zeros() as i32;
    mantissa >>= zeros;
    exponent += zeros;
    let signed = if float < 0.0 { -IBig::from(mantissa) } else { IBig::from(mantissa) };
    if exponent >= 0 {
        Ok((signed << exponent as usize, IBig::ONE))
    } else {
        Ok((signed, IBig::ONE << -exponent as usize))
    }
}

#[cold]
fn by_zero(vm: &Vm) -> Raised {
    vm.zero_division_error("division by zero")
}

/// The quotient rounded to the nearest int, the even one of two.
fn divide_nearest(vm: &Vm, a: IBig, b: IBig) -> Result<IBig, Raised> {
    use dashu_int::ops::{BitTest, DivRemEuclid};
    if b == IBig::ZERO {
        return Err(by_zero(vm));
    }
    let (a, b) = if b < IBig::ZERO { (-a, -b) } else { (a, b) };
    // The divisor is positive, so the quotient is the floor.
    let (quotient, rest) = a.div_rem_euclid(b.clone());
    let twice = IBig::from(rest) << 1;
    let up = twice > b || twice == b && quotient.bit(0);
    Ok(if up { quotient + 1 } else { quotient })
}

/// Quotient towards minus infinity and remainder. The divisor is not zero.
fn floor_div(a: i128, b: i128) -> (i128, i128) {
    let (quotient, rest) = (a / b, a % b);
    if rest != 0 && (rest < 0) != (b < 0) { (quotient - 1, rest + b) } else { (quotient, rest) }
}

fn int_value(vm: &Vm, int: i128) -> Value {
    match i64::try_from(int) {
        Ok(int) => vm.int(int),
        Err(_) => vm.big(IBig::from(int)),
    }
}

fn floor_divide(vm: &Vm, a: Value, b: Value) -> R {
    let Some(delta) = as_delta(vm, a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(divisor) = as_delta(vm, b) {
        if divisor == Delta::ZERO {
            return Err(by_zero(vm));
        }
        return Ok(int_value(vm, floor_div(delta.total(), divisor.total()).0));
    }
    match vm.as_int(b) {
        Some(Int::Small(0)) => Err(by_zero(vm)),
        Some(Int::Small(divisor)) => delta_of_total(vm, floor_div(delta.total(), divisor as i128).0),
        Some(Int::Big(big)) => {
            // Any span is shorter: the quotient is 0 or -1.
            let negative = big.big < IBig::ZERO;
            let big_total = IBig::from(delta.total());
            let less = delta != Delta::ZERO && (big_total < IBig::ZERO) != negative;
            let quotient = match i128::try_from(&big.big) {
                Ok(divisor) => floor_div(delta.total(), divisor).0,
                Err(_) => -(less as i128),
            };
            delta_of_total(vm, quotient)
        }
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn true_divide(vm: &Vm, a: Value, b: Value) -> R {
    let Some(delta) = as_delta(vm, a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(divisor) = as_delta(vm, b) {
        if divisor == Delta::ZERO {
            return Err(by_zero(vm));
        }
        let (a, b) = (int_value(vm, delta.total()), int_value(vm, divisor.total()));
        return vm.binary(bytecode::BinaryOperator::TrueDivide, a, b);
    }
    if let Some(int) = vm.as_int(b) {
        return of_big(vm, &divide_nearest(vm, IBig::from(delta.total()), int.to_big())?);
    }
    if let Some(float) = vm.as_float(b) {
        let (numerator, denominator) = ratio_of(vm, b, float)?;
        return of_big(vm, &divide_nearest(vm, IBig::from(delta.total()) * denominator, numerator)?);
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn remainder(vm: &Vm, a: Value, b: Value) -> R {
    let (Some(a), Some(b)) = (as_delta(vm, a), as_delta(vm, b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    if b == Delta::ZERO {
        return Err(by_zero(vm));
    }
    delta_of_total(vm, floor_div(a.total(), b.total()).1)
}

fn divmod(vm: &Vm, a: Value, b: Value) -> R {
    let (Some(a), Some(b)) = (as_delta(vm, a), as_delta(vm, b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    if b == Delta::ZERO {
        return Err(by_zero(vm));
    }
    let (quotient, rest) = floor_div(a.total(), b.total());
    let rest = delta_of_total(vm, rest)?;
    Ok(vm.tuple(&[int_value(vm, quotient), rest]).value())
}

/// Seconds as float, rounded once.
pub fn seconds_of(total: i128) -> f64 {
    // Both parts are exact, so that the division rounds correctly.
    if total.unsigned_abs() < 1 << 53 {
        return total as f64 / 1e6;
    }
    let (quotient, rest) = (total / 1_000_000, total % 1_000_000);
    if rest == 0 {
        return quotient as f64;
    }
    // The fraction in units of 2^-40 with a sticky bit; more bits than a float has.
    let scaled = (rest.abs() << 40) / 1_000_000;
    let inexact = ((rest.abs() << 40) % 1_000_000 != 0) as i128;
    let whole = (quotient.abs() << 40 | scaled) << 1 | inexact;
    let value = whole as f64 / (1u64 << 41) as f64;
    if total < 0 { -value } else { value }
}

fn total_seconds(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.float(seconds_of(data::<Delta>(vm, *this)?.total())))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let delta = **data::<Delta>(vm, *this)?;
    let state = [delta.days, delta.seconds, delta.microseconds].map(|part| vm.int(part as i64));
    reduced(vm, vm.type_of(*this).value(), &state)
}
