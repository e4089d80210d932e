//! `ImportError`

use super::base_exception::{init_positional, reduce_with, str};
use super::exception;
use super::fields::field;
use super::name_errors::{keyword_fields, state_with_fields};
use ::object::slots::R;
use ::object::{Args, GetSet, Slot, Str, Value, ValueExt, Vm, native, natives};

/// `ImportError(*args, name=None, path=None, name_from=None)`
pub static INIT: native::NativeDef = native! { "ImportError(...)" -> init };
/// Fields.
pub static GETSET: &[GetSet] = &[
    field::<0>("msg", "exception message"),
    field::<1>("name", "module name"),
    field::<2>("path", "module path"),
    field::<3>("name_from", "name imported from module"),
];
/// Slots.
pub static SLOTS: &[Slot] = &[Slot::str(|vm, this| {
    let message = exception(vm, this)?.extra(0);
    if message.cast::<Str>().is_some() { Ok(message) } else { str(vm, this) }
})];

natives! {
    /// Methods.
    pub static METHODS: {
        /// Describe how to pickle the exception.
        "__reduce__($self, /)" => reduce;
    }
}

fn init(vm: &Vm, args: Args) -> R {
    let this = init_positional(vm, args)?;
    keyword_fields(vm, "ImportError", args, &["name", "path", "name_from"], 1)?;
    let message = match this.args().items() {
        [message] => *message,
        _ => Value::UNBOUND,
    };
    this.set_extra(vm, 0, message);
    Ok(Value::NONE)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = exception(vm, *this)?;
    let fields = [("name", own.extra(1)), ("path", own.extra(2)), ("name_from", own.extra(3))];
    let state = state_with_fields(vm, *this, &fields)?;
    reduce_with(vm, *this, own.args(), state)
}
