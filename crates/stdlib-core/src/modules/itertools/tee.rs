//! `tee`: items read once are kept in a chain of blocks until the slowest of the iterators has passed.

use super::ITERATOR;
use crate::support::{ssize, class_arg, data, itself, kept_class};
use object::traced;
use object::slots::{R, Slot};
use object::{Field, List, Ref, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives};
use std::cell::Cell;

/// Items of a block.
const BLOCK: usize = 57;

/// A block: items already read, the block behind it, and the iterator to read from.
pub struct TeeData {
    iterator: Field,
    items: Field,
    next: Field,
    running: Cell<bool>,
}

/// One of the iterators: its block and the index in it.
pub struct Tee {
    block: Field,
    index: Cell<usize>,
}

traced! {
    TeeData { iterator, items, next }
    Tee { block }
}

pub static TEE_DATA: TypeDef = TypeDef {
    name: "_tee_dataobject",
    doc: "Items that iterators made by tee share.",
    flags: 0,
    new: Some(native_ref!("_tee_dataobject($cls, it, values, next, /)" => tee_data_new)),
    ..ITERATOR
};

pub static TEE: TypeDef = TypeDef {
    name: "_tee",
    doc: "An iterator whose items others read as well.",
    flags: object::type_flags::WEAKREF,
    slots: &[Slot::iter(itself), Slot::next(tee_next)],
    methods: &[TEE_METHODS],
    new: Some(native_ref!("_tee($cls, iterable, /)" => tee_new)),
    ..ITERATOR
};

natives! { static TEE_METHODS: {
    /// An independent iterator at the same place.
    "__copy__($self, /)" => tee_copy;
}}

natives! { pub static FUNCTIONS: {
    /// Return a tuple of n independent iterators.
    "tee($module, iterable, n=2, /)" => tee_function;
}}

fn new_block(vm: &Vm, class: Ref<TypeObj>, iterator: Value) -> Value {
    let block = TeeData {
        iterator: Field::new(iterator),
        items: Field::new(vm.list(&[]).value()),
        next: Field::new(Value::UNBOUND),
        running: Cell::new(false),
    };
    vm.native(class, block).value()
}

fn tee_data_new(vm: &Vm, [class, iterator, values, next]: &[Value; 4]) -> R {
    let Some(values) = values.cast::<List>() else {
        return Err(vm.type_error(format!("_tee_dataobject() argument 2 must be list, not {}", vm.type_name(*values))));
    };
    if values.len() > BLOCK || (values.len() < BLOCK && !next.is_none()) {
        return Err(vm.value_error("Invalid arguments"));
    }
    let block = new_block(vm, class_arg(vm, *class)?, *iterator);
    let inner = data::<TeeData>(vm, block)?;
    inner.items.set(vm, inner, vm.list(values.items()).value());
    if !next.is_none() {
        data::<TeeData>(vm, *next)?;
        inner.next.set(vm, inner, *next);
    }
    Ok(block)
}

fn wrap(vm: &Vm, class: Ref<TypeObj>, block: Value, index: usize) -> Value {
    vm.native(class, Tee { block: Field::new(block), index: Cell::new(index) }).value()
}

/// An iterator of the class over an iterable; a tee iterator is shared and not wrapped.
fn from_iterable(vm: &Vm, class: Ref<TypeObj>, iterable: Value) -> R {
    let iterator = vm.iter(iterable)?;
    if let Some(tee) = vm.as_native::<Tee>(iterator) {
        return Ok(wrap(vm, class, tee.block.get(), tee.index.get()));
    }
    let block = new_block(vm, kept_class(vm, "itertools._tee_dataobject")?, iterator);
    Ok(wrap(vm, class, block, 0))
}

fn tee_new(vm: &Vm, [class, iterable]: &[Value; 2]) -> R {
    from_iterable(vm, class_arg(vm, *class)?, *iterable)
}

fn tee_copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let tee = data::<Tee>(vm, *this)?;
    Ok(wrap(vm, vm.type_of(*this), tee.block.get(), tee.index.get()))
}

fn tee_next(vm: &Vm, this: Value) -> R {
    let tee = data::<Tee>(vm, this)?;
    if tee.index.get() >= BLOCK {
        let block = data::<TeeData>(vm, tee.block.get())?;
        if block.next.get().is_unbound() {
            let next = new_block(vm, vm.type_of(tee.block.get()), block.iterator.get());
            block.next.set(vm, block, next);
        }
        tee.block.set(vm, tee, block.next.get());
        tee.index.set(0);
    }
    let block = data::<TeeData>(vm, tee.block.get())?;
    let index = tee.index.get();
    let Some(items) = block.items.get().cast::<List>() else { return Ok(Value::UNBOUND) };
    let item = match items.get(index) {
        Some(item) => item,
        None => {
            if block.running.replace(true) {
                return Err(vm.runtime_error("cannot re-enter the tee iterator"));
            }
            let item = vm.next(block.iterator.get());
            block.running.set(false);
            let Some(item) = item? else { return Ok(Value::UNBOUND) };
            items.push(vm, item);
            item
        }
    };
    tee.index.set(index + 1);
    Ok(item)
}

fn tee_function(vm: &Vm, [_module, iterable, count]: &[Value; 3]) -> R {
    let count = ssize(vm, *count)?;
    if count < 0 {
        return Err(vm.value_error("n must be >= 0"));
    }
    let count = count as usize;
    vm.check_size(count.checked_mul(8))?;
    if count == 0 {
        return Ok(vm.tuple(&[]).value());
    }
    let iterator = vm.iter(*iterable)?;
    let copy = vm.names.__copy__;
    let own = vm.as_native::<Tee>(iterator).is_some();
    let first = if own || vm.getattr_opt(iterator, copy)?.is_none() {
        from_iterable(vm, kept_class(vm, "itertools._tee")?, iterator)?
    } else {
        iterator
    };
    let all = vm.list(&[first]);
    for _ in 1..count {
        let other = vm.call_method(first, copy, &[])?;
        all.push(vm, other);
    }
    Ok(vm.tuple(all.items()).value())
}
