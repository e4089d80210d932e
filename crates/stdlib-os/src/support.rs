//! What many of the modules here need.

use object::{Module, Raised, Ref, Value, Vm};

pub use crate::posix::util::{call, done, failed, fd};
pub use object::native_class::{class_arg, class_getitem, data, kept_class};

/// A table of the system's constants by name.
#[macro_export]
macro_rules! constants {
    ($($name:ident)*) => {
        /// Constants that the system's crate names.
        pub const CONSTANTS: &[(&str, i64)] = &[$((stringify!($name), libc::$name as i64)),*];
    };
}

/// Adds constants to a module.
pub fn add_constants(vm: &Vm, module: Ref<Module>, tables: &[&[(&str, i64)]]) {
    for (name, value) in tables.iter().copied().flatten() {
        vm.add_value(module, name, vm.int(*value));
    }
}

/// A view of memory that is to be written; TypeError for what cannot be.
pub fn writable_buffer(vm: &Vm, value: Value, what: &str) -> Result<object::Buffer, Raised> {
    match vm.buffer(value, true) {
        Ok(view) if !view.readonly => return Ok(view),
        Ok(view) => vm.release_buffer(&view),
        Err(raised) => {
            vm.take_exception(raised);
        }
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("{what} must be read-write bytes-like object, not {name}")))
}

/// A string of the system that may be null.
///
/// # Safety
/// The pointer is null or that of a string that ends with a null.
pub unsafe fn c_text(vm: &Vm, text: *const libc::c_char) -> Value {
    if text.is_null() {
        return Value::NONE;
    }
    // SAFETY: as the caller says.
    vm.fs_decode(unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes()).value()
}
