//! What a connection tells and asks while it works: authorisers, progress, traces.

use super::callback::{Callback, Hook, decode, optional_text, settle};
use super::connection::{ConnectionRef, checked, int_argument};
use super::register::warn_of_keywords;
use super::{db, error};
use libsqlite3_sys as ffi;
use object::native::NativeDef;
use object::{Args, R, Raised, Value, Vm, native};
use std::ffi::c_void;
use std::os::raw::{c_char, c_int, c_uint};
use std::rc::Rc;

static SET_AUTHORIZER: NativeDef = native! { "set_authorizer($self, /, authorizer_callback)" => set_authorizer_bound };
static SET_PROGRESS: NativeDef =
    native! { "set_progress_handler($self, /, progress_handler, n)" => set_progress_handler_bound };
static SET_TRACE: NativeDef = native! { "set_trace_callback($self, /, trace_callback)" => set_trace_callback_bound };

/// `set_authorizer()`
pub fn set_authorizer(vm: &Vm, args: Args) -> R {
    warn_of_keywords(vm, args, "set_authorizer", &["authorizer_callback"], 1)?;
    SET_AUTHORIZER.call(vm, args)
}

/// `set_progress_handler()`
pub fn set_progress_handler(vm: &Vm, args: Args) -> R {
    warn_of_keywords(vm, args, "set_progress_handler", &["progress_handler"], 1)?;
    SET_PROGRESS.call(vm, args)
}

/// `set_trace_callback()`
pub fn set_trace_callback(vm: &Vm, args: Args) -> R {
    warn_of_keywords(vm, args, "set_trace_callback", &["trace_callback"], 1)?;
    SET_TRACE.call(vm, args)
}

/// Replaces a hook, once SQLite knows the new one: `tell` gets its address, null for None.
fn replace(
    vm: &Vm,
    connection: ConnectionRef,
    place: usize,
    callable: Value,
    tell: impl FnOnce(*mut c_void) -> c_int,
) -> Result<c_int, Raised> {
    let hook = if callable.is_none() { None } else { Some(Hook::new(vm, connection, callable)?) };
    let address = hook.as_ref().map_or(std::ptr::null(), Rc::as_ptr);
    let code = tell(address.cast_mut().cast());
    if code == ffi::SQLITE_OK {
        let before = std::mem::replace(&mut connection.db.hooks.borrow_mut()[place], hook);
        drop(before);
    }
    settle(vm, connection)?;
    Ok(code)
}

fn set_authorizer_bound(vm: &Vm, [this, callable]: &[Value; 2]) -> R {
    let connection = checked(vm, *this)?;
    let handle = connection.db.handle();
    // SAFETY: the connection is open and keeps the hook.
    let code = replace(vm, connection, db::AUTHORIZER, *callable, |hook| unsafe {
        let function = (!hook.is_null()).then_some(authorize as unsafe extern "C" fn(_, _, _, _, _, _) -> _);
        ffi::sqlite3_set_authorizer(handle, function, hook)
    })?;
    if code != ffi::SQLITE_OK {
        let text = "Error setting authorizer callback";
        return Err(error::operational_error(vm, connection.state(vm)?, text));
    }
    Ok(Value::NONE)
}

fn set_progress_handler_bound(vm: &Vm, [this, callable, n]: &[Value; 3]) -> R {
    let connection = checked(vm, *this)?;
    let n = int_argument(vm, *n)?;
    let handle = connection.db.handle();
    // SAFETY: as above.
    replace(vm, connection, db::PROGRESS, *callable, |hook| unsafe {
        let function = (!hook.is_null()).then_some(progress as unsafe extern "C" fn(_) -> _);
        ffi::sqlite3_progress_handler(handle, if hook.is_null() { 0 } else { n }, function, hook);
        ffi::SQLITE_OK
    })?;
    Ok(Value::NONE)
}

fn set_trace_callback_bound(vm: &Vm, [this, callable]: &[Value; 2]) -> R {
    let connection = checked(vm, *this)?;
    let handle = connection.db.handle();
    // SAFETY: as above.
    replace(vm, connection, db::TRACE, *callable, |hook| unsafe {
        let function = (!hook.is_null()).then_some(trace as unsafe extern "C" fn(_, _, _, _) -> _);
        ffi::sqlite3_trace_v2(handle, ffi::SQLITE_TRACE_STMT as c_uint, function, hook);
        ffi::SQLITE_OK
    })?;
    Ok(Value::NONE)
}

unsafe extern "C" fn authorize(
    hook: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    database: *const c_char,
    source: *const c_char,
) -> c_int {
    // SAFETY: SQLite gives texts, and the hook that the connection keeps.
    unsafe {
        Hook::run(hook, ffi::SQLITE_DENY, |callback| {
            let vm = callback.vm;
            let ask = || {
                let mut args = [vm.int(action as i64), Value::NONE, Value::NONE, Value::NONE, Value::NONE];
                for (arg, text) in args[1..].iter_mut().zip([first, second, database, source]) {
                    *arg = optional_text(vm, text)?;
                }
                let answer = vm.call(callback.callable, &args)?;
                // What is no int denies, and is no error.
                if vm.as_int(answer).is_none() { Ok(ffi::SQLITE_DENY) } else { int_argument(vm, answer) }
            };
            ask().unwrap_or_else(|raised| {
                callback.report(raised);
                ffi::SQLITE_DENY
            })
        })
    }
}

unsafe extern "C" fn progress(hook: *mut c_void) -> c_int {
    // SAFETY: SQLite gives the hook that the connection keeps.
    unsafe {
        Hook::run(hook, 1, |callback| {
            let vm = callback.vm;
            match vm.call(callback.callable, &[]).and_then(|answer| vm.truthy(answer)) {
                Ok(stop) => stop as c_int,
                Err(raised) => {
                    callback.report(raised);
                    -1
                }
            }
        })
    }
}

/// SAFETY: the statement runs, and the text is its own.
unsafe fn traced_text(callback: &Callback, statement: *mut ffi::sqlite3_stmt, sql: *const c_char) -> R {
    let vm = callback.vm;
    // SAFETY: as the caller promises; the text with its parameters is ours to be freed.
    unsafe {
        let expanded = ffi::sqlite3_expanded_sql(statement);
        if expanded.is_null() {
            let text = "Expanded SQL string exceeds the maximum string length";
            callback.report(error::raise(vm, &callback.state.data_error, text));
            return decode(vm, std::ffi::CStr::from_ptr(sql).to_bytes());
        }
        let shown = decode(vm, std::ffi::CStr::from_ptr(expanded).to_bytes());
        ffi::sqlite3_free(expanded.cast());
        shown
    }
}

unsafe extern "C" fn trace(kind: c_uint, hook: *mut c_void, statement: *mut c_void, sql: *mut c_void) -> c_int {
    if kind != ffi::SQLITE_TRACE_STMT as c_uint {
        return 0;
    }
    // SAFETY: for this kind SQLite gives a statement and its text, and the hook that the connection keeps.
    unsafe {
        Hook::run(hook, 0, |callback| {
            let told = traced_text(callback, statement.cast(), sql.cast())
                .and_then(|text| callback.vm.call(callback.callable, &[text]));
            if let Err(raised) = told {
                callback.report(raised);
            }
            0
        })
    }
}
