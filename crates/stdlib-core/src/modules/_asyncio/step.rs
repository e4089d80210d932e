//! Steps of tasks: from one `await` to the next.

use super::future::{self, FutureRef, FutureState, Outcome, TaskRef, as_future, future_of, is_exact};
use super::registry::loop_of;
use super::state::{Cached, StateRef, cached, call_soon, call_with_context, class, invalid_state, name};
use super::task::own;
use super::task_methods::cancel_awaited;
use super::{awaited_by, callbacks, current};
use crate::support::data;
use object::traced;
use object::native::NativeDef;
use object::{
    Args, Exception, Field, Generator, GetSet, R, Raised, Slot, TypeDef, TypeId, Value, ValueExt, Vm, native,
    type_flags,
};

/// A step that is scheduled: called by the event loop.
pub struct StepWrapper {
    task: Field,
    /// The exception that is thrown into the coroutine, or unbound.
    exception: Field,
}

traced! { StepWrapper { task, exception } }

/// `TaskStepMethWrapper`
pub static STEP_WRAPPER: TypeDef = TypeDef {
    name: "TaskStepMethWrapper",
    module: "_asyncio",
    flags: type_flags::NO_NEW,
    slots: &[Slot::call(call)],
    getset: &[GetSet {
        name: "__self__",
        get: |vm, this| Ok(data::<StepWrapper>(vm, this)?.task.get()),
        set: None,
        doc: "",
        is_member: false,
    }],
    ..TypeDef::DEFAULT
};

/// What a future calls when a task that awaits it can go on.
static WAKEUP: NativeDef = native! { "task_wakeup($self, fut, /)" => wakeup };

/// Schedules a step; the exception may be unbound.
pub fn schedule(vm: &Vm, task: TaskRef, exception: Value) -> Result<(), Raised> {
    let future = as_future(task);
    let state = future.module_state(vm);
    let wrapper = StepWrapper { task: Field::new(task.value()), exception: Field::new(exception) };
    let wrapper = vm.native(class(&state.step), wrapper).value();
    call_soon(vm, state, future.event_loop.get(), wrapper, Value::UNBOUND, task.run_context.get())
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    if args.keyword_count() > 0 {
        return Err(vm.type_error("function takes no keyword arguments"));
    }
    if !args.args.is_empty() {
        return Err(vm.type_error("function takes no positional arguments"));
    }
    let wrapper = data::<StepWrapper>(vm, this)?;
    step(vm, own(vm, wrapper.task.get())?, wrapper.exception.get())?;
    Ok(Value::NONE)
}

fn wakeup(vm: &Vm, [this, awaited]: &[Value; 2]) -> R {
    let task = own(vm, *this)?;
    let state = as_future(task).module_state(vm);
    let native = future_of(vm, *awaited);
    if let Some(future) = native {
        awaited_by::discard(vm, future, *this)?;
    }
    let outcome = match native.filter(|_| is_exact(vm, state, *awaited)) {
        Some(future) => future::outcome(vm, future),
        None => vm.call_method(*awaited, name(&state.names.result), &[]).map(Outcome::Result),
    };
    let exception = match outcome {
        Ok(Outcome::Result(_)) => Value::UNBOUND,
        Ok(Outcome::Exception(exception)) => exception,
        Err(raised) => vm.take_exception(raised),
    };
    step(vm, task, exception)?;
    Ok(Value::NONE)
}

/// Runs a step as the current task of its loop.
fn step(vm: &Vm, task: TaskRef, exception: Value) -> Result<(), Raised> {
    let event_loop = as_future(task).event_loop.get();
    current::enter(vm, event_loop, task.value())?;
    match advance(vm, task, exception) {
        Ok(()) => current::leave(vm, event_loop, task.value()),
        Err(raised) => {
            let pending = vm.take_exception(raised);
            current::leave(vm, event_loop, task.value())?;
            Err(vm.raise_again(pending))
        }
    }
}

/// Resumes the coroutine, and does what it yields asks for.
pub fn advance(vm: &Vm, task: TaskRef, exception: Value) -> Result<(), Raised> {
    let future = as_future(task);
    let state = future.module_state(vm);
    let mut exception = exception;
    if future.state.get() != FutureState::Pending {
        let shown = vm.repr(task.value())?.to_string_lossy();
        let thrown = match exception.bound() {
            Some(exception) => vm.repr(exception)?.to_string_lossy(),
            None => "''".to_string(),
        };
        return Err(invalid_state(vm, state, &format!("__step(): already done: {shown} {thrown}")));
    }
    if task.must_cancel.get() {
        if exception.is_unbound() || !is_cancelled_error(vm, state, exception)? {
            exception = future::cancelled_error(vm, future)?;
        }
        task.must_cancel.set(false);
    }
    task.waits_for.init(Value::UNBOUND);
    let Some(coroutine) = task.coroutine.get().bound() else {
        return Err(vm.runtime_error("uninitialized Task object"));
    };
    match resume(vm, state, coroutine, exception) {
        Ok(Ok(yielded)) => handle_yielded(vm, task, yielded),
        Ok(Err(returned)) => {
            if task.must_cancel.replace(false) {
                // It was cancelled right before it ended.
                let message = future.cancel_message.get().or_none();
                future::cancel(vm, future, message).map(|_| ())
            } else {
                future::set_result(vm, future, returned)
            }
        }
        Err(raised) => handle_raised(vm, state, future, raised),
    }
}

fn is_cancelled_error(vm: &Vm, state: StateRef, exception: Value) -> Result<bool, Raised> {
    let class = cached(vm, state, Cached::CancelledError)?;
    Ok(class.cast::<object::TypeObj>().is_some_and(|class| vm.type_of(exception).is_subclass(class)))
}

/// Resumes a coroutine or something like one. Gives what it yields as `Ok`, what it returns as `Err`.
fn resume(vm: &Vm, state: StateRef, coroutine: Value, exception: Value) -> Result<Result<Value, Value>, Raised> {
    let shape = coroutine.shape();
    if (shape == TypeId::Coroutine as u32 || shape == TypeId::Generator as u32)
        && let Some(generator) = coroutine.cast::<Generator>()
    {
        let throws = !exception.is_unbound();
        return (vm.hooks.get().resume)(vm, generator, exception.or_none(), throws);
    }
    let resumed = if exception.is_unbound() {
        vm.call_method(coroutine, name(&state.names.send), &[Value::NONE])
    } else {
        vm.call_method(coroutine, name(&state.names.throw), &[exception])
    };
    match resumed {
        Ok(yielded) => Ok(Ok(yielded)),
        Err(raised) => {
            let stop = vm.catch(raised, TypeId::StopIteration)?;
            Ok(Err(stop.cast::<Exception>().map_or(Value::NONE, |stop| stop.extra(0).or_none())))
        }
    }
}

/// The coroutine ended with an exception.
fn handle_raised(vm: &Vm, state: StateRef, future: FutureRef, raised: Raised) -> Result<(), Raised> {
    let exception = vm.take_exception(raised);
    if is_cancelled_error(vm, state, exception)? {
        future.cancelled_exception.set(vm, future, exception);
        return future::cancel(vm, future, Value::NONE).map(|_| ());
    }
    future::set_exception(vm, future, exception)?;
    // These end the event loop too.
    if vm.is_exception(exception, TypeId::KeyboardInterrupt) || vm.is_exception(exception, TypeId::SystemExit) {
        return Err(vm.raise_again(exception));
    }
    Ok(())
}

/// Schedules a step that throws a RuntimeError into the coroutine.
#[cold]
fn complain(vm: &Vm, task: TaskRef, text: &str) -> Result<(), Raised> {
    let error = vm.alloc_exception(vm.types[TypeId::RuntimeError], vm.tuple(&[vm.str(text).value()]));
    schedule(vm, task, error.value())
}

fn shown(vm: &Vm, value: Value) -> Result<String, Raised> {
    Ok(vm.repr(value)?.to_string_lossy())
}

#[cold]
fn other_loop(vm: &Vm, task: TaskRef, yielded: Value) -> Result<(), Raised> {
    let (task_shown, yielded) = (shown(vm, task.value())?, shown(vm, yielded)?);
    complain(vm, task, &format!("Task {task_shown} got Future {yielded} attached to a different loop"))
}

#[cold]
fn not_awaited(vm: &Vm, task: TaskRef, yielded: Value) -> Result<(), Raised> {
    let (task_shown, yielded) = (shown(vm, task.value())?, shown(vm, yielded)?);
    complain(vm, task, &format!("yield was used instead of yield from in task {task_shown} with {yielded}"))
}

#[cold]
fn awaits_itself(vm: &Vm, task: TaskRef) -> Result<(), Raised> {
    let task_shown = shown(vm, task.value())?;
    complain(vm, task, &format!("Task cannot await on itself: {task_shown}"))
}

fn handle_yielded(vm: &Vm, task: TaskRef, yielded: Value) -> Result<(), Raised> {
    let own = as_future(task);
    let state = own.module_state(vm);
    let event_loop = own.event_loop.get();
    if let Some(future) = future_of(vm, yielded).filter(|_| is_exact(vm, state, yielded)) {
        if future.event_loop.get() != event_loop {
            return other_loop(vm, task, yielded);
        }
        if !future.blocking.get() {
            return not_awaited(vm, task, yielded);
        }
        if yielded == task.value() {
            return awaits_itself(vm, task);
        }
        awaited_by::add(vm, future, task.value())?;
        future.blocking.set(false);
        let wakeup = vm.native_function(TypeId::BuiltinFunction, &WAKEUP, task.value(), state.task.get());
        callbacks::add(vm, future, wakeup.value(), task.run_context.get())?;
        task.waits_for.set(vm, task, yielded);
        return cancel_if_wanted(vm, task, yielded);
    }
    if yielded.is_none() {
        // A bare yield gives others a turn.
        return schedule(vm, task, Value::UNBOUND);
    }
    let blocking = name(&state.names._asyncio_future_blocking);
    if let Some(is_blocking) = vm.getattr_opt(yielded, blocking)?.filter(|value| !value.is_none()) {
        let is_blocking = vm.truthy(is_blocking)?;
        if loop_of(vm, yielded)? != event_loop {
            return other_loop(vm, task, yielded);
        }
        if !is_blocking {
            return not_awaited(vm, task, yielded);
        }
        if yielded == task.value() {
            return awaits_itself(vm, task);
        }
        if let Some(future) = future_of(vm, yielded) {
            awaited_by::add(vm, future, task.value())?;
        }
        vm.setattr(yielded, blocking, Value::FALSE)?;
        let wakeup = vm.native_function(TypeId::BuiltinFunction, &WAKEUP, task.value(), state.task.get());
        let add = vm.getattr(yielded, name(&state.names.add_done_callback))?;
        call_with_context(vm, state, add, wakeup.value(), task.run_context.get())?;
        task.waits_for.set(vm, task, yielded);
        return cancel_if_wanted(vm, task, yielded);
    }
    if yielded.cast::<Generator>().is_some() && yielded.shape() == TypeId::Generator as u32 {
        let (task_shown, yielded) = (shown(vm, task.value())?, shown(vm, yielded)?);
        let text = format!("yield was used instead of yield from for generator in task {task_shown} with {yielded}");
        return complain(vm, task, &text);
    }
    let yielded = shown(vm, yielded)?;
    complain(vm, task, &format!("Task got bad yield: {yielded}"))
}

/// The task was cancelled while it ran: what it waits for is cancelled.
fn cancel_if_wanted(vm: &Vm, task: TaskRef, waits_for: Value) -> Result<(), Raised> {
    if task.must_cancel.get() {
        let message = as_future(task).cancel_message.get().or_none();
        if cancel_awaited(vm, task, waits_for, message)? {
            task.must_cancel.set(false);
        }
    }
    Ok(())
}
