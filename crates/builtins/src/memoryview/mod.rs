//! The class memoryview: views of the memory of objects.

mod access;
mod cast;
mod compare;
mod index;
mod item;
mod iter;
mod methods;
mod pickle_buffer;
mod view;

use heap::Value;
use object::layout::type_object::type_flags;
use object::native::NativeDef;
use object::{R, Slot, TypeDef, TypeId, TypeObj, ValueExt, Vm, native};

pub use item::{f64_to_half, half_to_f64};
pub(crate) use methods::release_view_of;
pub use pickle_buffer::{PICKLE_BUFFER, PickleBuffer, is_contiguous};
pub use view::{View, from_buffer, from_object};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &iter::MEMORY_ITERATOR];

/// `memoryview`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::MemoryView),
    name: "memoryview",
    flags: type_flags::SEQUENCE | type_flags::WEAKREF,
    doc: "A view of the memory of an object.",
    slots: &[
        Slot::repr(methods::repr),
        Slot::hash(compare::hash),
        Slot::compare(compare::compare),
        Slot::iter(iter::iter),
        Slot::len(index::len),
        Slot::getitem(index::getitem),
        Slot::setitem(index::setitem),
        Slot::buffer(view::buffer),
    ],
    methods: &[methods::METHODS, cast::METHODS],
    getset: methods::GETSET,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// Notes what the wrappers of `__buffer__` call.
pub(crate) fn install(vm: &Vm) {
    let function = vm.native_function(TypeId::BuiltinFunction, &FROM_SLOT, Value::UNBOUND, Value::UNBOUND);
    vm.set_state("memoryview.from_slot", function.value());
}

static FROM_SLOT: NativeDef = native! {
    "from_slot(object, flags, owner, /)" => from_slot
};

/// A view of what the slot of a class gives for an instance, which may be one of a subclass that hides the slot.
fn from_slot(vm: &Vm, [object, flags, owner]: &[Value; 3]) -> R {
    let writable = vm.index_i32(*flags)? as i64 & methods::WRITABLE != 0;
    match owner.cast::<TypeObj>().and_then(|owner| owner.slots().buffer) {
        Some(slot) => Ok(view::from_native(vm, slot(vm, *object, writable)?, *object, true)),
        None => from_object(vm, *object, writable),
    }
}

static NEW: NativeDef = native! {
    "memoryview($cls, object)" => new
};

fn new(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    from_object(vm, *object, false)
}
