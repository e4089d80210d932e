//! Methods and attributes of futures.

use super::awaited_by::shown;
use super::callbacks;
use super::future::{self, FutureState, Outcome, check_alive, field_attribute, own};
use super::state::invalid_state;
use object::{GetSet, R, Raised, TypeId, Value, Vm};

/// See `Future.result`.
pub fn result(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    if own.event_loop.get().is_unbound() {
        return Err(invalid_state(vm, own.module_state(vm), "Future object is not initialized."));
    }
    match future::outcome(vm, own)? {
        Outcome::Result(value) => Ok(value),
        Outcome::Exception(exception) => Err(vm.raise_value(exception)),
    }
}

/// See `Future.exception`.
pub fn exception(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let state = own.module_state(vm);
    if own.event_loop.get().is_unbound() {
        return Err(invalid_state(vm, state, "Future object is not initialized."));
    }
    match own.state.get() {
        FutureState::Cancelled => {
            let error = future::cancelled_error(vm, own)?;
            Err(vm.raise_value(error))
        }
        FutureState::Pending => Err(invalid_state(vm, state, "Exception is not set.")),
        FutureState::Finished => {
            own.logs.set(false);
            Ok(own.exception.get().or_none())
        }
    }
}

/// See `Future.set_result`.
pub fn set_result(vm: &Vm, [this, result]: &[Value; 2]) -> R {
    future::set_result(vm, own(vm, *this)?, *result)?;
    Ok(Value::NONE)
}

/// See `Future.set_exception`.
pub fn set_exception(vm: &Vm, [this, exception]: &[Value; 2]) -> R {
    future::set_exception(vm, own(vm, *this)?, *exception)?;
    Ok(Value::NONE)
}

/// See `Future.add_done_callback`.
pub fn add_done_callback(vm: &Vm, [this, callback, context]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    let context = match context.bound() {
        Some(context) => context,
        None => crate::_contextvars::copy_current(vm)?,
    };
    callbacks::add(vm, own, *callback, context)?;
    Ok(Value::NONE)
}

/// See `Future.remove_done_callback`.
pub fn remove_done_callback(vm: &Vm, [this, callback]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    check_alive(vm, own)?;
    callbacks::remove(vm, own, *callback)
}

/// See `Future.cancel`.
pub fn cancel(vm: &Vm, [this, message]: &[Value; 2]) -> R {
    Ok(Value::bool(future::cancel(vm, own(vm, *this)?, *message)?))
}

/// See `Future.cancelled`.
pub fn cancelled(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    Ok(Value::bool(own.state.get() == FutureState::Cancelled))
}

/// See `Future.done`.
pub fn done(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    Ok(Value::bool(own.state.get() != FutureState::Pending))
}

/// See `Future.get_loop`.
pub fn get_loop(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    check_alive(vm, own)?;
    Ok(own.event_loop.get())
}

/// See `Future._make_cancelled_error`.
pub fn make_cancelled_error(vm: &Vm, [this]: &[Value; 1]) -> R {
    future::cancelled_error(vm, own(vm, *this)?)
}

/// Attributes of futures.
pub static GETSET: &[GetSet] = &[
    field_attribute("_state", |vm, this| {
        let own = own(vm, this)?;
        check_alive(vm, own)?;
        let name = match own.state.get() {
            FutureState::Pending => "PENDING",
            FutureState::Cancelled => "CANCELLED",
            FutureState::Finished => "FINISHED",
        };
        Ok(vm.intern(name).value())
    }),
    GetSet {
        set: Some(|vm, this, value| {
            check_set(vm, this, value, "_asyncio_future_blocking")?;
            let blocking = vm.truthy(value)?;
            let own = own(vm, this)?;
            check_alive(vm, own)?;
            own.blocking.set(blocking);
            Ok(())
        }),
        ..field_attribute("_asyncio_future_blocking", |vm, this| {
            let own = own(vm, this)?;
            Ok(Value::bool(!own.event_loop.get().is_unbound() && own.blocking.get()))
        })
    },
    field_attribute("_asyncio_awaited_by", |vm, this| shown(vm, own(vm, this)?)),
    field_attribute("_loop", |vm, this| Ok(own(vm, this)?.event_loop.get().or_none())),
    field_attribute("_callbacks", |vm, this| {
        let own = own(vm, this)?;
        check_alive(vm, own)?;
        Ok(callbacks::listed(vm, own))
    }),
    field_attribute("_result", |vm, this| {
        let own = own(vm, this)?;
        check_alive(vm, own)?;
        Ok(own.result.get().or_none())
    }),
    field_attribute("_exception", |vm, this| {
        let own = own(vm, this)?;
        check_alive(vm, own)?;
        Ok(own.exception.get().or_none())
    }),
    GetSet {
        set: Some(|vm, this, value| {
            check_set(vm, this, value, "_log_traceback")?;
            if vm.truthy(value)? {
                return Err(vm.value_error("_log_traceback can only be set to False"));
            }
            own(vm, this)?.logs.set(false);
            Ok(())
        }),
        ..field_attribute("_log_traceback", |vm, this| {
            let own = own(vm, this)?;
            check_alive(vm, own)?;
            Ok(Value::bool(own.logs.get()))
        })
    },
    field_attribute("_source_traceback", |vm, this| Ok(own(vm, this)?.source_traceback.get().or_none())),
    GetSet {
        set: Some(|vm, this, value| {
            check_set(vm, this, value, "_cancel_message")?;
            let own = own(vm, this)?;
            own.cancel_message.set(vm, own, value);
            Ok(())
        }),
        ..field_attribute("_cancel_message", |vm, this| Ok(own(vm, this)?.cancel_message.get().or_none()))
    },
];

/// AttributeError where an attribute is to be deleted.
pub fn check_set(vm: &Vm, this: Value, value: Value, name: &str) -> Result<(), Raised> {
    if !value.is_unbound() {
        return Ok(());
    }
    let class = vm.type_of(this).qualified_name(vm);
    let text = format!("attribute '{name}' of '{class}' objects cannot be deleted");
    Err(vm.raise(TypeId::AttributeError, &text))
}
