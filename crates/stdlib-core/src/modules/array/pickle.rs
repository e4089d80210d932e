//! Pickling of arrays, in formats that do not depend on the machine.

use super::item::{Code, Kind};
use super::{array, code_arg, make, methods};
use crate::support::kept_class;
use object::slots::R;
use object::{Raised, TypeObj, Value, ValueExt, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Internal. Used for pickling support.
    "_array_reconstructor($module, arraytype, typecode, mformat_code, items, /)" => reconstruct;
}}

/// A machine format.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Machine {
    kind: Kind,
    size: usize,
    big: bool,
}

/// The formats by number: integers of 1, 2, 4, 8 bytes, floats of 4 and 8, UTF-16 and UTF-32.
fn machine(number: usize) -> Option<Machine> {
    let (kind, size) = match number {
        0 => (Kind::Unsigned, 1),
        1 => (Kind::Signed, 1),
        2..=13 => {
            let step = number - 2;
            (if step % 4 < 2 { Kind::Unsigned } else { Kind::Signed }, 2 << (step / 4))
        }
        14 | 15 => (Kind::Float, 4),
        16 | 17 => (Kind::Float, 8),
        18 | 19 => (Kind::Char, 2),
        20 | 21 => (Kind::Char, 4),
        _ => return None,
    };
    Some(Machine { kind, size, big: number > 1 && number % 2 == 1 })
}

fn machine_number(code: &Code) -> usize {
    let wanted = Machine { kind: code.kind, size: code.size, big: cfg!(target_endian = "big") && code.size > 1 };
    (0..22).find(|number| machine(*number) == Some(wanted)).unwrap_or(0)
}

/// `array.__reduce_ex__(protocol)`
pub fn reduce_ex(vm: &Vm, [this, protocol]: &[Value; 2]) -> R {
    if vm.as_int(*protocol).is_none() {
        return Err(vm.type_error("__reduce_ex__ argument should be an integer"));
    }
    let protocol = vm.index_i64(*protocol)?;
    let own = array(vm, *this)?;
    let state = vm.getattr_opt(*this, vm.names.__dict__)?.unwrap_or(Value::NONE);
    let class = vm.type_of(*this).value();
    let letter = vm.str_char(own.code.letter as u32).value();
    if protocol < 3 {
        let items = methods::to_list(vm, &own).value();
        let args = vm.tuple(&[letter, items]).value();
        return Ok(vm.tuple(&[class, args, state]).value());
    }
    let function = vm.import_from("array", "_array_reconstructor")?;
    let bytes = vm.bytes(own.memory().as_slice()).value();
    let number = vm.int_usize(machine_number(own.code));
    let args = vm.tuple(&[class, letter, number, bytes]).value();
    Ok(vm.tuple(&[function, args, state]).value())
}

fn reconstruct(vm: &Vm, [_module, class, letter, number, items]: &[Value; 5]) -> R {
    let Some(type_object) = class.cast::<TypeObj>() else {
        return Err(vm.type_error("first argument must be a type object"));
    };
    let own_class = kept_class(vm, "array.array")?;
    if !type_object.is_subclass(own_class) {
        return Err(vm.type_error(format!("{} is not a subtype of array.array", type_object.name_str())));
    }
    let code = match code_arg(vm, *letter) {
        Ok(code) => code,
        Err(raised) => {
            vm.catch(raised, object::TypeId::ValueError)?;
            return Err(vm.value_error("second argument must be a valid type code"));
        }
    };
    let number = vm.index_i64(*number)?;
    let Some(format) = usize::try_from(number).ok().and_then(machine) else {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    };
    let Some(bytes) = vm.as_bytes(*items) else {
        return Err(vm.type_error(format!("fourth argument should be bytes, not {}", vm.type_name(*items))));
    };
    let bytes = bytes.as_slice();
    let new = make(vm, *class, code, &[])?;
    if number as usize == machine_number(code) {
        if bytes.len() % code.size != 0 {
            return Err(vm.value_error("string length not a multiple of item size"));
        }
        new.splice(vm, 0..0, bytes)?;
        return Ok(new.value());
    }
    if bytes.len() % format.size != 0 {
        return Err(vm.value_error("string length not a multiple of item size"));
    }
    if format.kind == Kind::Char {
        let encoding = format!("utf-{}-{}", format.size * 8, if format.big { "be" } else { "le" });
        let text = vm.call_method(*items, vm.names.decode, &[vm.str(&encoding).value()])?;
        if let Some(text) = vm.as_str(text) {
            methods::append_text(vm, new, text)?;
        }
        return Ok(new.value());
    }
    for item in bytes.chunks_exact(format.size) {
        let value = read(vm, format, item)?;
        let item = code.write(vm, value)?;
        let len = new.len();
        new.splice(vm, len..len, &item[..code.size])?;
    }
    Ok(new.value())
}

fn read(vm: &Vm, format: Machine, item: &[u8]) -> Result<Value, Raised> {
    let mut bytes = item.to_vec();
    if format.big {
        bytes.reverse();
    }
    // Any code of the same kind and size reads it.
    let code = super::item::CODES.iter().find(|code| code.kind == format.kind && code.size == format.size);
    match code {
        Some(code) => Ok(code.read(vm, &bytes)),
        None => Err(vm.value_error("third argument must be a valid machine format code.")),
    }
}
