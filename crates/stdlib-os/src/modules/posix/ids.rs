//! Who a process is: its numbers, users, groups, sessions, scheduling.

use super::util::*;
use object::native::NativeDef;
use object::structseq::StructSeq;
use object::{R, Raised, TypeDef, Value, ValueExt, Vm, natives};

static SCHED_FIELDS: [object::GetSet; 1] = object::structseq::fields([("sched_priority", "the scheduling priority")]);

natives! { static SCHED_METHODS: {
    "__reduce__($self, /)" => sched_param_reduce;
    /// Return a copy of the structure with new values for the specified fields.
    "__replace__($self, /, **changes)" => sched_param_replace;
}}

static SCHED_NEW: NativeDef = object::native! { "sched_param($cls, /, sched_priority)" => sched_param_new };

static SCHED_DEF: TypeDef = TypeDef {
    name: "sched_param",
    module: "posix",
    base: object::TypeId::Tuple,
    kind: object::Kind::INSTANCE,
    payload: true,
    doc: "Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter.",
    slots: &[object::Slot::repr(|vm, this| SCHED_PARAM.repr(vm, this))],
    methods: &[SCHED_METHODS],
    new: Some(&SCHED_NEW),
    ..TypeDef::DEFAULT
};

/// The argument of the functions of scheduling: made of its one field, not of a sequence.
pub static SCHED_PARAM: StructSeq = StructSeq { def: &SCHED_DEF, fields: &SCHED_FIELDS, visible: 1 };

natives! { pub static FUNCTIONS: {
    /// Return the current process id.
    "getpid($module, /)" => getpid [leaf];
    /// Return the parent's process id.
    "getppid($module, /)" => getppid [leaf];
    /// Return the current process's user id.
    "getuid($module, /)" => getuid;
    /// Return the current process's effective user id.
    "geteuid($module, /)" => geteuid;
    /// Return the current process's group id.
    "getgid($module, /)" => getgid;
    /// Return the current process's effective group id.
    "getegid($module, /)" => getegid;
    /// Return a tuple of the current process's real, effective, and saved user ids.
    "getresuid($module, /)" => getresuid;
    /// Return a tuple of the current process's real, effective, and saved group ids.
    "getresgid($module, /)" => getresgid;
    /// Return list of supplemental group IDs for the process.
    "getgroups($module, /)" => getgroups;
    /// Returns a list of groups to which a user belongs.
    "getgrouplist($module, user, group, /)" => getgrouplist;
    /// Set the groups of the current process to list.
    "setgroups($module, groups, /)" => setgroups;
    /// Initialize the group access list.
    "initgroups($module, username, gid, /)" => initgroups;
    /// Set the current process's user id.
    "setuid($module, uid, /)" => setuid;
    /// Set the current process's effective user id.
    "seteuid($module, euid, /)" => seteuid;
    /// Set the current process's group id.
    "setgid($module, gid, /)" => setgid;
    /// Set the current process's effective group id.
    "setegid($module, egid, /)" => setegid;
    /// Set the current process's real and effective user ids.
    "setreuid($module, ruid, euid, /)" => setreuid;
    /// Set the current process's real and effective group ids.
    "setregid($module, rgid, egid, /)" => setregid;
    /// Set the current process's real, effective, and saved user ids.
    "setresuid($module, ruid, euid, suid, /)" => setresuid;
    /// Set the current process's real, effective, and saved group ids.
    "setresgid($module, rgid, egid, sgid, /)" => setresgid;
    /// Call the system call getpgid(), and return the result.
    "getpgid($module, /, pid)" => getpgid;
    /// Return the current process group id.
    "getpgrp($module, /)" => getpgrp;
    /// Make the current process the leader of its process group.
    "setpgrp($module, /)" => setpgrp;
    /// Call the system call setpgid(pid, pgrp).
    "setpgid($module, pid, pgrp, /)" => setpgid;
    /// Call the system call getsid(pid) and return the result.
    "getsid($module, pid, /)" => getsid;
    /// Call the system call setsid().
    "setsid($module, /)" => setsid;
    /// Return the process group associated with the terminal specified by fd.
    "tcgetpgrp($module, fd, /)" => tcgetpgrp;
    /// Set the process group associated with the terminal specified by fd.
    "tcsetpgrp($module, fd, pgid, /)" => tcsetpgrp;
    /// Return the actual login name.
    "getlogin($module, /)" => getlogin;
    /// Add increment to the priority of process and return the new priority.
    "nice($module, increment, /)" => nice;
    /// Return program scheduling priority.
    "getpriority($module, /, which, who)" => getpriority;
    /// Set program scheduling priority.
    "setpriority($module, /, which, who, priority)" => setpriority;
    /// Get the maximum scheduling priority for policy.
    "sched_get_priority_max($module, /, policy)" => sched_get_priority_max;
    /// Get the minimum scheduling priority for policy.
    "sched_get_priority_min($module, /, policy)" => sched_get_priority_min;
    /// Get the scheduling policy for the process identified by pid.
    "sched_getscheduler($module, pid, /)" => sched_getscheduler;
    /// Set the scheduling policy for the process identified by pid.
    "sched_setscheduler($module, pid, policy, param, /)" => sched_setscheduler;
    /// Returns scheduling parameters for the process identified by pid.
    "sched_getparam($module, pid, /)" => sched_getparam;
    /// Set scheduling parameters for the process identified by pid.
    "sched_setparam($module, pid, param, /)" => sched_setparam;
    /// Return the round-robin quantum for the process identified by pid, in seconds.
    "sched_rr_get_interval($module, pid, /)" => sched_rr_get_interval;
    /// Voluntarily relinquish the CPU.
    "sched_yield($module, /)" => sched_yield;
    /// Return the affinity of the process identified by pid (or the current process if zero).
    "sched_getaffinity($module, pid, /)" => sched_getaffinity;
    /// Set the CPU affinity of the process identified by pid to mask.
    "sched_setaffinity($module, pid, mask, /)" => sched_setaffinity;
    /// Return the number of logical CPUs in the system.
    "cpu_count($module, /)" => cpu_count;
    /// Move the calling thread into different namespaces.
    "setns($module, /, fd, nstype=0)" => setns;
    /// Disassociate parts of a process (or thread) execution context.
    "unshare($module, /, flags)" => unshare;
}}

fn sched_param_new(vm: &Vm, [class, priority]: &[Value; 2]) -> R {
    match class.cast::<object::TypeObj>() {
        Some(class) => Ok(SCHED_PARAM.instance(vm, class, &[*priority])),
        None => Err(vm.type_error("a class is required")),
    }
}

fn sched_param_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let args = vm.tuple(&[object::structseq::field(vm, *this, 0)]);
    Ok(vm.tuple(&[vm.type_of(*this).value(), args.value()]).value())
}

fn sched_param_replace(vm: &Vm, [this, changes]: &[Value; 2]) -> R {
    SCHED_PARAM.replace(vm, *this, *changes)
}

// SAFETY of the calls in this file: none has preconditions but that pointers are those of live variables.

macro_rules! getters {
    ($($name:ident => $show:expr;)*) => {
        $(fn $name(vm: &Vm, [_]: &[Value; 1]) -> R {
            // SAFETY: has no preconditions.
            let number = unsafe { libc::$name() };
            Ok($show(vm, number))
        })*
    };
}

getters! {
    getpid => |vm: &Vm, pid: i32| vm.int(pid as i64);
    getppid => |vm: &Vm, pid: i32| vm.int(pid as i64);
    getuid => id_value;
    geteuid => id_value;
    getgid => id_value;
    getegid => id_value;
    getpgrp => |vm: &Vm, pid: i32| vm.int(pid as i64);
}

fn check(vm: &Vm, result: i32) -> R {
    if result == -1 { Err(failed(vm)) } else { Ok(Value::NONE) }
}

fn number(vm: &Vm, result: i32) -> R {
    if result == -1 { Err(failed(vm)) } else { Ok(vm.int(result as i64)) }
}

fn getresuid(vm: &Vm, [_]: &[Value; 1]) -> R {
    let mut ids = [0u32; 3];
    let [a, b, c] = &mut ids;
    // SAFETY: see above.
    check(vm, unsafe { libc::getresuid(a, b, c) })?;
    Ok(vm.tuple(&ids.map(|id| id_value(vm, id))).value())
}

fn getresgid(vm: &Vm, [_]: &[Value; 1]) -> R {
    let mut ids = [0u32; 3];
    let [a, b, c] = &mut ids;
    // SAFETY: see above.
    check(vm, unsafe { libc::getresgid(a, b, c) })?;
    Ok(vm.tuple(&ids.map(|id| id_value(vm, id))).value())
}

fn id_list(vm: &Vm, ids: &[libc::gid_t]) -> Value {
    let list = vm.list(&[]);
    for &id in ids {
        list.push(vm, id_value(vm, id));
    }
    list.value()
}

fn getgroups(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: see above.
    let count = unsafe { libc::getgroups(0, std::ptr::null_mut()) };
    if count < 0 {
        return Err(failed(vm));
    }
    let mut groups = vec![0; count as usize];
    // SAFETY: see above.
    let count = unsafe { libc::getgroups(count, groups.as_mut_ptr()) };
    if count < 0 {
        return Err(failed(vm));
    }
    groups.truncate(count as usize);
    Ok(id_list(vm, &groups))
}

fn getgrouplist(vm: &Vm, [_, user, group]: &[Value; 3]) -> R {
    let Some(user) = vm.as_str(*user) else {
        let text = format!("getgrouplist() argument 1 must be str, not {}", vm.type_name(*user));
        return Err(vm.type_error(text));
    };
    let user = vm.fs_cstring(user.value())?;
    let group = id(vm, *group, "gid")?;
    let mut count = 64;
    loop {
        let mut groups = vec![0; count as usize];
        let before = count;
        // SAFETY: see above.
        let result = unsafe { libc::getgrouplist(user.as_ptr(), group, groups.as_mut_ptr(), &mut count) };
        if result != -1 {
            groups.truncate(count.max(0) as usize);
            return Ok(id_list(vm, &groups));
        }
        count = if count > before { count } else { before * 2 };
        if count > 1 << 20 {
            return Err(vm.memory_error());
        }
    }
}

fn setgroups(vm: &Vm, [_, groups]: &[Value; 2]) -> R {
    let class = vm.type_of(*groups).slots();
    if class.getitem.is_none() || class.len.is_none() {
        return Err(vm.type_error("setgroups argument must be a sequence"));
    }
    let items = vm.to_tuple(*groups)?;
    if items.len() > 65536 {
        return Err(vm.value_error("too many groups"));
    }
    let mut ids = Vec::with_capacity(items.len());
    for &item in items.items() {
        if vm.as_int(item).is_none() {
            return Err(vm.type_error("groups must be integers"));
        }
        ids.push(id(vm, item, "gid")?);
    }
    // SAFETY: see above.
    check(vm, unsafe { libc::setgroups(ids.len(), ids.as_ptr()) })
}

fn initgroups(vm: &Vm, [_, user, group]: &[Value; 3]) -> R {
    let user = vm.fs_cstring(*user)?;
    let group = id(vm, *group, "gid")?;
    // SAFETY: see above.
    check(vm, unsafe { libc::initgroups(user.as_ptr(), group) })
}

macro_rules! setters {
    ($($name:ident($($arg:ident: $what:literal),*);)*) => {
        $(fn $name(vm: &Vm, [_, $($arg),*]: &[Value; 1 $(+ { let _ = $what; 1 })*]) -> R {
            $(let $arg = id(vm, *$arg, $what)?;)*
            // SAFETY: has no preconditions.
            check(vm, unsafe { libc::$name($($arg),*) })
        })*
    };
}

setters! {
    setuid(a: "uid");
    seteuid(a: "uid");
    setgid(a: "gid");
    setegid(a: "gid");
    setreuid(a: "uid", b: "uid");
    setregid(a: "gid", b: "gid");
    setresuid(a: "uid", b: "uid", c: "uid");
    setresgid(a: "gid", b: "gid", c: "gid");
}

fn getpgid(vm: &Vm, [_, pid]: &[Value; 2]) -> R {
    let pid = vm.index_i32(*pid)?;
    // SAFETY: see above.
    number(vm, unsafe { libc::getpgid(pid) })
}

fn setpgrp(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: see above.
    check(vm, unsafe { libc::setpgid(0, 0) })
}

fn setpgid(vm: &Vm, [_, pid, group]: &[Value; 3]) -> R {
    let (pid, group) = (vm.index_i32(*pid)?, vm.index_i32(*group)?);
    // SAFETY: see above.
    check(vm, unsafe { libc::setpgid(pid, group) })
}

fn getsid(vm: &Vm, [_, pid]: &[Value; 2]) -> R {
    let pid = vm.index_i32(*pid)?;
    // SAFETY: see above.
    number(vm, unsafe { libc::getsid(pid) })
}

fn setsid(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: see above.
    number(vm, unsafe { libc::setsid() })
}

fn tcgetpgrp(vm: &Vm, [_, terminal]: &[Value; 2]) -> R {
    let terminal = vm.index_i32(*terminal)?;
    // SAFETY: see above.
    number(vm, unsafe { libc::tcgetpgrp(terminal) })
}

fn tcsetpgrp(vm: &Vm, [_, terminal, group]: &[Value; 3]) -> R {
    let (terminal, group) = (vm.index_i32(*terminal)?, vm.index_i32(*group)?);
    // SAFETY: see above.
    check(vm, unsafe { libc::tcsetpgrp(terminal, group) })
}

fn getlogin(vm: &Vm, [_]: &[Value; 1]) -> R {
    let mut buffer = [0u8; 256];
    // SAFETY: see above.
    match unsafe { getlogin_r(buffer.as_mut_ptr().cast(), buffer.len()) } {
        0 => {
            let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
            Ok(vm.fs_decode(&buffer[..len]).value())
        }
        error => Err(vm.os_error(error)),
    }
}

/// Calls what may give -1 without an error.
fn with_errno(vm: &Vm, f: impl FnOnce() -> i32) -> R {
    // SAFETY: the thread's own errno.
    unsafe { *libc::__errno_location() = 0 };
    let result = f();
    if result == -1 && object::fs::last_errno() != 0 {
        return Err(failed(vm));
    }
    Ok(vm.int(result as i64))
}

fn nice(vm: &Vm, [_, increment]: &[Value; 2]) -> R {
    let increment = vm.index_i32(*increment)?;
    // SAFETY: see above.
    with_errno(vm, || unsafe { libc::nice(increment) })
}

fn getpriority(vm: &Vm, [_, which, who]: &[Value; 3]) -> R {
    let (which, who) = (vm.index_i32(*which)?, vm.index_i32(*who)?);
    // SAFETY: see above.
    with_errno(vm, || unsafe { libc::getpriority(which as _, who as libc::id_t) })
}

fn setpriority(vm: &Vm, [_, which, who, priority]: &[Value; 4]) -> R {
    let (which, who, priority) = (vm.index_i32(*which)?, vm.index_i32(*who)?, vm.index_i32(*priority)?);
    // SAFETY: see above.
    check(vm, unsafe { libc::setpriority(which as _, who as libc::id_t, priority) })
}

fn sched_get_priority_max(vm: &Vm, [_, policy]: &[Value; 2]) -> R {
    let policy = vm.index_i32(*policy)?;
    // SAFETY: see above.
    number(vm, unsafe { libc::sched_get_priority_max(policy) })
}

fn sched_get_priority_min(vm: &Vm, [_, policy]: &[Value; 2]) -> R {
    let policy = vm.index_i32(*policy)?;
    // SAFETY: see above.
    number(vm, unsafe { libc::sched_get_priority_min(policy) })
}

fn sched_getscheduler(vm: &Vm, [_, pid]: &[Value; 2]) -> R {
    let pid = vm.index_i32(*pid)?;
    // SAFETY: see above.
    number(vm, unsafe { libc::sched_getscheduler(pid) })
}

fn priority_arg(vm: &Vm, param: Value) -> Result<libc::sched_param, Raised> {
    if vm.state_value("posix.sched_param") != Some(vm.type_of(param).value()) {
        return Err(vm.type_error("must have a sched_param object"));
    }
    let priority = vm.index_i32(object::structseq::field(vm, param, 0))?;
    Ok(libc::sched_param { sched_priority: priority })
}

fn sched_setscheduler(vm: &Vm, [_, pid, policy, param]: &[Value; 4]) -> R {
    let (pid, policy) = (vm.index_i32(*pid)?, vm.index_i32(*policy)?);
    let param = priority_arg(vm, *param)?;
    // SAFETY: see above.
    check(vm, unsafe { libc::sched_setscheduler(pid, policy, &param) })
}

fn sched_getparam(vm: &Vm, [_, pid]: &[Value; 2]) -> R {
    let pid = vm.index_i32(*pid)?;
    let mut param = libc::sched_param { sched_priority: 0 };
    // SAFETY: see above.
    check(vm, unsafe { libc::sched_getparam(pid, &mut param) })?;
    SCHED_PARAM.of_state(vm, "posix.sched_param", &[vm.int(param.sched_priority as i64)])
}

fn sched_setparam(vm: &Vm, [_, pid, param]: &[Value; 3]) -> R {
    let pid = vm.index_i32(*pid)?;
    let param = priority_arg(vm, *param)?;
    // SAFETY: see above.
    check(vm, unsafe { libc::sched_setparam(pid, &param) })
}

fn sched_rr_get_interval(vm: &Vm, [_, pid]: &[Value; 2]) -> R {
    let pid = vm.index_i32(*pid)?;
    let mut interval = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: see above.
    check(vm, unsafe { libc::sched_rr_get_interval(pid, &mut interval) })?;
    Ok(vm.float(interval.tv_sec as f64 + 1e-9 * interval.tv_nsec as f64))
}

fn sched_yield(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: see above.
    check(vm, vm.allow_threads(|| unsafe { libc::sched_yield() }))
}

/// Words of a mask of processors.
const MASK_WORDS: usize = 1024;

fn affinity(vm: &Vm, pid: i32) -> Result<Vec<usize>, Raised> {
    let mut mask = vec![0u64; MASK_WORDS];
    // SAFETY: the call writes at most that many bytes.
    let len = unsafe { libc::syscall(libc::SYS_sched_getaffinity, pid, MASK_WORDS * 8, mask.as_mut_ptr()) };
    if len < 0 {
        return Err(failed(vm));
    }
    let bits = (0..MASK_WORDS * 64).filter(|bit| mask[bit / 64] >> (bit % 64) & 1 == 1);
    Ok(bits.collect())
}

fn sched_getaffinity(vm: &Vm, [_, pid]: &[Value; 2]) -> R {
    let pid = vm.index_i32(*pid)?;
    let set = vm.set();
    for cpu in affinity(vm, pid)? {
        set.add(vm, vm.int_usize(cpu))?;
    }
    Ok(set.value())
}

fn sched_setaffinity(vm: &Vm, [_, pid, cpus]: &[Value; 3]) -> R {
    let pid = vm.index_i32(*pid)?;
    let mut mask = vec![0u64; MASK_WORDS];
    vm.for_each(*cpus, |cpu| {
        if vm.as_int(cpu).is_none() {
            let class = vm.repr(vm.type_of(cpu).value())?.to_string_lossy();
            return Err(vm.type_error(format!("expected an iterator of ints, but iterator yielded {class}")));
        }
        let number = vm.index_i64(cpu)?;
        if number < 0 {
            return Err(vm.value_error("negative CPU number"));
        }
        if number as usize >= MASK_WORDS * 64 {
            return Err(vm.overflow_error("CPU number too large"));
        }
        mask[number as usize / 64] |= 1 << (number % 64);
        Ok(())
    })?;
    // SAFETY: the mask has that many bytes.
    check(vm, unsafe { libc::syscall(libc::SYS_sched_setaffinity, pid, MASK_WORDS * 8, mask.as_ptr()) } as i32)
}

fn cpu_count(vm: &Vm, [_]: &[Value; 1]) -> R {
    if let Some(count) = vm.config.cpu_count {
        return Ok(vm.int(count.into()));
    }
    // SAFETY: see above.
    match unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) } {
        count if count > 0 => Ok(vm.int(count)),
        _ => Ok(Value::NONE),
    }
}

fn setns(vm: &Vm, [_, descriptor, kind]: &[Value; 3]) -> R {
    let (descriptor, kind) = (fd(vm, *descriptor)?, vm.index_i32(*kind)?);
    // SAFETY: see above.
    check(vm, unsafe { libc::setns(descriptor, kind) })
}

fn unshare(vm: &Vm, [_, flags]: &[Value; 2]) -> R {
    let flags = vm.index_i32(*flags)?;
    // SAFETY: see above.
    check(vm, unsafe { libc::unshare(flags) })
}

unsafe extern "C" {
    fn getlogin_r(name: *mut libc::c_char, size: libc::size_t) -> i32;
}
