//! Iterators over the characters of a string.

use super::args::{size_argument, this};
use heap::{Tracer, Value};
use object::layout::native::{Native, NativeData};
use object::layout::str::{char_width, decode};
use object::layout::type_object::type_flags;
use object::{Field, R, Raised, Ref, Slot, Str, TypeDef, TypeId, ValueExt, Vm, natives};
use std::cell::Cell;

/// The state of an iterator over a string.
pub struct StrIter {
    /// The string, or unbound once it is exhausted.
    pub string: Field,
    /// The byte offset of the next character.
    pub offset: Cell<usize>,
}

impl NativeData for StrIter {
    fn trace(&self, tracer: &mut Tracer) {
        self.string.trace(tracer);
    }
}

/// `str_iterator`
pub(super) static STR_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::StrIterator),
    name: "str_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `str_ascii_iterator`
pub(super) static STR_ASCII_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::StrAsciiIterator),
    name: "str_ascii_iterator",
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

/// The slot `iter` of str.
pub(super) fn iter(vm: &Vm, value: Value) -> R {
    let text = this(vm, value)?;
    let class = if text.is_ascii() { TypeId::StrAsciiIterator } else { TypeId::StrIterator };
    let data = StrIter { string: Field::new(text.value()), offset: Cell::new(0) };
    Ok(vm.native(vm.types[class], data).value())
}

fn state(vm: &Vm, value: Value) -> Result<Ref<Native<StrIter>>, Raised> {
    vm.as_native::<StrIter>(value).ok_or_else(|| vm.type_error("a str_iterator is required"))
}

fn next(vm: &Vm, value: Value) -> R {
    let iter = state(vm, value)?;
    let Some(text) = iter.string.get().cast::<Str>() else { return Ok(Value::UNBOUND) };
    let at = iter.offset.get();
    match text.as_bytes().get(at..) {
        Some(rest @ [first, ..]) => {
            iter.offset.set(at + char_width(*first));
            Ok(vm.str_char(decode(rest)).value())
        }
        _ => {
            iter.string.init(Value::UNBOUND);
            Ok(Value::UNBOUND)
        }
    }
}

fn length_hint(vm: &Vm, [value]: &[Value; 1]) -> R {
    let iter = state(vm, *value)?;
    let left = match iter.string.get().cast::<Str>() {
        Some(text) => text.len() - text.char_index(vm, iter.offset.get()),
        None => 0,
    };
    Ok(vm.int_usize(left))
}

fn reduce(vm: &Vm, [value]: &[Value; 1]) -> R {
    let iter = state(vm, *value)?;
    let function = builtin_iter(vm)?;
    let parts = match iter.string.get().cast::<Str>() {
        Some(text) => {
            let index = vm.int_usize(text.char_index(vm, iter.offset.get()));
            vm.tuple(&[function, vm.tuple(&[text.value()]).value(), index])
        }
        None => vm.tuple(&[function, vm.tuple(&[vm.names.empty.value()]).value()]),
    };
    Ok(parts.value())
}

fn setstate(vm: &Vm, [value, index]: &[Value; 2]) -> R {
    let iter = state(vm, *value)?;
    let index = iterator_state(vm, *index)?;
    if let Some(text) = iter.string.get().cast::<Str>() {
        iter.offset.set(text.byte_offset(vm, index.min(text.len())));
    }
    Ok(Value::NONE)
}

/// The function `iter`, as it is pickled.
pub(crate) fn builtin_iter(vm: &Vm) -> R {
    crate::support::builtin(vm, "iter")
}

/// The index that `__setstate__` of an iterator got; what is below zero is zero.
pub(crate) fn iterator_state(vm: &Vm, index: Value) -> Result<usize, Raised> {
    if vm.as_int(index).is_none() {
        return Err(vm.type_error("an integer is required"));
    }
    Ok(usize::try_from(size_argument(vm, index)?).unwrap_or(0))
}
