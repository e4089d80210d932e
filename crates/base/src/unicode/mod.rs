//! The Unicode character database, version 16.0 (and 3.2.0 where stringprep asks for it), on our own tables.
//!
//! Code points are `u32`; values that are none (above U+10FFFF) are answered as unassigned.

pub mod case;
pub mod database;
pub mod names;
pub mod normalize;
mod tables;
#[cfg(test)]
mod tests;
mod types;

pub use database::{
    Version, bidirectional, category, combining, decimal, decomposition, digit, east_asian_width, mirrored, numeric,
};
pub use names::{Found, is_alias, lookup, name, named_sequence};
pub use normalize::{Form, QuickCheck, is_normalized, normalize, quick_check};
pub use types::*;

/// `unicodedata.unidata_version`.
pub const VERSION: &str = "16.0.0";
