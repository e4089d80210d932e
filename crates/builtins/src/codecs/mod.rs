//! Encoding and decoding: the codecs that are built in, error handlers, and the registry behind the module `codecs`.
//!
//! `str.encode` and `bytes.decode` come here. The names of the most common encodings are known; all others are looked up
//! in the registry, which Python code fills.

mod charmap;
mod engine;
mod errors;
mod handlers;
mod registry;

use heap::Value;
use object::{R, Raised, Ref, Str, ValueExt, Vm};

pub use base::codec::ByteOrder;
pub use charmap::{ENCODING_MAP_TYPE, EncodingMapData, charmap_build, charmap_decode, charmap_encode};
pub use engine::{Codec, Decoded, decode_with, encode_with};
pub use errors::{Handler, decode_error, encode_error};
pub use registry::{
    decode_object, encode_object, lookup, lookup_error, lookup_value, register, register_error, unregister,
    unregister_error,
};

/// Encodes a string: gives bytes.
pub fn encode(vm: &Vm, text: Ref<Str>, encoding: &str, errors: &str) -> R {
    check_names(vm, encoding, errors)?;
    match Codec::by_name(encoding) {
        Some(codec) => encode_with(vm, codec, text, errors).map(Ref::value),
        None => registry::encode_text(vm, text, encoding, errors),
    }
}

/// Decodes a bytes-like object: gives a str.
pub fn decode(vm: &Vm, data: Value, encoding: &str, errors: &str) -> R {
    check_names(vm, encoding, errors)?;
    let Some(codec) = Codec::by_name(encoding) else {
        return registry::decode_text(vm, data, encoding, errors);
    };
    if let Some(text) = vm.with_bytes(data, |bytes| engine::decode_plain(vm, codec, bytes))? {
        return Ok(text.value());
    }
    decode_value(vm, codec, data, errors, true).map(|decoded| decoded.text.value())
}

/// Decodes a bytes-like object by a built-in codec. Without `last` what is incomplete at the end is left.
pub fn decode_value(vm: &Vm, codec: Codec, data: Value, errors: &str, last: bool) -> Result<Decoded, Raised> {
    // Error handlers may change what is not immutable, so they get to see a copy.
    match vm.as_bytes(data) {
        Some(bytes) => decode_with(vm, codec, bytes.as_slice(), Some(bytes), errors, last),
        None => decode_with(vm, codec, &vm.bytes_of(data)?, None, errors, last),
    }
}

/// The name of an encoding or error handler that was passed as an argument; `default` where none was.
pub fn name_argument(vm: &Vm, value: Value, default: &str, function: &str, parameter: &str) -> Result<String, Raised> {
    if value.is_unbound() {
        return Ok(default.to_string());
    }
    let Some(name) = vm.as_str(value) else {
        let class = if value.is_none() { "None".to_string() } else { vm.type_name(value) };
        return Err(vm.type_error(format!("{function}() argument '{parameter}' must be str, not {class}")));
    };
    match name.as_str() {
        Some(name) if name.contains('\0') => Err(vm.value_error("embedded null character")),
        Some(name) => Ok(name.to_string()),
        None => {
            // Raises UnicodeEncodeError: names are passed on as UTF-8.
            encode_with(vm, Codec::Utf8, name, "strict")?;
            Ok(default.to_string())
        }
    }
}

/// Are the arguments such that plain text needs no further look at them: "utf-8", and any error handler?
pub fn is_plain_utf8(vm: &Vm, encoding: Value, errors: Value) -> bool {
    let is_utf8 = vm.as_str(encoding).is_some_and(|name| name.as_bytes() == b"utf-8");
    is_utf8 && vm.as_str(errors).is_some() && !vm.config.dev_mode
}

/// In development mode names are looked up also where they would not be needed.
fn check_names(vm: &Vm, encoding: &str, errors: &str) -> Result<(), Raised> {
    if vm.config.dev_mode {
        if Codec::by_name(encoding).is_none() {
            registry::lookup(vm, encoding)?;
        }
        if base::codec::Builtin::from_name(errors).is_none() {
            registry::lookup_error(vm, errors)?;
        }
    }
    Ok(())
}

/// The text of bytes that are UTF-8; None where they are not.
pub fn plain_utf8(vm: &Vm, bytes: &[u8]) -> Option<Ref<Str>> {
    engine::decode_plain(vm, Codec::Utf8, bytes)
}

/// The UTF-8 text of a string for the system; UnicodeEncodeError where it has surrogates.
pub fn utf8<'a>(vm: &Vm, text: &'a Str) -> Result<&'a str, Raised> {
    match text.as_str() {
        Some(text) => Ok(text),
        None => {
            let copy = vm.str_wtf8(text.text());
            match encode_with(vm, Codec::Utf8, copy, "strict") {
                Err(raised) => Err(raised),
                Ok(_) => Err(vm.system_error("a string with surrogates was encoded")),
            }
        }
    }
}

/// Is it a bytes object, to be decoded without a copy?
pub(crate) fn is_bytes(value: Value) -> bool {
    value.cast::<object::Bytes>().is_some()
}
