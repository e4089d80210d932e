//! Warnings about expressions that can hardly be meant.

use bytecode::Const;
use syntax::Ranged;
use syntax::TextRange;
use syntax::ast::{self, CmpOp, Expr};

use super::Compiler;

impl<'a> Compiler<'a> {
    pub(super) fn warn(&mut self, at: TextRange, msg: String) {
        if self.silent == 0 {
            self.warnings.push(self.source.warning(at, msg));
        }
    }

    /// The name of the type that the expression's value certainly has.
    fn type_of(&self, expr: &Expr) -> Option<&'static str> {
        Some(match expr {
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Generator(_) => "generator",
            Expr::Lambda(_) => "function",
            Expr::TString(_) => "string.templatelib.Template",
            Expr::FString(_) => "str",
            Expr::Slice(_) => "slice",
            _ => match crate::constant::literal(expr, self.source).or_else(|| self.folded_number(expr))? {
                Const::None => "NoneType",
                Const::Bool(_) => "bool",
                Const::Ellipsis => "ellipsis",
                Const::Int(_) | Const::BigInt { .. } => "int",
                Const::Float(_) => "float",
                Const::Complex(..) => "complex",
                Const::Str(_) => "str",
                Const::Bytes(_) => "bytes",
                Const::Tuple(_) => "tuple",
                Const::FrozenSet(_) => "frozenset",
                Const::Slice(_) => "slice",
                Const::Code(_) => return None,
            },
        })
    }

    /// `__debug__`, which counts as a literal.
    fn folded_number(&self, expr: &Expr) -> Option<Const> {
        matches!(expr, Expr::Name(name) if name.id.as_str() == "__debug__")
            .then(|| Const::Bool(self.options.optimize == 0))
    }

    pub(super) fn check_caller(&mut self, func: &Expr) {
        if matches!(func, Expr::Name(_) | Expr::Attribute(_) | Expr::Lambda(_) | Expr::Slice(_)) {
            return;
        }
        if let Some(name) = self.type_of(func) {
            let msg = format!("'{name}' object is not callable; perhaps you missed a comma?");
            self.warn(func.range(), msg);
        }
    }

    pub(super) fn check_subscripter(&mut self, value: &Expr) {
        let wrong = matches!(
            value,
            Expr::NoneLiteral(_)
                | Expr::EllipsisLiteral(_)
                | Expr::NumberLiteral(_)
                | Expr::BooleanLiteral(_)
                | Expr::Set(_)
                | Expr::SetComp(_)
                | Expr::Generator(_)
                | Expr::TString(_)
                | Expr::Lambda(_)
        );
        if wrong
            && let Some(name) = self.type_of(value)
            && !matches!(name, "tuple" | "str" | "bytes")
        {
            let msg = format!("'{name}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(value.range(), msg);
        }
    }

    pub(super) fn check_index(&mut self, value: &Expr, index: &Expr) {
        let indexed = matches!(
            value,
            Expr::StringLiteral(_)
                | Expr::BytesLiteral(_)
                | Expr::Tuple(_)
                | Expr::List(_)
                | Expr::ListComp(_)
                | Expr::FString(_)
        );
        if !indexed {
            return;
        }
        if let (Some(value_type), Some(index_type)) = (self.type_of(value), self.type_of(index))
            && !matches!(index_type, "int" | "bool" | "slice")
        {
            let msg = format!(
                "{value_type} indices must be integers or slices, not {index_type}; perhaps you missed a comma?"
            );
            self.warn(value.range(), msg);
        }
    }

    /// `x is 1`
    pub(super) fn check_compare(&mut self, node: &ast::ExprCompare) {
        let literal = |expr: &Expr| match expr {
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => true,
            Expr::Tuple(node) => node.elts.iter().all(|item| self.constant(item).is_some()),
            _ => false,
        };
        if !node.ops.iter().any(|op| matches!(op, CmpOp::Is | CmpOp::IsNot)) {
            return;
        }
        let mut left = &*node.left;
        let mut found = Vec::new();
        for (op, right) in node.ops.iter().zip(&node.comparators) {
            let culprit = [left, right].into_iter().find(|side| literal(side));
            if let (CmpOp::Is | CmpOp::IsNot, Some(culprit)) = (op, culprit)
                && let Some(name) = self.type_of(culprit)
            {
                let (word, better) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                found.push(format!("\"{word}\" with '{name}' literal. Did you mean \"{better}\"?"));
            }
            left = right;
        }
        for msg in found {
            self.warn(node.range, msg);
        }
    }
}
