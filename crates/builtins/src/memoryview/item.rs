//! Items of a view as Python values, by the native formats of the module struct.

use super::access::{Item, front};
use heap::Value;
use object::{R, Raised, TypeId, Vm};

/// The native format characters and their sizes, with what is written in front of them or without it.
const FORMATS: &[(&str, &str, usize)] = &[
    ("B", "@B", 1),
    ("b", "@b", 1),
    ("c", "@c", 1),
    ("?", "@?", 1),
    ("h", "@h", 2),
    ("H", "@H", 2),
    ("i", "@i", 4),
    ("I", "@I", 4),
    ("l", "@l", 8),
    ("L", "@L", 8),
    ("q", "@q", 8),
    ("Q", "@Q", 8),
    ("n", "@n", 8),
    ("N", "@N", 8),
    ("P", "@P", 8),
    ("e", "@e", 2),
    ("f", "@f", 4),
    ("d", "@d", 8),
];

/// A native format of one character, with `@` in front or without, and its size.
pub(super) fn native_format(text: &str) -> Option<(&'static str, usize)> {
    FORMATS.iter().find_map(|(plain, marked, size)| match text {
        _ if text == *plain => Some((*plain, *size)),
        _ if text == *marked => Some((*marked, *size)),
        _ => None,
    })
}

/// The character of a native format.
pub(super) fn code(format: &str) -> Option<u8> {
    native_format(format).map(|(format, _)| format.as_bytes()[format.len() - 1])
}

/// Is an item of the format a byte?
pub(super) fn is_byte(format: &str) -> bool {
    matches!(code(format), Some(b'B' | b'b' | b'c'))
}

/// The NotImplementedError for a format that is not known here.
pub(super) fn unsupported(vm: &Vm, format: &str) -> Raised {
    vm.not_implemented_error(format!("memoryview: unsupported format {format}"))
}

/// The value of an item.
pub(super) fn unpack(vm: &Vm, format: &str, item: &Item) -> R {
    let Some(code) = code(format) else { return Err(unsupported(vm, format)) };
    Ok(match code {
        b'B' => Value::small(item[0] as i64),
        b'b' => Value::small(item[0] as i8 as i64),
        b'c' => vm.bytes(&item[..1]).value(),
        b'?' => Value::bool(item[0] != 0),
        b'h' => vm.int(i16::from_ne_bytes(front(item)) as i64),
        b'H' => vm.int(u16::from_ne_bytes(front(item)) as i64),
        b'i' => vm.int(i32::from_ne_bytes(front(item)) as i64),
        b'I' => vm.int(u32::from_ne_bytes(front(item)) as i64),
        b'l' | b'q' | b'n' => vm.int(i64::from_ne_bytes(front(item))),
        b'L' | b'Q' | b'N' | b'P' => vm.int_u64(u64::from_ne_bytes(front(item))),
        b'e' => vm.float(half_to_f64(u16::from_ne_bytes(front(item)))),
        b'f' => vm.float(f32::from_ne_bytes(front(item)) as f64),
        _ => vm.float(f64::from_ne_bytes(front(item))),
    })
}

/// The bytes of an item with a value.
pub(super) fn pack(vm: &Vm, format: &str, value: Value) -> Result<Item, Raised> {
    let Some(code) = code(format) else { return Err(unsupported(vm, format)) };
    let mut item = Item::default();
    let invalid = || vm.value_error(format!("memoryview: invalid value for format '{format}'"));
    let wrong_type = || vm.type_error(format!("memoryview: invalid type for format '{format}'"));
    match code {
        b'c' => match vm.as_bytes(value).map(|bytes| bytes.as_slice().to_vec()) {
            Some(bytes) if bytes.len() == 1 => item[0] = bytes[0],
            Some(_) => return Err(invalid()),
            None => return Err(wrong_type()),
        },
        b'?' => item[0] = vm.truthy(value)? as u8,
        b'e' | b'f' | b'd' => {
            let float = float_of(vm, value)?.ok_or_else(wrong_type)?;
            match code {
                b'e' => item[..2].copy_from_slice(&f64_to_half(float).ok_or_else(invalid)?.to_ne_bytes()),
                b'f' => {
                    let narrow = float as f32;
                    if narrow.is_infinite() && float.is_finite() {
                        return Err(invalid());
                    }
                    item[..4].copy_from_slice(&narrow.to_ne_bytes());
                }
                _ => item[..8].copy_from_slice(&float.to_ne_bytes()),
            }
        }
        _ => {
            if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
                return Err(wrong_type());
            }
            let int = match vm.index(value) {
                Ok(int) => int,
                Err(raised) => {
                    vm.catch(raised, TypeId::TypeError)?;
                    return Err(wrong_type());
                }
            };
            let unsigned = || match int {
                object::Int::Small(int) => u64::try_from(int).ok(),
                object::Int::Big(big) => u64::try_from(&big.big).ok(),
            };
            macro_rules! put {
                ($type:ty, $int:expr) => {{
                    let int = $int.and_then(|int| <$type>::try_from(int).ok()).ok_or_else(invalid)?;
                    item[..size_of::<$type>()].copy_from_slice(&int.to_ne_bytes());
                }};
            }
            match code {
                b'B' => put!(u8, unsigned()),
                b'b' => put!(i8, int.to_i64()),
                b'h' => put!(i16, int.to_i64()),
                b'H' => put!(u16, unsigned()),
                b'i' => put!(i32, int.to_i64()),
                b'I' => put!(u32, unsigned()),
                b'l' | b'q' | b'n' => put!(i64, int.to_i64()),
                _ => put!(u64, unsigned()),
            }
        }
    }
    Ok(item)
}

/// The float of a number; None for what is none.
fn float_of(vm: &Vm, value: Value) -> Result<Option<f64>, Raised> {
    if let Some(float) = vm.as_float(value) {
        return Ok(Some(float));
    }
    if let Some(slot) = vm.type_of(value).slots().float {
        let result = slot(vm, value)?;
        return Ok(vm.as_float(result));
    }
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        return Ok(None);
    }
    match base::number::int_to_float(&vm.index(value)?.to_big()) {
        Some(float) => Ok(Some(float)),
        None => Err(vm.overflow_error("int too large to convert to float")),
    }
}

/// A float of 16 bits.
pub fn half_to_f64(half: u16) -> f64 {
    let sign = if half & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (((half >> 10) & 0x1F) as i32, (half & 0x3FF) as f64);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The nearest float of 16 bits, ties to even; None where it is too large.
pub fn f64_to_half(float: f64) -> Option<u16> {
    let sign = if float.is_sign_negative() { 0x8000 } else { 0 };
    if float.is_nan() {
        return Some(sign | 0x7E00);
    }
    if float.is_infinite() {
        return Some(sign | 0x7C00);
    }
    let size = float.abs();
    if size < 2f64.powi(-14) {
        // Multiples of 2^-24; 1024 of them are the smallest normal number, whose bits follow on.
        return Some(sign | (size * 2f64.powi(24)).round_ties_even() as u16);
    }
    let mut exponent = ((size.to_bits() >> 52) & 0x7FF) as i32 - 1023;
    if exponent > 15 {
        return None;
    }
    let mut fraction = ((size / 2f64.powi(exponent) - 1.0) * 1024.0).round_ties_even() as u16;
    if fraction == 1024 {
        (fraction, exponent) = (0, exponent + 1);
    }
    if exponent > 15 { None } else { Some(sign | ((exponent + 15) as u16) << 10 | fraction) }
}
