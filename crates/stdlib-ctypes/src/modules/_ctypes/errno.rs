//! Each thread's copy of `errno`, which functions with `use_errno` exchange with the real one.

use object::{NativeData, R, Tracer, TypeId, Value, Vm};
use std::cell::Cell;

/// Name of the copy among the thread's values.
const NAME: &str = "_ctypes.errno";

/// The copy.
struct Errno {
    value: Cell<i32>,
}

impl NativeData for Errno {
    fn trace(&self, _: &mut Tracer) {}
}

fn with_copy<T>(vm: &Vm, f: impl FnOnce(&Cell<i32>) -> T) -> T {
    let slots = vm.thread_slots();
    let name = vm.intern(NAME);
    let copy = match slots.get_str(vm, name).and_then(|copy| vm.as_native::<Errno>(copy)) {
        Some(copy) => copy,
        None => {
            let copy = vm.native(vm.types[TypeId::Object], Errno { value: Cell::new(0) });
            slots.insert_str(vm, name, copy.value());
            copy
        }
    };
    f(&copy.value)
}

/// The thread's copy.
pub fn copy(vm: &Vm) -> i32 {
    with_copy(vm, Cell::get)
}

/// Sets the thread's copy, and gives what it was.
pub fn set_copy(vm: &Vm, value: i32) -> i32 {
    with_copy(vm, |copy| copy.replace(value))
}

/// Sets the real one, and gives what it was.
pub fn exchange(value: i32) -> i32 {
    // SAFETY: the address is that of the calling thread's own errno.
    unsafe { std::ptr::replace(libc::__errno_location(), value) }
}

/// `get_errno()`
pub fn get_errno(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.audit("ctypes.get_errno", &[])?;
    Ok(vm.int(copy(vm) as i64))
}

/// `set_errno(value)`
pub fn set_errno(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let new = vm.index_i32(*value)?;
    vm.audit("ctypes.set_errno", &[vm.int(new as i64)])?;
    Ok(vm.int(set_copy(vm, new) as i64))
}
