//! Iterators over lists.

use super::this_list;
use crate::support::{builtin, reduce};
use object::layout::iterators::ListIter;
use object::{Field, List, Native, R, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, natives, type_flags};
use std::cell::Cell;

/// `list_iterator`
pub static ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::ListIterator),
    name: "list_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `list_reverseiterator`
pub static REVERSE_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::ListReverseIterator),
    name: "list_reverseiterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(reverse_next)],
    methods: &[REVERSE_METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// How many items are left.
    "__length_hint__($self, /)" => length_hint [leaf];
    /// State for pickling.
    "__reduce__($self, /)" => reduce_iter;
    /// Goes to the index in the state.
    "__setstate__($self, object, /)" => setstate;
}}

natives! { static REVERSE_METHODS: {
    /// How many items are left.
    "__length_hint__($self, /)" => reverse_length_hint [leaf];
    /// State for pickling.
    "__reduce__($self, /)" => reduce_reverse;
    /// Goes to the index in the state.
    "__setstate__($self, object, /)" => reverse_setstate;
}}

/// `iter(list)`
pub(super) fn list_iter(vm: &Vm, list: Value) -> Value {
    let data = ListIter { list: Field::new(list), index: Cell::new(0) };
    vm.native(vm.types[TypeId::ListIterator], data).value()
}

pub(super) fn list_reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    let len = this_list(vm, *this)?.len() as isize;
    let data = ListIter { list: Field::new(*this), index: Cell::new(len - 1) };
    Ok(vm.native(vm.types[TypeId::ListReverseIterator], data).value())
}

fn this_iter(vm: &Vm, this: Value) -> Result<Ref<Native<ListIter>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a list iterator was expected"))
}

fn next(vm: &Vm, this: Value) -> R {
    let iter = this_iter(vm, this)?;
    let Some(list) = iter.list.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    let index = iter.index.get();
    match list.get(index as usize) {
        Some(item) => {
            iter.index.set(index + 1);
            Ok(item)
        }
        None => {
            iter.list.init(Value::UNBOUND);
            Ok(Value::UNBOUND)
        }
    }
}

fn reverse_next(vm: &Vm, this: Value) -> R {
    let iter = this_iter(vm, this)?;
    let Some(list) = iter.list.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    let index = iter.index.get();
    if index >= 0
        && let Some(item) = list.get(index as usize)
    {
        iter.index.set(index - 1);
        return Ok(item);
    }
    iter.index.set(-1);
    iter.list.init(Value::UNBOUND);
    Ok(Value::UNBOUND)
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let len = iter.list.get().cast::<List>().map_or(0, |list| list.len());
    Ok(vm.int_usize(len.saturating_sub(iter.index.get().max(0) as usize)))
}

fn reverse_length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let len = iter.list.get().cast::<List>().map_or(0, |list| list.len() as isize);
    let left = iter.index.get() + 1;
    Ok(vm.int(if len < left { 0 } else { left as i64 }))
}

fn reduce_iter(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let function = builtin(vm, "iter")?;
    match iter.list.get().bound() {
        Some(list) => reduce(vm, function, &[list], Some(vm.int(iter.index.get() as i64))),
        None => reduce(vm, function, &[vm.list(&[]).value()], None),
    }
}

fn reduce_reverse(vm: &Vm, [this]: &[Value; 1]) -> R {
    // Looking the function up may run Python code, which may exhaust the iterator.
    let function = builtin(vm, "reversed")?;
    let iter = this_iter(vm, *this)?;
    match iter.list.get().bound() {
        Some(list) if iter.index.get() >= 0 => reduce(vm, function, &[list], Some(vm.int(iter.index.get() as i64))),
        _ => reduce(vm, function, &[vm.list(&[]).value()], None),
    }
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let iter = this_iter(vm, *this)?;
    let index = crate::support::index_size(vm, *state)?;
    if let Some(list) = iter.list.get().cast::<List>() {
        iter.index.set(index.clamp(0, list.len() as isize));
    }
    Ok(Value::NONE)
}

fn reverse_setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let iter = this_iter(vm, *this)?;
    let index = crate::support::index_size(vm, *state)?;
    if let Some(list) = iter.list.get().cast::<List>() {
        iter.index.set(index.clamp(-1, list.len() as isize - 1));
    }
    Ok(Value::NONE)
}
