//! What bytes and bytearray do as sequences, and methods that fit nowhere else.

use super::data::{Data, byte_argument, bytes_argument, not_bytes_like};
use crate::str::args::{repeat_front, repetitions};
use crate::str::percent;
use heap::Value;
use object::ops::SliceRange;
use object::{R, Raised, TypeId, ValueExt, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Decode the bytes: a string.
    ///
    ///   encoding
    ///     The name of the encoding.
    ///   errors
    ///     The name of the handler of what cannot be decoded: 'strict' raises UnicodeDecodeError, others are 'ignore',
    ///     'replace' and what codecs.register_error knows.
    "decode($self, /, encoding='utf-8', errors='strict')" => decode;
}}

fn decode(vm: &Vm, [value, encoding, errors]: &[Value; 3]) -> R {
    if crate::codecs::is_plain_utf8(vm, *encoding, *errors)
        && let Some(text) = crate::codecs::plain_utf8(vm, Data::of(vm, *value)?.as_slice())
    {
        return Ok(text.value());
    }
    let encoding = crate::codecs::name_argument(vm, *encoding, "utf-8", "decode", "encoding")?;
    let errors = crate::codecs::name_argument(vm, *errors, "strict", "decode", "errors")?;
    crate::codecs::decode(vm, *value, &encoding, &errors)
}

/// The slot `len`.
pub(super) fn len(vm: &Vm, value: Value) -> Result<usize, Raised> {
    Ok(Data::of(vm, value)?.as_slice().len())
}

/// The bytes of a slice.
pub(super) fn pick(bytes: &[u8], range: SliceRange) -> Vec<u8> {
    let index = |nth: usize| (range.start + nth as isize * range.step) as usize;
    (0..range.count).map(|nth| bytes[index(nth)]).collect()
}

/// The index of an item, which must be there.
pub(super) fn item_index(vm: &Vm, data: Data, key: Value) -> Result<usize, Raised> {
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        let class = vm.type_of(key).qualified_name(vm);
        let what = if matches!(data, Data::Bytes(_)) { "byte" } else { "bytearray" };
        return Err(vm.type_error(format!("{what} indices must be integers or slices, not {class}")));
    }
    let index = vm.index_isize(key)?;
    let len = data.as_slice().len();
    let resolved = if index < 0 { index.saturating_add(len as isize) } else { index };
    match usize::try_from(resolved) {
        Ok(index) if index < len => Ok(index),
        _ => Err(vm.index_error(match data {
            Data::Bytes(_) => "index out of range",
            Data::Array(_) => "bytearray index out of range",
        })),
    }
}

/// The slot `getitem`.
pub(super) fn getitem(vm: &Vm, value: Value, key: Value) -> R {
    let data = Data::of(vm, value)?;
    if let Some(slice) = key.cast::<object::Slice>() {
        let range = vm.slice_range(slice, || data.as_slice().len())?;
        if range.step == 1 || range.count == 0 {
            let start = range.start.max(0) as usize;
            return Ok(data.part(vm, start..start + range.count));
        }
        return Ok(data.make(vm, &pick(data.as_slice(), range)));
    }
    let index = item_index(vm, data, key)?;
    Ok(Value::small(data.as_slice()[index] as i64))
}

/// The slot `contains`.
pub(super) fn contains(vm: &Vm, value: Value, item: Value) -> Result<bool, Raised> {
    let data = Data::of(vm, value)?;
    let _held = data.hold();
    if vm.as_int(item).is_some() || !vm.has_buffer(item) && vm.type_of(item).slots().index.is_some() {
        let byte = byte_argument(vm, item)?;
        return Ok(memchr::memchr(byte, data.as_slice()).is_some());
    }
    let needle = bytes_argument(vm, item)?;
    Ok(memchr::memmem::find(data.as_slice(), &needle).is_some())
}

/// The slot `concat`.
pub(super) fn concat(vm: &Vm, a: Value, b: Value) -> R {
    let data = Data::of(vm, a)?;
    if !vm.has_buffer(b) {
        let class = vm.type_of(b).qualified_name(vm);
        return Err(vm.type_error(format!("can't concat {class} to {}", data.class_name())));
    }
    let other = bytes_argument(vm, b)?;
    let bytes = data.as_slice();
    match data {
        Data::Bytes(_) if other.is_empty() => Ok(data.same(vm)),
        Data::Bytes(_) => {
            let whole = vm.bytes_with(bytes.len() + other.len(), |out| {
                out[..bytes.len()].copy_from_slice(bytes);
                out[bytes.len()..].copy_from_slice(&other);
            });
            Ok(whole.value())
        }
        Data::Array(_) => {
            let array = vm.bytearray(bytes);
            array.extend(vm, &other);
            Ok(array.value())
        }
    }
}

/// The slot `repeat`.
pub(super) fn repeat(vm: &Vm, value: Value, count: Value) -> R {
    let data = Data::of(vm, value)?;
    let len = data.as_slice().len();
    let too_long = if matches!(data, Data::Bytes(_)) { "repeated bytes are too long" } else { "" };
    let (count, total) = repetitions(vm, count, len, too_long)?;
    // An index method of the count may have changed a bytearray.
    let len = len.min(data.as_slice().len());
    if let Data::Bytes(bytes) = data {
        if count == 1 {
            return Ok(bytes.value());
        }
        let whole = vm.bytes_with(total, |out| {
            if total > 0 {
                out[..len].copy_from_slice(bytes.as_slice());
                repeat_front(out, len);
            }
        });
        return Ok(whole.value());
    }
    let mut out = vec![0; total.min(len.saturating_mul(count))];
    if !out.is_empty() {
        out[..len].copy_from_slice(&data.as_slice()[..len]);
        repeat_front(&mut out, len);
    }
    Ok(vm.bytearray(&out).value())
}

/// The slot `remainder`.
pub(super) fn remainder(vm: &Vm, format: Value, args: Value) -> R {
    if vm.as_bytes(format).is_none() && format.kind() != object::Kind::BYTEARRAY {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let data = Data::of(vm, format)?;
    let out = match data {
        Data::Bytes(bytes) => percent::format_bytes(vm, bytes.as_slice(), args)?,
        // Arguments may change the format while they are converted: its size stays, its content may not.
        Data::Array(array) => {
            let _held = data.hold();
            percent::format_bytes(vm, array.as_slice(), args)?
        }
    };
    Ok(data.make(vm, &out))
}

/// The class of a value, for messages about items.
pub(super) fn class_of(vm: &Vm, value: Value) -> String {
    vm.type_of(value).qualified_name(vm)
}

/// A bytes-like object, or the TypeError that it is none.
pub(super) fn require_buffer(vm: &Vm, value: Value) -> Result<(), Raised> {
    if vm.has_buffer(value) { Ok(()) } else { Err(not_bytes_like(vm, value)) }
}

/// Is it a list or a tuple itself, whose items can be taken as they are?
pub(super) fn is_list(vm: &Vm, value: Value) -> bool {
    vm.is_exactly(value, TypeId::List)
}
