//! Which registers instructions read and write, where control can go, and which registers are live.

use crate::{CodeUnit, Instr, NO_REGISTER, Op, Operand, Range};

/// Calls `f` with every register the instruction reads. The instruction must be one of the table: an interpreter
/// that rewrote its number puts the original back first.
pub fn for_each_read(instr: Instr, mut f: impl FnMut(u16)) {
    let Some(op) = instr.op() else { return };
    let info = op.info();
    let fields = [instr.a, instr.b, instr.c];
    for (operand, field) in info.operands.iter().zip(fields) {
        match operand {
            Operand::R | Operand::RW => f(field),
            Operand::OptR if field != NO_REGISTER => f(field),
            _ => {}
        }
    }
    let mut range = |start: u16, count: u32| {
        for reg in start as u32..start as u32 + count {
            f(reg as u16);
        }
    };
    let (b, c) = (instr.b, instr.c);
    match info.range {
        Range::ReadCount => range(b, c as u32),
        Range::ReadPairs => range(b, 2 * c as u32),
        Range::ReadCall | Range::ReadFixed(_) => {
            let count = match info.range {
                Range::ReadCall => 2 + c as u32,
                Range::ReadFixed(count) => count as u32,
                _ => 0,
            };
            if no_self(op, instr.flags) {
                range(b, 1);
                range(b.wrapping_add(2), count - 2);
            } else {
                range(b, count);
            }
        }
        Range::ReadFixedC(count) => range(c, count as u32),
        Range::None | Range::WriteCount | Range::WriteStar | Range::WriteFixed(_) | Range::WriteCountB => {}
    }
}

/// Is this a call whose self register holds nothing and is not looked at?
fn no_self(op: Op, flags: u8) -> bool {
    matches!(op, Op::Call | Op::CallKw | Op::CallEx) && flags & crate::call_flags::NO_SELF != 0
}

/// Calls `f` with every register the instruction writes; see [`for_each_read`].
pub fn for_each_write(instr: Instr, mut f: impl FnMut(u16)) {
    let Some(op) = instr.op() else { return };
    let info = op.info();
    let count = match info.range {
        Range::WriteCount => instr.c as u32,
        Range::WriteStar => instr.flags as u32 + 1 + instr.c as u32,
        Range::WriteFixed(count) => count as u32,
        Range::WriteCountB => instr.b as u32,
        // No instruction writes single registers other than its first.
        _ => matches!(info.operands[0], Operand::W | Operand::RW) as u32,
    };
    for reg in instr.a as u32..instr.a as u32 + count {
        f(reg as u16);
    }
    if op == Op::LoadSuperAttr && instr.flags & 1 != 0 {
        f(instr.a.wrapping_add(1));
    }
    // An iteration keeps its state in its two registers.
    if op == Op::ForIter {
        f(instr.b);
        f(instr.b.wrapping_add(1));
    }
}

/// The highest register that the instruction names, if it names one.
pub(crate) fn highest_register(instr: Instr) -> Option<u32> {
    let op = instr.op()?;
    let info = op.info();
    let (a, b, c) = (instr.a as u32, instr.b as u32, instr.c as u32);
    let mut highest = None;
    let mut see = |reg: u32| highest = highest.max(Some(reg));
    for (operand, field) in info.operands.iter().zip([a, b, c]) {
        match operand {
            Operand::W | Operand::R | Operand::RW => see(field),
            Operand::OptR if field != NO_REGISTER as u32 => see(field),
            _ => {}
        }
    }
    let (start, count) = match info.range {
        Range::None => (0, 0),
        Range::ReadCount => (b, c),
        Range::ReadPairs => (b, 2 * c),
        Range::ReadCall => (b, 2 + c),
        Range::ReadFixed(count) => (b, count as u32),
        Range::ReadFixedC(count) => (c, count as u32),
        Range::WriteCount => (a, c),
        Range::WriteStar => (a, instr.flags as u32 + 1 + c),
        Range::WriteFixed(count) => (a, count as u32),
        Range::WriteCountB => (a, b),
    };
    if count > 0 {
        see(start + count - 1);
    }
    if op == Op::LoadSuperAttr && instr.flags & 1 != 0 {
        see(a + 1);
    }
    highest
}

/// Where an instruction can continue, exceptions aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Successors {
    /// Falls through to the slot behind it (and its cache word).
    pub next: bool,
    /// Skips one more slot: the `Jump` behind `ForIter` and `Send`.
    pub skip: bool,
    /// Jumps.
    pub jump: Option<u32>,
}

/// Where an instruction can continue.
pub fn successors(instr: Instr) -> Successors {
    let jump = Some(instr.bc());
    match instr.op() {
        Some(Op::Jump | Op::JumpBack) => Successors { next: false, skip: false, jump },
        Some(Op::JumpIfTrue | Op::JumpIfFalse | Op::JumpIfNone | Op::JumpIfNotNone) => {
            Successors { next: true, skip: false, jump }
        }
        Some(Op::Return | Op::Raise | Op::Reraise) => Successors { next: false, skip: false, jump: None },
        Some(Op::ForIter | Op::Send) => Successors { next: true, skip: true, jump: None },
        _ => Successors { next: true, skip: false, jump: None },
    }
}

/// Can an exception leave the instruction?
pub fn can_raise(instr: Instr) -> bool {
    instr.op().is_some_and(|op| op.info().raises)
}

/// The blocks of a code unit: runs of instructions entered only at their start.
pub(crate) struct Blocks {
    /// Starts of the blocks, ascending, and the end of the code at last.
    pub starts: Vec<u32>,
    /// The block of each instruction.
    pub of: Vec<u32>,
}

impl Blocks {
    /// Finds the blocks. Jump targets out of range are ignored.
    pub fn find(unit: &CodeUnit) -> Blocks {
        let len = unit.code.len();
        let mut leader = vec![false; len + 1];
        let mut mark = |at: usize| {
            if let Some(slot) = leader.get_mut(at) {
                *slot = true;
            }
        };
        mark(0);
        let mut at = 0;
        while at < len {
            let instr = unit.code[at];
            let size = slots(instr);
            let next = successors(instr);
            if let Some(target) = next.jump {
                mark(target as usize);
            }
            if next.skip {
                mark(at + size);
                mark(at + size + 1);
            }
            if !next.next || next.jump.is_some() {
                mark(at + size);
            }
            at += size;
        }
        for entry in &unit.exceptions {
            mark(entry.start as usize);
            mark(entry.end as usize);
            mark(entry.target as usize);
        }
        let mut starts = Vec::new();
        let mut of = Vec::with_capacity(len);
        for (at, leads) in leader[..len].iter().enumerate() {
            if *leads {
                starts.push(at as u32);
            }
            of.push(starts.len().saturating_sub(1) as u32);
        }
        starts.push(len as u32);
        Blocks { starts, of }
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The instructions of a block, from first to last, as (index, instruction).
    pub fn instructions<'a>(&self, unit: &'a CodeUnit, block: usize) -> impl Iterator<Item = (usize, Instr)> + 'a {
        let (mut at, end) = (self.starts[block] as usize, self.starts[block + 1] as usize);
        std::iter::from_fn(move || {
            let instr = *unit.code.get(at).filter(|_| at < end)?;
            let here = at;
            at += slots(instr);
            Some((here, instr))
        })
    }

    /// Calls `f` with each block that the block can continue at, exceptions aside.
    pub fn for_each_successor(&self, unit: &CodeUnit, block: usize, mut f: impl FnMut(usize)) {
        let Some((at, instr)) = self.instructions(unit, block).last() else { return };
        let mut go = |to: usize| {
            if let Some(block) = self.of.get(to) {
                f(*block as usize);
            }
        };
        let next = successors(instr);
        let behind = at + slots(instr);
        if next.next {
            go(behind);
        }
        if next.skip {
            go(behind + 1);
        }
        if let Some(target) = next.jump {
            go(target as usize);
        }
    }
}

/// The number of slots the instruction takes: 2 with a cache word, else 1.
pub fn slots(instr: Instr) -> usize {
    match instr.op() {
        Some(op) if op.info().has_cache => 2,
        _ => 1,
    }
}

/// Which temporaries are live where. Registers of variables (those below `locals.len()`) always count as live and are
/// not recorded here.
#[derive(Debug, Clone)]
pub struct Liveness {
    first: u32,
    words: usize,
    starts: Vec<u32>,
    /// Live temporaries at the start of each block, `words` words each.
    live_in: Vec<u64>,
    /// The handler entry that covers each block, as index into the exception table.
    handler: Vec<Option<u32>>,
    /// Block successors, flat, and where those of each block begin.
    edges: Vec<u32>,
    edge_starts: Vec<u32>,
}

/// Index of the exception entry that handles an instruction.
pub(crate) fn handler_of(unit: &CodeUnit, at: u32) -> Option<u32> {
    // Tables of the compiler are sorted and disjoint; for others this finds the first match as the machine does.
    unit.exceptions.iter().position(|e| e.start <= at && at < e.end).map(|i| i as u32)
}

/// The handler entry of each block. Linear for tables that are sorted by start and disjoint.
pub(crate) fn block_handlers(unit: &CodeUnit, blocks: &Blocks) -> Vec<Option<u32>> {
    let sorted = unit.exceptions.windows(2).all(|pair| pair[0].end <= pair[1].start);
    let mut entry = 0;
    (0..blocks.len())
        .map(|block| {
            let at = blocks.starts[block];
            if !sorted {
                return handler_of(unit, at);
            }
            while unit.exceptions.get(entry).is_some_and(|e| e.end <= at) {
                entry += 1;
            }
            unit.exceptions.get(entry).filter(|e| e.start <= at).map(|_| entry as u32)
        })
        .collect()
}

impl Liveness {
    /// Computes liveness of verified code whose instructions are as the compiler made them.
    pub fn new(unit: &CodeUnit) -> Liveness {
        let blocks = Blocks::find(unit);
        let first = unit.locals.len() as u32;
        let words = ((unit.registers as u32).saturating_sub(first) as usize).div_ceil(64);
        let count = blocks.len();
        let handler = block_handlers(unit, &blocks);
        let mut edges = Vec::new();
        let mut edge_starts = vec![0];
        let mut predecessors: Vec<Vec<u32>> = vec![Vec::new(); count];
        for block in 0..count {
            blocks.for_each_successor(unit, block, |to| edges.push(to as u32));
            for to in &edges[edge_starts[block] as usize..] {
                predecessors[*to as usize].push(block as u32);
            }
            edge_starts.push(edges.len() as u32);
            if let Some(entry) = handler[block]
                && let Some(to) = blocks.of.get(unit.exceptions[entry as usize].target as usize)
            {
                predecessors[*to as usize].push(block as u32);
            }
        }
        let mut this = Liveness {
            first,
            words,
            starts: blocks.starts,
            live_in: vec![0; words * count],
            handler,
            edges,
            edge_starts,
        };
        if words == 0 {
            return this;
        }
        let mut queued = vec![true; count];
        let mut work: Vec<u32> = (0..count as u32).collect();
        while let Some(block) = work.pop() {
            let block = block as usize;
            queued[block] = false;
            let live = this.live_before(unit, this.starts[block] as usize);
            let slot = &mut this.live_in[block * words..][..words];
            if slot != live.0.as_slice() {
                slot.copy_from_slice(&live.0);
                for from in &predecessors[block] {
                    if !std::mem::replace(&mut queued[*from as usize], true) {
                        work.push(*from);
                    }
                }
            }
        }
        this
    }

    /// The temporaries whose values the instruction at `at`, or any that can run after it, reads. While an instruction
    /// runs these are what has to be kept; registers it writes hold nothing before it is done. Of a frame that waits for
    /// a call only those below the call's base count: from there on the registers are the callee's.
    pub fn live_before(&self, unit: &CodeUnit, at: usize) -> RegisterSet {
        self.live(unit, at, true)
    }

    /// The temporaries that are read after the instruction at `at`, which is under way and has read its own.
    pub fn live_across(&self, unit: &CodeUnit, at: usize) -> RegisterSet {
        self.live(unit, at, false)
    }

    fn live(&self, unit: &CodeUnit, at: usize, reads_own: bool) -> RegisterSet {
        let block = self.starts.partition_point(|start| *start as usize <= at).saturating_sub(1);
        let mut live = vec![0u64; self.words];
        let mut caught = vec![0u64; self.words];
        if self.starts.len() < 2 {
            return RegisterSet(live, self.first);
        }
        let merge = |into: &mut Vec<u64>, from: &[u64]| into.iter_mut().zip(from).for_each(|(a, b)| *a |= b);
        for to in &self.edges[self.edge_starts[block] as usize..self.edge_starts[block + 1] as usize] {
            merge(&mut live, &self.live_in[*to as usize * self.words..][..self.words]);
        }
        if let Some(entry) = self.handler[block] {
            let entry = unit.exceptions[entry as usize];
            let to = self.starts.partition_point(|start| *start <= entry.target).saturating_sub(1);
            merge(&mut caught, &self.live_in[to * self.words..][..self.words]);
            if let Some(bit) = (entry.reg as u32).checked_sub(self.first) {
                caught[bit as usize / 64] &= !(1 << (bit % 64));
            }
        }
        let end = self.starts[block + 1] as usize;
        let mut instrs = Vec::new();
        let mut scan = self.starts[block] as usize;
        while scan < end {
            if scan >= at {
                instrs.push((unit.code[scan], scan > at || reads_own));
            }
            scan += slots(unit.code[scan]);
        }
        for (instr, reads) in instrs.into_iter().rev() {
            // At the end of an iteration its item is not written, and what was there before can still be needed.
            let writes = instr.op() != Some(Op::ForIter);
            for_each_write(instr, |reg| {
                if writes && let Some(bit) = (reg as u32).checked_sub(self.first) {
                    live[bit as usize / 64] &= !(1 << (bit % 64));
                }
            });
            if can_raise(instr) {
                merge(&mut live, &caught);
            }
            if !reads {
                continue;
            }
            for_each_read(instr, |reg| {
                if let Some(bit) = (reg as u32).checked_sub(self.first) {
                    live[bit as usize / 64] |= 1 << (bit % 64);
                }
            });
        }
        RegisterSet(live, self.first)
    }
}

/// A set of temporaries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterSet(Vec<u64>, u32);

impl RegisterSet {
    /// Is the register in the set?
    pub fn contains(&self, reg: u16) -> bool {
        (reg as u32)
            .checked_sub(self.1)
            .is_some_and(|bit| self.0.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0))
    }

    /// The registers of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().enumerate().flat_map(move |(index, word)| {
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| (self.1 + index as u32 * 64 + bit) as u16)
        })
    }
}
