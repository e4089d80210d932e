//! Iterators over views.

use super::index::nth;
use super::view::this;
use heap::{Tracer, Value};
use object::layout::native::NativeData;
use object::layout::type_object::type_flags;
use object::{Field, R, Slot, TypeDef, TypeId, Vm};
use std::cell::Cell;

struct MemoryIter {
    /// The view, or unbound at the end.
    view: Field,
    index: Cell<usize>,
}

impl NativeData for MemoryIter {
    fn trace(&self, tracer: &mut Tracer) {
        self.view.trace(tracer);
    }
}

/// `memory_iterator`
pub(super) static MEMORY_ITERATOR: TypeDef = TypeDef {
    id: Some(TypeId::MemoryIterator),
    name: "memory_iterator",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    ..TypeDef::DEFAULT
};

/// The slot `iter`.
pub(super) fn iter(vm: &Vm, value: Value) -> R {
    let view = this(vm, value)?;
    match view.shape.len() {
        0 => return Err(vm.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
    if super::item::code(view.format).is_none() {
        return Err(super::item::unsupported(vm, view.format));
    }
    let data = MemoryIter { view: Field::new(value), index: Cell::new(0) };
    Ok(vm.native(vm.types[TypeId::MemoryIterator], data).value())
}

fn next(vm: &Vm, value: Value) -> R {
    let Some(iter) = vm.as_native::<MemoryIter>(value) else { return Ok(Value::UNBOUND) };
    let view = iter.view.get();
    if view.is_unbound() {
        return Ok(Value::UNBOUND);
    }
    let index = iter.index.get();
    let len = this(vm, view)?.shape.first().map_or(0, |extent| *extent as usize);
    if index >= len {
        iter.view.init(Value::UNBOUND);
        return Ok(Value::UNBOUND);
    }
    iter.index.set(index + 1);
    nth(vm, view, index)
}
