//! `lock` and `RLock`.

use super::TIMEOUT_MAX;
use crate::support::{class_arg, data};
use crate::threads::{RawLock, RawRLock};
use object::arguments::Rounding;
use object::native::NativeDef;
use object::{
    Kind, Module, NativeData, R, Raised, Ref, Slot, Tracer, Tuple, TypeDef, Value, ValueExt, Vm, native, natives,
    type_flags,
};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Lock(RawLock);

impl NativeData for Lock {
    fn trace(&self, _: &mut Tracer) {}
}

#[derive(Default)]
struct RLock(RawRLock);

impl NativeData for RLock {
    fn trace(&self, _: &mut Tracer) {}
}

natives! { static LOCK_METHODS: {
    /// Lock the lock.
    "acquire($self, /, blocking=True, timeout=-1)" => lock_acquire;
    /// An obsolete synonym of acquire().
    "acquire_lock($self, /, blocking=True, timeout=-1)" => lock_acquire;
    /// Release the lock, allowing another thread that is blocked waiting for
    /// the lock to acquire the lock.
    "release($self, /)" => lock_release;
    /// An obsolete synonym of release().
    "release_lock($self, /)" => lock_release;
    /// Return whether the lock is in the locked state.
    "locked($self, /)" => lock_locked;
    /// An obsolete synonym of locked().
    "locked_lock($self, /)" => lock_locked;
    /// Lock the lock.
    "__enter__($self, /)" => lock_enter;
    /// Release the lock.
    "__exit__($self, /, *exc_info)" => lock_exit;
    "_at_fork_reinit($self, /)" => lock_reinit;
}}

natives! { static RLOCK_METHODS: {
    /// Lock the lock.
    "acquire($self, /, blocking=True, timeout=-1)" => rlock_acquire;
    /// Release the lock, allowing another thread that is blocked waiting for
    /// the lock to acquire the lock.
    "release($self, /)" => rlock_release;
    /// Return a boolean indicating whether this object is locked right now.
    "locked($self, /)" => rlock_locked;
    /// For internal use by `threading.Condition`.
    "_is_owned($self, /)" => rlock_is_owned;
    /// For internal use by `threading.Condition`.
    "_acquire_restore($self, state, /)" => rlock_acquire_restore;
    /// For internal use by `threading.Condition`.
    "_release_save($self, /)" => rlock_release_save;
    /// For internal use by reentrancy checks.
    "_recursion_count($self, /)" => rlock_recursion_count;
    /// Lock the lock.
    "__enter__($self, /)" => rlock_enter;
    /// Release the lock.
    "__exit__($self, /, *exc_info)" => rlock_exit;
    "_at_fork_reinit($self, /)" => rlock_reinit;
}}

static LOCK_NEW: NativeDef = native! { "lock($cls, /)" => lock_new };
static RLOCK_NEW: NativeDef = native! { "RLock($cls, /, *args, **kwargs)" => rlock_new };

static LOCK_TYPE: TypeDef = TypeDef {
    name: "lock",
    module: "_thread",
    kind: Kind::NATIVE,
    flags: type_flags::WEAKREF,
    doc: "A lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().",
    slots: &[Slot::repr(lock_repr)],
    methods: &[LOCK_METHODS],
    new: Some(&LOCK_NEW),
    ..TypeDef::DEFAULT
};

static RLOCK_TYPE: TypeDef = TypeDef {
    name: "RLock",
    module: "_thread",
    kind: Kind::NATIVE,
    flags: type_flags::WEAKREF | type_flags::BASETYPE,
    slots: &[Slot::repr(rlock_repr)],
    methods: &[RLOCK_METHODS],
    new: Some(&RLOCK_NEW),
    ..TypeDef::DEFAULT
};

pub fn add(vm: &Vm, module: Ref<Module>) {
    let class = vm.add_type(module, &LOCK_TYPE);
    vm.add_value(module, "LockType", class);
    vm.set_state("_thread.lock", class.value());
    vm.add_type(module, &RLOCK_TYPE);
}

/// When an attempt to take a lock ends: `Ok(None)` for one that does not wait.
fn limits(vm: &Vm, blocking: Value, timeout: Value) -> Result<Option<Option<Instant>>, Raised> {
    let blocking = vm.truthy(blocking)?;
    let nanoseconds = vm.to_nanoseconds(timeout, Rounding::Up)?;
    let endless = nanoseconds == -object::arguments::SECOND;
    if !blocking && !endless {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if nanoseconds < 0 && !endless {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if !blocking {
        return Ok(None);
    }
    if endless {
        return Ok(Some(None));
    }
    if nanoseconds as f64 > TIMEOUT_MAX * 1e9 {
        return Err(vm.overflow_error("timeout value is too large"));
    }
    if nanoseconds == 0 {
        return Ok(None);
    }
    Ok(Some(Instant::now().checked_add(Duration::from_nanos(nanoseconds as u64))))
}

fn shown(vm: &Vm, this: Value, state: &str, more: &str) -> R {
    let class = vm.type_of(this).qualified_name(vm);
    Ok(vm.str(&format!("<{state} {class} object{more} at {:#x}>", this.bits())).value())
}

fn lock_new(vm: &Vm, [class]: &[Value; 1]) -> R {
    Ok(vm.native(class_arg(vm, *class)?, Lock::default()).value())
}

pub fn allocate_lock(vm: &Vm, [_]: &[Value; 1]) -> R {
    let class = crate::support::kept_class(vm, "_thread.lock")?;
    Ok(vm.native(class, Lock::default()).value())
}

fn lock_repr(vm: &Vm, this: Value) -> R {
    let locked = data::<Lock>(vm, this)?.0.is_locked();
    shown(vm, this, if locked { "locked" } else { "unlocked" }, "")
}

fn lock_acquire(vm: &Vm, [this, blocking, timeout]: &[Value; 3]) -> R {
    let lock = data::<Lock>(vm, *this)?;
    Ok(Value::bool(match limits(vm, *blocking, *timeout)? {
        Some(deadline) => lock.0.lock(vm, deadline)?,
        None => lock.0.try_lock(),
    }))
}

fn lock_release(vm: &Vm, [this]: &[Value; 1]) -> R {
    if data::<Lock>(vm, *this)?.0.unlock() { Ok(Value::NONE) } else { Err(vm.runtime_error("release unlocked lock")) }
}

fn lock_locked(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(data::<Lock>(vm, *this)?.0.is_locked()))
}

fn lock_enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    data::<Lock>(vm, *this)?.0.lock(vm, None).map(Value::bool)
}

fn lock_exit(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    lock_release(vm, &[*this])
}

fn lock_reinit(vm: &Vm, [this]: &[Value; 1]) -> R {
    data::<Lock>(vm, *this)?.0.reset();
    Ok(Value::NONE)
}

fn rlock_new(vm: &Vm, [class, _, _]: &[Value; 3]) -> R {
    Ok(vm.native(class_arg(vm, *class)?, RLock::default()).value())
}

fn rlock_repr(vm: &Vm, this: Value) -> R {
    let lock = data::<RLock>(vm, this)?;
    let (owner, count) = lock.0.state();
    let state = if lock.0.is_locked() { "locked" } else { "unlocked" };
    shown(vm, this, state, &format!(" owner={owner} count={count}"))
}

fn rlock_acquire(vm: &Vm, [this, blocking, timeout]: &[Value; 3]) -> R {
    let lock = data::<RLock>(vm, *this)?;
    Ok(Value::bool(match limits(vm, *blocking, *timeout)? {
        Some(deadline) => lock.0.lock(vm, true, deadline)?,
        None => lock.0.lock(vm, false, None)?,
    }))
}

fn rlock_release(vm: &Vm, [this]: &[Value; 1]) -> R {
    if data::<RLock>(vm, *this)?.0.unlock() {
        Ok(Value::NONE)
    } else {
        Err(vm.runtime_error("cannot release un-acquired lock"))
    }
}

fn rlock_locked(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(data::<RLock>(vm, *this)?.0.is_locked()))
}

fn rlock_is_owned(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(data::<RLock>(vm, *this)?.0.is_owned()))
}

fn rlock_acquire_restore(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let lock = data::<RLock>(vm, *this)?;
    let Some(state) = state.cast::<Tuple>().filter(|state| state.len() == 2) else {
        return Err(vm.type_error("_acquire_restore() argument must be a 2-item tuple"));
    };
    let count = vm.index_i64(state.items()[0])?;
    let owner = vm.index_i64(state.items()[1])?;
    lock.0.restore(vm, owner as u64, count.max(0) as usize)?;
    Ok(Value::NONE)
}

fn rlock_release_save(vm: &Vm, [this]: &[Value; 1]) -> R {
    let lock = data::<RLock>(vm, *this)?;
    let (owner, count) = lock.0.state();
    if count == 0 {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    lock.0.release_all();
    Ok(vm.tuple(&[vm.int_usize(count), vm.int_u64(owner)]).value())
}

fn rlock_recursion_count(vm: &Vm, [this]: &[Value; 1]) -> R {
    let lock = data::<RLock>(vm, *this)?;
    Ok(vm.int_usize(if lock.0.is_owned() { lock.0.state().1 } else { 0 }))
}

fn rlock_enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    data::<RLock>(vm, *this)?.0.lock(vm, true, None).map(Value::bool)
}

fn rlock_exit(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    rlock_release(vm, &[*this])
}

fn rlock_reinit(vm: &Vm, [this]: &[Value; 1]) -> R {
    data::<RLock>(vm, *this)?.0.reset();
    Ok(Value::NONE)
}
