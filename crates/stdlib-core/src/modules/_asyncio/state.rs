//! What the module keeps for an interpreter: classes, names, and functions of the Python half that it calls.

use super::registry::Registry;
use crate::support::kept_class;
use object::layout::native::Native;
use object::{
    Args, Field, NativeData, R, Raised, Ref, Str, Tracer, Tuple, TypeDef, TypeObj, Value, ValueExt, Vm, type_flags,
};
use std::cell::Cell;
use std::rc::Rc;

/// Where the class of futures is kept.
pub const FUTURE: &str = "_asyncio.Future";
/// Where the class of tasks is kept.
pub const TASK: &str = "_asyncio.Task";
/// Where the class of the iterators of futures is kept.
pub const ITER: &str = "_asyncio.FutureIter";
/// Where the class of scheduled steps is kept.
pub const STEP: &str = "_asyncio.TaskStepMethWrapper";
const STATE: &str = "_asyncio.state";

macro_rules! names {
    ($($name:ident)*) => {
        /// Names of methods and attributes, as strings of the heap.
        pub struct Names { $(pub $name: Field),* }

        impl Names {
            fn new(vm: &Vm) -> Names {
                Names { $($name: Field::new(vm.intern(stringify!($name)).value())),* }
            }

            fn trace(&self, tracer: &mut Tracer) {
                $(self.$name.trace(tracer);)*
            }
        }
    };
}

names! {
    _asyncio_future_blocking _loop add_done_callback call_exception_handler call_soon cancel done get_debug get_loop
    is_running result send throw thread
}

/// Values that are looked up once, by their place in [`State::cached`].
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub enum Cached {
    CancelledError,
    InvalidStateError,
    IsCoroutine,
    ExtractStack,
    FutureRepr,
    TaskRepr,
    ScheduledTasks,
    EagerTasks,
}

/// See the module.
pub struct State {
    /// Names.
    pub names: Names,
    cached: [Field; 8],
    /// `("context",)`
    context_names: Field,
    /// Classes.
    pub future: Field,
    /// Classes.
    pub task: Field,
    /// Classes.
    pub iter: Field,
    /// Classes.
    pub step: Field,
    /// A list of what runs in each thread.
    pub running: Field,
    /// The tasks that are alive.
    pub registry: Rc<Registry>,
    /// Number of tasks that were given a name.
    pub named_tasks: Cell<u64>,
}

impl NativeData for State {
    fn trace(&self, tracer: &mut Tracer) {
        self.names.trace(tracer);
        let fields = [&self.context_names, &self.future, &self.task, &self.iter, &self.step, &self.running];
        for field in self.cached.iter().chain(fields) {
            field.trace(tracer);
        }
    }
}

pub type StateRef = Ref<Native<State>>;

static STATE_TYPE: TypeDef =
    TypeDef { name: "_state", module: "_asyncio", flags: type_flags::NO_NEW, ..TypeDef::DEFAULT };

/// Makes the state, once for an interpreter.
pub fn make(vm: &Vm) -> Result<(), Raised> {
    if vm.state_value(STATE).is_some() {
        return Ok(());
    }
    let class = |name: &str| kept_class(vm, name).map(|class| Field::new(class.value()));
    let state = State {
        names: Names::new(vm),
        cached: [const { Field::new(Value::UNBOUND) }; 8],
        context_names: Field::new(vm.str_tuple(&["context"]).value()),
        future: class(FUTURE)?,
        task: class(TASK)?,
        iter: class(ITER)?,
        step: class(STEP)?,
        running: Field::new(Value::UNBOUND),
        registry: Rc::default(),
        named_tasks: Cell::new(0),
    };
    vm.set_state(STATE, vm.native(vm.make_type(&STATE_TYPE), state).value());
    Ok(())
}

/// The state of the interpreter.
#[inline]
pub fn state(vm: &Vm) -> Result<StateRef, Raised> {
    let state = vm.state_value(STATE).and_then(|state| vm.as_native::<State>(state));
    state.ok_or_else(|| vm.system_error("_asyncio is not initialised"))
}

/// A name of [`Names`].
#[inline(always)]
pub fn name(field: &Field) -> Ref<Str> {
    // SAFETY: these fields are set once, to strings.
    unsafe { field.get().cast_unchecked() }
}

/// A class of [`State`].
#[inline(always)]
pub fn class(field: &Field) -> Ref<TypeObj> {
    // SAFETY: these fields are set once, to classes.
    unsafe { field.get().cast_unchecked() }
}

/// What the state looks up once.
pub fn cached(vm: &Vm, state: StateRef, which: Cached) -> R {
    let field = &state.cached[which as usize];
    if let Some(known) = field.get().bound() {
        return Ok(known);
    }
    let (module, name) = match which {
        Cached::CancelledError => ("asyncio.exceptions", "CancelledError"),
        Cached::InvalidStateError => ("asyncio.exceptions", "InvalidStateError"),
        Cached::IsCoroutine => ("asyncio.coroutines", "iscoroutine"),
        Cached::ExtractStack => ("traceback", "extract_stack"),
        Cached::FutureRepr => ("asyncio.base_futures", "_future_repr"),
        Cached::TaskRepr => ("asyncio.base_tasks", "_task_repr"),
        Cached::ScheduledTasks => ("weakref", "WeakSet"),
        Cached::EagerTasks => ("builtins", "set"),
    };
    let mut value = vm.import_from(module, name)?;
    if matches!(which, Cached::ScheduledTasks | Cached::EagerTasks) {
        value = vm.call(value, &[])?;
    }
    field.set(vm, state, value);
    Ok(value)
}

/// Raises `InvalidStateError`.
#[cold]
pub fn invalid_state(vm: &Vm, state: StateRef, text: &str) -> Raised {
    match cached(vm, state, Cached::InvalidStateError) {
        Ok(class) => vm.raise_call(class, &[vm.str(text).value()]),
        Err(raised) => raised,
    }
}

/// `loop.call_soon(callback, argument, context=context)`; the argument may be unbound.
pub fn call_soon(
    vm: &Vm,
    state: StateRef,
    event_loop: Value,
    callback: Value,
    argument: Value,
    context: Value,
) -> Result<(), Raised> {
    let (function, this) = vm.load_method(event_loop, name(&state.names.call_soon))?;
    let kwnames: Option<Ref<Tuple>> = if context.is_unbound() { None } else { state.context_names.get().cast() };
    let mut args = [Value::UNBOUND; 4];
    let mut count = 0;
    for value in [this.unwrap_or(Value::UNBOUND), callback, argument, context] {
        if !value.is_unbound() {
            args[count] = value;
            count += 1;
        }
    }
    vm.call_args(function, Args { args: &args[..count], kwnames })?;
    Ok(())
}

/// A call with the keyword argument `context`.
pub fn call_with_context(vm: &Vm, state: StateRef, method: Value, argument: Value, context: Value) -> R {
    vm.call_args(method, Args { args: &[argument, context], kwnames: state.context_names.get().cast() })
}
