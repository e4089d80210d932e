//! `method`: a function bound to its first argument.

use crate::descriptors::member;
use crate::object::reduce::reduce_as_attribute;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, GetSet, Kind, Method, Raised, Ref, Slot, Str, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
};
use bytecode::CompareOperator;

natives! {
    static METHODS: {
        /// Describe how to pickle the method.
        "__reduce__($self, /)" => reduce;
    }
}

static NEW: native::NativeDef = native! { "method($cls, function, instance, /)" => new };

/// `method`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Method),
    name: "method",
    kind: Kind::METHOD,
    flags: type_flags::WEAKREF,
    doc: "Create a bound instance method object.",
    slots: &[
        Slot::repr(repr),
        Slot::call(call),
        Slot::getattr(getattr),
        Slot::compare(compare),
        Slot::hash(hash),
        Slot::descr_get(|_, this, _, _| Ok(this)),
    ],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__func__", |vm, this| Ok(method(vm, this)?.function.get())),
    member("__self__", |vm, this| Ok(method(vm, this)?.this.get())),
    GetSet {
        name: "__doc__",
        get: |vm, this| vm.getattr(method(vm, this)?.function.get(), vm.names.__doc__),
        set: None,
        doc: "",
        is_member: false,
    },
];

fn method(vm: &Vm, this: Value) -> Result<Ref<Method>, Raised> {
    match this.cast::<Method>() {
        Some(method) => Ok(method),
        None => Err(vm.type_error("expected a method")),
    }
}

fn new(vm: &Vm, [_, function, instance]: &[Value; 3]) -> R {
    if !vm.is_callable(*function) {
        return Err(vm.type_error("first argument must be callable"));
    }
    if instance.is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    Ok(vm.method(*function, *instance))
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    let method = method(vm, this)?;
    vm.call_with_self(method.function.get(), method.this.get(), args)
}

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    let class = vm.type_of(this);
    if let Some(attr) = vm.lookup(class, name) {
        return vm.bind_attr(attr, this, class);
    }
    vm.getattr(method(vm, this)?.function.get(), name)
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (this.cast::<Method>(), other.cast::<Method>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    // The same object: methods of equal objects are not equal.
    let same = vm.eq(a.function.get(), b.function.get())? && a.this.get() == b.this.get();
    Ok(Value::bool(same == (op == CompareOperator::Eq)))
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let method = method(vm, this)?;
    let function = vm.hash(method.function.get())?;
    Ok(base::hash::fit(vm.identity_hash(method.this.get()) ^ function))
}

fn repr(vm: &Vm, this: Value) -> R {
    let method = method(vm, this)?;
    let function = method.function.get();
    let name = match vm.getattr_opt(function, vm.names.__qualname__)? {
        Some(name) => Some(name),
        None => vm.getattr_opt(function, vm.names.__name__)?,
    };
    let name = name.and_then(|name| vm.as_str(name)).unwrap_or_else(|| vm.str("?"));
    let object = vm.repr(method.this.get())?;
    Ok(vm.str_concat(&[vm.str("<bound method "), name, vm.str(" of "), object, vm.str(">")]).value())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let method = method(vm, *this)?;
    let name = vm.getattr(method.function.get(), vm.names.__name__)?;
    reduce_as_attribute(vm, method.this.get(), name)
}
