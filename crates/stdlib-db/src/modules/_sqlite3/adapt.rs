//! Adapters: from objects of any class to what SQLite can store.

use super::error;
use super::state::{self, StateRef};
use object::native::NativeDef;
use object::{NativeData, R, Raised, Tracer, TypeDef, TypeId, Value, Vm, native, type_flags};

/// An instance of the class by which objects are asked to adapt themselves.
struct Protocol;

impl NativeData for Protocol {
    fn trace(&self, _: &mut Tracer) {}
}

static NEW: NativeDef = native! { "PrepareProtocol($cls, /, *args, **kwargs)" => new };

/// `PrepareProtocol`
pub static PROTOCOL: TypeDef = TypeDef {
    name: "PrepareProtocol",
    module: "sqlite3",
    flags: type_flags::BASETYPE,
    doc: "PEP 246 style object adaption protocol type.",
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn new(vm: &Vm, [class, ..]: &[Value; 3]) -> R {
    Ok(vm.native(crate::support::class_arg(vm, *class)?, Protocol).value())
}

/// Asks an object, and gives what is not None. TypeErrors count as None.
fn ask(vm: &Vm, object: Value, method: &str, about: Value) -> Result<Option<Value>, Raised> {
    let Some(method) = vm.getattr_opt(object, vm.intern(method))? else { return Ok(None) };
    match vm.call(method, &[about]) {
        Ok(value) => Ok((!value.is_none()).then_some(value)),
        Err(raised) => vm.catch(raised, TypeId::TypeError).map(|_| None),
    }
}

/// What an object is adapted to by a protocol: by an adapter of its class, by the protocol, by itself.
pub fn adapt(vm: &Vm, state: StateRef, object: Value, protocol: Value, default: Option<Value>) -> R {
    let key = vm.tuple(&[vm.type_of(object).value(), protocol]).value();
    if let Some(adapter) = state::dict(vm, &state.adapters)?.get(vm, key)? {
        return vm.call(adapter, &[object]);
    }
    if let Some(adapted) = ask(vm, protocol, "__adapt__", object)? {
        return Ok(adapted);
    }
    if let Some(adapted) = ask(vm, object, "__conform__", protocol)? {
        return Ok(adapted);
    }
    default.ok_or_else(|| error::programming_error(vm, state, "can't adapt"))
}

/// What is stored of a parameter.
#[inline]
pub fn parameter(vm: &Vm, state: StateRef, value: Value) -> R {
    let is_basic = vm.is_exactly(value, TypeId::Int)
        || vm.is_exactly(value, TypeId::Str)
        || vm.is_exactly(value, TypeId::Float)
        || vm.is_exactly(value, TypeId::ByteArray);
    let is_adapted = if is_basic {
        state.adapts_basic.get()
    } else {
        state.adapts_others.get() || !(value.is_none() || vm.is_exactly(value, TypeId::Bytes))
    };
    if is_adapted { adapt(vm, state, value, state.protocol.get(), Some(value)) } else { Ok(value) }
}

/// Registers an adapter.
pub fn register(vm: &Vm, state: StateRef, class: Value, adapter: Value) -> Result<(), Raised> {
    let is_one = |ids: &[TypeId]| ids.iter().any(|id| class == vm.types[*id].value());
    if is_one(&[TypeId::Int, TypeId::Float, TypeId::Str, TypeId::ByteArray]) {
        state.adapts_basic.set(true);
    }
    if is_one(&[TypeId::Bytes, TypeId::NoneType]) {
        state.adapts_others.set(true);
    }
    let key = vm.tuple(&[class, state.protocol.get()]).value();
    state::dict(vm, &state.adapters)?.insert(vm, key, adapter)
}
