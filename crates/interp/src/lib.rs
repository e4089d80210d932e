//! (crate interp)
