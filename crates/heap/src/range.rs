//! The address range of a heap, reserved at once and made usable piece by piece, and the tables beside it.

use crate::sizes::{BLOCK, BLOCK_SHIFT, BLOCK_WORDS, GRANULE_SHIFT};
use std::cell::Cell;
use std::ptr::null_mut;

/// Blocks are made usable in multiples of this, so that the piece of each bitmap is a multiple of any page size.
const COMMIT_STEP: usize = 256;
/// Up to this number of blocks a heap is small: programs that need no more are not to take memory by large pages.
const SMALL_HEAP: usize = 2 * COMMIT_STEP;
/// But for what every start fills: as many bytes.
const START: usize = 4 << 20;
/// The range starts at a multiple of this, so that the system can use its large pages.
const ALIGNMENT: usize = 2 << 20;

/// What a block is used for.
///
/// `(space + 1) << 6 | class` for a block in use, where class 63 is the first block of a large object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u8);

impl Tag {
    /// Not in use.
    pub(crate) const FREE: Tag = Tag(0);
    /// A later block of a large object. Its link is the distance to the first.
    pub(crate) const TAIL: Tag = Tag(1);
    const LARGE_CLASS: u8 = 63;

    /// A block of cells. `lane` is `space << 6 | class`.
    pub(crate) fn small(lane: u8) -> Tag {
        Tag(lane + 64)
    }

    /// The first block of a large object. Its link is the number of blocks.
    pub(crate) fn large(space: u8) -> Tag {
        Tag((space + 64) | Self::LARGE_CLASS)
    }

    #[inline(always)]
    pub(crate) fn in_use(self) -> bool {
        self.0 >= 64
    }

    #[inline(always)]
    pub(crate) fn is_large(self) -> bool {
        self.in_use() && self.class() == Self::LARGE_CLASS
    }

    #[inline(always)]
    pub(crate) fn is_small(self) -> bool {
        self.in_use() && self.class() != Self::LARGE_CLASS
    }

    #[inline(always)]
    pub(crate) fn class(self) -> u8 {
        self.0 & 63
    }

    /// `space << 6`
    #[inline(always)]
    pub(crate) fn space(self) -> u8 {
        (self.0 & 0xc0).wrapping_sub(64)
    }

    #[inline(always)]
    pub(crate) fn lane(self) -> u8 {
        self.0.wrapping_sub(64)
    }
}

/// The range and its tables.
///
/// Only the part of the range, and of the two large bitmaps, that belongs to blocks below `committed` may be touched.
/// The small tables are usable as a whole.
pub(crate) struct Range {
    /// Where the range starts.
    pub(crate) base: usize,
    /// Number of blocks that are reserved.
    pub(crate) blocks: usize,
    /// Most blocks that can be in use: those that fit into the memory of the machine. The system would promise more,
    /// and end the process when it cannot keep its promise.
    pub(crate) most_blocks: usize,
    /// Number of blocks whose memory is usable.
    pub(crate) committed: Cell<usize>,
    marks: *mut u64,
    allocs: *mut u64,
    tags: *mut u8,
    links: *mut u32,
    free: *mut u64,
    dirty: *mut u64,
    mapping: *mut libc::c_void,
    mapping_size: usize,
}

/// Bytes of memory that the machine has, with those that it can swap to.
fn machine_memory() -> usize {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the structure is plain numbers, for which zero is a value, and sysinfo only writes it.
        let (result, info) = unsafe {
            let mut info: libc::sysinfo = std::mem::zeroed();
            (libc::sysinfo(&mut info), info)
        };
        if result == 0 {
            return (info.totalram as usize)
                .saturating_add(info.totalswap as usize)
                .saturating_mul(info.mem_unit as usize);
        }
    }
    // SAFETY: sysconf only reads its argument.
    let (pages, page) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    if pages > 0 && page > 0 { (pages as usize).saturating_mul(page as usize) } else { 4 << 30 }
}

/// How many bytes to reserve, at first try.
fn wanted_size(memory: usize) -> usize {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: getrlimit only writes the structure.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) } == 0;
    let limit = if known && limit.rlim_cur != libc::RLIM_INFINITY { limit.rlim_cur as usize } else { usize::MAX };
    // More than there is memory, since large objects leave gaps whose memory is given back.
    let size = memory.saturating_mul(2).clamp(16 << 30, 1 << 40).next_power_of_two();
    // The limit counts reserved addresses too. The other half is for the rest of the process.
    size.min(limit / 2)
}

impl Range {
    /// Reserves a range. It may be small, or empty, where the system has nothing to give.
    pub(crate) fn reserve() -> Range {
        let memory = machine_memory();
        let mut size = wanted_size(memory);
        while size >= COMMIT_STEP * BLOCK {
            if let Some(range) = Range::try_reserve(size / BLOCK / COMMIT_STEP * COMMIT_STEP, memory) {
                return range;
            }
            size /= 2;
        }
        Range {
            base: ALIGNMENT,
            blocks: 0,
            most_blocks: 0,
            committed: Cell::new(0),
            marks: null_mut(),
            allocs: null_mut(),
            tags: null_mut(),
            links: null_mut(),
            free: null_mut(),
            dirty: null_mut(),
            mapping: null_mut(),
            mapping_size: 0,
        }
    }

    fn try_reserve(blocks: usize, memory: usize) -> Option<Range> {
        let bitmap = blocks * BLOCK_WORDS * 8;
        // One word more, so that a search may look at the word after the last block.
        let flags = (blocks / 64 + 1) * 8;
        let small = blocks + 4 * blocks + 2 * flags;
        let size = ALIGNMENT + blocks * BLOCK + 2 * bitmap + small;
        // SAFETY: a fresh private mapping at an address that the system picks touches nothing that exists.
        let mapping = unsafe {
            libc::mmap(
                null_mut(),
                size,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if mapping == libc::MAP_FAILED {
            return None;
        }
        let base = (mapping as usize).next_multiple_of(ALIGNMENT);
        let marks = base + blocks * BLOCK;
        let allocs = marks + bitmap;
        let free = allocs + bitmap;
        let dirty = free + flags;
        let links = dirty + flags;
        let tags = links + 4 * blocks;
        let range = Range {
            base,
            blocks,
            most_blocks: (memory / BLOCK).min(blocks),
            committed: Cell::new(0),
            marks: marks as *mut u64,
            allocs: allocs as *mut u64,
            tags: tags as *mut u8,
            links: links as *mut u32,
            free: free as *mut u64,
            dirty: dirty as *mut u64,
            mapping,
            mapping_size: size,
        };
        // `free` is page-aligned: the range is, and the bitmaps are multiples of COMMIT_STEP * 256 bytes.
        if make_usable(free, tags + blocks - free) { Some(range) } else { None }
    }

    /// Makes the blocks below `blocks` usable. False if the system refuses.
    pub(crate) fn commit(&self, blocks: usize) -> bool {
        let committed = self.committed.get();
        if blocks <= committed {
            return true;
        }
        let needed = blocks.next_multiple_of(COMMIT_STEP);
        if needed > self.blocks {
            return false;
        }
        let generous = (committed + committed / 4).next_multiple_of(COMMIT_STEP).min(self.blocks);
        let mut goal = needed.max(generous);
        loop {
            let bitmap = BLOCK_WORDS * 8;
            let count = goal - committed;
            let done = make_usable(self.base + committed * BLOCK, count * BLOCK)
                && make_usable(self.marks as usize + committed * bitmap, count * bitmap)
                && make_usable(self.allocs as usize + committed * bitmap, count * bitmap);
            if done {
                if committed == 0 {
                    ask_for_large_pages(self.base, START);
                }
                let first = committed.max(SMALL_HEAP);
                if first < goal {
                    ask_for_large_pages(self.base + first * BLOCK, (goal - first) * BLOCK);
                }
                self.committed.set(goal);
                return true;
            }
            if goal == needed {
                return false;
            }
            goal = needed;
        }
    }

    /// The address of a block.
    #[inline(always)]
    pub(crate) fn address(&self, block: usize) -> usize {
        self.base + (block << BLOCK_SHIFT)
    }

    /// The block that an address of the range lies in.
    #[inline(always)]
    pub(crate) fn block_of(&self, address: usize) -> usize {
        (address - self.base) >> BLOCK_SHIFT
    }

    /// What the block is used for. `block` is less than `blocks`.
    #[inline(always)]
    pub(crate) fn tag(&self, block: usize) -> Tag {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has an entry for each block and is usable as a whole.
        Tag(unsafe { *self.tags.add(block) })
    }

    pub(crate) fn set_tag(&self, block: usize, tag: Tag) {
        assert!(block < self.blocks);
        // SAFETY: as in `tag`.
        unsafe { *self.tags.add(block) = tag.0 }
    }

    /// A number whose meaning depends on the tag.
    #[inline]
    pub(crate) fn link(&self, block: usize) -> u32 {
        debug_assert!(block < self.blocks);
        // SAFETY: the table has an entry for each block and is usable as a whole.
        unsafe { *self.links.add(block) }
    }

    pub(crate) fn set_link(&self, block: usize, link: u32) {
        assert!(block < self.blocks);
        // SAFETY: as in `link`.
        unsafe { *self.links.add(block) = link }
    }

    /// The mark bits of a committed block.
    #[inline(always)]
    pub(crate) fn marks(&self, block: usize) -> *mut [u64; BLOCK_WORDS] {
        debug_assert!(block < self.committed.get());
        // SAFETY: stays within the bitmap, which has BLOCK_WORDS words for each block.
        unsafe { self.marks.add(block * BLOCK_WORDS) as *mut [u64; BLOCK_WORDS] }
    }

    /// The allocation bits of a committed block: one for the first granule of each cell that holds an object.
    #[inline(always)]
    pub(crate) fn allocs(&self, block: usize) -> *mut [u64; BLOCK_WORDS] {
        debug_assert!(block < self.committed.get());
        // SAFETY: stays within the bitmap, which has BLOCK_WORDS words for each block.
        unsafe { self.allocs.add(block * BLOCK_WORDS) as *mut [u64; BLOCK_WORDS] }
    }

    /// The first word of the mark bits, those of block 0.
    #[inline(always)]
    pub(crate) fn marks_start(&self) -> *mut u64 {
        self.marks
    }

    /// The first word of the allocation bits.
    #[inline(always)]
    pub(crate) fn allocs_start(&self) -> *mut u64 {
        self.allocs
    }

    /// The first tag.
    #[inline(always)]
    pub(crate) fn tags_start(&self) -> *const u8 {
        self.tags
    }

    /// 64 blocks a word: 1 if free and below the frontier.
    #[inline]
    pub(crate) fn free_word(&self, word: usize) -> u64 {
        debug_assert!(word <= self.blocks / 64);
        // SAFETY: the table has a word for each 64 blocks and one more.
        unsafe { *self.free.add(word) }
    }

    /// Is the block free, and below the frontier?
    pub(crate) fn is_free(&self, block: usize) -> bool {
        self.free_word(block / 64) >> (block % 64) & 1 != 0
    }

    pub(crate) fn set_free(&self, block: usize, free: bool) {
        assert!(block < self.blocks);
        // SAFETY: the table has a bit for each block.
        unsafe { set_bit(self.free, block, free) }
    }

    /// May the block hold something else than zeros?
    pub(crate) fn is_dirty(&self, block: usize) -> bool {
        assert!(block < self.blocks);
        // SAFETY: the table has a bit for each block.
        unsafe { *self.dirty.add(block / 64) >> (block % 64) & 1 != 0 }
    }

    pub(crate) fn set_dirty(&self, block: usize, dirty: bool) {
        assert!(block < self.blocks);
        // SAFETY: the table has a bit for each block.
        unsafe { set_bit(self.dirty, block, dirty) }
    }

    /// Gives the memory of free blocks back to the system. They are zero afterwards.
    pub(crate) fn give_back(&self, block: usize, count: usize) {
        assert!(block + count <= self.committed.get());
        // SAFETY: the blocks are in our mapping, and free, so nothing refers to what is in them.
        let done = unsafe { release(self.address(block), count * BLOCK) };
        if done {
            for block in block..block + count {
                self.set_dirty(block, false);
            }
        }
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        if !self.mapping.is_null() {
            // SAFETY: this is the mapping made by `try_reserve`, and the heap that used it is gone.
            unsafe { libc::munmap(self.mapping, self.mapping_size) };
        }
    }
}

/// SAFETY: `bits` must reach as far as `index`.
unsafe fn set_bit(bits: *mut u64, index: usize, value: bool) {
    let word = bits.add(index / 64);
    *word = *word & !(1 << (index % 64)) | (value as u64) << (index % 64);
}

fn make_usable(address: usize, size: usize) -> bool {
    // SAFETY: only called for parts of our own mapping, and takes no right to them away.
    unsafe { libc::mprotect(address as *mut libc::c_void, size, libc::PROT_READ | libc::PROT_WRITE) == 0 }
}

/// A page fault costs as much as a hundred objects, and blocks are taken from the bottom up, so that little of a large
/// page stays unused.
fn ask_for_large_pages(address: usize, size: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: advice about a part of our own mapping, which does not change what is in it. It may be refused.
    unsafe {
        libc::madvise(address as *mut libc::c_void, size, libc::MADV_HUGEPAGE);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (address, size);
}

/// Makes the system forget the content of whole blocks. True if they read as zero afterwards.
///
/// SAFETY: nothing may refer to what is in them.
unsafe fn release(address: usize, size: usize) -> bool {
    let result = libc::madvise(address as *mut libc::c_void, size, libc::MADV_DONTNEED);
    // Only Linux promises zeros.
    result == 0 && cfg!(target_os = "linux")
}

/// Index of the granule of an address, counted from the start of the range.
#[inline(always)]
pub(crate) fn granule(offset: usize) -> usize {
    offset >> GRANULE_SHIFT
}
