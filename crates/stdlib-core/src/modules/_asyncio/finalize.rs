//! What is told about futures and tasks that die without having been looked after.

use super::future::{FutureRef, FutureState, own, task_of};
use super::state::name;
use object::{R, Raised, Value, Vm, type_flags};

/// The future is to be finalised when it dies. To be called where that becomes necessary, since most futures need no
/// finalising.
pub fn watch(vm: &Vm, future: FutureRef) {
    // Instances of classes with a finaliser of their own are watched from the start.
    if !vm.type_of(future.value()).has(type_flags::FINALIZER) {
        vm.add_finalizable(future.value());
    }
}

fn tell(vm: &Vm, future: FutureRef, parts: &[(&str, Value)]) -> Result<(), Raised> {
    let context = vm.dict();
    for (name, value) in parts {
        context.insert_str(vm, vm.intern(name), *value);
    }
    if let Some(stack) = future.source_traceback.get().bound() {
        context.insert_str(vm, vm.intern("source_traceback"), stack);
    }
    let handler = name(&future.module_state(vm).names.call_exception_handler);
    if let Err(raised) = vm.call_method(future.event_loop.get(), handler, &[context.value()]) {
        vm.report_unraisable(raised, "Exception ignored while finalizing future", future.value());
    }
    Ok(())
}

fn finalize_future(vm: &Vm, future: FutureRef) -> Result<(), Raised> {
    if !future.logs.replace(false) || future.event_loop.get().is_unbound() {
        return Ok(());
    }
    let message = format!("{} exception was never retrieved", vm.type_name(future.value()));
    let parts = [
        ("message", vm.str(&message).value()),
        ("exception", future.exception.get().or_none()),
        ("future", future.value()),
    ];
    tell(vm, future, &parts)
}

/// See `Future.__del__`.
pub fn delete_future(vm: &Vm, [this]: &[Value; 1]) -> R {
    finalize_future(vm, own(vm, *this)?)?;
    Ok(Value::NONE)
}

/// See `Task.__del__`.
pub fn delete_task(vm: &Vm, [this]: &[Value; 1]) -> R {
    let Some((future, task)) = task_of(vm, *this) else { return delete_future(vm, &[*this]) };
    let is_lost = future.state.get() == FutureState::Pending
        && task.log_destroy_pending.get()
        && !future.event_loop.get().is_unbound();
    if is_lost {
        task.log_destroy_pending.set(false);
        let message = vm.str("Task was destroyed but it is pending!").value();
        tell(vm, future, &[("task", *this), ("message", message)])?;
    }
    finalize_future(vm, future)?;
    Ok(Value::NONE)
}
