//! Methods of arrays.

use super::{Array, ArrayRef, array, make_plain, pickle};
use crate::support::{class_getitem, ssize};
use base::text::Wtf8Buf;
use object::slots::R;
use object::{List, Raised, Ref, Str, Value, ValueExt, Vm, natives};

natives! { pub static METHODS: {
    /// Append new value v to the end of the array.
    "append($self, v, /)" => append;
    /// Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to
    /// hold array's contents.
    "buffer_info($self, /)" => buffer_info;
    /// Byteswap all items of the array.
    "byteswap($self, /)" => byteswap;
    /// Remove all items from the array.
    "clear($self, /)" => clear;
    /// Return a copy of the array.
    "__copy__($self, /)" => copy;
    /// Return a copy of the array.
    "__deepcopy__($self, unused, /)" => deepcopy;
    /// Return number of occurrences of v in the array.
    "count($self, v, /)" => count;
    /// Append items to the end of the array.
    "extend($self, bb, /)" => extend;
    /// Appends items from the string, interpreting it as an array of machine values.
    "frombytes($self, buffer, /)" => frombytes;
    /// Read n objects from the file object f and append them to the end of the array.
    "fromfile($self, f, n, /)" => fromfile;
    /// Append items to array from list.
    "fromlist($self, list, /)" => fromlist;
    /// Extends this array with data from the unicode string ustr.
    "fromunicode($self, ustr, /)" => fromunicode;
    /// Return index of first occurrence of v in the array.
    "index($self, v, start=0, stop=sys.maxsize, /)" => index;
    /// Insert a new item v into the array before position i.
    "insert($self, i, v, /)" => insert;
    /// Return the i-th element and delete it from the array.
    "pop($self, i=-1, /)" => pop;
    /// Remove the first occurrence of v in the array.
    "remove($self, v, /)" => remove;
    /// Reverse the order of the items in the array.
    "reverse($self, /)" => reverse;
    /// Convert the array to an array of machine values and return the bytes representation.
    "tobytes($self, /)" => tobytes;
    /// Write all items (as machine values) to the file object f.
    "tofile($self, f, /)" => tofile;
    /// Convert array to an ordinary list with the same items.
    "tolist($self, /)" => tolist;
    /// Extends this array with data from the unicode string ustr.
    "tounicode($self, /)" => tounicode;
    /// Return state information for pickling.
    "__reduce_ex__($self, value, /)" => pickle::reduce_ex;
    /// Size of the array in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

fn append_one(vm: &Vm, own: ArrayRef, value: Value) -> Result<(), Raised> {
    let item = own.code.write(vm, value)?;
    let len = own.len();
    own.splice(vm, len..len, &item[..own.code.size])
}

fn append(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    append_one(vm, array(vm, *this)?, *value)?;
    Ok(Value::NONE)
}

/// Appends the items of an iterable.
pub fn append_items(vm: &Vm, own: ArrayRef, iterable: Value) -> Result<(), Raised> {
    vm.for_each(iterable, |item| append_one(vm, own, item))
}

/// Appends machine values.
pub fn append_bytes(vm: &Vm, own: ArrayRef, value: Value) -> Result<(), Raised> {
    let bytes = vm.bytes_of(value)?;
    if bytes.len() % own.code.size != 0 {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    let len = own.len();
    own.splice(vm, len..len, &bytes)
}

/// Appends characters.
pub fn append_text(vm: &Vm, own: ArrayRef, text: Ref<Str>) -> Result<(), Raised> {
    let bytes: Vec<u8> = text.text().chars().flat_map(u32::to_le_bytes).collect();
    let len = own.len();
    own.splice(vm, len..len, &bytes)
}

/// `array.extend(other)`
pub fn extend_with(vm: &Vm, own: ArrayRef, other: Value) -> Result<(), Raised> {
    let Some(with) = vm.as_native::<Array>(other) else { return append_items(vm, own, other) };
    if with.code.letter != own.code.letter {
        return Err(vm.type_error("can only extend with array of same kind"));
    }
    let bytes = with.memory().as_slice().to_vec();
    let len = own.len();
    own.splice(vm, len..len, &bytes)
}

/// A list of the items.
pub fn to_list(vm: &Vm, own: &Array) -> Ref<List> {
    let list = vm.list_with_capacity(own.len());
    for index in 0..own.len() {
        list.push(vm, own.get(vm, index).unwrap_or(Value::NONE));
    }
    list
}

/// The string of the items, which are characters.
pub fn to_text(vm: &Vm, own: &Array) -> R {
    let mut out = Wtf8Buf::new();
    for bytes in own.memory().as_slice().chunks_exact(own.code.size) {
        let char = own.code.bits(bytes);
        if char > 0x10FFFF {
            let text = format!("character U+{char:x} is not in range [U+0000; U+10ffff]");
            return Err(vm.value_error(text));
        }
        out.push_code_point(char as u32);
    }
    Ok(vm.str_wtf8(&out).value())
}

fn buffer_info(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    let address = vm.int_u64(own.memory().data() as u64);
    Ok(vm.tuple(&[address, vm.int_usize(own.len())]).value())
}

fn byteswap(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    for item in own.memory().as_mut_slice().chunks_exact_mut(own.code.size) {
        item.reverse();
    }
    Ok(Value::NONE)
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    own.check_resizable(vm)?;
    own.splice(vm, 0..own.len(), &[])?;
    Ok(Value::NONE)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    let bytes = own.memory().as_slice().to_vec();
    make_plain(vm, own.code, &bytes)
}

fn deepcopy(vm: &Vm, [this, _unused]: &[Value; 2]) -> R {
    copy(vm, &[*this])
}

fn count(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let own = array(vm, *this)?;
    let (mut index, mut count) = (0, 0);
    while let Some(item) = own.get(vm, index) {
        count += vm.eq(item, *value)? as i64;
        index += 1;
    }
    Ok(vm.int(count))
}

fn extend(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    extend_with(vm, array(vm, *this)?, *other)?;
    Ok(Value::NONE)
}

fn frombytes(vm: &Vm, [this, buffer]: &[Value; 2]) -> R {
    append_bytes(vm, array(vm, *this)?, *buffer)?;
    Ok(Value::NONE)
}

fn fromfile(vm: &Vm, [this, file, count]: &[Value; 3]) -> R {
    let own = array(vm, *this)?;
    let count = ssize(vm, *count)?;
    if count < 0 {
        return Err(vm.value_error("negative count"));
    }
    let Some(wanted) = (count as usize).checked_mul(own.code.size) else { return Err(vm.memory_error()) };
    let bytes = vm.call_method(*file, vm.names.read, &[vm.int_usize(wanted)])?;
    let Some(found) = vm.as_bytes(bytes) else { return Err(vm.type_error("read() didn't return bytes")) };
    append_bytes(vm, own, bytes)?;
    if found.len() != wanted {
        return Err(vm.eof_error("read() didn't return enough bytes"));
    }
    Ok(Value::NONE)
}

fn fromlist(vm: &Vm, [this, list]: &[Value; 2]) -> R {
    let own = array(vm, *this)?;
    let Some(list) = list.cast::<List>() else { return Err(vm.type_error("arg must be list")) };
    let (len, count) = (own.len(), list.len());
    let mut bytes = Vec::with_capacity(count * own.code.size);
    for index in 0..count {
        let Some(item) = list.get(index).filter(|_| list.len() == count) else {
            return Err(vm.runtime_error("list changed size during iteration"));
        };
        bytes.extend_from_slice(&own.code.write(vm, item)?[..own.code.size]);
    }
    own.splice(vm, len.min(own.len())..len.min(own.len()), &bytes)?;
    Ok(Value::NONE)
}

fn fromunicode(vm: &Vm, [this, text]: &[Value; 2]) -> R {
    let own = array(vm, *this)?;
    let Some(text) = vm.as_str(*text) else {
        let name = vm.type_name(*text);
        return Err(vm.type_error(format!("fromunicode() argument must be str, not {name}")));
    };
    if !own.code.is_char() {
        return Err(vm.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    append_text(vm, own, text)?;
    Ok(Value::NONE)
}

fn index(vm: &Vm, [this, value, start, stop]: &[Value; 4]) -> R {
    let own = array(vm, *this)?;
    let clamp = |value: Value, default: usize| -> Result<usize, Raised> {
        let Some(value) = value.bound() else { return Ok(default) };
        let Some(index) = vm.index_clamped(value)? else {
            return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
        };
        let index = if index < 0 { index.saturating_add(own.len() as isize).max(0) } else { index };
        Ok(index as usize)
    };
    let (mut index, stop) = (clamp(*start, 0)?, clamp(*stop, usize::MAX)?);
    while index < stop
        && let Some(item) = own.get(vm, index)
    {
        if vm.eq(item, *value)? {
            return Ok(vm.int_usize(index));
        }
        index += 1;
    }
    Err(vm.value_error("array.index(x): x not in array"))
}

fn insert(vm: &Vm, [this, index, value]: &[Value; 3]) -> R {
    let own = array(vm, *this)?;
    let index = ssize(vm, *index)?;
    let item = own.code.write(vm, *value)?;
    let len = own.len();
    let index = if index < 0 { index.saturating_add(len as isize).max(0) } else { index };
    let at = (index as usize).min(len);
    own.splice(vm, at..at, &item[..own.code.size])?;
    Ok(Value::NONE)
}

fn pop(vm: &Vm, [this, index]: &[Value; 2]) -> R {
    let own = array(vm, *this)?;
    let index = ssize(vm, *index)?;
    if own.len() == 0 {
        return Err(vm.index_error("pop from empty array"));
    }
    let index = if index < 0 { index + own.len() as isize } else { index };
    let found = usize::try_from(index).ok().and_then(|index| Some((index, own.get(vm, index)?)));
    let Some((index, item)) = found else { return Err(vm.index_error("pop index out of range")) };
    own.splice(vm, index..index + 1, &[])?;
    Ok(item)
}

fn remove(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let own = array(vm, *this)?;
    let mut index = 0;
    while let Some(item) = own.get(vm, index) {
        if vm.eq(item, *value)? {
            if index < own.len() {
                own.splice(vm, index..index + 1, &[])?;
            }
            return Ok(Value::NONE);
        }
        index += 1;
    }
    Err(vm.value_error("array.remove(x): x not in array"))
}

fn reverse(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    let size = own.code.size;
    let memory = own.memory();
    let bytes = memory.as_mut_slice();
    bytes.reverse();
    for item in bytes.chunks_exact_mut(size) {
        item.reverse();
    }
    Ok(Value::NONE)
}

fn tobytes(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    Ok(vm.bytes(own.memory().as_slice()).value())
}

fn tofile(vm: &Vm, [this, file]: &[Value; 2]) -> R {
    const BLOCK: usize = 64 << 10;
    let own = array(vm, *this)?;
    let mut at = 0;
    while at < own.memory().len() {
        let end = (at + BLOCK).min(own.memory().len());
        let block = vm.bytes(&own.memory().as_slice()[at..end]).value();
        vm.call_method(*file, vm.names.write, &[block])?;
        at = end;
    }
    Ok(Value::NONE)
}

fn tolist(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(to_list(vm, &*array(vm, *this)?).value())
}

fn tounicode(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    if !own.code.is_char() {
        return Err(vm.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    to_text(vm, &own)
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = array(vm, *this)?;
    Ok(vm.int_usize(size_of::<Array>() + 16 + own.memory().len()))
}
