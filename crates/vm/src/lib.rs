//! (crate vm)
