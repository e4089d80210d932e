//! `_sqlite3`: databases of SQLite.
//!
//! SQLite's own handles are in [`db`], outside the heap. What SQLite calls back is held by the connection's object, and
//! known to SQLite by a number; see [`callback`]. The interpreter's lock is given away while SQLite works ([`gate`]).

mod adapt;
mod again;
mod bind;
mod blob;
mod callback;
mod connection;
mod constants;
mod cursor;
mod db;
mod error;
mod fetch;
mod functions;
mod gate;
mod hooks;
mod register;
mod row;
mod run;
mod settings;
mod state;
mod statement;
mod transaction;
mod transfer;

use libsqlite3_sys as ffi;
use object::{Module, ModuleDef, Raised, Ref, TypeId, Value, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_sqlite3", doc: "", functions: &[functions::FUNCTIONS], exec };

/// `PARSE_DECLTYPES`
const PARSE_DECLTYPES: i32 = 1;
/// `PARSE_COLNAMES`
const PARSE_COLNAMES: i32 = 2;

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    // Classes are made once: where the module is executed again, objects of before stay what they are.
    let state = match state::find(vm) {
        Some(state) => state,
        None => make_state(vm)?,
    };
    for (name, field) in [
        ("Connection", &state.connection),
        ("Cursor", &state.cursor),
        ("PrepareProtocol", &state.protocol),
        ("Row", &state.row),
        ("Blob", &state.blob),
        ("Error", &state.error),
        ("Warning", &state.warning),
        ("InterfaceError", &state.interface_error),
        ("DatabaseError", &state.database_error),
        ("InternalError", &state.internal_error),
        ("OperationalError", &state.operational_error),
        ("ProgrammingError", &state.programming_error),
        ("IntegrityError", &state.integrity_error),
        ("DataError", &state.data_error),
        ("NotSupportedError", &state.not_supported_error),
        ("adapters", &state.adapters),
        ("converters", &state.converters),
    ] {
        vm.add_value(module, name, field.get());
    }
    for table in [constants::ERRORS, constants::ACTIONS, constants::SETTINGS] {
        for (name, number) in table {
            vm.add_value(module, name, vm.int(*number as i64));
        }
    }
    vm.add_value(module, "PARSE_DECLTYPES", vm.int(PARSE_DECLTYPES as i64));
    vm.add_value(module, "PARSE_COLNAMES", vm.int(PARSE_COLNAMES as i64));
    vm.add_value(module, "LEGACY_TRANSACTION_CONTROL", vm.int(transaction::LEGACY));
    // SAFETY: has no preconditions; the text is a constant.
    let (version, threads) = unsafe { (error::text_of(ffi::sqlite3_libversion()), ffi::sqlite3_threadsafe()) };
    vm.add_value(module, "sqlite_version", vm.str(&version));
    // By the numbers of PEP 249.
    let thread_safety = match threads {
        0 => 0,
        2 => 1,
        _ => 3,
    };
    vm.add_value(module, "threadsafety", vm.int(thread_safety));
    Ok(())
}

fn make_state(vm: &Vm) -> Result<state::StateRef, Raised> {
    let state = state::make(vm);
    for (field, def) in [
        (&state.connection, &connection::CONNECTION),
        (&state.cursor, &cursor::CURSOR),
        (&state.row, &row::ROW),
        (&state.blob, &blob::BLOB),
        (&state.statement, &statement::STATEMENT),
        (&state.protocol, &adapt::PROTOCOL),
    ] {
        field.set(vm, state, vm.make_type(def).value());
    }
    let exception = |name: &str, base: Value| -> Result<Value, Raised> {
        Ok(vm.new_exception_class("sqlite3", name, &[base])?.value())
    };
    let base = vm.types[TypeId::Exception].value();
    state.warning.set(vm, state, exception("Warning", base)?);
    state.error.set(vm, state, exception("Error", base)?);
    state.interface_error.set(vm, state, exception("InterfaceError", state.error.get())?);
    state.database_error.set(vm, state, exception("DatabaseError", state.error.get())?);
    for (field, name) in [
        (&state.internal_error, "InternalError"),
        (&state.operational_error, "OperationalError"),
        (&state.programming_error, "ProgrammingError"),
        (&state.integrity_error, "IntegrityError"),
        (&state.data_error, "DataError"),
        (&state.not_supported_error, "NotSupportedError"),
    ] {
        field.set(vm, state, exception(name, state.database_error.get())?);
    }
    state.adapters.set(vm, state, vm.dict().value());
    state.converters.set(vm, state, vm.dict().value());
    for (field, name) in
        [(&state.step, "step"), (&state.finalize, "finalize"), (&state.value, "value"), (&state.inverse, "inverse")]
    {
        field.set(vm, state, vm.intern(name).value());
    }
    Ok(state)
}
