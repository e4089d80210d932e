//! Descriptors that built-in classes are made of. Their methods and slots are in `builtins`.

use crate::layout::native::NativeData;
use crate::typedef::GetSet;
use crate::{Field, Ref, TypeId, TypeObj, Vm};
use heap::{Tracer, Value};

/// The data of `getset_descriptor` and of `member_descriptor` of built-in classes.
pub struct GetSetData {
    /// What it does.
    pub def: &'static GetSet,
    /// The class that has it.
    pub owner: Field,
}

impl NativeData for GetSetData {
    fn trace(&self, tracer: &mut Tracer) {
        self.owner.trace(tracer);
    }
}

/// The data of `member_descriptor` of a slot of `__slots__`.
pub struct SlotMember {
    /// The slot.
    pub slot: usize,
    /// Its name.
    pub name: Field,
    /// The class that has it.
    pub owner: Field,
}

impl NativeData for SlotMember {
    fn trace(&self, tracer: &mut Tracer) {
        self.name.trace(tracer);
        self.owner.trace(tracer);
    }
}

/// The data of `staticmethod` and `classmethod`.
pub struct WrappedCallable {
    /// The callable.
    pub callable: Field,
}

impl NativeData for WrappedCallable {
    fn trace(&self, tracer: &mut Tracer) {
        self.callable.trace(tracer);
    }
}

/// The data of `property`. All fields but the documentation may be None.
#[allow(missing_docs)]
pub struct Property {
    pub get: Field,
    pub set: Field,
    pub delete: Field,
    pub doc: Field,
    pub name: Field,
    /// Was the documentation taken from the getter?
    pub getter_doc: std::cell::Cell<bool>,
}

impl NativeData for Property {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.get, &self.set, &self.delete, &self.doc, &self.name] {
            field.trace(tracer);
        }
    }
}

/// A descriptor of a computed attribute.
pub fn getset(vm: &Vm, owner: Ref<TypeObj>, def: &'static GetSet) -> Value {
    let class = if def.is_member { TypeId::MemberDescriptor } else { TypeId::GetSetDescriptor };
    vm.native(vm.types[class], GetSetData { def, owner: Field::new(owner.value()) }).value()
}

/// A descriptor of a slot of `__slots__`.
pub fn slot_member(vm: &Vm, owner: Ref<TypeObj>, name: Value, slot: usize) -> Value {
    let data = SlotMember { slot, name: Field::new(name), owner: Field::new(owner.value()) };
    vm.native(vm.types[TypeId::MemberDescriptor], data).value()
}

/// `staticmethod(callable)`
pub fn static_method(vm: &Vm, callable: Value) -> Value {
    vm.native(vm.types[TypeId::StaticMethod], WrappedCallable { callable: Field::new(callable) }).value()
}

/// `classmethod(callable)`
pub fn class_method(vm: &Vm, callable: Value) -> Value {
    vm.native(vm.types[TypeId::ClassMethod], WrappedCallable { callable: Field::new(callable) }).value()
}
