//! Iterators over ranges.

use super::{big, new_range, this_range};
use crate::support::builtin;
use dashu_int::IBig;
use object::layout::iterators::{LongRangeIter, RangeIter};
use object::{Field, Native, R, Raised, Range, Ref, Slot, TypeDef, TypeId, Value, Vm, natives, type_flags};
use std::cell::Cell;

/// `range_iterator`
pub static ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::RangeIterator),
    name: "range_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `longrange_iterator`
pub static LONG_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::LongRangeIterator),
    name: "longrange_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(long_next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// How many numbers are left.
    "__length_hint__($self, /)" => length_hint [leaf];
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
    /// Skips as many numbers as the state says.
    "__setstate__($self, object, /)" => setstate;
}}

fn make(vm: &Vm, start: Value, step: Value, length: Value) -> Value {
    let last_fits = || {
        let (start, step, length) = (start.as_small()?, step.as_small()?, length.as_small()?);
        let end = start as i128 + step as i128 * length as i128;
        i64::try_from(end).ok().map(|_| (start, step, length))
    };
    if let Some((start, step, length)) = last_fits() {
        let data = RangeIter { next: Cell::new(start), step, left: Cell::new(length as u64) };
        return vm.native(vm.types[TypeId::RangeIterator], data).value();
    }
    let data = LongRangeIter { next: Field::new(start), step: Field::new(step), left: Field::new(length) };
    vm.native(vm.types[TypeId::LongRangeIterator], data).value()
}

/// `iter(range)`
pub(super) fn range_iter(vm: &Vm, range: Ref<Range>) -> Value {
    make(vm, range.start.get(), range.step.get(), range.length.get())
}

pub(super) fn range_reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    let range = this_range(vm, *this)?;
    if let (Some(start), Some(step), Some(length)) =
        (range.start.get().as_small(), range.step.get().as_small(), range.length.get().as_small())
        && let Some(last) = step.checked_mul(length - 1).and_then(|distance| start.checked_add(distance))
        && step != i64::MIN
    {
        return Ok(make(vm, vm.int(last), vm.int(-step), range.length.get()));
    }
    let (start, step, length) = (big(vm, range.start.get()), big(vm, range.step.get()), big(vm, range.length.get()));
    let last = vm.big(start + &step * (length - IBig::ONE));
    Ok(make(vm, last, vm.big(-step), range.length.get()))
}

fn next(vm: &Vm, this: Value) -> R {
    let Some(iter) = vm.as_native::<RangeIter>(this) else { return Err(wrong(vm)) };
    let left = iter.left.get();
    if left == 0 {
        return Ok(Value::UNBOUND);
    }
    iter.left.set(left - 1);
    let number = iter.next.get();
    iter.next.set(number.wrapping_add(iter.step));
    Ok(vm.int(number))
}

fn wrong(vm: &Vm) -> Raised {
    vm.type_error("a range iterator was expected")
}

fn long_next(vm: &Vm, this: Value) -> R {
    let Some(iter) = vm.as_native::<LongRangeIter>(this) else { return Err(wrong(vm)) };
    if iter.left.get() == Value::small(0) {
        return Ok(Value::UNBOUND);
    }
    advance(vm, iter, &IBig::ONE)
}

/// Skips numbers; gives the first of them.
fn advance(vm: &Vm, iter: Ref<Native<LongRangeIter>>, count: &IBig) -> R {
    let number = iter.next.get();
    iter.left.set(vm, iter, vm.big(big(vm, iter.left.get()) - count));
    iter.next.set(vm, iter, vm.big(big(vm, number) + count * big(vm, iter.step.get())));
    Ok(number)
}

/// Next number, step and number of numbers left.
fn state(vm: &Vm, this: Value) -> Result<[Value; 3], Raised> {
    if let Some(iter) = vm.as_native::<RangeIter>(this) {
        return Ok([vm.int(iter.next.get()), vm.int(iter.step), vm.int_u64(iter.left.get())]);
    }
    match vm.as_native::<LongRangeIter>(this) {
        Some(iter) => Ok([iter.next.get(), iter.step.get(), iter.left.get()]),
        None => Err(wrong(vm)),
    }
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(state(vm, *this)?[2])
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let [next, step, left] = state(vm, *this)?;
    let stop = vm.big(big(vm, next) + big(vm, step) * big(vm, left));
    let range = new_range(vm, next, stop, step).value();
    let args = vm.tuple(&[range]).value();
    Ok(vm.tuple(&[builtin(vm, "iter")?, args, Value::NONE]).value())
}

fn setstate(vm: &Vm, [this, skip]: &[Value; 2]) -> R {
    if let Some(iter) = vm.as_native::<RangeIter>(*this) {
        let skip = crate::support::index_size(vm, *skip)?;
        let skip = (skip.max(0) as u64).min(iter.left.get());
        iter.left.set(iter.left.get() - skip);
        iter.next.set(iter.next.get().wrapping_add(iter.step.wrapping_mul(skip as i64)));
        return Ok(Value::NONE);
    }
    let Some(iter) = vm.as_native::<LongRangeIter>(*this) else { return Err(wrong(vm)) };
    let skip = vm.index(*skip)?.to_big();
    let skip = skip.max(IBig::ZERO).min(big(vm, iter.left.get()));
    advance(vm, iter, &skip)?;
    Ok(Value::NONE)
}
