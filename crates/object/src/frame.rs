//! Frame objects: what Python sees of frames. While the frame runs, the object points to it; when it ends, the object
//! keeps a copy.

use crate::thread::Frame;
use crate::{Field, Kind, Layout, Ref, TypeId, ValueExt, Vm};
use heap::{Header, Tracer, Value};
use std::cell::{Cell, UnsafeCell};

/// A frame object.
#[repr(C)]
pub struct FrameObj {
    header: Header,
    /// The frame as it was when it ended or was last looked at.
    copy: UnsafeCell<Frame>,
    /// Number of the thread's frame stack entry plus one while the frame runs or waits for a callee; 0 when it ended
    /// or is that of a suspended generator.
    pub live: Cell<usize>,
    /// The registers of a frame that ended: a tuple, or unbound.
    pub registers: Field,
    /// `f_back` of a frame that ended.
    pub back: Field,
    /// `f_trace`, or None.
    pub trace: Field,
    /// `f_trace_lines`
    pub trace_lines: Cell<bool>,
    /// `f_trace_opcodes`
    pub trace_opcodes: Cell<bool>,
    /// The instruction at which an exception was raised last in the frame.
    pub raised_at: Cell<u32>,
    /// Extra locals that `frame.f_locals` was given, a dict or unbound.
    pub extra_locals: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::frame_object` makes objects of this kind.
unsafe impl Layout for FrameObj {
    const KIND: Kind = Kind::FRAME;
}

impl FrameObj {
    /// The frame: that on the frame stack or in the generator while it lives, else the copy.
    pub fn frame(&self, vm: &Vm) -> &Frame {
        let live = self.live.get();
        // SAFETY: entries of the frame stack below the depth are initialised, and `live` is reset when the frame ends.
        unsafe {
            if live != 0 && live <= vm.thread().depth.get() {
                let frame = &*vm.thread().frame_ptr(live - 1);
                if frame.frame_object.as_object() == Some((self as *const FrameObj).cast_mut().cast()) {
                    return frame;
                }
            }
            let copy = &*self.copy.get();
            if let Some(generator) = copy.generator.cast::<crate::Generator>()
                && self.registers.get().is_unbound()
            {
                return &*generator.frame.get();
            }
            copy
        }
    }

    /// A register of the frame.
    pub fn register(&self, vm: &Vm, index: usize) -> Value {
        if let Some(registers) = self.registers.get().cast::<crate::Tuple>() {
            return registers.items().get(index).copied().unwrap_or(Value::UNBOUND);
        }
        let frame = self.frame(vm);
        // SAFETY: the frame is alive (its registers were not copied), and has that many registers.
        unsafe { if index < frame.code.unit().registers as usize { *frame.base.add(index) } else { Value::UNBOUND } }
    }

    /// Writes a register of the frame.
    pub fn set_register(&self, vm: &Vm, index: usize, value: Value) {
        if let Some(registers) = self.registers.get().cast::<crate::Tuple>() {
            if index < registers.len() {
                // SAFETY: the tuple is this object's own, never seen by Python.
                unsafe { *registers.items().as_ptr().cast_mut().add(index) = value };
                vm.heap.barrier(registers.header(), value);
            }
            return;
        }
        let frame = self.frame(vm);
        // SAFETY: as above.
        unsafe {
            if index < frame.code.unit().registers as usize {
                *frame.base.add(index) = value;
            }
        }
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        let frame = &*object.cast::<FrameObj>();
        (*frame.copy.get()).trace(tracer);
        for field in [&frame.registers, &frame.back, &frame.trace, &frame.extra_locals] {
            field.trace(tracer);
        }
    }
}

impl Vm {
    /// The frame object of a frame stack entry.
    pub fn frame_object(&self, index: usize) -> Ref<FrameObj> {
        // SAFETY: callers give an index below the depth.
        let frame = unsafe { &mut *self.thread().frame_ptr(index) };
        if let Some(object) = frame.frame_object.cast::<FrameObj>() {
            object.live.set(index + 1);
            return object;
        }
        let object = self.alloc_frame_object(frame);
        object.live.set(index + 1);
        frame.frame_object = object.value();
        if let Some(generator) = frame.generator.cast::<crate::Generator>() {
            generator.suspended_frame().frame_object = object.value();
            self.heap.remember(generator.header());
        }
        object
    }

    /// The frame object of the innermost frame of a thread, which may be another than the running one; its callers are
    /// reached by `f_back`.
    pub fn frame_object_of_thread(&self, thread: &crate::thread::Thread) -> Option<Ref<FrameObj>> {
        let count = thread.depth.get();
        if std::ptr::eq(thread, self.thread()) {
            return count.checked_sub(1).map(|index| self.frame_object(index));
        }
        let mut outer: Option<Ref<FrameObj>> = None;
        for index in 0..count {
            // SAFETY: the index is below the depth; the thread does not run while this one has the lock.
            let frame = unsafe { &mut *thread.frame_ptr(index) };
            let object = match frame.frame_object.cast::<FrameObj>() {
                Some(object) => object,
                None => {
                    let object = self.alloc_frame_object(frame);
                    object.live.set(index + 1);
                    frame.frame_object = object.value();
                    object
                }
            };
            if let Some(outer) = outer {
                object.back.set(self, object, outer.value());
            }
            outer = Some(object);
        }
        outer
    }

    fn alloc_frame_object(&self, frame: &Frame) -> Ref<FrameObj> {
        let object = self.alloc(size_of::<FrameObj>(), Kind::FRAME, TypeId::Frame as u32).cast::<FrameObj>();
        // SAFETY: a fresh object.
        let object: Ref<FrameObj> = unsafe {
            (*object).copy.get().write(frame.clone());
            Ref::from_ptr(object)
        };
        for field in [&object.registers, &object.extra_locals] {
            field.init(Value::UNBOUND);
        }
        object.back.init(Value::NONE);
        object.trace.init(Value::NONE);
        object.trace_lines.set(true);
        object
    }

    /// The frame object of a generator that has not ended.
    pub fn generator_frame_object(&self, generator: Ref<crate::Generator>) -> Ref<FrameObj> {
        let running = self.thread().frames().iter().rposition(|frame| frame.generator == generator.value());
        if let Some(index) = running {
            return self.frame_object(index);
        }
        let frame = generator.suspended_frame();
        if let Some(object) = frame.frame_object.cast::<FrameObj>() {
            return object;
        }
        let object = self.alloc_frame_object(frame);
        frame.frame_object = object.value();
        self.heap.remember(generator.header());
        object
    }

    /// A frame that has an object ends: the object takes a copy of it.
    #[cold]
    #[inline(never)]
    pub fn retire_frame(&self, index: usize) {
        // SAFETY: callers give an index below the depth.
        let frame = unsafe { &mut *self.thread().frame_ptr(index) };
        let Some(object) = frame.frame_object.cast::<FrameObj>() else { return };
        // SAFETY: the frame has that many registers.
        let registers = unsafe { std::slice::from_raw_parts(frame.base, frame.code.unit().registers as usize) };
        let variables = &registers[..frame.code.variables() as usize];
        object.registers.set(self, object, self.tuple_unshared(variables));
        if index > 0 && object.back.get().is_none() {
            object.back.set(self, object, self.frame_object(index - 1).value());
        }
        // SAFETY: nobody holds a reference to the copy.
        unsafe {
            *object.copy.get() = frame.clone();
            (*object.copy.get()).frame_object = Value::UNBOUND;
        }
        for value in [
            frame.function,
            frame.locals,
            frame.generator,
            frame.code.value(),
            frame.globals.value(),
            frame.builtins.value(),
        ] {
            self.heap.barrier(object.header(), value);
        }
        object.live.set(0);
    }

    fn tuple_unshared(&self, items: &[Value]) -> Value {
        if items.is_empty() {
            return self.tuple(&[Value::UNBOUND]).value();
        }
        self.tuple(items).value()
    }
}
