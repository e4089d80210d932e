//! What the module keeps for the interpreter: its classes and the formats of buffers.

use object::{Field, Native, NativeData, Raised, Ref, Tracer, TypeObj, Value, ValueExt, Vm};
use std::cell::RefCell;
use std::collections::HashSet;

/// Name of the state.
const STATE: &str = "_ctypes";

macro_rules! state {
    ($($(#[$meta:meta])* $name:ident)*) => {
        /// The state of the module.
        pub struct State {
            $($(#[$meta])* pub $name: Field,)*
            /// Formats of buffers, which buffers and views refer to as long as the interpreter lives.
            formats: RefCell<HashSet<Box<str>>>,
        }

        impl NativeData for State {
            fn trace(&self, tracer: &mut Tracer) {
                $(self.$name.trace(tracer);)*
            }
        }

        impl State {
            fn new() -> State {
                State { $($name: Field::new(Value::UNBOUND),)* formats: RefCell::default() }
            }
        }
    };
}

state! {
    /// `_CData`
    data
    /// `Structure`
    structure
    /// `Union`
    union
    /// `Array`
    array
    /// `_Pointer`
    pointer
    /// `_SimpleCData`
    simple
    /// `CFuncPtr`
    function
    /// `CField`
    field
    /// `CArgObject`
    param
    /// `CThunkObject`
    thunk
    /// What holds the characters of a wide string.
    characters
    /// `PyCArrayType`
    array_type
    /// `ArgumentError`
    argument_error
    /// `_unpickle`
    unpickle
}

/// The state of the module, if it was imported.
pub fn find(vm: &Vm) -> Option<Ref<Native<State>>> {
    vm.as_native(vm.state_value(STATE)?)
}

/// The state of the module.
pub fn get(vm: &Vm) -> Result<Ref<Native<State>>, Raised> {
    find(vm).ok_or_else(|| vm.system_error("_ctypes is not imported"))
}

/// Makes the state.
pub fn make(vm: &Vm) -> Ref<Native<State>> {
    let state = vm.native(vm.types[object::TypeId::Object], State::new());
    vm.set_state(STATE, state.value());
    state
}

/// A class of the state.
pub fn class(vm: &Vm, field: fn(&State) -> &Field) -> Result<Ref<TypeObj>, Raised> {
    let state = get(vm)?;
    field(&state).get().cast().ok_or_else(|| vm.system_error("_ctypes is not complete"))
}

/// A format that lives as long as the interpreter.
pub fn format(vm: &Vm, text: &str) -> Result<&'static str, Raised> {
    let state = get(vm)?;
    let mut formats = state.formats.borrow_mut();
    if !formats.contains(text) {
        formats.insert(text.into());
    }
    match formats.get(text) {
        // SAFETY: formats are never removed, so the text lives as long as the state does, and with it the interpreter.
        Some(kept) => Ok(unsafe { &*std::ptr::from_ref::<str>(kept) }),
        None => Ok("B"),
    }
}
