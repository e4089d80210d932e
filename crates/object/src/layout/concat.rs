//! Concatenation of strings, and strings that grow at their end.
//!
//! A loop that does `text += part` must not copy the text each time. A concatenation that is made longer gets a buffer
//! with room to spare. The next one puts its part behind what the buffer holds, and shares it: the shorter string, which
//! is a beginning of the longer one, stays what it was.

use super::str::{BUFFERED, JOINED, Str};
use crate::{Kind, Ref, TypeId, Vm};
use heap::{RawBuffer, Value};

/// Bytes of a string from which on it is worth a buffer.
const WORTHWHILE: usize = 256;

/// The first bytes of a buffer tell how many are in use behind them.
const HEAD: usize = size_of::<usize>();

impl Str {
    /// Where the bytes of a string with a buffer start.
    pub(super) fn buffered(&self) -> *const u8 {
        match self.buffer() {
            // SAFETY: the buffer has a head.
            Some(buffer) => unsafe { RawBuffer::data(buffer.object_unchecked().cast()).add(HEAD).cast_const() },
            None => self.bytes.as_ptr(),
        }
    }

    /// The buffer that holds the bytes.
    pub(super) fn buffer(&self) -> Option<Value> {
        // SAFETY: with that flag, a word follows the struct.
        (self.header.aux.get() & BUFFERED != 0).then(|| unsafe { self.bytes.as_ptr().cast::<Value>().read() })
    }
}

impl Vm {
    /// The concatenation of strings.
    pub fn str_concat(&self, parts: &[Ref<Str>]) -> Ref<Str> {
        if let [left, right] = parts
            && left.len >= WORTHWHILE
            && right.len != 0
            && left.header.aux.get() & JOINED != 0
        {
            return self.str_append(*left, *right);
        }
        let (mut len, mut chars) = (0, 0);
        for part in parts {
            len += part.len;
            chars += part.chars;
        }
        if len <= 1 {
            return parts.iter().find(|part| part.len == len).copied().unwrap_or(self.names.empty);
        }
        let object = self.alloc(size_of::<Str>() + len, Kind::STR, TypeId::Str as u32).cast::<Str>();
        // SAFETY: a fresh object with room for the struct and the bytes of all parts.
        unsafe {
            (&raw mut (*object).len).write(len);
            (&raw mut (*object).chars).write(chars);
            (*object).crumbs.set(Value::UNBOUND);
            (*object).header.aux.set(JOINED);
            let mut to = (&raw mut (*object).bytes).cast::<u8>();
            for part in parts {
                let bytes = part.as_bytes();
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
                to = to.add(bytes.len());
            }
            Ref::from_ptr(object)
        }
    }

    /// A string made longer: in its buffer where that ends with it and has room, else in a new one.
    fn str_append(&self, left: Ref<Str>, right: Ref<Str>) -> Ref<Str> {
        let len = left.len + right.len;
        // SAFETY: a buffer holds a number, and as many bytes behind it; those behind the bytes in use belong to nobody.
        unsafe {
            let used = |buffer: *mut RawBuffer| RawBuffer::data(buffer).cast::<usize>();
            let known = left.buffer().map(|buffer| buffer.object_unchecked().cast::<RawBuffer>());
            let fits =
                |buffer: &*mut RawBuffer| *used(*buffer) == left.len && HEAD + len <= RawBuffer::capacity(*buffer);
            let buffer = known.filter(fits).unwrap_or_else(|| {
                let buffer = self.alloc_raw(HEAD + len + len / 4);
                let bytes = left.as_bytes();
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), RawBuffer::data(buffer).add(HEAD), bytes.len());
                buffer
            });
            let bytes = right.as_bytes();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), RawBuffer::data(buffer).add(HEAD + left.len), bytes.len());
            *used(buffer) = len;
            let size = size_of::<Str>() + size_of::<Value>();
            let object = self.alloc(size, Kind::STR, TypeId::Str as u32).cast::<Str>();
            (&raw mut (*object).len).write(len);
            (&raw mut (*object).chars).write(left.chars + right.chars);
            (*object).crumbs.set(Value::UNBOUND);
            (*object).header.aux.set(JOINED | BUFFERED);
            (&raw mut (*object).bytes).cast::<Value>().write(Value::object(buffer.cast()));
            Ref::from_ptr(object)
        }
    }
}
