//! Where the parser and CPython disagree on what is a program.

use ruff_python_ast as ast;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::visitor::transformer::{Transformer, walk_stmt};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_parser::ParseError;
use ruff_text_size::{Ranged, TextRange};

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::position::LineIndex;

/// What CPython accepts and the parser does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// `<>` in the place of `!=` (PEP 401), at this byte offset.
    LessGreater(u32),
    /// A `raise` without an exception in front of a semicolon, at this byte offset.
    BareRaise(u32),
    /// `\\N{TANGUT IDEOGRAPH-17000}` or another of these names, at this byte offset.
    TangutName(u32),
}

/// How an escape with the name of a Tangut ideograph starts, and how long it is.
pub(crate) const TANGUT_ESCAPE: (&str, usize) = ("\\N{TANGUT IDEOGRAPH-", 26);

/// The text with something of the same length in the place of each oddity; nothing if there is none.
pub(crate) fn help(source: &str, oddities: &[Oddity]) -> Option<String> {
    if oddities.is_empty() {
        return None;
    }
    let mut text = String::with_capacity(source.len());
    for oddity in oddities {
        let (place, instead) = match *oddity {
            Oddity::LessGreater(place) => (place, "!="),
            Oddity::BareRaise(place) => (place, "break"),
            // Values with that character are read from the source again.
            Oddity::TangutName(place) => (place, "\\ufffd                    "),
        };
        text.push_str(source.get(text.len()..place as usize)?);
        text.push_str(instead);
    }
    text.push_str(source.get(text.len()..)?);
    Some(text)
}

/// Puts into the tree what the help has hidden from the parser.
pub(crate) fn undo_help(mut module: ast::Mod, oddities: &[Oddity]) -> ast::Mod {
    if oddities.is_empty() {
        return module;
    }
    let raises = oddities.iter().filter_map(|oddity| match oddity {
        Oddity::BareRaise(place) => Some(*place),
        Oddity::LessGreater(_) | Oddity::TangutName(_) => None,
    });
    let raises = Raises { places: raises.collect() };
    if let ast::Mod::Module(module) = &mut module {
        for stmt in &mut module.body {
            raises.visit_stmt(stmt);
        }
    }
    module
}

struct Raises {
    places: Vec<u32>,
}

impl Transformer for Raises {
    fn visit_stmt(&self, stmt: &mut ast::Stmt) {
        let range = stmt.range();
        if stmt.is_break_stmt() && self.places.contains(&range.start().to_u32()) {
            let node_index = ast::AtomicNodeIndex::NONE;
            *stmt = ast::StmtRaise { node_index, range, exc: None, cause: None }.into();
        } else {
            walk_stmt(self, stmt);
        }
    }
}

/// Refuses names that are written in other characters than the constants that they are once they are normalised.
pub(crate) fn check_names(module: &ast::Mod) -> Result<(), SyntaxError> {
    let mut finder = ConstantNames(None);
    match module {
        ast::Mod::Module(module) => finder.visit_body(&module.body),
        ast::Mod::Expression(expression) => Visitor::visit_expr(&mut finder, &expression.body),
    }
    match finder.0 {
        Some(name) => {
            let msg = format!("identifier field can't represent '{name}' constant");
            Err(SyntaxError::without_position(SyntaxErrorKind::Value, msg))
        }
        None => Ok(()),
    }
}

struct ConstantNames(Option<String>);

impl<'a> Visitor<'a> for ConstantNames {
    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        if let ast::Expr::Name(name) = expr
            && matches!(name.id.as_str(), "True" | "False" | "None")
        {
            self.0.get_or_insert_with(|| name.id.to_string());
        }
        visitor::walk_expr(self, expr);
    }
}

/// Whether the tokens of a text that the parser has accepted hold something that CPython refuses: at times
/// suspicion is wrong.
pub(crate) fn needs_second_opinion(tokens: &Tokens, int_max_str_digits: u32) -> bool {
    let mut depth = 0_u32;
    // How deep the last `yield` within brackets is.
    let mut yield_depth = None;
    let mut before = TokenKind::Newline;
    let (mut number_power, mut case) = (false, false);
    for token in tokens {
        let kind = token.kind();
        match kind {
            TokenKind::Comment | TokenKind::NonLogicalNewline => continue,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                depth = depth.saturating_sub(1);
                yield_depth = yield_depth.filter(|&yield_depth| yield_depth <= depth);
            }
            // `case [x y]:`
            TokenKind::Name if depth > 0 && ends_operand(before) => return true,
            // `f((x)=1)`
            TokenKind::Equal if depth > 0 && before == TokenKind::Rpar => return true,
            // `(x) := 1`
            TokenKind::ColonEqual if before != TokenKind::Name && !before.is_soft_keyword() => return true,
            // `case 1 ** 2:`
            TokenKind::Case => case = true,
            TokenKind::DoubleStar => {
                number_power |= matches!(before, TokenKind::Int | TokenKind::Float | TokenKind::Complex);
            }
            // `await await x`
            TokenKind::Await if before == TokenKind::Await => return true,
            // `(yield x for x in y)`
            TokenKind::Yield if depth > 0 => yield_depth = Some(depth),
            TokenKind::For if yield_depth == Some(depth) => return true,
            // A number with too many digits.
            TokenKind::Int if int_max_str_digits != 0 && token.range().len().to_u32() > int_max_str_digits => {
                return true;
            }
            _ => {}
        }
        if before == TokenKind::Yield && cannot_follow_yield(kind) {
            return true;
        }
        before = kind;
    }
    number_power && case
}

fn ends_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
    )
}

/// `yield * 1` is no product, to begin with.
fn cannot_follow_yield(kind: TokenKind) -> bool {
    let fits = matches!(
        kind,
        TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Tilde
            | TokenKind::Star
            | TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::Ellipsis
            | TokenKind::Not
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::Semi
            | TokenKind::From
    );
    !fits && (kind.is_operator() || kind == TokenKind::If)
}

/// The parser's own error, where no better words were found.
pub(crate) fn reworded(error: &ParseError, source: &str) -> SyntaxError {
    error_at(source, error.location, "invalid syntax")
}

/// An error at a range of the text.
pub(crate) fn error_at(source: &str, range: TextRange, msg: impl Into<String>) -> SyntaxError {
    let index = LineIndex::new(source);
    let place = |offset| {
        let position = index.position(offset);
        let line = index.line_text(source, position.line);
        let before = line.get(..position.column as usize).unwrap_or(line);
        (position.line, before.chars().count() as i32 + 1)
    };
    let (start, end) = (place(range.start()), place(range.end()));
    SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: msg.into(),
        lineno: start.0,
        offset: start.1,
        end_lineno: end.0,
        end_offset: end.1,
        text: Some(index.line_text(source, start.0).to_owned()),
        last_statement: (0, 0),
    }
}
