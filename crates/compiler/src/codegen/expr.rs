//! Expressions.

use bytecode::{Const, Instr, Op, Position, UnaryOperator, conversion, yield_flags};
use syntax::ast::{self, Expr, ExprContext, UnaryOp};
use syntax::{Ranged, TextRange};

use super::Compiler;
use crate::names::known;
use crate::source::Res;
use crate::unit::UnitKind;
use crate::{constant, fold};

impl<'a> Compiler<'a> {
    /// Evaluates an expression; the answer is the register that holds the value: that of a local, or a new temporary.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Res<u16> {
        match self.in_place(expr)? {
            Some(reg) => Ok(reg),
            None => {
                let dst = self.unit.temp();
                self.expr_to(expr, dst)?;
                Ok(dst)
            }
        }
    }

    /// As [`Compiler::expr`], with a register that may take the value if it is in none yet.
    pub(super) fn expr_or(&mut self, expr: &'a Expr, spare: u16) -> Res<u16> {
        match self.in_place(expr)? {
            Some(reg) => Ok(reg),
            None if self.unit.is_temp(spare) => {
                self.expr_to(expr, spare)?;
                Ok(spare)
            }
            None => self.expr(expr),
        }
    }

    /// The register of a local that is read or of one that a walrus operator assigns.
    fn in_place(&mut self, expr: &'a Expr) -> Res<Option<u16>> {
        match expr {
            Expr::Name(name) => {
                let Some(reg) = self.target_register(name) else { return Ok(None) };
                let pos = self.pos(name);
                self.check_bound(pos, reg);
                Ok(Some(reg))
            }
            Expr::Named(node) => {
                let Expr::Name(target) = &*node.target else { return Ok(None) };
                let Some(reg) = self.target_register(target) else { return Ok(None) };
                self.expr_to(&node.value, reg)?;
                Ok(Some(reg))
            }
            _ => Ok(None),
        }
    }

    /// As [`Compiler::expr`]; the register keeps the value while `later` is evaluated.
    pub(super) fn held(&mut self, expr: &'a Expr, later: &[&'a Expr]) -> Res<u16> {
        let name = match expr {
            Expr::Name(name) => &name.id,
            Expr::Named(node) => match &*node.target {
                Expr::Name(name) => &name.id,
                _ => return self.expr(expr),
            },
            _ => return self.expr(expr),
        };
        if self.rebinds(name, later) {
            let dst = self.unit.temp();
            self.expr_to(expr, dst)?;
            return Ok(dst);
        }
        self.expr(expr)
    }

    /// Do walrus operators assign locals here?
    pub(super) fn has_walrus(&self) -> bool {
        !self.table.scope(self.unit.scope).walrus_targets.is_empty()
    }

    /// May evaluating `later` rebind the local of that name?
    pub(super) fn rebinds(&mut self, name: &str, later: &[&'a Expr]) -> bool {
        if !self.has_walrus() || later.iter().all(|expr| is_simple(expr)) {
            return false;
        }
        let name = self.mangle(name);
        self.table.scope(self.unit.scope).walrus_targets.contains(&name)
    }

    /// Evaluates an expression into a register. If that is a variable, the last instruction alone writes it.
    pub(super) fn expr_to(&mut self, expr: &'a Expr, dst: u16) -> Res {
        if let Expr::Name(node) = expr {
            self.name_to(node, dst);
            return Ok(());
        }
        let mark = self.unit.mark();
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || self.compound_to(expr, dst))?;
        self.unit.release(mark);
        Ok(())
    }

    /// Evaluates an expression into a new temporary.
    pub(super) fn expr_temp(&mut self, expr: &'a Expr) -> Res<u16> {
        let dst = self.unit.temp();
        self.expr_to(expr, dst)?;
        Ok(dst)
    }

    /// Evaluates an expression for its effects.
    pub(super) fn discard(&mut self, expr: &'a Expr) -> Res {
        let mark = self.unit.mark();
        self.expr(expr)?;
        self.unit.release(mark);
        Ok(())
    }

    /// A register to build a value in step by step: the destination, unless it is a variable.
    pub(super) fn workplace(&mut self, dst: u16) -> u16 {
        if self.unit.is_temp(dst) { dst } else { self.unit.temp() }
    }

    fn name_to(&mut self, node: &'a ast::ExprName, dst: u16) {
        let pos = self.pos(node);
        if node.id.as_str() == "__debug__" {
            self.load_const(pos, dst, Const::Bool(self.options.optimize == 0));
            return;
        }
        let name = self.mangle(&node.id);
        self.load(pos, name, dst);
    }

    fn compound_to(&mut self, expr: &'a Expr, dst: u16) -> Res {
        if let Some(value) = self.constant(expr) {
            let pos = self.pos(expr);
            self.load_const(pos, dst, value);
            return Ok(());
        }
        match expr {
            Expr::BoolOp(node) => self.bool_op(node, dst),
            Expr::Named(node) => self.walrus(node, dst),
            Expr::BinOp(node) => self.binary(node, dst),
            Expr::UnaryOp(node) => self.unary(node, dst),
            Expr::Lambda(node) => self.lambda(node, dst),
            Expr::If(node) => self.conditional(node, dst),
            Expr::Dict(node) => self.dict(node, dst),
            Expr::Set(node) => self.set(node, dst),
            Expr::List(node) => self.list(node, dst),
            Expr::Tuple(node) => self.tuple(&node.elts, node.range, dst),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr, dst)
            }
            Expr::Await(node) => {
                let pos = self.pos(node);
                let value = self.expr(&node.value)?;
                self.await_value(pos, value, 0, dst);
                Ok(())
            }
            Expr::Yield(node) => self.yield_value(node, dst),
            Expr::YieldFrom(node) => self.yield_from(node, dst),
            Expr::Compare(node) => self.compare(node, dst),
            Expr::Call(node) => self.call(node, dst),
            Expr::FString(node) => self.f_string(node, dst),
            Expr::TString(node) => self.t_string(node, dst),
            Expr::Attribute(node) => self.attribute(node, dst),
            Expr::Subscript(node) => self.subscript(node, dst),
            Expr::Starred(node) => match node.ctx {
                ExprContext::Store => self.error(node.range, "starred assignment target must be in a list or tuple"),
                _ => self.error(node.range, "can't use starred expression here"),
            },
            Expr::Slice(node) => self.slice(node, dst),
            Expr::Name(node) => {
                self.name_to(node, dst);
                Ok(())
            }
            Expr::IpyEscapeCommand(_) => self.error(expr.range(), "invalid syntax"),
            // The literals are constants.
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => Ok(()),
        }
    }

    /// The value of an expression that is constant.
    pub(super) fn constant(&self, expr: &Expr) -> Option<Const> {
        match expr {
            Expr::Name(node) if node.id.as_str() == "__debug__" => Some(Const::Bool(self.options.optimize == 0)),
            Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Tuple(_) | Expr::Subscript(_) | Expr::Slice(_) => {
                stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || self.folded(expr))
            }
            _ => constant::literal(expr, self.source),
        }
    }

    /// The value of a constant expression that has parts.
    fn folded(&self, expr: &Expr) -> Option<Const> {
        match expr {
            Expr::UnaryOp(node) => fold::unary(node.op, &self.constant(&node.operand)?),
            Expr::BinOp(node) => {
                // The leftmost operand settles most cases; long chains are walked without recursion.
                let mut spine = vec![node];
                let mut left = &*node.left;
                while let Expr::BinOp(node) = left {
                    spine.push(node);
                    left = &node.left;
                }
                let mut value = self.constant(left)?;
                for node in spine.into_iter().rev() {
                    value = fold::binary(node.op, &value, &self.constant(&node.right)?)?;
                }
                Some(value)
            }
            Expr::Tuple(node) if node.ctx == ExprContext::Load => {
                node.elts.iter().map(|item| self.constant(item)).collect::<Option<_>>().map(Const::Tuple)
            }
            Expr::Subscript(node) if node.ctx == ExprContext::Load => {
                let value = self.constant(&node.value)?;
                fold::subscript(&value, &self.constant(&node.slice)?)
            }
            Expr::Slice(node) => {
                let part = |part: &Option<Box<Expr>>| match part {
                    Some(part) => self.constant(part),
                    None => Some(Const::None),
                };
                Some(Const::Slice(Box::new([part(&node.lower)?, part(&node.upper)?, part(&node.step)?])))
            }
            _ => None,
        }
    }

    fn walrus(&mut self, node: &'a ast::ExprNamed, dst: u16) -> Res {
        let Expr::Name(target) = &*node.target else {
            return self.error(node.range, "cannot use assignment expressions with this target");
        };
        let pos = self.pos(target);
        match self.target_register(target) {
            Some(reg) => {
                self.expr_to(&node.value, reg)?;
                self.move_to(pos, dst, reg);
            }
            None => {
                let place = self.workplace(dst);
                self.expr_to(&node.value, place)?;
                let name = self.mangle(&target.id);
                self.store(pos, name, place);
                self.move_to(pos, dst, place);
            }
        }
        Ok(())
    }

    fn unary(&mut self, node: &'a ast::ExprUnaryOp, dst: u16) -> Res {
        let pos = self.pos(node);
        if node.op == UnaryOp::Not
            && let Expr::Compare(compare) = &*node.operand
            && self.inverse_compare(pos, compare, dst)?
        {
            return Ok(());
        }
        let operand = self.expr_or(&node.operand, dst)?;
        let op = match node.op {
            UnaryOp::Not => {
                self.emit(pos, Op::Not, dst, operand, 0);
                return Ok(());
            }
            UnaryOp::USub => UnaryOperator::Negative,
            UnaryOp::UAdd => UnaryOperator::Positive,
            UnaryOp::Invert => UnaryOperator::Invert,
        };
        self.emit_flags(pos, Op::Unary, op as u8, dst, operand, 0);
        Ok(())
    }

    fn attribute(&mut self, node: &'a ast::ExprAttribute, dst: u16) -> Res {
        if self.super_attribute(node, dst, 0)?.is_some() {
            return Ok(());
        }
        let object = self.expr_or(&node.value, dst)?;
        let pos = self.attribute_pos(self.pos(node), node);
        let name = self.mangle(&node.attr);
        self.emit_cached(pos, Op::LoadAttr, 0, [dst, object, 0], name);
        Ok(())
    }

    /// The position of an operation on an attribute that stands on a later line: that of the attribute's name.
    pub(super) fn attribute_pos(&self, mut pos: Position, node: &ast::ExprAttribute) -> Position {
        let end = self.source.range_pos(TextRange::empty(node.range.end()));
        if pos.line != end.line {
            pos.line = end.line;
            let len = node.attr.chars().count() as u32;
            if len <= end.col {
                pos.col = end.col - len;
                // The end never comes before the start.
                pos.end_line = pos.end_line.max(pos.line);
                pos.end_col = pos.end_col.max(pos.col);
            } else {
                pos.col = Position::NO_COLUMN;
                pos.end_col = Position::NO_COLUMN;
            }
        }
        pos
    }

    fn subscript(&mut self, node: &'a ast::ExprSubscript, dst: u16) -> Res {
        self.check_subscripter(&node.value);
        self.check_index(&node.value, &node.slice);
        let pos = self.pos(node);
        let later = [&*node.slice];
        let object = match &*node.value {
            Expr::Name(_) | Expr::Named(_) => self.held(&node.value, &later)?,
            value => self.expr_or(value, dst)?,
        };
        match self.two_part_slice(&node.slice)? {
            Some(parts) => self.emit(pos, Op::LoadSlice, dst, object, parts),
            None => {
                let index = self.expr(&node.slice)?;
                self.emit(pos, Op::LoadSubscr, dst, object, index);
            }
        }
        Ok(())
    }

    /// Evaluates the bounds of a slice without step into two registers, unless they are constant.
    pub(super) fn two_part_slice(&mut self, expr: &'a Expr) -> Res<Option<u16>> {
        let Expr::Slice(node) = expr else { return Ok(None) };
        if node.step.is_some() || self.constant(expr).is_some() {
            return Ok(None);
        }
        let (lower, upper) = (self.unit.temp(), self.unit.temp());
        let pos = self.pos(node);
        self.slice_part(&node.lower, lower, pos)?;
        self.slice_part(&node.upper, upper, pos)?;
        Ok(Some(lower))
    }

    fn slice_part(&mut self, part: &'a Option<Box<Expr>>, dst: u16, pos: Position) -> Res {
        match part {
            Some(part) => self.expr_to(part, dst)?,
            None => self.load_const(pos, dst, Const::None),
        }
        Ok(())
    }

    fn slice(&mut self, node: &'a ast::ExprSlice, dst: u16) -> Res {
        let pos = self.pos(node);
        let parts = [self.unit.temp(), self.unit.temp(), self.unit.temp()];
        for (part, reg) in [&node.lower, &node.upper, &node.step].into_iter().zip(parts) {
            self.slice_part(part, reg, pos)?;
        }
        self.emit(pos, Op::BuildSlice, dst, parts[0], 0);
        Ok(())
    }

    // Generators.

    fn yield_value(&mut self, node: &'a ast::ExprYield, dst: u16) -> Res {
        let scope = self.table.scope(self.unit.scope);
        if !scope.is_function_like() {
            return self.error(node.range, "'yield' outside function");
        }
        let pos = self.pos(node);
        let value = match &node.value {
            Some(value) => self.expr(value)?,
            None => {
                let value = self.unit.temp();
                self.load_const(pos, value, Const::None);
                value
            }
        };
        self.emit_yield(pos, dst, value);
        Ok(())
    }

    /// A yield of the function itself.
    pub(super) fn emit_yield(&mut self, pos: Position, dst: u16, value: u16) {
        let flags = if self.table.scope(self.unit.scope).coroutine { yield_flags::ASYNC } else { yield_flags::OWN };
        self.emit_flags(pos, Op::Yield, flags, dst, value, bytecode::NO_REGISTER);
    }

    fn yield_from(&mut self, node: &'a ast::ExprYieldFrom, dst: u16) -> Res {
        if !self.table.scope(self.unit.scope).is_function_like() {
            return self.error(node.range, "'yield from' outside function");
        }
        if self.unit.kind == UnitKind::AsyncFunction {
            return self.error(node.range, "'yield from' inside async function");
        }
        let pos = self.pos(node);
        let value = self.expr(&node.value)?;
        let iterator = self.unit.temp();
        self.emit(pos, Op::GetYieldFromIter, iterator, value, 0);
        self.delegate(pos, iterator, dst);
        Ok(())
    }

    /// Awaits a value. `how` is the flag of `GetAwaitable`.
    pub(super) fn await_value(&mut self, pos: Position, value: u16, how: u8, dst: u16) {
        let mark = self.unit.mark();
        let iterator = self.unit.temp();
        self.emit_flags(pos, Op::GetAwaitable, how, iterator, value, 0);
        self.delegate(pos, iterator, dst);
        self.unit.release(mark);
    }

    /// Lets an iterator yield in place of this frame until it is exhausted; its value goes to `dst`.
    pub(super) fn delegate(&mut self, pos: Position, iterator: u16, dst: u16) {
        let mark = self.unit.mark();
        let got = self.workplace(dst);
        let sent = self.unit.temp();
        self.load_const(pos, sent, Const::None);
        let (again, end) = (self.unit.asm.label(), self.unit.asm.label());
        self.unit.asm.bind(again);
        self.unit.asm.loop_step(pos, Instr::abc(Op::Send, 0, got, iterator, sent), end);
        self.emit_flags(pos, Op::Yield, yield_flags::DELEGATED, sent, got, iterator);
        self.unit.asm.jump(pos, Op::Jump, 0, again);
        self.unit.asm.bind(end);
        self.move_to(pos, dst, got);
        self.unit.release(mark);
    }

    /// The flags of a conversion.
    pub(super) fn conversion(flag: ast::ConversionFlag) -> u8 {
        match flag {
            ast::ConversionFlag::None => conversion::NONE,
            ast::ConversionFlag::Str => conversion::STR,
            ast::ConversionFlag::Repr => conversion::REPR,
            ast::ConversionFlag::Ascii => conversion::ASCII,
        }
    }

    /// Is the name `super` the builtin, as far as the module can tell?
    pub(super) fn super_is_global(&self) -> bool {
        let module = self.table.scope(crate::symtable::SymbolTable::MODULE);
        module.symbol(known::SUPER).is_none_or(|symbol| symbol.flags & crate::symtable::flag::BOUND == 0)
    }
}

/// Can evaluating the expression bind nothing?
fn is_simple(expr: &Expr) -> bool {
    match expr {
        Expr::Attribute(node) => is_simple(&node.value),
        Expr::Name(_)
        | Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_)
        | Expr::Lambda(_) => true,
        _ => false,
    }
}
