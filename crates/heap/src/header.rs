//! The 8 bytes that every object starts with.

use std::cell::Cell;

/// What every object starts with.
#[repr(C, align(8))]
pub struct Header {
    /// Number of the shape, which knows the class and the attribute slots.
    pub shape: Cell<u32>,
    /// The layout of what follows, as registered with the heap. Fixed at allocation.
    pub kind: u8,
    /// The collector's: see `collect`.
    pub gc: Cell<u8>,
    /// Free for the use of the layout.
    pub aux: Cell<u16>,
}
