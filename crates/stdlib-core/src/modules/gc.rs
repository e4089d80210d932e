//! `gc`: CPython's interface to its collector, as far as it has a meaning here.

use heap::Collection;
use object::gc::Survey;
use object::{Dict, List, Module, ModuleDef, R, Raised, Ref, Value, ValueExt, Vm, natives};
use std::fmt::Write;

natives! { static FUNCTIONS: {
    /// Enable automatic garbage collection.
    "enable($module, /)" => enable;
    /// Disable automatic garbage collection.
    "disable($module, /)" => disable;
    /// Returns true if automatic garbage collection is enabled.
    "isenabled($module, /)" => isenabled;
    /// Run the garbage collector.
    "collect($module, /, generation=2)" => collect;
    /// Set the garbage collection debugging flags.
    "set_debug($module, flags, /)" => set_debug;
    /// Get the garbage collection debugging flags.
    "get_debug($module, /)" => get_debug;
    /// set_threshold(threshold0, [threshold1, [threshold2]])
    /// Set the collection thresholds (the collection frequency).
    "set_threshold($module, threshold0, threshold1=<unrepresentable>, threshold2=<unrepresentable>, /)" => set_threshold;
    /// Return the current collection thresholds.
    "get_threshold($module, /)" => get_threshold;
    /// Return a three-tuple of the current collection counts.
    "get_count($module, /)" => get_count;
    /// Return a list of dictionaries containing per-generation statistics.
    "get_stats($module, /)" => get_stats;
    /// Return a list of objects tracked by the collector (excluding the list returned).
    "get_objects($module, /, generation=None)" => get_objects;
    /// Return the list of objects that directly refer to any of 'objs'.
    "get_referrers($module, /, *objs)" => get_referrers;
    /// Return the list of objects that are directly referred to by 'objs'.
    "get_referents($module, /, *objs)" => get_referents;
    /// Returns true if the object is tracked by the garbage collector.
    "is_tracked($module, obj, /)" => is_tracked;
    /// Returns true if the object has been already finalized by the GC.
    "is_finalized($module, obj, /)" => is_finalized;
    /// Freeze all current tracked objects and ignore them for future collections.
    "freeze($module, /)" => freeze;
    /// Unfreeze all objects in the permanent generation.
    "unfreeze($module, /)" => unfreeze;
    /// Return the number of objects in the permanent generation.
    "get_freeze_count($module, /)" => get_freeze_count;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.",
    functions: &[FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, value) in [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ] {
        vm.add_value(module, name, vm.int(value));
    }
    let garbage = vm.list(&[]);
    vm.add_value(module, "garbage", garbage);
    vm.set_state("gc.garbage", garbage.value());
    // Those that are done when their callers' native frames are gone.
    for (name, key) in [("collect", "gc.collect"), ("get_objects", "gc.get_objects")] {
        if let Some(function) = module.dict().get_str(vm, vm.intern(name)) {
            vm.set_state(key, function);
        }
    }
    let callbacks = vm.list(&[]);
    vm.add_value(module, "callbacks", callbacks);
    vm.set_state("gc.callbacks", callbacks.value());
    Ok(())
}

fn number(vm: &Vm, name: &str, default: i64) -> i64 {
    vm.state_value(name).and_then(|value| value.as_small()).unwrap_or(default)
}

fn enable(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.set_state("gc.disabled", Value::FALSE);
    follow_wishes(vm);
    Ok(Value::NONE)
}

fn disable(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.set_state("gc.disabled", Value::TRUE);
    follow_wishes(vm);
    Ok(Value::NONE)
}

/// Here all memory is the collector's: where a program switches it off, it goes on, as CPython's reference counts do, but less
/// often.
fn follow_wishes(vm: &Vm) {
    let disabled = vm.state_value("gc.disabled") == Some(Value::TRUE);
    vm.heap.set_reluctant(disabled || number(vm, THRESHOLDS[0].0, THRESHOLDS[0].1) == 0);
}

fn isenabled(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::bool(vm.state_value("gc.disabled") != Some(Value::TRUE)))
}

fn call_back(vm: &Vm, phase: &str, generation: i64, collected: usize) -> Result<(), Raised> {
    let Some(callbacks) = vm.state_value("gc.callbacks").and_then(|callbacks| callbacks.cast::<List>()) else {
        return Ok(());
    };
    if callbacks.is_empty() {
        return Ok(());
    }
    let info: Ref<Dict> = vm.dict();
    info.insert_str(vm, vm.intern("generation"), vm.int(generation));
    info.insert_str(vm, vm.intern("collected"), vm.int_usize(collected));
    info.insert_str(vm, vm.intern("uncollectable"), vm.int(0));
    let phase = vm.intern(phase).value();
    for &callback in vm.tuple(callbacks.items()).items() {
        if let Err(raised) = vm.call(callback, &[phase, info.value()]) {
            vm.report_unraisable(raised, "Exception ignored while calling GC callback", callback);
        }
    }
    Ok(())
}

fn collect(vm: &Vm, [_, generation]: &[Value; 2]) -> R {
    let generation = vm.index_i32(*generation)?;
    if !(0..3).contains(&generation) {
        return Err(vm.value_error("invalid generation"));
    }
    vm.set_state("gc.generation", vm.int(generation as i64));
    if let Some(callee) = vm.state_value("gc.collect")
        && let Some(deferred) = vm.defer(callee, collect_generation)
    {
        return Err(deferred);
    }
    collect_generation(vm)
}

/// Collects the generation that was asked for. There are two: the young objects, and all.
fn collect_generation(vm: &Vm) -> R {
    let generation = number(vm, "gc.generation", 2);
    let debug = number(vm, "gc.debug", 0);
    call_back(vm, "start", generation, 0)?;
    if debug & DEBUG_STATS != 0 {
        let sizes = generation_sizes(vm);
        let frozen = number(vm, "gc.frozen", 0);
        let mut text = format!("gc: collecting generation {generation}...\n");
        let _ = writeln!(text, "gc: objects in each generation: {} {} {}", sizes[0], sizes[1], sizes[2]);
        let _ = writeln!(text, "gc: objects in permanent generation: {frozen}");
        write_stderr(vm, &text);
    }
    let start = std::time::Instant::now();
    let save = if debug & DEBUG_SAVEALL != 0 { vm.state_value("gc.garbage") } else { None };
    let mut survey = Survey::saving(save.and_then(|list| list.cast()));
    let collection = if generation == 2 { Collection::Full } else { Collection::Minor };
    vm.collect_thoroughly(collection, &mut survey);
    let found = survey.unreachable.unwrap_or(0);
    if debug & DEBUG_STATS != 0 {
        let seconds = start.elapsed().as_secs_f64();
        write_stderr(vm, &format!("gc: done, {found} unreachable, 0 uncollectable, {seconds:.4}s elapsed\n"));
    }
    for (name, more) in [(COLLECTIONS, 1), (COLLECTED, found as i64)] {
        let name = name[generation as usize];
        vm.set_state(name, vm.int(number(vm, name, 0) + more));
    }
    call_back(vm, "stop", generation, found)?;
    Ok(vm.int_usize(found))
}

/// How many objects are young and old. Nothing is between.
fn generation_sizes(vm: &Vm) -> [usize; 3] {
    let mut sizes = [0; 3];
    vm.heap.for_each_object(&mut |object| {
        if is_container(vm, Value::object(object)) {
            sizes[if vm.heap.is_old(object) { 2 } else { 0 }] += 1;
        }
    });
    sizes
}

fn write_stderr(vm: &Vm, text: &str) {
    if let Some(stream) = vm.sys_attr("stderr")
        && let Err(raised) = vm.call_method_str(stream, "write", &[vm.str(text).value()])
    {
        vm.take_exception(raised);
    }
}

const DEBUG_STATS: i64 = 1;
const DEBUG_SAVEALL: i64 = 32;
/// State: how often a program asked for a collection of each generation.
const COLLECTIONS: [&str; 3] = ["gc.collections0", "gc.collections1", "gc.collections2"];
/// State: what these found.
const COLLECTED: [&str; 3] = ["gc.collected0", "gc.collected1", "gc.collected2"];

fn set_debug(vm: &Vm, [_, flags]: &[Value; 2]) -> R {
    let flags = vm.index_i32(*flags)?;
    vm.set_state("gc.debug", vm.int(flags as i64));
    Ok(Value::NONE)
}

fn get_debug(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(number(vm, "gc.debug", 0)))
}

const THRESHOLDS: [(&str, i64); 3] = [("gc.threshold0", 2000), ("gc.threshold1", 10), ("gc.threshold2", 0)];

fn set_threshold(vm: &Vm, [_, first, second, third]: &[Value; 4]) -> R {
    for ((name, _), value) in THRESHOLDS.iter().zip([*first, *second, *third]) {
        if let Some(value) = value.bound() {
            let value = vm.index_i32(value)?;
            vm.set_state(name, vm.int(value as i64));
        }
    }
    follow_wishes(vm);
    Ok(Value::NONE)
}

fn get_threshold(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.tuple(&THRESHOLDS.map(|(name, default)| vm.int(number(vm, name, default)))).value())
}

fn get_count(vm: &Vm, [_]: &[Value; 1]) -> R {
    let young = (vm.heap.stats().allocated_since / 64).min(100_000);
    Ok(vm.tuple(&[vm.int_usize(young), vm.int(0), vm.int(0)]).value())
}

fn get_stats(vm: &Vm, [_]: &[Value; 1]) -> R {
    let list = vm.list(&[]);
    for generation in 0..3 {
        let dict = vm.dict();
        for (key, name) in [("collections", COLLECTIONS[generation]), ("collected", COLLECTED[generation])] {
            dict.insert_str(vm, vm.intern(key), vm.int(number(vm, name, 0)));
        }
        dict.insert_str(vm, vm.intern("uncollectable"), vm.int(0));
        list.push(vm, dict.value());
    }
    Ok(list.value())
}

fn get_objects(vm: &Vm, [_, generation]: &[Value; 2]) -> R {
    if generation.is_none() {
        // What is dead is not to be seen again.
        let live_objects = |vm: &Vm| {
            vm.collect();
            Ok(all_objects(vm, |_| true).value())
        };
        if let Some(callee) = vm.state_value("gc.get_objects")
            && let Some(deferred) = vm.defer(callee, live_objects)
        {
            return Err(deferred);
        }
        return live_objects(vm);
    }
    let generation = vm.index_i64(*generation)?;
    if generation >= 3 {
        let text = "generation parameter must be less than the number of available generations (3)";
        return Err(vm.value_error(text));
    }
    if generation < 0 {
        return Err(vm.value_error("generation parameter cannot be negative"));
    }
    let wants_old = generation == 2;
    Ok(all_objects(vm, |object| generation != 1 && vm.heap.is_old(object) == wants_old).value())
}

/// The objects that hold others, those among them that died since the last collection.
fn all_objects(vm: &Vm, mut is_wanted: impl FnMut(*const heap::Header) -> bool) -> Ref<List> {
    let list = vm.list(&[]);
    let mut is_wanted = |object| is_container(vm, Value::object(object)) && is_wanted(object);
    let mut found = 0;
    vm.heap.for_each_object(&mut |object| found += is_wanted(object) as usize);
    list.reserve(vm, found + 16);
    vm.heap.for_each_object(&mut |object| {
        let value = Value::object(object);
        if list.len() < list.capacity() && value != list.value() && is_wanted(object) {
            list.push(vm, value);
        }
    });
    list
}

/// Is it an object that Python can see and that holds others?
fn is_container(vm: &Vm, value: Value) -> bool {
    value.shape() != object::TypeId::Buffer as u32 && vm.is_tracked(value)
}

/// Objects that `value` refers to.
fn referents(vm: &Vm, value: Value, list: Ref<List>) {
    // What is no object of the heap is seen in containers only.
    if let Some(items) = value.cast::<List>() {
        list.extend(vm, items.items());
    } else if let Some(items) = value.cast::<object::Tuple>() {
        list.extend(vm, items.items());
    } else if let Some(dict) = value.cast::<Dict>() {
        for entry in dict.iter() {
            list.extend(vm, &[entry.key, entry.value]);
        }
    } else if let Some(set) = value.cast::<object::Set>() {
        for member in set.iter() {
            list.push(vm, member);
        }
    } else {
        let first = list.len();
        vm.for_each_held(value, |held| {
            if !list.items()[first..].contains(&held) && held.shape() != object::TypeId::Buffer as u32 {
                list.push(vm, held);
            }
        });
        return;
    }
    if value.shape() >= object::TypeId::COUNT as u32 {
        for name in vm.instance_attrs(value) {
            if let Some(attr) = vm.instance_attr(value, name) {
                list.push(vm, attr);
            }
        }
        list.push(vm, vm.type_of(value).value());
    }
}

fn get_referents(vm: &Vm, [_, objects]: &[Value; 2]) -> R {
    let list = vm.list(&[]);
    for &object in vm.to_tuple(*objects)?.items() {
        if vm.is_tracked(object) || object.kind() == object::Kind::TUPLE {
            referents(vm, object, list);
        }
    }
    Ok(list.value())
}

fn get_referrers(vm: &Vm, [_, objects]: &[Value; 2]) -> R {
    let wanted = vm.to_tuple(*objects)?;
    let mut all = Vec::new();
    // Those that are dead are not to be seen again.
    vm.collect();
    vm.heap.for_each_object(&mut |object| {
        if object != wanted.header() && is_container(vm, Value::object(object)) {
            all.push(object);
        }
    });
    let result = vm.list(&[]);
    for object in all {
        let mut is_found = false;
        vm.for_each_held(Value::object(object), |held| is_found |= wanted.items().contains(&held));
        if is_found {
            result.push(vm, Value::object(object));
        }
    }
    Ok(result.value())
}

fn is_tracked(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.is_tracked(*object)))
}

fn is_finalized(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.is_finalized(*object)))
}

fn freeze(vm: &Vm, [_]: &[Value; 1]) -> R {
    // All objects stay where they are; what cannot be reached is freed none the less.
    let count: usize = generation_sizes(vm).iter().sum();
    vm.set_state("gc.frozen", vm.int_usize(count));
    Ok(Value::NONE)
}

fn unfreeze(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.set_state("gc.frozen", vm.int(0));
    Ok(Value::NONE)
}

fn get_freeze_count(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(number(vm, "gc.frozen", 0)))
}
