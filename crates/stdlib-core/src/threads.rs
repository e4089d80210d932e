//! Native threads and the locks between them, as modules of this crate use them.

use object::{Raised, Vm};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Identifies the calling native thread, as `_thread.get_ident` does.
pub fn ident() -> u64 {
    // SAFETY: has no preconditions.
    unsafe { libc::pthread_self() as u64 }
}

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

/// A lock. Waiting is a call of the system that signals interrupt, which Rust's own locks do not offer.
#[derive(Default)]
pub struct RawLock(AtomicU32);

enum Outcome {
    Taken,
    TimedOut,
    Interrupted,
}

impl RawLock {
    /// Takes the lock if it is free.
    pub fn try_lock(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Is it taken?
    pub fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FREE
    }

    /// Gives the lock back. False where it was not taken.
    pub fn unlock(&self) -> bool {
        match self.0.swap(FREE, Ordering::Release) {
            FREE => false,
            HELD => true,
            _ => {
                // SAFETY: the address is that of a live word.
                unsafe {
                    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
                    libc::syscall(libc::SYS_futex, self.0.as_ptr(), operation, 1);
                }
                true
            }
        }
    }

    /// Makes it free, whoever had it: in a new process.
    pub fn reset(&self) {
        self.0.store(FREE, Ordering::Relaxed);
    }

    fn wait(&self, deadline: Option<Instant>) -> Outcome {
        loop {
            if self.0.swap(CONTENDED, Ordering::Acquire) == FREE {
                return Outcome::Taken;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Outcome::TimedOut;
            }
            if futex_wait(&self.0, CONTENDED, left) {
                return Outcome::Interrupted;
            }
        }
    }

    /// Takes the lock, waiting until the deadline; signals are handled meanwhile. False where the time ran out.
    pub fn lock(&self, vm: &Vm, deadline: Option<Instant>) -> Result<bool, Raised> {
        if self.try_lock() {
            return Ok(true);
        }
        loop {
            vm.check_pending()?;
            match vm.allow_threads(|| self.wait(deadline)) {
                Outcome::Taken => return Ok(true),
                Outcome::TimedOut => return Ok(false),
                Outcome::Interrupted => vm.check_signals()?,
            }
        }
    }
}

/// Something that happens once, and can be waited for.
#[derive(Default)]
pub struct Event(AtomicU32);

impl Event {
    /// Has it happened?
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    /// It happens: all who wait go on.
    pub fn set(&self) {
        self.0.store(1, Ordering::Release);
        // SAFETY: the address is that of a live word.
        unsafe {
            let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
            libc::syscall(libc::SYS_futex, self.0.as_ptr(), operation, i32::MAX);
        }
    }

    /// Waits for it; signals are handled meanwhile. False where the time ran out.
    pub fn wait(&self, vm: &Vm, deadline: Option<Instant>) -> Result<bool, Raised> {
        while !self.is_set() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(false);
            }
            vm.check_pending()?;
            let interrupted = vm.allow_threads(|| futex_wait(&self.0, 0, left));
            if interrupted {
                vm.check_signals()?;
            }
        }
        Ok(true)
    }
}

/// Something that happens again and again, and can be waited for.
#[derive(Default)]
pub struct Signal(AtomicU32);

impl Signal {
    /// How often it happened.
    pub fn now(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// It happens: one of those who wait goes on.
    pub fn notify(&self) {
        self.0.fetch_add(1, Ordering::Release);
        // SAFETY: the address is that of a live word.
        unsafe {
            let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
            libc::syscall(libc::SYS_futex, self.0.as_ptr(), operation, 1);
        }
    }

    /// Waits until it happened since it was `seen`; signals are handled meanwhile. False where the time ran out.
    pub fn wait(&self, vm: &Vm, seen: u32, deadline: Option<Instant>) -> Result<bool, Raised> {
        while self.now() == seen {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(false);
            }
            vm.check_pending()?;
            if vm.allow_threads(|| futex_wait(&self.0, seen, left)) {
                vm.check_signals()?;
            }
        }
        Ok(true)
    }
}

/// Waits while a word has a value. Tells whether a signal interrupted.
fn futex_wait(word: &AtomicU32, value: u32, left: Option<Duration>) -> bool {
    let timeout = left.map(|left| libc::timespec {
        tv_sec: left.as_secs().min(i64::MAX as u64 / 4) as libc::time_t,
        tv_nsec: left.subsec_nanos() as _,
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the addresses are those of live words.
    let result = unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, timeout) };
    result == -1 && object::fs::last_errno() == libc::EINTR
}

/// A lock that its owner may take again.
#[derive(Default)]
pub struct RawRLock {
    lock: RawLock,
    owner: AtomicU64,
    count: Cell<usize>,
}

impl RawRLock {
    /// Takes it; `None` waits for ever.
    pub fn lock(&self, vm: &Vm, blocking: bool, deadline: Option<Instant>) -> Result<bool, Raised> {
        if self.is_owned() {
            match self.count.get().checked_add(1) {
                Some(count) => self.count.set(count),
                None => return Err(vm.overflow_error("Internal lock count overflowed")),
            }
            return Ok(true);
        }
        let taken = if blocking { self.lock.lock(vm, deadline)? } else { self.lock.try_lock() };
        if taken {
            self.take(1);
        }
        Ok(taken)
    }

    fn take(&self, count: usize) {
        self.owner.store(ident(), Ordering::Relaxed);
        self.count.set(count);
    }

    /// Gives it back once. False where the calling thread does not have it.
    pub fn unlock(&self) -> bool {
        if !self.is_owned() {
            return false;
        }
        let count = self.count.get() - 1;
        self.count.set(count);
        if count == 0 {
            self.owner.store(0, Ordering::Relaxed);
            self.lock.unlock();
        }
        true
    }

    /// Does the calling thread have it?
    pub fn is_owned(&self) -> bool {
        self.count.get() > 0 && self.owner.load(Ordering::Relaxed) == ident()
    }

    /// Does any thread have it?
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// The owner and how often it took the lock; the owner is 0 where there is none.
    pub fn state(&self) -> (u64, usize) {
        (self.owner.load(Ordering::Relaxed), self.count.get())
    }

    /// Gives it back for good; tells how often it was taken.
    pub fn release_all(&self) -> usize {
        let count = self.count.replace(0);
        self.owner.store(0, Ordering::Relaxed);
        self.lock.unlock();
        count
    }

    /// The counterpart of [`RawRLock::release_all`].
    pub fn restore(&self, vm: &Vm, owner: u64, count: usize) -> Result<(), Raised> {
        self.lock.lock(vm, None)?;
        self.owner.store(owner, Ordering::Relaxed);
        self.count.set(count);
        Ok(())
    }

    /// Makes it free, whoever had it: in a new process.
    pub fn reset(&self) {
        self.owner.store(0, Ordering::Relaxed);
        self.count.set(0);
        self.lock.reset();
    }
}
