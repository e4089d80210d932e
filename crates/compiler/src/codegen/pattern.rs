//! `match` statements.
//!
//! Names are bound when a whole pattern has matched: until then what they will be bound to stays in temporaries.

use bytecode::{BinaryOperator, CompareOperator, Const, Intrinsic1, Op, Position};
use syntax::ast::{self, Identifier, Pattern, Singleton};
use syntax::{Ranged, TextRange};

use super::Compiler;
use crate::assemble::Label;
use crate::constant;
use crate::names::NameId;
use crate::source::Res;

/// A pattern that is being compiled.
#[derive(Default)]
struct Match {
    /// Names with the registers of their values.
    captures: Vec<(NameId, u16)>,
    /// May a pattern that matches everything stand here?
    allow_irrefutable: bool,
    /// Inside an or-pattern, captures have registers of their own.
    alternatives: u32,
}

impl<'a> Compiler<'a> {
    pub(super) fn match_stmt(&mut self, node: &'a ast::StmtMatch) -> Res {
        let mark = self.unit.mark();
        let subject = self.expr_temp(&node.subject)?;
        let end = self.unit.asm.label();
        let count = node.cases.len();
        for (index, case) in node.cases.iter().enumerate() {
            let inner = self.unit.mark();
            let next = self.unit.asm.label();
            let last = index + 1 == count;
            let mut state = Match { allow_irrefutable: last || case.guard.is_some(), ..Match::default() };
            if last && count > 1 && is_wildcard(&case.pattern) {
                // The line of a default case shows, though nothing is done there.
                self.nop(&case.pattern);
            } else {
                self.pattern(&case.pattern, subject, next, &mut state)?;
            }
            let pos = self.pos(&case.pattern);
            for (name, value) in state.captures {
                self.store(pos, name, value);
            }
            self.unit.release(inner);
            if let Some(guard) = &case.guard {
                self.jump_if(guard, false, next)?;
            }
            self.body(&case.body)?;
            self.unit.asm.jump(Position::NONE, Op::Jump, 0, end);
            self.unit.asm.bind(next);
        }
        self.unit.asm.bind(end);
        self.unit.release(mark);
        Ok(())
    }

    /// Continues at `fail` unless the pattern matches the value in `subject`. Temporaries stay in use: captures may
    /// lie in them.
    fn pattern(&mut self, pattern: &'a Pattern, subject: u16, fail: Label, state: &mut Match) -> Res {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || match pattern {
            Pattern::MatchValue(node) => self.match_value(node, subject, fail),
            Pattern::MatchSingleton(node) => {
                self.match_singleton(node, subject, fail);
                Ok(())
            }
            Pattern::MatchSequence(node) => self.match_sequence(node, subject, fail, state),
            Pattern::MatchMapping(node) => self.match_mapping(node, subject, fail, state),
            Pattern::MatchClass(node) => self.match_class(node, subject, fail, state),
            Pattern::MatchStar(node) => match &node.name {
                Some(name) => self.capture(name, subject, node.range, state),
                None => Ok(()),
            },
            Pattern::MatchAs(node) => self.match_as(node, subject, fail, state),
            Pattern::MatchOr(node) => self.match_or(node, subject, fail, state),
        })
    }

    fn subpattern(&mut self, pattern: &'a Pattern, subject: u16, fail: Label, state: &mut Match) -> Res {
        let allowed = std::mem::replace(&mut state.allow_irrefutable, true);
        self.pattern(pattern, subject, fail, state)?;
        state.allow_irrefutable = allowed;
        Ok(())
    }

    fn capture(&mut self, name: &Identifier, value: u16, at: TextRange, state: &mut Match) -> Res {
        let id = self.mangle(name);
        if state.captures.iter().any(|(other, _)| *other == id) {
            return self.error(at, format!("multiple assignments to name '{name}' in pattern"));
        }
        let mut reg = value;
        if state.alternatives > 0 {
            reg = self.unit.temp();
            let pos = self.source.range_pos(at);
            self.move_to(pos, reg, value);
        }
        state.captures.push((id, reg));
        Ok(())
    }

    fn match_value(&mut self, node: &'a ast::PatternMatchValue, subject: u16, fail: Label) -> Res {
        let value = &*node.value;
        let pos = self.pos(node);
        let equal = self.unit.temp();
        match self.constant(value) {
            None if !value.is_attribute_expr() => {
                return self.error(value.range(), "patterns may only match literals and attribute lookups");
            }
            Some(Const::Int(small)) if i16::try_from(small).is_ok() => {
                self.emit_flags(pos, Op::CompareInt, CompareOperator::Eq as u8, equal, subject, small as u16);
            }
            _ => {
                let reg = self.expr(value)?;
                self.emit_flags(pos, Op::Compare, CompareOperator::Eq as u8, equal, subject, reg);
            }
        }
        self.unit.asm.jump(pos, Op::JumpIfFalse, equal, fail);
        Ok(())
    }

    fn match_singleton(&mut self, node: &ast::PatternMatchSingleton, subject: u16, fail: Label) {
        let pos = self.pos(node);
        let value = match node.value {
            Singleton::None => return self.unit.asm.jump(pos, Op::JumpIfNotNone, subject, fail),
            Singleton::True => true,
            Singleton::False => false,
        };
        let reg = self.unit.temp();
        self.load_const(pos, reg, Const::Bool(value));
        self.emit(pos, Op::Is, reg, subject, reg);
        self.unit.asm.jump(pos, Op::JumpIfFalse, reg, fail);
    }

    fn match_as(&mut self, node: &'a ast::PatternMatchAs, subject: u16, fail: Label, state: &mut Match) -> Res {
        if let Some(pattern) = &node.pattern {
            self.pattern(pattern, subject, fail, state)?;
        } else if !state.allow_irrefutable {
            let msg = match &node.name {
                Some(name) => format!("name capture '{name}' makes remaining patterns unreachable"),
                None => "wildcard makes remaining patterns unreachable".to_owned(),
            };
            return self.error(node.range, msg);
        }
        match &node.name {
            Some(name) => self.capture(name, subject, node.range, state),
            None => {
                self.show_line(node);
                Ok(())
            }
        }
    }

    fn match_or(&mut self, node: &'a ast::PatternMatchOr, subject: u16, fail: Label, state: &mut Match) -> Res {
        let end = self.unit.asm.label();
        let before = state.captures.len();
        let mut bound: Option<Vec<(NameId, u16)>> = None;
        let allowed = state.allow_irrefutable;
        state.alternatives += 1;
        let count = node.patterns.len();
        for (index, alternative) in node.patterns.iter().enumerate() {
            let last = index + 1 == count;
            let next = if last { fail } else { self.unit.asm.label() };
            state.allow_irrefutable = allowed && last;
            self.pattern(alternative, subject, next, state)?;
            let mut own = state.captures.split_off(before);
            own.sort();
            match &bound {
                None => bound = Some(own),
                Some(first) => {
                    if first.len() != own.len() || first.iter().zip(&own).any(|(a, b)| a.0 != b.0) {
                        return self.error(node.range, "alternative patterns bind different names");
                    }
                    let pos = self.pos(alternative);
                    for ((_, to), (_, from)) in first.clone().into_iter().zip(own) {
                        self.move_to(pos, to, from);
                    }
                }
            }
            if !last {
                self.unit.asm.jump(Position::NONE, Op::Jump, 0, end);
                self.unit.asm.bind(next);
            }
        }
        self.unit.asm.bind(end);
        state.alternatives -= 1;
        state.allow_irrefutable = allowed;
        for (name, reg) in bound.unwrap_or_default() {
            if state.captures.iter().any(|(other, _)| *other == name) {
                let msg = format!("multiple assignments to name '{}' in pattern", self.names.text(name));
                return self.error(node.range, msg);
            }
            state.captures.push((name, reg));
        }
        Ok(())
    }

    /// Continues at `fail` unless the length of the subject compares to `length` as asked for.
    fn check_length(&mut self, pos: Position, subject: u16, operator: CompareOperator, length: usize, fail: Label) {
        let reg = self.unit.temp();
        self.emit(pos, Op::GetLen, reg, subject, 0);
        match i16::try_from(length) {
            Ok(small) => self.emit_flags(pos, Op::CompareInt, operator as u8, reg, reg, small as u16),
            Err(_) => {
                let wanted = self.unit.temp();
                self.load_const(pos, wanted, Const::Int(length as i64));
                self.emit_flags(pos, Op::Compare, operator as u8, reg, reg, wanted);
            }
        }
        self.unit.asm.jump(pos, Op::JumpIfFalse, reg, fail);
    }

    fn match_sequence(
        &mut self,
        node: &'a ast::PatternMatchSequence,
        subject: u16,
        fail: Label,
        state: &mut Match,
    ) -> Res {
        let pos = self.pos(node);
        let patterns = &node.patterns;
        let count = patterns.len();
        let mut stars = patterns.iter().enumerate().filter(|(_, pattern)| pattern.is_match_star());
        let star = stars.next();
        if stars.next().is_some() {
            return self.error(node.range, "multiple starred names in sequence pattern");
        }
        let is_sequence = self.unit.temp();
        self.emit(pos, Op::MatchSequence, is_sequence, subject, 0);
        self.unit.asm.jump(pos, Op::JumpIfFalse, is_sequence, fail);
        match star {
            None => self.check_length(pos, subject, CompareOperator::Eq, count, fail),
            Some(_) if count > 1 => self.check_length(pos, subject, CompareOperator::Ge, count - 1, fail),
            Some(_) => {}
        }
        if patterns.iter().all(is_wildcard) {
            return Ok(());
        }
        if let Some((star, pattern)) = star
            && is_wildcard(pattern)
        {
            return self.match_items_by_index(pos, patterns, star, subject, fail, state);
        }
        let base = self.unit.mark().min(0xFFFE) as u16;
        for _ in patterns {
            self.unit.temp();
        }
        match star {
            Some((star, _)) => {
                if star > 0xFF || count - star - 1 > 0xFFFF {
                    return self.error(node.range, "too many expressions in star-unpacking sequence pattern");
                }
                let behind = (count - star - 1) as u16;
                self.emit_flags(pos, Op::UnpackStar, star as u8, base, subject, behind);
            }
            None => self.emit(pos, Op::UnpackSequence, base, subject, count.min(0xFFFF) as u16),
        }
        for (index, pattern) in patterns.iter().enumerate() {
            self.subpattern(pattern, (base as usize + index).min(0xFFFE) as u16, fail, state)?;
        }
        Ok(())
    }

    /// Matches items of a sequence whose starred middle is of no interest.
    fn match_items_by_index(
        &mut self,
        pos: Position,
        patterns: &'a [Pattern],
        star: usize,
        subject: u16,
        fail: Label,
        state: &mut Match,
    ) -> Res {
        for (index, pattern) in patterns.iter().enumerate() {
            if is_wildcard(pattern) {
                continue;
            }
            let item = self.unit.temp();
            if index < star {
                self.load_const(pos, item, Const::Int(index as i64));
            } else {
                // Not every sequence understands negative indices.
                self.emit(pos, Op::GetLen, item, subject, 0);
                let from_end = self.unit.temp();
                self.load_const(pos, from_end, Const::Int((patterns.len() - index) as i64));
                self.emit_flags(pos, Op::Binary, BinaryOperator::Subtract as u8, item, item, from_end);
            }
            self.emit(pos, Op::LoadSubscr, item, subject, item);
            self.subpattern(pattern, item, fail, state)?;
        }
        Ok(())
    }

    fn match_mapping(
        &mut self,
        node: &'a ast::PatternMatchMapping,
        subject: u16,
        fail: Label,
        state: &mut Match,
    ) -> Res {
        let pos = self.pos(node);
        let is_mapping = self.unit.temp();
        self.emit(pos, Op::MatchMapping, is_mapping, subject, 0);
        self.unit.asm.jump(pos, Op::JumpIfFalse, is_mapping, fail);
        let count = node.keys.len();
        if count == 0 && node.rest.is_none() {
            return Ok(());
        }
        if count > 0xFFFF {
            return self.error(node.range, "too many sub-patterns in mapping pattern");
        }
        if count > 0 {
            self.check_length(pos, subject, CompareOperator::Ge, count, fail);
        }
        let (keys, values) = (self.unit.temp(), self.unit.temp());
        let first_key = self.unit.mark().min(0xFFFE) as u16;
        let mut seen: Vec<Const> = Vec::new();
        for key in &node.keys {
            if let Some(value) = self.constant(key) {
                if seen.iter().any(|other| equal(other, &value)) {
                    let msg = format!("mapping pattern checks duplicate key ({})", repr(&value));
                    return self.error(node.range, msg);
                }
                seen.push(value);
            } else if !key.is_attribute_expr() {
                return self.error(node.range, "mapping pattern keys may only match literals and attribute lookups");
            }
            self.expr_temp(key)?;
        }
        if count > 0 {
            self.emit(pos, Op::BuildTuple, keys, first_key, count as u16);
            self.emit(pos, Op::MatchKeys, values, subject, keys);
            self.unit.asm.jump(pos, Op::JumpIfNone, values, fail);
            let base = self.unit.mark().min(0xFFFE) as u16;
            for _ in 0..count {
                self.unit.temp();
            }
            self.emit(pos, Op::UnpackSequence, base, values, count as u16);
            for (index, pattern) in node.patterns.iter().enumerate() {
                self.subpattern(pattern, (base as usize + index).min(0xFFFE) as u16, fail, state)?;
            }
        }
        if let Some(name) = &node.rest {
            let rest = self.unit.temp();
            self.intrinsic(pos, Intrinsic1::CopyDict, rest, subject);
            for index in 0..count {
                self.emit(pos, Op::DeleteSubscr, rest, (first_key as usize + index).min(0xFFFE) as u16, 0);
            }
            self.capture(name, rest, node.range, state)?;
        }
        Ok(())
    }

    fn match_class(&mut self, node: &'a ast::PatternMatchClass, subject: u16, fail: Label, state: &mut Match) -> Res {
        let pos = self.pos(node);
        let (positional, keywords) = (&node.arguments.patterns, &node.arguments.keywords);
        let count = positional.len() + keywords.len();
        if positional.len() > 0xFF || count > 0xFFFF {
            let text = self.source.text.get(std::ops::Range::<usize>::from(node.cls.range())).unwrap_or_default();
            return self.error(node.range, format!("too many sub-patterns in class pattern {text}"));
        }
        for (index, keyword) in keywords.iter().enumerate() {
            if let Some(again) = keywords[index + 1..].iter().find(|other| other.attr.id == keyword.attr.id) {
                let msg = format!("attribute name repeated in class pattern: {}", again.attr);
                return self.error(again.pattern.range(), msg);
            }
        }
        let values = self.unit.temp();
        let class = self.expr_temp(&node.cls)?;
        let names = self.unit.temp();
        let attrs = keywords.iter().map(|keyword| constant::string(&keyword.attr)).collect();
        self.load_const(pos, names, Const::Tuple(attrs));
        self.emit_flags(pos, Op::MatchClass, positional.len() as u8, values, subject, class);
        self.unit.asm.jump(pos, Op::JumpIfNone, values, fail);
        if count == 0 {
            return Ok(());
        }
        let base = self.unit.mark().min(0xFFFE) as u16;
        for _ in 0..count {
            self.unit.temp();
        }
        self.emit(pos, Op::UnpackSequence, base, values, count as u16);
        let patterns = positional.iter().chain(keywords.iter().map(|keyword| &keyword.pattern));
        for (index, pattern) in patterns.enumerate() {
            if !is_wildcard(pattern) {
                self.subpattern(pattern, (base as usize + index).min(0xFFFE) as u16, fail, state)?;
            }
        }
        Ok(())
    }
}

/// Does the pattern match anything and bind nothing?
fn is_wildcard(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(node) => node.pattern.is_none() && node.name.is_none(),
        Pattern::MatchStar(node) => node.name.is_none(),
        _ => false,
    }
}

/// Equality of keys: numbers of different types can be equal.
fn equal(a: &Const, b: &Const) -> bool {
    let number = |value: &Const| match value {
        Const::Float(value) => Some((*value, 0.0)),
        Const::Complex(real, imag) => Some((*real, *imag)),
        Const::Bool(value) => Some((*value as u8 as f64, 0.0)),
        Const::Int(value) if value.unsigned_abs() <= 1 << 53 => Some((*value as f64, 0.0)),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// A key as a message shows it.
fn repr(value: &Const) -> String {
    match value {
        Const::None => "None".to_owned(),
        Const::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Str(text) => {
            let text = String::from_utf8_lossy(text);
            let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
            format!("{quote}{text}{quote}")
        }
        Const::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
        Const::Complex(real, imag) if *real == 0.0 => format!("{imag}j"),
        Const::Complex(real, imag) => format!("({real}{imag:+}j)"),
        value => constant::as_int(value).map(|value| value.to_string()).unwrap_or_default(),
    }
}
