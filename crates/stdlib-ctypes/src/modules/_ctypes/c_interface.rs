//! Python's C interface, as `ctypes.pythonapi` looks it up. There is none: functions can be declared, but calling them raises,
//! but for the few that have a meaning without C code that knows the layout of objects.

use object::{R, TypeId, Value, ValueExt, Vm};

/// Addresses at the top of the address space, where no function lies, stand for functions of the interface.
const TOP: usize = usize::MAX;

type Function = fn(&Vm, &[Value]) -> R;

/// The functions that can be called.
const FUNCTIONS: &[(&str, Function)] = &[
    ("PyUnstable_Eval_RequestCodeExtraIndex", request_code_extra_index),
    ("PyUnstable_Code_SetExtra", set_code_extra),
];

/// What stands for the address of a function.
pub fn address(name: &str) -> usize {
    let known = FUNCTIONS.iter().position(|(known, _)| *known == name);
    TOP - known.map_or(0, |index| index + 1)
}

/// Calls the function that an address stands for; None where it is that of a function elsewhere.
pub fn call(vm: &Vm, address: usize, args: &[Value]) -> Option<R> {
    let index = (TOP - address).checked_sub(1);
    match index.map(|index| FUNCTIONS.get(index)) {
        None => Some(Err(vm.raise(TypeId::NotImplementedError, "functions of Python's C interface cannot be called"))),
        Some(Some((_, function))) => Some(function(vm, args)),
        Some(None) => None,
    }
}

/// A new index for values that are kept with code objects. Their free functions are not called.
fn request_code_extra_index(vm: &Vm, _: &[Value]) -> R {
    let next = vm.state_value("ctypes.code_extra_index").and_then(|next| next.as_small()).unwrap_or(0);
    vm.set_state("ctypes.code_extra_index", vm.int(next + 1));
    Ok(vm.int(next))
}

/// Keeps a value with a code object: 0, or -1 for an index that nobody requested.
fn set_code_extra(vm: &Vm, args: &[Value]) -> R {
    let next = vm.state_value("ctypes.code_extra_index").and_then(|next| next.as_small()).unwrap_or(0);
    let [code, index, value] = args else {
        return Err(vm.type_error("PyUnstable_Code_SetExtra takes a code object, an index and a value"));
    };
    let Some(index) = index.as_small().filter(|index| (0..next).contains(index)) else { return Ok(vm.int(-1)) };
    let key: Value = vm.tuple(&[vm.int(code.bits() as i64 >> 4), vm.int(index)]).value();
    let kept = match vm.state_value("ctypes.code_extra").and_then(|kept| kept.cast::<object::Dict>()) {
        Some(kept) => kept,
        None => {
            let kept = vm.dict();
            vm.set_state("ctypes.code_extra", kept.value());
            kept
        }
    };
    kept.insert(vm, key, vm.tuple(&[*code, *value]).value())?;
    Ok(vm.int(0))
}
