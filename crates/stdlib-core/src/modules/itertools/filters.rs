//! Iterators that pass on or leave out the items of another: `compress`, `dropwhile`, `filterfalse`, `starmap`,
//! `takewhile`.

use super::ITERATOR;
use crate::support::{class_arg, data, itself};
use object::traced;
use object::slots::{R, Slot};
use object::{Field, TypeDef, Value, Vm, native_ref};
use std::cell::Cell;

/// A function and an iterator. `flag` tells that the state has changed for good: dropping is over, taking is over.
pub struct Filter {
    function: Field,
    iterator: Field,
    flag: Cell<bool>,
}

traced! { Filter { function, iterator } }

fn filter_new(vm: &Vm, [class, function, iterable]: &[Value; 3]) -> R {
    let iterator = vm.iter(*iterable)?;
    let filter = Filter { function: Field::new(*function), iterator: Field::new(iterator), flag: Cell::new(false) };
    Ok(vm.native(class_arg(vm, *class)?, filter).value())
}

pub static DROPWHILE: TypeDef = TypeDef {
    name: "dropwhile",
    doc: "The items from the first one on for which the predicate is false.",
    slots: &[Slot::iter(itself), Slot::next(dropwhile_next)],
    new: Some(native_ref!("dropwhile($cls, predicate, iterable, /)" => filter_new)),
    ..ITERATOR
};

fn dropwhile_next(vm: &Vm, this: Value) -> R {
    let filter = data::<Filter>(vm, this)?;
    while let Some(item) = vm.next(filter.iterator.get())? {
        if filter.flag.get() {
            return Ok(item);
        }
        let verdict = vm.call(filter.function.get(), &[item])?;
        if !vm.truthy(verdict)? {
            filter.flag.set(true);
            return Ok(item);
        }
    }
    Ok(Value::UNBOUND)
}

pub static TAKEWHILE: TypeDef = TypeDef {
    name: "takewhile",
    doc: "The items up to the first one for which the predicate is false.",
    slots: &[Slot::iter(itself), Slot::next(takewhile_next)],
    new: Some(native_ref!("takewhile($cls, predicate, iterable, /)" => filter_new)),
    ..ITERATOR
};

fn takewhile_next(vm: &Vm, this: Value) -> R {
    let filter = data::<Filter>(vm, this)?;
    if filter.flag.get() {
        return Ok(Value::UNBOUND);
    }
    let Some(item) = vm.next(filter.iterator.get())? else { return Ok(Value::UNBOUND) };
    let verdict = vm.call(filter.function.get(), &[item])?;
    if vm.truthy(verdict)? {
        return Ok(item);
    }
    filter.flag.set(true);
    Ok(Value::UNBOUND)
}

pub static FILTERFALSE: TypeDef = TypeDef {
    name: "filterfalse",
    doc: "The items for which the function is false; false items where it is None.",
    slots: &[Slot::iter(itself), Slot::next(filterfalse_next)],
    new: Some(native_ref!("filterfalse($cls, function, iterable, /)" => filter_new)),
    ..ITERATOR
};

fn filterfalse_next(vm: &Vm, this: Value) -> R {
    let filter = data::<Filter>(vm, this)?;
    let function = filter.function.get();
    let by_truth = function.is_none() || function == vm.types[object::TypeId::Bool].value();
    while let Some(item) = vm.next(filter.iterator.get())? {
        let verdict = if by_truth { item } else { vm.call(function, &[item])? };
        if !vm.truthy(verdict)? {
            return Ok(item);
        }
    }
    Ok(Value::UNBOUND)
}

pub static STARMAP: TypeDef = TypeDef {
    name: "starmap",
    doc: "The results of a function called with each item unpacked as its arguments.",
    slots: &[Slot::iter(itself), Slot::next(starmap_next)],
    new: Some(native_ref!("starmap($cls, function, iterable, /)" => filter_new)),
    ..ITERATOR
};

fn starmap_next(vm: &Vm, this: Value) -> R {
    let filter = data::<Filter>(vm, this)?;
    let Some(item) = vm.next(filter.iterator.get())? else { return Ok(Value::UNBOUND) };
    let args = vm.to_tuple(item)?;
    vm.call(filter.function.get(), args.items())
}

/// `compress`
pub struct Compress {
    items: Field,
    selectors: Field,
}

traced! { Compress { items, selectors } }

pub static COMPRESS: TypeDef = TypeDef {
    name: "compress",
    doc: "The items whose selector is true.",
    slots: &[Slot::iter(itself), Slot::next(compress_next)],
    new: Some(native_ref!("compress($cls, data, selectors)" => compress_new)),
    ..ITERATOR
};

fn compress_new(vm: &Vm, [class, items, selectors]: &[Value; 3]) -> R {
    let items = vm.iter(*items)?;
    let selectors = vm.iter(*selectors)?;
    let compress = Compress { items: Field::new(items), selectors: Field::new(selectors) };
    Ok(vm.native(class_arg(vm, *class)?, compress).value())
}

fn compress_next(vm: &Vm, this: Value) -> R {
    let compress = data::<Compress>(vm, this)?;
    loop {
        let Some(item) = vm.next(compress.items.get())? else { return Ok(Value::UNBOUND) };
        let Some(selector) = vm.next(compress.selectors.get())? else { return Ok(Value::UNBOUND) };
        if vm.truthy(selector)? {
            return Ok(item);
        }
    }
}
