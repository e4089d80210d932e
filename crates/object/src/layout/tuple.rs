//! Tuples.

use crate::{Kind, Layout, Ref, TypeId, Vm};
use heap::{Header, Tracer, Value};
use std::cell::Cell;

/// A tuple. Its items follow the struct.
#[repr(C)]
pub struct Tuple {
    header: Header,
    len: usize,
    /// The hash, once it was asked for; 0 before.
    hash: Cell<i64>,
    items: [Value; 0],
}

// SAFETY: repr(C), starts with a Header; only `Vm::tuple_with` makes objects of this kind.
unsafe impl Layout for Tuple {
    const KIND: Kind = Kind::TUPLE;
}

impl Tuple {
    /// The items. They never change, so the slice may be kept while the tuple is.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: `len` values follow the struct.
        unsafe { std::slice::from_raw_parts(self.items.as_ptr(), self.len) }
    }

    /// Their number.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The hash, if it was asked for before.
    #[inline(always)]
    pub fn known_hash(&self) -> Option<i64> {
        let hash = self.hash.get();
        (hash != 0).then_some(hash)
    }

    /// Keeps the hash, as CPython 3.14 does.
    pub fn keep_hash(&self, hash: i64) {
        self.hash.set(hash);
    }

    /// Is it ()?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    for &item in unsafe { (*object.cast::<Tuple>()).items() } {
        tracer.value(item);
    }
}

impl Vm {
    /// A tuple of items.
    #[inline]
    pub fn tuple(&self, items: &[Value]) -> Ref<Tuple> {
        if items.is_empty()
            && let Some(empty) = self.names.empty_tuple.get()
        {
            return empty;
        }
        let size = size_of::<Tuple>() + size_of_val(items);
        let object = self.alloc(size, Kind::TUPLE, TypeId::Tuple as u32).cast::<Tuple>();
        // SAFETY: a fresh object with room for the struct and the items.
        unsafe {
            (&raw mut (*object).len).write(items.len());
            std::ptr::copy_nonoverlapping(items.as_ptr(), (&raw mut (*object).items).cast(), items.len());
            Ref::from_ptr(object)
        }
    }

    /// A tuple of `len` items that a function gives, by index. It must not call Python.
    #[inline]
    pub fn tuple_with(&self, len: usize, mut item: impl FnMut(usize) -> Value) -> Ref<Tuple> {
        if len == 0 {
            return self.tuple(&[]);
        }
        let size = size_of::<Tuple>() + len * size_of::<Value>();
        let object = self.alloc(size, Kind::TUPLE, TypeId::Tuple as u32).cast::<Tuple>();
        // SAFETY: a fresh object with room for the struct and the items; nothing collects before all are written.
        unsafe {
            (&raw mut (*object).len).write(len);
            let items = (&raw mut (*object).items).cast::<Value>();
            for index in 0..len {
                items.add(index).write(item(index));
            }
            Ref::from_ptr(object)
        }
    }

    /// A tuple of strings.
    pub fn str_tuple(&self, items: &[&str]) -> Ref<Tuple> {
        let list = self.list(&[]);
        for item in items {
            list.push(self, self.intern(item).value());
        }
        self.tuple(list.items())
    }
}
