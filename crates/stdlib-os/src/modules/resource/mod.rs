//! `resource`

mod constants;

use crate::support::add_constants;
use object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives, structseq};

structseq! { static RUSAGE: "resource" "struct_rusage" "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.", 16, {
    "ru_utime" "user time used";
    "ru_stime" "system time used";
    "ru_maxrss" "max. resident set size";
    "ru_ixrss" "shared memory size";
    "ru_idrss" "unshared data size";
    "ru_isrss" "unshared stack size";
    "ru_minflt" "page faults not requiring I/O";
    "ru_majflt" "page faults requiring I/O";
    "ru_nswap" "number of swap outs";
    "ru_inblock" "block input operations";
    "ru_oublock" "block output operations";
    "ru_msgsnd" "IPC messages sent";
    "ru_msgrcv" "IPC messages received";
    "ru_nsignals" "signals received";
    "ru_nvcsw" "voluntary context switches";
    "ru_nivcsw" "involuntary context switches";
}}

natives! { static FUNCTIONS: {
    "getrusage($module, who, /)" => getrusage;
    "getrlimit($module, resource, /)" => getrlimit;
    "setrlimit($module, resource, limits, /)" => setrlimit;
    "prlimit($module, pid, resource, limits=None, /)" => prlimit;
    "getpagesize($module, /)" => getpagesize;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "resource", doc: "", functions: &[FUNCTIONS], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
    vm.add_value(module, "RLIM_INFINITY", vm.int(-1));
    vm.add_value(module, "error", vm.types[TypeId::OSError]);
    RUSAGE.add(vm, module, "resource.struct_rusage");
    Ok(())
}

fn getrusage(vm: &Vm, [_, who]: &[Value; 2]) -> R {
    let who = vm.index_i32(*who)?;
    // SAFETY: all zeros is a value of this structure, which the call fills.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        if libc::getrusage(who, &mut usage) == -1 {
            let error = object::fs::last_errno();
            if error == libc::EINVAL {
                return Err(vm.value_error("invalid who parameter"));
            }
            return Err(vm.os_error(error));
        }
        usage
    };
    let time = |time: libc::timeval| vm.float(time.tv_sec as f64 + time.tv_usec as f64 * 1e-6);
    let values = [
        time(usage.ru_utime),
        time(usage.ru_stime),
        vm.int(usage.ru_maxrss),
        vm.int(usage.ru_ixrss),
        vm.int(usage.ru_idrss),
        vm.int(usage.ru_isrss),
        vm.int(usage.ru_minflt),
        vm.int(usage.ru_majflt),
        vm.int(usage.ru_nswap),
        vm.int(usage.ru_inblock),
        vm.int(usage.ru_oublock),
        vm.int(usage.ru_msgsnd),
        vm.int(usage.ru_msgrcv),
        vm.int(usage.ru_nsignals),
        vm.int(usage.ru_nvcsw),
        vm.int(usage.ru_nivcsw),
    ];
    RUSAGE.of_state(vm, "resource.struct_rusage", &values)
}

fn limit_value(vm: &Vm, limit: libc::rlim_t) -> Value {
    if limit == libc::RLIM_INFINITY { vm.int(-1) } else { vm.int_u64(limit) }
}

fn limits_value(vm: &Vm, limits: &libc::rlimit) -> Value {
    vm.tuple(&[limit_value(vm, limits.rlim_cur), limit_value(vm, limits.rlim_max)]).value()
}

fn number_arg(vm: &Vm, resource: Value) -> Result<i32, Raised> {
    let resource = vm.index_i32(resource)?;
    if !(0..16).contains(&resource) {
        return Err(vm.value_error("invalid resource specified"));
    }
    Ok(resource)
}

fn limits_arg(vm: &Vm, limits: Value) -> Result<libc::rlimit, Raised> {
    let parts = vm.to_tuple(limits)?;
    if parts.len() != 2 {
        return Err(vm.value_error("expected a tuple of 2 integers"));
    }
    let mut numbers = [0; 2];
    for (number, part) in numbers.iter_mut().zip(parts.items()) {
        *number = match vm.index(*part)?.to_i64() {
            Some(-1) => libc::RLIM_INFINITY,
            Some(limit) if limit < 0 => return Err(vm.value_error("Cannot convert negative int")),
            Some(limit) => limit as libc::rlim_t,
            None if vm.index(*part)?.is_negative() => return Err(vm.value_error("Cannot convert negative int")),
            None => match u64::try_from(vm.index(*part)?.to_big()) {
                Ok(limit) => limit,
                Err(_) => return Err(vm.overflow_error("int too big to convert")),
            },
        };
    }
    Ok(libc::rlimit { rlim_cur: numbers[0], rlim_max: numbers[1] })
}

fn failed(vm: &Vm) -> Raised {
    match object::fs::last_errno() {
        libc::EINVAL => vm.value_error("current limit exceeds maximum limit"),
        libc::EPERM => vm.value_error("not allowed to raise maximum limit"),
        error => vm.os_error(error),
    }
}

fn getrlimit(vm: &Vm, [_, resource]: &[Value; 2]) -> R {
    let resource = number_arg(vm, *resource)?;
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is writable.
    if unsafe { libc::getrlimit(resource as _, &mut limits) } == -1 {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    Ok(limits_value(vm, &limits))
}

fn setrlimit(vm: &Vm, [_, resource, limits]: &[Value; 3]) -> R {
    let resource = number_arg(vm, *resource)?;
    vm.audit("resource.setrlimit", &[vm.int(resource as i64), *limits])?;
    let limits = limits_arg(vm, *limits)?;
    // SAFETY: the structure is valid.
    if unsafe { libc::setrlimit(resource as _, &limits) } == -1 {
        return Err(failed(vm));
    }
    Ok(Value::NONE)
}

fn prlimit(vm: &Vm, [_, pid, resource, limits]: &[Value; 4]) -> R {
    let pid = vm.index_i32(*pid)?;
    let resource = number_arg(vm, *resource)?;
    vm.audit("resource.prlimit", &[vm.int(pid as i64), vm.int(resource as i64), *limits])?;
    let new = if limits.is_none() { None } else { Some(limits_arg(vm, *limits)?) };
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let pointer = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the structures are valid or null.
    if unsafe { libc::prlimit(pid, resource as _, pointer, &mut old) } == -1 {
        return Err(failed(vm));
    }
    Ok(limits_value(vm, &old))
}

fn getpagesize(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: has no preconditions.
    Ok(vm.int(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }))
}
