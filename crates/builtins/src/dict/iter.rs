//! Iterators over dicts, forward and backward.

use crate::support::{builtin, reduce};
use object::layout::dict::Entry;
use object::layout::iterators::DictIter;
use object::{Dict, Field, Native, R, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, natives, type_flags};
use std::cell::Cell;

macro_rules! iterator {
    ($(#[$meta:meta])* $static:ident, $id:ident, $name:literal, $next:expr) => {
        $(#[$meta])*
        pub static $static: TypeDef = TypeDef {
            id: Some(TypeId::$id),
            name: $name,
            flags: type_flags::NO_NEW,
            slots: &[Slot::iter(|_, this| Ok(this)), Slot::next($next)],
            methods: &[METHODS],
            ..TypeDef::DEFAULT
        };
    };
}

iterator! {
    /// `dict_keyiterator`
    KEYS, DictKeyIterator, "dict_keyiterator", |vm, this| next(vm, this, false, key)
}
iterator! {
    /// `dict_valueiterator`
    VALUES, DictValueIterator, "dict_valueiterator", |vm, this| next(vm, this, false, value)
}
iterator! {
    /// `dict_itemiterator`
    ITEMS, DictItemIterator, "dict_itemiterator", |vm, this| next(vm, this, false, item)
}
iterator! {
    /// `dict_reversekeyiterator`
    REVERSE_KEYS, DictReverseKeyIterator, "dict_reversekeyiterator", |vm, this| next(vm, this, true, key)
}
iterator! {
    /// `dict_reversevalueiterator`
    REVERSE_VALUES, DictReverseValueIterator, "dict_reversevalueiterator", |vm, this| next(vm, this, true, value)
}
iterator! {
    /// `dict_reverseitemiterator`
    REVERSE_ITEMS, DictReverseItemIterator, "dict_reverseitemiterator", |vm, this| next(vm, this, true, item)
}

natives! { static METHODS: {
    /// How many items are left.
    "__length_hint__($self, /)" => length_hint [leaf];
    /// State for pickling.
    "__reduce__($self, /)" => reduce_iter;
}}

fn key(_: &Vm, entry: Entry) -> Value {
    entry.key
}

fn value(_: &Vm, entry: Entry) -> Value {
    entry.value
}

fn item(vm: &Vm, entry: Entry) -> Value {
    vm.tuple(&[entry.key, entry.value]).value()
}

/// An iterator of one of the six classes.
pub(super) fn dict_iter(vm: &Vm, class: TypeId, dict: Ref<Dict>) -> Value {
    let position = if is_reverse(class) { dict.positions() } else { 0 };
    let data = DictIter {
        dict: Field::new(dict.value()),
        position: Cell::new(position),
        len: Cell::new(dict.len()),
        version: dict.version(),
        left: Cell::new(dict.len()),
    };
    vm.native(vm.types[class], data).value()
}

fn is_reverse(class: TypeId) -> bool {
    use TypeId::*;
    matches!(class, DictReverseKeyIterator | DictReverseValueIterator | DictReverseItemIterator)
}

fn this_iter(vm: &Vm, this: Value) -> Result<Ref<Native<DictIter>>, Raised> {
    vm.as_native(this).ok_or_else(|| vm.type_error("a dict iterator was expected"))
}

fn next(vm: &Vm, this: Value, reverse: bool, show: fn(&Vm, Entry) -> Value) -> R {
    let iter = this_iter(vm, this)?;
    let Some(dict) = iter.dict.get().cast::<Dict>() else { return Ok(Value::UNBOUND) };
    if dict.len() != iter.len.get() {
        // No length is that large: the error stays.
        iter.len.set(usize::MAX);
        return Err(vm.runtime_error("dictionary changed size during iteration"));
    }
    let mut position = iter.position.get();
    let entry = if reverse {
        loop {
            // A dict that was emptied and filled again meanwhile has fewer positions.
            let Some(before) = position.checked_sub(1).filter(|before| *before < dict.positions()) else { break None };
            position = before;
            if let Some(entry) = dict.entry(position) {
                break Some(entry);
            }
        }
    } else {
        super::update::next_entry(dict, &mut position)
    };
    iter.position.set(position);
    match entry {
        Some(_) if iter.left.get() == 0 => {
            iter.dict.init(Value::UNBOUND);
            Err(vm.runtime_error("dictionary keys changed during iteration"))
        }
        Some(entry) => {
            iter.left.set(iter.left.get() - 1);
            Ok(show(vm, entry))
        }
        None => {
            iter.dict.init(Value::UNBOUND);
            // Keys that were added lie where the iteration has passed if a deletion moved them there.
            if !reverse && dict.version() != iter.version {
                return Err(vm.runtime_error("dictionary keys changed during iteration"));
            }
            Ok(Value::UNBOUND)
        }
    }
}

fn length_hint(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    let unchanged = iter.dict.get().cast::<Dict>().is_some_and(|dict| dict.len() == iter.len.get());
    Ok(vm.int_usize(if unchanged { iter.left.get() } else { 0 }))
}

fn reduce_iter(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = this_iter(vm, *this)?;
    // The rest is taken from a copy, so that the iterator stays where it is.
    let copy = DictIter {
        dict: Field::new(iter.dict.get()),
        position: Cell::new(iter.position.get()),
        len: Cell::new(iter.len.get()),
        version: iter.version,
        left: Cell::new(iter.left.get()),
    };
    let copy = vm.native(vm.type_of(*this), copy).value();
    let rest = vm.to_list(copy)?;
    reduce(vm, builtin(vm, "iter")?, &[rest.value()], None)
}
