//! A growable array of values for the temporaries of native code.

use crate::arrays::ValueArray;
use crate::header::Header;
use crate::heap::Heap;
use crate::value::Value;
use std::ops::Index;
use std::ptr::null_mut;

/// The memory limit or the system refused an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// A growable array of values whose buffer is an object of the heap.
///
/// It must live on the native stack, where conservative scanning finds its pointer to the buffer: not in a `Box`, a
/// `Vec` or an object. Nothing needs to be freed: the buffer dies with the last pointer to it.
pub struct RootVec {
    array: *mut ValueArray,
    length: usize,
}

impl Default for RootVec {
    fn default() -> RootVec {
        RootVec::new()
    }
}

impl RootVec {
    /// An empty one. Does not allocate.
    pub fn new() -> RootVec {
        RootVec { array: null_mut(), length: 0 }
    }

    /// An empty one with room for `capacity` values.
    pub fn with_capacity(heap: &Heap, capacity: usize) -> Result<RootVec, OutOfMemory> {
        let mut vec = RootVec::new();
        vec.reserve(heap, capacity)?;
        Ok(vec)
    }

    fn capacity(&self) -> usize {
        // SAFETY: `array` is null or an array of values.
        if self.array.is_null() { 0 } else { unsafe { ValueArray::capacity(self.array) } }
    }

    /// Makes room for `more` values.
    pub fn reserve(&mut self, heap: &Heap, more: usize) -> Result<(), OutOfMemory> {
        let needed = self.length.checked_add(more).ok_or(OutOfMemory)?;
        if needed > self.capacity() {
            let array = heap.alloc_values(needed.max(self.capacity().saturating_mul(2)).max(6));
            if array.is_null() {
                return Err(OutOfMemory);
            }
            // SAFETY: the new array is longer than `length`, and no one else has it.
            unsafe { std::ptr::copy_nonoverlapping(self.as_slice().as_ptr(), ValueArray::data(array), self.length) };
            self.array = array;
        }
        Ok(())
    }

    /// Adds a value at the end.
    #[inline]
    pub fn push(&mut self, heap: &Heap, value: Value) -> Result<(), OutOfMemory> {
        if self.length == self.capacity() {
            self.reserve(heap, 1)?;
        }
        // SAFETY: there is room.
        unsafe { ValueArray::set(self.array, self.length, value) };
        heap.barrier(self.array as *const Header, value);
        self.length += 1;
        Ok(())
    }

    /// Takes the last value off.
    #[inline]
    pub fn pop(&mut self) -> Option<Value> {
        let last = self.length.checked_sub(1)?;
        self.length = last;
        // SAFETY: the array has more than `last` values. An immediate needs no barrier.
        unsafe {
            let value = ValueArray::get(self.array, last);
            ValueArray::set(self.array, last, Value::UNBOUND);
            Some(value)
        }
    }

    /// Adds values at the end.
    pub fn extend(&mut self, heap: &Heap, values: impl IntoIterator<Item = Value>) -> Result<(), OutOfMemory> {
        let values = values.into_iter();
        self.reserve(heap, values.size_hint().0)?;
        for value in values {
            self.push(heap, value)?;
        }
        Ok(())
    }

    /// Replaces a value. Nothing happens if there is none at the index.
    pub fn set(&mut self, heap: &Heap, index: usize, value: Value) {
        if index < self.length {
            // SAFETY: the array has more than `index` values.
            unsafe { ValueArray::set(self.array, index, value) };
            heap.barrier(self.array as *const Header, value);
        }
    }

    /// Drops the values from `length` on.
    pub fn truncate(&mut self, length: usize) {
        while self.length > length {
            self.pop();
        }
    }

    /// Number of values.
    #[inline]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The value at an index, if there is one.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.as_slice().get(index).copied()
    }

    /// The values.
    #[inline]
    pub fn as_slice(&self) -> &[Value] {
        if self.array.is_null() {
            return &[];
        }
        // SAFETY: the array has at least `length` values, and changes only through `&mut self`.
        unsafe { std::slice::from_raw_parts(ValueArray::data(self.array), self.length) }
    }

    /// The values, to be changed in place: sorted, reversed, swapped. A value that was not among them is stored with
    /// [`RootVec::set`].
    pub fn as_mut_slice(&mut self) -> &mut [Value] {
        if self.array.is_null() {
            return &mut [];
        }
        // SAFETY: the array has at least `length` values, and is reached through `&mut self` alone.
        unsafe { std::slice::from_raw_parts_mut(ValueArray::data(self.array), self.length) }
    }

    /// The buffer itself, whose values from [`RootVec::len`] on are unbound. Null if nothing was ever added.
    pub fn into_array(self) -> *mut ValueArray {
        self.array
    }
}

impl Index<usize> for RootVec {
    type Output = Value;

    fn index(&self, index: usize) -> &Value {
        &self.as_slice()[index]
    }
}
