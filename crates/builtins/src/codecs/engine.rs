//! The codecs that are built in.

use super::errors::Handler;
use base::codec::{
    ByteOrder, decode_ascii, decode_latin1, decode_utf7, decode_utf8, decode_utf16, decode_utf32, encode_ascii,
    encode_latin1, encode_utf7, encode_utf8, encode_utf16, encode_utf32,
};
use base::escape::{
    InvalidEscape, decode_raw_unicode_escape, decode_unicode_escape, encode_raw_unicode_escape, encode_unicode_escape,
};
use base::text::Wtf8Buf;
use object::{Bytes, Raised, Ref, Str, TypeId, Vm};

/// A codec that is built in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Codec {
    Utf8,
    Utf7,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    Latin1,
    Ascii,
    UnicodeEscape,
    RawUnicodeEscape,
}

/// What decoding gave.
#[derive(Clone, Copy, Debug)]
pub struct Decoded {
    /// The text.
    pub text: Ref<Str>,
    /// How many bytes were consumed.
    pub consumed: usize,
    /// The byte order, where a mark told it.
    pub order: ByteOrder,
}

/// The name of an encoding in lower case, runs of what is no letter or digit as one underscore.
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(byte.to_ascii_lowercase() as char);
        } else {
            gap = true;
        }
    }
    out
}

impl Codec {
    /// The codec of a name that is common enough not to be looked up.
    pub fn by_name(name: &str) -> Option<Codec> {
        if name == "utf-8" {
            return Some(Codec::Utf8);
        }
        if name.len() > 12 {
            return None;
        }
        Some(match normalize(name).as_str() {
            "utf_8" | "utf8" => Codec::Utf8,
            "utf_16" | "utf16" => Codec::Utf16(ByteOrder::Mark),
            "utf_32" | "utf32" => Codec::Utf32(ByteOrder::Mark),
            "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => Codec::Latin1,
            "ascii" | "us_ascii" => Codec::Ascii,
            _ => return None,
        })
    }
}

/// Decodes what needs no error handler and no buffer.
pub fn decode_plain(vm: &Vm, codec: Codec, bytes: &[u8]) -> Option<Ref<Str>> {
    if !matches!(codec, Codec::Utf8 | Codec::Latin1 | Codec::Ascii) {
        return None;
    }
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8 of as many code points as bytes.
        return Some(unsafe { vm.str_unchecked(bytes, bytes.len()) });
    }
    match codec {
        Codec::Utf8 => std::str::from_utf8(bytes).ok().map(|text| vm.str(text)),
        Codec::Latin1 => {
            let mut out = Wtf8Buf::with_capacity(bytes.len() + bytes.len() / 2);
            decode_latin1(bytes, &mut out);
            Some(vm.str_wtf8(&out))
        }
        _ => None,
    }
}

/// Decodes. `object` is the bytes object that has the bytes, where there is one: exceptions show it.
pub fn decode_with(
    vm: &Vm,
    codec: Codec,
    bytes: &[u8],
    object: Option<Ref<Bytes>>,
    errors: &str,
    last: bool,
) -> Result<Decoded, Raised> {
    let mut order = ByteOrder::Mark;
    if let Some(text) = decode_plain(vm, codec, bytes) {
        return Ok(Decoded { text, consumed: bytes.len(), order });
    }
    let mut handler = Handler::decoding(vm, errors, object);
    let mut out = Wtf8Buf::new();
    let mut invalid: Option<InvalidEscape> = None;
    let consumed = match codec {
        Codec::Utf8 => decode_utf8(bytes, last, &mut out, &mut handler)?,
        Codec::Utf7 => decode_utf7(bytes, last, &mut out, &mut handler)?,
        Codec::Utf16(wanted) => {
            let (consumed, found) = decode_utf16(bytes, wanted, last, &mut out, &mut handler)?;
            order = found;
            consumed
        }
        Codec::Utf32(wanted) => {
            let (consumed, found) = decode_utf32(bytes, wanted, last, &mut out, &mut handler)?;
            order = found;
            consumed
        }
        Codec::Latin1 => {
            decode_latin1(bytes, &mut out);
            bytes.len()
        }
        Codec::Ascii => decode_ascii(bytes, &mut out, &mut handler)?,
        Codec::UnicodeEscape => {
            let (consumed, found) = decode_unicode_escape(bytes, last, &mut out, &mut handler)?;
            invalid = found;
            consumed
        }
        Codec::RawUnicodeEscape => decode_raw_unicode_escape(bytes, last, &mut out, &mut handler)?,
    };
    if let Some(invalid) = invalid {
        vm.warn(TypeId::DeprecationWarning, &invalid.message(""), 1)?;
    }
    // A handler may have exchanged the input: all of what was passed is consumed then.
    let consumed = if last { bytes.len() } else { consumed };
    Ok(Decoded { text: vm.str_wtf8(&out), consumed, order })
}

/// Encodes.
pub fn encode_with(vm: &Vm, codec: Codec, text: Ref<Str>, errors: &str) -> Result<Ref<Bytes>, Raised> {
    if text.is_ascii() && matches!(codec, Codec::Utf8 | Codec::Latin1 | Codec::Ascii) {
        return Ok(vm.bytes(text.as_bytes()));
    }
    let mut handler = Handler::encoding(vm, errors, text);
    let input = text.text();
    let mut out = Vec::new();
    match codec {
        Codec::Utf8 => return encode_utf8(input, &mut handler).map(|bytes| vm.bytes(&bytes)),
        Codec::Utf7 => encode_utf7(input, &mut out),
        Codec::Utf16(order) => encode_utf16(input, order, &mut out, &mut handler)?,
        Codec::Utf32(order) => encode_utf32(input, order, &mut out, &mut handler)?,
        Codec::Latin1 => encode_latin1(input, &mut out, &mut handler)?,
        Codec::Ascii => encode_ascii(input, &mut out, &mut handler)?,
        Codec::UnicodeEscape => out = encode_unicode_escape(input),
        Codec::RawUnicodeEscape => out = encode_raw_unicode_escape(input),
    }
    Ok(vm.bytes(&out))
}
