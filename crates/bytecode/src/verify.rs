//! The verifier: what passes cannot make the machine touch memory that it should not.
//!
//! Two passes over each code unit. The first looks at the instructions one by one: operands in range, jumps to
//! instructions, cache words in their places. The second follows what the registers hold ([`kinds`](crate::kinds)).

use crate::encode::MAX_DEPTH;
use crate::flow::{highest_register, slots, successors};
use crate::{
    BinaryOperator, CodeFlags, CodeUnit, CompareOperator, Const, Instr, Intrinsic1, Intrinsic2, LocalKind, Op, Operand,
    SpecialMethod, UnaryOperator, kinds,
};

/// Why a code unit is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// Qualified name of the code unit.
    pub unit: Box<str>,
    /// Index of the instruction.
    pub at: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bad code in {} at {}: {}", self.unit, self.at, self.what)
    }
}

impl std::error::Error for VerifyError {}

/// A place and what is wrong there.
pub(crate) type Fault = (usize, &'static str);

/// Checks a code unit and all that are nested in it. The time is linear in its size for all that a compiler makes, and
/// bounded for all else.
///
/// What has passed keeps these promises:
///
/// * control stays within the code and only reaches instructions, never cache words;
/// * registers, constants, names and cache sites are in range; a constant is of the type that its instruction needs;
///   each cache site belongs to one instruction, and sites are numbered in code order;
/// * a register is only read where it holds a value on every path; the self of a call alone may be unbound;
/// * instructions on cells, iterations, and lists, sets and dicts in the making find such in their registers;
/// * the exception table is sorted and its ranges are disjoint.
///
/// # Errors
///
/// The first fault that is found.
pub fn verify(unit: &CodeUnit) -> Result<(), VerifyError> {
    verify_nested(unit, 0)
}

fn verify_nested(unit: &CodeUnit, depth: usize) -> Result<(), VerifyError> {
    let check = || -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err((0, "code is nested too deeply"));
        }
        check_header(unit)?;
        let starts = check_instructions(unit)?;
        check_exceptions(unit, &starts)?;
        check_prologue(unit)?;
        kinds::check(unit)
    };
    check().map_err(|(at, what)| VerifyError { unit: unit.qualname.clone(), at, what })?;
    for value in &unit.consts {
        if let Const::Code(inner) = value {
            verify_nested(inner, depth + 1)?;
        }
    }
    Ok(())
}

fn check_header(unit: &CodeUnit) -> Result<(), Fault> {
    let fault = |what| Err((0, what));
    if unit.locals.len() != unit.local_kinds.len() {
        return fault("as many kinds as variables are needed");
    }
    if unit.locals.len() > unit.registers as usize || unit.registers == u16::MAX {
        return fault("register count out of range");
    }
    if unit.posonlyargcount > unit.argcount || parameters(unit) > unit.locals.len() as u64 {
        return fault("parameter count out of range");
    }
    if unit.local_kinds[..parameters(unit) as usize]
        .iter()
        .any(|kind| !matches!(kind, LocalKind::Local | LocalKind::Cell))
    {
        return fault("a parameter is no local");
    }
    let free = unit.local_kinds.iter().position(|kind| *kind == LocalKind::Free).unwrap_or(unit.local_kinds.len());
    if unit.local_kinds[free..].iter().any(|kind| *kind != LocalKind::Free) {
        return fault("free variables do not come last");
    }
    if unit.code.len() >= u32::MAX as usize {
        return fault("code is too long");
    }
    // Code within tuples would escape the verifier.
    if unit.consts.iter().any(|value| !matches!(value, Const::Code(_)) && contains_code(value, 0)) {
        return fault("a code constant within another constant");
    }
    Ok(())
}

/// Code in a constant, or nesting that is too deep to look.
fn contains_code(value: &Const, depth: usize) -> bool {
    let within = |items: &[Const]| depth > MAX_DEPTH || items.iter().any(|item| contains_code(item, depth + 1));
    match value {
        Const::Code(_) => true,
        Const::Tuple(items) | Const::FrozenSet(items) => within(items),
        Const::Slice(parts) => within(&parts[..]),
        _ => false,
    }
}

/// The number of parameters.
pub(crate) fn parameters(unit: &CodeUnit) -> u64 {
    unit.argcount as u64
        + unit.kwonlyargcount as u64
        + unit.flags.has(CodeFlags::VARARGS) as u64
        + unit.flags.has(CodeFlags::VARKEYWORDS) as u64
}

/// Checks the instructions one by one; gives back which slots are starts of instructions.
fn check_instructions(unit: &CodeUnit) -> Result<Vec<bool>, Fault> {
    let code = &unit.code;
    let mut starts = vec![false; code.len()];
    let mut sites = 0u32;
    let mut at = 0;
    let mut falls = true;
    while let Some(instr) = code.get(at).copied() {
        let op = instr.op().ok_or((at, "unknown operation"))?;
        if op == Op::Cache {
            return Err((at, "a cache word without its instruction"));
        }
        if op == Op::Instrumented {
            return Err((at, "an operation of running code"));
        }
        starts[at] = true;
        check_operands(unit, at, op, instr)?;
        if op.info().has_cache {
            check_cache(unit, at, op, instr, &mut sites)?;
        }
        let next = successors(instr);
        if next.skip && code.get(at + 1).and_then(|jump| jump.op()) != Some(Op::Jump) {
            return Err((at, "no jump behind the step of a loop"));
        }
        falls = next.next;
        at += slots(instr);
    }
    if falls || at != code.len() {
        return Err((at, "control falls off the end"));
    }
    if sites != unit.cache_sites {
        return Err((0, "cache sites are missing"));
    }
    let mut at = 0;
    while let Some(instr) = code.get(at) {
        let next = successors(*instr);
        if next.jump.is_some_and(|target| starts.get(target as usize) != Some(&true)) {
            return Err((at, "a jump to nowhere"));
        }
        if next.skip && starts.get(at + 2) != Some(&true) {
            return Err((at, "control falls off the end"));
        }
        at += slots(*instr);
    }
    Ok(starts)
}

fn check_operands(unit: &CodeUnit, at: usize, op: Op, instr: Instr) -> Result<(), Fault> {
    if highest_register(instr).is_some_and(|reg| reg >= unit.registers as u32) {
        return Err((at, "register out of range"));
    }
    let info = op.info();
    let wide = instr.bc() as usize;
    for (operand, field) in info.operands.iter().zip([instr.a, instr.b, instr.c]) {
        match operand {
            Operand::Const if wide >= unit.consts.len() => return Err((at, "constant out of range")),
            Operand::Name if wide >= unit.names.len() => return Err((at, "name out of range")),
            // The upper half of a wide operand has no entry of its own.
            Operand::No if field != 0 && !is_wide(info.operands) => return Err((at, "an unused operand is set")),
            _ => {}
        }
    }
    let limit = match op {
        Op::Binary | Op::BinaryInt => BinaryOperator::ALL.len(),
        Op::Unary => UnaryOperator::ALL.len(),
        Op::Compare | Op::CompareInt => CompareOperator::ALL.len(),
        Op::LoadSpecial => SpecialMethod::ALL.len(),
        Op::Intrinsic1 => Intrinsic1::ALL.len(),
        Op::Intrinsic2 => Intrinsic2::ALL.len(),
        Op::Is | Op::Contains | Op::Call | Op::CallKw | Op::CallEx | Op::Reraise | Op::JumpBack => 2,
        Op::Raise | Op::Yield | Op::GetAwaitable => 3,
        Op::FormatValue | Op::BuildInterpolation | Op::LoadSuperAttr | Op::ForPrep => 4,
        Op::SetFunctionAttr => 33,
        Op::UnpackStar | Op::MatchClass => 256,
        _ => 1,
    };
    if instr.flags as usize >= limit {
        return Err((at, "flags out of range"));
    }
    let ok = match op {
        Op::LoadCommon => instr.b <= crate::common_const::SET,
        Op::SetFunctionAttr => instr.flags.is_power_of_two(),
        Op::MakeFunction => matches!(unit.consts.get(wide), Some(Const::Code(_))),
        Op::Raise => match instr.flags {
            crate::raise::CURRENT => instr.a == crate::NO_REGISTER && instr.b == crate::NO_REGISTER,
            crate::raise::EXCEPTION => instr.a != crate::NO_REGISTER && instr.b == crate::NO_REGISTER,
            _ => instr.a != crate::NO_REGISTER && instr.b != crate::NO_REGISTER,
        },
        Op::Yield => (instr.flags == crate::yield_flags::DELEGATED) == (instr.c != crate::NO_REGISTER),
        _ => true,
    };
    if ok { Ok(()) } else { Err((at, "operand of the wrong kind")) }
}

fn is_wide(operands: [Operand; 3]) -> bool {
    operands.iter().any(|operand| matches!(operand, Operand::Const | Operand::Name | Operand::Jump | Operand::Imm32))
}

fn check_cache(unit: &CodeUnit, at: usize, op: Op, instr: Instr, sites: &mut u32) -> Result<(), Fault> {
    let cache = match unit.code.get(at + 1) {
        Some(cache) if cache.op == Op::Cache as u8 && cache.flags == 0 => cache,
        _ => return Err((at, "a cache word is missing")),
    };
    let index = cache.bc() as usize;
    if op == Op::CallKw {
        let named = match unit.consts.get(index) {
            Some(Const::Tuple(names)) if names.iter().all(|name| matches!(name, Const::Str(_))) => names.len(),
            _ => return Err((at, "names of arguments are no tuple of strings")),
        };
        if named > instr.c as usize {
            return Err((at, "more named arguments than arguments"));
        }
    } else if index >= unit.names.len() {
        return Err((at, "name out of range"));
    }
    if op.info().operands.contains(&Operand::Site) {
        if instr.c as u32 | (cache.a as u32) << 16 != *sites {
            return Err((at, "cache sites are not in order"));
        }
        *sites += 1;
    } else if cache.a != 0 {
        return Err((at, "a cache site that is not used"));
    }
    Ok(())
}

fn check_exceptions(unit: &CodeUnit, starts: &[bool]) -> Result<(), Fault> {
    let mut end = 0;
    for entry in &unit.exceptions {
        let at = entry.start as usize;
        if entry.start < end || entry.start >= entry.end || entry.end as usize > starts.len() {
            return Err((at, "exception table is not in order"));
        }
        let instruction = |at: u32| starts.get(at as usize) == Some(&true);
        if !instruction(entry.start) || entry.end as usize != starts.len() && !instruction(entry.end) {
            return Err((at, "exception range cuts an instruction"));
        }
        if !instruction(entry.target) || entry.reg >= unit.registers {
            return Err((at, "exception handler out of range"));
        }
        end = entry.end;
    }
    Ok(())
}

/// The instructions in front of the body: cells of free variables, new cells, the generator.
fn check_prologue(unit: &CodeUnit) -> Result<(), Fault> {
    let generator = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;
    let generates = unit.flags.0 & generator;
    if generates != 0 && !generates.is_power_of_two() {
        return Err((0, "more than one kind of generator"));
    }
    let free = unit.local_kinds.iter().filter(|kind| **kind == LocalKind::Free).count();
    let mut at = 0;
    if free > 0 {
        let first = unit.code[0];
        let fits = first.op() == Some(Op::CopyFreeVars)
            && first.a as usize == unit.locals.len() - free
            && first.b as usize == free;
        if !fits {
            return Err((0, "free variables are not copied"));
        }
        at = 1;
    }
    while unit.code.get(at).and_then(|instr| instr.op()) == Some(Op::MakeCell) {
        at += 1;
    }
    if (generates != 0) != (unit.code.get(at).and_then(|instr| instr.op()) == Some(Op::ReturnGenerator)) {
        return Err((at, "generator flags and instructions differ"));
    }
    let body = at + (generates != 0) as usize;
    // Nothing may run the start of the code again.
    let mut scan = 0;
    while let Some(instr) = unit.code.get(scan) {
        let op = instr.op();
        let misplaced = match op {
            Some(Op::CopyFreeVars) => scan > 0 || free == 0,
            Some(Op::ReturnGenerator) => scan >= body,
            Some(Op::Yield | Op::Send) => generates == 0,
            _ => false,
        };
        if misplaced || successors(*instr).jump.is_some_and(|target| (target as usize) < body) {
            return Err((scan, "an instruction that does not belong here"));
        }
        scan += slots(*instr);
    }
    if unit.exceptions.iter().any(|entry| (entry.start as usize) < body || (entry.target as usize) < body) {
        return Err((0, "the start of the code has a handler"));
    }
    Ok(())
}
