//! `__annotations__`, `__annotate__` and `__type_params__` of classes (PEP 649, PEP 695).

use super::{check_mutable, this_class};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{Dict, Raised, Ref, TypeObj, Value, ValueExt, Vm};

fn check_heap(vm: &Vm, class: Ref<TypeObj>, attr: &str) -> Result<(), Raised> {
    if class.has(type_flags::HEAP) {
        return Ok(());
    }
    let text = format!("type object '{}' has no attribute '{attr}'", class.name_str());
    Err(vm.attribute_error(text, class.value(), vm.intern(attr).value()))
}

fn bind(vm: &Vm, attr: Value, class: Ref<TypeObj>) -> R {
    match vm.type_of(attr).slots().descr_get {
        Some(get) => get(vm, attr, Value::UNBOUND, class.value()),
        None => Ok(attr),
    }
}

/// `__annotate__`
pub fn get_annotate(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    check_heap(vm, class, "__annotate__")?;
    let dict = class.dict();
    // The name that a class body assigns wins over the compiler's function.
    let own = dict.get_str(vm, vm.names.__annotate__).or_else(|| dict.get_str(vm, vm.names.__annotate_func__));
    match own {
        Some(found) => bind(vm, found, class),
        None => {
            dict.insert_str(vm, vm.names.__annotate_func__, Value::NONE);
            Ok(Value::NONE)
        }
    }
}

/// Sets `__annotate__`.
pub fn set_annotate(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    if value.is_unbound() {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    }
    check_mutable(vm, class, "__annotate__")?;
    if !value.is_none() && !vm.is_callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    let dict = class.dict();
    dict.insert_str(vm, vm.names.__annotate_func__, value);
    if !value.is_none() {
        dict.remove_str(vm, vm.names.__annotations_cache__);
    }
    vm.class_changed(class);
    Ok(())
}

/// The annotations that an annotate function computes.
pub fn call_annotate(vm: &Vm, annotate: Value) -> R {
    let annotations = vm.call(annotate, &[Value::small(1)])?;
    if annotations.cast::<Dict>().is_none() {
        let text = format!("__annotate__ returned non-dict of type '{}'", vm.type_name(annotations));
        return Err(vm.type_error(text));
    }
    Ok(annotations)
}

/// `__annotations__`
pub fn get_annotations(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    check_heap(vm, class, "__annotations__")?;
    let dict = class.dict();
    let known = dict.get_str(vm, vm.names.__annotations__).or_else(|| dict.get_str(vm, vm.names.__annotations_cache__));
    if let Some(known) = known {
        return bind(vm, known, class);
    }
    let annotate = get_annotate(vm, this)?;
    let annotations = if vm.is_callable(annotate) { call_annotate(vm, annotate)? } else { vm.dict().value() };
    class.dict().insert_str(vm, vm.names.__annotations_cache__, annotations);
    vm.class_changed(class);
    Ok(annotations)
}

/// Sets `__annotations__`.
pub fn set_annotations(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    check_mutable(vm, class, "__annotations__")?;
    let (dict, names) = (class.dict(), &vm.names);
    if value.is_unbound() {
        let removed =
            dict.remove_str(vm, names.__annotations__).or_else(|| dict.remove_str(vm, names.__annotations_cache__));
        if removed.is_none() {
            return Err(vm.attribute_error("__annotations__", this, names.__annotations__.value()));
        }
    } else if dict.find_str(vm, names.__annotations__).is_some() {
        dict.insert_str(vm, names.__annotations__, value);
    } else {
        dict.insert_str(vm, names.__annotations_cache__, value);
    }
    dict.remove_str(vm, names.__annotate_func__);
    dict.remove_str(vm, names.__annotate__);
    vm.class_changed(class);
    Ok(())
}

/// `__type_params__`
pub fn get_type_params(vm: &Vm, this: Value) -> R {
    let class = this_class(vm, this)?;
    let found = if class.has(type_flags::HEAP) { class.dict().get_str(vm, vm.names.__type_params__) } else { None };
    Ok(found.unwrap_or_else(|| vm.tuple(&[]).value()))
}

/// Sets `__type_params__`.
pub fn set_type_params(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    super::getset::check_replace(vm, class, "__type_params__", value)?;
    class.dict().insert_str(vm, vm.names.__type_params__, value);
    vm.class_changed(class);
    Ok(())
}
