//! The assembler: takes instructions with labels, leaves out what cannot be reached, and lays out the code.
//!
//! Code that rarely runs (exception handlers) goes into sections of its own, which follow the main one, so that the
//! usual path needs no jumps around it.

mod bound;
mod finish;

use bytecode::{Instr, Op, Position};

pub use finish::Registers;

/// A place in the code, perhaps not known yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// An exception handler, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HandlerId(u32);

impl HandlerId {
    /// Exceptions leave the frame.
    pub const NONE: HandlerId = HandlerId(0);
}

/// An instruction before layout: jumps hold labels, cached ones their cache word.
#[derive(Clone, Copy)]
struct Item {
    instr: Instr,
    /// What the cache word of a cached instruction holds.
    word: u32,
    handler: HandlerId,
    pos: Position,
    /// The `Jump` behind `ForIter` or `Send`, which must stay where it is.
    pinned: bool,
}

#[derive(Clone, Copy, Default)]
struct LabelState {
    /// Section and index.
    place: Option<(u32, u32)>,
    used: bool,
}

#[derive(Clone, Copy)]
struct Handler {
    label: Label,
    reg: u16,
    used: bool,
}

/// See the module's text.
#[derive(Default)]
pub struct Assembler {
    sections: Vec<Vec<Item>>,
    current: usize,
    labels: Vec<LabelState>,
    handlers: Vec<Handler>,
    /// The handler of what is emitted.
    handler: HandlerId,
    unreachable: bool,
}

/// What [`Assembler::end_cold`] goes back to.
pub struct Hot {
    section: usize,
    unreachable: bool,
}

impl Assembler {
    /// No code yet.
    pub fn new() -> Assembler {
        Assembler { sections: vec![Vec::new()], ..Assembler::default() }
    }

    /// Can what is emitted now be executed?
    pub fn reachable(&self) -> bool {
        !self.unreachable
    }

    /// A new label.
    pub fn label(&mut self) -> Label {
        self.labels.push(LabelState::default());
        Label(self.labels.len() as u32 - 1)
    }

    /// The label stands for this place.
    pub fn bind(&mut self, label: Label) {
        let place = (self.current as u32, self.sections[self.current].len() as u32);
        let state = &mut self.labels[label.0 as usize];
        state.place = Some(place);
        if state.used {
            self.unreachable = false;
        }
    }

    fn push(&mut self, item: Item) {
        if self.unreachable {
            return;
        }
        let next = bytecode::successors(item.instr);
        if !next.next {
            self.unreachable = true;
        }
        if item.handler != HandlerId::NONE && bytecode::can_raise(item.instr) {
            self.handlers[item.handler.0 as usize - 1].used = true;
        }
        self.sections[self.current].push(item);
    }

    /// Emits an instruction that neither jumps nor has a cache word.
    pub fn emit(&mut self, pos: Position, instr: Instr) {
        self.push(Item { instr, word: 0, handler: self.handler, pos, pinned: false });
    }

    /// Emits an instruction with a cache word.
    pub fn emit_cached(&mut self, pos: Position, instr: Instr, word: u32) {
        self.push(Item { instr, word, handler: self.handler, pos, pinned: false });
    }

    /// Emits a jump.
    pub fn jump(&mut self, pos: Position, op: Op, a: u16, label: Label) {
        if !self.unreachable {
            self.labels[label.0 as usize].used = true;
            self.push(Item {
                instr: Instr::wide(op, 0, a, label.0),
                word: 0,
                handler: self.handler,
                pos,
                pinned: false,
            });
        }
    }

    /// Emits a `JumpBack` that is none of the program's.
    pub fn jump_back_silently(&mut self, pos: Position, label: Label) {
        if !self.unreachable {
            self.labels[label.0 as usize].used = true;
            let instr = Instr::wide(Op::JumpBack, bytecode::jump_back::OWN, 0, label.0);
            self.push(Item { instr, word: 0, handler: self.handler, pos, pinned: false });
        }
    }

    /// The line of the last instruction of the section.
    pub fn last_line(&self) -> u32 {
        self.sections[self.current].last().map_or(0, |item| item.pos.line)
    }

    /// Emits `ForIter` or `Send` with the jump that ends the loop.
    pub fn loop_step(&mut self, pos: Position, instr: Instr, end: Label) {
        if self.unreachable {
            return;
        }
        self.emit(pos, instr);
        self.labels[end.0 as usize].used = true;
        let instr = Instr::wide(Op::Jump, 0, 0, end.0);
        self.push(Item { instr, word: 0, handler: self.handler, pos, pinned: true });
        self.unreachable = false;
    }

    /// Starts a section of its own, which nothing falls into.
    pub fn begin_cold(&mut self) -> Hot {
        let hot = Hot { section: self.current, unreachable: self.unreachable };
        self.current = self.sections.len();
        self.sections.push(Vec::new());
        self.unreachable = true;
        hot
    }

    /// Continues with the section that was interrupted. Control must not fall out of the cold one.
    pub fn end_cold(&mut self, hot: Hot) {
        debug_assert!(self.unreachable, "control falls out of a section");
        self.current = hot.section;
        self.unreachable = hot.unreachable;
    }

    /// A new handler, which gets exceptions in `reg`.
    pub fn new_handler(&mut self, reg: u16) -> HandlerId {
        let label = self.label();
        self.handlers.push(Handler { label, reg, used: false });
        HandlerId(self.handlers.len() as u32)
    }

    /// The code of the handler starts here.
    pub fn bind_handler(&mut self, handler: HandlerId) {
        let handler = self.handlers[handler.0 as usize - 1];
        self.labels[handler.label.0 as usize].used |= handler.used;
        self.bind(handler.label);
    }

    /// The handler in force.
    pub fn handler(&self) -> HandlerId {
        self.handler
    }

    /// Puts a handler in force and gives back the one before.
    pub fn set_handler(&mut self, handler: HandlerId) -> HandlerId {
        std::mem::replace(&mut self.handler, handler)
    }
}
