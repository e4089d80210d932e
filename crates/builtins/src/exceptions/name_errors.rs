//! Exceptions with a field or two: KeyError, AttributeError, NameError, StopIteration, SystemExit.

use super::base_exception::{init_args, init_positional, reduce_with, str};
use super::exception;
use super::fields::field;
use crate::object::reduce::attributes_dict;
use ::object::slots::R;
use ::object::{Args, Dict, GetSet, Raised, Ref, Slot, Value, ValueExt, Vm, native, natives};

/// `KeyError`: a single key is shown by its repr, so that the empty string can be seen.
pub static KEY_ERROR_SLOTS: &[Slot] = &[Slot::str(|vm, this| match exception(vm, this)?.args().items() {
    [key] => vm.repr(*key).map(Ref::value),
    _ => str(vm, this),
})];

/// Takes keyword arguments into fields.
pub fn keyword_fields(vm: &Vm, class: &str, args: Args, names: &[&str], first: usize) -> Result<(), Raised> {
    let Some(&this) = args.args.first() else { return Ok(()) };
    let this = exception(vm, this)?;
    for index in 0..names.len() {
        this.set_extra(vm, first + index, Value::UNBOUND);
    }
    if args.keyword_count() > names.len() {
        let (count, given) = (names.len(), args.keyword_count());
        let plural = if count == 1 { "" } else { "s" };
        let text = format!("{class}() takes at most {count} keyword argument{plural} ({given} given)");
        return Err(vm.type_error(text));
    }
    for (name, value) in args.split().1 {
        let text = name.to_string_lossy();
        match names.iter().position(|known| *known == text) {
            Some(index) => this.set_extra(vm, first + index, value),
            None => return Err(vm.unexpected_keyword(class, &text, names, args)),
        }
    }
    Ok(())
}

/// `AttributeError(*args, name=None, obj=None)`
pub static ATTRIBUTE_ERROR_INIT: native::NativeDef = native! { "AttributeError(...)" -> attribute_error_init };
/// Fields of AttributeError.
pub static ATTRIBUTE_ERROR_GETSET: &[GetSet] = &[field::<0>("name", "attribute name"), field::<1>("obj", "object")];

natives! {
    /// Methods of AttributeError.
    pub static ATTRIBUTE_ERROR_METHODS: {
        /// The attributes for pickling, without the object.
        "__getstate__($self, /)" => attribute_error_state;
        /// Describe how to pickle the exception.
        "__reduce__($self, /)" => attribute_error_reduce;
    }
}

fn attribute_error_init(vm: &Vm, args: Args) -> R {
    init_positional(vm, args)?;
    keyword_fields(vm, "AttributeError", args, &["name", "obj"], 0)?;
    Ok(Value::NONE)
}

/// A dict with the attributes of an exception and those of its fields that are set.
pub fn state_with_fields(vm: &Vm, this: Value, fields: &[(&str, Value)]) -> R {
    let attributes = attributes_dict(vm, this);
    if fields.iter().all(|(_, value)| value.is_unbound()) {
        return Ok(attributes);
    }
    let state = match attributes.cast::<Dict>() {
        Some(dict) => dict.copy(vm),
        None => vm.dict(),
    };
    for (name, value) in fields {
        if !value.is_unbound() {
            state.insert_str(vm, vm.intern(name), *value);
        }
    }
    Ok(state.value())
}

fn attribute_error_state(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = exception(vm, *this)?;
    state_with_fields(vm, *this, &[("name", own.extra(0)), ("args", own.args().value())])
}

fn attribute_error_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let state = attribute_error_state(vm, &[*this])?;
    reduce_with(vm, *this, exception(vm, *this)?.args(), state)
}

/// `NameError(*args, name=None)`
pub static NAME_ERROR_INIT: native::NativeDef = native! { "NameError(...)" -> name_error_init };
/// Fields of NameError.
pub static NAME_ERROR_GETSET: &[GetSet] = &[field::<0>("name", "name")];

fn name_error_init(vm: &Vm, args: Args) -> R {
    init_positional(vm, args)?;
    keyword_fields(vm, "NameError", args, &["name"], 0)?;
    Ok(Value::NONE)
}

/// `StopIteration(value)`
pub static STOP_ITERATION_INIT: native::NativeDef = native! { "StopIteration(...)" -> stop_iteration_init };
/// Fields of StopIteration.
pub static STOP_ITERATION_GETSET: &[GetSet] = &[field::<0>("value", "generator return value")];

fn stop_iteration_init(vm: &Vm, args: Args) -> R {
    let this = init_args(vm, args)?;
    let value = this.args().items().first().copied().unwrap_or(Value::NONE);
    this.set_extra(vm, 0, value);
    Ok(Value::NONE)
}

/// `SystemExit(code)`
pub static SYSTEM_EXIT_INIT: native::NativeDef = native! { "SystemExit(...)" -> system_exit_init };
/// Fields of SystemExit.
pub static SYSTEM_EXIT_GETSET: &[GetSet] = &[field::<0>("code", "exception code")];

fn system_exit_init(vm: &Vm, args: Args) -> R {
    let this = init_args(vm, args)?;
    let code = match this.args().items() {
        [] => Value::NONE,
        [code] => *code,
        _ => this.args().value(),
    };
    this.set_extra(vm, 0, code);
    Ok(Value::NONE)
}
