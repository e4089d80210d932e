//! Exceptions.

use crate::{Field, Kind, Layout, Ref, Tuple, TypeObj, Vm};
use heap::{Header, Tracer, Value};
use std::cell::Cell;

/// Number of fields beyond those of BaseException that an exception class may have (SyntaxError has most).
pub const EXTRA_FIELDS: usize = 10;

/// An exception. Its attribute area follows.
#[repr(C)]
pub struct Exception {
    header: Header,
    args: Field,
    /// `__traceback__`, or None.
    pub traceback: Field,
    /// `__context__`, or None.
    pub context: Field,
    /// `__cause__`, or None.
    pub cause: Field,
    /// `__suppress_context__`
    pub suppress_context: Cell<bool>,
    extra: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::alloc_exception` makes objects of this kind.
unsafe impl Layout for Exception {
    const KIND: Kind = Kind::EXCEPTION;
}

impl Exception {
    /// `args`
    pub fn args(&self) -> Ref<Tuple> {
        // SAFETY: the field always holds a tuple.
        unsafe { Ref::from_ptr(self.args.get().object_unchecked().cast()) }
    }

    /// A field of the exception's class (`errno` of OSError ...), unbound where it was not set.
    pub fn extra(&self, index: usize) -> Value {
        match self.extra.get().as_object() {
            // SAFETY: the field holds a value array of EXTRA_FIELDS values.
            Some(array) => unsafe { heap::ValueArray::get(array.cast(), index) },
            None => Value::UNBOUND,
        }
    }
}

impl Ref<Exception> {
    /// Replaces `args`.
    pub fn set_args(self, vm: &Vm, args: Ref<Tuple>) {
        self.args.set(vm, self, args.value());
    }

    /// Sets a field of the exception's class; `index` is below [`EXTRA_FIELDS`].
    pub fn set_extra(self, vm: &Vm, index: usize, value: Value) {
        assert!(index < EXTRA_FIELDS);
        if self.extra.get().is_unbound() {
            self.extra.set(vm, self, Value::object(vm.alloc_values(EXTRA_FIELDS).cast()));
        }
        let array = self.extra.get().object_unchecked().cast::<heap::ValueArray>();
        // SAFETY: the index was compared.
        unsafe { *heap::ValueArray::data(array).add(index) = value };
        vm.heap.barrier(array.cast(), value);
    }
}

impl Vm {
    /// A new exception of a class, with `args` and nothing else set.
    pub fn alloc_exception(&self, class: Ref<TypeObj>, args: Ref<Tuple>) -> Ref<Exception> {
        let object = self.alloc_with_attributes(size_of::<Exception>(), Kind::EXCEPTION, class).cast::<Exception>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).args.init(args.value());
            (*object).traceback.init(Value::NONE);
            (*object).context.init(Value::NONE);
            (*object).cause.init(Value::NONE);
            (*object).extra.init(Value::UNBOUND);
            Ref::from_ptr(object)
        }
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        let exception = &*object.cast::<Exception>();
        for field in [&exception.args, &exception.traceback, &exception.context, &exception.cause, &exception.extra] {
            field.trace(tracer);
        }
        super::instance::trace_attributes(object, tracer);
    }
}
