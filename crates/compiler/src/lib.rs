//! From syntax trees to code units: symbol tables, lowering to register code, control flow clean-up, line tables.

#![forbid(unsafe_code)]

use bytecode::CodeUnit;
pub use syntax::SyntaxWarning as Warning;
use syntax::{Parsed, SyntaxError, SyntaxErrorKind};

/// What is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// A module.
    #[default]
    Exec,
    /// One expression, whose value the code returns.
    Eval,
    /// An interactive statement: values of expression statements are displayed.
    Single,
}

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// Becomes `co_filename`.
    pub filename: String,
    /// What is compiled.
    pub mode: Mode,
    /// 0, 1 (`-O`: no asserts, `__debug__` is False) or 2 (`-OO`: no docstrings either).
    pub optimize: u8,
    /// `CO_FUTURE_*` bits in force from outside.
    pub future_flags: u32,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`: await makes a module a coroutine.
    pub top_level_await: bool,
}

/// Compiles a parsed source text. Warnings come in the order in which they are to be issued.
///
/// # Errors
///
/// What CPython's symbol table pass and compiler reject.
pub fn compile(parsed: &Parsed, options: &CompileOptions) -> Result<(CodeUnit, Vec<Warning>), SyntaxError> {
    let _ = (parsed, options);
    Err(SyntaxError {
        kind: SyntaxErrorKind::Syntax,
        msg: "not yet".into(),
        lineno: 0,
        offset: 0,
        end_lineno: 0,
        end_offset: 0,
        text: None,
    })
}
