//! What a code object knows of the tools: its places, what is disabled where, and copies of its instructions.

use super::{Instruments, TOOLS, event};
use crate::Code;
use crate::layout::code::CodeData;
use bytecode::{EventSites, Instr, Op, site, slots};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::HashMap;

/// What of an instruction is disabled as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// The start of a call, or the resumption of a generator.
    Entry,
    Line,
    Instruction,
    /// What it does: call, return, yield, jump.
    Action,
    Left,
    Right,
}

impl Part {
    fn of(event: u32) -> Part {
        match event {
            event::PY_START | event::PY_RESUME => Part::Entry,
            event::LINE => Part::Line,
            event::INSTRUCTION => Part::Instruction,
            event::BRANCH_LEFT => Part::Left,
            event::BRANCH_RIGHT => Part::Right,
            _ => Part::Action,
        }
    }
}

/// Which instruction an address belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The instruction itself.
    At(usize),
    /// What follows its copy.
    Behind(usize),
}

/// The instrumentation of a code object.
///
/// An instrumented instruction is run from a copy, since its own `op` is taken. Copies lie in four slots each: the
/// instruction and its cache word, if it has one; then jumps to what follows it, and to what lies one slot further, for
/// those that skip one. Generators may be suspended in a copy: copies live as long as the code.
pub struct CodeMonitor {
    /// The version of the wishes that the instructions tell.
    pub(super) version: Cell<u32>,
    /// What tools want to know of this code object alone.
    pub(super) local: [Cell<u32>; TOOLS],
    /// What the instructions tell each tool.
    active: [Cell<u32>; TOOLS],
    /// Do exceptions that end an iteration have to be told?
    raises: Cell<bool>,
    /// Tools that do not want to know of a part of an instruction.
    disabled: RefCell<HashMap<(u32, Part), u8>>,
    sites: EventSites,
    copies: UnsafeCell<Box<[Instr]>>,
}

/// Slots of a copy.
const COPY: usize = 4;

/// The kinds of places that tell events.
const TELLS: &[(u16, u32)] = &[
    (site::START, event::PY_START),
    (site::RESUME, event::PY_RESUME),
    (site::YIELD, event::PY_RESUME),
    (site::LINE, event::LINE),
    (site::INSTRUCTION, event::INSTRUCTION),
    (site::CALL, event::CALL),
    (site::RETURN, event::PY_RETURN),
    (site::YIELD, event::PY_YIELD),
    (site::JUMP, event::JUMP),
    (site::BRANCH | site::FOR | site::ASYNC_SEND, event::BRANCH_LEFT),
    (site::BRANCH | site::FOR | site::ASYNC_END, event::BRANCH_RIGHT),
    (site::SEND, event::STOP_ITERATION),
];

impl Code {
    /// The instrumentation.
    pub fn monitor(&self) -> &CodeMonitor {
        let data = self.data();
        data.monitor.get_or_init(|| {
            Box::new(CodeMonitor {
                version: Cell::new(0),
                local: Default::default(),
                active: Default::default(),
                raises: Cell::new(false),
                disabled: RefCell::default(),
                sites: EventSites::new(&data.unit),
                copies: UnsafeCell::default(),
            })
        })
    }
}

impl CodeMonitor {
    /// The places.
    pub fn sites(&self) -> &EventSites {
        &self.sites
    }

    /// The tools that want to be told of an event at an instruction, as a set of bits.
    pub fn tools(&self, at: usize, event: u32) -> u8 {
        let event = with_call(event);
        let tools = (0..TOOLS).fold(0u8, |tools, tool| tools | ((self.active[tool].get() >> event & 1) as u8) << tool);
        if tools == 0 {
            return 0;
        }
        let disabled = self.disabled.borrow();
        if disabled.is_empty() {
            return tools;
        }
        tools & !disabled.get(&(at as u32, Part::of(event))).copied().unwrap_or(0)
    }

    /// Does some tool want to know of an event?
    pub fn wants(&self, event: u32) -> bool {
        self.active.iter().any(|events| events.get() >> event & 1 != 0)
    }

    /// A tool does not want to be told of an event at an instruction any more.
    pub fn disable(&self, data: &CodeData, at: usize, event: u32, tool: usize) {
        let event = with_call(event);
        *self.disabled.borrow_mut().entry((at as u32, Part::of(event))).or_insert(0) |= 1 << tool;
        self.rewrite(data, at);
    }

    pub(super) fn forget_tool(&self, tool: usize) {
        self.local[tool].set(0);
        self.enable(tool, |_| true);
        self.version.set(0);
    }

    /// Takes back what a tool disabled.
    fn enable(&self, tool: usize, parts: impl Fn(Part) -> bool) {
        self.disabled.borrow_mut().retain(|(_, part), tools| {
            if parts(*part) {
                *tools &= !(1 << tool);
            }
            *tools != 0
        });
    }

    /// Rewrites the instructions to the wishes.
    pub(super) fn sync(&self, data: &CodeData, instruments: &Instruments) {
        let before = self.version.replace(instruments.version.get());
        if before < instruments.restarted.get() {
            self.disabled.borrow_mut().clear();
        }
        for tool in 0..TOOLS {
            let events = instruments.wishes(tool) & ((1 << event::LOCAL) - 1) | self.local[tool].get();
            let gone = self.active[tool].replace(events) & !events;
            if gone != 0 {
                self.enable(tool, |part| {
                    (0..event::LOCAL).any(|event| gone >> event & 1 != 0 && Part::of(event) == part)
                });
            }
        }
        self.raises.set(instruments.union() >> event::RAISE & 1 != 0);
        let mut at = 0;
        while at < data.unit.code.len() {
            self.rewrite(data, at);
            at += slots(data.unit.code[at]);
        }
    }

    /// Instruments an instruction if it has to tell something, and puts it back if not.
    fn rewrite(&self, data: &CodeData, at: usize) {
        let instrumented = Op::Instrumented as u8;
        let tells = self.has_to_tell(at);
        if tells {
            self.make_copies(data);
        }
        // SAFETY: instructions are rewritten by the thread that holds the interpreter's lock.
        let Some(instr) = (unsafe { (&mut *data.instrs.get()).get_mut(at) }) else { return };
        if tells {
            instr.op = instrumented;
        } else if instr.op == instrumented {
            instr.op = data.unit.code[at].op;
        }
    }

    fn has_to_tell(&self, at: usize) -> bool {
        let kinds = self.sites.sites[at].kinds;
        if kinds & (site::FOR | site::SEND) != 0 && self.raises.get() {
            return true;
        }
        let tracks = self.sites.tracked && self.wants(event::LINE);
        if tracks && kinds & (site::TRACK | site::START | site::RESUME | site::YIELD | site::TO_ENTRY) != 0 {
            return true;
        }
        // Where it leads to would take it for a call or a resumption.
        if kinds & site::TO_ENTRY != 0 && (self.wants(event::PY_START) || self.wants(event::PY_RESUME)) {
            return true;
        }
        TELLS.iter().any(|(kind, event)| kinds & kind != 0 && self.tools(at, *event) != 0)
    }

    fn make_copies(&self, data: &CodeData) {
        // SAFETY: made once, while nothing points into it.
        let copies = unsafe { &mut *self.copies.get() };
        if !copies.is_empty() {
            return;
        }
        let code = &data.unit.code;
        let mut made = vec![Instr::default(); code.len() * COPY];
        for at in 0..code.len() {
            let copy = &mut made[at * COPY..][..COPY];
            let size = slots(code[at]);
            for (slot, original) in copy.iter_mut().zip(code[at..].iter().take(size)) {
                *slot = *original;
            }
            copy[size] = Instr::wide(Op::Jump, 0, 0, (at + size) as u32);
            copy[size + 1] = Instr::wide(Op::Jump, 0, 0, (at + size + 1) as u32);
            if code[at].op == Op::Yield as u8 || is_call(code[at]) {
                copy[size].op = Op::Instrumented as u8;
            }
        }
        *copies = made.into_boxed_slice();
    }

    /// The address of the copy of an instruction.
    pub fn copy_of(&self, data: &CodeData, at: usize) -> *const Instr {
        self.make_copies(data);
        // SAFETY: there is one for each slot of the code.
        unsafe { (*self.copies.get()).as_ptr().add(at * COPY) }
    }

    /// Where a frame goes on that waits for a call, to be told when the result is there.
    pub(super) fn behind_call(&self, data: &CodeData, at: usize) -> Option<*const Instr> {
        let instr = *data.unit.code.get(at).filter(|instr| is_call(**instr))?;
        Some(self.copy_of(data, at).wrapping_add(slots(instr)))
    }

    /// The place of an address that lies in the copies.
    pub fn place_in_copies(&self, at: *const Instr) -> Option<Place> {
        // SAFETY: only the bounds are looked at.
        let copies = unsafe { &*self.copies.get() };
        let offset = (at as usize).wrapping_sub(copies.as_ptr() as usize) / size_of::<Instr>();
        let position = (offset < copies.len()).then_some(offset)?;
        Some(if position % COPY == 0 { Place::At(position / COPY) } else { Place::Behind(position / COPY) })
    }
}

/// Is it a call instruction?
fn is_call(instr: Instr) -> bool {
    matches!(instr.op(), Some(Op::Call | Op::CallKw | Op::CallEx))
}

/// What follows a call is disabled with it.
fn with_call(event: u32) -> u32 {
    if event == event::C_RETURN || event == event::C_RAISE { event::CALL } else { event }
}
