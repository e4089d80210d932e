//! `hex` and `fromhex`.

use super::data::{Data, bytes_argument};
use crate::str::args::{class_or_none, int_argument};
use heap::Value;
use object::{R, Raised, TypeId, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the bytes as hexadecimal digits.
    ///
    ///   sep
    ///     A character to stand between groups of bytes.
    ///   bytes_per_sep
    ///     The number of bytes in a group, counted from the right; where it is negative, from the left.
    ///
    /// >>> bytes([1, 35, 69]).hex(), bytearray([1, 35, 69]).hex(':', 2)
    /// ('012345', '01:2345')
    "hex($self, /, sep=<unrepresentable>, bytes_per_sep=1)" => hex;
    /// Return the bytes that hexadecimal digits stand for. White space between bytes is skipped.
    "fromhex($type, string, /)" => fromhex [class];
}}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The arguments of `hex`: separator and size of groups, 0 for none.
pub fn hex_arguments(vm: &Vm, separator: Value, group: Value) -> Result<(u8, i32), Raised> {
    let group = int_argument(vm, group)?;
    if separator.is_unbound() {
        return Ok((0, 0));
    }
    let len = vm.len(separator)?;
    if len != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let char = if let Some(text) = vm.as_str(separator) {
        text.char_at(vm, 0)
    } else if let Some(bytes) = vm.as_bytes(separator) {
        bytes.as_slice().first().map_or(0, |byte| *byte as u32)
    } else {
        return Err(vm.type_error("sep must be str or bytes."));
    };
    if char >= 0x80 {
        return Err(vm.value_error("sep must be ASCII."));
    }
    Ok((char as u8, group))
}

/// Bytes as hexadecimal digits, with a separator after each group of bytes.
pub fn hex_text(bytes: &[u8], separator: u8, group: i32) -> Vec<u8> {
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(bytes.len() * 2 + bytes.len().checked_div(size).unwrap_or(0));
    // Groups are counted from the right, so the first one may be short.
    let offset = if group > 0 { (size - bytes.len() % size) % size } else { 0 };
    for (index, byte) in bytes.iter().enumerate() {
        if size > 0 && index > 0 && (index + offset) % size == 0 {
            out.push(separator);
        }
        out.push(DIGITS[(byte >> 4) as usize]);
        out.push(DIGITS[(byte & 15) as usize]);
    }
    out
}

/// A string of the hexadecimal digits of bytes.
pub fn hex_value(vm: &Vm, bytes: &[u8], separator: u8, group: i32) -> Value {
    let text = hex_text(bytes, separator, group);
    crate::str::ascii_with(vm, text.len(), |out| out.copy_from_slice(&text)).value()
}

fn hex(vm: &Vm, [value, separator, group]: &[Value; 3]) -> R {
    let data = Data::of(vm, *value)?;
    let held = data.hold();
    let (separator, group) = hex_arguments(vm, *separator, *group)?;
    drop(held);
    vm.check_size(data.as_slice().len().checked_mul(3))?;
    Ok(hex_value(vm, data.as_slice(), separator, group))
}

fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

/// The bytes that digits stand for, or the place of what is no digit; None where the number of digits is odd.
fn parse(input: &[u8]) -> Result<Vec<u8>, Option<usize>> {
    let mut out = Vec::with_capacity(input.len() / 2);
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        if super::split::is_space(byte) {
            at += 1;
            continue;
        }
        let high = digit(byte).ok_or(Some(at))?;
        let low = digit(*input.get(at + 1).ok_or(None)?).ok_or(Some(at + 1))?;
        out.push(high << 4 | low);
        at += 2;
    }
    Ok(out)
}

fn fromhex(vm: &Vm, [class, source]: &[Value; 2]) -> R {
    let parsed = match vm.as_str(*source) {
        // What is not ASCII is no digit, and so the place of the first error is the same in bytes and characters.
        Some(text) => parse(text.as_bytes()),
        None if vm.has_buffer(*source) => parse(&bytes_argument(vm, *source)?),
        None => {
            let class = class_or_none(vm, *source);
            return Err(vm.type_error(format!("fromhex() argument must be str or bytes-like, not {class}")));
        }
    };
    let bytes = parsed.map_err(|at| {
        vm.value_error(match at {
            Some(at) => format!("non-hexadecimal number found in fromhex() arg at position {at}"),
            None => "fromhex() arg must contain an even number of hexadecimal digits".to_string(),
        })
    })?;
    if *class == vm.types[TypeId::ByteArray].value() {
        return Ok(vm.bytearray(&bytes).value());
    }
    let bytes = vm.bytes(&bytes).value();
    if *class == vm.types[TypeId::Bytes].value() { Ok(bytes) } else { vm.call(*class, &[bytes]) }
}
