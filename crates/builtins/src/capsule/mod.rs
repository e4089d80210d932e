//! `types.CapsuleType`

use ::object::capsule::Capsule;
use ::object::{Kind, Slot, TypeDef, TypeId, Value, Vm, type_flags};

/// The class.
pub static TYPES: &[&TypeDef] = &[&TYPE];

static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Capsule),
    name: "PyCapsule",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    doc: "A pointer of C that extension modules hand each other through an attribute of a module.",
    slots: &[Slot::repr(repr)],
    inherit_new: false,
    ..TypeDef::DEFAULT
};

fn repr(vm: &Vm, this: Value) -> ::object::R {
    let name = vm.as_native::<Capsule>(this).map_or("", |capsule| capsule.name);
    Ok(vm.str(&format!("<capsule object \"{name}\" at {}>", crate::object::address(this))).value())
}
