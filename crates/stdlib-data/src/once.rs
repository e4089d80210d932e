//! Classes of native modules, made once: where a module is executed again, objects of before stay what they are.

use object::{Raised, Ref, TypeObj, Value, Vm};

pub use object::native_class::{class_once as class, kept};

/// An exception class, kept as `module.name`.
pub fn exception(vm: &Vm, module: &str, name: &str, base: Value) -> Result<Ref<TypeObj>, Raised> {
    let key = format!("{module}.{name}");
    object::native_class::exception_once(vm, &key, module, name, &[base])
}
