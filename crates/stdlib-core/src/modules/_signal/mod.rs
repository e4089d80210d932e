//! `_signal`
//!
//! A signal only leaves a mark; its Python function runs at the next safepoint of the main thread. Marks and the
//! descriptor that is woken belong to the process, as signals do.

mod constants;
mod timers;
mod waiting;

use crate::threads::ident;
use object::vm::breaker;
use object::{List, Module, ModuleDef, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// One more than the largest signal number.
pub const NSIG: usize = 65;

static TRIPPED: [AtomicBool; NSIG] = [const { AtomicBool::new(false) }; NSIG];
/// The flags that make the main interpreter look.
static BREAKER: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());
static MAIN_THREAD: AtomicU64 = AtomicU64::new(0);
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WARN_FULL: AtomicBool = AtomicBool::new(true);
/// The errno of a write to the wake-up descriptor that failed and was not reported yet.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

natives! { static FUNCTIONS: {
    /// Set the action for the given signal.
    "signal($module, signalnum, handler, /)" => signal;
    /// Return the current action for the given signal.
    "getsignal($module, signalnum, /)" => getsignal;
    /// The default handler for SIGINT installed by Python.
    "default_int_handler($module, signalnum, frame, /)" => default_int_handler;
    /// Send a signal to the executing process.
    "raise_signal($module, signalnum, /)" => raise_signal;
    /// Return the system description of the given signal.
    "strsignal($module, signalnum, /)" => strsignal;
    /// Return a set of valid signal numbers on this platform.
    "valid_signals($module, /)" => valid_signals;
    /// Change system call restart behaviour.
    "siginterrupt($module, signalnum, flag, /)" => siginterrupt;
    /// Sets the fd to be written to (with the signal number) when a signal comes in.
    "set_wakeup_fd($module, fd, /, *, warn_on_full_buffer=True)" => set_wakeup_fd;
    /// Send a signal to a thread.
    "pthread_kill($module, thread_id, signalnum, /)" => pthread_kill;
    /// Send a signal to a process referred to by a pid file descriptor.
    "pidfd_send_signal($module, pidfd, signalnum, siginfo=None, flags=0, /)" => pidfd_send_signal;
}}

natives! { static AFTER_FORK: {
    "_after_fork()" => after_fork;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_signal",
    doc: "This module provides mechanisms to use signal handlers in Python.",
    functions: &[FUNCTIONS, timers::FUNCTIONS, waiting::FUNCTIONS],
    exec,
};

extern "C" fn on_signal(number: libc::c_int) {
    // SAFETY: only calls that are allowed in handlers of signals; errno is put back.
    unsafe {
        let errno = *libc::__errno_location();
        trip(number);
        *libc::__errno_location() = errno;
    }
}

/// Marks a signal. May be called by handlers of signals.
fn trip(number: i32) {
    if let Some(mark) = TRIPPED.get(number as usize) {
        mark.store(true, Ordering::Release);
    }
    let flags = BREAKER.load(Ordering::Acquire);
    if !flags.is_null() {
        // SAFETY: the flags of the main interpreter, which `forget` takes back before it ends.
        unsafe { (*flags).fetch_or(breaker::SIGNAL, Ordering::Release) };
    }
    let fd = WAKEUP_FD.load(Ordering::Acquire);
    if fd >= 0 {
        let byte = number as u8;
        // SAFETY: one byte is readable. A socket or a pipe: both take a write.
        let written = unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        if written < 0 {
            let error = object::fs::last_errno();
            let full = error == libc::EAGAIN;
            if !full || WARN_FULL.load(Ordering::Relaxed) {
                WAKEUP_ERROR.store(error, Ordering::Release);
                if !flags.is_null() {
                    // SAFETY: as above.
                    unsafe { (*flags).fetch_or(breaker::SIGNAL, Ordering::Release) };
                }
            }
        }
    }
}

/// As if a signal had come, unless it is ignored or left to the system.
pub fn trip_if_handled(vm: &Vm, number: i32) {
    let handled = handlers(vm).and_then(|handlers| handlers.get(number as usize));
    if handled.is_some_and(|handler| !handler.is_none() && !handler.is_int()) {
        trip(number);
    }
}

/// The interpreter ends: signals leave no marks there any more.
pub fn forget(vm: &Vm) {
    let ours = (&raw const vm.breaker).cast_mut();
    let _ = BREAKER.compare_exchange(ours, std::ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
}

/// The Python functions of signals by number: 0 for the default, 1 for none, None for what is not Python's.
fn handlers(vm: &Vm) -> Option<Ref<List>> {
    vm.state_value("_signal.handlers").and_then(|handlers| handlers.cast())
}

fn is_main_thread() -> bool {
    MAIN_THREAD.load(Ordering::Relaxed) == ident()
}

/// Calls the functions of the signals that came. To be called at safepoints where the flag of signals is set; other
/// threads than the main one leave all as it is.
pub fn run_pending_signals(vm: &Vm) -> Result<(), Raised> {
    if !is_main_thread() || !std::ptr::eq(BREAKER.load(Ordering::Acquire), &vm.breaker) {
        return Ok(());
    }
    vm.breaker.fetch_and(!breaker::SIGNAL, Ordering::AcqRel);
    let error = WAKEUP_ERROR.swap(0, Ordering::AcqRel);
    if error != 0 {
        let raised = vm.os_error(error);
        vm.report_unraisable(raised, "Exception ignored when trying to write to the signal wakeup fd", Value::NONE);
    }
    let Some(handlers) = handlers(vm) else { return Ok(()) };
    for (number, mark) in TRIPPED.iter().enumerate() {
        if !mark.swap(false, Ordering::AcqRel) {
            continue;
        }
        let handler = handlers.get(number).unwrap_or(Value::NONE);
        if handler.is_none() || handler.is_int() {
            // It was changed after the signal had come.
            let text = vm.str(&format!("Signal {number} ignored due to race condition")).value();
            let raised = vm.raise_type(vm.types[TypeId::OSError], &[text]);
            vm.report_unraisable(raised, "", Value::NONE);
            continue;
        }
        let frame = crate::sys_::frame_at(vm, 0).map_or(Value::NONE, Ref::value);
        if let Err(raised) = vm.call(handler, &[vm.int_usize(number), frame]) {
            // The others come after what the exception leads to.
            vm.breaker.fetch_or(breaker::SIGNAL, Ordering::AcqRel);
            return Err(raised);
        }
    }
    Ok(())
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, value) in constants::CONSTANTS.iter().chain(constants::MORE) {
        vm.add_value(module, name, vm.int(*value));
    }
    // SAFETY: has no preconditions.
    let (low, high) = (libc::SIGRTMIN(), libc::SIGRTMAX());
    vm.add_value(module, "SIGRTMIN", vm.int(low as i64));
    vm.add_value(module, "SIGRTMAX", vm.int(high as i64));
    timers::add(vm, module)?;
    waiting::add(vm, module);
    let list = vm.list(&[Value::NONE]);
    for number in 1..NSIG as i32 {
        // SAFETY: all zeros is a value of this structure, which the call fills.
        let action = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(number, std::ptr::null(), &mut action) == 0 {
                action.sa_sigaction
            } else {
                libc::SIG_DFL
            }
        };
        list.push(
            vm,
            match action {
                libc::SIG_DFL => vm.int(0),
                libc::SIG_IGN => vm.int(1),
                _ => Value::NONE,
            },
        );
    }
    vm.set_state("_signal.handlers", list.value());
    let hook = vm.native_function(TypeId::BuiltinFunction, &AFTER_FORK[0], Value::UNBOUND, Value::UNBOUND);
    vm.set_state("native_after_fork", hook.value());
    if BREAKER.load(Ordering::Acquire).is_null() {
        install(vm, module, list);
        crate::faulthandler::enable_by_settings(vm);
    }
    Ok(())
}

/// The first interpreter of a process gets its signals.
fn install(vm: &Vm, module: Ref<Module>, list: Ref<List>) {
    MAIN_THREAD.store(ident(), Ordering::Relaxed);
    BREAKER.store((&raw const vm.breaker).cast_mut(), Ordering::Release);
    // SAFETY: programs are told of broken pipes and file sizes by exceptions.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    list.set(vm, libc::SIGPIPE as usize, vm.int(1));
    list.set(vm, libc::SIGXFSZ as usize, vm.int(1));
    if list.items()[libc::SIGINT as usize].as_small() == Some(0)
        && let Some(handler) = module.dict().get_str(vm, vm.names.default_int_handler)
    {
        list.set(vm, libc::SIGINT as usize, handler);
        set_action(libc::SIGINT, on_signal as *const () as usize);
    }
}

/// In a new process: the thread that forked is the main one, and the only one.
fn after_fork(vm: &Vm, []: &[Value; 0]) -> R {
    MAIN_THREAD.store(ident(), Ordering::Relaxed);
    for mark in &TRIPPED {
        mark.store(false, Ordering::Relaxed);
    }
    crate::_thread::after_fork(vm);
    crate::_imp::after_fork(vm);
    crate::_warnings::after_fork(vm);
    Ok(Value::NONE)
}

fn set_action(number: i32, action: usize) -> bool {
    // SAFETY: the structure is valid; the handler does what handlers may.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = action;
        // On the alternative stack, where the thread has one.
        new.sa_flags = libc::SA_ONSTACK;
        libc::sigemptyset(&mut new.sa_mask);
        libc::sigaction(number, &new, std::ptr::null_mut()) == 0
    }
}

/// A signal number.
pub fn number_arg(vm: &Vm, value: Value) -> Result<i32, Raised> {
    let number = vm.index_i32(value)?;
    if !(1..NSIG as i32).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    Ok(number)
}

fn table(vm: &Vm) -> Result<Ref<List>, Raised> {
    handlers(vm).ok_or_else(|| vm.system_error("_signal is not set up"))
}

fn signal(vm: &Vm, [_, number, handler]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    if !is_main_thread() {
        return Err(vm.value_error("signal only works in main thread of the main interpreter"));
    }
    if !(1..NSIG as i32).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    let simple = vm.as_int(*handler).and_then(|handler| handler.to_i64());
    let action = match simple {
        Some(0) => libc::SIG_DFL,
        Some(1) => libc::SIG_IGN,
        _ if vm.is_callable(*handler) => on_signal as *const () as usize,
        _ => {
            let text = "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object";
            return Err(vm.type_error(text));
        }
    };
    vm.check_signals()?;
    if !set_action(number, action) {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    let handlers = table(vm)?;
    let old = handlers.items()[number as usize];
    let new = match simple {
        Some(simple @ (0 | 1)) => vm.int(simple),
        _ => *handler,
    };
    handlers.set(vm, number as usize, new);
    Ok(old)
}

fn getsignal(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = number_arg(vm, *number)?;
    Ok(table(vm)?.items()[number as usize])
}

fn default_int_handler(vm: &Vm, [_, _, _]: &[Value; 3]) -> R {
    Err(vm.raise_type(vm.types[TypeId::KeyboardInterrupt], &[]))
}

fn raise_signal(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: has no preconditions.
    if vm.allow_threads(|| unsafe { libc::raise(number) }) != 0 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    vm.check_signals()?;
    Ok(Value::NONE)
}

fn strsignal(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = number_arg(vm, *number)?;
    // SAFETY: the text lives until the next call; only the thread with the interpreter's lock calls.
    unsafe {
        let text = libc::strsignal(number);
        if text.is_null() {
            return Ok(Value::NONE);
        }
        let text = std::ffi::CStr::from_ptr(text).to_bytes();
        if text.starts_with(b"Unknown signal") {
            return Ok(Value::NONE);
        }
        Ok(vm.fs_decode(text).value())
    }
}

/// A set of signals as a Python set.
pub fn set_value(vm: &Vm, set: &libc::sigset_t) -> R {
    let result = vm.set();
    for number in 1..NSIG as i32 {
        // SAFETY: the structure is valid.
        if unsafe { libc::sigismember(set, number) } == 1 {
            result.add(vm, vm.int(number as i64))?;
        }
    }
    Ok(result.value())
}

/// A set of signals of an iterable.
pub fn set_arg(vm: &Vm, signals: Value) -> Result<libc::sigset_t, Raised> {
    // SAFETY: all zeros is a value of this structure, which is emptied.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is writable.
    unsafe { libc::sigemptyset(&mut set) };
    vm.for_each(signals, |signal| {
        let number = match vm.index(signal)?.to_i64() {
            Some(number) if (1..NSIG as i64).contains(&number) => number as i32,
            _ => {
                let shown = vm.repr(signal)?.to_string_lossy();
                return Err(vm.value_error(format!("signal number {shown} out of range [1; 64]")));
            }
        };
        // SAFETY: the number is in range. Those that the C library keeps for itself are left out silently.
        unsafe { libc::sigaddset(&mut set, number) };
        Ok(())
    })?;
    Ok(set)
}

fn valid_signals(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: the structure is filled by the call.
    let set = unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut set);
        set
    };
    set_value(vm, &set)
}

fn siginterrupt(vm: &Vm, [_, number, flag]: &[Value; 3]) -> R {
    let number = number_arg(vm, *number)?;
    let flag = vm.index_i32(*flag)?;
    // SAFETY: the structures are valid.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &mut action);
        if flag != 0 {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        libc::sigaction(number, &action, std::ptr::null_mut())
    };
    if result != 0 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    Ok(Value::NONE)
}

fn set_wakeup_fd(vm: &Vm, [_, fd, warn]: &[Value; 3]) -> R {
    let fd = vm.index_i32(*fd)?;
    let warn = vm.truthy(*warn)?;
    if !is_main_thread() {
        return Err(vm.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        // SAFETY: the structure is filled by the call; has no other preconditions.
        let flags = unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            if libc::fstat(fd, &mut stat) != 0 {
                return Err(vm.os_error(object::fs::last_errno()));
            }
            libc::fcntl(fd, libc::F_GETFL)
        };
        if flags < 0 {
            return Err(vm.os_error(object::fs::last_errno()));
        }
        if flags & libc::O_NONBLOCK == 0 {
            return Err(vm.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    WARN_FULL.store(warn, Ordering::Relaxed);
    Ok(vm.int(WAKEUP_FD.swap(fd, Ordering::AcqRel) as i64))
}

fn pthread_kill(vm: &Vm, [_, thread, number]: &[Value; 3]) -> R {
    let thread = vm.index_i64(*thread)?;
    let number = vm.index_i32(*number)?;
    vm.audit("signal.pthread_kill", &[vm.int(thread), vm.int(number as i64)])?;
    // SAFETY: a thread that does not exist is the caller's fault, as the documentation says.
    let error = unsafe { libc::pthread_kill(thread as libc::pthread_t, number) };
    if error != 0 {
        return Err(vm.os_error(error));
    }
    vm.check_signals()?;
    Ok(Value::NONE)
}

fn pidfd_send_signal(vm: &Vm, [_, fd, number, info, flags]: &[Value; 5]) -> R {
    let (fd, number, flags) = (vm.index_i32(*fd)?, vm.index_i32(*number)?, vm.index_i32(*flags)?);
    if !info.is_none() {
        return Err(vm.type_error("siginfo must be None"));
    }
    let null = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: the structure may be null.
    if unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, number, null, flags) } < 0 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    vm.check_signals()?;
    Ok(Value::NONE)
}
