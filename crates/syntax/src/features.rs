//! Syntax that an older version of the grammar does not have.

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::disagreements::error_at;
use crate::error::SyntaxError;

/// Refuses what only later versions than 3.`version` have.
pub(crate) fn check(module: &ast::Mod, tokens: &Tokens, source: &str, version: u8) -> Result<(), SyntaxError> {
    let mut finder = Finder { source, version, found: None };
    for token in tokens {
        let underscored = matches!(token.kind(), TokenKind::Int | TokenKind::Float | TokenKind::Complex)
            && source.get(token.range().to_std_range()).is_some_and(|text| text.contains('_'));
        if underscored && version < 6 {
            finder.need(6, "Underscores in numeric literals are", token.end(), Some(token.range()));
            break;
        }
    }
    match module {
        ast::Mod::Module(module) => finder.visit_body(&module.body),
        ast::Mod::Expression(expression) => finder.visit_expr(&expression.body),
    }
    let Some(found) = finder.found else { return Ok(()) };
    let range = match found.range {
        Some(range) => range,
        None => {
            // The parser has looked at the token behind.
            let next = tokens.iter().find(|token| token.start() >= found.end && !token.kind().is_comment());
            next.map_or_else(
                || TextRange::empty(found.end),
                |next| {
                    // The end of a line does not reach into the next one.
                    match next.kind() == TokenKind::Newline {
                        true => TextRange::empty(next.start()),
                        false => next.range(),
                    }
                },
            )
        }
    };
    let msg = format!("{} only supported in Python 3.{} and greater", found.what, found.since);
    let error = error_at(source, range, msg);
    let end_offset = if range.is_empty() { error.offset + 1 } else { error.end_offset };
    Err(SyntaxError { end_offset, ..error })
}

struct Found {
    since: u8,
    what: &'static str,
    /// Where the construct ends.
    end: TextSize,
    /// What the error is about, if not the token behind.
    range: Option<TextRange>,
}

struct Finder<'s> {
    source: &'s str,
    version: u8,
    found: Option<Found>,
}

impl Finder<'_> {
    /// Notes something that needs a version; what ends first is what the parser meets first.
    fn need(&mut self, since: u8, what: &'static str, end: TextSize, range: Option<TextRange>) {
        if self.version < since && self.found.as_ref().is_none_or(|found| end <= found.end) {
            self.found = Some(Found { since, what, end, range });
        }
    }

    fn matrix(&mut self, op: ast::Operator, end: TextSize) {
        if op == ast::Operator::MatMult {
            self.need(5, "The '@' operator is", end, None);
        }
    }
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let end = stmt.end();
        match stmt {
            Stmt::FunctionDef(node) if node.is_async => self.need(5, "Async functions are", end, None),
            Stmt::For(node) if node.is_async => self.need(5, "Async for loops are", end, None),
            Stmt::With(node) if node.is_async => self.need(5, "Async with statements are", end, None),
            Stmt::AnnAssign(node) if node.simple => self.need(6, "Variable annotation syntax is", end, None),
            Stmt::AnnAssign(_) => self.need(6, "Variable annotations syntax is", end, None),
            Stmt::AugAssign(node) => self.matrix(node.op, node.target.end()),
            Stmt::Match(_) => self.need(10, "Pattern matching is", end, None),
            Stmt::TypeAlias(_) => self.need(12, "Type statement is", end, None),
            Stmt::Try(node) => {
                if node.is_star {
                    self.need(11, "Exception groups are", end, None);
                }
                for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    if let Some(Expr::Tuple(tuple)) = handler.type_.as_deref()
                        && !tuple.parenthesized
                    {
                        self.need(14, "except expressions without parentheses are", tuple.end(), None);
                    }
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let end = expr.end();
        match expr {
            Expr::Named(_) => self.need(8, "Assignment expressions are", end, None),
            Expr::Await(_) => self.need(5, "Await expressions are", end, None),
            Expr::BinOp(node) => self.matrix(node.op, end),
            Expr::TString(_) => self.need(14, "t-strings are", end, None),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_comprehension(&mut self, comprehension: &'a ast::Comprehension) {
        if comprehension.is_async {
            self.need(6, "Async comprehensions are", comprehension.end(), None);
        }
        visitor::walk_comprehension(self, comprehension);
    }

    fn visit_parameters(&mut self, parameters: &'a ast::Parameters) {
        if let Some(last) = parameters.posonlyargs.last() {
            let from = last.end().to_usize();
            let slash = self.source.get(from..).and_then(|rest| rest.find('/')).unwrap_or(0);
            let end = TextSize::new((from + slash + 1) as u32);
            self.need(8, "Positional-only parameters are", end, None);
        }
        visitor::walk_parameters(self, parameters);
    }

    fn visit_type_params(&mut self, params: &'a ast::TypeParams) {
        for param in &params.type_params {
            if param.default().is_some() {
                self.need(13, "Type parameter defaults are", param.end(), None);
            }
        }
        // The parser has not looked behind the bracket.
        let end = params.end() - TextSize::from(1);
        self.need(12, "Type parameter lists are", end, None);
        visitor::walk_type_params(self, params);
    }
}
