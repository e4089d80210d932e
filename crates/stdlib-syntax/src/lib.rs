//! Native modules over the parser and compiler: `_ast`, `_tokenize`, `_symtable`.

#![recursion_limit = "512"]

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
