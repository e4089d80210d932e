//! `sys.settrace`, `sys.setprofile` and what belongs to them.

use object::{R, Value, Vm, natives};

natives! { pub static TRACING: {
    /// Set the global debug tracing function.
    ///
    /// It will be called on each function call.  See the debugger chapter
    /// in the library manual.
    "settrace($module, function, /)" => settrace;
    /// Return the global debug tracing function set with sys.settrace.
    ///
    /// See the debugger chapter in the library manual.
    "gettrace($module, /)" => gettrace;
    /// Set the profiling function.
    ///
    /// It will be called on each function call and return.  See the profiler
    /// chapter in the library manual.
    "setprofile($module, function, /)" => setprofile;
    /// Return the profiling function set with sys.setprofile.
    ///
    /// See the profiler chapter in the library manual.
    "getprofile($module, /)" => getprofile;
    /// Set the global debug tracing function in all running threads belonging to the current interpreter.
    ///
    /// It will be called on each function call. See the debugger chapter
    /// in the library manual.
    "_settraceallthreads($module, function, /)" => settrace_of_all;
    /// Set the profiling function in all running threads belonging to the current interpreter.
    ///
    /// It will be called on each function call and return.  See the profiler
    /// chapter in the library manual.
    "_setprofileallthreads($module, function, /)" => setprofile_of_all;
    /// Call func(*args), while tracing is enabled.
    ///
    /// The tracing state is saved, and restored afterwards.  This is intended
    /// to be called from a debugger from a checkpoint, to recursively debug
    /// some other code.
    "call_tracing($module, func, args, /)" => call_tracing;
}}

fn function(value: Value) -> Option<Value> {
    (!value.is_none()).then_some(value)
}

fn settrace(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    vm.audit("sys.settrace", &[])?;
    vm.set_trace_function(function(*value));
    Ok(Value::NONE)
}

fn gettrace(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.thread().instruments.trace.get().unwrap_or(Value::NONE))
}

fn setprofile(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    vm.audit("sys.setprofile", &[])?;
    vm.set_profile_function(function(*value));
    Ok(Value::NONE)
}

fn getprofile(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.thread().instruments.profile.get().unwrap_or(Value::NONE))
}

fn settrace_of_all(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    vm.audit("sys.settrace", &[])?;
    vm.set_trace_function_of_all(function(*value));
    Ok(Value::NONE)
}

fn setprofile_of_all(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    vm.audit("sys.setprofile", &[])?;
    vm.set_profile_function_of_all(function(*value));
    Ok(Value::NONE)
}

fn call_tracing(vm: &Vm, [_, function, args]: &[Value; 3]) -> R {
    let Some(args) = vm.as_tuple(*args) else {
        let text = format!("call_tracing() argument 2 must be tuple, not {}", vm.type_name(*args));
        return Err(vm.type_error(text));
    };
    let tracing = vm.thread().instruments.tracing.replace(0);
    let result = vm.call(*function, args.items());
    vm.thread().instruments.tracing.set(tracing);
    result
}
