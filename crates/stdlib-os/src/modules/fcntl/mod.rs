//! `fcntl`

mod constants;

use crate::support::{add_constants, fd};
use object::{ModuleDef, R, Raised, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Perform the operation `cmd` on file descriptor fd.
    "fcntl($module, fd, cmd, arg=0, /)" => fcntl;
    /// Perform the operation request on file descriptor fd.
    "ioctl($module, fd, request, arg=0, mutate_flag=True, /)" => ioctl;
    /// Perform the lock operation on file descriptor fd.
    "flock($module, fd, operation, /)" => flock;
    /// A wrapper around the fcntl() locking calls.
    "lockf($module, fd, cmd, len=0, start=0, whence=0, /)" => lockf;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file or socket object.",
    functions: &[FUNCTIONS],
    exec: |vm, module| {
        add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
        Ok(())
    },
};

/// The largest argument that is copied.
const BUFFER: usize = 1024;

/// An argument of bytes, as the system is to see it.
fn bytes_arg(vm: &Vm, value: Value) -> Result<Option<Vec<u8>>, Raised> {
    if vm.as_int(value).is_some() || vm.type_of(value).slots().index.is_some() {
        return Ok(None);
    }
    match vm.as_str(value) {
        Some(text) => Ok(Some(text.as_bytes().to_vec())),
        None if vm.has_buffer(value) => vm.bytes_of(value).map(Some),
        None => Ok(None),
    }
}

fn fcntl(vm: &Vm, [_, number, command, argument]: &[Value; 4]) -> R {
    let number = fd(vm, *number)?;
    let command = vm.index_i32(*command)?;
    vm.audit("fcntl.fcntl", &[vm.int(number as i64), vm.int(command as i64), *argument])?;
    if let Some(bytes) = bytes_arg(vm, *argument)? {
        if bytes.len() > BUFFER {
            return Err(vm.value_error("fcntl argument 3 is too long"));
        }
        let mut buffer = [0u8; BUFFER + 8];
        buffer[..bytes.len()].copy_from_slice(&bytes);
        // SAFETY: the buffer is larger than any structure that commands write.
        let result = vm.retry_call(|| unsafe { libc::fcntl(number, command, buffer.as_mut_ptr()) as isize })?;
        return match result {
            Ok(_) => Ok(vm.bytes(&buffer[..bytes.len()]).value()),
            Err(error) => Err(vm.os_error(error)),
        };
    }
    let argument = vm.index_i64(*argument)? as libc::c_int;
    // SAFETY: a command that takes a structure faults on a number that is none, which the system reports.
    let result = vm.retry_call(|| unsafe { libc::fcntl(number, command, argument) as isize })?;
    match result {
        Ok(result) => Ok(vm.int(result as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn ioctl(vm: &Vm, [_, number, request, argument, mutate]: &[Value; 5]) -> R {
    let number = fd(vm, *number)?;
    let request = match vm.index(*request)?.to_i64() {
        Some(request) => request as libc::c_ulong,
        None => return Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
    };
    vm.audit("fcntl.ioctl", &[vm.int(number as i64), vm.int_u64(request), *argument])?;
    let is_number = vm.as_int(*argument).is_some();
    if !is_number && vm.truthy(*mutate)? && vm.as_str(*argument).is_none() && vm.as_bytes(*argument).is_none() {
        // A buffer that can be written takes the result itself.
        if let Ok(view) = vm.buffer(*argument, true) {
            let len = view.len;
            let (address, copied) = (view.address as usize, len <= BUFFER);
            let mut buffer = [0u8; BUFFER + 8];
            let target = if copied {
                // SAFETY: the view has that many bytes.
                unsafe { std::ptr::copy_nonoverlapping(view.address, buffer.as_mut_ptr(), len) };
                buffer.as_mut_ptr() as usize
            } else {
                address
            };
            // SAFETY: the buffer is larger than any structure that requests write, or is the caller's own.
            let result = vm.retry_call(|| unsafe { libc::ioctl(number, request, target as *mut u8) as isize });
            if copied {
                // SAFETY: as above.
                unsafe { std::ptr::copy_nonoverlapping(buffer.as_ptr(), view.address, len) };
            }
            vm.release_buffer(&view);
            return match result? {
                Ok(result) => Ok(vm.int(result as i64)),
                Err(error) => Err(vm.os_error(error)),
            };
        }
    }
    if let Some(bytes) = bytes_arg(vm, *argument)? {
        if bytes.len() > BUFFER {
            return Err(vm.value_error("ioctl argument 3 is too long"));
        }
        let mut buffer = [0u8; BUFFER + 8];
        buffer[..bytes.len()].copy_from_slice(&bytes);
        // SAFETY: the buffer is larger than any structure that requests write.
        let result = vm.retry_call(|| unsafe { libc::ioctl(number, request, buffer.as_mut_ptr()) as isize })?;
        return match result {
            Ok(_) => Ok(vm.bytes(&buffer[..bytes.len()]).value()),
            Err(error) => Err(vm.os_error(error)),
        };
    }
    let argument = vm.index_i64(*argument)?;
    // SAFETY: a request that takes a structure faults on a number that is none, which the system reports.
    let result = vm.retry_call(|| unsafe { libc::ioctl(number, request, argument) as isize })?;
    match result {
        Ok(result) => Ok(vm.int(result as i64)),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn flock(vm: &Vm, [_, number, operation]: &[Value; 3]) -> R {
    let number = fd(vm, *number)?;
    let operation = vm.index_i32(*operation)?;
    vm.audit("fcntl.flock", &[vm.int(number as i64), vm.int(operation as i64)])?;
    // SAFETY: has no preconditions.
    let result = vm.retry_call(|| unsafe { libc::flock(number, operation) as isize })?;
    match result {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error(error)),
    }
}

fn lockf(vm: &Vm, [_, number, operation, len, start, whence]: &[Value; 6]) -> R {
    let number = fd(vm, *number)?;
    let operation = vm.index_i32(*operation)?;
    // SAFETY: all zeros is a value of this structure.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = match operation {
        libc::LOCK_UN => libc::F_UNLCK,
        _ if operation & libc::LOCK_SH != 0 => libc::F_RDLCK,
        _ if operation & libc::LOCK_EX != 0 => libc::F_WRLCK,
        _ => return Err(vm.value_error("unrecognized lockf argument")),
    } as libc::c_short;
    lock.l_len = vm.index_i64(*len)?;
    lock.l_start = vm.index_i64(*start)?;
    lock.l_whence = vm.index_i32(*whence)? as libc::c_short;
    vm.audit("fcntl.lockf", &[vm.int(number as i64), vm.int(operation as i64), *len, *start, *whence])?;
    let command = if operation & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    // SAFETY: the structure is valid.
    match vm.retry_call(|| unsafe { libc::fcntl(number, command, &lock) as isize })? {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error(error)),
    }
}
