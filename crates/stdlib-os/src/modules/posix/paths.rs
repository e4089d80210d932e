//! Files and folders by name.

use super::util::*;
use object::fs::FsPath;
use object::library::Packed;
use object::{R, Raised, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Open a file for low level IO.  Returns a file descriptor (integer).
    "open($module, /, path, flags, mode=511, *, dir_fd=None)" => open;
    /// Return a list containing the names of the files in the directory.
    "listdir($module, /, path=None)" => listdir;
    /// Create a directory.
    "mkdir($module, /, path, mode=511, *, dir_fd=None)" => mkdir;
    /// Remove a directory.
    "rmdir($module, /, path, *, dir_fd=None)" => rmdir;
    /// Remove a file (same as remove()).
    "unlink($module, /, path, *, dir_fd=None)" => unlink;
    /// Remove a file (same as unlink()).
    "remove($module, /, path, *, dir_fd=None)" => remove;
    /// Rename a file or directory.
    "rename($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)" => rename;
    /// Rename a file or directory, overwriting the destination.
    "replace($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)" => replace;
    /// Create a hard link to a file.
    "link($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=(os.name != 'nt'))" => link;
    /// Create a symbolic link pointing to src named dst.
    "symlink($module, /, src, dst, target_is_directory=False, *, dir_fd=None)" => symlink;
    /// Return a string representing the path to which the symbolic link points.
    "readlink($module, /, path, *, dir_fd=None)" => readlink;
    /// Create a "fifo" (a POSIX named pipe).
    "mkfifo($module, /, path, mode=438, *, dir_fd=None)" => mkfifo;
    /// Create a node in the file system.
    "mknod($module, /, path, mode=384, device=0, *, dir_fd=None)" => mknod;
    /// Extracts a device major number from a raw device number.
    "major($module, device, /)" => major;
    /// Extracts a device minor number from a raw device number.
    "minor($module, device, /)" => minor;
    /// Composes a raw device number from the major and minor device numbers.
    "makedev($module, major, minor, /)" => makedev;
    /// Truncate a file, specified by path, to a specific length.
    "truncate($module, /, path, length)" => truncate;
    /// Change the current working directory to the specified path.
    "chdir($module, /, path)" => chdir;
    /// Change to the directory of the given file descriptor.
    "fchdir($module, /, fd)" => fchdir;
    /// Change root directory to path.
    "chroot($module, /, path)" => chroot;
    /// Return a unicode string representing the current working directory.
    "getcwd($module, /)" => getcwd;
    /// Return a bytes string representing the current working directory.
    "getcwdb($module, /)" => getcwdb;
    /// Return the file system path representation of the object.
    "fspath($module, /, path)" => fspath;
    /// Normalize path, eliminating double slashes, etc.
    "_path_normpath($module, /, path)" => path_normpath;
    /// Split a pathname into drive, root and tail.
    "_path_splitroot_ex($module, /, p)" => path_splitroot_ex;
    /// Set the current numeric umask and return the previous umask.
    "umask($module, mask, /)" => umask;
    /// Return the configuration limit name for the file or directory path.
    "pathconf($module, /, path, name)" => pathconf;
    /// Return the configuration limit name for the file descriptor fd.
    "fpathconf($module, fd, name, /)" => fpathconf;
}}

fn shown_dir(vm: &Vm, dir: i32) -> Value {
    vm.int(if dir == libc::AT_FDCWD { -1 } else { dir as i64 })
}

fn open(vm: &Vm, [_, value, flags, mode, dir]: &[Value; 5]) -> R {
    let path = path(vm, *value, "open")?;
    let flags = vm.index_i32(*flags)?;
    let mode = vm.index_i32(*mode)?;
    let dir = dir_fd(vm, *dir)?;
    vm.audit("open", &[path.object, Value::NONE, vm.int(flags as i64)])?;
    vm.flush_unwritten()?;
    // SAFETY: the path ends with a null.
    let result = vm.retry_call(|| unsafe {
        libc::openat(dir, path.path.as_ptr(), flags | libc::O_CLOEXEC, mode as libc::c_uint) as isize
    })?;
    match result {
        Ok(fd) => Ok(vm.int(fd as i64)),
        Err(libc::ENOENT) if dir == libc::AT_FDCWD => {
            let packed = vm.packed_open(path.path.to_bytes(), flags);
            packed.map(|fd| vm.int(fd as i64)).ok_or_else(|| failed_path(vm, libc::ENOENT, &path))
        }
        Err(error) => Err(failed_path(vm, error, &path)),
    }
}

/// A folder that is being read.
pub enum Folder {
    /// Of the system.
    System(*mut libc::DIR),
    /// Of the packed library: the names that are still to come, and whether they are folders.
    Packed(std::vec::IntoIter<(Vec<u8>, bool)>),
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Folder::System(dir) = self {
            // SAFETY: an open folder that nobody else uses.
            unsafe { libc::closedir(*dir) };
        }
    }
}

impl Folder {
    /// Opens a folder; a descriptor is duplicated.
    pub fn open(vm: &Vm, path: &FsPath) -> Result<Folder, i32> {
        match path.fd {
            Some(fd) => {
                // SAFETY: has no preconditions.
                let copy = call(vm, || unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })?;
                // SAFETY: the descriptor is ours; the stream takes it over.
                unsafe {
                    let dir = libc::fdopendir(copy);
                    if dir.is_null() {
                        let error = object::fs::last_errno();
                        libc::close(copy);
                        return Err(error);
                    }
                    libc::rewinddir(dir);
                    Ok(Folder::System(dir))
                }
            }
            None => {
                let open = || {
                    // SAFETY: the path ends with a null.
                    vm.allow_threads(|| unsafe {
                        let dir = libc::opendir(path.path.as_ptr());
                        (dir as usize, if dir.is_null() { object::fs::last_errno() } else { 0 })
                    })
                };
                let (mut dir, mut error) = open();
                if error != 0 && vm.reclaim_descriptors(error) {
                    (dir, error) = open();
                }
                match error {
                    0 => Ok(Folder::System(dir as *mut libc::DIR)),
                    libc::ENOENT => match vm.packed(path.path.to_bytes()) {
                        Some(Packed::Folder(entries)) => Ok(Folder::Packed(entries.into_iter())),
                        Some(Packed::File(_)) => Err(libc::ENOTDIR),
                        None => Err(error),
                    },
                    _ => Err(error),
                }
            }
        }
    }

    /// The next entry, `.` and `..` left out: name, kind and inode.
    pub fn next(&mut self) -> Result<Option<(Vec<u8>, u8, u64)>, i32> {
        let dir = match self {
            Folder::System(dir) => *dir,
            Folder::Packed(entries) => {
                let kind = |is_folder| if is_folder { libc::DT_DIR } else { libc::DT_REG };
                return Ok(entries.next().map(|(name, is_folder)| (name, kind(is_folder), 0)));
            }
        };
        loop {
            // SAFETY: an open folder; the entry is copied before the next call.
            unsafe {
                *libc::__errno_location() = 0;
                let entry = libc::readdir(dir);
                if entry.is_null() {
                    return match *libc::__errno_location() {
                        0 => Ok(None),
                        error => Err(error),
                    };
                }
                let name = std::ffi::CStr::from_ptr((*entry).d_name.as_ptr()).to_bytes();
                if name != b"." && name != b".." {
                    return Ok(Some((name.to_vec(), (*entry).d_type, (*entry).d_ino)));
                }
            }
        }
    }
}

impl Folder {
    /// Goes back to the start, where the position is shared with a descriptor of the caller's.
    pub fn rewind(&mut self) {
        if let Folder::System(dir) = self {
            // SAFETY: an open folder.
            unsafe { libc::rewinddir(*dir) };
        }
    }
}

fn listdir(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let path = vm.fs_path(*value, "listdir", "path", true, true)?;
    let shown = if path.object.is_none() { vm.str(".").value() } else { path.object };
    vm.audit("os.listdir", &[shown])?;
    let mut folder = Folder::open(vm, &path).map_err(|error| failed_path(vm, error, &path))?;
    let names = vm.list(&[]);
    while let Some((name, _, _)) = folder.next().map_err(|error| failed_path(vm, error, &path))? {
        names.push(vm, vm.fs_result(&name, path.is_bytes));
    }
    if path.fd.is_some() {
        folder.rewind();
    }
    Ok(names.value())
}

fn mkdir(vm: &Vm, [_, value, mode, dir]: &[Value; 4]) -> R {
    let path = path(vm, *value, "mkdir")?;
    let mode = vm.index_i32(*mode)? as libc::mode_t;
    let dir = dir_fd(vm, *dir)?;
    vm.audit("os.mkdir", &[path.object, vm.int(mode as i64), shown_dir(vm, dir)])?;
    // SAFETY: the path ends with a null.
    done_path(vm, call(vm, || unsafe { libc::mkdirat(dir, path.path.as_ptr(), mode) }), &path)
}

fn remove_with(vm: &Vm, function: &str, event: &str, value: Value, dir: Value, flags: i32) -> R {
    let path = path(vm, value, function)?;
    let dir = dir_fd(vm, dir)?;
    vm.audit(event, &[path.object, shown_dir(vm, dir)])?;
    // SAFETY: the path ends with a null.
    done_path(vm, call(vm, || unsafe { libc::unlinkat(dir, path.path.as_ptr(), flags) }), &path)
}

fn rmdir(vm: &Vm, [_, value, dir]: &[Value; 3]) -> R {
    remove_with(vm, "rmdir", "os.rmdir", *value, *dir, libc::AT_REMOVEDIR)
}

fn unlink(vm: &Vm, [_, value, dir]: &[Value; 3]) -> R {
    remove_with(vm, "unlink", "os.remove", *value, *dir, 0)
}

fn remove(vm: &Vm, [_, value, dir]: &[Value; 3]) -> R {
    remove_with(vm, "remove", "os.remove", *value, *dir, 0)
}

/// Two paths, each with its folder.
struct Two {
    from: FsPath,
    to: FsPath,
    dirs: [i32; 2],
}

fn two(vm: &Vm, function: &str, from: Value, to: Value, dirs: [Value; 2]) -> Result<Two, Raised> {
    Ok(Two {
        from: vm.fs_path(from, function, "src", false, false)?,
        to: vm.fs_path(to, function, "dst", false, false)?,
        dirs: [dir_fd(vm, dirs[0])?, dir_fd(vm, dirs[1])?],
    })
}

fn done_two(vm: &Vm, result: Result<i32, i32>, two: &Two) -> R {
    match result {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error_with(error, &[two.from.object, two.to.object])),
    }
}

fn do_rename(vm: &Vm, function: &str, [from, to, from_dir, to_dir]: [Value; 4]) -> R {
    let two = two(vm, function, from, to, [from_dir, to_dir])?;
    let shown = [two.from.object, two.to.object, shown_dir(vm, two.dirs[0]), shown_dir(vm, two.dirs[1])];
    vm.audit("os.rename", &shown)?;
    // SAFETY: the paths end with nulls.
    let result =
        call(vm, || unsafe { libc::renameat(two.dirs[0], two.from.path.as_ptr(), two.dirs[1], two.to.path.as_ptr()) });
    done_two(vm, result, &two)
}

fn rename(vm: &Vm, [_, from, to, from_dir, to_dir]: &[Value; 5]) -> R {
    do_rename(vm, "rename", [*from, *to, *from_dir, *to_dir])
}

fn replace(vm: &Vm, [_, from, to, from_dir, to_dir]: &[Value; 5]) -> R {
    do_rename(vm, "replace", [*from, *to, *from_dir, *to_dir])
}

fn link(vm: &Vm, [_, from, to, from_dir, to_dir, follow]: &[Value; 6]) -> R {
    let two = two(vm, "link", *from, *to, [*from_dir, *to_dir])?;
    let flags = if follows(vm, *follow)? { libc::AT_SYMLINK_FOLLOW } else { 0 };
    let shown = [two.from.object, two.to.object, shown_dir(vm, two.dirs[0]), shown_dir(vm, two.dirs[1])];
    vm.audit("os.link", &shown)?;
    // SAFETY: the paths end with nulls.
    let result = call(vm, || unsafe {
        libc::linkat(two.dirs[0], two.from.path.as_ptr(), two.dirs[1], two.to.path.as_ptr(), flags)
    });
    done_two(vm, result, &two)
}

fn symlink(vm: &Vm, [_, from, to, _, dir]: &[Value; 5]) -> R {
    let two = two(vm, "symlink", *from, *to, [Value::NONE, *dir])?;
    vm.audit("os.symlink", &[two.from.object, two.to.object, shown_dir(vm, two.dirs[1])])?;
    // SAFETY: the paths end with nulls.
    let result = call(vm, || unsafe { libc::symlinkat(two.from.path.as_ptr(), two.dirs[1], two.to.path.as_ptr()) });
    done_two(vm, result, &two)
}

fn readlink(vm: &Vm, [_, value, dir]: &[Value; 3]) -> R {
    let path = path(vm, *value, "readlink")?;
    let dir = dir_fd(vm, *dir)?;
    let mut buffer = vec![0u8; libc::PATH_MAX as usize + 1];
    // SAFETY: the path ends with a null; the buffer has that size.
    let result =
        call(vm, || unsafe { libc::readlinkat(dir, path.path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) });
    match result {
        Ok(len) => Ok(vm.fs_result(&buffer[..len as usize], path.is_bytes)),
        Err(error) => Err(failed_path(vm, error, &path)),
    }
}

fn mkfifo(vm: &Vm, [_, value, mode, dir]: &[Value; 4]) -> R {
    let path = path(vm, *value, "mkfifo")?;
    let mode = vm.index_i32(*mode)? as libc::mode_t;
    let dir = dir_fd(vm, *dir)?;
    // SAFETY: the path ends with a null.
    let result = vm.retry_call(|| unsafe { libc::mkfifoat(dir, path.path.as_ptr(), mode) as isize })?;
    done_path(vm, result.map(|_| 0), &path)
}

fn device(vm: &Vm, value: Value) -> Result<libc::dev_t, Raised> {
    let int = vm.index(value)?;
    match int.to_i64() {
        // The number of no device.
        Some(-1) => Ok(libc::dev_t::MAX),
        Some(number) if number < 0 => Err(vm.overflow_error("can't convert negative int to unsigned")),
        Some(number) => Ok(number as libc::dev_t),
        None => u64::try_from(int.to_big()).map_err(|_| vm.overflow_error("int too big to convert")),
    }
}

fn device_part(vm: &Vm, part: libc::c_uint) -> Value {
    if part == libc::c_uint::MAX { vm.int(-1) } else { vm.int(part as i64) }
}

fn device_part_arg(vm: &Vm, value: Value) -> Result<libc::c_uint, Raised> {
    match vm.index(value)?.to_i64() {
        Some(-1) => Ok(libc::c_uint::MAX),
        Some(part) if part < 0 => Err(vm.overflow_error("can't convert negative int to unsigned")),
        Some(part) if part <= libc::c_uint::MAX as i64 => Ok(part as libc::c_uint),
        _ => Err(vm.overflow_error("Python int too large to convert to C unsigned int")),
    }
}

fn mknod(vm: &Vm, [_, value, mode, number, dir]: &[Value; 5]) -> R {
    let path = path(vm, *value, "mknod")?;
    let mode = vm.index_i32(*mode)? as libc::mode_t;
    let number = device(vm, *number)?;
    let dir = dir_fd(vm, *dir)?;
    // SAFETY: the path ends with a null.
    let result = vm.retry_call(|| unsafe { libc::mknodat(dir, path.path.as_ptr(), mode, number) as isize })?;
    done_path(vm, result.map(|_| 0), &path)
}

fn major(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = device(vm, *number)?;
    if number == libc::dev_t::MAX {
        return Ok(vm.int(-1));
    }
    Ok(device_part(vm, libc::major(number)))
}

fn minor(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = device(vm, *number)?;
    if number == libc::dev_t::MAX {
        return Ok(vm.int(-1));
    }
    Ok(device_part(vm, libc::minor(number)))
}

fn makedev(vm: &Vm, [_, major, minor]: &[Value; 3]) -> R {
    let (major, minor) = (device_part_arg(vm, *major)?, device_part_arg(vm, *minor)?);
    if major == libc::c_uint::MAX && minor == libc::c_uint::MAX {
        return Ok(vm.int(-1));
    }
    Ok(vm.int_u64(libc::makedev(major, minor)))
}

fn truncate(vm: &Vm, [_, value, length]: &[Value; 3]) -> R {
    let path = path_or_fd(vm, *value, "truncate")?;
    let length = vm.index_i64(*length)?;
    vm.audit("os.truncate", &[path.object, vm.int(length)])?;
    // SAFETY: the path ends with a null.
    let result = vm.retry_call(|| unsafe {
        match path.fd {
            Some(fd) => libc::ftruncate(fd, length) as isize,
            None => libc::truncate(path.path.as_ptr(), length) as isize,
        }
    })?;
    done_path(vm, result.map(|_| 0), &path)
}

fn chdir(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let path = path_or_fd(vm, *value, "chdir")?;
    vm.audit("os.chdir", &[path.object])?;
    // SAFETY: the path ends with a null.
    let result = call(vm, || unsafe {
        match path.fd {
            Some(fd) => libc::fchdir(fd),
            None => libc::chdir(path.path.as_ptr()),
        }
    });
    done_path(vm, result, &path)
}

fn fchdir(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let number = fd(vm, *value)?;
    vm.audit("os.chdir", &[vm.int(number as i64)])?;
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::fchdir(number) }))
}

fn chroot(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let path = path(vm, *value, "chroot")?;
    // SAFETY: the path ends with a null.
    done_path(vm, call(vm, || unsafe { libc::chroot(path.path.as_ptr()) }), &path)
}

fn current_folder(vm: &Vm) -> Result<Vec<u8>, Raised> {
    let mut buffer = vec![0u8; 1024];
    loop {
        // SAFETY: the buffer has that size.
        let done = unsafe { libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len()) };
        if !done.is_null() {
            let len = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
            buffer.truncate(len);
            return Ok(buffer);
        }
        if object::fs::last_errno() != libc::ERANGE || buffer.len() > 1 << 24 {
            return Err(failed(vm));
        }
        buffer.resize(buffer.len() * 2, 0);
    }
}

fn getcwd(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.fs_decode(&current_folder(vm)?).value())
}

fn getcwdb(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.bytes(&current_folder(vm)?).value())
}

fn fspath(vm: &Vm, [_, path]: &[Value; 2]) -> R {
    vm.fspath(*path)
}

/// The bytes of a path: of a string, its own form, surrogates included.
fn raw_path(vm: &Vm, value: Value) -> Result<(Vec<u8>, bool), Raised> {
    let path = vm.fspath(value)?;
    Ok(match vm.as_str(path) {
        Some(text) => (text.as_bytes().to_vec(), false),
        None => (vm.as_bytes(path).map_or_else(Vec::new, |bytes| bytes.as_slice().to_vec()), true),
    })
}

fn raw_result(vm: &Vm, bytes: &[u8], is_bytes: bool) -> Value {
    match base::text::Wtf8::from_bytes(bytes) {
        Some(text) if !is_bytes => vm.str_wtf8(text).value(),
        _ => vm.bytes(bytes).value(),
    }
}

fn path_normpath(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let (path, is_bytes) = raw_path(vm, *value)?;
    if path.is_empty() {
        return Ok(raw_result(vm, b".", is_bytes));
    }
    let slashes = path.iter().take_while(|byte| **byte == b'/').count();
    let root: &[u8] = match slashes {
        0 => b"",
        2 => b"//",
        _ => b"/",
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if root.is_empty() && parts.last().is_none_or(|last| *last == b"..") => parts.push(part),
            b".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let mut out = root.to_vec();
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() {
        out.push(b'.');
    }
    Ok(raw_result(vm, &out, is_bytes))
}

fn path_splitroot_ex(vm: &Vm, [_, value]: &[Value; 2]) -> R {
    let (path, is_bytes) = raw_path(vm, *value)?;
    let slashes = path.iter().take_while(|byte| **byte == b'/').count();
    let root = match slashes {
        0 => 0,
        2 => 2,
        _ => 1,
    };
    let parts = [
        raw_result(vm, b"", is_bytes),
        raw_result(vm, &path[..root], is_bytes),
        raw_result(vm, &path[root..], is_bytes),
    ];
    Ok(vm.tuple(&parts).value())
}

fn umask(vm: &Vm, [_, mask]: &[Value; 2]) -> R {
    let mask = vm.index_i32(*mask)?;
    // SAFETY: has no preconditions.
    Ok(vm.int(unsafe { libc::umask(mask as libc::mode_t) } as i64))
}

/// A configuration name: a number, or a string of a table.
pub fn config_name(vm: &Vm, value: Value, table: &[(&str, i32)]) -> Result<i32, Raised> {
    if let Some(name) = vm.as_str(value) {
        return match table.iter().find(|entry| entry.0.as_bytes() == name.as_bytes()) {
            Some(entry) => Ok(entry.1),
            None => Err(vm.value_error("unrecognized configuration name")),
        };
    }
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        return Err(vm.type_error("configuration names must be strings or integers"));
    }
    vm.index_i32(value)
}

fn limit(vm: &Vm, result: (i64, i32), path: Option<&FsPath>) -> R {
    match (result, path) {
        ((-1, error), Some(path)) if error != 0 => Err(failed_path(vm, error, path)),
        ((-1, error), None) if error != 0 => Err(vm.os_error(error)),
        ((limit, _), _) => Ok(vm.int(limit)),
    }
}

fn pathconf(vm: &Vm, [_, value, name]: &[Value; 3]) -> R {
    let path = path_or_fd(vm, *value, "pathconf")?;
    let name = config_name(vm, *name, super::constants::PATHCONF)?;
    // SAFETY: the path ends with a null; errno tells an error from no limit.
    let result = unsafe {
        *libc::__errno_location() = 0;
        let limit = match path.fd {
            Some(fd) => libc::fpathconf(fd, name),
            None => libc::pathconf(path.path.as_ptr(), name),
        };
        (limit, *libc::__errno_location())
    };
    limit(vm, result, Some(&path))
}

fn fpathconf(vm: &Vm, [_, value, name]: &[Value; 3]) -> R {
    let number = fd(vm, *value)?;
    let name = config_name(vm, *name, super::constants::PATHCONF)?;
    // SAFETY: errno tells an error from no limit.
    let result = unsafe {
        *libc::__errno_location() = 0;
        (libc::fpathconf(number, name), *libc::__errno_location())
    };
    limit(vm, result, None)
}
