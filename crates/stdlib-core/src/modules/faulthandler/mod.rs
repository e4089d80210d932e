//! `faulthandler`: tracebacks on demand, after a time, at signals, and before the process ends by one.

mod dump;
mod fatal;
mod later;

use dump::{Out, dump};

use object::{Module, ModuleDef, R, Raised, Ref, Value, ValueExt, Vm, natives};

natives! { static FUNCTIONS: {
    /// Enable the fault handler.
    "enable($module, /, file=<unrepresentable>, all_threads=True)" => enable;
    /// Disable the fault handler.
    "disable($module, /)" => disable;
    /// Check if the handler is enabled.
    "is_enabled($module, /)" => is_enabled;
    /// Dump the traceback of the current thread into file.
    "dump_traceback($module, /, file=<unrepresentable>, all_threads=True)" => dump_traceback;
    /// Dump the C stack of the current thread.
    "dump_c_stack($module, /, file=<unrepresentable>)" => dump_c_stack;
    /// Dump the traceback of all threads into file after timeout seconds.
    "dump_traceback_later($module, /, timeout, repeat=False, file=<unrepresentable>, exit=False)" => dump_traceback_later;
    /// Cancel the previous call to dump_traceback_later().
    "cancel_dump_traceback_later($module, /)" => cancel_later;
    /// Register a handler for the signal 'signum'.
    "register($module, /, signum, file=<unrepresentable>, all_threads=True, chain=False)" => register;
    /// Unregister the handler of the signal 'signum' registered by register().
    "unregister($module, signum, /)" => unregister;
    "_sigsegv($module, release_gil=False, /)" => sigsegv;
    "_sigabrt($module, /)" => sigabrt;
    "_sigfpe($module, /)" => sigfpe;
    "_read_null($module, /)" => sigsegv_plain;
    "_stack_overflow($module, /)" => sigsegv_plain;
    "_fatal_error_c_thread($module, /)" => sigabrt;
}}

natives! { static HANDLER: {
    "_dump_on_signal(signum, frame, /)" => on_signal;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "faulthandler",
    doc: "faulthandler module.",
    functions: &[FUNCTIONS],
    exec: |_: &Vm, _: Ref<Module>| Ok(()),
};

/// The descriptor that is written to.
fn file_arg(vm: &Vm, file: Value) -> Result<i32, Raised> {
    let file = if file.is_unbound() || file.is_none() {
        match vm.sys_dict().get_str(vm, vm.names.stderr) {
            Some(file) if !file.is_none() => file,
            Some(_) => return Err(vm.runtime_error("sys.stderr is None")),
            None => return Err(vm.runtime_error("unable to get sys.stderr")),
        }
    } else {
        file
    };
    if vm.as_int(file).is_some() {
        let fd = vm.index_i32(file)?;
        if fd < 0 {
            return Err(vm.value_error("file is not a valid file descripter"));
        }
        return Ok(fd);
    }
    let fd = vm.call_method(file, vm.names.fileno, &[])?;
    let fd = if vm.as_int(fd).is_some() { vm.index_i32(fd)? } else { -1 };
    if fd < 0 {
        return Err(vm.runtime_error("file.fileno() is not a valid file descriptor"));
    }
    if let Err(raised) = vm.call_method(file, vm.names.flush, &[]) {
        vm.take_exception(raised);
    }
    Ok(fd)
}

fn enable(vm: &Vm, [_, file, all]: &[Value; 3]) -> R {
    let fd = file_arg(vm, *file)?;
    // The file is kept: its descriptor must stay what it is.
    vm.set_state("faulthandler.file", file.or_none());
    fatal::enable(vm, fd, vm.truthy(*all)?);
    Ok(Value::NONE)
}

/// Enables the module at start-up where the command line or the environment asks for it.
pub fn enable_by_settings(vm: &Vm) {
    let option = vm.config.x_options.iter().any(|(name, _)| name == "faulthandler");
    let variable =
        !vm.config.ignore_environment && std::env::var_os("PYTHONFAULTHANDLER").is_some_and(|value| !value.is_empty());
    if option || variable || vm.config.dev_mode {
        fatal::enable(vm, 2, true);
    }
}

fn disable(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.set_state("faulthandler.file", Value::NONE);
    Ok(Value::bool(fatal::disable()))
}

fn is_enabled(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::bool(fatal::is_enabled()))
}

fn dump_traceback(vm: &Vm, [_, file, all]: &[Value; 3]) -> R {
    let fd = file_arg(vm, *file)?;
    let all = vm.truthy(*all)?;
    dump(vm, &mut Out::new(fd), crate::threads::ident(), all);
    Ok(Value::NONE)
}

fn dump_c_stack(vm: &Vm, [_, file]: &[Value; 2]) -> R {
    let fd = file_arg(vm, *file)?;
    Out::new(fd).text("Current thread's C stack trace (most recent call first):\n  <cannot get C stack on this system>\n");
    Ok(Value::NONE)
}

fn dump_traceback_later(vm: &Vm, [_, timeout, repeat, file, exit]: &[Value; 5]) -> R {
    let nanoseconds = vm.to_nanoseconds(*timeout, object::arguments::Rounding::Up)?;
    if nanoseconds <= 0 {
        return Err(vm.value_error("timeout must be greater than 0"));
    }
    let fd = file_arg(vm, *file)?;
    vm.set_state("faulthandler.later_file", file.or_none());
    later::start(vm, nanoseconds as u64, vm.truthy(*repeat)?, fd, vm.truthy(*exit)?)?;
    Ok(Value::NONE)
}

fn cancel_later(vm: &Vm, [_]: &[Value; 1]) -> R {
    later::cancel();
    vm.set_state("faulthandler.later_file", Value::NONE);
    Ok(Value::NONE)
}

fn slot(number: i64) -> String {
    format!("faulthandler.signal{number}")
}

fn register(vm: &Vm, [_, number, file, all, chain]: &[Value; 5]) -> R {
    let number = vm.index_i32(*number)?;
    if matches!(number, libc::SIGSEGV | libc::SIGFPE | libc::SIGABRT | libc::SIGBUS | libc::SIGILL) {
        return Err(vm.runtime_error(format!("signal {number} cannot be registered, use enable() instead")));
    }
    if !(1..65).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    let fd = file_arg(vm, *file)?;
    let (all, chain) = (Value::bool(vm.truthy(*all)?), Value::bool(vm.truthy(*chain)?));
    let function =
        vm.native_function(object::TypeId::BuiltinFunction, &HANDLER[0], Value::UNBOUND, Value::UNBOUND).value();
    let signal = vm.import_from("_signal", "signal")?;
    let known = vm.state_value(&slot(number as i64)).and_then(|state| state.cast::<object::Tuple>());
    let before = vm.call(signal, &[vm.int(number as i64), function])?;
    let before = known.map_or(before, |known| known.items()[3]);
    let state = [vm.int(fd as i64), all, chain, before, file.or_none()];
    vm.set_state(&slot(number as i64), vm.tuple(&state).value());
    Ok(Value::NONE)
}

fn unregister(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    if !(1..65).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    let known = vm.state_value(&slot(number as i64)).and_then(|state| state.cast::<object::Tuple>());
    if let Some(known) = known {
        vm.set_state(&slot(number as i64), Value::NONE);
        let signal = vm.import_from("_signal", "signal")?;
        let before = known.items()[3];
        let before = if before.is_none() { vm.int(0) } else { before };
        vm.call(signal, &[vm.int(number as i64), before])?;
    }
    Ok(Value::bool(known.is_some()))
}

fn on_signal(vm: &Vm, [number, frame]: &[Value; 2]) -> R {
    let signal = vm.index_i32(*number)?;
    let state = vm.state_value(&slot(signal as i64)).and_then(|state| state.cast::<object::Tuple>());
    let Some(state) = state else { return Ok(Value::NONE) };
    let &[fd, all, chain, before, _] = state.items() else { return Ok(Value::NONE) };
    let fd = vm.index_i32(fd)?;
    dump(vm, &mut Out::new(fd), crate::threads::ident(), all == Value::TRUE);
    if chain != Value::TRUE {
        return Ok(Value::NONE);
    }
    if vm.is_callable(before) {
        return vm.call(before, &[*number, *frame]);
    }
    if before.as_small() == Some(0) {
        // What the system does: mostly, the end.
        return raise(signal);
    }
    Ok(Value::NONE)
}

fn raise(number: i32) -> R {
    // SAFETY: ends the process, as asked for.
    unsafe {
        libc::signal(number, libc::SIG_DFL);
        libc::raise(number);
    }
    Ok(Value::NONE)
}

/// Sends the signal that a crash would bring, to whoever handles it.
fn crash(number: i32) -> R {
    // SAFETY: has no preconditions.
    unsafe { libc::raise(number) };
    Ok(Value::NONE)
}

fn sigsegv(_: &Vm, [_, _]: &[Value; 2]) -> R {
    crash(libc::SIGSEGV)
}

fn sigsegv_plain(_: &Vm, [_]: &[Value; 1]) -> R {
    crash(libc::SIGSEGV)
}

fn sigabrt(_: &Vm, [_]: &[Value; 1]) -> R {
    crash(libc::SIGABRT)
}

fn sigfpe(_: &Vm, [_]: &[Value; 1]) -> R {
    crash(libc::SIGFPE)
}
