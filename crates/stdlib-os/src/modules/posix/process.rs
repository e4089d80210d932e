//! Processes: making them, waiting for them, sending them signals.

use super::util::*;
use object::{List, R, Raised, Ref, Tuple, Value, ValueExt, Vm, natives, structseq};
use std::ffi::CString;

structseq! { pub static WAITID_RESULT: "posix" "waitid_result" "waitid_result: Result from waitid.\n\nThis object may be accessed either as a tuple of\n  (si_pid, si_uid, si_signo, si_status, si_code),\nor via the attributes si_pid, si_uid, and so on.\n\nSee os.waitid for more information.", 5, {
    "si_pid" "";
    "si_uid" "";
    "si_signo" "";
    "si_status" "";
    "si_code" "";
}}

natives! { pub static FUNCTIONS: {
    /// Fork a child process.
    "fork($module, /)" => fork;
    /// Fork a new process with a new pseudo-terminal as controlling tty.
    "forkpty($module, /)" => forkpty;
    /// Register callables to be called when forking a new process.
    "register_at_fork($module, /, *, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)" => register_at_fork;
    /// Execute an executable path with arguments, replacing current process.
    "execv($module, path, argv, /)" => execv;
    /// Execute an executable path with arguments, replacing current process.
    "execve($module, /, path, argv, env)" => execve;
    /// Exit to the system with specified status, without normal exit processing.
    "_exit($module, /, status)" => exit_now;
    /// Abort the interpreter immediately.
    "abort($module, /)" => abort;
    /// Execute the command in a subshell.
    "system($module, /, command)" => system;
    /// Kill a process with a signal.
    "kill($module, pid, signal, /)" => kill;
    /// Kill a process group with a signal.
    "killpg($module, pgid, signal, /)" => killpg;
    /// Wait for completion of a child process.
    "wait($module, /)" => wait;
    /// Wait for completion of a given child process.
    "waitpid($module, pid, options, /)" => waitpid;
    /// Wait for completion of a child process.
    "wait3($module, /, options)" => wait3;
    /// Wait for completion of a specific child process.
    "wait4($module, /, pid, options)" => wait4;
    /// Returns the result of waiting for a process or processes.
    "waitid($module, idtype, id, options, /)" => waitid;
    /// Convert a wait status to an exit code.
    "waitstatus_to_exitcode($module, /, status)" => waitstatus_to_exitcode;
    /// Return True if the process returning status was dumped to a core file.
    "WCOREDUMP($module, status, /)" => wcoredump;
    /// Return True if a particular process was continued from a job control stop.
    "WIFCONTINUED($module, /, status)" => wifcontinued;
    /// Return True if the process returning status was stopped.
    "WIFSTOPPED($module, /, status)" => wifstopped;
    /// Return True if the process returning status was terminated by a signal.
    "WIFSIGNALED($module, /, status)" => wifsignaled;
    /// Return True if the process returning status exited via the exit() system call.
    "WIFEXITED($module, /, status)" => wifexited;
    /// Return the process return code from status.
    "WEXITSTATUS($module, /, status)" => wexitstatus;
    /// Return the signal that terminated the process that provided the status value.
    "WTERMSIG($module, /, status)" => wtermsig;
    /// Return the signal that stopped the process that provided the status value.
    "WSTOPSIG($module, /, status)" => wstopsig;
    /// Return a file descriptor referring to the process *pid*.
    "pidfd_open($module, /, pid, flags=0)" => pidfd_open;
}}

fn at_fork(vm: &Vm, when: &str) -> Option<Ref<List>> {
    vm.state_value(&format!("posix.at_fork.{when}")).and_then(|list| list.cast())
}

fn run_hooks(vm: &Vm, when: &str, reversed: bool) {
    let Some(hooks) = at_fork(vm, when) else { return };
    let hooks = vm.list(hooks.items());
    for index in 0..hooks.len() {
        let index = if reversed { hooks.len() - 1 - index } else { index };
        let hook = hooks.items()[index];
        if let Err(raised) = vm.call(hook, &[]) {
            vm.report_unraisable(raised, "Exception ignored in fork hook", hook);
        }
    }
}

/// What is to be done before a process forks.
pub fn before_fork(vm: &Vm) {
    run_hooks(vm, "before", true);
}

/// What is to be done in the parent afterwards.
pub fn after_fork_parent(vm: &Vm) {
    run_hooks(vm, "after_in_parent", false);
}

/// What is to be done in the child.
pub fn after_fork_child(vm: &Vm) {
    vm.forget_other_threads();
    if let Some(hook) = vm.state_value("native_after_fork")
        && let Err(raised) = vm.call(hook, &[])
    {
        vm.report_unraisable(raised, "Exception ignored after fork", hook);
    }
    run_hooks(vm, "after_in_child", false);
}

fn register_at_fork(vm: &Vm, [_, before, in_child, in_parent]: &[Value; 4]) -> R {
    if before.is_unbound() && in_child.is_unbound() && in_parent.is_unbound() {
        return Err(vm.type_error("At least one argument is required."));
    }
    let all = [("before", *before), ("after_in_child", *in_child), ("after_in_parent", *in_parent)];
    for (name, hook) in all {
        if !hook.is_unbound() && !vm.is_callable(hook) {
            return Err(vm.type_error(format!("'{name}' must be callable, not {}", vm.type_name(hook))));
        }
    }
    for (name, hook) in all {
        if hook.is_unbound() {
            continue;
        }
        let list = match at_fork(vm, name) {
            Some(list) => list,
            None => {
                let list = vm.list(&[]);
                vm.set_state(&format!("posix.at_fork.{name}"), list.value());
                list
            }
        };
        list.push(vm, hook);
    }
    Ok(Value::NONE)
}

fn warn_threads(vm: &Vm, function: &str) -> Result<(), Raised> {
    let mut count = 0;
    vm.for_each_thread(|_| count += 1);
    if count > 1 {
        // SAFETY: has no preconditions.
        let pid = unsafe { libc::getpid() };
        let text = format!(
            "This process (pid={pid}) is multi-threaded, use of {function}() may lead to deadlocks in the child."
        );
        vm.warn(object::TypeId::DeprecationWarning, &text, 1)?;
    }
    Ok(())
}

/// The interpreter cannot be doubled while it ends.
pub fn check_not_finalizing(vm: &Vm, text: &str) -> Result<(), Raised> {
    if vm.state_value("sys.finalizing") == Some(Value::TRUE) {
        return Err(vm.raise(object::TypeId::PythonFinalizationError, text));
    }
    Ok(())
}

fn fork(vm: &Vm, [_]: &[Value; 1]) -> R {
    check_not_finalizing(vm, "can't fork at interpreter shutdown")?;
    vm.audit("os.fork", &[])?;
    vm.flush_unwritten()?;
    before_fork(vm);
    // SAFETY: the child goes on with this thread alone, which has the interpreter's lock.
    let pid = unsafe { libc::fork() };
    match pid {
        0 => after_fork_child(vm),
        -1 => {
            let error = object::fs::last_errno();
            after_fork_parent(vm);
            return Err(vm.os_error(error));
        }
        _ => {
            after_fork_parent(vm);
            warn_threads(vm, "fork")?;
        }
    }
    Ok(vm.int(pid as i64))
}

fn forkpty(vm: &Vm, [_]: &[Value; 1]) -> R {
    check_not_finalizing(vm, "can't fork at interpreter shutdown")?;
    vm.audit("os.forkpty", &[])?;
    vm.flush_unwritten()?;
    before_fork(vm);
    let mut master = -1;
    // SAFETY: as for fork; the number is writable.
    let pid = unsafe { libc::forkpty(&mut master, std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()) };
    match pid {
        0 => after_fork_child(vm),
        -1 => {
            let error = object::fs::last_errno();
            after_fork_parent(vm);
            return Err(vm.os_error(error));
        }
        _ => {
            after_fork_parent(vm);
            warn_threads(vm, "forkpty")?;
        }
    }
    Ok(vm.tuple(&[vm.int(pid as i64), vm.int(master as i64)]).value())
}

/// The strings of an argument list.
pub fn argument_list(vm: &Vm, value: Value, function: &str) -> Result<Vec<CString>, Raised> {
    if value.cast::<List>().is_none() && value.cast::<Tuple>().is_none() {
        return Err(vm.type_error(format!("{function}: argv must be a tuple or list")));
    }
    let items = vm.to_tuple(value)?;
    if items.is_empty() {
        return Err(vm.value_error(format!("{function}: argv must not be empty")));
    }
    let mut strings = Vec::with_capacity(items.len());
    for &item in items.items() {
        strings.push(vm.fs_cstring(item)?);
    }
    if strings[0].is_empty() {
        return Err(vm.value_error(format!("{function}: argv first element cannot be empty")));
    }
    Ok(strings)
}

/// The strings of an environment mapping, `NAME=value`.
pub fn environment(vm: &Vm, value: Value, function: &str) -> Result<Vec<CString>, Raised> {
    let class = vm.type_of(value).slots();
    if class.getitem.is_none() || vm.getattr_opt(value, vm.names.keys)?.is_none() {
        let text = format!("{function}: environment must be a mapping object");
        return Err(vm.type_error(text));
    }
    let keys = vm.call_method(value, vm.names.keys, &[])?;
    let keys = vm.to_list(keys)?;
    let values = vm.call_method(value, vm.names.values, &[])?;
    let values = vm.to_list(values)?;
    if keys.len() != values.len() {
        return Err(vm.runtime_error("environment changed size during iteration"));
    }
    let mut strings = Vec::with_capacity(keys.len());
    for index in 0..keys.len() {
        let (key, entry) = (keys.items()[index], values.items()[index]);
        let mut bytes = vm.fs_bytes(key)?;
        if bytes.is_empty() || bytes[1..].contains(&b'=') || bytes[0] == b'=' {
            return Err(vm.value_error("illegal environment variable name"));
        }
        bytes.push(b'=');
        bytes.extend_from_slice(&vm.fs_bytes(entry)?);
        strings.push(CString::new(bytes).map_err(|_| vm.value_error("embedded null byte"))?);
    }
    Ok(strings)
}

fn execv(vm: &Vm, [_, value, argv]: &[Value; 3]) -> R {
    let path = path(vm, *value, "execv")?;
    let argv = CStrings::new(argument_list(vm, *argv, "execv")?);
    vm.flush_unwritten()?;
    vm.audit("os.exec", &[path.object, Value::NONE, Value::NONE])?;
    // SAFETY: the arrays end with nulls.
    unsafe { libc::execv(path.path.as_ptr(), argv.pointers.as_ptr()) };
    Err(failed_path(vm, object::fs::last_errno(), &path))
}

fn execve(vm: &Vm, [_, value, argv, env]: &[Value; 4]) -> R {
    let path = path_or_fd(vm, *value, "execve")?;
    let argv = CStrings::new(argument_list(vm, *argv, "execve")?);
    let env = CStrings::new(environment(vm, *env, "execve")?);
    vm.flush_unwritten()?;
    vm.audit("os.exec", &[path.object, Value::NONE, Value::NONE])?;
    // SAFETY: the arrays end with nulls.
    unsafe {
        match path.fd {
            Some(fd) => libc::fexecve(fd, argv.pointers.as_ptr(), env.pointers.as_ptr()),
            None => libc::execve(path.path.as_ptr(), argv.pointers.as_ptr(), env.pointers.as_ptr()),
        }
    };
    Err(failed_path(vm, object::fs::last_errno(), &path))
}

fn exit_now(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    let status = vm.index_i32(*status)?;
    // Files that nothing holds any more would be closed by now.
    vm.flush_unwritten()?;
    // SAFETY: has no preconditions.
    unsafe { libc::_exit(status) }
}

fn abort(_: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: has no preconditions.
    unsafe { libc::abort() }
}

fn system(vm: &Vm, [_, command]: &[Value; 2]) -> R {
    let command = vm.fs_cstring(*command)?;
    vm.flush_unwritten()?;
    vm.audit("os.system", &[vm.bytes(command.as_bytes()).value()])?;
    // SAFETY: the command ends with a null.
    Ok(vm.int(vm.allow_threads(|| unsafe { libc::system(command.as_ptr()) }) as i64))
}

fn kill(vm: &Vm, [_, pid, signal]: &[Value; 3]) -> R {
    let (pid, signal) = (vm.index_i32(*pid)?, vm.index_i32(*signal)?);
    vm.audit("os.kill", &[vm.int(pid as i64), vm.int(signal as i64)])?;
    // SAFETY: has no preconditions.
    if unsafe { libc::kill(pid, signal) } != 0 {
        return Err(failed(vm));
    }
    // A signal to this process has come by now: its handler runs before this returns.
    vm.check_signals()?;
    Ok(Value::NONE)
}

fn killpg(vm: &Vm, [_, group, signal]: &[Value; 3]) -> R {
    let (group, signal) = (vm.index_i32(*group)?, vm.index_i32(*signal)?);
    vm.audit("os.killpg", &[vm.int(group as i64), vm.int(signal as i64)])?;
    // SAFETY: has no preconditions.
    if unsafe { libc::killpg(group, signal) } != 0 {
        return Err(failed(vm));
    }
    vm.check_signals()?;
    Ok(Value::NONE)
}

fn do_waitpid(vm: &Vm, pid: i32, options: i32) -> R {
    let mut status = 0;
    // SAFETY: the number is writable.
    let result = vm.retry_call(|| unsafe { libc::waitpid(pid, &mut status, options) as isize })?;
    match result {
        Ok(0) => Ok(vm.tuple(&[vm.int(0), vm.int(0)]).value()),
        Ok(pid) => Ok(vm.tuple(&[vm.int(pid as i64), vm.int(status as i64)]).value()),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn wait(vm: &Vm, [_]: &[Value; 1]) -> R {
    do_waitpid(vm, -1, 0)
}

fn waitpid(vm: &Vm, [_, pid, options]: &[Value; 3]) -> R {
    let (pid, options) = (vm.index_i32(*pid)?, vm.index_i32(*options)?);
    do_waitpid(vm, pid, options)
}

/// A `resource.struct_rusage`.
fn rusage(vm: &Vm, usage: &libc::rusage) -> R {
    let time = |time: libc::timeval| vm.float(time.tv_sec as f64 + time.tv_usec as f64 * 1e-6);
    let fields = [
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
    let class = vm.import_from("resource", "struct_rusage")?;
    vm.call(class, &[vm.tuple(&fields).value()])
}

fn do_wait4(vm: &Vm, pid: i32, options: i32) -> R {
    let mut status = 0;
    // SAFETY: all zeros is a value of this structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both are writable.
    let result = vm.retry_call(|| unsafe { libc::wait4(pid, &mut status, options, &mut usage) as isize })?;
    match result {
        Ok(pid) => {
            let usage = rusage(vm, &usage)?;
            Ok(vm.tuple(&[vm.int(pid as i64), vm.int(status as i64), usage]).value())
        }
        Err(error) => Err(vm.os_error(error)),
    }
}

fn wait3(vm: &Vm, [_, options]: &[Value; 2]) -> R {
    let options = vm.index_i32(*options)?;
    do_wait4(vm, -1, options)
}

fn wait4(vm: &Vm, [_, pid, options]: &[Value; 3]) -> R {
    let (pid, options) = (vm.index_i32(*pid)?, vm.index_i32(*options)?);
    do_wait4(vm, pid, options)
}

fn waitid(vm: &Vm, [_, kind, which, options]: &[Value; 4]) -> R {
    let kind = vm.index_i32(*kind)? as libc::idtype_t;
    let which = vm.index_i32(*which)? as libc::id_t;
    let options = vm.index_i32(*options)?;
    // SAFETY: all zeros is a value of this structure.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is writable.
    let result = vm.retry_call(|| unsafe { libc::waitid(kind, which, &mut info, options) as isize })?;
    if let Err(error) = result {
        return Err(vm.os_error(error));
    }
    // SAFETY: a structure that waitid filled has these fields.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    if pid == 0 {
        return Ok(Value::NONE);
    }
    let values = [
        vm.int(pid as i64),
        id_value(vm, uid),
        vm.int(info.si_signo as i64),
        vm.int(status as i64),
        vm.int(info.si_code as i64),
    ];
    WAITID_RESULT.of_state(vm, "posix.waitid_result", &values)
}

fn waitstatus_to_exitcode(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    if vm.as_int(*status).is_none() {
        let text = format!("'{}' object cannot be interpreted as an integer", vm.type_name(*status));
        return Err(vm.type_error(text));
    }
    let status = vm.index_i32(*status)?;
    if libc::WIFEXITED(status) {
        return Ok(vm.int(libc::WEXITSTATUS(status) as i64));
    }
    if libc::WIFSIGNALED(status) {
        let signal = libc::WTERMSIG(status);
        if signal <= 0 {
            return Err(vm.value_error(format!("invalid WTERMSIG: {signal}")));
        }
        return Ok(vm.int(-(signal as i64)));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(vm.value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(vm.value_error(format!("invalid wait status: {status}")))
}

fn wcoredump(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(Value::bool(libc::WCOREDUMP(vm.index_i32(*status)?)))
}

fn wifcontinued(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(Value::bool(libc::WIFCONTINUED(vm.index_i32(*status)?)))
}

fn wifstopped(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(Value::bool(libc::WIFSTOPPED(vm.index_i32(*status)?)))
}

fn wifsignaled(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(Value::bool(libc::WIFSIGNALED(vm.index_i32(*status)?)))
}

fn wifexited(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(Value::bool(libc::WIFEXITED(vm.index_i32(*status)?)))
}

fn wexitstatus(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(vm.int(libc::WEXITSTATUS(vm.index_i32(*status)?) as i64))
}

fn wtermsig(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(vm.int(libc::WTERMSIG(vm.index_i32(*status)?) as i64))
}

fn wstopsig(vm: &Vm, [_, status]: &[Value; 2]) -> R {
    Ok(vm.int(libc::WSTOPSIG(vm.index_i32(*status)?) as i64))
}

fn pidfd_open(vm: &Vm, [_, pid, flags]: &[Value; 3]) -> R {
    let (pid, flags) = (vm.index_i32(*pid)?, vm.index_i32(*flags)?);
    // SAFETY: has no preconditions.
    match unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) } {
        -1 => Err(failed(vm)),
        number => Ok(vm.int(number)),
    }
}
