//! Safepoints: calls and loop back-edges, where collections happen and what waits is handled.

use object::vm::breaker;
use object::{Raised, Value, Vm};
use std::sync::atomic::Ordering;

/// Is there something to handle?
#[inline(always)]
pub(crate) fn is_due(vm: &Vm) -> bool {
    vm.breaker.load(Ordering::Relaxed) != 0 || vm.heap.should_collect()
}

/// Does what the native function that the innermost frame calls left to be done without the frames of the loop.
#[cold]
#[inline(never)]
pub(crate) fn do_deferred(vm: &Vm) -> Result<(), Raised> {
    let result = vm.run_deferred();
    let thread = vm.thread();
    match (result, thread.current()) {
        (Ok(value), Some(frame)) => {
            let instr = frame.code.original()[frame.instr_index()];
            // SAFETY: the instruction is a call, whose result goes to a register of the frame.
            unsafe { *frame.base.add(instr.a as usize) = value };
            Ok(())
        }
        (Err(raised), _) => crate::unwind::unwind(vm, thread, raised, true).map_or(Ok(()), Err),
        (Ok(_), None) => Ok(()),
    }
}

/// Handles what waits, but for signals: the hook of the virtual machine does that, and calls this.
#[cold]
#[inline(never)]
pub fn handle_breaker(vm: &Vm) -> Result<(), Raised> {
    let waiting = vm.breaker.load(Ordering::Relaxed);
    if waiting & breaker::YIELD != 0 {
        vm.breaker.fetch_and(!breaker::YIELD, Ordering::Relaxed);
        vm.yield_lock();
    }
    if waiting & breaker::ASYNC != 0 {
        let exception = vm.thread().async_exception.replace(Value::UNBOUND);
        if !exception.is_unbound() {
            vm.breaker.fetch_and(!breaker::ASYNC, Ordering::Relaxed);
            return Err(vm.raise_call(exception, &[]));
        }
    }
    if vm.heap.should_collect() || waiting & breaker::COLLECT != 0 {
        vm.breaker.fetch_and(!breaker::COLLECT, Ordering::Relaxed);
        if waiting & breaker::COLLECT != 0 {
            vm.collect();
        } else {
            vm.collect_due();
        }
    }
    if vm.breaker.load(Ordering::Relaxed) & breaker::FINALIZE != 0 {
        vm.breaker.fetch_and(!breaker::FINALIZE, Ordering::Relaxed);
        vm.run_finalizers();
    }
    Ok(())
}
