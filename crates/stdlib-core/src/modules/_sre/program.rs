//! What the matcher executes: the code of `re._compiler`, checked and made convenient.

use super::charset::{CharSet, Fold};
use super::inner::Inner;
use super::memo::States;
use super::prefilter::Prefilter;
use memchr::memmem::Finder;
use std::cell::OnceCell;

/// Something that matches one character.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// Nothing.
    Never,
    /// This byte, a character of one byte.
    Byte(u8),
    /// This character.
    Char(u32),
    /// All but this one.
    NotChar(u32),
    /// All but the line feed.
    NotNewline,
    /// Any.
    Any,
    /// A set, by number.
    Set(u32),
    /// A character after folding.
    Folded(Fold, u32),
    /// All others after folding.
    NotFolded(Fold, u32),
    /// A category.
    Category(u32),
}

/// How often.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// At least.
    pub min: u32,
    /// At most; [`super::code::MAXREPEAT`] for no limit.
    pub max: u32,
}

/// A repeated character, with what is known of what follows.
#[derive(Clone, Copy, Debug)]
pub struct RepeatOne {
    /// The character.
    pub unit: Unit,
    /// How often.
    pub times: Times,
    /// The byte that must follow, if there is one.
    pub next_byte: Option<u8>,
}

/// An instruction. Numbers of instructions are absolute; most go on to the next one.
#[derive(Clone, Copy, Debug)]
pub enum Inst {
    /// The end of the pattern.
    Success,
    /// No match.
    Fail,
    /// One character.
    One(Unit),
    /// A run of bytes of the literal pool.
    Literal {
        /// First byte.
        from: u32,
        /// Behind the last one.
        to: u32,
    },
    /// A position.
    At(u32),
    /// Notes the start or end of a group.
    Mark(u32),
    /// The text of a group again.
    GroupRef(u32, Fold),
    /// Goes elsewhere where the group did not match.
    GroupRefExists {
        /// The group.
        group: u32,
        /// Where to.
        otherwise: u32,
    },
    /// Goes elsewhere.
    Jump(u32),
    /// Alternatives: a range of [`Program::alts`].
    Branch {
        /// First one.
        from: u32,
        /// Behind the last one.
        to: u32,
    },
    /// Greedy repetition of a character: an index into [`Program::repeats`].
    RepeatOne(u32),
    /// The lazy one.
    MinRepeatOne(u32),
    /// The one that gives nothing back.
    PossessiveOne(u32),
    /// Enters a loop: resets its counter, and goes to its end.
    RepeatStart {
        /// Counter.
        slot: u32,
        /// Its [`Inst::MaxUntil`], [`Inst::MinUntil`] or [`Inst::PossessiveUntil`].
        until: u32,
    },
    /// End of the body of a greedy loop.
    MaxUntil(u32),
    /// End of the body of a lazy loop.
    MinUntil(u32),
    /// Head of a possessive loop: its body ends with [`Inst::SubEnd`].
    PossessiveUntil(u32),
    /// A part of its own, of which what was matched is kept: ends with [`Inst::SubEnd`].
    Atomic {
        /// Behind the end.
        behind: u32,
    },
    /// Looks ahead, or back by so many characters.
    Assert {
        /// Behind the end.
        behind: u32,
        /// Characters back.
        back: u32,
    },
    /// The same, where a match is none.
    AssertNot {
        /// Behind the end.
        behind: u32,
        /// Characters back.
        back: u32,
    },
    /// End of an atomic part, assertion or body of a possessive loop.
    SubEnd,
}

/// A loop.
#[derive(Clone, Copy, Debug)]
pub struct Loop {
    /// Counter.
    pub slot: u32,
    /// How often.
    pub times: Times,
    /// First instruction of the body.
    pub body: u32,
    /// What follows the loop.
    pub tail: u32,
}

/// A quick look at the first character of an alternative.
#[derive(Clone, Copy, Debug)]
pub enum First {
    /// Nothing is known.
    Unknown,
    /// It is this byte.
    Byte(u8),
    /// It is in this set.
    Set(u32),
}

/// An alternative.
#[derive(Clone, Copy, Debug)]
pub struct Alt {
    /// First instruction.
    pub start: u32,
    /// What its first character must be.
    pub first: First,
}

/// How a search finds places where a match can start.
#[derive(Debug)]
pub enum Scan {
    /// Everywhere.
    All,
    /// Only at the start of the text.
    TextStart,
    /// Where one of up to three bytes is.
    Bytes(Vec<u8>),
    /// Where these bytes are.
    Literal(Box<Finder<'static>>),
    /// Where a byte of a table is.
    Table(Box<[bool; 256]>),
}

/// A pattern for one kind of text.
#[derive(Debug)]
pub struct Program {
    /// Instructions; the first is where a match starts.
    pub insts: Vec<Inst>,
    /// Bytes of [`Inst::Literal`].
    pub literals: Vec<u8>,
    /// Sets.
    pub sets: Vec<CharSet>,
    /// Alternatives.
    pub alts: Vec<Alt>,
    /// Repeated characters.
    pub repeats: Vec<RepeatOne>,
    /// Loops.
    pub loops: Vec<Loop>,
    /// Number of loop counters.
    pub slots: usize,
    /// Number of groups.
    pub groups: usize,
    /// Least number of characters of a match.
    pub min_width: usize,
    /// Where to search.
    pub scan: Scan,
    /// Is the whole pattern one literal, so that a find is a match?
    pub is_literal: bool,
    /// Are the texts bytes?
    pub is_narrow: bool,
    /// How to search long texts.
    pub prefilter: OnceCell<Option<Prefilter>>,
    /// A literal to search long texts for.
    pub inner: OnceCell<Option<Inner>>,
    /// What can be noted of searches that take long.
    pub states: OnceCell<Option<States>>,
}

const FIRST_DEPTH: usize = 64;

/// Which first bytes are possible. For texts in UTF-8 all bytes that start other characters than ASCII stand together.
pub struct FirstBytes<'a> {
    /// The program.
    pub program: &'a Program,
    /// Are the texts bytes?
    pub narrow: bool,
}

impl FirstBytes<'_> {
    /// Of a character that a unit matches; none where that depends on the locale.
    pub fn unit(&self, unit: Unit) -> Option<[bool; 256]> {
        let mut table = [false; 256];
        if let Unit::Set(number) = unit {
            let set = self.program.sets.get(number as usize)?;
            table = *set.table()?;
            if !self.narrow {
                table[128..].fill(!set.is_ascii());
            }
            return Some(table);
        }
        if matches!(unit, Unit::Folded(Fold::Locale, _) | Unit::NotFolded(Fold::Locale, _)) {
            return None;
        }
        let limit = if self.narrow { 256 } else { 128 };
        for (byte, entry) in table.iter_mut().enumerate() {
            *entry = byte >= limit || super::repeat::unit_has(self.program, unit, byte as u32);
        }
        if let Unit::Char(char) = unit
            && !self.narrow
        {
            // Characters of several bytes are told apart by their first byte.
            let mut buffer = [0; 4];
            base::text::unit::encode(char, &mut buffer);
            table = [false; 256];
            table[buffer[0] as usize] = true;
        } else if let Unit::Byte(_) = unit {
            table[limit..].fill(false);
            if let Unit::Byte(byte) = unit {
                table[byte as usize] = true;
            }
        }
        Some(table)
    }

    fn union(a: Option<[bool; 256]>, b: Option<[bool; 256]>) -> Option<[bool; 256]> {
        let (mut a, b) = (a?, b?);
        for (a, b) in a.iter_mut().zip(b) {
            *a |= b;
        }
        Some(a)
    }

    fn at(&self, pc: u32, depth: usize) -> Option<[bool; 256]> {
        let depth = depth.checked_sub(1)?;
        let next = pc + 1;
        match *self.program.insts.get(pc as usize)? {
            Inst::Success | Inst::SubEnd | Inst::GroupRef(..) => None,
            Inst::MaxUntil(_) | Inst::MinUntil(_) | Inst::PossessiveUntil(_) => None,
            Inst::Fail => Some([false; 256]),
            Inst::One(unit) => self.unit(unit),
            Inst::Literal { from, .. } => {
                let mut table = [false; 256];
                table[*self.program.literals.get(from as usize)? as usize] = true;
                Some(table)
            }
            Inst::At(_) | Inst::Mark(_) => self.at(next, depth),
            Inst::GroupRefExists { otherwise, .. } => Self::union(self.at(next, depth), self.at(otherwise, depth)),
            Inst::Jump(to) => self.at(to, depth),
            Inst::Branch { from, to } => {
                let mut table = Some([false; 256]);
                for alt in self.program.alts.get(from as usize..to as usize)? {
                    table = Self::union(table, self.at(alt.start, depth));
                    table?;
                }
                table
            }
            Inst::RepeatOne(number) | Inst::MinRepeatOne(number) | Inst::PossessiveOne(number) => {
                let repeat = self.program.repeats.get(number as usize)?;
                let own = self.unit(repeat.unit);
                if repeat.times.min > 0 { own } else { Self::union(own, self.at(next, depth)) }
            }
            Inst::RepeatStart { until, .. } => {
                let number = match self.program.insts.get(until as usize)? {
                    Inst::MaxUntil(number) | Inst::MinUntil(number) | Inst::PossessiveUntil(number) => *number,
                    _ => return None,
                };
                let own = self.program.loops.get(number as usize)?;
                let body = self.at(own.body, depth);
                if own.times.min > 0 { body } else { Self::union(body, self.at(own.tail, depth)) }
            }
            Inst::Atomic { .. } => self.at(next, depth),
            Inst::Assert { behind, .. } | Inst::AssertNot { behind, .. } => self.at(behind, depth),
        }
    }
}

impl Program {
    /// How to search long texts, where there is a better way than [`Program::scan`].
    pub fn prefilter(&self, length: usize) -> Option<&Prefilter> {
        match self.prefilter.get() {
            Some(known) => known.as_ref(),
            None if length < super::prefilter::WORTHWHILE => None,
            None => self.prefilter.get_or_init(|| Prefilter::of(self)).as_ref(),
        }
    }

    /// A literal that is to be searched for first.
    pub fn inner(&self, length: usize) -> Option<&Inner> {
        match self.inner.get() {
            Some(known) => known.as_ref(),
            None if length < super::inner::WORTHWHILE => None,
            None => self.inner.get_or_init(|| Inner::of(self)).as_ref(),
        }
    }

    /// What can be noted of searches that take long; none where that would not be enough to tell what fails.
    pub fn states(&self) -> Option<&States> {
        self.states.get_or_init(|| States::of(self)).as_ref()
    }

    /// Works out how to search. `narrow`: are the texts bytes?
    pub fn plan(&mut self, narrow: bool) {
        self.is_narrow = narrow;
        let mut pc = 0;
        while let Some(Inst::Mark(_)) = self.insts.get(pc) {
            pc += 1;
        }
        self.is_literal = matches!(self.insts.as_slice(), [Inst::Literal { .. }, Inst::Success]);
        self.scan = match self.insts.get(pc) {
            Some(Inst::At(super::code::at::BEGINNING | super::code::at::BEGINNING_STRING)) => Scan::TextStart,
            Some(Inst::Literal { from, to }) if to - from > 1 => {
                let bytes = &self.literals[*from as usize..*to as usize];
                Scan::Literal(Box::new(Finder::new(bytes).into_owned()))
            }
            _ => match (FirstBytes { program: self, narrow }).at(0, FIRST_DEPTH) {
                None => Scan::All,
                Some(table) => {
                    let bytes: Vec<u8> = (0..=255).filter(|byte| table[*byte as usize]).collect();
                    match bytes.len() {
                        0..=3 => Scan::Bytes(bytes),
                        256 => Scan::All,
                        _ => Scan::Table(Box::new(table)),
                    }
                }
            },
        };
    }
}
