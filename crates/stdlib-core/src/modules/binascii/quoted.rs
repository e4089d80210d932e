//! Quoted-printable.

use super::hex::digit;
use super::with_ascii;
use object::slots::R;
use object::{Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Decode a string of qp-encoded data.
    "a2b_qp($module, /, data, header=False)" => decode;
    /// Encode a string using quoted-printable encoding.
    ///
    /// On encoding, when istext is set, newlines are not encoded, and white space at end of lines is.  When istext is not
    /// set, \r and \n (CR/LF) are both encoded.  When quotetabs is set, space and tabs are encoded.
    "b2a_qp($module, /, data, quotetabs=False, istext=True, header=False)" => encode;
}}

/// Lines are no longer than this.
const LINE: usize = 76;

fn decode(vm: &Vm, [_module, data, header]: &[Value; 3]) -> R {
    let header = vm.truthy(*header)?;
    with_ascii(vm, *data, |bytes| {
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            at += 1;
            if byte != b'=' {
                out.push(if header && byte == b'_' { b' ' } else { byte });
                continue;
            }
            match bytes.get(at..) {
                None | Some([]) => break,
                // A soft line break.
                Some([b'\n', ..]) => at += 1,
                Some(rest @ [b'\r', ..]) => at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1),
                Some([b'=', ..]) => {
                    out.push(b'=');
                    at += 1;
                }
                Some([high, low, ..]) if digit(*high).is_some() && digit(*low).is_some() => {
                    out.push(digit(*high).unwrap_or(0) << 4 | digit(*low).unwrap_or(0));
                    at += 2;
                }
                Some(_) => out.push(b'='),
            }
        }
        Ok(vm.bytes(&out).value())
    })
}

fn push_hex(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&[b'=', b"0123456789ABCDEF"[(byte >> 4) as usize], b"0123456789ABCDEF"[(byte & 15) as usize]]);
}

fn encode_bytes(data: &[u8], quote_tabs: bool, is_text: bool, header: bool) -> Vec<u8> {
    // Line ends are those of the first line.
    let newline: &[u8] = match memchr::memchr(b'\n', data) {
        Some(at) if at > 0 && data[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    };
    let mut out = Vec::with_capacity(data.len() * 2);
    let (mut at, mut line) = (0, 0);
    while at < data.len() {
        let byte = data[at];
        let next = data.get(at + 1).copied();
        let quoted = byte > 126
            || byte == b'='
            || (header && byte == b'_')
            || (byte == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!is_text && matches!(byte, b'\r' | b'\n'))
            || (matches!(byte, b'\t' | b' ') && next.is_none())
            || (byte < 33
                && !matches!(byte, b'\r' | b'\n')
                && (quote_tabs || !matches!(byte, b'\t' | b' ')));
        if quoted {
            if line + 3 >= LINE {
                out.push(b'=');
                out.extend_from_slice(newline);
                line = 0;
            }
            push_hex(&mut out, byte);
            line += 3;
            at += 1;
        } else if is_text && (byte == b'\n' || (byte == b'\r' && next == Some(b'\n'))) {
            line = 0;
            // White space at the end of a line would be lost.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                push_hex(&mut out, last);
            }
            out.extend_from_slice(newline);
            at += if byte == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some_and(|next| next != b'\n') && line + 1 >= LINE {
                out.push(b'=');
                out.extend_from_slice(newline);
                line = 0;
            }
            line += 1;
            out.push(if header && byte == b' ' { b'_' } else { byte });
            at += 1;
        }
    }
    out
}

fn encode(vm: &Vm, [_module, data, quote_tabs, is_text, header]: &[Value; 5]) -> R {
    let (quote_tabs, is_text, header) = (vm.truthy(*quote_tabs)?, vm.truthy(*is_text)?, vm.truthy(*header)?);
    vm.with_bytes(*data, |bytes| vm.bytes(&encode_bytes(bytes, quote_tabs, is_text, header)).value())
}
