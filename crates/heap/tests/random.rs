//! Random changes to a graph of objects, and a model of it that says what must be alive.

use heap::{CollectHooks, Collection, Header, Heap, HeapConfig, KindInfo, StressMode, Tracer, Value, trace_nothing};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const NODE: u8 = 2;
const LEAF: u8 = 3;
const DROPPED: u8 = 4;

/// Followed by `aux` values, and bytes that depend on the shape.
#[repr(C)]
struct Node {
    header: Header,
    length: usize,
}

unsafe fn slots(object: *mut Header) -> *mut Value {
    (object as *mut Node).add(1) as *mut Value
}

/// SAFETY: for objects that start with a Node.
unsafe fn trace_node(object: *mut Header, tracer: &mut Tracer) {
    let count = (*object).aux.get() as usize;
    if count.is_multiple_of(2) {
        tracer.slice(slots(object), count);
    } else {
        for index in 0..count {
            // As an object pointer, where it is one.
            match (*slots(object).add(index)).as_object() {
                Some(object) => tracer.object(object),
                None => tracer.object(std::ptr::null_mut()),
            }
        }
    }
}

thread_local! {
    static DROPPED_IDS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// SAFETY: for objects.
unsafe fn drop_node(object: *mut Header) {
    DROPPED_IDS.with_borrow_mut(|ids| ids.push((*object).shape.get()));
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

/// What an object ought to be.
struct Model {
    object: *mut Header,
    kind: u8,
    bytes: usize,
    slots: Vec<Option<u32>>,
}

struct World {
    heap: Heap,
    random: Random,
    objects: BTreeMap<u32, Model>,
    roots: Vec<Option<u32>>,
    next: u32,
    /// Objects that the weak hook keeps once, though nothing reaches them.
    to_resurrect: BTreeSet<u32>,
    /// Objects that survived a collection.
    old: BTreeSet<u32>,
}

struct Hooks {
    roots: Vec<*mut Header>,
    resurrect: Vec<*mut Header>,
    /// For each object whether it must be marked when the hooks are called.
    reachable: Vec<(*mut Header, bool)>,
}

impl CollectHooks for Hooks {
    fn roots(&mut self, tracer: &mut Tracer) {
        for &root in &self.roots {
            tracer.value(Value::object(root));
        }
    }

    fn weak(&mut self, tracer: &mut Tracer) {
        for &(object, reachable) in &self.reachable {
            assert_eq!(tracer.is_marked(object), reachable);
        }
        for &object in &self.resurrect {
            tracer.mark(Value::object(object));
            tracer.drain();
        }
    }
}

impl World {
    fn new(config: HeapConfig, seed: u64) -> World {
        let heap = Heap::new(config);
        heap.register_kind(NODE, KindInfo { name: "node", trace: trace_node, drop: None });
        heap.register_kind(LEAF, KindInfo { name: "leaf", trace: trace_nothing, drop: None });
        heap.register_kind(DROPPED, KindInfo { name: "dropped", trace: trace_node, drop: Some(drop_node) });
        World {
            heap,
            random: Random(seed),
            objects: BTreeMap::new(),
            roots: vec![None; 40],
            next: 1,
            to_resurrect: BTreeSet::new(),
            old: BTreeSet::new(),
        }
    }

    fn any(&mut self) -> Option<u32> {
        let id = self.random.below(self.next as usize) as u32;
        self.objects.range(id..).next().map(|(&id, _)| id)
    }

    fn allocate(&mut self) {
        let kind = [NODE, NODE, NODE, LEAF, LEAF, DROPPED][self.random.below(6)];
        let count = match self.random.below(40) {
            _ if kind == LEAF => 0,
            0 => self.random.below(5000),
            1..5 => self.random.below(100),
            _ => self.random.below(6),
        };
        let bytes = match self.random.below(200) {
            0 => self.random.below(200_000),
            1..10 => self.random.below(5000),
            _ => self.random.below(50),
        };
        let id = self.next;
        self.next += 1;
        let object = self.heap.alloc(size_of::<Node>() + count * 8 + bytes, kind, id);
        assert!(!object.is_null());
        // SAFETY: the object is new and has the size.
        unsafe {
            (*object).aux.set(count as u16);
            (*(object as *mut Node)).length = bytes;
            let tail = slots(object).add(count) as *mut u8;
            for index in 0..bytes {
                assert_eq!(*tail.add(index), 0);
            }
            tail.write_bytes(id as u8, bytes);
        }
        self.objects.insert(id, Model { object, kind, bytes, slots: vec![None; count] });
        let root = self.random.below(self.roots.len());
        if self.random.below(4) != 0 {
            self.roots[root] = Some(id);
        }
        if self.random.below(100) == 0 {
            self.to_resurrect.insert(id);
        }
    }

    fn store(&mut self) {
        let (Some(from), Some(to)) = (self.any(), self.any()) else {
            return;
        };
        let to = if self.random.below(5) == 0 { None } else { Some(to) };
        let value = to.map_or(Value::NONE, |to| Value::object(self.objects[&to].object));
        let Some(model) = self.objects.get_mut(&from) else {
            return;
        };
        if !model.slots.is_empty() {
            let index = self.random.below(model.slots.len());
            model.slots[index] = to;
            // SAFETY: the object has so many slots.
            unsafe { *slots(model.object).add(index) = value };
            self.heap.barrier(model.object, value);
        }
    }

    fn reach(&self, starts: impl Iterator<Item = u32>, reached: &mut BTreeSet<u32>) {
        let mut waiting: Vec<u32> = starts.collect();
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                waiting.extend(self.objects[&id].slots.iter().flatten());
            }
        }
    }

    fn collect(&mut self, collection: Collection) {
        let mut reached = BTreeSet::new();
        self.reach(self.roots.iter().copied().flatten(), &mut reached);
        if collection == Collection::Minor {
            // What survived a collection is kept, reachable or not.
            self.reach(self.old.iter().copied(), &mut reached);
        }
        let resurrect: Vec<u32> = self.to_resurrect.iter().copied().filter(|id| !reached.contains(id)).collect();
        let mut hooks = Hooks {
            roots: self.roots.iter().flatten().map(|id| self.objects[id].object).collect(),
            resurrect: resurrect.iter().map(|id| self.objects[id].object).collect(),
            reachable: self.objects.iter().map(|(id, model)| (model.object, reached.contains(id))).collect(),
        };
        self.to_resurrect.retain(|id| reached.contains(id));
        self.reach(resurrect.into_iter(), &mut reached);
        // SAFETY: what the model does not reach is not used any more.
        let stats = unsafe { self.heap.collect(collection, &mut hooks) };
        assert_eq!(stats.live_objects, reached.len());
        assert_eq!(stats.freed_objects, self.objects.len() - reached.len());
        let dead = |id: &u32, model: &Model| model.kind == DROPPED && !reached.contains(id);
        let expected: Vec<u32> = self.objects.iter().filter(|(id, model)| dead(id, model)).map(|(&id, _)| id).collect();
        let mut dropped = DROPPED_IDS.take();
        dropped.sort_unstable();
        assert_eq!(dropped, expected);
        self.objects.retain(|id, _| reached.contains(id));
        self.old = reached;
        self.check();
    }

    fn check(&mut self) {
        let mut seen = 0;
        self.heap.for_each_object(&mut |object| {
            // SAFETY: it is an object.
            let id = unsafe { (*object).shape.get() };
            assert_eq!(self.objects[&id].object, object);
            seen += 1;
        });
        assert_eq!(seen, self.objects.len());
        for (&id, model) in &self.objects {
            let object = model.object;
            // SAFETY: the model says that it is alive.
            unsafe {
                assert_eq!(((*object).shape.get(), (*object).kind), (id, model.kind));
                assert_eq!((*object).aux.get() as usize, model.slots.len());
                for (index, slot) in model.slots.iter().enumerate() {
                    let value = *slots(object).add(index);
                    assert_eq!(value.as_object(), slot.map(|id| self.objects[&id].object));
                }
                let tail = slots(object).add(model.slots.len()) as *const u8;
                for index in 0..model.bytes {
                    assert_eq!(*tail.add(index), id as u8);
                }
            }
            let size = self.heap.size_of(object);
            for offset in [0, 3, size / 2, size - 1] {
                assert_eq!(self.heap.object_at(object as usize + offset), Some(object));
            }
            assert!(self.heap.object_at(object as usize + size).is_some());
        }
    }

    fn run(&mut self, steps: usize, safepoint: usize) {
        for _ in 0..steps {
            match self.random.below(20) {
                0..8 => self.allocate(),
                8..18 => self.store(),
                18 => {
                    let root = self.random.below(self.roots.len());
                    self.roots[root] = None;
                }
                _ => {
                    let root = self.random.below(self.roots.len());
                    self.roots[root] = self.any();
                }
            }
            if self.random.below(safepoint) == 0 && self.heap.should_collect() {
                let collection = if self.random.below(4) == 0 { Collection::Full } else { Collection::Minor };
                self.collect(collection);
            }
            if self.random.below(5000) == 0 {
                // A moment at which nearly everything dies.
                self.roots.fill(None);
            }
        }
        self.collect(Collection::Full);
        let expected = self.objects.values().filter(|model| model.kind == DROPPED).count();
        let unregistered = Heap::new(HeapConfig::default());
        drop(std::mem::replace(&mut self.heap, unregistered));
        assert_eq!(DROPPED_IDS.take().len(), expected);
    }
}

#[test]
fn normal() {
    for seed in 1..6 {
        let config = HeapConfig { minor_threshold: 1 << 20, ..HeapConfig::default() };
        World::new(config, seed * 7919).run(40_000, 10);
    }
}

#[test]
fn poisoned() {
    let config = HeapConfig { minor_threshold: 1 << 20, poison: true, ..HeapConfig::default() };
    World::new(config, 77).run(40_000, 10);
}

#[test]
fn at_every_safepoint() {
    for (seed, poison) in [(1, true), (2, true), (3, false)] {
        let config = HeapConfig { stress: StressMode::EverySafepoint, poison, ..HeapConfig::default() };
        World::new(config, seed * 104_729).run(6_000, 10);
    }
}
