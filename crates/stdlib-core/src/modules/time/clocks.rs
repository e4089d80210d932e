//! Clocks, and waiting.

use object::arguments::{Rounding, SECOND};
use object::{R, Raised, TypeId, Value, Vm};

/// The time of a clock in nanoseconds.
pub fn read(clock: libc::clockid_t) -> Option<i64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is writable.
    if unsafe { libc::clock_gettime(clock, &mut time) } != 0 {
        return None;
    }
    time.tv_sec.checked_mul(SECOND)?.checked_add(time.tv_nsec)
}

fn seconds(vm: &Vm, nanoseconds: i64) -> Value {
    // Whole seconds and the rest apart lose no digits.
    if nanoseconds % SECOND == 0 {
        return vm.float((nanoseconds / SECOND) as f64);
    }
    vm.float(nanoseconds as f64 / 1e9)
}

fn clock(vm: &Vm, id: libc::clockid_t) -> Result<i64, Raised> {
    read(id).ok_or_else(|| vm.os_error(object::fs::last_errno()))
}

pub fn time(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(seconds(vm, clock(vm, libc::CLOCK_REALTIME)?))
}

pub fn time_ns(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(clock(vm, libc::CLOCK_REALTIME)?))
}

pub fn monotonic(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(seconds(vm, clock(vm, libc::CLOCK_MONOTONIC)?))
}

pub fn monotonic_ns(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(clock(vm, libc::CLOCK_MONOTONIC)?))
}

pub fn process_time(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(seconds(vm, clock(vm, libc::CLOCK_PROCESS_CPUTIME_ID)?))
}

pub fn process_time_ns(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(clock(vm, libc::CLOCK_PROCESS_CPUTIME_ID)?))
}

pub fn thread_time(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(seconds(vm, clock(vm, libc::CLOCK_THREAD_CPUTIME_ID)?))
}

pub fn thread_time_ns(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(clock(vm, libc::CLOCK_THREAD_CPUTIME_ID)?))
}

pub fn clock_gettime(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    Ok(seconds(vm, clock(vm, vm.index_i32(*id)?)?))
}

pub fn clock_gettime_ns(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    Ok(vm.int(clock(vm, vm.index_i32(*id)?)?))
}

fn set_clock(vm: &Vm, id: Value, nanoseconds: i64) -> R {
    let id = vm.index_i32(id)?;
    let time = libc::timespec { tv_sec: nanoseconds.div_euclid(SECOND), tv_nsec: nanoseconds.rem_euclid(SECOND) };
    // SAFETY: the structure is readable.
    if unsafe { libc::clock_settime(id, &time) } != 0 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    Ok(Value::NONE)
}

pub fn clock_settime(vm: &Vm, [_, id, time]: &[Value; 3]) -> R {
    let nanoseconds = vm.to_nanoseconds(*time, Rounding::Floor)?;
    set_clock(vm, *id, nanoseconds)
}

pub fn clock_settime_ns(vm: &Vm, [_, id, time]: &[Value; 3]) -> R {
    let nanoseconds = vm.index_i64(*time)?;
    set_clock(vm, *id, nanoseconds)
}

fn resolution(clock: libc::clockid_t) -> Option<f64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is writable.
    (unsafe { libc::clock_getres(clock, &mut time) } == 0).then_some(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

pub fn clock_getres(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    let id = vm.index_i32(*id)?;
    resolution(id).map(|time| vm.float(time)).ok_or_else(|| vm.os_error(object::fs::last_errno()))
}

pub fn pthread_getcpuclockid(vm: &Vm, [_, thread]: &[Value; 2]) -> R {
    if vm.as_int(*thread).is_none() {
        let text = format!("pthread_getcpuclockid() argument 1 must be int, not {}", vm.type_name(*thread));
        return Err(vm.type_error(text));
    }
    let thread = vm.index_i64(*thread)?;
    let mut clock = 0;
    // SAFETY: the number is writable. A thread that does not exist is the caller's fault, as the documentation says.
    match unsafe { libc::pthread_getcpuclockid(thread as libc::pthread_t, &mut clock) } {
        0 => Ok(vm.int(clock as i64)),
        error => Err(vm.os_error(error)),
    }
}

pub fn get_clock_info(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let Some(name) = vm.as_str(*name) else {
        let text = format!("get_clock_info() argument 1 must be str, not {}", vm.type_name(*name));
        return Err(vm.type_error(text));
    };
    let (clock, text, monotonic, adjustable) = match name.as_bytes() {
        b"time" => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", false, true),
        b"monotonic" | b"perf_counter" => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", true, false),
        b"process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", true, false),
        b"thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", true, false),
        _ => return Err(vm.value_error("unknown clock")),
    };
    vm.call_keywords(
        vm.types[TypeId::SimpleNamespace].value(),
        &[],
        &[
            ("implementation", vm.str(&format!("clock_gettime({text})")).value()),
            ("monotonic", Value::bool(monotonic)),
            ("adjustable", Value::bool(adjustable)),
            ("resolution", vm.float(resolution(clock).unwrap_or(1e-9))),
        ],
    )
}

pub fn sleep(vm: &Vm, [_, time]: &[Value; 2]) -> R {
    vm.audit("time.sleep", &[*time])?;
    let nanoseconds = vm.to_nanoseconds(*time, Rounding::Up)?;
    if nanoseconds < 0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    let end = clock(vm, libc::CLOCK_MONOTONIC)?.saturating_add(nanoseconds);
    let until = libc::timespec { tv_sec: end / SECOND, tv_nsec: end % SECOND };
    loop {
        vm.check_pending()?;
        let result = vm.allow_threads(|| {
            // SAFETY: the structure is readable.
            unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, std::ptr::null_mut()) }
        });
        match result {
            0 => return Ok(Value::NONE),
            libc::EINTR => vm.check_signals()?,
            error => return Err(vm.os_error(error)),
        }
    }
}
