//! Methods of ints.

use super::arith::{bit_len, magnitude_bits, round_half_even};
use super::{int_value, this_int};
use crate::support::{format_error, format_settings, format_spec};
use base::number::IntRef;
use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, UBig};
use object::{Int, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static METHODS: {
    /// The number itself: the complex conjugate of an int.
    "conjugate($self, /)" => conjugate [pure];
    /// Number of bits that the absolute value needs in binary.
    ///
    /// >>> (1000).bit_length(), (-8).bit_length()
    /// (10, 4)
    "bit_length($self, /)" => bit_length [pure];
    /// Number of ones in the binary form of the absolute value.
    ///
    /// >>> (-37).bit_count()
    /// 3
    "bit_count($self, /)" => bit_count [pure];
    /// The number as bytes.
    ///
    ///   length
    ///     How many bytes; OverflowError where they do not suffice.
    ///   byteorder
    ///     'big' or 'little': which end comes first.
    ///   signed
    ///     Whether two's complement is used, so that negative numbers can be shown.
    "to_bytes($self, /, length=1, byteorder='big', *, signed=False)" => to_bytes;
    /// The number that bytes show.
    ///
    ///   bytes
    ///     A bytes-like object or an iterable of ints.
    ///   byteorder
    ///     'big' or 'little': which end comes first.
    ///   signed
    ///     Whether two's complement is used.
    "from_bytes($type, /, bytes, byteorder='big', *, signed=False)" => from_bytes [class];
    /// A pair of ints whose ratio is the number: itself and 1.
    ///
    /// >>> (-37).as_integer_ratio()
    /// (-37, 1)
    "as_integer_ratio($self, /)" => as_integer_ratio;
    /// The number itself.
    "__trunc__($self, /)" => conjugate [pure];
    /// The number itself.
    "__floor__($self, /)" => conjugate [pure];
    /// The number itself.
    "__ceil__($self, /)" => conjugate [pure];
    /// Rounds to a multiple of a power of ten, ties to even.
    "__round__($self, ndigits=None, /)" => round;
    "__getnewargs__($self, /)" => getnewargs;
    /// Formats by a format spec.
    "__format__($self, format_spec, /)" => format;
    /// Size in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// True: an int is an integer.
    "is_integer($self, /)" => is_integer [pure];
}}

fn conjugate(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(int_value(vm, this_int(vm, *this)?))
}

fn bit_length(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int_usize(bit_len(this_int(vm, *this)?)))
}

fn bit_count(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(match this_int(vm, *this)? {
        Int::Small(int) => vm.int(int.unsigned_abs().count_ones() as i64),
        Int::Big(big) => vm.int(big.big.as_sign_words().1.iter().map(|word| word.count_ones() as i64).sum()),
    })
}

fn is_big_endian(vm: &Vm, function: &str, order: Value) -> Result<bool, Raised> {
    let Some(order) = vm.as_str(order) else {
        let name = if order.is_none() { String::from("None") } else { vm.type_name(order) };
        return Err(vm.type_error(format!("{function}() argument 'byteorder' must be str, not {name}")));
    };
    match order.as_bytes() {
        b"big" => Ok(true),
        b"little" => Ok(false),
        _ => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn to_bytes(vm: &Vm, [this, length, order, signed]: &[Value; 4]) -> R {
    let length = crate::support::index_size(vm, *length)?;
    let big_endian = is_big_endian(vm, "to_bytes", *order)?;
    let signed = vm.truthy(*signed)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    vm.check_size(Some(length))?;
    let int = this_int(vm, *this)?;
    if int.is_negative() && !signed {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    let mut bytes = vec![0u8; length];
    if let Int::Small(small) = int
        && length >= 8
    {
        let fill = if small < 0 { 0xFF } else { 0 };
        bytes.fill(fill);
        bytes[..8].copy_from_slice(&small.to_le_bytes());
    } else {
        let big = int.to_big();
        let bits = magnitude_bits(&big);
        let available = length as u128 * 8;
        let fits = if signed {
            // The one number of n bits that fits n bits with sign is -2^(n-1).
            (bits as u128) < available
                || bits as u128 == available && big == -(IBig::ONE << bits.saturating_sub(1))
                || bits == 0
        } else {
            bits as u128 <= available
        };
        if !fits {
            return Err(vm.overflow_error("int too big to convert"));
        }
        let magnitude = (&big).unsigned_abs().to_le_bytes();
        bytes[..magnitude.len()].copy_from_slice(&magnitude);
        if big < IBig::ZERO {
            negate(&mut bytes);
        }
    }
    if big_endian {
        bytes.reverse();
    }
    Ok(vm.bytes(&bytes).value())
}

/// The two's complement of little-endian bytes.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        let (value, overflow) = (!*byte).overflowing_add(carry as u8);
        *byte = value;
        carry = overflow;
    }
}

fn from_bytes(vm: &Vm, [class, source, order, signed]: &[Value; 4]) -> R {
    let big_endian = is_big_endian(vm, "from_bytes", *order)?;
    let signed = vm.truthy(*signed)?;
    let mut bytes = if let Some(bytes) = source.cast::<object::Bytes>() {
        bytes.as_slice().to_vec()
    } else {
        object_bytes(vm, *source)?
    };
    if big_endian {
        bytes.reverse();
    }
    let negative = signed && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    if negative {
        negate(&mut bytes);
    }
    let magnitude = IBig::from(UBig::from_le_bytes(&bytes));
    let value = vm.big(if negative { -magnitude } else { magnitude });
    if *class == vm.types[TypeId::Int].value() {
        return Ok(value);
    }
    vm.call(*class, &[value])
}

/// The bytes of a bytes-like object, of `__bytes__`, or of an iterable of ints.
fn object_bytes(vm: &Vm, source: Value) -> Result<Vec<u8>, Raised> {
    if let Some(result) = vm.call_special(source, vm.names.__bytes__, &[]) {
        let result = result?;
        return match vm.as_bytes(result) {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => {
                let name = vm.type_name(result);
                Err(vm.type_error(format!("__bytes__ returned non-bytes (type {name})")))
            }
        };
    }
    if vm.has_buffer(source) {
        return vm.bytes_of(source);
    }
    let iterable = vm.type_of(source).slots().iter.is_some() || vm.type_of(source).slots().getitem.is_some();
    if vm.as_str(source).is_some() || !iterable {
        let name = vm.type_name(source);
        return Err(vm.type_error(format!("cannot convert '{name}' object to bytes")));
    }
    let mut bytes = Vec::new();
    vm.for_each(source, |item| {
        match vm.index(item)?.to_i64().and_then(|int| u8::try_from(int).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(vm.value_error("bytes must be in range(0, 256)")),
        }
        Ok(())
    })?;
    Ok(bytes)
}

fn as_integer_ratio(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.tuple(&[int_value(vm, this_int(vm, *this)?), Value::small(1)]).value())
}

fn round(vm: &Vm, [this, digits]: &[Value; 2]) -> R {
    let int = this_int(vm, *this)?;
    if digits.is_none() {
        return Ok(int_value(vm, int));
    }
    let digits = vm.index(*digits)?;
    round_half_even(vm, int, digits)
}

fn getnewargs(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.tuple(&[int_value(vm, this_int(vm, *this)?)]).value())
}

fn format(vm: &Vm, [this, spec]: &[Value; 2]) -> R {
    let spec = format_spec(vm, *spec)?;
    if spec.is_empty() {
        // `format(True)` is "True": that of a subclass is its text.
        return Ok(vm.to_str(*this)?.value());
    }
    let int = this_int(vm, *this)?;
    let name = vm.type_name(*this);
    let number = match &int {
        Int::Small(small) => IntRef::Small(*small),
        Int::Big(big) => IntRef::Big(&big.big),
    };
    match base::format::format_int(number, spec.text(), &name, &format_settings(vm)) {
        Ok(text) => Ok(vm.str_wtf8(&text).value()),
        Err(error) => Err(format_error(vm, error)),
    }
}

/// `format(value, spec)` of an immediate int or float, for a spec that is not empty.
///
/// # Errors
/// ValueError for specs that do not fit.
pub fn format_number(vm: &Vm, value: Value, spec: Ref<object::Str>) -> R {
    let settings = format_settings(vm);
    let text = match value.as_small() {
        Some(small) => base::format::format_int(IntRef::Small(small), spec.text(), "int", &settings),
        None => base::format::format_float(value.float_unchecked(), spec.text(), "float", &settings),
    };
    match text {
        Ok(text) => Ok(vm.str_wtf8(&text).value()),
        Err(error) => Err(format_error(vm, error)),
    }
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    // As CPython counts: a head of 24 bytes and 4 for each digit of 30 bits.
    let digits = bit_len(this_int(vm, *this)?).div_ceil(30).max(1);
    Ok(vm.int_usize(24 + 4 * digits))
}

fn is_integer(_: &Vm, _: &[Value; 1]) -> R {
    Ok(Value::TRUE)
}
