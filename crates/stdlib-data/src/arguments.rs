//! Arguments that C code takes as numbers of a certain size.

use object::{Raised, Value, Vm};

/// An argument of type `Py_ssize_t`.
pub fn ssize(vm: &Vm, value: Value) -> Result<isize, Raised> {
    match vm.index(value)?.to_i64() {
        Some(int) => Ok(int as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// An argument that goes through `PyLong_AsInt`.
pub fn c_int(vm: &Vm, value: Value) -> Result<i32, Raised> {
    let number = vm.index(value)?.to_i64().and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| vm.overflow_error("Python int too large to convert to C int"))
}
