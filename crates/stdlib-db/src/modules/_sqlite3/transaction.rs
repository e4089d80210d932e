//! Transactions: commit and roll back, and when they begin by themselves.

use super::connection::{Connection, ConnectionRef, cannot_delete, checked};
use super::{again, error, gate, run};
use crate::support::data;
use libsqlite3_sys as ffi;
use object::{R, Raised, Value, ValueExt, Vm};
use std::ffi::CStr;

/// How transactions begin that nobody asked for, before statements that change something.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum IsolationLevel {
    /// They do not.
    None,
    /// `BEGIN`
    #[default]
    Plain,
    /// `BEGIN DEFERRED`
    Deferred,
    /// `BEGIN IMMEDIATE`
    Immediate,
    /// `BEGIN EXCLUSIVE`
    Exclusive,
}

impl IsolationLevel {
    /// From the argument of that name.
    pub fn from_value(vm: &Vm, value: Value) -> Result<IsolationLevel, Raised> {
        if value.is_none() {
            return Ok(IsolationLevel::None);
        }
        let Some(string) = vm.as_str(value) else {
            return Err(vm.type_error("isolation_level must be str or None"));
        };
        let bytes = crate::support::utf8(vm, string)?;
        if bytes.contains(&0) {
            return Err(vm.value_error("embedded null character"));
        }
        match bytes.to_ascii_uppercase().as_slice() {
            b"" => Ok(IsolationLevel::Plain),
            b"DEFERRED" => Ok(IsolationLevel::Deferred),
            b"IMMEDIATE" => Ok(IsolationLevel::Immediate),
            b"EXCLUSIVE" => Ok(IsolationLevel::Exclusive),
            _ => {
                let text = "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'";
                Err(vm.value_error(text))
            }
        }
    }

    fn name(self) -> Option<&'static str> {
        Some(match self {
            IsolationLevel::None => return None,
            IsolationLevel::Plain => "",
            IsolationLevel::Deferred => "DEFERRED",
            IsolationLevel::Immediate => "IMMEDIATE",
            IsolationLevel::Exclusive => "EXCLUSIVE",
        })
    }

    /// The statement that begins a transaction.
    pub fn begin(self) -> Option<&'static CStr> {
        Some(match self {
            IsolationLevel::None => return None,
            IsolationLevel::Plain => c"BEGIN ",
            IsolationLevel::Deferred => c"BEGIN DEFERRED",
            IsolationLevel::Immediate => c"BEGIN IMMEDIATE",
            IsolationLevel::Exclusive => c"BEGIN EXCLUSIVE",
        })
    }
}

/// Who decides about transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Autocommit {
    /// The isolation level.
    Legacy,
    /// SQLite.
    Enabled,
    /// There is always one.
    Disabled,
}

/// `LEGACY_TRANSACTION_CONTROL`
pub const LEGACY: i64 = -1;

impl Autocommit {
    /// From the argument of that name.
    pub fn from_value(vm: &Vm, value: Value) -> Result<Autocommit, Raised> {
        if value == Value::TRUE {
            return Ok(Autocommit::Enabled);
        }
        if value == Value::FALSE {
            return Ok(Autocommit::Disabled);
        }
        if vm.as_int(value).and_then(|int| int.to_i64()) == Some(LEGACY) {
            return Ok(Autocommit::Legacy);
        }
        Err(vm.value_error("autocommit must be True, False, or sqlite3.LEGACY_TRANSACTION_CONTROL"))
    }
}

/// Executes a statement that gives nothing.
pub fn execute(vm: &Vm, connection: ConnectionRef, sql: &CStr) -> Result<(), Raised> {
    let db = connection.db.handle();
    // SAFETY: the connection is open, and the text ends with a null character.
    let execute = || unsafe {
        let mut statement = std::ptr::null_mut();
        let mut code = ffi::sqlite3_prepare_v2(db, sql.as_ptr(), -1, &mut statement, std::ptr::null_mut());
        if code == ffi::SQLITE_OK {
            ffi::sqlite3_step(statement);
            code = ffi::sqlite3_finalize(statement);
        }
        code
    };
    let code = gate::leave(vm, execute);
    connection.db.is_blocked.set(run::is_blocked(&connection.db, code));
    if code != ffi::SQLITE_OK { Err(error::failed(vm, connection.state(vm)?, db)) } else { Ok(()) }
}

/// Is a transaction open?
pub fn is_open(connection: ConnectionRef) -> bool {
    // SAFETY: the connection is open, or null, which SQLite notices.
    unsafe { ffi::sqlite3_get_autocommit(connection.db.handle()) == 0 }
}

fn end(vm: &Vm, this: Value, sql: &CStr) -> R {
    let connection = checked(vm, this)?;
    match connection.autocommit.get() {
        Autocommit::Legacy if is_open(connection) => execute(vm, connection, sql)?,
        Autocommit::Disabled => {
            execute(vm, connection, sql)?;
            execute(vm, connection, c"BEGIN")?;
        }
        _ => {}
    }
    Ok(Value::NONE)
}

/// `commit()`
pub fn commit(vm: &Vm, args: &[Value; 1]) -> R {
    try_commit(vm, args).or_else(|raised| again::after_failure(vm, raised, args[0], Value::NONE, Value::UNBOUND))
}

/// `commit()`, without a second time.
pub fn try_commit(vm: &Vm, [this]: &[Value; 1]) -> R {
    end(vm, *this, c"COMMIT")
}

/// `rollback()`
pub fn rollback(vm: &Vm, [this]: &[Value; 1]) -> R {
    end(vm, *this, c"ROLLBACK")
}

/// Makes an earlier exception the context of one that was raised.
pub fn chain(vm: &Vm, raised: Raised, earlier: Value) -> Raised {
    let exception = vm.pending_exception(raised);
    if let (Some(new), false) = (exception.cast::<object::Exception>(), exception == earlier) {
        new.context.set(vm, new, earlier);
    }
    raised
}

/// `isolation_level`
pub fn isolation_level(vm: &Vm, this: Value) -> R {
    let connection = data::<Connection>(vm, this)?;
    connection.check_open(vm)?;
    Ok(connection.isolation_level.get().name().map_or(Value::NONE, |name| vm.intern(name).value()))
}

/// Sets it.
pub fn set_isolation_level(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let connection = data::<Connection>(vm, this)?;
    if value.is_unbound() {
        return Err(vm.attribute_error("cannot delete attribute", this, vm.intern("isolation_level").value()));
    }
    if value.is_none() {
        connection.isolation_level.set(IsolationLevel::None);
        // What is open is committed, so that SQLite decides from now on.
        return commit(vm, &[this]).map(|_| ());
    }
    connection.isolation_level.set(IsolationLevel::from_value(vm, value)?);
    Ok(())
}

/// `autocommit`
pub fn autocommit(vm: &Vm, this: Value) -> R {
    let connection = checked(vm, this)?;
    Ok(match connection.autocommit.get() {
        Autocommit::Enabled => Value::TRUE,
        Autocommit::Disabled => Value::FALSE,
        Autocommit::Legacy => vm.int(LEGACY),
    })
}

/// Sets it.
pub fn set_autocommit(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(cannot_delete(vm, this, "autocommit"));
    }
    let connection = checked(vm, this)?;
    let new = Autocommit::from_value(vm, value)?;
    match new {
        Autocommit::Enabled if is_open(connection) => execute(vm, connection, c"COMMIT")?,
        Autocommit::Disabled if !is_open(connection) => execute(vm, connection, c"BEGIN")?,
        _ => {}
    }
    connection.autocommit.set(new);
    Ok(())
}
