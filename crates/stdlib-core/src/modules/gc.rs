//! `gc`: CPython's interface to its collector, as far as it has a meaning here.

use object::{Dict, List, Module, ModuleDef, R, Raised, Ref, Value, ValueExt, Vm, natives};

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
    "unfreeze($module, /)" => freeze;
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
    vm.add_value(module, "garbage", vm.list(&[]));
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
    Ok(Value::NONE)
}

fn disable(vm: &Vm, [_]: &[Value; 1]) -> R {
    // Here all memory is the collector's: it goes on, as CPython's reference counts do.
    vm.set_state("gc.disabled", Value::TRUE);
    Ok(Value::NONE)
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
    call_back(vm, "start", generation as i64, 0)?;
    let found = run_collection(vm);
    vm.run_finalizers();
    vm.set_state("gc.runs", vm.int(number(vm, "gc.runs", 0) + 1));
    call_back(vm, "stop", generation as i64, found)?;
    Ok(vm.int_usize(found))
}

/// Collects, and gives the number of objects that were freed. In a frame of its own: what callers computed last is not on
/// the part of the stack that is looked at.
#[inline(never)]
fn run_collection(vm: &Vm) -> usize {
    heap::scrub_stack(16 << 10);
    vm.collect().freed_objects
}

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
        let runs = if generation == 2 { vm.heap.stats().collections } else { 0 };
        dict.insert_str(vm, vm.intern("collections"), vm.int_u64(runs as u64));
        dict.insert_str(vm, vm.intern("collected"), vm.int(0));
        dict.insert_str(vm, vm.intern("uncollectable"), vm.int(0));
        list.push(vm, dict.value());
    }
    Ok(list.value())
}

fn get_objects(vm: &Vm, [_, generation]: &[Value; 2]) -> R {
    if !generation.is_none() {
        let generation = vm.index_i64(*generation)?;
        if generation >= 3 {
            return Err(
                vm.value_error("generation parameter must be less than the number of available generations (3)")
            );
        }
        if generation < 0 {
            return Err(vm.value_error("generation parameter cannot be negative"));
        }
    }
    // What is dead is not to be seen again.
    run_collection(vm);
    let list = vm.list(&[]);
    let mut found = 0;
    vm.heap.for_each_object(&mut |object| found += is_container(vm, Value::object(object)) as usize);
    list.reserve(vm, found + 16);
    vm.heap.for_each_object(&mut |object| {
        let value = Value::object(object);
        if is_container(vm, value) && value != list.value() && list.len() < list.capacity() {
            list.push(vm, value);
        }
    });
    Ok(list.value())
}

/// Is it an object that Python can see and that holds others?
fn is_container(vm: &Vm, value: Value) -> bool {
    value.shape() != object::TypeId::Buffer as u32 && vm.is_tracked(value)
}

/// Objects that `value` refers to, as far as Python can see them.
fn referents(vm: &Vm, value: Value, list: Ref<List>) {
    if let Some(items) = value.cast::<List>() {
        list.extend(vm, items.items());
    } else if let Some(items) = value.cast::<object::Tuple>() {
        list.extend(vm, items.items());
    } else if let Some(dict) = value.cast::<Dict>() {
        for entry in dict.iter() {
            list.push(vm, entry.key);
            list.push(vm, entry.value);
        }
    } else if let Some(set) = value.cast::<object::Set>() {
        for member in set.iter() {
            list.push(vm, member);
        }
    } else if let Some(module) = value.cast::<Module>() {
        list.push(vm, module.dict().value());
    } else if let Some(class) = value.cast::<object::TypeObj>() {
        list.extend(vm, &[class.dict().value(), class.bases().value(), class.mro().value()]);
    } else if let Some(function) = value.cast::<object::Function>() {
        for part in
            [function.code().value(), function.globals().value(), function.closure.get(), function.defaults.get()]
        {
            if !part.is_unbound() {
                list.push(vm, part);
            }
        }
    } else if let Some(method) = value.cast::<object::Method>() {
        list.extend(vm, &[method.function.get(), method.this.get()]);
    } else if let Some(cell) = value.cast::<object::CellObj>()
        && let Some(content) = cell.content.get().bound()
    {
        list.push(vm, content);
    }
    if value.is_object() && value.kind() != object::Kind::MODULE {
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
        if vm.is_tracked(object) {
            referents(vm, object, list);
        }
    }
    Ok(list.value())
}

fn get_referrers(vm: &Vm, [_, objects]: &[Value; 2]) -> R {
    let wanted = vm.to_tuple(*objects)?;
    let all = get_objects(vm, &[Value::NONE, Value::NONE])?;
    let result = vm.list(&[]);
    let Some(all) = all.cast::<List>() else { return Ok(result.value()) };
    for index in 0..all.len() {
        let candidate = all.items()[index];
        if candidate == wanted.value() || candidate == all.value() {
            continue;
        }
        let held = vm.list(&[]);
        referents(vm, candidate, held);
        if held.items().iter().any(|value| wanted.items().contains(value) && value.is_object()) {
            result.push(vm, candidate);
        }
    }
    Ok(result.value())
}

fn is_tracked(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    Ok(Value::bool(vm.is_tracked(*object)))
}

fn is_finalized(_: &Vm, [_, _]: &[Value; 2]) -> R {
    Ok(Value::FALSE)
}

fn freeze(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::NONE)
}

fn get_freeze_count(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(0))
}
