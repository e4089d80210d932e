//! Tuple, list, set and dict displays.

use bytecode::{Const, Op, Position};
use syntax::TextRange;
use syntax::ast::{self, Expr, ExprContext};

use super::Compiler;
use crate::source::Res;

/// Displays of more items are built step by step, so that they do not need a register for each.
const MAX_RUN: usize = 64;
/// The same for entries of dicts, which take two.
pub(super) const MAX_ENTRIES: usize = MAX_RUN / 2;
/// So many constants in a row become one constant tuple in a display that is built step by step.
const MIN_CONSTANTS: usize = 4;
/// So many constants alone make a display of a constant tuple, whose lines do not show.
const MIN_ALL_CONSTANT: usize = 3;

/// A list or set in the making.
#[derive(Clone, Copy)]
pub(super) struct Sink {
    pub build: Op,
    pub add: Op,
    pub extend: Op,
}

pub(super) const LIST: Sink = Sink { build: Op::BuildList, add: Op::ListAppend, extend: Op::ListExtend };
pub(super) const SET: Sink = Sink { build: Op::BuildSet, add: Op::SetAdd, extend: Op::SetUpdate };

impl<'a> Compiler<'a> {
    pub(super) fn tuple(&mut self, items: &'a [Expr], at: TextRange, dst: u16) -> Res {
        let pos = self.source.range_pos(at);
        if items.len() <= MAX_RUN && !items.iter().any(Expr::is_starred_expr) {
            return self.build(pos, Op::BuildTuple, items, dst);
        }
        let place = self.workplace(dst);
        self.collect(pos, LIST, items, place)?;
        self.emit(pos, Op::ListToTuple, dst, place, 0);
        Ok(())
    }

    pub(super) fn list(&mut self, node: &'a ast::ExprList, dst: u16) -> Res {
        let pos = self.pos(node);
        self.display(pos, LIST, &node.elts, dst)
    }

    pub(super) fn set(&mut self, node: &'a ast::ExprSet, dst: u16) -> Res {
        let pos = self.pos(node);
        self.display(pos, SET, &node.elts, dst)
    }

    fn display(&mut self, pos: Position, sink: Sink, items: &'a [Expr], dst: u16) -> Res {
        let simple = items.len() <= MAX_RUN && !items.iter().any(Expr::is_starred_expr);
        let constant = items.len() >= MIN_ALL_CONSTANT && items.iter().all(|item| self.constant(item).is_some());
        if simple && !constant {
            return self.build(pos, sink.build, items, dst);
        }
        let place = self.workplace(dst);
        self.collect(pos, sink, items, place)?;
        self.move_to(pos, dst, place);
        Ok(())
    }

    /// Evaluates the items side by side and builds the object of them.
    fn build(&mut self, pos: Position, op: Op, items: &'a [Expr], dst: u16) -> Res {
        let mut run = self.run(dst);
        for item in items {
            let slot = self.slot(&mut run);
            self.expr_to(item, slot)?;
        }
        self.emit(pos, op, dst, run.base, items.len() as u16);
        Ok(())
    }

    /// A tuple of values without stars.
    pub(super) fn build_tuple(&mut self, pos: Position, items: &'a [Expr], dst: u16) -> Res {
        match items.iter().map(|item| self.constant(item)).collect::<Option<_>>() {
            Some(items) => {
                self.load_const(pos, dst, Const::Tuple(items));
                Ok(())
            }
            None => {
                let mark = self.unit.mark();
                self.build(pos, Op::BuildTuple, items, dst)?;
                self.unit.release(mark);
                Ok(())
            }
        }
    }

    /// Builds a list or set step by step in `place`, a temporary.
    pub(super) fn collect(&mut self, pos: Position, sink: Sink, items: &'a [Expr], place: u16) -> Res {
        // What comes in front of the first starred item is built at once if it is little.
        let plain = items.iter().take_while(|item| !item.is_starred_expr()).count();
        let head = if plain <= MAX_RUN && plain < items.len() { plain } else { 0 };
        let mark = self.unit.mark();
        let base = mark.min(0xFFFE) as u16;
        for item in &items[..head] {
            self.expr_temp(item)?;
        }
        self.emit(pos, sink.build, place, base, head as u16);
        self.unit.release(mark);
        let mut rest = &items[head..];
        while let Some((item, others)) = rest.split_first() {
            let mark = self.unit.mark();
            let constants: Vec<Const> = rest.iter().map_while(|item| self.constant(item)).collect();
            if constants.len() >= MIN_CONSTANTS || constants.len() == items.len() && items.len() >= MIN_ALL_CONSTANT {
                let tuple = self.unit.temp();
                rest = &rest[constants.len()..];
                // The order in which a set is made shows when it is iterated: as CPython has it, a frozenset comes first.
                let is_set = matches!(sink.build, Op::BuildSet);
                let constants = constants.into();
                self.load_const(pos, tuple, if is_set { Const::FrozenSet(constants) } else { Const::Tuple(constants) });
                self.emit(pos, sink.extend, place, tuple, 0);
            } else if let Expr::Starred(node) = item {
                let value = self.expr(&node.value)?;
                self.emit(pos, sink.extend, place, value, 0);
                rest = others;
            } else {
                let value = self.expr(item)?;
                self.emit(pos, sink.add, place, value, 0);
                rest = others;
            }
            self.unit.release(mark);
        }
        Ok(())
    }

    pub(super) fn dict(&mut self, node: &'a ast::ExprDict, dst: u16) -> Res {
        let pos = self.pos(node);
        let plain = node.items.iter().take_while(|item| item.key.is_some()).count();
        let head = if plain <= MAX_ENTRIES { plain } else { 0 };
        let whole = head == node.items.len();
        let place = if whole { dst } else { self.workplace(dst) };
        let mut run = self.run(place);
        let mark = self.unit.mark();
        for item in &node.items[..head] {
            let (key, value) = (self.slot(&mut run), self.slot(&mut run));
            if let Some(expr) = &item.key {
                self.expr_to(expr, key)?;
            }
            self.expr_to(&item.value, value)?;
        }
        self.emit(pos, Op::BuildMap, place, run.base, head as u16);
        self.unit.release(mark);
        for item in &node.items[head..] {
            match &item.key {
                Some(key) => {
                    let key = self.held(key, &[&item.value])?;
                    let value = self.expr(&item.value)?;
                    self.emit(pos, Op::MapAdd, place, key, value);
                }
                None => {
                    let value = self.expr(&item.value)?;
                    self.emit(pos, Op::DictUpdate, place, value, 0);
                }
            }
            self.unit.release(mark);
        }
        if !whole {
            self.move_to(pos, dst, place);
        }
        Ok(())
    }

    /// The iterable of a loop: a display of constants is not needed as a list or set.
    pub(super) fn iterable(&mut self, expr: &'a Expr) -> Res<u16> {
        if let Some(value) = self.constant_display(expr) {
            let (pos, reg) = (self.pos(expr), self.unit.temp());
            self.load_const(pos, reg, value);
            return Ok(reg);
        }
        match expr {
            Expr::List(node)
                if node.ctx == ExprContext::Load
                    && node.elts.len() <= MAX_RUN
                    && !node.elts.iter().any(Expr::is_starred_expr) =>
            {
                let dst = self.unit.temp();
                let mark = self.unit.mark();
                self.tuple(&node.elts, node.range, dst)?;
                self.unit.release(mark);
                Ok(dst)
            }
            _ => self.expr(expr),
        }
    }
}
