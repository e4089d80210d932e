//! Arguments and results that many functions of `posix` share.

use object::fs::{FsPath, last_errno};
use object::{R, Raised, Value, Vm};

/// The exception of the last call that failed.
pub fn failed(vm: &Vm) -> Raised {
    vm.os_error(last_errno())
}

/// The exception of an errno about a path.
pub fn failed_path(vm: &Vm, error: i32, path: &FsPath) -> Raised {
    if path.object.is_none() { vm.os_error(error) } else { vm.os_error_file(error, path.object) }
}

/// Calls the system without the interpreter's lock; the errno where it gives -1.
pub fn call<T: PartialEq + From<i8>>(vm: &Vm, mut f: impl FnMut() -> T) -> Result<T, i32> {
    let mut reclaimed = false;
    loop {
        let (result, error) = vm.allow_threads(|| {
            let result = f();
            let error = if result == T::from(-1) { last_errno() } else { 0 };
            (result, error)
        });
        if result != T::from(-1) {
            return Ok(result);
        }
        if reclaimed || !vm.reclaim_descriptors(error) {
            return Err(error);
        }
        reclaimed = true;
    }
}

/// None, or the exception of the call.
pub fn done(vm: &Vm, result: Result<i32, i32>) -> R {
    match result {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error(error)),
    }
}

/// None, or the exception of the call about a path.
pub fn done_path(vm: &Vm, result: Result<i32, i32>, path: &FsPath) -> R {
    match result {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(failed_path(vm, error, path)),
    }
}

/// A path argument.
pub fn path(vm: &Vm, value: Value, function: &str) -> Result<FsPath, Raised> {
    vm.fs_path(value, function, "path", false, false)
}

/// A path argument that may be a descriptor.
pub fn path_or_fd(vm: &Vm, value: Value, function: &str) -> Result<FsPath, Raised> {
    vm.fs_path(value, function, "path", true, false)
}

/// A descriptor of a folder, or None.
pub fn dir_fd(vm: &Vm, value: Value) -> Result<i32, Raised> {
    if value.is_none() {
        return Ok(libc::AT_FDCWD);
    }
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        let text = format!("argument should be integer or None, not {}", vm.type_name(value));
        return Err(vm.type_error(text));
    }
    if value.is_bool() {
        vm.warn(object::TypeId::RuntimeWarning, "bool is used as a file descriptor", 1)?;
    }
    let Some(fd) = vm.index(value)?.to_i64() else {
        let text = if vm.index(value)?.is_negative() { "less than minimum" } else { "greater than maximum" };
        return Err(vm.overflow_error(format!("fd is {text}")));
    };
    i32::try_from(fd).map_err(|_| {
        let text = if fd < 0 { "less than minimum" } else { "greater than maximum" };
        vm.overflow_error(format!("fd is {text}"))
    })
}

/// `follow_symlinks`, which is true where it is not given.
pub fn follows(vm: &Vm, value: Value) -> Result<bool, Raised> {
    if value.is_unbound() { Ok(true) } else { vm.truthy(value) }
}

/// Refuses arguments that do not go together.
pub fn check_path(vm: &Vm, function: &str, path: &FsPath, dir_fd: i32, follow: bool) -> Result<(), Raised> {
    if path.fd.is_some() && dir_fd != libc::AT_FDCWD {
        return Err(vm.value_error(format!("{function}: can't specify dir_fd without matching path")));
    }
    if path.fd.is_some() && !follow {
        return Err(vm.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok(())
}

/// A descriptor argument: an int, or an object with `fileno()`.
pub fn fd(vm: &Vm, value: Value) -> Result<i32, Raised> {
    if value.is_bool() {
        vm.warn(object::TypeId::RuntimeWarning, "bool is used as a file descriptor", 1)?;
    }
    if vm.as_int(value).is_some() {
        let fd = vm.index_i32(value)?;
        if fd < 0 {
            return Err(vm.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
        }
        return Ok(fd);
    }
    let Some(fileno) = vm.getattr_opt(value, vm.names.fileno)? else {
        return Err(vm.type_error("argument must be an int, or have a fileno() method."));
    };
    let result = vm.call(fileno, &[])?;
    if vm.as_int(result).is_none() {
        return Err(vm.type_error("fileno() returned a non-integer"));
    }
    let fd = vm.index_i32(result)?;
    if fd < 0 {
        return Err(vm.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}

/// A user or group number: -1 means none.
pub fn id(vm: &Vm, value: Value, what: &str) -> Result<u32, Raised> {
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        let text = format!("{what} should be integer, not {}", vm.type_name(value));
        return Err(vm.type_error(text));
    }
    match vm.index(value)?.to_i64() {
        Some(-1) => Ok(u32::MAX),
        Some(number) if number < 0 => Err(vm.overflow_error(format!("{what} is less than minimum"))),
        Some(number) if number < u32::MAX as i64 => Ok(number as u32),
        Some(_) => Err(vm.overflow_error(format!("{what} is greater than maximum"))),
        None if vm.index(value)?.is_negative() => Err(vm.overflow_error(format!("{what} is less than minimum"))),
        None => Err(vm.overflow_error(format!("{what} is greater than maximum"))),
    }
}

/// A number of the system as an int.
pub fn id_value(vm: &Vm, id: u32) -> Value {
    if id == u32::MAX { vm.int(-1) } else { vm.int(id as i64) }
}

/// A list of strings or bytes as pointers for the system: the strings and the array that ends with null.
pub struct CStrings {
    /// What the pointers point to.
    pub strings: Vec<std::ffi::CString>,
    /// The pointers.
    pub pointers: Vec<*const libc::c_char>,
}

impl CStrings {
    /// Of strings.
    pub fn new(strings: Vec<std::ffi::CString>) -> CStrings {
        let mut pointers: Vec<*const libc::c_char> = strings.iter().map(|string| string.as_ptr()).collect();
        pointers.push(std::ptr::null());
        CStrings { strings, pointers }
    }
}
