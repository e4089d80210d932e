//! Functions of `sys` about the interpreter's state.

use super::info::ASYNCGEN_HOOKS;
use object::{FrameObj, Function, R, Ref, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Return the current value of the recursion limit, the maximum depth of the Python interpreter stack.
    "getrecursionlimit($module, /)" => getrecursionlimit;
    /// Set the maximum depth of the Python interpreter stack to n.
    "setrecursionlimit($module, limit, /)" => setrecursionlimit;
    /// ``Intern'' the given string.
    "intern($module, string, /)" => intern;
    "_is_interned($module, string, /)" => is_interned;
    "_is_immortal($module, op, /)" => is_immortal;
    /// Return the size of object in bytes.
    "getsizeof($module, object, default=<unrepresentable>)" => getsizeof;
    /// Return the reference count of object.
    "getrefcount($module, object, /)" => getrefcount;
    /// Return current exception information: (type, value, traceback).
    "exc_info($module, /)" => exc_info;
    /// Return the current exception.
    "exception($module, /)" => exception;
    /// Return a frame object from the call stack.
    "_getframe($module, depth=0, /)" => getframe;
    /// Return the name of the module for a calling frame.
    "_getframemodulename($module, /, depth=0)" => getframemodulename;
    /// Return a dict mapping each thread's thread id to its current stack frame.
    "_current_frames($module, /)" => current_frames;
    /// Return a dict mapping each thread's identifier to its current raised exception.
    "_current_exceptions($module, /)" => current_exceptions;
    /// Exit the interpreter by raising SystemExit(status).
    "exit($module, status=None, /)" => exit;
    /// Return the current default encoding used by the Unicode implementation.
    "getdefaultencoding($module, /)" => utf8_name;
    /// Return the encoding used to convert Unicode filenames to OS filenames.
    "getfilesystemencoding($module, /)" => utf8_name;
    /// Return the error mode used for Unicode to OS filename conversion.
    "getfilesystemencodeerrors($module, /)" => fs_errors;
    /// Return the maximum string digits limit for non-binary int<->str conversions.
    "get_int_max_str_digits($module, /)" => get_int_max_str_digits;
    /// Set the maximum string digits limit for non-binary int<->str conversions.
    "set_int_max_str_digits($module, /, maxdigits)" => set_int_max_str_digits;
    /// Return the current thread switch interval; see sys.setswitchinterval().
    "getswitchinterval($module, /)" => getswitchinterval;
    /// Set the ideal thread switching delay inside the Python interpreter.
    "setswitchinterval($module, interval, /)" => setswitchinterval;
    /// Return True if Python is exiting.
    "is_finalizing($module, /)" => is_finalizing;
    /// Return True if the GIL is currently enabled and False otherwise.
    "_is_gil_enabled($module, /)" => true_function;
    /// Return the number of memory blocks currently allocated.
    "getallocatedblocks($module, /)" => getallocatedblocks;
    /// Return the number of elements of the unicode interned dictionary
    "getunicodeinternedsize($module, /, *, _only_immortal=False)" => getunicodeinternedsize;
    /// Return the current value of the flags that are used for dlopen calls.
    "getdlopenflags($module, /)" => getdlopenflags;
    /// Set the flags used by the interpreter for dlopen calls.
    "setdlopenflags($module, flags, /)" => setdlopenflags;
    /// Return the installed asynchronous generators hooks.
    "get_asyncgen_hooks($module, /)" => get_asyncgen_hooks;
    /// Set a finalizer for async generators objects.
    "set_asyncgen_hooks($module, /, firstiter=<unrepresentable>, finalizer=<unrepresentable>)" => set_asyncgen_hooks;
    /// Check status of origin tracking for coroutine objects in this thread.
    "get_coroutine_origin_tracking_depth($module, /)" => get_origin_depth;
    /// Enable or disable origin tracking for coroutine objects in this thread.
    "set_coroutine_origin_tracking_depth($module, /, depth)" => set_origin_depth;
    /// Activate stack profiler trampoline *backend*.
    "activate_stack_trampoline($module, backend, /)" => activate_stack_trampoline;
    /// Deactivate the current stack profiler trampoline backend.
    "deactivate_stack_trampoline($module, /)" => nothing;
    /// Return *True* if a stack profiler trampoline is active.
    "is_stack_trampoline_active($module, /)" => false_function;
    /// Return True if remote debugging is enabled, False otherwise.
    "is_remote_debug_enabled($module, /)" => false_function;
    /// Executes a file containing Python code in a given remote Python process.
    "remote_exec($module, /, pid, script)" => remote_exec;
    /// Clear the internal type lookup cache.
    "_clear_type_cache($module, /)" => clear_type_cache;
    /// Clear all internal performance-related caches.
    "_clear_internal_caches($module, /)" => nothing;
    "_clear_type_descriptors($module, type, /)" => clear_type_descriptors;
    /// Print out debugging info about the state of the allocator.
    "_debugmallocstats($module, /)" => nothing;
    /// Private function for getting PyConfig.cpu_count
    "_get_cpu_count_config($module, /)" => cpu_count_config;
}}

fn nothing(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::NONE)
}

fn clear_type_cache(vm: &Vm, [_]: &[Value; 1]) -> R {
    let text = "sys._clear_type_cache() is deprecated and may be removed in a future version of Python. Use \
                sys._clear_internal_caches() instead.";
    vm.warn(TypeId::DeprecationWarning, text, 1)?;
    Ok(Value::NONE)
}

fn clear_type_descriptors(vm: &Vm, [_, class]: &[Value; 2]) -> R {
    let Some(class) = class.cast::<object::TypeObj>() else {
        let given = vm.type_name(*class);
        return Err(vm.type_error(format!("_clear_type_descriptors() argument must be type, not {given}")));
    };
    if class.has(object::type_flags::IMMUTABLE) {
        return Err(vm.type_error("argument is immutable"));
    }
    // They belong to this class alone, and another is to be made of its namespace.
    for name in [vm.names.__dict__, vm.names.__weakref__] {
        class.dict().remove_str(vm, name);
    }
    vm.class_changed(class);
    Ok(Value::NONE)
}

fn true_function(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::TRUE)
}

fn false_function(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}

fn getrecursionlimit(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int_usize(vm.thread().recursion_limit.get()))
}

fn setrecursionlimit(vm: &Vm, [_, limit]: &[Value; 2]) -> R {
    let limit = vm.index_i32(*limit)?;
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = vm.thread().depth.get();
    if depth >= limit as usize {
        let text =
            format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low");
        return Err(vm.recursion_error(text));
    }
    vm.for_each_thread(|thread| thread.recursion_limit.set(limit as usize));
    Ok(Value::NONE)
}

fn intern(vm: &Vm, [_, string]: &[Value; 2]) -> R {
    match vm.exact_str(*string) {
        Some(string) => Ok(vm.intern_str(string).value()),
        None if vm.as_str(*string).is_some() => Err(vm.type_error(format!("can't intern {}", vm.type_name(*string)))),
        None => {
            let name = vm.type_name(*string);
            Err(vm.type_error(format!("intern() argument must be str, not {name}")))
        }
    }
}

fn is_interned(vm: &Vm, [_, string]: &[Value; 2]) -> R {
    match vm.exact_str(*string) {
        Some(string) => Ok(Value::bool(string.is_interned())),
        None if vm.as_str(*string).is_some() => Ok(Value::FALSE),
        None => {
            let name = vm.type_name(*string);
            Err(vm.type_error(format!("_is_interned() argument must be str, not {name}")))
        }
    }
}

fn is_immortal(_: &Vm, [_, object]: &[Value; 2]) -> R {
    Ok(Value::bool(!object.is_object()))
}

fn getsizeof(vm: &Vm, [_, object, default]: &[Value; 3]) -> R {
    let size = match vm.call_special(*object, vm.names.__sizeof__, &[]) {
        Some(size) => size.and_then(|size| {
            if vm.as_int(size).is_none() {
                let name = vm.type_name(size);
                return Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")));
            }
            match vm.index_i64(size)? {
                size if size < 0 => Err(vm.value_error("__sizeof__() should return >= 0")),
                size => Ok(size),
            }
        }),
        None => {
            let name = vm.type_name(*object);
            Err(vm.type_error(format!("Type {name} doesn't define __sizeof__")))
        }
    };
    match size {
        Ok(size) => Ok(vm.int(size)),
        Err(raised) if default.is_unbound() => Err(raised),
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            Ok(*default)
        }
    }
}

fn getrefcount(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    // References are not counted: a number that is right for an object with one name.
    Ok(vm.int(if object.is_object() { 2 } else { 3_221_225_472 }))
}

fn exc_info(vm: &Vm, [_]: &[Value; 1]) -> R {
    let value = vm.thread().handled_exception();
    let Some(exception) = value.cast::<object::Exception>() else {
        return Ok(vm.tuple(&[Value::NONE; 3]).value());
    };
    Ok(vm.tuple(&[vm.type_of(value).value(), value, exception.traceback.get()]).value())
}

fn exception(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.thread().handled_exception().or_none())
}

/// The index of the frame that is `depth` calls above the innermost one.
fn frame_index(vm: &Vm, depth: i32) -> Option<usize> {
    let count = vm.thread().depth.get();
    count.checked_sub(1)?.checked_sub(depth.max(0) as usize)
}

fn getframe(vm: &Vm, [_, depth]: &[Value; 2]) -> R {
    let depth = vm.index_i32(*depth)?;
    match frame_index(vm, depth) {
        Some(index) => {
            let frame = vm.frame_object(index);
            vm.audit("sys._getframe", &[frame.value()])?;
            Ok(frame.value())
        }
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}

fn getframemodulename(vm: &Vm, [_, depth]: &[Value; 2]) -> R {
    let depth = vm.index_i32(*depth)?;
    vm.audit("sys._getframemodulename", &[vm.int(depth as i64)])?;
    let Some(index) = frame_index(vm, depth) else { return Ok(Value::NONE) };
    let frame = &vm.thread().frames()[index];
    if let Some(function) = frame.function.cast::<Function>() {
        return Ok(function.module.get().or_none());
    }
    Ok(frame.globals.get_str(vm, vm.names.__name__).unwrap_or(Value::NONE))
}

fn current_frames(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.audit("sys._current_frames", &[])?;
    let found = vm.list(&[]);
    vm.for_each_thread(|thread| {
        if let Some(frame) = vm.frame_object_of_thread(thread) {
            found.push(vm, vm.int_u64(thread.ident.get()));
            found.push(vm, frame.value());
        }
    });
    let frames = vm.dict();
    for pair in found.items().chunks(2) {
        frames.insert(vm, pair[0], pair[1])?;
    }
    Ok(frames.value())
}

fn current_exceptions(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.audit("sys._current_exceptions", &[])?;
    let result = vm.dict();
    let found = vm.list(&[]);
    vm.for_each_thread(|thread| {
        found.push(vm, vm.int_u64(thread.ident.get()));
        found.push(vm, thread.handled_exception().or_none());
    });
    for pair in found.items().chunks(2) {
        result.insert(vm, pair[0], pair[1])?;
    }
    Ok(result.value())
}

fn exit(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    let class = vm.types[TypeId::SystemExit].value();
    if status.is_none() {
        return Err(vm.raise_call(class, &[]));
    }
    if let Some(args) = vm.as_tuple(*status) {
        return Err(vm.raise_call(class, args.items()));
    }
    Err(vm.raise_call(class, &[*status]))
}

fn utf8_name(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.intern("utf-8").value())
}

fn fs_errors(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.intern("surrogateescape").value())
}

fn get_int_max_str_digits(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int_usize(vm.config.int_max_str_digits.get()))
}

fn set_int_max_str_digits(vm: &Vm, [_, digits]: &[Value; 2]) -> R {
    let digits = vm.index_i32(*digits)?;
    if digits != 0 && digits < 640 {
        return Err(vm.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    vm.config.int_max_str_digits.set(digits as usize);
    Ok(Value::NONE)
}

fn getswitchinterval(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.state_value("sys.switchinterval").unwrap_or_else(|| vm.float(0.005)))
}

fn setswitchinterval(vm: &Vm, [_, interval]: &[Value; 2]) -> R {
    let seconds = vm.to_float(*interval)?;
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    vm.set_state("sys.switchinterval", vm.float(seconds));
    Ok(Value::NONE)
}

fn is_finalizing(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.state_value("sys.finalizing").unwrap_or(Value::FALSE))
}

fn getallocatedblocks(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int_usize(vm.heap.stats().live_objects))
}

fn getunicodeinternedsize(vm: &Vm, [_, _]: &[Value; 2]) -> R {
    let mut count = 0;
    vm.heap.for_each_object(&mut |object| {
        let value = Value::object(object);
        count += value.cast::<object::Str>().is_some_and(|string| string.is_interned()) as usize;
    });
    Ok(vm.int_usize(count))
}

fn getdlopenflags(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.state_value("sys.dlopenflags").unwrap_or_else(|| vm.int(libc::RTLD_NOW as i64)))
}

fn setdlopenflags(vm: &Vm, [_, flags]: &[Value; 2]) -> R {
    let flags = vm.index_i32(*flags)?;
    vm.set_state("sys.dlopenflags", vm.int(flags as i64));
    Ok(Value::NONE)
}

/// Hooks of async generators, which belong to a thread: kept in its slots.
fn thread_slot(vm: &Vm, name: &str) -> Value {
    let slots = vm.thread().slots.get();
    slots.cast::<object::Dict>().and_then(|slots| slots.get_str(vm, vm.intern(name))).unwrap_or(Value::NONE)
}

fn set_thread_slot(vm: &Vm, name: &str, value: Value) {
    vm.thread_slots().insert_str(vm, vm.intern(name), value);
}

fn get_asyncgen_hooks(vm: &Vm, [_]: &[Value; 1]) -> R {
    let values = [thread_slot(vm, "asyncgen_firstiter"), thread_slot(vm, "asyncgen_finalizer")];
    ASYNCGEN_HOOKS.of_state(vm, "sys.asyncgen_hooks", &values)
}

fn set_asyncgen_hooks(vm: &Vm, [_, first, finalizer]: &[Value; 3]) -> R {
    for (name, value) in [("firstiter", *first), ("finalizer", *finalizer)] {
        if !value.is_unbound() && !value.is_none() && !vm.is_callable(value) {
            let text = format!("callable {name} expected, got {}", vm.type_name(value));
            return Err(vm.type_error(text));
        }
    }
    for (slot, event, value) in [
        ("asyncgen_finalizer", "sys.set_asyncgen_hooks_finalizer", *finalizer),
        ("asyncgen_firstiter", "sys.set_asyncgen_hooks_firstiter", *first),
    ] {
        if !value.is_unbound() {
            vm.audit(event, &[])?;
            set_thread_slot(vm, slot, value);
        }
    }
    Ok(Value::NONE)
}

fn get_origin_depth(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(vm.thread().origin_depth.get() as i64))
}

fn set_origin_depth(vm: &Vm, [_, depth]: &[Value; 2]) -> R {
    let depth = vm.index_i32(*depth)?;
    let depth = u32::try_from(depth).map_err(|_| vm.value_error("depth must be >= 0"))?;
    vm.thread().origin_depth.set(depth);
    Ok(Value::NONE)
}

fn activate_stack_trampoline(vm: &Vm, [_, backend]: &[Value; 2]) -> R {
    let Some(name) = vm.as_str(*backend) else {
        let text = format!("activate_stack_trampoline() argument must be str, not {}", vm.type_name(*backend));
        return Err(vm.type_error(text));
    };
    if name.as_bytes() != b"perf" && name.as_bytes() != b"perf_jit" {
        return Err(vm.value_error(format!("invalid backend: {}", name.to_string_lossy())));
    }
    Err(vm.value_error("perf trampoline not available"))
}

fn remote_exec(vm: &Vm, [_, _, _]: &[Value; 3]) -> R {
    Err(vm.runtime_error("Remote debugging is not enabled"))
}

fn cpu_count_config(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(vm.config.cpu_count.map_or(-1, i64::from)))
}

/// A frame of the running thread, for callers in this crate.
pub fn frame_at(vm: &Vm, depth: usize) -> Option<Ref<FrameObj>> {
    frame_index(vm, depth.min(i32::MAX as usize) as i32).map(|index| vm.frame_object(index))
}
