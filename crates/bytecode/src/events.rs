//! Where in a code unit the events of tracing arise (PEP 669): which instructions start lines, call, branch and so on.

use crate::{CodeUnit, Instr, Op, can_raise, jump_back, slots, successors, yield_flags};

/// Kinds of places, bits of [`Site::kinds`].
pub mod site {
    /// The first instruction of the body: a call of the code starts here.
    pub const START: u16 = 1;
    /// Behind a `Yield`: a generator continues here.
    pub const RESUME: u16 = 2;
    /// A line can start here.
    pub const LINE: u16 = 4;
    /// The line that is executed can change here; only where [`EventSites::tracked`](super::EventSites::tracked).
    pub const TRACK: u16 = 8;
    /// An instruction of the body.
    pub const INSTRUCTION: u16 = 0x10;
    /// A call that a program sees as one.
    pub const CALL: u16 = 0x20;
    /// `Return`
    pub const RETURN: u16 = 0x40;
    /// `Yield`
    pub const YIELD: u16 = 0x80;
    /// A jump of the program's.
    pub const JUMP: u16 = 0x100;
    /// A conditional jump.
    pub const BRANCH: u16 = 0x200;
    /// `ForIter`
    pub const FOR: u16 = 0x400;
    /// `Send`
    pub const SEND: u16 = 0x800;
    /// The `Send` of an `async for`: what follows it is the branch into the loop.
    pub const ASYNC_SEND: u16 = 0x1000;
    /// `EndAsyncFor`
    pub const ASYNC_END: u16 = 0x2000;
    /// Can jump to a place where a call starts or a generator continues, without either.
    pub const TO_ENTRY: u16 = 0x4000;
}

/// What is to know of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Site {
    /// Its line, 0 for none.
    pub line: u32,
    /// What it is, see [`site`]; 0 for cache words.
    pub kinds: u16,
}

/// The places of a code unit.
#[derive(Clone, Debug)]
pub struct EventSites {
    /// One for each slot of the code.
    pub sites: Box<[Site]>,
    /// The first instruction of the body, behind what makes cells and generators.
    pub first: u32,
    /// Whether a line starts depends at some place on where control comes from: the line that is executed has to be
    /// kept.
    pub tracked: bool,
    /// `Send` and `EndAsyncFor` of each `async for`.
    pub async_loops: Box<[(u32, u32)]>,
}

impl EventSites {
    /// Finds the places of a code unit whose instructions are as the compiler made them.
    pub fn new(unit: &CodeUnit) -> EventSites {
        let code = &unit.code;
        let mut sites = vec![Site::default(); code.len()];
        let mut at = 0;
        for (count, position) in unit.lines.runs() {
            for site in sites.iter_mut().skip(at).take(count) {
                site.line = position.line;
            }
            at += count;
        }
        let first = first_of_body(code);
        let async_loops = async_loops(unit);
        let mut marks = Marks::new(unit, &sites, first);
        let mut before: Option<usize> = None;
        let mut at = 0;
        while at < code.len() {
            let instr = code[at];
            if at >= first {
                let mut kinds = kinds_of(at, instr, before.map(|before| code[before])) | site::INSTRUCTION;
                if at == first {
                    kinds |= site::START;
                }
                if before.is_some_and(|before| code[before].op == Op::Yield as u8) {
                    kinds |= site::RESUME;
                }
                if async_loops.iter().any(|(send, _)| *send as usize == at) {
                    kinds |= site::ASYNC_SEND;
                }
                sites[at].kinds |= kinds;
                if before.is_none_or(|before| before < first || sites[before].line != sites[at].line) {
                    marks.change[at] = true;
                }
            }
            before = Some(at);
            at += slots(instr);
        }
        let tracked = marks.tracked(&sites);
        for at in 0..code.len() {
            if sites[at].kinds == 0 {
                continue;
            }
            if let Some(target) = successors(code[at]).jump
                && sites.get(target as usize).is_some_and(|target| target.kinds & (site::START | site::RESUME) != 0)
            {
                sites[at].kinds |= site::TO_ENTRY;
            }
            if marks.change[at] {
                // Modules without statements show as line 0.
                let is_empty = at == first && &*unit.name == "<module>";
                if (sites[at].line != 0 || is_empty) && marks.other[at] {
                    sites[at].kinds |= site::LINE;
                }
                if tracked {
                    sites[at].kinds |= site::TRACK;
                }
            }
        }
        EventSites { sites: sites.into_boxed_slice(), first: first as u32, tracked, async_loops }
    }
}

fn first_of_body(code: &[Instr]) -> usize {
    let prologue =
        |instr: &&Instr| [Op::CopyFreeVars, Op::MakeCell, Op::ReturnGenerator].iter().any(|op| *op as u8 == instr.op);
    let count = code.iter().take_while(prologue).count();
    // `MakeCell` also occurs in comprehensions: behind `ReturnGenerator` the body begins.
    match code[..count].iter().position(|instr| instr.op == Op::ReturnGenerator as u8) {
        Some(at) => at + 1,
        None => count.min(code.len().saturating_sub(1)),
    }
}

fn kinds_of(at: usize, instr: Instr, before: Option<Instr>) -> u16 {
    let is = |instr: Instr, op: Op| instr.op == op as u8;
    match instr.op() {
        Some(Op::Call | Op::CallKw | Op::CallEx | Op::LoadSuperAttr) => site::CALL,
        Some(Op::Return) => site::RETURN,
        Some(Op::Yield) => site::YIELD,
        // The jumps of the machine's own: behind the step of a loop, and back to a `Send`.
        Some(Op::JumpBack) if instr.flags == jump_back::OWN => 0,
        // Out of a section that lies behind the rest.
        Some(Op::Jump) if instr.bc() as usize <= at => 0,
        Some(Op::Jump | Op::JumpBack) => match before {
            Some(before) if is(before, Op::ForIter) || is(before, Op::Send) => 0,
            Some(before) if is(before, Op::Yield) && before.flags & yield_flags::DELEGATED != 0 => 0,
            _ => site::JUMP,
        },
        Some(Op::JumpIfTrue | Op::JumpIfFalse | Op::JumpIfNone | Op::JumpIfNotNone) => site::BRANCH,
        Some(Op::ForIter) => site::FOR,
        Some(Op::Send) => site::SEND,
        Some(Op::EndAsyncFor) => site::ASYNC_END,
        _ => 0,
    }
}

fn async_loops(unit: &CodeUnit) -> Box<[(u32, u32)]> {
    let is = |at: usize, op: Op| unit.code.get(at).is_some_and(|instr| instr.op == op as u8);
    let loops = unit.exceptions.iter().filter(|entry| is(entry.target as usize, Op::EndAsyncFor));
    let pairs = loops.filter_map(|entry| {
        let send = (entry.start..entry.end).rev().find(|at| is(*at as usize, Op::Send))?;
        Some((send, entry.target))
    });
    pairs.collect()
}

/// Where lines can change, and from which lines control comes there.
struct Marks {
    change: Vec<bool>,
    /// Control can come from the same line.
    same: Vec<bool>,
    /// Control can come from another line, or from a call or a yield.
    other: Vec<bool>,
}

impl Marks {
    fn new(unit: &CodeUnit, sites: &[Site], first: usize) -> Marks {
        let len = sites.len();
        let mut marks = Marks { change: vec![false; len], same: vec![false; len], other: vec![false; len] };
        if first < len {
            marks.other[first] = true;
        }
        let mut at = first;
        while at < len {
            let instr = unit.code[at];
            let next = successors(instr);
            let behind = at + slots(instr);
            if next.next {
                marks.edge(sites, at, behind, instr.op == Op::Yield as u8);
            }
            if next.skip {
                marks.edge(sites, at, behind + 1, false);
            }
            if let Some(target) = next.jump {
                marks.edge(sites, at, target as usize, false);
                marks.set_change(target as usize);
            }
            at = behind;
        }
        for entry in &unit.exceptions {
            let mut at = entry.start as usize;
            while at < (entry.end as usize).min(len) {
                if can_raise(unit.code[at]) {
                    marks.edge(sites, at, entry.target as usize, false);
                }
                at += slots(unit.code[at]);
            }
            marks.set_change(entry.target as usize);
        }
        marks
    }

    fn edge(&mut self, sites: &[Site], from: usize, to: usize, resumes: bool) {
        let (Some(origin), Some(target)) = (sites.get(from), sites.get(to)) else { return };
        let same = origin.line == target.line && !resumes;
        self.same[to] |= same;
        self.other[to] |= !same;
    }

    fn set_change(&mut self, at: usize) {
        if let Some(change) = self.change.get_mut(at) {
            *change = true;
        }
    }

    fn tracked(&self, sites: &[Site]) -> bool {
        (0..sites.len()).any(|at| self.change[at] && self.same[at] && self.other[at] && sites[at].line != 0)
    }
}
