//! Statements.

use bytecode::{Const, Intrinsic1, NO_REGISTER, Op, Position, common_const, raise};
use syntax::Ranged;
use syntax::ast::{self, Expr, Stmt};

use super::Compiler;
use crate::Mode;
use crate::source::Res;
use crate::unit::{Block, UnitKind};

impl<'a> Compiler<'a> {
    pub(super) fn body(&mut self, body: &'a [Stmt]) -> Res {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    pub(super) fn stmt(&mut self, stmt: &'a Stmt) -> Res {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || self.stmt_inner(stmt))
    }

    fn stmt_inner(&mut self, stmt: &'a Stmt) -> Res {
        match stmt {
            Stmt::Expr(node) => self.expression_statement(node),
            Stmt::Assign(node) => self.assign(node),
            Stmt::AugAssign(node) => self.augmented(node),
            Stmt::AnnAssign(node) => self.annotated_assignment(node),
            Stmt::FunctionDef(node) => self.function_def(node),
            Stmt::ClassDef(node) => self.class_def(node),
            Stmt::Return(node) => self.return_stmt(node),
            Stmt::Delete(node) => node.targets.iter().try_for_each(|target| self.delete_target(target)),
            Stmt::TypeAlias(node) => self.type_alias(node),
            Stmt::For(node) => self.for_stmt(node),
            Stmt::While(node) => self.while_stmt(node),
            Stmt::If(node) => self.if_stmt(node),
            Stmt::With(node) => self.with_stmt(node),
            Stmt::Match(node) => self.match_stmt(node),
            Stmt::Raise(node) => self.raise_stmt(node),
            Stmt::Try(node) => self.try_stmt(node),
            Stmt::Assert(node) => self.assert_stmt(node),
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Global(_) | Stmt::Nonlocal(_) => Ok(()),
            Stmt::Pass(node) => {
                self.nop(node);
                Ok(())
            }
            Stmt::Break(node) => self.jump_out_of_loop(node, true),
            Stmt::Continue(node) => self.jump_out_of_loop(node, false),
            Stmt::IpyEscapeCommand(node) => self.error(node.range, "invalid syntax"),
        }
    }

    /// Marks the line of a statement without code.
    pub(super) fn nop(&mut self, node: &impl Ranged) {
        let pos = self.pos(node);
        self.emit(pos, Op::Nop, 0, 0, 0);
    }

    /// Marks the line of something that takes no instruction, if it is another than that of the last one.
    pub(super) fn show_line(&mut self, node: &impl Ranged) {
        if self.source.line(node.start()) != self.unit.asm.last_line() {
            self.nop(node);
        }
    }

    fn expression_statement(&mut self, node: &'a ast::StmtExpr) -> Res {
        let value = &*node.value;
        if self.options.mode == Mode::Single && self.unit.kind == UnitKind::Module {
            let mark = self.unit.mark();
            let reg = self.expr(value)?;
            let pos = self.pos(node);
            let result = self.unit.temp();
            self.emit_flags(pos, Op::Intrinsic1, Intrinsic1::DisplayHook as u8, result, reg, 0);
            self.unit.release(mark);
            return Ok(());
        }
        if value.is_literal_expr() {
            self.nop(node);
            return Ok(());
        }
        self.discard(value)
    }

    fn if_stmt(&mut self, node: &'a ast::StmtIf) -> Res {
        let end = self.unit.asm.label();
        let mut test = Some(&*node.test);
        let mut body = &node.body[..];
        let mut clauses = node.elif_else_clauses.iter();
        loop {
            let next = self.unit.asm.label();
            if let Some(test) = test {
                self.jump_if(test, false, next)?;
            }
            self.body(body)?;
            let Some(clause) = clauses.next() else {
                self.unit.asm.bind(next);
                break;
            };
            self.unit.asm.jump(Position::NONE, Op::Jump, 0, end);
            self.unit.asm.bind(next);
            test = clause.test.as_ref();
            body = &clause.body;
        }
        self.unit.asm.bind(end);
        Ok(())
    }

    fn return_stmt(&mut self, node: &'a ast::StmtReturn) -> Res {
        let scope = self.table.scope(self.unit.scope);
        if !scope.is_function_like() {
            return self.error(node.range, "'return' outside function");
        }
        if node.value.is_some() && scope.coroutine && scope.generator {
            return self.error(node.range, "'return' with value in async generator");
        }
        let pos = self.pos(node);
        let mark = self.unit.mark();
        // What runs on the way out must not change a value that is to be returned; a constant can be loaded after it.
        let constant = match &node.value {
            Some(value) => self.constant(value),
            None => Some(Const::None),
        };
        let unwinds = self.unit.blocks.iter().any(|open| !matches!(open.block, Block::Loop { .. } | Block::Try));
        let mut pos = pos;
        let value = match &node.value {
            Some(value) if constant.is_none() => Some(if unwinds { self.expr_temp(value)? } else { self.expr(value)? }),
            Some(value) => {
                self.nop(&**value);
                pos = self.pos(&**value);
                None
            }
            None => None,
        };
        if node.value.as_ref().is_none_or(|value| self.pos(&**value).line != self.pos(node).line) {
            self.nop(node);
            pos = self.pos(node);
        }
        let wound = self.unwind(pos, false, node.range)?;
        let pos = wound.pos;
        let reg = match value {
            Some(reg) => reg,
            None => {
                let reg = self.unit.temp();
                self.load_const(pos, reg, constant.unwrap_or(Const::None));
                reg
            }
        };
        self.emit(pos, Op::Return, reg, 0, 0);
        self.rewind(wound);
        self.unit.release(mark);
        Ok(())
    }

    fn raise_stmt(&mut self, node: &'a ast::StmtRaise) -> Res {
        let mark = self.unit.mark();
        let pos = self.pos(node);
        let (mut flags, mut exc, mut cause) = (raise::CURRENT, NO_REGISTER, NO_REGISTER);
        if let Some(value) = &node.exc {
            flags = raise::EXCEPTION;
            exc = match &node.cause {
                Some(cause) => self.held(value, &[cause])?,
                None => self.expr(value)?,
            };
            if let Some(value) = &node.cause {
                flags = raise::FROM;
                cause = self.expr(value)?;
            }
        }
        self.emit_flags(pos, Op::Raise, flags, exc, cause, 0);
        self.unit.release(mark);
        Ok(())
    }

    fn assert_stmt(&mut self, node: &'a ast::StmtAssert) -> Res {
        if matches!(&*node.test, Expr::Tuple(tuple) if !tuple.elts.is_empty()) {
            self.warn(node.range, "assertion is always true, perhaps remove parentheses?".to_owned());
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let end = self.unit.asm.label();
        self.jump_if(&node.test, true, end)?;
        let mark = self.unit.mark();
        let pos = self.pos(node);
        let base = self.unit.temp();
        self.emit(pos, Op::LoadCommon, base, common_const::ASSERTION_ERROR, 0);
        if let Some(msg) = &node.msg {
            self.unit.temp();
            self.expr_temp(msg)?;
            self.emit_flags(pos, Op::Call, bytecode::call_flags::NO_SELF, base, base, 1);
        }
        // The class without a message is made an instance by raising it.
        let at = self.pos(&*node.test);
        self.emit_flags(at, Op::Raise, raise::EXCEPTION, base, NO_REGISTER, 0);
        self.unit.release(mark);
        self.unit.asm.bind(end);
        Ok(())
    }

    /// The docstring of a body, with its indentation removed.
    pub(super) fn docstring(&self, body: &[Stmt]) -> Option<Const> {
        let Some(Stmt::Expr(first)) = body.first() else { return None };
        let Expr::StringLiteral(literal) = &*first.value else { return None };
        let text = self.source.string(literal);
        Some(Const::Str(clean_docstring(&text).into()))
    }
}

/// Removes the indentation that all lines of a docstring but the first have in common.
fn clean_docstring(text: &[u8]) -> Vec<u8> {
    let text = expand_tabs(text);
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let spaces = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    let first = lines.next().unwrap_or_default();
    let margin = lines
        .clone()
        .map(|line| (spaces(line), line))
        .filter(|(indent, line)| line.get(*indent).is_some_and(|byte| *byte != b'\n'))
        .map(|(indent, _)| indent)
        .min()
        .unwrap_or(0);
    let mut clean = first[spaces(first)..].to_vec();
    for line in lines {
        clean.extend_from_slice(&line[margin.min(spaces(line))..]);
    }
    clean
}

/// `str.expandtabs()`
fn expand_tabs(text: &[u8]) -> Vec<u8> {
    if !text.contains(&b'\t') {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut column = 0;
    for byte in text {
        match byte {
            b'\t' => {
                let width = 8 - column % 8;
                out.resize(out.len() + width, b' ');
                column += width;
            }
            b'\n' | b'\r' => {
                out.push(*byte);
                column = 0;
            }
            // Bytes inside a character take no column.
            _ => {
                out.push(*byte);
                column += (*byte as i8 >= -0x40) as usize;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::clean_docstring;

    #[test]
    fn docstrings_lose_their_common_indentation() {
        let clean = |text: &str| String::from_utf8(clean_docstring(text.as_bytes())).unwrap_or_default();
        assert_eq!(clean("  one\n    two\n\n      three\n    "), "one\ntwo\n\n  three\n");
        assert_eq!(clean("one\n\ttwo\n        three"), "one\ntwo\nthree");
        assert_eq!(clean("one"), "one");
        assert_eq!(clean(""), "");
    }
}
