//! Iterators over arrays.

use super::array;
use crate::support::{data, itself, kept_class};
use object::traced;
use object::slots::{R, Slot};
use object::{Field, TypeDef, Value, Vm, natives, type_flags};
use std::cell::Cell;

/// The array, None at the end, and the next index.
pub struct ArrayIter {
    array: Field,
    index: Cell<usize>,
}

traced! { ArrayIter { array } }

pub static ITERATOR: TypeDef = TypeDef {
    name: "arrayiterator",
    module: "array",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(itself), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return state information for pickling.
    "__reduce__($self, /)" => reduce;
    /// Set state information for unpickling.
    "__setstate__($self, state, /)" => setstate;
}}

/// `iter(array)`
pub fn iter(vm: &Vm, this: Value) -> R {
    let iterator = ArrayIter { array: Field::new(this), index: Cell::new(0) };
    Ok(vm.native(kept_class(vm, "array.arrayiterator")?, iterator).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let iterator = data::<ArrayIter>(vm, this)?;
    if iterator.array.get().is_none() {
        return Ok(Value::UNBOUND);
    }
    let index = iterator.index.get();
    match array(vm, iterator.array.get())?.get(vm, index) {
        Some(item) => {
            iterator.index.set(index + 1);
            Ok(item)
        }
        None => {
            iterator.array.set(vm, iterator, Value::NONE);
            Ok(Value::UNBOUND)
        }
    }
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iterator = data::<ArrayIter>(vm, *this)?;
    let iter = vm.builtins_dict().get_str(vm, vm.intern("iter")).unwrap_or(Value::NONE);
    let array = iterator.array.get();
    if array.is_none() {
        let empty = vm.tuple(&[vm.tuple(&[]).value()]).value();
        return Ok(vm.tuple(&[iter, empty]).value());
    }
    let args = vm.tuple(&[array]).value();
    Ok(vm.tuple(&[iter, args, vm.int_usize(iterator.index.get())]).value())
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let index = vm.index_isize(*state)?;
    let iterator = data::<ArrayIter>(vm, *this)?;
    if !iterator.array.get().is_none() {
        let len = array(vm, iterator.array.get())?.len();
        iterator.index.set((index.max(0) as usize).min(len));
    }
    Ok(Value::NONE)
}
