//! The text that is compiled: positions, errors and warnings in it.

use std::cell::Cell;

use bytecode::Position;
use syntax::{LineIndex, Ranged, SyntaxError, SyntaxErrorKind, SyntaxWarning, TextRange, TextSize, WarningKind};

/// The result of whatever can meet a syntax error. The error is boxed, being large and rare.
pub type Res<T = ()> = Result<T, Box<SyntaxError>>;

/// A source text with its lines.
pub struct Source<'a> {
    /// The text that ranges refer to.
    pub text: &'a str,
    lines: &'a LineIndex,
    /// Line of the last answer: most questions are about nearby places.
    hint: Cell<u32>,
}

impl<'a> Source<'a> {
    /// The text with its index.
    pub fn new(text: &'a str, lines: &'a LineIndex) -> Source<'a> {
        Source { text, lines, hint: Cell::new(1) }
    }

    fn locate(&self, offset: TextSize) -> syntax::Position {
        let found = self.lines.position_near(offset, self.hint.get());
        self.hint.set(found.line);
        found
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

    /// The start of the first token behind a place.
    pub fn keyword_after(&self, from: usize) -> TextSize {
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
