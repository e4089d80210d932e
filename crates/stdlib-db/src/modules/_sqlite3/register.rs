//! Functions, aggregates, windows and orders that a connection is given.

use super::callback::{self, Hook};
use super::connection::{ConnectionRef, c_string, checked, int_argument};
use super::error;
use libsqlite3_sys as ffi;
use object::native::NativeDef;
use object::{Args, R, Raised, TypeId, Value, Vm, native};
use std::ffi::c_void;
use std::os::raw::c_int;
use std::rc::Rc;

static CREATE_FUNCTION: NativeDef =
    native! { "create_function($self, /, name, narg, func, *, deterministic=False)" => create_function_bound };
static CREATE_AGGREGATE: NativeDef =
    native! { "create_aggregate($self, /, name, n_arg, aggregate_class)" => create_aggregate_bound };

/// Warns where arguments are given by keyword that are to be given by position only.
pub fn warn_of_keywords(vm: &Vm, args: Args, function: &str, names: &[&str], most: usize) -> Result<(), Raised> {
    // Those that `most` positional ones, self included, do not reach.
    if args.count() > most || args.keyword_count() == 0 {
        return Ok(());
    }
    if !args.split().1.into_iter().any(|(key, _)| names.iter().any(|name| key.as_bytes() == name.as_bytes())) {
        return Ok(());
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let (listed, words) = match quoted.as_slice() {
        [one] => (one.clone(), ("argument", "Parameter")),
        [front @ .., last] => (format!("{} and {last}", front.join(", ")), ("arguments", "Parameters")),
        [] => return Ok(()),
    };
    let text = format!(
        "Passing keyword {} {listed} to _sqlite3.Connection.{function}() is deprecated. {} {listed} will become \
         positional-only in Python 3.15.",
        words.0, words.1
    );
    vm.warn(TypeId::DeprecationWarning, &text, 1)
}

/// `create_function()`
pub fn create_function(vm: &Vm, args: Args) -> R {
    warn_of_keywords(vm, args, "create_function", &["name", "narg", "func"], 3)?;
    CREATE_FUNCTION.call(vm, args)
}

/// `create_aggregate()`
pub fn create_aggregate(vm: &Vm, args: Args) -> R {
    warn_of_keywords(vm, args, "create_aggregate", &["name", "n_arg", "aggregate_class"], 3)?;
    CREATE_AGGREGATE.call(vm, args)
}

/// How many arguments a function is to have; -1 for any number.
fn argument_count(vm: &Vm, connection: ConnectionRef, count: Value, name: &str) -> Result<c_int, Raised> {
    let count = int_argument(vm, count)?;
    // SAFETY: the connection is open.
    let most = unsafe { ffi::sqlite3_limit(connection.db.handle(), ffi::SQLITE_LIMIT_FUNCTION_ARG, -1) };
    if count < -1 || count > most {
        let text = format!("'{name}' must be between -1 and {most}, not {count}");
        return Err(error::programming_error(vm, connection.state(vm)?, &text));
    }
    Ok(count)
}

/// A hook for SQLite, null for None.
fn hook(vm: &Vm, connection: ConnectionRef, callable: Value) -> Result<*mut c_void, Raised> {
    if callable.is_none() {
        return Ok(std::ptr::null_mut());
    }
    Ok(Rc::into_raw(Hook::new(vm, connection, callable)?).cast_mut().cast())
}

fn create_function_bound(vm: &Vm, [this, name, count, callable, deterministic]: &[Value; 5]) -> R {
    let connection = checked(vm, *this)?;
    let name = c_string(vm, *name, "create_function", "'name'")?;
    let count = argument_count(vm, connection, *count, "narg")?;
    let flags = ffi::SQLITE_UTF8 | if vm.truthy(*deterministic)? { ffi::SQLITE_DETERMINISTIC } else { 0 };
    let hook = hook(vm, connection, *callable)?;
    // SAFETY: the connection is open; the hook is SQLite's from here on, also where this fails.
    let code = unsafe {
        let function = (!hook.is_null()).then_some(callback::function as unsafe extern "C" fn(_, _, _));
        let db = connection.db.handle();
        let destroy = Some(callback::destroy as unsafe extern "C" fn(_));
        ffi::sqlite3_create_function_v2(db, name.as_ptr(), count, flags, hook, function, None, None, destroy)
    };
    callback::settle(vm, connection)?;
    if code != ffi::SQLITE_OK {
        return Err(error::operational_error(vm, connection.state(vm)?, "Error creating function"));
    }
    Ok(Value::NONE)
}

fn create_aggregate_bound(vm: &Vm, [this, name, count, class]: &[Value; 4]) -> R {
    let connection = checked(vm, *this)?;
    let name = c_string(vm, *name, "create_aggregate", "'name'")?;
    let count = argument_count(vm, connection, *count, "n_arg")?;
    let hook = hook(vm, connection, *class)?;
    // SAFETY: as above.
    let code = unsafe {
        let step = (!hook.is_null()).then_some(callback::step as unsafe extern "C" fn(_, _, _));
        let finalize = (!hook.is_null()).then_some(callback::finalize as unsafe extern "C" fn(_));
        let (db, flags) = (connection.db.handle(), ffi::SQLITE_UTF8);
        let destroy = Some(callback::destroy as unsafe extern "C" fn(_));
        ffi::sqlite3_create_function_v2(db, name.as_ptr(), count, flags, hook, None, step, finalize, destroy)
    };
    callback::settle(vm, connection)?;
    if code != ffi::SQLITE_OK {
        return Err(error::operational_error(vm, connection.state(vm)?, "Error creating aggregate"));
    }
    Ok(Value::NONE)
}

/// `create_window_function()`
pub fn create_window_function(vm: &Vm, [this, name, count, class]: &[Value; 4]) -> R {
    let connection = checked(vm, *this)?;
    let name = c_string(vm, *name, "create_window_function", "1")?;
    let count = argument_count(vm, connection, *count, "num_params")?;
    let hook = hook(vm, connection, *class)?;
    let is_set = !hook.is_null();
    // SAFETY: as above.
    let code = unsafe {
        ffi::sqlite3_create_window_function(
            connection.db.handle(),
            name.as_ptr(),
            count,
            ffi::SQLITE_UTF8,
            hook,
            is_set.then_some(callback::step as unsafe extern "C" fn(_, _, _)),
            is_set.then_some(callback::finalize as unsafe extern "C" fn(_)),
            is_set.then_some(callback::value as unsafe extern "C" fn(_)),
            is_set.then_some(callback::inverse as unsafe extern "C" fn(_, _, _)),
            Some(callback::destroy),
        )
    };
    callback::settle(vm, connection)?;
    if code != ffi::SQLITE_OK { Err(error::from_code(vm, connection.state(vm)?, code)) } else { Ok(Value::NONE) }
}

/// `create_collation()`
pub fn create_collation(vm: &Vm, [this, name, callable]: &[Value; 3]) -> R {
    let connection = checked(vm, *this)?;
    let name = c_string(vm, *name, "create_collation", "1")?;
    if !callable.is_none() && !vm.is_callable(*callable) {
        return Err(vm.type_error("parameter must be callable"));
    }
    let hook = hook(vm, connection, *callable)?;
    // SAFETY: the connection is open; where this fails, the hook stays ours.
    let code = unsafe {
        let collate = (!hook.is_null()).then_some(callback::collate as unsafe extern "C" fn(_, _, _, _, _) -> _);
        let db = connection.db.handle();
        let code = ffi::sqlite3_create_collation_v2(
            db,
            name.as_ptr(),
            ffi::SQLITE_UTF8,
            hook,
            collate,
            Some(callback::destroy),
        );
        if code != ffi::SQLITE_OK {
            callback::destroy(hook);
        }
        code
    };
    callback::settle(vm, connection)?;
    if code != ffi::SQLITE_OK {
        return Err(error::failed(vm, connection.state(vm)?, connection.db.handle()));
    }
    Ok(Value::NONE)
}
