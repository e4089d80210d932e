//! Open files by descriptor.

use super::util::*;
use object::{R, Raised, Value, Vm, natives, structseq};

structseq! { pub static TERMINAL_SIZE: "os" "terminal_size" "A tuple of (columns, lines) for holding terminal window size", 2, {
    "columns" "width of the terminal window in characters";
    "lines" "height of the terminal window in characters";
}}

natives! { pub static FUNCTIONS: {
    /// Read from a file descriptor.  Returns a bytes object.
    "read($module, fd, length, /)" => read;
    /// Read into a buffer object from a file descriptor.
    "readinto($module, fd, buffer, /)" => readinto;
    /// Write a bytes object to a file descriptor.
    "write($module, fd, data, /)" => write;
    /// Read a number of bytes from a file descriptor starting at a particular offset.
    "pread($module, fd, length, offset, /)" => pread;
    /// Write bytes to a file descriptor starting at a particular offset.
    "pwrite($module, fd, buffer, offset, /)" => pwrite;
    /// Read from a file descriptor fd into an iterable of buffers.
    "readv($module, fd, buffers, /)" => readv;
    /// Iterate over buffers, and write the contents of each to a file descriptor.
    "writev($module, fd, buffers, /)" => writev;
    /// Reads from a file descriptor into a number of mutable bytes-like objects.
    "preadv($module, fd, buffers, offset, flags=0, /)" => preadv;
    /// Writes the contents of bytes-like objects to a file descriptor at a given offset.
    "pwritev($module, fd, buffers, offset, flags=0, /)" => pwritev;
    /// Close a file descriptor.
    "close($module, /, fd)" => close;
    /// Closes all file descriptors in [fd_low, fd_high), ignoring errors.
    "closerange($module, fd_low, fd_high, /)" => closerange;
    /// Return a duplicate of a file descriptor.
    "dup($module, fd, /)" => dup;
    /// Duplicate file descriptor.
    "dup2($module, /, fd, fd2, inheritable=True)" => dup2;
    /// Set the position of a file descriptor.  Return the new position.
    "lseek($module, fd, position, whence, /)" => lseek;
    /// Return True if the fd is connected to a terminal.
    "isatty($module, fd, /)" => isatty;
    /// Force write of fd to disk.
    "fsync($module, /, fd)" => fsync;
    /// Force write of fd to disk without forcing update of metadata.
    "fdatasync($module, /, fd)" => fdatasync;
    /// Force write of everything to disk.
    "sync($module, /)" => sync;
    /// Truncate a file, specified by file descriptor, to a specific length.
    "ftruncate($module, fd, length, /)" => ftruncate;
    /// Create a pipe.
    "pipe($module, /)" => pipe;
    /// Create a pipe with flags set atomically.
    "pipe2($module, flags, /)" => pipe2;
    /// Get the close-on-exe flag of the specified file descriptor.
    "get_inheritable($module, fd, /)" => get_inheritable;
    /// Set the inheritable flag of the specified file descriptor.
    "set_inheritable($module, fd, inheritable, /)" => set_inheritable;
    /// Get the blocking mode of the file descriptor.
    "get_blocking($module, fd, /)" => get_blocking;
    /// Set the blocking mode of the specified file descriptor.
    "set_blocking($module, fd, blocking, /)" => set_blocking;
    /// Apply, test or remove a POSIX lock on an open file descriptor.
    "lockf($module, fd, command, length, /)" => lockf;
    /// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
    "sendfile($module, /, out_fd, in_fd, offset, count)" => sendfile;
    /// Copy count bytes from one file descriptor to another.
    "copy_file_range($module, /, src, dst, count, offset_src=None, offset_dst=None)" => copy_file_range;
    /// Transfer count bytes from one pipe to a descriptor or vice versa.
    "splice($module, /, src, dst, count, offset_src=None, offset_dst=None, flags=0)" => splice;
    /// Ensure a file has allocated at least a particular number of bytes on disk.
    "posix_fallocate($module, fd, offset, length, /)" => posix_fallocate;
    /// Announce an intention to access data in a specific pattern.
    "posix_fadvise($module, fd, offset, length, advice, /)" => posix_fadvise;
    /// Return the size of the terminal window as (columns, lines).
    "get_terminal_size($module, fd=<unrepresentable>, /)" => get_terminal_size;
    /// Return a string describing the encoding of a terminal's file descriptor.
    "device_encoding($module, /, fd)" => device_encoding;
    "memfd_create($module, /, name, flags=<unrepresentable>)" => memfd_create;
    /// Creates and returns an event notification file descriptor.
    "eventfd($module, /, initval, flags=<unrepresentable>)" => eventfd;
    /// Read eventfd value
    "eventfd_read($module, /, fd)" => eventfd_read;
    /// Write eventfd value.
    "eventfd_write($module, /, fd, value)" => eventfd_write;
}}

/// The result of a call that gives a count.
fn count(vm: &Vm, result: Result<isize, i32>) -> R {
    match result {
        Ok(count) => Ok(vm.int(count as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn length_arg(vm: &Vm, value: Value) -> Result<usize, Raised> {
    match vm.index(value)?.to_i64() {
        Some(length) if length < 0 => Err(vm.os_error(libc::EINVAL)),
        Some(length) => Ok((length as usize).min(isize::MAX as usize)),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn read(vm: &Vm, [_, number, length]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    let length = length_arg(vm, *length)?.min(0x7fff_f000);
    vm.check_size(Some(length))?;
    let mut buffer = vec![0u8; length];
    // SAFETY: the buffer has that size.
    let result = vm.retry_call(|| unsafe { libc::read(number, buffer.as_mut_ptr().cast(), length) })?;
    match result {
        Ok(count) => Ok(vm.bytes(&buffer[..count as usize]).value()),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn readinto(vm: &Vm, [_, number, target]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    let buffer = crate::support::writable_buffer(vm, *target, "readinto() argument 2")?;
    let (address, len) = (buffer.address as usize, buffer.len.min(0x7fff_f000));
    // SAFETY: the view keeps the memory in place.
    let result = vm.retry_call(|| unsafe { libc::read(number, address as *mut _, len) });
    vm.release_buffer(&buffer);
    count(vm, result?)
}

fn write(vm: &Vm, [_, number, data]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    let buffer = vm.buffer(*data, false)?;
    let (address, len) = (buffer.address as usize, buffer.len.min(0x7fff_f000));
    // SAFETY: the view keeps the memory in place.
    let result = vm.retry_call(|| unsafe { libc::write(number, address as *const _, len) });
    vm.release_buffer(&buffer);
    count(vm, result?)
}

fn pread(vm: &Vm, [_, number, length, offset]: &[Value; 4]) -> R {
    let (number, offset) = (vm.index_i32(*number)?, vm.index_i64(*offset)?);
    let length = length_arg(vm, *length)?.min(0x7fff_f000);
    vm.check_size(Some(length))?;
    let mut buffer = vec![0u8; length];
    // SAFETY: the buffer has that size.
    let result = vm.retry_call(|| unsafe { libc::pread(number, buffer.as_mut_ptr().cast(), length, offset) })?;
    match result {
        Ok(count) => Ok(vm.bytes(&buffer[..count as usize]).value()),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn pwrite(vm: &Vm, [_, number, data, offset]: &[Value; 4]) -> R {
    let (number, offset) = (vm.index_i32(*number)?, vm.index_i64(*offset)?);
    let buffer = vm.buffer(*data, false)?;
    let (address, len) = (buffer.address as usize, buffer.len);
    // SAFETY: the view keeps the memory in place.
    let result = vm.retry_call(|| unsafe { libc::pwrite(number, address as *const _, len, offset) });
    vm.release_buffer(&buffer);
    count(vm, result?)
}

/// Holds views of all buffers of a sequence while a call of the system uses them.
fn with_buffers(
    vm: &Vm,
    buffers: Value,
    writable: bool,
    function: &str,
    mut f: impl FnMut(&[libc::iovec]) -> isize,
) -> R {
    let class = vm.type_of(buffers).slots();
    if class.getitem.is_none() || class.len.is_none() {
        return Err(vm.type_error(format!("{function}() arg 2 must be a sequence")));
    }
    let items = vm.to_tuple(buffers)?;
    let mut views = Vec::with_capacity(items.len());
    let mut failure = None;
    for &item in items.items() {
        let view = if writable {
            crate::support::writable_buffer(vm, item, &format!("{function}() buffers"))
        } else {
            vm.buffer(item, false)
        };
        match view {
            Ok(view) => views.push(view),
            Err(raised) => {
                failure = Some(raised);
                break;
            }
        }
    }
    let result = match failure {
        Some(raised) => Err(raised),
        None => {
            let parts: Vec<(usize, usize)> = views.iter().map(|view| (view.address as usize, view.len)).collect();
            vm.retry_call(|| {
                let vectors: Vec<libc::iovec> = parts
                    .iter()
                    .map(|(address, len)| libc::iovec { iov_base: *address as *mut _, iov_len: *len })
                    .collect();
                f(&vectors)
            })
        }
    };
    for view in &views {
        vm.release_buffer(view);
    }
    count(vm, result?)
}

fn readv(vm: &Vm, [_, number, buffers]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: the views keep the memory in place.
    with_buffers(vm, *buffers, true, "readv", |parts| unsafe {
        libc::readv(number, parts.as_ptr(), parts.len() as i32)
    })
}

fn writev(vm: &Vm, [_, number, buffers]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: the views keep the memory in place.
    with_buffers(vm, *buffers, false, "writev", |parts| unsafe {
        libc::writev(number, parts.as_ptr(), parts.len() as i32)
    })
}

fn preadv(vm: &Vm, [_, number, buffers, offset, flags]: &[Value; 5]) -> R {
    let (number, offset, flags) = (vm.index_i32(*number)?, vm.index_i64(*offset)?, vm.index_i32(*flags)?);
    // SAFETY: the views keep the memory in place.
    with_buffers(vm, *buffers, true, "preadv", |parts| unsafe {
        libc::preadv2(number, parts.as_ptr(), parts.len() as i32, offset, flags)
    })
}

fn pwritev(vm: &Vm, [_, number, buffers, offset, flags]: &[Value; 5]) -> R {
    let (number, offset, flags) = (vm.index_i32(*number)?, vm.index_i64(*offset)?, vm.index_i32(*flags)?);
    // SAFETY: the views keep the memory in place.
    with_buffers(vm, *buffers, false, "pwritev", |parts| unsafe {
        libc::pwritev2(number, parts.as_ptr(), parts.len() as i32, offset, flags)
    })
}

fn close(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: has no preconditions. Not called again where a signal comes: the descriptor is closed then.
    match call(vm, || unsafe { libc::close(number) }) {
        Err(error) if error != libc::EINTR => Err(vm.os_error(error)),
        _ => Ok(Value::NONE),
    }
}

fn closerange(vm: &Vm, [_, low, high]: &[Value; 3]) -> R {
    let (low, high) = (vm.index_i32(*low)?.max(0), vm.index_i32(*high)?);
    if high > low {
        // SAFETY: has no preconditions.
        vm.allow_threads(|| unsafe {
            if libc::syscall(libc::SYS_close_range, low as libc::c_uint, high as libc::c_uint - 1, 0) != 0 {
                for number in low..high.min(1 << 20) {
                    libc::close(number);
                }
            }
        });
    }
    Ok(Value::NONE)
}

fn dup(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: has no preconditions.
    match call(vm, || unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 0) }) {
        Ok(copy) => Ok(vm.int(copy as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn dup2(vm: &Vm, [_, from, to, inheritable]: &[Value; 4]) -> R {
    let (from, to) = (vm.index_i32(*from)?, vm.index_i32(*to)?);
    let inheritable = vm.truthy(*inheritable)?;
    if from < 0 || to < 0 {
        return Err(vm.os_error(libc::EBADF));
    }
    // SAFETY: has no preconditions.
    let result = call(vm, || unsafe {
        if inheritable || from == to { libc::dup2(from, to) } else { libc::dup3(from, to, libc::O_CLOEXEC) }
    });
    match result {
        Ok(copy) => Ok(vm.int(copy as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn lseek(vm: &Vm, [_, number, position, whence]: &[Value; 4]) -> R {
    let (number, whence) = (vm.index_i32(*number)?, vm.index_i32(*whence)?);
    let position = vm.index_i64(*position)?;
    // SAFETY: has no preconditions.
    match call(vm, || unsafe { libc::lseek(number, position, whence) }) {
        Ok(position) => Ok(vm.int(position)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn isatty(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: has no preconditions.
    Ok(Value::bool(unsafe { libc::isatty(number) } == 1))
}

fn fsync(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    // SAFETY: has no preconditions.
    let result = vm.retry_call(|| unsafe { libc::fsync(number) as isize })?;
    done(vm, result.map(|_| 0))
}

fn fdatasync(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    // SAFETY: has no preconditions.
    let result = vm.retry_call(|| unsafe { libc::fdatasync(number) as isize })?;
    done(vm, result.map(|_| 0))
}

fn sync(vm: &Vm, [_]: &[Value; 1]) -> R {
    // SAFETY: has no preconditions.
    vm.allow_threads(|| unsafe { libc::sync() });
    Ok(Value::NONE)
}

fn ftruncate(vm: &Vm, [_, number, length]: &[Value; 3]) -> R {
    let (number, length) = (vm.index_i32(*number)?, vm.index_i64(*length)?);
    vm.audit("os.truncate", &[vm.int(number as i64), vm.int(length)])?;
    // SAFETY: has no preconditions.
    let result = vm.retry_call(|| unsafe { libc::ftruncate(number, length) as isize })?;
    done(vm, result.map(|_| 0))
}

fn make_pipe(vm: &Vm, flags: i32) -> R {
    let mut ends = [0i32; 2];
    // SAFETY: the array has room for two descriptors.
    done(vm, call(vm, || unsafe { libc::pipe2(ends.as_mut_ptr(), flags) }))?;
    Ok(vm.tuple(&[vm.int(ends[0] as i64), vm.int(ends[1] as i64)]).value())
}

fn pipe(vm: &Vm, [_]: &[Value; 1]) -> R {
    make_pipe(vm, libc::O_CLOEXEC)
}

fn pipe2(vm: &Vm, [_, flags]: &[Value; 2]) -> R {
    let flags = vm.index_i32(*flags)?;
    make_pipe(vm, flags)
}

fn fcntl(vm: &Vm, number: i32, command: i32, argument: i32) -> Result<i32, Raised> {
    // SAFETY: commands of flags take an int.
    match unsafe { libc::fcntl(number, command, argument) } {
        -1 => Err(failed(vm)),
        result => Ok(result),
    }
}

fn get_inheritable(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let flags = fcntl(vm, vm.index_i32(*number)?, libc::F_GETFD, 0)?;
    Ok(Value::bool(flags & libc::FD_CLOEXEC == 0))
}

fn set_inheritable(vm: &Vm, [_, number, inheritable]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    let inheritable = vm.index_i32(*inheritable)? != 0;
    let flags = fcntl(vm, number, libc::F_GETFD, 0)?;
    let wanted = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    if wanted != flags {
        fcntl(vm, number, libc::F_SETFD, wanted)?;
    }
    Ok(Value::NONE)
}

fn get_blocking(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let flags = fcntl(vm, vm.index_i32(*number)?, libc::F_GETFL, 0)?;
    Ok(Value::bool(flags & libc::O_NONBLOCK == 0))
}

fn set_blocking(vm: &Vm, [_, number, blocking]: &[Value; 3]) -> R {
    let number = vm.index_i32(*number)?;
    let blocking = vm.truthy(*blocking)?;
    let flags = fcntl(vm, number, libc::F_GETFL, 0)?;
    let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    fcntl(vm, number, libc::F_SETFL, wanted)?;
    Ok(Value::NONE)
}

fn lockf(vm: &Vm, [_, number, command, length]: &[Value; 4]) -> R {
    let (number, command, length) = (vm.index_i32(*number)?, vm.index_i32(*command)?, vm.index_i64(*length)?);
    vm.audit("os.lockf", &[vm.int(number as i64), vm.int(command as i64), vm.int(length)])?;
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::lockf(number, command, length) }))
}

fn sendfile(vm: &Vm, [_, out, input, offset, amount]: &[Value; 5]) -> R {
    let (out, input) = (vm.index_i32(*out)?, vm.index_i32(*input)?);
    let amount = length_arg(vm, *amount)?;
    let mut position = if offset.is_none() { None } else { Some(vm.index_i64(*offset)?) };
    let result = vm.retry_call(|| {
        let pointer = position.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: the pointer is null or that of a number.
        unsafe { libc::sendfile(out, input, pointer, amount) }
    })?;
    count(vm, result)
}

fn offset_arg(vm: &Vm, value: Value) -> Result<Option<i64>, Raised> {
    if value.is_none() { Ok(None) } else { vm.index_i64(value).map(Some) }
}

fn copy_file_range(vm: &Vm, [_, from, to, amount, from_offset, to_offset]: &[Value; 6]) -> R {
    let (from, to) = (vm.index_i32(*from)?, vm.index_i32(*to)?);
    let amount = vm.index_i64(*amount)?;
    if amount < 0 {
        return Err(vm.value_error("negative value for 'count' not allowed"));
    }
    let (mut from_offset, mut to_offset) = (offset_arg(vm, *from_offset)?, offset_arg(vm, *to_offset)?);
    let result = vm.retry_call(|| {
        let from_pointer = from_offset.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        let to_pointer = to_offset.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: the pointers are null or those of numbers.
        unsafe { libc::copy_file_range(from, from_pointer, to, to_pointer, amount as usize, 0) }
    })?;
    count(vm, result)
}

fn splice(vm: &Vm, [_, from, to, amount, from_offset, to_offset, flags]: &[Value; 7]) -> R {
    let (from, to) = (vm.index_i32(*from)?, vm.index_i32(*to)?);
    let amount = vm.index_i64(*amount)?;
    if amount < 0 {
        return Err(vm.value_error("negative value for 'count' not allowed"));
    }
    let (mut from_offset, mut to_offset) = (offset_arg(vm, *from_offset)?, offset_arg(vm, *to_offset)?);
    let flags = vm.index_i32(*flags)? as libc::c_uint;
    let result = vm.retry_call(|| {
        let from_pointer = from_offset.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        let to_pointer = to_offset.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: the pointers are null or those of numbers.
        unsafe { libc::splice(from, from_pointer, to, to_pointer, amount as usize, flags) }
    })?;
    count(vm, result)
}

fn posix_fallocate(vm: &Vm, [_, number, offset, length]: &[Value; 4]) -> R {
    let (number, offset, length) = (vm.index_i32(*number)?, vm.index_i64(*offset)?, vm.index_i64(*length)?);
    loop {
        // SAFETY: has no preconditions.
        match vm.allow_threads(|| unsafe { libc::posix_fallocate(number, offset, length) }) {
            0 => return Ok(Value::NONE),
            libc::EINTR => vm.check_signals()?,
            error => return Err(vm.os_error(error)),
        }
    }
}

fn posix_fadvise(vm: &Vm, [_, number, offset, length, advice]: &[Value; 5]) -> R {
    let (number, offset, length) = (vm.index_i32(*number)?, vm.index_i64(*offset)?, vm.index_i64(*length)?);
    let advice = vm.index_i32(*advice)?;
    // SAFETY: has no preconditions.
    match vm.allow_threads(|| unsafe { libc::posix_fadvise(number, offset, length, advice) }) {
        0 => Ok(Value::NONE),
        error => Err(vm.os_error(error)),
    }
}

fn get_terminal_size(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = if number.is_unbound() { 1 } else { vm.index_i32(*number)? };
    // SAFETY: all zeros is a value of this structure, which the call fills.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    if unsafe { libc::ioctl(number, libc::TIOCGWINSZ, &mut size) } != 0 {
        return Err(failed(vm));
    }
    TERMINAL_SIZE.of_state(vm, "posix.terminal_size", &[vm.int(size.ws_col as i64), vm.int(size.ws_row as i64)])
}

fn device_encoding(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = vm.index_i32(*number)?;
    // SAFETY: has no preconditions.
    if unsafe { libc::isatty(number) } != 1 {
        return Ok(Value::NONE);
    }
    Ok(vm.str("UTF-8").value())
}

fn memfd_create(vm: &Vm, [_, name, flags]: &[Value; 3]) -> R {
    let name = vm.fs_cstring(*name)?;
    let flags = if flags.is_unbound() { libc::MFD_CLOEXEC } else { vm.index_i32(*flags)? as libc::c_uint };
    // SAFETY: the name ends with a null.
    match call(vm, || unsafe { libc::memfd_create(name.as_ptr(), flags) }) {
        Ok(number) => Ok(vm.int(number as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn eventfd(vm: &Vm, [_, value, flags]: &[Value; 3]) -> R {
    let value = vm.index_i64(*value)?;
    let Ok(value) = u32::try_from(value) else {
        return Err(vm.overflow_error("Python int too large to convert to C unsigned int"));
    };
    let flags = if flags.is_unbound() { libc::EFD_CLOEXEC } else { vm.index_i32(*flags)? };
    // SAFETY: has no preconditions.
    match call(vm, || unsafe { libc::eventfd(value, flags) }) {
        Ok(number) => Ok(vm.int(number as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn eventfd_read(vm: &Vm, [_, number]: &[Value; 2]) -> R {
    let number = fd(vm, *number)?;
    let mut value = 0u64;
    // SAFETY: the number is writable.
    done(vm, call(vm, || unsafe { libc::eventfd_read(number, &mut value) }))?;
    Ok(vm.int_u64(value))
}

fn eventfd_write(vm: &Vm, [_, number, value]: &[Value; 3]) -> R {
    let number = fd(vm, *number)?;
    let int = vm.index(*value)?;
    let Ok(value) = u64::try_from(int.to_big()) else {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    };
    // SAFETY: has no preconditions.
    done(vm, call(vm, || unsafe { libc::eventfd_write(number, value) }))
}
