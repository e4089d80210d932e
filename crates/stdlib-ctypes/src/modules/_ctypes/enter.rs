//! From the interpreter to foreign code, and from there back.
//!
//! While foreign code runs, its native thread has a chain of [`Call`]s, by which code that is called back finds the state
//! of the thread that it runs in, and knows whether the interpreter's lock was given away.

use object::thread::Thread;
use object::{Raised, Vm};
use std::cell::Cell;

thread_local! {
    /// The innermost call of the native thread. It tells nothing about an interpreter: each call names its own.
    static INNERMOST: Cell<*const Call> = const { Cell::new(std::ptr::null()) };
}

/// A foreign function that runs.
struct Call {
    vm: *const Vm,
    thread: *const Thread,
    /// Was the interpreter's lock given away?
    released: Cell<bool>,
    /// Did code that was called back raise an exception, which waits in the thread?
    raised: Cell<bool>,
    outer: *const Call,
}

/// Runs a closure that calls foreign code, with the interpreter's lock or without.
pub fn leave<T>(vm: &Vm, keep_lock: bool, f: impl FnOnce() -> T) -> Result<T, Raised> {
    let call = Call {
        vm,
        thread: vm.thread(),
        released: Cell::new(!keep_lock),
        raised: Cell::new(false),
        outer: INNERMOST.get(),
    };
    INNERMOST.set(&raw const call);
    let result = if keep_lock { f() } else { vm.allow_threads(f) };
    INNERMOST.set(call.outer);
    if call.raised.get() {
        return Err(vm.raise_again(vm.thread().pending.get()));
    }
    Ok(result)
}

/// The innermost call of an interpreter in this native thread.
fn innermost(vm: *const Vm) -> Option<&'static Call> {
    let mut at = INNERMOST.get();
    while !at.is_null() {
        // SAFETY: calls are on the native stack above this frame, and unlinked before they end. The reference is used
        // while this frame or one below it runs.
        let call = unsafe { &*at };
        if call.vm == vm {
            return Some(call);
        }
        at = call.outer;
    }
    None
}

/// The interpreter whose foreign call runs in this native thread.
pub fn current() -> Option<*const Vm> {
    let at = INNERMOST.get();
    // SAFETY: as above.
    if at.is_null() { None } else { Some(unsafe { (*at).vm }) }
}

/// Bytes of native stack that a thread has left which is not of Python's making.
fn stack_left() -> usize {
    const UNKNOWN: usize = 512 << 10;
    let here = 0u8;
    // SAFETY: the attributes are initialised by the first call and given back by the last.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return UNKNOWN;
        }
        let (mut address, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attributes, &mut address, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attributes);
        let left = (&raw const here as usize).saturating_sub(address as usize);
        if found && left > 0 { left } else { UNKNOWN }
    }
}

/// Runs a closure in the interpreter, from foreign code that runs in any native thread. An exception that the closure
/// raises is passed on to the call of the foreign code, if the interpreter made it; `default` is the result then.
///
/// # Safety
/// The interpreter is alive.
pub unsafe fn enter<T: Copy>(vm: *const Vm, default: T, f: impl FnOnce(&Vm) -> Result<T, Raised>) -> T {
    // SAFETY: as the caller promises.
    let vm = unsafe { &*vm };
    let call = innermost(vm);
    let run = || {
        // Nothing may unwind through foreign code.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(vm)));
        let raised = match outcome {
            Ok(Ok(result)) => return result,
            Ok(Err(raised)) => raised,
            Err(_) => vm.memory_error(),
        };
        match call {
            Some(call) => call.raised.set(true),
            None => vm.report_unraisable(raised, "Exception ignored in a foreign thread", object::Value::NONE),
        }
        default
    };
    match call {
        Some(call) if call.released.get() => {
            call.released.set(false);
            // SAFETY: the call notes the state of this native thread, which gave the lock away.
            let result = unsafe { vm.with_lock_again(call.thread, run) };
            call.released.set(true);
            result
        }
        Some(_) => run(),
        None => {
            vm.attach_thread(stack_left());
            // SAFETY: has no preconditions.
            vm.thread().ident.set(unsafe { libc::pthread_self() as u64 });
            let result = run();
            vm.detach_thread();
            result
        }
    }
}
