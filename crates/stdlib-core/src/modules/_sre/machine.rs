//! The matcher: backtracking with a stack of its own, so that no pattern or text can exhaust the native one.

use super::charset::{self, Fold};
use super::code::{MAXREPEAT, at, category};
use super::memo::{Memo, States};
use super::program::{First, Inst, Program, RepeatOne};
use super::repeat::{limit, run_of, shorter, step};
use super::text::Text;
use object::{Raised, Vm};

/// No position.
pub const NONE: usize = usize::MAX;

/// What a backtrack entry stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
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
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) a: u32,
    pub(super) x: usize,
    pub(super) y: usize,
}

/// The state of a loop.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Bodies begun before the one that runs; [`NONE`] before the first.
    pub count: usize,
    /// Where that one began.
    pub last: usize,
}

/// More backtrack entries than this are taken for too many.
const MAX_ENTRIES: usize = 1 << 28;

/// The state of a match.
#[derive(Debug, Default)]
pub struct Machine {
    stack: Vec<Entry>,
    pub(super) slots: Vec<Slot>,
    /// Start and end of the groups, in bytes; [`NONE`] where they are not set.
    pub marks: Vec<usize>,
    /// The group that was closed last, plus one; 0 for none.
    pub last_group: usize,
    barrier: usize,
    /// Steps back, and what counts as such.
    pub(super) steps: u64,
    /// Those before the search.
    began: u64,
    /// When so many are done, others get their turn.
    alarm: u64,
    /// What failed, in searches that take long.
    pub(super) memo: Option<Box<Memo>>,
}

/// How far [`Machine::execute`] came.
enum Outcome {
    /// To the end.
    Done(Option<usize>),
    /// It has taken so many steps that it is to go on, by going back, with a [`Memo`].
    TakesLong,
}

/// Steps between turns of others.
const TURN: u64 = 1 << 14;
/// A search that takes more steps than this, and than its text is long, takes long.
const LONG: u64 = 1 << 16;

/// What a match must be besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// It must reach the end of the text.
    pub whole: bool,
    /// It must not be empty.
    pub advance: bool,
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
        self.began = self.steps;
        self.memo = None;
    }

    #[inline(always)]
    pub(super) fn push(&mut self, kind: Kind, a: u32, x: usize, y: usize) {
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
        self.stack.capacity() < 4096 && self.memo.is_none()
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
        let mut from = Some((0, start));
        loop {
            let outcome = match (&self.memo, program.states()) {
                (Some(_), Some(states)) => self.execute::<T, true>(vm, program, states, text, (start, from), demand)?,
                _ => self.execute::<T, false>(vm, program, States::NONE, text, (start, from), demand)?,
            };
            match outcome {
                Outcome::Done(found) => return Ok(found),
                Outcome::TakesLong => {
                    if let Some(states) = program.states() {
                        self.memo = Some(Box::new(Memo::new(program, states, start, text.bytes().len())));
                    }
                    from = None;
                }
            }
        }
    }

    /// Goes on from an instruction and a position, or from the last choice. `MEMO`: is there one?
    fn execute<T: Text, const MEMO: bool>(
        &mut self,
        vm: &Vm,
        program: &Program,
        states: &States,
        text: T,
        (start, from): (usize, Option<(u32, usize)>),
        demand: Demand,
    ) -> Result<Outcome, Raised> {
        let bytes = text.bytes();
        let end = bytes.len();
        let from = from.or_else(|| self.backtrack::<T, MEMO>(program, states, text));
        let Some((mut pc, mut pos)) = from else { return Ok(Outcome::Done(None)) };
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
                    Inst::Branch { from, to } => {
                        if MEMO && self.failed_before(states, pc, pos) {
                            break 'step true;
                        }
                        match self.branch(program, text, pos, pc, from, to) {
                            Some(start) => {
                                pc = start;
                                continue 'machine;
                            }
                            None => break 'step true,
                        }
                    }
                    Inst::RepeatOne(number) => {
                        let repeat = &program.repeats[number as usize];
                        let behind = if MEMO {
                            self.repeat_one_once(program, states, number, text, pos, pc)
                        } else {
                            self.repeat_one(program, repeat, text, pos, pc)
                        };
                        match behind {
                            Some(behind) => pos = behind,
                            None => break 'step true,
                        }
                    }
                    Inst::MinRepeatOne(number) => {
                        let RepeatOne { unit, times, mut next_byte } = program.repeats[number as usize];
                        let (behind, count) = run_of(program, unit, text, pos, times.min as usize);
                        if count < times.min as usize {
                            break 'step true;
                        }
                        let more = limit(times.max).saturating_sub(count);
                        if MEMO {
                            // Each position is to be seen.
                            next_byte = None;
                            let is_known = self.failed_before(states, pc, pos);
                            if is_known || times.max == MAXREPEAT && self.failed_lazily(states, pc, behind) {
                                break 'step true;
                            }
                        }
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
                    Inst::MaxUntil(_) | Inst::MinUntil(_) if MEMO && self.failed_before(states, pc, pos) => {
                        break 'step true;
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
                            return Ok(Outcome::Done(Some(pos)));
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
            self.steps += 1;
            if self.steps >= self.alarm {
                self.pause(vm)?;
                if !MEMO && self.steps - self.began > LONG + 8 * end as u64 && program.states().is_some() {
                    return Ok(Outcome::TakesLong);
                }
            }
            match self.backtrack::<T, MEMO>(program, states, text) {
                Some((to, at)) => (pc, pos) = (to, at),
                None => return Ok(Outcome::Done(None)),
            }
        }
    }

    /// Handles signals and the like, and looks after the size of the stack.
    #[cold]
    fn pause(&mut self, vm: &Vm) -> Result<(), Raised> {
        self.alarm = self.steps + TURN;
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
    fn backtrack<T: Text, const MEMO: bool>(
        &mut self,
        program: &Program,
        states: &States,
        text: T,
    ) -> Option<(u32, usize)> {
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
                        if MEMO {
                            self.note_tried(program, states, number, text, entry, pos);
                        }
                        return Some((entry.a + 1, pos));
                    }
                }
                Kind::Lazy => {
                    let Inst::MinRepeatOne(number) = program.insts[entry.a as usize] else { return None };
                    let RepeatOne { unit, next_byte, times } = program.repeats[number as usize];
                    let next_byte = if MEMO { None } else { next_byte };
                    if let Some(pos) = step(program, unit, text, entry.x)
                        && !(MEMO && times.max == MAXREPEAT && self.failed_lazily(states, entry.a, pos))
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
