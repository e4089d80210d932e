//! The bottom of Taipan: algorithms on plain Rust data that know nothing of Python objects.
//!
//! Everything here takes and returns Rust values (`u32` code points, byte slices, `f64`, [`dashu_int::IBig`]); the crates
//! above wrap it in objects and exceptions. Where Python fixes the wording of an error, the wording lives here, so that
//! each of the callers says the same.
//!
//! | module | subject |
//! | --- | --- |
//! | [`text`] | strings in generalised UTF-8 (lone surrogates allowed) |
//! | [`unicode`] | the character database, case mapping, normalisation, names |
//! | [`hash`] | the hash functions behind `hash()` |
//! | [`number`] | text ↔ number, and exact float arithmetic |
//! | [`mod@format`] | format specs, replacement fields, `%` formatting |
//! | [`escape`] | `repr`, `ascii`, and the escape codecs |
//! | [`codec`] | encoders and decoders with positions and reasons of errors |
//! | [`rng`] | the Mersenne Twister |
//! | [`span`] | source positions |

pub mod codec;
pub mod escape;
pub mod format;
pub mod hash;
pub mod number;
pub mod rng;
pub mod span;
pub mod text;
pub mod unicode;

pub use dashu_int::{IBig, UBig};
