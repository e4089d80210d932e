//! Searching for what matches begin with, many bytes at a time.

use super::program::{FirstBytes, Inst, Program, Scan};
use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};

/// Finds places where a match may start.
#[derive(Debug)]
pub struct Prefilter {
    searcher: Searcher,
    /// Is what is found a match, with nothing besides to be seen to?
    pub is_whole: bool,
}

/// Bytes at the start that are looked at.
const LENGTH: usize = 8;
/// Shorter starts are found too often.
const SHORTEST: usize = 2;
/// Most starts.
const MOST: usize = 64;
/// Texts that are worth the preparation.
pub const WORTHWHILE: usize = 512;

impl Prefilter {
    /// For a program that has some first bytes; none where too many starts are possible.
    pub fn of(program: &Program) -> Option<Prefilter> {
        if !matches!(&program.scan, Scan::Table(_)) && !matches!(&program.scan, Scan::Bytes(bytes) if bytes.len() > 1) {
            return None;
        }
        let mut starts = Starts { program, found: Vec::new(), is_whole: true };
        starts.collect(0, &mut Vec::new(), 64)?;
        let Starts { found, is_whole, .. } = starts;
        if found.is_empty() || found.iter().any(|start| start.len() < SHORTEST) {
            return None;
        }
        let mut builder = Config::new().match_kind(MatchKind::LeftmostFirst).builder();
        builder.extend(&found);
        Some(Prefilter { searcher: builder.build()?, is_whole })
    }

    /// The first place from `start` on: from where to where.
    #[inline]
    pub fn find(&self, bytes: &[u8], start: usize) -> Option<(usize, usize)> {
        let span = Span { start, end: bytes.len() };
        self.searcher.find_in(bytes, span).map(|found| (found.start(), found.end()))
    }
}

/// What matches may begin with, in the order in which it is tried.
struct Starts<'a> {
    program: &'a Program,
    found: Vec<Vec<u8>>,
    /// Is all that was found whole?
    is_whole: bool,
}

impl Starts<'_> {
    fn add(&mut self, start: &[u8], is_whole: bool) -> Option<()> {
        self.is_whole &= is_whole;
        self.found.push(start.to_vec());
        (self.found.len() <= MOST).then_some(())
    }

    /// Goes on from an instruction with what is before it; none where there is too much.
    fn collect(&mut self, pc: u32, before: &mut Vec<u8>, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let length = before.len();
        match *self.program.insts.get(pc as usize)? {
            Inst::Success => return self.add(before, true),
            _ if length >= LENGTH => return self.add(before, false),
            Inst::Mark(_) | Inst::At(_) => {
                self.is_whole = false;
                self.collect(pc + 1, before, depth)?;
            }
            Inst::Jump(to) => self.collect(to, before, depth)?,
            Inst::Literal { from, to } => {
                let literal = self.program.literals.get(from as usize..to as usize)?;
                before.extend_from_slice(literal);
                if before.len() > LENGTH {
                    self.add(&before[..LENGTH], false)?;
                } else {
                    self.collect(pc + 1, before, depth)?;
                }
            }
            Inst::One(unit) => self.each(unit, before, |own, before| own.collect(pc + 1, before, depth))?,
            Inst::Branch { from, to } => {
                for alt in self.program.alts.get(from as usize..to as usize)? {
                    self.collect(alt.start, before, depth)?;
                }
            }
            Inst::RepeatOne(number) | Inst::MinRepeatOne(number) | Inst::PossessiveOne(number) => {
                let repeat = self.program.repeats.get(number as usize)?;
                if repeat.times.min == 0 {
                    return self.add(before, false);
                }
                self.each(repeat.unit, before, |own, before| own.add(before, false))?;
            }
            _ => return self.add(before, false),
        }
        before.truncate(length);
        Some(())
    }

    /// Goes on behind each byte that a unit matches, or stops before it where there are many.
    fn each(
        &mut self,
        unit: super::program::Unit,
        before: &mut Vec<u8>,
        mut go_on: impl FnMut(&mut Self, &mut Vec<u8>) -> Option<()>,
    ) -> Option<()> {
        const MANY: usize = 8;
        let table = (FirstBytes { program: self.program, narrow: self.program.is_narrow }).unit(unit);
        let limit = if self.program.is_narrow { 256 } else { 128 };
        let bytes: Vec<u8> = match &table {
            // Of a character of several bytes only the first is known.
            Some(table) if !table[limit..].contains(&true) => (0..=255).filter(|byte| table[*byte as usize]).collect(),
            _ => return self.add(before, false),
        };
        if bytes.len() > MANY {
            return self.add(before, false);
        }
        for byte in bytes {
            before.push(byte);
            go_on(self, before)?;
            before.pop();
        }
        Some(())
    }
}
