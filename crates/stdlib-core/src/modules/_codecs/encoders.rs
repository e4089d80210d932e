//! Encoders: each gives the bytes and the number of characters that were encoded.

use super::{errors_argument, text_argument};
use builtins::codecs::{self, ByteOrder, Codec};
use heap::Value;
use object::{R, Raised, Vm, natives};

natives! { pub(super) static FUNCTIONS: {
    /// Encode as UTF-8.
    "utf_8_encode(str, errors=None, /)" => utf_8_encode;
    /// Encode as UTF-7.
    "utf_7_encode(str, errors=None, /)" => utf_7_encode;
    /// Encode as UTF-16, little-endian.
    "utf_16_le_encode(str, errors=None, /)" => utf_16_le_encode;
    /// Encode as UTF-16, big-endian.
    "utf_16_be_encode(str, errors=None, /)" => utf_16_be_encode;
    /// Encode as UTF-32, little-endian.
    "utf_32_le_encode(str, errors=None, /)" => utf_32_le_encode;
    /// Encode as UTF-32, big-endian.
    "utf_32_be_encode(str, errors=None, /)" => utf_32_be_encode;
    /// Encode as Latin-1.
    "latin_1_encode(str, errors=None, /)" => latin_1_encode;
    /// Encode as ASCII.
    "ascii_encode(str, errors=None, /)" => ascii_encode;
    /// Encode as ASCII with backslash escapes.
    "unicode_escape_encode(str, errors=None, /)" => unicode_escape_encode;
    /// Encode as Latin-1 with escapes of the form \uXXXX.
    "raw_unicode_escape_encode(str, errors=None, /)" => raw_unicode_escape_encode;
    /// Encode as UTF-16: with a byte order mark for byteorder 0, little-endian below, big-endian above.
    "utf_16_encode(str, errors=None, byteorder=0, /)" => utf_16_encode;
    /// Encode as UTF-32: with a byte order mark for byteorder 0, little-endian below, big-endian above.
    "utf_32_encode(str, errors=None, byteorder=0, /)" => utf_32_encode;
    /// Encode by a mapping from code points to bytes.
    "charmap_encode(str, errors=None, mapping=None, /)" => charmap_encode;
    /// Turn a decoding table around.
    "charmap_build(map, /)" => charmap_build;
    /// Escape bytes as repr() does.
    "escape_encode(data, errors=None, /)" => escape_encode;
    /// Return the bytes of a bytes-like object, or the UTF-8 of a string.
    "readbuffer_encode(data, errors=None, /)" => readbuffer_encode;
}}

fn pair(vm: &Vm, bytes: Value, consumed: usize) -> R {
    Ok(vm.tuple(&[bytes, vm.int_usize(consumed)]).value())
}

fn encode(vm: &Vm, name: &str, codec: Codec, text: Value, errors: Value) -> R {
    let text = text_argument(vm, text, name)?;
    let errors = errors_argument(vm, errors, name)?;
    let bytes = codecs::encode_with(vm, codec, text, &errors)?;
    pair(vm, bytes.value(), text.len())
}

macro_rules! encoders {
    ($($name:ident = $codec:expr;)*) => {$(
        fn $name(vm: &Vm, [text, errors]: &[Value; 2]) -> R {
            encode(vm, stringify!($name), $codec, *text, *errors)
        }
    )*};
}

encoders! {
    utf_8_encode = Codec::Utf8;
    utf_7_encode = Codec::Utf7;
    utf_16_le_encode = Codec::Utf16(ByteOrder::Little);
    utf_16_be_encode = Codec::Utf16(ByteOrder::Big);
    utf_32_le_encode = Codec::Utf32(ByteOrder::Little);
    utf_32_be_encode = Codec::Utf32(ByteOrder::Big);
    latin_1_encode = Codec::Latin1;
    ascii_encode = Codec::Ascii;
    unicode_escape_encode = Codec::UnicodeEscape;
    raw_unicode_escape_encode = Codec::RawUnicodeEscape;
}

fn order(vm: &Vm, value: Value) -> Result<ByteOrder, Raised> {
    Ok(match vm.index_i32(value)? {
        0 => ByteOrder::Mark,
        int if int < 0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    })
}

fn utf_16_encode(vm: &Vm, [text, errors, byte_order]: &[Value; 3]) -> R {
    encode(vm, "utf_16_encode", Codec::Utf16(order(vm, *byte_order)?), *text, *errors)
}

fn utf_32_encode(vm: &Vm, [text, errors, byte_order]: &[Value; 3]) -> R {
    encode(vm, "utf_32_encode", Codec::Utf32(order(vm, *byte_order)?), *text, *errors)
}

fn charmap_encode(vm: &Vm, [text, errors, mapping]: &[Value; 3]) -> R {
    let text = text_argument(vm, *text, "charmap_encode")?;
    let errors = errors_argument(vm, *errors, "charmap_encode")?;
    let bytes = codecs::charmap_encode(vm, text, &errors, *mapping)?;
    pair(vm, bytes.value(), text.len())
}

fn charmap_build(vm: &Vm, [map]: &[Value; 1]) -> R {
    match vm.as_str(*map) {
        Some(map) => codecs::charmap_build(vm, map),
        None => {
            let class = super::shown_class(vm, *map);
            Err(vm.type_error(format!("charmap_build() argument must be str, not {class}")))
        }
    }
}

fn escape_encode(vm: &Vm, [data, errors]: &[Value; 2]) -> R {
    errors_argument(vm, *errors, "escape_encode")?;
    let Some(bytes) = vm.as_bytes(*data) else {
        let class = super::shown_class(vm, *data);
        return Err(vm.type_error(format!("escape_encode() argument 1 must be bytes, not {class}")));
    };
    let escaped = base::escape::escape_encode_bytes(bytes.as_slice());
    pair(vm, vm.bytes(&escaped).value(), bytes.len())
}

fn readbuffer_encode(vm: &Vm, [data, errors]: &[Value; 2]) -> R {
    errors_argument(vm, *errors, "readbuffer_encode")?;
    let bytes = match vm.as_str(*data) {
        Some(text) => codecs::encode_with(vm, Codec::Utf8, text, "strict")?,
        None => vm.bytes(&vm.bytes_of(*data)?),
    };
    pair(vm, bytes.value(), bytes.len())
}
