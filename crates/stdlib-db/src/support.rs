//! What the modules here share.

pub use object::native_class::{class_arg, class_once, data, kept_class, wrong_receiver};
use object::{R, Raised, Ref, Value, Vm};

/// The name of an object's class as error messages show it: with the module for built-in classes only.
pub fn class_name(vm: &Vm, this: Value) -> String {
    vm.type_of(this).qualified_name(vm)
}

/// An exception class made as Python code would make it, once, and kept under `key`.
pub fn exception_once(vm: &Vm, key: &str, module: &str, name: &str, bases: &[Value]) -> R {
    object::native_class::exception_once(vm, key, module, name, bases).map(|class| class.value())
}

/// A string of UTF-8 bytes; what is none is replaced.
pub fn text(vm: &Vm, bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => vm.str(text).value(),
        Err(_) => vm.str(&String::from_utf8_lossy(bytes)).value(),
    }
}

/// The UTF-8 bytes of a string argument; UnicodeEncodeError where it has surrogates.
pub fn utf8(vm: &Vm, string: Ref<object::Str>) -> Result<Vec<u8>, Raised> {
    if string.as_str().is_some() {
        return Ok(string.as_bytes().to_vec());
    }
    let bytes = vm.call_method(string.value(), vm.names.encode, &[vm.intern("utf-8").value()])?;
    vm.bytes_of(bytes)
}

/// An argument that is a str or None, as bytes without null characters.
pub fn optional_text(vm: &Vm, function: &str, argument: &str, value: Value) -> Result<Option<Vec<u8>>, Raised> {
    if value.is_none() || value.is_unbound() {
        return Ok(None);
    }
    let Some(string) = vm.as_str(value) else {
        let name = class_name(vm, value);
        return Err(vm.type_error(format!("{function}() argument {argument} must be str or None, not {name}")));
    };
    let bytes = utf8(vm, string)?;
    if bytes.contains(&0) { Err(vm.value_error("embedded null character")) } else { Ok(Some(bytes)) }
}
