//! What the module keeps for the interpreter: its classes, exceptions and adapters.

use object::{Dict, Field, Native, NativeData, Raised, Ref, Str, Tracer, TypeObj, Value, ValueExt, Vm};
use std::cell::Cell;
use std::rc::Rc;

/// Name of the state.
const STATE: &str = "_sqlite3";

macro_rules! state {
    ($($(#[$meta:meta])* $name:ident)*) => {
        /// The state of the module.
        pub struct State {
            $($(#[$meta])* pub $name: Field,)*
            /// See [`super::db::Db::holds`].
            pub holders: Rc<Cell<isize>>,
            /// Are exceptions of callbacks shown?
            pub shows_tracebacks: Cell<bool>,
            /// Has a class an adapter whose instances are stored as they are otherwise?
            pub adapts_basic: Cell<bool>,
            /// Has None or bytes an adapter?
            pub adapts_others: Cell<bool>,
        }

        impl NativeData for State {
            fn trace(&self, tracer: &mut Tracer) {
                $(self.$name.trace(tracer);)*
            }
        }

        impl State {
            fn new() -> State {
                State {
                    $($name: Field::new(Value::UNBOUND),)*
                    holders: Rc::default(),
                    shows_tracebacks: Cell::new(false),
                    adapts_basic: Cell::new(false),
                    adapts_others: Cell::new(false),
                }
            }
        }
    };
}

state! {
    /// `Connection`
    connection
    /// `Cursor`
    cursor
    /// `Row`
    row
    /// `Blob`
    blob
    /// `Statement`
    statement
    /// `PrepareProtocol`
    protocol
    /// `Warning`
    warning
    /// `Error`
    error
    /// `InterfaceError`
    interface_error
    /// `DatabaseError`
    database_error
    /// `InternalError`
    internal_error
    /// `OperationalError`
    operational_error
    /// `ProgrammingError`
    programming_error
    /// `IntegrityError`
    integrity_error
    /// `DataError`
    data_error
    /// `NotSupportedError`
    not_supported_error
    /// Adapters: a dict from pairs of class and protocol.
    adapters
    /// Converters: a dict from names of types in capitals.
    converters
    /// The name of the method that takes arguments of an aggregate.
    step
    /// The name of the method that gives an aggregate's result.
    finalize
    /// The name of the method that gives a window's result.
    value
    /// The name of the method that takes arguments of a window back.
    inverse
}

/// The state, as objects of the module hold it.
pub type StateRef = Ref<Native<State>>;

/// The state of the module, if it was imported.
pub fn find(vm: &Vm) -> Option<StateRef> {
    vm.as_native(vm.state_value(STATE)?)
}

/// The state of the module.
pub fn get(vm: &Vm) -> Result<StateRef, Raised> {
    find(vm).ok_or_else(|| vm.system_error("_sqlite3 is not imported"))
}

/// Makes the state.
pub fn make(vm: &Vm) -> StateRef {
    let state = vm.native(vm.types[object::TypeId::Object], State::new());
    vm.set_state(STATE, state.value());
    state
}

/// A class of the state.
pub fn class(vm: &Vm, field: &Field) -> Result<Ref<TypeObj>, Raised> {
    field.get().cast().ok_or_else(|| vm.system_error("_sqlite3 is not complete"))
}

/// A dict of the state.
pub fn dict(vm: &Vm, field: &Field) -> Result<Ref<Dict>, Raised> {
    field.get().cast().ok_or_else(|| vm.system_error("_sqlite3 is not complete"))
}

/// A name of the state.
pub fn name(vm: &Vm, field: &Field) -> Result<Ref<Str>, Raised> {
    field.get().cast().ok_or_else(|| vm.system_error("_sqlite3 is not complete"))
}
