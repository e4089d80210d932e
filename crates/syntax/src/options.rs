//! What a caller can ask of the parser.

/// The start symbol: what the source text is expected to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// A module: any number of statements.
    #[default]
    Exec,
    /// One expression, as for `eval`.
    Eval,
    /// One interactive statement.
    Single,
    /// A signature type comment: `(int, str) -> bool`.
    FuncType,
}

/// `from __future__ import barry_as_FLUFL`: `<>` instead of `!=`.
pub const FUTURE_BARRY_AS_BDFL: u32 = 0x40_0000;

/// The minor version of Python 3 that this is.
pub const LATEST_FEATURES: u8 = 14;

/// How a source text is to be parsed.
#[derive(Clone, Debug)]
pub struct ParseOptions {
    /// The name shown in messages; nothing is read from it.
    pub filename: String,
    /// What the text should be.
    pub mode: Mode,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: text that merely stops too early is reported as
    /// [`SyntaxErrorKind::IncompleteInput`](crate::SyntaxErrorKind::IncompleteInput).
    pub allow_incomplete: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: in [`Mode::Single`], an open block at the end of the text is not closed silently.
    pub dont_imply_dedent: bool,
    /// The `CO_FUTURE_*` bits in force from outside.
    pub future_flags: u32,
    /// `PyCF_TYPE_COMMENTS`: keep type comments.
    pub type_comments: bool,
    /// `sys.get_int_max_str_digits()`: the longest decimal integer literal, 0 for no limit.
    pub int_max_str_digits: u32,
    /// The minor version of Python 3 whose grammar is meant; [`LATEST_FEATURES`] for all of it.
    pub feature_version: u8,
    /// May characters be named, as in `"\\N{DIGIT ONE}"`? Not where the database of names cannot be had.
    pub character_names: bool,
    /// The deepest syntax tree that is let through (chains, which lean to the left, may be deeper); deeper ones are
    /// [`SyntaxErrorKind::Recursion`](crate::SyntaxErrorKind::Recursion) errors.
    pub max_depth: u32,
}

impl Default for ParseOptions {
    fn default() -> Self {
        ParseOptions {
            filename: "<string>".to_owned(),
            mode: Mode::Exec,
            allow_incomplete: false,
            dont_imply_dedent: false,
            future_flags: 0,
            type_comments: false,
            int_max_str_digits: 4300,
            feature_version: LATEST_FEATURES,
            character_names: true,
            max_depth: 3000,
        }
    }
}

impl ParseOptions {
    /// The defaults, for `mode`.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        ParseOptions { mode, ..ParseOptions::default() }
    }
}
