//! Exceptions: a class for each, and what the interpreter needs for `except*`.

mod base_exception;
mod fields;
mod group;
mod group_ops;
mod import_error;
mod name_errors;
mod os_error;
mod syntax_error;
mod table;
mod unicode_error;

pub use group_ops::{eg_match, prep_reraise_star};
pub use table::{TYPES, link_bases};

use ::object::{Exception, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm};

/// The layout of an exception.
pub(crate) fn exception(vm: &Vm, this: Value) -> Result<Ref<Exception>, Raised> {
    match this.cast::<Exception>() {
        Some(exception) => Ok(exception),
        None => Err(vm.type_error(format!("expected an exception, not '{}'", vm.type_name(this)))),
    }
}

/// Does an exception match the class or tuple of classes of an `except` clause?
pub fn matches(vm: &Vm, exception: Value, class: Value) -> bool {
    if let Some(tuple) = vm.as_tuple(class) {
        return tuple.items().iter().any(|item| matches(vm, exception, *item));
    }
    let base = vm.types[TypeId::BaseException];
    match class.cast::<TypeObj>() {
        Some(class) if class.is_subclass(base) => vm.type_of(exception).is_subclass(class),
        _ => exception == class,
    }
}
