//! Iterators and views of `OrderedDict`: as those of dict, but they notice every change of order.

use super::dicts::dict;
use crate::support::{class_once, data, itself, kept_class};
use object::traced;
use object::slots::{R, Slot};
use object::{Dict, Field, TypeDef, TypeId, Value, ValueExt, Vm, natives};
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)]
enum What {
    Keys,
    Values,
    Items,
}

/// `odict_iterator`
pub struct OrderedIter {
    dict: Field,
    what: What,
    reversed: bool,
    /// The position to look at next; when reversed, the one behind it.
    position: Cell<usize>,
    version: u32,
    len: usize,
}

traced! { OrderedIter { dict } }

static ITERATOR: TypeDef = TypeDef {
    name: "odict_iterator",
    slots: &[Slot::iter(itself), Slot::next(next)],
    methods: &[ITERATOR_METHODS],
    flags: object::type_flags::NO_NEW,
    ..TypeDef::DEFAULT
};

natives! { static ITERATOR_METHODS: {
    /// Return state information for pickling
    "__reduce__($self, /)" => reduce;
}}

/// Makes the classes.
pub fn make(vm: &Vm) {
    class_once(vm, "collections.odict_iterator", &ITERATOR);
}

natives! { pub static METHODS: {
    /// Return a reverse iterator over the keys.
    "__reversed__($self, /)" => reversed;
}}

fn make_iter(vm: &Vm, this: Value, what: What, reversed: bool) -> R {
    let dict = dict(vm, this)?;
    let data = OrderedIter {
        dict: Field::new(this),
        what,
        reversed,
        position: Cell::new(if reversed { dict.positions() } else { 0 }),
        version: dict.version(),
        len: dict.len(),
    };
    Ok(vm.native(kept_class(vm, "collections.odict_iterator")?, data).value())
}

/// `iter(ordered_dict)`
pub fn iter(vm: &Vm, this: Value) -> R {
    make_iter(vm, this, What::Keys, false)
}

fn reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    make_iter(vm, *this, What::Keys, true)
}

fn next(vm: &Vm, this: Value) -> R {
    let iterator = data::<OrderedIter>(vm, this)?;
    let own = iterator.dict.get();
    let Some(dict) = own.cast::<Dict>() else { return Ok(Value::UNBOUND) };
    if dict.version() != iterator.version {
        let text = if dict.len() == iterator.len {
            "OrderedDict mutated during iteration"
        } else {
            "OrderedDict changed size during iteration"
        };
        return Err(vm.runtime_error(text));
    }
    let found = if iterator.reversed {
        (0..iterator.position.get()).rev().find_map(|at| Some((at, dict.entry(at)?)))
    } else {
        dict.next(iterator.position.get())
    };
    let Some((position, entry)) = found else {
        iterator.dict.set(vm, iterator, Value::NONE);
        return Ok(Value::UNBOUND);
    };
    iterator.position.set(position);
    if iterator.what == What::Keys {
        return Ok(entry.key);
    }
    // Subclasses may have their own way to read an item.
    let exact = vm.type_of(own).slots().same(vm.types[TypeId::Dict].slots(), object::slots::SlotId::getitem);
    let value = if exact { entry.value } else { vm.getitem(own, entry.key)? };
    Ok(match iterator.what {
        What::Items => vm.tuple(&[entry.key, value]).value(),
        _ => value,
    })
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iterator = data::<OrderedIter>(vm, *this)?;
    let rest = vm.list(&[]);
    if let Some(dict) = iterator.dict.get().cast::<Dict>() {
        let at = iterator.position.get();
        let own = iterator.dict.get();
        let copy = make_iter(vm, own, iterator.what, iterator.reversed)?;
        if let Some(copy) = vm.as_native::<OrderedIter>(copy) {
            copy.position.set(at.min(dict.positions()));
        }
        while let Some(item) = vm.next(copy)? {
            rest.push(vm, item);
        }
    }
    let iter = vm.builtins_dict().get_str(vm, vm.intern("iter")).unwrap_or(Value::NONE);
    Ok(vm.tuple(&[iter, vm.tuple(&[rest.value()]).value()]).value())
}
