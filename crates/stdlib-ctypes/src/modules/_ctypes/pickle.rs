//! Pickling of instances that hold no pointers.

use super::{data, info, state};
use object::{Dict, R, Value, ValueExt, Vm};

/// `__reduce__`
pub fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let instance = data::of(vm, *this)?;
    let class = vm.type_of(*this).value();
    if info::concrete(vm, class)?.has_pointers() {
        return Err(vm.value_error("ctypes objects containing pointers cannot be pickled"));
    }
    let dict = vm.getattr(*this, vm.names.__dict__)?;
    // SAFETY: the memory of the instance; making bytes does not call Python code.
    let memory = unsafe { std::slice::from_raw_parts(instance.address.get(), instance.size.get()) };
    let bytes = vm.bytes(memory).value();
    let state = vm.tuple(&[dict, bytes]).value();
    let args = vm.tuple(&[class, state]).value();
    Ok(vm.tuple(&[state::get(vm)?.unpickle.get(), args]).value())
}

/// `__setstate__`
pub fn setstate(vm: &Vm, [this, dict, bytes]: &[Value; 3]) -> R {
    let instance = data::of(vm, *this)?;
    if !vm.is_a(*dict, object::TypeId::Dict) {
        let found = info::class_name(vm, *dict);
        return Err(vm.type_error(format!("__setstate__() argument 1 must be dict, not {found}")));
    }
    let copy = match vm.as_str(*bytes) {
        Some(text) => text.as_bytes().to_vec(),
        None => vm.bytes_of(*bytes)?,
    };
    let length = copy.len().min(instance.size.get());
    // SAFETY: the memory of the instance is that large.
    unsafe { std::ptr::copy_nonoverlapping(copy.as_ptr(), instance.address.get(), length) };
    let own = vm.getattr(*this, vm.names.__dict__)?;
    if own.cast::<Dict>().is_none() {
        let (class, found) = (info::class_name(vm, *this), info::class_name(vm, own));
        return Err(vm.type_error(format!("{class}.__dict__ must be a dictionary, not {found}")));
    }
    vm.call_method(own, vm.names.update, &[*dict])?;
    Ok(Value::NONE)
}

/// `_unpickle(class, state)`
pub fn unpickle(vm: &Vm, [_, class, state]: &[Value; 3]) -> R {
    let Some(state) = vm.as_tuple(*state) else {
        let found = info::class_name(vm, *state);
        return Err(vm.type_error(format!("_unpickle() argument 2 must be tuple, not {found}")));
    };
    let made = vm.call_method(*class, vm.names.__new__, &[*class])?;
    vm.call_method(made, vm.names.__setstate__, state.items())?;
    Ok(made)
}
