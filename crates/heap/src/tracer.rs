//! Marking: which objects can be reached.

use crate::collect::Collection;
use crate::header::Header;
use crate::heap::{Heap, SPACE_LEAF, UNLOGGED};
use crate::range::granule;
use crate::value::Value;

/// Slices of values longer than this are traced in pieces of this length, each when what it holds has been traced, so
/// that a long list does not fill the mark stack.
const PIECE: usize = 256;
/// How many objects are being fetched into the cache before they are traced.
const AHEAD: usize = 8;

/// The trace function of kinds whose objects hold no values.
///
/// The heap keeps such objects apart, and marks them without touching them.
///
/// SAFETY: fits any object, since it does not touch it.
#[inline(never)]
pub unsafe fn trace_nothing(_: *mut Header, _: &mut Tracer) {}

/// What trace functions and hooks show the values to that they hold.
pub struct Tracer {
    heap: *const Heap,
    base: usize,
    /// Size of the part of the range that has blocks in use.
    size: usize,
    marks: *mut u64,
    allocs: *const u64,
    tags: *const u8,
    /// Objects that are marked and not yet traced. Also slices: the address, then the length `<< 1 | 1`.
    stack: Vec<usize>,
    limit: usize,
    /// An object was marked but did not fit the stack.
    overflowed: bool,
    checked: bool,
    /// Only look whether all that is shown is marked.
    verifying: bool,
    unmarked: *mut Header,
    /// Only note what is shown. Then `size` is 0, so that everything counts as outside.
    listing: bool,
    listed: Vec<*mut Header>,
    collection: Collection,
}

impl Tracer {
    pub(crate) fn new(heap: &Heap, collection: Collection, stack: Vec<usize>) -> Tracer {
        let range = &heap.blocks.range;
        Tracer {
            heap,
            base: range.base,
            size: range.committed.get() * crate::sizes::BLOCK,
            marks: range.marks_start(),
            allocs: range.allocs_start(),
            tags: range.tags_start(),
            stack,
            limit: heap.mark_stack_limit.get(),
            overflowed: false,
            checked: cfg!(debug_assertions) || heap.config.poison,
            verifying: false,
            unmarked: std::ptr::null_mut(),
            listing: false,
            listed: Vec::new(),
            collection,
        }
    }

    /// Gives the memory of the mark stack back.
    pub(crate) fn into_stack(self) -> Vec<usize> {
        self.stack
    }

    /// Which collection it is for.
    pub fn collection(&self) -> Collection {
        self.collection
    }

    /// Traces an old object again, into which something was stored.
    pub(crate) fn again(&mut self, object: *mut Header) {
        self.push(object as usize);
    }

    fn heap(&self) -> &Heap {
        // SAFETY: tracers live within `Heap::collect`, which borrows the heap.
        unsafe { &*self.heap }
    }

    /// Shows a value: an object that it points to is kept.
    #[inline(always)]
    pub fn value(&mut self, value: Value) {
        if value.is_object() {
            self.object(value.object_unchecked());
        }
    }

    /// The same, where it is about keeping something alive that was found dead.
    pub fn mark(&mut self, value: Value) {
        self.value(value);
    }

    /// Shows an object, or null.
    #[inline(always)]
    pub fn object(&mut self, object: *mut Header) {
        let offset = (object as usize).wrapping_sub(self.base);
        // Null is outside the range too.
        if offset >= self.size {
            if self.listing && !object.is_null() {
                self.listed.push(object);
            }
            return;
        }
        let index = granule(offset);
        // SAFETY: the bitmap is usable for all that lies below `size`.
        unsafe {
            let word = self.marks.add(index / 64);
            let bit = 1 << (index % 64);
            if *word & bit != 0 {
                return;
            }
            if self.verifying {
                self.unmarked = object;
                return;
            }
            if self.checked && *self.allocs.add(index / 64) & bit == 0 {
                panic!("{object:p} is not an object, or one that was freed");
            }
            *word |= bit;
            // Leaf blocks, large or not, have tags of their own.
            if *self.tags.add(offset >> crate::sizes::BLOCK_SHIFT) & 0xc0 == SPACE_LEAF + 64 {
                return;
            }
        }
        self.push(object as usize);
    }

    #[inline(always)]
    fn push(&mut self, object: usize) {
        if self.stack.len() < self.stack.capacity() {
            self.stack.push(object);
        } else {
            self.push_growing(object);
        }
    }

    #[cold]
    #[inline(never)]
    fn push_growing(&mut self, object: usize) {
        if self.grow(1) {
            self.stack.push(object);
        } else {
            self.overflowed = true;
        }
    }

    fn grow(&mut self, more: usize) -> bool {
        self.stack.len() + more <= self.limit && self.stack.try_reserve(more).is_ok()
    }

    /// Shows `length` values that lie in an object one after another. They must stay as they are until the tracer is
    /// drained.
    ///
    /// SAFETY: they must be values.
    #[inline]
    pub unsafe fn slice(&mut self, values: *const Value, length: usize) {
        if length > PIECE && !self.verifying && self.grow(2) {
            self.stack.push(values as usize);
            self.stack.push(length << 1 | 1);
        } else {
            for index in 0..length {
                self.value(*values.add(index));
            }
        }
    }

    /// Shows every object that one of the words may point to: to its start, into it, or right behind it. The
    /// addresses must be readable.
    #[allow(clippy::not_unsafe_ptr_arg_deref)]
    pub fn conservative(&mut self, words: std::ops::Range<*const usize>) {
        let mut address = (words.start as usize).next_multiple_of(8);
        while address + 8 <= words.end as usize {
            // SAFETY: the caller promises that it is readable. Volatile, as it may be any part of a stack frame.
            let word = unsafe { (address as *const usize).read_volatile() };
            self.conservative_word(word);
            address += 8;
        }
    }

    /// The same for one word.
    pub fn conservative_word(&mut self, word: usize) {
        if word.wrapping_sub(self.base) > self.size && !self.listing {
            return;
        }
        let around = self.heap().object_around(word);
        let before = self.heap().object_ending_at(word);
        for object in [around, before].into_iter().flatten() {
            self.object(object);
        }
    }

    /// Is the object known to be reachable? After [`Tracer::drain`] that means that it will be kept.
    pub fn is_marked(&self, object: *const Header) -> bool {
        let offset = (object as usize).wrapping_sub(self.base);
        if offset >= self.size {
            return true;
        }
        let index = granule(offset);
        // SAFETY: the bitmap is usable for all that lies below `size`.
        unsafe { *self.marks.add(index / 64) >> (index % 64) & 1 != 0 }
    }

    /// Marks all that can be reached from what was shown.
    pub fn drain(&mut self) {
        self.drain_stack();
        while self.overflowed {
            // Some object was marked and not traced. We do not know which: trace all that are marked.
            self.overflowed = false;
            let heap = self.heap;
            // SAFETY: tracers live within `Heap::collect`, which borrows the heap.
            unsafe { &*heap }.for_each_object(&mut |object| {
                let block = unsafe { &*heap }.blocks.range.block_of(object as usize);
                if self.is_marked(object) && unsafe { &*heap }.blocks.range.tag(block).space() != SPACE_LEAF {
                    // SAFETY: it is an object.
                    unsafe { self.trace(object as usize) };
                    self.drain_stack();
                }
            });
        }
    }

    fn drain_stack(&mut self) {
        // Objects wait here, first in, first out, while they are fetched into the cache.
        let mut waiting = [0; AHEAD];
        let (mut first, mut count) = (0, 0);
        loop {
            while count < AHEAD {
                let Some(word) = self.stack.pop() else {
                    break;
                };
                if word & 1 == 0 {
                    prefetch(word);
                    waiting[(first + count) % AHEAD] = word;
                    count += 1;
                } else if let Some(values) = self.stack.pop() {
                    // SAFETY: this is what `slice` pushed.
                    unsafe { self.piece(values as *const Value, word >> 1) };
                }
            }
            if count == 0 {
                return;
            }
            let object = waiting[first];
            first = (first + 1) % AHEAD;
            count -= 1;
            // SAFETY: only objects were pushed.
            unsafe { self.trace(object) };
        }
    }

    unsafe fn piece(&mut self, values: *const Value, length: usize) {
        let now = length.min(PIECE);
        if length > now {
            // There is room for the two words that were taken off before this.
            self.stack.push(values.add(now) as usize);
            self.stack.push((length - now) << 1 | 1);
        }
        for index in 0..now {
            self.value(*values.add(index));
        }
    }

    /// SAFETY: `object` must be the address of an object.
    #[inline(always)]
    unsafe fn trace(&mut self, object: usize) {
        let object = object as *mut Header;
        (*object).gc.set((*object).gc.get() | UNLOGGED);
        let trace = (*self.heap).kinds[(*object).kind as usize].get().trace;
        trace(object, self);
    }

    /// Adds what an object holds to `found`: buffers that are objects of their own among it, some objects twice.
    ///
    /// SAFETY: `object` must be an object.
    pub unsafe fn list_held(heap: &Heap, object: *mut Header, found: &mut Vec<*mut Header>) {
        let mut tracer = Tracer::new(heap, Collection::Full, Vec::new());
        (tracer.size, tracer.verifying, tracer.listing) = (0, true, true);
        tracer.listed = std::mem::take(found);
        let trace = heap.kinds[(*object).kind as usize].get().trace;
        trace(object, &mut tracer);
        *found = tracer.listed;
    }

    /// An object that is shown by `object` and is not marked.
    ///
    /// SAFETY: `object` must be an object.
    pub(crate) unsafe fn find_unmarked(&mut self, object: *mut Header) -> Option<*mut Header> {
        self.verifying = true;
        self.unmarked = std::ptr::null_mut();
        let trace = (*self.heap).kinds[(*object).kind as usize].get().trace;
        trace(object, self);
        self.verifying = false;
        if self.unmarked.is_null() { None } else { Some(self.unmarked) }
    }
}

#[inline(always)]
fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch does nothing that the program could see, whatever the address.
    unsafe {
        std::arch::x86_64::_mm_prefetch(address as *const i8, std::arch::x86_64::_MM_HINT_T0);
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, readonly, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}
