//! Integers, truth values and addresses in memory.

use super::codes::unpack;
use object::{Int, R, Raised, Value, Vm};

/// The low 64 bits of an int of any size, or of what has `__index__`.
pub fn low_word(vm: &Vm, value: Value) -> Result<u64, Raised> {
    Ok(low_word_of(vm.index(value)?))
}

/// The low 64 bits of an int of any size.
pub fn low_word_of(int: Int) -> u64 {
    match int {
        Int::Small(int) => int as u64,
        Int::Big(big) => {
            let (sign, magnitude) = big.big.clone().into_parts();
            let low = magnitude.as_words().first().copied().unwrap_or(0);
            if sign == dashu_int::Sign::Negative { low.wrapping_neg() } else { low }
        }
    }
}

/// Does the order of bytes in memory differ from that of `to_le_bytes`?
const fn reversed(swapped: bool) -> bool {
    swapped != cfg!(target_endian = "big")
}

/// SAFETY: so many bytes can be read.
unsafe fn read<const BYTES: usize>(from: *const u8, swapped: bool) -> u64 {
    let mut bytes = [0u8; 8];
    // SAFETY: as the caller promises; BYTES is at most 8.
    unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), BYTES) };
    if reversed(swapped) {
        bytes[..BYTES].reverse();
    }
    u64::from_le_bytes(bytes)
}

/// SAFETY: so many bytes can be written.
unsafe fn write<const BYTES: usize>(to: *mut u8, word: u64, swapped: bool) {
    let mut bytes = word.to_le_bytes();
    if reversed(swapped) {
        bytes[..BYTES].reverse();
    }
    // SAFETY: as the caller promises; BYTES is at most 8.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, BYTES) };
}

/// The lowest so many bits of a word.
const fn mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// SAFETY: so many bytes can be read.
unsafe fn read_field<const BYTES: usize>(from: *const u8, size: usize, swapped: bool) -> (u64, u32) {
    // SAFETY: as the caller promises.
    let word = unsafe { read::<BYTES>(from, swapped) };
    match unpack(size) {
        Some((bits, first)) => (word >> first.min(63) & mask(bits), bits),
        None => (word, BYTES as u32 * 8),
    }
}

/// SAFETY: so many bytes can be read and written.
unsafe fn write_field<const BYTES: usize>(to: *mut u8, value: u64, size: usize, swapped: bool) {
    let word = match unpack(size) {
        Some((bits, first)) => {
            let first = first.min(63);
            // SAFETY: as the caller promises.
            let old = unsafe { read::<BYTES>(to, swapped) };
            old & !(mask(bits) << first) | (value & mask(bits)) << first
        }
        None => value,
    };
    // SAFETY: as the caller promises.
    unsafe { write::<BYTES>(to, word, swapped) };
}

/// Reads an integer or a bit field of it.
pub fn get<const BYTES: usize, const SIGNED: bool, const SWAPPED: bool>(vm: &Vm, from: *const u8, size: usize) -> R {
    // SAFETY: the caller gives memory of the type's size.
    let (word, bits) = unsafe { read_field::<BYTES>(from, size, SWAPPED) };
    if SIGNED {
        let shift = 64 - bits.clamp(1, 64);
        Ok(vm.int((word << shift) as i64 >> shift))
    } else {
        Ok(vm.int_u64(word))
    }
}

/// Writes an integer or a bit field of it.
pub fn set<const BYTES: usize, const SWAPPED: bool>(vm: &Vm, to: *mut u8, value: Value, size: usize) -> R {
    let word = low_word(vm, value)?;
    // SAFETY: as above.
    unsafe { write_field::<BYTES>(to, word, size, SWAPPED) };
    Ok(Value::NONE)
}

/// Reads a `_Bool`.
pub fn bool_get(_: &Vm, from: *const u8, size: usize) -> R {
    // SAFETY: as above.
    let (word, _) = unsafe { read_field::<1>(from, size, false) };
    Ok(Value::bool(word != 0))
}

/// Writes a `_Bool`.
pub fn bool_set(vm: &Vm, to: *mut u8, value: Value, size: usize) -> R {
    let truth = vm.truthy(value)?;
    // SAFETY: as above.
    unsafe { write_field::<1>(to, truth as u64, size, false) };
    Ok(Value::NONE)
}

/// Reads a `VARIANT_BOOL`.
pub fn variant_bool_get(_: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    Ok(Value::bool(unsafe { read::<2>(from, false) } != 0))
}

/// Writes a `VARIANT_BOOL`.
pub fn variant_bool_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let truth = vm.truthy(value)?;
    // SAFETY: as above.
    unsafe { write::<2>(to, if truth { 0xFFFF } else { 0 }, false) };
    Ok(Value::NONE)
}

/// Reads an address: None for a null pointer.
pub fn address_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    match unsafe { from.cast::<usize>().read_unaligned() } {
        0 => Ok(Value::NONE),
        address => Ok(vm.int_usize(address)),
    }
}

/// Writes an address.
pub fn address_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let address = match vm.as_int(value) {
        Some(int) => low_word_of(int) as usize,
        None if value.is_none() => 0,
        None => return Err(vm.type_error("cannot be converted to pointer")),
    };
    // SAFETY: as above.
    unsafe { to.cast::<usize>().write_unaligned(address) };
    Ok(Value::NONE)
}
