//! `property`

use super::wrapped::is_abstract;
use super::{accessor, getter};
use ::object::descr::Property;
use ::object::layout::native::Native;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Field, GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};
use std::cell::Cell;

natives! {
    static METHODS: {
        /// Return a property with another getter.
        "getter($self, object, /)" => property_getter;
        /// Return a property with another setter.
        "setter($self, object, /)" => property_setter;
        /// Return a property with another deleter.
        "deleter($self, object, /)" => property_deleter;
        /// Take the name under which the class has the property.
        "__set_name__(...)" -> set_name;
    }
}

static NEW: native::NativeDef = native! { "property(...)" -> property_new };
static INIT: native::NativeDef = native! {
    "property($self, fget=None, fset=None, fdel=None, doc=None)" => property_init
};

/// `property`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Property),
    name: "property",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "An attribute that is read, written and deleted by functions.\n\n  fget\n    reads it\n  fset\n    writes it\n  fdel\n    deletes it\n  doc\n    its documentation, that of fget where it is not given",
    slots: &[Slot::descr_get(descr_get), Slot::descr_set(descr_set)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    super::member("fget", |vm, this| Ok(data(vm, this)?.get.get())),
    super::member("fset", |vm, this| Ok(data(vm, this)?.set.get())),
    super::member("fdel", |vm, this| Ok(data(vm, this)?.delete.get())),
    GetSet {
        name: "__doc__",
        get: |vm, this| Ok(data(vm, this)?.doc.get()),
        set: Some(|vm, this, value| {
            let data = data(vm, this)?;
            data.doc.set(vm, data, value.or_none());
            Ok(())
        }),
        doc: "",
        is_member: true,
    },
    accessor("__name__", get_name, |vm, this, value| {
        let data = data(vm, this)?;
        data.name.set(vm, data, value);
        Ok(())
    }),
    getter("__isabstractmethod__", |vm, this| {
        let data = data(vm, this)?;
        for function in [data.get.get(), data.set.get(), data.delete.get()] {
            if !function.is_none() && is_abstract(vm, function)? {
                return Ok(Value::TRUE);
            }
        }
        Ok(Value::FALSE)
    }),
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Property>>, Raised> {
    match vm.as_native::<Property>(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a property")),
    }
}

fn property_new(vm: &Vm, args: Args) -> R {
    let Some(class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("property.__new__() needs a class"));
    };
    let none = || Field::new(Value::NONE);
    let data = Property {
        get: none(),
        set: none(),
        delete: none(),
        doc: none(),
        name: Field::new(Value::UNBOUND),
        getter_doc: Cell::new(false),
    };
    Ok(vm.native(class, data).value())
}

fn property_init(vm: &Vm, [this, get, set, delete, doc]: &[Value; 5]) -> R {
    let data = data(vm, *this)?;
    data.get.set(vm, data, *get);
    data.set.set(vm, data, *set);
    data.delete.set(vm, data, *delete);
    data.doc.set(vm, data, Value::NONE);
    data.name.set(vm, data, Value::UNBOUND);
    data.getter_doc.set(false);
    let mut text = *doc;
    if text.is_none() && !get.is_none() {
        text = vm.getattr_opt(*get, vm.names.__doc__)?.unwrap_or(Value::NONE);
        data.getter_doc.set(!text.is_none());
    }
    if vm.is_exactly(*this, TypeId::Property) {
        data.doc.set(vm, data, text);
        return Ok(Value::NONE);
    }
    // The class body of a subclass has a `__doc__` of its own, which would hide the field.
    if let Err(raised) = vm.setattr(*this, vm.names.__doc__, text) {
        // Documentation that was asked for is dropped where there is no room for it; that of the getter is not.
        if data.getter_doc.get() {
            return Err(raised);
        }
        vm.catch(raised, TypeId::AttributeError)?;
    }
    Ok(Value::NONE)
}

/// The name that the property was given, else that of its getter.
fn known_name(vm: &Vm, data: Ref<Native<Property>>) -> Result<Option<Value>, Raised> {
    if let Some(name) = data.name.get().bound() {
        return Ok(Some(name));
    }
    let get = data.get.get();
    if get.is_none() { Ok(None) } else { vm.getattr_opt(get, vm.names.__name__) }
}

fn get_name(vm: &Vm, this: Value) -> R {
    match known_name(vm, data(vm, this)?)? {
        Some(name) => Ok(name),
        None => Err(vm.no_attribute(this, vm.names.__name__)),
    }
}

#[cold]
fn missing(vm: &Vm, data: Ref<Native<Property>>, object: Value, what: &str) -> Raised {
    let class = vm.type_of(object).qualname.get();
    let build = || -> Result<String, Raised> {
        let class = vm.repr(class)?.to_string_lossy();
        Ok(match known_name(vm, data)? {
            Some(name) => format!("property {} of {class} object has no {what}", vm.repr(name)?.to_string_lossy()),
            None => format!("property of {class} object has no {what}"),
        })
    };
    match build() {
        Ok(text) => vm.raise(TypeId::AttributeError, &text),
        Err(raised) => raised,
    }
}

fn descr_get(vm: &Vm, this: Value, object: Value, _: Value) -> R {
    if object.is_unbound() {
        return Ok(this);
    }
    let data = data(vm, this)?;
    let get = data.get.get();
    if get.is_none() {
        return Err(missing(vm, data, object, "getter"));
    }
    vm.call(get, &[object])
}

fn descr_set(vm: &Vm, this: Value, object: Value, value: Value) -> Result<(), Raised> {
    let data = data(vm, this)?;
    if value.is_unbound() {
        let delete = data.delete.get();
        if delete.is_none() {
            return Err(missing(vm, data, object, "deleter"));
        }
        return vm.call(delete, &[object]).map(|_| ());
    }
    let set = data.set.get();
    if set.is_none() {
        return Err(missing(vm, data, object, "setter"));
    }
    vm.call(set, &[object, value]).map(|_| ())
}

/// A copy with one function replaced.
fn copy(vm: &Vm, this: Value, get: Value, set: Value, delete: Value) -> R {
    let data = data(vm, this)?;
    let pick = |new: Value, old: Value| if new.is_none() { old } else { new };
    let get = pick(get, data.get.get());
    // Documentation that came from the getter comes from the new getter again.
    let doc = if data.getter_doc.get() && !get.is_none() { Value::NONE } else { data.doc.get() };
    let class = vm.type_of(this).value();
    let new = vm.call(class, &[get, pick(set, data.set.get()), pick(delete, data.delete.get()), doc])?;
    if let Some(copied) = vm.as_native::<Property>(new) {
        copied.name.set(vm, copied, data.name.get());
    }
    Ok(new)
}

fn property_getter(vm: &Vm, [this, function]: &[Value; 2]) -> R {
    copy(vm, *this, *function, Value::NONE, Value::NONE)
}

fn property_setter(vm: &Vm, [this, function]: &[Value; 2]) -> R {
    copy(vm, *this, Value::NONE, *function, Value::NONE)
}

fn property_deleter(vm: &Vm, [this, function]: &[Value; 2]) -> R {
    copy(vm, *this, Value::NONE, Value::NONE, *function)
}

fn set_name(vm: &Vm, args: Args) -> R {
    if args.count() != 3 || args.keyword_count() > 0 {
        let given = args.count().saturating_sub(1);
        let text = format!("__set_name__() takes 2 positional arguments but {given} were given");
        return Err(vm.type_error(text));
    }
    let data = data(vm, args.args[0])?;
    data.name.set(vm, data, args.args[2]);
    let _: Option<Ref<Str>> = args.args[2].cast();
    Ok(Value::NONE)
}
