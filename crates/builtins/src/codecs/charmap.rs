//! Encodings of one byte a character whose table is a Python object.

use super::errors::Handler;
use base::codec::{
    CharmapChar, CharmapCode, EncodingMap, decode_charmap, decode_charmap_with, decode_latin1, encode_charmap,
    encode_charmap_with, encode_latin1,
};
use base::text::Wtf8Buf;
use heap::{Tracer, Value};
use object::layout::native::NativeData;
use object::layout::type_object::type_flags;
use object::{Bytes, R, Raised, Ref, Str, TypeDef, TypeId, Vm, natives};

/// The data of `EncodingMap`, what `codecs.charmap_build` makes.
pub struct EncodingMapData(pub EncodingMap);

impl NativeData for EncodingMapData {
    fn trace(&self, _: &mut Tracer) {}
}

/// The class `EncodingMap`. It has no name that Python code could reach it by.
pub static ENCODING_MAP_TYPE: TypeDef =
    TypeDef { name: "EncodingMap", flags: type_flags::NO_NEW, methods: &[METHODS], ..TypeDef::DEFAULT };

natives! { static METHODS: {
    /// Return the size (in bytes) of this object.
    "size($self, /)" => map_size;
}}

fn map_size(vm: &Vm, [this]: &[Value; 1]) -> R {
    let count = vm.as_native::<EncodingMapData>(*this).map_or(0, |map| map.0.iter().count());
    Ok(vm.int_usize(64 + 4 * count))
}

const CLASS: &str = "codecs.EncodingMap";

fn map_class(vm: &Vm) -> Ref<object::TypeObj> {
    use object::ValueExt;
    if let Some(class) = vm.state_value(CLASS).and_then(|class| class.cast()) {
        return class;
    }
    let class = vm.make_type(&ENCODING_MAP_TYPE);
    vm.set_state(CLASS, class.value());
    class
}

/// `codecs.charmap_build`: turns a decoding table around. Tables that do not start with U+0000, or have characters
/// beyond the first plane, give a dict.
pub fn charmap_build(vm: &Vm, table: Ref<Str>) -> R {
    let mut chars = table.text().chars().take(256);
    let plain = chars.next() == Some(0) && chars.all(|char| char != 0 && char <= 0xFFFF);
    if plain {
        let map = EncodingMap::new(table.text());
        return Ok(vm.native(map_class(vm), EncodingMapData(map)).value());
    }
    let dict = vm.dict();
    for (byte, char) in table.text().chars().take(256).enumerate() {
        dict.insert(vm, Value::small(char as i64), Value::small(byte as i64))?;
    }
    Ok(dict.value())
}

/// Looks a number up in a mapping; None where there is no entry.
fn look_up(vm: &Vm, mapping: Value, key: u32) -> Result<Value, Raised> {
    match vm.getitem(mapping, Value::small(key as i64)) {
        Ok(found) => Ok(found),
        Err(raised) => vm.catch(raised, TypeId::LookupError).map(|_| Value::NONE),
    }
}

/// `codecs.charmap_decode`: by a string, or by a mapping from bytes to strings, numbers or None.
pub fn charmap_decode(
    vm: &Vm,
    bytes: &[u8],
    object: Option<Ref<Bytes>>,
    errors: &str,
    mapping: Value,
) -> Result<Ref<Str>, Raised> {
    let mut out = Wtf8Buf::new();
    if mapping.is_none() {
        decode_latin1(bytes, &mut out);
        return Ok(vm.str_wtf8(&out));
    }
    let mut handler = Handler::decoding(vm, errors, object);
    if let Some(table) = vm.as_str(mapping) {
        let table: Vec<u32> = table.text().chars().take(256).collect();
        decode_charmap(bytes, &table, &mut out, &mut handler)?;
        return Ok(vm.str_wtf8(&out));
    }
    decode_charmap_with(bytes, &mut out, &mut handler, |byte| {
        let found = look_up(vm, mapping, byte as u32)?;
        if found.is_none() {
            return Ok(CharmapChar::Undefined);
        }
        if let Some(int) = vm.as_int(found) {
            return match int.to_i64().and_then(|int| u32::try_from(int).ok()) {
                Some(0xFFFE) => Ok(CharmapChar::Undefined),
                Some(char @ 0..=0x10_FFFF) => Ok(CharmapChar::Char(char)),
                _ => Err(vm.type_error("character mapping must be in range(0x110000)")),
            };
        }
        match vm.as_str(found) {
            Some(text) if text.text() == "\u{FFFE}" => Ok(CharmapChar::Undefined),
            Some(text) => Ok(CharmapChar::Text(text.text().to_wtf8_buf())),
            None => Err(vm.type_error("character mapping must return integer, None or str")),
        }
    })?;
    Ok(vm.str_wtf8(&out))
}

/// `codecs.charmap_encode`: by an EncodingMap, or a mapping from numbers to bytes, numbers or None.
pub fn charmap_encode(vm: &Vm, text: Ref<Str>, errors: &str, mapping: Value) -> Result<Ref<Bytes>, Raised> {
    let mut out = Vec::new();
    let mut handler = Handler::encoding(vm, errors, text);
    let input = text.text();
    if mapping.is_none() {
        encode_latin1(input, &mut out, &mut handler)?;
    } else if let Some(map) = vm.as_native::<EncodingMapData>(mapping) {
        encode_charmap(input, &map.0, &mut out, &mut handler)?;
    } else {
        // What the mapping itself raises must not be hidden by the error of encoding that follows from it.
        let failed = std::cell::Cell::new(Value::UNBOUND);
        let note = |raised: Raised| {
            if failed.get().is_unbound() {
                failed.set(vm.pending_exception(raised));
            }
            raised
        };
        let result = encode_charmap_with(input, &mut out, &mut handler, |char| {
            let found = look_up(vm, mapping, char).map_err(note)?;
            if found.is_none() {
                return Ok(CharmapCode::Undefined);
            }
            if let Some(int) = vm.as_int(found) {
                return match int.to_i64().and_then(|int| u8::try_from(int).ok()) {
                    Some(byte) => Ok(CharmapCode::Byte(byte)),
                    None => Err(note(vm.type_error("character mapping must be in range(256)"))),
                };
            }
            match vm.as_bytes(found) {
                Some(bytes) => Ok(CharmapCode::Bytes(bytes.as_slice().to_vec())),
                None => {
                    let class = vm.type_name(found);
                    let text = format!("character mapping must return integer, bytes or None, not {class}");
                    Err(note(vm.type_error(text)))
                }
            }
        });
        if let Some(exception) = failed.get().bound() {
            return Err(vm.raise_again(exception));
        }
        result?;
    }
    Ok(vm.bytes(&out))
}
