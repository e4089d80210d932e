//! Searching for a literal that matches have soon after their start.

use super::program::{Inst, Program, Scan};
use memchr::memmem::Finder;

/// A literal that every match has, so many bytes behind its start.
#[derive(Debug)]
pub struct Inner {
    finder: Finder<'static>,
    min: usize,
    max: usize,
}

/// The least length of the literal.
const SHORTEST: usize = 2;
/// Literals further behind the start are of no use.
const FURTHEST: usize = 64;
/// Texts that are worth the preparation.
pub const WORTHWHILE: usize = 64;

/// How many bytes a part of a pattern matches.
#[derive(Clone, Copy)]
struct Width {
    min: usize,
    max: usize,
}

impl Inner {
    /// The longest literal that is near the start of a program, unless it is right there.
    pub fn of(program: &Program) -> Option<Inner> {
        match &program.scan {
            Scan::All | Scan::Table(_) => {}
            Scan::Bytes(bytes) if bytes.len() > 1 => {}
            _ => return None,
        }
        let mut walk = Walk { program, best: None };
        walk.sequence(0, true, 32);
        let (from, to, Width { min, max }) = walk.best?;
        let literal = program.literals.get(from..to)?;
        Some(Inner { finder: Finder::new(literal).into_owned(), min, max })
    }

    /// The first range of positions, from `start` on, in which a match may begin: first and last, and where to look for
    /// the next one.
    #[inline]
    pub fn find(&self, bytes: &[u8], start: usize, from: usize) -> Option<(usize, usize, usize)> {
        let mut from = from;
        loop {
            let at = from + self.finder.find(bytes.get(from..)?)?;
            if at >= start + self.min {
                return Some((at.saturating_sub(self.max).max(start), at - self.min, at + 1));
            }
            from = at + 1;
        }
    }
}

struct Walk<'a> {
    program: &'a Program,
    /// The literal, and how far from the start it is.
    best: Option<(usize, usize, Width)>,
}

impl Walk<'_> {
    /// Walks through what follows an instruction one after the other, to the end of the alternative: its width, and where
    /// that leads to. `is_top`: is it no alternative, so that all of it is in every match?
    fn sequence(&mut self, mut pc: u32, is_top: bool, depth: usize) -> Option<(Width, u32)> {
        let depth = depth.checked_sub(1)?;
        let mut width = Width { min: 0, max: 0 };
        let char = if self.program.is_narrow { 1 } else { 4 };
        loop {
            if width.max > FURTHEST {
                return None;
            }
            match *self.program.insts.get(pc as usize)? {
                Inst::Mark(_) | Inst::At(_) => {}
                Inst::One(_) => width = Width { min: width.min + 1, max: width.max + char },
                Inst::Literal { from, to } => {
                    let (from, to) = (from as usize, to as usize);
                    let length = to - from;
                    if is_top && length >= SHORTEST && self.best.is_none_or(|(from, to, _)| length > to - from) {
                        self.best = Some((from, to, width));
                    }
                    width = Width { min: width.min + length, max: width.max + length };
                }
                Inst::RepeatOne(number) | Inst::MinRepeatOne(number) | Inst::PossessiveOne(number) => {
                    let times = self.program.repeats.get(number as usize)?.times;
                    if times.max as usize > FURTHEST {
                        return None;
                    }
                    width.min += times.min as usize;
                    width.max += times.max as usize * char;
                }
                Inst::Branch { from, to } => {
                    let mut all: Option<(Width, u32)> = None;
                    for index in from..to {
                        let start = self.program.alts.get(index as usize)?.start;
                        let (own, behind) = self.sequence(start, false, depth)?;
                        let (min, max) = match all {
                            Some((other, _)) => (own.min.min(other.min), own.max.max(other.max)),
                            None => (own.min, own.max),
                        };
                        all = Some((Width { min, max }, behind));
                    }
                    let (own, behind) = all?;
                    width = Width { min: width.min + own.min, max: width.max + own.max };
                    pc = behind;
                    continue;
                }
                Inst::Jump(to) => return Some((width, to)),
                _ => return None,
            }
            pc += 1;
        }
    }
}
