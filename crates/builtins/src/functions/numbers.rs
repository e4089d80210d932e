//! Functions about numbers and characters.

use object::{Int, R, Ref, Str, Value, ValueExt, Vm};

pub(super) fn abs(vm: &Vm, [value]: &[Value; 1]) -> R {
    match vm.type_of(*value).slots().absolute {
        Some(slot) => slot(vm, *value),
        None => {
            let name = vm.type_of(*value).qualified_name(vm);
            Err(vm.type_error(format!("bad operand type for abs(): '{name}'")))
        }
    }
}

/// An int in a base that is a power of two.
fn in_base(vm: &Vm, value: Value, base: u32, prefix: &str) -> R {
    let int = vm.index(value)?;
    let text = match &int {
        Int::Small(small) => base::number::IntRef::Small(*small).magnitude_text(base),
        Int::Big(big) => base::number::IntRef::Big(&big.big).magnitude_text(base),
    };
    let sign = if int.is_negative() { "-" } else { "" };
    Ok(vm.str(&format!("{sign}{prefix}{text}")).value())
}

pub(super) fn bin(vm: &Vm, [value]: &[Value; 1]) -> R {
    in_base(vm, *value, 2, "0b")
}

pub(super) fn oct(vm: &Vm, [value]: &[Value; 1]) -> R {
    in_base(vm, *value, 8, "0o")
}

pub(super) fn hex(vm: &Vm, [value]: &[Value; 1]) -> R {
    in_base(vm, *value, 16, "0x")
}

pub(super) fn chr(vm: &Vm, [value]: &[Value; 1]) -> R {
    match vm.index(*value)?.to_i64().and_then(|int| u32::try_from(int).ok()) {
        Some(point) if point < 0x11_0000 => Ok(vm.str_char(point).value()),
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

pub(super) fn ord(vm: &Vm, [value]: &[Value; 1]) -> R {
    let len = if let Some(string) = vm.as_str(*value) {
        if string.len() == 1 {
            return Ok(Value::small(string.char_at(vm, 0) as i64));
        }
        string.len()
    } else if vm.as_bytes(*value).is_some() || value.cast::<object::ByteArray>().is_some() {
        let bytes = vm.bytes_of(*value)?;
        if let [byte] = bytes[..] {
            return Ok(Value::small(byte as i64));
        }
        bytes.len()
    } else {
        let name = vm.type_of(*value).qualified_name(vm);
        return Err(vm.type_error(format!("ord() expected string of length 1, but {name} found")));
    };
    Err(vm.type_error(format!("ord() expected a character, but string of length {len} found")))
}

pub(super) fn divmod(vm: &Vm, [a, b]: &[Value; 2]) -> R {
    let result = vm.binary_slots(|slots| slots.divmod, *a, *b)?;
    if result == Value::NOT_IMPLEMENTED {
        return Err(vm.unsupported_operands("divmod()", *a, *b));
    }
    Ok(result)
}

pub(super) fn pow(vm: &Vm, [base, exponent, modulus]: &[Value; 3]) -> R {
    vm.power(*base, *exponent, *modulus)
}

pub(super) fn round(vm: &Vm, [number, digits]: &[Value; 2]) -> R {
    let name: Ref<Str> = vm.names.__round__;
    let args: &[Value] = if digits.is_none() { &[] } else { &[*digits] };
    match vm.call_special(*number, name, args) {
        Some(result) => result,
        None => {
            let name = vm.type_of(*number).qualified_name(vm);
            Err(vm.type_error(format!("type {name} doesn't define __round__ method")))
        }
    }
}
