//! The hook behind `compile`, `exec`, `eval` and import.

pub use stdlib_syntax::compile::{compile_file, compile_source, compile_typed, flags};
