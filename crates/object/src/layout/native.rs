//! Objects around Rust data: iterators, descriptors and whatever native modules define.

use crate::{Kind, Ref, TypeObj, ValueExt, Vm};
use heap::{Header, Tracer, Value};
use std::any::TypeId as RustTypeId;

/// Rust data that an object can hold. Every [`crate::Field`] in it must be shown to the tracer; it must not hold
/// `Value` or `Ref` in any other form, nor in memory of Rust's allocator.
pub trait NativeData: 'static {
    /// Shows the values that the data holds to the collector.
    fn trace(&self, tracer: &mut Tracer);
}

struct VTable {
    rust_type: RustTypeId,
    size: usize,
    trace: unsafe fn(*mut Header, &mut Tracer),
    drop: unsafe fn(*mut Header),
}

/// An object that holds data of a Rust type. Its attribute area follows.
#[repr(C)]
pub struct Native<T> {
    header: Header,
    vtable: &'static VTable,
    data: T,
}

impl<T> std::ops::Deref for Native<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.data
    }
}

trait HasVTable {
    const VTABLE: VTable;
}

impl<T: NativeData> HasVTable for T {
    const VTABLE: VTable = VTable {
        rust_type: RustTypeId::of::<T>(),
        size: (size_of::<Native<T>>() + 7) & !7,
        // SAFETY of both: called with objects of this layout only.
        trace: |object, tracer| unsafe { (*object.cast::<Native<T>>()).data.trace(tracer) },
        drop: |object| unsafe { std::ptr::drop_in_place(&raw mut (*object.cast::<Native<T>>()).data) },
    };
}

pub(crate) unsafe fn struct_size(header: *const Header) -> usize {
    unsafe { (*header.cast::<Native<()>>()).vtable.size }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        ((*object.cast::<Native<()>>()).vtable.trace)(object, tracer);
        super::instance::trace_attributes(object, tracer);
    }
}

pub(crate) unsafe fn drop(object: *mut Header) {
    unsafe { ((*object.cast::<Native<()>>()).vtable.drop)(object) };
}

impl Vm {
    /// A new object of a class around data. The class's definition (or that of its built-in base) must state
    /// [`Kind::NATIVE`].
    pub fn native<T: NativeData>(&self, class: Ref<TypeObj>, data: T) -> Ref<Native<T>> {
        const { assert!(align_of::<T>() <= 8) };
        let kind = if std::mem::needs_drop::<T>() { Kind::NATIVE_DROP } else { Kind::NATIVE };
        let object = self.alloc_with_attributes(T::VTABLE.size, kind, class);
        // SAFETY: a fresh object with room for the struct.
        unsafe {
            let object = object.cast::<Native<T>>();
            (&raw mut (*object).vtable).write(&const { T::VTABLE });
            (&raw mut (*object).data).write(data);
            Ref::from_ptr(object)
        }
    }

    /// The data of an object.
    ///
    /// # Safety
    /// It is a native object with data of this Rust type.
    #[inline(always)]
    pub unsafe fn native_unchecked<T: NativeData>(&self, value: Value) -> Ref<Native<T>> {
        // SAFETY: as the caller promises.
        unsafe { Ref::from_ptr(value.object_unchecked().cast()) }
    }

    /// The data of an object, if it is of this Rust type.
    #[inline]
    pub fn as_native<T: NativeData>(&self, value: Value) -> Option<Ref<Native<T>>> {
        if !matches!(value.kind(), Kind::NATIVE | Kind::NATIVE_DROP) {
            return None;
        }
        // SAFETY: objects of these kinds start with a header and a vtable, which names the type of the data.
        unsafe {
            let object = value.object_unchecked().cast::<Native<T>>();
            if (*object).vtable.rust_type == RustTypeId::of::<T>() { Some(Ref::from_ptr(object)) } else { None }
        }
    }
}
