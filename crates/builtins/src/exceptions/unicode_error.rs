//! The exceptions of codecs.

use super::base_exception::init_args;
use super::exception;
use super::fields::field;
use ::object::slots::R;
use ::object::{Args, Bytes, Exception, GetSet, Raised, Ref, Slot, Str, Value, Vm, native};

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

/// What the text of an exception shows. The reason and the encoding may be any objects, whose `__str__` may change the
/// exception: so the object is looked at last.
struct Parts {
    start: i64,
    end: i64,
    reason: String,
    encoding: String,
}

impl Parts {
    /// None where the exception was not initialised.
    fn of(vm: &Vm, this: Ref<Exception>, has_encoding: bool) -> Result<Option<Parts>, Raised> {
        if this.extra(1).is_unbound() {
            return Ok(None);
        }
        let reason = vm.to_str(this.extra(4).or_none())?.to_string_lossy();
        let encoding = if has_encoding { vm.to_str(this.extra(0).or_none())?.to_string_lossy() } else { String::new() };
        let number = |field: usize| this.extra(field).as_small().unwrap_or(0);
        Ok(Some(Parts { start: number(2), end: number(3), reason, encoding }))
    }

    /// The position, where it is that of one item of the object.
    fn single(&self, len: usize) -> Option<usize> {
        let start = usize::try_from(self.start).ok().filter(|&start| start < len)?;
        (self.end == self.start.checked_add(1)?).then_some(start)
    }

    fn last(&self) -> i64 {
        self.end.saturating_sub(1)
    }
}

fn str_object(vm: &Vm, this: Ref<Exception>) -> Result<Ref<Str>, Raised> {
    match vm.as_str(this.extra(1)) {
        Some(object) => Ok(object),
        None => Err(bad_object(vm, this, "string")),
    }
}

#[cold]
fn bad_object(vm: &Vm, this: Ref<Exception>, expected: &str) -> Raised {
    let class = vm.type_name(this.value());
    if this.extra(1).is_unbound() {
        return vm.type_error(format!("{class} 'object' attribute is not set"));
    }
    vm.type_error(format!("{class} 'object' attribute must be a {expected}"))
}

fn escaped(char: u32) -> String {
    match char {
        0..0x100 => format!("\\x{char:02x}"),
        0x100..0x10000 => format!("\\u{char:04x}"),
        _ => format!("\\U{char:08x}"),
    }
}

fn encode_str(vm: &Vm, this: Value) -> R {
    let this = exception(vm, this)?;
    let Some(parts) = Parts::of(vm, this, true)? else { return Ok(vm.names.empty.value()) };
    let object = str_object(vm, this)?;
    let Parts { start, reason, encoding, .. } = &parts;
    let text = match parts.single(object.len()) {
        Some(index) => {
            let char = escaped(object.char_at(vm, index));
            format!("'{encoding}' codec can't encode character '{char}' in position {start}: {reason}")
        }
        None => {
            let last = parts.last();
            format!("'{encoding}' codec can't encode characters in position {start}-{last}: {reason}")
        }
    };
    Ok(vm.str(&text).value())
}

fn decode_str(vm: &Vm, this: Value) -> R {
    let this = exception(vm, this)?;
    let Some(parts) = Parts::of(vm, this, true)? else { return Ok(vm.names.empty.value()) };
    let object: Option<Ref<Bytes>> = vm.as_bytes(this.extra(1));
    let Some(object) = object else { return Err(bad_object(vm, this, "bytes")) };
    let Parts { start, reason, encoding, .. } = &parts;
    let text = match parts.single(object.len()) {
        Some(index) => {
            let byte = object.as_slice()[index];
            format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
        }
        None => {
            let last = parts.last();
            format!("'{encoding}' codec can't decode bytes in position {start}-{last}: {reason}")
        }
    };
    Ok(vm.str(&text).value())
}

fn translate_str(vm: &Vm, this: Value) -> R {
    let this = exception(vm, this)?;
    let Some(parts) = Parts::of(vm, this, false)? else { return Ok(vm.names.empty.value()) };
    let object = str_object(vm, this)?;
    let Parts { start, reason, .. } = &parts;
    let text = match parts.single(object.len()) {
        Some(index) => {
            let char = escaped(object.char_at(vm, index));
            format!("can't translate character '{char}' in position {start}: {reason}")
        }
        None => format!("can't translate characters in position {start}-{}: {reason}", parts.last()),
    };
    Ok(vm.str(&text).value())
}
