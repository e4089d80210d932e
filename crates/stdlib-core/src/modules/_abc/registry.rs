//! Making abstract base classes, and registering virtual subclasses.

use super::data;
use object::{Dict, R, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm, type_flags};

fn is_abstract(vm: &Vm, value: Value) -> Result<bool, Raised> {
    match vm.getattr_opt(value, vm.names.__isabstractmethod__)? {
        Some(flag) => vm.truthy(flag),
        None => Ok(false),
    }
}

/// Sets `__abstractmethods__`: the abstract names of the class itself, and those of its bases that it does not define.
fn compute_abstract_methods(vm: &Vm, class: Value) -> Result<(), Raised> {
    let names = vm.list(&[]);
    let Some(own) = class.cast::<TypeObj>() else { return Err(vm.type_error("an abstract class must be a class")) };
    let entries: Ref<Dict> = own.dict().copy(vm);
    let mut position = 0;
    while let Some((next, entry)) = entries.next(position) {
        position = next;
        if is_abstract(vm, entry.value)? {
            names.push(vm, entry.key);
        }
    }
    let bases = own.bases();
    for &base in bases.items() {
        let Some(inherited) = vm.getattr_opt(base, vm.names.__abstractmethods__)? else { continue };
        let inherited = vm.to_list(inherited)?;
        for index in 0..inherited.len() {
            let Some(key) = inherited.get(index) else { continue };
            let Some(name) = vm.as_str(key) else { continue };
            if let Some(value) = vm.getattr_opt(class, name)?
                && is_abstract(vm, value)?
            {
                names.push(vm, key);
            }
        }
    }
    let set = vm.call(vm.types[TypeId::FrozenSet].value(), &[names.value()])?;
    vm.setattr(class, vm.names.__abstractmethods__, set)
}

/// The flags of `Py_TPFLAGS_SEQUENCE` and `Py_TPFLAGS_MAPPING`, as `__abc_tpflags__` states them.
const SEQUENCE: i64 = 1 << 5;
const MAPPING: i64 = 1 << 6;

/// `_abc_init`
pub fn init(vm: &Vm, [_, class]: &[Value; 2]) -> R {
    compute_abstract_methods(vm, *class)?;
    let data = data::make(vm)?;
    vm.setattr(*class, vm.intern("_abc_impl"), data)?;
    if let Some(own) = class.cast::<TypeObj>()
        && let Some(flags) = own.dict().get_str(vm, vm.intern("__abc_tpflags__"))
        && let Some(flags) = flags.as_small()
    {
        if flags & (SEQUENCE | MAPPING) == SEQUENCE | MAPPING {
            let text = "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING";
            return Err(vm.type_error(text));
        }
        if flags & SEQUENCE != 0 {
            own.set_flags(type_flags::SEQUENCE, true);
        }
        if flags & MAPPING != 0 {
            own.set_flags(type_flags::MAPPING, true);
        }
        own.dict().remove_str(vm, vm.intern("__abc_tpflags__"));
        vm.class_changed(own);
    }
    Ok(Value::NONE)
}

/// Lets a virtual subclass match sequence or mapping patterns as its abstract class does.
fn set_collection_flag(vm: &Vm, class: Ref<TypeObj>, flag: u32) {
    let both = type_flags::SEQUENCE | type_flags::MAPPING;
    if class.has(type_flags::IMMUTABLE) || class.flags() & both == flag {
        return;
    }
    class.set_flags(both, false);
    class.set_flags(flag, true);
    for subclass in class.subclasses() {
        set_collection_flag(vm, subclass, flag);
    }
}

/// `_abc_register`
pub fn register(vm: &Vm, [_, class, subclass]: &[Value; 3]) -> R {
    let Some(registered) = subclass.cast::<TypeObj>() else {
        return Err(vm.type_error("Can only register classes"));
    };
    if vm.is_subclass(*subclass, *class)? {
        return Ok(*subclass);
    }
    if vm.is_subclass(*class, *subclass)? {
        return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
    }
    let own = data::of(vm, *class)?;
    data::add(vm, own, &own.registry, *subclass)?;
    data::next_token(vm);
    if let Some(class) = class.cast::<TypeObj>() {
        let flag = class.flags() & (type_flags::SEQUENCE | type_flags::MAPPING);
        if flag != 0 {
            set_collection_flag(vm, registered, flag);
        }
    }
    Ok(*subclass)
}

/// `_get_dump`
pub fn dump(vm: &Vm, [_, class]: &[Value; 2]) -> R {
    let own = data::of(vm, *class)?;
    let registry = data::references(vm, &own.registry)?;
    let cache = data::references(vm, &own.cache)?;
    let negative = data::references(vm, &own.negative)?;
    let version = vm.int_u64(own.negative_version.get());
    Ok(vm.tuple(&[registry, cache, negative, version]).value())
}

/// `_reset_registry`
pub fn reset_registry(vm: &Vm, [_, class]: &[Value; 2]) -> R {
    let own = data::of(vm, *class)?;
    own.registry.set(vm, own, Value::UNBOUND);
    Ok(Value::NONE)
}

/// `_reset_caches`
pub fn reset_caches(vm: &Vm, [_, class]: &[Value; 2]) -> R {
    let own = data::of(vm, *class)?;
    own.cache.set(vm, own, Value::UNBOUND);
    own.negative.set(vm, own, Value::UNBOUND);
    Ok(Value::NONE)
}
