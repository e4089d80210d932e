//! Generators, coroutines and async generators: a frame whose registers lie in the object.

use crate::thread::Frame;
use crate::{Code, Field, Kind, Layout, Ref, TypeId, Vm};
use heap::{Header, Tracer, Value};
use std::cell::{Cell, UnsafeCell};

/// Where a generator is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GeneratorState {
    /// Not started.
    Created,
    /// At a yield.
    Suspended,
    /// On the frame stack.
    Running,
    /// At its end.
    Finished,
}

/// A generator, coroutine or async generator, as its class says. Its registers follow the struct.
#[repr(C)]
pub struct Generator {
    header: Header,
    /// `__name__`
    pub name: Field,
    /// `__qualname__`
    pub qualname: Field,
    /// The exception that the suspended frame is handling, or None.
    pub handled: Field,
    /// `cr_origin` of a coroutine, finalizer hook of an async generator.
    pub origin: Field,
    /// State.
    pub state: Cell<GeneratorState>,
    /// For async generators: is an `asend` or the like running, was it closed, were the hooks called?
    pub async_running: Cell<bool>,
    /// See `async_running`.
    pub async_closed: Cell<bool>,
    /// See `async_running`.
    pub hooks_called: Cell<bool>,
    /// Does nothing hold it but the loop that is started next, or the register that an attribute is read from next?
    pub unshared: Cell<bool>,
    /// The frame while it is not running. `base` points to `registers`.
    pub frame: UnsafeCell<Frame>,
    registers: [Value; 0],
}

// SAFETY: repr(C), starts with a Header; only `Vm::generator` makes objects of this kind.
unsafe impl Layout for Generator {
    const KIND: Kind = Kind::GENERATOR;
}

impl Generator {
    /// The address of the registers.
    #[inline(always)]
    pub fn registers(&self) -> *mut Value {
        self.registers.as_ptr().cast_mut()
    }

    /// Its code.
    pub fn code(&self) -> Ref<Code> {
        // SAFETY: the frame is always initialised.
        unsafe { (*self.frame.get()).code }
    }

    /// The frame, for reading and for the change of its program counter while the generator is not running.
    #[allow(clippy::mut_from_ref)]
    pub fn suspended_frame(&self) -> &mut Frame {
        // SAFETY: only one thread runs at a time, and callers do not keep the reference.
        unsafe { &mut *self.frame.get() }
    }
}

/// The data of a value that an async generator yields: it tells values from what awaiting passes through.
pub struct AsyncWrapped {
    /// The value.
    pub value: Field,
}

impl crate::NativeData for AsyncWrapped {
    fn trace(&self, tracer: &mut Tracer) {
        self.value.trace(tracer);
    }
}

impl Vm {
    /// A generator of a frame: its first `set` variables are copied, the others are unbound.
    ///
    /// # Safety
    /// The frame's first `set` registers are initialised.
    pub unsafe fn generator(&self, class: TypeId, frame: &Frame, set: usize) -> Ref<Generator> {
        let count = frame.code.registers() as usize;
        let size = size_of::<Generator>() + count * 8;
        let object = self.alloc(size, Kind::GENERATOR, class as u32).cast::<Generator>();
        unsafe {
            (*object).state.set(GeneratorState::Created);
            (*object).handled.init(Value::NONE);
            (*object).origin.init(Value::NONE);
            let registers = (&raw mut (*object).registers).cast::<Value>();
            // Temporaries hold nothing yet.
            for index in 0..set {
                *registers.add(index) = *frame.base.add(index);
            }
            for index in set..frame.code.variables() as usize {
                *registers.add(index) = Value::UNBOUND;
            }
            (*object).frame.get().write(Frame {
                base: registers,
                generator: Value::object(object.cast()),
                frame_object: Value::UNBOUND,
                saved_handled: Value::NONE,
                is_entry: false,
                ..*frame
            });
            let (name, qualname) = match crate::ValueExt::cast::<crate::Function>(frame.function) {
                Some(function) => (function.name.get(), function.qualname.get()),
                None => (frame.code.name.get(), frame.code.qualname.get()),
            };
            (*object).name.init(name);
            (*object).qualname.init(qualname);
            Ref::from_ptr(object)
        }
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        let generator = &*object.cast::<Generator>();
        for field in [&generator.name, &generator.qualname, &generator.handled, &generator.origin] {
            field.trace(tracer);
        }
        let frame = &*generator.frame.get();
        frame.trace(tracer);
        let state = generator.state.get();
        if matches!(state, GeneratorState::Finished | GeneratorState::Running) {
            // Those of a running one are shown by its thread.
        } else if crate::gc::is_thorough() {
            frame.trace_registers(tracer, true);
        } else {
            let registers = generator.registers();
            tracer.conservative(registers.cast()..registers.add(frame.code.unit().registers as usize).cast());
        }
    }
}
