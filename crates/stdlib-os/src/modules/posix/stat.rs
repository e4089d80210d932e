//! What the system knows of files.

use super::util::*;
use object::fs::FsPath;
use object::{R, Raised, Value, ValueExt, Vm, natives, structseq};

structseq! { pub static STAT_RESULT: "os" "stat_result" "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.", 10, {
    "st_mode" "protection bits";
    "st_ino" "inode";
    "st_dev" "device";
    "st_nlink" "number of hard links";
    "st_uid" "user ID of owner";
    "st_gid" "group ID of owner";
    "st_size" "total size, in bytes";
    "" "integer time of last access";
    "" "integer time of last modification";
    "" "integer time of last change";
    "st_atime" "time of last access";
    "st_mtime" "time of last modification";
    "st_ctime" "time of last change";
    "st_atime_ns" "time of last access in nanoseconds";
    "st_mtime_ns" "time of last modification in nanoseconds";
    "st_ctime_ns" "time of last change in nanoseconds";
    "st_blksize" "blocksize for filesystem I/O";
    "st_blocks" "number of blocks allocated";
    "st_rdev" "device type (if inode device)";
}}

structseq! { pub static STATVFS_RESULT: "os" "statvfs_result" "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.", 10, {
    "f_bsize" "";
    "f_frsize" "";
    "f_blocks" "";
    "f_bfree" "";
    "f_bavail" "";
    "f_files" "";
    "f_ffree" "";
    "f_favail" "";
    "f_flag" "";
    "f_namemax" "";
    "f_fsid" "";
}}

natives! { pub static FUNCTIONS: {
    /// Perform a stat system call on the given path.
    "stat($module, /, path, *, dir_fd=None, follow_symlinks=True)" => stat;
    /// Perform a stat system call on the given path, without following symbolic links.
    "lstat($module, /, path, *, dir_fd=None)" => lstat;
    /// Perform a stat system call on the given file descriptor.
    "fstat($module, /, fd)" => fstat;
    /// Perform a statvfs system call on the given path.
    "statvfs($module, /, path)" => statvfs;
    /// Perform an fstatvfs system call on the given fd.
    "fstatvfs($module, fd, /)" => fstatvfs;
    /// Use the real uid/gid to test for access to a path.
    "access($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)" => access;
    /// Change the access permissions of a file.
    "chmod($module, /, path, mode, *, dir_fd=None, follow_symlinks=(os.name != 'nt'))" => chmod;
    /// Change the access permissions of the file given by file descriptor fd.
    "fchmod($module, /, fd, mode)" => fchmod;
    /// Change the owner and group id of path to the numeric uid and gid.
    "chown($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)" => chown;
    /// Change the owner and group id of the file specified by file descriptor.
    "fchown($module, /, fd, uid, gid)" => fchown;
    /// Change the owner and group id of path to the numeric uid and gid.
    "lchown($module, /, path, uid, gid)" => lchown;
    /// Set the access and modified time of path.
    "utime($module, /, path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)" => utime;
}}

/// A structure of the system, zeroed.
pub fn zeroed_stat() -> libc::stat {
    // SAFETY: all zeros is a value of this structure.
    unsafe { std::mem::zeroed() }
}

/// The result of a call of the stat family.
pub fn stat_result(vm: &Vm, stat: &libc::stat) -> R {
    const SECOND: i128 = 1_000_000_000;
    let time = |seconds: i64, nanoseconds: i64| {
        let float = vm.float(seconds as f64 + 1e-9 * nanoseconds as f64);
        let total = seconds as i128 * SECOND + nanoseconds as i128;
        let whole = match i64::try_from(total) {
            Ok(total) => vm.int(total),
            Err(_) => vm.big(base::IBig::from(total)),
        };
        (vm.int(seconds), float, whole)
    };
    let (atime, mtime, ctime) = (
        time(stat.st_atime, stat.st_atime_nsec),
        time(stat.st_mtime, stat.st_mtime_nsec),
        time(stat.st_ctime, stat.st_ctime_nsec),
    );
    let values = [
        vm.int(stat.st_mode as i64),
        vm.int_u64(stat.st_ino),
        vm.int_u64(stat.st_dev),
        vm.int_u64(stat.st_nlink as u64),
        id_value(vm, stat.st_uid),
        id_value(vm, stat.st_gid),
        vm.int(stat.st_size),
        atime.0,
        mtime.0,
        ctime.0,
        atime.1,
        mtime.1,
        ctime.1,
        atime.2,
        mtime.2,
        ctime.2,
        vm.int(stat.st_blksize as i64),
        vm.int(stat.st_blocks),
        vm.int_u64(stat.st_rdev),
    ];
    STAT_RESULT.of_state(vm, "posix.stat_result", &values)
}

/// Asks the system about a path.
pub fn stat_path(vm: &Vm, path: &FsPath, dir_fd: i32, follow: bool) -> Result<libc::stat, Raised> {
    let mut stat = zeroed_stat();
    // SAFETY: the path ends with a null, the structure is writable.
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::fstat(fd, &mut stat),
            None => {
                let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                libc::fstatat(dir_fd, path.path.as_ptr(), &mut stat, flags)
            }
        }
    });
    match result {
        Ok(_) => Ok(stat),
        Err(error) => {
            let packed = match error {
                libc::ENOENT if dir_fd == libc::AT_FDCWD => vm.packed_stat(path.path.to_bytes()),
                _ => None,
            };
            packed.ok_or_else(|| failed_path(vm, error, path))
        }
    }
}

fn do_stat(vm: &Vm, function: &str, path: Value, dir: Value, follow: bool) -> R {
    let path = vm.fs_path(path, function, "path", function == "stat", false)?;
    let dir = dir_fd(vm, dir)?;
    check_path(vm, function, &path, dir, follow)?;
    let stat = stat_path(vm, &path, dir, follow)?;
    stat_result(vm, &stat)
}

fn stat(vm: &Vm, [_, path, dir, follow]: &[Value; 4]) -> R {
    let follow = vm.truthy(*follow)?;
    do_stat(vm, "stat", *path, *dir, follow)
}

fn lstat(vm: &Vm, [_, path, dir]: &[Value; 3]) -> R {
    do_stat(vm, "lstat", *path, *dir, false)
}

fn fstat(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    let mut stat = zeroed_stat();
    // SAFETY: the structure is writable.
    match call(vm, || unsafe { libc::fstat(number, &mut stat) }) {
        Ok(_) => stat_result(vm, &stat),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn statvfs_result(vm: &Vm, stat: &libc::statvfs) -> R {
    let values = [
        vm.int_u64(stat.f_bsize),
        vm.int_u64(stat.f_frsize),
        vm.int_u64(stat.f_blocks),
        vm.int_u64(stat.f_bfree),
        vm.int_u64(stat.f_bavail),
        vm.int_u64(stat.f_files),
        vm.int_u64(stat.f_ffree),
        vm.int_u64(stat.f_favail),
        vm.int_u64(stat.f_flag),
        vm.int_u64(stat.f_namemax),
        vm.int_u64(stat.f_fsid),
    ];
    STATVFS_RESULT.of_state(vm, "posix.statvfs_result", &values)
}

fn statvfs(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let path = path_or_fd(vm, *value, "statvfs")?;
    // SAFETY: all zeros is a value of this structure; the path ends with a null.
    let mut stat: libc::statvfs = unsafe { std::mem::zeroed() };
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::fstatvfs(fd, &mut stat),
            None => libc::statvfs(path.path.as_ptr(), &mut stat),
        }
    });
    done_path(vm, result, &path)?;
    statvfs_result(vm, &stat)
}

fn fstatvfs(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: all zeros is a value of this structure.
    let mut stat: libc::statvfs = unsafe { std::mem::zeroed() };
    done(vm, call(vm, || unsafe { libc::fstatvfs(number, &mut stat) }))?;
    statvfs_result(vm, &stat)
}

fn access(vm: &Vm, [_, value, mode, dir, effective, follow]: &[Value; 6]) -> R {
    let path = path(vm, *value, "access")?;
    let mode = vm.index_i32(*mode)?;
    let dir = dir_fd(vm, *dir)?;
    let mut flags = if vm.truthy(*follow)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    if vm.truthy(*effective)? {
        flags |= libc::AT_EACCESS;
    }
    // SAFETY: the path ends with a null.
    let result = call(vm, || unsafe { libc::faccessat(dir, path.path.as_ptr(), mode, flags) });
    let packed = result == Err(libc::ENOENT) && dir == libc::AT_FDCWD && vm.packed_access(path.path.to_bytes(), mode);
    Ok(Value::bool(result.is_ok() || packed))
}

fn chmod(vm: &Vm, [_, value, mode, dir, follow]: &[Value; 5]) -> R {
    let path = path_or_fd(vm, *value, "chmod")?;
    let mode = vm.index_i32(*mode)? as libc::mode_t;
    let dir_number = dir_fd(vm, *dir)?;
    let follow = follows(vm, *follow)?;
    let shown = if dir_number == libc::AT_FDCWD { vm.int(-1) } else { *dir };
    vm.audit("os.chmod", &[path.object, vm.int(mode as i64), shown])?;
    // SAFETY: the path ends with a null.
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::fchmod(fd, mode),
            None => {
                let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                libc::fchmodat(dir_number, path.path.as_ptr(), mode, flags)
            }
        }
    });
    done_path(vm, result, &path)
}

fn fchmod(vm: &Vm, [_, number, mode]: &[Value; 3]) -> R {
    let (number, mode) = (vm.index_i32(*number)?, vm.index_i32(*mode)? as libc::mode_t);
    vm.audit("os.chmod", &[vm.int(number as i64), vm.int(mode as i64), vm.int(-1)])?;
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::fchmod(number, mode) }))
}

fn do_chown(vm: &Vm, path: &FsPath, ids: [Value; 2], dir: i32, follow: bool) -> R {
    let (user, group) = (id(vm, ids[0], "uid")?, id(vm, ids[1], "gid")?);
    vm.audit("os.chown", &[path.object, ids[0], ids[1], vm.int(if dir == libc::AT_FDCWD { -1 } else { dir as i64 })])?;
    // SAFETY: the path ends with a null.
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::fchown(fd, user, group),
            None => {
                let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                libc::fchownat(dir, path.path.as_ptr(), user, group, flags)
            }
        }
    });
    done_path(vm, result, path)
}

fn chown(vm: &Vm, [_, value, user, group, dir, follow]: &[Value; 6]) -> R {
    let path = path_or_fd(vm, *value, "chown")?;
    let dir = dir_fd(vm, *dir)?;
    let follow = vm.truthy(*follow)?;
    check_path(vm, "chown", &path, dir, follow)?;
    do_chown(vm, &path, [*user, *group], dir, follow)
}

fn lchown(vm: &Vm, [_, value, user, group]: &[Value; 4]) -> R {
    let path = path(vm, *value, "lchown")?;
    do_chown(vm, &path, [*user, *group], libc::AT_FDCWD, false)
}

fn fchown(vm: &Vm, [_, number, user, group]: &[Value; 4]) -> R {
    let number = vm.index_i32(*number)?;
    let path = FsPath { path: Default::default(), fd: Some(number), is_bytes: false, object: Value::NONE };
    do_chown(vm, &path, [*user, *group], libc::AT_FDCWD, true)
}

fn pair(vm: &Vm, value: Value, text: &str) -> Result<[Value; 2], Raised> {
    match value.cast::<object::Tuple>() {
        Some(tuple) if tuple.len() == 2 => Ok([tuple.items()[0], tuple.items()[1]]),
        _ => Err(vm.type_error(text)),
    }
}

fn utime(vm: &Vm, [_, value, times, ns, dir, follow]: &[Value; 6]) -> R {
    let path = path_or_fd(vm, *value, "utime")?;
    let dir = dir_fd(vm, *dir)?;
    let follow = vm.truthy(*follow)?;
    if !times.is_none() && !ns.is_unbound() {
        return Err(vm.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    const SECOND: i64 = object::arguments::SECOND;
    let spec = |seconds: i64, nanoseconds: i64| libc::timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    let mut specs = None;
    if !times.is_none() {
        let parts = pair(vm, *times, "utime: 'times' must be either a tuple of two ints or None")?;
        let mut out = [spec(0, 0); 2];
        for (out, part) in out.iter_mut().zip(parts) {
            let (seconds, nanoseconds) = split_seconds(vm, part)?;
            *out = spec(seconds, nanoseconds);
        }
        specs = Some(out);
    } else if !ns.is_unbound() {
        let parts = pair(vm, *ns, "utime: 'ns' must be a tuple of two ints")?;
        let mut out = [spec(0, 0); 2];
        for (out, part) in out.iter_mut().zip(parts) {
            let Some(int) = vm.as_int(part) else {
                return Err(
                    vm.type_error(format!("'{}' object cannot be interpreted as an integer", vm.type_name(part)))
                );
            };
            let big = int.to_big();
            let (seconds, nanoseconds) = match int.to_i64() {
                Some(total) => (total.div_euclid(SECOND), total.rem_euclid(SECOND)),
                None => {
                    let second = base::IBig::from(SECOND);
                    let rest = ((&big % &second) + &second) % &second;
                    let whole = (&big - &rest) / &second;
                    match (i64::try_from(&whole), i64::try_from(&rest)) {
                        (Ok(whole), Ok(rest)) => (whole, rest),
                        _ => return Err(vm.overflow_error("timestamp out of range for platform time_t")),
                    }
                }
            };
            *out = spec(seconds, nanoseconds);
        }
        specs = Some(out);
    }
    check_path(vm, "utime", &path, dir, follow)?;
    vm.audit(
        "os.utime",
        &[path.object, *times, ns.or_none(), vm.int(if dir == libc::AT_FDCWD { -1 } else { dir as i64 })],
    )?;
    let pointer = specs.as_ref().map_or(std::ptr::null(), |specs| specs.as_ptr());
    // SAFETY: the path ends with a null; the pointer is null or that of two structures.
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::futimens(fd, pointer),
            None => {
                let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                libc::utimensat(dir, path.path.as_ptr(), pointer, flags)
            }
        }
    });
    done_path(vm, result, &path)
}

/// A time in seconds as whole seconds and nanoseconds, rounded down.
fn split_seconds(vm: &Vm, value: Value) -> Result<(i64, i64), Raised> {
    if let Some(float) = vm.as_float(value) {
        if float.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let whole = float.floor();
        if !(-9.2e18..9.2e18).contains(&whole) {
            return Err(vm.overflow_error("timestamp out of range for platform time_t"));
        }
        let rest = ((float - whole) * 1e9).floor() as i64;
        return Ok((whole as i64, rest.clamp(0, 999_999_999)));
    }
    Ok((vm.to_time_t(value, object::arguments::Rounding::Floor)?, 0))
}
