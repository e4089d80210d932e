//! Statements, and how a connection keeps those that it has prepared.

use super::connection::ConnectionRef;
use super::db::RawStatement;
use super::{error, gate, state};
use libsqlite3_sys as ffi;
use object::{Dict, Field, Native, NativeData, Raised, Ref, Str, Tracer, TypeDef, Value, ValueExt, Vm, type_flags};
use std::cell::Cell;
use std::os::raw::c_int;
use std::rc::Rc;

/// A prepared statement.
pub struct Statement {
    pub raw: Rc<RawStatement>,
    /// The description of its columns, unbound before it was asked for.
    pub description: Field,
    /// How often SQLite had prepared the statement anew when the description was made.
    pub prepared: Cell<c_int>,
}

impl NativeData for Statement {
    fn trace(&self, tracer: &mut Tracer) {
        self.description.trace(tracer);
    }
}

pub type StatementRef = Ref<Native<Statement>>;

/// `Statement`
pub static STATEMENT: TypeDef =
    TypeDef { name: "Statement", module: "sqlite3", flags: type_flags::NO_NEW, inherit_new: false, ..TypeDef::DEFAULT };

/// What a prepared statement holds outside the heap, roughly.
const SIZE: usize = 2048;

/// What is behind blanks and comments in front; nothing where nothing else is there.
pub fn skip_blank(sql: &[u8]) -> &[u8] {
    let mut rest = sql;
    loop {
        match rest {
            [b' ' | b'\t' | b'\x0C' | b'\n' | b'\r', after @ ..] => rest = after,
            [b'-', b'-', comment @ ..] => match memchr(b'\n', comment) {
                Some(end) => rest = &comment[end + 1..],
                None => return &[],
            },
            [b'/', b'*', comment @ ..] => match comment.windows(2).position(|pair| pair == b"*/") {
                Some(end) => rest = &comment[end + 2..],
                None => return &[],
            },
            _ => return rest,
        }
    }
}

fn memchr(byte: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|other| *other == byte)
}

fn is_dml(sql: &[u8]) -> bool {
    let sql = skip_blank(sql);
    let starts = |word: &[u8]| sql.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    starts(b"insert") || starts(b"update") || starts(b"delete") || starts(b"replace")
}

/// The UTF-8 bytes of a string, with an error for surrogates.
fn check_utf8(vm: &Vm, string: Ref<Str>) -> Result<(), Raised> {
    if string.is_ascii() || string.as_str().is_some() {
        return Ok(());
    }
    vm.call_method(string.value(), vm.names.encode, &[vm.intern("utf-8").value()]).map(|_| ())
}

/// Prepares a statement.
pub fn prepare(vm: &Vm, connection: ConnectionRef, sql: Ref<Str>) -> Result<StatementRef, Raised> {
    let state = connection.state(vm)?;
    check_utf8(vm, sql)?;
    let bytes = sql.as_bytes();
    let db = connection.db.handle();
    // SAFETY: the connection is open.
    let limit = unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_SQL_LENGTH, -1) };
    if bytes.len() > limit as usize {
        return Err(error::raise(vm, &state.data_error, "query string is too large"));
    }
    if bytes.contains(&0) {
        return Err(error::programming_error(vm, state, "the query contains a null character"));
    }
    let mut handle = std::ptr::null_mut();
    let mut tail = std::ptr::null();
    let (start, len) = (bytes.as_ptr(), bytes.len());
    // SAFETY: the text has that length, and stays where it is: `sql` is on this thread's stack.
    let code =
        gate::leave(vm, || unsafe { ffi::sqlite3_prepare_v2(db, start.cast(), len as c_int, &mut handle, &mut tail) });
    if code != ffi::SQLITE_OK {
        return Err(error::failed(vm, state, db));
    }
    let raw = RawStatement::new(&connection.db, handle, is_dml(sql.as_bytes()));
    let used = (tail as usize).saturating_sub(sql.as_bytes().as_ptr() as usize);
    if !skip_blank(sql.as_bytes().get(used..).unwrap_or(&[])).is_empty() {
        return Err(error::programming_error(vm, state, "You can only execute one statement at a time."));
    }
    vm.heap.note_allocation(SIZE);
    let statement = Statement { raw, description: Field::new(Value::UNBOUND), prepared: Cell::new(0) };
    Ok(vm.native(state::class(vm, &state.statement)?, statement))
}

/// The statement for a text, from those that the connection keeps if it is there and not in use.
pub fn find(vm: &Vm, connection: ConnectionRef, sql: Ref<Str>) -> Result<StatementRef, Raised> {
    if connection.last_sql.get() == sql.value()
        && let Some(statement) = vm.as_native::<Statement>(connection.last_statement.get())
    {
        return if statement.raw.has_rows() { prepare(vm, connection, sql) } else { Ok(statement) };
    }
    let capacity = connection.cache_size.get();
    if capacity == 0 {
        return prepare(vm, connection, sql);
    }
    let Some(cache) = connection.cache.get().cast::<Dict>() else { return prepare(vm, connection, sql) };
    let statement = match cache.get_str(vm, sql).and_then(|kept| vm.as_native::<Statement>(kept)) {
        Some(statement) => {
            if cache.len() >= capacity {
                // The order of the dict is that of use, once it matters.
                cache.remove_str(vm, sql);
                cache.insert_str(vm, sql, statement.value());
            }
            statement
        }
        None => {
            let statement = prepare(vm, connection, sql)?;
            // A callback may have prepared more.
            while cache.len() >= capacity {
                cache.pop_first(vm);
            }
            cache.insert_str(vm, sql, statement.value());
            statement
        }
    };
    connection.last_sql.set(vm, connection, sql.value());
    connection.last_statement.set(vm, connection, statement.value());
    if statement.raw.has_rows() { prepare(vm, connection, sql) } else { Ok(statement) }
}
