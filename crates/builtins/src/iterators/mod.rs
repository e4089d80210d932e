//! Iterators that are classes of their own: `enumerate`, `zip`, `map`, `filter`, `reversed`, and what `iter` gives for
//! sequences by index and for callables.

mod callable;
mod enumerate;
mod filter;
mod lockstep;
mod reversed;
mod sequence;

pub use callable::callable_iter;

use object::TypeDef;

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[
    &enumerate::TYPE,
    &lockstep::ZIP,
    &lockstep::MAP,
    &filter::TYPE,
    &reversed::TYPE,
    &sequence::TYPE,
    &callable::TYPE,
];
