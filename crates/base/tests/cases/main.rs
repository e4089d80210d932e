//! Repeats what CPython was asked by `tools/gen_cases.py` and compares the answers.
//!
//! The variable `BASE_CASES` may name a folder with more cases than those that are checked in.

mod codec;
mod common;
mod format;
mod number;
