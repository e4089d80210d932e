//! Methods and attributes of tasks.

use super::future::{self, FutureState, as_future, field_attribute, is_exact, task_of};
use super::future_methods::check_set;
use super::state::name;
use super::task::own;
use object::{GetSet, R, Raised, Value, Vm};

/// Requests that a task be cancelled.
pub fn request_cancel(vm: &Vm, task: future::TaskRef, message: Value) -> Result<bool, Raised> {
    let own = as_future(task);
    own.logs.set(false);
    if own.state.get() != FutureState::Pending {
        return Ok(false);
    }
    task.cancel_requests.set(task.cancel_requests.get() + 1);
    if let Some(waits_for) = task.waits_for.get().bound()
        && cancel_awaited(vm, task, waits_for, message)?
    {
        return Ok(true);
    }
    task.must_cancel.set(true);
    own.cancel_message.set(vm, own, message);
    Ok(true)
}

/// Cancels what a task waits for; tells whether that went.
pub fn cancel_awaited(vm: &Vm, task: future::TaskRef, waits_for: Value, message: Value) -> Result<bool, Raised> {
    let state = as_future(task).module_state(vm);
    if is_exact(vm, state, waits_for) {
        if let Some((_, other)) = task_of(vm, waits_for) {
            vm.enter_native()?;
            return request_cancel(vm, other, message);
        }
        if let Some(other) = future::future_of(vm, waits_for) {
            return future::cancel(vm, other, message);
        }
    }
    let cancel = vm.getattr(waits_for, name(&state.names.cancel))?;
    let answer = vm.call_keywords(cancel, &[], &[("msg", message)])?;
    vm.truthy(answer)
}

/// See `Task.cancel`.
pub fn cancel(vm: &Vm, [this, message]: &[Value; 2]) -> R {
    Ok(Value::bool(request_cancel(vm, own(vm, *this)?, *message)?))
}

/// See `Task.cancelling`.
pub fn cancelling(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int(own(vm, *this)?.cancel_requests.get()))
}

/// See `Task.uncancel`.
pub fn uncancel(vm: &Vm, [this]: &[Value; 1]) -> R {
    let task = own(vm, *this)?;
    let requests = task.cancel_requests.get();
    if requests > 0 {
        task.cancel_requests.set(requests - 1);
        if requests == 1 {
            task.must_cancel.set(false);
        }
    }
    Ok(vm.int(task.cancel_requests.get()))
}

/// See `Task.get_stack`.
pub fn get_stack(vm: &Vm, [this, limit]: &[Value; 2]) -> R {
    let function = vm.import_from("asyncio.base_tasks", "_task_get_stack")?;
    vm.call(function, &[*this, *limit])
}

/// See `Task.print_stack`.
pub fn print_stack(vm: &Vm, [this, limit, file]: &[Value; 3]) -> R {
    let function = vm.import_from("asyncio.base_tasks", "_task_print_stack")?;
    vm.call(function, &[*this, *limit, *file])
}

/// See `Task.set_result`.
pub fn set_result(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.runtime_error("Task does not support set_result operation"))
}

/// See `Task.set_exception`.
pub fn set_exception(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.runtime_error("Task does not support set_exception operation"))
}

/// See `Task.get_name`.
pub fn get_name(vm: &Vm, [this]: &[Value; 1]) -> R {
    let task = own(vm, *this)?;
    // Few tasks are ever asked for their names.
    if let Some(number) = task.name.get().as_small() {
        let name = vm.str(&format!("Task-{number}")).value();
        task.name.set(vm, task, name);
    }
    Ok(task.name.get().or_none())
}

/// See `Task.set_name`.
pub fn set_name(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let task = own(vm, *this)?;
    let name = if vm.exact_str(*value).is_some() { *value } else { vm.to_str(*value)?.value() };
    task.name.set(vm, task, name);
    Ok(Value::NONE)
}

/// See `Task.get_coro`.
pub fn get_coro(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(own(vm, *this)?.coroutine.get().or_none())
}

/// See `Task.get_context`.
pub fn get_context(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(own(vm, *this)?.run_context.get().or_none())
}

/// Attributes of tasks.
pub static GETSET: &[GetSet] = &[
    GetSet {
        set: Some(|vm, this, value| {
            check_set(vm, this, value, "_log_destroy_pending")?;
            let flag = vm.truthy(value)?;
            own(vm, this)?.log_destroy_pending.set(flag);
            Ok(())
        }),
        ..field_attribute("_log_destroy_pending", |vm, this| Ok(Value::bool(own(vm, this)?.log_destroy_pending.get())))
    },
    field_attribute("_must_cancel", |vm, this| Ok(Value::bool(own(vm, this)?.must_cancel.get()))),
    field_attribute("_coro", |vm, this| Ok(own(vm, this)?.coroutine.get().or_none())),
    field_attribute("_fut_waiter", |vm, this| Ok(own(vm, this)?.waits_for.get().or_none())),
];
