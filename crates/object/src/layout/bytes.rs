//! Bytes and bytearrays.

use crate::{Field, Kind, Layout, Ref, TypeId, TypeObj, Vm};
use heap::{Header, RawBuffer, Tracer, Value};
use std::cell::Cell;

/// A bytes object. Its bytes follow the struct, and behind them is a zero that foreign code may read.
#[repr(C)]
pub struct Bytes {
    header: Header,
    /// The hash, or 0.
    pub hash: Cell<i64>,
    len: usize,
    bytes: [u8; 0],
}

// SAFETY: repr(C), starts with a Header; only `Vm::bytes` makes objects of this kind.
unsafe impl Layout for Bytes {
    const KIND: Kind = Kind::BYTES;
}

impl Bytes {
    /// The bytes.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` bytes follow the struct and are never written again.
        unsafe { std::slice::from_raw_parts(self.bytes.as_ptr(), self.len) }
    }

    /// Their number.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Vm {
    /// A new bytes object.
    pub fn bytes(&self, bytes: &[u8]) -> Ref<Bytes> {
        if bytes.is_empty()
            && let Some(empty) = self.names.empty_bytes.get()
        {
            return empty;
        }
        let object =
            self.alloc(size_of::<Bytes>() + bytes.len() + 1, Kind::BYTES, TypeId::Bytes as u32).cast::<Bytes>();
        // SAFETY: a fresh object with room for the struct and the bytes.
        unsafe {
            (&raw mut (*object).len).write(bytes.len());
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut (*object).bytes).cast(), bytes.len());
            Ref::from_ptr(object)
        }
    }

    /// A new bytes object of `len` bytes that a closure writes. The bytes it gets are zero.
    pub fn bytes_with(&self, len: usize, fill: impl FnOnce(&mut [u8])) -> Ref<Bytes> {
        let object = self.alloc(size_of::<Bytes>() + len + 1, Kind::BYTES, TypeId::Bytes as u32).cast::<Bytes>();
        // SAFETY: a fresh object with room for the struct and the bytes, which are zero; nothing else refers to it.
        unsafe {
            (&raw mut (*object).len).write(len);
            fill(std::slice::from_raw_parts_mut((&raw mut (*object).bytes).cast::<u8>(), len));
            Ref::from_ptr(object)
        }
    }

    /// A new bytearray.
    pub fn bytearray(&self, bytes: &[u8]) -> Ref<ByteArray> {
        let object = self.alloc(size_of::<ByteArray>(), Kind::BYTEARRAY, TypeId::ByteArray as u32).cast::<ByteArray>();
        // SAFETY: a fresh object.
        let array: Ref<ByteArray> = unsafe {
            (*object).buffer.init(Value::UNBOUND);
            Ref::from_ptr(object)
        };
        array.splice(self, 0..0, bytes);
        array
    }

    /// A new empty bytearray of a class, which is bytearray or a subclass.
    pub fn bytearray_of_class(&self, class: Ref<TypeObj>) -> Ref<ByteArray> {
        if class == self.types[TypeId::ByteArray] {
            return self.bytearray(&[]);
        }
        let object = self.alloc_with_attributes(size_of::<ByteArray>(), Kind::BYTEARRAY, class).cast::<ByteArray>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).prepare();
            Ref::from_ptr(object)
        }
    }
}

/// A bytearray. `exports` counts the views of its buffer: while there are any, its size must not change.
#[repr(C)]
pub struct ByteArray {
    header: Header,
    start: Cell<usize>,
    len: Cell<usize>,
    /// Number of memoryviews and other exports of the buffer.
    pub exports: Cell<usize>,
    buffer: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::bytearray` and subclass allocation make objects of this kind.
unsafe impl Layout for ByteArray {
    const KIND: Kind = Kind::BYTEARRAY;
}

impl ByteArray {
    pub(crate) fn prepare(&self) {
        self.buffer.init(Value::UNBOUND);
    }

    fn raw(&self) -> Option<*mut RawBuffer> {
        self.buffer.get().as_object().map(|object| object.cast())
    }

    /// The number of bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// The address of the first byte.
    pub fn data(&self) -> *mut u8 {
        match self.raw() {
            // SAFETY: `start` lies within the buffer.
            Some(buffer) => unsafe { heap::RawBuffer::data(buffer).add(self.start.get()) },
            None => std::ptr::NonNull::dangling().as_ptr(),
        }
    }

    /// The bytes. The slice must not be kept across a call into Python or a change of the bytearray.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: start + len lie within the buffer; the caller keeps to the rule above.
        unsafe { std::slice::from_raw_parts(self.data(), self.len.get()) }
    }

    /// The bytes, to be changed, under the same rule; no other slice of them may be in use.
    #[allow(clippy::mut_from_ref)]
    pub fn as_mut_slice(&self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.data(), self.len.get()) }
    }
}

impl Ref<ByteArray> {
    /// Replaces a range by other bytes, which do not lie in this bytearray.
    pub fn splice(self, vm: &Vm, range: std::ops::Range<usize>, with: &[u8]) {
        let len = self.len();
        if with.len() == range.len() {
            return self.as_mut_slice()[range].copy_from_slice(with);
        }
        let new_len = len - range.len() + with.len();
        if range.start == 0 && with.len() <= range.len() && self.raw().is_some() {
            // Cutting at the front moves nothing: a bytearray serves as a queue.
            let cut = range.len() - with.len();
            self.start.set(self.start.get() + cut);
            self.len.set(new_len);
            self.as_mut_slice()[..with.len()].copy_from_slice(with);
            return;
        }
        // SAFETY: data pointers lie within their buffers; sizes were compared with the capacities.
        unsafe {
            let capacity = self.raw().map_or(0, |buffer| heap::RawBuffer::capacity(buffer));
            let tail = range.end..len;
            if self.start.get() + new_len <= capacity {
                let data = self.data();
                std::ptr::copy(data.add(tail.start), data.add(range.start + with.len()), tail.len());
                std::ptr::copy_nonoverlapping(with.as_ptr(), data.add(range.start), with.len());
            } else {
                let wanted = new_len + (new_len >> 3) + 16;
                let fresh = vm.heap.alloc_raw(wanted);
                assert!(!fresh.is_null(), "out of memory");
                let to = heap::RawBuffer::data(fresh);
                let from = self.data();
                std::ptr::copy_nonoverlapping(from, to, range.start);
                std::ptr::copy_nonoverlapping(with.as_ptr(), to.add(range.start), with.len());
                std::ptr::copy_nonoverlapping(from.add(tail.start), to.add(range.start + with.len()), tail.len());
                self.start.set(0);
                self.buffer.set(vm, self, Value::object(fresh.cast()));
            }
        }
        self.len.set(new_len);
    }

    /// Appends bytes, which do not lie in this bytearray.
    pub fn extend(self, vm: &Vm, bytes: &[u8]) {
        self.splice(vm, self.len()..self.len(), bytes);
    }
}

pub(crate) unsafe fn trace_bytearray(object: *mut Header, tracer: &mut Tracer) {
    unsafe { (*object.cast::<ByteArray>()).buffer.trace(tracer) };
}
