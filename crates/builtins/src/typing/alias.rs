//! `typing.TypeAliasType`

use super::constant::const_evaluator;
use super::{caller_module, union, unpack_iter, unpack_tuples};
use crate::descriptors::{getter, member};
use crate::generic_alias::generic_alias;
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Field, Function, GetSet, Kind, Raised, Ref, Slot, Tuple, TypeDef, TypeId, Value, ValueExt, Vm, native, natives,
};
use heap::Tracer;

struct TypeAlias {
    name: Field,
    /// A tuple, or unbound.
    params: Field,
    value: Field,
    evaluate: Field,
    module: Field,
}

impl NativeData for TypeAlias {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.name, &self.params, &self.value, &self.evaluate, &self.module] {
            field.trace(tracer);
        }
    }
}

natives! {
    static METHODS: {
        /// Describe how to pickle the alias.
        "__reduce__($self, /)" => reduce;
    }
}

static NEW: native::NativeDef = native! { "typealias($cls, name, value, *, type_params=<unrepresentable>)" => new };

/// `typing.TypeAliasType`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::TypeAliasType),
    name: "TypeAliasType",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::WEAKREF,
    doc: "A type alias: what the type statement makes.",
    slots: &[
        Slot::repr(|vm, this| Ok(data(vm, this)?.name.get())),
        Slot::getitem(getitem),
        Slot::iter(unpack_iter),
        Slot::or(union),
    ],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__name__", |vm, this| Ok(data(vm, this)?.name.get())),
    getter("__parameters__", |vm, this| Ok(unpack_tuples(vm, params(vm, data(vm, this)?))?.value())),
    getter("__type_params__", |vm, this| Ok(params(vm, data(vm, this)?).value())),
    getter("__value__", |vm, this| {
        let own = data(vm, this)?;
        if let Some(known) = own.value.get().bound() {
            return Ok(known);
        }
        let value = vm.call(own.evaluate.get(), &[Value::small(1)])?;
        own.value.set(vm, own, value);
        Ok(value)
    }),
    getter("evaluate_value", |vm, this| {
        let own = data(vm, this)?;
        Ok(own.evaluate.get().bound().unwrap_or_else(|| const_evaluator(vm, own.value.get().or_none())))
    }),
    getter("__module__", |vm, this| {
        let own = data(vm, this)?;
        if let Some(module) = own.module.get().bound() {
            return Ok(module);
        }
        Ok(own.evaluate.get().cast::<Function>().map_or(Value::NONE, |function| function.module.get().or_none()))
    }),
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<TypeAlias>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a TypeAliasType")),
    }
}

fn params(vm: &Vm, own: Ref<Native<TypeAlias>>) -> Ref<Tuple> {
    own.params.get().cast().unwrap_or_else(|| vm.tuple(&[]))
}

fn make(vm: &Vm, parts: [Value; 5]) -> Value {
    let [name, params, value, evaluate, module] = parts.map(Field::new);
    vm.native(vm.types[TypeId::TypeAliasType], TypeAlias { name, params, value, evaluate, module }).value()
}

/// What the `type` statement makes of (name, type parameters or None, function that computes the value).
pub fn type_alias(vm: &Vm, parts: Value) -> R {
    let Some(parts) = vm.as_tuple(parts) else { return Err(vm.system_error("a type alias needs a tuple")) };
    let [name, params, evaluate] = parts.items() else {
        return Err(vm.system_error("a type alias needs three parts"));
    };
    let params = vm.as_tuple(*params).map_or(Value::UNBOUND, Ref::value);
    Ok(make(vm, [*name, params, Value::UNBOUND, *evaluate, Value::UNBOUND]))
}

fn new(vm: &Vm, [_, name, value, params]: &[Value; 4]) -> R {
    if vm.as_str(*name).is_none() {
        let given = vm.type_name(*name);
        return Err(vm.type_error(format!("typealias() argument 'name' must be str, not {given}")));
    }
    let mut own = Value::UNBOUND;
    if !params.is_unbound() {
        let Some(tuple) = vm.as_tuple(*params) else { return Err(vm.type_error("type_params must be a tuple")) };
        check_params(vm, tuple)?;
        if !tuple.is_empty() {
            own = tuple.value();
        }
    }
    Ok(make(vm, [*name, own, *value, Value::UNBOUND, caller_module(vm)]))
}

fn check_params(vm: &Vm, params: Ref<Tuple>) -> Result<(), Raised> {
    let mut default_seen = false;
    for &param in params.items() {
        let known = [TypeId::TypeVar, TypeId::ParamSpec, TypeId::TypeVarTuple];
        if !known.iter().any(|class| vm.is_exactly(param, *class)) {
            return Err(vm.type_error(format!("Expected a type param, got {}", vm.repr(param)?.to_string_lossy())));
        }
        let has_default = super::param::has_default(vm, &[param])? == Value::TRUE;
        if default_seen && !has_default {
            let text = vm.repr(param)?.to_string_lossy();
            return Err(vm.type_error(format!("non-default type parameter '{text}' follows default type parameter")));
        }
        default_seen |= has_default;
    }
    Ok(())
}

fn getitem(vm: &Vm, this: Value, args: Value) -> R {
    if data(vm, this)?.params.get().is_unbound() {
        return Err(vm.type_error("Only generic type aliases are subscriptable"));
    }
    Ok(generic_alias(vm, this, args))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(data(vm, *this)?.name.get())
}
