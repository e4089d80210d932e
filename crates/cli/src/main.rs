//! (crate cli)
fn main() {}
