//! Strings in *generalised UTF-8*: UTF-8 in which surrogate code points may appear, each in its 3-byte form.
//!
//! Unlike WTF-8 proper, a high surrogate followed by a low one stays two code points, since in Python
//! `'\ud83d' + '\ude00'` has length 2. So concatenation is concatenation of bytes, and equality, ordering by code point and
//! searching are those of the bytes.

mod buf;
mod chars;
mod slice;
#[cfg(test)]
mod tests;
pub mod unit;

pub use buf::Wtf8Buf;
pub use chars::{CharIndices, Chars};
pub use slice::Wtf8;
pub use unit::is_surrogate;
