//! Memory of what failed, so that no pattern takes for ever (Davis, Servant, Lee: "Using Selective Memoization to Defeat
//! Regular Expression Denial of Service", 2021).
//!
//! Whether a match can be completed from an instruction and a position depends on nothing else, as long as the pattern has no
//! references to groups, assertions, atomic or possessive parts: groups are only noted. What is true of the loops around
//! the instruction belongs to the state, too: their counts, as far as the limits make a difference, and whether the body has
//! got anywhere, since an empty round ends a loop. A state that is reached again has failed, so that the matcher goes
//! through each once. It could not be reached again while it is being tried: a path that comes back to a state without
//! getting anywhere would go round for ever, which the rule about empty rounds excludes.
//!
//! The memory is begun when a search has taken many steps. Matches are the same with and without it.

use super::code::MAXREPEAT;
use super::machine::{NONE, Slot};
use super::program::{Inst, Loop, Program, Times};
use std::collections::{HashMap, HashSet};

/// A loop around an instruction.
#[derive(Debug)]
struct Around {
    slot: u32,
    /// Counts from here on make no difference.
    most: usize,
}

/// Where states of an instruction are numbered from, and what they consist of.
#[derive(Debug)]
struct Place {
    base: u64,
    around: Vec<Around>,
}

/// The states of a program at a position, numbered.
#[derive(Debug)]
pub struct States {
    /// By instruction; none for those that nothing is noted of.
    places: Vec<Option<Place>>,
    /// Number of states.
    count: u64,
}

/// More states than these at a position are too many.
const MOST_STATES: u64 = 1 << 32;

impl States {
    /// Those of no program.
    pub const NONE: &'static States = &States { places: Vec::new(), count: 0 };

    /// The states of a program, if the memory is right for it.
    pub fn of(program: &Program) -> Option<States> {
        let mut places = Vec::with_capacity(program.insts.len());
        let mut count = 0u64;
        for (pc, inst) in program.insts.iter().enumerate() {
            // Of a lazy repetition two things are noted: that it began, and that it had got to a position.
            let kinds = match inst {
                Inst::Branch { .. } | Inst::RepeatOne(_) | Inst::MaxUntil(_) | Inst::MinUntil(_) => 1,
                Inst::MinRepeatOne(_) => 2,
                Inst::GroupRef(..)
                | Inst::GroupRefExists { .. }
                | Inst::PossessiveOne(_)
                | Inst::PossessiveUntil(_)
                | Inst::Atomic { .. }
                | Inst::Assert { .. }
                | Inst::AssertNot { .. }
                | Inst::SubEnd => return None,
                _ => 0,
            };
            if kinds == 0 {
                places.push(None);
                continue;
            }
            let around: Vec<Around> = program.loops.iter().filter(|own| encloses(own, pc as u32)).map(around).collect();
            let mut size = kinds;
            for own in &around {
                size = u64::checked_mul(size, 2 * (own.most as u64 + 1))?;
            }
            places.push(Some(Place { base: count, around }));
            count = count.checked_add(size).filter(|count| *count <= MOST_STATES)?;
        }
        Some(States { places, count })
    }
}

/// Is an instruction in the body of a loop, or its end?
fn encloses(own: &Loop, pc: u32) -> bool {
    (own.body..own.tail).contains(&pc)
}

fn around(own: &Loop) -> Around {
    let Times { min, max } = own.times;
    // Without an upper limit, all counts that are enough are alike.
    Around { slot: own.slot, most: if max == MAXREPEAT { min as usize } else { max as usize } }
}

/// Bits that a table may have.
const MOST_BITS: u64 = 1 << 31;
/// States that a set may have, before it is begun anew.
const MOST_ENTRIES: usize = 1 << 23;

/// The states that were reached.
#[derive(Debug)]
enum Reached {
    /// A bit for each.
    Table(Vec<u64>),
    /// Those that were, where there would be too many bits.
    Set(HashSet<u64>),
}

/// The memory of a search.
#[derive(Debug)]
pub struct Memo {
    /// The first position.
    origin: usize,
    /// Number of positions.
    positions: u64,
    reached: Reached,
    /// For greedy repetitions, by state and the furthest position: the least position at which what follows was tried,
    /// of those behind where the repetition began.
    least: HashMap<(u64, usize), usize>,
    /// For repetitions, by number: from where to where the text was seen to match.
    runs: Vec<(usize, usize)>,
}

/// Words of zero bits, if they can be had. The system gives the pages when they are used.
fn zeros(count: usize) -> Option<Vec<u64>> {
    let layout = std::alloc::Layout::array::<u64>(count).ok().filter(|layout| layout.size() > 0)?;
    // SAFETY: the layout is that of so many words, and not empty; what is zero is a word.
    unsafe {
        let words = std::alloc::alloc_zeroed(layout).cast::<u64>();
        if words.is_null() { None } else { Some(Vec::from_raw_parts(words, count, count)) }
    }
}

impl Memo {
    /// For positions from `origin` to `end`.
    pub fn new(program: &Program, states: &States, origin: usize, end: usize) -> Memo {
        let positions = (end - origin) as u64 + 1;
        let bits = states.count.checked_mul(positions).filter(|bits| *bits <= MOST_BITS);
        let reached = match bits.and_then(|bits| zeros(bits as usize / 64 + 1)) {
            Some(table) => Reached::Table(table),
            None => Reached::Set(HashSet::new()),
        };
        Memo { origin, positions, reached, least: HashMap::new(), runs: vec![(NONE, NONE); program.repeats.len()] }
    }

    /// The number of a state. `has_moved`: are all bodies known to have got somewhere?
    fn state(&self, states: &States, slots: &[Slot], pc: u32, pos: usize, has_moved: bool) -> Option<u64> {
        let place = states.places.get(pc as usize)?.as_ref()?;
        let mut number = 0;
        for own in &place.around {
            let Slot { count, last } = slots[own.slot as usize];
            let count = count.wrapping_add(1).min(own.most) as u64;
            let is_empty = !has_moved && last == pos;
            number = (number * (own.most as u64 + 1) + count) * 2 + is_empty as u64;
        }
        Some(place.base + number)
    }

    /// Notes that a state is reached. Gives whether it was before.
    fn note(&mut self, state: u64, pos: usize) -> bool {
        let index = state * self.positions + (pos - self.origin) as u64;
        match &mut self.reached {
            Reached::Table(bits) => {
                let (word, bit) = (&mut bits[index as usize / 64], 1 << (index % 64));
                let before = *word & bit != 0;
                *word |= bit;
                before
            }
            Reached::Set(set) => {
                if set.len() > MOST_ENTRIES {
                    set.clear();
                }
                !set.insert(index)
            }
        }
    }

    /// An instruction is reached. Gives whether it failed before, in the same state.
    pub fn reach(&mut self, states: &States, slots: &[Slot], pc: u32, pos: usize) -> bool {
        match self.state(states, slots, pc, pos, false) {
            Some(state) => self.note(state, pos),
            None => false,
        }
    }

    /// A lazy repetition without limit has got to a position. Gives whether it failed from there before.
    pub fn reach_lazily(&mut self, states: &States, slots: &[Slot], pc: u32, pos: usize) -> bool {
        let Some(place) = states.places.get(pc as usize).and_then(Option::as_ref) else { return false };
        // The second half of the states of the instruction.
        let size: u64 = place.around.iter().map(|own| 2 * (own.most as u64 + 1)).product();
        match self.state(states, slots, pc, pos, false) {
            Some(state) => self.note(state + size, pos),
            None => false,
        }
    }

    /// A greedy repetition without limit that reaches `far` is to go on at `pos`. Gives the position at which it has to
    /// go on instead, since those from there on failed.
    pub fn skip(&mut self, states: &States, slots: &[Slot], pc: u32, far: usize) -> Option<usize> {
        let state = self.state(states, slots, pc, far, true)?;
        self.least.get(&(state, far)).copied()
    }

    /// What follows such a repetition is tried at a position.
    pub fn tried(&mut self, states: &States, slots: &[Slot], pc: u32, far: usize, pos: usize) {
        if let Some(state) = self.state(states, slots, pc, far, true) {
            if self.least.len() > MOST_ENTRIES {
                self.least.clear();
            }
            let least = self.least.entry((state, far)).or_insert(pos);
            *least = pos.min(*least);
        }
    }

    /// The end of the text that a repetition matches from a position, if it was seen.
    pub fn run_end(&self, number: u32, pos: usize) -> Option<usize> {
        let (from, to) = *self.runs.get(number as usize)?;
        (from <= pos && pos <= to && from != NONE).then_some(to)
    }

    /// Notes the end of such a text.
    pub fn note_run(&mut self, number: u32, from: usize, to: usize) {
        if let Some(run) = self.runs.get_mut(number as usize) {
            *run = (from, to);
        }
    }
}
