//! (crate pylib)
