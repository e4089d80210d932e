//! Native modules over the parser and compiler: `_ast`, `_tokenize`, `_symtable`.

#![recursion_limit = "512"]

pub mod compile;
mod decode;
mod errors;
mod from_python;
mod to_python;

pub use errors::raise_syntax_error;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
