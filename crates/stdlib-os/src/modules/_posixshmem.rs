//! `_posixshmem`

use object::{ModuleDef, R, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Open a shared memory object.  Returns a file descriptor (integer).
    "shm_open($module, /, path, flags, mode=511)" => shm_open;
    /// Remove a shared memory object (similar to unlink()).
    "shm_unlink($module, path, /)" => shm_unlink;
}}

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_posixshmem", doc: "POSIX shared memory module", functions: &[FUNCTIONS], exec: |_, _| Ok(()) };

fn shm_open(vm: &Vm, [_, path, flags, mode]: &[Value; 4]) -> R {
    let name = vm.fs_cstring(*path)?;
    let (flags, mode) = (vm.index_i32(*flags)?, vm.index_i32(*mode)? as libc::mode_t);
    // SAFETY: the name ends with a null.
    match vm.retry_call(|| unsafe { libc::shm_open(name.as_ptr(), flags, mode) as isize })? {
        Ok(fd) => Ok(vm.int(fd as i64)),
        Err(error) => Err(vm.os_error_file(error, *path)),
    }
}

fn shm_unlink(vm: &Vm, [_, path]: &[Value; 2]) -> R {
    let name = vm.fs_cstring(*path)?;
    // SAFETY: the name ends with a null.
    match vm.retry_call(|| unsafe { libc::shm_unlink(name.as_ptr()) as isize })? {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(vm.os_error_file(error, *path)),
    }
}
