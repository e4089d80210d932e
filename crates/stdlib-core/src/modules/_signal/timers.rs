//! Alarms and interval timers.

use object::arguments::Rounding;
use object::{Module, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Arrange for SIGALRM to arrive after the given number of seconds.
    "alarm($module, seconds, /)" => alarm;
    /// Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).
    "setitimer($module, which, seconds, interval=0.0, /)" => setitimer;
    /// Returns current value of given itimer.
    "getitimer($module, which, /)" => getitimer;
}}

pub fn add(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let class = vm.new_exception_class("signal", "ItimerError", &[vm.types[TypeId::OSError].value()])?;
    vm.add_value(module, "ItimerError", class);
    vm.set_state("_signal.ItimerError", class.value());
    Ok(())
}

fn alarm(vm: &Vm, [_, seconds]: &[Value; 2]) -> R {
    let seconds = vm.index_i32(*seconds)?;
    // SAFETY: has no preconditions.
    Ok(vm.int(unsafe { libc::alarm(seconds as libc::c_uint) } as i64))
}

fn timer_error(vm: &Vm) -> Raised {
    let error = object::fs::last_errno();
    let text = vm.str(&object::error::errno_text(error)).value();
    match vm.state_value("_signal.ItimerError") {
        Some(class) if class.cast::<object::TypeObj>().is_some() => vm.raise_call(class, &[vm.int(error as i64), text]),
        _ => vm.os_error(error),
    }
}

fn timeval(vm: &Vm, value: Value) -> Result<libc::timeval, Raised> {
    let nanoseconds = vm.to_nanoseconds(value, Rounding::Ceiling)?;
    let microseconds = nanoseconds.div_euclid(1000) + (nanoseconds.rem_euclid(1000) != 0) as i64;
    Ok(libc::timeval { tv_sec: microseconds.div_euclid(1_000_000), tv_usec: microseconds.rem_euclid(1_000_000) })
}

fn result(vm: &Vm, timer: &libc::itimerval) -> Value {
    let show = |time: libc::timeval| vm.float(time.tv_sec as f64 + time.tv_usec as f64 / 1e6);
    vm.tuple(&[show(timer.it_value), show(timer.it_interval)]).value()
}

fn empty() -> libc::itimerval {
    let zero = libc::timeval { tv_sec: 0, tv_usec: 0 };
    libc::itimerval { it_interval: zero, it_value: zero }
}

fn setitimer(vm: &Vm, [_, which, seconds, interval]: &[Value; 4]) -> R {
    let which = vm.index_i32(*which)?;
    let new = libc::itimerval { it_value: timeval(vm, *seconds)?, it_interval: timeval(vm, *interval)? };
    let mut old = empty();
    // SAFETY: both structures are valid.
    if unsafe { libc::setitimer(which as _, &new, &mut old) } != 0 {
        return Err(timer_error(vm));
    }
    Ok(result(vm, &old))
}

fn getitimer(vm: &Vm, [_, which]: &[Value; 2]) -> R {
    let which = vm.index_i32(*which)?;
    let mut timer = empty();
    // SAFETY: the structure is writable.
    if unsafe { libc::getitimer(which as _, &mut timer) } != 0 {
        return Err(timer_error(vm));
    }
    Ok(result(vm, &timer))
}
