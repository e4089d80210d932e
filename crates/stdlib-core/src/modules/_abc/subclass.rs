//! `isinstance` and `issubclass` with abstract base classes.

use super::data;
use object::{R, Raised, TypeId, TypeObj, Value, ValueExt, Vm};

/// `_abc_instancecheck`
pub fn instancecheck(vm: &Vm, [_, class, instance]: &[Value; 3]) -> R {
    let own = data::of(vm, *class)?;
    let real = vm.type_of(*instance).value();
    let shown = vm.getattr_opt(*instance, vm.names.__class__)?.unwrap_or(real);
    if data::contains(vm, &own.cache, shown)? {
        return Ok(Value::TRUE);
    }
    let check = |subclass: Value| vm.call_method(*class, vm.names.__subclasscheck__, &[subclass]);
    if real == shown {
        if own.negative_version.get() == data::token(vm) && data::contains(vm, &own.negative, shown)? {
            return Ok(Value::FALSE);
        }
        return check(shown);
    }
    let result = check(shown)?;
    if vm.truthy(result)? { Ok(result) } else { check(real) }
}

/// `_abc_subclasscheck`
pub fn subclasscheck(vm: &Vm, [_, class, subclass]: &[Value; 3]) -> R {
    let Some(derived) = subclass.cast::<TypeObj>() else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    let own = data::of(vm, *class)?;
    if data::contains(vm, &own.cache, *subclass)? {
        return Ok(Value::TRUE);
    }
    let token = data::token(vm);
    if own.negative_version.get() < token {
        own.negative.set(vm, own, Value::UNBOUND);
        own.negative_version.set(token);
    } else if data::contains(vm, &own.negative, *subclass)? {
        return Ok(Value::FALSE);
    }
    let hook = vm.call_method(*class, vm.names.__subclasshook__, &[*subclass])?;
    if hook == Value::TRUE {
        data::add(vm, own, &own.cache, *subclass)?;
        return Ok(Value::TRUE);
    }
    if hook == Value::FALSE {
        data::add(vm, own, &own.negative, *subclass)?;
        return Ok(Value::FALSE);
    }
    if hook != Value::NOT_IMPLEMENTED {
        let text = "__subclasshook__ must return either False, True, or NotImplemented";
        return Err(vm.raise(TypeId::AssertionError, text));
    }
    let found = derived.mro().items().contains(class)
        || is_registered(vm, *class, *subclass)?
        || is_derived(vm, *class, *subclass)?;
    let table = if found { &own.cache } else { &own.negative };
    data::add(vm, own, table, *subclass)?;
    Ok(Value::bool(found))
}

/// Is it a subclass of a class that was registered?
fn is_registered(vm: &Vm, class: Value, subclass: Value) -> Result<bool, Raised> {
    let own = data::of(vm, class)?;
    if data::contains(vm, &own.registry, subclass)? {
        return Ok(true);
    }
    let registered = data::live(vm, &own.registry);
    for index in 0..registered.len() {
        if let Some(item) = registered.get(index)
            && vm.is_subclass(subclass, item)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Is it a subclass of a subclass of the abstract class?
fn is_derived(vm: &Vm, class: Value, subclass: Value) -> Result<bool, Raised> {
    let subclasses = vm.call_method_str(class, "__subclasses__", &[])?;
    let subclasses = vm.to_list(subclasses)?;
    for index in 0..subclasses.len() {
        if let Some(item) = subclasses.get(index)
            && vm.is_subclass(subclass, item)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
