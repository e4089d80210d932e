//! What many of the modules here need.

use object::layout::native::Native;
use object::{Module, NativeData, R, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm};

pub use crate::posix::util::{call, done, failed, fd};

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

/// The data of an object of a class of ours.
pub fn data<T: NativeData>(vm: &Vm, this: Value) -> Result<Ref<Native<T>>, Raised> {
    match vm.as_native::<T>(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error(format!("method does not apply to a '{}' object", vm.type_name(this)))),
    }
}

/// The class that is the first argument of `new`.
pub fn class_arg(vm: &Vm, class: Value) -> Result<Ref<TypeObj>, Raised> {
    class.cast::<TypeObj>().ok_or_else(|| vm.type_error("a class is required"))
}

/// A class that a module made and kept under a name.
pub fn kept_class(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    match vm.state_value(name).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(class),
        None => Err(vm.system_error(format!("{name} is not made yet"))),
    }
}

/// `__class_getitem__` of classes that make generic aliases.
pub fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[TypeId::GenericAlias].value(), &[*class, *item])
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
