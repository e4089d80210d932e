//! Masks of signals, and waiting for signals.

use super::{set_arg, set_value};
use object::arguments::{Rounding, SECOND};
use object::{Module, R, Ref, Value, Vm, natives, structseq};

structseq! { static SIGINFO: "signal" "struct_siginfo" "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.", 7, {
    "si_signo" "signal number";
    "si_code" "signal code";
    "si_errno" "errno associated with this signal";
    "si_pid" "sending process ID";
    "si_uid" "real user ID of sending process";
    "si_status" "exit value or signal";
    "si_band" "band event for SIGPOLL";
}}

natives! { pub static FUNCTIONS: {
    /// Wait until a signal arrives.
    "pause($module, /)" => pause;
    /// Fetch and/or change the signal mask of the calling thread.
    "pthread_sigmask($module, how, mask, /)" => pthread_sigmask;
    /// Examine pending signals.
    "sigpending($module, /)" => sigpending;
    /// Wait for a signal.
    "sigwait($module, sigset, /)" => sigwait;
    /// Wait synchronously until one of the signals in *sigset* is delivered.
    "sigwaitinfo($module, sigset, /)" => sigwaitinfo;
    /// Like sigwaitinfo(), but with a timeout.
    "sigtimedwait($module, sigset, timeout, /)" => sigtimedwait;
}}

pub fn add(vm: &Vm, module: Ref<Module>) {
    SIGINFO.add(vm, module, "_signal.struct_siginfo");
}

fn pause(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.check_pending()?;
    // SAFETY: has no preconditions.
    vm.allow_threads(|| unsafe { libc::pause() });
    vm.check_signals()?;
    Ok(Value::NONE)
}

fn pthread_sigmask(vm: &Vm, [_, how, mask]: &[Value; 3]) -> R {
    let how = vm.index_i32(*how)?;
    let mask = set_arg(vm, *mask)?;
    // SAFETY: the structures are valid.
    let (error, old) = unsafe {
        let mut old: libc::sigset_t = std::mem::zeroed();
        (libc::pthread_sigmask(how, &mask, &mut old), old)
    };
    if error != 0 {
        return Err(vm.os_error(error));
    }
    // Signals that were let through have come by now.
    vm.check_signals()?;
    set_value(vm, &old)
}

fn sigpending(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: the structure is filled by the call.
    let (result, set) = unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        (libc::sigpending(&mut set), set)
    };
    if result != 0 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    set_value(vm, &set)
}

fn sigwait(vm: &Vm, [_, set]: &[Value; 2]) -> R {
    let set = set_arg(vm, *set)?;
    let mut number = 0;
    // SAFETY: the structures are valid.
    match vm.allow_threads(|| unsafe { libc::sigwait(&set, &mut number) }) {
        0 => Ok(vm.int(number as i64)),
        error => Err(vm.os_error(error)),
    }
}

fn info_value(vm: &Vm, info: &libc::siginfo_t) -> R {
    // SAFETY: a structure that the system filled has these fields.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    let values = [
        vm.int(info.si_signo as i64),
        vm.int(info.si_code as i64),
        vm.int(info.si_errno as i64),
        vm.int(pid as i64),
        vm.int(uid as i64),
        vm.int(status as i64),
        // The union's field for it lies where the process number does.
        vm.int(pid as i64),
    ];
    SIGINFO.of_state(vm, "_signal.struct_siginfo", &values)
}

fn sigwaitinfo(vm: &Vm, [_, set]: &[Value; 2]) -> R {
    let set = set_arg(vm, *set)?;
    // SAFETY: all zeros is a value of this structure.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the structures are valid.
    let result = vm.retry_call(|| unsafe { libc::sigwaitinfo(&set, &mut info) as isize })?;
    match result {
        Ok(_) => info_value(vm, &info),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn sigtimedwait(vm: &Vm, [_, set, timeout]: &[Value; 3]) -> R {
    let nanoseconds = vm.to_nanoseconds(*timeout, Rounding::Ceiling)?;
    if nanoseconds < 0 {
        return Err(vm.value_error("timeout must be non-negative"));
    }
    let set = set_arg(vm, *set)?;
    let end = std::time::Instant::now().checked_add(std::time::Duration::from_nanos(nanoseconds as u64));
    // SAFETY: all zeros is a value of this structure.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let result = vm.retry_call(|| {
        let left = end.map_or(i64::MAX as u128, |end| {
            end.saturating_duration_since(std::time::Instant::now()).as_nanos().min(i64::MAX as u128)
        }) as i64;
        let left = libc::timespec { tv_sec: left / SECOND, tv_nsec: left % SECOND };
        // SAFETY: the structures are valid.
        unsafe { libc::sigtimedwait(&set, &mut info, &left) as isize }
    })?;
    match result {
        Ok(_) => info_value(vm, &info),
        Err(libc::EAGAIN) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error(error)),
    }
}
