//! Descriptors: properties, static and class methods, and what built-in classes are made of.

pub mod doc;
mod fields;
mod instance_method;
mod mapping_proxy;
mod native_methods;
mod property;
mod wrapped;
mod wrappers;

pub use mapping_proxy::MappingProxy;

use ::object::class::{dict_get, dict_set};
use ::object::slots::R;
use ::object::{GetSet, Raised, Ref, Str, TypeDef, TypeObj, Value, ValueExt, Vm};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[
    &fields::GETSET_TYPE,
    &fields::MEMBER_TYPE,
    &wrappers::WRAPPER_TYPE,
    &wrappers::METHOD_WRAPPER_TYPE,
    &native_methods::METHOD_TYPE,
    &native_methods::CLASS_METHOD_TYPE,
    &native_methods::FUNCTION_TYPE,
    &mapping_proxy::TYPE,
    &property::TYPE,
    &wrapped::STATIC_TYPE,
    &wrapped::CLASS_TYPE,
    &instance_method::TYPE,
];

/// A read-only field shown as `member_descriptor`.
pub(crate) const fn member(name: &'static str, get: fn(&Vm, Value) -> R) -> GetSet {
    GetSet { name, get, set: None, doc: "", is_member: true }
}

/// A read-only computed attribute.
pub(crate) const fn getter(name: &'static str, get: fn(&Vm, Value) -> R) -> GetSet {
    GetSet { name, get, set: None, doc: "", is_member: false }
}

/// A computed attribute.
pub(crate) const fn accessor(
    name: &'static str,
    get: fn(&Vm, Value) -> R,
    set: fn(&Vm, Value, Value) -> Result<(), Raised>,
) -> GetSet {
    GetSet { name, get, set: Some(set), doc: "", is_member: false }
}

/// `__dict__` of built-in classes: unlike that of Python classes it cannot be deleted.
pub(crate) const DICT: GetSet = accessor("__dict__", dict_get, |vm, this, value| {
    if value.is_unbound() {
        return Err(vm.type_error("cannot delete __dict__"));
    }
    dict_set(vm, this, value)
});

/// `owner.__qualname__ + "." + name`
fn qualname(vm: &Vm, owner: Value, name: &str) -> R {
    let owner = owner.cast::<TypeObj>().and_then(|owner| owner.qualname.get().cast::<Str>());
    let owner = owner.map_or_else(String::new, |owner| owner.to_string_lossy());
    Ok(vm.str(&format!("{owner}.{name}")).value())
}

/// The name of the class that has a descriptor.
fn owner_name(owner: Value) -> String {
    let Some(owner) = owner.cast::<TypeObj>() else { return String::from("?") };
    match owner.def.get() {
        Some(def) if def.module != "builtins" => format!("{}.{}", def.module, def.name),
        _ => owner.name_str(),
    }
}

/// A descriptor is only for instances of its class.
fn check_instance(vm: &Vm, owner: Value, name: &str, object: Value) -> Result<(), Raised> {
    let Some(owner) = owner.cast::<TypeObj>() else { return Ok(()) };
    let class: Ref<TypeObj> = vm.type_of(object);
    if class == owner || class.is_subclass(owner) {
        return Ok(());
    }
    let text = format!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.name_str(),
        class.name_str()
    );
    Err(vm.type_error(text))
}
