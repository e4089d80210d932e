//! Callbacks of futures.

use super::future::{FutureRef, FutureState};
use super::state::call_soon;
use object::{List, R, Raised, Tuple, Value, ValueExt, Vm};

/// Schedules all callbacks of a future that became done, and forgets them.
pub fn schedule_callbacks(vm: &Vm, future: FutureRef) -> Result<(), Raised> {
    let first = future.callback.get();
    let rest = future.callbacks.get();
    if first.is_unbound() && rest.is_unbound() {
        return Ok(());
    }
    let (state, event_loop, this) = (future.module_state(vm), future.event_loop.get(), future.value());
    let context = future.context.get();
    future.callback.init(Value::UNBOUND);
    future.context.init(Value::UNBOUND);
    future.callbacks.init(Value::UNBOUND);
    if !first.is_unbound() {
        call_soon(vm, state, event_loop, first, this, context)?;
    }
    if let Some(list) = rest.cast::<List>() {
        for index in 0..list.len() {
            let Some(pair) = list.get(index).and_then(|pair| pair.cast::<Tuple>()) else { continue };
            if let [callback, context] = *pair.items() {
                call_soon(vm, state, event_loop, callback, this, context)?;
            }
        }
    }
    Ok(())
}

/// Adds a callback; schedules it where the future is done.
pub fn add(vm: &Vm, future: FutureRef, callback: Value, context: Value) -> Result<(), Raised> {
    if future.event_loop.get().is_unbound() {
        return Err(vm.runtime_error("uninitialized Future object"));
    }
    if future.state.get() != FutureState::Pending {
        return call_soon(vm, future.module_state(vm), future.event_loop.get(), callback, future.value(), context);
    }
    if future.callbacks.get().is_unbound() && future.callback.get().is_unbound() {
        future.callback.set(vm, future, callback);
        future.context.set(vm, future, context);
        return Ok(());
    }
    let pair = vm.tuple(&[callback, context]).value();
    match future.callbacks.get().cast::<List>() {
        Some(list) => list.push(vm, pair),
        None => future.callbacks.set(vm, future, vm.list(&[pair]).value()),
    }
    Ok(())
}

/// Removes all callbacks that are equal to one; gives their number.
pub fn remove(vm: &Vm, future: FutureRef, callback: Value) -> R {
    let mut removed = 0;
    let first = future.callback.get();
    if !first.is_unbound() && vm.eq(first, callback)? {
        // Comparing may have changed them.
        if future.callback.get() == first {
            future.callback.init(Value::UNBOUND);
            future.context.init(Value::UNBOUND);
        }
        removed += 1;
    }
    let Some(list) = future.callbacks.get().cast::<List>() else { return Ok(vm.int(removed)) };
    let kept = vm.list(&[]);
    let mut index = 0;
    while let Some(pair) = list.get(index) {
        let own = pair.cast::<Tuple>().and_then(|pair| pair.items().first().copied()).unwrap_or(Value::NONE);
        if vm.eq(own, callback)? {
            removed += 1;
        } else {
            kept.push(vm, pair);
        }
        index += 1;
    }
    let left = if kept.is_empty() { Value::UNBOUND } else { kept.value() };
    future.callbacks.set(vm, future, left);
    Ok(vm.int(removed))
}

/// A list of callbacks with their contexts, None where there are none.
pub fn listed(vm: &Vm, future: FutureRef) -> Value {
    let list = vm.list(&[]);
    if let Some(first) = future.callback.get().bound() {
        list.push(vm, vm.tuple(&[first, future.context.get().or_none()]).value());
    }
    if let Some(rest) = future.callbacks.get().cast::<List>() {
        list.extend(vm, rest.items());
    }
    if list.is_empty() { Value::NONE } else { list.value() }
}
