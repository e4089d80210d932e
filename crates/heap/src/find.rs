//! From an address to an object, and walking all objects.

use crate::header::Header;
use crate::heap::Heap;
use crate::sizes::{BLOCK, BLOCK_SHIFT, BLOCK_WORDS, GRANULE, GRANULE_SHIFT, cell_size, cells_in_block};

impl Heap {
    /// The object that a word may point to: into it, or right behind it.
    ///
    /// Where one object ends and the next starts, it is the one that starts. The tag of a [`crate::Value`] need not be
    /// taken off.
    pub fn object_at(&self, word: usize) -> Option<*mut Header> {
        self.object_around(word).or_else(|| self.object_ending_at(word))
    }

    /// The object that a word points into.
    pub(crate) fn object_around(&self, word: usize) -> Option<*mut Header> {
        let range = &self.blocks.range;
        let block = word.wrapping_sub(range.base) >> BLOCK_SHIFT;
        if block >= self.blocks.frontier() {
            return None;
        }
        let tag = range.tag(block);
        if tag.is_small() {
            let size = cell_size(tag.class());
            let cell = (word & (BLOCK - 1)) / size;
            let granule = (cell * size) >> GRANULE_SHIFT;
            let address = range.address(block) + cell * size;
            // SAFETY: the block is below the frontier, so it is committed.
            let bits = unsafe { &*range.allocs(block) };
            if cell >= cells_in_block(tag.class()) || bits[granule / 64] >> (granule % 64) & 1 == 0 {
                return None;
            }
            // The cells of an open run have allocation bits before they are handed out.
            let bump = &self.bumps[tag.lane() as usize];
            if address >= bump.cursor.get() && address < bump.limit.get() {
                return None;
            }
            Some(address as *mut Header)
        } else if tag.is_large() {
            Some(range.address(block) as *mut Header)
        } else if tag == crate::range::Tag::TAIL {
            Some(range.address(block - range.link(block) as usize) as *mut Header)
        } else {
            None
        }
    }

    /// The object that ends at a word.
    pub(crate) fn object_ending_at(&self, word: usize) -> Option<*mut Header> {
        if !word.is_multiple_of(GRANULE) {
            return None;
        }
        let object = self.object_around(word.wrapping_sub(1))?;
        if object as usize + self.size_of(object) == word { Some(object) } else { None }
    }

    /// The memory that an object takes, which is at least what was asked for.
    pub fn size_of(&self, object: *const Header) -> usize {
        let range = &self.blocks.range;
        let block = range.block_of(object as usize);
        let tag = range.tag(block);
        if tag.is_large() { range.link(block) as usize * BLOCK } else { cell_size(tag.class()) }
    }

    /// Has the object survived a collection?
    pub fn is_old(&self, object: *const Header) -> bool {
        let range = &self.blocks.range;
        let block = range.block_of(object as usize);
        let granule = (object as usize & (BLOCK - 1)) >> GRANULE_SHIFT;
        // SAFETY: an object's block is committed; of a large object the first granule counts.
        unsafe { (*range.marks(block))[granule / 64] >> (granule % 64) & 1 != 0 }
    }

    /// Calls `f` with every object. Objects that `f` allocates may be among them or not.
    pub fn for_each_object(&self, f: &mut dyn FnMut(*mut Header)) {
        let range = &self.blocks.range;
        let mut block = 0;
        while block < self.blocks.frontier() {
            let tag = range.tag(block);
            if tag.in_use() {
                for index in 0..BLOCK_WORDS {
                    // SAFETY: the block is below the frontier, so it is committed.
                    let mut word = unsafe { (*range.allocs(block))[index] };
                    while word != 0 {
                        let granule = index * 64 + word.trailing_zeros() as usize;
                        word &= word - 1;
                        let address = range.address(block) + (granule << GRANULE_SHIFT);
                        let bump = &self.bumps[tag.lane() as usize];
                        if address < bump.cursor.get() || address >= bump.limit.get() {
                            f(address as *mut Header);
                        }
                    }
                    if tag.is_large() {
                        break;
                    }
                }
            }
            block += if tag.is_large() { range.link(block) as usize } else { 1 };
        }
    }
}
