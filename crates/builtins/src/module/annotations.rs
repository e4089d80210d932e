//! `__annotations__` and `__annotate__` of modules.

use super::module;
use crate::type_::call_annotate;
use ::object::slots::R;
use ::object::{Module, Raised, Ref, Value, Vm};

fn check_deleted(vm: &Vm, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    }
    Ok(())
}

/// `__annotate__`
pub fn get_annotate(vm: &Vm, this: Value) -> R {
    let dict = module(vm, this)?.dict();
    match dict.get_str(vm, vm.names.__annotate__) {
        Some(annotate) => Ok(annotate),
        None => {
            dict.insert_str(vm, vm.names.__annotate__, Value::NONE);
            Ok(Value::NONE)
        }
    }
}

/// Sets `__annotate__`.
pub fn set_annotate(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    check_deleted(vm, value)?;
    let dict = module(vm, this)?.dict();
    if !value.is_none() && !vm.is_callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    dict.insert_str(vm, vm.names.__annotate__, value);
    if !value.is_none() {
        dict.remove_str(vm, vm.names.__annotations__);
    }
    Ok(())
}

fn is_initializing(vm: &Vm, module: Ref<Module>) -> Result<bool, Raised> {
    let Some(spec) = module.dict().get_str(vm, vm.names.__spec__) else { return Ok(false) };
    match vm.getattr_opt(spec, vm.names._initializing)? {
        Some(value) => vm.truthy(value),
        None => Ok(false),
    }
}

/// `__annotations__`
pub fn get_annotations(vm: &Vm, this: Value) -> R {
    let own = module(vm, this)?;
    if let Some(annotations) = own.dict().get_str(vm, vm.names.__annotations__) {
        return Ok(annotations);
    }
    let annotate = own.dict().get_str(vm, vm.names.__annotate__);
    let annotations = match annotate {
        Some(annotate) if vm.is_callable(annotate) => call_annotate(vm, annotate)?,
        _ => vm.dict().value(),
    };
    // While the module's code runs, more annotations may come.
    if !is_initializing(vm, own)? {
        own.dict().insert_str(vm, vm.names.__annotations__, annotations);
    }
    Ok(annotations)
}

/// Sets `__annotations__`.
pub fn set_annotations(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let dict = module(vm, this)?.dict();
    let name = vm.names.__annotations__;
    if !value.is_unbound() {
        dict.insert_str(vm, name, value);
    } else if dict.remove_str(vm, name).is_none() {
        return Err(vm.attribute_error("__annotations__", this, name.value()));
    }
    dict.remove_str(vm, vm.names.__annotate__);
    Ok(())
}
