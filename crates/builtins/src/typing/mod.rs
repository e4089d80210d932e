//! Type parameters, type aliases, `typing.Generic` and `typing.NoDefault` (PEP 695, PEP 696).

mod alias;
mod constant;
mod generic;
mod param;
mod param_spec;
mod type_var;
mod type_var_tuple;

pub use alias::type_alias;
pub use constant::no_default;
pub use generic::subscript_generic;
pub use param::{set_default, type_param};

use ::object::slots::R;
use ::object::{Function, Raised, Ref, Tuple, TypeDef, TypeId, Value, ValueExt, Vm};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[
    &type_var::TYPE,
    &param_spec::TYPE,
    &param_spec::ARGS_TYPE,
    &param_spec::KWARGS_TYPE,
    &type_var_tuple::TYPE,
    &alias::TYPE,
    &generic::TYPE,
    &constant::NO_DEFAULT_TYPE,
];

/// Calls a function of the Python module `typing`.
pub(crate) fn call_typing(vm: &Vm, name: &str, args: &[Value]) -> R {
    let function = vm.import_from("typing", name)?;
    vm.call(function, args)
}

/// The name of the module that the running Python function is of.
fn caller_module(vm: &Vm) -> Value {
    let Some(frame) = vm.thread().current() else { return Value::NONE };
    if let Some(function) = frame.function.cast::<Function>() {
        return function.module.get().or_none();
    }
    frame.globals.get_str(vm, vm.names.__name__).unwrap_or(Value::NONE)
}

/// Keeps the name of the module that makes an object as its `__module__`.
fn note_module(vm: &Vm, object: Value) {
    vm.set_instance_attr(object, vm.names.__module__, caller_module(vm));
}

/// The items of a union-like operator of type parameters: any two values.
fn union(vm: &Vm, a: Value, b: Value) -> R {
    crate::generic_alias::make_union(vm, &[a, b])
}

/// Type parameters where each TypeVarTuple is unpacked.
fn unpack_tuples(vm: &Vm, params: Ref<Tuple>) -> Result<Ref<Tuple>, Raised> {
    let out = vm.list(&[]);
    for &param in params.items() {
        if vm.is_exactly(param, TypeId::TypeVarTuple) {
            let unpacked = vm.iter(param)?;
            if let Some(item) = vm.next(unpacked)? {
                out.push(vm, item);
            }
        } else {
            out.push(vm, param);
        }
    }
    Ok(vm.tuple(out.items()))
}

/// `typing.Unpack[object]`, as iterator of that one item.
fn unpack_iter(vm: &Vm, this: Value) -> R {
    let unpack = vm.import_from("typing", "Unpack")?;
    let item = vm.getitem(unpack, this)?;
    vm.iter(vm.tuple(&[item]).value())
}
