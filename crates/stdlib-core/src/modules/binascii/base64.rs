//! Base 64.

use super::{error, with_ascii};
use object::slots::R;
use object::{Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Decode a line of base64 data.
    ///
    ///   strict_mode
    ///     When set to True, bytes that are not in the base64 standard are not allowed.
    ///     The same applies to excess data after padding (= / ==).
    "a2b_base64($module, data, /, *, strict_mode=False)" => decode;
    /// Base64-code line of data.
    "b2a_base64($module, data, /, *, newline=True)" => encode;
}}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const VALUES: [u8; 256] = {
    let mut values = [64; 256];
    let mut at = 0;
    while at < 64 {
        values[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    values
};

fn decode_bytes(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    let told = |text: &str| Err(String::from(text));
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut quad, mut pads, mut left) = (0, 0, 0u8);
    for (index, &byte) in data.iter().enumerate() {
        if byte == b'=' {
            match quad {
                _ if !strict => {}
                0 if index == 0 => return told("Leading padding not allowed"),
                0 => return told("Excess padding not allowed"),
                1 => break,
                _ if quad + pads >= 4 => return told("Excess padding not allowed"),
                _ => {}
            }
            pads += 1;
            continue;
        }
        let value = VALUES[byte as usize];
        if value >= 64 {
            if strict {
                return told("Only base64 data is allowed");
            }
            continue;
        }
        if strict && pads > 0 {
            return told(if quad + pads >= 4 {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            });
        }
        pads = 0;
        match quad {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => out.push(left << 6 | value),
        }
        quad = (quad + 1) % 4;
    }
    match quad {
        0 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ if quad + pads < 4 => told("Incorrect padding"),
        _ => Ok(out),
    }
}

fn decode(vm: &Vm, [_module, data, strict]: &[Value; 3]) -> R {
    let strict = vm.truthy(*strict)?;
    with_ascii(vm, *data, |bytes| match decode_bytes(bytes, strict) {
        Ok(out) => Ok(vm.bytes(&out).value()),
        Err(text) => Err(error(vm, text)),
    })
}

fn encode(vm: &Vm, [_module, data, newline]: &[Value; 3]) -> R {
    let newline = vm.truthy(*newline)?;
    vm.with_bytes(*data, |bytes| {
        let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4 + 1);
        for chunk in bytes.chunks(3) {
            let byte = |at: usize| chunk.get(at).copied().unwrap_or(0) as u32;
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let char = |shift: u32| ALPHABET[(bits >> shift & 63) as usize];
            out.push(char(18));
            out.push(char(12));
            out.push(if chunk.len() > 1 { char(6) } else { b'=' });
            out.push(if chunk.len() > 2 { char(0) } else { b'=' });
        }
        if newline {
            out.push(b'\n');
        }
        vm.bytes(&out).value()
    })
}
