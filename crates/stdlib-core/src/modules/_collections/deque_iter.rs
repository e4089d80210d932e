//! Iterators over deques.

use super::deque::{Deque, deque};
use crate::support::{ssize, class_arg, data, itself, kept_class};
use object::traced;
use object::slots::{R, Slot};
use object::{Field, TypeDef, Value, Vm, native_ref, natives};
use std::cell::Cell;

/// The deque, how many items were given, and the deque's state at the start.
pub struct DequeIter {
    deque: Field,
    given: Cell<usize>,
    state: u64,
    exhausted: Cell<bool>,
    reversed: bool,
}

traced! { DequeIter { deque } }

pub static FORWARD: TypeDef = TypeDef {
    name: "_deque_iterator",
    module: "collections",
    slots: &[Slot::iter(itself), Slot::next(next)],
    methods: &[METHODS],
    new: Some(native_ref!("_deque_iterator($cls, deque, index=0, /)" => new_forward)),
    ..TypeDef::DEFAULT
};

pub static BACKWARD: TypeDef = TypeDef {
    name: "_deque_reverse_iterator",
    module: "collections",
    slots: &[Slot::iter(itself), Slot::next(next)],
    methods: &[METHODS],
    new: Some(native_ref!("_deque_reverse_iterator($cls, deque, index=0, /)" => new_backward)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Private method returning an estimate of len(list(it)).
    "__length_hint__($self, /)" => length_hint;
    /// Return state information for pickling.
    "__reduce__($self, /)" => reduce;
}}

fn make(vm: &Vm, class: Value, this: Value, given: usize, reversed: bool) -> R {
    let state = deque(vm, this)?.state.get();
    let iterator = DequeIter {
        deque: Field::new(this),
        given: Cell::new(given),
        state,
        exhausted: Cell::new(false),
        reversed,
    };
    Ok(vm.native(class_arg(vm, class)?, iterator).value())
}

/// `iter(deque)`
pub fn iter(vm: &Vm, this: Value) -> R {
    make(vm, kept_class(vm, "collections._deque_iterator")?.value(), this, 0, false)
}

/// `reversed(deque)`
pub fn reversed(vm: &Vm, this: Value) -> R {
    make(vm, kept_class(vm, "collections._deque_reverse_iterator")?.value(), this, 0, true)
}

fn checked(vm: &Vm, this: Value, index: Value) -> Result<usize, object::Raised> {
    if vm.as_native::<Deque>(this).is_none() {
        let text = format!("argument 1 must be collections.deque, not {}", vm.type_name(this));
        return Err(vm.type_error(text));
    }
    Ok(ssize(vm, index)?.max(0) as usize)
}

fn new_forward(vm: &Vm, [class, this, index]: &[Value; 3]) -> R {
    let given = checked(vm, *this, *index)?;
    make(vm, *class, *this, given, false)
}

fn new_backward(vm: &Vm, [class, this, index]: &[Value; 3]) -> R {
    let given = checked(vm, *this, *index)?;
    make(vm, *class, *this, given, true)
}

fn next(vm: &Vm, this: Value) -> R {
    let iterator = data::<DequeIter>(vm, this)?;
    let deque = deque(vm, iterator.deque.get())?;
    if deque.state.get() != iterator.state {
        iterator.exhausted.set(true);
        return Err(vm.runtime_error("deque mutated during iteration"));
    }
    let given = iterator.given.get();
    if iterator.exhausted.get() || given >= deque.len() {
        return Ok(Value::UNBOUND);
    }
    iterator.given.set(given + 1);
    let index = if iterator.reversed { deque.len() - 1 - given } else { given };
    Ok(deque.get(index).unwrap_or(Value::UNBOUND))
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iterator = data::<DequeIter>(vm, *this)?;
    if iterator.exhausted.get() {
        return Ok(vm.int(0));
    }
    let len = deque(vm, iterator.deque.get())?.len();
    Ok(vm.int_usize(len.saturating_sub(iterator.given.get())))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iterator = data::<DequeIter>(vm, *this)?;
    let args = vm.tuple(&[iterator.deque.get(), vm.int_usize(iterator.given.get())]).value();
    Ok(vm.tuple(&[vm.type_of(*this).value(), args]).value())
}
