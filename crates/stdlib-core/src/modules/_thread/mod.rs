//! `_thread`

mod handle;
mod local;
mod locks;
mod start;

use crate::threads::ident;
use object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives, structseq};

structseq! { static EXCEPT_HOOK_ARGS: "_thread" "_ExceptHookArgs" "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.", 4, {
    "exc_type" "Exception type";
    "exc_value" "Exception value";
    "exc_traceback" "Exception traceback";
    "thread" "Thread";
}}

natives! { static FUNCTIONS: {
    /// Create a new lock object. See help(type(threading.Lock())) for information about locks.
    "allocate_lock($module, /)" => locks::allocate_lock;
    /// An obsolete synonym of allocate_lock().
    "allocate($module, /)" => locks::allocate_lock;
    /// Start a new thread and return its identifier.
    "start_new_thread($module, function, args, kwargs=<unrepresentable>, /)" => start::start_new_thread;
    /// An obsolete synonym of start_new_thread().
    "start_new($module, function, args, kwargs=<unrepresentable>, /)" => start::start_new_thread;
    /// *For internal use only*: start a new thread.
    "start_joinable_thread($module, /, function, handle=None, daemon=True)" => start::start_joinable_thread;
    /// Return True if daemon threads are allowed in the current interpreter, and False otherwise.
    "daemon_threads_allowed($module, /)" => true_function;
    /// Return a non-zero integer that uniquely identifies the current thread.
    "get_ident($module, /)" => get_ident [leaf];
    /// Return a non-negative integer identifying the thread as reported by the OS (kernel).
    "get_native_id($module, /)" => get_native_id [leaf];
    /// Return the number of currently running Python threads, excluding the main thread.
    "_count($module, /)" => count;
    /// Return the thread stack size used when creating new threads.
    "stack_size($module, size=0, /)" => start::stack_size;
    /// Simulate the arrival of the given signal in the main thread.
    "interrupt_main($module, signum=2, /)" => interrupt_main;
    /// This is synonymous to ``raise SystemExit''.  It will cause the current
    /// thread to exit silently unless the exception is caught.
    "exit($module, /)" => exit;
    /// An obsolete synonym of exit().
    "exit_thread($module, /)" => exit;
    /// Set the name of the current thread.
    "set_name($module, /, name)" => set_name;
    /// Get the name of the current thread.
    "_get_name($module, /)" => get_name;
    /// Handle uncaught Thread.run() exception.
    "_excepthook($module, exc_info, /)" => excepthook;
    /// Return True if the current interpreter is the main Python interpreter.
    "_is_main_interpreter($module, /)" => true_function;
    /// Wait for all non-daemon threads (other than the calling thread) to stop.
    "_shutdown($module, /)" => handle::shutdown;
    /// Internal only. Make a thread handle for threads not spawned by the _thread or threading module.
    "_make_thread_handle($module, ident, /)" => handle::make_thread_handle;
    /// Internal only. Return a non-zero integer that uniquely identifies the main thread of the main interpreter.
    "_get_main_thread_ident($module, /)" => main_thread_ident;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: &[FUNCTIONS],
    exec,
};

/// The most seconds that a lock can be waited for.
pub const TIMEOUT_MAX: f64 = 9_223_372_036.0;

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let main = vm.thread();
    if main.ident.get() == 0 {
        main.ident.set(ident());
    }
    vm.set_state("_thread.main", vm.int_u64(ident()));
    vm.add_value(module, "error", vm.types[TypeId::RuntimeError]);
    vm.add_value(module, "TIMEOUT_MAX", vm.float(TIMEOUT_MAX));
    vm.add_value(module, "_NAME_MAXLEN", vm.int(15));
    EXCEPT_HOOK_ARGS.add(vm, module, "_thread._ExceptHookArgs");
    locks::add(vm, module);
    handle::add(vm, module);
    local::add(vm, module);
    vm.set_state("_thread.starting", vm.dict().value());
    Ok(())
}

/// In a new process: the thread that forked is the main one, the others are no more.
pub fn after_fork(vm: &Vm) {
    vm.set_state("_thread.main", vm.int_u64(ident()));
    handle::after_fork(vm);
}

/// Identifies the main thread of the interpreter.
pub fn main_ident(vm: &Vm) -> u64 {
    vm.state_value("_thread.main").and_then(|main| vm.as_int(main)).and_then(|main| main.to_i64()).unwrap_or(0) as u64
}

fn true_function(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::TRUE)
}

fn get_ident(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int_u64(ident()))
}

fn get_native_id(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: has no preconditions.
    Ok(vm.int(unsafe { libc::syscall(libc::SYS_gettid) }))
}

fn count(vm: &Vm, [_]: &[Value; 1]) -> R {
    let mut count = -1;
    vm.for_each_thread(|_| count += 1);
    Ok(vm.int(count))
}

fn interrupt_main(vm: &Vm, [_, signal]: &[Value; 2]) -> R {
    let signal = vm.index_i32(*signal)?;
    if !(1..65).contains(&signal) {
        return Err(vm.value_error("signal number out of range"));
    }
    crate::_signal::trip_if_handled(vm, signal);
    vm.check_signals()?;
    Ok(Value::NONE)
}

fn exit(vm: &Vm, [_]: &[Value; 1]) -> R {
    Err(vm.raise_type(vm.types[TypeId::SystemExit], &[]))
}

fn set_name(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let Some(name) = vm.as_str(*name) else {
        let text = format!("set_name() argument 'name' must be str, not {}", vm.type_name(*name));
        return Err(vm.type_error(text));
    };
    // Names that the system cannot hold are cut, at a boundary.
    let text = name.to_string_lossy();
    let text = text.split('\0').next().unwrap_or("");
    let mut len = text.len().min(15);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    let cut = std::ffi::CString::new(&text[..len]).unwrap_or_default();
    // SAFETY: the name ends with a null and is short enough.
    let error = unsafe { libc::pthread_setname_np(libc::pthread_self(), cut.as_ptr()) };
    if error == 0 { Ok(Value::NONE) } else { Err(vm.os_error(error)) }
}

fn get_name(vm: &Vm, [_]: &[Value; 1]) -> R {
    let mut buffer = [0u8; 100];
    // SAFETY: the buffer has that size.
    let error = unsafe { libc::pthread_getname_np(libc::pthread_self(), buffer.as_mut_ptr().cast(), buffer.len()) };
    if error != 0 {
        return Err(vm.os_error(error));
    }
    let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
    Ok(vm.fs_decode(&buffer[..len]).value())
}

fn main_thread_ident(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int_u64(main_ident(vm)))
}

fn excepthook(vm: &Vm, [_, args]: &[Value; 2]) -> R {
    if vm.state_value("_thread._ExceptHookArgs") != Some(vm.type_of(*args).value()) {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let field = |index: usize| object::structseq::field(vm, *args, index);
    if field(0) == vm.types[TypeId::SystemExit].value() {
        return Ok(Value::NONE);
    }
    let thread = field(3);
    let mut file = vm.sys_dict().get_str(vm, vm.names.stderr).unwrap_or(Value::NONE);
    if file.is_none() {
        if thread.is_none() {
            return Ok(Value::NONE);
        }
        file = vm.getattr_str(thread, "_stderr")?;
        if file.is_none() {
            return Ok(Value::NONE);
        }
    }
    let mut text = base::text::Wtf8Buf::from_str("Exception in thread ");
    let name = if thread.is_none() { None } else { vm.getattr_opt(thread, vm.names.name)? };
    match name {
        Some(name) => text.push_wtf8(vm.to_str(name)?.text()),
        None => text.push_str(&ident().to_string()),
    }
    text.push_str(":\n");
    vm.call_method(file, vm.names.write, &[vm.str_wtf8(&text).value()])?;
    let print = vm.import_from("traceback", "print_exception")?;
    let value = if field(1).cast::<object::Exception>().is_some() { field(1) } else { Value::NONE };
    vm.call_keywords(print, &[field(0), value, field(2)], &[("file", file)])?;
    vm.call_method(file, vm.names.flush, &[])?;
    Ok(Value::NONE)
}
