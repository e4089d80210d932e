//! Functions of the module.

use super::connection::{c_string, int_argument, warn_of_positional};
use super::{adapt, state};
use libsqlite3_sys as ffi;
use object::{Args, R, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Adapt an object by a protocol.
    "adapt($module, obj, proto=<unrepresentable>, alt=<unrepresentable>, /)" => adapt_object;
    /// Does a text have at least one whole statement?
    "complete_statement($module, /, statement)" => complete_statement;
    /// Open a connection to a database.
    "connect($module, /, database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=ConnectionType, cached_statements=128, uri=False, *, autocommit=sqlite3.LEGACY_TRANSACTION_CONTROL)" -> connect;
    /// Show exceptions of callbacks, or forget them.
    "enable_callback_tracebacks($module, enable, /)" => enable_callback_tracebacks;
    /// Register a function that makes what is stored of instances of a class.
    "register_adapter($module, type, adapter, /)" => register_adapter;
    /// Register a function that makes values of columns of a declared type.
    "register_converter($module, typename, converter, /)" => register_converter;
}}

fn adapt_object(vm: &Vm, [_, object, protocol, default]: &[Value; 4]) -> R {
    let state = state::get(vm)?;
    let protocol = protocol.bound().unwrap_or(state.protocol.get());
    adapt::adapt(vm, state, *object, protocol, default.bound())
}

fn complete_statement(vm: &Vm, [_, statement]: &[Value; 2]) -> R {
    let statement = c_string(vm, *statement, "complete_statement", "'statement'")?;
    // SAFETY: the text ends with a null character.
    Ok(Value::bool(unsafe { ffi::sqlite3_complete(statement.as_ptr()) } != 0))
}

/// Position of `factory` among the arguments.
const FACTORY: usize = 5;

fn connect(vm: &Vm, args: Args) -> R {
    let args = args.rest();
    warn_of_positional(vm, args, args.count(), "sqlite3.connect")?;
    let positional = &args.args[..args.count()];
    let factory = match positional.get(FACTORY) {
        Some(factory) => *factory,
        None => args.keyword("factory").unwrap_or(state::get(vm)?.connection.get()),
    };
    vm.call_args(factory, args)
}

fn enable_callback_tracebacks(vm: &Vm, [_, enable]: &[Value; 2]) -> R {
    state::get(vm)?.shows_tracebacks.set(int_argument(vm, *enable)? != 0);
    Ok(Value::NONE)
}

fn register_adapter(vm: &Vm, [_, class, adapter]: &[Value; 3]) -> R {
    adapt::register(vm, state::get(vm)?, *class, *adapter)?;
    Ok(Value::NONE)
}

fn register_converter(vm: &Vm, [_, name, converter]: &[Value; 3]) -> R {
    if vm.as_str(*name).is_none() {
        let found = crate::support::class_name(vm, *name);
        return Err(vm.type_error(format!("register_converter() argument 1 must be str, not {found}")));
    }
    let upper = vm.call_method_str(*name, "upper", &[])?;
    let state = state::get(vm)?;
    state::dict(vm, &state.converters)?.insert(vm, upper, *converter)?;
    Ok(Value::NONE)
}
