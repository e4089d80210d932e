//! Taking blocks from the range and giving them back.

use crate::range::{Range, Tag};
use crate::sizes::{BLOCK, BLOCK_WORDS};
use std::cell::Cell;

/// Which blocks are in use.
///
/// Blocks at or above the frontier are not in use; of those below, the range's free bits tell. The lowest address
/// that fits is taken, so that the top of the range empties and can be given back.
pub(crate) struct Blocks {
    pub(crate) range: Range,
    frontier: Cell<usize>,
    free: Cell<usize>,
    /// No block below this is free.
    lowest_free: Cell<usize>,
}

impl Blocks {
    pub(crate) fn new() -> Blocks {
        Blocks { range: Range::reserve(), frontier: Cell::new(0), free: Cell::new(0), lowest_free: Cell::new(0) }
    }

    /// All blocks in use are below this.
    #[inline(always)]
    pub(crate) fn frontier(&self) -> usize {
        self.frontier.get()
    }

    /// Number of blocks in use.
    pub(crate) fn in_use(&self) -> usize {
        self.frontier.get() - self.free.get()
    }

    /// Takes `count` adjacent blocks. They are tagged as free and without allocation bits; their content is anything
    /// where the dirty bit is set, else zero.
    pub(crate) fn take(&self, count: usize) -> Option<usize> {
        let block = match self.find(count) {
            Some(block) => {
                for block in block..block + count {
                    self.range.set_free(block, false);
                }
                self.free.set(self.free.get() - count);
                if block == self.lowest_free.get() {
                    self.lowest_free.set(block + count);
                }
                block
            }
            None => {
                let block = self.frontier.get();
                let end = block.checked_add(count)?;
                if end > self.range.blocks || !self.range.commit(end) {
                    return None;
                }
                self.frontier.set(end);
                block
            }
        };
        Some(block)
    }

    /// Could `count` adjacent blocks be taken? Where the range has to grow for that, it does so now.
    pub(crate) fn can_take(&self, count: usize) -> bool {
        self.find(count).is_some()
            || self
                .frontier
                .get()
                .checked_add(count)
                .is_some_and(|end| end <= self.range.blocks && self.range.commit(end))
    }

    /// Finds free blocks below the frontier.
    fn find(&self, count: usize) -> Option<usize> {
        if self.free.get() < count {
            return None;
        }
        let frontier = self.frontier.get();
        let mut block = self.lowest_free.get();
        let mut first = true;
        loop {
            block = self.next_with(block, frontier, true)?;
            if first {
                self.lowest_free.set(block);
                first = false;
            }
            // The search for the end of the run stops where the run is long enough.
            let limit = frontier.min(block + count);
            let end = self.next_with(block, limit, false).unwrap_or(limit);
            if end - block >= count {
                return Some(block);
            }
            block = end;
        }
    }

    /// The first block from `from` and below `limit` that is free or not.
    fn next_with(&self, from: usize, limit: usize, free: bool) -> Option<usize> {
        let mut block = from;
        while block < limit {
            let word = self.range.free_word(block / 64);
            let word = if free { word } else { !word } >> (block % 64);
            if word != 0 {
                let found = block + word.trailing_zeros() as usize;
                return if found < limit { Some(found) } else { None };
            }
            block = (block / 64 + 1) * 64;
        }
        None
    }

    /// Gives blocks back: one of cells, or those of a large object. Nothing in them may be used any more.
    pub(crate) fn release(&self, block: usize, count: usize) {
        // Only the first has bits.
        self.clear_bits(block);
        for block in block..block + count {
            self.range.set_tag(block, Tag::FREE);
            self.range.set_free(block, true);
        }
        self.free.set(self.free.get() + count);
        self.lowest_free.set(self.lowest_free.get().min(block));
    }

    /// Clears the allocation and mark bits of a block.
    pub(crate) fn clear_bits(&self, block: usize) {
        // SAFETY: the block is committed, as all that were ever taken.
        unsafe {
            *self.range.allocs(block) = [0; BLOCK_WORDS];
            *self.range.marks(block) = [0; BLOCK_WORDS];
        }
    }

    /// Fills the blocks that are dirty with zeros, and marks all as dirty for their next user.
    ///
    /// The blocks must have been taken and not be in use yet.
    pub(crate) fn zero(&self, block: usize, count: usize) {
        for block in block..block + count {
            if self.range.is_dirty(block) {
                // SAFETY: the block is committed, and ours alone.
                unsafe { std::ptr::write_bytes(self.range.address(block) as *mut u8, 0, BLOCK) };
            } else {
                self.range.set_dirty(block, true);
            }
        }
    }

    /// Lowers the frontier below the free blocks at the top.
    pub(crate) fn lower_frontier(&self) {
        let mut frontier = self.frontier.get();
        while frontier > 0 && self.range.is_free(frontier - 1) {
            frontier -= 1;
            self.range.set_free(frontier, false);
            self.free.set(self.free.get() - 1);
        }
        self.frontier.set(frontier);
        self.lowest_free.set(self.lowest_free.get().min(frontier));
    }

    /// Gives memory of blocks that are not in use back to the system, from the top, until at most `keep` blocks
    /// remain that hold memory without being in use.
    pub(crate) fn trim(&self, keep: usize) {
        let range = &self.range;
        let idle = |block: usize| range.is_dirty(block) && (block >= self.frontier.get() || range.is_free(block));
        let top = range.committed.get();
        let mut excess = (0..top).filter(|&block| idle(block)).count().saturating_sub(keep);
        // Not worth a system call.
        if excess < 32 {
            return;
        }
        let mut end = top;
        while end > 0 && excess > 0 {
            let mut start = end;
            while start > 0 && excess > 0 && idle(start - 1) {
                start -= 1;
                excess -= 1;
            }
            if start < end {
                range.give_back(start, end - start);
                end = start;
            } else {
                end -= 1;
            }
        }
    }
}
