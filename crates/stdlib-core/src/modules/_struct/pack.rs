//! From values to bytes.

use super::error;
use super::format::{Item, Kind, Layout};
use object::slots::R;
use object::{Int, Raised, TypeId, Value, Vm};

/// `pack(values)`
pub fn pack(vm: &Vm, layout: &Layout, values: &[Value]) -> R {
    check_count(vm, layout, values.len(), "pack")?;
    vm.check_size(Some(layout.size))?;
    let mut bytes = vec![0; layout.size];
    fill(vm, layout, values, &mut bytes)?;
    Ok(vm.bytes(&bytes).value())
}

fn check_count(vm: &Vm, layout: &Layout, given: usize, name: &str) -> Result<(), Raised> {
    if given != layout.values {
        return Err(error(vm, format!("{name} expected {} items for packing (got {given})", layout.values)));
    }
    Ok(())
}

/// `pack_into(buffer, offset, values)`
pub fn pack_into(vm: &Vm, layout: &Layout, args: &[Value]) -> R {
    let (buffer, offset, values) = match args {
        [] => return Err(error(vm, "pack_into expected buffer argument")),
        [_] => return Err(error(vm, "pack_into expected offset argument")),
        [buffer, offset, values @ ..] => (*buffer, *offset, values),
    };
    check_count(vm, layout, values.len(), "pack_into")?;
    let len = match vm.buffer(buffer, true) {
        Ok(view) => {
            vm.release_buffer(&view);
            view.len
        }
        Err(raised) => {
            vm.take_exception(raised);
            let name = vm.type_name(buffer);
            return Err(vm.type_error(format!("argument must be read-write bytes-like object, not {name}")));
        }
    };
    let offset = vm.index_isize(offset)?;
    let size = layout.size;
    let start = match usize::try_from(offset) {
        Ok(start) => start,
        Err(_) => {
            if offset.checked_add_unsigned(size).is_none_or(|end| end > 0) {
                return Err(error(vm, format!("no space to pack {size} bytes at offset {offset}")));
            }
            match len.checked_add_signed(offset) {
                Some(start) => start,
                None => return Err(error(vm, format!("offset {offset} out of range for {len}-byte buffer"))),
            }
        }
    };
    if len < start || len - start < size {
        return Err(error(
            vm,
            format!(
                "pack_into requires a buffer of at least {} bytes for packing {size} bytes at offset {start} \
                 (actual buffer size is {len})",
                start.saturating_add(size)
            ),
        ));
    }
    // Converting values may run Python code: the buffer is written when all are there.
    let mut bytes = vec![0; size];
    fill(vm, layout, values, &mut bytes)?;
    let written = vm.with_bytes_mut(buffer, |to| match to.get_mut(start..start + size) {
        Some(to) => {
            to.copy_from_slice(&bytes);
            true
        }
        None => false,
    })?;
    if written { Ok(Value::NONE) } else { Err(error(vm, "the buffer changed its size")) }
}

fn fill(vm: &Vm, layout: &Layout, values: &[Value], bytes: &mut [u8]) -> Result<(), Raised> {
    for ((item, offset), &value) in layout.each().zip(values) {
        put(vm, item, layout.big, value, &mut bytes[offset..offset + item.size])?;
    }
    Ok(())
}

/// Writes the low bytes of a number.
fn put_bits(bits: u64, big: bool, to: &mut [u8]) {
    let size = to.len();
    if big {
        to.copy_from_slice(&bits.to_be_bytes()[8 - size..]);
    } else {
        to.copy_from_slice(&bits.to_le_bytes()[..size]);
    }
}

fn put(vm: &Vm, item: Item, big: bool, value: Value, to: &mut [u8]) -> Result<(), Raised> {
    match item.kind {
        Kind::Pad => {}
        Kind::Char => match vm.as_bytes(value).map(|bytes| (bytes.len(), bytes.as_slice().first().copied())) {
            Some((1, Some(byte))) => to[0] = byte,
            _ => return Err(error(vm, "char format requires a bytes object of length 1")),
        },
        Kind::Bytes | Kind::Pascal => {
            if vm.as_bytes(value).is_none() && !vm.is_a(value, TypeId::ByteArray) {
                return Err(error(vm, format!("argument for '{}' must be a bytes object", item.code as char)));
            }
            vm.with_bytes(value, |from| {
                if item.kind == Kind::Bytes {
                    let len = from.len().min(to.len());
                    to[..len].copy_from_slice(&from[..len]);
                } else if let Some((count, to)) = to.split_first_mut() {
                    let len = from.len().min(to.len());
                    to[..len].copy_from_slice(&from[..len]);
                    *count = len.min(255) as u8;
                }
            })?;
        }
        Kind::Bool => to[0] = vm.truthy(value)? as u8,
        Kind::Signed | Kind::Unsigned | Kind::Pointer => put_bits(integer(vm, item, value)?, big, to),
        Kind::Float => {
            let float = float_of(vm, value, "required argument is not a float")?;
            put_float(vm, float, item.size, big, to).map_err(|raised| as_struct_error(vm, raised, value))?;
        }
        Kind::Complex => {
            let (re, im) = complex_of(vm, value)?;
            let (first, second) = to.split_at_mut(item.size / 2);
            for (part, to) in [(re, first), (im, second)] {
                if to.len() == 4 {
                    put_bits((part as f32).to_bits() as u64, big, to);
                } else {
                    put_bits(part.to_bits(), big, to);
                }
            }
        }
    }
    Ok(())
}

/// An OverflowError for an int becomes `struct.error`.
fn as_struct_error(vm: &Vm, raised: Raised, value: Value) -> Raised {
    if vm.as_int(value).is_some() && vm.is_exception(vm.pending_exception(raised), TypeId::OverflowError) {
        vm.take_exception(raised);
        return error(vm, "int too large to convert");
    }
    raised
}

/// The bits of an int that is in range.
fn integer(vm: &Vm, item: Item, value: Value) -> Result<u64, Raised> {
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        return Err(error(vm, "required argument is not an integer"));
    }
    let int = vm.index(value)?;
    let bits = item.size * 8;
    let wide = match int {
        Int::Small(int) => Some(int as i128),
        Int::Big(big) => i128::try_from(&big.big).ok(),
    };
    let (low, high) = match item.kind {
        Kind::Signed => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        Kind::Unsigned => (0, (1i128 << bits) - 1),
        _ => (i64::MIN as i128, u64::MAX as i128),
    };
    match wide.filter(|wide| (low..=high).contains(wide)) {
        Some(wide) => Ok(wide as u64),
        None if item.kind == Kind::Pointer => Err(error(vm, "int too large to convert")),
        None => Err(error(vm, format!("'{}' format requires {low} <= number <= {high}", item.code as char))),
    }
}

fn float_of(vm: &Vm, value: Value, text: &str) -> Result<f64, Raised> {
    if let Some(float) = vm.as_float(value) {
        return Ok(float);
    }
    match vm.to_float(value) {
        Ok(float) => Ok(float),
        Err(raised) => {
            if vm.is_exception(vm.pending_exception(raised), TypeId::OverflowError) && vm.as_int(value).is_some() {
                vm.take_exception(raised);
                return Err(error(vm, "int too large to convert"));
            }
            vm.take_exception(raised);
            Err(error(vm, text))
        }
    }
}

fn complex_of(vm: &Vm, value: Value) -> Result<(f64, f64), Raised> {
    if let Some(parts) = vm.as_complex(value) {
        return Ok(parts);
    }
    if let Some(result) = vm.call_special(value, vm.names.__complex__, &[]) {
        let result = match result {
            Ok(result) => vm.as_complex(result),
            Err(raised) => {
                vm.take_exception(raised);
                None
            }
        };
        return result.ok_or_else(|| error(vm, "required argument is not a complex"));
    }
    Ok((float_of(vm, value, "required argument is not a complex")?, 0.0))
}

/// Writes a float of 2, 4 or 8 bytes. OverflowError where it does not fit.
pub fn put_float(vm: &Vm, float: f64, size: usize, big: bool, to: &mut [u8]) -> Result<(), Raised> {
    let bits = match size {
        8 => float.to_bits(),
        4 => {
            let narrow = float as f32;
            if narrow.is_infinite() && float.is_finite() {
                return Err(vm.overflow_error("float too large to pack with f format"));
            }
            narrow.to_bits() as u64
        }
        _ => match half_bits(float) {
            Some(bits) => bits as u64,
            None => return Err(vm.overflow_error("float too large to pack with e format")),
        },
    };
    put_bits(bits, big, to);
    Ok(())
}

/// The half-precision float nearest to a number; None where it is too large.
fn half_bits(float: f64) -> Option<u16> {
    let sign = ((float.to_bits() >> 48) & 0x8000) as u16;
    let abs = float.abs();
    if float.is_nan() {
        // The payload's top bits stay, and it stays a NaN.
        let payload = ((float.to_bits() >> 42) & 0x3FF) as u16;
        return Some(sign | 0x7C00 | if payload == 0 { 0x200 } else { payload });
    }
    if abs.is_infinite() {
        return Some(sign | 0x7C00);
    }
    // In units of the least number, 2 ** -24, numbers below 2 ** -14 are rounded to units; larger ones to 11 bits.
    let bits = if abs < 6.103515625e-05 {
        (abs * 16777216.0).round_ties_even() as u32
    } else {
        let (mantissa, exponent) = base::number::frexp(abs);
        let units = (mantissa * 2048.0).round_ties_even() as i64;
        // Rounding up to the next power of two carries into the exponent.
        ((exponent as i64 + 14) * 1024 + (units - 1024)).clamp(0, 0xFFFF) as u32
    };
    if bits >= 0x7C00 { None } else { Some(sign | bits as u16) }
}
