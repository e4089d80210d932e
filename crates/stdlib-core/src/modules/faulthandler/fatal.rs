//! Signals that end the process: a traceback is written first.

use super::dump::{Out, dump};
use object::Vm;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};

static FD: AtomicI32 = AtomicI32::new(-1);
static ALL: AtomicBool = AtomicBool::new(true);
static INTERPRETER: AtomicPtr<Vm> = AtomicPtr::new(std::ptr::null_mut());

const SIGNALS: [(i32, &str); 5] = [
    (libc::SIGSEGV, "Segmentation fault"),
    (libc::SIGFPE, "Floating-point exception"),
    (libc::SIGABRT, "Aborted"),
    (libc::SIGBUS, "Bus error"),
    (libc::SIGILL, "Illegal instruction"),
];

extern "C" fn on_fatal(number: libc::c_int) {
    // The signal ends the process when this is done.
    // SAFETY: allowed in handlers.
    unsafe { libc::signal(number, libc::SIG_DFL) };
    let fd = FD.load(Ordering::Acquire);
    let vm = INTERPRETER.load(Ordering::Acquire);
    if fd >= 0 && !vm.is_null() {
        let name = SIGNALS.iter().find(|entry| entry.0 == number).map_or("unknown signal", |entry| entry.1);
        let mut out = Out::new(fd);
        out.text("Fatal Python error: ");
        out.text(name);
        out.text("\n\n");
        // SAFETY: the interpreter was enabled, and is not gone. It may be in the middle of a change: what is read
        // then is a matter of luck, as in every crash.
        dump(unsafe { &*vm }, &mut out, crate::threads::ident(), ALL.load(Ordering::Relaxed));
        out.text("\nCurrent thread's C stack trace (most recent call first):\n  <cannot get C stack on this system>\n");
    }
    // SAFETY: as above.
    unsafe { libc::raise(number) };
}

/// Takes the signals over.
pub fn enable(vm: &Vm, fd: i32, all: bool) {
    FD.store(fd, Ordering::Release);
    ALL.store(all, Ordering::Relaxed);
    INTERPRETER.store(std::ptr::from_ref(vm).cast_mut(), Ordering::Release);
    for (number, _) in SIGNALS {
        // SAFETY: the structure is valid. On the alternative stack, where the thread has one.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_fatal as *const () as usize;
            action.sa_flags = libc::SA_NODEFER | libc::SA_ONSTACK;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(number, &action, std::ptr::null_mut());
        }
    }
}

/// Gives the signals back. Tells whether they had been taken.
pub fn disable() -> bool {
    let enabled = FD.swap(-1, Ordering::AcqRel) >= 0;
    if enabled {
        for (number, _) in SIGNALS {
            // SAFETY: has no preconditions.
            unsafe { libc::signal(number, libc::SIG_DFL) };
        }
    }
    enabled
}

/// Are the signals taken?
pub fn is_enabled() -> bool {
    FD.load(Ordering::Acquire) >= 0
}
