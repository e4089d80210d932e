//! What the subclasses of dict share: calls of dict's own methods.

use object::slots::R;
use object::{Args, Dict, Raised, Ref, TypeId, Value, ValueExt, Vm};

/// The dict of an instance.
pub fn dict(vm: &Vm, this: Value) -> Result<Ref<Dict>, Raised> {
    this.cast::<Dict>().ok_or_else(|| vm.type_error(format!("a dict is required, not '{}'", vm.type_name(this))))
}

/// Calls a method as class dict has it; self is the first argument.
pub fn dict_method(vm: &Vm, name: &str, args: Args) -> R {
    let method = vm.types[TypeId::Dict].dict().get_str(vm, vm.intern(name));
    match method {
        Some(method) => vm.call_args(method, args),
        None => Err(vm.system_error(format!("dict has no method {name}"))),
    }
}

/// `dict.update(this, other)`
pub fn update(vm: &Vm, this: Value, other: Value) -> Result<(), Raised> {
    dict_method(vm, "update", Args::positional(&[this, other])).map(|_| ())
}

/// `dict.__repr__(this)`
pub fn dict_repr(vm: &Vm, this: Value) -> R {
    match vm.types[TypeId::Dict].slots().repr {
        Some(repr) => repr(vm, this),
        None => Err(vm.system_error("dict has no repr")),
    }
}

/// `object.__getstate__` of an instance, or what its class has instead.
pub fn getstate(vm: &Vm, this: Value) -> R {
    vm.call_method(this, vm.names.__getstate__, &[])
}

/// `iter(this.items())`, as the class of the instance has it.
pub fn items_iterator(vm: &Vm, this: Value) -> R {
    let items = vm.call_method(this, vm.names.items, &[])?;
    vm.iter(items)
}
