//! A collection: mark, ask the hooks, sweep.
//!
//! Collections are generational by sticky mark bits (Demers, Weiser, Hayes, Boehm, Bobrow, Shenker: "Combining generational
//! and conservative garbage collection", POPL 1990): a minor one keeps the marks of the last, so that what survived then
//! counts as reached. It traces from the roots and from the old objects into which something was stored since, and sweeps
//! the blocks in which something was allocated since. Its cost follows what was allocated and what of it survives.

use crate::header::Header;
use crate::heap::{Heap, Phase, SPACE_DROP, SPACE_LEAF, StressMode, UNLOGGED};
use crate::poison;
use crate::range::Tag;
use crate::sizes::{BLOCK, BLOCK_WORDS, GRANULE_SHIFT, cell_size, cells_in_block};
use crate::tracer::Tracer;
use std::time::{Duration, Instant};

/// What the owner of a heap does in its collections.
pub trait CollectHooks {
    /// Shows all roots to the tracer: exact ones, and native stacks conservatively.
    fn roots(&mut self, tracer: &mut Tracer);

    /// Called when all that the roots reach is marked.
    ///
    /// May look which objects are [marked](Tracer::is_marked), and keep others alive by showing them and
    /// [draining](Tracer::drain), any number of times; then clears the weak tables of what is left. May allocate:
    /// objects that are allocated here are kept, but what is stored into them must be shown to the tracer.
    fn weak(&mut self, tracer: &mut Tracer) {
        let _ = tracer;
    }

    /// Calls `f` with every object that may hold new pointers stored without a barrier: frames that are running.
    fn unbarriered(&mut self, f: &mut dyn FnMut(*mut Header)) {
        let _ = f;
    }
}

/// Bytes that the heap keeps beyond what it is likely to need soon.
pub(crate) const KEPT: usize = 16 << 20;

/// How much a collection looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Collection {
    /// What was allocated since the last one.
    Minor,
    /// All objects.
    Full,
}

/// What a collection did.
#[derive(Clone, Copy, Debug, Default)]
pub struct CollectStats {
    /// Number of objects that were kept.
    pub live_objects: usize,
    /// Their size.
    pub live_bytes: usize,
    /// Number of objects that were freed.
    pub freed_objects: usize,
    /// Their size.
    pub freed_bytes: usize,
    kept_droppable: usize,
    freed_droppable: usize,
    /// Time for marking, the hooks included.
    pub mark_time: Duration,
    /// Time for sweeping.
    pub sweep_time: Duration,
}

/// Ends the collection when a hook panics, too. Objects that were not reached by then are not freed.
struct Collecting<'h>(&'h Heap);

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        self.0.phase.set(Phase::Idle);
    }
}

impl Heap {
    /// Which collection is due, if one is.
    pub fn due(&self) -> Collection {
        let stress = self.config.stress == StressMode::EverySafepoint;
        let grown = self.held() > self.full_threshold.get();
        if grown || self.lost_remembered.get() || stress && self.collections.get().is_multiple_of(4) {
            Collection::Full
        } else {
            Collection::Minor
        }
    }

    /// Collects now.
    ///
    /// Does nothing when called from within a collection.
    ///
    /// SAFETY: the hooks must show every object that is still used, by way of the trace functions. All objects that
    /// these show must be objects.
    pub unsafe fn collect(&self, collection: Collection, hooks: &mut dyn CollectHooks) -> CollectStats {
        if self.phase.get() != Phase::Idle {
            return CollectStats::default();
        }
        let start = Instant::now();
        self.phase.set(Phase::Marking);
        let _collecting = Collecting(self);
        self.close_runs();
        if self.config.stress == StressMode::EverySafepoint {
            self.verify_remembered(hooks);
        }
        let remembered = self.remembered.take();
        let mut tracer = Tracer::new(self, collection, self.mark_stack.take());
        match collection {
            Collection::Minor => remembered.iter().for_each(|object| tracer.again(*object)),
            Collection::Full => self.clear_marks(),
        }
        hooks.roots(&mut tracer);
        tracer.drain();
        hooks.weak(&mut tracer);
        tracer.drain();
        let mut stack = tracer.into_stack();
        // Do not keep the memory that one deep structure took.
        stack.shrink_to(64 << 10);
        self.mark_stack.set(stack);

        let marked = Instant::now();
        self.phase.set(Phase::Sweeping);
        let mut stats = match collection {
            Collection::Minor => self.sweep_touched(),
            Collection::Full => self.sweep(),
        };
        self.settle_swept();
        self.live_objects.set(stats.live_objects);
        self.live_bytes.set(stats.live_bytes);
        self.estimate_noted(collection, &stats);
        self.collections.set(self.collections.get() + 1);
        self.set_threshold();
        if collection == Collection::Full {
            self.lost_remembered.set(false);
            self.set_full_threshold();
            if !self.config.poison {
                self.blocks.trim((self.expected_growth() + stats.live_bytes / 2 + KEPT) / BLOCK);
            }
        }
        stats.mark_time = marked - start;
        stats.sweep_time = marked.elapsed();
        stats
    }

    /// No lane has an open run afterwards: the allocation bits are then exact.
    fn close_runs(&self) {
        for lane in 0..=u8::MAX {
            self.close_run(lane);
        }
    }

    fn clear_marks(&self) {
        let range = &self.blocks.range;
        let mut block = 0;
        while block < self.blocks.frontier() {
            // SAFETY: the block is below the frontier, so it is committed.
            unsafe { *range.marks(block) = [0; BLOCK_WORDS] };
            block += if range.tag(block).is_large() { range.link(block) as usize } else { 1 };
        }
    }

    /// What an object noted is not known when it dies: the objects of kinds with a drop function that survived are taken to
    /// hold their share of it.
    fn estimate_noted(&self, collection: Collection, stats: &CollectStats) {
        let (kept, freed) = (stats.kept_droppable, stats.freed_droppable);
        let share = |bytes: usize| (bytes as u128 * kept as u128 / (kept + freed).max(1) as u128) as usize;
        let noted = self.noted.replace(0);
        let old = self.noted_old.get();
        self.noted_old.set(match collection {
            Collection::Minor => old + share(noted),
            Collection::Full => share(old + noted),
        });
    }

    fn forget_runs(&self) {
        for bump in &self.bumps {
            bump.cursor.set(0);
            bump.limit.set(0);
            bump.fresh.set(false);
        }
    }

    /// Frees the objects that are not marked of the blocks in which something was allocated since the last collection.
    /// In all others every object is marked.
    fn sweep_touched(&self) -> CollectStats {
        let (old_objects, old_bytes) = (self.live_objects.get(), self.live_bytes.get());
        let mut stats = CollectStats::default();
        self.forget_runs();
        for touched in self.touched.take() {
            let block = touched.block as usize;
            let tag = self.blocks.range.tag(block);
            // SAFETY: marking is done; a block is in the list once, and not freed before it is swept.
            unsafe {
                if tag.is_large() {
                    self.sweep_large(block, tag, &mut stats);
                } else {
                    self.sweep_small(block, tag, &mut stats);
                    // Those that were there before were counted by an earlier collection.
                    stats.live_objects -= touched.old_objects as usize;
                    stats.live_bytes -= touched.old_objects as usize * cell_size(tag.class());
                    if tag.space() == SPACE_DROP {
                        stats.kept_droppable -= touched.old_objects as usize;
                    }
                }
            }
        }
        stats.live_objects += old_objects;
        stats.live_bytes += old_bytes;
        self.blocks.lower_frontier();
        stats
    }

    /// Frees all objects that are not marked.
    fn sweep(&self) -> CollectStats {
        let mut stats = CollectStats::default();
        self.forget_runs();
        self.touched.borrow_mut().clear();
        for partial in &self.partial {
            partial.set(0);
        }
        // Downwards, so that the lists of partly free blocks, to whose front we add, are in ascending order.
        let mut block = self.blocks.frontier();
        while block > 0 {
            block -= 1;
            let tag = self.blocks.range.tag(block);
            if tag == Tag::TAIL {
                // The first block is reached by the next step.
                block = block - self.blocks.range.link(block) as usize + 1;
            } else if tag.is_large() {
                // SAFETY: marking is done.
                unsafe { self.sweep_large(block, tag, &mut stats) };
            } else if tag.is_small() {
                // SAFETY: marking is done.
                unsafe { self.sweep_small(block, tag, &mut stats) };
            }
        }
        self.blocks.lower_frontier();
        stats
    }

    unsafe fn sweep_large(&self, block: usize, tag: Tag, stats: &mut CollectStats) {
        let range = &self.blocks.range;
        let count = range.link(block) as usize;
        if (*range.marks(block))[0] & 1 != 0 {
            stats.live_objects += 1;
            stats.live_bytes += count * BLOCK;
            return;
        }
        stats.freed_objects += 1;
        stats.freed_bytes += count * BLOCK;
        if tag.space() == SPACE_DROP {
            self.drop_object(range.address(block));
        }
        self.release(block, count);
    }

    unsafe fn sweep_small(&self, block: usize, tag: Tag, stats: &mut CollectStats) {
        let range = &self.blocks.range;
        let size = cell_size(tag.class());
        let (marks, allocs) = (range.marks(block), range.allocs(block));
        let (mut live, mut dead) = (0, 0);
        for index in 0..BLOCK_WORDS {
            live += (*marks)[index].count_ones() as usize;
            dead += ((*allocs)[index] & !(*marks)[index]).count_ones() as usize;
        }
        stats.live_objects += live;
        stats.live_bytes += live * size;
        stats.freed_objects += dead;
        stats.freed_bytes += dead * size;
        if tag.space() == SPACE_DROP {
            stats.kept_droppable += live;
            stats.freed_droppable += dead;
        }
        if dead > 0 && (tag.space() == SPACE_DROP || self.config.poison) {
            for index in 0..BLOCK_WORDS {
                let mut word = (*allocs)[index] & !(*marks)[index];
                while word != 0 {
                    let granule = index * 64 + word.trailing_zeros() as usize;
                    word &= word - 1;
                    let address = range.address(block) + (granule << GRANULE_SHIFT);
                    if tag.space() == SPACE_DROP {
                        self.drop_object(address);
                    }
                    if self.config.poison {
                        poison::fill(address, size);
                    }
                }
            }
        }
        if live == 0 {
            self.release(block, 1);
            return;
        }
        *allocs = *marks;
        // A block with few free cells is not worth the search.
        let cells = cells_in_block(tag.class());
        if cells - live > cells / 8 {
            let partial = &self.partial[tag.lane() as usize];
            range.set_link(block, partial.get());
            partial.set(block as u32 + 1);
        }
    }

    fn release(&self, block: usize, count: usize) {
        if self.config.poison {
            // SAFETY: nothing in these blocks is in use any more.
            unsafe { poison::fill(self.blocks.range.address(block), count * BLOCK) };
        }
        self.blocks.release(block, count);
    }

    /// SAFETY: must be the address of an object whose kind has a drop function, which has not been run for it.
    unsafe fn drop_object(&self, address: usize) {
        let object = address as *mut Header;
        if let Some(drop) = self.kinds[(*object).kind as usize].get().drop {
            drop(object);
        }
    }

    /// Panics if an object that survived the last collection holds a pointer to one allocated since, and no barrier
    /// noticed the store.
    unsafe fn verify_remembered(&self, hooks: &mut dyn CollectHooks) {
        hooks.unbarriered(&mut |object| self.remember(object));
        let mut tracer = Tracer::new(self, Collection::Full, Vec::new());
        self.for_each_object(&mut |object| {
            let leaf = self.blocks.range.tag(self.blocks.range.block_of(object as usize)).space() == SPACE_LEAF;
            // SAFETY: it is an object.
            unsafe {
                if leaf || !tracer.is_marked(object) || (*object).gc.get() & UNLOGGED == 0 {
                    return;
                }
                if let Some(young) = tracer.find_unmarked(object) {
                    panic!(
                        "a store without barrier: {} {object:p} points to {} {young:p}",
                        self.kind_name(object),
                        self.kind_name(young)
                    );
                }
            }
        });
    }
}

impl Drop for Heap {
    /// What is dropped now is not to be taken back from another heap.
    fn drop(&mut self) {
        self.phase.set(Phase::Sweeping);
        self.close_runs();
        let range = &self.blocks.range;
        // SAFETY: the heap is going, so no object is used any more.
        self.for_each_object(&mut |object| unsafe {
            if range.tag(range.block_of(object as usize)).space() == SPACE_DROP {
                self.drop_object(object as usize);
            }
        });
        self.settle_swept();
    }
}
