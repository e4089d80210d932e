//! Removes the checks that locals are bound where that is certain.
//!
//! A forward analysis over blocks: a local is certainly bound where it is on every path from the start, exceptional
//! paths included.

use bytecode::{Instr, Op};

use super::HandlerId;
use super::finish::{Flat, Registers, is_jump};

const UNTRACKED: u32 = u32::MAX;

/// Sets of tracked locals, one row a block.
struct Rows {
    words: usize,
    bits: Vec<u64>,
}

impl Rows {
    fn row(&self, index: usize) -> &[u64] {
        &self.bits[index * self.words..][..self.words]
    }

    /// Intersects a row; did it change?
    fn meet(&mut self, index: usize, with: &[u64]) -> bool {
        let mut changed = false;
        for (word, with) in self.bits[index * self.words..][..self.words].iter_mut().zip(with) {
            changed |= *word & !with != 0;
            *word &= with;
        }
        changed
    }
}

/// Drops `CheckBound` of locals that are certainly bound; were there any?
pub(super) fn drop_checks(flat: &mut Flat, registers: Registers) -> bool {
    // Only locals that are checked somewhere matter.
    let mut tracked = vec![UNTRACKED; registers.variables as usize];
    let mut count = 0;
    for (item, dropped) in flat.items.iter().zip(&flat.dropped) {
        if !dropped && item.instr.op() == Some(Op::CheckBound) && tracked[item.instr.a as usize] == UNTRACKED {
            tracked[item.instr.a as usize] = count;
            count += 1;
        }
    }
    if count == 0 {
        return false;
    }
    let (starts, block_of) = blocks(flat);
    let words = (count as usize).div_ceil(64);
    let mut rows = Rows { words, bits: vec![u64::MAX; words * starts.len()] };
    let mut entry = vec![0u64; words];
    for reg in 0..registers.parameters.min(registers.variables) {
        let at = tracked[reg as usize];
        if at != UNTRACKED {
            entry[at as usize / 64] |= 1 << (at % 64);
        }
    }
    rows.meet(0, &entry);
    let mut queued = vec![false; starts.len()];
    queued[0] = true;
    let mut visited = vec![false; starts.len()];
    let mut work = vec![0u32];
    let mut reached = Vec::new();
    while let Some(block) = work.pop() {
        queued[block as usize] = false;
        visited[block as usize] = true;
        reached.clear();
        walk(flat, &tracked, &starts, block as usize, rows.row(block as usize), &mut |to, state| {
            if let Some(block) = block_of.get(to) {
                reached.push((*block, state.to_vec()));
            }
        });
        for (to, state) in reached.drain(..) {
            let changed = rows.meet(to as usize, &state);
            if (changed || !visited[to as usize]) && !std::mem::replace(&mut queued[to as usize], true) {
                work.push(to);
            }
        }
    }
    for block in 0..starts.len() {
        if visited[block] {
            let mut state = rows.row(block).to_vec();
            let end = starts.get(block + 1).map_or(flat.items.len(), |end| *end as usize);
            for at in starts[block] as usize..end {
                let instr = flat.items[at].instr;
                if flat.dropped[at] {
                    continue;
                }
                if instr.op() == Some(Op::CheckBound) {
                    let bit = tracked[instr.a as usize];
                    if state[bit as usize / 64] >> (bit % 64) & 1 != 0 {
                        // The line of the variable may be shown by nothing else.
                        flat.items[at].instr = Instr::abc(Op::Nop, 0, 0, 0, 0);
                        continue;
                    }
                }
                step(instr, &tracked, &mut state);
            }
        }
    }
    true
}

/// Starts of the blocks, and the block of each instruction.
fn blocks(flat: &Flat) -> (Vec<u32>, Vec<u32>) {
    let mut leads = vec![false; flat.items.len() + 1];
    leads[0] = true;
    let mut handler = HandlerId::NONE;
    for (at, item) in flat.items.iter().enumerate() {
        if flat.dropped[at] {
            continue;
        }
        let next = bytecode::successors(item.instr);
        if is_jump(item.instr) {
            leads[item.instr.bc() as usize] = true;
        }
        if !next.next || next.jump.is_some() {
            leads[at + 1] = true;
        }
        if next.skip {
            leads[at + 1] = true;
            leads[at + 2] = true;
        }
        if item.handler != handler {
            leads[at] = true;
            handler = item.handler;
        }
    }
    for target in &flat.targets {
        leads[*target as usize] = true;
    }
    let mut starts = Vec::new();
    let mut block_of = Vec::with_capacity(flat.items.len());
    for (at, leads) in leads[..flat.items.len()].iter().enumerate() {
        if *leads {
            starts.push(at as u32);
        }
        block_of.push(starts.len() as u32 - 1);
    }
    (starts, block_of)
}

/// Follows a block and reports the states at the places it can continue at.
fn walk(
    flat: &Flat,
    tracked: &[u32],
    starts: &[u32],
    block: usize,
    entry: &[u64],
    report: &mut impl FnMut(usize, &[u64]),
) {
    let mut state = entry.to_vec();
    let end = starts.get(block + 1).map_or(flat.items.len(), |end| *end as usize);
    // Bits only get lost by unbinding, so the handler has to see the states behind that and the first one.
    let mut lost = true;
    for at in starts[block] as usize..end {
        if flat.dropped[at] {
            if at + 1 == end {
                report_at(flat, end, &state, report);
            }
            continue;
        }
        let item = &flat.items[at];
        if lost
            && let Some(target) = flat.target(item.handler)
            && bytecode::can_raise(item.instr)
        {
            report(target as usize, &state);
            lost = false;
        }
        if item.instr.op() == Some(Op::ForIter) {
            // At the end of the iteration the item register is left alone.
            report_at(flat, end, &state, report);
            step(item.instr, tracked, &mut state);
            report_at(flat, end + 1, &state, report);
            return;
        }
        lost |= step(item.instr, tracked, &mut state);
        if at + 1 == end {
            if lost && let Some(target) = flat.target(item.handler) {
                report(target as usize, &state);
            }
            let next = bytecode::successors(item.instr);
            if next.next {
                report_at(flat, end, &state, report);
            }
            if next.skip {
                report_at(flat, end + 1, &state, report);
            }
            if let Some(target) = next.jump {
                report_at(flat, target as usize, &state, report);
            }
        }
    }
}

fn report_at(flat: &Flat, at: usize, state: &[u64], report: &mut impl FnMut(usize, &[u64])) {
    if at < flat.items.len() {
        report(at, state);
    }
}

/// The effect of an instruction on the state; does it unbind something?
fn step(instr: Instr, tracked: &[u32], state: &mut [u64]) -> bool {
    let bit = |reg: u16| tracked.get(reg as usize).copied().filter(|bit| *bit != UNTRACKED);
    match instr.op() {
        Some(Op::DeleteLocal | Op::LoadNull) => {
            if let Some(bit) = bit(instr.a) {
                state[bit as usize / 64] &= !(1 << (bit % 64));
                return true;
            }
        }
        Some(Op::CheckBound) => {
            if let Some(bit) = bit(instr.a) {
                state[bit as usize / 64] |= 1 << (bit % 64);
            }
        }
        _ => bytecode::for_each_write(instr, |reg| {
            if let Some(bit) = bit(reg) {
                state[bit as usize / 64] |= 1 << (bit % 64);
            }
        }),
    }
    false
}
