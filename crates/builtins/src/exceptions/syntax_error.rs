//! `SyntaxError`

use super::base_exception::init_args;
use super::exception;
use super::fields::field;
use ::object::slots::R;
use ::object::{Args, GetSet, Slot, Value, ValueExt, Vm, native};

/// `SyntaxError(msg, (filename, lineno, offset, text, end_lineno, end_offset, metadata))`
pub static INIT: native::NativeDef = native! { "SyntaxError(...)" -> init };
/// Fields.
pub static GETSET: &[GetSet] = &[
    field::<0>("msg", "exception msg"),
    field::<1>("filename", "exception filename"),
    field::<2>("lineno", "exception lineno"),
    field::<3>("offset", "exception offset"),
    field::<4>("text", "exception text"),
    field::<5>("end_lineno", "exception end lineno"),
    field::<6>("end_offset", "exception end offset"),
    field::<7>("print_file_and_line", "exception print_file_and_line"),
    field::<8>("_metadata", "exception private metadata"),
];
/// Slots.
pub static SLOTS: &[Slot] = &[Slot::str(str)];

fn init(vm: &Vm, args: Args) -> R {
    let this = init_args(vm, args)?;
    let own = this.args();
    if let Some(message) = own.items().first() {
        this.set_extra(vm, 0, *message);
    }
    if let [_, details] = own.items() {
        let details = vm.to_tuple(*details)?;
        let items = details.items();
        if items.len() < 4 || items.len() > 7 {
            let (word, bound) = if items.len() < 4 { ("at least", 4) } else { ("at most", 7) };
            let given = items.len();
            return Err(vm.type_error(format!("function takes {word} {bound} arguments ({given} given)")));
        }
        for field in 1..=6 {
            this.set_extra(vm, field, items.get(field - 1).copied().unwrap_or(Value::UNBOUND));
        }
        this.set_extra(vm, 8, items.get(6).copied().unwrap_or(Value::UNBOUND));
        if items.len() == 5 {
            return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
        }
    }
    Ok(Value::NONE)
}

fn str(vm: &Vm, this: Value) -> R {
    let own = exception(vm, this)?;
    let message = vm.to_str(own.extra(0).or_none())?;
    let filename = vm.as_str(own.extra(1)).map(|name| {
        let name = name.to_string_lossy();
        name.rsplit('/').next().unwrap_or("").to_string()
    });
    let line = own.extra(2);
    let line = if line.is_bool() { None } else { vm.as_int(line).filter(|_| line.cast::<::object::Str>().is_none()) };
    let place = match (filename, line.map(|line| line.to_big())) {
        (Some(name), Some(line)) => format!(" ({name}, line {line})"),
        (Some(name), None) => format!(" ({name})"),
        (None, Some(line)) => format!(" (line {line})"),
        (None, None) => return Ok(message.value()),
    };
    Ok(vm.str_concat(&[message, vm.str(&place)]).value())
}
