//! Signature type comments: `(int, *str) -> bool`.

use ruff_python_ast as ast;
use ruff_python_parser as ruff;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::tokenizer::{Options, Token, TokenKind as T, Tokenizer};

/// Parses a signature that is known to be well-formed, into a tuple of a list and the result.
pub(crate) fn parse(source: &str) -> Result<ast::Mod, ruff::ParseError> {
    let mut tokens = Vec::new();
    let mut tokenizer = Tokenizer::new(source, Options::default());
    while let Ok(token) = tokenizer.next_token() {
        if matches!(token.kind, T::EndMarker | T::Newline) {
            break;
        }
        tokens.push(token);
    }
    let close = tokens.iter().position(|token| token.kind == T::RightParen && token.level == 0).unwrap_or(0);
    let inner = tokens.get(1..close).unwrap_or_default();
    let elts = inner
        .split(|token| token.kind == T::Comma && token.level == 1)
        .map(|part| part.strip_prefix_stars())
        .filter(|part| !part.is_empty())
        .map(expression(source))
        .collect::<Result<Vec<_>, _>>()?;
    let result = expression(source)(tokens.get(close + 2..).unwrap_or_default())?;
    let start = tokens.first().map_or(0, |token| token.start);
    let end_of_list = tokens.get(close).map_or(start, |token| token.end);
    let list = ast::ExprList {
        node_index: ast::AtomicNodeIndex::NONE,
        range: TextRange::new(start.into(), end_of_list.into()),
        elts,
        ctx: ast::ExprContext::Load,
    };
    let range = TextRange::new(start.into(), result.end());
    let tuple = ast::ExprTuple {
        node_index: ast::AtomicNodeIndex::NONE,
        range,
        elts: vec![list.into(), result],
        ctx: ast::ExprContext::Load,
        parenthesized: true,
    };
    let body = Box::new(tuple.into());
    let module = ast::ModExpression { node_index: ast::AtomicNodeIndex::NONE, range, body };
    Ok(module.into())
}

/// Parses what lies between the first and the last of some tokens.
fn expression(source: &str) -> impl Fn(&[Token]) -> Result<ast::Expr, ruff::ParseError> {
    move |tokens| {
        let end = TextSize::of(source);
        let start = tokens.first().map_or(end, |token| token.start.into());
        let range = TextRange::new(start, tokens.last().map_or(end, |token| token.end.into()));
        Ok(*ruff::parse_expression_range(source, range)?.into_syntax().body)
    }
}

/// Leaves out the stars of `*args` and `**kwargs`.
trait StripStars {
    fn strip_prefix_stars(&self) -> &Self;
}

impl StripStars for [Token] {
    fn strip_prefix_stars(&self) -> &Self {
        match self {
            [first, rest @ ..] if matches!(first.kind, T::Star | T::DoubleStar) => rest,
            all => all,
        }
    }
}
