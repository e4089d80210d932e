//! Repetitions of a single character: greedy ones, lazy ones, and greedy ones that try each place once.

use super::charset;
use super::code::MAXREPEAT;
use super::machine::{Entry, Kind, Machine};
use super::memo::{Memo, States};
use super::program::{Program, RepeatOne, Unit};
use super::text::Text;

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

/// The position behind the next character, if a unit matches it.
#[inline(always)]
pub(super) fn step<T: Text>(program: &Program, unit: Unit, text: T, pos: usize) -> Option<usize> {
    let (char, behind) = text.next(pos)?;
    unit_has(program, unit, char).then_some(behind)
}

/// The position behind as many characters as match, at most `max`, and their number.
#[inline]
pub(super) fn run_of<T: Text>(program: &Program, unit: Unit, text: T, start: usize, max: usize) -> (usize, usize) {
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
    /// The furthest continuation of a greedy repetition that may be followed by what must follow.
    #[inline]
    pub(super) fn repeat_one<T: Text>(
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
        // Long runs count, so that many of them are noticed.
        self.steps += count as u64 >> 5;
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

    /// Is a state reached that was reached before? It has failed then.
    pub(super) fn failed_before(&mut self, states: &States, pc: u32, pos: usize) -> bool {
        self.memo.as_mut().is_some_and(|memo| memo.reach(states, &self.slots, pc, pos))
    }

    /// The same for a lazy repetition that has got to a position.
    pub(super) fn failed_lazily(&mut self, states: &States, pc: u32, pos: usize) -> bool {
        self.memo.as_mut().is_some_and(|memo| memo.reach_lazily(states, &self.slots, pc, pos))
    }

    /// As [`Machine::repeat_one`], but what follows is tried once at each position.
    pub(super) fn repeat_one_once<T: Text>(
        &mut self,
        program: &Program,
        states: &States,
        number: u32,
        text: T,
        pos: usize,
        pc: u32,
    ) -> Option<usize> {
        if self.failed_before(states, pc, pos) {
            return None;
        }
        let RepeatOne { unit, times, next_byte } = program.repeats[number as usize];
        if times.max != MAXREPEAT {
            return self.repeat_one(program, &program.repeats[number as usize], text, pos, pc);
        }
        let memo = self.memo.as_mut()?;
        let far = run_end(memo, program, number, unit, text, pos);
        let least = (0..times.min).try_fold(pos, |pos, _| Some(text.next(pos)?.1)).filter(|least| *least <= far)?;
        let may_follow = |at: usize| next_byte.is_none_or(|byte| text.bytes().get(at) == Some(&byte));
        let best = match memo.skip(states, &self.slots, pc, far) {
            Some(tried) if tried <= least => Some(least).filter(|least| *least == pos && may_follow(pos)),
            Some(tried) => shorter(next_byte, text, least, tried),
            None if may_follow(far) => Some(far),
            None => shorter(next_byte, text, least, far),
        }?;
        if best > pos {
            memo.tried(states, &self.slots, pc, far, best);
        }
        if best > least {
            self.push(Kind::Greedy, pc, least, best);
        }
        Some(best)
    }

    /// A greedy repetition is to go on at a position nearer to where it began.
    pub(super) fn note_tried<T: Text>(
        &mut self,
        program: &Program,
        states: &States,
        number: u32,
        text: T,
        entry: Entry,
        pos: usize,
    ) {
        let RepeatOne { unit, times, .. } = program.repeats[number as usize];
        // What follows at the very place where it began depends on more.
        if times.max == MAXREPEAT
            && (pos > entry.x || times.min > 0)
            && let Some(memo) = self.memo.as_mut()
        {
            let far = run_end(memo, program, number, unit, text, entry.x);
            memo.tried(states, &self.slots, entry.a, far, pos);
        }
    }

    /// The shortest continuation of a lazy repetition at `pos` that may be followed by what must follow.
    #[inline]
    pub(super) fn lazy<T: Text>(
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
}

/// The end of the text that a repetition without limit matches.
fn run_end<T: Text>(memo: &mut Memo, program: &Program, number: u32, unit: Unit, text: T, pos: usize) -> usize {
    if let Some(end) = memo.run_end(number, pos) {
        return end;
    }
    let (end, _) = run_of(program, unit, text, pos, usize::MAX);
    memo.note_run(number, pos, end);
    end
}

/// The upper limit of a repetition.
pub(super) fn limit(max: u32) -> usize {
    if max == MAXREPEAT { usize::MAX - 1 } else { max as usize }
}

/// The next position before `pos`, not below `least`, where what must follow may follow.
#[inline]
pub(super) fn shorter<T: Text>(next_byte: Option<u8>, text: T, least: usize, pos: usize) -> Option<usize> {
    if pos <= least {
        return None;
    }
    match next_byte {
        // The first byte of a character is found at the start of a character only.
        Some(byte) => memchr::memrchr(byte, &text.bytes()[least..pos]).map(|at| least + at),
        None => text.prev(pos).map(|(_, at)| at),
    }
}
