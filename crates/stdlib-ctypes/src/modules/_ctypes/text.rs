//! Characters and strings in memory.

use super::integer::low_word_of;
use super::state;
use base::text::Wtf8Buf;
use object::{
    ByteArray, Field, NativeData, R, Raised, Ref, Str, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, type_flags,
};

/// `wchar_t`
pub type Wide = u32;

/// The characters of a wide string, kept for C code.
pub struct Characters {
    buffer: Field,
}

impl NativeData for Characters {
    fn trace(&self, tracer: &mut Tracer) {
        self.buffer.trace(tracer);
    }
}

/// The class of [`Characters`].
pub static CHARACTERS: TypeDef =
    TypeDef { name: "characters", module: "_ctypes", flags: type_flags::NO_NEW, ..TypeDef::DEFAULT };

/// A wide string with a null character at its end: its address, and what keeps it alive.
pub fn wide_copy(vm: &Vm, text: Ref<Str>) -> Result<(*const Wide, Value), Raised> {
    let class = state::class(vm, |state| &state.characters)?;
    let bytes = (text.len() + 1) * size_of::<Wide>();
    vm.check_size(Some(bytes))?;
    let buffer = vm.alloc_raw(bytes);
    let address = heap::RawBuffer::data(buffer).cast::<Wide>();
    for (index, char) in text.text().chars().enumerate() {
        // SAFETY: the buffer has a place for each code point; the one behind them stays zero.
        unsafe { address.add(index).write(char) };
    }
    let kept = vm.native(class, Characters { buffer: Field::new(Value::object(buffer.cast())) });
    Ok((address, kept.value()))
}

/// The string of so many wide characters.
///
/// # Safety
/// They can be read.
pub unsafe fn wide_string(vm: &Vm, from: *const Wide, count: usize) -> R {
    let mut text = Wtf8Buf::with_capacity(count.min(1 << 20));
    for index in 0..count {
        // SAFETY: as the caller promises.
        let char = unsafe { from.add(index).read_unaligned() };
        if char > 0x10FFFF {
            return Err(vm.value_error(format!("character U+{char:x} is not in range [U+0000; U+10ffff]")));
        }
        text.push_code_point(char);
    }
    Ok(vm.str_wtf8(&text).value())
}

/// The number of wide characters before the first null one, at most `most`.
///
/// # Safety
/// They can be read.
pub unsafe fn wide_length(from: *const Wide, most: usize) -> usize {
    // SAFETY: as the caller promises.
    (0..most).find(|index| unsafe { from.add(*index).read_unaligned() } == 0).unwrap_or(most)
}

/// The bytes before the first null byte.
///
/// # Safety
/// They can be read.
pub unsafe fn c_string(vm: &Vm, from: *const u8) -> Value {
    // SAFETY: as the caller promises.
    vm.bytes(unsafe { std::ffi::CStr::from_ptr(from.cast()) }.to_bytes()).value()
}

/// Reads a `char`.
pub fn char_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: the caller gives memory of the type's size; so in all functions of this file.
    Ok(vm.bytes(&[unsafe { *from }]).value())
}

/// Writes a `char`.
pub fn char_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let expected = |found: String| {
        vm.type_error(format!("one character bytes, bytearray, or an integer in range(256) expected, not {found}"))
    };
    let byte = if let Some(bytes) = vm.as_bytes(value) {
        match bytes.as_slice() {
            [byte] => *byte,
            other => return Err(expected(format!("bytes of length {}", other.len()))),
        }
    } else if let Some(array) = value.cast::<ByteArray>() {
        match array.as_slice() {
            [byte] => *byte,
            other => return Err(expected(format!("bytearray of length {}", other.len()))),
        }
    } else if let Some(int) = vm.as_int(value) {
        match int.to_i64().map(u8::try_from) {
            Some(Ok(byte)) => byte,
            _ => return Err(vm.type_error("integer not in range(256)")),
        }
    } else {
        return Err(expected(vm.type_of(value).qualified_name(vm)));
    };
    // SAFETY: as above.
    unsafe { *to = byte };
    Ok(Value::NONE)
}

/// Reads a `wchar_t`.
pub fn wchar_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above.
    unsafe { wide_string(vm, from.cast(), 1) }
}

/// Writes a `wchar_t`.
pub fn wchar_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let Some(text) = vm.as_str(value) else {
        let class = vm.type_of(value).full_name(vm);
        return Err(vm.type_error(format!("a unicode character expected, not instance of {class}")));
    };
    if text.len() != 1 {
        let text = format!("a unicode character expected, not a string of length {}", text.len());
        return Err(vm.type_error(text));
    }
    // SAFETY: as above.
    unsafe { to.cast::<Wide>().write_unaligned(text.char_at(vm, 0)) };
    Ok(Value::NONE)
}

/// SAFETY: an address can be written.
unsafe fn write_address(to: *mut u8, address: usize) {
    // SAFETY: as the caller promises.
    unsafe { to.cast::<usize>().write_unaligned(address) };
}

/// SAFETY: an address can be read.
unsafe fn read_address(from: *const u8) -> usize {
    // SAFETY: as the caller promises.
    unsafe { from.cast::<usize>().read_unaligned() }
}

/// Reads a `char *`: the bytes before the null byte.
pub fn char_p_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as above; what the pointer points to is the program's business.
    unsafe {
        match read_address(from) {
            0 => Ok(Value::NONE),
            address => Ok(c_string(vm, address as *const u8)),
        }
    }
}

/// Writes a `char *`.
pub fn char_p_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let (address, kept) = if value.is_none() {
        (0, value)
    } else if let Some(bytes) = vm.as_bytes(value) {
        (bytes.as_slice().as_ptr() as usize, value)
    } else if let Some(int) = vm.as_int(value) {
        (low_word_of(int) as usize, value)
    } else {
        let class = vm.type_of(value).qualified_name(vm);
        return Err(vm.type_error(format!("bytes or integer address expected instead of {class} instance")));
    };
    // SAFETY: as above.
    unsafe { write_address(to, address) };
    Ok(kept)
}

/// Reads a `wchar_t *`: the characters before the null one.
pub fn wchar_p_get(vm: &Vm, from: *const u8, _: usize) -> R {
    // SAFETY: as for `char *`.
    unsafe {
        match read_address(from) {
            0 => Ok(Value::NONE),
            address => {
                let address = address as *const Wide;
                wide_string(vm, address, wide_length(address, usize::MAX))
            }
        }
    }
}

/// Writes a `wchar_t *`.
pub fn wchar_p_set(vm: &Vm, to: *mut u8, value: Value, _: usize) -> R {
    let (address, kept) = if value.is_none() {
        (0, value)
    } else if let Some(int) = vm.as_int(value) {
        (low_word_of(int) as usize, value)
    } else if let Some(text) = vm.as_str(value) {
        let (address, kept) = wide_copy(vm, text)?;
        (address as usize, kept)
    } else {
        let class = vm.type_of(value).qualified_name(vm);
        return Err(vm.type_error(format!("unicode string or integer address expected instead of {class} instance")));
    };
    // SAFETY: as above.
    unsafe { write_address(to, address) };
    Ok(kept)
}

/// Reads an array of `char` as bytes: those before the first null byte.
pub fn chars_get(vm: &Vm, from: *const u8, size: usize) -> R {
    // SAFETY: as above.
    let bytes = unsafe { std::slice::from_raw_parts(from, size) };
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(size);
    Ok(vm.bytes(&bytes[..end]).value())
}

/// Writes an array of `char`: the bytes before the first null byte, and that where there is room.
pub fn chars_set(vm: &Vm, to: *mut u8, value: Value, size: usize) -> R {
    let Some(bytes) = vm.as_bytes(value) else {
        let class = vm.type_of(value).qualified_name(vm);
        return Err(vm.type_error(format!("expected bytes, {class} found")));
    };
    let bytes = bytes.as_slice();
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    if length > size {
        return Err(vm.value_error(format!("bytes too long ({length}, maximum length {size})")));
    }
    // SAFETY: as above.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, length);
        if length < size {
            *to.add(length) = 0;
        }
    }
    Ok(Value::NONE)
}

/// Reads an array of `wchar_t` as a string: the characters before the first null one.
pub fn wide_chars_get(vm: &Vm, from: *const u8, size: usize) -> R {
    let from = from.cast::<Wide>();
    // SAFETY: as above.
    unsafe { wide_string(vm, from, wide_length(from, size / size_of::<Wide>())) }
}

/// Writes an array of `wchar_t`.
pub fn wide_chars_set(vm: &Vm, to: *mut u8, value: Value, size: usize) -> R {
    let Some(text) = vm.as_str(value) else {
        let class = vm.type_of(value).qualified_name(vm);
        return Err(vm.type_error(format!("unicode string expected instead of {class} instance")));
    };
    let (length, most) = (text.len(), size / size_of::<Wide>());
    if length > most {
        return Err(vm.value_error(format!("string too long ({length}, maximum length {most})")));
    }
    // SAFETY: as above.
    unsafe { write_wide(to.cast(), text, most) };
    Ok(value)
}

/// Writes the characters of a string, and a null one where there is room.
///
/// # Safety
/// `most` characters can be written, which the string does not exceed.
pub unsafe fn write_wide(to: *mut Wide, text: Ref<Str>, most: usize) {
    let chars = text.text().chars().chain([0]);
    for (index, char) in chars.take(most).enumerate() {
        // SAFETY: as the caller promises.
        unsafe { to.add(index).write_unaligned(char) };
    }
}

/// The bytes of a name in C: of a string in UTF-8.
pub fn name_of(vm: &Vm, text: Ref<Str>) -> Result<std::ffi::CString, Raised> {
    let Some(utf8) = text.as_str() else {
        let error = vm.types[TypeId::UnicodeEncodeError].value();
        let at = text.text().chars().position(|char| (0xD800..0xE000).contains(&char)).unwrap_or(0);
        let args = [
            vm.str("utf-8").value(),
            text.value(),
            vm.int_usize(at),
            vm.int_usize(at + 1),
            vm.str("surrogates not allowed").value(),
        ];
        return Err(vm.raise_call(error, &args));
    };
    std::ffi::CString::new(utf8).map_err(|_| vm.value_error("embedded null character"))
}
