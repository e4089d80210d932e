//! Starting threads.

use super::handle::{self, Handle, NOT_STARTED, RUNNING, STARTING, State};
use crate::threads::ident;
use object::{Dict, R, Raised, Ref, Tuple, TypeId, Value, ValueExt, Vm};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The interpreter, as a new thread gets it.
struct Shared(*const Vm);
// SAFETY: an interpreter may be used by any thread that takes its lock, which the new thread does first.
unsafe impl Send for Shared {}

impl Shared {
    fn vm(&self) -> &Vm {
        // SAFETY: the interpreter outlives its threads: its end waits for them, or ends the process.
        unsafe { &*self.0 }
    }
}

const DEFAULT_STACK: usize = 8 << 20;
/// Native frames are larger here than in CPython, and some of the stack is kept in reserve: less would not start a thread.
const LEAST_STACK: usize = 1 << 20;

fn wanted_stack(vm: &Vm) -> usize {
    let wanted = vm.state_value("_thread.stack_size").and_then(|size| size.as_small()).unwrap_or(0);
    if wanted == 0 { DEFAULT_STACK } else { (wanted as usize).max(LEAST_STACK) }
}

pub fn stack_size(vm: &Vm, [_, size]: &[Value; 2]) -> R {
    let size = vm.index_i64(*size)?;
    if size < 0 {
        return Err(vm.value_error("size must be 0 or a positive value"));
    }
    if size != 0 && size < 32768 {
        return Err(vm.value_error(format!("size not valid: {size} bytes")));
    }
    let old = vm.state_value("_thread.stack_size").unwrap_or_else(|| vm.int(0));
    vm.set_state("_thread.stack_size", vm.int(size));
    Ok(old)
}

/// What is to be called by threads that have not taken the lock yet, by number.
fn starting(vm: &Vm) -> Result<Ref<Dict>, Raised> {
    let dict = vm.state_value("_thread.starting").and_then(|dict| dict.cast());
    dict.ok_or_else(|| vm.system_error("_thread is not set up"))
}

fn start(vm: &Vm, function: Value, args: Value, kwargs: Value, state: Arc<State>) -> Result<u64, Raised> {
    if vm.state_value("sys.finalizing") == Some(Value::TRUE) {
        let text = "can't create new thread at interpreter shutdown";
        return Err(vm.raise(TypeId::PythonFinalizationError, text));
    }
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let key = vm.int_u64(number);
    // The caller's context is that of the thread where threads inherit it; the flag is off by default.
    starting(vm)?.insert(vm, key, vm.tuple(&[function, args, kwargs]).value())?;
    let stack = wanted_stack(vm);
    let limit = vm.thread().recursion_limit.get();
    let shared = Shared(vm);
    let inner = state.clone();
    state.phase.store(STARTING, Ordering::Release);
    let ready = Arc::new(crate::threads::Event::default());
    let started = ready.clone();
    let spawned = std::thread::Builder::new().stack_size(stack).spawn(move || {
        inner.ident.store(ident(), Ordering::Release);
        inner.phase.store(RUNNING, Ordering::Release);
        started.set();
        let vm = shared.vm();
        vm.attach_thread(stack);
        vm.thread().ident.set(ident());
        vm.thread().recursion_limit.set(limit);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(vm, number)));
        if outcome.is_err() {
            // Memory ran out: the thread ends as if MemoryError had been raised at its start.
            let raised = vm.memory_error();
            vm.report_unraisable(raised, "Exception ignored in thread", Value::NONE);
        }
        super::local::thread_ends(vm);
        vm.detach_thread();
        inner.done.set();
    });
    match spawned {
        Ok(_) => {
            // The identifier is known once the thread runs; it does not need the interpreter's lock for that.
            while !ready.is_set() {
                ready.wait(vm, None)?;
            }
            Ok(state.ident.load(Ordering::Acquire))
        }
        Err(_) => {
            state.phase.store(NOT_STARTED, Ordering::Release);
            starting(vm)?.remove(vm, key)?;
            Err(vm.runtime_error("can't start new thread"))
        }
    }
}

/// The new thread's work.
fn run(vm: &Vm, number: u64) {
    let job = starting(vm).and_then(|dict| dict.remove(vm, vm.int_u64(number)));
    let Ok(Some(job)) = job else { return };
    let Some(job) = job.cast::<Tuple>() else { return };
    let (function, args, kwargs) = (job.items()[0], job.items()[1], job.items()[2]);
    let Some(args) = vm.as_tuple(args) else { return };
    if let Err(raised) = vm.call_tuple_dict(function, args.items(), kwargs.cast()) {
        if vm.is_exception(vm.pending_exception(raised), TypeId::SystemExit) {
            vm.take_exception(raised);
            return;
        }
        let exception = vm.take_exception(raised);
        let shown = match vm.repr(function) {
            Ok(text) => text.to_string_lossy(),
            Err(raised) => {
                vm.take_exception(raised);
                "<object repr() failed>".to_string()
            }
        };
        let raised = vm.raise_again(exception);
        vm.report_unraisable(raised, &format!("Exception ignored in thread started by {shown}"), Value::NONE);
    }
}

pub fn start_new_thread(vm: &Vm, [_, function, args, kwargs]: &[Value; 4]) -> R {
    if !vm.is_callable(*function) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if vm.as_tuple(*args).is_none() {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    let kwargs = match kwargs.bound() {
        None => Value::NONE,
        Some(kwargs) if kwargs.cast::<Dict>().is_some() => kwargs,
        Some(_) => return Err(vm.type_error("optional 3rd arg must be a dictionary")),
    };
    vm.audit("_thread.start_new_thread", &[*function, *args, kwargs])?;
    let state = Arc::default();
    handle::register(vm, &state, false);
    let ident = start(vm, *function, *args, kwargs, state)?;
    Ok(vm.int_u64(ident))
}

pub fn start_joinable_thread(vm: &Vm, [_, function, handle, daemon]: &[Value; 4]) -> R {
    if !vm.is_callable(*function) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let handle = if handle.is_none() {
        handle::make(vm)?
    } else {
        match vm.as_native::<Handle>(*handle) {
            Some(handle) => handle,
            None => return Err(vm.type_error("'handle' must be a _ThreadHandle")),
        }
    };
    let daemon = vm.truthy(*daemon)?;
    vm.audit("_thread.start_joinable_thread", &[*function, vm.int(daemon as i64), handle.value()])?;
    let state = handle.0.clone();
    if state.phase.load(Ordering::Acquire) != NOT_STARTED || state.done.is_set() {
        return Err(vm.runtime_error("thread already started"));
    }
    handle::register(vm, &state, !daemon);
    if let Err(raised) = start(vm, *function, vm.tuple(&[]).value(), Value::NONE, state.clone()) {
        if state.phase.load(Ordering::Acquire) == NOT_STARTED {
            // Nobody is to wait for it.
            state.done.set();
        }
        return Err(raised);
    }
    Ok(handle.value())
}
