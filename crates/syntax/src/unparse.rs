//! An expression as text.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

/// The text of `expr` in the canonical form that annotations are stored in.
#[must_use]
pub fn unparse_expr(expr: &ast::Expr, source: &str) -> String {
    source[expr.range()].to_owned()
}
