//! `_tracemalloc`: allocations are not traced; the module answers as one that is never started could.

use object::{Module, ModuleDef, R, Ref, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Return True if the tracemalloc module is tracing Python memory allocations, False otherwise.
    "is_tracing($module, /)" => is_tracing;
    /// Clear traces of memory blocks allocated by Python.
    "clear_traces($module, /)" => nothing;
    /// Get traces of all memory blocks allocated by Python.
    "_get_traces($module, /)" => get_traces;
    /// Get the traceback where the Python object obj was allocated.
    "_get_object_traceback($module, obj, /)" => get_object_traceback;
    /// Start tracing Python memory allocations.
    "start($module, nframe=1, /)" => start;
    /// Stop tracing Python memory allocations.
    "stop($module, /)" => nothing;
    /// Get the maximum number of frames stored in the traceback of a trace.
    "get_traceback_limit($module, /)" => get_traceback_limit;
    /// Get the memory usage in bytes of the tracemalloc module.
    "get_tracemalloc_memory($module, /)" => get_tracemalloc_memory;
    /// Get the current size and peak size of memory blocks traced by tracemalloc.
    "get_traced_memory($module, /)" => get_traced_memory;
    /// Set the peak size of memory blocks traced by tracemalloc to the current size.
    "reset_peak($module, /)" => nothing;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_tracemalloc",
    doc: "Debug module to trace memory blocks allocated by Python.",
    functions: &[FUNCTIONS],
    exec: |_: &Vm, _: Ref<Module>| Ok(()),
};

fn is_tracing(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}

fn nothing(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::NONE)
}

fn get_traces(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.list(&[]).value())
}

fn get_object_traceback(_: &Vm, [_, _]: &[Value; 2]) -> R {
    Ok(Value::NONE)
}

fn start(vm: &Vm, [_, frames]: &[Value; 2]) -> R {
    let frames = vm.index_i32(*frames)?;
    if !(1..=65535).contains(&frames) {
        return Err(vm.value_error("the number of frames must be in range [1; 65535]"));
    }
    Err(vm.not_implemented_error("tracemalloc.start() is not supported: allocations are not traced"))
}

fn get_traceback_limit(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(1))
}

fn get_tracemalloc_memory(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(0))
}

fn get_traced_memory(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.tuple(&[vm.int(0), vm.int(0)]).value())
}
