//! What temporaries hold across statements: iterations, saved exceptions, exit methods. Debuggers that move a frame to
//! another line need to know: the place it moves to must find there what it needs.

use crate::flow::{Blocks, block_handlers, for_each_write};
use crate::{CodeUnit, Instr, Op, SpecialMethod};

/// What a temporary holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// The state of a `for` loop.
    Iteration,
    /// The second register of that.
    IterationRest,
    /// The iterator of an `async for` loop.
    AsyncIteration,
    /// What was being handled when an exception was caught.
    Saved,
    /// An exception that was caught.
    Caught,
    /// The exit method of a context manager.
    Exit,
    /// What the exit method is called with.
    ExitSelf,
    /// What the instruction of that number left.
    Value(u32),
    /// Different things on different paths, or nothing.
    Unknown,
}

/// What the temporaries of a code unit hold at the starts of its blocks.
#[derive(Debug)]
pub struct HeldTemporaries {
    first: usize,
    blocks: Vec<u32>,
    /// By block; empty for blocks that are not reached.
    states: Vec<Vec<Held>>,
}

impl HeldTemporaries {
    /// Follows the registers of verified code whose instructions are as the compiler made them.
    pub fn new(unit: &CodeUnit) -> HeldTemporaries {
        let blocks = Blocks::find(unit);
        let handlers = block_handlers(unit, &blocks);
        let first = unit.locals.len();
        let width = (unit.registers as usize).saturating_sub(first);
        let mut states: Vec<Vec<Held>> = vec![Vec::new(); blocks.len()];
        let mut reached = vec![false; blocks.len()];
        let mut work = Vec::new();
        if blocks.len() > 0 {
            states[0] = vec![Held::Unknown; width];
            reached[0] = true;
            work.push(0);
        }
        while let Some(block) = work.pop() {
            let mut state = states[block].clone();
            let mut reach = |to: usize, state: &[Held]| {
                if !std::mem::replace(&mut reached[to], true) {
                    states[to] = state.to_vec();
                    work.push(to);
                    return;
                }
                let mut changed = false;
                for (old, new) in states[to].iter_mut().zip(state) {
                    if *old != *new && *old != Held::Unknown {
                        *old = Held::Unknown;
                        changed = true;
                    }
                }
                if changed {
                    work.push(to);
                }
            };
            let handler = handlers[block].map(|entry| unit.exceptions[entry as usize]);
            let target = handler.and_then(|entry| Some((entry.reg, *blocks.of.get(entry.target as usize)?)));
            let caught = |state: &[Held], reach: &mut dyn FnMut(usize, &[Held])| {
                if let Some((reg, to)) = target {
                    let mut state = state.to_vec();
                    if let Some(slot) = (reg as usize).checked_sub(first).and_then(|at| state.get_mut(at)) {
                        *slot = Held::Caught;
                    }
                    reach(to as usize, &state);
                }
            };
            caught(&state, &mut reach);
            for (at, instr) in blocks.instructions(unit, block) {
                step(at, instr, first, &mut state);
                caught(&state, &mut reach);
            }
            blocks.for_each_successor(unit, block, |to| reach(to, &state));
        }
        HeldTemporaries { first, blocks: blocks.starts, states }
    }

    /// What the temporaries hold before an instruction, from the first on that is no variable; nothing where it is never
    /// reached.
    pub fn before(&self, unit: &CodeUnit, at: usize) -> Option<Vec<Held>> {
        let block = self.blocks.partition_point(|start| *start as usize <= at).checked_sub(1)?;
        let mut state = self.states.get(block)?.clone();
        if state.is_empty() && unit.registers as usize > self.first {
            return None;
        }
        let mut here = self.blocks[block] as usize;
        while here < at {
            let instr = *unit.code.get(here)?;
            step(here, instr, self.first, &mut state);
            here += crate::slots(instr);
        }
        Some(state)
    }

    /// The number of the first temporary.
    pub fn first(&self) -> usize {
        self.first
    }
}

/// The effect of an instruction.
fn step(at: usize, instr: Instr, first: usize, state: &mut [Held]) {
    let pair = |held: [Held; 2]| move |reg: u16| held[(reg != instr.a) as usize];
    let mut write = |held: &dyn Fn(u16) -> Held| {
        for_each_write(instr, |reg| {
            if let Some(slot) = (reg as usize).checked_sub(first).and_then(|at| state.get_mut(at)) {
                *slot = held(reg);
            }
        });
    };
    match instr.op() {
        Some(Op::ForPrep) => write(&pair([Held::Iteration, Held::IterationRest])),
        // The registers of the iteration hold another state of the same.
        Some(Op::ForIter) => {
            if let Some(slot) = (instr.a as usize).checked_sub(first).and_then(|at| state.get_mut(at)) {
                *slot = Held::Value(at as u32);
            }
        }
        Some(Op::GetAiter) => write(&|_| Held::AsyncIteration),
        Some(Op::PushExcInfo) => write(&|_| Held::Saved),
        Some(Op::LoadSpecial)
            if instr.flags == SpecialMethod::Exit as u8 || instr.flags == SpecialMethod::Aexit as u8 =>
        {
            write(&pair([Held::Exit, Held::ExitSelf]));
        }
        _ => write(&|_| Held::Value(at as u32)),
    }
}
