//! From labelled instructions to final code: jumps are shortened, the unreachable and the needless left out.

use bytecode::{ExceptionEntry, Instr, LineTable, Op, Operand, Position};

use super::{Assembler, HandlerId, Item};

/// What the assembler needs to know of the registers.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// Number of variables.
    pub variables: u16,
    /// Number of parameters, which are bound from the start.
    pub parameters: u16,
}

/// Finished code.
pub struct Finished {
    /// The instructions.
    pub code: Vec<Instr>,
    /// The exception table, sorted and disjoint.
    pub exceptions: Vec<ExceptionEntry>,
    /// The positions.
    pub lines: LineTable,
    /// The number of cache sites.
    pub cache_sites: u32,
}

/// The instructions of all sections in one sequence, jumps and handlers resolved to indices into it.
pub(super) struct Flat {
    pub items: Vec<Item>,
    /// Target of each handler, by number - 1.
    pub targets: Vec<u32>,
    pub registers: Vec<u16>,
    /// Is the instruction to be left out?
    pub dropped: Vec<bool>,
}

impl Flat {
    pub fn target(&self, handler: HandlerId) -> Option<u32> {
        handler.0.checked_sub(1).map(|index| self.targets[index as usize])
    }
}

pub(super) fn is_jump(instr: Instr) -> bool {
    instr.op().is_some_and(|op| op.info().operands.contains(&Operand::Jump))
}

impl Assembler {
    /// Lays out the code. A body that starts without a position has that of the definition.
    pub fn finish(self, registers: Registers, definition: Position) -> Finished {
        let mut flat = self.flatten();
        thread_jumps(&mut flat);
        copy_exits(&mut flat);
        drop_unreachable(&mut flat);
        if super::bound::drop_checks(&mut flat, registers) {
            // With the checks went exceptions that some handlers were there for.
            drop_unreachable(&mut flat);
        }
        inherit_positions(&mut flat, definition);
        drop_needless(&mut flat, drop_nop);
        drop_needless(&mut flat, drop_jump);
        lay_out(&flat)
    }

    fn flatten(self) -> Flat {
        let mut bases = Vec::with_capacity(self.sections.len());
        let mut count = 0;
        for section in &self.sections {
            bases.push(count);
            count += section.len() as u32;
        }
        let place = |label: u32| {
            // A label that is never bound is never used, except by handlers that catch nothing.
            self.labels[label as usize].place.map_or(0, |(section, at)| bases[section as usize] + at)
        };
        let targets: Vec<u32> = self.handlers.iter().map(|handler| place(handler.label.0)).collect();
        let registers = self.handlers.iter().map(|handler| handler.reg).collect();
        let mut items = Vec::with_capacity(count as usize);
        for section in &self.sections {
            for item in section {
                let mut item = *item;
                if is_jump(item.instr) {
                    item.instr.set_bc(place(item.instr.bc()));
                }
                items.push(item);
            }
        }
        let dropped = vec![false; items.len()];
        Flat { items, targets, registers, dropped }
    }
}

/// Sends jumps to jumps on to where those go. A jump with a line of its own counts as a step of that line for who
/// traces the program, and stays. A value that was just found true or false is not asked again: it would notice.
fn thread_jumps(flat: &mut Flat) {
    for at in 0..flat.items.len() {
        let item = flat.items[at];
        if !is_jump(item.instr) || item.instr.op() == Some(Op::JumpBack) {
            continue;
        }
        let mut target = item.instr.bc();
        for _ in 0..16 {
            let Some(next) = flat.items.get(target as usize).copied() else { break };
            if let (Some(op @ (Op::JumpIfTrue | Op::JumpIfFalse)), Some(again @ (Op::JumpIfTrue | Op::JumpIfFalse))) =
                (item.instr.op(), next.instr.op())
                && item.instr.a == next.instr.a
            {
                target = if op == again { next.instr.bc() } else { target + 1 };
                continue;
            }
            let silent = next.pos.line == 0 || next.pos.line == item.pos.line;
            if next.instr.op() == Some(Op::JumpBack)
                && item.instr.op() == Some(Op::Jump)
                && !item.pinned
                && silent
                && next.instr.bc() as usize <= at
            {
                flat.items[at].instr.op = Op::JumpBack as u8;
                target = next.instr.bc();
                break;
            }
            if next.instr.op() != Some(Op::Jump) || next.pinned || !silent || next.instr.bc() == target {
                break;
            }
            target = next.instr.bc();
        }
        flat.items[at].instr.set_bc(target);
    }
}

/// The most instructions that are copied for an end of the code: what a class body stores last is among them.
const MAX_EXIT: usize = 8;

/// Gives each jump to the end of the code an end of its own. A body without return ends by returning None, which
/// belongs to whichever line came last: one instruction cannot belong to several.
fn copy_exits(flat: &mut Flat) {
    // The instructions of the end that starts there, if one does.
    let exit_at = |items: &[Item], at: usize| -> Option<Vec<usize>> {
        let mut path = Vec::new();
        let mut at = at;
        for _ in 0..2 * MAX_EXIT {
            let item = items.get(at).filter(|item| item.pos.line == 0 && !item.pinned)?;
            if item.instr.op() == Some(Op::Jump) {
                at = item.instr.bc() as usize;
                continue;
            }
            if is_jump(item.instr) || path.len() == MAX_EXIT {
                return None;
            }
            path.push(at);
            if item.instr.op() == Some(Op::Return) {
                return Some(path);
            }
            at += 1;
        }
        None
    };
    let old = std::mem::take(&mut flat.items);
    let mut items: Vec<Item> = Vec::with_capacity(old.len() + 16);
    let mut places = Vec::with_capacity(old.len());
    // Jumps that cannot be replaced by what they lead to, with the old place of that.
    let mut distant: Vec<(usize, usize)> = Vec::new();
    let copy = |items: &mut Vec<Item>, at: usize, pos: Position| {
        let path = exit_at(&old, at).unwrap_or_default();
        items.extend(path.into_iter().map(|at| Item { pos, ..old[at] }));
    };
    for item in &old {
        places.push(items.len() as u32);
        let target = item.instr.bc() as usize;
        if is_jump(item.instr) && exit_at(&old, target).is_some() {
            if item.instr.op() == Some(Op::Jump) && !item.pinned {
                // The position of a silent jump is found later: that of what comes before it.
                copy(&mut items, target, item.pos);
                continue;
            }
            distant.push((items.len(), target));
        }
        items.push(*item);
    }
    for item in &mut items {
        if is_jump(item.instr)
            && let Some(place) = places.get(item.instr.bc() as usize)
        {
            item.instr.set_bc(*place);
        }
    }
    let mut ends: Vec<(usize, Position, u32)> = Vec::new();
    for (jump, target) in distant {
        let pos = items[jump].pos;
        let known = ends.iter().rev().take(4).find(|(at, end, _)| *at == target && end.line == pos.line);
        let place = match known {
            Some((_, _, place)) => *place,
            None => {
                let place = items.len() as u32;
                copy(&mut items, target, pos);
                ends.push((target, pos, place));
                place
            }
        };
        items[jump].instr.set_bc(place);
    }
    for target in &mut flat.targets {
        *target = places.get(*target as usize).copied().unwrap_or_default();
    }
    flat.dropped = vec![false; items.len()];
    flat.items = items;
}

fn drop_unreachable(flat: &mut Flat) {
    let mut seen = vec![false; flat.items.len()];
    let mut work = vec![0u32];
    let mut handlers = vec![false; flat.targets.len()];
    while let Some(start) = work.pop() {
        let mut at = start as usize;
        while at < seen.len() && !seen[at] {
            seen[at] = true;
            let item = &flat.items[at];
            if let Some(handler) = item.handler.0.checked_sub(1)
                && !flat.dropped[at]
                && bytecode::can_raise(item.instr)
                && !std::mem::replace(&mut handlers[handler as usize], true)
            {
                work.push(flat.targets[handler as usize]);
            }
            let next = bytecode::successors(item.instr);
            work.extend(next.jump);
            if next.skip {
                work.push(at as u32 + 2);
            }
            if !next.next {
                break;
            }
            at += 1;
        }
    }
    for (dropped, seen) in flat.dropped.iter_mut().zip(seen) {
        *dropped |= !seen;
    }
}

/// Which kept instructions are jumped to.
fn jump_targets(flat: &Flat) -> Vec<bool> {
    let mut targets = vec![false; flat.items.len() + 1];
    for (item, dropped) in flat.items.iter().zip(&flat.dropped) {
        if !dropped && is_jump(item.instr) {
            targets[item.instr.bc() as usize] = true;
        }
    }
    for target in &flat.targets {
        targets[*target as usize] = true;
    }
    // A label in front of instructions that were dropped is one of the next that is left.
    for at in 0..flat.items.len() {
        if flat.dropped[at] && targets[at] {
            targets[at + 1] = true;
        }
    }
    targets
}

/// Where control comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Nowhere,
    One(u32),
    Many,
}

/// From which instruction control comes to each one.
fn origins(flat: &Flat) -> Vec<Origin> {
    let len = flat.items.len();
    // An instruction that was dropped stands for the next that is left.
    let mut kept = vec![len; len + 1];
    for at in (0..len).rev() {
        kept[at] = if flat.dropped[at] { kept[at + 1] } else { at };
    }
    let mut origins = vec![Origin::Nowhere; len + 1];
    origins[kept[0]] = Origin::Many;
    for target in &flat.targets {
        origins[kept[*target as usize]] = Origin::Many;
    }
    for at in (0..len).filter(|at| !flat.dropped[*at]) {
        let next = bytecode::successors(flat.items[at].instr);
        let behind = next.next.then_some(at + 1);
        let skipped = next.skip.then_some(at + 2);
        for to in [behind, skipped, next.jump.map(|to| to as usize)].into_iter().flatten() {
            let origin = &mut origins[kept[to.min(len)]];
            *origin = if *origin == Origin::Nowhere { Origin::One(at as u32) } else { Origin::Many };
        }
    }
    origins
}

/// Instructions without a position take that of the one before, if control can come from nowhere else.
fn inherit_positions(flat: &mut Flat, definition: Position) {
    let origins = origins(flat);
    let is_prologue =
        |item: &Item| matches!(item.instr.op(), Some(Op::CopyFreeVars | Op::MakeCell | Op::ReturnGenerator));
    let first = (0..flat.items.len()).find(|at| !flat.dropped[*at] && !is_prologue(&flat.items[*at]));
    if let Some(first) = first
        && flat.items[first].pos.line == 0
        && !jump_targets(flat)[first]
    {
        flat.items[first].pos = definition;
    }
    // Positions can come from further down: from a section of its own, back to the main one.
    for _ in 0..2 {
        for at in 0..flat.items.len() {
            if let Origin::One(origin) = origins[at]
                && !flat.dropped[at]
                && flat.items[at].pos.line == 0
            {
                flat.items[at].pos = flat.items[origin as usize].pos;
            }
        }
    }
}

/// The surroundings of an instruction.
struct Site<'a> {
    at: usize,
    /// The instruction before, and the one behind, of those that are left.
    before: Option<usize>,
    next: usize,
    targets: &'a [bool],
    /// The line of all jumps that lead to an instruction, 0 if there are none or several.
    lines: &'a [u32],
}

/// The lines of the jumps that lead to each instruction, see [`Site::lines`].
fn jump_lines(flat: &Flat) -> Vec<u32> {
    const SEVERAL: u32 = u32::MAX;
    let len = flat.items.len();
    let mut lines = vec![0; len + 1];
    let mut add = |at: usize, line: u32| {
        lines[at] = if lines[at] == 0 || lines[at] == line { line } else { SEVERAL };
    };
    for (item, dropped) in flat.items.iter().zip(&flat.dropped) {
        if !dropped && is_jump(item.instr) {
            add(item.instr.bc() as usize, if item.pos.line == 0 { SEVERAL } else { item.pos.line });
        }
    }
    for target in &flat.targets {
        add(*target as usize, SEVERAL);
    }
    for at in 0..len {
        if flat.dropped[at] && lines[at] != 0 {
            let line = lines[at];
            lines[at + 1] = if lines[at + 1] == 0 || lines[at + 1] == line { line } else { SEVERAL };
        }
    }
    lines.iter_mut().filter(|line| **line == SEVERAL).for_each(|line| *line = 0);
    lines
}

/// The first instruction from `at` on that is left.
fn kept(flat: &Flat, at: usize) -> usize {
    (at..flat.items.len()).find(|at| !flat.dropped[*at]).unwrap_or(flat.items.len())
}

/// Calls `drop` for each instruction that is left; it drops what is needless.
fn drop_needless(flat: &mut Flat, drop: fn(&mut Flat, &Site)) {
    let (targets, lines) = (jump_targets(flat), jump_lines(flat));
    let mut before = None;
    for at in 0..flat.items.len() {
        if flat.dropped[at] {
            continue;
        }
        let next = kept(flat, at + 1);
        drop(flat, &Site { at, before, next, targets: &targets, lines: &lines });
        if !flat.dropped[at] {
            before = Some(at);
        }
    }
}

/// Drops a `Nop` whose line shows otherwise.
fn drop_nop(flat: &mut Flat, site: &Site) {
    let item = flat.items[site.at];
    if item.instr.op() != Some(Op::Nop) {
        return;
    }
    let line = item.pos.line;
    let shown_before = (!site.targets[site.at] || site.lines[site.at] == line)
        && site.before.is_some_and(|before| {
            let falls = bytecode::successors(flat.items[before].instr).next;
            if falls { flat.items[before].pos.line == line } else { site.targets[site.at] }
        });
    match flat.items.get(site.next) {
        Some(next) if next.pos.line == line => flat.dropped[site.at] = true,
        Some(next) if next.pos.line == 0 && !site.targets[site.next] && !next.pinned => {
            flat.items[site.next].pos = item.pos;
            flat.dropped[site.at] = true;
        }
        _ => flat.dropped[site.at] = line == 0 || shown_before,
    }
}

/// Drops jumps to what follows anyway, and makes one of a conditional jump around another jump.
fn drop_jump(flat: &mut Flat, site: &Site) {
    let item = flat.items[site.at];
    let line = item.pos.line;
    let target = item.instr.bc() as usize;
    match item.instr.op() {
        Some(Op::Jump) if !item.pinned && site.next < flat.items.len() && kept(flat, target) == site.next => {
            let shown = line == 0
                || flat.items[site.next].pos.line == line
                || !site.targets[site.at] && site.before.is_some_and(|before| flat.items[before].pos.line == line);
            if shown {
                flat.dropped[site.at] = true;
            } else {
                flat.items[site.at].instr = Instr::abc(Op::Nop, 0, 0, 0, 0);
            }
        }
        Some(op @ (Op::JumpIfTrue | Op::JumpIfFalse | Op::JumpIfNone | Op::JumpIfNotNone)) => {
            let Some(jump) = flat.items.get(site.next).copied() else { return };
            let plain = jump.instr.op() == Some(Op::Jump) && !jump.pinned && !site.targets[site.next];
            let silent = jump.pos.line == 0 || jump.pos.line == line;
            if plain && silent && kept(flat, target) == kept(flat, site.next + 1) {
                let inverse = match op {
                    Op::JumpIfTrue => Op::JumpIfFalse,
                    Op::JumpIfFalse => Op::JumpIfTrue,
                    Op::JumpIfNone => Op::JumpIfNotNone,
                    _ => Op::JumpIfNone,
                };
                flat.items[site.at].instr = Instr::wide(inverse, 0, item.instr.a, jump.instr.bc());
                flat.dropped[site.next] = true;
            }
        }
        _ => {}
    }
}

fn lay_out(flat: &Flat) -> Finished {
    let count = flat.items.len();
    // Where each instruction comes to lie; a dropped one stands for the next that is left.
    let mut places = Vec::with_capacity(count + 1);
    let mut place = 0u32;
    for (item, dropped) in flat.items.iter().zip(&flat.dropped) {
        places.push(place);
        if !dropped {
            place += bytecode::slots(item.instr) as u32;
        }
    }
    places.push(place);
    let mut code = Vec::with_capacity(place as usize);
    let mut positions = Vec::with_capacity(place as usize);
    let mut exceptions: Vec<ExceptionEntry> = Vec::new();
    let mut open: Option<HandlerId> = None;
    let mut cache_sites = 0u32;
    for (at, item) in flat.items.iter().enumerate() {
        if flat.dropped[at] {
            continue;
        }
        let mut instr = item.instr;
        let start = code.len() as u32;
        if is_jump(instr) {
            let target = places[instr.bc() as usize];
            instr.set_bc(target);
        }
        let Some(info) = instr.op().map(Op::info) else { continue };
        if info.has_cache {
            let site = if info.operands.contains(&Operand::Site) {
                cache_sites += 1;
                cache_sites - 1
            } else {
                0
            };
            let mut high = 0;
            for (index, operand) in info.operands.iter().enumerate() {
                if *operand == Operand::Site {
                    debug_assert_eq!(index, 2);
                    instr.c = site as u16;
                    high = (site >> 16) as u16;
                }
            }
            code.push(instr);
            code.push(Instr::wide(Op::Cache, 0, high, item.word));
            positions.push(item.pos);
        } else {
            code.push(instr);
        }
        positions.push(item.pos);
        if item.handler == HandlerId::NONE {
            open = None;
        } else if bytecode::can_raise(instr) {
            let end = code.len() as u32;
            match exceptions.last_mut() {
                Some(entry) if open == Some(item.handler) => entry.end = end,
                _ => {
                    let index = item.handler.0 as usize - 1;
                    let target = places[flat.targets[index] as usize];
                    exceptions.push(ExceptionEntry { start, end, target, reg: flat.registers[index] });
                    open = Some(item.handler);
                }
            }
        } else if open.is_some_and(|open| open != item.handler) {
            open = None;
        }
    }
    Finished { code, exceptions, lines: LineTable::from_positions(&positions), cache_sites }
}
