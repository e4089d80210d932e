//! `faulthandler`: tracebacks of all threads on demand. Dumps are written at safepoints, not within handlers of signals;
//! a signal that ends the process is left to the system.

use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives};

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
    "cancel_dump_traceback_later($module, /)" => nothing;
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

fn write(fd: i32, text: &str) {
    // SAFETY: the text has that many bytes.
    unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
}

fn dump(vm: &Vm, fd: i32, all: bool) {
    let mut out = String::new();
    let current: *const object::thread::Thread = vm.thread();
    let mut show = |thread: &object::thread::Thread, title: &str| {
        out.push_str(title);
        for frame in thread.frames().iter().rev().take(100) {
            let text = |value: Value| vm.as_str(value).map_or_else(|| "???".to_string(), |text| text.to_string_lossy());
            out.push_str(&format!(
                "  File \"{}\", line {} in {}\n",
                text(frame.code.filename.get()),
                frame.line(),
                text(frame.code.name.get())
            ));
        }
    };
    if all {
        vm.for_each_thread(|thread| {
            let here = if std::ptr::eq(thread, current) { "Current thread" } else { "Thread" };
            show(thread, &format!("{here} {:#018x} (most recent call first):\n", thread.ident.get()));
        });
    } else {
        show(vm.thread(), "Stack (most recent call first):\n");
    }
    write(fd, &out);
}

fn enable(vm: &Vm, [_, file, _]: &[Value; 3]) -> R {
    file_arg(vm, *file)?;
    vm.set_state("faulthandler.enabled", Value::TRUE);
    Ok(Value::NONE)
}

fn disable(vm: &Vm, [_]: &[Value; 1]) -> R {
    let enabled = vm.state_value("faulthandler.enabled") == Some(Value::TRUE);
    vm.set_state("faulthandler.enabled", Value::FALSE);
    Ok(Value::bool(enabled))
}

fn is_enabled(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::bool(vm.state_value("faulthandler.enabled") == Some(Value::TRUE)))
}

fn dump_traceback(vm: &Vm, [_, file, all]: &[Value; 3]) -> R {
    let fd = file_arg(vm, *file)?;
    let all = vm.truthy(*all)?;
    dump(vm, fd, all);
    Ok(Value::NONE)
}

fn dump_c_stack(vm: &Vm, [_, file]: &[Value; 2]) -> R {
    let fd = file_arg(vm, *file)?;
    write(fd, "Current thread's C stack trace (most recent call first):\n  <cannot get C stack on this system>\n");
    Ok(Value::NONE)
}

fn dump_traceback_later(vm: &Vm, [_, timeout, _, file, _]: &[Value; 5]) -> R {
    if vm.to_nanoseconds(*timeout, object::arguments::Rounding::Up)? <= 0 {
        return Err(vm.value_error("timeout must be greater than 0"));
    }
    file_arg(vm, *file)?;
    // Accepted without effect: a hint for programs that hang, which must not make those fail that do not.
    Ok(Value::NONE)
}

fn nothing(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::NONE)
}

fn slot(number: i64) -> String {
    format!("faulthandler.signal{number}")
}

fn register(vm: &Vm, [_, number, file, all, _]: &[Value; 5]) -> R {
    let number = vm.index_i32(*number)?;
    if matches!(number, libc::SIGSEGV | libc::SIGFPE | libc::SIGABRT | libc::SIGBUS | libc::SIGILL) {
        return Err(vm.runtime_error(format!("signal {number} cannot be registered, use enable() instead")));
    }
    if !(1..65).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    let fd = file_arg(vm, *file)?;
    let all = Value::bool(vm.truthy(*all)?);
    vm.set_state(&slot(number as i64), vm.tuple(&[vm.int(fd as i64), all]).value());
    let function =
        vm.native_function(object::TypeId::BuiltinFunction, &HANDLER[0], Value::UNBOUND, Value::UNBOUND).value();
    let signal = vm.import_from("_signal", "signal")?;
    vm.call(signal, &[vm.int(number as i64), function])?;
    Ok(Value::NONE)
}

fn unregister(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    if !(1..65).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    let known = vm.state_value(&slot(number as i64)).is_some_and(|value| !value.is_none());
    if known {
        vm.set_state(&slot(number as i64), Value::NONE);
        let signal = vm.import_from("_signal", "signal")?;
        vm.call(signal, &[vm.int(number as i64), vm.int(0)])?;
    }
    Ok(Value::bool(known))
}

fn on_signal(vm: &Vm, [number, _]: &[Value; 2]) -> R {
    use object::ValueExt;
    let number = vm.index_i64(*number)?;
    if let Some(state) = vm.state_value(&slot(number)).and_then(|state| state.cast::<object::Tuple>()) {
        let fd = vm.index_i32(state.items()[0])?;
        dump(vm, fd, state.items()[1] == Value::TRUE);
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

fn sigsegv(_: &Vm, [_, _]: &[Value; 2]) -> R {
    raise(libc::SIGSEGV)
}

fn sigsegv_plain(_: &Vm, [_]: &[Value; 1]) -> R {
    raise(libc::SIGSEGV)
}

fn sigabrt(_: &Vm, [_]: &[Value; 1]) -> R {
    raise(libc::SIGABRT)
}

fn sigfpe(_: &Vm, [_]: &[Value; 1]) -> R {
    raise(libc::SIGFPE)
}
