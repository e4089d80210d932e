//! What the modules here share.

use object::layout::native::Native;
use object::{NativeData, R, Raised, Ref, TypeObj, Value, ValueExt, Vm};

/// Implements [`NativeData`] for a struct by naming its fields that hold values.
#[macro_export]
macro_rules! traced {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl object::NativeData for $name {
            fn trace(&self, tracer: &mut object::Tracer) {
                let _ = &tracer;
                $(self.$field.trace(tracer);)*
            }
        }
    )*};
}

/// The data of an object of a class of ours.
#[inline]
pub fn data<T: NativeData>(vm: &Vm, this: Value) -> Result<Ref<Native<T>>, Raised> {
    match vm.as_native::<T>(this) {
        Some(data) => Ok(data),
        None => Err(wrong_receiver(vm, this)),
    }
}

/// The TypeError for a receiver that a method does not know.
#[cold]
pub fn wrong_receiver(vm: &Vm, this: Value) -> Raised {
    vm.type_error(format!("method does not apply to a '{}' object", vm.type_name(this)))
}

/// The class that is the first argument of `new`.
#[inline]
pub fn class_arg(vm: &Vm, class: Value) -> Result<Ref<TypeObj>, Raised> {
    class.cast::<TypeObj>().ok_or_else(|| vm.type_error("a class is required"))
}

/// The name of an object's class as error messages show it: with the module for built-in classes only.
pub fn class_name(vm: &Vm, this: Value) -> String {
    vm.type_of(this).qualified_name(vm)
}

/// A class that a module made and kept under a name with [`Vm::set_state`].
pub fn kept_class(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    match vm.state_value(name).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(class),
        None => Err(vm.system_error(format!("{name} is not made yet"))),
    }
}

/// The class of a definition, kept under a name with [`Vm::set_state`]: made once, also where a module is executed
/// again, so that objects of before stay what they are.
pub fn class_once(vm: &Vm, name: &str, def: &'static object::TypeDef) -> Ref<TypeObj> {
    match vm.state_value(name).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => class,
        None => {
            let class = vm.make_type(def);
            vm.set_state(name, class.value());
            class
        }
    }
}

/// An exception class made as Python code would make it, once, and kept under `key`.
pub fn exception_once(vm: &Vm, key: &str, module: &str, name: &str, bases: &[Value]) -> R {
    if let Some(class) = vm.state_value(key) {
        return Ok(class);
    }
    let class = vm.new_exception_class(module, name, bases)?;
    vm.set_state(key, class.value());
    Ok(class.value())
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
