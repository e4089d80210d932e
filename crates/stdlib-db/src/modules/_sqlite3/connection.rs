//! Connections: making and closing them, and their attributes.

use super::db::Db;
use super::state::{self, StateRef};
use super::transaction::{self, Autocommit, IsolationLevel};
use super::{again, blob, db, error, gate, hooks, register, run, settings, transfer};
use crate::support::{class_arg, data};
use libsqlite3_sys as ffi;
use object::native::NativeDef;
use object::{
    Args, Field, GetSet, Kind, List, Native, NativeData, R, Raised, Ref, Slot, Str, Tracer, TypeDef, TypeId, Value,
    ValueExt, Vm, native, natives, type_flags,
};
use std::cell::Cell;
use std::os::raw::c_int;
use std::rc::Rc;

/// A connection.
pub struct Connection {
    pub db: Rc<Db>,
    /// The state of the module.
    state: Field,
    /// Was it opened once?
    is_initialized: Cell<bool>,
    pub detect_types: Cell<i32>,
    pub isolation_level: Cell<IsolationLevel>,
    pub autocommit: Cell<Autocommit>,
    check_same_thread: Cell<bool>,
    /// The thread that made it.
    thread: Cell<u64>,
    /// How many statements are kept.
    pub cache_size: Cell<usize>,
    /// A dict from texts to statements; None when it is closed.
    pub cache: Field,
    /// The text that was executed last, and its statement.
    pub last_sql: Field,
    pub last_statement: Field,
    /// A list of what SQLite calls, by the numbers it knows them by.
    pub callbacks: Field,
    /// A list of instances of aggregates that are at work.
    pub instances: Field,
    pub row_factory: Field,
    pub text_factory: Field,
}

impl NativeData for Connection {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [
            &self.state,
            &self.cache,
            &self.last_sql,
            &self.last_statement,
            &self.callbacks,
            &self.instances,
            &self.row_factory,
            &self.text_factory,
        ] {
            field.trace(tracer);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.db.quietly(|| self.db.close());
    }
}

pub type ConnectionRef = Ref<Native<Connection>>;

natives! { static METHODS: {
    /// Does what is done when a connection is lost.
    "__del__($self, /)" => finalize;
    /// Copy the database to another connection.
    "backup($self, /, target, *, pages=-1, progress=None, name='main', sleep=0.25)" => transfer::backup;
    /// Close the connection; a transaction that was not committed is lost.
    "close($self, /)" => close;
    /// Commit the transaction that is open, if one is.
    "commit($self, /)" => transaction::commit;
    /// Create an aggregate function of SQL from a class with the methods step and finalize.
    "create_aggregate($self, /, name, n_arg, aggregate_class)" -> register::create_aggregate;
    /// Create an order of strings from a function that compares two.
    "create_collation($self, name, callback, /)" => register::create_collation;
    /// Create a function of SQL.
    "create_function($self, /, name, narg, func, *, deterministic=False)" -> register::create_function;
    /// Return a cursor for the connection.
    "cursor($self, /, factory=<unrepresentable>)" => cursor;
    /// Allow or forbid extensions to be loaded.
    "enable_load_extension($self, enable, /)" => settings::enable_load_extension;
    "__enter__($self, /)" => enter;
    /// Execute a statement with each of many sets of parameters, with a new cursor.
    "executemany($self, sql, parameters, /)" => execute_many;
    /// Execute all statements of a script, with a new cursor.
    "executescript($self, sql_script, /)" => execute_script;
    /// Execute a statement, with a new cursor.
    "execute($self, sql, parameters=<unrepresentable>, /)" => execute;
    "__exit__($self, type, value, traceback, /)" => exit;
    /// Abort what the connection is doing in another thread.
    "interrupt($self, /)" => interrupt;
    /// Return an iterator over the statements that make the database anew.
    "iterdump($self, /, *, filter=None)" => iterdump;
    /// Load an extension of SQLite.
    "load_extension($self, name, /, *, entrypoint=None)" => settings::load_extension;
    /// Roll back the transaction that is open, if one is.
    "rollback($self, /)" => transaction::rollback;
    /// Set the function that is asked whether a statement may do what it wants to.
    "set_authorizer($self, /, authorizer_callback)" -> hooks::set_authorizer;
    /// Set a function that is called again and again while a statement runs.
    "set_progress_handler($self, /, progress_handler, n)" -> hooks::set_progress_handler;
    /// Set a function that is told of each statement that runs.
    "set_trace_callback($self, /, trace_callback)" -> hooks::set_trace_callback;
    /// Set a limit, and return what it was.
    "setlimit($self, category, limit, /)" => settings::set_limit;
    /// Return a limit.
    "getlimit($self, category, /)" => settings::get_limit;
    /// Return the database as bytes.
    "serialize($self, /, *, name='main')" => transfer::serialize;
    /// Replace the database by one that serialize gave.
    "deserialize($self, data, /, *, name='main')" => transfer::deserialize;
    /// Create a window function of SQL from a class with the methods step, inverse, value and finalize.
    "create_window_function($self, name, num_params, aggregate_class, /)" => register::create_window_function;
    /// Open a blob of a table for reading and writing in place.
    "blobopen($self, table, column, rowid, /, *, readonly=False, name='main')" => blob::open;
    /// Switch a setting on or off.
    "setconfig($self, op, enable=True, /)" => settings::set_config;
    /// Return whether a setting is on.
    "getconfig($self, op, /)" => settings::get_config;
}}

static NEW: NativeDef = native! { "Connection($cls, /, *args, **kwargs)" => new };
static INIT: NativeDef = native! { "Connection(...)" -> init_checked };
static BOUND_INIT: NativeDef = native! { "Connection($self, /, database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=<unrepresentable>, cached_statements=128, uri=False, *, autocommit=-1)" => init };

const fn attribute(
    name: &'static str,
    get: fn(&Vm, Value) -> R,
    set: Option<fn(&Vm, Value, Value) -> Result<(), Raised>>,
) -> GetSet {
    GetSet { name, get, set, doc: "", is_member: false }
}

macro_rules! exception {
    ($name:literal, $field:ident) => {
        GetSet {
            name: $name,
            get: |vm, this| Ok(data::<Connection>(vm, this)?.state(vm)?.$field.get()),
            set: None,
            doc: "",
            is_member: true,
        }
    };
}

/// `Connection`
pub static CONNECTION: TypeDef = TypeDef {
    name: "Connection",
    module: "sqlite3",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::FINALIZER,
    doc: "SQLite database connection object.",
    slots: &[Slot::call(call)],
    methods: &[METHODS],
    getset: &[
        exception!("Warning", warning),
        exception!("Error", error),
        exception!("InterfaceError", interface_error),
        exception!("DatabaseError", database_error),
        exception!("DataError", data_error),
        exception!("OperationalError", operational_error),
        exception!("IntegrityError", integrity_error),
        exception!("InternalError", internal_error),
        exception!("ProgrammingError", programming_error),
        exception!("NotSupportedError", not_supported_error),
        attribute("__text_signature__", |vm, _| Ok(vm.str("(sql, /)").value()), None),
        attribute("isolation_level", transaction::isolation_level, Some(transaction::set_isolation_level)),
        attribute("total_changes", total_changes, None),
        attribute("in_transaction", in_transaction, None),
        attribute("autocommit", transaction::autocommit, Some(transaction::set_autocommit)),
        attribute(
            "row_factory",
            |vm, this| Ok(data::<Connection>(vm, this)?.row_factory.get()),
            Some(|vm, this, value| {
                let connection = data::<Connection>(vm, this)?;
                connection.row_factory.set(vm, connection, settable(vm, this, value, "row_factory")?);
                Ok(())
            }),
        ),
        attribute(
            "text_factory",
            |vm, this| Ok(data::<Connection>(vm, this)?.text_factory.get()),
            Some(|vm, this, value| {
                let connection = data::<Connection>(vm, this)?;
                connection.text_factory.set(vm, connection, settable(vm, this, value, "text_factory")?);
                Ok(())
            }),
        ),
    ],
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

/// Raises AttributeError for an attribute that is deleted.
#[cold]
pub fn cannot_delete(vm: &Vm, this: Value, name: &str) -> Raised {
    vm.attribute_error(format!("cannot delete {name} attribute"), this, vm.intern(name).value())
}

/// The value that an attribute is set to, if it is not deleted.
pub fn settable(vm: &Vm, this: Value, value: Value, name: &str) -> R {
    if value.is_unbound() { Err(cannot_delete(vm, this, name)) } else { Ok(value) }
}

/// An int argument of 32 bits.
pub fn int_argument(vm: &Vm, value: Value) -> Result<c_int, Raised> {
    let int = vm.index(value)?.to_i64().and_then(|int| c_int::try_from(int).ok());
    int.ok_or_else(|| vm.overflow_error("Python int too large to convert to C int"))
}

impl Connection {
    /// The state of the module.
    #[inline(always)]
    pub fn state(&self, vm: &Vm) -> Result<StateRef, Raised> {
        vm.as_native(self.state.get()).ok_or_else(|| vm.system_error("_sqlite3 is not complete"))
    }

    /// The callbacks.
    pub fn callback_list(&self, vm: &Vm) -> Result<Ref<List>, Raised> {
        self.callbacks.get().cast::<List>().ok_or_else(|| vm.system_error("a connection without callbacks"))
    }

    /// Raises ProgrammingError unless it is open.
    #[inline]
    pub fn check_open(&self, vm: &Vm) -> Result<(), Raised> {
        if self.db.handle().is_null() { Err(self.not_open(vm)) } else { Ok(()) }
    }

    #[cold]
    fn not_open(&self, vm: &Vm) -> Raised {
        let text = match self.is_initialized.get() {
            false => "Base Connection.__init__ not called.",
            true => "Cannot operate on a closed database.",
        };
        self.state(vm).map_or_else(|raised| raised, |state| error::programming_error(vm, state, text))
    }

    /// Raises ProgrammingError where the thread is the wrong one.
    #[inline]
    pub fn check_thread(&self, vm: &Vm) -> Result<(), Raised> {
        let here = vm.thread().ident.get();
        if !self.check_same_thread.get() || here == self.thread.get() {
            return Ok(());
        }
        Err(self.wrong_thread(vm, here))
    }

    #[cold]
    fn wrong_thread(&self, vm: &Vm, here: u64) -> Raised {
        let text = format!(
            "SQLite objects created in a thread can only be used in that same thread. The object was created in \
             thread id {} and this is thread id {here}.",
            self.thread.get()
        );
        self.state(vm).map_or_else(|raised| raised, |state| error::programming_error(vm, state, &text))
    }

    /// Both.
    #[inline]
    pub fn check(&self, vm: &Vm) -> Result<(), Raised> {
        self.check_thread(vm)?;
        self.check_open(vm)
    }
}

/// The connection of an object, which must be open and of this thread.
pub fn checked(vm: &Vm, this: Value) -> Result<ConnectionRef, Raised> {
    let connection = data::<Connection>(vm, this)?;
    connection.check(vm)?;
    Ok(connection)
}

/// A string argument as bytes of UTF-8 with a null character behind them.
pub fn c_string(vm: &Vm, value: Value, function: &str, argument: &str) -> Result<std::ffi::CString, Raised> {
    let Some(string) = vm.as_str(value) else {
        let found = if value.is_none() { String::from("None") } else { crate::support::class_name(vm, value) };
        return Err(vm.type_error(format!("{function}() argument {argument} must be str, not {found}")));
    };
    let bytes = crate::support::utf8(vm, string)?;
    std::ffi::CString::new(bytes).map_err(|_| vm.value_error("embedded null character"))
}

fn new(vm: &Vm, [class, _, _]: &[Value; 3]) -> R {
    let state = state::get(vm)?;
    let connection = Connection {
        db: Db::new(vm, state.holders.clone()),
        state: Field::new(state.value()),
        is_initialized: Cell::new(false),
        detect_types: Cell::new(0),
        isolation_level: Cell::new(IsolationLevel::default()),
        autocommit: Cell::new(Autocommit::Legacy),
        check_same_thread: Cell::new(false),
        thread: Cell::new(0),
        cache_size: Cell::new(0),
        cache: Field::new(Value::NONE),
        last_sql: Field::new(Value::UNBOUND),
        last_statement: Field::new(Value::UNBOUND),
        callbacks: Field::new(Value::NONE),
        instances: Field::new(Value::NONE),
        row_factory: Field::new(Value::NONE),
        text_factory: Field::new(Value::NONE),
    };
    Ok(vm.native(class_arg(vm, *class)?, connection).value())
}

/// Warns of arguments that are to be given by keyword only.
pub fn warn_of_positional(vm: &Vm, args: Args, given: usize, function: &str) -> Result<(), Raised> {
    if (2..=8).contains(&given) && args.count() >= given {
        let text = format!(
            "Passing more than 1 positional argument to {function}() is deprecated. Parameters 'timeout', \
             'detect_types', 'isolation_level', 'check_same_thread', 'factory', 'cached_statements' and 'uri' will \
             become keyword-only parameters in Python 3.15."
        );
        vm.warn(TypeId::DeprecationWarning, &text, 1)?;
    }
    Ok(())
}

fn init_checked(vm: &Vm, args: Args) -> R {
    warn_of_positional(vm, args, args.count().saturating_sub(1), "_sqlite3.Connection")?;
    BOUND_INIT.call(vm, args)
}

fn init(
    vm: &Vm,
    [this, database, timeout, detect_types, isolation_level, check_same_thread, _, cached, uri, autocommit]: &[Value;
         10],
) -> R {
    let connection = data::<Connection>(vm, *this)?;
    let timeout = vm.to_float(*timeout)?;
    let detect_types = int_argument(vm, *detect_types)?;
    let isolation_level = IsolationLevel::from_value(vm, *isolation_level)?;
    let check_same_thread = vm.truthy(*check_same_thread)?;
    let cached = int_argument(vm, *cached)?;
    let uri = vm.truthy(*uri)?;
    let autocommit = Autocommit::from_value(vm, *autocommit)?;
    vm.audit("sqlite3.connect", &[*database])?;
    let path = vm.fs_cstring(*database)?;
    if connection.is_initialized.get() {
        connection.is_initialized.set(false);
        roll_back(vm, connection)?;
        // Cursors go on with the old database.
        let db = connection.db.clone();
        db.leave();
        forget(vm, connection)?;
    }
    let state = connection.state(vm)?;
    let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE | if uri { ffi::SQLITE_OPEN_URI } else { 0 };
    let mut handle = std::ptr::null_mut();
    // SAFETY: the path ends with a null character. The library may have been built with foreign keys on.
    let code = gate::leave(vm, || unsafe {
        let code = ffi::sqlite3_open_v2(path.as_ptr(), &mut handle, flags, std::ptr::null());
        if code == ffi::SQLITE_OK {
            ffi::sqlite3_busy_timeout(handle, (timeout * 1000.0) as c_int);
            let none = std::ptr::null_mut::<c_int>();
            ffi::sqlite3_db_config(handle, ffi::SQLITE_DBCONFIG_ENABLE_FKEY, 0 as c_int, none);
        }
        code
    });
    if code != ffi::SQLITE_OK {
        let raised = if handle.is_null() { vm.memory_error() } else { error::failed(vm, state, handle) };
        // SAFETY: a handle of ours, or null, which is allowed.
        unsafe { db::close(handle) };
        return Err(raised);
    }
    connection.db.set_handle(handle);
    vm.heap.note_allocation(SIZE);
    connection.detect_types.set(detect_types);
    connection.isolation_level.set(isolation_level);
    connection.autocommit.set(autocommit);
    connection.check_same_thread.set(check_same_thread);
    connection.thread.set(vm.thread().ident.get());
    connection.cache_size.set(cached.max(0) as usize);
    connection.cache.set(vm, connection, vm.dict().value());
    if connection.callbacks.get().is_none() {
        connection.callbacks.set(vm, connection, vm.list(&[]).value());
        connection.instances.set(vm, connection, vm.list(&[]).value());
    }
    connection.row_factory.set(vm, connection, Value::NONE);
    connection.text_factory.set(vm, connection, vm.types[TypeId::Str].value());
    vm.audit("sqlite3.connect/handle", &[*this])?;
    connection.is_initialized.set(true);
    if autocommit == Autocommit::Disabled {
        transaction::execute(vm, connection, c"BEGIN")?;
    }
    Ok(Value::NONE)
}

/// What an open connection counts as, in bytes of memory: files are closed when it is swept.
const SIZE: usize = 64 << 10;

/// Rolls back what is open where there is always a transaction.
fn roll_back(vm: &Vm, connection: ConnectionRef) -> Result<(), Raised> {
    let is_always = connection.autocommit.get() == Autocommit::Disabled;
    if is_always && !connection.db.handle().is_null() && transaction::is_open(connection) {
        return transaction::execute(vm, connection, c"ROLLBACK");
    }
    Ok(())
}

/// Closes the database, if it is open.
fn shut(vm: &Vm, connection: ConnectionRef) -> Result<(), Raised> {
    let rolled_back = roll_back(vm, connection);
    let db = connection.db.clone();
    db.close();
    forget(vm, connection)?;
    rolled_back
}

/// Forgets the statements, and the callbacks that no database knows any more.
fn forget(vm: &Vm, connection: ConnectionRef) -> Result<(), Raised> {
    connection.cache.set(vm, connection, Value::NONE);
    connection.last_sql.set(vm, connection, Value::UNBOUND);
    connection.last_statement.set(vm, connection, Value::UNBOUND);
    if connection.callbacks.get().is_none() { Ok(()) } else { super::callback::settle(vm, connection) }
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let connection = data::<Connection>(vm, *this)?;
    connection.check_thread(vm)?;
    if !connection.is_initialized.get() {
        let text = "Base Connection.__init__ not called.";
        return Err(error::programming_error(vm, connection.state(vm)?, text));
    }
    shut(vm, connection)?;
    Ok(Value::NONE)
}

fn finalize(vm: &Vm, [this]: &[Value; 1]) -> R {
    let connection = data::<Connection>(vm, *this)?;
    if connection.db.handle().is_null() {
        return Ok(Value::NONE);
    }
    let text = format!("unclosed database in {}", vm.repr(*this)?.to_string_lossy());
    let warned = match vm.state_value("warn") {
        Some(warn) => {
            let args = [vm.str(&text).value(), vm.types[TypeId::ResourceWarning].value(), vm.int(1), *this];
            vm.call(warn, &args).map(|_| ())
        }
        None => Ok(()),
    };
    shut(vm, connection)?;
    warned?;
    Ok(Value::NONE)
}

/// `connection(sql)`: a statement.
fn call(vm: &Vm, this: Value, args: Args) -> R {
    let connection = data::<Connection>(vm, this)?;
    connection.check_open(vm)?;
    if args.keyword_count() > 0 {
        return Err(vm.type_error("sqlite3.Connection() takes no keyword arguments"));
    }
    let [sql] = args.args else {
        return Err(vm.type_error(format!("function takes exactly 1 argument ({} given)", args.count())));
    };
    let Some(sql) = vm.as_str(*sql) else {
        return Err(vm.type_error(format!("argument 1 must be str, not {}", crate::support::class_name(vm, *sql))));
    };
    Ok(super::statement::prepare(vm, connection, sql)?.value())
}

/// A cursor that a factory gives, or one of the module's own class where it is unbound.
fn cursor(vm: &Vm, [this, factory]: &[Value; 2]) -> R {
    let connection = checked(vm, *this)?;
    let state = connection.state(vm)?;
    if factory.is_unbound() {
        return Ok(super::cursor::make(vm, connection)?.value());
    }
    let cursor = vm.call(*factory, &[*this])?;
    let Some(own) = vm.as_native::<super::cursor::Cursor>(cursor) else {
        return Err(vm.type_error(format!("factory must return a cursor, not {}", vm.type_name(cursor))));
    };
    let _ = state;
    let factory = connection.row_factory.get();
    if !factory.is_none() {
        own.row_factory.set(vm, own, factory);
    }
    Ok(cursor)
}

fn sql_argument(vm: &Vm, sql: Value, function: &str) -> Result<Ref<Str>, Raised> {
    super::cursor::sql_argument(vm, sql, function)
}

fn execute(vm: &Vm, args: &[Value; 3]) -> R {
    try_execute(vm, args).or_else(|raised| again::after_failure(vm, raised, args[0], args[1], args[2]))
}

/// `execute()`, without a second time.
pub fn try_execute(vm: &Vm, [this, sql, parameters]: &[Value; 3]) -> R {
    let connection = data::<Connection>(vm, *this)?;
    let sql = sql_argument(vm, *sql, "execute")?;
    connection.check(vm)?;
    let cursor = super::cursor::make(vm, connection)?;
    run::execute(vm, cursor, sql, parameters.bound())?;
    Ok(cursor.value())
}

fn execute_many(vm: &Vm, [this, sql, parameters]: &[Value; 3]) -> R {
    let connection = data::<Connection>(vm, *this)?;
    let sql = sql_argument(vm, *sql, "executemany")?;
    connection.check(vm)?;
    let cursor = super::cursor::make(vm, connection)?;
    run::execute_many(vm, cursor, sql, *parameters)?;
    Ok(cursor.value())
}

fn execute_script(vm: &Vm, [this, script]: &[Value; 2]) -> R {
    let cursor = super::cursor::make(vm, checked(vm, *this)?)?;
    vm.call_method_str(cursor.value(), "executescript", &[*script])?;
    Ok(cursor.value())
}

fn enter(vm: &Vm, [this]: &[Value; 1]) -> R {
    data::<Connection>(vm, *this)?.check_open(vm)?;
    Ok(*this)
}

fn exit(vm: &Vm, [this, class, value, traceback]: &[Value; 4]) -> R {
    if !(class.is_none() && value.is_none() && traceback.is_none()) {
        transaction::rollback(vm, &[*this])?;
        return Ok(Value::FALSE);
    }
    if let Err(raised) = transaction::commit(vm, &[*this]) {
        // What could not be committed is rolled back, so that the database is not locked.
        let error = vm.take_exception(raised);
        return Err(match transaction::rollback(vm, &[*this]) {
            Ok(_) => vm.raise_again(error),
            Err(raised) => transaction::chain(vm, raised, error),
        });
    }
    Ok(Value::FALSE)
}

fn interrupt(vm: &Vm, [this]: &[Value; 1]) -> R {
    let connection = data::<Connection>(vm, *this)?;
    connection.check_open(vm)?;
    // SAFETY: the connection is open.
    unsafe { ffi::sqlite3_interrupt(connection.db.handle()) };
    Ok(Value::NONE)
}

fn iterdump(vm: &Vm, [this, filter]: &[Value; 2]) -> R {
    data::<Connection>(vm, *this)?.check_open(vm)?;
    let dump = vm.import_from("sqlite3.dump", "_iterdump")?;
    vm.call_keywords(dump, &[*this], &[("filter", *filter)])
}

fn total_changes(vm: &Vm, this: Value) -> R {
    let connection = data::<Connection>(vm, this)?;
    connection.check_open(vm)?;
    // SAFETY: the connection is open.
    Ok(vm.int(unsafe { ffi::sqlite3_total_changes64(connection.db.handle()) }))
}

fn in_transaction(vm: &Vm, this: Value) -> R {
    let connection = data::<Connection>(vm, this)?;
    connection.check_open(vm)?;
    // SAFETY: the connection is open.
    Ok(Value::bool(unsafe { ffi::sqlite3_get_autocommit(connection.db.handle()) } == 0))
}
