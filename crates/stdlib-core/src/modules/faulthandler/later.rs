//! Tracebacks after a time: a thread waits, and takes the interpreter's lock when the time is over.

use super::dump::{Out, dump};
use object::{Raised, Vm};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// The number of the call that counts: those before it were cancelled.
static CURRENT: AtomicU64 = AtomicU64::new(0);
static WAKE: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

struct Shared(*const Vm);
// SAFETY: an interpreter may be used by any thread that takes its lock, which the thread does first.
unsafe impl Send for Shared {}

impl Shared {
    fn vm(&self) -> &Vm {
        // SAFETY: the interpreter outlives its process's main function.
        unsafe { &*self.0 }
    }
}

/// Cancels what waits.
pub fn cancel() {
    CURRENT.fetch_add(1, Ordering::AcqRel);
    let _guard = WAKE.0.lock();
    WAKE.1.notify_all();
}

/// `Timeout (0:00:01)!`, as a time is shown.
fn title(nanoseconds: u64) -> String {
    let (seconds, micros) = (nanoseconds / 1_000_000_000, nanoseconds / 1000 % 1_000_000);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros > 0 {
        format!("Timeout ({hours}:{minutes:02}:{rest:02}.{micros:06})!\n")
    } else {
        format!("Timeout ({hours}:{minutes:02}:{rest:02})!\n")
    }
}

/// Waits until the time is over. False where the call was cancelled.
fn wait(number: u64, nanoseconds: u64) -> bool {
    let Some(end) = Instant::now().checked_add(Duration::from_nanos(nanoseconds)) else { return false };
    let mut guard = WAKE.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    loop {
        if CURRENT.load(Ordering::Acquire) != number {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        guard = match WAKE.1.wait_timeout(guard, left) {
            Ok(result) => result.0,
            Err(poisoned) => poisoned.into_inner().0,
        };
    }
}

/// Starts a thread that writes tracebacks after a time.
pub fn start(vm: &Vm, nanoseconds: u64, repeat: bool, fd: i32, exit: bool) -> Result<(), Raised> {
    cancel();
    let number = CURRENT.load(Ordering::Acquire);
    let shared = Shared(vm);
    const STACK: usize = 1 << 20;
    let spawned = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let title = title(nanoseconds);
        while wait(number, nanoseconds) {
            let vm = shared.vm();
            vm.attach_thread(STACK);
            if CURRENT.load(Ordering::Acquire) == number {
                let mut out = Out::new(fd);
                out.text(&title);
                // This thread is no Python thread: none is the current one.
                dump(vm, &mut out, u64::MAX, true);
            }
            vm.detach_thread();
            if exit {
                // SAFETY: ends the process, as asked for.
                unsafe { libc::_exit(1) };
            }
            if !repeat {
                return;
            }
        }
    });
    match spawned {
        Ok(_) => Ok(()),
        Err(_) => Err(vm.runtime_error("unable to start watchdog thread")),
    }
}
