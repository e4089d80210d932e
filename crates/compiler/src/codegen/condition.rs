//! Conditions: expressions whose truth decides where to continue. No boolean is made if none is asked for.

use bytecode::Op;
use syntax::ast::{self, BoolOp, Expr, UnaryOp};

use super::Compiler;
use crate::assemble::Label;
use crate::fold;
use crate::source::Res;

impl<'a> Compiler<'a> {
    /// Jumps to `target` if the truth of the expression is `when`.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, when: bool, target: Label) -> Res {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || self.jump_if_inner(expr, when, target))
    }

    fn jump_if_inner(&mut self, expr: &'a Expr, when: bool, target: Label) -> Res {
        match expr {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => return self.jump_if(&node.operand, !when, target),
            Expr::BoolOp(node) => return self.jump_if_bool_op(node, when, target),
            Expr::If(node) => {
                let (otherwise, end) = (self.unit.asm.label(), self.unit.asm.label());
                self.jump_if(&node.test, false, otherwise)?;
                self.jump_if(&node.body, when, target)?;
                self.unit.asm.jump(bytecode::Position::NONE, Op::Jump, 0, end);
                self.unit.asm.bind(otherwise);
                self.jump_if(&node.orelse, when, target)?;
                self.unit.asm.bind(end);
                return Ok(());
            }
            Expr::Compare(node) => return self.jump_if_compare(node, when, target),
            _ => {}
        }
        let pos = self.pos(expr);
        if let Some(value) = self.constant(expr) {
            if fold::truth(&value) == when {
                self.unit.asm.jump(pos, Op::Jump, 0, target);
            } else {
                // The line shows all the same.
                self.emit(pos, Op::Nop, 0, 0, 0);
            }
            return Ok(());
        }
        let mark = self.unit.mark();
        let value = self.expr(expr)?;
        self.unit.asm.jump(pos, if when { Op::JumpIfTrue } else { Op::JumpIfFalse }, value, target);
        self.unit.release(mark);
        Ok(())
    }

    fn jump_if_bool_op(&mut self, node: &'a ast::ExprBoolOp, when: bool, target: Label) -> Res {
        let Some((last, first)) = node.values.split_last() else { return Ok(()) };
        // `or` is decided by the first that is true, `and` by the first that is false.
        let stops = node.op == BoolOp::Or;
        let out = self.unit.asm.label();
        let early = if stops == when { target } else { out };
        for value in first {
            self.jump_if(value, stops, early)?;
        }
        self.jump_if(last, when, target)?;
        self.unit.asm.bind(out);
        Ok(())
    }

    /// `body if test else orelse`
    pub(super) fn conditional(&mut self, node: &'a ast::ExprIf, dst: u16) -> Res {
        let (otherwise, end) = (self.unit.asm.label(), self.unit.asm.label());
        self.jump_if(&node.test, false, otherwise)?;
        self.expr_to(&node.body, dst)?;
        self.unit.asm.jump(bytecode::Position::NONE, Op::Jump, 0, end);
        self.unit.asm.bind(otherwise);
        self.expr_to(&node.orelse, dst)?;
        self.unit.asm.bind(end);
        Ok(())
    }
}
