//! Generators and coroutines: making, resuming, leaving.

use crate::dispatch::Outcome;
use bytecode::{CodeFlags, Op, yield_flags};
use object::layout::generator::{AsyncWrapped, GeneratorState};
use object::thread::{Frame, ResumedBy, Thread};
use object::vm::Visitor;
use object::{Exception, Field, Function, Generator, Kind, R, Raised, Ref, TypeId, Value, ValueExt, Vm};

/// The generator of a frame at `ReturnGenerator`.
pub(crate) fn create(vm: &Vm, frame: &Frame) -> Value {
    // SAFETY: the frame is the innermost one, its registers are initialised.
    unsafe { create_with(vm, frame, frame.code.variables() as usize) }
}

/// The generator that a call of a function gives, where nothing runs before it is made: it needs no frame. The arguments
/// lie at `first`, `count` of them. This is a safepoint, as each call is; the innermost frame is that of the call.
///
/// SAFETY: the arguments are there.
#[inline(always)]
pub(crate) unsafe fn create_at_once(
    vm: &Vm,
    function: Ref<Function>,
    first: *mut Value,
    count: usize,
) -> Result<Option<Value>, Raised> {
    if is_made_at_once(function, count) { unsafe { create_of_call(vm, function, first, count) } } else { Ok(None) }
}

#[inline(always)]
fn is_made_at_once(function: Ref<Function>, count: usize) -> bool {
    let code = function.code();
    // SAFETY: simple code is not packed.
    code.simple() && count == code.params() as usize && unsafe { (*code.start()).op } == Op::ReturnGenerator as u8
}

/// SAFETY: the arguments are there, as many as the function has parameters.
#[inline(never)]
unsafe fn create_of_call(
    vm: &Vm,
    function: Ref<Function>,
    first: *mut Value,
    count: usize,
) -> Result<Option<Value>, Raised> {
    if crate::safepoint::is_due(vm) {
        (vm.hooks.get().safepoint)(vm)?;
        // It may have run anything.
        if !is_made_at_once(function, count) {
            return Ok(None);
        }
    }
    let code = function.code();
    if code.flags().has(CodeFlags::COROUTINE) && vm.thread().origin_depth.get() > 0 {
        // Where it is made is to be noted, from a frame of its own.
        return Ok(None);
    }
    let frame = crate::frames::for_function(vm, function, first, 0, false);
    // SAFETY: the first instruction is followed by others.
    let pc = unsafe { code.start().add(1).cast_const() };
    let frame = frame.entry(vm.thread(), pc);
    // SAFETY: the parameters are in place.
    Ok(Some(unsafe { create_with(vm, &frame, count) }))
}

/// SAFETY: the first `set` registers of the frame are initialised.
unsafe fn create_with(vm: &Vm, frame: &Frame, set: usize) -> Value {
    let flags = frame.code.flags();
    let class = if flags.has(CodeFlags::COROUTINE) {
        TypeId::Coroutine
    } else if flags.has(CodeFlags::ASYNC_GENERATOR) {
        TypeId::AsyncGenerator
    } else {
        TypeId::Generator
    };
    // SAFETY: as the caller promises.
    let generator = unsafe { vm.generator(class, frame, set) };
    if class == TypeId::Coroutine {
        builtins::generator::track_origin(vm, generator);
    }
    // Its frame is to be closed when it dies: `finally` and `with` in it run.
    if !frame.code.unit().exceptions.is_empty() || class != TypeId::Generator {
        vm.add_finalizable(generator.value());
    }
    generator.value()
}

/// May `Send` resume it in place?
pub(crate) fn is_sendable(iterator: Value) -> bool {
    let shape = iterator.shape();
    shape == TypeId::Generator as u32 || shape == TypeId::Coroutine as u32
}

fn kind_name(generator: Value) -> &'static str {
    match generator.shape() {
        shape if shape == TypeId::Coroutine as u32 => "coroutine",
        shape if shape == TypeId::AsyncGenerator as u32 => "async generator",
        _ => "generator",
    }
}

/// Pushes the frame of a generator that a loop or `Send` resumes. Gives false where it is finished: the caller goes on
/// as if it had returned None.
pub(crate) fn enter(
    vm: &Vm,
    thread: &Thread,
    generator: Value,
    sent: Value,
    dst: u16,
    by: ResumedBy,
) -> Result<bool, Raised> {
    // SAFETY: callers compared the kind.
    let generator: Ref<Generator> = unsafe { generator.cast_unchecked() };
    match generator.state.get() {
        GeneratorState::Running => {
            return Err(vm.value_error(format!("{} already executing", kind_name(generator.value()))));
        }
        GeneratorState::Finished => {
            if generator.value().shape() == TypeId::Coroutine as u32 {
                return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
            }
            if by == ResumedBy::Send {
                // SAFETY: the register is one of the innermost frame's.
                unsafe { *(*thread.frame_ptr(thread.depth.get() - 1)).base.add(dst as usize) = Value::NONE };
            }
            return Ok(false);
        }
        GeneratorState::Created if !sent.is_none() => {
            let kind = kind_name(generator.value());
            return Err(vm.type_error(format!("can't send non-None value to a just-started {kind}")));
        }
        _ => {}
    }
    push_generator(vm, thread, generator, dst, by, sent)?;
    Ok(true)
}

/// Pushes the frame of a generator, as [`enter`] does, where nothing special is to be seen to. Gives false, and has done
/// nothing, where there is.
#[inline(always)]
pub(crate) fn resume_suspended(
    thread: &Thread,
    generator: Ref<Generator>,
    sent: Value,
    dst: u16,
    by: ResumedBy,
) -> bool {
    let depth = thread.depth.get();
    let own: &Frame = generator.suspended_frame();
    let state = generator.state.get();
    if !(state == GeneratorState::Suspended || state == GeneratorState::Created && sent.is_none())
        || !own.frame_object.is_unbound()
        || depth >= thread.recursion_limit.get()
        || !thread.has_room(thread.top.get(), 0)
    {
        return false;
    }
    // SAFETY: there is room for the entry; the generator's frame is complete, its pc points behind a `Yield`, or behind
    // `ReturnGenerator` where it was not started.
    unsafe {
        if state == GeneratorState::Suspended {
            let last = *own.pc.sub(1);
            *own.base.add(last.a as usize) = sent;
        }
        let frame = thread.frame_ptr(depth);
        std::ptr::copy_nonoverlapping(own, frame, 1);
        (*frame).dst = dst;
        (*frame).resumed_by = by;
        (*frame).saved_handled = thread.handled.replace(generator.handled.get());
    }
    generator.state.set(GeneratorState::Running);
    thread.depth.set(depth + 1);
    true
}

/// Suspends the innermost frame, a generator's, that yields to a frame below it, as [`leave`] does, where nothing special is
/// to be seen to. Gives false, and has done nothing, where there is.
#[inline(always)]
pub(crate) fn suspend(vm: &Vm, thread: &Thread, frame: &Frame) -> bool {
    if frame.is_entry || !frame.frame_object.is_unbound() || frame.generator.is_unbound() {
        return false;
    }
    // SAFETY: what a frame has there is a generator.
    let generator: Ref<Generator> = unsafe { frame.generator.cast_unchecked() };
    let handled = thread.handled.replace(frame.saved_handled);
    generator.state.set(GeneratorState::Suspended);
    generator.handled.init(handled);
    generator.suspended_frame().pc = frame.pc;
    // Its registers were written without a barrier.
    vm.heap.barrier(generator.header(), generator.value());
    thread.depth.set(thread.depth.get() - 1);
    true
}

/// The innermost frame, a generator's, returns to a frame below it, as [`leave`] sees to it, where nothing special is to be
/// seen to. Gives false, and has done nothing, where there is.
#[inline(always)]
pub(crate) fn finish_in_place(thread: &Thread, frame: &Frame) -> bool {
    if frame.is_entry || !frame.frame_object.is_unbound() || frame.generator.is_unbound() {
        return false;
    }
    // SAFETY: what a frame has there is a generator.
    let generator: Ref<Generator> = unsafe { frame.generator.cast_unchecked() };
    thread.handled.set(frame.saved_handled);
    generator.state.set(GeneratorState::Finished);
    generator.handled.init(Value::NONE);
    thread.depth.set(thread.depth.get() - 1);
    true
}

/// A frame that was just resumed by [`resume_suspended`] may wait in `yield from` or `await` for another generator: resumes
/// that too, and so on, as the instructions there would. The innermost frame is then one that has something to do.
#[inline(always)]
pub(crate) fn resume_delegates(thread: &Thread, sent: Value) {
    loop {
        // SAFETY: the innermost frame is a generator's behind a `Yield`; behind a delegated one lies the jump back to its
        // `Send`.
        unsafe {
            let frame = thread.frame_ptr(thread.depth.get() - 1);
            let last = *(*frame).pc.sub(1);
            if last.op != Op::Yield as u8 || last.flags & yield_flags::DELEGATED == 0 {
                return;
            }
            let iterator = *(*frame).base.add(last.c as usize);
            let send = (*frame).code.start().add((*(*frame).pc).bc() as usize).cast_const();
            if iterator.kind() != Kind::GENERATOR || !is_sendable(iterator) || (*send).op != Op::Send as u8 {
                return;
            }
            let waits_at = std::mem::replace(&mut (*frame).pc, send.add(1));
            if !resume_suspended(thread, iterator.cast_unchecked(), sent, (*send).a, ResumedBy::Send) {
                (*frame).pc = waits_at;
                return;
            }
        }
    }
}

/// [`suspend`], also of the frames below that do nothing but pass on what they are given (`yield from`, `await`).
#[inline(always)]
pub(crate) fn suspend_all(vm: &Vm, thread: &Thread, frame: *mut Frame) -> bool {
    // SAFETY: the frame is the innermost one. A frame that it was resumed by lies below it, at a `Send` or `ForIter`: behind
    // that lie a jump, and what is run when a value was yielded.
    unsafe {
        if !suspend(vm, thread, &*frame) {
            return false;
        }
        let mut frame = frame;
        loop {
            let dst = (*frame).dst;
            frame = frame.sub(1);
            let next = *(*frame).pc.add(1);
            if next.op != Op::Yield as u8 || next.flags != yield_flags::DELEGATED || next.b != dst {
                return true;
            }
            let waits_at = std::mem::replace(&mut (*frame).pc, (*frame).pc.add(2));
            if !suspend(vm, thread, &*frame) {
                (*frame).pc = waits_at;
                return true;
            }
        }
    }
}

fn push_generator(
    vm: &Vm,
    thread: &Thread,
    generator: Ref<Generator>,
    dst: u16,
    by: ResumedBy,
    sent: Value,
) -> Result<(), Raised> {
    let depth = thread.depth.get();
    if depth >= thread.recursion_limit.get() || !thread.has_room(thread.top.get(), 0) {
        return Err(crate::frames::recursion_error(vm));
    }
    // SAFETY: there is room for the entry; the generator's frame is complete, its pc points behind a `Yield` or
    // `ReturnGenerator`.
    unsafe {
        let own = generator.suspended_frame();
        if generator.state.get() == GeneratorState::Suspended {
            let last = *own.pc.sub(1);
            *own.base.add(last.a as usize) = sent;
        }
        let frame = thread.frame_ptr(depth);
        frame.write(own.clone());
        (*frame).dst = dst;
        (*frame).is_entry = by == ResumedBy::Native;
        (*frame).resumed_by = by;
        (*frame).saved_handled = thread.handled.replace(generator.handled.get());
        if let Some(object) = (*frame).frame_object.cast::<object::FrameObj>() {
            object.live.set(depth + 1);
        }
    }
    generator.state.set(GeneratorState::Running);
    thread.depth.set(depth + 1);
    Ok(())
}

/// The innermost frame, a generator's, yields or ends: its entry goes back to the generator.
pub(crate) fn leave(vm: &Vm, thread: &Thread, finished: bool) {
    let index = thread.depth.get() - 1;
    // SAFETY: the entry is in use.
    let frame = unsafe { &mut *thread.frame_ptr(index) };
    let Some(generator) = frame.generator.cast::<Generator>() else { return };
    let handled = thread.handled.replace(frame.saved_handled);
    if finished {
        if !frame.frame_object.is_unbound() {
            vm.retire_frame(index);
        }
        generator.state.set(GeneratorState::Finished);
        generator.handled.init(Value::NONE);
        generator.suspended_frame().frame_object = Value::UNBOUND;
    } else {
        generator.state.set(GeneratorState::Suspended);
        generator.handled.set(vm, generator, handled);
        let own = generator.suspended_frame();
        own.pc = frame.pc;
        own.frame_object = frame.frame_object;
        if let Some(object) = frame.frame_object.cast::<object::FrameObj>() {
            object.live.set(0);
            if object.back.get().is_none() {
                // A suspended generator's frame has no caller.
            }
        }
        vm.heap.remember(generator.header());
    }
    thread.depth.set(index);
}

/// Resumes a generator from native code: sends a value, or throws an exception. See [`object::Hooks::resume`].
pub fn resume(vm: &Vm, generator: Ref<Generator>, value: Value, throw: bool) -> Result<Result<Value, Value>, Raised> {
    vm.enter_native()?;
    let thread = vm.thread();
    match generator.state.get() {
        GeneratorState::Running => {
            return Err(vm.value_error(format!("{} already executing", kind_name(generator.value()))));
        }
        GeneratorState::Finished => {
            if generator.value().shape() == TypeId::Coroutine as u32 {
                return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
            }
            if throw {
                return Err(vm.raise_value(value));
            }
            return Ok(Err(Value::NONE));
        }
        GeneratorState::Created if !throw && !value.is_none() => {
            let kind = kind_name(generator.value());
            return Err(vm.type_error(format!("can't send non-None value to a just-started {kind}")));
        }
        _ => {}
    }
    if throw {
        return throw_into(vm, thread, generator, value);
    }
    push_generator(vm, thread, generator, 0, ResumedBy::Native, value)?;
    finish(crate::dispatch::run(vm))
}

/// Gives a generator's items to a visitor. See [`object::Hooks::visit`].
pub fn visit(vm: &Vm, generator: Ref<Generator>, each: Visitor) -> Result<(), Raised> {
    match resume(vm, generator, Value::NONE, false)? {
        Ok(first) if each(first)? => {}
        _ => return Ok(()),
    }
    // From here on the dispatch loop is left only at the end.
    if generator.state.get() == GeneratorState::Suspended {
        push_generator(vm, vm.thread(), generator, 0, ResumedBy::Native, Value::NONE)?;
        crate::dispatch::run_for(vm, Some(each))?;
        return Ok(());
    }
    while let Ok(item) = resume(vm, generator, Value::NONE, false)? {
        if !each(item)? {
            break;
        }
    }
    Ok(())
}

/// A generator that is visited has yielded a value, and was left. Gives true where it is to go on: it is on the frame stack
/// again then.
#[inline(always)]
pub(crate) fn feed(vm: &Vm, generator: Ref<Generator>, each: Visitor, value: Value) -> Result<bool, Raised> {
    if !each(value)? {
        return Ok(false);
    }
    match generator.state.get() {
        GeneratorState::Finished => return Ok(false),
        GeneratorState::Running => {
            return Err(vm.value_error(format!("{} already executing", kind_name(generator.value()))));
        }
        _ => {}
    }
    push_generator(vm, vm.thread(), generator, 0, ResumedBy::Native, Value::NONE)?;
    Ok(true)
}

fn finish(outcome: Result<Outcome, Raised>) -> Result<Result<Value, Value>, Raised> {
    match outcome? {
        Outcome::Yielded(value) => Ok(Ok(value)),
        Outcome::Returned(value) => Ok(Err(value)),
    }
}

/// The iterator that a suspended generator delegates to.
pub(crate) fn delegate(generator: Ref<Generator>) -> Option<Value> {
    if generator.state.get() != GeneratorState::Suspended {
        return None;
    }
    let frame = generator.suspended_frame();
    // SAFETY: a suspended frame's pc lies behind a `Yield`.
    unsafe {
        let last = frame.code.original()[frame.instr_index()];
        let is_delegated = last.op == Op::Yield as u8 && last.flags & yield_flags::DELEGATED != 0;
        is_delegated.then(|| *frame.base.add(last.c as usize))
    }
}

fn throw_into(
    vm: &Vm,
    thread: &Thread,
    generator: Ref<Generator>,
    exception: Value,
) -> Result<Result<Value, Value>, Raised> {
    if let Some(iterator) = delegate(generator) {
        // On the frame stack meanwhile: this frame is the caller of what the iterator runs.
        push_generator_at(vm, thread, generator)?;
        return match throw_to_delegate(vm, iterator, exception) {
            Ok(Ok(yielded)) => {
                leave(vm, thread, false);
                Ok(Ok(yielded))
            }
            Ok(Err(returned)) => {
                // The delegation is over: `Send` gives the value, and the `Jump` behind it leaves the loop.
                // SAFETY: the entry is in use; behind a delegated `Yield` lies the jump back to its `Send`, behind that
                // the `Jump`.
                unsafe {
                    let frame = thread.frame_ptr(thread.depth.get() - 1);
                    let back = (*frame).code.original()[(*frame).instr_index() + 1];
                    let send = (*frame).code.start().add(back.bc() as usize);
                    (*frame).pc = send.add(1).cast_const();
                    *(*frame).base.add((*send).a as usize) = returned;
                }
                finish(crate::dispatch::run(vm))
            }
            Err(raised) => {
                let raised = told_of_throw(vm, thread, raised);
                match crate::unwind::unwind(vm, thread, raised, true) {
                    Some(raised) => Err(raised),
                    None => finish(crate::dispatch::run(vm)),
                }
            }
        };
    }
    throw_here(vm, thread, generator, exception)
}

/// Pushes a generator's frame without sending a value.
fn push_generator_at(vm: &Vm, thread: &Thread, generator: Ref<Generator>) -> Result<(), Raised> {
    generator.state.set(GeneratorState::Created);
    push_generator(vm, thread, generator, 0, ResumedBy::Native, Value::NONE)
}

/// Tells tools of an exception that is thrown into the innermost frame; gives it, or what a tool raised.
fn told_of_throw(vm: &Vm, thread: &Thread, raised: Raised) -> Raised {
    if vm.instruments.union() == 0 {
        return raised;
    }
    let exception = vm.take_exception(raised);
    match crate::instrument::thrown(vm, thread, exception) {
        Ok(()) => vm.raise_again(exception),
        Err(raised) => raised,
    }
}

fn throw_here(
    vm: &Vm,
    thread: &Thread,
    generator: Ref<Generator>,
    exception: Value,
) -> Result<Result<Value, Value>, Raised> {
    let created = generator.state.get() == GeneratorState::Created;
    push_generator_at(vm, thread, generator)?;
    let raised = told_of_throw(vm, thread, vm.raise_value(exception));
    if created {
        // No instruction of the body ran: no handler can be there.
        let _ = created;
    }
    match crate::unwind::unwind(vm, thread, raised, true) {
        Some(raised) => Err(raised),
        None => finish(crate::dispatch::run(vm)),
    }
}

fn throw_to_delegate(vm: &Vm, iterator: Value, exception: Value) -> Result<Result<Value, Value>, Raised> {
    if vm.is_exception(exception, TypeId::GeneratorExit) {
        match vm.getattr_opt(iterator, vm.names.close) {
            Ok(Some(close)) => {
                vm.call(close, &[])?;
            }
            Ok(None) => {}
            Err(raised) => vm.report_unraisable(raised, "", iterator),
        }
        return Err(vm.raise_again(exception));
    }
    if let Some(generator) = iterator.cast::<Generator>()
        && is_sendable(iterator)
    {
        return resume(vm, generator, exception, true);
    }
    match vm.getattr_opt(iterator, vm.names.throw)? {
        None => Err(vm.raise_again(exception)),
        Some(throw) => match vm.call(throw, &[exception]) {
            Ok(value) => Ok(Ok(value)),
            Err(raised) => stop_value(vm, raised).map(Err),
        },
    }
}

/// The value of the StopIteration that was raised; other exceptions are passed on.
fn stop_value(vm: &Vm, raised: Raised) -> R {
    let stop = vm.catch(raised, TypeId::StopIteration)?;
    Ok(stop.cast::<Exception>().map_or(Value::NONE, |stop| stop.extra(0).or_none()))
}

/// Sends a value into any iterator: yielded value or returned one.
pub(crate) fn send(vm: &Vm, iterator: Value, value: Value) -> Result<Result<Value, Value>, Raised> {
    if let Some(generator) = iterator.cast::<Generator>()
        && is_sendable(iterator)
    {
        return resume(vm, generator, value, false);
    }
    if iterator.shape() == TypeId::AsyncGeneratorASend as u32 {
        return builtins::generator::asend_step(vm, iterator, value);
    }
    let result = if value.is_none() {
        match vm.type_of(iterator).slots().next {
            Some(next) => match next(vm, iterator) {
                Ok(value) if value.is_unbound() => return Ok(Err(Value::NONE)),
                result => result,
            },
            None => Err(vm.type_error(format!("'{}' object is not an iterator", vm.type_name(iterator)))),
        }
    } else {
        vm.call_method(iterator, vm.intern("send"), &[value])
    };
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(raised) => stop_value(vm, raised).map(Err),
    }
}

/// The iterator of `yield from`.
pub(crate) fn yield_from_iter(vm: &Vm, frame: &Frame, value: Value) -> R {
    let shape = value.shape();
    if shape == TypeId::Coroutine as u32 {
        let flags = frame.code.flags();
        if !flags.has(CodeFlags::COROUTINE) && !flags.has(CodeFlags::ITERABLE_COROUTINE) {
            return Err(vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
        }
        return Ok(value);
    }
    if shape == TypeId::Generator as u32 { Ok(value) } else { vm.iter(value) }
}

/// Is it a coroutine that was not started?
#[inline(always)]
pub(crate) fn is_fresh_coroutine(value: Value) -> bool {
    value.shape() == TypeId::Coroutine as u32
        && value.cast::<Generator>().is_some_and(|coroutine| coroutine.state.get() == GeneratorState::Created)
}

/// The iterator of `await`.
pub(crate) fn awaitable(vm: &Vm, value: Value, context: u16) -> R {
    if let Some(generator) = value.cast::<Generator>() {
        let shape = value.shape();
        if shape == TypeId::Coroutine as u32 {
            if delegate(generator).is_some() {
                return Err(vm.runtime_error("coroutine is being awaited already"));
            }
            return Ok(value);
        }
        if shape == TypeId::Generator as u32 && generator.code().flags().has(CodeFlags::ITERABLE_COROUTINE) {
            return Ok(value);
        }
    }
    let class = vm.type_of(value);
    let Some(slot) = class.slots().await_ else {
        let name = class.name_str();
        let text = match context {
            1 => format!("'async with' received an object from __aenter__ that does not implement __await__: {name}"),
            2 => format!("'async with' received an object from __aexit__ that does not implement __await__: {name}"),
            _ => format!("'{name}' object can't be awaited"),
        };
        return Err(vm.type_error(text));
    };
    let iterator = slot(vm, value)?;
    if iterator.shape() == TypeId::Coroutine as u32 {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    if vm.type_of(iterator).slots().next.is_none() {
        let name = vm.type_name(iterator);
        return Err(vm.type_error(format!("__await__() returned non-iterator of type '{name}'")));
    }
    Ok(iterator)
}

pub(crate) fn get_aiter(vm: &Vm, value: Value) -> R {
    let class = vm.type_of(value);
    let Some(slot) = class.slots().aiter else {
        let name = class.name_str();
        let text = format!("'async for' requires an object with __aiter__ method, got {name}");
        return Err(vm.type_error(text));
    };
    let iterator = slot(vm, value)?;
    if vm.type_of(iterator).slots().anext.is_none() {
        let name = vm.type_name(iterator);
        let text = format!("'async for' received an object from __aiter__ that does not implement __anext__: {name}");
        return Err(vm.type_error(text));
    }
    Ok(iterator)
}

pub(crate) fn get_anext(vm: &Vm, value: Value) -> R {
    let class = vm.type_of(value);
    let Some(slot) = class.slots().anext else {
        let name = class.name_str();
        let text = format!("'async for' requires an iterator with __anext__ method, got {name}");
        return Err(vm.type_error(text));
    };
    let next = slot(vm, value)?;
    match awaitable(vm, next, 0) {
        Ok(iterator) => Ok(iterator),
        Err(raised) => {
            let cause = vm.take_exception(raised);
            let name = vm.type_name(next);
            let raised = vm.type_error(format!("'async for' received an invalid object from __anext__: {name}"));
            if let Some(new) = vm.pending_exception(raised).cast::<Exception>() {
                new.cause.set(vm, new, cause);
                new.context.set(vm, new, cause);
                new.suppress_context.set(true);
            }
            Err(raised)
        }
    }
}

/// A value that an async generator yields.
pub(crate) fn wrap_async(vm: &Vm, value: Value) -> Value {
    let class = vm.types[TypeId::AsyncGeneratorWrappedValue];
    vm.native(class, AsyncWrapped { value: Field::new(value) }).value()
}
