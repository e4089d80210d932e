//! Instrumentation (PEP 669): which events the tools asked for, and the code that has to tell them.
//!
//! Nothing is paid while no tool wants anything. What a tool wants to know is told by the instructions concerned: their
//! `op` is rewritten to `Instrumented`, in the code objects that run. When the wishes change, the code of all frames on the
//! stacks is rewritten at once. Of all other code only the places where a frame can be entered are rewritten, its first
//! instruction and those behind its yields: when one of them runs, the rest of the code follows.

mod code;
mod legacy;

pub use code::{CodeMonitor, Place};

use crate::layout::code::CodeData;
use crate::thread::Thread;
use crate::{Code, Field, List, Ref, ValueExt, Vm};
use bytecode::Op;
use heap::{Tracer, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Numbers of events.
#[allow(missing_docs)]
pub mod event {
    pub const PY_START: u32 = 0;
    pub const PY_RESUME: u32 = 1;
    pub const PY_RETURN: u32 = 2;
    pub const PY_YIELD: u32 = 3;
    pub const CALL: u32 = 4;
    pub const LINE: u32 = 5;
    pub const INSTRUCTION: u32 = 6;
    pub const JUMP: u32 = 7;
    pub const BRANCH_LEFT: u32 = 8;
    pub const BRANCH_RIGHT: u32 = 9;
    pub const STOP_ITERATION: u32 = 10;
    /// The number of events that can be set for single code objects, and disabled at single places.
    pub const LOCAL: u32 = 11;
    pub const RAISE: u32 = 11;
    pub const EXCEPTION_HANDLED: u32 = 12;
    pub const PY_UNWIND: u32 = 13;
    pub const PY_THROW: u32 = 14;
    pub const RERAISE: u32 = 15;
    /// The number of events that a tool has a set of; those that follow come with others.
    pub const GROUPED: u32 = 16;
    pub const C_RETURN: u32 = 16;
    pub const C_RAISE: u32 = 17;
    pub const BRANCH: u32 = 18;
    /// The number of events.
    pub const COUNT: u32 = 19;
    /// No event is being told.
    pub const NONE: u32 = u32::MAX;

    /// Their names.
    pub static NAMES: [&str; COUNT as usize] = [
        "PY_START",
        "PY_RESUME",
        "PY_RETURN",
        "PY_YIELD",
        "CALL",
        "LINE",
        "INSTRUCTION",
        "JUMP",
        "BRANCH_LEFT",
        "BRANCH_RIGHT",
        "STOP_ITERATION",
        "RAISE",
        "EXCEPTION_HANDLED",
        "PY_UNWIND",
        "PY_THROW",
        "RERAISE",
        "C_RETURN",
        "C_RAISE",
        "BRANCH",
    ];
}

/// The number of tools.
pub const TOOLS: usize = 8;
/// The tool behind `sys.setprofile`.
pub const PROFILE_TOOL: usize = 6;
/// The tool behind `sys.settrace`.
pub const TRACE_TOOL: usize = 7;

/// What the tools of an interpreter want to know.
pub struct Instruments {
    /// Changes whenever the wishes do.
    version: Cell<u32>,
    /// The version at which places that were disabled started to tell again.
    restarted: Cell<u32>,
    wishes: [Cell<u32>; TOOLS],
    union: Cell<u32>,
    callbacks: Field,
    /// Bits of each tool: the callbacks of the branches to the left and to the right were set as one for both.
    branch_both: [Cell<u8>; TOOLS],
    /// `sys.monitoring.DISABLE`
    pub disable: Field,
    /// `sys.monitoring.MISSING`
    pub missing: Field,
    registry: Rc<Registry>,
}

/// All code objects.
#[derive(Default)]
pub(crate) struct Registry(RefCell<Vec<*const CodeData>>);

impl Registry {
    /// Notes a code object; the number is for [`Registry::remove`].
    pub(crate) fn add(&self, data: &CodeData) {
        let mut all = self.0.borrow_mut();
        data.number.set(all.len());
        all.push(data);
    }

    pub(crate) fn remove(&self, data: &CodeData) {
        let mut all = self.0.borrow_mut();
        let number = data.number.get();
        if all.get(number).is_some_and(|known| std::ptr::eq(*known, data)) {
            all.swap_remove(number);
            if let Some(moved) = all.get(number) {
                // SAFETY: code objects take themselves off the list before they are freed.
                unsafe { (**moved).number.set(number) };
            }
        }
    }
}

impl Default for Instruments {
    fn default() -> Instruments {
        Instruments {
            version: Cell::new(1),
            restarted: Cell::new(1),
            wishes: Default::default(),
            union: Cell::new(0),
            callbacks: Field::new(Value::UNBOUND),
            branch_both: Default::default(),
            disable: Field::new(Value::UNBOUND),
            missing: Field::new(Value::UNBOUND),
            registry: Rc::default(),
        }
    }
}

impl Instruments {
    /// The events that some tool wants of all code, as a set of bits.
    #[inline(always)]
    pub fn union(&self) -> u32 {
        self.union.get()
    }

    /// The events that a tool wants of all code.
    pub fn wishes(&self, tool: usize) -> u32 {
        self.wishes[tool].get()
    }

    /// The tools that want an event of all code, as a set of bits.
    pub fn tools(&self, event: u32) -> u8 {
        (0..TOOLS).fold(0, |tools, tool| tools | ((self.wishes[tool].get() >> event & 1) as u8) << tool)
    }

    pub(crate) fn registry(&self) -> &Rc<Registry> {
        &self.registry
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.callbacks, &self.disable, &self.missing] {
            field.trace(tracer);
        }
    }

    fn list(&self, vm: &Vm) -> Ref<List> {
        if let Some(list) = self.callbacks.get().cast::<List>() {
            return list;
        }
        let list = vm.list(&[Value::NONE; TOOLS * event::COUNT as usize]);
        self.callbacks.init(list.value());
        list
    }

    /// What a tool wants called at an event, or None.
    pub fn callback(&self, tool: usize, event: u32) -> Value {
        match self.callbacks.get().cast::<List>() {
            Some(list) => list.get(tool * event::COUNT as usize + event as usize).unwrap_or(Value::NONE),
            None => Value::NONE,
        }
    }

    /// Sets what a tool wants called at an event; gives what it was before. That of `BRANCH` is for both branches.
    pub fn set_callback(&self, vm: &Vm, tool: usize, event: u32, callback: Value) -> Value {
        let events = match event {
            event::BRANCH => &[event::BRANCH_LEFT, event::BRANCH_RIGHT][..],
            event => &[event],
        };
        let old = self.callback(tool, events[0]);
        for &single in events {
            let list = self.list(vm);
            list.set(vm, tool * event::COUNT as usize + single as usize, callback);
            let bit = 1 << (single & 1);
            if matches!(single, event::BRANCH_LEFT | event::BRANCH_RIGHT) {
                let both = self.branch_both[tool].get();
                let set = event == event::BRANCH && !callback.is_none();
                self.branch_both[tool].set(if set { both | bit } else { both & !bit });
            }
        }
        old
    }

    /// Was the callback of a branch set as one for both branches?
    pub fn is_for_both(&self, tool: usize, event: u32) -> bool {
        self.branch_both[tool].get() >> (event & 1) & 1 != 0
    }
}

/// What a thread keeps for tools.
#[derive(Default)]
pub struct ThreadInstruments {
    /// How many callbacks run: they are not told of.
    pub tracing: Cell<u32>,
    /// The event that a callback is being told.
    pub event: Cell<Option<u32>>,
    /// The number of the frame stack's entry that the event is about.
    pub depth: Cell<usize>,
    /// The instruction at this address is reached by a jump: no call starts there and no generator continues.
    pub no_entry: Cell<usize>,
    /// The instruction at this address is where a debugger moved the frame to: its line is not told.
    pub no_line: Cell<usize>,
    /// What `sys.settrace` was given, or None.
    pub trace: Cell<Option<Value>>,
    /// What `sys.setprofile` was given, or None.
    pub profile: Cell<Option<Value>>,
    /// The line that each frame is at, by the number of its entry on the frame stack; kept for code only whose lines
    /// are tracked.
    pub lines: RefCell<Vec<u32>>,
}

impl ThreadInstruments {
    pub(crate) fn trace(&self, tracer: &mut Tracer) {
        for function in [&self.trace, &self.profile] {
            if let Some(function) = function.get() {
                tracer.value(function);
            }
        }
    }

    /// The line that a frame is at.
    pub fn line(&self, depth: usize) -> u32 {
        self.lines.borrow().get(depth).copied().unwrap_or(0)
    }

    /// Notes the line that a frame is at.
    pub fn set_line(&self, depth: usize, line: u32) {
        let mut lines = self.lines.borrow_mut();
        if lines.len() <= depth {
            lines.resize(depth + 1, 0);
        }
        lines[depth] = line;
    }
}

impl Vm {
    /// Sets what a tool wants to know of all code.
    pub fn set_tool_events(&self, tool: usize, events: u32) {
        let instruments = &self.instruments;
        let old = instruments.wishes[tool].replace(events);
        if old == events {
            return;
        }
        let union = instruments.wishes.iter().fold(0, |union, events| union | events.get());
        instruments.union.set(union);
        self.rewrite_code(events & !old != 0);
    }

    /// Sets what a tool wants to know of one code object.
    pub fn set_local_events(&self, tool: usize, code: Ref<Code>, events: u32) {
        let monitor = code.monitor();
        if monitor.local[tool].replace(events) != events {
            monitor.version.set(0);
            self.sync_code(code);
            self.note_lines();
            self.tell_results();
        }
    }

    /// What a tool wants to know of one code object.
    pub fn local_events(&self, tool: usize, code: Ref<Code>) -> u32 {
        code.data().monitor.get().map_or(0, |monitor| monitor.local[tool].get())
    }

    /// Takes away all that a tool wanted of single code objects, and what it disabled.
    pub fn forget_tool(&self, tool: usize) {
        self.instruments.wishes[tool].set(0);
        let union = self.instruments.wishes.iter().fold(0, |union, events| union | events.get());
        self.instruments.union.set(union);
        for data in self.instruments.registry.0.borrow().iter() {
            // SAFETY: code objects take themselves off the list before they are freed.
            if let Some(monitor) = unsafe { (**data).monitor.get() } {
                monitor.forget_tool(tool);
            }
        }
        self.rewrite_code(false);
    }

    /// Places that were disabled tell again.
    pub fn restart_events(&self) {
        self.instruments.restarted.set(self.instruments.version.get() + 1);
        self.rewrite_code(true);
    }

    /// The wishes changed. Where they only became fewer, code is rewritten when it runs next.
    fn rewrite_code(&self, more: bool) {
        self.instruments.version.set(self.instruments.version.get() + 1);
        if more {
            for data in self.instruments.registry.0.borrow().iter() {
                // SAFETY: as above; instructions are rewritten by the thread that holds the interpreter's lock.
                unsafe { (**data).mark_entries() };
            }
        }
        self.for_each_thread(|thread| {
            for frame in thread.frames() {
                self.sync_code(frame.code);
            }
        });
        self.note_lines();
        self.tell_results();
    }

    /// Frames that wait for a call tell when its result is there, where each instruction is told: what CPython does with a
    /// result is an instruction of its own.
    fn tell_results(&self) {
        self.for_each_thread(|thread| {
            for depth in 0..thread.depth.get().saturating_sub(1) {
                // SAFETY: the entry is in use; frames below the innermost read their program counter when they go on.
                let frame = unsafe { &mut *thread.frame_ptr(depth) };
                let data = frame.code.data();
                if let Some(monitor) = data.monitor.get()
                    && monitor.wants(event::INSTRUCTION)
                    && let Some(behind) = monitor.behind_call(data, frame.instr_index())
                {
                    frame.pc = behind;
                }
            }
        });
    }

    /// Notes the lines that the frames on the stacks are at, for code that was not tracked before.
    fn note_lines(&self) {
        self.for_each_thread(|thread: &Thread| {
            for (depth, frame) in thread.frames().iter().enumerate() {
                if let Some(monitor) = frame.code.data().monitor.get()
                    && monitor.sites().tracked
                {
                    let line = monitor.sites().sites.get(frame.instr_index()).map_or(0, |site| site.line);
                    thread.instruments.set_line(depth, line);
                }
            }
        });
    }

    /// Rewrites a code object to what the tools want now.
    pub fn sync_code(&self, code: Ref<Code>) {
        let instruments = &self.instruments;
        let version = instruments.version.get();
        let known = code.data().monitor.get();
        if known.is_some_and(|monitor| monitor.version.get() == version) {
            return;
        }
        if known.is_none() && instruments.union.get() == 0 {
            code.data().restore();
            return;
        }
        code.monitor().sync(code.data(), instruments);
    }
}

impl CodeData {
    /// Rewrites the instructions at which a frame can be entered.
    pub(crate) fn mark_entries(&self) {
        // SAFETY: the thread that holds the interpreter's lock rewrites instructions.
        let instrs = unsafe { &mut *self.instrs.get() };
        let Some(first) = instrs.first_mut() else { return };
        first.op = Op::Instrumented as u8;
        if self.can_yield() {
            for (at, instr) in self.unit.code.iter().enumerate() {
                if (instr.op == Op::Yield as u8 || instr.op == Op::ReturnGenerator as u8)
                    && let Some(behind) = instrs.get_mut(at + 1)
                {
                    behind.op = Op::Instrumented as u8;
                }
            }
        }
    }

    fn can_yield(&self) -> bool {
        use bytecode::CodeFlags;
        self.unit.flags.0 & (CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR) != 0
    }

    /// Puts back all that the compiler made.
    fn restore(&self) {
        // SAFETY: as above.
        let instrs = unsafe { &mut *self.instrs.get() };
        for (instr, original) in instrs.iter_mut().zip(&self.unit.code) {
            if instr.op == Op::Instrumented as u8 {
                instr.op = original.op;
            }
        }
    }
}
