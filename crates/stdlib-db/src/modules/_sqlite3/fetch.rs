//! From SQLite's rows to Python's.

use super::callback::bytes_at;
use super::connection::ConnectionRef;
use super::cursor::CursorRef;
use super::db::RawStatement;
use super::{error, row, run};
use libsqlite3_sys as ffi;
use object::{List, R, Raised, Ref, Tuple, TypeId, Value, ValueExt, Vm};
use std::os::raw::c_int;

/// The next row of a cursor, as its factory makes it.
pub fn next(vm: &Vm, cursor: CursorRef) -> Result<Option<Value>, Raised> {
    let connection = cursor.check(vm)?;
    if let Some(rows) = cursor.ahead.get().cast::<List>() {
        let Some(row) = next_ahead(vm, cursor, rows) else { return Ok(None) };
        return finish(vm, cursor, connection, row).map(Some);
    }
    let Some(raw) = cursor.raw() else { return Ok(None) };
    let handle = raw.handle();
    // SAFETY: the statement is prepared.
    let columns = unsafe { ffi::sqlite3_data_count(handle) };
    if columns == 0 {
        cursor.done();
        return Ok(None);
    }
    cursor.is_locked.set(true);
    let made = make(vm, cursor, connection, handle, columns);
    cursor.is_locked.set(false);
    let made = made?;
    // A converter may have closed the connection, and the statement with it.
    connection.check_open(vm)?;
    match run::go_on(vm, &raw) {
        ffi::SQLITE_ROW => {}
        ffi::SQLITE_DONE => {
            if raw.is_dml() {
                // SAFETY: the connection is open.
                cursor.rowcount.set(unsafe { ffi::sqlite3_changes64(connection.db.handle()) });
            }
            cursor.done();
        }
        _ => {
            let raised = error::failed(vm, connection.state(vm)?, connection.db.handle());
            cursor.done();
            return Err(raised);
        }
    }
    finish(vm, cursor, connection, made).map(Some)
}

/// The next row of those that were fetched ahead.
fn next_ahead(vm: &Vm, cursor: CursorRef, rows: Ref<List>) -> Option<Ref<Tuple>> {
    let at = cursor.given.get();
    let row = rows.get(at)?;
    cursor.given.set(at + 1);
    if at + 1 == rows.len() {
        cursor.ahead.set(vm, cursor, Value::NONE);
        if cursor.changes.get() >= 0 {
            cursor.rowcount.set(cursor.changes.get());
        }
    }
    row.cast()
}

/// Fetches all rows of a statement that changes something, so that it is done when its cursor is forgotten, and not when
/// that is collected: while it runs, nothing is committed. The statement has a row.
pub fn fetch_ahead(vm: &Vm, cursor: CursorRef, connection: ConnectionRef, raw: &RawStatement) -> Result<(), Raised> {
    let rows = vm.list(&[]);
    loop {
        let handle = raw.handle();
        // SAFETY: the statement is prepared.
        let columns = unsafe { ffi::sqlite3_data_count(handle) };
        let row = make(vm, cursor, connection, handle, columns)?;
        rows.push(vm, row.value());
        // A converter may have closed the connection, and the statement with it.
        connection.check_open(vm)?;
        match run::go_on(vm, raw) {
            ffi::SQLITE_ROW => {}
            ffi::SQLITE_DONE => break,
            _ => return Err(error::failed(vm, connection.state(vm)?, connection.db.handle())),
        }
    }
    // SAFETY: the connection is open.
    let changes = unsafe { ffi::sqlite3_changes64(connection.db.handle()) };
    cursor.changes.set(if raw.is_dml() { changes } else { -1 });
    cursor.given.set(0);
    raw.reset();
    cursor.ahead.set(vm, cursor, rows.value());
    Ok(())
}

/// A row as the cursor's factory makes it.
fn finish(vm: &Vm, cursor: CursorRef, connection: ConnectionRef, row: Ref<Tuple>) -> R {
    let factory = cursor.row_factory.get();
    if factory.is_none() {
        return Ok(row.value());
    }
    if factory == connection.state(vm)?.row.get() {
        return row::make(vm, factory, cursor.description.get(), row);
    }
    vm.call(factory, &[cursor.value(), row.value()])
}

/// Columns that need no list.
const FEW: usize = 16;

/// SAFETY of the statement: it has a row of so many columns.
fn make(
    vm: &Vm,
    cursor: CursorRef,
    connection: ConnectionRef,
    handle: *mut ffi::sqlite3_stmt,
    columns: c_int,
) -> Result<Ref<Tuple>, Raised> {
    let converters = cursor.converters.get().cast::<List>();
    let text_factory = connection.text_factory.get();
    let is_str = text_factory == vm.types[TypeId::Str].value();
    let count = columns as usize;
    let mut few = [Value::NONE; FEW];
    let many = (count > FEW).then(|| vm.list_with_capacity(count));
    for index in 0..count {
        let converter = converters.and_then(|list| list.get(index)).unwrap_or(Value::NONE);
        let value = if converter.is_none() {
            column(vm, connection, handle, index as c_int, is_str, text_factory)?
        } else {
            convert(vm, handle, index as c_int, converter)?
        };
        match many {
            Some(list) => list.push(vm, value),
            None => few[index] = value,
        }
    }
    Ok(match many {
        Some(list) => vm.tuple(list.items()),
        None => vm.tuple(&few[..count]),
    })
}

fn convert(vm: &Vm, handle: *mut ffi::sqlite3_stmt, index: c_int, converter: Value) -> R {
    // SAFETY: the statement has a row with that column; what is shown stays until the column is looked at otherwise.
    let item = unsafe {
        let address = ffi::sqlite3_column_blob(handle, index);
        if address.is_null() && ffi::sqlite3_column_bytes(handle, index) == 0 {
            let is_null = ffi::sqlite3_column_type(handle, index) == ffi::SQLITE_NULL;
            let is_lost = ffi::sqlite3_errcode(ffi::sqlite3_db_handle(handle)) == ffi::SQLITE_NOMEM;
            return if !is_null && is_lost { Err(vm.memory_error()) } else { Ok(Value::NONE) };
        }
        vm.bytes(bytes_at(address, ffi::sqlite3_column_bytes(handle, index))).value()
    };
    vm.call(converter, &[item])
}

/// SAFETY of the statement: it has a row with that column.
#[inline]
fn column(
    vm: &Vm,
    connection: ConnectionRef,
    handle: *mut ffi::sqlite3_stmt,
    index: c_int,
    is_str: bool,
    text_factory: Value,
) -> R {
    // SAFETY: as the caller promises; what is shown stays until the column is looked at otherwise.
    unsafe {
        Ok(match ffi::sqlite3_column_type(handle, index) {
            ffi::SQLITE_INTEGER => vm.int(ffi::sqlite3_column_int64(handle, index)),
            ffi::SQLITE_FLOAT => vm.float(ffi::sqlite3_column_double(handle, index)),
            ffi::SQLITE_TEXT => {
                let address = ffi::sqlite3_column_text(handle, index);
                if address.is_null() {
                    return Err(vm.memory_error());
                }
                let bytes = bytes_at(address.cast(), ffi::sqlite3_column_bytes(handle, index));
                return if is_str {
                    match std::str::from_utf8(bytes) {
                        Ok(text) => Ok(vm.str(text).value()),
                        Err(_) => Err(not_utf8(vm, connection, handle, index, bytes)),
                    }
                } else {
                    text(vm, text_factory, bytes)
                };
            }
            ffi::SQLITE_BLOB => {
                let address = ffi::sqlite3_column_blob(handle, index);
                vm.bytes(bytes_at(address, ffi::sqlite3_column_bytes(handle, index))).value()
            }
            _ => Value::NONE,
        })
    }
}

/// A text as a factory makes it.
fn text(vm: &Vm, factory: Value, bytes: &[u8]) -> R {
    if factory == vm.types[TypeId::Bytes].value() {
        return Ok(vm.bytes(bytes).value());
    }
    if factory == vm.types[TypeId::ByteArray].value() {
        return Ok(vm.bytearray(bytes).value());
    }
    vm.call(factory, &[vm.bytes(bytes).value()])
}

#[cold]
fn not_utf8(vm: &Vm, connection: ConnectionRef, handle: *mut ffi::sqlite3_stmt, index: c_int, bytes: &[u8]) -> Raised {
    // SAFETY: the statement has that column.
    let name = unsafe { error::text_of(ffi::sqlite3_column_name(handle, index)) };
    let ascii: String = bytes
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or(&[])
        .iter()
        .map(|byte| if byte.is_ascii() { *byte as char } else { '\u{FFFD}' })
        .collect();
    let name: String = name.chars().map(|char| if char.is_ascii() { char } else { '\u{FFFD}' }).collect();
    let text = format!("Could not decode to UTF-8 column '{name}' with text '{ascii}'");
    match connection.state(vm) {
        Ok(state) => error::operational_error(vm, state, &text),
        Err(raised) => raised,
    }
}
