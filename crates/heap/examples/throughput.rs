//! Prints how fast the heap allocates, marks and sweeps. Run with `cargo run --release -p heap --example throughput`.

use heap::{CollectHooks, Header, Heap, HeapConfig, KindInfo, Tracer, Value, ValueArray, trace_nothing};
use std::time::Instant;

const PAIR: u8 = 2;
const LEAF: u8 = 3;

#[repr(C)]
struct Pair {
    header: Header,
    values: [Value; 3],
}

/// SAFETY: for objects of kind PAIR.
unsafe fn trace_pair(object: *mut Header, tracer: &mut Tracer) {
    for value in (*(object as *mut Pair)).values {
        tracer.value(value);
    }
}

struct Roots(Vec<Value>);

impl CollectHooks for Roots {
    fn roots(&mut self, tracer: &mut Tracer) {
        for &value in &self.0 {
            tracer.value(value);
        }
    }
}

fn new_heap() -> Heap {
    let heap = Heap::new(HeapConfig::default());
    heap.register_kind(PAIR, KindInfo { name: "pair", trace: trace_pair, drop: None });
    heap.register_kind(LEAF, KindInfo { name: "leaf", trace: trace_nothing, drop: None });
    heap
}

fn new_pair(heap: &Heap, values: [Value; 3]) -> Value {
    let pair = heap.alloc(size_of::<Pair>(), PAIR, 1) as *mut Pair;
    assert!(!pair.is_null());
    // SAFETY: the object is new and of this type.
    unsafe { (*pair).values = values };
    Value::object(pair as *mut Header)
}

/// Allocates, collects when asked to, keeps every `keep`th object of the last 100,000.
fn churn(name: &str, keep: usize) {
    let heap = new_heap();
    let mut roots = Roots(vec![Value::NONE; 100_000]);
    let count = 100_000_000;
    let mut paused = std::time::Duration::ZERO;
    let start = Instant::now();
    let (mut next, mut slot) = (keep, 0);
    for index in 0..count {
        let value = new_pair(&heap, [Value::NONE; 3]);
        if index == next {
            next += keep;
            roots.0[slot] = value;
            slot = if slot + 1 == roots.0.len() { 0 } else { slot + 1 };
        }
        if heap.should_collect() {
            // SAFETY: the roots are all that is used.
            let stats = unsafe { heap.collect(heap::Collection::Full, &mut roots) };
            paused += stats.mark_time + stats.sweep_time;
        }
    }
    let time = start.elapsed();
    println!(
        "{name}: {:.2} ns an object, of which {:.2} ns in {} collections",
        time.as_secs_f64() * 1e9 / count as f64,
        paused.as_secs_f64() * 1e9 / count as f64,
        heap.stats().collections
    );
}

fn report(name: &str, heap: &Heap, roots: &mut Roots) {
    // SAFETY: the roots are all that is used.
    let stats = unsafe { heap.collect(heap::Collection::Full, roots) };
    println!(
        "{name}: marked {:.0} MB, {:.1} M objects in {:.0} ms ({:.0} MB/s), freed {:.1} M, swept in {:.1} ms",
        stats.live_bytes as f64 / 1e6,
        stats.live_objects as f64 / 1e6,
        stats.mark_time.as_secs_f64() * 1e3,
        stats.live_bytes as f64 / 1e6 / stats.mark_time.as_secs_f64(),
        stats.freed_objects as f64 / 1e6,
        stats.sweep_time.as_secs_f64() * 1e3,
    );
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("").replace('\t', " ")
}

fn big() {
    let heap = new_heap();
    let mut roots = Roots(Vec::new());
    let count = 10_000_000;
    let start = Instant::now();
    let array = heap.alloc_values(count);
    for index in 0..count {
        let leaf = heap.alloc(24, LEAF, 1);
        let value = new_pair(&heap, [Value::NONE, Value::small(index as i64), Value::object(leaf)]);
        // SAFETY: the array has so many values, and is new.
        unsafe { ValueArray::set(array, index, value) };
    }
    println!("10 M pairs and leaves in a list: built in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    roots.0.push(Value::object(array as *mut Header));
    report("  in order", &heap, &mut roots);
    let mut random = 1u64;
    // SAFETY: the array has so many values.
    let values = unsafe { ValueArray::as_mut_slice(array) };
    for index in (1..count).rev() {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        values.swap(index, (random >> 33) as usize % (index + 1));
    }
    report("  shuffled", &heap, &mut roots);
    for value in values.iter_mut().step_by(2) {
        *value = Value::NONE;
    }
    report("  half of it gone", &heap, &mut roots);
    let start = Instant::now();
    for _ in 0..5_000_000 {
        new_pair(&heap, [Value::NONE; 3]);
    }
    println!("  5 M pairs into the gaps: {:.2} ns each", start.elapsed().as_secs_f64() * 1e9 / 5e6);
    println!("  {}", resident());
    roots.0.clear();
    report("  all gone", &heap, &mut roots);
    println!("  {}", resident());
}

fn chain() {
    let heap = new_heap();
    let mut roots = Roots(vec![Value::NONE]);
    for _ in 0..5_000_000 {
        roots.0[0] = new_pair(&heap, [roots.0[0], Value::NONE, Value::NONE]);
    }
    report("chain of 5 M pairs", &heap, &mut roots);
}

fn main() {
    churn("nothing kept", usize::MAX);
    churn("one of 4 kept for a while", 4);
    churn("all kept for a while", 1);
    big();
    chain();
}
