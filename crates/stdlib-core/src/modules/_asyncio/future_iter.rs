//! What awaiting a future goes through.

use super::future::{self, FutureState, Outcome, check_alive, own};
use super::state::class;
use crate::support::{data, itself, positional};
use object::traced;
use object::{
    Args, Exception, Field, R, Slot, Traceback, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, natives, type_flags,
};

/// Gives the future itself while it is pending, then its result.
pub struct FutureIter {
    /// The future, unbound when the iterator is closed.
    future: Field,
}

traced! { FutureIter { future } }

/// `FutureIter`
pub static FUTURE_ITER: TypeDef = TypeDef {
    name: "FutureIter",
    module: "_asyncio",
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(itself), Slot::next(next)],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    "send($self, value, /)" => send;
    "throw(...)" -> throw;
    "close($self, /)" => close;
}}

/// `iter(future)`
pub fn make(vm: &Vm, this: Value) -> R {
    let future = own(vm, this)?;
    check_alive(vm, future)?;
    let iterator = FutureIter { future: Field::new(this) };
    Ok(vm.native(class(&future.module_state(vm).iter), iterator).value())
}

fn next(vm: &Vm, this: Value) -> R {
    let iterator = data::<FutureIter>(vm, this)?;
    let Some(value) = iterator.future.get().bound() else { return Ok(Value::UNBOUND) };
    let future = own(vm, value)?;
    if future.state.get() == FutureState::Pending {
        if !future.blocking.replace(true) {
            return Ok(value);
        }
        return Err(vm.runtime_error("await wasn't used with future"));
    }
    match future::outcome(vm, future)? {
        // The end of an iterator stands for None.
        Outcome::Result(value) if value.is_none() => Ok(Value::UNBOUND),
        Outcome::Result(value) => Err(vm.stop_iteration(value)),
        Outcome::Exception(exception) => Err(vm.raise_value(exception)),
    }
}

fn send(vm: &Vm, [this, _value]: &[Value; 2]) -> R {
    match next(vm, *this)?.bound() {
        Some(value) => Ok(value),
        None => Err(vm.stop_iteration(Value::NONE)),
    }
}

fn throw(vm: &Vm, args: Args) -> R {
    let given = positional(vm, "throw", args)?;
    let [this, class, rest @ ..] = given else {
        return Err(vm.type_error("throw expected at least 1 argument, got 0"));
    };
    if rest.len() > 2 {
        return Err(vm.type_error(format!("throw expected at most 3 arguments, got {}", rest.len() + 1)));
    }
    let iterator = data::<FutureIter>(vm, *this)?;
    if !rest.is_empty() {
        let text = "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";
        vm.warn(TypeId::DeprecationWarning, text, 1)?;
    }
    let value = rest.first().copied().unwrap_or(Value::NONE);
    let traceback = rest.get(1).copied().filter(|traceback| !traceback.is_none());
    if traceback.is_some_and(|traceback| traceback.cast::<Traceback>().is_none()) {
        return Err(vm.type_error("throw() third argument must be a traceback"));
    }
    let base = vm.types[TypeId::BaseException];
    let exception = if class.cast::<TypeObj>().is_some_and(|class| class.is_subclass(base)) {
        if value.cast::<Exception>().is_some() {
            value
        } else if let Some(args) = vm.as_tuple(value) {
            vm.call(*class, args.items())?
        } else if value.is_none() {
            vm.call(*class, &[])?
        } else {
            vm.call(*class, &[value])?
        }
    } else if class.cast::<Exception>().is_some() {
        if !value.is_none() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        *class
    } else {
        return Err(vm.type_error("exceptions must be classes deriving BaseException or instances of such a class"));
    };
    iterator.future.init(Value::UNBOUND);
    if let (Some(object), Some(traceback)) = (exception.cast::<Exception>(), traceback) {
        object.traceback.set(vm, object, traceback);
    }
    Err(vm.raise_value(exception))
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    data::<FutureIter>(vm, *this)?.future.init(Value::UNBOUND);
    Ok(Value::NONE)
}
