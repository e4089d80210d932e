//! The entry point: limits, parse, and what to do when that fails.

use ruff_python_ast as ast;

use crate::diagnose::diagnose;
use crate::error::{SyntaxError, SyntaxErrorKind, SyntaxWarning};
use crate::options::{Mode, ParseOptions};
use crate::position::LineIndex;

/// A parsed source text.
#[derive(Debug)]
pub struct Parsed {
    /// The syntax tree: [`ast::Mod::Module`] for [`Mode::Exec`] and [`Mode::Single`], [`ast::Mod::Expression`] for
    /// [`Mode::Eval`]; for [`Mode::FuncType`] an expression `([arg, ...], result)`, a tuple of a list and the result.
    pub module: ast::Mod,
    /// The text that the tree's ranges refer to: `\n` for every line end, a newline at the end.
    pub source: String,
    /// Lines of `source`.
    pub line_index: LineIndex,
    /// What the tokenizer has to warn of, in source order.
    pub warnings: Vec<SyntaxWarning>,
    /// The tokens, comments included.
    pub tokens: ast::token::Tokens,
}

/// Parses `source`.
///
/// # Errors
///
/// The error that CPython would report first.
pub fn parse(source: &str, options: &ParseOptions) -> Result<Parsed, SyntaxError> {
    let text = source.to_owned();
    let mode = match options.mode {
        Mode::Exec | Mode::Single => ruff_python_parser::Mode::Module,
        Mode::Eval | Mode::FuncType => ruff_python_parser::Mode::Expression,
    };
    let ruff_options = ruff_python_parser::ParseOptions::from(mode).with_target_version(ast::PythonVersion::PY314);
    match ruff_python_parser::parse(&text, ruff_options) {
        Ok(parsed) => {
            let line_index = LineIndex::new(&text);
            let tokens = parsed.tokens().clone();
            Ok(Parsed { module: parsed.into_syntax(), line_index, source: text, warnings: Vec::new(), tokens })
        }
        Err(error) => Err(diagnose(&text, options).unwrap_or_else(|| {
            SyntaxError::without_position(SyntaxErrorKind::Syntax, error.to_string())
        })),
    }
}
