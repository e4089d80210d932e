//! Which futures await which: what `asyncio.capture_call_graph` shows.

use super::future::{FutureRef, future_of};
use object::{R, Raised, Set, Value, ValueExt, Vm};

/// Notes that a future is awaited by another.
pub fn add(vm: &Vm, future: FutureRef, waiter: Value) -> Result<(), Raised> {
    let known = future.awaited_by.get();
    if known.is_unbound() {
        future.awaited_by.set(vm, future, waiter);
        future.awaited_by_set.set(false);
        return Ok(());
    }
    if future.awaited_by_set.get() {
        return match known.cast::<Set>() {
            Some(set) => set.add(vm, waiter),
            None => Ok(()),
        };
    }
    let set = vm.set();
    set.add(vm, known)?;
    set.add(vm, waiter)?;
    future.awaited_by.set(vm, future, set.value());
    future.awaited_by_set.set(true);
    Ok(())
}

/// Notes that a future is no longer awaited by another.
pub fn discard(vm: &Vm, future: FutureRef, waiter: Value) -> Result<(), Raised> {
    let known = future.awaited_by.get();
    if future.awaited_by_set.get() {
        if let Some(set) = known.cast::<Set>() {
            let hash = vm.hash(waiter)?;
            set.discard_hashed(vm, waiter, hash)?;
        }
    } else if known == waiter {
        future.awaited_by.init(Value::UNBOUND);
    }
    Ok(())
}

/// A frozenset of what awaits a future, None where nothing ever did.
pub fn shown(vm: &Vm, future: FutureRef) -> R {
    let known = future.awaited_by.get();
    if known.is_unbound() {
        return Ok(Value::NONE);
    }
    let result = vm.frozenset();
    match known.cast::<Set>().filter(|_| future.awaited_by_set.get()) {
        Some(set) => result.merge(vm, set)?,
        None => result.add(vm, known)?,
    }
    Ok(result.value())
}

/// See `_asyncio.future_add_to_awaited_by`.
pub fn add_function(vm: &Vm, [_module, future, waiter]: &[Value; 3]) -> R {
    if let (Some(future), Some(_)) = (future_of(vm, *future), future_of(vm, *waiter)) {
        add(vm, future, *waiter)?;
    }
    Ok(Value::NONE)
}

/// See `_asyncio.future_discard_from_awaited_by`.
pub fn discard_function(vm: &Vm, [_module, future, waiter]: &[Value; 3]) -> R {
    if let (Some(future), Some(_)) = (future_of(vm, *future), future_of(vm, *waiter)) {
        discard(vm, future, *waiter)?;
    }
    Ok(Value::NONE)
}
