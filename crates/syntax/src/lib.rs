//! From source text to a syntax tree.
//!
//! The grammar itself is read by `ruff_python_parser`; this crate adds what that parser leaves out: source decoding
//! (PEP 263), nesting limits, exact string values, `SyntaxError`s in CPython's words and ranges, tokenizer warnings,
//! incomplete-input mode, and turning an expression back into text.

#![forbid(unsafe_code)]

mod decode;
mod depth;
mod diagnose;
mod disagreements;
mod error;
mod features;
mod function_type;
mod interactive;
mod literal;
mod options;
mod parse;
mod position;
mod prescan;
pub mod tokenizer;
mod type_comments;
mod unparse;
mod warnings;

pub use ruff_python_ast as ast;
pub use ruff_text_size::{Ranged, TextRange, TextSize};

pub use decode::{DecodedSource, decode_file, decode_source, encoding_error};
pub use depth::with_room;
pub use error::{SyntaxError, SyntaxErrorKind, SyntaxWarning, WarningKind};
pub use interactive::wants_more;
pub use literal::{debug_text, interpolated_literal_value, interpolation_text, string_literal_value, string_value};
pub use options::{FUTURE_BARRY_AS_BDFL, LATEST_FEATURES, Mode, ParseOptions};
pub use parse::{Parsed, TypeIgnore, parse, warnings_before};
pub use position::{LineIndex, Position};
pub use unparse::{KeptLiteral, unparse_expr, unparse_with};
