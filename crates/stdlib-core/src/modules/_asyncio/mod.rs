//! `_asyncio`: futures, tasks, and which of them run.

mod awaited_by;
mod callbacks;
mod current;
mod finalize;
mod future;
mod future_iter;
mod future_methods;
mod registry;
mod state;
mod step;
mod task;
mod task_methods;

use crate::support::class_once;
use object::{Module, ModuleDef, Raised, Ref, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_asyncio", doc: "Accelerator module for asyncio", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Return a currently executed task.
    "current_task($module, /, loop=None)" => current::current_task;
    /// Return a set of all tasks for the loop.
    "all_tasks($module, /, loop=None)" => registry::all_tasks;
    /// Return an asyncio event loop.
    ///
    /// When called from a coroutine or a callback (e.g. scheduled with
    /// call_soon or similar API), this function will always return the
    /// running event loop.
    ///
    /// If there is no running event loop set, the function will return
    /// the result of `get_event_loop_policy().get_event_loop()` call.
    "get_event_loop($module, /)" => current::get_event_loop;
    /// Return the running event loop.  Raise a RuntimeError if there is none.
    ///
    /// This function is thread-specific.
    "get_running_loop($module, /)" => current::get_running_loop;
    /// Return the running event loop or None.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    "_get_running_loop($module, /)" => current::running_loop_or_none;
    /// Set the running event loop.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    "_set_running_loop($module, loop, /)" => current::set_running_loop;
    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    "_register_task($module, /, task)" => registry::register_task;
    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    "_register_eager_task($module, /, task)" => registry::register_eager_task;
    /// Unregister a task.
    ///
    /// Returns None.
    "_unregister_task($module, /, task)" => registry::unregister_task;
    /// Unregister a task.
    ///
    /// Returns None.
    "_unregister_eager_task($module, /, task)" => registry::unregister_eager_task;
    /// Enter into task execution or resume suspended task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    "_enter_task($module, /, loop, task)" => current::enter_task;
    /// Leave task execution or suspend a task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    "_leave_task($module, /, loop, task)" => current::leave_task;
    /// Temporarily swap in the supplied task and return the original one (or None).
    ///
    /// This is intended for use during eager coroutine execution.
    "_swap_current_task($module, /, loop, task)" => current::swap_current_task;
    /// Record that `fut` is awaited on by `waiter`.
    "future_add_to_awaited_by($module, fut, waiter, /)" => awaited_by::add_function;
    "future_discard_from_awaited_by($module, fut, waiter, /)" => awaited_by::discard_function;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    class_once(vm, state::ITER, &future_iter::FUTURE_ITER);
    class_once(vm, state::STEP, &step::STEP_WRAPPER);
    let future = class_once(vm, state::FUTURE, &future::FUTURE);
    let task = match vm.state_value(state::TASK).and_then(object::ValueExt::cast::<object::TypeObj>) {
        Some(task) => task,
        None => {
            let task = vm.make_type_with_base(&task::TASK, Some(future));
            vm.set_state(state::TASK, task.value());
            task
        }
    };
    vm.add_value(module, "Future", future);
    vm.add_value(module, "Task", task);
    state::make(vm)
}
