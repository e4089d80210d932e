//! The functions of `sys.settrace` and `sys.setprofile`, told by two tools of the machine's own.

use super::tell::Answer;
use object::instrument::event;
use object::thread::Thread;
use object::{Code, FrameObj, R, Raised, Ref, TypeId, Value, ValueExt, Vm};

/// Tells the trace function of the thread.
pub(super) fn trace(vm: &Vm, thread: &Thread, event: u32, args: &[Value]) -> Result<Answer, Raised> {
    if thread.instruments.trace.get().is_none() {
        return Ok(Answer::Nothing);
    }
    let third = args.get(2).copied().unwrap_or(Value::NONE);
    match event {
        event::PY_START | event::PY_RESUME | event::PY_THROW => call_trace(vm, thread, "call", Value::NONE),
        event::PY_RETURN | event::PY_YIELD => call_trace(vm, thread, "return", third),
        event::PY_UNWIND => call_trace(vm, thread, "return", Value::NONE),
        event::RAISE | event::STOP_ITERATION => {
            if traced_frame(thread).is_none() {
                return Ok(Answer::Nothing);
            }
            let traceback = third.cast::<object::Exception>().map_or(Value::NONE, |raised| raised.traceback.get());
            let info = vm.tuple(&[vm.type_of(third).value(), third, traceback]);
            call_trace(vm, thread, "exception", info.value())
        }
        event::LINE => trace_line(vm, thread),
        event::JUMP => {
            // The start of a line that a jump leads back to is told of by the line itself, if it is another one.
            let [from, to] = [args[1], third].map(|offset| offset.as_small().unwrap_or(0));
            let code = thread.current().map(|frame| frame.code);
            let line = |offset: i64| {
                let at = (offset - Code::offset(0)) / 2;
                code.map_or(0, |code| code.unit().lines.position(at as usize).line)
            };
            if to > from || line(from) != line(to) {
                return Ok(Answer::Disable);
            }
            trace_line(vm, thread)
        }
        event::INSTRUCTION => {
            match traced_frame(thread) {
                Some(frame) if frame.trace_opcodes.get() => return call_trace(vm, thread, "opcode", Value::NONE),
                _ => {}
            }
            if let Some(frame) = thread.current() {
                vm.trace_opcodes(frame.code, false);
            }
            Ok(Answer::Nothing)
        }
        _ => Ok(Answer::Nothing),
    }
}

/// The frame object of the innermost frame, if that has a trace function of its own.
fn traced_frame(thread: &Thread) -> Option<Ref<FrameObj>> {
    let frame: Ref<FrameObj> = thread.current()?.frame_object.cast()?;
    (!frame.trace.get().is_none()).then_some(frame)
}

fn trace_line(vm: &Vm, thread: &Thread) -> Result<Answer, Raised> {
    match traced_frame(thread) {
        Some(frame) if frame.trace_lines.get() => call_trace(vm, thread, "line", Value::NONE),
        _ => Ok(Answer::Nothing),
    }
}

/// Calls the trace function: for calls that of the thread, else that of the frame. It gives the one for the frame.
fn call_trace(vm: &Vm, thread: &Thread, what: &str, arg: Value) -> Result<Answer, Raised> {
    let (frame, function) = if what == "call" {
        let Some(function) = thread.instruments.trace.get() else { return Ok(Answer::Nothing) };
        (vm.frame_object(thread.depth.get() - 1), function)
    } else {
        let Some(frame) = traced_frame(thread) else { return Ok(Answer::Nothing) };
        (frame, frame.trace.get())
    };
    match call(vm, function, frame, what, arg) {
        Ok(result) => {
            if !result.is_none() {
                frame.trace.set(vm, frame, result);
            }
            Ok(Answer::Nothing)
        }
        Err(raised) => {
            let exception = vm.take_exception(raised);
            vm.set_trace_function(None);
            frame.trace.set(vm, frame, Value::NONE);
            Err(vm.raise_again(exception))
        }
    }
}

/// Calls a function with a frame, the name of an event and its argument.
fn call(vm: &Vm, function: Value, frame: Ref<FrameObj>, what: &str, arg: Value) -> R {
    vm.call(function, &[frame.value(), vm.intern(what).value(), arg])
}

/// Tells the profile function of the thread.
pub(super) fn profile(vm: &Vm, thread: &Thread, event: u32, args: &[Value]) -> Result<Answer, Raised> {
    let Some(function) = thread.instruments.profile.get() else { return Ok(Answer::Nothing) };
    let third = args.get(2).copied().unwrap_or(Value::NONE);
    let (what, arg) = match event {
        event::PY_START | event::PY_RESUME | event::PY_THROW => ("call", Value::NONE),
        event::PY_RETURN | event::PY_YIELD => ("return", third),
        event::PY_UNWIND => ("return", Value::NONE),
        event::CALL | event::C_RETURN | event::C_RAISE => {
            let Some(native) = native_callee(vm, third, args.get(3).copied())? else { return Ok(Answer::Nothing) };
            let what = match event {
                event::CALL => "c_call",
                event::C_RETURN => "c_return",
                _ => "c_exception",
            };
            (what, native)
        }
        _ => return Ok(Answer::Nothing),
    };
    let frame = vm.frame_object(thread.depth.get() - 1);
    if let Err(raised) = call(vm, function, frame, what, arg) {
        let exception = vm.take_exception(raised);
        vm.set_profile_function(None);
        return Err(vm.raise_again(exception));
    }
    Ok(Answer::Nothing)
}

/// The builtin function that a call means: methods of builtin classes are bound.
fn native_callee(vm: &Vm, callee: Value, argument: Option<Value>) -> Result<Option<Value>, Raised> {
    let class = callee.shape();
    if class == TypeId::BuiltinFunction as u32 {
        return Ok(Some(callee));
    }
    if class == TypeId::MethodDescriptor as u32 {
        let this = argument.unwrap_or(Value::NONE);
        if this == vm.instruments.missing.get() {
            return Ok(None);
        }
        return vm.bind_attr(callee, this, vm.type_of(this)).map(Some);
    }
    Ok(None)
}
