//! From bytes to values.

use crate::support::ssize;
use super::error;
use super::format::{Item, Kind, Layout};
use object::slots::R;
use object::{Raised, Value, Vm};

/// `unpack(buffer)`
pub fn unpack(vm: &Vm, layout: &Layout, buffer: Value) -> R {
    vm.with_bytes(buffer, |bytes| {
        if bytes.len() != layout.size {
            return Err(error(vm, format!("unpack requires a buffer of {} bytes", layout.size)));
        }
        values(vm, layout, bytes)
    })?
}

/// `unpack_from(buffer, offset)`
pub fn unpack_from(vm: &Vm, layout: &Layout, buffer: Value, offset: Value) -> R {
    let offset = ssize(vm, offset)?;
    vm.with_bytes(buffer, |bytes| {
        let (len, size) = (bytes.len(), layout.size);
        let start = match usize::try_from(offset) {
            Ok(start) => start,
            Err(_) => {
                if offset.checked_add_unsigned(size).is_none_or(|end| end > 0) {
                    return Err(error(vm, format!("not enough data to unpack {size} bytes at offset {offset}")));
                }
                match len.checked_add_signed(offset) {
                    Some(start) => start,
                    None => return Err(error(vm, format!("offset {offset} out of range for {len}-byte buffer"))),
                }
            }
        };
        match start.checked_add(size).and_then(|end| bytes.get(start..end)) {
            Some(part) => values(vm, layout, part),
            None => Err(error(
                vm,
                format!(
                    "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset {start} \
                     (actual buffer size is {len})",
                    start.saturating_add(size)
                ),
            )),
        }
    })?
}

/// The values in as many bytes as the layout has.
pub fn values(vm: &Vm, layout: &Layout, bytes: &[u8]) -> Result<Value, Raised> {
    vm.check_size(layout.values.checked_mul(8))?;
    let mut items = layout.each();
    let tuple = vm.tuple_with(layout.values, |_| match items.next() {
        Some((item, offset)) => get(vm, item, layout.big, bytes.get(offset..offset + item.size).unwrap_or(&[])),
        None => Value::NONE,
    });
    Ok(tuple.value())
}

/// The unsigned number that up to eight bytes are.
pub fn bits_of(bytes: &[u8], big: bool) -> u64 {
    let join = |bits: u64, byte: &u8| bits << 8 | *byte as u64;
    if big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) }
}

/// The number of a half-precision float.
fn half_to_float(bits: u64) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = ((bits >> 10 & 0x1F) as i64, (bits & 0x3FF) as f64);
    match exponent {
        0 => sign * mantissa * 5.960464477539063e-08,
        0x1F if bits & 0x3FF == 0 => sign * f64::INFINITY,
        0x1F => f64::from_bits((bits & 0x8000) << 48 | 0x7FF << 52 | (bits & 0x3FF) << 42),
        _ => sign * (1.0 + mantissa / 1024.0) * 2f64.powi(exponent as i32 - 15),
    }
}

/// The float in 2, 4 or 8 bytes.
pub fn float_of(bytes: &[u8], big: bool) -> f64 {
    let bits = bits_of(bytes, big);
    match bytes.len() {
        8 => f64::from_bits(bits),
        4 => f32::from_bits(bits as u32) as f64,
        _ => half_to_float(bits),
    }
}

fn get(vm: &Vm, item: Item, big: bool, bytes: &[u8]) -> Value {
    match item.kind {
        Kind::Pad => Value::NONE,
        Kind::Char | Kind::Bytes => vm.bytes(bytes).value(),
        Kind::Pascal => match bytes.split_first() {
            Some((count, rest)) => vm.bytes(&rest[..rest.len().min(*count as usize)]).value(),
            None => vm.bytes(&[]).value(),
        },
        Kind::Bool => Value::bool(bytes.iter().any(|byte| *byte != 0)),
        Kind::Unsigned | Kind::Pointer => vm.int_u64(bits_of(bytes, big)),
        Kind::Signed => {
            let shift = 64 - 8 * bytes.len() as u32;
            vm.int((bits_of(bytes, big) << shift) as i64 >> shift)
        }
        Kind::Float => vm.float(float_of(bytes, big)),
        Kind::Complex => {
            let (re, im) = bytes.split_at(bytes.len() / 2);
            vm.complex(float_of(re, big), float_of(im, big))
        }
    }
}
