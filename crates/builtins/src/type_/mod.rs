//! `type`: classes as Python sees them.

pub(crate) mod annotations;
mod bases;
mod getset;

pub(crate) use annotations::call_annotate;

use crate::object::{class_module, full_name, merge_class_names};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Dict, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};

natives! {
    /// The methods of `type`.
    pub static METHODS: {
        /// Return the method resolution order as a list.
        "mro($self, /)" => type_mro;
        /// Return a list of the immediate subclasses.
        "__subclasses__($self, /)" => type_subclasses;
        /// Create the namespace for the class statement.
        "__prepare__(...)" -> type_prepare [class];
        /// Check if an object is an instance.
        "__instancecheck__($self, instance, /)" => type_instancecheck;
        /// Check if a class is a subclass.
        "__subclasscheck__($self, subclass, /)" => type_subclasscheck;
        /// The names of the attributes of the class and its bases.
        "__dir__($self, /)" => type_dir;
        /// The size of the class in memory, in bytes.
        "__sizeof__($self, /)" => type_sizeof;
    }
}

/// How `type` makes classes.
pub static NEW: ::object::native::NativeDef = native! {
    /// Make a class.
    "type(...)" -> type_new
};

/// `type`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Type),
    name: "type",
    kind: Kind::TYPE,
    // Classes have their namespace: a metaclass adds no dict of its own.
    flags: type_flags::BASETYPE | type_flags::TYPE | type_flags::WEAKREF | type_flags::HAS_DICT,
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    slots: &[
        Slot::repr(type_repr),
        Slot::call(type_call),
        Slot::getattr(type_getattr),
        Slot::setattr(type_setattr),
        Slot::init(type_init),
        Slot::or(crate::generic_alias::union_slot),
    ],
    methods: &[METHODS],
    getset: getset::GETSET,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE];

pub(crate) fn this_class(vm: &Vm, this: Value) -> Result<Ref<TypeObj>, Raised> {
    match this.cast::<TypeObj>() {
        Some(class) => Ok(class),
        None => Err(vm.type_error(format!("expected a class, not '{}'", vm.type_name(this)))),
    }
}

fn type_repr(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    Ok(vm.str(&format!("<class '{}'>", full_name(vm, class))).value())
}

fn type_call(vm: &Vm, this: Value, args: Args) -> R {
    let class = this_class(vm, this)?;
    if class == vm.types[TypeId::Type] {
        if args.count() == 1 && args.keyword_count() == 0 {
            return Ok(vm.type_of(args.args[0]).value());
        }
        if args.count() != 3 {
            return Err(vm.type_error("type() takes 1 or 3 arguments"));
        }
    }
    vm.instantiate(class, args)
}

/// The slot by which attributes of classes are read.
pub fn type_getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    vm.type_getattr(this, name)
}

/// The TypeError for a change of a built-in class.
pub fn check_mutable(vm: &Vm, class: Ref<TypeObj>, name: &str) -> Result<(), Raised> {
    if class.has(type_flags::IMMUTABLE) {
        let text = format!("cannot set '{name}' attribute of immutable type '{}'", class.qualified_name(vm));
        return Err(vm.type_error(text));
    }
    Ok(())
}

/// The slot by which attributes of classes are written.
pub fn type_setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    if class.has(type_flags::IMMUTABLE) {
        return check_mutable(vm, class, &name.to_string_lossy());
    }
    let name = vm.intern_str(name);
    let metaclass = vm.type_of(this);
    if let Some(attr) = vm.lookup(metaclass, name)
        && let Some(set) = vm.type_of(attr).slots().descr_set
    {
        let result = set(vm, attr, this, value);
        vm.class_attr_changed(class, name);
        return result;
    }
    if value.is_unbound() {
        if class.dict().remove_str(vm, name).is_none() {
            let text = format!("type object '{}' has no attribute '{}'", class.name_str(), name.to_string_lossy());
            return Err(vm.attribute_error(text, this, name.value()));
        }
    } else {
        class.dict().insert_str(vm, name, value);
    }
    vm.class_attr_changed(class, name);
    Ok(())
}

fn type_init(vm: &Vm, _: Value, args: Args) -> Result<(), Raised> {
    let count = args.count();
    if args.keyword_count() > 0 && count == 1 {
        return Err(vm.type_error("type.__init__() takes no keyword arguments"));
    }
    if count != 1 && count != 3 {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

fn type_new(vm: &Vm, args: Args) -> R {
    let Some(metaclass) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("type.__new__(): not enough arguments"));
    };
    let count = args.count() - 1;
    if count != 3 {
        return Err(vm.type_error(format!("type.__new__() takes exactly 3 arguments ({count} given)")));
    }
    let (name, bases, namespace) = (args.args[1], args.args[2], args.args[3]);
    let wrong = |index: usize, expected: &str, value: Value| {
        vm.type_error(format!("type.__new__() argument {index} must be {expected}, not {}", vm.type_name(value)))
    };
    let Some(name_str) = vm.as_str(name) else { return Err(wrong(1, "str", name)) };
    let Some(bases_tuple) = vm.as_tuple(bases) else { return Err(wrong(2, "tuple", bases)) };
    let Some(namespace_dict) = namespace.cast::<Dict>() else { return Err(wrong(3, "dict", namespace)) };
    for &base in bases_tuple.items() {
        if base.cast::<TypeObj>().is_none() && vm.getattr_opt(base, vm.names.__mro_entries__)?.is_some() {
            return Err(vm.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = vm.derived_metaclass(metaclass, bases_tuple.items())?;
    if winner != metaclass
        && let (Some(new), Some(own)) = (winner.slots().new, vm.types[TypeId::Type].slots().new)
        && !std::ptr::fn_addr_eq(new, own)
    {
        return new(vm, winner, args.rest());
    }
    let keywords = if args.keyword_count() > 0 {
        let dict = vm.dict();
        for (name, value) in args.split().1 {
            dict.insert_str(vm, name, value);
        }
        Some(dict)
    } else {
        None
    };
    let class = vm.new_class(winner, name_str, bases_tuple, namespace_dict, keywords)?;
    if let Some(class) = class.cast::<TypeObj>() {
        class.set_bases_value(vm, bases);
    }
    Ok(class)
}

fn type_mro(vm: &Vm, [this]: &[Value; 1]) -> R {
    let class = this_class(vm, *this)?;
    let mut bases = Vec::with_capacity(class.bases().len());
    for &base in class.bases().items() {
        bases.push(this_class(vm, base)?);
    }
    let mro = vm.compute_mro(class, &bases)?;
    Ok(vm.list(mro.items()).value())
}

fn type_subclasses(vm: &Vm, [this]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    for subclass in this_class(vm, *this)?.subclasses() {
        // A custom `mro` makes classes depend on more than their bases.
        if subclass.bases().items().contains(this) {
            list.push(vm, subclass.value());
        }
    }
    Ok(list.value())
}

fn type_prepare(vm: &Vm, _: Args) -> R {
    Ok(vm.dict().value())
}

fn type_instancecheck(vm: &Vm, [this, instance]: &[Value; 2]) -> R {
    vm.is_instance_default(*instance, *this).map(Value::bool)
}

fn type_subclasscheck(vm: &Vm, [this, subclass]: &[Value; 2]) -> R {
    vm.is_subclass_default(*subclass, *this).map(Value::bool)
}

fn type_dir(vm: &Vm, [this]: &[Value; 1]) -> R {
    let names = vm.dict();
    merge_class_names(vm, names, *this)?;
    let keys = vm.list_with_capacity(names.len());
    for entry in names.iter() {
        keys.push(vm, entry.key);
    }
    Ok(keys.value())
}

fn type_sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let class = this_class(vm, *this)?;
    Ok(vm.int_usize(size_of::<TypeObj>() + class.dict().len() * 24))
}

/// `__basicsize__`: the size of instances without their items.
pub fn basic_size(class: Ref<TypeObj>) -> usize {
    let own = match class.instance_kind() {
        Kind::INSTANCE if class.has_payload() => 24,
        Kind::INSTANCE | Kind::IMMEDIATE => 16,
        Kind::STR => 64,
        Kind::BYTES => 33,
        Kind::TUPLE => 24,
        Kind::LIST => 40,
        Kind::DICT => 64,
        Kind::SET => 200,
        Kind::BYTEARRAY => 56,
        Kind::TYPE => 928,
        Kind::FUNCTION => 160,
        Kind::EXCEPTION => 72,
        Kind::BIG_INT => 24,
        Kind::FLOAT => 24,
        Kind::COMPLEX => 32,
        _ => 48,
    };
    own + class.reserved_slots() * 8
}

/// `__module__` of a class for getters: AttributeError where it has none.
pub(crate) fn module_of(vm: &Vm, class: Ref<TypeObj>) -> R {
    // The namespace of a built-in class may hold the descriptor for its instances.
    if class.def.get().is_none()
        && let Some(module) = class.dict().get_str(vm, vm.names.__module__)
    {
        return Ok(module);
    }
    match class_module(vm, class) {
        Some(module) => Ok(module),
        None => Err(vm.attribute_error("__module__", class.value(), vm.names.__module__.value())),
    }
}
