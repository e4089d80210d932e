//! The system, the environment, extended attributes, terminals, timers.

use super::util::*;
use object::arguments::{Rounding, SECOND};
use object::{Dict, R, Raised, Ref, Value, Vm, natives, structseq};

structseq! { pub static UNAME_RESULT: "posix" "uname_result" "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.", 5, {
    "sysname" "operating system name";
    "nodename" "name of machine on network (implementation-defined)";
    "release" "operating system release";
    "version" "operating system version";
    "machine" "hardware identifier";
}}

structseq! { pub static TIMES_RESULT: "posix" "times_result" "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information.", 5, {
    "user" "user time";
    "system" "system time";
    "children_user" "user time of children";
    "children_system" "system time of children";
    "elapsed" "elapsed time since an arbitrary point in the past";
}}

natives! { pub static FUNCTIONS: {
    /// Return an object identifying the current operating system.
    "uname($module, /)" => uname;
    /// Return a collection containing process timing information.
    "times($module, /)" => times;
    /// Return average recent system load information.
    "getloadavg($module, /)" => getloadavg;
    /// Return an integer-valued system configuration variable.
    "sysconf($module, name, /)" => sysconf;
    /// Return a string-valued system configuration variable.
    "confstr($module, name, /)" => confstr;
    /// Return a bytes object containing random bytes suitable for cryptographic use.
    "urandom($module, size, /)" => urandom;
    /// Obtain a series of random bytes.
    "getrandom($module, /, size, flags=0)" => getrandom;
    /// Translate an error code to a message string.
    "strerror($module, code, /)" => strerror;
    /// Change or add an environment variable.
    "putenv($module, name, value, /)" => putenv;
    /// Delete an environment variable.
    "unsetenv($module, name, /)" => unsetenv;
    /// Create the environment dictionary.
    "_create_environ($module, /)" => create_environ;
    /// Return the value of extended attribute attribute on path.
    "getxattr($module, /, path, attribute, *, follow_symlinks=True)" => getxattr;
    /// Set extended attribute attribute on path to value.
    "setxattr($module, /, path, attribute, value, flags=0, *, follow_symlinks=True)" => setxattr;
    /// Remove extended attribute attribute on path.
    "removexattr($module, /, path, attribute, *, follow_symlinks=True)" => removexattr;
    /// Return a list of extended attributes on path.
    "listxattr($module, /, path=None, *, follow_symlinks=True)" => listxattr;
    /// Return the name of the controlling terminal for this process.
    "ctermid($module, /)" => ctermid;
    /// Return the name of the terminal device connected to 'fd'.
    "ttyname($module, fd, /)" => ttyname;
    /// Open a pseudo-terminal.
    "openpty($module, /)" => openpty;
    /// Prepare the tty of which fd is a file descriptor for a new login session.
    "login_tty($module, fd, /)" => login_tty;
    /// Open and return a file descriptor for a master pseudo-terminal device.
    "posix_openpt($module, oflag, /)" => posix_openpt;
    /// Grant access to the slave pseudo-terminal device.
    "grantpt($module, fd, /)" => grantpt;
    /// Unlock a pseudo-terminal master/slave pair.
    "unlockpt($module, fd, /)" => unlockpt;
    /// Return the name of the slave pseudo-terminal device.
    "ptsname($module, fd, /)" => ptsname;
    /// Create and return a timer file descriptor.
    "timerfd_create($module, clockid, /, *, flags=<unrepresentable>)" => timerfd_create;
    /// Alter a timer file descriptor's internal timer in seconds.
    "timerfd_settime($module, fd, /, *, flags=0, initial=0.0, interval=0.0)" => timerfd_settime;
    /// Alter a timer file descriptor's internal timer in nanoseconds.
    "timerfd_settime_ns($module, fd, /, *, flags=0, initial=0, interval=0)" => timerfd_settime_ns;
    /// Return a tuple of a timer file descriptor's (interval, next expiration) in float seconds.
    "timerfd_gettime($module, fd, /)" => timerfd_gettime;
    /// Return a tuple of a timer file descriptor's (interval, next expiration) in nanoseconds.
    "timerfd_gettime_ns($module, fd, /)" => timerfd_gettime_ns;
    "_inputhook($module, /)" => inputhook;
    "_is_inputhook_installed($module, /)" => is_inputhook_installed;
}}

fn c_text(vm: &Vm, text: &[libc::c_char]) -> Value {
    let bytes: Vec<u8> = text.iter().map(|byte| *byte as u8).take_while(|byte| *byte != 0).collect();
    vm.fs_decode(&bytes).value()
}

fn uname(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: all zeros is a value of this structure, which the call fills.
    let mut names: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    if unsafe { libc::uname(&mut names) } < 0 {
        return Err(failed(vm));
    }
    let values = [&names.sysname, &names.nodename, &names.release, &names.version, &names.machine];
    UNAME_RESULT.of_state(vm, "posix.uname_result", &values.map(|text| c_text(vm, &text[..])))
}

fn times(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: all zeros is a value of this structure, which the call fills.
    let mut times: libc::tms = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    let (elapsed, ticks) = unsafe { (libc::times(&mut times), libc::sysconf(libc::_SC_CLK_TCK).max(1)) };
    if elapsed == -1 {
        return Err(failed(vm));
    }
    let all = [times.tms_utime, times.tms_stime, times.tms_cutime, times.tms_cstime, elapsed];
    TIMES_RESULT.of_state(vm, "posix.times_result", &all.map(|time| vm.float(time as f64 / ticks as f64)))
}

fn getloadavg(vm: &Vm, [_]: &[Value; 1]) -> R {
    let mut loads = [0f64; 3];
    // SAFETY: the array has that many numbers.
    if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } != 3 {
        return Err(
            vm.raise_type(vm.types[object::TypeId::OSError], &[vm.str("Load averages are unobtainable").value()])
        );
    }
    Ok(vm.tuple(&loads.map(|load| vm.float(load))).value())
}

fn sysconf(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let name = super::paths::config_name(vm, *name, super::constants::SYSCONF)?;
    // SAFETY: errno tells an error from no limit.
    let (value, error) = unsafe {
        *libc::__errno_location() = 0;
        (libc::sysconf(name), *libc::__errno_location())
    };
    if value == -1 && error != 0 {
        return Err(vm.os_error(error));
    }
    Ok(vm.int(value))
}

fn confstr(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let name = super::paths::config_name(vm, *name, super::constants::CONFSTR)?;
    let mut buffer = vec![0u8; 256];
    loop {
        // SAFETY: errno tells an error from no value; the buffer has that size.
        let (len, error) = unsafe {
            *libc::__errno_location() = 0;
            let len = libc::confstr(name, buffer.as_mut_ptr().cast(), buffer.len());
            (len, *libc::__errno_location())
        };
        if len == 0 {
            return if error != 0 { Err(vm.os_error(error)) } else { Ok(Value::NONE) };
        }
        if len <= buffer.len() {
            return Ok(vm.fs_decode(&buffer[..len - 1]).value());
        }
        buffer.resize(len, 0);
    }
}

/// Random bytes of the system.
pub fn random_bytes(vm: &Vm, size: usize, flags: libc::c_uint) -> Result<Vec<u8>, Raised> {
    let mut bytes = vec![0u8; size];
    let mut at = 0;
    while at < size {
        let rest = &mut bytes[at..];
        // SAFETY: the buffer has that size.
        let result = vm.retry_call(|| unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), flags) })?;
        match result {
            Ok(count) => at += count as usize,
            Err(error) => return Err(vm.os_error(error)),
        }
    }
    Ok(bytes)
}

fn urandom(vm: &Vm, [_, size]: &[Value; 2]) -> R {
    let size = vm.index_i64(*size)?;
    if size < 0 {
        return Err(vm.value_error("negative argument not allowed"));
    }
    vm.check_size(Some(size as usize))?;
    Ok(vm.bytes(&random_bytes(vm, size as usize, 0)?).value())
}

fn getrandom(vm: &Vm, [_, size, flags]: &[Value; 3]) -> R {
    let (size, flags) = (vm.index_i64(*size)?, vm.index_i32(*flags)?);
    if size < 0 {
        return Err(vm.os_error(libc::EINVAL));
    }
    vm.check_size(Some(size as usize))?;
    let mut bytes = vec![0u8; size as usize];
    // SAFETY: the buffer has that size.
    let result =
        vm.retry_call(|| unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), flags as libc::c_uint) })?;
    match result {
        Ok(count) => Ok(vm.bytes(&bytes[..count as usize]).value()),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn strerror(vm: &Vm, [_, code]: &[Value; 2]) -> R {
    let code = vm.index_i32(*code)?;
    Ok(vm.str(&object::error::errno_text(code)).value())
}

fn putenv(vm: &Vm, [_, name, value]: &[Value; 3]) -> R {
    let (name, value) = (vm.fs_cstring(*name)?, vm.fs_cstring(*value)?);
    if name.as_bytes().contains(&b'=') {
        return Err(vm.value_error("illegal environment variable name"));
    }
    vm.audit("os.putenv", &[vm.bytes(name.as_bytes()).value(), vm.bytes(value.as_bytes()).value()])?;
    // SAFETY: only the thread with the interpreter's lock changes the environment; the strings end with nulls.
    if unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) } != 0 {
        return Err(failed(vm));
    }
    Ok(Value::NONE)
}

fn unsetenv(vm: &Vm, [_, name]: &[Value; 2]) -> R {
    let name = vm.fs_cstring(*name)?;
    vm.audit("os.unsetenv", &[vm.bytes(name.as_bytes()).value()])?;
    // SAFETY: as above.
    if unsafe { libc::unsetenv(name.as_ptr()) } != 0 {
        return Err(failed(vm));
    }
    Ok(Value::NONE)
}

/// The environment of the process: bytes by bytes.
pub fn environ(vm: &Vm) -> Result<Ref<Dict>, Raised> {
    use std::os::unix::ffi::OsStrExt;
    let dict = vm.dict();
    for (name, value) in std::env::vars_os() {
        let name = vm.bytes(name.as_bytes()).value();
        if dict.get(vm, name)?.is_none() {
            dict.insert(vm, name, vm.bytes(value.as_bytes()).value())?;
        }
    }
    Ok(dict)
}

fn create_environ(vm: &Vm, [_]: &[Value; 1]) -> R {
    environ(vm).map(Ref::value)
}

fn getxattr(vm: &Vm, [_, value, attribute, follow]: &[Value; 4]) -> R {
    let path = path_or_fd(vm, *value, "getxattr")?;
    let name = vm.fs_cstring(*attribute)?;
    let follow = vm.truthy(*follow)?;
    check_path(vm, "getxattr", &path, libc::AT_FDCWD, follow)?;
    vm.audit("os.getxattr", &[path.object, *attribute])?;
    for size in [128, 65536] {
        let mut buffer = vec![0u8; size];
        // SAFETY: the strings end with nulls; the buffer has that size.
        let result = call(vm, || unsafe {
            let to = buffer.as_mut_ptr().cast();
            match path.fd {
                Some(fd) => libc::fgetxattr(fd, name.as_ptr(), to, size),
                None if follow => libc::getxattr(path.path.as_ptr(), name.as_ptr(), to, size),
                None => libc::lgetxattr(path.path.as_ptr(), name.as_ptr(), to, size),
            }
        });
        match result {
            Ok(len) => return Ok(vm.bytes(&buffer[..len as usize]).value()),
            Err(libc::ERANGE) if size == 128 => {}
            Err(error) => return Err(failed_path(vm, error, &path)),
        }
    }
    Err(failed_path(vm, libc::ERANGE, &path))
}

fn setxattr(vm: &Vm, [_, value, attribute, content, flags, follow]: &[Value; 6]) -> R {
    let path = path_or_fd(vm, *value, "setxattr")?;
    let name = vm.fs_cstring(*attribute)?;
    let content_bytes = vm.bytes_of(*content)?;
    let flags = vm.index_i32(*flags)?;
    let follow = vm.truthy(*follow)?;
    check_path(vm, "setxattr", &path, libc::AT_FDCWD, follow)?;
    vm.audit("os.setxattr", &[path.object, *attribute, *content, vm.int(flags as i64)])?;
    // SAFETY: the strings end with nulls; the buffer has that size.
    let result = call(vm, || unsafe {
        let (from, len) = (content_bytes.as_ptr().cast(), content_bytes.len());
        match path.fd {
            Some(fd) => libc::fsetxattr(fd, name.as_ptr(), from, len, flags),
            None if follow => libc::setxattr(path.path.as_ptr(), name.as_ptr(), from, len, flags),
            None => libc::lsetxattr(path.path.as_ptr(), name.as_ptr(), from, len, flags),
        }
    });
    done_path(vm, result, &path)
}

fn removexattr(vm: &Vm, [_, value, attribute, follow]: &[Value; 4]) -> R {
    let path = path_or_fd(vm, *value, "removexattr")?;
    let name = vm.fs_cstring(*attribute)?;
    let follow = vm.truthy(*follow)?;
    check_path(vm, "removexattr", &path, libc::AT_FDCWD, follow)?;
    vm.audit("os.removexattr", &[path.object, *attribute])?;
    // SAFETY: the strings end with nulls.
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::fremovexattr(fd, name.as_ptr()),
            None if follow => libc::removexattr(path.path.as_ptr(), name.as_ptr()),
            None => libc::lremovexattr(path.path.as_ptr(), name.as_ptr()),
        }
    });
    done_path(vm, result, &path)
}

fn listxattr(vm: &Vm, [_, value, follow]: &[Value; 3]) -> R {
    let path = vm.fs_path(*value, "listxattr", "path", true, true)?;
    let follow = vm.truthy(*follow)?;
    check_path(vm, "listxattr", &path, libc::AT_FDCWD, follow)?;
    vm.audit("os.listxattr", &[path.object])?;
    for size in [256, 65536] {
        let mut buffer = vec![0u8; size];
        // SAFETY: the path ends with a null; the buffer has that size.
        let result = call(vm, || unsafe {
            let to = buffer.as_mut_ptr().cast();
            match path.fd {
                Some(fd) => libc::flistxattr(fd, to, size),
                None if follow => libc::listxattr(path.path.as_ptr(), to, size),
                None => libc::llistxattr(path.path.as_ptr(), to, size),
            }
        });
        match result {
            Ok(len) => {
                let list = vm.list(&[]);
                for name in buffer[..len as usize].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
                    list.push(vm, vm.fs_decode(name).value());
                }
                return Ok(list.value());
            }
            Err(libc::ERANGE) if size == 256 => {}
            Err(error) => return Err(failed_path(vm, error, &path)),
        }
    }
    Err(failed_path(vm, libc::ERANGE, &path))
}

fn ctermid(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.str("/dev/tty").value())
}

fn ttyname(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    let mut buffer = [0u8; 4096];
    // SAFETY: the buffer has that size.
    match unsafe { libc::ttyname_r(number, buffer.as_mut_ptr().cast(), buffer.len()) } {
        0 => {
            let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
            Ok(vm.fs_decode(&buffer[..len]).value())
        }
        error => Err(vm.os_error(error)),
    }
}

fn openpty(vm: &Vm, [_]: &[Value; 1]) -> R {
    let (mut master, mut slave) = (-1, -1);
    let null = std::ptr::null_mut();
    // SAFETY: the numbers are writable, the rest may be null.
    unsafe {
        if libc::openpty(&mut master, &mut slave, null, null.cast(), null.cast()) != 0 {
            return Err(failed(vm));
        }
        libc::fcntl(master, libc::F_SETFD, libc::FD_CLOEXEC);
        libc::fcntl(slave, libc::F_SETFD, libc::FD_CLOEXEC);
    }
    Ok(vm.tuple(&[vm.int(master as i64), vm.int(slave as i64)]).value())
}

fn login_tty(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::login_tty(number) }))
}

fn posix_openpt(vm: &Vm, [_, flags]: &[Value; 2]) -> R {
    let flags = vm.index_i32(*flags)?;
    // SAFETY: has no preconditions.
    match call(vm, || unsafe { libc::posix_openpt(flags | libc::O_CLOEXEC) }) {
        Ok(number) => Ok(vm.int(number as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn grantpt(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::grantpt(number) }))
}

fn unlockpt(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::unlockpt(number) }))
}

fn ptsname(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer has that size.
    match unsafe { libc::ptsname_r(number, buffer.as_mut_ptr().cast(), buffer.len()) } {
        0 => {
            let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
            Ok(vm.fs_decode(&buffer[..len]).value())
        }
        error => Err(vm.os_error(error)),
    }
}

fn timerfd_create(vm: &Vm, [_, clock, flags]: &[Value; 3]) -> R {
    let clock = vm.index_i32(*clock)?;
    let flags = if flags.is_unbound() { libc::TFD_CLOEXEC } else { vm.index_i32(*flags)? };
    // SAFETY: has no preconditions.
    match call(vm, || unsafe { libc::timerfd_create(clock, flags) }) {
        Ok(number) => Ok(vm.int(number as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn spec(nanoseconds: i64) -> libc::timespec {
    libc::timespec { tv_sec: nanoseconds.div_euclid(SECOND), tv_nsec: nanoseconds.rem_euclid(SECOND) }
}

fn timer_result(vm: &Vm, timer: &libc::itimerspec, in_nanoseconds: bool) -> Value {
    let show = |spec: &libc::timespec| {
        let total = spec.tv_sec.saturating_mul(SECOND).saturating_add(spec.tv_nsec);
        if in_nanoseconds { vm.int(total) } else { vm.float(total as f64 / 1e9) }
    };
    vm.tuple(&[show(&timer.it_value), show(&timer.it_interval)]).value()
}

fn set_timer(vm: &Vm, number: Value, flags: Value, initial: i64, interval: i64, in_nanoseconds: bool) -> R {
    let (number, flags) = (fd(vm, number)?, vm.index_i32(flags)?);
    let new = libc::itimerspec { it_value: spec(initial), it_interval: spec(interval) };
    let mut old = libc::itimerspec { it_value: spec(0), it_interval: spec(0) };
    // SAFETY: both structures are valid.
    done(vm, call(vm, || unsafe { libc::timerfd_settime(number, flags, &new, &mut old) }))?;
    Ok(timer_result(vm, &old, in_nanoseconds))
}

fn timerfd_settime(vm: &Vm, [_, number, flags, initial, interval]: &[Value; 5]) -> R {
    let initial = vm.to_nanoseconds(*initial, Rounding::Floor)?;
    let interval = vm.to_nanoseconds(*interval, Rounding::Floor)?;
    set_timer(vm, *number, *flags, initial, interval, false)
}

fn timerfd_settime_ns(vm: &Vm, [_, number, flags, initial, interval]: &[Value; 5]) -> R {
    let (initial, interval) = (vm.index_i64(*initial)?, vm.index_i64(*interval)?);
    set_timer(vm, *number, *flags, initial, interval, true)
}

fn get_timer(vm: &Vm, number: Value, in_nanoseconds: bool) -> R {
    let number = fd(vm, number)?;
    let mut timer = libc::itimerspec { it_value: spec(0), it_interval: spec(0) };
    // SAFETY: the structure is writable.
    done(vm, call(vm, || unsafe { libc::timerfd_gettime(number, &mut timer) }))?;
    Ok(timer_result(vm, &timer, in_nanoseconds))
}

fn timerfd_gettime(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    get_timer(vm, *number, false)
}

fn timerfd_gettime_ns(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    get_timer(vm, *number, true)
}

fn inputhook(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int(0))
}

fn is_inputhook_installed(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}
