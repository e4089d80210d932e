//! Iterators over bytes.

use super::data::Data;
use crate::str::{builtin_iter, iterator_state};
use heap::{Tracer, Value};
use object::layout::native::{Native, NativeData};
use object::layout::type_object::type_flags;
use object::{Field, R, Raised, Ref, Slot, TypeDef, TypeId, Vm, natives};
use std::cell::Cell;

/// The state of an iterator over bytes or a bytearray.
pub struct BytesIter {
    /// The object, or unbound once it is exhausted.
    pub object: Field,
    /// The index of the next byte.
    pub index: Cell<usize>,
}

impl NativeData for BytesIter {
    fn trace(&self, tracer: &mut Tracer) {
        self.object.trace(tracer);
    }
}

/// `bytes_iterator`
pub(super) static BYTES_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::BytesIterator),
    name: "bytes_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `bytearray_iterator`
pub(super) static BYTEARRAY_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::ByteArrayIterator),
    name: "bytearray_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return how many items are left.
    "__length_hint__($self, /)" => length_hint;
    /// Return state for pickling.
    "__reduce__($self, /)" => reduce;
    /// Set state from pickling.
    "__setstate__($self, state, /)" => setstate;
}}

/// The slot `iter` of bytes and bytearray.
pub(super) fn iter(vm: &Vm, value: Value) -> R {
    let class = match Data::of(vm, value)? {
        Data::Bytes(_) => TypeId::BytesIterator,
        Data::Array(_) => TypeId::ByteArrayIterator,
    };
    let data = BytesIter { object: Field::new(value), index: Cell::new(0) };
    Ok(vm.native(vm.types[class], data).value())
}

fn state(vm: &Vm, value: Value) -> Result<Ref<Native<BytesIter>>, Raised> {
    vm.as_native::<BytesIter>(value).ok_or_else(|| vm.type_error("a bytes_iterator is required"))
}

fn next(vm: &Vm, value: Value) -> R {
    let iter = state(vm, value)?;
    let object = iter.object.get();
    if object.is_unbound() {
        return Ok(Value::UNBOUND);
    }
    let index = iter.index.get();
    match Data::of(vm, object)?.as_slice().get(index) {
        Some(byte) => {
            iter.index.set(index + 1);
            Ok(Value::small(*byte as i64))
        }
        None => {
            iter.object.init(Value::UNBOUND);
            Ok(Value::UNBOUND)
        }
    }
}

fn length_hint(vm: &Vm, [value]: &[Value; 1]) -> R {
    let iter = state(vm, *value)?;
    let object = iter.object.get();
    let len = if object.is_unbound() { 0 } else { Data::of(vm, object)?.as_slice().len() };
    Ok(vm.int_usize(len.saturating_sub(iter.index.get())))
}

fn reduce(vm: &Vm, [value]: &[Value; 1]) -> R {
    let iter = state(vm, *value)?;
    let function = builtin_iter(vm)?;
    let object = iter.object.get();
    let parts = if object.is_unbound() {
        vm.tuple(&[function, vm.tuple(&[vm.tuple(&[]).value()]).value()])
    } else {
        vm.tuple(&[function, vm.tuple(&[object]).value(), vm.int_usize(iter.index.get())])
    };
    Ok(parts.value())
}

fn setstate(vm: &Vm, [value, index]: &[Value; 2]) -> R {
    let iter = state(vm, *value)?;
    let index = iterator_state(vm, *index)?;
    let object = iter.object.get();
    if !object.is_unbound() {
        iter.index.set(index.min(Data::of(vm, object)?.as_slice().len()));
    }
    Ok(Value::NONE)
}
