//! Out of the interpreter into SQLite, and from there back.
//!
//! While SQLite works, other threads get the interpreter's lock, if there are any. Callbacks find in the native thread
//! whether the lock was given away.

use object::Vm;
use object::thread::Thread;
use std::cell::Cell;

thread_local! {
    /// The innermost call of the native thread that gave a lock away. Each names its interpreter.
    static INNERMOST: Cell<*const Call> = const { Cell::new(std::ptr::null()) };
}

/// A call of SQLite for which the lock was given away.
struct Call {
    vm: *const Vm,
    thread: *const Thread,
    /// Is the lock still away?
    released: Cell<bool>,
    outer: *const Call,
}

/// Is the calling thread the only one of its interpreter?
fn is_alone(vm: &Vm) -> bool {
    let mut count = 0;
    vm.for_each_thread(|_| count += 1);
    count == 1
}

/// Runs a closure that may take long or wait. It must not touch objects.
#[inline]
pub fn leave<T>(vm: &Vm, f: impl FnOnce() -> T) -> T {
    if is_alone(vm) { f() } else { release(vm, f) }
}

#[inline(never)]
fn release<T>(vm: &Vm, f: impl FnOnce() -> T) -> T {
    let call = Call { vm, thread: vm.thread(), released: Cell::new(true), outer: INNERMOST.get() };
    INNERMOST.set(&raw const call);
    let result = vm.allow_threads(f);
    INNERMOST.set(call.outer);
    result
}

/// Runs a closure in the interpreter, from a callback of SQLite. `default` is the result where it panics.
///
/// # Safety
/// The interpreter is alive, and SQLite was called by it in this native thread.
#[inline]
pub unsafe fn enter<T>(vm: *const Vm, default: T, f: impl FnOnce(&Vm) -> T) -> T {
    // SAFETY: as the caller promises.
    let vm = unsafe { &*vm };
    // Nothing may unwind through foreign code.
    let run = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(vm))).unwrap_or(default);
    let mut at = INNERMOST.get();
    while !at.is_null() {
        // SAFETY: calls are on the native stack above this frame, and unlinked before they end.
        let call = unsafe { &*at };
        if std::ptr::eq(call.vm, vm) {
            if !call.released.get() {
                break;
            }
            call.released.set(false);
            // SAFETY: the call notes the state of this native thread, which gave the lock away.
            let result = unsafe { vm.with_lock_again(call.thread, run) };
            call.released.set(true);
            return result;
        }
        at = call.outer;
    }
    run()
}
