//! Native modules over the parser and compiler: `_ast`, `_tokenize`, `_symtable`.

#![recursion_limit = "512"]

mod to_python;

pub use to_python::to_python;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
