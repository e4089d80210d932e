//! Data that files hold back. Files that nothing holds any more are closed when they are found dead; until then others see
//! what was written to them all the same.

use super::{buffered, fileio, text};
use object::{R, Raised, TypeId, Value, Vm, native};
use std::ffi::CStr;

static FLUSH: object::native::NativeDef = native! { "flush_unwritten()" => flush_all };

/// Lets other modules have it written: `io.flush_unwritten` in the interpreter's state.
pub(super) fn install(vm: &Vm) {
    let function = vm.native_function(TypeId::BuiltinFunction, &FLUSH, Value::UNBOUND, Value::UNBOUND);
    vm.set_state("io.flush_unwritten", function.value());
}

fn flush_all(vm: &Vm, _: &[Value; 0]) -> R {
    flush(vm, |_| true).map(|()| Value::NONE)
}

/// Writes what is held back for the file at a path, before it is opened.
pub(super) fn flush_path(vm: &Vm, path: &CStr) -> Result<(), Raised> {
    if !vm.weak.has_writers() {
        return Ok(());
    }
    // SAFETY: the path is a C string, and `stat` is written by the call.
    let (result, wanted) = unsafe {
        let mut stat = std::mem::zeroed::<libc::stat>();
        (libc::stat(path.as_ptr(), &mut stat), stat)
    };
    if result < 0 {
        return Ok(());
    }
    flush(vm, |fd| {
        // SAFETY: `stat` is written by the call.
        let (result, stat) = unsafe {
            let mut stat = std::mem::zeroed::<libc::stat>();
            (libc::fstat(fd, &mut stat), stat)
        };
        result == 0 && (stat.st_dev, stat.st_ino) == (wanted.st_dev, wanted.st_ino)
    })
}

/// Writes what is held back for the descriptors that `is_wanted` says.
fn flush(vm: &Vm, is_wanted: impl Fn(i32) -> bool) -> Result<(), Raised> {
    for &stream in vm.tuple(&vm.weak.writers()).items() {
        let (buffer, text_waits) = text::held_back(vm, stream).unwrap_or((stream, false));
        let Some((raw, bytes_wait)) = buffered::held_back(vm, buffer) else { continue };
        let Some(fd) = fileio::descriptor(vm, raw) else {
            vm.weak.remove_writer(stream);
            continue;
        };
        if (text_waits || bytes_wait)
            && is_wanted(fd)
            && let Err(raised) = vm.call_method(stream, vm.names.flush, &[])
        {
            // Whoever closes the file meets the error again.
            vm.catch(raised, TypeId::Exception)?;
        }
    }
    Ok(())
}
