//! Threads: the frame stack, the register stack and the state of exceptions.
//!
//! A frame has an entry on the frame stack, and registers: on the register stack, right behind those of its caller, or
//! in a generator object. Registers are named by instructions relative to `base`.

use crate::instrument::{Place, ThreadInstruments};
use crate::{Code, Dict, Ref, ValueExt, Vm};
use bytecode::Instr;
use heap::{Tracer, Value};
use std::cell::Cell;

/// An activation of a code object.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Frame {
    /// The code.
    pub code: Ref<Code>,
    /// While the frame is not at the top, or native code runs: the instruction behind the current one (behind its
    /// cache word, too).
    pub pc: *const Instr,
    /// Register 0.
    pub base: *mut Value,
    /// The function, or unbound for code that was executed otherwise.
    pub function: Value,
    /// Globals.
    pub globals: Ref<Dict>,
    /// Builtins.
    pub builtins: Ref<Dict>,
    /// The locals mapping of a module, class body or `exec`; unbound in functions.
    pub locals: Value,
    /// The frame object, if one was asked for.
    pub frame_object: Value,
    /// The generator whose frame this is, or unbound.
    pub generator: Value,
    /// For generator frames: what the resuming code was handling.
    pub saved_handled: Value,
    /// `Thread::top` before the frame was pushed.
    pub saved_top: *mut Value,
    /// The register of the caller that receives the result.
    pub dst: u16,
    /// Does the end of this frame leave the dispatch loop?
    pub is_entry: bool,
    /// Does the caller of this frame expect the new object and not its result (`__init__` called by a class)? The object
    /// waits in `saved_handled`.
    pub is_init: bool,
    /// Is it a generator's frame that a loop or `yield from` resumed in place?
    pub resumed_by: ResumedBy,
}

/// Who resumed a generator's frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResumedBy {
    /// Not a generator's frame, or one that native code resumed.
    Native,
    /// `ForIter` of the frame below.
    ForIter,
    /// `Send` of the frame below.
    Send,
}

impl Frame {
    /// The index of the current instruction.
    pub fn instr_index(&self) -> usize {
        if self.pc == self.code.start().cast_const() {
            return 0;
        }
        // The address before the next one lies in the instruction or its cache word, or in those of its copy.
        match self.code.place(self.pc.wrapping_sub(1)) {
            Place::Behind(index) => index,
            Place::At(mut index) => {
                let instrs = self.code.original();
                let cache = bytecode::Op::Cache as u8;
                while index > 0 && instrs.get(index).is_some_and(|instr| instr.op == cache) {
                    index -= 1;
                }
                index
            }
        }
    }

    /// A register of a frame that is on the frame stack; unbound where it has none of that number.
    pub fn register(&self, index: usize) -> Value {
        // SAFETY: the frame has that many registers from `base` on.
        unsafe { if index < self.code.unit().registers as usize { *self.base.add(index) } else { Value::UNBOUND } }
    }

    /// The line of the current instruction.
    pub fn line(&self) -> u32 {
        if self.pc == self.code.start().cast_const() {
            return self.code.entry_line();
        }
        self.code.unit().lines.position(self.instr_index()).line
    }

    /// Shows the variables and the live temporaries of a frame. `is_done`: what the current instruction read is not needed
    /// any more, as it waits for a frame that it pushed, or has yielded.
    pub(crate) fn trace_registers(&self, tracer: &mut Tracer, is_done: bool) {
        let data = self.code.data();
        if tracer.collection() == heap::Collection::Minor {
            // What a dead temporary still points to may live until the next full collection.
            // SAFETY: the frame has that many registers.
            let end = unsafe { self.base.add(self.code.registers() as usize) };
            return tracer.conservative(self.base.cast_const().cast()..end.cast_const().cast());
        }
        let variables = self.code.variables() as usize;
        // SAFETY: the frame has that many registers.
        unsafe { tracer.conservative(self.base.cast_const().cast()..self.base.add(variables).cast_const().cast()) };
        let (liveness, at) = (data.liveness(), self.instr_index());
        let live = if is_done { liveness.live_across(&data.unit, at) } else { liveness.live_before(&data.unit, at) };
        for register in live.iter() {
            // SAFETY: the liveness analysis names registers of the frame only.
            unsafe { tracer.conservative_word((*self.base.add(register as usize)).bits() as usize) };
        }
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer) {
        tracer.value(self.code.value());
        tracer.value(self.globals.value());
        tracer.value(self.builtins.value());
        for value in [self.function, self.locals, self.frame_object, self.generator, self.saved_handled] {
            tracer.value(value);
        }
    }
}

/// Number of values that the register stack holds.
const REGISTERS: usize = 8 << 20;
/// Number of entries that the frame stack holds.
const FRAMES: usize = 1 << 18;
/// Bytes that must be left of the native stack when native code calls Python code.
const NATIVE_STACK_RESERVE: usize = 256 << 10;

/// The state of a thread.
pub struct Thread {
    /// The exception that was raised and not caught yet, or None.
    pub pending: Cell<Value>,
    /// The exception that the running frame (generators: their own) is handling, or None.
    pub handled: Cell<Value>,
    /// The number of frames in use.
    pub depth: Cell<usize>,
    /// The first register behind those in use.
    pub top: Cell<*mut Value>,
    /// Depth of calls that raises RecursionError.
    pub recursion_limit: Cell<usize>,
    /// Depth of native calls; together with `depth` it is compared with the limit.
    pub native_depth: Cell<usize>,
    /// The lowest address of the native stack that native calls may reach.
    pub stack_limit: Cell<usize>,
    /// The highest address of the native stack.
    pub stack_high: Cell<usize>,
    /// The stack pointer where the thread gave the interpreter's lock away, 0 while it runs.
    pub parked_at: Cell<usize>,
    /// Identifies the thread, as `_thread.get_ident` does.
    pub ident: Cell<u64>,
    /// The context of context variables, or None.
    pub context: Cell<Value>,
    /// An exception that another thread wants raised here, or unbound.
    pub async_exception: Cell<Value>,
    /// Values that native code wants kept for this thread (`threading.local`, trace functions): by name.
    pub slots: Cell<Value>,
    /// How many callers `cr_origin` of a coroutine made here tells; 0: it is None.
    pub origin_depth: Cell<u32>,
    /// What the module `_decimal` keeps for this thread, its current context among it; unbound before it is used.
    pub decimal: Cell<Value>,
    /// What is to be done when the interpreter's loop has been left: see [`crate::Vm::defer`].
    pub deferred: Cell<Option<fn(&crate::Vm) -> crate::slots::R>>,
    /// Is that being done?
    pub is_deferring: Cell<bool>,
    /// How many imports are under way that native code asked for.
    pub native_imports: Cell<u32>,
    /// The innermost run of the dispatch loop: a [`crate::native_stack::LoopRecord`], or null.
    pub loops: Cell<*const ()>,
    /// Is it calling finalisers and weak reference callbacks?
    pub is_finalizing: Cell<bool>,
    /// What tools keep for it.
    pub instruments: ThreadInstruments,
    registers: *mut Value,
    frames: *mut Frame,
}

fn reserve(bytes: usize) -> *mut u8 {
    // SAFETY: a fresh anonymous mapping; pages are touched when used.
    let at = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    assert!(at != libc::MAP_FAILED, "no address space for a thread's stacks");
    at.cast()
}

/// Less than lies between the main thread's stack and what is mapped below it.
#[cfg(target_os = "linux")]
const MAIN_STACK: usize = 64 << 20;

/// The address behind the native stack of the thread that calls. Frames that are made after this one has returned may
/// lie above it.
fn native_stack_top() -> Option<usize> {
    #[cfg(target_os = "linux")]
    // SAFETY: they only ask.
    unsafe {
        // The main thread's lies below the name of the executable, which the system puts at its very end. To ask glibc is to
        // have it read a file. A child that another thread forked has the stack of that, which is far away.
        let here = 0u8;
        let name = libc::getauxval(libc::AT_EXECFN) as usize;
        let distance = name.wrapping_sub(&raw const here as usize);
        if libc::gettid() == libc::getpid() && distance < MAIN_STACK {
            return Some(name & !7);
        }
    }
    // SAFETY: the attributes are initialised by the first call and given back by the last.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return None;
        }
        let (mut address, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attributes, &mut address, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attributes);
        found.then_some(address as usize + size)
    }
}

impl Thread {
    /// The state of the native thread that calls. `stack_size` is the size of its native stack.
    pub fn new(stack_size: usize) -> Box<Thread> {
        let here = 0u8;
        let high = &raw const here as usize;
        let registers = reserve(REGISTERS * 8).cast::<Value>();
        Box::new(Thread {
            pending: Cell::new(Value::NONE),
            handled: Cell::new(Value::NONE),
            depth: Cell::new(0),
            top: Cell::new(registers),
            recursion_limit: Cell::new(1000),
            native_depth: Cell::new(0),
            stack_limit: Cell::new(high.saturating_sub(stack_size.saturating_sub(NATIVE_STACK_RESERVE))),
            stack_high: Cell::new(native_stack_top().unwrap_or(high + 4096)),
            parked_at: Cell::new(0),
            ident: Cell::new(0),
            context: Cell::new(Value::NONE),
            async_exception: Cell::new(Value::UNBOUND),
            slots: Cell::new(Value::UNBOUND),
            origin_depth: Cell::new(0),
            decimal: Cell::new(Value::UNBOUND),
            deferred: Cell::new(None),
            is_deferring: Cell::new(false),
            native_imports: Cell::new(0),
            loops: Cell::new(std::ptr::null()),
            is_finalizing: Cell::new(false),
            instruments: ThreadInstruments::default(),
            registers,
            frames: reserve(FRAMES * size_of::<Frame>()).cast(),
        })
    }

    /// The frames, the innermost last.
    pub fn frames(&self) -> &[Frame] {
        // SAFETY: entries below `depth` are initialised.
        unsafe { std::slice::from_raw_parts(self.frames, self.depth.get()) }
    }

    /// The address of a frame stack entry.
    #[inline(always)]
    pub fn frame_ptr(&self, index: usize) -> *mut Frame {
        // SAFETY: `index` is at most the depth, which is below the capacity.
        unsafe { self.frames.add(index) }
    }

    /// The innermost frame.
    #[inline(always)]
    pub fn current(&self) -> Option<&Frame> {
        // SAFETY: entries below `depth` are initialised.
        self.depth.get().checked_sub(1).map(|index| unsafe { &*self.frame_ptr(index) })
    }

    /// May a frame with that many registers be pushed at `base`?
    #[inline(always)]
    pub fn has_room(&self, base: *mut Value, registers: usize) -> bool {
        let end = base as usize + registers * 8;
        end <= self.registers as usize + (REGISTERS - 4096) * 8 && self.depth.get() < FRAMES - 1
    }

    /// The innermost exception that is being handled, by this frame or one that it was called from.
    pub fn handled_exception(&self) -> Value {
        let own = self.handled.get();
        if !own.is_none() {
            return own;
        }
        for frame in self.frames().iter().rev() {
            if !frame.generator.is_unbound() && !frame.saved_handled.is_none() && !frame.saved_handled.is_unbound() {
                return frame.saved_handled;
            }
        }
        Value::NONE
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer) {
        for value in [&self.pending, &self.handled, &self.context, &self.async_exception, &self.slots, &self.decimal] {
            tracer.value(value.get());
        }
        self.instruments.trace(tracer);
        let frames = self.frames();
        for (index, frame) in frames.iter().enumerate() {
            frame.trace(tracer);
            frame.trace_registers(tracer, frames.get(index + 1).is_some_and(|callee| !callee.is_entry));
        }
    }

    /// Can `address` (of a local variable) still be below the native stack's limit?
    #[inline(always)]
    pub fn stack_is_low(&self) -> bool {
        let here = 0u8;
        (&raw const here as usize) < self.stack_limit.get()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // SAFETY: both mappings were made by `new` with these sizes.
        unsafe {
            libc::munmap(self.registers.cast(), REGISTERS * 8);
            libc::munmap(self.frames.cast(), FRAMES * size_of::<Frame>());
        }
    }
}

impl Vm {
    /// The dict of what native code keeps for the running thread, by name.
    pub fn thread_slots(&self) -> Ref<Dict> {
        match self.thread().slots.get().cast::<Dict>() {
            Some(slots) => slots,
            None => {
                let slots = self.dict();
                self.thread().slots.set(slots.value());
                slots
            }
        }
    }
}
