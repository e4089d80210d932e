//! The computed attributes of classes.

use super::{annotations, bases, basic_size, check_mutable, module_of, this_class};
use crate::descriptors::MappingProxy;
use crate::descriptors::doc::{class_signature, clean_doc};
use ::object::layout::type_object::type_flags as flags;
use ::object::slots::R;
use ::object::{Field, GetSet, Kind, Raised, Ref, Str, TypeId, TypeObj, Value, Vm};

const fn member(name: &'static str, get: fn(&Vm, Value) -> R) -> GetSet {
    GetSet { name, get, set: None, doc: "", is_member: true }
}

type Setter = fn(&Vm, Value, Value) -> Result<(), Raised>;

const fn getset(name: &'static str, get: fn(&Vm, Value) -> R, set: Option<Setter>) -> GetSet {
    GetSet { name, get, set, doc: "", is_member: false }
}

/// The computed attributes of `type`.
pub static GETSET: &[GetSet] = &[
    member("__basicsize__", |vm, this| Ok(vm.int_usize(basic_size(this_class(vm, this)?)))),
    member("__itemsize__", |vm, this| {
        let class = this_class(vm, this)?;
        let size = if class.has(flags::INT) {
            4
        } else if class.has(flags::TUPLE) {
            8
        } else if class.has(flags::BYTES) {
            1
        } else if class.has(flags::TYPE) {
            40
        } else {
            0
        };
        Ok(Value::small(size))
    }),
    member("__flags__", |vm, this| Ok(vm.int(python_flags(this_class(vm, this)?) as i64))),
    member("__weakrefoffset__", |vm, this| {
        Ok(Value::small(if this_class(vm, this)?.has(flags::WEAKREF) { -32 } else { 0 }))
    }),
    member("__base__", |vm, this| Ok(this_class(vm, this)?.base().map_or(Value::NONE, Ref::value))),
    member("__dictoffset__", |vm, this| Ok(Value::small(if this_class(vm, this)?.has_dict() { -1 } else { 0 }))),
    member("__mro__", |vm, this| {
        // Empty while a metaclass works it out.
        let mro = this_class(vm, this)?.mro();
        Ok(if mro.is_empty() { Value::NONE } else { mro.value() })
    }),
    getset("__name__", get_name, Some(set_name)),
    getset("__qualname__", get_qualname, Some(set_qualname)),
    getset("__bases__", |vm, this| Ok(this_class(vm, this)?.bases_value()), Some(bases::set_bases)),
    getset("__module__", |vm, this| module_of(vm, this_class(vm, this)?), Some(set_module)),
    getset("__abstractmethods__", get_abstractmethods, Some(set_abstractmethods)),
    getset("__dict__", get_dict, None),
    getset("__doc__", get_doc, Some(set_doc)),
    getset("__text_signature__", get_text_signature, None),
    getset("__annotations__", annotations::get_annotations, Some(annotations::set_annotations)),
    getset("__annotate__", annotations::get_annotate, Some(annotations::set_annotate)),
    getset("__type_params__", annotations::get_type_params, Some(annotations::set_type_params)),
];

/// Classes that the machine knows and CPython makes on its heap.
const ON_HEAP: &[TypeId] = &[
    TypeId::Generic,
    TypeId::TypeVar,
    TypeId::ParamSpec,
    TypeId::ParamSpecArgs,
    TypeId::ParamSpecKwargs,
    TypeId::TypeVarTuple,
];

/// The flags with CPython's numbers.
fn python_flags(class: Ref<TypeObj>) -> u64 {
    let pairs: [(u32, u32); 17] = [
        (flags::HEAP, 9),
        (flags::BASETYPE, 10),
        (flags::IMMUTABLE, 8),
        (flags::NO_NEW, 7),
        (flags::ABSTRACT, 20),
        (flags::SEQUENCE, 5),
        (flags::MAPPING, 6),
        (flags::MATCH_SELF, 22),
        (flags::METHOD_DESCRIPTOR, 17),
        (flags::INT, 24),
        (flags::LIST, 25),
        (flags::TUPLE, 26),
        (flags::BYTES, 27),
        (flags::STR, 28),
        (flags::DICT, 29),
        (flags::EXCEPTION, 30),
        (flags::TYPE, 31),
    ];
    let mut bits = 1u64 << 12;
    // CPython makes the classes of many native modules on its heap, which programs can tell by the flag.
    let id = class.def.get().map(|def| def.id);
    if id.is_some_and(|id| id.is_none_or(|id| ON_HEAP.contains(&id))) {
        bits |= 1 << 9;
    }
    // Ready; and with the collector, for all but the simplest kinds.
    for (flag, bit) in pairs {
        if class.has(flag) {
            bits |= 1 << bit;
        }
    }
    let simple = matches!(class.instance_kind(), Kind::STR | Kind::BYTES | Kind::BIG_INT | Kind::FLOAT | Kind::COMPLEX);
    if !simple && class.instance_kind() != Kind::IMMEDIATE && class.base().is_some() {
        bits |= 1 << 14;
    }
    if class.has(flags::HEAP) && class.has_dict() {
        bits |= 1 << 4 | if class.instance_kind() == Kind::INSTANCE { 1 << 2 } else { 0 };
    }
    if class.has(flags::HEAP) && class.has(flags::WEAKREF) {
        bits |= 1 << 3;
    }
    bits
}

fn get_name(vm: &Vm, this: Value) -> R {
    Ok(this_class(vm, this)?.name.get())
}

fn set_name(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    let name = check_set(vm, class, "__name__", value)?;
    if name.as_bytes().contains(&0) {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    vm.check_encodable(name)?;
    class.name.set(vm, class, name.value());
    Ok(())
}

/// A string that is to be set as attribute of a class.
fn check_set(vm: &Vm, class: Ref<TypeObj>, attr: &str, value: Value) -> Result<Ref<Str>, Raised> {
    check_mutable(vm, class, attr)?;
    if value.is_unbound() {
        return Err(vm.type_error(format!("cannot delete '{attr}' attribute of immutable type '{}'", class.name_str())));
    }
    match vm.as_str(value) {
        Some(value) => Ok(value),
        None => {
            let (name, given) = (class.name_str(), vm.type_name(value));
            Err(vm.type_error(format!("can only assign string to {name}.{attr}, not '{given}'")))
        }
    }
}

fn get_qualname(vm: &Vm, this: Value) -> R {
    Ok(this_class(vm, this)?.qualname.get())
}

fn set_qualname(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    let name = check_set(vm, class, "__qualname__", value)?;
    class.qualname.set(vm, class, name.value());
    Ok(())
}

/// Checks that an attribute of a class may be replaced, and that it is not to be deleted.
pub(super) fn check_replace(vm: &Vm, class: Ref<TypeObj>, attr: &str, value: Value) -> Result<(), Raised> {
    check_mutable(vm, class, attr)?;
    if value.is_unbound() {
        return Err(vm.type_error(format!("cannot delete '{attr}' attribute of immutable type '{}'", class.name_str())));
    }
    Ok(())
}

fn set_module(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    check_replace(vm, class, "__module__", value)?;
    class.dict().remove_str(vm, vm.names.__firstlineno__);
    class.dict().insert_str(vm, vm.names.__module__, value);
    vm.class_changed(class);
    Ok(())
}

fn get_abstractmethods(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    let name = vm.names.__abstractmethods__;
    let found = if class == vm.types[TypeId::Type] { None } else { class.dict().get_str(vm, name) };
    match found {
        Some(names) => Ok(names),
        None => Err(vm.attribute_error("__abstractmethods__", this, name.value())),
    }
}

fn set_abstractmethods(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    let name = vm.names.__abstractmethods__;
    if value.is_unbound() {
        if class.dict().remove_str(vm, name).is_none() {
            return Err(vm.attribute_error("__abstractmethods__", this, name.value()));
        }
        class.set_flags(flags::ABSTRACT, false);
    } else {
        let is_abstract = vm.truthy(value)?;
        class.dict().insert_str(vm, name, value);
        class.set_flags(flags::ABSTRACT, is_abstract);
    }
    vm.class_changed(class);
    Ok(())
}

fn get_dict(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    let data = MappingProxy { mapping: Field::new(class.dict().value()) };
    Ok(vm.native(vm.types[TypeId::MappingProxy], data).value())
}

fn get_doc(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    if let Some(def) = class.def.get() {
        // The namespace may hold the descriptor for instances; the class itself has the text.
        return Ok(clean_doc(vm, def.doc));
    }
    match class.dict().get_str(vm, vm.names.__doc__) {
        Some(doc) => match vm.type_of(doc).slots().descr_get {
            Some(get) => get(vm, doc, Value::UNBOUND, this),
            None => Ok(doc),
        },
        None => Ok(Value::NONE),
    }
}

fn set_doc(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    check_replace(vm, class, "__doc__", value)?;
    class.dict().insert_str(vm, vm.names.__doc__, value);
    vm.class_changed(class);
    Ok(())
}

fn get_text_signature(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    let Some(def) = class.def.get() else { return Ok(Value::NONE) };
    match def.init.or(def.new).and_then(class_signature) {
        Some(text) => Ok(vm.str(&text).value()),
        None => Ok(Value::NONE),
    }
}
