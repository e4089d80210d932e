//! Which tasks there are.
//!
//! Tasks of this module are in a table of addresses from which they take themselves when they are freed, so that the
//! table keeps none alive. Tasks of other kinds are in a weak set.

use super::current::running_loop;
use super::future::{FutureState, task_of};
use super::state::{Cached, cached, name, state};
use object::{Header, R, Raised, Value, Vm};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Addresses of tasks that are alive.
#[derive(Default)]
pub struct Registry {
    tasks: RefCell<Vec<*const Header>>,
    free: RefCell<Vec<usize>>,
}

/// A task's place in the registry, if it has one.
pub struct Registration {
    registry: Rc<Registry>,
    place: Cell<Option<usize>>,
}

impl Registration {
    /// None yet.
    pub fn new(registry: Rc<Registry>) -> Registration {
        Registration { registry, place: Cell::new(None) }
    }

    /// Enters a task, which is the object that this registration lies in.
    pub fn enter(&self, task: *const Header) {
        if self.place.get().is_some() {
            return;
        }
        let mut tasks = self.registry.tasks.borrow_mut();
        let place = match self.registry.free.borrow_mut().pop() {
            Some(place) => {
                tasks[place] = task;
                place
            }
            None => {
                tasks.push(task);
                tasks.len() - 1
            }
        };
        self.place.set(Some(place));
    }

    /// Takes the task out.
    pub fn leave(&self) {
        if let Some(place) = self.place.take() {
            self.registry.tasks.borrow_mut()[place] = std::ptr::null();
            self.registry.free.borrow_mut().push(place);
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.leave();
    }
}

/// See `_asyncio.all_tasks`.
pub fn all_tasks(vm: &Vm, [_module, event_loop]: &[Value; 2]) -> R {
    let event_loop = match event_loop.is_none() {
        false => *event_loop,
        true => running_loop(vm)?.ok_or_else(|| vm.runtime_error("no running event loop"))?,
    };
    let state = state(vm)?;
    let found = vm.set();
    let candidates = vm.list(&[]);
    for task in state.registry.tasks.borrow().iter().filter(|task| !task.is_null()) {
        candidates.push(vm, Value::object(*task));
    }
    for task in candidates.items() {
        if let Some((future, _)) = task_of(vm, *task)
            && future.state.get() == FutureState::Pending
            && future.event_loop.get() == event_loop
        {
            found.add(vm, *task)?;
        }
    }
    let others = vm.list(&[]);
    for which in [Cached::EagerTasks, Cached::ScheduledTasks] {
        let tasks = cached(vm, state, which)?;
        others.extend(vm, vm.to_list(tasks)?.items());
    }
    for index in 0..others.len() {
        let Some(task) = others.get(index) else { break };
        let done = vm.call_method(task, name(&state.names.done), &[])?;
        if !vm.truthy(done)? && loop_of(vm, task)? == event_loop {
            found.add(vm, task)?;
        }
    }
    Ok(found.value())
}

/// The event loop of anything like a future.
pub fn loop_of(vm: &Vm, future: Value) -> R {
    let state = state(vm)?;
    if let Some(get_loop) = vm.getattr_opt(future, name(&state.names.get_loop))? {
        return vm.call(get_loop, &[]);
    }
    vm.getattr(future, name(&state.names._loop))
}

fn change(vm: &Vm, which: Cached, method: &str, task: Value) -> Result<(), Raised> {
    let tasks = cached(vm, state(vm)?, which)?;
    vm.call_method_str(tasks, method, &[task])?;
    Ok(())
}

/// See `_asyncio._register_task`.
pub fn register_task(vm: &Vm, [_module, task]: &[Value; 2]) -> R {
    match task_of(vm, *task) {
        Some((future, task)) => task.registration.enter(future.header()),
        None => change(vm, Cached::ScheduledTasks, "add", *task)?,
    }
    Ok(Value::NONE)
}

/// See `_asyncio._unregister_task`.
pub fn unregister_task(vm: &Vm, [_module, task]: &[Value; 2]) -> R {
    match task_of(vm, *task) {
        Some((_, task)) => task.registration.leave(),
        None => match change(vm, Cached::ScheduledTasks, "discard", *task) {
            Ok(()) => {}
            Err(raised) => return Err(raised),
        },
    }
    Ok(Value::NONE)
}

/// See `_asyncio._register_eager_task`.
pub fn register_eager_task(vm: &Vm, [_module, task]: &[Value; 2]) -> R {
    change(vm, Cached::EagerTasks, "add", *task)?;
    Ok(Value::NONE)
}

/// See `_asyncio._unregister_eager_task`.
pub fn unregister_eager_task(vm: &Vm, [_module, task]: &[Value; 2]) -> R {
    change(vm, Cached::EagerTasks, "discard", *task)?;
    Ok(Value::NONE)
}
