//! `staticmethod` and `classmethod`.

use super::{DICT, accessor, getter, member};
use ::object::descr::WrappedCallable;
use ::object::layout::native::Native;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Field, GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, natives,
};

natives! {
    static METHODS: {
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => crate::generic_alias::class_getitem [class];
    }
}

static STATIC_NEW: ::object::native::NativeDef = ::object::native!("staticmethod(...)" -> wrapped_new);
static STATIC_INIT: ::object::native::NativeDef = ::object::native!("staticmethod($self, function, /)" => wrapped_init);
static CLASS_NEW: ::object::native::NativeDef = ::object::native!("classmethod(...)" -> wrapped_new);
static CLASS_INIT: ::object::native::NativeDef = ::object::native!("classmethod($self, function, /)" => wrapped_init);

/// `staticmethod`
pub static STATIC_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::StaticMethod),
    name: "staticmethod",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    doc: "Make a method that gets neither the instance nor the class.",
    slots: &[Slot::repr(static_repr), Slot::descr_get(static_get), Slot::call(static_call)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&STATIC_NEW),
    init: Some(&STATIC_INIT),
    ..TypeDef::DEFAULT
};

/// `classmethod`
pub static CLASS_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::ClassMethod),
    name: "classmethod",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    doc: "Make a method that gets the class as its first argument.",
    slots: &[Slot::repr(class_repr), Slot::descr_get(class_get)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&CLASS_NEW),
    init: Some(&CLASS_INIT),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__func__", |vm, this| Ok(data(vm, this)?.callable.get())),
    member("__wrapped__", |vm, this| Ok(data(vm, this)?.callable.get())),
    getter("__isabstractmethod__", |vm, this| is_abstract(vm, data(vm, this)?.callable.get()).map(Value::bool)),
    accessor(
        "__annotations__",
        |vm, this| forwarded(vm, this, vm.names.__annotations__),
        |vm, this, value| set_forwarded(vm, this, vm.names.__annotations__, value),
    ),
    accessor(
        "__annotate__",
        |vm, this| forwarded(vm, this, vm.names.__annotate__),
        |vm, this, value| set_forwarded(vm, this, vm.names.__annotate__, value),
    ),
    DICT,
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<WrappedCallable>>, Raised> {
    match vm.as_native::<WrappedCallable>(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a staticmethod or classmethod")),
    }
}

/// Is `__isabstractmethod__` of a callable true?
pub fn is_abstract(vm: &Vm, callable: Value) -> Result<bool, Raised> {
    match vm.getattr_opt(callable, vm.names.__isabstractmethod__)? {
        Some(value) => vm.truthy(value),
        None => Ok(false),
    }
}

/// An attribute of the callable, kept from the first time it was asked for.
fn forwarded(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    if let Some(own) = vm.instance_attr(this, name) {
        return Ok(own);
    }
    let value = vm.getattr(data(vm, this)?.callable.get(), name)?;
    vm.set_instance_attr(this, name, value);
    Ok(value)
}

fn set_forwarded(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    if !value.is_unbound() {
        vm.set_instance_attr(this, name, value);
    } else if !vm.delete_instance_attr(this, name) {
        return Err(vm.attribute_error(name.to_string_lossy(), this, name.value()));
    }
    Ok(())
}

fn wrapped_new(vm: &Vm, args: Args) -> R {
    let Some(class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("__new__() needs a class"));
    };
    Ok(vm.native(class, WrappedCallable { callable: Field::new(Value::NONE) }).value())
}

fn wrapped_init(vm: &Vm, [this, callable]: &[Value; 2]) -> R {
    let data = data(vm, *this)?;
    data.callable.set(vm, data, *callable);
    let names = &vm.names;
    for name in [names.__module__, names.__name__, names.__qualname__, names.__doc__] {
        if let Some(value) = vm.getattr_opt(*callable, name)? {
            vm.set_instance_attr(*this, name, value);
        }
    }
    Ok(Value::NONE)
}

fn repr(vm: &Vm, this: Value, name: &str) -> R {
    let callable = vm.repr(data(vm, this)?.callable.get())?;
    Ok(vm.str_concat(&[vm.str(&format!("<{name}(")), callable, vm.str(")>")]).value())
}

fn static_repr(vm: &Vm, this: Value) -> R {
    repr(vm, this, "staticmethod")
}

fn class_repr(vm: &Vm, this: Value) -> R {
    repr(vm, this, "classmethod")
}

fn static_get(vm: &Vm, this: Value, _: Value, _: Value) -> R {
    Ok(data(vm, this)?.callable.get())
}

fn static_call(vm: &Vm, this: Value, args: Args) -> R {
    vm.call_args(data(vm, this)?.callable.get(), args)
}

fn class_get(vm: &Vm, this: Value, object: Value, class: Value) -> R {
    let class = if class.is_unbound() { vm.type_of(object).value() } else { class };
    Ok(vm.method(data(vm, this)?.callable.get(), class))
}
