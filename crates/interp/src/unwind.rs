//! Raising, tracebacks, and the search for handlers.

use crate::frames;
use bytecode::{Op, raise as raise_flags, reraise};
use object::layout::generator::GeneratorState;
use object::thread::Thread;
use object::{Code, Exception, R, Raised, Ref, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

/// The instruction `raise`.
#[cold]
pub(crate) fn raise(vm: &Vm, flags: u8, exception: Value, cause: Value) -> Raised {
    if flags == raise_flags::CURRENT {
        let current = vm.thread().handled_exception();
        if current.is_none() {
            return vm.runtime_error("No active exception to reraise");
        }
        return vm.raise_again(current);
    }
    let exception = match instance(vm, exception) {
        Ok(Some(exception)) => exception,
        Ok(None) => return vm.type_error("exceptions must derive from BaseException"),
        Err(raised) => return raised,
    };
    if flags == raise_flags::FROM
        && let Some(object) = exception.cast::<Exception>()
    {
        let cause = if cause.is_none() {
            cause
        } else {
            match instance(vm, cause) {
                Ok(Some(cause)) => cause,
                Ok(None) => return vm.type_error("exception causes must derive from BaseException"),
                Err(raised) => return raised,
            }
        };
        object.cause.set(vm, object, cause);
        object.suppress_context.set(true);
    }
    vm.raise_value(exception)
}

/// An exception of an exception or a class of exceptions.
fn instance(vm: &Vm, value: Value) -> Result<Option<Value>, Raised> {
    if value.cast::<Exception>().is_some() {
        return Ok(Some(value));
    }
    let Some(class) = value.cast::<TypeObj>() else { return Ok(None) };
    if !class.is_subclass(vm.types[TypeId::BaseException]) {
        return Ok(None);
    }
    let exception = vm.call(value, &[])?;
    if exception.cast::<Exception>().is_none() {
        let text = format!(
            "calling {} should have returned an instance of BaseException, not {}",
            vm.repr(value)?.to_string_lossy(),
            vm.repr(vm.type_of(exception).value())?.to_string_lossy()
        );
        return Err(vm.type_error(text));
    }
    Ok(Some(exception))
}

/// Continues at the handler of an exception: the innermost frame is then the one that handles it. Gives the exception
/// back where it leaves the entry frame, which is popped.
#[inline(never)]
pub(crate) fn unwind(vm: &Vm, thread: &Thread, raised: Raised, mut trace: bool) -> Option<Raised> {
    let mut raised = raised;
    loop {
        let index = thread.depth.get() - 1;
        // SAFETY: the entry is in use.
        let frame = unsafe { &mut *thread.frame_ptr(index) };
        let at = frame.instr_index();
        let code = frame.code;
        let again = !trace || is_bare_raise(vm, thread, raised, code, at);
        if !again {
            add_traceback(vm, raised, index, at);
        }
        let there = place_before(vm, index, at);
        trace = true;
        let told = vm.instruments.union() != 0;
        if told {
            raised = crate::instrument::raised(vm, thread, raised, again);
        }
        let handler = code.unit().exceptions.iter().find(|entry| (entry.start..entry.end).contains(&(at as u32)));
        raised = crate::abandon::leave_loops(vm, raised, frame, at, handler.map(|entry| entry.target as usize));
        if let Some(entry) = handler {
            let exception = vm.take_exception(raised);
            // SAFETY: the verifier compared the target and the register.
            unsafe {
                *frame.base.add(entry.reg as usize) = exception;
                frame.pc = code.start().add(entry.target as usize);
            }
            if told && let Err(another) = crate::instrument::caught(vm, thread, entry.target as usize, exception) {
                raised = another;
                frame.pc = frame.pc.wrapping_add(1);
                continue;
            }
            return None;
        }
        if let Some(place) = there {
            frame.pc = code.start().wrapping_add(place + 1);
        }
        if told {
            let class = frame.generator.shape();
            raised = crate::instrument::unwinds(vm, thread, raised, |raised| convert_stop(vm, class, raised));
        }
        let is_entry = frame.is_entry;
        if frame.generator.is_unbound() {
            frames::pop(vm, thread);
        } else {
            raised = leave_generator(vm, thread, raised);
        }
        if is_entry {
            return Some(raised);
        }
    }
}

/// Notes at which instruction an exception is raised. Code that the compiler added raises it again where it was raised
/// before: that place is the answer.
fn place_before(vm: &Vm, index: usize, at: usize) -> Option<usize> {
    let frame = &vm.thread().frames()[index];
    let object = frame.frame_object.cast::<object::FrameObj>()?;
    let instr = frame.code.original().get(at)?;
    if instr.op == Op::Reraise as u8 && instr.flags == reraise::THERE {
        return Some(object.raised_at.get() as usize);
    }
    object.raised_at.set(at as u32);
    None
}

/// Is it a `raise` without an exception? What it raises again has its traceback already.
fn is_bare_raise(vm: &Vm, thread: &Thread, raised: Raised, code: Ref<Code>, at: usize) -> bool {
    code.original().get(at).is_some_and(|instr| instr.op == Op::Raise as u8 && instr.flags == raise_flags::CURRENT)
        && vm.pending_exception(raised) == thread.handled_exception()
}

fn add_traceback(vm: &Vm, raised: Raised, index: usize, at: usize) {
    let exception = vm.pending_exception(raised);
    let Some(exception) = exception.cast::<Exception>() else { return };
    let frame = vm.frame_object(index);
    let live = &vm.thread().frames()[index];
    // At the start of a call no instruction has run.
    let entry = match live.pc == live.code.start().cast_const() {
        true => {
            let line = live.code.entry_line();
            vm.traceback(exception.traceback.get(), frame.value(), object::Traceback::OFFSET, Some(line))
        }
        false => vm.traceback(exception.traceback.get(), frame.value(), at as u32, None),
    };
    exception.traceback.set(vm, exception, entry.value());
}

/// An exception leaves a generator's frame: it is finished. StopIteration becomes RuntimeError (PEP 479).
fn leave_generator(vm: &Vm, thread: &Thread, raised: Raised) -> Raised {
    let frame = &thread.frames()[thread.depth.get() - 1];
    let class = frame.generator.shape();
    let generator = frame.generator;
    crate::generators::leave(vm, thread, true);
    if let Some(generator) = generator.cast::<object::Generator>() {
        generator.state.set(GeneratorState::Finished);
    }
    convert_stop(vm, class, raised)
}

/// What leaves a generator of a class when its body raises an exception.
fn convert_stop(vm: &Vm, class: u32, raised: Raised) -> Raised {
    let exception = vm.pending_exception(raised);
    let kind = match class {
        c if c == TypeId::Coroutine as u32 => "coroutine",
        c if c == TypeId::AsyncGenerator as u32 => "async generator",
        _ => "generator",
    };
    let text = if vm.is_exception(exception, TypeId::StopIteration) {
        format!("{kind} raised StopIteration")
    } else if class == TypeId::AsyncGenerator as u32 && vm.is_exception(exception, TypeId::StopAsyncIteration) {
        format!("{kind} raised StopAsyncIteration")
    } else {
        return raised;
    };
    let cause = vm.take_exception(raised);
    let raised = vm.runtime_error(text);
    if let Some(new) = vm.pending_exception(raised).cast::<Exception>() {
        new.cause.set(vm, new, cause);
        new.context.set(vm, new, cause);
        new.suppress_context.set(true);
    }
    raised
}

/// Does an exception match what `except` names?
pub(crate) fn exception_matches(vm: &Vm, exception: Value, class: Value) -> Result<bool, Raised> {
    if let Some(class) = class.cast::<TypeObj>() {
        if !class.is_subclass(vm.types[TypeId::BaseException]) {
            return Err(not_exception_class(vm));
        }
        return Ok(vm.type_of(exception).is_subclass(class));
    }
    let Some(classes) = vm.as_tuple(class) else { return Err(not_exception_class(vm)) };
    let base = vm.types[TypeId::BaseException];
    let is_class = |item: &Value| item.cast::<TypeObj>().is_some_and(|class| class.is_subclass(base));
    if !classes.items().iter().all(is_class) {
        return Err(not_exception_class(vm));
    }
    let own = vm.type_of(exception);
    Ok(classes.items().iter().any(|item| item.cast::<TypeObj>().is_some_and(|class| own.is_subclass(class))))
}

#[cold]
fn not_exception_class(vm: &Vm) -> Raised {
    vm.type_error("catching classes that do not inherit from BaseException is not allowed")
}

/// `except*`: the rest and the matching part of an exception. Classes of groups must not be named there.
pub(crate) fn group_match(vm: &Vm, exception: Value, class: Value) -> Result<(Value, Value), Raised> {
    let classes: Option<Ref<Tuple>> = vm.as_tuple(class);
    let single = [class];
    let group = vm.types[TypeId::BaseExceptionGroup];
    let base = vm.types[TypeId::BaseException];
    for item in classes.as_ref().map_or(&single[..], |classes| classes.items()) {
        let Some(class) = item.cast::<TypeObj>().filter(|class| class.is_subclass(base)) else {
            return Err(not_exception_class(vm));
        };
        if class.is_subclass(group) {
            return Err(vm.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
        }
    }
    let result: Result<(Value, Value), Raised> = builtins::exceptions::eg_match(vm, exception, class);
    let (rest, matching) = result?;
    if !matching.is_none() {
        vm.thread().handled.set(matching);
    }
    Ok((rest, matching))
}

/// The exception to raise at the end of `except*`.
pub(crate) fn prepare_reraise(vm: &Vm, original: Value, list: Value) -> R {
    builtins::exceptions::prep_reraise_star(vm, original, list)
}
