//! Typed pointers to heap objects.

use crate::kind::Kind;
use heap::{Header, Tracer, Value};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A layout of heap objects.
///
/// # Safety
/// The type is `repr(C)`, starts with a [`Header`], and every object of kind [`Layout::KIND`] has this layout.
pub unsafe trait Layout: Sized {
    /// Its kind.
    const KIND: Kind;
}

/// A pointer to an object whose layout is known. Like [`Value`] it keeps its object alive only where the collector
/// sees it: on the native stack, in registers and in heap objects, not in memory of Rust's allocator.
#[repr(transparent)]
pub struct Ref<T>(NonNull<T>, PhantomData<T>);

impl<T> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}
impl<T> PartialEq for Ref<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Ref<T> {}
impl<T> std::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ref({:p})", self.0)
    }
}
impl<T> std::hash::Hash for Ref<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state)
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: a Ref points to an object of layout T, which lives while the collector sees the Ref. Objects do not
        // move, and are shared only through cells.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Ref<T> {
    /// A reference to an object.
    ///
    /// # Safety
    /// `object` points to a live object of layout T.
    #[inline(always)]
    pub unsafe fn from_ptr(object: *const T) -> Ref<T> {
        Ref(unsafe { NonNull::new_unchecked(object as *mut T) }, PhantomData)
    }

    /// The address.
    #[inline(always)]
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    /// The header.
    #[inline(always)]
    pub fn header(self) -> *mut Header {
        self.0.as_ptr().cast()
    }

    /// The value that points to it.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::object(self.header())
    }
}

impl<T> From<Ref<T>> for Value {
    #[inline(always)]
    fn from(object: Ref<T>) -> Value {
        object.value()
    }
}

/// Questions to a value about its layout.
pub trait ValueExt: Copy {
    /// The object as layout T, if its kind is that of T. Instances of subclasses of immutable built-in types have a
    /// kind of their own: see [`crate::layout::instance`].
    fn cast<T: Layout>(self) -> Option<Ref<T>>;
    /// The object as layout T.
    ///
    /// # Safety
    /// Its kind is that of T.
    unsafe fn cast_unchecked<T: Layout>(self) -> Ref<T>;
    /// The kind, [`Kind::IMMEDIATE`] for immediate values.
    fn kind(self) -> Kind;
    /// The shape number, `u32::MAX` for immediate values.
    fn shape(self) -> u32;
}

impl ValueExt for Value {
    #[inline(always)]
    fn cast<T: Layout>(self) -> Option<Ref<T>> {
        if self.kind() == T::KIND {
            // SAFETY: the kind was compared.
            Some(unsafe { self.cast_unchecked() })
        } else {
            None
        }
    }

    #[inline(always)]
    unsafe fn cast_unchecked<T: Layout>(self) -> Ref<T> {
        unsafe { Ref::from_ptr(self.object_unchecked().cast()) }
    }

    #[inline(always)]
    fn kind(self) -> Kind {
        if self.is_object() {
            // SAFETY: a pointer value points to an object.
            Kind(unsafe { (*self.object_unchecked()).kind })
        } else {
            Kind::IMMEDIATE
        }
    }

    #[inline(always)]
    fn shape(self) -> u32 {
        if self.is_object() {
            // SAFETY: a pointer value points to an object.
            unsafe { (*self.object_unchecked()).shape.get() }
        } else {
            u32::MAX
        }
    }
}

/// A mutable field of an object that holds a value. Stores go through the write barrier.
#[repr(transparent)]
pub struct Field(Cell<Value>);

impl Field {
    /// A field of an object that is being made.
    #[inline(always)]
    pub const fn new(value: Value) -> Field {
        Field(Cell::new(value))
    }

    /// The value.
    #[inline(always)]
    pub fn get(&self) -> Value {
        self.0.get()
    }

    /// Stores a value; `owner` is the object that the field lies in.
    #[inline(always)]
    pub fn set<T>(&self, vm: &crate::Vm, owner: Ref<T>, value: Value) {
        self.0.set(value);
        vm.heap.barrier(owner.header(), value);
    }

    /// Stores a value in an object that was allocated since the last safepoint, or an immediate value.
    #[inline(always)]
    pub fn init(&self, value: Value) {
        self.0.set(value);
    }

    /// Shows the value to the collector.
    #[inline(always)]
    pub fn trace(&self, tracer: &mut Tracer) {
        tracer.value(self.0.get());
    }
}
