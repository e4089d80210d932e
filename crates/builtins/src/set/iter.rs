//! Iterators over sets.

use crate::support::{builtin, reduce};
use object::layout::iterators::SetIter;
use object::{Field, Native, R, Raised, Ref, Set, Slot, TypeDef, TypeId, Value, ValueExt, Vm, natives, type_flags};
use std::cell::Cell;

/// `set_iterator`
pub static ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::SetIterator),
    name: "set_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// How many members are left.
    "__length_hint__($self, /)" => length_hint [leaf];
    /// State for pickling.
    "__reduce__($self, /)" => reduce_iter;
}}

/// `iter(set)`
pub(super) fn set_iter(vm: &Vm, set: Ref<Set>) -> Value {
    let data = SetIter {
        set: Field::new(set.value()),
        position: Cell::new(0),
        len: Cell::new(set.len()),
        left: Cell::new(set.len()),
    };
    vm.native(vm.types[TypeId::SetIterator], data).value()
}

fn this_iter(vm: &Vm, this: Value) -> Result<Ref<Native<SetIter>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a set iterator was expected"))
}

fn next(vm: &Vm, this: Value) -> R {
    let iter = this_iter(vm, this)?;
    let Some(set) = iter.set.get().cast::<Set>() else { return Ok(Value::UNBOUND) };
    if set.len() != iter.len.get() {
        // No length is that large: the error stays.
        iter.len.set(usize::MAX);
        return Err(vm.runtime_error("Set changed size during iteration"));
    }
    match set.next_from(iter.position.get()) {
        Some((next, _, item)) => {
            iter.position.set(next);
            iter.left.set(iter.left.get().saturating_sub(1));
            Ok(item)
        }
        None => {
            iter.set.init(Value::UNBOUND);
            Ok(Value::UNBOUND)
        }
    }
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let unchanged = iter.set.get().cast::<Set>().is_some_and(|set| set.len() == iter.len.get());
    Ok(vm.int_usize(if unchanged { iter.left.get() } else { 0 }))
}

fn reduce_iter(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    // The rest is taken from a copy, so that the iterator stays where it is.
    let copy = SetIter {
        set: Field::new(iter.set.get()),
        position: Cell::new(iter.position.get()),
        len: Cell::new(iter.len.get()),
        left: Cell::new(iter.left.get()),
    };
    let rest = vm.to_list(vm.native(vm.types[TypeId::SetIterator], copy).value())?;
    reduce(vm, builtin(vm, "iter")?, &[rest.value()], None)
}
