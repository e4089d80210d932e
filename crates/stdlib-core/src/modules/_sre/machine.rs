//! The matcher: backtracking with a stack of its own, so that no pattern or text can exhaust the native one.

use super::charset::{self, Fold};
use super::code::{MAXREPEAT, at, category};
use super::program::{First, Inst, Program, RepeatOne, Unit};
use super::text::Text;
use object::{Raised, Vm};

/// No position.
pub const NONE: usize = usize::MAX;

/// What a backtrack entry stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Go on at instruction `a`, position `x`.
    Choice,
    /// Try the alternatives from `y` on of the branch at `a`, position `x`.
    Branch,
    /// Give back a character of the repetition at `a`: not below position `x`, now at `y`.
    Greedy,
    /// Take another character in the repetition at `a`: now at position `x`, at most `y` more.
    Lazy,
    /// Take the body of the lazy loop at `a` again, at position `x`, with the count `y`.
    LazyLoop,
    /// Mark `a` was at `x`, the last group was `y`.
    Mark,
    /// Loop counter `a` was `x`, its last position `y`.
    Slot,
    /// The part at `a` was entered at position `x`, the barrier before is `y`.
    Barrier,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    a: u32,
    x: usize,
    y: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    count: usize,
    last: usize,
}

/// More backtrack entries than this are taken for too many.
const MAX_ENTRIES: usize = 1 << 28;

/// The state of a match.
#[derive(Debug, Default)]
pub struct Machine {
    stack: Vec<Entry>,
    slots: Vec<Slot>,
    /// Start and end of the groups, in bytes; [`NONE`] where they are not set.
    pub marks: Vec<usize>,
    /// The group that was closed last, plus one; 0 for none.
    pub last_group: usize,
    barrier: usize,
    steps: u32,
}

/// What a match must be besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// It must reach the end of the text.
    pub whole: bool,
    /// It must not be empty.
    pub advance: bool,
}

/// Does a unit match a character?
#[inline(always)]
pub fn unit_has(program: &Program, unit: Unit, char: u32) -> bool {
    match unit {
        Unit::Never => false,
        Unit::Byte(byte) => char == byte as u32,
        Unit::Char(other) => char == other,
        Unit::NotChar(other) => char != other,
        Unit::NotNewline => char != '\n' as u32,
        Unit::Any => true,
        Unit::Set(set) => program.sets[set as usize].has(char),
        Unit::Folded(fold, literal) => fold.same(literal, char),
        Unit::NotFolded(fold, literal) => !fold.same(literal, char),
        Unit::Category(number) => charset::in_category(number, char),
    }
}

#[inline(always)]
fn step<T: Text>(program: &Program, unit: Unit, text: T, pos: usize) -> Option<usize> {
    let (char, behind) = text.next(pos)?;
    unit_has(program, unit, char).then_some(behind)
}

/// The position behind as many characters as match, at most `max`, and their number.
#[inline]
fn run_of<T: Text>(program: &Program, unit: Unit, text: T, start: usize, max: usize) -> (usize, usize) {
    let bytes = text.bytes();
    let rest = &bytes[start..];
    if T::NARROW {
        let limit = rest.len().min(max);
        let rest = &rest[..limit];
        let count = match unit {
            Unit::Any => limit,
            Unit::NotNewline => memchr::memchr(b'\n', rest).unwrap_or(limit),
            Unit::NotChar(char) => match u8::try_from(char) {
                Ok(byte) => memchr::memchr(byte, rest).unwrap_or(limit),
                Err(_) => limit,
            },
            Unit::Byte(byte) => rest.iter().position(|other| *other != byte).unwrap_or(limit),
            Unit::Set(set) => {
                let set = &program.sets[set as usize];
                match set.table() {
                    Some(table) => rest.iter().position(|byte| !table[*byte as usize]).unwrap_or(limit),
                    None => rest.iter().position(|byte| !set.has(*byte as u32)).unwrap_or(limit),
                }
            }
            unit => rest.iter().position(|byte| !unit_has(program, unit, *byte as u32)).unwrap_or(limit),
        };
        return (start + count, count);
    }
    if max >= rest.len() {
        let stop = match unit {
            Unit::Any => Some(rest.len()),
            Unit::NotNewline => Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
            Unit::NotChar(char @ 0..0x80) => Some(memchr::memchr(char as u8, rest).unwrap_or(rest.len())),
            _ => None,
        };
        if let Some(stop) = stop {
            // The number of characters matters only where it may be too small.
            return (start + stop, base::text::unit::count(&rest[..stop]));
        }
    }
    let (mut pos, mut count) = (start, 0);
    while count < max
        && let Some(behind) = step(program, unit, text, pos)
    {
        pos = behind;
        count += 1;
    }
    (pos, count)
}

impl Machine {
    /// Makes the state ready for a program.
    pub fn prepare(&mut self, program: &Program) {
        self.stack.clear();
        self.slots.clear();
        self.slots.resize(program.slots, Slot { count: 0, last: NONE });
        self.marks.clear();
        self.marks.resize(program.groups * 2, NONE);
        self.last_group = 0;
        self.barrier = NONE;
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, a: u32, x: usize, y: usize) {
        self.stack.push(Entry { kind, a, x, y });
    }

    #[inline(always)]
    fn set_mark(&mut self, number: u32, pos: usize) {
        let old = self.marks[number as usize];
        self.push(Kind::Mark, number, old, self.last_group);
        self.marks[number as usize] = pos;
        if number & 1 == 1 {
            self.last_group = number as usize / 2 + 1;
        }
    }

    #[inline(always)]
    fn set_slot(&mut self, slot: u32, count: usize, last: usize) {
        let old = self.slots[slot as usize];
        self.push(Kind::Slot, slot, old.count, old.last);
        self.slots[slot as usize] = Slot { count, last };
    }

    /// Is it worth keeping for the next match?
    pub fn is_small(&self) -> bool {
        self.stack.capacity() < 4096
    }

    /// Start and end of a group that matched.
    #[inline]
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.marks[group * 2], self.marks[group * 2 + 1]);
        (start != NONE && end != NONE && start <= end).then_some((start, end))
    }

    fn undo(&mut self, entry: Entry) {
        match entry.kind {
            Kind::Mark => {
                self.marks[entry.a as usize] = entry.x;
                self.last_group = entry.y;
            }
            Kind::Slot => self.slots[entry.a as usize] = Slot { count: entry.x, last: entry.y },
            _ => {}
        }
    }

    /// Leaves the innermost part: drops what could be tried again in it, keeps what is to be undone.
    fn keep(&mut self) -> Entry {
        let at = self.barrier;
        let entry = self.stack[at];
        self.barrier = entry.y;
        let mut to = at;
        for from in at + 1..self.stack.len() {
            let entry = self.stack[from];
            if matches!(entry.kind, Kind::Mark | Kind::Slot) {
                self.stack[to] = entry;
                to += 1;
            }
        }
        self.stack.truncate(to);
        entry
    }

    /// Matches at a position. Gives the end of the match.
    pub fn run<T: Text>(
        &mut self,
        vm: &Vm,
        program: &Program,
        text: T,
        start: usize,
        demand: Demand,
    ) -> Result<Option<usize>, Raised> {
        self.stack.clear();
        self.barrier = NONE;
        let bytes = text.bytes();
        let end = bytes.len();
        let mut pos = start;
        let mut pc = 0u32;
        'machine: loop {
            // Each arm goes on to the next instruction, or `continue`s at another one; `fail` is what follows.
            let failed = 'step: {
                match program.insts[pc as usize] {
                    Inst::One(unit) => match step(program, unit, text, pos) {
                        Some(behind) => pos = behind,
                        None => break 'step true,
                    },
                    Inst::Literal { from, to } => {
                        let literal = &program.literals[from as usize..to as usize];
                        if !bytes[pos..].starts_with(literal) {
                            break 'step true;
                        }
                        pos += literal.len();
                    }
                    Inst::Mark(number) => self.set_mark(number, pos),
                    Inst::At(number) => {
                        if !is_at(text, pos, number) {
                            break 'step true;
                        }
                    }
                    Inst::Jump(to) => {
                        pc = to;
                        continue 'machine;
                    }
                    Inst::Branch { from, to } => match self.branch(program, text, pos, pc, from, to) {
                        Some(start) => {
                            pc = start;
                            continue 'machine;
                        }
                        None => break 'step true,
                    },
                    Inst::RepeatOne(number) => {
                        let repeat = &program.repeats[number as usize];
                        match self.repeat_one(program, repeat, text, pos, pc) {
                            Some(behind) => pos = behind,
                            None => break 'step true,
                        }
                    }
                    Inst::MinRepeatOne(number) => {
                        let RepeatOne { unit, times, next_byte } = program.repeats[number as usize];
                        let (behind, count) = run_of(program, unit, text, pos, times.min as usize);
                        if count < times.min as usize {
                            break 'step true;
                        }
                        let more = limit(times.max).saturating_sub(count);
                        match self.lazy(program, unit, next_byte, text, behind, more, pc) {
                            Some(behind) => pos = behind,
                            None => break 'step true,
                        }
                    }
                    Inst::PossessiveOne(number) => {
                        let RepeatOne { unit, times, .. } = program.repeats[number as usize];
                        let (behind, count) = run_of(program, unit, text, pos, limit(times.max));
                        if count < times.min as usize {
                            break 'step true;
                        }
                        pos = behind;
                    }
                    Inst::RepeatStart { slot, until } => {
                        // The count is that of bodies begun before the one that ends.
                        self.set_slot(slot, NONE, NONE);
                        pc = until;
                        continue 'machine;
                    }
                    Inst::MaxUntil(number) => {
                        let own = &program.loops[number as usize];
                        let Slot { count, last } = self.slots[own.slot as usize];
                        let count = count.wrapping_add(1);
                        if count < own.times.min as usize {
                            self.set_slot(own.slot, count, last);
                            pc = own.body;
                            continue 'machine;
                        }
                        if count < limit(own.times.max) && pos != last {
                            self.push(Kind::Choice, own.tail, pos, 0);
                            self.set_slot(own.slot, count, pos);
                            pc = own.body;
                            continue 'machine;
                        }
                        pc = own.tail;
                        continue 'machine;
                    }
                    Inst::MinUntil(number) => {
                        let own = &program.loops[number as usize];
                        let Slot { count, last } = self.slots[own.slot as usize];
                        let count = count.wrapping_add(1);
                        if count < own.times.min as usize {
                            self.set_slot(own.slot, count, last);
                            pc = own.body;
                            continue 'machine;
                        }
                        self.push(Kind::LazyLoop, pc, pos, count);
                        pc = own.tail;
                        continue 'machine;
                    }
                    Inst::PossessiveUntil(number) => {
                        let own = &program.loops[number as usize];
                        let Slot { count, last } = self.slots[own.slot as usize];
                        let count = if count == NONE { 0 } else { count };
                        let must = count < own.times.min as usize;
                        if must || (count < limit(own.times.max) && pos != last) {
                            self.set_slot(own.slot, count, if must { last } else { pos });
                            self.enter(pc, pos);
                            pc = own.body;
                            continue 'machine;
                        }
                        pc = own.tail;
                        continue 'machine;
                    }
                    Inst::Atomic { .. } => self.enter(pc, pos),
                    Inst::Assert { back, .. } => match text.back(pos, back as usize) {
                        Some(from) => {
                            self.enter(pc, pos);
                            pos = from;
                        }
                        None => break 'step true,
                    },
                    Inst::AssertNot { back, behind } => match text.back(pos, back as usize) {
                        Some(from) => {
                            self.enter(pc, pos);
                            pos = from;
                        }
                        None => {
                            pc = behind;
                            continue 'machine;
                        }
                    },
                    Inst::SubEnd => match self.leave(program, &mut pos) {
                        Some(next) => {
                            pc = next;
                            continue 'machine;
                        }
                        None => break 'step true,
                    },
                    Inst::GroupRef(group, fold) => match self.group_ref(text, pos, group, fold) {
                        Some(behind) => pos = behind,
                        None => break 'step true,
                    },
                    Inst::GroupRefExists { group, otherwise } => {
                        if self.group(group as usize).is_none() {
                            pc = otherwise;
                            continue 'machine;
                        }
                    }
                    Inst::Success => {
                        if !(demand.whole && pos != end || demand.advance && pos == start) {
                            return Ok(Some(pos));
                        }
                        break 'step true;
                    }
                    Inst::Fail => break 'step true,
                }
                false
            };
            if !failed {
                pc += 1;
                continue;
            }
            self.steps = self.steps.wrapping_add(1);
            if self.steps & 0x3FFF == 0 {
                self.pause(vm)?;
            }
            match self.backtrack(program, text) {
                Some((to, at)) => (pc, pos) = (to, at),
                None => return Ok(None),
            }
        }
    }

    /// Handles signals and the like, and looks after the size of the stack.
    #[cold]
    fn pause(&self, vm: &Vm) -> Result<(), Raised> {
        if self.stack.len() > MAX_ENTRIES {
            return Err(vm.memory_error());
        }
        if vm.breaker.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            (vm.hooks.get().safepoint)(vm)?;
        }
        Ok(())
    }

    /// Undoes what was done since the last choice, and takes it anew.
    #[inline]
    fn backtrack<T: Text>(&mut self, program: &Program, text: T) -> Option<(u32, usize)> {
        loop {
            let entry = self.stack.pop()?;
            match entry.kind {
                Kind::Mark | Kind::Slot => self.undo(entry),
                Kind::Choice => return Some((entry.a, entry.x)),
                Kind::Branch => {
                    let Inst::Branch { to, .. } = program.insts[entry.a as usize] else { return None };
                    if let Some(start) = self.branch(program, text, entry.x, entry.a, entry.y as u32, to) {
                        return Some((start, entry.x));
                    }
                }
                Kind::Greedy => {
                    let Inst::RepeatOne(number) = program.insts[entry.a as usize] else { return None };
                    let next_byte = program.repeats[number as usize].next_byte;
                    if let Some(pos) = shorter(next_byte, text, entry.x, entry.y) {
                        if pos > entry.x {
                            self.push(Kind::Greedy, entry.a, entry.x, pos);
                        }
                        return Some((entry.a + 1, pos));
                    }
                }
                Kind::Lazy => {
                    let Inst::MinRepeatOne(number) = program.insts[entry.a as usize] else { return None };
                    let RepeatOne { unit, next_byte, .. } = program.repeats[number as usize];
                    if let Some(pos) = step(program, unit, text, entry.x)
                        && let Some(pos) = self.lazy(program, unit, next_byte, text, pos, entry.y - 1, entry.a)
                    {
                        return Some((entry.a + 1, pos));
                    }
                }
                Kind::LazyLoop => {
                    let Inst::MinUntil(number) = program.insts[entry.a as usize] else { return None };
                    let own = &program.loops[number as usize];
                    if entry.y < limit(own.times.max) && entry.x != self.slots[own.slot as usize].last {
                        self.set_slot(own.slot, entry.y, entry.x);
                        return Some((own.body, entry.x));
                    }
                }
                Kind::Barrier => {
                    self.barrier = entry.y;
                    match program.insts[entry.a as usize] {
                        Inst::AssertNot { behind, .. } => return Some((behind, entry.x)),
                        Inst::PossessiveUntil(number) => {
                            let own = &program.loops[number as usize];
                            // Where the body fails often enough, the loop is done.
                            if self.slots[own.slot as usize].count >= own.times.min as usize {
                                return Some((own.tail, entry.x));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn enter(&mut self, pc: u32, pos: usize) {
        let before = self.barrier;
        self.barrier = self.stack.len();
        self.push(Kind::Barrier, pc, pos, before);
    }

    /// At the end of a part: the instruction to go on with; None to fail.
    fn leave(&mut self, program: &Program, pos: &mut usize) -> Option<u32> {
        let pc = self.stack[self.barrier].a;
        match program.insts[pc as usize] {
            Inst::AssertNot { .. } => {
                while self.stack.len() > self.barrier + 1
                    && let Some(entry) = self.stack.pop()
                {
                    self.undo(entry);
                }
                self.barrier = self.stack.pop()?.y;
                None
            }
            Inst::Assert { behind, .. } => {
                *pos = self.keep().x;
                Some(behind)
            }
            Inst::Atomic { behind } => {
                self.keep();
                Some(behind)
            }
            Inst::PossessiveUntil(number) => {
                self.keep();
                let own = &program.loops[number as usize];
                let Slot { count, last } = self.slots[own.slot as usize];
                self.set_slot(own.slot, count + 1, last);
                Some(pc)
            }
            _ => None,
        }
    }

    /// The first alternative that may match, with the rest kept for later.
    #[inline]
    fn branch<T: Text>(&mut self, program: &Program, text: T, pos: usize, pc: u32, from: u32, to: u32) -> Option<u32> {
        let may = |first: First| match first {
            First::Unknown => true,
            First::Byte(byte) => text.bytes().get(pos) == Some(&byte),
            First::Set(set) => text.next(pos).is_some_and(|(char, _)| program.sets[set as usize].has(char)),
        };
        let mut alts = (from..to).filter(|alt| may(program.alts[*alt as usize].first));
        let chosen = alts.next()?;
        if let Some(next) = alts.next() {
            self.push(Kind::Branch, pc, pos, next as usize);
        }
        Some(program.alts[chosen as usize].start)
    }

    #[inline]
    fn repeat_one<T: Text>(
        &mut self,
        program: &Program,
        repeat: &RepeatOne,
        text: T,
        pos: usize,
        pc: u32,
    ) -> Option<usize> {
        let RepeatOne { unit, times, next_byte } = *repeat;
        let min = times.min as usize;
        let (far, count) = run_of(program, unit, text, pos, limit(times.max));
        if count < min {
            return None;
        }
        if count == min {
            return Some(far);
        }
        let least = match min {
            0 => pos,
            1 => text.next(pos)?.1,
            _ if T::NARROW => pos + min,
            _ => (0..min).try_fold(pos, |pos, _| Some(text.next(pos)?.1))?,
        };
        let best = match next_byte {
            Some(byte) if text.bytes().get(far) != Some(&byte) => shorter(next_byte, text, least, far)?,
            _ => far,
        };
        if best > least {
            self.push(Kind::Greedy, pc, least, best);
        }
        Some(best)
    }

    /// The shortest continuation of a lazy repetition at `pos` that may be followed by what must follow.
    #[inline]
    fn lazy<T: Text>(
        &mut self,
        program: &Program,
        unit: Unit,
        next_byte: Option<u8>,
        text: T,
        mut pos: usize,
        mut more: usize,
        pc: u32,
    ) -> Option<usize> {
        if let Some(byte) = next_byte {
            while text.bytes().get(pos) != Some(&byte) {
                if more == 0 {
                    return None;
                }
                pos = step(program, unit, text, pos)?;
                more -= 1;
            }
        }
        if more > 0 {
            self.push(Kind::Lazy, pc, pos, more);
        }
        Some(pos)
    }

    fn group_ref<T: Text>(&self, text: T, pos: usize, group: u32, fold: Fold) -> Option<usize> {
        let (from, to) = self.group(group as usize)?;
        let bytes = text.bytes();
        if fold == Fold::None {
            let part = bytes.get(from..to)?;
            return bytes[pos..].starts_with(part).then_some(pos + part.len());
        }
        let (mut at, mut pos) = (from, pos);
        while at < to {
            let (a, behind_a) = text.next(at)?;
            let (b, behind_b) = text.next(pos)?;
            let same = match fold {
                Fold::Locale => charset::locale_lower(a) == charset::locale_lower(b) || fold.same(a, b),
                _ => fold.apply(a) == fold.apply(b),
            };
            if !same {
                return None;
            }
            (at, pos) = (behind_a, behind_b);
        }
        Some(pos)
    }
}

fn limit(max: u32) -> usize {
    if max == MAXREPEAT { usize::MAX - 1 } else { max as usize }
}

/// The next position before `pos`, not below `least`, where what must follow may follow.
#[inline]
fn shorter<T: Text>(next_byte: Option<u8>, text: T, least: usize, pos: usize) -> Option<usize> {
    if pos <= least {
        return None;
    }
    match next_byte {
        // The first byte of a character is found at the start of a character only.
        Some(byte) => memchr::memrchr(byte, &text.bytes()[least..pos]).map(|at| least + at),
        None => text.prev(pos).map(|(_, at)| at),
    }
}

/// Is this the position?
fn is_at<T: Text>(text: T, pos: usize, number: u32) -> bool {
    let end = text.bytes().len();
    let newline = |at: usize| text.bytes().get(at) == Some(&b'\n');
    let boundary = |rules: u32| {
        let before = text.prev(pos).is_some_and(|(char, _)| charset::is_word(rules, char));
        let behind = text.next(pos).is_some_and(|(char, _)| charset::is_word(rules, char));
        before != behind
    };
    match number {
        at::BEGINNING | at::BEGINNING_STRING => pos == 0,
        at::BEGINNING_LINE => pos == 0 || newline(pos - 1),
        at::END => pos == end || (pos + 1 == end && newline(pos)),
        at::END_LINE => pos == end || newline(pos),
        at::END_STRING => pos == end,
        at::BOUNDARY => boundary(category::WORD),
        at::NON_BOUNDARY => !boundary(category::WORD),
        at::LOC_BOUNDARY => boundary(category::LOC_WORD),
        at::LOC_NON_BOUNDARY => !boundary(category::LOC_WORD),
        at::UNI_BOUNDARY => boundary(category::UNI_WORD),
        _ => !boundary(category::UNI_WORD),
    }
}
