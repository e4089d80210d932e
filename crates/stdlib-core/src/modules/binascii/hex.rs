//! Hexadecimal digits.

use super::{error, with_ascii};
use object::slots::R;
use object::{Raised, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Hexadecimal representation of binary data.
    ///
    ///   sep
    ///     An optional single character or byte to separate hex bytes.
    ///   bytes_per_sep
    ///     How many bytes between separators.  Positive values count from the right, negative values count from the left.
    "b2a_hex($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)" => hexlify;
    /// Hexadecimal representation of binary data.
    ///
    ///   sep
    ///     An optional single character or byte to separate hex bytes.
    ///   bytes_per_sep
    ///     How many bytes between separators.  Positive values count from the right, negative values count from the left.
    "hexlify($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)" => hexlify;
    /// Binary data of hexadecimal representation.
    ///
    /// hexstr must contain an even number of hex digits (upper or lower case).
    "a2b_hex($module, hexstr, /)" => unhexlify;
    /// Binary data of hexadecimal representation.
    ///
    /// hexstr must contain an even number of hex digits (upper or lower case).
    "unhexlify($module, hexstr, /)" => unhexlify;
}}

/// The separator as a byte.
fn separator(vm: &Vm, sep: Value) -> Result<u8, Raised> {
    let wrong = || vm.value_error("sep must be length 1.");
    if let Some(text) = vm.as_str(sep) {
        if text.len() != 1 {
            return Err(wrong());
        }
        return u8::try_from(text.char_at(vm, 0)).map_err(|_| vm.value_error("sep must be ASCII."));
    }
    if vm.len(sep)? != 1 {
        return Err(wrong());
    }
    match vm.as_bytes(sep) {
        Some(bytes) => bytes.as_slice().first().copied().ok_or_else(wrong),
        None => Err(vm.type_error("sep must be str or bytes.")),
    }
}

fn hexlify(vm: &Vm, [_module, data, sep, per_sep]: &[Value; 4]) -> R {
    let per_sep = vm.index_i32(*per_sep)?;
    let sep = if sep.is_unbound() { None } else { Some(separator(vm, *sep)?) };
    vm.with_bytes(*data, |bytes| {
        let group = per_sep.unsigned_abs() as usize;
        let mut out = Vec::with_capacity(bytes.len() * 2 + bytes.len() / group.max(1));
        for (index, byte) in bytes.iter().enumerate() {
            if let Some(sep) = sep
                && group > 0
                && index > 0
            {
                // Groups are counted from the right, unless the number is negative.
                let place = if per_sep > 0 { bytes.len() - index } else { index };
                if place % group == 0 {
                    out.push(sep);
                }
            }
            out.push(b"0123456789abcdef"[(byte >> 4) as usize]);
            out.push(b"0123456789abcdef"[(byte & 15) as usize]);
        }
        vm.bytes(&out).value()
    })
}

/// The value of a hexadecimal digit.
pub fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

fn unhexlify(vm: &Vm, [_module, text]: &[Value; 2]) -> R {
    with_ascii(vm, *text, |bytes| {
        if bytes.len() % 2 == 1 {
            return Err(error(vm, "Odd-length string"));
        }
        let pairs = bytes.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
        match pairs.collect::<Option<Vec<u8>>>() {
            Some(out) => Ok(vm.bytes(&out).value()),
            None => Err(error(vm, "Non-hexadecimal digit found")),
        }
    })
}
