//! `_posixsubprocess`: the part of `subprocess` that runs between fork and exec.

use crate::posix::process::{after_fork_child, after_fork_parent, before_fork, check_not_finalizing};
use crate::posix::util::{CStrings, id};
use object::{ModuleDef, R, Raised, Value, Vm, natives};
use std::ffi::CString;

natives! { static FUNCTIONS: {
    /// Spawn a fresh new child process.
    "fork_exec($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)" => fork_exec;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_posixsubprocess",
    doc: "A POSIX helper for the subprocess module.",
    functions: &[FUNCTIONS],
    exec: |_, _| Ok(()),
};

/// What the child needs, made ready before the fork: there no memory can be had.
struct Plan {
    programs: Vec<CString>,
    arguments: CStrings,
    environment: Option<CStrings>,
    folder: Option<CString>,
    close: bool,
    keep: Vec<i32>,
    /// p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write
    ends: [i32; 8],
    restore_signals: bool,
    setsid: bool,
    process_group: i32,
    group: Option<u32>,
    groups: Option<Vec<u32>>,
    user: Option<u32>,
    umask: i32,
}

fn strings(vm: &Vm, value: Value) -> Result<Vec<CString>, Raised> {
    let items = vm.to_tuple(value)?;
    let mut strings = Vec::with_capacity(items.len());
    for &item in items.items() {
        strings.push(vm.fs_cstring(item)?);
    }
    Ok(strings)
}

fn fork_exec(vm: &Vm, args: &[Value; 23]) -> R {
    vm.flush_unwritten()?;
    let [_, argv, programs, close_fds, pass_fds, cwd, env, rest @ ..] = args;
    let [ends @ .., restore, setsid, process_group, gid, groups, uid, umask, preexec] = rest;
    let mut numbers = [-1; 8];
    for (number, end) in numbers.iter_mut().zip(ends) {
        *number = vm.index_i32(*end)?;
    }
    let close = vm.truthy(*close_fds)?;
    if close && numbers[7] < 3 {
        return Err(vm.value_error("errpipe_write must be >= 3"));
    }
    let mut keep = Vec::new();
    for &item in vm.to_tuple(*pass_fds)?.items() {
        let number = vm.as_int(item).and_then(|number| number.to_i64());
        match number.and_then(|number| i32::try_from(number).ok()) {
            Some(number) if number >= 0 && keep.last().is_none_or(|last| *last < number) => keep.push(number),
            _ => return Err(vm.value_error("bad value(s) in fds_to_keep")),
        }
    }
    if vm.type_of(*argv).slots().getitem.is_none() || vm.type_of(*argv).slots().len.is_none() {
        return Err(vm.type_error("argv must be a tuple"));
    }
    let plan = Plan {
        programs: strings(vm, *programs)?,
        arguments: CStrings::new(strings(vm, *argv)?),
        environment: if env.is_none() { None } else { Some(CStrings::new(strings(vm, *env)?)) },
        folder: if cwd.is_none() { None } else { Some(vm.fs_cstring(*cwd)?) },
        close,
        keep,
        ends: numbers,
        restore_signals: vm.truthy(*restore)?,
        setsid: vm.truthy(*setsid)?,
        process_group: vm.index_i32(*process_group)?,
        group: if gid.is_none() { None } else { Some(id(vm, *gid, "gid")?) },
        groups: if groups.is_none() {
            None
        } else {
            let mut numbers = Vec::new();
            for &item in vm.to_tuple(*groups)?.items() {
                if vm.as_int(item).is_none() {
                    return Err(vm.type_error("groups must be integers"));
                }
                match id(vm, item, "gid") {
                    Ok(number) if number != u32::MAX => numbers.push(number),
                    Ok(_) => return Err(vm.value_error("invalid group id")),
                    Err(raised) => {
                        vm.catch(raised, object::TypeId::OverflowError)?;
                        return Err(vm.value_error("invalid group id"));
                    }
                }
            }
            if numbers.len() > 65536 {
                return Err(vm.value_error("too many extra_groups"));
            }
            Some(numbers)
        },
        user: if uid.is_none() { None } else { Some(id(vm, *uid, "uid")?) },
        umask: vm.index_i32(*umask)?,
    };
    let hooks = !preexec.is_none();
    if hooks {
        check_not_finalizing(vm, "preexec_fn not supported at interpreter shutdown")?;
        before_fork(vm);
    }
    // SAFETY: the child calls what may be called there, until it is another program; with a function of the caller's
    // to be run first, it is a full interpreter of one thread.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        if hooks {
            after_fork_child(vm);
        }
        run_child(vm, &plan, *preexec);
    }
    let error = object::fs::last_errno();
    if hooks {
        after_fork_parent(vm);
    }
    if pid < 0 {
        return Err(vm.os_error(error));
    }
    Ok(vm.int(pid as i64))
}

/// Tells the parent what went wrong, and ends.
fn give_up(plan: &Plan, class: &str, errno: i32, message: &str) -> ! {
    let mut text = [0u8; 128];
    let mut len = 0;
    let mut put = |bytes: &[u8]| {
        for &byte in bytes {
            if len < text.len() {
                text[len] = byte;
                len += 1;
            }
        }
    };
    put(class.as_bytes());
    put(b":");
    let mut digits = [0u8; 8];
    let mut at = digits.len();
    let mut number = errno as u32;
    loop {
        at -= 1;
        digits[at] = b"0123456789ABCDEF"[number as usize & 15];
        number >>= 4;
        if number == 0 || at == 0 {
            break;
        }
    }
    put(&digits[at..]);
    put(b":");
    put(message.as_bytes());
    // SAFETY: the text is that long; ends the process.
    unsafe {
        libc::write(plan.ends[7], text.as_ptr().cast(), len);
        libc::_exit(255)
    }
}

fn check(plan: &Plan, result: i32, message: &str) {
    if result == -1 {
        give_up(plan, "OSError", object::fs::last_errno(), message);
    }
}

fn set_inheritable(number: i32) -> i32 {
    // SAFETY: commands of flags have no preconditions.
    unsafe {
        let flags = libc::fcntl(number, libc::F_GETFD);
        if flags < 0 { -1 } else { libc::fcntl(number, libc::F_SETFD, flags & !libc::FD_CLOEXEC) }
    }
}

fn run_child(vm: &Vm, plan: &Plan, preexec: Value) -> ! {
    let [read_in, write_in, read_out, mut write_out, read_error, mut write_error, _, error_pipe] = plan.ends;
    // SAFETY of the calls below: they have no preconditions but that strings end with nulls, which they do.
    for &number in &plan.keep {
        if number != error_pipe {
            check(plan, set_inheritable(number), "noexec");
        }
    }
    for number in [write_in, read_out, read_error] {
        if number >= 0 {
            unsafe { libc::close(number) };
        }
    }
    // What is to become a standard stream must not lie where another one is put before it.
    if write_out == 0 {
        write_out = unsafe { libc::dup(write_out) };
        check(plan, write_out, "noexec");
    }
    while write_error == 0 || write_error == 1 {
        write_error = unsafe { libc::dup(write_error) };
        check(plan, write_error, "noexec");
    }
    for (from, to) in [(read_in, 0), (write_out, 1), (write_error, 2)] {
        if from == to {
            check(plan, set_inheritable(from), "noexec");
        } else if from >= 0 {
            check(plan, unsafe { libc::dup2(from, to) }, "noexec");
        }
    }
    if let Some(folder) = &plan.folder {
        check(plan, unsafe { libc::chdir(folder.as_ptr()) }, "noexec:chdir");
    }
    if plan.umask >= 0 {
        unsafe { libc::umask(plan.umask as libc::mode_t) };
    }
    if plan.restore_signals {
        for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
    if plan.setsid {
        check(plan, unsafe { libc::setsid() }, "noexec");
    }
    if plan.process_group >= 0 {
        check(plan, unsafe { libc::setpgid(0, plan.process_group) }, "noexec");
    }
    if let Some(groups) = &plan.groups {
        check(plan, unsafe { libc::setgroups(groups.len(), groups.as_ptr()) }, "noexec");
    }
    if let Some(group) = plan.group {
        check(plan, unsafe { libc::setregid(group, group) }, "noexec");
    }
    if let Some(user) = plan.user {
        check(plan, unsafe { libc::setreuid(user, user) }, "noexec");
    }
    if !preexec.is_none()
        && let Err(raised) = vm.call(preexec, &[])
    {
        vm.take_exception(raised);
        give_up(plan, "SubprocessError", 0, "Exception occurred in preexec_fn.");
    }
    if plan.close {
        close_others(&plan.keep);
    }
    let mut saved = 0;
    for program in &plan.programs {
        unsafe {
            match &plan.environment {
                Some(environment) => {
                    libc::execve(program.as_ptr(), plan.arguments.pointers.as_ptr(), environment.pointers.as_ptr())
                }
                None => libc::execv(program.as_ptr(), plan.arguments.pointers.as_ptr()),
            }
        };
        let error = object::fs::last_errno();
        if error != libc::ENOENT && error != libc::ENOTDIR && saved == 0 {
            saved = error;
        }
    }
    give_up(plan, "OSError", if saved != 0 { saved } else { object::fs::last_errno() }, "")
}

/// Closes all descriptors from 3 on but those in a sorted list.
fn close_others(keep: &[i32]) {
    let mut from = 3;
    for &number in keep.iter().chain([&i32::MAX]) {
        if number < from {
            continue;
        }
        let to = if number == i32::MAX { libc::c_uint::MAX } else { number as libc::c_uint };
        if to as i64 > from as i64 {
            let last = if number == i32::MAX { to } else { to - 1 };
            // SAFETY: has no preconditions.
            unsafe {
                if libc::syscall(libc::SYS_close_range, from as libc::c_uint, last, 0) != 0 {
                    for number in from as i64..(last as i64 + 1).min(65536) {
                        libc::close(number as i32);
                    }
                }
            }
        }
        from = number.saturating_add(1);
    }
}
