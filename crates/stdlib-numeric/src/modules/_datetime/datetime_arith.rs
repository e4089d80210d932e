//! `datetime`: differences, comparisons, hashes.

use super::date::day_state;
use super::datetime::{add_delta, datetime};
use super::offset::utcoffset;
use super::time::clock_state;
use super::values::{DateTime, Delta, as_datetime, as_delta, delta_of_total, moment, raw_datetime};
use bytecode::CompareOperator;
use object::layout::native::Native;
use object::ops::ordering_matches;
use object::{R, Raised, Ref, TypeId, Value, Vm};

/// The slot `add`.
pub fn add(vm: &Vm, a: Value, b: Value) -> R {
    let (this, delta) = if as_datetime(vm, a).is_some() { (a, b) } else { (b, a) };
    match (as_datetime(vm, this), as_delta(vm, delta)) {
        (Some(_), Some(delta)) => add_delta(vm, this, delta.total()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn offset_of(vm: &Vm, datetime: Ref<Native<DateTime>>) -> Result<Option<Delta>, Raised> {
    let offset = utcoffset(vm, datetime.tzinfo.get(), datetime.value())?;
    Ok(as_delta(vm, offset))
}

/// The slot `subtract`.
pub fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    let Some(this) = as_datetime(vm, a) else { return Ok(Value::NOT_IMPLEMENTED) };
    if let Some(delta) = as_delta(vm, b) {
        return add_delta(vm, a, -delta.total());
    }
    let Some(other) = as_datetime(vm, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    let mut difference = (moment(&this) - moment(&other)) as i128;
    if this.tzinfo.get() != other.tzinfo.get() {
        match (offset_of(vm, this)?, offset_of(vm, other)?) {
            (None, None) => {}
            (Some(first), Some(second)) => difference -= first.total() - second.total(),
            _ => return Err(vm.type_error("can't subtract offset-naive and offset-aware datetimes")),
        }
    }
    delta_of_total(vm, difference)
}

/// Has the datetime another offset as the other one of two equal times? Then it equals none of another zone.
fn depends_on_fold(vm: &Vm, datetime: Ref<Native<DateTime>>, offset: Option<Delta>) -> Result<bool, Raised> {
    let class = vm.types[TypeId::DateTime];
    let flipped = raw_datetime(vm, class, datetime.day, datetime.clock, datetime.tzinfo.get(), !datetime.fold);
    let other = utcoffset(vm, datetime.tzinfo.get(), flipped)?;
    Ok(as_delta(vm, other) != offset)
}

/// The slot `compare`.
pub fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(x), Some(y)) = (as_datetime(vm, a), as_datetime(vm, b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let (first, second) = (moment(&x), moment(&y));
    if x.tzinfo.get() == y.tzinfo.get() {
        return Ok(Value::bool(ordering_matches(op, first.cmp(&second))));
    }
    let is_equality = matches!(op, CompareOperator::Eq | CompareOperator::Ne);
    let offsets = (offset_of(vm, x)?, offset_of(vm, y)?);
    let ordering = match offsets {
        (None, None) => first.cmp(&second),
        (Some(p), Some(q)) => (first as i128 - p.total()).cmp(&(second as i128 - q.total())),
        _ if is_equality => return Ok(Value::bool(op == CompareOperator::Ne)),
        _ => return Err(vm.type_error("can't compare offset-naive and offset-aware datetimes")),
    };
    if is_equality && ordering.is_eq() && (depends_on_fold(vm, x, offsets.0)? || depends_on_fold(vm, y, offsets.1)?) {
        return Ok(Value::bool(op == CompareOperator::Ne));
    }
    Ok(Value::bool(ordering_matches(op, ordering)))
}

/// The slot `hash`.
pub fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let data = datetime(vm, this)?;
    if data.hash.get() != -1 {
        return Ok(data.hash.get());
    }
    let zone = data.tzinfo.get();
    let offset = if data.fold && !zone.is_none() {
        // As if it were the first of the two equal times.
        let first = raw_datetime(vm, vm.types[TypeId::DateTime], data.day, data.clock, zone, false);
        utcoffset(vm, zone, first)?
    } else {
        utcoffset(vm, zone, this)?
    };
    let hash = match as_delta(vm, offset) {
        None => {
            let mut state = [0; 10];
            state[..4].copy_from_slice(&day_state(data.day));
            state[4..].copy_from_slice(&clock_state(data.clock));
            vm.hash_bytes(&state)
        }
        Some(offset) => {
            let total = moment(&data) as i128 - offset.total();
            super::delta::hash_delta(Delta::of_total(total).unwrap_or(Delta::ZERO))
        }
    };
    data.hash.set(hash);
    Ok(hash)
}
