//! Futures: their data and what changes it.

use super::callbacks::schedule_callbacks;
use super::current::event_loop;
use super::state::{Cached, State, StateRef, cached, invalid_state, name, state};
use super::task::Task;
use super::{finalize, future_iter, future_methods as methods};
use crate::support::class_arg;
use object::layout::native::Native;
use object::{
    Exception, Field, GetSet, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, TypeId, Value, ValueExt, Vm,
    native_ref, natives, type_flags,
};
use std::cell::Cell;

/// Where a future is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FutureState {
    /// It has no result yet.
    Pending,
    /// It was cancelled.
    Cancelled,
    /// It has a result or an exception.
    Finished,
}

/// A future. Tasks begin with one.
#[repr(C)]
pub struct Future {
    /// What the module keeps.
    pub state_object: Field,
    /// The event loop, unbound before `__init__`.
    pub event_loop: Field,
    /// The first callback and its context, unbound where there is none.
    pub callback: Field,
    /// See `callback`.
    pub context: Field,
    /// A list of further callbacks: tuples of callback and context.
    pub callbacks: Field,
    /// The exception, unbound where there is none.
    pub exception: Field,
    /// Its traceback when it was set.
    pub traceback: Field,
    /// The result.
    pub result: Field,
    /// Where it was made, in debug mode.
    pub source_traceback: Field,
    /// What `cancel` was given.
    pub cancel_message: Field,
    /// The CancelledError that ended a task.
    pub cancelled_exception: Field,
    /// What awaits it: a future, or a set of several.
    pub awaited_by: Field,
    /// Is that a set?
    pub awaited_by_set: Cell<bool>,
    /// Where it is.
    pub state: Cell<FutureState>,
    /// Is it being awaited by the task that it is yielded to?
    pub blocking: Cell<bool>,
    /// Is the exception to be told when nobody asks for it?
    pub logs: Cell<bool>,
}

impl Future {
    /// One that is not initialised.
    pub fn new(state: StateRef) -> Future {
        let unbound = || Field::new(Value::UNBOUND);
        Future {
            state_object: Field::new(state.value()),
            event_loop: unbound(),
            callback: unbound(),
            context: unbound(),
            callbacks: unbound(),
            exception: unbound(),
            traceback: unbound(),
            result: unbound(),
            source_traceback: unbound(),
            cancel_message: unbound(),
            cancelled_exception: unbound(),
            awaited_by: unbound(),
            awaited_by_set: Cell::new(false),
            state: Cell::new(FutureState::Pending),
            blocking: Cell::new(false),
            logs: Cell::new(false),
        }
    }

    /// What the module keeps.
    #[inline(always)]
    pub fn module_state(&self, vm: &Vm) -> StateRef {
        // SAFETY: the field is set once, to that object.
        unsafe { vm.native_unchecked::<State>(self.state_object.get()) }
    }

    /// Shows its values to the collector.
    pub fn trace_fields(&self, tracer: &mut Tracer) {
        for field in [
            &self.state_object,
            &self.event_loop,
            &self.callback,
            &self.context,
            &self.callbacks,
            &self.exception,
            &self.traceback,
            &self.result,
            &self.source_traceback,
            &self.cancel_message,
            &self.cancelled_exception,
            &self.awaited_by,
        ] {
            field.trace(tracer);
        }
    }
}

impl NativeData for Future {
    fn trace(&self, tracer: &mut Tracer) {
        self.trace_fields(tracer);
    }
}

pub type FutureRef = Ref<Native<Future>>;
pub type TaskRef = Ref<Native<Task>>;

/// `Future`
pub static FUTURE: TypeDef = TypeDef {
    name: "Future",
    module: "_asyncio",
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "This class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    - result() and exception() do not take a timeout argument and\n      raise an exception when the future isn't done yet.\n\n    - Callbacks registered with add_done_callback() are always called\n      via the event loop's call_soon_threadsafe().\n\n    - This class is not compatible with the wait() and as_completed()\n      methods in the concurrent.futures package.",
    new: Some(native_ref!("Future($cls, *args, **kwargs)" => new)),
    init: Some(native_ref!("Future($self, *, loop=None)" => init)),
    slots: &[Slot::repr(repr), Slot::iter(future_iter::make), Slot::await_(future_iter::make)],
    methods: &[METHODS],
    getset: methods::GETSET,
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return the result this future represents.
    ///
    /// If the future has been cancelled, raises CancelledError.  If the
    /// future's result isn't yet available, raises InvalidStateError.  If
    /// the future is done and has an exception set, this exception is
    /// raised.
    "result($self, /)" => methods::result;
    /// Return the exception that was set on this future.
    ///
    /// The exception (or None if no exception was set) is returned only if
    /// the future is done.  If the future has been cancelled, raises
    /// CancelledError.  If the future isn't done yet, raises
    /// InvalidStateError.
    "exception($self, /)" => methods::exception;
    /// Mark the future done and set its result.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    "set_result($self, result, /)" => methods::set_result;
    /// Mark the future done and set an exception.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    "set_exception($self, exception, /)" => methods::set_exception;
    /// Add a callback to be run when the future becomes done.
    ///
    /// The callback is called with a single argument - the future object.
    /// If the future is already done when this is called, the callback is
    /// scheduled with call_soon.
    "add_done_callback($self, fn, /, *, context=<unrepresentable>)" => methods::add_done_callback;
    /// Remove all instances of a callback from the "call when done" list.
    ///
    /// Returns the number of callbacks removed.
    "remove_done_callback($self, fn, /)" => methods::remove_done_callback;
    /// Cancel the future and schedule callbacks.
    ///
    /// If the future is already done or cancelled, return False.
    /// Otherwise, change the future's state to cancelled, schedule the
    /// callbacks and return True.
    "cancel($self, /, msg=None)" => methods::cancel;
    /// Return True if the future was cancelled.
    "cancelled($self, /)" => methods::cancelled;
    /// Return True if the future is done.
    ///
    /// Done means either that a result / exception are available, or that
    /// the future was cancelled.
    "done($self, /)" => methods::done;
    /// Return the event loop the Future is bound to.
    "get_loop($self, /)" => methods::get_loop;
    /// Create the CancelledError to raise if the Future is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    "_make_cancelled_error($self, /)" => methods::make_cancelled_error;
    /// Called when the instance is about to be destroyed.
    "__del__($self, /)" => finalize::delete_future;
    /// Futures are generic over the type of their results
    "__class_getitem__($type, object, /)" => crate::support::class_getitem [class];
}}

/// The future of a future or task.
#[inline]
pub fn future_of(vm: &Vm, value: Value) -> Option<FutureRef> {
    if let Some(future) = vm.as_native::<Future>(value) {
        return Some(future);
    }
    vm.as_native::<Task>(value).map(as_future)
}

/// The future that a task begins with.
#[inline(always)]
pub fn as_future(task: TaskRef) -> FutureRef {
    // SAFETY: both structs are `repr(C)`: the data of a task begins with a future, at the same offset behind the same
    // header as in a future. Nothing is done with such references but reading fields and storing in them.
    unsafe { Ref::from_ptr(task.as_ptr().cast::<Native<Future>>()) }
}

/// The data of a task, as future and as task.
#[inline]
pub fn task_of(vm: &Vm, value: Value) -> Option<(FutureRef, TaskRef)> {
    vm.as_native::<Task>(value).map(|task| (as_future(task), task))
}

/// The future of a receiver.
#[inline]
pub fn own(vm: &Vm, this: Value) -> Result<FutureRef, Raised> {
    match future_of(vm, this) {
        Some(future) => Ok(future),
        None => Err(vm.type_error(format!("a Future is required, not '{}'", vm.type_name(this)))),
    }
}

/// Is it a future or task of the classes themselves, whose methods nobody has overridden?
#[inline]
pub fn is_exact(vm: &Vm, state: StateRef, value: Value) -> bool {
    let class = vm.type_of(value).value();
    class == state.future.get() || class == state.task.get()
}

/// RuntimeError for futures whose `__init__` was not called.
#[inline]
pub fn check_alive(vm: &Vm, future: FutureRef) -> Result<(), Raised> {
    if future.event_loop.get().is_unbound() {
        return Err(vm.runtime_error("Future object is not initialized."));
    }
    Ok(())
}

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    Ok(vm.native(class, Future::new(state(vm)?)).value())
}

fn init(vm: &Vm, [this, event_loop]: &[Value; 2]) -> R {
    initialise(vm, own(vm, *this)?, *event_loop)?;
    Ok(Value::NONE)
}

/// What `Future.__init__` does.
pub fn initialise(vm: &Vm, future: FutureRef, given: Value) -> Result<(), Raised> {
    let state = future.module_state(vm);
    for field in [
        &future.callback,
        &future.context,
        &future.callbacks,
        &future.exception,
        &future.traceback,
        &future.result,
        &future.source_traceback,
        &future.cancel_message,
        &future.cancelled_exception,
        &future.awaited_by,
    ] {
        field.init(Value::UNBOUND);
    }
    future.awaited_by_set.set(false);
    future.state.set(FutureState::Pending);
    future.blocking.set(false);
    future.logs.set(false);
    let event_loop = if given.is_none() { event_loop(vm)? } else { given };
    future.event_loop.set(vm, future, event_loop);
    let debug = vm.call_method(event_loop, name(&state.names.get_debug), &[])?;
    if vm.truthy(debug)? {
        let extract = cached(vm, state, Cached::ExtractStack)?;
        let stack = vm.call(extract, &[])?;
        future.source_traceback.set(vm, future, stack);
    }
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> R {
    let future = own(vm, this)?;
    check_alive(vm, future)?;
    let is_task = vm.as_native::<Task>(this).is_some();
    let which = if is_task { Cached::TaskRepr } else { Cached::FutureRepr };
    let function = cached(vm, future.module_state(vm), which)?;
    vm.call(function, &[this])
}

/// Makes a future done with a result.
pub fn set_result(vm: &Vm, future: FutureRef, result: Value) -> Result<(), Raised> {
    check_alive(vm, future)?;
    if future.state.get() != FutureState::Pending {
        return Err(invalid_state(vm, future.module_state(vm), "invalid state"));
    }
    future.result.set(vm, future, result);
    future.state.set(FutureState::Finished);
    schedule_callbacks(vm, future)
}

/// Makes a future done with an exception, an instance or a class.
pub fn set_exception(vm: &Vm, future: FutureRef, exception: Value) -> Result<(), Raised> {
    check_alive(vm, future)?;
    let state = future.module_state(vm);
    if future.state.get() != FutureState::Pending {
        return Err(invalid_state(vm, state, "invalid state"));
    }
    let is_class = exception.cast::<object::TypeObj>().is_some();
    let mut exception = if is_class { vm.call(exception, &[])? } else { exception };
    let Some(mut object) = exception.cast::<Exception>() else {
        return Err(vm.type_error("invalid exception object"));
    };
    if vm.is_exception(exception, TypeId::StopIteration) {
        let text = "StopIteration interacts badly with generators and cannot be raised into a Future";
        let args = vm.tuple(&[vm.str(text).value()]);
        let error = vm.alloc_exception(vm.types[TypeId::RuntimeError], args);
        error.cause.set(vm, error, exception);
        error.context.set(vm, error, exception);
        error.suppress_context.set(true);
        exception = error.value();
        object = error;
    }
    future.exception.set(vm, future, exception);
    future.traceback.set(vm, future, object.traceback.get());
    future.state.set(FutureState::Finished);
    schedule_callbacks(vm, future)?;
    future.logs.set(true);
    finalize::watch(vm, future);
    Ok(())
}

/// Cancels a future, not a task. Tells whether it was pending.
pub fn cancel(vm: &Vm, future: FutureRef, message: Value) -> Result<bool, Raised> {
    check_alive(vm, future)?;
    future.logs.set(false);
    if future.state.get() != FutureState::Pending {
        return Ok(false);
    }
    future.state.set(FutureState::Cancelled);
    future.cancel_message.set(vm, future, if message.is_none() { Value::UNBOUND } else { message });
    schedule_callbacks(vm, future)?;
    Ok(true)
}

/// The CancelledError of a future.
pub fn cancelled_error(vm: &Vm, future: FutureRef) -> R {
    if let Some(known) = future.cancelled_exception.get().bound() {
        future.cancelled_exception.init(Value::UNBOUND);
        return Ok(known);
    }
    let class = cached(vm, future.module_state(vm), Cached::CancelledError)?;
    match future.cancel_message.get().bound().filter(|message| !message.is_none()) {
        Some(message) => vm.call(class, &[message]),
        None => vm.call(class, &[]),
    }
}

/// How a future ended.
pub enum Outcome {
    /// With a result.
    Result(Value),
    /// With an exception, which was set.
    Exception(Value),
}

/// The outcome of a future; CancelledError or InvalidStateError where it has none.
pub fn outcome(vm: &Vm, future: FutureRef) -> Result<Outcome, Raised> {
    match future.state.get() {
        FutureState::Cancelled => {
            let error = cancelled_error(vm, future)?;
            Err(vm.raise_value(error))
        }
        FutureState::Pending => Err(invalid_state(vm, future.module_state(vm), "Result is not set.")),
        FutureState::Finished => {
            future.logs.set(false);
            let Some(exception) = future.exception.get().bound() else {
                return Ok(Outcome::Result(future.result.get()));
            };
            if let Some(object) = exception.cast::<Exception>() {
                object.traceback.set(vm, object, future.traceback.get().or_none());
            }
            Ok(Outcome::Exception(exception))
        }
    }
}

/// An attribute that is a field, None where it is unbound.
pub const fn field_attribute(name: &'static str, get: fn(&Vm, Value) -> R) -> GetSet {
    GetSet { name, get, set: None, doc: "", is_member: false }
}
