//! Listings of code units for people and golden tests.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::{
    BinaryOperator, CodeUnit, CompareOperator, Const, Instr, Intrinsic1, Intrinsic2, NO_REGISTER, Op, Operand, Range,
    SpecialMethod, UnaryOperator, call_flags, flow,
};

/// A listing of the unit and, after it, of those nested in it.
pub fn disassemble(unit: &CodeUnit) -> String {
    let mut out = String::new();
    let mut queue = vec![unit];
    while let Some(unit) = queue.pop() {
        if !out.is_empty() {
            out.push('\n');
        }
        Listing { unit, out: &mut out }.write();
        queue.extend(unit.consts.iter().rev().filter_map(|value| match value {
            Const::Code(inner) => Some(&**inner),
            _ => None,
        }));
    }
    out
}

struct Listing<'a> {
    unit: &'a CodeUnit,
    out: &'a mut String,
}

impl Listing<'_> {
    fn write(&mut self) {
        let unit = self.unit;
        let _ = writeln!(
            self.out,
            "{} (line {}, {} registers, flags {:#x})",
            unit.qualname, unit.first_line, unit.registers, unit.flags.0
        );
        if unit.argcount + unit.kwonlyargcount > 0 {
            let _ = writeln!(
                self.out,
                "  arguments: {} ({} positional-only), keyword-only: {}",
                unit.argcount, unit.posonlyargcount, unit.kwonlyargcount
            );
        }
        if !unit.locals.is_empty() {
            let locals: Vec<String> = unit
                .locals
                .iter()
                .zip(&unit.local_kinds)
                .map(|(name, kind)| match kind {
                    crate::LocalKind::Local => name.to_string(),
                    crate::LocalKind::Cell => format!("{name}:cell"),
                    crate::LocalKind::Free => format!("{name}:free"),
                    crate::LocalKind::Hidden => format!("{name}:hidden"),
                })
                .collect();
            let _ = writeln!(self.out, "  locals: {}", locals.join(", "));
        }
        let mut targets = BTreeSet::new();
        let mut at = 0;
        while let Some(instr) = unit.code.get(at) {
            targets.extend(flow::successors(*instr).jump);
            at += flow::slots(*instr);
        }
        targets.extend(unit.exceptions.iter().map(|entry| entry.target));
        let positions: Vec<_> =
            unit.lines.runs().flat_map(|(count, position)| std::iter::repeat_n(position, count.min(1 << 20))).collect();
        let mut line = u32::MAX;
        let mut at = 0;
        while let Some(instr) = unit.code.get(at) {
            let position = positions.get(at).copied().unwrap_or_default();
            let shown = if position.line != line { position.line.to_string() } else { String::new() };
            line = position.line;
            let label = if targets.contains(&(at as u32)) { format!("L{at}:") } else { String::new() };
            let _ = writeln!(self.out, "{shown:>6} {label:>7} {}", self.instruction(at, *instr).trim_end());
            at += flow::slots(*instr);
        }
        if !unit.exceptions.is_empty() {
            self.out.push_str("  exceptions:\n");
            for entry in &unit.exceptions {
                let _ = writeln!(
                    self.out,
                    "    {}..{} -> L{} {}",
                    entry.start,
                    entry.end,
                    entry.target,
                    self.register(entry.reg)
                );
            }
        }
    }

    fn register(&self, reg: u16) -> String {
        match self.unit.locals.get(reg as usize) {
            Some(name) => name.to_string(),
            None => format!("%{}", reg as usize - self.unit.locals.len()),
        }
    }

    fn name(&self, index: u32) -> &str {
        self.unit.names.get(index as usize).map_or("?", |name| name)
    }

    fn constant(&self, index: u32) -> String {
        self.unit.consts.get(index as usize).map_or("?".to_string(), show)
    }

    fn instruction(&self, at: usize, instr: Instr) -> String {
        let Some(op) = instr.op() else { return format!("op {}", instr.op) };
        let info = op.info();
        let mut parts = Vec::new();
        let wide = info
            .operands
            .iter()
            .any(|operand| matches!(operand, Operand::Const | Operand::Name | Operand::Jump | Operand::Imm32));
        for (index, (operand, field)) in info.operands.iter().zip([instr.a, instr.b, instr.c]).enumerate() {
            match operand {
                Operand::No | Operand::Site => {}
                Operand::W | Operand::R | Operand::RW => parts.push(self.register(field)),
                Operand::OptR if field == NO_REGISTER => parts.push("-".to_string()),
                Operand::OptR => parts.push(self.register(field)),
                Operand::Base => parts.push(self.base(info.range, instr, index)),
                Operand::Imm if wide => {}
                Operand::Imm => match (op, info.range) {
                    (Op::BinaryInt | Op::CompareInt, _) => parts.push((field as i16).to_string()),
                    (_, Range::ReadCount | Range::ReadPairs | Range::ReadCall) => {}
                    _ => parts.push(field.to_string()),
                },
                Operand::Const => parts.push(self.constant(instr.bc())),
                Operand::Name => parts.push(self.name(instr.bc()).to_string()),
                Operand::Jump => parts.push(format!("L{}", instr.bc())),
                Operand::Imm32 => parts.push((instr.bc() as i32).to_string()),
            }
        }
        if info.has_cache
            && let Some(cache) = self.unit.code.get(at + 1)
        {
            match op {
                Op::CallKw => parts.push(self.constant(cache.bc())),
                _ => parts.push(self.name(cache.bc()).to_string()),
            }
        }
        let flags = instr.flags;
        let text = match op {
            Op::Binary | Op::BinaryInt => BinaryOperator::from_u8(flags).map(BinaryOperator::text),
            Op::Unary => UnaryOperator::from_u8(flags).map(UnaryOperator::text),
            Op::Compare | Op::CompareInt => CompareOperator::from_u8(flags).map(CompareOperator::text),
            Op::LoadSpecial => SpecialMethod::from_u8(flags).map(SpecialMethod::text),
            Op::Intrinsic1 => Intrinsic1::from_u8(flags).map(Intrinsic1::text),
            Op::Intrinsic2 => Intrinsic2::from_u8(flags).map(Intrinsic2::text),
            Op::Call | Op::CallKw | Op::CallEx => Some(""),
            _ => None,
        };
        match text {
            Some("") => {}
            Some(text) => parts.push(format!("({text})")),
            None if flags != 0 => parts.push(format!("({flags})")),
            None => {}
        }
        format!("{:<22} {}", info.name, parts.join(", "))
    }

    fn base(&self, range: Range, instr: Instr, operand: usize) -> String {
        let (start, count) = match range {
            Range::ReadCount => (instr.b, instr.c as usize),
            Range::ReadPairs => (instr.b, 2 * instr.c as usize),
            Range::ReadCall => {
                let selfless = instr.flags & call_flags::NO_SELF != 0;
                let args = self.span(instr.b.wrapping_add(2), instr.c as usize);
                return format!("{}{} ({args})", self.register(instr.b), if selfless { "" } else { "+self" });
            }
            Range::ReadFixed(count) => (instr.b, count as usize),
            Range::ReadFixedC(count) => (instr.c, count as usize),
            _ => (if operand == 1 { instr.b } else { instr.c }, 1),
        };
        self.span(start, count)
    }

    fn span(&self, start: u16, count: usize) -> String {
        match count {
            0 => "0".to_string(),
            1 => self.register(start),
            _ => format!("{}..{}", self.register(start), self.register((start as usize + count - 1) as u16)),
        }
    }
}

/// A constant as text.
fn show(value: &Const) -> String {
    let list = |items: &[Const]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match value {
        Const::None => "None".to_string(),
        Const::Bool(true) => "True".to_string(),
        Const::Bool(false) => "False".to_string(),
        Const::Ellipsis => "...".to_string(),
        Const::Int(value) => value.to_string(),
        Const::BigInt { negative, magnitude } => {
            let digits: String = magnitude.iter().rev().map(|byte| format!("{byte:02x}")).collect();
            format!("{}0x{digits}", if *negative { "-" } else { "" })
        }
        Const::Float(value) => format!("{value:?}"),
        Const::Complex(real, imag) => format!("({real:?}+{imag:?}j)"),
        Const::Str(text) => format!("{:?}", String::from_utf8_lossy(text)),
        Const::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Const::Tuple(items) if items.len() == 1 => format!("({},)", show(&items[0])),
        Const::Tuple(items) => format!("({})", list(items)),
        Const::FrozenSet(items) => format!("frozenset({{{}}})", list(items)),
        Const::Slice(parts) => format!("slice({})", list(&parts[..])),
        Const::Code(unit) => format!("<code {}>", unit.qualname),
    }
}
