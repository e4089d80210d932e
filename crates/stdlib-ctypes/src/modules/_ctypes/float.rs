//! Floating-point numbers in memory.

use super::ffi::Primitive;
use object::{R, Raised, Value, Vm};

/// Bytes of a C number that this machine keeps in its own order.
fn ordered<const N: usize>(mut bytes: [u8; N], swapped: bool) -> [u8; N] {
    if swapped {
        bytes.reverse();
    }
    bytes
}

/// SAFETY: so many bytes can be read.
unsafe fn read<const N: usize>(from: *const u8, swapped: bool) -> [u8; N] {
    // SAFETY: as the caller promises.
    ordered(unsafe { from.cast::<[u8; N]>().read_unaligned() }, swapped)
}

/// SAFETY: so many bytes can be written.
unsafe fn write<const N: usize>(to: *mut u8, bytes: [u8; N], swapped: bool) {
    // SAFETY: as the caller promises.
    unsafe { to.cast::<[u8; N]>().write_unaligned(ordered(bytes, swapped)) };
}

/// Reads a double.
pub fn double_get<const SWAPPED: bool>(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: the caller gives memory of the type's size; so in all functions of this file.
    Ok(vm.float(f64::from_ne_bytes(unsafe { read(from, SWAPPED) })))
}

/// Writes a double.
pub fn double_set<const SWAPPED: bool>(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let float = vm.to_float(value)?;
    // SAFETY: as above.
    unsafe { write(to, float.to_ne_bytes(), SWAPPED) };
    Ok(Value::NONE)
}

/// Reads a float.
pub fn float_get<const SWAPPED: bool>(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    Ok(vm.float(f32::from_ne_bytes(unsafe { read(from, SWAPPED) }) as f64))
}

/// Writes a float.
pub fn float_set<const SWAPPED: bool>(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let float = vm.to_float(value)? as f32;
    // SAFETY: as above.
    unsafe { write(to, float.to_ne_bytes(), SWAPPED) };
    Ok(Value::NONE)
}

/// A complex argument: a complex, a number, or what has `__complex__`.
fn to_complex(vm: &Vm, value: Value) -> Result<(f64, f64), Raised> {
    if let Some(complex) = vm.as_complex(value) {
        return Ok(complex);
    }
    if let Some(result) = vm.call_special(value, vm.names.__complex__, &[]) {
        let result = result?;
        return vm.as_complex(result).ok_or_else(|| {
            let (class, name) = (vm.type_name(value), vm.type_name(result));
            vm.type_error(format!("{class}.__complex__() must return a complex, not {name}"))
        });
    }
    Ok((vm.to_float(value)?, 0.0))
}

/// Reads a `double _Complex`.
pub fn complex_double_get<const SWAPPED: bool>(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    let [re, im] = unsafe { [read(from, SWAPPED), read(from.add(8), SWAPPED)] };
    Ok(vm.complex(f64::from_ne_bytes(re), f64::from_ne_bytes(im)))
}

/// Writes a `double _Complex`.
pub fn complex_double_set<const SWAPPED: bool>(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let (re, im) = to_complex(vm, value)?;
    // SAFETY: as above.
    unsafe {
        write(to, re.to_ne_bytes(), SWAPPED);
        write(to.add(8), im.to_ne_bytes(), SWAPPED);
    }
    Ok(Value::NONE)
}

/// Reads a `float _Complex`.
pub fn complex_float_get<const SWAPPED: bool>(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    let [re, im] = unsafe { [read(from, SWAPPED), read(from.add(4), SWAPPED)] };
    Ok(vm.complex(f32::from_ne_bytes(re) as f64, f32::from_ne_bytes(im) as f64))
}

/// Writes a `float _Complex`.
pub fn complex_float_set<const SWAPPED: bool>(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let (re, im) = to_complex(vm, value)?;
    // SAFETY: as above.
    unsafe {
        write(to, (re as f32).to_ne_bytes(), SWAPPED);
        write(to.add(4), (im as f32).to_ne_bytes(), SWAPPED);
    }
    Ok(Value::NONE)
}

/// Reads a `long double`, rounded to a double.
pub fn long_double_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    Ok(vm.float(unsafe { read_long(from) }))
}

/// Writes a `long double`.
pub fn long_double_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let float = vm.to_float(value)?;
    // SAFETY: as above.
    unsafe { write_long(to, float) };
    Ok(Value::NONE)
}

/// Reads a `long double _Complex`.
pub fn complex_long_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    unsafe { Ok(vm.complex(read_long(from), read_long(from.add(Primitive::FLong.size())))) }
}

/// Writes a `long double _Complex`.
pub fn complex_long_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let (re, im) = to_complex(vm, value)?;
    // SAFETY: as above.
    unsafe {
        write_long(to, re);
        write_long(to.add(Primitive::FLong.size()), im);
    }
    Ok(Value::NONE)
}

/// Bits of the mantissa behind the leading one, and whether that one is written.
#[cfg(target_arch = "x86_64")]
const LONG: (u32, bool) = (63, true);
#[cfg(not(target_arch = "x86_64"))]
const LONG: (u32, bool) = (112, false);

/// The exponents of both formats with more bits than a double are 15 bits with this bias.
const BIAS: i32 = 16383;

/// SAFETY: a `long double` can be read.
unsafe fn read_long(from: *const u8) -> f64 {
    if Primitive::FLong.size() == 8 {
        // SAFETY: as the caller promises.
        return f64::from_ne_bytes(unsafe { read(from, false) });
    }
    // SAFETY: both formats take 16 bytes.
    let word = u128::from_ne_bytes(unsafe { read(from, false) });
    let (bits, has_one) = LONG;
    let top = (word >> (bits + has_one as u32)) as u32;
    let (negative, exponent) = (top & 0x8000 != 0, (top & 0x7FFF) as i32);
    let mut mantissa = word & ((1u128 << (bits + has_one as u32)) - 1);
    let magnitude = if exponent == 0x7FFF {
        if mantissa << (128 - bits) == 0 { f64::INFINITY } else { f64::NAN }
    } else {
        if !has_one && exponent != 0 {
            mantissa |= 1 << bits;
        }
        scaled(mantissa, exponent.max(1) - BIAS - bits as i32)
    };
    if negative { -magnitude } else { magnitude }
}

/// `mantissa * 2 ** exponent`, rounded to the nearest double, to the even one of two.
fn scaled(mantissa: u128, exponent: i32) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let width = 128 - mantissa.leading_zeros() as i32;
    // The exponent of the last bit that a double keeps.
    let last = (exponent + width - 53).max(-1074);
    let drop = last - exponent;
    let kept = if drop <= 0 {
        (mantissa << -drop) as u64
    } else if drop > 127 {
        0
    } else {
        let (whole, rest) = (mantissa >> drop, mantissa & ((1u128 << drop) - 1));
        let half = 1u128 << (drop - 1);
        (whole + (rest > half || rest == half && whole & 1 == 1) as u128) as u64
    };
    // Both factors and all steps are exact, but for an overflow.
    let step = |value: f64, power: i32| value * f64::from_bits(((power + 1023) as u64) << 52);
    let mut value = kept as f64;
    let mut power = last;
    while power > 1000 {
        value = step(value, 1000);
        power -= 1000;
        if value.is_infinite() {
            return value;
        }
    }
    while power < -1000 {
        // A number that has no bits to lose keeps them all: `kept` is a multiple of the least double already.
        let by = (power + 74).clamp(-1000, -1);
        value = step(value, by);
        power -= by;
    }
    step(value, power)
}

/// SAFETY: a `long double` can be written.
unsafe fn write_long(to: *mut u8, float: f64) {
    if Primitive::FLong.size() == 8 {
        // SAFETY: as the caller promises.
        return unsafe { write(to, float.to_ne_bytes(), false) };
    }
    let (bits, has_one) = LONG;
    let word = float.to_bits();
    let (negative, exponent, fraction) = (word >> 63 != 0, (word >> 52 & 0x7FF) as i32, word & ((1 << 52) - 1));
    let one = 1u128 << bits;
    let (exponent, mantissa) = if exponent == 0x7FF {
        (0x7FFF, one | (fraction as u128) << (bits - 52))
    } else if exponent == 0 && fraction == 0 {
        (0, 0)
    } else if exponent == 0 {
        let shift = fraction.leading_zeros() as i32 - 11;
        (1 - 1023 + BIAS - shift, (fraction as u128) << (bits - 52 + shift as u32))
    } else {
        (exponent - 1023 + BIAS, one | (fraction as u128) << (bits - 52))
    };
    let top = (exponent as u128) | (negative as u128) << 15;
    let body = if has_one { mantissa | top << (bits + 1) } else { mantissa & (one - 1) | top << bits };
    // SAFETY: as the caller promises.
    unsafe { write(to, body.to_ne_bytes(), false) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_survive_the_way_through_long_doubles() {
        let numbers = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.1,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            -1.23e-310,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        for number in numbers {
            let mut memory = [0u8; 16];
            // SAFETY: the memory is large enough.
            let back = unsafe {
                write_long(memory.as_mut_ptr(), number);
                read_long(memory.as_ptr())
            };
            assert_eq!(back.to_bits(), number.to_bits(), "{number}");
        }
    }
}
