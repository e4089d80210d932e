//! Lists.

use crate::{Field, Kind, Layout, Ref, TypeId, TypeObj, Vm};
use heap::{Header, Tracer, Value, ValueArray};
use std::cell::Cell;
use std::ops::Range;

/// A list.
#[repr(C)]
pub struct List {
    header: Header,
    len: Cell<usize>,
    buffer: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::list` and subclass allocation make objects of this kind.
unsafe impl Layout for List {
    const KIND: Kind = Kind::LIST;
}

impl List {
    pub(crate) fn prepare(&self) {
        self.buffer.init(Value::UNBOUND);
    }

    #[inline(always)]
    fn array(&self) -> Option<*mut ValueArray> {
        self.buffer.get().as_object().map(|object| object.cast())
    }

    #[inline(always)]
    fn data(&self) -> *mut Value {
        match self.array() {
            Some(array) => heap::ValueArray::data(array),
            None => std::ptr::NonNull::dangling().as_ptr(),
        }
    }

    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Is it []?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Number of items that fit without growing.
    pub fn capacity(&self) -> usize {
        // SAFETY: the buffer of a list is a value array.
        self.array().map_or(0, |array| unsafe { heap::ValueArray::capacity(array) })
    }

    /// The items. The slice must not be kept across a call into Python or a change of the list.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: `len` items of the buffer are in use; the caller keeps to the rule above.
        unsafe { std::slice::from_raw_parts(self.data(), self.len.get()) }
    }

    /// The item at an index, if there is one.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value> {
        // SAFETY: the index was compared.
        if index < self.len.get() { Some(unsafe { *self.data().add(index) }) } else { None }
    }
}

impl Ref<List> {
    /// Replaces the item at an index below the length.
    #[inline(always)]
    pub fn set(self, vm: &Vm, index: usize, value: Value) {
        assert!(index < self.len());
        // SAFETY: the index was compared; the barrier of the buffer follows.
        unsafe { *self.data().add(index) = value };
        vm.heap.barrier(self.buffer.get().object_unchecked(), value);
    }

    /// Makes room for `capacity` items in all.
    pub fn reserve(self, vm: &Vm, capacity: usize) {
        if capacity > self.capacity() {
            self.grow(vm, capacity);
        }
    }

    #[inline(never)]
    fn grow(self, vm: &Vm, capacity: usize) {
        let fresh = vm.alloc_values(capacity);
        // SAFETY: the new buffer is larger than the old one is long.
        unsafe { std::ptr::copy_nonoverlapping(self.data(), heap::ValueArray::data(fresh), self.len()) };
        self.buffer.set(vm, self, Value::object(fresh.cast()));
    }

    /// Appends an item.
    #[inline(always)]
    pub fn push(self, vm: &Vm, value: Value) {
        let len = self.len();
        if len == self.capacity() {
            self.grow(vm, len + (len >> 1) + 4);
        }
        // SAFETY: there is room; the barrier of the buffer follows.
        unsafe { *self.data().add(len) = value };
        self.len.set(len + 1);
        vm.heap.barrier(self.buffer.get().object_unchecked(), value);
    }

    /// Removes the last item.
    #[inline(always)]
    pub fn pop(self) -> Option<Value> {
        let len = self.len().checked_sub(1)?;
        self.len.set(len);
        // SAFETY: `len` was in use.
        unsafe {
            let value = *self.data().add(len);
            *self.data().add(len) = Value::UNBOUND;
            Some(value)
        }
    }

    /// Appends items, which must not lie in this list's buffer.
    pub fn extend(self, vm: &Vm, items: &[Value]) {
        self.splice(vm, self.len()..self.len(), items);
    }

    /// Replaces a range of items by others, which must not lie in this list's buffer.
    pub fn splice(self, vm: &Vm, range: Range<usize>, items: &[Value]) {
        let len = self.len();
        assert!(range.start <= range.end && range.end <= len);
        let new_len = len - range.len() + items.len();
        if new_len > self.capacity() {
            self.grow(vm, if new_len > len + 1 && len == 0 { new_len } else { new_len + (new_len >> 3) + 4 });
        }
        // SAFETY: the capacity suffices; `items` lies elsewhere; the barriers of the buffer follow.
        unsafe {
            let data = self.data();
            std::ptr::copy(data.add(range.end), data.add(range.start + items.len()), len - range.end);
            std::ptr::copy_nonoverlapping(items.as_ptr(), data.add(range.start), items.len());
            for index in new_len..len {
                *data.add(index) = Value::UNBOUND;
            }
        }
        self.len.set(new_len);
        if let Some(array) = self.array() {
            vm.heap.barrier_range(array.cast(), items);
        }
        if new_len < self.capacity() / 4 && self.capacity() > 64 {
            self.grow(vm, new_len + 4);
        }
    }

    /// Inserts an item before an index, which is at most the length.
    pub fn insert(self, vm: &Vm, index: usize, value: Value) {
        self.splice(vm, index..index, &[value]);
    }

    /// Removes the item at an index below the length.
    pub fn remove(self, vm: &Vm, index: usize) -> Value {
        let value = self.items()[index];
        self.splice(vm, index..index + 1, &[]);
        value
    }

    /// Removes all items.
    pub fn clear(self) {
        self.len.set(0);
        self.buffer.init(Value::UNBOUND);
    }

    /// Exchanges two items.
    pub fn swap(self, a: usize, b: usize) {
        assert!(a < self.len() && b < self.len());
        // SAFETY: the indices were compared. No barrier: both values were in this buffer before.
        unsafe { std::ptr::swap(self.data().add(a), self.data().add(b)) };
    }

    /// Takes the items away for a sort: the list is empty until [`Ref::put_buffer`].
    pub fn take_buffer(self) -> (Value, usize) {
        let taken = (self.buffer.get(), self.len());
        self.clear();
        taken
    }

    /// Puts back what [`Ref::take_buffer`] took. Gives false where the list was changed meanwhile (its items are lost
    /// then, as in CPython).
    pub fn put_buffer(self, vm: &Vm, taken: (Value, usize)) -> bool {
        let unchanged = self.is_empty() && self.buffer.get().is_unbound();
        self.buffer.set(vm, self, taken.0);
        self.len.set(taken.1);
        unchanged
    }
}

/// The values of a buffer that [`Ref::take_buffer`] gave, to be reordered.
///
/// # Safety
/// No other slice of the buffer is in use.
pub unsafe fn buffer_items<'a>(taken: (Value, usize)) -> &'a mut [Value] {
    match taken.0.as_object() {
        Some(array) => unsafe { std::slice::from_raw_parts_mut(heap::ValueArray::data(array.cast()), taken.1) },
        None => &mut [],
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe { (*object.cast::<List>()).buffer.trace(tracer) };
}

impl Vm {
    /// A new list of items.
    #[inline]
    pub fn list(&self, items: &[Value]) -> Ref<List> {
        let object = self.alloc(size_of::<List>(), Kind::LIST, TypeId::List as u32).cast::<List>();
        // SAFETY: a fresh object.
        let list: Ref<List> = unsafe {
            (*object).prepare();
            Ref::from_ptr(object)
        };
        if !items.is_empty() {
            let array = self.alloc_values(items.len());
            // SAFETY: the buffer has room for the items.
            unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), heap::ValueArray::data(array), items.len()) };
            list.buffer.init(Value::object(array.cast()));
            list.len.set(items.len());
        }
        list
    }

    /// A new empty list of a class, which is list or a subclass.
    pub fn list_of_class(&self, class: Ref<TypeObj>) -> Ref<List> {
        if class == self.types[TypeId::List] {
            return self.list(&[]);
        }
        let object = self.alloc_with_attributes(size_of::<List>(), Kind::LIST, class).cast::<List>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).prepare();
            Ref::from_ptr(object)
        }
    }

    /// A new empty list with room for items.
    pub fn list_with_capacity(&self, capacity: usize) -> Ref<List> {
        let list = self.list(&[]);
        if capacity > 0 {
            list.reserve(self, capacity);
        }
        list
    }
}
