//! Cursors.

use super::connection::{Connection, ConnectionRef, checked, settable};
use super::db::RawStatement;
use super::state::{self, State, StateRef};
use super::{again, error, fetch, gate, run, transaction};
use crate::support::{class_arg, data};
use libsqlite3_sys as ffi;
use object::native::NativeDef;
use object::{
    Args, Field, GetSet, Kind, Native, NativeData, R, Raised, Ref, Slot, Str, Tracer, TypeDef, Value, Vm, native,
    natives, type_flags,
};
use std::cell::{Cell, RefCell};
use std::os::raw::c_int;
use std::rc::Rc;

/// A cursor.
pub struct Cursor {
    /// Unbound before it was initialised.
    pub connection: Field,
    /// The statement that has rows left.
    raw: RefCell<Option<Rc<RawStatement>>>,
    /// Rows that were fetched ahead, a list; None where there are none.
    pub ahead: Field,
    /// How many of them were given.
    pub given: Cell<usize>,
    /// How many rows the statement changed that they are from; -1 where it is none that counts them.
    pub changes: Cell<i64>,
    /// Converters of the columns, a list; None where there are none.
    pub converters: Field,
    pub description: Field,
    pub lastrowid: Field,
    pub rowcount: Cell<i64>,
    arraysize: Cell<u32>,
    pub row_factory: Field,
    is_closed: Cell<bool>,
    /// Is one of its methods running?
    pub is_locked: Cell<bool>,
}

impl NativeData for Cursor {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.connection, &self.ahead, &self.converters] {
            field.trace(tracer);
        }
        for field in [&self.description, &self.lastrowid, &self.row_factory] {
            field.trace(tracer);
        }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        if let Some(raw) = self.raw.take() {
            raw.db().quietly(|| raw.reset());
            raw.db().holds(-1);
        }
    }
}

pub type CursorRef = Ref<Native<Cursor>>;

natives! { static METHODS: {
    /// Close the cursor.
    "close($self, /)" => close;
    /// Execute a statement with each of many sets of parameters.
    "executemany($self, sql, seq_of_parameters, /)" => execute_many;
    /// Execute all statements of a script.
    "executescript($self, sql_script, /)" => execute_script;
    /// Execute a statement.
    "execute($self, sql, parameters=<unrepresentable>, /)" => execute;
    /// Return all rows that are left as a list.
    "fetchall($self, /)" => fetch_all;
    /// Return a list of the next rows, as many as size says.
    "fetchmany($self, /, size=<unrepresentable>)" => fetch_many;
    /// Return the next row, or None.
    "fetchone($self, /)" => fetch_one;
    /// Does nothing: PEP 249 wants it.
    "setinputsizes($self, sizes, /)" => set_input_sizes;
    /// Does nothing: PEP 249 wants it.
    "setoutputsize($self, size, column=None, /)" => set_output_size;
}}

static NEW: NativeDef = native! { "Cursor($cls, /, *args, **kwargs)" => new };
static INIT: NativeDef = native! { "Cursor(...)" -> init };

macro_rules! member {
    ($name:literal, $get:expr) => {
        GetSet { name: $name, get: $get, set: None, doc: "", is_member: true }
    };
}

/// `Cursor`
pub static CURSOR: TypeDef = TypeDef {
    name: "Cursor",
    module: "sqlite3",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "SQLite database cursor class.",
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(next_slot)],
    methods: &[METHODS],
    getset: &[
        member!("connection", |vm, this| Ok(data::<Cursor>(vm, this)?.connection.get().or_none())),
        member!("description", |vm, this| Ok(data::<Cursor>(vm, this)?.description.get())),
        member!("lastrowid", |vm, this| Ok(data::<Cursor>(vm, this)?.lastrowid.get())),
        member!("rowcount", |vm, this| Ok(vm.int(data::<Cursor>(vm, this)?.rowcount.get()))),
        GetSet {
            name: "arraysize",
            get: |vm, this| Ok(vm.int(data::<Cursor>(vm, this)?.arraysize.get() as i64)),
            set: Some(|vm, this, value| {
                if value.is_unbound() {
                    let text = "attribute 'arraysize' of 'sqlite3.Cursor' objects cannot be deleted";
                    return Err(vm.attribute_error(text, this, vm.intern("arraysize").value()));
                }
                let size = to_u32(vm, value, "to convert to C uint32_t")?;
                data::<Cursor>(vm, this)?.arraysize.set(size);
                Ok(())
            }),
            doc: "",
            is_member: false,
        },
        GetSet {
            name: "row_factory",
            get: |vm, this| Ok(data::<Cursor>(vm, this)?.row_factory.get()),
            set: Some(|vm, this, value| {
                let cursor = data::<Cursor>(vm, this)?;
                cursor.row_factory.set(vm, cursor, settable(vm, this, value, "row_factory")?);
                Ok(())
            }),
            doc: "",
            is_member: false,
        },
    ],
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

/// An int of 32 bits without sign.
fn to_u32(vm: &Vm, value: Value, what: &str) -> Result<u32, Raised> {
    let int = vm.index(value)?;
    if int.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let fits = int.to_i64().and_then(|int| u32::try_from(int).ok());
    fits.ok_or_else(|| vm.overflow_error(format!("Python int too large {what}")))
}

fn blank(connection: Value, row_factory: Value) -> Cursor {
    Cursor {
        connection: Field::new(connection),
        raw: RefCell::new(None),
        ahead: Field::new(Value::NONE),
        given: Cell::new(0),
        changes: Cell::new(-1),
        converters: Field::new(Value::NONE),
        description: Field::new(Value::NONE),
        lastrowid: Field::new(Value::NONE),
        rowcount: Cell::new(-1),
        arraysize: Cell::new(1),
        row_factory: Field::new(row_factory),
        is_closed: Cell::new(false),
        is_locked: Cell::new(false),
    }
}

fn new(vm: &Vm, [class, _, _]: &[Value; 3]) -> R {
    Ok(vm.native(class_arg(vm, *class)?, blank(Value::UNBOUND, Value::NONE)).value())
}

/// A cursor of the class itself.
pub fn make(vm: &Vm, connection: ConnectionRef) -> Result<CursorRef, Raised> {
    let state = connection.state(vm)?;
    Ok(vm.native(state::class(vm, &state.cursor)?, blank(connection.value(), connection.row_factory.get())))
}

fn init(vm: &Vm, args: Args) -> R {
    let [this, connection] = match (args.args, args.kwnames) {
        (args, None) if args.len() == 2 => [args[0], args[1]],
        (_, None) => {
            let given = args.count().saturating_sub(1);
            return Err(vm.type_error(format!("Cursor expected 1 argument, got {given}")));
        }
        _ => return Err(vm.type_error("Cursor() takes no keyword arguments")),
    };
    let cursor = data::<Cursor>(vm, this)?;
    let Some(own) = vm.as_native::<Connection>(connection) else {
        let name = if connection.is_none() { String::from("None") } else { crate::support::class_name(vm, connection) };
        return Err(vm.type_error(format!("Cursor() argument 1 must be sqlite3.Connection, not {name}")));
    };
    cursor.check_unlocked(vm, own.state(vm)?)?;
    cursor.done();
    cursor.connection.set(vm, cursor, connection);
    cursor.converters.set(vm, cursor, Value::NONE);
    cursor.description.set(vm, cursor, Value::NONE);
    cursor.lastrowid.set(vm, cursor, Value::NONE);
    cursor.row_factory.set(vm, cursor, Value::NONE);
    cursor.rowcount.set(-1);
    cursor.arraysize.set(1);
    cursor.is_closed.set(false);
    own.check_thread(vm)?;
    Ok(Value::NONE)
}

impl Cursor {
    /// Its connection, if it was initialised.
    #[inline]
    pub fn connection(&self, vm: &Vm) -> Result<ConnectionRef, Raised> {
        match vm.as_native::<Connection>(self.connection.get()) {
            Some(connection) => Ok(connection),
            None => Err(error::programming_error(vm, state::get(vm)?, "Base Cursor.__init__ not called.")),
        }
    }

    fn check_unlocked(&self, vm: &Vm, state: StateRef) -> Result<(), Raised> {
        if self.is_locked.get() {
            return Err(error::programming_error(vm, state, "Recursive use of cursors not allowed."));
        }
        Ok(())
    }

    /// Its connection, once all is well: it is initialised and open, the thread the right one, none of its methods runs.
    #[inline]
    pub fn check(&self, vm: &Vm) -> Result<ConnectionRef, Raised> {
        let connection = self.connection(vm)?;
        if self.is_closed.get() {
            return Err(error::programming_error(vm, connection.state(vm)?, "Cannot operate on a closed cursor."));
        }
        connection.check(vm)?;
        if self.is_locked.get() {
            self.check_unlocked(vm, connection.state(vm)?)?;
        }
        Ok(connection)
    }

    /// The statement that has rows left.
    #[inline]
    pub fn raw(&self) -> Option<Rc<RawStatement>> {
        self.raw.borrow().clone()
    }

    /// Takes over a statement that has rows.
    pub fn begin(&self, raw: &Rc<RawStatement>) {
        raw.db().holds(1);
        *self.raw.borrow_mut() = Some(raw.clone());
    }

    /// There are no rows left.
    #[inline]
    pub fn done(&self) {
        self.ahead.init(Value::NONE);
        if let Some(raw) = self.raw.take() {
            raw.reset();
            raw.db().holds(-1);
        }
    }
}

/// An argument that is a statement's text.
pub fn sql_argument(vm: &Vm, sql: Value, function: &str) -> Result<Ref<Str>, Raised> {
    vm.as_str(sql).ok_or_else(|| {
        let found = if sql.is_none() { String::from("None") } else { crate::support::class_name(vm, sql) };
        vm.type_error(format!("{function}() argument 1 must be str, not {found}"))
    })
}

fn execute(vm: &Vm, args: &[Value; 3]) -> R {
    try_execute(vm, args).or_else(|raised| again::after_failure(vm, raised, args[0], args[1], args[2]))
}

/// `execute()`, without a second time.
pub fn try_execute(vm: &Vm, [this, sql, parameters]: &[Value; 3]) -> R {
    let cursor = data::<Cursor>(vm, *this)?;
    let sql = sql_argument(vm, *sql, "execute")?;
    run::execute(vm, cursor, sql, parameters.bound())?;
    Ok(*this)
}

fn execute_many(vm: &Vm, [this, sql, parameters]: &[Value; 3]) -> R {
    let cursor = data::<Cursor>(vm, *this)?;
    let sql = sql_argument(vm, *sql, "executemany")?;
    run::execute_many(vm, cursor, sql, *parameters)?;
    Ok(*this)
}

fn execute_script(vm: &Vm, [this, script]: &[Value; 2]) -> R {
    let cursor = data::<Cursor>(vm, *this)?;
    let script = match vm.as_str(*script) {
        Some(script) => crate::support::utf8(vm, script)?,
        None => {
            let name = crate::support::class_name(vm, *script);
            return Err(vm.type_error(format!("executescript() argument must be str, not {name}")));
        }
    };
    if script.contains(&0) {
        return Err(vm.value_error("embedded null character"));
    }
    let connection = cursor.check(vm)?;
    let state = connection.state(vm)?;
    let db = connection.db.handle();
    // SAFETY: the connection is open.
    let limit = unsafe { ffi::sqlite3_limit(db, ffi::SQLITE_LIMIT_SQL_LENGTH, -1) };
    if script.len() > limit as usize {
        return Err(error::raise(vm, &state.data_error, "query string is too large"));
    }
    if connection.autocommit.get() == transaction::Autocommit::Legacy && transaction::is_open(connection) {
        transaction::execute(vm, connection, c"COMMIT")?;
    }
    let mut rest = script.as_slice();
    while !rest.is_empty() {
        let (mut tail, mut code) = (std::ptr::null(), ffi::SQLITE_OK);
        // SAFETY: the text has that length.
        gate::leave(vm, || unsafe {
            let mut statement = std::ptr::null_mut();
            code = ffi::sqlite3_prepare_v2(db, rest.as_ptr().cast(), rest.len() as c_int, &mut statement, &mut tail);
            if code == ffi::SQLITE_OK {
                while ffi::sqlite3_step(statement) == ffi::SQLITE_ROW {}
                code = ffi::sqlite3_finalize(statement);
            }
        });
        if code != ffi::SQLITE_OK {
            return Err(error::failed(vm, state, db));
        }
        let used = (tail as usize).saturating_sub(rest.as_ptr() as usize);
        rest = rest.get(used.max(1)..).unwrap_or(&[]);
        connection.check_open(vm)?;
    }
    Ok(*this)
}

fn next_slot(vm: &Vm, this: Value) -> R {
    match fetch::next(vm, data::<Cursor>(vm, this)?)? {
        Some(row) => Ok(row),
        None => Err(vm.stop_iteration(Value::NONE)),
    }
}

fn fetch_one(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(fetch::next(vm, data::<Cursor>(vm, *this)?)?.unwrap_or(Value::NONE))
}

fn fetch_rows(vm: &Vm, cursor: CursorRef, most: u32) -> R {
    let rows = vm.list(&[]);
    while (rows.len() as u64) < most as u64 {
        match fetch::next(vm, cursor)? {
            Some(row) => rows.push(vm, row),
            None => break,
        }
    }
    Ok(rows.value())
}

fn fetch_many(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let cursor = data::<Cursor>(vm, *this)?;
    let size = match size.bound() {
        Some(size) => to_u32(vm, size, "for C uint32_t")?,
        None => cursor.arraysize.get(),
    };
    fetch_rows(vm, cursor, size)
}

fn fetch_all(vm: &Vm, [this]: &[Value; 1]) -> R {
    fetch_rows(vm, data::<Cursor>(vm, *this)?, u32::MAX)
}

fn set_input_sizes(_: &Vm, _: &[Value; 2]) -> R {
    Ok(Value::NONE)
}

fn set_output_size(_: &Vm, _: &[Value; 3]) -> R {
    Ok(Value::NONE)
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let cursor = data::<Cursor>(vm, *this)?;
    let state: Ref<Native<State>> = state::get(vm)?;
    cursor.check_unlocked(vm, state)?;
    let connection = cursor.connection(vm)?;
    checked(vm, connection.value())?;
    cursor.done();
    cursor.is_closed.set(true);
    Ok(Value::NONE)
}
