//! `range`

mod iter;

use crate::int::int_value;
use crate::slice_::{between, slice_indices};
use base::hash::TupleHasher;
use bytecode::CompareOperator;
use dashu_int::IBig;
use object::native::NativeDef;
use object::{
    Args, GetSet, Int, Kind, R, Raised, Range, Ref, Slice, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
    type_flags,
};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &iter::ITERATOR, &iter::LONG_ITERATOR];

static NEW: NativeDef = native! { "range(...)" -> range_new };

natives! { static METHODS: {
    /// An iterator over the numbers, the last one first.
    "__reversed__($self, /)" => iter::range_reversed;
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
    /// How many numbers are equal to the value.
    "count($self, object, /)" => count;
    /// The index of the number that is equal to the value.
    ///
    /// Raises ValueError where there is none.
    "index($self, object, /)" => index;
}}

/// `range`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Range),
    name: "range",
    kind: Kind::RANGE,
    flags: type_flags::SEQUENCE,
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nThe ints from start (0 by default) up to stop, which is left out, in steps.",
    slots: &[
        Slot::repr(range_repr),
        Slot::hash(range_hash),
        Slot::compare(range_compare),
        Slot::iter(|vm, this| Ok(iter::range_iter(vm, this_range(vm, this)?))),
        Slot::bool(|vm, this| Ok(this_range(vm, this)?.length.get() != Value::small(0))),
        Slot::len(range_len),
        Slot::getitem(range_getitem),
        Slot::contains(range_contains),
    ],
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "start",
            get: |vm, this| Ok(this_range(vm, this)?.start.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "stop",
            get: |vm, this| Ok(this_range(vm, this)?.stop.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "step",
            get: |vm, this| Ok(this_range(vm, this)?.step.get()),
            set: None,
            doc: "",
            is_member: true,
        },
    ],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

pub(crate) fn this_range(vm: &Vm, value: Value) -> Result<Ref<Range>, Raised> {
    value.cast::<Range>().ok_or_else(|| vm.type_error(format!("a range was expected, not '{}'", vm.type_name(value))))
}

/// A field of a range as IBig.
pub(super) fn big(vm: &Vm, value: Value) -> IBig {
    vm.as_int(value).map_or(IBig::ZERO, Int::to_big)
}

/// A range of ints; its length is worked out.
pub fn new_range(vm: &Vm, start: Value, stop: Value, step: Value) -> Ref<Range> {
    let length = match (start.as_small(), stop.as_small(), step.as_small()) {
        (Some(start), Some(stop), Some(step)) => {
            // Differences of 62-bit numbers fit 64 bits.
            let (distance, step) = if step > 0 { (stop - start, step) } else { (start - stop, -step) };
            vm.int(if distance > 0 { (distance - 1) / step + 1 } else { 0 })
        }
        _ => {
            let (start, stop, step) = (big(vm, start), big(vm, stop), big(vm, step));
            let (distance, step) = if step > IBig::ZERO { (stop - start, step) } else { (start - stop, -step) };
            if distance > IBig::ZERO { vm.big((distance - IBig::ONE) / step + IBig::ONE) } else { Value::small(0) }
        }
    };
    vm.range(start, stop, step, length)
}

fn range_new(vm: &Vm, args: Args) -> R {
    let args = between(vm, "range", args.rest(), 1, 3)?;
    let int = |value: Value| vm.index(value).map(|int| int_value(vm, int));
    let (start, stop, step) = match args {
        [stop] => (Value::small(0), int(*stop)?, Value::small(1)),
        [start, stop] => (int(*start)?, int(*stop)?, Value::small(1)),
        [start, stop, step, ..] => {
            let (start, stop) = (int(*start)?, int(*stop)?);
            let step = int(*step)?;
            if step == Value::small(0) {
                return Err(vm.value_error("range() arg 3 must not be zero"));
            }
            (start, stop, step)
        }
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
    };
    Ok(new_range(vm, start, stop, step).value())
}

fn range_repr(vm: &Vm, this: Value) -> R {
    let range = this_range(vm, this)?;
    let parts = [range.start.get(), range.stop.get(), range.step.get()];
    let shown = if parts[2] == Value::small(1) { 2 } else { 3 };
    crate::support::repr_items(vm, "range(", ")", |index| parts[..shown].get(index).copied())
}

/// What equal ranges have in common: length, first number, step, where they matter.
fn essence(range: Ref<Range>) -> [Value; 3] {
    let length = range.length.get();
    match length.as_small() {
        Some(0) => [length, Value::NONE, Value::NONE],
        Some(1) => [length, range.start.get(), Value::NONE],
        _ => [length, range.start.get(), range.step.get()],
    }
}

fn range_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let mut hasher = TupleHasher::new();
    for part in essence(this_range(vm, this)?) {
        hasher.add(vm.hash(part)?);
    }
    Ok(hasher.finish())
}

fn range_compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (a.cast::<Range>(), b.cast::<Range>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut equal = true;
    for (x, y) in essence(a).into_iter().zip(essence(b)) {
        equal = equal && vm.eq(x, y)?;
    }
    Ok(Value::bool(equal == (op == CompareOperator::Eq)))
}

fn range_len(vm: &Vm, this: Value) -> Result<usize, Raised> {
    let length = this_range(vm, this)?.length.get();
    match vm.as_int(length).and_then(Int::to_i64) {
        Some(length) => Ok(length as usize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The number at an index of any size.
fn item(vm: &Vm, range: Ref<Range>, index: &IBig) -> Value {
    vm.big(big(vm, range.start.get()) + index * big(vm, range.step.get()))
}

fn range_getitem(vm: &Vm, this: Value, key: Value) -> R {
    let range = this_range(vm, this)?;
    if let Some(slice) = key.cast::<Slice>() {
        return range_slice(vm, range, slice);
    }
    let out_of_range = || vm.index_error("range object index out of range");
    if let (Some(index), Some(length), Some(start), Some(step)) =
        (key.as_small(), range.length.get().as_small(), range.start.get().as_small(), range.step.get().as_small())
    {
        let index = if index < 0 { index + length } else { index };
        if index < 0 || index >= length {
            return Err(out_of_range());
        }
        return Ok(vm.int((start as i128 + index as i128 * step as i128) as i64));
    }
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        let name = vm.type_of(key).qualified_name(vm);
        return Err(vm.type_error(format!("range indices must be integers or slices, not {name}")));
    }
    let (mut index, length) = (vm.index(key)?.to_big(), big(vm, range.length.get()));
    if index < IBig::ZERO {
        index += &length;
    }
    if index < IBig::ZERO || index >= length {
        return Err(out_of_range());
    }
    Ok(item(vm, range, &index))
}

/// The slice of a range of immediate ints by immediate ints; None where it is none of these, or step 0.
fn small_slice(vm: &Vm, range: Ref<Range>, slice: Ref<Slice>) -> Option<Value> {
    let part = |value: Value, default: i64| if value.is_none() { Some(default) } else { value.as_small() };
    let (length, first) = (range.length.get().as_small()?, range.start.get().as_small()?);
    let (stride, step) = (range.step.get().as_small()?, part(slice.step.get(), 1)?);
    if step == 0 {
        return None;
    }
    let (lower, upper) = if step < 0 { (-1, length - 1) } else { (0, length) };
    // Sums of two immediate ints fit 64 bits.
    let clamp = |index: i64| if index < 0 { (index + length).max(lower) } else { index.min(upper) };
    let start = clamp(part(slice.start.get(), if step < 0 { length } else { 0 })?);
    let stop = match slice.stop.get().is_none() {
        true if step < 0 => -1,
        true => length,
        false => clamp(slice.stop.get().as_small()?),
    };
    let at = |index: i64| i64::try_from(first as i128 + index as i128 * stride as i128).ok();
    let (start, stop, step) = (vm.int(at(start)?), vm.int(at(stop)?), vm.int(step.checked_mul(stride)?));
    Some(new_range(vm, start, stop, step).value())
}

fn range_slice(vm: &Vm, range: Ref<Range>, slice: Ref<Slice>) -> R {
    if let Some(part) = small_slice(vm, range, slice) {
        return Ok(part);
    }
    let [start, stop, step] = slice_indices(vm, slice, &big(vm, range.length.get()))?;
    let (start, stop) = (item(vm, range, &start), item(vm, range, &stop));
    let step = vm.big(step * big(vm, range.step.get()));
    Ok(new_range(vm, start, stop, step).value())
}

/// The index of an int in a range.
fn find(vm: &Vm, range: Ref<Range>, int: Int) -> Option<Value> {
    if let (Int::Small(int), Some(start), Some(stop), Some(step)) =
        (int, range.start.get().as_small(), range.stop.get().as_small(), range.step.get().as_small())
    {
        let inside = if step > 0 { start <= int && int < stop } else { stop < int && int <= start };
        let distance = int - start;
        return (inside && distance % step == 0).then(|| vm.int(distance / step));
    }
    let (int, start) = (int.to_big(), big(vm, range.start.get()));
    let (stop, step) = (big(vm, range.stop.get()), big(vm, range.step.get()));
    let inside = if step > IBig::ZERO { start <= int && int < stop } else { stop < int && int <= start };
    let distance = int - start;
    (inside && (&distance % &step).is_zero()).then(|| vm.big(distance / step))
}

/// The int that an object of class int or bool is: others compare in their own way.
fn plain_int(vm: &Vm, value: Value) -> Option<Int> {
    if value.is_bool() || vm.is_exactly(value, TypeId::Int) { vm.as_int(value) } else { None }
}

fn range_contains(vm: &Vm, this: Value, value: Value) -> Result<bool, Raised> {
    let range = this_range(vm, this)?;
    match plain_int(vm, value) {
        Some(int) => Ok(find(vm, range, int).is_some()),
        None => vm.contains_by_iteration(this, value),
    }
}

fn count(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let range = this_range(vm, *this)?;
    if let Some(int) = plain_int(vm, *value) {
        return Ok(Value::small(find(vm, range, int).is_some() as i64));
    }
    let mut count = 0;
    vm.for_each(*this, |item| {
        count += vm.eq(item, *value)? as i64;
        Ok(())
    })?;
    Ok(vm.int(count))
}

fn index(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let range = this_range(vm, *this)?;
    if let Some(int) = plain_int(vm, *value) {
        return find(vm, range, int).ok_or_else(|| vm.value_error("range.index(x): x not in range"));
    }
    let iterator = vm.iter(*this)?;
    let mut index = 0;
    while let Some(item) = vm.next(iterator)? {
        if vm.eq(item, *value)? {
            return Ok(vm.int(index));
        }
        index += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let range = this_range(vm, *this)?;
    let parts = [range.start.get(), range.stop.get(), range.step.get()];
    crate::support::reduce(vm, vm.types[TypeId::Range].value(), &parts, None)
}
