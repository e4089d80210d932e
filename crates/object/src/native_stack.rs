//! Scanning native stacks: all of them conservatively, but for the frames of the dispatch loop.
//!
//! That frame is large, and what was computed last stays in it for long. While a native function runs that an instruction
//! calls, it holds nothing that counts: the callee and its arguments are in registers of the Python frame, and the result
//! goes there.

use crate::thread::{Frame, Thread};
use crate::{Kind, Method, ValueExt};
use bytecode::Op;
use heap::Tracer;
pub use heap::stack_pointer;
use std::cell::Cell;

/// A run of the dispatch loop. Lies on the native stack of the function that runs it.
pub struct LoopRecord<'a> {
    thread: &'a Thread,
    outer: *const LoopRecord<'a>,
    /// The index of the frame that it was entered for.
    entry: usize,
    /// Where the loop's native frame begins and ends, without the registers that it saved; both 0 while it does not run.
    frame: Cell<(usize, usize)>,
}

impl<'a> LoopRecord<'a> {
    /// A run for the innermost frame.
    pub fn new(thread: &'a Thread) -> LoopRecord<'a> {
        let entry = thread.depth.get().saturating_sub(1);
        LoopRecord { thread, outer: thread.loops.get().cast(), entry, frame: Cell::new((0, 0)) }
    }

    /// Makes it known to the thread. It must stay where it is until it is dropped.
    pub fn enter(&self) {
        self.thread.loops.set((&raw const *self).cast());
    }

    /// The loop's frame lies between the stack pointers of the loop and of the function that calls it.
    #[inline(always)]
    pub fn set_frame(&self, loop_pointer: Option<usize>, caller_pointer: Option<usize>) {
        if let (Some(low), Some(high)) = (loop_pointer, caller_pointer) {
            self.frame.set((low, high.saturating_sub(heap::stack::SAVED_BYTES)));
        }
    }

    /// The loop was left.
    #[inline(always)]
    pub fn clear_frame(&self) {
        self.frame.set((0, 0));
    }
}

impl Drop for LoopRecord<'_> {
    fn drop(&mut self) {
        self.thread.loops.set(self.outer.cast());
    }
}

/// Does the frame wait for a native function that its instruction calls?
fn is_in_native_call(frame: &Frame) -> bool {
    // At its start no instruction has run.
    if frame.pc == frame.code.start().cast_const() {
        return false;
    }
    let Some(instr) = frame.code.unit().code.get(frame.instr_index()) else { return false };
    if !matches!(instr.op(), Some(Op::Call | Op::CallKw)) {
        return false;
    }
    let callee = frame.register(instr.b as usize);
    let function = callee.cast::<Method>().map_or(callee, |method| method.function.get());
    function.kind() == Kind::NATIVE_FUNCTION
}

/// Shows the part of a thread's native stack from `low` on to the collector.
pub(crate) fn trace(thread: &Thread, low: *const usize, tracer: &mut Tracer) {
    let high = thread.stack_high.get() as *const usize;
    let mut at = low;
    // The frame that a run is at is the one below that for which the next was entered.
    let mut above = thread.depth.get();
    let mut record: *const LoopRecord = thread.loops.get().cast();
    // SAFETY: records are taken off the list before they go.
    while let Some(run) = unsafe { record.as_ref() } {
        let (begin, end) = run.frame.get();
        let current = above.checked_sub(1).and_then(|index| thread.frames().get(index));
        if begin >= at as usize && end > begin && end < high as usize && current.is_some_and(is_in_native_call) {
            tracer.conservative(at..begin as *const usize);
            at = end as *const usize;
        }
        above = run.entry;
        record = run.outer;
    }
    tracer.conservative(at..high);
}
