//! Tests that need the inside of the heap, or are about one thing each.

use crate::arrays::ValueArray;
use crate::collect::{CollectHooks, CollectStats, Collection, KEPT};
use crate::header::Header;
use crate::heap::{Heap, HeapConfig, KindInfo, StressMode};
use crate::root_vec::RootVec;
use crate::sizes::{BLOCK, MAX_SMALL};
use crate::stack::{scrub_stack, with_spilled_registers};
use crate::tracer::{Tracer, trace_nothing};
use crate::value::Value;
use std::cell::Cell;
use std::hint::black_box;

const LEAF: u8 = 2;
const DROPPED: u8 = 3;

thread_local! {
    static DROPS: Cell<usize> = const { Cell::new(0) };
}

/// SAFETY: fits any object.
unsafe fn count_drop(_: *mut Header) {
    DROPS.set(DROPS.get() + 1);
}

fn heap_with(config: HeapConfig) -> Heap {
    let heap = Heap::new(config);
    heap.register_kind(LEAF, KindInfo { name: "leaf", trace: trace_nothing, drop: None });
    heap.register_kind(DROPPED, KindInfo { name: "dropped", trace: trace_nothing, drop: Some(count_drop) });
    heap
}

fn new_heap() -> Heap {
    heap_with(HeapConfig { poison: true, ..HeapConfig::default() })
}

#[derive(Default)]
struct Roots(Vec<*mut Header>);

impl CollectHooks for Roots {
    fn roots(&mut self, tracer: &mut Tracer) {
        for &object in &self.0 {
            tracer.object(object);
        }
    }
}

fn collect(heap: &Heap, roots: &[*mut Header]) -> CollectStats {
    // SAFETY: the tests use no other objects afterwards.
    unsafe { heap.collect(Collection::Full, &mut Roots(roots.to_vec())) }
}

fn array(heap: &Heap, capacity: usize) -> *mut ValueArray {
    let array = heap.alloc_values(capacity);
    assert!(!array.is_null());
    array
}

#[test]
fn objects_are_aligned_zero_and_apart() {
    let heap = new_heap();
    let mut ends = Vec::new();
    for size in (8..20_000).step_by(13) {
        let object = heap.alloc(size, LEAF, 7);
        let address = object as usize;
        assert!(address.is_multiple_of(16) && heap.size_of(object) >= size);
        // SAFETY: the object has so many bytes.
        unsafe {
            assert_eq!(((*object).shape.get(), (*object).kind, (*object).gc.get()), (7, LEAF, 0));
            let body = std::slice::from_raw_parts_mut((address + 8) as *mut u8, size - 8);
            assert!(body.iter().all(|&byte| byte == 0));
            body.fill(0xaa);
        }
        ends.push((address, address + size));
    }
    ends.sort_unstable();
    assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0));
}

#[test]
fn addresses_lead_to_their_object() {
    let heap = new_heap();
    for size in [16, 24, 48, 500, 5000, MAX_SMALL, MAX_SMALL + 1, 3 * BLOCK, 3 * BLOCK + 1] {
        let object = heap.alloc(size, LEAF, 0);
        let start = object as usize;
        let end = start + heap.size_of(object);
        for address in [start, start + 1, start + 3, start + size / 2, start + size, end - 1, end] {
            assert_eq!(heap.object_at(address), Some(object), "{size}: {}", address - start);
        }
        assert_eq!(heap.object_at(start.wrapping_sub(1)), None);
        let next = heap.alloc(size, LEAF, 0);
        if next as usize == end {
            assert_eq!(heap.object_at(end), Some(next));
        }
        collect(&heap, &[]);
        assert_eq!(heap.object_at(start), None);
    }
    for address in [0, 3, usize::MAX, heap.blocks.range.base - 1] {
        assert_eq!(heap.object_at(address), None);
    }
    let local = 0;
    assert_eq!(heap.object_at(&raw const local as usize), None);
}

#[test]
fn a_pointer_behind_an_object_keeps_both_neighbours() {
    let heap = new_heap();
    let objects: Vec<_> = (0..3).map(|_| heap.alloc(64, LEAF, 0)).collect();
    struct Word(usize);
    impl CollectHooks for Word {
        fn roots(&mut self, tracer: &mut Tracer) {
            let words = [self.0, 1, usize::MAX];
            let words = words.as_ptr_range();
            tracer.conservative(words);
        }
    }
    // SAFETY: nothing is used that is not shown.
    let live = |word| unsafe { heap.collect(Collection::Full, &mut Word(word)) }.live_objects;
    assert_eq!(live(objects[2] as usize), 2);
    assert_eq!(live(objects[2] as usize + 3), 1);
    assert_eq!(live(objects[2] as usize + 64), 1);
    assert_eq!(live(objects[2] as usize + 65), 0);
}

#[test]
fn drop_functions_run_once() {
    DROPS.set(0);
    let heap = new_heap();
    let kept = heap.alloc(40, DROPPED, 0);
    let large = heap.alloc(100_000, DROPPED, 0);
    for _ in 0..1000 {
        heap.alloc(40, DROPPED, 0);
    }
    collect(&heap, &[kept, large]);
    assert_eq!(DROPS.get(), 1000);
    collect(&heap, &[kept]);
    assert_eq!(DROPS.get(), 1001);
    heap.alloc(40, DROPPED, 0);
    drop(heap);
    assert_eq!(DROPS.get(), 1003);
}

#[test]
fn a_drop_function_cannot_allocate() {
    thread_local!(static HEAP: Cell<*const Heap> = const { Cell::new(std::ptr::null()) });
    /// SAFETY: HEAP must be set.
    unsafe fn allocate(_: *mut Header) {
        assert!((*HEAP.get()).alloc(16, LEAF, 0).is_null());
        DROPS.set(DROPS.get() + 1);
    }
    DROPS.set(0);
    let heap = new_heap();
    heap.register_kind(4, KindInfo { name: "allocates", trace: trace_nothing, drop: Some(allocate) });
    HEAP.set(&heap);
    heap.alloc(16, 4, 0);
    collect(&heap, &[]);
    assert_eq!(DROPS.get(), 1);
    assert!(!heap.alloc(16, LEAF, 0).is_null());
}

#[test]
fn arrays_keep_what_they_hold() {
    let heap = new_heap();
    let outer = array(&heap, 5000);
    // SAFETY: the indices are below the capacity.
    unsafe {
        assert!(ValueArray::as_slice(outer).iter().all(|value| value.is_unbound()));
        for index in 0..5000 {
            let inner = array(&heap, 1);
            ValueArray::set(inner, 0, Value::object(heap.alloc(24, LEAF, index as u32)));
            ValueArray::set(outer, index, Value::object(inner as *mut Header));
        }
        assert_eq!(collect(&heap, &[outer as *mut Header]).live_objects, 10_001);
        for index in 0..5000 {
            let inner = ValueArray::get(outer, index).object_unchecked() as *mut ValueArray;
            let leaf = ValueArray::get(inner, 0).object_unchecked();
            assert_eq!((*leaf).shape.get(), index as u32);
        }
        ValueArray::as_mut_slice(outer)[..4000].fill(Value::NONE);
    }
    assert_eq!(collect(&heap, &[outer as *mut Header]).live_objects, 2001);
}

#[test]
fn a_small_mark_stack_is_enough() {
    let heap = new_heap();
    for limit in [0, 1, 3, 10] {
        heap.mark_stack_limit.set(limit);
        heap.mark_stack.set(Vec::new());
        let root = array(&heap, 1000);
        let mut count = 1;
        for index in 0..1000 {
            let mut chain = Value::NONE;
            for _ in 0..index % 7 {
                let link = array(&heap, 3);
                // SAFETY: the index is below the capacity.
                unsafe {
                    ValueArray::set(link, 0, chain);
                    ValueArray::set(link, 1, chain);
                    ValueArray::set(link, 2, Value::object(heap.alloc(16, LEAF, 0)));
                }
                chain = Value::object(link as *mut Header);
                count += 2;
            }
            // SAFETY: the index is below the capacity.
            unsafe { ValueArray::set(root, index, chain) };
        }
        assert_eq!(collect(&heap, &[root as *mut Header]).live_objects, count);
    }
}

#[test]
fn cycles_die_and_long_chains_do_not_recurse() {
    let heap = new_heap();
    let mut chain = array(&heap, 1);
    let first = chain;
    for _ in 0..300_000 {
        let link = array(&heap, 1);
        // SAFETY: the index is below the capacity.
        unsafe { ValueArray::set(link, 0, Value::object(chain as *mut Header)) };
        chain = link;
    }
    // SAFETY: the index is below the capacity.
    unsafe { ValueArray::set(first, 0, Value::object(chain as *mut Header)) };
    heap.barrier(first as *mut Header, Value::object(chain as *mut Header));
    assert_eq!(collect(&heap, &[chain as *mut Header]).live_objects, 300_001);
    assert_eq!(collect(&heap, &[]).live_objects, 0);
}

#[test]
fn hooks_see_what_dies_and_may_keep_it() {
    struct Weak {
        object: *mut Header,
        keep: bool,
        dead: bool,
    }
    impl CollectHooks for Weak {
        fn roots(&mut self, _: &mut Tracer) {}
        fn weak(&mut self, tracer: &mut Tracer) {
            self.dead = !tracer.is_marked(self.object);
            if self.keep {
                tracer.mark(Value::object(self.object));
                tracer.drain();
                assert!(tracer.is_marked(self.object));
            }
        }
    }
    let heap = new_heap();
    let holder = array(&heap, 1);
    // SAFETY: the index is below the capacity.
    unsafe { ValueArray::set(holder, 0, Value::object(heap.alloc(16, LEAF, 5))) };
    let mut hooks = Weak { object: holder as *mut Header, keep: true, dead: false };
    // SAFETY: nothing is used that is not kept.
    unsafe {
        assert_eq!(heap.collect(Collection::Full, &mut hooks).live_objects, 2);
        assert!(hooks.dead);
        assert_eq!((*ValueArray::get(holder, 0).object_unchecked()).shape.get(), 5);
        hooks.keep = false;
        assert_eq!(heap.collect(Collection::Full, &mut hooks).live_objects, 0);
    }
}

#[test]
fn hooks_may_allocate() {
    struct Allocate<'h>(&'h Heap, Vec<*mut Header>);
    impl CollectHooks for Allocate<'_> {
        fn roots(&mut self, _: &mut Tracer) {}
        fn weak(&mut self, _: &mut Tracer) {
            for index in 0..100 {
                self.1.push(self.0.alloc(32 + index % 3 * 30_000, LEAF, index as u32));
            }
        }
    }
    let heap = new_heap();
    for _ in 0..100 {
        heap.alloc(32, LEAF, 0);
    }
    let mut hooks = Allocate(&heap, Vec::new());
    // SAFETY: only the objects of the hooks are used.
    let stats = unsafe { heap.collect(Collection::Full, &mut hooks) };
    assert_eq!((stats.live_objects, stats.freed_objects), (100, 100));
    for (index, &object) in hooks.1.iter().enumerate() {
        // SAFETY: the object was kept.
        assert_eq!(unsafe { (*object).shape.get() }, index as u32);
        assert_eq!(heap.object_at(object as usize), Some(object));
    }
    assert_eq!(collect(&heap, &hooks.1[..10]).live_objects, 10);
}

#[test]
fn the_memory_limit_holds() {
    let heap = heap_with(HeapConfig { memory_limit: Some(4 << 20), ..HeapConfig::default() });
    assert!(heap.alloc(5 << 20, LEAF, 0).is_null());
    assert!(heap.should_collect());
    collect(&heap, &[]);
    assert!(!heap.should_collect());
    let mut count = 0;
    while !heap.alloc(1000, LEAF, 0).is_null() {
        count += 1;
    }
    assert!(heap.should_collect() && count > 3800 && count < 4200, "{count}");
    collect(&heap, &[]);
    assert!(!heap.alloc(3 << 20, LEAF, 0).is_null());
    heap.charge(2 << 20);
    assert!(heap.alloc(100_000, LEAF, 0).is_null());
    heap.discharge(2 << 20);
    assert!(!heap.alloc(100_000, LEAF, 0).is_null());
}

#[test]
fn sizes_that_no_machine_has_are_refused() {
    let heap = new_heap();
    for size in [usize::MAX, usize::MAX - 14, isize::MAX as usize, 1 << 50] {
        assert!(heap.alloc(size, LEAF, 0).is_null());
        assert!(heap.alloc_values(size).is_null());
        assert!(heap.alloc_raw(size).is_null());
        assert!(!heap.can_allocate(size));
    }
    assert!(RootVec::with_capacity(&heap, usize::MAX).is_err());
    assert!(heap.can_allocate(100 << 20) && heap.stats().used_bytes == 0);
}

#[test]
fn collections_are_asked_for_by_what_is_allocated_and_charged() {
    let heap = heap_with(HeapConfig { minor_threshold: 1 << 20, ..HeapConfig::default() });
    let kept: Vec<_> = (0..200).map(|_| heap.alloc(20_000, LEAF, 0)).collect();
    assert!(heap.should_collect());
    collect(&heap, &kept);
    let live = heap.stats().live_bytes;
    let mut count = 0;
    while !heap.should_collect() {
        heap.alloc(1024, LEAF, 0);
        count += 1;
    }
    assert!((900..1200).contains(&count), "{count}");
    assert!(heap.due() == Collection::Minor && heap.stats().live_bytes == live);
    collect(&heap, &kept);
    heap.charge(10 << 20);
    assert!(heap.should_collect() && heap.due() == Collection::Full);
    let never = heap_with(HeapConfig { stress: StressMode::Never, ..HeapConfig::default() });
    never.charge(usize::MAX);
    assert!(!never.should_collect());
}

#[test]
fn memory_is_given_back_after_a_peak() {
    let heap = heap_with(HeapConfig { minor_threshold: 1 << 20, ..HeapConfig::default() });
    for _ in 0..1000 {
        heap.alloc(64 << 10, LEAF, 0);
    }
    let dirty = || (0..heap.blocks.range.committed.get()).filter(|&block| heap.blocks.range.is_dirty(block)).count();
    assert!(dirty() >= 2000);
    collect(&heap, &[]);
    assert_eq!(heap.stats().used_bytes, 0);
    assert!(dirty() <= 1 + (KEPT + (1 << 20)) / BLOCK);
    // What was given back is zero when it is used again.
    let object = heap.alloc(60 << 20, LEAF, 0);
    // SAFETY: the object has so many bytes.
    let body = unsafe { std::slice::from_raw_parts((object as usize + 8) as *const u64, (60 << 17) - 1) };
    assert!(body.iter().all(|&word| word == 0));
}

#[test]
#[should_panic(expected = "a store without barrier: values")]
fn a_forgotten_barrier_is_found() {
    let heap = heap_with(HeapConfig { stress: StressMode::EverySafepoint, ..HeapConfig::default() });
    let old = array(&heap, 1);
    collect(&heap, &[old as *mut Header]);
    // SAFETY: the index is below the capacity.
    unsafe { ValueArray::set(old, 0, Value::object(heap.alloc(16, LEAF, 0))) };
    collect(&heap, &[old as *mut Header]);
}

#[test]
#[should_panic(expected = "was written to")]
fn a_write_to_freed_memory_is_found() {
    let heap = new_heap();
    let kept = heap.alloc(16, LEAF, 0);
    let freed = heap.alloc(16, LEAF, 0);
    collect(&heap, &[kept]);
    // SAFETY: not sound for an object, but the memory is still mapped.
    unsafe { (*freed).aux.set(1) };
    heap.alloc(16, LEAF, 0);
}

#[inline(never)]
fn on_the_stack(heap: &Heap, base: *const usize) -> usize {
    struct Stack(*const usize, *const usize);
    impl CollectHooks for Stack {
        fn roots(&mut self, tracer: &mut Tracer) {
            tracer.conservative(self.0..self.1);
        }
    }
    // SAFETY: the objects used are on the native stack.
    with_spilled_registers(|top| unsafe { heap.collect(Collection::Full, &mut Stack(top, base)) }.live_objects)
}

#[test]
fn native_stacks_are_roots() {
    #[inline(never)]
    fn leave_garbage(heap: &Heap) {
        let objects: [_; 100] = std::array::from_fn(|_| Value::object(heap.alloc(32, LEAF, 0)));
        black_box(objects);
    }
    let heap = new_heap();
    let base = [0usize; 4];
    leave_garbage(&heap);
    scrub_stack(16 << 10);
    let mut vec = RootVec::new();
    for index in 0..1000 {
        vec.push(&heap, Value::object(heap.alloc(32, LEAF, index))).unwrap();
    }
    let single = heap.alloc(48, LEAF, 99);
    let live = on_the_stack(&heap, base.as_ptr());
    assert!((1002..1020).contains(&live), "{live}");
    for index in (0..1000).rev() {
        assert_eq!(vec.len(), index + 1);
        // SAFETY: the object was kept.
        assert_eq!(unsafe { (*vec.pop().unwrap().object_unchecked()).shape.get() }, index as u32);
    }
    // SAFETY: the object was kept.
    assert_eq!(unsafe { (*single).shape.get() }, 99);
    assert!(vec.pop().is_none());
    black_box(base);
}

#[test]
fn root_vecs_are_like_vecs() {
    let heap = new_heap();
    let mut vec = RootVec::with_capacity(&heap, 3).unwrap();
    vec.extend(&heap, (0..100).map(Value::small)).unwrap();
    vec.as_mut_slice().reverse();
    assert_eq!((vec.len(), vec[0], vec.get(99), vec.get(100)), (100, Value::small(99), Some(Value::small(0)), None));
    vec.set(&heap, 1, Value::NONE);
    vec.set(&heap, 1000, Value::NONE);
    vec.truncate(2);
    assert_eq!(vec.as_slice(), [Value::small(99), Value::NONE]);
    assert!(RootVec::new().is_empty() && RootVec::default().as_slice().is_empty());
}
