//! Patterns in freed memory, by which the use of what was freed shows.

/// As a value it is a pointer to an address that no process has; as a header, an object of an unregistered kind.
const PATTERN: u64 = 0xf5f5_f5f5_f5f5_f5f3;

/// Fills freed memory.
///
/// SAFETY: the memory must be ours and free, its address and size multiples of 8.
pub(crate) unsafe fn fill(address: usize, size: usize) {
    std::slice::from_raw_parts_mut(address as *mut u64, size / 8).fill(PATTERN);
}

/// Panics if freed memory was written to.
///
/// SAFETY: the memory must be ours and free, its address and size multiples of 8.
pub(crate) unsafe fn check(address: usize, size: usize) {
    let words = std::slice::from_raw_parts(address as *const u64, size / 8);
    if let Some(index) = words.iter().position(|&word| word != PATTERN) {
        panic!("freed memory at {:#x} was written to: {:#x}", address + 8 * index, words[index]);
    }
}
