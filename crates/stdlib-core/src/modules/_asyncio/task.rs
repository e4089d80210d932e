//! Tasks: their data and how they are made.

use super::current;
use super::finalize;
use super::future::{Future, FutureState, TaskRef, as_future, initialise, task_of};
use super::registry::Registration;
use super::state::{Cached, cached, name, state};
use super::step;
use super::task_methods as methods;
use crate::support::class_arg;
use object::{
    Field, Generator, NativeData, R, Raised, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, native_ref, natives,
    type_flags,
};
use std::cell::Cell;

/// A task. It begins with a future, whose result is that of its coroutine.
#[repr(C)]
pub struct Task {
    /// What it has in common with futures.
    pub future: Future,
    /// The future that it waits for, unbound while there is none.
    pub waits_for: Field,
    /// The coroutine.
    pub coroutine: Field,
    /// The name: a string, or the number of a task without a name of its own.
    pub name: Field,
    /// The context that it runs in.
    pub run_context: Field,
    /// Is it to be cancelled in its next step?
    pub must_cancel: Cell<bool>,
    /// Is it told when the task dies while it is pending?
    pub log_destroy_pending: Cell<bool>,
    /// Requests to cancel it.
    pub cancel_requests: Cell<i64>,
    /// Its place among the tasks.
    pub registration: Registration,
}

impl NativeData for Task {
    fn trace(&self, tracer: &mut Tracer) {
        self.future.trace_fields(tracer);
        for field in [&self.waits_for, &self.coroutine, &self.name, &self.run_context] {
            field.trace(tracer);
        }
    }
}

/// `Task`
pub static TASK: TypeDef = TypeDef {
    name: "Task",
    module: "_asyncio",
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "A coroutine wrapped in a Future.",
    new: Some(native_ref!("Task($cls, *args, **kwargs)" => new)),
    init: Some(native_ref!("Task($self, coro, *, loop=None, name=None, context=None, eager_start=False)" => init)),
    methods: &[METHODS],
    getset: methods::GETSET,
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Create the CancelledError to raise if the Task is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    "_make_cancelled_error($self, /)" => super::future_methods::make_cancelled_error;
    /// Request that this task cancel itself.
    ///
    /// This arranges for a CancelledError to be thrown into the
    /// wrapped coroutine on the next cycle through the event loop.
    /// The coroutine then has a chance to clean up or even deny
    /// the request using try/except/finally.
    ///
    /// Unlike Future.cancel, this does not guarantee that the
    /// task will be cancelled: the exception might be caught and
    /// acted upon, delaying cancellation of the task or preventing
    /// cancellation completely.  The task may also return a value or
    /// raise a different exception.
    ///
    /// Immediately after this method is called, Task.cancelled() will
    /// not return True (unless the task was already cancelled).  A
    /// task will be marked as cancelled when the wrapped coroutine
    /// terminates with a CancelledError exception (even if cancel()
    /// was not called).
    ///
    /// This also increases the task's count of cancellation requests.
    "cancel($self, /, msg=None)" => methods::cancel;
    /// Return the count of the task's cancellation requests.
    ///
    /// This count is incremented when .cancel() is called
    /// and may be decremented using .uncancel().
    "cancelling($self, /)" => methods::cancelling;
    /// Decrement the task's count of cancellation requests.
    ///
    /// This should be used by tasks that catch CancelledError
    /// and wish to continue indefinitely until they are cancelled again.
    ///
    /// Returns the remaining number of cancellation requests.
    "uncancel($self, /)" => methods::uncancel;
    /// Return the list of stack frames for this task's coroutine.
    ///
    /// If the coroutine is not done, this returns the stack where it is
    /// suspended.  If the coroutine has completed successfully or was
    /// cancelled, this returns an empty list.  If the coroutine was
    /// terminated by an exception, this returns the list of traceback
    /// frames.
    ///
    /// The frames are always ordered from oldest to newest.
    ///
    /// The optional limit gives the maximum number of frames to
    /// return; by default all available frames are returned.  Its
    /// meaning differs depending on whether a stack or a traceback is
    /// returned: the newest frames of a stack are returned, but the
    /// oldest frames of a traceback are returned.  (This matches the
    /// behavior of the traceback module.)
    ///
    /// For reasons beyond our control, only one stack frame is
    /// returned for a suspended coroutine.
    "get_stack($self, /, *, limit=None)" => methods::get_stack;
    /// Print the stack or traceback for this task's coroutine.
    ///
    /// This produces output similar to that of the traceback module,
    /// for the frames retrieved by get_stack().  The limit argument
    /// is passed to get_stack().  The file argument is an I/O stream
    /// to which the output is written; by default output is written
    /// to sys.stderr.
    "print_stack($self, /, *, limit=None, file=None)" => methods::print_stack;
    "set_result($self, result, /)" => methods::set_result;
    "set_exception($self, exception, /)" => methods::set_exception;
    "get_name($self, /)" => methods::get_name;
    "set_name($self, value, /)" => methods::set_name;
    "get_coro($self, /)" => methods::get_coro;
    "get_context($self, /)" => methods::get_context;
    /// Called when the instance is about to be destroyed.
    "__del__($self, /)" => finalize::delete_task;
    /// Tasks are generic over the return type of their wrapped coroutines
    "__class_getitem__($type, object, /)" => crate::support::class_getitem [class];
}}

/// The task of a receiver.
pub fn own(vm: &Vm, this: Value) -> Result<TaskRef, Raised> {
    match task_of(vm, this) {
        Some((_, task)) => Ok(task),
        None => Err(vm.type_error(format!("a Task is required, not '{}'", vm.type_name(this)))),
    }
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let (class, state) = (class_arg(vm, *class)?, state(vm)?);
    let unbound = || Field::new(Value::UNBOUND);
    let task = Task {
        future: Future::new(state),
        waits_for: unbound(),
        coroutine: unbound(),
        name: unbound(),
        run_context: unbound(),
        must_cancel: Cell::new(false),
        log_destroy_pending: Cell::new(false),
        cancel_requests: Cell::new(0),
        registration: Registration::new(state.registry.clone()),
    };
    Ok(vm.native(class, task).value())
}

/// Is it a coroutine, or something like one?
fn is_coroutine(vm: &Vm, value: Value) -> Result<bool, Raised> {
    if value.cast::<Generator>().is_some() && value.shape() == TypeId::Coroutine as u32 {
        return Ok(true);
    }
    let function = cached(vm, state(vm)?, Cached::IsCoroutine)?;
    let answer = vm.call(function, &[value])?;
    vm.truthy(answer)
}

fn init(vm: &Vm, [this, coroutine, event_loop, given_name, context, eager_start]: &[Value; 6]) -> R {
    let task = own(vm, *this)?;
    let future = as_future(task);
    initialise(vm, future, *event_loop)?;
    let state = future.module_state(vm);
    if !is_coroutine(vm, *coroutine)? {
        task.log_destroy_pending.set(false);
        let shown = vm.repr(*coroutine)?.to_string_lossy();
        return Err(vm.type_error(format!("a coroutine was expected, got {shown}")));
    }
    let context = if context.is_none() { crate::_contextvars::copy_current(vm)? } else { *context };
    task.run_context.set(vm, task, context);
    task.waits_for.init(Value::UNBOUND);
    task.must_cancel.set(false);
    task.log_destroy_pending.set(true);
    task.cancel_requests.set(0);
    task.coroutine.set(vm, task, *coroutine);
    let own_name = if given_name.is_none() {
        state.named_tasks.set(state.named_tasks.get() + 1);
        vm.int_u64(state.named_tasks.get())
    } else if vm.exact_str(*given_name).is_some() {
        *given_name
    } else {
        vm.to_str(*given_name)?.value()
    };
    task.name.set(vm, task, own_name);
    finalize::watch(vm, future);
    if vm.truthy(*eager_start)? {
        let running = vm.call_method(future.event_loop.get(), name(&state.names.is_running), &[])?;
        if vm.truthy(running)? {
            start_eagerly(vm, task)?;
            return Ok(Value::NONE);
        }
    }
    step::schedule(vm, task, Value::UNBOUND)?;
    task.registration.enter(task.header());
    Ok(Value::NONE)
}

/// Runs the first step at once.
fn start_eagerly(vm: &Vm, task: TaskRef) -> Result<(), Raised> {
    let future = as_future(task);
    let event_loop = future.event_loop.get();
    let before = current::swap(vm, event_loop, task.value())?;
    task.registration.enter(task.header());
    let stepped = crate::_contextvars::run_in(vm, task.run_context.get(), || step::advance(vm, task, Value::UNBOUND));
    let pending = match stepped {
        Ok(()) => None,
        Err(raised) => Some(vm.take_exception(raised)),
    };
    let swapped = current::swap(vm, event_loop, before);
    if future.state.get() != FutureState::Pending {
        task.registration.leave();
        task.coroutine.init(Value::UNBOUND);
    }
    match pending {
        Some(exception) => Err(vm.raise_again(exception)),
        None => swapped.map(|_| ()),
    }
}
