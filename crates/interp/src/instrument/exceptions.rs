//! Events of exceptions. They belong to no instruction: the search for handlers asks whether somebody wants to know.

use super::Site;
use super::tell::tell_all;
use object::instrument::event;
use object::thread::Thread;
use object::{Raised, Value, Vm};

/// Tells of an event with the exception that was raised, in the innermost frame. Another exception takes its place where
/// a tool raises one.
fn tell(vm: &Vm, thread: &Thread, event: u32, raised: Raised) -> Raised {
    if vm.instruments.union() >> event & 1 == 0 {
        return raised;
    }
    let exception = vm.take_exception(raised);
    match tell_exception(vm, thread, event, exception) {
        Ok(()) => vm.raise_again(exception),
        Err(raised) => raised,
    }
}

fn tell_exception(vm: &Vm, thread: &Thread, event: u32, exception: Value) -> Result<(), Raised> {
    let Some(frame) = thread.current() else { return Ok(()) };
    tell_all(vm, thread, event, frame.code, frame.instr_index(), exception)
}

/// An exception was raised, or raised again, in the innermost frame.
#[cold]
#[inline(never)]
pub(crate) fn raised(vm: &Vm, thread: &Thread, raised: Raised, again: bool) -> Raised {
    if again {
        return tell(vm, thread, event::RERAISE, raised);
    }
    let raised = tell(vm, thread, event::RAISE, raised);
    let Some(site) = Site::of_delegation(vm, thread) else { return raised };
    // What is thrown into an iterator that the frame waits for, and raised by that, is caught and raised again.
    let raised = tell(vm, thread, event::EXCEPTION_HANDLED, raised);
    let exception = vm.take_exception(raised);
    let told = site.tell_line(site.line());
    let raised = match told {
        Ok(_) => vm.raise_again(exception),
        Err(raised) => raised,
    };
    tell(vm, thread, event::RERAISE, raised)
}

/// The innermost frame has a handler for an exception, where its program counter is now; `at` is the handler's first
/// instruction.
#[cold]
#[inline(never)]
pub(crate) fn caught(vm: &Vm, thread: &Thread, at: usize, exception: Value) -> Result<(), Raised> {
    let Some(frame) = thread.current() else { return Ok(()) };
    tell_all(vm, thread, event::EXCEPTION_HANDLED, frame.code, at, exception)
}

/// An exception leaves the innermost frame. `convert` makes of it what leaves a generator.
#[cold]
#[inline(never)]
pub(crate) fn unwinds(vm: &Vm, thread: &Thread, raised: Raised, convert: impl FnOnce(Raised) -> Raised) -> Raised {
    let Some(frame) = thread.current() else { return raised };
    let mut raised = raised;
    let starts = frame.code.monitor().sites().first as usize;
    if !frame.generator.is_unbound() && frame.instr_index() >= starts {
        // The body of a generator is within a handler of its own, which raises the exception again.
        raised = tell(vm, thread, event::EXCEPTION_HANDLED, raised);
        raised = tell(vm, thread, event::RERAISE, convert(raised));
    }
    tell(vm, thread, event::PY_UNWIND, raised)
}

/// An exception is thrown into the generator whose frame is the innermost.
#[cold]
#[inline(never)]
pub(crate) fn thrown(vm: &Vm, thread: &Thread, exception: Value) -> Result<(), Raised> {
    let depth = thread.depth.get() - 1;
    let frame = &thread.frames()[depth];
    vm.sync_code(frame.code);
    let sites = frame.code.monitor().sites();
    if sites.tracked {
        let line = sites.sites.get(frame.instr_index()).map_or(0, |site| site.line);
        thread.instruments.set_line(depth, line);
    }
    tell_exception(vm, thread, event::PY_THROW, exception)
}
