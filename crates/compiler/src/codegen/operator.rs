//! Binary operators, comparisons and boolean operators.

use bytecode::{BinaryOperator, CompareOperator, Const, Op, Position};
use syntax::Ranged;
use syntax::ast::{self, BoolOp, CmpOp, Expr, Operator};

use super::Compiler;
use crate::assemble::Label;
use crate::fold;
use crate::source::Res;

/// The left operand of a chain of operators so far.
enum Left {
    Const(Const),
    Reg(u16),
}

/// The number of an operator.
pub(super) fn binary_operator(op: Operator, in_place: bool) -> u8 {
    use BinaryOperator as B;
    let (plain, augmented) = match op {
        Operator::Add => (B::Add, B::InplaceAdd),
        Operator::Sub => (B::Subtract, B::InplaceSubtract),
        Operator::Mult => (B::Multiply, B::InplaceMultiply),
        Operator::MatMult => (B::MatrixMultiply, B::InplaceMatrixMultiply),
        Operator::Div => (B::TrueDivide, B::InplaceTrueDivide),
        Operator::Mod => (B::Remainder, B::InplaceRemainder),
        Operator::Pow => (B::Power, B::InplacePower),
        Operator::LShift => (B::Lshift, B::InplaceLshift),
        Operator::RShift => (B::Rshift, B::InplaceRshift),
        Operator::BitOr => (B::Or, B::InplaceOr),
        Operator::BitXor => (B::Xor, B::InplaceXor),
        Operator::BitAnd => (B::And, B::InplaceAnd),
        Operator::FloorDiv => (B::FloorDivide, B::InplaceFloorDivide),
    };
    if in_place { augmented as u8 } else { plain as u8 }
}

fn compare_operator(op: CmpOp) -> Option<CompareOperator> {
    Some(match op {
        CmpOp::Eq => CompareOperator::Eq,
        CmpOp::NotEq => CompareOperator::Ne,
        CmpOp::Lt => CompareOperator::Lt,
        CmpOp::LtE => CompareOperator::Le,
        CmpOp::Gt => CompareOperator::Gt,
        CmpOp::GtE => CompareOperator::Ge,
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return None,
    })
}

/// An int that fits an instruction.
fn immediate(value: &Const) -> Option<u16> {
    match value {
        Const::Int(value) => i16::try_from(*value).ok().map(|value| value as u16),
        _ => None,
    }
}

impl<'a> Compiler<'a> {
    /// `left op right`. Chains lean to the left and can be long, so that they are walked without recursion.
    pub(super) fn binary(&mut self, node: &'a ast::ExprBinOp, dst: u16) -> Res {
        let mut spine = vec![node];
        let mut leftmost = &*node.left;
        while let Expr::BinOp(node) = leftmost {
            spine.push(node);
            leftmost = &node.left;
        }
        let mut left = match self.constant(leftmost) {
            Some(value) => Left::Const(value),
            None => {
                let right = [&*spine[spine.len() - 1].right];
                match leftmost {
                    Expr::Name(_) | Expr::Named(_) => Left::Reg(self.held(leftmost, &right)?),
                    _ => Left::Reg(self.expr_or(leftmost, dst)?),
                }
            }
        };
        let mut so_far = None;
        while let Some(node) = spine.pop() {
            let right = self.constant(&node.right);
            if let (Left::Const(a), Some(b)) = (&left, &right)
                && let Some(value) = fold::binary(node.op, a, b)
            {
                left = Left::Const(value);
                continue;
            }
            let pos = self.pos(node);
            let to = match so_far {
                _ if spine.is_empty() => dst,
                Some(reg) => reg,
                None => *so_far.insert(self.workplace(dst)),
            };
            let mark = self.unit.mark();
            let a = match left {
                Left::Reg(reg) => reg,
                Left::Const(value) => {
                    let reg = self.unit.temp();
                    let pos = self.pos(leftmost);
                    self.load_const(pos, reg, value);
                    reg
                }
            };
            self.operate(pos, binary_operator(node.op, false), to, a, &node.right, right)?;
            self.unit.release(mark);
            left = Left::Reg(to);
        }
        if let Left::Const(value) = left {
            let pos = self.pos(node);
            self.load_const(pos, dst, value);
        }
        Ok(())
    }

    /// `to = a op right`
    pub(super) fn operate(
        &mut self,
        pos: Position,
        operator: u8,
        to: u16,
        a: u16,
        right: &'a Expr,
        constant: Option<Const>,
    ) -> Res {
        match constant.as_ref().and_then(immediate) {
            Some(small) => {
                self.show_other_line(pos, right);
                self.emit_flags(pos, Op::BinaryInt, operator, to, a, small);
            }
            None => {
                let b = self.expr(right)?;
                self.emit_flags(pos, Op::Binary, operator, to, a, b);
            }
        }
        Ok(())
    }

    /// Marks the line of an operand that the instruction holds, if it is another than the instruction's.
    fn show_other_line(&mut self, pos: Position, operand: &Expr) {
        if self.source.line(operand.start()) != pos.line {
            self.nop(operand);
        }
    }

    /// One comparison of two values, the right one given by its expression or already in a register.
    fn compare_one(&mut self, pos: Position, op: CmpOp, dst: u16, a: u16, right: &'a Expr, reg: Option<u16>) -> Res {
        if let Some(operator) = compare_operator(op) {
            if reg.is_none()
                && let Some(small) = self.constant(right).as_ref().and_then(immediate)
            {
                self.show_other_line(pos, right);
                self.emit_flags(pos, Op::CompareInt, operator as u8, dst, a, small);
                return Ok(());
            }
            let b = match reg {
                Some(reg) => reg,
                None => self.expr(right)?,
            };
            self.emit_flags(pos, Op::Compare, operator as u8, dst, a, b);
            return Ok(());
        }
        let b = match reg {
            Some(reg) => reg,
            None => {
                let spare = self.unit.temp();
                self.container(op, right, spare)?
            }
        };
        match op {
            CmpOp::Is | CmpOp::IsNot => self.emit_flags(pos, Op::Is, (op == CmpOp::IsNot) as u8, dst, a, b),
            _ => self.emit_flags(pos, Op::Contains, (op == CmpOp::NotIn) as u8, dst, a, b),
        }
        Ok(())
    }

    /// The right operand of a comparison. A display of constants behind `in` becomes a constant.
    fn container(&mut self, op: CmpOp, right: &'a Expr, spare: u16) -> Res<u16> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(value) = self.constant_display(right)
        {
            let pos = self.pos(right);
            self.load_const(pos, spare, value);
            return Ok(spare);
        }
        self.expr_or(right, spare)
    }

    /// A list or set display of constants as a constant tuple or frozenset.
    pub(super) fn constant_display(&self, expr: &Expr) -> Option<Const> {
        let items = |items: &[Expr]| items.iter().map(|item| self.constant(item)).collect::<Option<Box<[Const]>>>();
        match expr {
            Expr::List(node) => items(&node.elts).map(Const::Tuple),
            Expr::Set(node) => items(&node.elts).map(Const::FrozenSet),
            _ => None,
        }
    }

    /// The left operand of a comparison, kept while the right one is evaluated.
    fn left_of(&mut self, node: &'a ast::ExprCompare, spare: Option<u16>) -> Res<u16> {
        if self.has_walrus() && matches!(&*node.left, Expr::Name(_) | Expr::Named(_)) {
            let later: Vec<&Expr> = node.comparators.iter().collect();
            return self.held(&node.left, &later);
        }
        match spare {
            None => self.expr(&node.left),
            Some(spare) => self.expr_or(&node.left, spare),
        }
    }

    pub(super) fn compare(&mut self, node: &'a ast::ExprCompare, dst: u16) -> Res {
        self.check_compare(node);
        let pos = self.pos(node);
        if let ([op], [right]) = (&*node.ops, &*node.comparators) {
            let left = self.left_of(node, Some(dst))?;
            return self.compare_one(pos, *op, dst, left, right, None);
        }
        let result = self.workplace(dst);
        let end = self.unit.asm.label();
        self.compare_links(node, result, |this, result| this.unit.asm.jump(pos, Op::JumpIfFalse, result, end))?;
        self.unit.asm.bind(end);
        self.move_to(pos, dst, result);
        Ok(())
    }

    /// `not (a is b)` and the like: the inverse of a comparison that has one. False, and nothing is emitted, for others.
    pub(super) fn inverse_compare(&mut self, pos: Position, node: &'a ast::ExprCompare, dst: u16) -> Res<bool> {
        let ([op], [right]) = (&*node.ops, &*node.comparators) else { return Ok(false) };
        let inverse = match op {
            CmpOp::Is => CmpOp::IsNot,
            CmpOp::IsNot => CmpOp::Is,
            CmpOp::In => CmpOp::NotIn,
            CmpOp::NotIn => CmpOp::In,
            _ => return Ok(false),
        };
        self.check_compare(node);
        let left = self.left_of(node, Some(dst))?;
        self.compare_one(pos, inverse, dst, left, right, None)?;
        Ok(true)
    }

    /// The comparisons of a chain, each into `result`; `between` is called behind all but the last.
    fn compare_links(
        &mut self,
        node: &'a ast::ExprCompare,
        result: u16,
        mut between: impl FnMut(&mut Self, u16),
    ) -> Res {
        let pos = self.pos(node);
        let mark = self.unit.mark();
        let mut left = self.left_of(node, None)?;
        let last = node.comparators.len() - 1;
        // A middle operand is used twice and then done with: two registers in turn hold them all.
        let spares = [self.unit.temp(), self.unit.temp()];
        for (index, (op, right)) in node.ops.iter().zip(&node.comparators).enumerate() {
            if index == last {
                self.compare_one(pos, *op, result, left, right, None)?;
                break;
            }
            let reg = match right {
                Expr::Name(_) | Expr::Named(_) if self.has_walrus() => {
                    let later: Vec<&Expr> = node.comparators[index + 1..].iter().collect();
                    self.held(right, &later)?
                }
                _ => self.container(*op, right, spares[index % 2])?,
            };
            self.compare_one(pos, *op, result, left, right, Some(reg))?;
            between(self, result);
            left = reg;
        }
        self.unit.release(mark);
        Ok(())
    }

    /// Jumps to `target` if the comparison is `when`.
    pub(super) fn jump_if_compare(&mut self, node: &'a ast::ExprCompare, when: bool, target: Label) -> Res {
        self.check_compare(node);
        let pos = self.pos(node);
        let mark = self.unit.mark();
        if let ([op @ (CmpOp::Is | CmpOp::IsNot)], [Expr::NoneLiteral(_)]) = (&*node.ops, &*node.comparators) {
            let left = self.expr(&node.left)?;
            let is_none = (*op == CmpOp::Is) == when;
            let jump = if is_none { Op::JumpIfNone } else { Op::JumpIfNotNone };
            self.unit.asm.jump(pos, jump, left, target);
            self.unit.release(mark);
            return Ok(());
        }
        let result = self.unit.temp();
        let jump = if when { Op::JumpIfTrue } else { Op::JumpIfFalse };
        if node.ops.len() == 1 {
            let left = self.left_of(node, Some(result))?;
            self.compare_one(pos, node.ops[0], result, left, &node.comparators[0], None)?;
            self.unit.asm.jump(pos, jump, result, target);
        } else {
            let out = self.unit.asm.label();
            let unless = if when { out } else { target };
            self.compare_links(node, result, |this, result| this.unit.asm.jump(pos, Op::JumpIfFalse, result, unless))?;
            self.unit.asm.jump(pos, jump, result, target);
            self.unit.asm.bind(out);
        }
        self.unit.release(mark);
        Ok(())
    }

    pub(super) fn bool_op(&mut self, node: &'a ast::ExprBoolOp, dst: u16) -> Res {
        let pos = self.pos(node);
        let end = self.unit.asm.label();
        let result = self.workplace(dst);
        let stops = node.op == BoolOp::Or;
        let jump = if stops { Op::JumpIfTrue } else { Op::JumpIfFalse };
        let Some((last, first)) = node.values.split_last() else { return Ok(()) };
        for value in first {
            if let Some(constant) = self.constant(value) {
                if fold::truth(&constant) == stops {
                    // The rest is never evaluated, but must be right all the same.
                    self.load_const(pos, result, constant);
                    self.unit.asm.jump(pos, Op::Jump, 0, end);
                }
                continue;
            }
            self.expr_to(value, result)?;
            self.unit.asm.jump(pos, jump, result, end);
        }
        self.expr_to(last, result)?;
        self.unit.asm.bind(end);
        self.move_to(pos, dst, result);
        Ok(())
    }
}
