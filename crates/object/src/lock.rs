//! The interpreter's lock: threads take turns.

use crate::Vm;
use crate::thread::Thread;
use crate::vm::breaker;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// How long a thread waits for its turn before it asks for it.
const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// The lock and the threads of an interpreter.
#[derive(Default)]
pub struct Lock {
    held: Mutex<bool>,
    released: Condvar,
    waiting: AtomicU32,
    /// All threads; changed only by the thread that holds the lock.
    threads: RefCell<Vec<Box<Thread>>>,
}

impl Lock {
    pub(crate) fn adopt_main(&self, thread: Box<Thread>) {
        *self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = true;
        self.threads.borrow_mut().push(thread);
    }

    pub(crate) fn for_each_thread(&self, mut f: impl FnMut(&Thread)) {
        for thread in self.threads.borrow().iter() {
            f(thread);
        }
    }

    fn acquire(&self, vm: &Vm) {
        let mut held = self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.waiting.fetch_add(1, Ordering::Relaxed);
        while *held {
            let (guard, timeout) = match self.released.wait_timeout(held, SWITCH_INTERVAL) {
                Ok(result) => result,
                Err(poisoned) => poisoned.into_inner(),
            };
            held = guard;
            if *held && timeout.timed_out() {
                vm.breaker.fetch_or(breaker::YIELD, Ordering::Relaxed);
            }
        }
        *held = true;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    fn release(&self) {
        *self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = false;
        self.released.notify_one();
    }
}

impl Vm {
    /// Runs a closure that may block, without the interpreter's lock. It must not touch objects.
    pub fn allow_threads<T>(&self, f: impl FnOnce() -> T) -> T {
        let thread: *const Thread = self.thread();
        heap::with_spilled_registers(|sp| {
            // SAFETY: the state of this thread outlives the call.
            unsafe { (*thread).parked_at.set(sp as usize) };
            self.lock.release();
            let result = f();
            self.lock.acquire(self);
            self.set_thread(thread);
            // SAFETY: as above.
            unsafe { (*thread).parked_at.set(0) };
            result
        })
    }

    /// Takes the lock for a closure that runs in the middle of [`Vm::allow_threads`]: foreign code calls back. The
    /// closure must not unwind.
    ///
    /// # Safety
    /// `thread` is the state of the calling native thread, which gave the lock away.
    pub unsafe fn with_lock_again<T>(&self, thread: *const Thread, f: impl FnOnce() -> T) -> T {
        self.lock.acquire(self);
        self.set_thread(thread);
        // SAFETY: as the caller promises. The thread's stack is scanned from where the closure is while that runs, and
        // from where the lock was given away once it is done.
        let parked = unsafe { (*thread).parked_at.replace(0) };
        let result = f();
        // SAFETY: as above.
        unsafe { (*thread).parked_at.set(parked) };
        self.lock.release();
        result
    }

    /// Gives other threads a turn, if one waits.
    pub fn yield_lock(&self) {
        if self.lock.waiting.load(Ordering::Relaxed) > 0 {
            self.allow_threads(std::thread::yield_now);
        }
    }

    /// Makes the calling native thread one of the interpreter's, and takes the lock.
    pub fn attach_thread(&self, stack_size: usize) {
        let thread = Thread::new(stack_size);
        self.lock.acquire(self);
        self.set_thread(&raw const *thread);
        self.lock.threads.borrow_mut().push(thread);
    }

    /// The counterpart of [`Vm::attach_thread`]: gives the lock away for good.
    pub fn detach_thread(&self) {
        let this: *const Thread = self.thread();
        let traced = self.thread().instruments.trace.take().is_some();
        let profiled = self.thread().instruments.profile.take().is_some();
        if traced {
            self.trace_functions_changed();
        }
        if profiled {
            self.profile_functions_changed();
        }
        self.lock.threads.borrow_mut().retain(|thread| !std::ptr::eq(&**thread, this));
        self.lock.release();
    }

    /// In a new process, where only the calling thread lives on: forgets the others.
    pub fn forget_other_threads(&self) {
        let this: *const Thread = self.thread();
        // The stacks of the others are left alone: they may be mapped twice, and are of no account.
        let mut threads = self.lock.threads.borrow_mut();
        for thread in std::mem::take(&mut *threads) {
            if std::ptr::eq(&*thread, this) {
                threads.push(thread);
            } else {
                std::mem::forget(thread);
            }
        }
        self.lock.waiting.store(0, Ordering::Relaxed);
    }

    /// Calls a function with the state of each thread.
    pub fn for_each_thread(&self, f: impl FnMut(&Thread)) {
        self.lock.for_each_thread(f);
    }
}
