//! Slices, ranges, tracebacks, weak references.

use crate::{Field, Kind, Layout, Ref, TypeId, TypeObj, Vm};
use heap::{Header, Tracer, Value};
use std::cell::Cell;

/// A slice.
#[repr(C)]
#[allow(missing_docs)]
pub struct Slice {
    header: Header,
    pub start: Field,
    pub stop: Field,
    pub step: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::slice` makes objects of this kind.
unsafe impl Layout for Slice {
    const KIND: Kind = Kind::SLICE;
}

/// A range. The fields are ints, immediate in nearly all cases.
#[repr(C)]
#[allow(missing_docs)]
pub struct Range {
    header: Header,
    pub start: Field,
    pub stop: Field,
    pub step: Field,
    /// The number of items, an int.
    pub length: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::range` makes objects of this kind.
unsafe impl Layout for Range {
    const KIND: Kind = Kind::RANGE;
}

/// An entry of a traceback.
#[repr(C)]
pub struct Traceback {
    header: Header,
    /// `tb_next`, or None.
    pub next: Field,
    /// `tb_frame`
    pub frame: Field,
    /// The index of the instruction.
    pub instr: Cell<u32>,
    line: Cell<u32>,
}

/// The line of an entry that was not asked for it yet.
const LINE_NOT_KNOWN: u32 = u32::MAX;

impl Traceback {
    /// Marks a number that is no instruction's but an offset as programs see it.
    pub const OFFSET: u32 = 1 << 31;

    /// The line, 0 where there is none. Entries that the machine makes work it out when they are first asked.
    pub fn line(&self, vm: &Vm) -> u32 {
        if self.line.get() == LINE_NOT_KNOWN {
            let frame = crate::ValueExt::cast::<crate::FrameObj>(self.frame.get());
            self.line.set(frame.map_or(0, |frame| frame.frame(vm).code.line_at(self.instr.get() as usize)));
        }
        self.line.get()
    }
}

// SAFETY: repr(C), starts with a Header; only `Vm::traceback` makes objects of this kind.
unsafe impl Layout for Traceback {
    const KIND: Kind = Kind::TRACEBACK;
}

/// A weak reference, or a weak proxy. Its attribute area follows. The collector clears `target`.
#[repr(C)]
pub struct WeakRef {
    header: Header,
    target: Cell<Value>,
    /// Called when the target dies, or None.
    pub callback: Field,
    /// The hash of the target, once it was asked for; -1 before.
    pub hash: Cell<i64>,
}

// SAFETY: repr(C), starts with a Header; only `Vm::alloc_weakref` makes objects of this kind.
unsafe impl Layout for WeakRef {
    const KIND: Kind = Kind::WEAKREF;
}

impl WeakRef {
    /// The object it refers to, while that lives.
    pub fn target(&self) -> Option<Value> {
        self.target.get().bound()
    }

    pub(crate) fn clear(&self) {
        self.target.set(Value::UNBOUND);
    }
}

pub(crate) unsafe fn trace_slice(object: *mut Header, tracer: &mut Tracer) {
    let slice = unsafe { &*object.cast::<Slice>() };
    for field in [&slice.start, &slice.stop, &slice.step] {
        field.trace(tracer);
    }
}

pub(crate) unsafe fn trace_range(object: *mut Header, tracer: &mut Tracer) {
    let range = unsafe { &*object.cast::<Range>() };
    for field in [&range.start, &range.stop, &range.step, &range.length] {
        field.trace(tracer);
    }
}

pub(crate) unsafe fn trace_traceback(object: *mut Header, tracer: &mut Tracer) {
    let traceback = unsafe { &*object.cast::<Traceback>() };
    traceback.next.trace(tracer);
    traceback.frame.trace(tracer);
}

pub(crate) unsafe fn trace_weakref(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        (*object.cast::<WeakRef>()).callback.trace(tracer);
        super::instance::trace_attributes(object, tracer);
    }
}

impl Vm {
    /// A slice.
    pub fn slice(&self, start: Value, stop: Value, step: Value) -> Ref<Slice> {
        let object = self.alloc(size_of::<Slice>(), Kind::SLICE, TypeId::Slice as u32).cast::<Slice>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).start.init(start);
            (*object).stop.init(stop);
            (*object).step.init(step);
            Ref::from_ptr(object)
        }
    }

    /// A range of ints; `length` is the number of its items.
    pub fn range(&self, start: Value, stop: Value, step: Value, length: Value) -> Ref<Range> {
        let object = self.alloc(size_of::<Range>(), Kind::RANGE, TypeId::Range as u32).cast::<Range>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).start.init(start);
            (*object).stop.init(stop);
            (*object).step.init(step);
            (*object).length.init(length);
            Ref::from_ptr(object)
        }
    }

    /// An entry of a traceback; without a line, it is that of the instruction.
    pub fn traceback(&self, next: Value, frame: Value, instr: u32, line: Option<u32>) -> Ref<Traceback> {
        let object = self.alloc(size_of::<Traceback>(), Kind::TRACEBACK, TypeId::Traceback as u32).cast::<Traceback>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).next.init(next);
            (*object).frame.init(frame);
            (*object).instr.set(instr);
            (*object).line.set(line.unwrap_or(LINE_NOT_KNOWN));
            Ref::from_ptr(object)
        }
    }

    /// A weak reference of a class (`weakref.ref`, a subclass, or a proxy class). It is not registered yet: see
    /// [`crate::weak`].
    pub(crate) fn alloc_weakref(&self, class: Ref<TypeObj>, target: Value, callback: Value) -> Ref<WeakRef> {
        let object = self.alloc_with_attributes(size_of::<WeakRef>(), Kind::WEAKREF, class).cast::<WeakRef>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).target.set(target);
            (*object).callback.init(callback);
            (*object).hash.set(-1);
            Ref::from_ptr(object)
        }
    }
}
