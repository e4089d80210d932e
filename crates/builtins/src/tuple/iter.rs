//! Iterators over tuples.

use crate::support::{builtin, reduce};
use object::layout::iterators::TupleIter;
use object::{Field, Native, R, Raised, Ref, Slot, Tuple, TypeDef, TypeId, Value, ValueExt, Vm, natives, type_flags};
use std::cell::Cell;

/// `tuple_iterator`
pub static ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::TupleIterator),
    name: "tuple_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
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

/// `iter(tuple)`
pub fn tuple_iter(vm: &Vm, tuple: Ref<Tuple>) -> Value {
    let data = TupleIter { tuple: Field::new(tuple.value()), index: Cell::new(0) };
    vm.native(vm.types[TypeId::TupleIterator], data).value()
}

fn this_iter(vm: &Vm, this: Value) -> Result<Ref<Native<TupleIter>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a tuple iterator was expected"))
}

fn next(vm: &Vm, this: Value) -> R {
    let iter = this_iter(vm, this)?;
    let Some(tuple) = iter.tuple.get().cast::<Tuple>() else { return Ok(Value::UNBOUND) };
    let index = iter.index.get();
    match tuple.items().get(index) {
        Some(item) => {
            iter.index.set(index + 1);
            Ok(*item)
        }
        None => {
            iter.tuple.init(Value::UNBOUND);
            Ok(Value::UNBOUND)
        }
    }
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let len = iter.tuple.get().cast::<Tuple>().map_or(0, |tuple| tuple.len());
    Ok(vm.int_usize(len.saturating_sub(iter.index.get())))
}

fn reduce_iter(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let function = builtin(vm, "iter")?;
    match iter.tuple.get().bound() {
        Some(tuple) => reduce(vm, function, &[tuple], Some(vm.int_usize(iter.index.get()))),
        None => reduce(vm, function, &[vm.tuple(&[]).value()], None),
    }
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let iter = this_iter(vm, *this)?;
    let index = crate::support::index_size(vm, *state)?;
    if let Some(tuple) = iter.tuple.get().cast::<Tuple>() {
        iter.index.set(index.clamp(0, tuple.len() as isize) as usize);
    }
    Ok(Value::NONE)
}
