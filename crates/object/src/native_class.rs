//! Classes of native modules: the data of their objects, and keeping the classes themselves.

use crate::layout::native::Native;
use crate::{NativeData, R, Raised, Ref, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm};

/// Implements [`NativeData`] for a struct by naming its fields that hold values.
#[macro_export]
macro_rules! traced {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl $crate::NativeData for $name {
            fn trace(&self, tracer: &mut $crate::Tracer) {
                let _ = &tracer;
                $(self.$field.trace(tracer);)*
            }
        }
    )*};
}

/// The data of an object of a native class.
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

/// `__class_getitem__` of classes that make generic aliases.
pub fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[TypeId::GenericAlias].value(), &[*class, *item])
}

/// A class that was kept under a name with [`Vm::set_state`].
pub fn kept(vm: &Vm, name: &str) -> Option<Ref<TypeObj>> {
    vm.state_value(name).and_then(|class| class.cast::<TypeObj>())
}

/// A class that a module made and kept under a name with [`Vm::set_state`].
pub fn kept_class(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    kept(vm, name).ok_or_else(|| vm.system_error(format!("{name} is not made yet")))
}

/// The class of a definition, kept under a name with [`Vm::set_state`]: made once, also where a module is executed
/// again, so that objects of before stay what they are.
pub fn class_once(vm: &Vm, name: &str, def: &'static TypeDef) -> Ref<TypeObj> {
    kept(vm, name).unwrap_or_else(|| {
        let class = vm.make_type(def);
        vm.set_state(name, class.value());
        class
    })
}

/// An exception class made as Python code would make it, once, and kept under `key`.
pub fn exception_once(vm: &Vm, key: &str, module: &str, name: &str, bases: &[Value]) -> Result<Ref<TypeObj>, Raised> {
    if let Some(class) = kept(vm, key) {
        return Ok(class);
    }
    let class = vm.new_exception_class(module, name, bases)?;
    vm.set_state(key, class.value());
    Ok(class)
}
