//! Lines of uuencoded data.

use super::{error, with_ascii};
use object::slots::R;
use object::{Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Decode a line of uuencoded data.
    "a2b_uu($module, data, /)" => decode;
    /// Uuencode line of data.
    "b2a_uu($module, data, /, *, backtick=False)" => encode;
}}

fn decode_line(data: &[u8]) -> Result<Vec<u8>, &'static str> {
    let Some((&length, rest)) = data.split_first() else { return Err("Missing length byte") };
    let length = (length.wrapping_sub(b' ') & 63) as usize;
    let mut out = Vec::with_capacity(length);
    let (mut bits, mut held) = (0u32, 0);
    let mut bytes = rest.iter().peekable();
    let mut ended = false;
    while out.len() < length {
        // What is missing at the end is taken for spaces.
        let value = match bytes.peek() {
            Some(byte) if !ended && !matches!(**byte, b'\n' | b'\r') => {
                if !(b' '..=b' ' + 64).contains(*byte) {
                    return Err("Illegal char");
                }
                let value = (**byte - b' ') & 63;
                bytes.next();
                value
            }
            _ => {
                ended = true;
                0
            }
        };
        bits = bits << 6 | value as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    if bytes.any(|byte| !matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        return Err("Trailing garbage");
    }
    Ok(out)
}

fn decode(vm: &Vm, [_module, data]: &[Value; 2]) -> R {
    with_ascii(vm, *data, |bytes| match decode_line(bytes) {
        Ok(out) => Ok(vm.bytes(&out).value()),
        Err(text) => Err(error(vm, text)),
    })
}

fn encode(vm: &Vm, [_module, data, backtick]: &[Value; 3]) -> R {
    let backtick = vm.truthy(*backtick)?;
    vm.with_bytes(*data, |bytes| {
        if bytes.len() > 45 {
            return Err(error(vm, "At most 45 bytes at once"));
        }
        let char = |value: u32| match value & 63 {
            0 if backtick => b'`',
            value => value as u8 + b' ',
        };
        let mut out = vec![char(bytes.len() as u32)];
        for chunk in bytes.chunks(3) {
            let byte = |at: usize| chunk.get(at).copied().unwrap_or(0) as u32;
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            out.extend([18, 12, 6, 0].map(|shift| char(bits >> shift)));
        }
        out.push(b'\n');
        Ok(vm.bytes(&out).value())
    })?
}
