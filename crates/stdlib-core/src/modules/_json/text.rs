//! Strings: quoting and unquoting.

use crate::support::ssize;
use base::text::Wtf8Buf;
use object::slots::R;
use object::{Raised, Ref, Str, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Return a JSON representation of a Python string
    "encode_basestring($module, string, /)" => encode_basestring;
    /// Return an ASCII-only JSON representation of a Python string
    "encode_basestring_ascii($module, string, /)" => encode_basestring_ascii;
    /// scanstring(string, end, strict=True) -> (string, end)
    ///
    /// Scan the string s for a JSON string. End is the index of the character in s after the quote that started the JSON
    /// string. Unescapes all valid JSON string escape sequences and raises ValueError on attempt to decode an invalid
    /// string. If strict is False then literal control characters are allowed in the string.
    ///
    /// Returns a tuple of the decoded string and the index of the character in s after the end quote.
    "scanstring($module, string, end, strict=True, /)" => scanstring;
}}

fn text_arg(vm: &Vm, value: Value) -> Result<Ref<Str>, Raised> {
    match vm.as_str(value) {
        Some(text) => Ok(text),
        None => Err(vm.type_error(format!("first argument must be a string, not {}", vm.type_name(value)))),
    }
}

fn encode_basestring(vm: &Vm, [_module, string]: &[Value; 2]) -> R {
    let mut out = Vec::new();
    quote(text_arg(vm, *string)?, false, &mut out);
    Ok(text_of(vm, &out))
}

fn encode_basestring_ascii(vm: &Vm, [_module, string]: &[Value; 2]) -> R {
    let mut out = Vec::new();
    quote(text_arg(vm, *string)?, true, &mut out);
    Ok(text_of(vm, &out))
}

/// The string that output is.
pub fn text_of(vm: &Vm, out: &[u8]) -> Value {
    // SAFETY: put together from whole strings and ASCII.
    vm.str_wtf8(unsafe { base::text::Wtf8::from_bytes_unchecked(out) }).value()
}

/// Appends a string in quotes.
pub fn quote(string: Ref<Str>, ascii: bool, out: &mut Vec<u8>) {
    let bytes = string.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\' && (!ascii || byte < 0x7F);
    let mut start = 0;
    while let Some(at) = bytes[start..].iter().position(|byte| !plain(*byte)) {
        let at = start + at;
        out.extend_from_slice(&bytes[start..at]);
        let (char, width) = base::text::unit::decode_at(bytes, at).unwrap_or((0xFFFD, 1));
        escape(char, out);
        start = at + width;
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

fn escape(char: u32, out: &mut Vec<u8>) {
    let short = match char {
        0x22 => b'"',
        0x5C => b'\\',
        0x08 => b'b',
        0x0C => b'f',
        0x0A => b'n',
        0x0D => b'r',
        0x09 => b't',
        0x10000.. => {
            let low = char - 0x10000;
            escape(0xD800 + (low >> 10), out);
            return escape(0xDC00 + (low & 0x3FF), out);
        }
        _ => {
            out.extend_from_slice(b"\\u");
            for shift in [12, 8, 4, 0] {
                out.push(b"0123456789abcdef"[(char >> shift & 15) as usize]);
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Raises JSONDecodeError. The position is in bytes.
#[cold]
pub fn decode_error(vm: &Vm, message: &str, text: Ref<Str>, offset: usize) -> Raised {
    let pos = vm.int_usize(text.char_index(vm, offset));
    match vm.import_from("json.decoder", "JSONDecodeError") {
        Ok(class) => vm.raise_call(class, &[vm.str(message).value(), text.value(), pos]),
        Err(raised) => raised,
    }
}

fn scanstring(vm: &Vm, [_module, string, end, strict]: &[Value; 4]) -> R {
    let end = ssize(vm, *end)?;
    let strict = vm.truthy(*strict)?;
    let text = text_arg(vm, *string)?;
    let Some(start) = usize::try_from(end).ok().filter(|end| *end <= text.len()) else {
        return Err(vm.value_error("end is out of bounds"));
    };
    let mut pos = text.byte_offset(vm, start);
    let value = unquote(vm, text, &mut pos, strict)?;
    Ok(vm.tuple(&[value.value(), vm.int_usize(text.char_index(vm, pos))]).value())
}

/// Four hexadecimal digits.
fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..4)?;
    digits.iter().try_fold(0, |value, digit| Some(value << 4 | (*digit as char).to_digit(16)?))
}

/// The string that starts behind a quote at `pos`; `pos` moves behind its end.
pub fn unquote(vm: &Vm, text: Ref<Str>, pos: &mut usize, strict: bool) -> Result<Ref<Str>, Raised> {
    let begin = pos.saturating_sub(1);
    let bytes = text.as_bytes();
    let unterminated = || decode_error(vm, "Unterminated string starting at", text, begin);
    let mut out = Wtf8Buf::new();
    let mut start = *pos;
    loop {
        let special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < b' ';
        let Some(at) = bytes[start..].iter().position(special) else { return Err(unterminated()) };
        let at = start + at;
        let part = start..at;
        match bytes[at] {
            b'"' => {
                *pos = at + 1;
                if out.is_empty() {
                    return Ok(vm.substr(text, part));
                }
                out.push_wtf8(&text.text()[part]);
                return Ok(vm.str_wtf8(&out));
            }
            b'\\' => {
                out.push_wtf8(&text.text()[part]);
                start = unescape(vm, text, at, &mut out)?.ok_or_else(unterminated)?;
            }
            _ if strict => return Err(decode_error(vm, "Invalid control character at", text, at)),
            control => {
                out.push_wtf8(&text.text()[part]);
                out.push(control as char);
                start = at + 1;
            }
        }
    }
}

/// Appends what the escape at `at` stands for. Gives the position behind it, or None where the text ends before.
fn unescape(vm: &Vm, text: Ref<Str>, at: usize, out: &mut Wtf8Buf) -> Result<Option<usize>, Raised> {
    let bytes = text.as_bytes();
    let Some(&byte) = bytes.get(at + 1) else { return Ok(None) };
    let char = match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let digits = at + 2;
            let invalid = |at: usize| decode_error(vm, "Invalid \\uXXXX escape", text, at);
            let Some(high) = hex4(&bytes[digits.min(bytes.len())..]) else { return Err(invalid(at + 1)) };
            let mut behind = digits + 4;
            let mut char = high;
            if (0xD800..0xDC00).contains(&high) && bytes[behind..].starts_with(b"\\u") {
                let Some(low) = hex4(&bytes[behind + 2..]) else { return Err(invalid(behind + 1)) };
                if (0xDC00..0xE000).contains(&low) {
                    char = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    behind += 6;
                }
            }
            out.push_code_point(char);
            return Ok(Some(behind));
        }
        _ => return Err(decode_error(vm, "Invalid \\escape", text, at)),
    };
    out.push(char as char);
    Ok(Some(at + 2))
}
