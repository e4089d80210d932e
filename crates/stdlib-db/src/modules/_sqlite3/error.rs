//! Exceptions for SQLite's result codes.

use super::constants::error_name;
use super::state::{self, State, StateRef};
use libsqlite3_sys as ffi;
use object::{Field, Raised, Vm};
use std::ffi::CStr;
use std::os::raw::{c_char, c_int};

/// Raises an exception of the module with a text.
#[cold]
pub fn raise(vm: &Vm, class: &Field, text: &str) -> Raised {
    match state::class(vm, class) {
        Ok(class) => vm.raise_type(class, &[vm.str(text).value()]),
        Err(raised) => raised,
    }
}

/// Raises ProgrammingError.
#[cold]
pub fn programming_error(vm: &Vm, state: StateRef, text: &str) -> Raised {
    raise(vm, &state.programming_error, text)
}

/// Raises OperationalError.
#[cold]
pub fn operational_error(vm: &Vm, state: StateRef, text: &str) -> Raised {
    raise(vm, &state.operational_error, text)
}

/// The exception for a primary result code; None for MemoryError.
fn class_of(state: &State, code: c_int) -> Option<&Field> {
    Some(match code {
        ffi::SQLITE_INTERNAL | ffi::SQLITE_NOTFOUND => &state.internal_error,
        ffi::SQLITE_NOMEM => return None,
        ffi::SQLITE_ERROR
        | ffi::SQLITE_PERM
        | ffi::SQLITE_ABORT
        | ffi::SQLITE_BUSY
        | ffi::SQLITE_LOCKED
        | ffi::SQLITE_READONLY
        | ffi::SQLITE_INTERRUPT
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_FULL
        | ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_PROTOCOL
        | ffi::SQLITE_EMPTY
        | ffi::SQLITE_SCHEMA => &state.operational_error,
        ffi::SQLITE_CORRUPT => &state.database_error,
        ffi::SQLITE_TOOBIG => &state.data_error,
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH => &state.integrity_error,
        ffi::SQLITE_MISUSE | ffi::SQLITE_RANGE => &state.interface_error,
        _ => &state.database_error,
    })
}

#[cold]
fn raise_code(vm: &Vm, state: StateRef, code: c_int, extended: c_int, text: &str) -> Raised {
    let Some(class) = class_of(&state, code) else { return vm.memory_error() };
    let made = vm.call(class.get(), &[vm.str(text).value()]).and_then(|error| {
        vm.setattr(error, vm.intern("sqlite_errorcode"), vm.int(extended as i64))?;
        vm.setattr(error, vm.intern("sqlite_errorname"), vm.str(error_name(extended)).value())?;
        Ok(error)
    });
    match made {
        Ok(error) => vm.raise_value(error),
        Err(raised) => raised,
    }
}

/// A text of SQLite.
///
/// # Safety
/// It is null, or ends with a null character.
pub unsafe fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Raises what went wrong with a connection last; nothing where nothing did.
#[cold]
pub fn check(vm: &Vm, state: StateRef, db: *mut ffi::sqlite3) -> Result<(), Raised> {
    // SAFETY: the connection is open, or null, for which SQLite has a code and a text.
    let (code, extended, text) =
        unsafe { (ffi::sqlite3_errcode(db), ffi::sqlite3_extended_errcode(db), text_of(ffi::sqlite3_errmsg(db))) };
    if code & 0xFF == ffi::SQLITE_OK { Ok(()) } else { Err(raise_code(vm, state, code & 0xFF, extended, &text)) }
}

/// Raises what went wrong with a connection last, after a call has failed.
#[cold]
pub fn failed(vm: &Vm, state: StateRef, db: *mut ffi::sqlite3) -> Raised {
    match check(vm, state, db) {
        Err(raised) => raised,
        Ok(()) => operational_error(vm, state, "unknown error"),
    }
}

/// Raises the exception for a result code, of a call that leaves nothing in the connection.
#[cold]
pub fn from_code(vm: &Vm, state: StateRef, code: c_int) -> Raised {
    // SAFETY: has no preconditions; the texts are constants.
    let text = unsafe { text_of(ffi::sqlite3_errstr(code)) };
    raise_code(vm, state, code & 0xFF, code, &text)
}
