//! `_weakref`

use object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_weakref", doc: "Weak-reference support module.", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Return the number of weak references to 'object'.
    "getweakrefcount(object, /)" => count;
    /// Return a list of all weak reference objects pointing to 'object'.
    "getweakrefs(object, /)" => references;
    /// Create a proxy object that weakly references 'object'.
    "proxy(object, callback=None, /)" => proxy;
    /// Atomically remove key from dict if it points to a dead weakref.
    "_remove_dead_weakref(dct, key, /)" => remove_dead;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, id) in [
        ("ref", TypeId::WeakRef),
        ("ReferenceType", TypeId::WeakRef),
        ("ProxyType", TypeId::WeakProxy),
        ("CallableProxyType", TypeId::WeakCallableProxy),
    ] {
        vm.add_value(module, name, vm.types[id]);
    }
    Ok(())
}

fn count(vm: &Vm, [object]: &[Value; 1]) -> R {
    Ok(vm.int_usize(vm.weak.references(*object).len()))
}

fn references(vm: &Vm, [object]: &[Value; 1]) -> R {
    Ok(vm.list(&vm.weak.references(*object)).value())
}

fn proxy(vm: &Vm, [object, callback]: &[Value; 2]) -> R {
    builtins::weakref::new_proxy(vm, *object, *callback)
}

fn remove_dead(vm: &Vm, [dict, key]: &[Value; 2]) -> R {
    use object::ValueExt;
    let Some(dict) = dict.cast::<object::Dict>() else { return Err(vm.type_error("a dict is required")) };
    if let Some(reference) = dict.get(vm, *key)?
        && vm.weak_target(reference).is_none()
    {
        dict.remove(vm, *key)?;
    }
    Ok(Value::NONE)
}
