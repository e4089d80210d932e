//! The two kinds of the heap itself: arrays of values, and bytes.

use crate::header::Header;
use crate::heap::{Heap, KindInfo};
use crate::tracer::{Tracer, trace_nothing};
use crate::value::Value;
use std::mem::size_of;

/// Kind of [`ValueArray`].
pub const KIND_VALUES: u8 = 0;
/// Kind of [`RawBuffer`].
pub const KIND_RAW: u8 = 1;

/// An array of values: the buffer of a list, arguments, registers. The values follow.
#[repr(C)]
pub struct ValueArray {
    /// What every object starts with.
    pub header: Header,
    capacity: usize,
}

/// Bytes that hold no values. They follow.
#[repr(C)]
pub struct RawBuffer {
    /// What every object starts with.
    pub header: Header,
    capacity: usize,
}

pub(crate) fn register(heap: &Heap) {
    heap.register_kind(KIND_VALUES, KindInfo { name: "values", trace: trace_values, drop: None });
    heap.register_kind(KIND_RAW, KindInfo { name: "bytes", trace: trace_nothing, drop: None });
}

/// SAFETY: must be a `ValueArray`, whose words are values at any time.
unsafe fn trace_values(object: *mut Header, tracer: &mut Tracer) {
    let array = object as *mut ValueArray;
    tracer.slice(ValueArray::data(array), (*array).capacity);
}

impl Heap {
    /// A new array of values, all [`Value::UNBOUND`]. Null if there is no memory.
    #[inline]
    pub fn alloc_values(&self, capacity: usize) -> *mut ValueArray {
        // A size that overflows is refused like any that is too large.
        let size = capacity.saturating_mul(size_of::<Value>()).saturating_add(size_of::<ValueArray>());
        let array = self.alloc(size, KIND_VALUES, 0) as *mut ValueArray;
        if !array.is_null() {
            // SAFETY: the object is new and has room for so many values.
            unsafe {
                (*array).capacity = capacity;
                std::slice::from_raw_parts_mut(ValueArray::data(array), capacity).fill(Value::UNBOUND);
            }
        }
        array
    }

    /// A new buffer of bytes, all zero. Null if there is no memory.
    #[inline]
    pub fn alloc_raw(&self, bytes: usize) -> *mut RawBuffer {
        let size = bytes.saturating_add(size_of::<RawBuffer>());
        let buffer = self.alloc(size, KIND_RAW, 0) as *mut RawBuffer;
        if !buffer.is_null() {
            // SAFETY: the object is new and large enough.
            unsafe { (*buffer).capacity = bytes };
        }
        buffer
    }
}

/// The functions take pointers, as a reference to the array would not cover the values behind it.
impl ValueArray {
    /// Number of values.
    ///
    /// SAFETY: `array` must be an array of values.
    #[inline(always)]
    pub unsafe fn capacity(array: *const ValueArray) -> usize {
        (*array).capacity
    }

    /// Where the values are.
    #[inline(always)]
    pub fn data(array: *const ValueArray) -> *mut Value {
        (array as usize + size_of::<ValueArray>()) as *mut Value
    }

    /// One value.
    ///
    /// SAFETY: `array` must be an array of values that has the index.
    #[inline(always)]
    pub unsafe fn get(array: *const ValueArray, index: usize) -> Value {
        debug_assert!(index < (*array).capacity);
        *Self::data(array).add(index)
    }

    /// Stores one value. The caller owes a [barrier](Heap::barrier) on the array, unless it is new.
    ///
    /// SAFETY: `array` must be an array of values that has the index.
    #[inline(always)]
    pub unsafe fn set(array: *mut ValueArray, index: usize, value: Value) {
        debug_assert!(index < (*array).capacity);
        *Self::data(array).add(index) = value;
    }

    /// The values.
    ///
    /// SAFETY: `array` must be an array of values. The slice must not live across a safepoint or a store.
    #[inline(always)]
    pub unsafe fn as_slice<'a>(array: *const ValueArray) -> &'a [Value] {
        std::slice::from_raw_parts(Self::data(array), (*array).capacity)
    }

    /// The values, to be changed. The caller owes [barriers](Heap::barrier) on the array, unless it is new.
    ///
    /// SAFETY: `array` must be an array of values. The slice must not live across a safepoint or another access.
    #[inline(always)]
    pub unsafe fn as_mut_slice<'a>(array: *mut ValueArray) -> &'a mut [Value] {
        std::slice::from_raw_parts_mut(Self::data(array), (*array).capacity)
    }
}

/// The functions take pointers, as a reference to the buffer would not cover the bytes behind it.
impl RawBuffer {
    /// Number of bytes.
    ///
    /// SAFETY: `buffer` must be a buffer of bytes.
    #[inline(always)]
    pub unsafe fn capacity(buffer: *const RawBuffer) -> usize {
        (*buffer).capacity
    }

    /// Where the bytes are, at a multiple of 16.
    #[inline(always)]
    pub fn data(buffer: *const RawBuffer) -> *mut u8 {
        (buffer as usize + size_of::<RawBuffer>()) as *mut u8
    }

    /// The bytes.
    ///
    /// SAFETY: `buffer` must be a buffer of bytes. The slice must not live across a safepoint or a store.
    #[inline(always)]
    pub unsafe fn as_slice<'a>(buffer: *const RawBuffer) -> &'a [u8] {
        std::slice::from_raw_parts(Self::data(buffer), (*buffer).capacity)
    }

    /// The bytes, to be changed.
    ///
    /// SAFETY: `buffer` must be a buffer of bytes. The slice must not live across a safepoint or another access.
    #[inline(always)]
    pub unsafe fn as_mut_slice<'a>(buffer: *mut RawBuffer) -> &'a mut [u8] {
        std::slice::from_raw_parts_mut(Self::data(buffer), (*buffer).capacity)
    }
}
