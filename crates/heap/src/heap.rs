//! The heap: configuration, kinds, the write barrier, and when to collect.

use crate::arrays;
use crate::blocks::Blocks;
use crate::header::Header;
use crate::sizes::BLOCK;
use crate::tracer::{Tracer, trace_nothing};
use crate::value::Value;
use std::cell::{Cell, RefCell};

/// How many times as much is allocated between collections where programs want few.
const RELUCTANT: usize = 32;

/// As large a share of what is live may be allocated between collections, where that is more than `minor_threshold`.
const NURSERY_SHARE: usize = 32;

/// How many times `minor_threshold` a heap may grow at least before the next full collection.
const LEAST_GROWTH: usize = 3;

/// Number of kinds that can be registered.
pub const MAX_KINDS: usize = 256;

/// Bit of [`Header::gc`]: the object has survived a collection, and no store into it was noticed since. A store of a
/// pointer has to be noticed, because what it points to may be younger.
pub(crate) const UNLOGGED: u8 = 1;
/// Bit of [`Header::gc`](crate::Header::gc) that is free for the owner of the heap: the object's finaliser was called.
pub const FINALIZED: u8 = 2;

/// Objects that have to be traced.
pub(crate) const SPACE_PLAIN: u8 = 0;
/// Objects whose kind is registered with [`trace_nothing`]: they are marked without being touched.
pub(crate) const SPACE_LEAF: u8 = 1 << 6;
/// Objects whose kind has a `drop` function: their blocks are swept within the collection.
pub(crate) const SPACE_DROP: u8 = 2 << 6;

/// What the heap has to know about the objects of a kind.
#[derive(Clone, Copy)]
pub struct KindInfo {
    /// For messages of the stress modes.
    pub name: &'static str,
    /// Shows every value and every object pointer that the object holds to the tracer, exactly. Must not change the
    /// heap. [`trace_nothing`] for objects that hold none.
    pub trace: unsafe fn(*mut Header, &mut Tracer),
    /// Runs once when the object is swept, and frees what it holds outside the heap. It must not look at other
    /// objects, which may be gone, nor allocate or collect.
    pub drop: Option<unsafe fn(*mut Header)>,
}

/// When to ask for collections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StressMode {
    /// Never, whatever is allocated.
    Never,
    /// When enough was allocated.
    Normal,
    /// At every safepoint. Each collection also verifies that no barrier was forgotten.
    EverySafepoint,
}

/// How a heap behaves.
#[derive(Clone, Debug)]
pub struct HeapConfig {
    /// When to ask for collections.
    pub stress: StressMode,
    /// Fill what is freed with a pattern, and check that it is still there when the memory is used again.
    pub poison: bool,
    /// Most bytes that blocks in use and charged memory may take together.
    pub memory_limit: Option<usize>,
    /// A collection is asked for when this many bytes were allocated since the last one.
    pub minor_threshold: usize,
    /// The next collection is a full one when memory has grown to this many percent of what was live after the last
    /// full one, but not before it has grown by some times `minor_threshold`.
    pub full_percent: usize,
}

impl Default for HeapConfig {
    fn default() -> HeapConfig {
        HeapConfig {
            stress: StressMode::Normal,
            poison: false,
            memory_limit: None,
            minor_threshold: 1 << 20,
            full_percent: 180,
        }
    }
}

/// Figures about a heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeapStats {
    /// Bytes of objects that were live after the last collection.
    pub live_bytes: usize,
    /// Number of objects that were live after the last collection.
    pub live_objects: usize,
    /// Bytes allocated or charged since the last collection.
    pub allocated_since: usize,
    /// Bytes charged and not discharged.
    pub external_bytes: usize,
    /// Bytes of the blocks that are in use.
    pub used_bytes: usize,
    /// Number of collections.
    pub collections: usize,
}

/// Where in a collection the heap is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// In none.
    Idle,
    /// Marking, or in the hooks. Objects that are allocated now are kept.
    Marking,
    /// Freeing what is not marked. Nothing can be allocated.
    Sweeping,
}

/// A block in which something was allocated since the last collection.
pub(crate) struct Touched {
    pub(crate) block: u32,
    /// Number of objects that were in it before.
    pub(crate) old_objects: u32,
}

/// Where objects of a lane are allocated next: a free run, all zero, whose cells already have allocation bits.
#[derive(Default)]
pub(crate) struct Bump {
    pub(crate) cursor: Cell<usize>,
    /// End of the run; the search for the next run in the same block goes on here. 0 without a block.
    pub(crate) limit: Cell<usize>,
    /// Is everything behind the run in the block zero, since it was never used?
    pub(crate) fresh: Cell<bool>,
}

/// A heap. Each interpreter has one, which is used by one thread at a time.
pub struct Heap {
    /// Indexed by lane: `space | class`.
    pub(crate) bumps: [Bump; 256],
    /// The space of each kind, shifted left by 6.
    pub(crate) space_of: [Cell<u8>; MAX_KINDS],
    requested: Cell<bool>,
    pub(crate) phase: Cell<Phase>,
    pub(crate) blocks: Blocks,
    /// Blocks of each lane that have free cells, linked. 0 is none, n is block n - 1.
    pub(crate) partial: [Cell<u32>; 256],
    pub(crate) kinds: Box<[Cell<KindInfo>]>,
    pub(crate) config: HeapConfig,
    /// Containers whose UNLOGGED bit was cleared since the last collection.
    pub(crate) remembered: RefCell<Vec<*mut Header>>,
    pub(crate) live_bytes: Cell<usize>,
    pub(crate) live_objects: Cell<usize>,
    pub(crate) allocated_since: Cell<usize>,
    threshold: Cell<usize>,
    external: Cell<usize>,
    pub(crate) collections: Cell<usize>,
    /// Blocks in which something was allocated since the last collection.
    pub(crate) touched: RefCell<Vec<Touched>>,
    /// Live bytes, charged memory included, beyond which the next collection is a full one.
    pub(crate) full_threshold: Cell<usize>,
    /// Do programs want fewer collections?
    reluctant: Cell<bool>,
    /// Bytes noted since the last collection, and an estimate of those that older objects still hold.
    pub(crate) noted: Cell<usize>,
    pub(crate) noted_old: Cell<usize>,
    /// A container could not be remembered: the next collection must be a full one.
    pub(crate) lost_remembered: Cell<bool>,
    /// Most entries of the mark stack; less than what memory allows only in tests.
    pub(crate) mark_stack_limit: Cell<usize>,
    /// The mark stack's memory, kept between collections.
    pub(crate) mark_stack: Cell<Vec<usize>>,
}

thread_local! {
    /// What the objects were charged for that the running sweep has dropped.
    static SWEPT: Cell<usize> = const { Cell::new(0) };
}

/// For the drop function of a kind, which has no heap at hand: takes back what the object was [charged](Heap::charge) for
/// when the sweep that drops it is done.
pub fn discharge_when_swept(bytes: usize) {
    SWEPT.set(SWEPT.get().saturating_add(bytes));
}

/// SAFETY: fits any object, since it does not touch it.
unsafe fn trace_unregistered(object: *mut Header, _: &mut Tracer) {
    panic!("object {object:p} has a kind that is not registered: freed or overwritten memory");
}

impl Heap {
    /// A heap without objects. The system's refusal to reserve memory shows at the first allocation.
    pub fn new(config: HeapConfig) -> Heap {
        let unregistered = KindInfo { name: "unregistered", trace: trace_unregistered, drop: None };
        let heap = Heap {
            bumps: [const { Bump { cursor: Cell::new(0), limit: Cell::new(0), fresh: Cell::new(false) } }; 256],
            space_of: [const { Cell::new(SPACE_PLAIN) }; MAX_KINDS],
            requested: Cell::new(false),
            phase: Cell::new(Phase::Idle),
            blocks: Blocks::new(),
            partial: [const { Cell::new(0) }; 256],
            kinds: vec![Cell::new(unregistered); MAX_KINDS].into_boxed_slice(),
            config,
            remembered: RefCell::new(Vec::new()),
            live_bytes: Cell::new(0),
            live_objects: Cell::new(0),
            allocated_since: Cell::new(0),
            threshold: Cell::new(usize::MAX),
            external: Cell::new(0),
            collections: Cell::new(0),
            touched: RefCell::new(Vec::new()),
            full_threshold: Cell::new(0),
            reluctant: Cell::new(false),
            noted: Cell::new(0),
            noted_old: Cell::new(0),
            lost_remembered: Cell::new(false),
            mark_stack_limit: Cell::new(usize::MAX),
            mark_stack: Cell::new(Vec::new()),
        };
        arrays::register(&heap);
        heap.set_threshold();
        heap.set_full_threshold();
        heap
    }

    /// How the heap behaves.
    pub fn config(&self) -> &HeapConfig {
        &self.config
    }

    /// Tells the heap about a kind. Once for each kind, before the first object of it.
    pub fn register_kind(&self, kind: u8, info: KindInfo) {
        let space = if info.drop.is_some() {
            SPACE_DROP
        } else if std::ptr::fn_addr_eq(info.trace, trace_nothing as unsafe fn(*mut Header, &mut Tracer)) {
            SPACE_LEAF
        } else {
            SPACE_PLAIN
        };
        self.space_of[kind as usize].set(space);
        self.kinds[kind as usize].set(info);
    }

    /// Must be called at every store of a value into an object, before or after it and before the next safepoint.
    ///
    /// Stores into an object that was allocated since the last safepoint may do without.
    #[inline(always)]
    #[allow(clippy::not_unsafe_ptr_arg_deref)]
    pub fn barrier(&self, container: *const Header, value: Value) {
        // SAFETY: the caller has just stored into the container, so it is an object.
        if value.is_object() && unsafe { (*container).gc.get() } & UNLOGGED != 0 {
            self.remember(container);
        }
    }

    /// The barrier for a store of an object pointer, which may be null.
    #[inline(always)]
    #[allow(clippy::not_unsafe_ptr_arg_deref)]
    pub fn barrier_object(&self, container: *const Header, object: *const Header) {
        // SAFETY: the caller has just stored into the container, so it is an object.
        if !object.is_null() && unsafe { (*container).gc.get() } & UNLOGGED != 0 {
            self.remember(container);
        }
    }

    /// The barrier for a store of several values.
    #[inline(always)]
    #[allow(clippy::not_unsafe_ptr_arg_deref)]
    pub fn barrier_range(&self, container: *const Header, values: &[Value]) {
        // SAFETY: the caller has just stored into the container, so it is an object.
        if !values.is_empty() && unsafe { (*container).gc.get() } & UNLOGGED != 0 {
            self.remember(container);
        }
    }

    /// Remembers a container for the next collection, whatever will be stored into it until then: one barrier before
    /// many stores.
    #[cold]
    #[inline(never)]
    #[allow(clippy::not_unsafe_ptr_arg_deref)]
    pub fn remember(&self, container: *const Header) {
        // SAFETY: the caller stores into the container, so it is an object.
        let gc = unsafe { &(*container).gc };
        if gc.get() & UNLOGGED != 0 {
            gc.set(gc.get() & !UNLOGGED);
            let mut remembered = self.remembered.borrow_mut();
            if remembered.try_reserve(1).is_ok() {
                remembered.push(container as *mut Header);
            } else {
                self.lost_remembered.set(true);
            }
        }
    }

    /// Collections come less often, from the next one on: for programs that switch them off. They cannot do without, since
    /// nothing else frees objects.
    pub fn set_reluctant(&self, reluctant: bool) {
        if self.reluctant.replace(reluctant) != reluctant && self.config.stress == StressMode::Normal {
            let allocated = self.allocated_since.get();
            let requested = self.requested.get();
            self.set_threshold();
            self.allocated_since.set(allocated);
            self.requested.set(requested);
        }
    }

    /// The next collection is asked for when `bytes` have been allocated from now on, or as many as usually if that is
    /// more: for a start, of which nearly all stays. Does nothing where a collection is due already.
    pub fn postpone(&self, bytes: usize) {
        let ordinary = self.config.stress == StressMode::Normal && self.config.memory_limit.is_none();
        if ordinary && !self.requested.get() {
            self.set_threshold();
            self.threshold.set(self.threshold.get().max(bytes));
        }
    }

    /// Should the next safepoint collect?
    #[inline(always)]
    pub fn should_collect(&self) -> bool {
        self.requested.get()
    }

    /// Asks for a collection at the next safepoint.
    pub fn request_collection(&self) {
        self.requested.set(true);
    }

    /// Counts memory or another resource that an object holds outside the heap, so that collections come as often as
    /// its use asks for. To be [discharged](Heap::discharge) when it is given up.
    pub fn charge(&self, bytes: usize) {
        self.external.set(self.external.get().saturating_add(bytes));
        self.count_allocated(bytes);
    }

    /// Counts memory outside the heap that an object frees itself when it is swept: it brings the next collection nearer.
    pub fn note_allocation(&self, bytes: usize) {
        self.noted.set(self.noted.get().saturating_add(bytes));
        self.count_allocated(bytes);
    }

    /// Takes back what objects were charged for that a sweep has dropped.
    pub(crate) fn settle_swept(&self) {
        self.discharge(SWEPT.take());
    }

    /// Takes back what was [charged](Heap::charge).
    pub fn discharge(&self, bytes: usize) {
        self.external.set(self.external.get().saturating_sub(bytes));
    }

    /// Counts allocated bytes, and asks for a collection when they are enough.
    pub(crate) fn count_allocated(&self, bytes: usize) {
        let allocated = self.allocated_since.get().saturating_add(bytes);
        self.allocated_since.set(allocated);
        if allocated > self.threshold.get() {
            self.requested.set(true);
        }
    }

    /// Can an object of so many bytes be had now? To be asked before sizes that programs choose; what is allocated
    /// in between is of no account unless it is as large.
    pub fn can_allocate(&self, bytes: usize) -> bool {
        let count = bytes.div_ceil(BLOCK).saturating_add(1);
        self.may_take(count) && self.blocks.can_take(count)
    }

    /// Do the memory limit and the size of the machine allow for `count` blocks more?
    pub(crate) fn may_take(&self, count: usize) -> bool {
        let most = self.blocks.range.most_blocks;
        if count > most.saturating_sub(self.blocks.in_use()) {
            return false;
        }
        self.config.memory_limit.is_none_or(|limit| self.used_bytes().saturating_add(count * BLOCK) <= limit)
    }

    fn used_bytes(&self) -> usize {
        (self.blocks.in_use() * BLOCK).saturating_add(self.external.get())
    }

    /// Bytes that were live after the last collection, in the heap and outside.
    pub(crate) fn held(&self) -> usize {
        self.live_bytes.get().saturating_add(self.external.get()).saturating_add(self.noted_old.get())
    }

    /// Sets when the next full collection is due, from what is live now.
    pub(crate) fn set_full_threshold(&self) {
        let live = self.held();
        let growth = (live / 100).saturating_mul(self.config.full_percent.saturating_sub(100));
        self.full_threshold.set(live.saturating_add(growth.max(LEAST_GROWTH * self.config.minor_threshold)));
    }

    /// Sets when the next collection is asked for.
    pub(crate) fn set_threshold(&self) {
        // A large container that grows is looked at in every collection. These must be the fewer the larger it is, lest its
        // growth cost the square of its size.
        let mut threshold = self.config.minor_threshold.max(self.live_bytes.get() / NURSERY_SHARE);
        if self.reluctant.get() {
            threshold = threshold.saturating_mul(RELUCTANT);
        }
        if let Some(limit) = self.config.memory_limit {
            // Half of what is left stays for what native code allocates before the next safepoint.
            threshold = threshold.min(limit.saturating_sub(self.used_bytes()) / 2).max(BLOCK);
        }
        self.allocated_since.set(0);
        self.threshold.set(if self.config.stress == StressMode::Never { usize::MAX } else { threshold });
        self.requested.set(self.config.stress == StressMode::EverySafepoint);
    }

    /// Bytes that are expected to be allocated before the next collection.
    pub(crate) fn expected_growth(&self) -> usize {
        self.threshold.get()
    }

    /// Figures about the heap.
    pub fn stats(&self) -> HeapStats {
        HeapStats {
            live_bytes: self.live_bytes.get(),
            live_objects: self.live_objects.get(),
            allocated_since: self.allocated_since.get(),
            external_bytes: self.external.get(),
            used_bytes: self.blocks.in_use() * BLOCK,
            collections: self.collections.get(),
        }
    }

    /// Name of an object's kind.
    ///
    /// SAFETY: it must be an object.
    pub(crate) unsafe fn kind_name(&self, object: *const Header) -> &'static str {
        self.kinds[(*object).kind as usize].get().name
    }
}
