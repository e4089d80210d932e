//! `select`

mod constants;
mod epoll;
mod poll;

use crate::support::{add_constants, fd};
use object::arguments::Rounding;
use object::{ModuleDef, R, Raised, TypeId, Value, ValueExt, Vm, natives};
use std::time::{Duration, Instant};

natives! { static FUNCTIONS: {
    /// Wait until one or more file descriptors are ready for some kind of I/O.
    "select($module, rlist, wlist, xlist, timeout=None, /)" => select;
    /// Returns a polling object.
    "poll($module, /)" => poll::poll;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    functions: &[FUNCTIONS],
    exec: |vm, module| {
        add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
        vm.add_value(module, "error", vm.types[TypeId::OSError]);
        poll::add(vm);
        epoll::add(vm, module);
        Ok(())
    },
};

/// A timeout in seconds: when it ends, and the time for a first call. None and negative times have no end.
pub fn seconds_arg(vm: &Vm, timeout: Value) -> Result<Option<i64>, Raised> {
    if timeout.is_none() {
        return Ok(None);
    }
    match vm.to_nanoseconds(timeout, Rounding::Up) {
        Ok(nanoseconds) => Ok(Some(nanoseconds)),
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            Err(vm.type_error("timeout must be a float or None"))
        }
    }
}

/// What is left until a moment, in nanoseconds; -1 for ever.
pub fn left(end: Option<Instant>) -> i64 {
    match end {
        None => -1,
        Some(end) => end.saturating_duration_since(Instant::now()).as_nanos().min(i64::MAX as u128) as i64,
    }
}

/// The moment that a timeout in nanoseconds ends.
pub fn end_of(nanoseconds: Option<i64>) -> Option<Instant> {
    let nanoseconds = nanoseconds?;
    Instant::now().checked_add(Duration::from_nanos(nanoseconds.max(0) as u64))
}

/// The objects of a list and their descriptors.
struct Set {
    objects: object::Ref<object::List>,
    numbers: Vec<i32>,
    bits: libc::fd_set,
}

fn set(vm: &Vm, list: Value) -> Result<Set, Raised> {
    if vm.type_of(list).slots().iter.is_none() && vm.type_of(list).slots().getitem.is_none() {
        return Err(vm.type_error("arguments 1-3 must be sequences"));
    }
    // A list is looked at as it is: `fileno` may change it.
    let source = match list.cast::<object::List>() {
        Some(list) => list,
        None => vm.to_list(list)?,
    };
    let objects = vm.list(&[]);
    // SAFETY: all zeros is a value of this structure: the empty set.
    let mut bits: libc::fd_set = unsafe { std::mem::zeroed() };
    let mut numbers = Vec::new();
    while let Some(object) = source.get(numbers.len()) {
        let number = fd(vm, object)?;
        objects.push(vm, object);
        if number as usize >= libc::FD_SETSIZE {
            return Err(vm.value_error("filedescriptor out of range in select()"));
        }
        if numbers.len() >= libc::FD_SETSIZE {
            return Err(vm.value_error("too many file descriptors in select()"));
        }
        // SAFETY: the number is in range.
        unsafe { libc::FD_SET(number, &mut bits) };
        numbers.push(number);
    }
    Ok(Set { objects, numbers, bits })
}

fn ready(vm: &Vm, set: &Set, bits: &libc::fd_set) -> Value {
    let list = vm.list(&[]);
    for (object, number) in set.objects.items().iter().zip(&set.numbers) {
        // SAFETY: the number is in range.
        if unsafe { libc::FD_ISSET(*number, bits) } {
            list.push(vm, *object);
        }
    }
    list.value()
}

fn select(vm: &Vm, [_, read, write, except, timeout]: &[Value; 5]) -> R {
    let nanoseconds = seconds_arg(vm, *timeout)?;
    if nanoseconds.is_some_and(|nanoseconds| nanoseconds < 0) {
        return Err(vm.value_error("timeout must be non-negative"));
    }
    let sets = [set(vm, *read)?, set(vm, *write)?, set(vm, *except)?];
    let most = sets.iter().flat_map(|set| &set.numbers).max().map_or(0, |most| most + 1);
    let end = end_of(nanoseconds);
    loop {
        let mut bits = [sets[0].bits, sets[1].bits, sets[2].bits];
        let rest = left(end);
        let (result, error) = vm.allow_threads(|| {
            let mut time = libc::timeval { tv_sec: rest / 1_000_000_000, tv_usec: (rest % 1_000_000_000 + 999) / 1000 };
            if time.tv_usec >= 1_000_000 {
                time.tv_sec += 1;
                time.tv_usec = 0;
            }
            let time = if rest < 0 { std::ptr::null_mut() } else { &raw mut time };
            let [read, write, except] = &mut bits;
            // SAFETY: the structures are valid.
            let result = unsafe { libc::select(most, read, write, except, time) };
            (result, object::fs::last_errno())
        });
        if result < 0 {
            if error == libc::EINTR {
                vm.check_signals()?;
                continue;
            }
            return Err(vm.os_error(error));
        }
        let lists = [ready(vm, &sets[0], &bits[0]), ready(vm, &sets[1], &bits[1]), ready(vm, &sets[2], &bits[2])];
        return Ok(vm.tuple(&lists).value());
    }
}
