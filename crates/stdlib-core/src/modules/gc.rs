//! `gc`

use object::{Header, List, Module, ModuleDef, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.",
    functions: &[FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Enable automatic garbage collection.
    "enable()" => enable;
    /// Disable automatic garbage collection.
    "disable()" => disable;
    /// Returns true if automatic garbage collection is enabled.
    "isenabled()" => is_enabled;
    /// Run the garbage collector.
    "collect(generation=2)" => collect;
    /// Set the garbage collection debugging flags.
    "set_debug(flags, /)" => set_debug;
    /// Get the garbage collection debugging flags.
    "get_debug()" => get_debug;
    /// Return a three-tuple of the current collection counts.
    "get_count()" => get_count;
    /// Set the collection thresholds (the collection frequency).
    "set_threshold(...)" -> set_threshold;
    /// Return the current collection thresholds.
    "get_threshold()" => get_threshold;
    /// Return a list of objects tracked by the collector (excluding the list returned).
    "get_objects(generation=None)" => get_objects;
    /// Return a list of dictionaries containing per-generation statistics.
    "get_stats()" => get_stats;
    /// Returns true if the object is tracked by the garbage collector.
    "is_tracked(obj, /)" => is_tracked;
    /// Returns true if the object has been already finalized by the GC.
    "is_finalized(obj, /)" => is_finalized;
    /// Return the list of objects that directly refer to any of 'objs'.
    "get_referrers(*objs)" => get_referrers;
    /// Return the list of objects that are directly referred to by 'objs'.
    "get_referents(*objs)" => get_referents;
    /// Freeze all current tracked objects and ignore them for future collections.
    "freeze()" => nothing;
    /// Unfreeze all objects in the permanent generation.
    "unfreeze()" => nothing;
    /// Return the number of objects in the permanent generation.
    "get_freeze_count()" => zero;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_value(module, "garbage", vm.list(&[]));
    let callbacks = vm.list(&[]);
    vm.set_state("gc.callbacks", callbacks.value());
    vm.add_value(module, "callbacks", callbacks);
    for (name, value) in [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ] {
        vm.add_value(module, name, Value::small(value));
    }
    Ok(())
}

fn enable(vm: &Vm, _: &[Value; 0]) -> R {
    vm.set_state("gc.enabled", Value::TRUE);
    Ok(Value::NONE)
}

/// Automatic collection cannot be turned off: memory has to come from somewhere. The setting is remembered.
fn disable(vm: &Vm, _: &[Value; 0]) -> R {
    vm.set_state("gc.enabled", Value::FALSE);
    Ok(Value::NONE)
}

fn is_enabled(vm: &Vm, _: &[Value; 0]) -> R {
    Ok(vm.state_value("gc.enabled").unwrap_or(Value::TRUE))
}

fn notify(vm: &Vm, phase: &str, collected: usize) -> Result<(), Raised> {
    let Some(callbacks) = vm.state_value("gc.callbacks").and_then(|list| list.cast::<List>()) else { return Ok(()) };
    if callbacks.is_empty() {
        return Ok(());
    }
    let info = vm.dict();
    for (name, value) in [("generation", 2), ("collected", collected), ("uncollectable", 0)] {
        info.insert_str(vm, vm.intern(name), vm.int_usize(value));
    }
    let mut index = 0;
    while let Some(callback) = callbacks.get(index) {
        index += 1;
        if let Err(raised) = vm.call(callback, &[vm.str(phase).value(), info.value()]) {
            vm.report_unraisable(raised, "Exception ignored while calling GC callback", callback);
        }
    }
    Ok(())
}

/// Values that the callers' native frames left below the stack pointer would keep objects alive.
#[inline(never)]
fn scrubbed_collection(vm: &Vm) -> usize {
    heap::scrub_stack(32 << 10);
    let before = count_objects(vm);
    vm.collect();
    before.saturating_sub(count_objects(vm))
}

fn count_objects(vm: &Vm) -> usize {
    let mut count = 0;
    vm.heap.for_each_object(&mut |_| count += 1);
    count
}

fn collect(vm: &Vm, [generation]: &[Value; 1]) -> R {
    let generation = vm.index_i64(*generation)?;
    if !(0..=2).contains(&generation) {
        return Err(vm.value_error("invalid generation"));
    }
    notify(vm, "start", 0)?;
    let mut collected = scrubbed_collection(vm);
    if vm.weak.has_queued() {
        vm.run_finalizers();
        collected += scrubbed_collection(vm);
    }
    notify(vm, "stop", collected)?;
    Ok(vm.int_usize(collected))
}

fn set_debug(vm: &Vm, [flags]: &[Value; 1]) -> R {
    let flags = vm.index_i64(*flags)?;
    vm.set_state("gc.debug", vm.int(flags));
    Ok(Value::NONE)
}

fn get_debug(vm: &Vm, _: &[Value; 0]) -> R {
    Ok(vm.state_value("gc.debug").unwrap_or(Value::small(0)))
}

fn get_count(vm: &Vm, _: &[Value; 0]) -> R {
    let zero = Value::small(0);
    Ok(vm.tuple(&[zero, zero, zero]).value())
}

fn set_threshold(vm: &Vm, args: object::Args) -> R {
    if args.keyword_count() > 0 || args.args.is_empty() || args.args.len() > 3 {
        return Err(vm.type_error("set_threshold requires 1 to 3 arguments"));
    }
    let known = get_threshold(vm, &[])?;
    let list = vm.to_list(known)?;
    for (index, &value) in args.args.iter().enumerate() {
        vm.index_i64(value)?;
        list.set(vm, index, value);
    }
    vm.set_state("gc.threshold", vm.tuple(list.items()).value());
    Ok(Value::NONE)
}

fn get_threshold(vm: &Vm, _: &[Value; 0]) -> R {
    match vm.state_value("gc.threshold") {
        Some(threshold) => Ok(threshold),
        None => Ok(vm.tuple(&[Value::small(2000), Value::small(10), Value::small(0)]).value()),
    }
}

/// Is it an object that Python code may see? Buffers and the like are not.
fn is_visible(object: *mut Header) -> bool {
    // SAFETY: the heap gives allocated objects.
    unsafe { (*object).kind > object::Kind::RAW.0 && (*object).shape.get() != TypeId::Buffer as u32 }
}

fn get_objects(vm: &Vm, _: &[Value; 1]) -> R {
    let mut found = Vec::new();
    vm.heap.for_each_object(&mut |object| {
        if is_visible(object) && vm.is_tracked(Value::object(object)) {
            found.push(object);
        }
    });
    let list = vm.list_with_capacity(found.len());
    for object in found {
        list.push(vm, Value::object(object));
    }
    Ok(list.value())
}

fn get_stats(vm: &Vm, _: &[Value; 0]) -> R {
    let stats = vm.heap.stats();
    let list = vm.list(&[]);
    for generation in 0..3 {
        let dict = vm.dict();
        let count = if generation == 2 { stats.collections } else { 0 };
        dict.insert_str(vm, vm.intern("collections"), vm.int_u64(count as u64));
        dict.insert_str(vm, vm.intern("collected"), Value::small(0));
        dict.insert_str(vm, vm.intern("uncollectable"), Value::small(0));
        list.push(vm, dict.value());
    }
    Ok(list.value())
}

fn is_tracked(vm: &Vm, [object]: &[Value; 1]) -> R {
    Ok(Value::bool(vm.is_tracked(*object)))
}

fn is_finalized(_: &Vm, _: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}

fn get_referrers(vm: &Vm, _: &[Value; 1]) -> R {
    Err(vm.not_implemented_error("gc.get_referrers"))
}

fn get_referents(vm: &Vm, _: &[Value; 1]) -> R {
    Err(vm.not_implemented_error("gc.get_referents"))
}

fn nothing(_: &Vm, _: &[Value; 0]) -> R {
    Ok(Value::NONE)
}

fn zero(_: &Vm, _: &[Value; 0]) -> R {
    Ok(Value::small(0))
}

