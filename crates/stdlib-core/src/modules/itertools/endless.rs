//! `count`, `cycle`, `repeat`.

use super::{ITERATOR, done};
use crate::support::{ssize, class_arg, data, itself};
use object::traced;
use bytecode::BinaryOperator;
use object::slots::{R, Slot};
use object::{Field, Ref, TypeDef, Value, Vm, native_ref, natives};
use std::cell::Cell;

/// `count`: the next number and the step.
pub struct Count {
    next: Field,
    step: Field,
}

/// `cycle`: the iterator until it is exhausted, the items that it gave, and the index of the next one after that.
pub struct Cycle {
    iterator: Field,
    saved: Field,
    index: Cell<usize>,
}

/// `repeat`: how often yet; None for ever.
pub struct Repeat {
    object: Field,
    left: Cell<Option<usize>>,
}

traced! {
    Count { next, step }
    Cycle { iterator, saved }
    Repeat { object }
}

pub static COUNT: TypeDef = TypeDef {
    name: "count",
    doc: "Numbers from start on, in steps of step.",
    slots: &[Slot::iter(itself), Slot::next(count_next), Slot::repr(count_repr)],
    new: Some(native_ref!("count($cls, start=0, step=1)" => count_new)),
    ..ITERATOR
};

fn check_number(vm: &Vm, value: Value) -> Result<(), object::Raised> {
    let slots = vm.type_of(value).slots();
    if slots.index.is_none() && slots.int.is_none() && slots.float.is_none() && vm.as_complex(value).is_none() {
        return Err(vm.type_error("a number is required"));
    }
    Ok(())
}

fn count_new(vm: &Vm, [class, start, step]: &[Value; 3]) -> R {
    check_number(vm, *start)?;
    check_number(vm, *step)?;
    let class = class_arg(vm, *class)?;
    Ok(vm.native(class, Count { next: Field::new(*start), step: Field::new(*step) }).value())
}

fn count_next(vm: &Vm, this: Value) -> R {
    let count = data::<Count>(vm, this)?;
    let (now, step) = (count.next.get(), count.step.get());
    let next = match (now.as_small(), step.as_small()) {
        // Both have 62 bits: the sum fits.
        (Some(now), Some(step)) => vm.int(now + step),
        _ => vm.binary(BinaryOperator::Add, now, step)?,
    };
    count.next.set(vm, count, next);
    Ok(now)
}

fn count_repr(vm: &Vm, this: Value) -> R {
    let count = data::<Count>(vm, this)?;
    let name = vm.type_of(this).name_str();
    let next = vm.repr(count.next.get())?.to_string_lossy();
    let step = count.step.get();
    if vm.is_exactly(step, object::TypeId::Int) && step.as_small() == Some(1) {
        return Ok(vm.str(&format!("{name}({next})")).value());
    }
    let step = vm.repr(step)?.to_string_lossy();
    Ok(vm.str(&format!("{name}({next}, {step})")).value())
}

pub static CYCLE: TypeDef = TypeDef {
    name: "cycle",
    doc: "The items of an iterable over and over.",
    slots: &[Slot::iter(itself), Slot::next(cycle_next)],
    new: Some(native_ref!("cycle($cls, iterable, /)" => cycle_new)),
    ..ITERATOR
};

fn cycle_new(vm: &Vm, [class, iterable]: &[Value; 2]) -> R {
    let iterator = vm.iter(*iterable)?;
    let saved = vm.list(&[]);
    let cycle = Cycle { iterator: Field::new(iterator), saved: Field::new(saved.value()), index: Cell::new(0) };
    Ok(vm.native(class_arg(vm, *class)?, cycle).value())
}

fn saved(vm: &Vm, cycle: &Cycle) -> Result<Ref<object::List>, object::Raised> {
    use object::ValueExt;
    cycle.saved.get().cast::<object::List>().ok_or_else(|| vm.system_error("cycle without its items"))
}

fn cycle_next(vm: &Vm, this: Value) -> R {
    let cycle = data::<Cycle>(vm, this)?;
    let iterator = cycle.iterator.get();
    if !done(iterator) {
        if let Some(item) = vm.next(iterator)? {
            saved(vm, &cycle)?.push(vm, item);
            return Ok(item);
        }
        cycle.iterator.set(vm, cycle, Value::UNBOUND);
    }
    let saved = saved(vm, &cycle)?;
    let index = cycle.index.get();
    let Some(item) = saved.get(index) else { return Ok(Value::UNBOUND) };
    cycle.index.set(if index + 1 >= saved.len() { 0 } else { index + 1 });
    Ok(item)
}

natives! { static REPEAT_METHODS: {
    /// A guess at the number of items left.
    "__length_hint__($self, /)" => repeat_length_hint;
}}

pub static REPEAT: TypeDef = TypeDef {
    name: "repeat",
    doc: "One object again and again: so many times, or for ever.",
    slots: &[Slot::iter(itself), Slot::next(repeat_next), Slot::repr(repeat_repr)],
    methods: &[REPEAT_METHODS],
    new: Some(native_ref!("repeat($cls, object, times=<unrepresentable>)" => repeat_new)),
    ..ITERATOR
};

fn repeat_new(vm: &Vm, [class, object, times]: &[Value; 3]) -> R {
    let left = match times.bound() {
        Some(times) => Some(ssize(vm, times)?.max(0) as usize),
        None => None,
    };
    Ok(vm.native(class_arg(vm, *class)?, Repeat { object: Field::new(*object), left: Cell::new(left) }).value())
}

fn repeat_next(vm: &Vm, this: Value) -> R {
    let repeat = data::<Repeat>(vm, this)?;
    match repeat.left.get() {
        Some(0) => return Ok(Value::UNBOUND),
        Some(left) => repeat.left.set(Some(left - 1)),
        None => {}
    }
    Ok(repeat.object.get())
}

fn repeat_repr(vm: &Vm, this: Value) -> R {
    let repeat = data::<Repeat>(vm, this)?;
    let name = vm.type_of(this).name_str();
    let object = vm.repr(repeat.object.get())?.to_string_lossy();
    let text = match repeat.left.get() {
        Some(left) => format!("{name}({object}, {left})"),
        None => format!("{name}({object})"),
    };
    Ok(vm.str(&text).value())
}

fn repeat_length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    match data::<Repeat>(vm, *this)?.left.get() {
        Some(left) => Ok(vm.int_usize(left)),
        None => Err(vm.type_error("len() of unsized object")),
    }
}
