//! The text that is compiled: positions, errors and warnings in it, and the values of its literals.

use std::borrow::Cow;
use std::cell::Cell;

use bytecode::{Const, Position};
use syntax::ast::{self, AtomicNodeIndex};
use syntax::{
    KeptLiteral, LineIndex, Ranged, SyntaxError, SyntaxErrorKind, SyntaxWarning, TextRange, TextSize, WarningKind,
};

use crate::constant;

/// The result of whatever can meet a syntax error. The error is boxed, being large and rare.
pub type Res<T = ()> = Result<T, Box<SyntaxError>>;

/// Values of literals that the nodes of a tree cannot hold, by the index of the node. A parsed tree has none.
///
/// A program can make a `Constant` of any tuple, frozenset, negative or huge int, or text with surrogates. It becomes a
/// literal whose own value is a stand-in.
#[derive(Clone, Debug, Default)]
pub struct Literals {
    values: Vec<Const>,
}

impl Literals {
    /// Keeps a value; the answer is the index for the node that stands for it.
    pub fn add(&mut self, value: Const) -> AtomicNodeIndex {
        let index = AtomicNodeIndex::default();
        let next = self.values.len() as u32;
        if next < ast::MAX_REAL_INDEX {
            index.set(next.into());
            self.values.push(value);
        }
        index
    }

    /// The value that belongs to a node.
    pub fn get(&self, index: &AtomicNodeIndex) -> Option<&Const> {
        if self.values.is_empty() {
            return None;
        }
        self.values.get(index.load().as_u32()? as usize)
    }
}

/// A source text with its lines.
pub struct Source<'a> {
    /// The text that ranges refer to.
    pub text: &'a str,
    lines: &'a LineIndex,
    literals: &'a Literals,
    /// Line of the last answer: most questions are about nearby places.
    hint: Cell<u32>,
}

impl<'a> Source<'a> {
    /// The text with its index.
    pub fn new(text: &'a str, lines: &'a LineIndex, literals: &'a Literals) -> Source<'a> {
        Source { text, lines, literals, hint: Cell::new(1) }
    }

    fn locate(&self, offset: TextSize) -> syntax::Position {
        let mut found = self.lines.position_near(offset, self.hint.get());
        self.hint.set(found.line);
        if self.lines.is_made_up() {
            // Negative lines are none, and so are negative columns.
            found.line = if found.line as i32 >= 0 { found.line } else { 0 };
            found.column = if found.column as i32 >= 0 { found.column } else { Position::NO_COLUMN };
        }
        found
    }

    /// The value kept for a node, if its own is a stand-in.
    pub fn kept(&self, index: &AtomicNodeIndex) -> Option<&'a Const> {
        self.literals.get(index)
    }

    /// The value of a literal part of an f-string or t-string, in generalised UTF-8.
    pub fn literal_part<'e>(&self, part: &'e ast::InterpolatedStringLiteralElement, raw: bool) -> Cow<'e, [u8]>
    where
        'a: 'e,
    {
        match self.kept(&part.node_index) {
            Some(Const::Str(text)) => Cow::Borrowed(text),
            _ => syntax::interpolated_literal_value(self.text, part, raw),
        }
    }

    /// The value of a string expression, in generalised UTF-8.
    pub fn string<'e>(&self, expr: &'e ast::ExprStringLiteral) -> Cow<'e, [u8]>
    where
        'a: 'e,
    {
        match self.kept(&expr.node_index) {
            Some(Const::Str(text)) => Cow::Borrowed(text),
            _ => syntax::string_literal_value(self.text, expr),
        }
    }

    /// Line of an offset.
    pub fn line(&self, offset: TextSize) -> u32 {
        self.locate(offset).line
    }

    /// Position of a node.
    pub fn pos(&self, node: &impl Ranged) -> Position {
        self.range_pos(node.range())
    }

    /// Position of a range.
    pub fn range_pos(&self, range: TextRange) -> Position {
        let start = self.locate(range.start());
        let end = self.locate(range.end());
        Position { line: start.line, end_line: end.line, col: start.column, end_col: end.column }
    }

    /// The text of an expression.
    pub fn unparse(&self, expr: &ast::Expr) -> Const {
        let kept = |index: &AtomicNodeIndex| {
            self.kept(index).map(|value| match value {
                Const::Str(text) => KeptLiteral::Text(text.to_vec()),
                other => KeptLiteral::Code(constant::repr(other)),
            })
        };
        constant::string(&syntax::unparse_with(expr, self.text, &kept))
    }

    /// The start of the first token behind a place.
    pub fn keyword_after(&self, from: usize) -> TextSize {
        if self.lines.is_made_up() {
            // The place of a decorated definition itself is the one behind its decorators.
            return TextSize::new(from as u32 + 1);
        }
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'\\' => at += 1,
                b'#' => at += bytes[at..].iter().take_while(|byte| **byte != b'\n').count(),
                _ => break,
            }
        }
        TextSize::new(at as u32)
    }

    /// The error object of a message about a range.
    pub fn error(&self, range: TextRange, msg: impl Into<String>) -> Box<SyntaxError> {
        self.error_at(self.range_pos(range), msg)
    }

    /// The error object of a message about a position. As with CPython, errors of this stage count columns in bytes and
    /// leave the text to whoever can read the file.
    pub fn error_at(&self, at: Position, msg: impl Into<String>) -> Box<SyntaxError> {
        Box::new(SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: msg.into(),
            lineno: at.line,
            offset: at.col.wrapping_add(1) as i32,
            end_lineno: at.end_line,
            end_offset: at.end_col.wrapping_add(1) as i32,
            text: None,
            last_statement: (0, 0),
        })
    }

    /// A warning about a range.
    pub fn warning(&self, range: TextRange, msg: impl Into<String>) -> SyntaxWarning {
        let at = self.range_pos(range);
        SyntaxWarning {
            kind: WarningKind::Syntax,
            msg: msg.into(),
            lineno: at.line,
            offset: at.col.wrapping_add(1) as i32,
            end_lineno: at.end_line,
            end_offset: at.end_col.wrapping_add(1) as i32,
        }
    }
}
