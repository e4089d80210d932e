//! Decoders: each gives the string and the number of bytes that were decoded.

use super::errors_argument;
use base::escape::{EscapeErrors, escape_decode_bytes};
use builtins::codecs::{self, ByteOrder, Codec, Decoded};
use heap::Value;
use object::{R, Raised, TypeId, Vm, natives};

natives! { pub(super) static FUNCTIONS: {
    /// Decode UTF-8. What is incomplete at the end is left unless final is true.
    "utf_8_decode(data, errors=None, final=False, /)" => utf_8_decode;
    /// Decode UTF-7. What is incomplete at the end is left unless final is true.
    "utf_7_decode(data, errors=None, final=False, /)" => utf_7_decode;
    /// Decode UTF-16. What is incomplete at the end is left unless final is true.
    "utf_16_decode(data, errors=None, final=False, /)" => utf_16_decode;
    /// Decode UTF-16, little-endian. What is incomplete at the end is left unless final is true.
    "utf_16_le_decode(data, errors=None, final=False, /)" => utf_16_le_decode;
    /// Decode UTF-16, big-endian. What is incomplete at the end is left unless final is true.
    "utf_16_be_decode(data, errors=None, final=False, /)" => utf_16_be_decode;
    /// Decode UTF-32. What is incomplete at the end is left unless final is true.
    "utf_32_decode(data, errors=None, final=False, /)" => utf_32_decode;
    /// Decode UTF-32, little-endian. What is incomplete at the end is left unless final is true.
    "utf_32_le_decode(data, errors=None, final=False, /)" => utf_32_le_decode;
    /// Decode UTF-32, big-endian. What is incomplete at the end is left unless final is true.
    "utf_32_be_decode(data, errors=None, final=False, /)" => utf_32_be_decode;
    /// Decode UTF-16 of a byte order: also gives the byte order that was found, 0 for none so far.
    "utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)" => utf_16_ex_decode;
    /// Decode UTF-32 of a byte order: also gives the byte order that was found, 0 for none so far.
    "utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)" => utf_32_ex_decode;
    /// Decode Latin-1.
    "latin_1_decode(data, errors=None, /)" => latin_1_decode;
    /// Decode ASCII.
    "ascii_decode(data, errors=None, /)" => ascii_decode;
    /// Decode Latin-1 with backslash escapes.
    "unicode_escape_decode(data, errors=None, final=True, /)" => unicode_escape_decode;
    /// Decode Latin-1 with escapes of the form \uXXXX.
    "raw_unicode_escape_decode(data, errors=None, final=True, /)" => raw_unicode_escape_decode;
    /// Decode by a string or a mapping from bytes to characters.
    "charmap_decode(data, errors=None, mapping=None, /)" => charmap_decode;
    /// Undo backslash escapes: gives bytes.
    "escape_decode(data, errors=None, /)" => escape_decode;
}}

fn decode(vm: &Vm, name: &str, codec: Codec, data: Value, errors: Value, last: bool) -> Result<Decoded, Raised> {
    let errors = errors_argument(vm, errors, name)?;
    codecs::decode_value(vm, codec, data, &errors, last)
}

fn pair(vm: &Vm, decoded: Decoded) -> R {
    Ok(vm.tuple(&[decoded.text.value(), vm.int_usize(decoded.consumed)]).value())
}

macro_rules! decoders {
    ($($name:ident = $codec:expr;)*) => {$(
        fn $name(vm: &Vm, [data, errors, last]: &[Value; 3]) -> R {
            let last = vm.truthy(*last)?;
            pair(vm, decode(vm, stringify!($name), $codec, *data, *errors, last)?)
        }
    )*};
}

decoders! {
    utf_8_decode = Codec::Utf8;
    utf_7_decode = Codec::Utf7;
    utf_16_decode = Codec::Utf16(ByteOrder::Mark);
    utf_16_le_decode = Codec::Utf16(ByteOrder::Little);
    utf_16_be_decode = Codec::Utf16(ByteOrder::Big);
    utf_32_decode = Codec::Utf32(ByteOrder::Mark);
    utf_32_le_decode = Codec::Utf32(ByteOrder::Little);
    utf_32_be_decode = Codec::Utf32(ByteOrder::Big);
}

/// A byte order as a number, and the other way round.
fn order(number: i32) -> ByteOrder {
    match number {
        0 => ByteOrder::Mark,
        number if number < 0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    }
}

fn decode_ordered(vm: &Vm, name: &str, codec: fn(ByteOrder) -> Codec, args: &[Value; 4]) -> R {
    let [data, errors, byte_order, last] = *args;
    let wanted = vm.index_i32(byte_order)?;
    let last = vm.truthy(last)?;
    let decoded = decode(vm, name, codec(order(wanted)), data, errors, last)?;
    let found = match decoded.order {
        _ if wanted != 0 => wanted as i64,
        ByteOrder::Mark => 0,
        ByteOrder::Little => -1,
        ByteOrder::Big => 1,
    };
    Ok(vm.tuple(&[decoded.text.value(), vm.int_usize(decoded.consumed), Value::small(found)]).value())
}

fn utf_16_ex_decode(vm: &Vm, args: &[Value; 4]) -> R {
    decode_ordered(vm, "utf_16_ex_decode", Codec::Utf16, args)
}

fn utf_32_ex_decode(vm: &Vm, args: &[Value; 4]) -> R {
    decode_ordered(vm, "utf_32_ex_decode", Codec::Utf32, args)
}

fn latin_1_decode(vm: &Vm, [data, errors]: &[Value; 2]) -> R {
    pair(vm, decode(vm, "latin_1_decode", Codec::Latin1, *data, *errors, true)?)
}

fn ascii_decode(vm: &Vm, [data, errors]: &[Value; 2]) -> R {
    pair(vm, decode(vm, "ascii_decode", Codec::Ascii, *data, *errors, true)?)
}

/// A bytes-like object, or the UTF-8 of a string.
fn bytes_or_text(vm: &Vm, data: Value) -> R {
    match vm.as_str(data) {
        Some(text) => codecs::encode_with(vm, Codec::Utf8, text, "strict").map(|bytes| bytes.value()),
        None => Ok(data),
    }
}

fn unicode_escape_decode(vm: &Vm, [data, errors, last]: &[Value; 3]) -> R {
    let data = bytes_or_text(vm, *data)?;
    let last = vm.truthy(*last)?;
    pair(vm, decode(vm, "unicode_escape_decode", Codec::UnicodeEscape, data, *errors, last)?)
}

fn raw_unicode_escape_decode(vm: &Vm, [data, errors, last]: &[Value; 3]) -> R {
    let data = bytes_or_text(vm, *data)?;
    let last = vm.truthy(*last)?;
    pair(vm, decode(vm, "raw_unicode_escape_decode", Codec::RawUnicodeEscape, data, *errors, last)?)
}

fn charmap_decode(vm: &Vm, [data, errors, mapping]: &[Value; 3]) -> R {
    let errors = errors_argument(vm, *errors, "charmap_decode")?;
    let (text, len) = match vm.as_bytes(*data) {
        Some(bytes) => (codecs::charmap_decode(vm, bytes.as_slice(), Some(bytes), &errors, *mapping)?, bytes.len()),
        None => {
            let bytes = vm.bytes_of(*data)?;
            (codecs::charmap_decode(vm, &bytes, None, &errors, *mapping)?, bytes.len())
        }
    };
    Ok(vm.tuple(&[text.value(), vm.int_usize(len)]).value())
}

fn escape_decode(vm: &Vm, [data, errors]: &[Value; 2]) -> R {
    let errors = errors_argument(vm, *errors, "escape_decode")?;
    let handler = match errors.as_str() {
        "strict" => Some(EscapeErrors::Strict),
        "replace" => Some(EscapeErrors::Replace),
        "ignore" => Some(EscapeErrors::Ignore),
        _ => None,
    };
    let bytes = vm.bytes_of(bytes_or_text(vm, *data)?)?;
    let result = match (escape_decode_bytes(&bytes, handler.unwrap_or(EscapeErrors::Strict)), handler) {
        (Err(base::escape::BytesEscapeError::InvalidHex(_)), None) => {
            return Err(vm.value_error(format!("decoding error; unknown error handling code: {errors}")));
        }
        (Err(error), _) => return Err(vm.value_error(error.message())),
        (Ok(result), _) => result,
    };
    if let Some(invalid) = result.1 {
        vm.warn(TypeId::DeprecationWarning, &invalid.message("b"), 1)?;
    }
    Ok(vm.tuple(&[vm.bytes(&result.0).value(), vm.int_usize(bytes.len())]).value())
}
