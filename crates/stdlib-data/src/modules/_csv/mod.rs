//! `_csv`

mod dialect;
mod reader;
mod writer;

use crate::once;
use object::slots::R;
use object::{Args, Dict, Module, ModuleDef, Raised, Ref, TypeObj, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_csv", doc: "CSV parsing and writing.\n", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Return a reader object that will process lines from the given iterable.
    ///
    /// The "iterable" argument can be any object that returns a line
    /// of input for each iteration, such as a file object or a list.  The
    /// optional "dialect" argument defines a CSV dialect.  The function
    /// also accepts optional keyword arguments which override settings
    /// provided by the dialect.
    ///
    /// The returned object is an iterator.  Each iteration returns a row
    /// of the CSV file (which can span multiple input lines).
    "reader($module, iterable, /, dialect='excel', **fmtparams)" -> reader::reader;
    /// Return a writer object that will write user data on the given file object.
    ///
    /// The "fileobj" argument can be any object that supports the file API.
    /// The optional "dialect" argument defines a CSV dialect.  The function
    /// also accepts optional keyword arguments which override settings
    /// provided by the dialect.
    "writer($module, fileobj, /, dialect='excel', **fmtparams)" -> writer::writer;
    /// Create a mapping from a string name to a CVS dialect.
    ///
    /// The optional "dialect" argument specifies the base dialect instance
    /// or the name of the registered dialect.  The function also accepts
    /// optional keyword arguments which override settings provided by the
    /// dialect.
    "register_dialect($module, name, /, dialect='excel', **fmtparams)" -> register_dialect;
    /// Delete the name/dialect mapping associated with a string name.
    "unregister_dialect($module, /, name)" => unregister_dialect;
    /// Return the dialect instance associated with name.
    "get_dialect($module, /, name)" => get_dialect;
    /// Return a list of all known dialect names.
    "list_dialects($module, /)" => list_dialects;
    /// Sets an upper limit on parsed fields.
    ///
    /// Returns old limit. If limit is not given, no new limit is set and
    /// the old limit is returned
    "field_size_limit($module, /, new_limit=<unrepresentable>)" => field_size_limit;
}}

/// Names and values of `quoting`.
pub mod quoting {
    /// Quote fields that need it.
    pub const MINIMAL: i32 = 0;
    /// Quote all fields.
    pub const ALL: i32 = 1;
    /// Quote what is no number; read what is not quoted as float.
    pub const NONNUMERIC: i32 = 2;
    /// Never quote.
    pub const NONE: i32 = 3;
    /// Quote strings.
    pub const STRINGS: i32 = 4;
    /// Quote all but None.
    pub const NOTNULL: i32 = 5;
}

const ERROR: &str = "_csv.Error";
const LIMIT: &str = "_csv.field_limit";
const DIALECTS: &str = "_csv.dialects";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.set_state(LIMIT, Value::small(128 << 10));
    let dialects = vm.dict();
    vm.set_state(DIALECTS, dialects.value());
    vm.add_value(module, "_dialects", dialects);
    let constants = [
        ("QUOTE_MINIMAL", quoting::MINIMAL),
        ("QUOTE_ALL", quoting::ALL),
        ("QUOTE_NONNUMERIC", quoting::NONNUMERIC),
        ("QUOTE_NONE", quoting::NONE),
        ("QUOTE_STRINGS", quoting::STRINGS),
        ("QUOTE_NOTNULL", quoting::NOTNULL),
    ];
    for (name, value) in constants {
        vm.add_value(module, name, vm.int(value as i64));
    }
    let error = once::exception(vm, "_csv", "Error", vm.types[object::TypeId::Exception].value())?;
    vm.add_value(module, "Error", error);
    for (name, key, def) in [
        ("Dialect", dialect::CLASS, &dialect::DIALECT),
        ("Reader", reader::CLASS, &reader::READER),
        ("Writer", writer::CLASS, &writer::WRITER),
    ] {
        vm.add_value(module, name, once::class(vm, key, def));
    }
    Ok(())
}

/// A class that `exec` kept.
fn class(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    once::kept(vm, name).ok_or_else(|| vm.system_error("_csv is not initialised"))
}

/// Raises `_csv.Error`.
#[cold]
fn error(vm: &Vm, text: impl AsRef<str>) -> Raised {
    match class(vm, ERROR) {
        Ok(class) => vm.raise_type(class, &[vm.str(text.as_ref()).value()]),
        Err(raised) => raised,
    }
}

fn dialects(vm: &Vm) -> Result<Ref<Dict>, Raised> {
    let dialects = vm.state_value(DIALECTS).and_then(|dict| dict.cast::<Dict>());
    dialects.ok_or_else(|| vm.system_error("_csv is not initialised"))
}

/// The largest number of characters of a field.
fn field_limit(vm: &Vm) -> i64 {
    vm.state_value(LIMIT).and_then(|limit| vm.as_int(limit)?.to_i64()).unwrap_or(128 << 10)
}

/// A registered dialect.
fn registered(vm: &Vm, name: Value) -> R {
    match dialects(vm)?.get(vm, name)? {
        Some(dialect) => Ok(dialect),
        None => Err(error(vm, "unknown dialect")),
    }
}

/// The positional arguments of `reader` and its like: one that is required, and a dialect.
fn unpack(vm: &Vm, name: &str, args: Args) -> Result<(Value, Value), Raised> {
    // The module comes first.
    match args.args[1..args.count()] {
        [] => Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [first] => Ok((first, Value::UNBOUND)),
        [first, dialect] => Ok((first, dialect)),
        ref more => Err(vm.type_error(format!("{name} expected at most 2 arguments, got {}", more.len()))),
    }
}

fn register_dialect(vm: &Vm, args: Args) -> R {
    let (name, base) = unpack(vm, "register_dialect", args)?;
    if vm.as_str(name).is_none() {
        return Err(vm.type_error("dialect name must be a string"));
    }
    let dialect = dialect::for_module_function(vm, base, args)?;
    dialects(vm)?.insert(vm, name, dialect)?;
    Ok(Value::NONE)
}

fn unregister_dialect(vm: &Vm, [_module, name]: &[Value; 2]) -> R {
    match dialects(vm)?.remove(vm, *name)? {
        Some(_) => Ok(Value::NONE),
        None => Err(error(vm, "unknown dialect")),
    }
}

fn get_dialect(vm: &Vm, [_module, name]: &[Value; 2]) -> R {
    registered(vm, *name)
}

fn list_dialects(vm: &Vm, [_module]: &[Value; 1]) -> R {
    let names = vm.list(&[]);
    for entry in dialects(vm)?.iter() {
        names.push(vm, entry.key);
    }
    Ok(names.value())
}

fn field_size_limit(vm: &Vm, [_module, limit]: &[Value; 2]) -> R {
    let old = vm.int(field_limit(vm));
    if let Some(limit) = limit.bound() {
        if !vm.is_exactly(limit, object::TypeId::Int) {
            return Err(vm.type_error("limit must be an integer"));
        }
        match vm.as_int(limit).and_then(|limit| limit.to_i64()) {
            Some(_) => vm.set_state(LIMIT, limit),
            None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    Ok(old)
}
