//! The running event loop and the running task of each thread.

use super::state::{name, state};
use object::layout::native::Native;
use object::{Dict, Field, List, NativeData, R, Raised, Ref, Tracer, TypeDef, Value, ValueExt, Vm, type_flags};

/// What runs in a thread; unbound where nothing does.
pub struct Running {
    event_loop: Field,
    task: Field,
}

impl NativeData for Running {
    fn trace(&self, tracer: &mut Tracer) {
        self.event_loop.trace(tracer);
        self.task.trace(tracer);
    }
}

static RUNNING_TYPE: TypeDef =
    TypeDef { name: "_running", module: "_asyncio", flags: type_flags::NO_NEW, ..TypeDef::DEFAULT };

/// What the calling thread runs, if anything ever did.
#[inline]
fn known(vm: &Vm) -> Result<Option<Ref<Native<Running>>>, Raised> {
    let Some(slots) = vm.thread().slots.get().cast::<Dict>() else { return Ok(None) };
    let state = state(vm)?;
    Ok(slots.get_str(vm, name(&state.names.thread)).and_then(|running| vm.as_native::<Running>(running)))
}

/// What the calling thread runs.
fn running(vm: &Vm) -> Result<Ref<Native<Running>>, Raised> {
    if let Some(known) = known(vm)? {
        return Ok(known);
    }
    let class = crate::support::class_once(vm, "_asyncio._running", &RUNNING_TYPE);
    let running =
        vm.native(class, Running { event_loop: Field::new(Value::UNBOUND), task: Field::new(Value::UNBOUND) });
    let slots = vm.thread_slots();
    let state = state(vm)?;
    slots.insert_str(vm, name(&state.names.thread), running.value());
    // Threads that ended ran no loop at the end.
    let all = vm.list(&[running.value()]);
    for other in state.running.get().cast::<List>().iter().flat_map(|all| all.items()) {
        let runs = vm.as_native::<Running>(*other).is_some_and(|other| !other.event_loop.get().is_unbound());
        if runs {
            all.push(vm, *other);
        }
    }
    state.running.set(vm, state, all.value());
    Ok(running)
}

/// The running event loop of the thread.
pub fn running_loop(vm: &Vm) -> Result<Option<Value>, Raised> {
    Ok(known(vm)?.and_then(|running| running.event_loop.get().bound()))
}

/// See `_asyncio._get_running_loop`.
pub fn running_loop_or_none(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(running_loop(vm)?.unwrap_or(Value::NONE))
}

/// See `_asyncio.get_running_loop`.
pub fn get_running_loop(vm: &Vm, _: &[Value; 1]) -> R {
    running_loop(vm)?.ok_or_else(|| vm.runtime_error("no running event loop"))
}

/// See `_asyncio._set_running_loop`.
pub fn set_running_loop(vm: &Vm, [_module, event_loop]: &[Value; 2]) -> R {
    let running = running(vm)?;
    let state = state(vm)?;
    // It may have been pruned while it ran no loop.
    let all = state.running.get().cast::<List>();
    if !all.is_some_and(|all| all.items().contains(&running.value())) {
        let all = all.unwrap_or_else(|| vm.list(&[]));
        all.push(vm, running.value());
        state.running.set(vm, state, all.value());
    }
    let event_loop = if event_loop.is_none() { Value::UNBOUND } else { *event_loop };
    running.event_loop.set(vm, running, event_loop);
    Ok(Value::NONE)
}

/// The running event loop, or that of the policy.
pub fn event_loop(vm: &Vm) -> R {
    if let Some(running) = running_loop(vm)? {
        return Ok(running);
    }
    let policy = vm.import_from("asyncio.events", "_get_event_loop_policy")?;
    let policy = vm.call(policy, &[])?;
    vm.call_method_str(policy, "get_event_loop", &[])
}

/// See `_asyncio.get_event_loop`.
pub fn get_event_loop(vm: &Vm, _: &[Value; 1]) -> R {
    event_loop(vm)
}

/// See `_asyncio.current_task`.
pub fn current_task(vm: &Vm, [_module, event_loop]: &[Value; 2]) -> R {
    let running = known(vm)?;
    let own = running.and_then(|running| running.event_loop.get().bound());
    if event_loop.is_none() && own.is_none() {
        return Err(vm.runtime_error("no running event loop"));
    }
    if event_loop.is_none() || own == Some(*event_loop) {
        return Ok(running.map_or(Value::NONE, |running| running.task.get().or_none()));
    }
    // The loop may run in another thread.
    let all = state(vm)?.running.get().cast::<List>();
    let mut others = all.iter().flat_map(|all| all.items()).filter_map(|other| vm.as_native::<Running>(*other));
    let found = others.find(|other| other.event_loop.get() == *event_loop);
    Ok(found.map_or(Value::NONE, |running| running.task.get().or_none()))
}

/// The running state of the thread, whose loop must be that one.
fn check_loop(vm: &Vm, event_loop: Value) -> Result<Ref<Native<Running>>, Raised> {
    let running = running(vm)?;
    if running.event_loop.get() == event_loop {
        return Ok(running);
    }
    let shown = vm.repr(event_loop)?.to_string_lossy();
    Err(vm.runtime_error(format!("loop {shown} is not the running loop")))
}

/// A task begins to run.
pub fn enter(vm: &Vm, event_loop: Value, task: Value) -> Result<(), Raised> {
    let running = check_loop(vm, event_loop)?;
    if let Some(other) = running.task.get().bound() {
        let (shown, other) = (vm.repr(task)?.to_string_lossy(), vm.repr(other)?.to_string_lossy());
        let text = format!("Cannot enter into task {shown} while another task {other} is being executed.");
        return Err(vm.runtime_error(text));
    }
    running.task.set(vm, running, task);
    Ok(())
}

/// A task ceases to run.
pub fn leave(vm: &Vm, event_loop: Value, task: Value) -> Result<(), Raised> {
    let running = check_loop(vm, event_loop)?;
    if running.task.get() != task {
        let other = vm.repr(running.task.get().or_none())?.to_string_lossy();
        let shown = vm.repr(task)?.to_string_lossy();
        let text = format!("Invalid attempt to leave task {shown} while task {other} is entered.");
        return Err(vm.runtime_error(text));
    }
    running.task.init(Value::UNBOUND);
    Ok(())
}

/// Makes another task the running one, None for none; gives the one before.
pub fn swap(vm: &Vm, event_loop: Value, task: Value) -> R {
    let running = check_loop(vm, event_loop)?;
    let before = running.task.get().or_none();
    running.task.set(vm, running, if task.is_none() { Value::UNBOUND } else { task });
    Ok(before)
}

/// See `_asyncio._enter_task`.
pub fn enter_task(vm: &Vm, [_module, event_loop, task]: &[Value; 3]) -> R {
    enter(vm, *event_loop, *task)?;
    Ok(Value::NONE)
}

/// See `_asyncio._leave_task`.
pub fn leave_task(vm: &Vm, [_module, event_loop, task]: &[Value; 3]) -> R {
    leave(vm, *event_loop, *task)?;
    Ok(Value::NONE)
}

/// See `_asyncio._swap_current_task`.
pub fn swap_current_task(vm: &Vm, [_module, event_loop, task]: &[Value; 3]) -> R {
    swap(vm, *event_loop, *task)
}
