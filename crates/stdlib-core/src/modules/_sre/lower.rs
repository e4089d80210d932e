//! From the code of `re._compiler` to a [`Program`]. The code comes from a Python list that anyone can make: everything
//! is checked here, so that the matcher need not.

use super::charset::{CharSet, Fold, SetItem};
use super::code::{at, category, op};
use super::program::{Alt, First, Inst, Loop, Program, RepeatOne, Scan, Times, Unit};
use object::{Raised, Vm};
use std::cell::OnceCell;

/// Why code cannot be taken.
pub enum Problem {
    /// It is not what the compiler would have made.
    Invalid,
    /// It is nested too deep.
    Raised(Raised),
}

type Checked<T> = Result<T, Problem>;

struct Lowering<'a> {
    vm: &'a Vm,
    code: &'a [u32],
    bytes: bool,
    groups: u32,
    program: Program,
    /// Literals must not be joined across the start of something that can be jumped to.
    join: bool,
}

/// Makes a program of code, for texts of bytes or for strings.
pub fn lower(vm: &Vm, code: &[u32], groups: usize, bytes: bool) -> Checked<Program> {
    let program = Program {
        insts: Vec::new(),
        literals: Vec::new(),
        sets: Vec::new(),
        alts: Vec::new(),
        repeats: Vec::new(),
        loops: Vec::new(),
        slots: 0,
        groups,
        min_width: 0,
        scan: Scan::All,
        is_literal: false,
        is_narrow: bytes,
        prefilter: OnceCell::new(),
        inner: OnceCell::new(),
        states: OnceCell::new(),
    };
    let mut lowering = Lowering { vm, code, bytes, groups: groups as u32, program, join: false };
    let mut start = 0;
    if code.first() == Some(&op::INFO) {
        lowering.program.min_width = lowering.word(3)? as usize;
        start = lowering.skip(1, code.len())?;
    }
    let end =
        code.len().checked_sub(1).filter(|end| code[*end] == op::SUCCESS && *end >= start).ok_or(Problem::Invalid)?;
    lowering.sequence(start, end)?;
    lowering.emit(Inst::Success)?;
    let mut program = lowering.program;
    program.plan(bytes);
    Ok(program)
}

impl Lowering<'_> {
    fn word(&self, at: usize) -> Checked<u32> {
        self.code.get(at).copied().ok_or(Problem::Invalid)
    }

    /// Where the skip in the word at `at` leads, at most to `end`.
    fn skip(&self, at: usize, end: usize) -> Checked<usize> {
        let to = at.checked_add(self.word(at)? as usize).ok_or(Problem::Invalid)?;
        if to > at && to <= end { Ok(to) } else { Err(Problem::Invalid) }
    }

    fn here(&self) -> u32 {
        self.program.insts.len() as u32
    }

    fn emit(&mut self, inst: Inst) -> Checked<u32> {
        if self.program.insts.len() >= u32::MAX as usize / 4 {
            return Err(Problem::Invalid);
        }
        self.join = matches!(inst, Inst::Literal { .. });
        self.program.insts.push(inst);
        Ok(self.here() - 1)
    }

    /// A label: what follows can be jumped to.
    fn label(&mut self) -> u32 {
        self.join = false;
        self.here()
    }

    fn patch(&mut self, at: u32, inst: Inst) {
        self.program.insts[at as usize] = inst;
    }

    fn group(&self, number: u32) -> Checked<u32> {
        if number < self.groups { Ok(number) } else { Err(Problem::Invalid) }
    }

    fn unit_of_char(&self, char: u32) -> Unit {
        match char {
            0..0x80 => Unit::Byte(char as u8),
            0x80..0x100 if self.bytes => Unit::Byte(char as u8),
            _ if self.bytes || char > 0x10FFFF => Unit::Never,
            _ => Unit::Char(char),
        }
    }

    fn literal(&mut self, char: u32) -> Checked<()> {
        let mut buffer = [0; 4];
        let width = match self.unit_of_char(char) {
            Unit::Byte(byte) => {
                buffer[0] = byte;
                1
            }
            Unit::Char(char) => base::text::unit::encode(char, &mut buffer),
            _ => {
                self.emit(Inst::Fail)?;
                return Ok(());
            }
        };
        let from = self.program.literals.len() as u32;
        self.program.literals.extend_from_slice(&buffer[..width]);
        let to = from + width as u32;
        if self.join
            && let Some(Inst::Literal { to: end, .. }) = self.program.insts.last_mut()
            && *end == from
        {
            *end = to;
            return Ok(());
        }
        self.emit(Inst::Literal { from, to })?;
        Ok(())
    }

    /// The unit at `i` and where the code goes on; None where it is not one character.
    fn unit(&mut self, i: usize, end: usize) -> Checked<Option<(Unit, usize)>> {
        let operator = self.word(i)?;
        let char = || self.word(i + 1);
        let unit = match operator {
            op::FAILURE => return Ok(Some((Unit::Never, i + 1))),
            op::ANY => return Ok(Some((Unit::NotNewline, i + 1))),
            op::ANY_ALL => return Ok(Some((Unit::Any, i + 1))),
            op::LITERAL => self.unit_of_char(char()?),
            op::NOT_LITERAL => Unit::NotChar(char()?),
            op::LITERAL_IGNORE => Unit::Folded(Fold::Ascii, char()?),
            op::NOT_LITERAL_IGNORE => Unit::NotFolded(Fold::Ascii, char()?),
            op::LITERAL_UNI_IGNORE => Unit::Folded(Fold::Unicode, char()?),
            op::NOT_LITERAL_UNI_IGNORE => Unit::NotFolded(Fold::Unicode, char()?),
            op::LITERAL_LOC_IGNORE => Unit::Folded(Fold::Locale, char()?),
            op::NOT_LITERAL_LOC_IGNORE => Unit::NotFolded(Fold::Locale, char()?),
            op::CATEGORY => match char()? {
                number if number <= category::LAST => Unit::Category(number),
                _ => return Err(Problem::Invalid),
            },
            op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
                let behind = self.skip(i + 1, end)?;
                let fold = match operator {
                    op::IN => Fold::None,
                    op::IN_IGNORE => Fold::Ascii,
                    op::IN_UNI_IGNORE => Fold::Unicode,
                    _ => Fold::Locale,
                };
                let items = self.charset(i + 2, behind)?;
                self.program.sets.push(CharSet::new(items, fold));
                return Ok(Some((Unit::Set(self.program.sets.len() as u32 - 1), behind)));
            }
            _ => return Ok(None),
        };
        Ok(Some((unit, i + 2)))
    }

    fn charset(&self, mut i: usize, end: usize) -> Checked<Vec<SetItem>> {
        let mut items = Vec::new();
        loop {
            if i >= end {
                return Err(Problem::Invalid);
            }
            let first = || self.word(i + 1);
            let (item, width) = match self.word(i)? {
                op::FAILURE if i + 1 == end => return Ok(items),
                op::NEGATE => (SetItem::Negate, 1),
                op::LITERAL => (SetItem::Literal(first()?), 2),
                op::RANGE => (SetItem::Range(first()?, self.word(i + 2)?), 3),
                op::RANGE_UNI_IGNORE => (SetItem::RangeIgnore(first()?, self.word(i + 2)?), 3),
                op::CATEGORY if first()? <= category::LAST => (SetItem::Category(first()?), 2),
                op::CHARSET => {
                    let bits = self.code.get(i + 1..i + 9).and_then(|bits| bits.try_into().ok());
                    (SetItem::Bits(bits.ok_or(Problem::Invalid)?), 9)
                }
                op::BIGCHARSET => {
                    let count = first()? as usize;
                    let numbers = self.code.get(i + 2..i + 66).ok_or(Problem::Invalid)?;
                    let mut blocks = Box::new([0u8; 256]);
                    for (number, to) in numbers.iter().zip(blocks.chunks_exact_mut(4)) {
                        to.copy_from_slice(&number.to_ne_bytes());
                    }
                    if count > 256 || blocks.iter().any(|block| *block as usize >= count) {
                        return Err(Problem::Invalid);
                    }
                    let bits = self.code.get(i + 66..i + 66 + count * 8).ok_or(Problem::Invalid)?;
                    (SetItem::BigBits { blocks, bits: bits.into() }, 66 + count * 8)
                }
                _ => return Err(Problem::Invalid),
            };
            items.push(item);
            i += width;
        }
    }

    /// Lowers the code from `i` to `end`.
    fn sequence(&mut self, mut i: usize, end: usize) -> Checked<()> {
        self.vm.enter_native().map_err(Problem::Raised)?;
        while i < end {
            i = self.operator(i, end)?;
        }
        if i == end { Ok(()) } else { Err(Problem::Invalid) }
    }

    fn operator(&mut self, i: usize, end: usize) -> Checked<usize> {
        let operator = self.word(i)?;
        if operator == op::LITERAL {
            self.literal(self.word(i + 1)?)?;
            return Ok(i + 2);
        }
        if let Some((unit, behind)) = self.unit(i, end)? {
            self.emit(match unit {
                Unit::Never => Inst::Fail,
                unit => Inst::One(unit),
            })?;
            return Ok(behind);
        }
        match operator {
            op::SUCCESS => {
                self.emit(Inst::Success)?;
                Ok(i + 1)
            }
            op::AT => {
                let number = self.word(i + 1)?;
                if number > at::LAST {
                    return Err(Problem::Invalid);
                }
                self.emit(Inst::At(number))?;
                Ok(i + 2)
            }
            op::MARK => {
                let number = self.word(i + 1)?;
                if number / 2 >= self.groups {
                    return Err(Problem::Invalid);
                }
                self.emit(Inst::Mark(number))?;
                Ok(i + 2)
            }
            op::GROUPREF | op::GROUPREF_IGNORE | op::GROUPREF_UNI_IGNORE | op::GROUPREF_LOC_IGNORE => {
                let fold = match operator {
                    op::GROUPREF => Fold::None,
                    op::GROUPREF_IGNORE => Fold::Ascii,
                    op::GROUPREF_UNI_IGNORE => Fold::Unicode,
                    _ => Fold::Locale,
                };
                let group = self.group(self.word(i + 1)?)?;
                self.emit(Inst::GroupRef(group, fold))?;
                Ok(i + 2)
            }
            op::GROUPREF_EXISTS => self.conditional(i, end),
            op::INFO => self.skip(i + 1, end),
            op::BRANCH => self.branch(i, end),
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => self.repeat_one(i, end),
            op::REPEAT => self.repeat(i, end),
            op::POSSESSIVE_REPEAT => self.possessive(i, end),
            op::ATOMIC_GROUP => {
                let behind = self.skip(i + 1, end)?;
                let head = self.emit(Inst::Fail)?;
                self.part(i + 2, behind)?;
                let inst = Inst::Atomic { behind: self.label() };
                self.patch(head, inst);
                Ok(behind)
            }
            op::ASSERT | op::ASSERT_NOT => {
                let behind = self.skip(i + 1, end)?;
                let back = self.word(i + 2)?;
                let head = self.emit(Inst::Fail)?;
                self.part(i + 3, behind)?;
                let target = self.label();
                let inst = match operator {
                    op::ASSERT => Inst::Assert { behind: target, back },
                    _ => Inst::AssertNot { behind: target, back },
                };
                self.patch(head, inst);
                Ok(behind)
            }
            _ => Err(Problem::Invalid),
        }
    }

    /// A part that ends with `SUCCESS` before `behind`.
    fn part(&mut self, i: usize, behind: usize) -> Checked<()> {
        let end = behind.checked_sub(1).filter(|end| *end >= i).ok_or(Problem::Invalid)?;
        if self.word(end)? != op::SUCCESS {
            return Err(Problem::Invalid);
        }
        self.join = false;
        self.sequence(i, end)?;
        self.emit(Inst::SubEnd)?;
        Ok(())
    }

    fn conditional(&mut self, i: usize, end: usize) -> Checked<usize> {
        let group = self.group(self.word(i + 1)?)?;
        // The skip counts from the word before it.
        let no = (i + 1).checked_add(self.word(i + 2)? as usize).filter(|no| *no >= i + 3 && *no <= end);
        let no = no.ok_or(Problem::Invalid)?;
        let head = self.emit(Inst::Fail)?;
        // With an alternative, the first part ends with a jump behind it. What is a jump can only be told by
        // walking the part.
        if let Some(jump) = self.jump_before(i + 3, no, end)? {
            self.sequence(i + 3, no - 2)?;
            let leave = self.emit(Inst::Fail)?;
            let otherwise = self.label();
            self.patch(head, Inst::GroupRefExists { group, otherwise });
            self.sequence(no, jump)?;
            let inst = Inst::Jump(self.label());
            self.patch(leave, inst);
            return Ok(jump);
        }
        self.sequence(i + 3, no)?;
        let otherwise = self.label();
        self.patch(head, Inst::GroupRefExists { group, otherwise });
        Ok(no)
    }

    /// Does the part from `i` to `to` end with `JUMP`? Where to, at most `end`.
    fn jump_before(&self, mut i: usize, to: usize, end: usize) -> Checked<Option<usize>> {
        while i < to {
            i = match self.word(i)? {
                op::JUMP if i + 2 == to => return self.skip(i + 1, end).map(Some),
                op::FAILURE | op::SUCCESS | op::ANY | op::ANY_ALL | op::MAX_UNTIL | op::MIN_UNTIL => i + 1,
                op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => self.skip(i + 1, to)?,
                op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => self.skip(i + 1, to)?,
                op::REPEAT | op::POSSESSIVE_REPEAT => self.skip(i + 1, to)?,
                op::ATOMIC_GROUP | op::ASSERT | op::ASSERT_NOT | op::INFO => self.skip(i + 1, to)?,
                op::BRANCH => {
                    let mut at = i + 1;
                    while self.word(at)? != 0 {
                        at = self.skip(at, to)?;
                    }
                    at + 1
                }
                op::GROUPREF_EXISTS => {
                    let no = (i + 1).checked_add(self.word(i + 2)? as usize).filter(|no| *no >= i + 3);
                    let no = no.ok_or(Problem::Invalid)?;
                    if no > to {
                        return Err(Problem::Invalid);
                    }
                    self.jump_before(i + 3, no, to)?.unwrap_or(no)
                }
                _ => i + 2,
            };
        }
        Ok(None)
    }

    fn branch(&mut self, i: usize, end: usize) -> Checked<usize> {
        let mut at = i + 1;
        let mut starts = Vec::new();
        let mut jumps = Vec::new();
        let mut target = None;
        let head = self.emit(Inst::Fail)?;
        while self.word(at)? != 0 {
            let next = self.skip(at, end)?;
            // An alternative ends with a jump behind all of them.
            let jump = next.checked_sub(2).filter(|jump| *jump > at).ok_or(Problem::Invalid)?;
            if self.word(jump)? != op::JUMP {
                return Err(Problem::Invalid);
            }
            let to = self.skip(jump + 1, end)?;
            if *target.get_or_insert(to) != to {
                return Err(Problem::Invalid);
            }
            starts.push(self.label());
            self.sequence(at + 1, jump)?;
            jumps.push(self.emit(Inst::Fail)?);
            at = next;
        }
        let behind = at + 1;
        if target.is_some_and(|target| target != behind) || behind > end {
            return Err(Problem::Invalid);
        }
        let leave = Inst::Jump(self.label());
        for jump in jumps {
            self.patch(jump, leave);
        }
        let from = self.program.alts.len() as u32;
        for start in starts {
            let first = self.first(start);
            self.program.alts.push(Alt { start, first });
        }
        let to = self.program.alts.len() as u32;
        self.patch(head, Inst::Branch { from, to });
        Ok(behind)
    }

    /// What the first character of the code at an instruction must be.
    fn first(&self, start: u32) -> First {
        for inst in &self.program.insts[start as usize..] {
            match inst {
                Inst::Mark(_) => {}
                Inst::Literal { from, .. } => return First::Byte(self.program.literals[*from as usize]),
                Inst::One(Unit::Byte(byte)) => return First::Byte(*byte),
                Inst::One(Unit::Set(set)) => return First::Set(*set),
                Inst::RepeatOne(number) | Inst::PossessiveOne(number) => {
                    return match self.program.repeats[*number as usize] {
                        RepeatOne { unit: Unit::Set(set), times: Times { min: 1.., .. }, .. } => First::Set(set),
                        RepeatOne { unit: Unit::Byte(byte), times: Times { min: 1.., .. }, .. } => First::Byte(byte),
                        _ => First::Unknown,
                    };
                }
                _ => return First::Unknown,
            }
        }
        First::Unknown
    }

    fn times(&self, i: usize) -> Checked<Times> {
        let times = Times { min: self.word(i)?, max: self.word(i + 1)? };
        if times.min <= times.max { Ok(times) } else { Err(Problem::Invalid) }
    }

    fn repeat_one(&mut self, i: usize, end: usize) -> Checked<usize> {
        let behind = self.skip(i + 1, end)?;
        let times = self.times(i + 2)?;
        let Some((unit, after)) = self.unit(i + 4, behind)? else { return Err(Problem::Invalid) };
        if after + 1 != behind || self.word(after)? != op::SUCCESS {
            return Err(Problem::Invalid);
        }
        let next_byte = match self.code.get(behind) {
            Some(&op::LITERAL) => match self.unit_of_char(self.word(behind + 1)?) {
                Unit::Byte(byte) => Some(byte),
                Unit::Char(char) => {
                    let mut buffer = [0; 4];
                    base::text::unit::encode(char, &mut buffer);
                    Some(buffer[0])
                }
                _ => None,
            },
            _ => None,
        };
        self.program.repeats.push(RepeatOne { unit, times, next_byte });
        let number = self.program.repeats.len() as u32 - 1;
        self.emit(match self.word(i)? {
            op::REPEAT_ONE => Inst::RepeatOne(number),
            op::MIN_REPEAT_ONE => Inst::MinRepeatOne(number),
            _ => Inst::PossessiveOne(number),
        })?;
        Ok(behind)
    }

    fn slot(&mut self) -> u32 {
        self.program.slots += 1;
        self.program.slots as u32 - 1
    }

    fn repeat(&mut self, i: usize, end: usize) -> Checked<usize> {
        let until = self.skip(i + 1, end)?;
        let times = self.times(i + 2)?;
        let slot = self.slot();
        let head = self.emit(Inst::Fail)?;
        let body = self.label();
        self.sequence(i + 4, until)?;
        let number = self.program.loops.len() as u32;
        self.program.loops.push(Loop { slot, times, body, tail: 0 });
        let foot = self.emit(match self.word(until)? {
            op::MAX_UNTIL => Inst::MaxUntil(number),
            op::MIN_UNTIL => Inst::MinUntil(number),
            _ => return Err(Problem::Invalid),
        })?;
        self.program.loops[number as usize].tail = self.label();
        self.patch(head, Inst::RepeatStart { slot, until: foot });
        Ok(until + 1)
    }

    fn possessive(&mut self, i: usize, end: usize) -> Checked<usize> {
        let success = self.skip(i + 1, end)?;
        if self.word(success)? != op::SUCCESS {
            return Err(Problem::Invalid);
        }
        let times = self.times(i + 2)?;
        let slot = self.slot();
        let head = self.emit(Inst::Fail)?;
        let number = self.program.loops.len() as u32;
        self.program.loops.push(Loop { slot, times, body: 0, tail: 0 });
        let until = self.emit(Inst::PossessiveUntil(number))?;
        let body = self.label();
        self.sequence(i + 4, success)?;
        self.emit(Inst::SubEnd)?;
        let tail = self.label();
        let own = &mut self.program.loops[number as usize];
        (own.body, own.tail) = (body, tail);
        self.patch(head, Inst::RepeatStart { slot, until });
        Ok(success + 1)
    }
}
