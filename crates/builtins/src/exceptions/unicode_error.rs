//! The exceptions of codecs.

use super::base_exception::init_args;
use super::exception;
use super::fields::field;
use ::object::slots::R;
use ::object::{Args, Bytes, Exception, GetSet, Raised, Ref, Slot, Str, Value, ValueExt, Vm, native};

/// `UnicodeEncodeError(encoding, object, start, end, reason)`
pub static ENCODE_INIT: native::NativeDef = native! { "UnicodeEncodeError(...)" -> encode_init };
/// `UnicodeDecodeError(encoding, object, start, end, reason)`
pub static DECODE_INIT: native::NativeDef = native! { "UnicodeDecodeError(...)" -> decode_init };
/// `UnicodeTranslateError(object, start, end, reason)`
pub static TRANSLATE_INIT: native::NativeDef = native! { "UnicodeTranslateError(...)" -> translate_init };

fn set_number<const FIELD: usize>(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    }
    let number = vm.index_i64(value)?;
    exception(vm, this)?.set_extra(vm, FIELD, vm.int(number));
    Ok(())
}

fn get_number<const FIELD: usize>(vm: &Vm, this: Value) -> R {
    Ok(exception(vm, this)?.extra(FIELD).bound().unwrap_or(Value::small(0)))
}

const fn number<const FIELD: usize>(name: &'static str, doc: &'static str) -> GetSet {
    GetSet { name, get: get_number::<FIELD>, set: Some(set_number::<FIELD>), doc, is_member: true }
}

/// Fields of all three.
pub static GETSET: &[GetSet] = &[
    field::<0>("encoding", "exception encoding"),
    field::<1>("object", "exception object"),
    number::<2>("start", "exception start"),
    number::<3>("end", "exception end"),
    field::<4>("reason", "exception reason"),
];
/// Slots.
pub static ENCODE_SLOTS: &[Slot] = &[Slot::str(encode_str)];
/// Slots.
pub static DECODE_SLOTS: &[Slot] = &[Slot::str(decode_str)];
/// Slots.
pub static TRANSLATE_SLOTS: &[Slot] = &[Slot::str(translate_str)];

fn str_field(vm: &Vm, this: Ref<Exception>, field: usize, argument: usize, value: Value) -> Result<(), Raised> {
    if vm.as_str(value).is_none() {
        let given = vm.type_name(value);
        return Err(vm.type_error(format!("argument {argument} must be str, not {given}")));
    }
    this.set_extra(vm, field, value);
    Ok(())
}

fn number_field(vm: &Vm, this: Ref<Exception>, field: usize, value: Value) -> Result<(), Raised> {
    let number = vm.index_i64(value)?;
    this.set_extra(vm, field, vm.int(number));
    Ok(())
}

fn exactly(vm: &Vm, this: Ref<Exception>, count: usize) -> Result<(), Raised> {
    let given = this.args().len();
    if given != count {
        return Err(vm.type_error(format!("function takes exactly {count} arguments ({given} given)")));
    }
    Ok(())
}

fn encode_init(vm: &Vm, args: Args) -> R {
    let this = init_args(vm, args)?;
    exactly(vm, this, 5)?;
    let own = this.args();
    let items = own.items();
    str_field(vm, this, 0, 1, items[0])?;
    str_field(vm, this, 1, 2, items[1])?;
    number_field(vm, this, 2, items[2])?;
    number_field(vm, this, 3, items[3])?;
    str_field(vm, this, 4, 5, items[4])?;
    Ok(Value::NONE)
}

fn decode_init(vm: &Vm, args: Args) -> R {
    let this = init_args(vm, args)?;
    exactly(vm, this, 5)?;
    let own = this.args();
    let items = own.items();
    str_field(vm, this, 0, 1, items[0])?;
    let object = match vm.as_bytes(items[1]) {
        Some(_) => items[1],
        None => vm.bytes(&vm.bytes_of(items[1])?).value(),
    };
    this.set_extra(vm, 1, object);
    number_field(vm, this, 2, items[2])?;
    number_field(vm, this, 3, items[3])?;
    str_field(vm, this, 4, 5, items[4])?;
    Ok(Value::NONE)
}

fn translate_init(vm: &Vm, args: Args) -> R {
    let this = init_args(vm, args)?;
    exactly(vm, this, 4)?;
    let own = this.args();
    let items = own.items();
    str_field(vm, this, 1, 1, items[0])?;
    number_field(vm, this, 2, items[1])?;
    number_field(vm, this, 3, items[2])?;
    str_field(vm, this, 4, 4, items[3])?;
    Ok(Value::NONE)
}

/// Start and end within the object, and the reason.
fn range(vm: &Vm, this: Ref<Exception>, len: usize) -> Result<(usize, usize, String), Raised> {
    let number = |field: usize| this.extra(field).as_small().unwrap_or(0).max(0) as usize;
    let start = number(2).min(len.saturating_sub(1));
    let end = number(3).clamp(1, len.max(1)).min(len.max(1));
    Ok((start, end, vm.to_str(this.extra(4).or_none())?.to_string_lossy()))
}

fn escaped(char: u32) -> String {
    match char {
        0..0x100 => format!("\\x{char:02x}"),
        0x100..0x10000 => format!("\\u{char:04x}"),
        _ => format!("\\U{char:08x}"),
    }
}

fn encoding(vm: &Vm, this: Ref<Exception>) -> Result<String, Raised> {
    Ok(vm.to_str(this.extra(0).or_none())?.to_string_lossy())
}

fn encode_str(vm: &Vm, this: Value) -> R {
    let this = exception(vm, this)?;
    let Some(object) = vm.as_str(this.extra(1)) else { return Ok(vm.names.empty.value()) };
    let (start, end, reason) = range(vm, this, object.len())?;
    let encoding = encoding(vm, this)?;
    let text = if end == start + 1 && start < object.len() {
        let char = escaped(object.char_at(vm, start));
        format!("'{encoding}' codec can't encode character '{char}' in position {start}: {reason}")
    } else {
        let last = end as i64 - 1;
        format!("'{encoding}' codec can't encode characters in position {start}-{last}: {reason}")
    };
    Ok(vm.str(&text).value())
}

fn decode_str(vm: &Vm, this: Value) -> R {
    let this = exception(vm, this)?;
    let object: Option<Ref<Bytes>> = vm.as_bytes(this.extra(1));
    let Some(object) = object else { return Ok(vm.names.empty.value()) };
    let (start, end, reason) = range(vm, this, object.len())?;
    let encoding = encoding(vm, this)?;
    let text = match object.as_slice().get(start) {
        Some(byte) if end == start + 1 => {
            format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
        }
        _ => {
            let last = end as i64 - 1;
            format!("'{encoding}' codec can't decode bytes in position {start}-{last}: {reason}")
        }
    };
    Ok(vm.str(&text).value())
}

fn translate_str(vm: &Vm, this: Value) -> R {
    let this = exception(vm, this)?;
    let object: Option<Ref<Str>> = vm.as_str(this.extra(1));
    let Some(object) = object else { return Ok(vm.names.empty.value()) };
    let (start, end, reason) = range(vm, this, object.len())?;
    let text = if end == start + 1 && start < object.len() {
        format!("can't translate character '{}' in position {start}: {reason}", escaped(object.char_at(vm, start)))
    } else {
        let last = end as i64 - 1;
        format!("can't translate characters in position {start}-{last}: {reason}")
    };
    let _: Option<Ref<Str>> = this.extra(4).cast();
    Ok(vm.str(&text).value())
}
