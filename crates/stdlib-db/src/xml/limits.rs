//! Limits on how much more a document may make of itself than was put in: entities that multiply, and memory.

use super::error::ErrorCode;
use std::cell::Cell;

/// Counts for a parser and all parsers of its external entities.
pub struct Accounting {
    /// Bytes of the document itself.
    direct: Cell<u64>,
    /// Bytes of entities that were expanded or read.
    indirect: Cell<u64>,
    /// Bytes of memory in use.
    allocated: Cell<u64>,
    /// Most that entities may multiply by.
    pub expansion_factor: Cell<f32>,
    /// From so many bytes on.
    pub expansion_threshold: Cell<u64>,
    /// Most that memory may be larger by.
    pub memory_factor: Cell<f32>,
    /// From so many bytes on.
    pub memory_threshold: Cell<u64>,
}

/// The memory that a parser has from the start.
const PARSER_BYTES: u64 = 1024;

impl Default for Accounting {
    fn default() -> Accounting {
        Accounting {
            direct: Cell::new(0),
            indirect: Cell::new(0),
            allocated: Cell::new(PARSER_BYTES),
            expansion_factor: Cell::new(100.0),
            expansion_threshold: Cell::new(8 << 20),
            memory_factor: Cell::new(100.0),
            memory_threshold: Cell::new(64 << 20),
        }
    }
}

impl Accounting {
    /// Counts bytes of a token.
    pub fn count(&self, bytes: usize, direct: bool) -> Result<(), ErrorCode> {
        if direct {
            self.direct.set(self.direct.get().saturating_add(bytes as u64));
            // Bytes of the document can only make the factor smaller.
            return Ok(());
        }
        self.indirect.set(self.indirect.get().saturating_add(bytes as u64));
        let (direct, indirect) = (self.direct.get(), self.indirect.get());
        let output = direct.saturating_add(indirect);
        /// The shortest document that includes another one has so many bytes.
        const SHORTEST_INCLUDE: u64 = 22;
        let factor = match direct {
            0 => (SHORTEST_INCLUDE + indirect) as f32 / SHORTEST_INCLUDE as f32,
            _ => output as f32 / direct as f32,
        };
        if output >= self.expansion_threshold.get() && factor > self.expansion_factor.get() {
            return Err(ErrorCode::AmplificationLimitBreach);
        }
        Ok(())
    }

    /// Counts memory that is kept.
    pub fn allocate(&self, bytes: usize) -> Result<(), ErrorCode> {
        self.allocated.set(self.allocated.get().saturating_add(bytes as u64));
        self.check_memory()
    }

    /// Is the memory in use within the limit?
    pub fn check_memory(&self) -> Result<(), ErrorCode> {
        let (allocated, direct) = (self.allocated.get(), self.direct.get());
        let factor = if direct == 0 { 1.0 } else { allocated as f32 / direct as f32 };
        if allocated >= self.memory_threshold.get() && factor > self.memory_factor.get() {
            return Err(ErrorCode::NoMemory);
        }
        Ok(())
    }

    /// Memory was given back.
    pub fn release(&self, bytes: usize) {
        self.allocated.set(self.allocated.get().saturating_sub(bytes as u64));
    }
}
