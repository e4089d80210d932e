//! `getset_descriptor` and `member_descriptor`.

use super::{check_instance, getter, member, owner_name, qualname};
use crate::object::reduce::reduce_as_attribute;
use ::object::descr::{GetSetData, SlotMember};
use ::object::slots::R;
use ::object::{GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, ValueExt, Vm, natives};

/// `getset_descriptor`
pub static GETSET_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::GetSetDescriptor),
    name: "getset_descriptor",
    kind: Kind::NATIVE,
    slots: &[Slot::repr(getset_repr), Slot::descr_get(descr_get), Slot::descr_set(descr_set)],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

natives! {
    static MEMBER_METHODS: {
        /// Describe how to pickle the descriptor.
        "__reduce__($self, /)" => member_reduce;
    }
}

/// `member_descriptor`
pub static MEMBER_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::MemberDescriptor),
    name: "member_descriptor",
    kind: Kind::NATIVE,
    slots: &[Slot::repr(member_repr), Slot::descr_get(descr_get), Slot::descr_set(descr_set)],
    methods: &[MEMBER_METHODS],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__objclass__", |vm, this| Ok(owner(vm, this))),
    member("__name__", |vm, this| Ok(vm.intern(&name(vm, this)).value())),
    getter("__qualname__", |vm, this| qualname(vm, owner(vm, this), &name(vm, this))),
    getter("__doc__", |vm, this| {
        let doc = vm.as_native::<GetSetData>(this).map_or("", |data| data.def.doc);
        Ok(super::doc::clean_doc(vm, doc))
    }),
];

fn owner(vm: &Vm, this: Value) -> Value {
    if let Some(data) = vm.as_native::<GetSetData>(this) {
        return data.owner.get();
    }
    vm.as_native::<SlotMember>(this).map_or(Value::NONE, |data| data.owner.get())
}

fn name(vm: &Vm, this: Value) -> String {
    if let Some(data) = vm.as_native::<GetSetData>(this) {
        return data.def.name.to_string();
    }
    let name = vm.as_native::<SlotMember>(this).and_then(|data| data.name.get().cast::<Str>());
    name.map_or_else(String::new, |name| name.to_string_lossy())
}

fn getset_repr(vm: &Vm, this: Value) -> R {
    let text = format!("<attribute '{}' of '{}' objects>", name(vm, this), owner_name(owner(vm, this)));
    Ok(vm.str(&text).value())
}

fn member_repr(vm: &Vm, this: Value) -> R {
    let text = format!("<member '{}' of '{}' objects>", name(vm, this), owner_name(owner(vm, this)));
    Ok(vm.str(&text).value())
}

fn member_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    reduce_as_attribute(vm, owner(vm, *this), vm.intern(&name(vm, *this)).value())
}

fn descr_get(vm: &Vm, this: Value, object: Value, _: Value) -> R {
    if object.is_unbound() {
        return Ok(this);
    }
    if let Some(data) = vm.as_native::<GetSetData>(this) {
        check_instance(vm, data.owner.get(), data.def.name, object)?;
        return (data.def.get)(vm, object);
    }
    let Some(data) = vm.as_native::<SlotMember>(this) else { return Ok(this) };
    check_instance(vm, data.owner.get(), &name(vm, this), object)?;
    let value = match object.as_object() {
        Some(object) => vm.slot(object, data.slot),
        None => Value::UNBOUND,
    };
    if value.is_unbound() {
        let Some(name) = data.name.get().cast::<Str>() else { return Ok(this) };
        let text = format!(
            "'{}' object has no attribute '{}'",
            crate::object::qualified_class(vm, object),
            name.to_string_lossy()
        );
        return Err(vm.attribute_error(text, object, name.value()));
    }
    Ok(value)
}

fn descr_set(vm: &Vm, this: Value, object: Value, value: Value) -> Result<(), Raised> {
    if let Some(data) = vm.as_native::<GetSetData>(this) {
        check_instance(vm, data.owner.get(), data.def.name, object)?;
        let Some(set) = data.def.set else {
            let text = if data.def.is_member {
                String::from("readonly attribute")
            } else {
                let owner = owner_name(data.owner.get());
                format!("attribute '{}' of '{owner}' objects is not writable", data.def.name)
            };
            return Err(vm.attribute_error(text, object, vm.intern(data.def.name).value()));
        };
        return set(vm, object, value);
    }
    let Some(data) = vm.as_native::<SlotMember>(this) else { return Ok(()) };
    check_instance(vm, data.owner.get(), &name(vm, this), object)?;
    let Some(address) = object.as_object() else { return Ok(()) };
    if value.is_unbound() && vm.slot(address, data.slot).is_unbound() {
        let name: Ref<Str> = match data.name.get().cast() {
            Some(name) => name,
            None => vm.names.empty,
        };
        return Err(vm.attribute_error(name.to_string_lossy(), object, name.value()));
    }
    vm.set_slot(address, data.slot, value);
    Ok(())
}
