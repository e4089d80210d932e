//! `method_descriptor`, `classmethod_descriptor` and `builtin_function_or_method`.

use super::{check_instance, doc, getter, member, owner_name, qualname};
use crate::object::address;
use crate::object::reduce::reduce_as_attribute;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, GetSet, Kind, Module, NativeFunction, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm,
    natives,
};
use bytecode::CompareOperator;

natives! {
    static DESCRIPTOR_METHODS: {
        /// Describe how to pickle the descriptor.
        "__reduce__($self, /)" => descriptor_reduce;
    }
}

natives! {
    static FUNCTION_METHODS: {
        /// Describe how to pickle the function.
        "__reduce__($self, /)" => function_reduce;
    }
}

/// `method_descriptor`
pub static METHOD_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::MethodDescriptor),
    name: "method_descriptor",
    kind: Kind::NATIVE_FUNCTION,
    flags: type_flags::METHOD_DESCRIPTOR,
    slots: &[Slot::repr(descriptor_repr), Slot::descr_get(method_get), Slot::call(native_call)],
    methods: &[DESCRIPTOR_METHODS],
    getset: DESCRIPTOR_ATTRIBUTES,
    ..TypeDef::DEFAULT
};

/// `classmethod_descriptor`
pub static CLASS_METHOD_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::ClassMethodDescriptor),
    name: "classmethod_descriptor",
    kind: Kind::NATIVE_FUNCTION,
    slots: &[Slot::repr(descriptor_repr), Slot::descr_get(class_method_get), Slot::call(class_method_call)],
    getset: DESCRIPTOR_ATTRIBUTES,
    ..TypeDef::DEFAULT
};

/// `builtin_function_or_method`
pub static FUNCTION_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::BuiltinFunction),
    name: "builtin_function_or_method",
    kind: Kind::NATIVE_FUNCTION,
    flags: type_flags::WEAKREF,
    slots: &[
        Slot::repr(function_repr),
        Slot::call(native_call),
        Slot::compare(function_compare),
        Slot::hash(function_hash),
    ],
    methods: &[FUNCTION_METHODS],
    getset: FUNCTION_ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static DESCRIPTOR_ATTRIBUTES: &[GetSet] = &[
    member("__objclass__", |vm, this| Ok(native(vm, this)?.owner.get())),
    member("__name__", |vm, this| Ok(vm.intern(native(vm, this)?.def.name()).value())),
    getter("__qualname__", |vm, this| {
        let function = native(vm, this)?;
        qualname(vm, function.owner.get(), function.def.name())
    }),
    getter("__doc__", |vm, this| doc::function_doc(vm, native(vm, this)?.def)),
    getter("__text_signature__", |vm, this| doc::function_signature(vm, native(vm, this)?.def)),
];

static FUNCTION_ATTRIBUTES: &[GetSet] = &[
    GetSet { name: "__module__", get: get_module, set: None, doc: "", is_member: true },
    getter("__name__", |vm, this| Ok(vm.intern(native(vm, this)?.def.name()).value())),
    getter("__qualname__", get_qualname),
    getter("__self__", |vm, this| {
        let function = native(vm, this)?;
        let is_static = function.def.effects & ::object::native::effects::STATIC != 0;
        Ok(if is_static { Value::NONE } else { function_self(vm, function) })
    }),
    getter("__doc__", |vm, this| doc::function_doc(vm, native(vm, this)?.def)),
    getter("__text_signature__", |vm, this| {
        let function = native(vm, this)?;
        if is_module_function(function) {
            return doc::module_function_signature(vm, function.def);
        }
        doc::function_signature(vm, function.def)
    }),
];

fn native(vm: &Vm, this: Value) -> Result<Ref<NativeFunction>, Raised> {
    match this.cast::<NativeFunction>() {
        Some(function) => Ok(function),
        None => Err(vm.type_error("expected a built-in function")),
    }
}

fn native_call(vm: &Vm, this: Value, args: Args) -> R {
    vm.call_args(this, args)
}

fn descriptor_repr(vm: &Vm, this: Value) -> R {
    let function = native(vm, this)?;
    let text = format!("<method '{}' of '{}' objects>", function.def.name(), owner_name(function.owner.get()));
    Ok(vm.str(&text).value())
}

fn method_get(vm: &Vm, this: Value, object: Value, class: Value) -> R {
    if object.is_unbound() {
        return Ok(this);
    }
    let function = native(vm, this)?;
    check_instance(vm, function.owner.get(), function.def.name(), object)?;
    if function.def.effects & ::object::native::effects::DEFINING != 0
        && !matches!(class.kind(), Kind::TYPE)
        && !class.is_unbound()
        && !class.is_none()
    {
        let (name, given) = (function.def.name(), vm.type_name(class));
        return Err(vm.type_error(format!("descriptor '{name}' needs a type, not '{given}', as arg 2")));
    }
    Ok(vm.native_function(TypeId::BuiltinFunction, function.def, object, function.owner.get()).value())
}

/// The class that a class method is bound to must be a subclass of its owner.
fn check_class(vm: &Vm, function: Ref<NativeFunction>, class: Value) -> Result<(), Raised> {
    let name = function.def.name();
    let owner = owner_name(function.owner.get());
    let Some(class) = class.cast::<TypeObj>() else {
        let text =
            format!("descriptor '{name}' for type '{owner}' needs a type, not a '{}' as arg 2", vm.type_name(class));
        return Err(vm.type_error(text));
    };
    match function.owner.get().cast::<TypeObj>() {
        Some(owner) if !class.is_subclass(owner) => {
            let (owner, class) = (owner.name_str(), class.name_str());
            Err(vm.type_error(format!("descriptor '{name}' requires a subtype of '{owner}' but received '{class}'")))
        }
        _ => Ok(()),
    }
}

fn class_method_get(vm: &Vm, this: Value, object: Value, class: Value) -> R {
    let function = native(vm, this)?;
    let class = match (class.bound(), object.bound()) {
        (Some(class), _) => class,
        (None, Some(object)) => vm.type_of(object).value(),
        (None, None) => {
            let (name, owner) = (function.def.name(), owner_name(function.owner.get()));
            let text = format!("descriptor '{name}' for type '{owner}' needs either an object or a type");
            return Err(vm.type_error(text));
        }
    };
    check_class(vm, function, class)?;
    Ok(vm.native_function(TypeId::BuiltinFunction, function.def, class, function.owner.get()).value())
}

fn class_method_call(vm: &Vm, this: Value, args: Args) -> R {
    let function = native(vm, this)?;
    if args.count() == 0 {
        let (name, owner) = (function.def.name(), owner_name(function.owner.get()));
        return Err(vm.type_error(format!("descriptor '{name}' of '{owner}' object needs an argument")));
    }
    check_class(vm, function, args.args[0])?;
    function.def.call(vm, args)
}

/// `__self__` of a built-in function: what it is bound to, its module or class.
fn function_self(vm: &Vm, function: Ref<NativeFunction>) -> Value {
    if let Some(this) = function.this.get().bound() {
        return this;
    }
    let owner = function.owner.get();
    match owner.cast::<Str>() {
        Some(module) => vm.modules_dict().get_str(vm, module).unwrap_or(Value::NONE),
        None => owner.or_none(),
    }
}

/// Is it a function of a module, not bound to any other object?
fn is_module_function(function: Ref<NativeFunction>) -> bool {
    let this = function.this.get();
    this.cast::<Module>().is_some() || this.is_unbound() && function.owner.get().cast::<TypeObj>().is_none()
}

fn get_module(vm: &Vm, this: Value) -> R {
    let owner = native(vm, this)?.owner.get();
    Ok(owner.cast::<Str>().map_or(Value::NONE, Ref::value))
}

fn get_qualname(vm: &Vm, this: Value) -> R {
    let function = native(vm, this)?;
    let name = function.def.name();
    if is_module_function(function) {
        return Ok(vm.intern(name).value());
    }
    let object = function_self(vm, function);
    let class = if object.cast::<TypeObj>().is_some() { object } else { vm.type_of(object).value() };
    qualname(vm, class, name)
}

fn function_repr(vm: &Vm, this: Value) -> R {
    let function = native(vm, this)?;
    let name = function.def.name();
    let text = if is_module_function(function) {
        format!("<built-in function {name}>")
    } else {
        let object = function_self(vm, function);
        let class = vm.type_of(object).qualified_name(vm);
        format!("<built-in method {name} of {class} object at {}>", address(object))
    };
    Ok(vm.str(&text).value())
}

fn function_compare(_: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (this.cast::<NativeFunction>(), other.cast::<NativeFunction>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if this.shape() != other.shape() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let same = std::ptr::eq(a.def, b.def) && a.this.get() == b.this.get();
    match op {
        CompareOperator::Eq => Ok(Value::bool(same)),
        CompareOperator::Ne => Ok(Value::bool(!same)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn function_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let function = native(vm, this)?;
    let def = base::hash::hash_address(std::ptr::from_ref(function.def) as usize);
    Ok(base::hash::fit(def ^ vm.identity_hash(function.this.get())))
}

fn descriptor_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let function = native(vm, *this)?;
    reduce_as_attribute(vm, function.owner.get(), vm.intern(function.def.name()).value())
}

fn function_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let function = native(vm, *this)?;
    let name = vm.intern(function.def.name()).value();
    if is_module_function(function) {
        return Ok(name);
    }
    reduce_as_attribute(vm, function_self(vm, function), name)
}
