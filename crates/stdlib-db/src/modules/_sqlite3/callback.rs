//! Functions, aggregates and windows of SQL that are written in Python.
//!
//! SQLite knows a [`Hook`] for each: it names the connection's object, which holds the callable, and its number there.

use super::connection::{Connection, ConnectionRef};
use super::db::Db;
use super::state::{self, StateRef};
use super::{error, gate};
use libsqlite3_sys as ffi;
use object::{Args, Field, List, Native, R, Raised, Ref, TypeId, Value, ValueExt, Vm};
use std::os::raw::{c_char, c_int, c_void};
use std::rc::Rc;

/// What SQLite calls back. It is counted, since a callback may take itself away.
pub struct Hook {
    db: Rc<Db>,
    /// The object does not move, and closes the database before it is gone.
    connection: *mut Native<Connection>,
    index: u32,
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.db.freed_callbacks.borrow_mut().push(self.index);
    }
}

impl Hook {
    /// Lets a connection hold a callable.
    pub fn new(vm: &Vm, connection: ConnectionRef, callable: Value) -> Result<Rc<Hook>, Raised> {
        settle(vm, connection)?;
        let callbacks = connection.callback_list(vm)?;
        let freed = connection.db.freed_callbacks.borrow_mut().pop();
        let index = match freed {
            Some(index) => {
                callbacks.set(vm, index as usize, callable);
                index
            }
            None => {
                callbacks.push(vm, callable);
                callbacks.len() as u32 - 1
            }
        };
        Ok(Rc::new(Hook { db: connection.db.clone(), connection: connection.as_ptr(), index }))
    }

    /// The hook that SQLite has a pointer to.
    ///
    /// # Safety
    /// It came from [`Rc::into_raw`] or [`Rc::as_ptr`], and SQLite may call it.
    unsafe fn from_ptr(hook: *const c_void) -> Rc<Hook> {
        // SAFETY: as the caller promises: the hook is alive.
        unsafe {
            Rc::increment_strong_count(hook.cast::<Hook>());
            Rc::from_raw(hook.cast())
        }
    }

    /// Runs a closure in the interpreter with what it needs, for a callback; `default` is the result where the closure
    /// cannot run.
    ///
    /// # Safety
    /// As for [`Hook::from_ptr`]; SQLite calls back in a native thread in which the interpreter has called it.
    pub unsafe fn run<T: Copy>(hook: *const c_void, default: T, f: impl FnOnce(&Callback) -> T) -> T {
        // SAFETY: as the caller promises. The connection lives, since it is not being swept.
        unsafe {
            if (&*hook.cast::<Hook>()).db.is_quiet.get() {
                return default;
            }
            let hook = Hook::from_ptr(hook);
            gate::enter(hook.db.vm(), default, |vm| {
                let connection: ConnectionRef = Ref::from_ptr(hook.connection);
                let Some(callbacks) = connection.callbacks.get().cast::<List>() else { return default };
                let Some(callable) = callbacks.get(hook.index as usize) else { return default };
                match connection.state(vm) {
                    Ok(state) => f(&Callback { vm, connection, callable, state }),
                    Err(raised) => {
                        vm.take_exception(raised);
                        default
                    }
                }
            })
        }
    }
}

/// Lets go of what SQLite does not know any more.
pub fn settle(vm: &Vm, connection: ConnectionRef) -> Result<(), Raised> {
    let callbacks = connection.callback_list(vm)?;
    for index in connection.db.freed_callbacks.borrow().iter() {
        callbacks.set(vm, *index as usize, Value::NONE);
    }
    Ok(())
}

/// Gives a hook back that SQLite does not want any more.
pub unsafe extern "C" fn destroy(hook: *mut c_void) {
    if !hook.is_null() {
        // SAFETY: SQLite was given the pointer by `Rc::into_raw`, and calls this once.
        drop(unsafe { Rc::from_raw(hook.cast::<Hook>()) });
    }
}

/// A callback that runs.
pub struct Callback<'a> {
    pub vm: &'a Vm,
    pub connection: ConnectionRef,
    pub callable: Value,
    pub state: StateRef,
}

impl Callback<'_> {
    /// Shows an exception or forgets it: it cannot pass through SQLite.
    pub fn report(&self, raised: Raised) {
        if self.state.shows_tracebacks.get() {
            self.vm.report_unraisable(raised, "Exception ignored on sqlite3 callback", self.callable);
        } else {
            self.vm.take_exception(raised);
        }
    }

    /// Makes a call of SQL fail.
    ///
    /// # Safety
    /// The context is that of the call that runs.
    #[cold]
    unsafe fn fail(&self, context: *mut ffi::sqlite3_context, raised: Raised, text: &str) {
        let exception = self.vm.pending_exception(raised);
        // SAFETY: as the caller promises; the text has that length.
        unsafe {
            if self.vm.is_exception(exception, TypeId::MemoryError) {
                ffi::sqlite3_result_error_nomem(context);
            } else if self.vm.is_exception(exception, TypeId::OverflowError) {
                ffi::sqlite3_result_error_toobig(context);
            } else {
                ffi::sqlite3_result_error(context, text.as_ptr().cast(), text.len() as c_int);
            }
        }
        self.report(raised);
    }
}

/// A string of UTF-8 bytes; what is none raises UnicodeDecodeError.
pub fn decode(vm: &Vm, bytes: &[u8]) -> R {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(vm.str(text).value()),
        Err(_) => {
            let bytes = vm.bytes(bytes).value();
            vm.call_method(bytes, vm.names.decode, &[vm.intern("utf-8").value()])
        }
    }
}

/// The bytes that SQLite shows.
///
/// # Safety
/// There are so many at the address, or it is null.
pub unsafe fn bytes_at<'a>(address: *const c_void, len: c_int) -> &'a [u8] {
    // SAFETY: as the caller promises.
    if address.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(address.cast(), len as usize) } }
}

/// SAFETY: an argument of the call that runs.
unsafe fn argument(vm: &Vm, value: *mut ffi::sqlite3_value) -> R {
    // SAFETY: as the caller promises; what is shown stays until the value is looked at otherwise.
    unsafe {
        Ok(match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => vm.int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => vm.float(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let address = ffi::sqlite3_value_text(value);
                if address.is_null() {
                    return Err(vm.memory_error());
                }
                decode(vm, bytes_at(address.cast(), ffi::sqlite3_value_bytes(value)))?
            }
            ffi::SQLITE_BLOB => {
                let address = ffi::sqlite3_value_blob(value);
                vm.bytes(bytes_at(address, ffi::sqlite3_value_bytes(value))).value()
            }
            _ => Value::NONE,
        })
    }
}

/// Arguments that need no list.
const FEW: usize = 8;

/// Calls a function with the arguments of a call of SQL.
///
/// SAFETY: the arguments are those of the call that runs.
unsafe fn with_arguments(
    vm: &Vm,
    count: c_int,
    values: *mut *mut ffi::sqlite3_value,
    call: impl FnOnce(&[Value]) -> R,
) -> R {
    let count = count as usize;
    if count <= FEW {
        let mut args = [Value::UNBOUND; FEW];
        for (index, arg) in args.iter_mut().enumerate().take(count) {
            // SAFETY: there are so many.
            *arg = unsafe { argument(vm, *values.add(index))? };
        }
        return call(&args[..count]);
    }
    let args = vm.list_with_capacity(count);
    for index in 0..count {
        // SAFETY: as above.
        args.push(vm, unsafe { argument(vm, *values.add(index))? });
    }
    // No one else has the list.
    call(args.items())
}

/// Gives SQLite the result of a call.
///
/// SAFETY: the context is that of the call that runs.
unsafe fn give(vm: &Vm, state: StateRef, context: *mut ffi::sqlite3_context, value: Value) -> Result<(), Raised> {
    // SAFETY of all: as the caller promises; SQLite copies what it is shown.
    if value.is_none() {
        unsafe { ffi::sqlite3_result_null(context) };
    } else if let Some(int) = vm.as_int(value) {
        let Some(int) = int.to_i64() else {
            return Err(vm.overflow_error("Python int too large to convert to SQLite INTEGER"));
        };
        unsafe { ffi::sqlite3_result_int64(context, int) };
    } else if let Some(float) = vm.as_float(value) {
        unsafe { ffi::sqlite3_result_double(context, float) };
    } else if let Some(string) = vm.as_str(value) {
        let show = |bytes: &[u8]| {
            let Ok(len) = c_int::try_from(bytes.len()) else {
                return Err(vm.overflow_error("string is longer than INT_MAX bytes"));
            };
            unsafe { ffi::sqlite3_result_text(context, bytes.as_ptr().cast(), len, ffi::SQLITE_TRANSIENT()) };
            Ok(())
        };
        if string.is_ascii() {
            show(string.as_bytes())?;
        } else {
            show(&crate::support::utf8(vm, string)?)?;
        }
    } else if vm.has_buffer(value) {
        vm.with_bytes(value, |bytes| {
            let Ok(len) = c_int::try_from(bytes.len()) else {
                return Err(vm.overflow_error("BLOB longer than INT_MAX bytes"));
            };
            unsafe { ffi::sqlite3_result_blob(context, bytes.as_ptr().cast(), len, ffi::SQLITE_TRANSIENT()) };
            Ok(())
        })??;
    } else {
        let name = vm.type_name(value);
        let text = format!("User-defined functions cannot return '{name}' values to SQLite");
        return Err(error::programming_error(vm, state, &text));
    }
    Ok(())
}

/// A function.
pub unsafe extern "C" fn function(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY of all here and below: SQLite gives the context and the arguments of the call, and the hook is what the
    // function was created with.
    unsafe {
        Hook::run(ffi::sqlite3_user_data(context), (), |callback| {
            let vm = callback.vm;
            let result = with_arguments(vm, count, values, |args| vm.call(callback.callable, args))
                .and_then(|value| give(vm, callback.state, context, value));
            if let Err(raised) = result {
                callback.fail(context, raised, "user-defined function raised exception");
            }
        });
    }
}

/// Where an aggregate keeps the number of its instance, increased by one; null where that cannot be.
///
/// SAFETY: the context is that of the call that runs.
unsafe fn place(context: *mut ffi::sqlite3_context, make: bool) -> *mut u64 {
    // SAFETY: as the caller promises; SQLite gives memory that is zero at first.
    unsafe { ffi::sqlite3_aggregate_context(context, if make { size_of::<u64>() as c_int } else { 0 }).cast() }
}

fn instance_list(callback: &Callback) -> Result<Ref<List>, Raised> {
    let list = callback.connection.instances.get().cast::<List>();
    list.ok_or_else(|| callback.vm.system_error("a connection without instances"))
}

/// Keeps an instance, and gives its number.
fn keep(callback: &Callback, instance: Value) -> Result<u64, Raised> {
    let list = instance_list(callback)?;
    let freed = callback.connection.db.freed_instances.borrow_mut().pop();
    Ok(match freed {
        Some(index) => {
            list.set(callback.vm, index as usize, instance);
            index as u64
        }
        None => {
            list.push(callback.vm, instance);
            list.len() as u64 - 1
        }
    })
}

/// A method that an aggregate lacks, or the exception it raised.
enum Failure {
    Missing(Raised),
    Raised(Raised),
}

/// Calls a method of an aggregate.
fn call_method(vm: &Vm, instance: Value, name: &Field, args: &[Value]) -> Result<Value, Failure> {
    let name = state::name(vm, name).map_err(Failure::Raised)?;
    let (function, bound) = vm.load_method(instance, name).map_err(Failure::Missing)?;
    match bound {
        Some(this) => vm.call_with_self(function, this, Args::positional(args)),
        None => vm.call(function, args),
    }
    .map_err(Failure::Raised)
}

/// SAFETY: the context is that of the call that runs.
unsafe fn fail_method(callback: &Callback, context: *mut ffi::sqlite3_context, failure: Failure, name: &str) {
    let (raised, what) = match failure {
        Failure::Missing(raised) => (raised, "not defined"),
        Failure::Raised(raised) => (raised, "raised error"),
    };
    // SAFETY: as the caller promises.
    unsafe { callback.fail(context, raised, &format!("user-defined aggregate's '{name}' method {what}")) };
}

/// The instance of an aggregate, where it has one.
///
/// SAFETY: the context is that of the call that runs.
unsafe fn instance(callback: &Callback, context: *mut ffi::sqlite3_context) -> Option<Value> {
    // SAFETY: as the caller promises.
    unsafe {
        let place = place(context, false);
        if place.is_null() || *place == 0 {
            return None;
        }
        callback.connection.instances.get().cast::<List>()?.get(*place as usize - 1)
    }
}

/// SAFETY: the context and the arguments are those of the call that runs.
unsafe fn take_step(
    callback: &Callback,
    context: *mut ffi::sqlite3_context,
    instance: Value,
    (field, name): (&Field, &str),
    count: c_int,
    values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let vm = callback.vm;
        let mut failure = None;
        let result = with_arguments(vm, count, values, |args| {
            call_method(vm, instance, field, args).or_else(|error| {
                failure = Some(error);
                Ok(Value::NONE)
            })
        });
        if let Some(failure) = failure.or(result.err().map(Failure::Raised)) {
            fail_method(callback, context, failure, name);
        }
    }
}

/// A step of an aggregate.
pub unsafe extern "C" fn step(context: *mut ffi::sqlite3_context, count: c_int, values: *mut *mut ffi::sqlite3_value) {
    // SAFETY: as above.
    unsafe {
        Hook::run(ffi::sqlite3_user_data(context), (), |callback| {
            let place = place(context, true);
            if place.is_null() {
                return ffi::sqlite3_result_error_nomem(context);
            }
            if *place == 0 {
                let made = callback.vm.call(callback.callable, &[]).and_then(|made| keep(callback, made));
                match made {
                    Ok(index) => *place = index + 1,
                    Err(raised) => {
                        let text = "user-defined aggregate's '__init__' method raised error";
                        return callback.fail(context, raised, text);
                    }
                }
            }
            let Some(instance) = instance(callback, context) else { return };
            take_step(callback, context, instance, (&callback.state.step, "step"), count, values);
        });
    }
}

/// A window loses a row.
pub unsafe extern "C" fn inverse(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: as above.
    unsafe {
        Hook::run(ffi::sqlite3_user_data(context), (), |callback| {
            let Some(instance) = instance(callback, context) else { return };
            take_step(callback, context, instance, (&callback.state.inverse, "inverse"), count, values);
        });
    }
}

/// The value of a window.
pub unsafe extern "C" fn value(context: *mut ffi::sqlite3_context) {
    // SAFETY: as above.
    unsafe {
        Hook::run(ffi::sqlite3_user_data(context), (), |callback| {
            let Some(instance) = instance(callback, context) else { return };
            match call_method(callback.vm, instance, &callback.state.value, &[]) {
                Ok(value) => {
                    if let Err(raised) = give(callback.vm, callback.state, context, value) {
                        callback.fail(context, raised, "unable to set result value");
                    }
                }
                Err(failure) => fail_method(callback, context, failure, "value"),
            }
        });
    }
}

/// The result of an aggregate.
pub unsafe extern "C" fn finalize(context: *mut ffi::sqlite3_context) {
    // SAFETY: as above.
    unsafe {
        let place = place(context, false);
        if place.is_null() || *place == 0 {
            return;
        }
        let hook = ffi::sqlite3_user_data(context);
        let index = std::mem::take(&mut *place) as usize - 1;
        let db = (&*hook.cast::<Hook>()).db.clone();
        Hook::run(hook, (), |callback| {
            let vm = callback.vm;
            let Some(list) = callback.connection.instances.get().cast::<List>() else { return };
            let Some(instance) = list.get(index) else { return };
            match call_method(vm, instance, &callback.state.finalize, &[]) {
                Ok(value) => {
                    if let Err(raised) = give(vm, callback.state, context, value) {
                        callback.fail(context, raised, "user-defined aggregate's 'finalize' method raised error");
                    }
                }
                Err(failure) => fail_method(callback, context, failure, "finalize"),
            }
            list.set(vm, index, Value::NONE);
        });
        db.freed_instances.borrow_mut().push(index as u32);
    }
}

/// The order of two strings.
pub unsafe extern "C" fn collate(
    hook: *mut c_void,
    first_len: c_int,
    first: *const c_void,
    second_len: c_int,
    second: *const c_void,
) -> c_int {
    // SAFETY: SQLite gives the strings, and the hook is what the order was created with.
    unsafe {
        Hook::run(hook, 0, |callback| {
            let vm = callback.vm;
            let outcome = decode(vm, bytes_at(first, first_len))
                .and_then(|first| Ok([first, decode(vm, bytes_at(second, second_len))?]))
                .and_then(|args| vm.call(callback.callable, &args));
            let result = match outcome {
                Ok(result) => result,
                Err(raised) => {
                    callback.report(raised);
                    return 0;
                }
            };
            match vm.as_int(result) {
                Some(object::Int::Small(int)) => int.signum() as c_int,
                Some(int) => 1 - 2 * int.is_negative() as c_int,
                None => match vm.index(result) {
                    Ok(int) => int.to_i64().map_or(1 - 2 * int.is_negative() as c_int, |int| int.signum() as c_int),
                    Err(raised) => {
                        vm.take_exception(raised);
                        0
                    }
                },
            }
        })
    }
}

/// A string that SQLite shows, or None.
///
/// # Safety
/// It is null, or ends with a null character.
pub unsafe fn optional_text(vm: &Vm, text: *const c_char) -> R {
    if text.is_null() {
        return Ok(Value::NONE);
    }
    // SAFETY: as the caller promises.
    decode(vm, unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes())
}
