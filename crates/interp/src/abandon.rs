//! What nothing holds any more when a loop or an expression is left, and what CPython would let die at once: the generator
//! of a loop that is left before its end, the file of `open(...).read()`.

use bytecode::{CodeFlags, Held, HeldTemporaries, Op};
use object::layout::generator::GeneratorState;
use object::thread::Frame;
use object::{Function, Generator, Kind, Raised, TypeId, Value, ValueExt, Vm};

/// The second register of an iteration over a generator that nothing else holds.
pub(crate) const UNSHARED: Value = Value::ELLIPSIS;

/// A generator was made for the loop that starts next.
#[inline]
pub(crate) fn note_unshared(generator: Value) {
    if let Some(generator) = generator.cast::<Generator>() {
        generator.unshared.set(true);
    }
}

/// The second register of an iteration over a generator.
#[inline]
pub(crate) fn mark(generator: Value) -> Value {
    match generator.cast::<Generator>() {
        Some(generator) if generator.unshared.replace(false) => UNSHARED,
        _ => Value::UNBOUND,
    }
}

/// The second register of an iteration over what `iterable` gave as its iterator: has its `__iter__` just made it?
#[inline]
pub(crate) fn mark_made(vm: &Vm, iterable: Value, iterator: Value) -> Value {
    if iterator.kind() != Kind::GENERATOR || iterator.shape() != TypeId::Generator as u32 || iterator == iterable {
        return Value::UNBOUND;
    }
    let method = vm.lookup(vm.type_of(iterable), vm.names.__iter__).and_then(|method| method.cast::<Function>());
    match method {
        Some(method) if method.code().flags().has(CodeFlags::GENERATOR) => UNSHARED,
        _ => Value::UNBOUND,
    }
}

/// Closes a generator that nothing holds. What that raises is reported.
#[cold]
#[inline(never)]
pub(crate) fn close(vm: &Vm, generator: Value) {
    let Some(own) = generator.cast::<Generator>() else { return };
    if own.state.get() != GeneratorState::Suspended {
        return;
    }
    let frame = own.suspended_frame();
    let is_plain = frame.code.unit().exceptions.is_empty()
        && frame.frame_object.is_unbound()
        && crate::generators::delegate(own).is_none()
        && unshared_loops(frame, frame.instr_index()).is_empty();
    if is_plain && vm.instruments.union() == 0 {
        // Nothing in it would notice.
        own.state.set(GeneratorState::Finished);
        for register in 0..frame.code.unit().registers as usize {
            // SAFETY: the generator has that many registers.
            unsafe { *own.registers().add(register) = Value::UNBOUND };
        }
        return;
    }
    vm.finalize(generator);
}

/// Closes a file whose opener is the builtin `open`, or a generator made for a builtin that has left it.
pub(crate) fn close_file(vm: &Vm, file: Value, function: Value) {
    if let Some(generator) = file.cast::<Generator>() {
        if generator.unshared.replace(false) {
            close(vm, file);
        }
    } else if vm.state_value("io.open") == Some(function) {
        vm.finalize(file);
    }
}

/// Is register `dst`, which a call has written, moved to be the argument of one of the builtins `all`, `any` and `next`, and
/// closed behind that call?
#[inline(never)]
pub(crate) fn is_left_by_call(vm: &Vm, frame: &Frame, dst: u16) -> bool {
    let next = frame.instr_index() + 1;
    let Some([argument, callee, call, close]) = frame.code.original().get(next..next + 4) else { return false };
    if (argument.op, argument.b) != (Op::Move as u8, dst)
        || callee.op != Op::Move as u8
        || call.op != Op::Call as u8
        || close.op != Op::CloseFile as u8
        || (close.a, close.b) != (dst, callee.b)
    {
        return false;
    }
    let callee = frame.register(callee.b as usize);
    callee.kind() == Kind::NATIVE_FUNCTION
        && ["all", "any", "next"]
            .into_iter()
            .any(|name| vm.builtins_dict().get_str(vm, vm.intern(name)) == Some(callee))
}

/// A loop has come to the end of its generator: it needs not to be closed.
#[inline]
pub(crate) fn forget(frame: &Frame) {
    if let Some(instr) = frame.code.original().get(frame.instr_index())
        && instr.op == Op::ForIter as u8
    {
        // SAFETY: the second register of the iteration is one of the frame's.
        unsafe { *frame.base.add(instr.b as usize + 1) = Value::UNBOUND };
    }
}

/// The registers in which loops over generators that nothing else holds are under way at an instruction, those of the
/// innermost one last.
fn unshared_loops(frame: &Frame, at: usize) -> Vec<usize> {
    let (first, end) = (frame.code.variables() as usize, frame.code.registers() as usize);
    // SAFETY: the frame has that many registers; the words are compared, not followed.
    let register = |index: usize| unsafe { *frame.base.add(index) };
    let is_candidate = |index: usize| register(index + 1) == UNSHARED && register(index).is_object();
    let candidates: Vec<usize> = (first..end.saturating_sub(1)).filter(|index| is_candidate(*index)).collect();
    if candidates.is_empty() {
        return candidates;
    }
    // Others may hold anything that was there before. The mark of a loop that was left is taken away.
    let unit = &frame.code.data().unit;
    let held = HeldTemporaries::new(unit).before(unit, at).unwrap_or_default();
    let holds = |index: usize, what: Held| held.get(index - first) == Some(&what);
    let is_loop = |index: &usize| holds(*index, Held::Iteration) && holds(*index + 1, Held::IterationRest);
    candidates.into_iter().filter(is_loop).collect()
}

/// An exception leaves loops, for a handler at `target` or for the caller: their generators are closed, that of the
/// innermost loop first.
pub(crate) fn leave_loops(vm: &Vm, raised: Raised, frame: &Frame, at: usize, target: Option<usize>) -> Raised {
    let loops = unshared_loops(frame, at);
    if loops.is_empty() {
        return raised;
    }
    let data = frame.code.data();
    let kept = target.map(|target| data.liveness().live_before(&data.unit, target));
    let exception = vm.take_exception(raised);
    let thread = vm.thread();
    let handled = thread.handled.get();
    for index in loops.into_iter().rev() {
        if kept.as_ref().is_some_and(|kept| kept.contains(index as u16)) {
            continue;
        }
        // SAFETY: the registers of the iteration are the frame's; as the loop is under way, they hold values.
        let generator = unsafe {
            *frame.base.add(index + 1) = Value::UNBOUND;
            *frame.base.add(index)
        };
        close(vm, generator);
    }
    thread.handled.set(handled);
    vm.raise_again(exception)
}
