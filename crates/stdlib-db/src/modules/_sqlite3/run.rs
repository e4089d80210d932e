//! Executing statements.

use super::again::reclaim;
use super::connection::ConnectionRef;
use super::cursor::CursorRef;
use super::db::{Db, RawStatement};
use super::statement::{self, StatementRef};
use super::transaction::{self, Autocommit};
use super::{PARSE_COLNAMES, PARSE_DECLTYPES, bind, error, fetch, gate, state};
use libsqlite3_sys as ffi;
use object::{R, Raised, Ref, Str, Value, Vm};
use std::ffi::CStr;
use std::os::raw::c_int;

/// Executes a statement once.
pub fn execute(vm: &Vm, cursor: CursorRef, sql: Ref<Str>, parameters: Option<Value>) -> Result<(), Raised> {
    let connection = cursor.check(vm)?;
    cursor.is_locked.set(true);
    let outcome = execute_locked(vm, cursor, connection, sql, parameters);
    finish(cursor, outcome)
}

/// Did SQLite say that a lock is in the way, which garbage may hold?
pub fn is_blocked(db: &Db, code: c_int) -> bool {
    matches!(code & 0xFF, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) && db.held() > 1
}

/// Executes a statement once with each of the parameters.
pub fn execute_many(vm: &Vm, cursor: CursorRef, sql: Ref<Str>, parameters: Value) -> Result<(), Raised> {
    let connection = cursor.check(vm)?;
    cursor.is_locked.set(true);
    let outcome = execute_many_locked(vm, cursor, connection, sql, parameters);
    finish(cursor, outcome)
}

fn finish(cursor: CursorRef, outcome: Result<(), Raised>) -> Result<(), Raised> {
    cursor.is_locked.set(false);
    if outcome.is_err() {
        cursor.done();
        cursor.rowcount.set(-1);
    }
    outcome
}

/// The statement, with what was before out of the way.
fn prepare(
    vm: &Vm,
    cursor: CursorRef,
    connection: ConnectionRef,
    sql: Ref<Str>,
    many: bool,
) -> Result<StatementRef, Raised> {
    cursor.description.set(vm, cursor, Value::NONE);
    cursor.done();
    let statement = statement::find(vm, connection, sql)?;
    // SAFETY: the statement is prepared, or null, which reads only.
    if many && unsafe { ffi::sqlite3_stmt_readonly(statement.raw.handle()) } != 0 {
        let text = "executemany() can only execute DML statements.";
        return Err(error::programming_error(vm, connection.state(vm)?, text));
    }
    statement.raw.reset();
    cursor.rowcount.set(if statement.raw.is_dml() { 0 } else { -1 });
    if statement.raw.is_dml()
        && connection.autocommit.get() == Autocommit::Legacy
        && let Some(begin) = connection.isolation_level.get().begin()
        && !transaction::is_open(connection)
    {
        transaction::execute(vm, connection, begin)?;
    }
    Ok(statement)
}

fn execute_locked(
    vm: &Vm,
    cursor: CursorRef,
    connection: ConnectionRef,
    sql: Ref<Str>,
    parameters: Option<Value>,
) -> Result<(), Raised> {
    let statement = prepare(vm, cursor, connection, sql, false)?;
    if !statement.raw.handle().is_null() {
        match parameters {
            Some(parameters) => bind::bind(vm, connection, statement, parameters)?,
            None => bind::bind_nothing(vm, connection, statement)?,
        }
        step(vm, cursor, connection, statement)?;
    }
    // SAFETY: the connection is open.
    let row = unsafe { ffi::sqlite3_last_insert_rowid(connection.db.handle()) };
    cursor.lastrowid.set(vm, cursor, vm.int(row));
    Ok(())
}

fn execute_many_locked(
    vm: &Vm,
    cursor: CursorRef,
    connection: ConnectionRef,
    sql: Ref<Str>,
    parameters: Value,
) -> Result<(), Raised> {
    let iterator = vm.iter(parameters)?;
    let statement = prepare(vm, cursor, connection, sql, true)?;
    while let Some(parameters) = vm.next(iterator)? {
        // What gave the parameters may have closed the connection.
        connection.check_open(vm)?;
        if !cursor.ahead.get().is_none() {
            // The statement would still have rows of the last set.
            return Err(error::from_code(vm, connection.state(vm)?, ffi::SQLITE_MISUSE));
        }
        bind::bind(vm, connection, statement, parameters)?;
        let outcome = step(vm, cursor, connection, statement);
        if let Err(raised) = outcome
            && connection.db.is_blocked.take()
            && reclaim(vm, &connection.db)
        {
            vm.take_exception(raised);
            step(vm, cursor, connection, statement)?;
        } else {
            outcome?;
        }
    }
    Ok(())
}

/// The first step of a statement.
fn step(vm: &Vm, cursor: CursorRef, connection: ConnectionRef, statement: StatementRef) -> Result<(), Raised> {
    let handle = statement.raw.handle();
    // SAFETY of all: the statement is prepared and is kept by `statement`.
    let code = gate::leave(vm, || unsafe { ffi::sqlite3_step(handle) });
    if code != ffi::SQLITE_DONE && code != ffi::SQLITE_ROW {
        connection.db.is_blocked.set(is_blocked(&connection.db, code));
        let outcome = error::check(vm, connection.state(vm)?, connection.db.handle());
        statement.raw.reset();
        return outcome;
    }
    let columns = unsafe { ffi::sqlite3_column_count(handle) };
    if connection.detect_types.get() != 0 {
        let converters = converters(vm, connection, handle, columns)?;
        cursor.converters.set(vm, cursor, converters);
    }
    if columns > 0 && cursor.description.get().is_none() {
        let description = description(vm, connection, statement, columns)?;
        cursor.description.set(vm, cursor, description);
    }
    if code == ffi::SQLITE_ROW && unsafe { ffi::sqlite3_stmt_readonly(handle) } == 0 {
        if let Err(raised) = fetch::fetch_ahead(vm, cursor, connection, &statement.raw) {
            statement.raw.reset();
            return Err(raised);
        }
    } else if code == ffi::SQLITE_ROW {
        cursor.begin(&statement.raw);
    } else {
        if statement.raw.is_dml() {
            let changes = unsafe { ffi::sqlite3_changes64(connection.db.handle()) };
            cursor.rowcount.set(cursor.rowcount.get() + changes);
        }
        statement.raw.reset();
    }
    Ok(())
}

/// A step after the first.
#[inline]
pub fn go_on(vm: &Vm, raw: &RawStatement) -> c_int {
    let handle = raw.handle();
    // SAFETY: the statement is prepared, or null, which SQLite notices.
    gate::leave(vm, || unsafe { ffi::sqlite3_step(handle) })
}

/// SAFETY: the text is null or ends with a null character.
unsafe fn bytes<'a>(text: *const std::os::raw::c_char) -> Option<&'a [u8]> {
    // SAFETY: as the caller promises.
    if text.is_null() { None } else { Some(unsafe { CStr::from_ptr(text) }.to_bytes()) }
}

/// The names of columns in a tuple of tuples, as PEP 249 wants them.
fn description(vm: &Vm, connection: ConnectionRef, statement: StatementRef, columns: c_int) -> R {
    let handle = statement.raw.handle();
    // SAFETY: the statement is prepared.
    let prepared = unsafe { ffi::sqlite3_stmt_status(handle, ffi::SQLITE_STMTSTATUS_REPREPARE, 0) };
    if let Some(known) = statement.description.get().bound()
        && statement.prepared.get() == prepared
    {
        return Ok(known);
    }
    let rows = vm.list_with_capacity(columns as usize);
    for index in 0..columns {
        // SAFETY: the column is there; its name stays until the statement runs again.
        let Some(mut name) = (unsafe { bytes(ffi::sqlite3_column_name(handle, index)) }) else {
            return Err(vm.memory_error());
        };
        if connection.detect_types.get() & PARSE_COLNAMES != 0
            && let Some(end) = name.iter().position(|byte| *byte == b'[')
        {
            name = &name[..end];
            name = name.strip_suffix(b" ").unwrap_or(name);
        }
        let name = super::callback::decode(vm, name)?;
        let mut row = [Value::NONE; 7];
        row[0] = name;
        rows.push(vm, vm.tuple(&row).value());
    }
    let description = vm.tuple(rows.items()).value();
    statement.description.set(vm, statement, description);
    statement.prepared.set(prepared);
    Ok(description)
}

fn find_converter(vm: &Vm, connection: ConnectionRef, name: &[u8]) -> Result<Option<Value>, Raised> {
    let state = connection.state(vm)?;
    let name = super::callback::decode(vm, name)?;
    let upper = vm.call_method_str(name, "upper", &[])?;
    state::dict(vm, &state.converters)?.get(vm, upper)
}

/// The converters of the columns in a list, None for those that have none.
fn converters(vm: &Vm, connection: ConnectionRef, handle: *mut ffi::sqlite3_stmt, columns: c_int) -> R {
    let detect = connection.detect_types.get();
    let list = vm.list_with_capacity(columns as usize);
    for index in 0..columns {
        let mut found = None;
        if detect & PARSE_COLNAMES != 0 {
            // SAFETY: the column is there; its name stays until the statement runs again.
            let Some(name) = (unsafe { bytes(ffi::sqlite3_column_name(handle, index)) }) else {
                return Err(vm.memory_error());
            };
            let inner = name.iter().position(|byte| *byte == b'[').map(|start| &name[start + 1..]);
            if let Some(inner) = inner
                && let Some(end) = inner.iter().position(|byte| *byte == b']')
            {
                // The last bracket before the end counts.
                let start = inner[..end].iter().rposition(|byte| *byte == b'[').map_or(0, |at| at + 1);
                found = find_converter(vm, connection, &inner[start..end])?;
            }
        }
        if found.is_none()
            && detect & PARSE_DECLTYPES != 0
            // SAFETY: as above.
            && let Some(declared) = unsafe { bytes(ffi::sqlite3_column_decltype(handle, index)) }
        {
            let end = declared.iter().position(|byte| matches!(byte, b' ' | b'('));
            found = find_converter(vm, connection, &declared[..end.unwrap_or(declared.len())])?;
        }
        list.push(vm, found.unwrap_or(Value::NONE));
    }
    Ok(list.value())
}
