//! Errors and warnings, with positions as `SyntaxError` objects carry them.

use std::fmt;

/// Which exception an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `_IncompleteInputError`: only with [`ParseOptions::allow_incomplete`](crate::ParseOptions).
    IncompleteInput,
    /// `MemoryError`: the source nests too deeply for the parser.
    Memory,
    /// `ValueError`: a name that stands for a constant once it is normalised.
    Value,
    /// `RecursionError`: the source parses, but its tree is too deep to compile.
    Recursion,
}

/// An error in the source text, in CPython's words.
///
/// Positions count as CPython's attributes do: lines and columns from 1, columns in characters. `lineno` 0 means that
/// the error has no position; `end_offset` can be -1 or 0 where CPython does not know the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which exception to raise.
    pub kind: SyntaxErrorKind,
    /// The message.
    pub msg: String,
    /// Line of the start, from 1; 0 if there is no position.
    pub lineno: u32,
    /// Column of the start in characters, from 1.
    pub offset: i32,
    /// Line of the end.
    pub end_lineno: u32,
    /// Column of the end in characters, from 1, exclusive.
    pub end_offset: i32,
    /// The source lines from `lineno` to `end_lineno`.
    pub text: Option<String>,
    /// Line (from 1) and column (in bytes from 0) of the last compound statement before the error, (0, 0) if there is
    /// none: what the `traceback` module starts from to find misspelt keywords.
    pub last_statement: (u32, u32),
}

impl SyntaxError {
    /// An error that belongs to no place in the text.
    pub(crate) fn without_position(kind: SyntaxErrorKind, msg: impl Into<String>) -> Self {
        SyntaxError {
            kind,
            msg: msg.into(),
            lineno: 0,
            offset: 0,
            end_lineno: 0,
            end_offset: 0,
            text: None,
            last_statement: (0, 0),
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.msg)?;
        if self.lineno != 0 {
            write!(f, " (line {})", self.lineno)?;
        }
        Ok(())
    }
}

impl std::error::Error for SyntaxError {}

/// The category of a [`SyntaxWarning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// `SyntaxWarning`
    Syntax,
    /// `DeprecationWarning`
    Deprecation,
}

/// A warning of the tokenizer or the parser.
///
/// When the warnings filter turns it into an error, CPython raises a `SyntaxError` instead: see
/// [`SyntaxWarning::into_error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxWarning {
    /// The category.
    pub kind: WarningKind,
    /// The message.
    pub msg: String,
    /// The line, from 1.
    pub lineno: u32,
    /// Column of the start in characters, from 1.
    pub offset: i32,
    /// Line of the end.
    pub end_lineno: u32,
    /// Column of the end in characters, from 1.
    pub end_offset: i32,
}

impl SyntaxWarning {
    /// The `SyntaxError` that is raised where the warnings filter makes an error of the warning. `text` is the line
    /// that [`lineno`](Self::lineno) numbers.
    #[must_use]
    pub fn into_error(self, text: Option<String>) -> SyntaxError {
        SyntaxError {
            kind: SyntaxErrorKind::Syntax,
            msg: self.msg.replace("Such sequences will not work in the future. ", ""),
            lineno: self.lineno,
            offset: self.offset,
            end_lineno: self.end_lineno,
            end_offset: self.end_offset,
            text,
            last_statement: (0, 0),
        }
    }
}
