//! The paths of allocation.

use crate::header::Header;
use crate::heap::{Bump, Heap, Phase, Touched, UNLOGGED};
use crate::poison;
use crate::range::{Tag, granule};
use crate::sizes::{self, BLOCK, BLOCK_WORDS, GRANULE, GRANULE_SHIFT, MAX_SMALL, cell_size, class_of};
use std::cell::Cell;
use std::ptr::null_mut;

/// Most bytes of a run that is opened at once, unless a cell is larger.
const LONGEST_RUN: usize = 4 << 10;

/// Writes the header of a new object.
///
/// SAFETY: `address` must be a cell that is not in use.
#[inline(always)]
unsafe fn start_object(address: usize, kind: u8, shape: u32) -> *mut Header {
    let object = address as *mut Header;
    object.write(Header { shape: Cell::new(shape), kind, gc: Cell::new(0), aux: Cell::new(0) });
    object
}

impl Heap {
    /// A new object of `size` bytes, header included. The rest of it is zero.
    ///
    /// It is aligned to 16 bytes. Null if the memory limit or the system refuses. Never collects, but may ask for a
    /// collection.
    #[inline]
    pub fn alloc(&self, size: usize, kind: u8, shape: u32) -> *mut Header {
        if size <= MAX_SMALL {
            let class = class_of(size);
            let bump = &self.bumps[(self.space_of[kind as usize].get() | class) as usize];
            let address = bump.cursor.get();
            let next = address + cell_size(class);
            if next <= bump.limit.get() {
                bump.cursor.set(next);
                // SAFETY: cursor to limit is a run of free cells.
                return unsafe { start_object(address, kind, shape) };
            }
        }
        self.alloc_slow(size, kind, shape)
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&self, size: usize, kind: u8, shape: u32) -> *mut Header {
        if self.phase.get() == Phase::Sweeping {
            // A drop function, which has no business here.
            return null_mut();
        }
        let space = self.space_of[kind as usize].get();
        let object = if size > MAX_SMALL {
            self.alloc_large(size, kind, shape, space)
        } else {
            self.alloc_small(space | class_of(size), kind, shape)
        };
        if object.is_null() {
            self.request_collection();
        } else if self.phase.get() == Phase::Marking {
            // The hooks of a collection allocate: the object is among the survivors.
            // SAFETY: it was allocated just now, its block is committed.
            unsafe {
                let index = granule(object as usize - self.blocks.range.base);
                *self.blocks.range.marks_start().add(index / 64) |= 1 << (index % 64);
                (*object).gc.set(UNLOGGED);
            }
            if size <= MAX_SMALL {
                // No run stays open, so that the next allocation comes here too.
                self.close_run(space | class_of(size));
            }
        }
        object
    }

    fn alloc_small(&self, lane: u8, kind: u8, shape: u32) -> *mut Header {
        let bump = &self.bumps[lane as usize];
        if !self.next_run(lane, bump) {
            return null_mut();
        }
        let address = bump.cursor.get();
        bump.cursor.set(address + cell_size(lane & 63));
        // SAFETY: cursor to limit is a run of at least one free cell.
        unsafe { start_object(address, kind, shape) }
    }

    /// Opens the next free run of a lane: in its block, in another that has free cells, or in a new one.
    fn next_run(&self, lane: u8, bump: &Bump) -> bool {
        let range = &self.blocks.range;
        let limit = bump.limit.get();
        if limit != 0 {
            let block = range.block_of(limit - 1);
            if self.open_run(block, lane, limit - range.address(block)) {
                return true;
            }
        }
        bump.fresh.set(false);
        let partial = &self.partial[lane as usize];
        while let Some(block) = (partial.get() as usize).checked_sub(1) {
            partial.set(range.link(block));
            // SAFETY: the block is committed.
            let old_objects = unsafe { (*range.allocs(block)).iter().map(|word| word.count_ones()).sum() };
            if self.open_run(block, lane, 0) {
                self.touched.borrow_mut().push(Touched { block: block as u32, old_objects });
                return true;
            }
        }
        if !self.may_take(1) {
            return false;
        }
        let Some(block) = self.blocks.take(1) else {
            return false;
        };
        self.check_poison(block, 1);
        if self.config.poison && !range.is_dirty(block) {
            // Its runs are checked when they are opened.
            // SAFETY: the block is committed and ours alone.
            unsafe { poison::fill(range.address(block), BLOCK) };
        }
        self.touched.borrow_mut().push(Touched { block: block as u32, old_objects: 0 });
        range.set_tag(block, Tag::small(lane));
        bump.fresh.set(!self.config.poison && !range.is_dirty(block));
        range.set_dirty(block, true);
        self.blocks.clear_bits(block);
        self.open_run(block, lane, 0)
    }

    /// Opens the first free run of a block at or after an offset, if there is one.
    fn open_run(&self, block: usize, lane: u8, offset: usize) -> bool {
        let range = &self.blocks.range;
        let bump = &self.bumps[lane as usize];
        debug_assert!(range.tag(block) == Tag::small(lane));
        let class = lane & 63;
        let step = cell_size(class) >> GRANULE_SHIFT;
        let end = sizes::cells_in_block(class) * step;
        // SAFETY: the block is committed, and nobody else holds a reference to its bits.
        let allocs = unsafe { &mut *range.allocs(block) };
        let mut start = offset >> GRANULE_SHIFT;
        while start < end && allocs[start / 64] >> (start % 64) & 1 != 0 {
            start += step;
        }
        if start >= end {
            return false;
        }
        // No longer than what stays in the nearest cache while it is cleared and used.
        let longest = start + (LONGEST_RUN >> GRANULE_SHIFT).max(step) / step * step;
        let run_end = next_set(allocs, start + 1).min(end).min(longest);
        let starts = sizes::starts(class);
        change_bits(allocs, start, run_end, |index, word, mask| word | starts[index] & mask);
        let address = range.address(block) + (start << GRANULE_SHIFT);
        let size = (run_end - start) << GRANULE_SHIFT;
        // SAFETY: these cells are free.
        unsafe {
            if self.config.poison {
                poison::check(address, size);
            }
            if !bump.fresh.get() {
                zero(address, size);
            }
        }
        bump.cursor.set(address);
        bump.limit.set(address + size);
        self.count_allocated(size);
        true
    }

    /// Ends the open run of a lane: what is left of it becomes free. The search for the next goes on there.
    pub(crate) fn close_run(&self, lane: u8) {
        let range = &self.blocks.range;
        let bump = &self.bumps[lane as usize];
        let (cursor, limit) = (bump.cursor.get(), bump.limit.get());
        if cursor < limit {
            let block = range.block_of(cursor);
            let start = (cursor - range.address(block)) >> GRANULE_SHIFT;
            let end = (limit - range.address(block)) >> GRANULE_SHIFT;
            // SAFETY: the block is committed, and the cells between cursor and limit were not handed out.
            unsafe {
                change_bits(&mut *range.allocs(block), start, end, |_, word, mask| word & !mask);
                if self.config.poison {
                    poison::fill(cursor, limit - cursor);
                }
            }
            self.allocated_since.set(self.allocated_since.get().saturating_sub(limit - cursor));
            bump.limit.set(cursor);
        }
    }

    fn alloc_large(&self, size: usize, kind: u8, shape: u32, space: u8) -> *mut Header {
        let count = size.div_ceil(BLOCK);
        if !self.may_take(count) {
            return null_mut();
        }
        let Some(block) = self.blocks.take(count) else {
            return null_mut();
        };
        self.clean(block, count);
        self.touched.borrow_mut().push(Touched { block: block as u32, old_objects: 0 });
        let range = &self.blocks.range;
        range.set_tag(block, Tag::large(space));
        range.set_link(block, count as u32);
        for distance in 1..count {
            range.set_tag(block + distance, Tag::TAIL);
            range.set_link(block + distance, distance as u32);
        }
        self.blocks.clear_bits(block);
        // SAFETY: the block is committed.
        unsafe { (*range.allocs(block))[0] = 1 };
        self.count_allocated(count * BLOCK);
        // SAFETY: the blocks are ours alone.
        unsafe { start_object(range.address(block), kind, shape) }
    }

    /// Makes blocks that were just taken zero.
    fn clean(&self, block: usize, count: usize) {
        self.check_poison(block, count);
        self.blocks.zero(block, count);
    }

    fn check_poison(&self, block: usize, count: usize) {
        if self.config.poison {
            for block in block..block + count {
                if self.blocks.range.is_dirty(block) {
                    // SAFETY: the block is committed and not in use.
                    unsafe { poison::check(self.blocks.range.address(block), BLOCK) };
                }
            }
        }
    }
}

/// The first set bit at or after `from`, or the number of bits.
fn next_set(bits: &[u64; BLOCK_WORDS], from: usize) -> usize {
    let mut index = from / 64;
    if index >= BLOCK_WORDS {
        return BLOCK_WORDS * 64;
    }
    let mut word = bits[index] & (u64::MAX << (from % 64));
    while word == 0 {
        index += 1;
        if index == BLOCK_WORDS {
            return BLOCK_WORDS * 64;
        }
        word = bits[index];
    }
    index * 64 + word.trailing_zeros() as usize
}

/// Fills free cells with zeros. Most runs are short.
///
/// SAFETY: the memory must be ours and free, its address and size multiples of 16.
#[inline(always)]
unsafe fn zero(address: usize, size: usize) {
    if size <= 8 * GRANULE {
        let mut at = address;
        while at < address + size {
            (at as *mut u128).write(0);
            at += GRANULE;
        }
    } else {
        std::ptr::write_bytes(address as *mut u8, 0, size);
    }
}

/// Bits below `count`, which is at most 64.
#[inline(always)]
fn below(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// Changes the words of `bits` that hold bits of `start..end`. `change` gets the index of a word, the word and the
/// bits of it that are meant.
#[inline(always)]
fn change_bits(bits: &mut [u64; BLOCK_WORDS], start: usize, end: usize, change: impl Fn(usize, u64, u64) -> u64) {
    debug_assert!(start < end && end <= BLOCK_WORDS * 64);
    let (first, last) = (start / 64, (end - 1) / 64);
    let mut mask = !below(start % 64);
    for (index, word) in (first..).zip(&mut bits[first..=last]) {
        if index == last {
            mask &= below(end - last * 64);
        }
        *word = change(index, *word, mask);
        mask = u64::MAX;
    }
}

const _: () = assert!(std::mem::size_of::<Header>() <= GRANULE);
