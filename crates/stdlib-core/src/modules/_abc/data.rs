//! The data of an abstract base class.

use object::layout::native::{Native, NativeData};
use object::{
    Dict, Field, Kind, Raised, Ref, Tracer, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, type_flags,
};
use std::cell::Cell;

/// Registry and caches of an abstract base class. Each is a dict from the class's number to a weak reference to it; a
/// number may have come to stand for another class, so the reference is compared too.
pub struct AbcData {
    /// The classes that were registered.
    pub registry: Field,
    /// The classes known to be subclasses.
    pub cache: Field,
    /// The classes known not to be.
    pub negative: Field,
    /// The token of when the negative cache was emptied last.
    pub negative_version: Cell<u64>,
}

impl NativeData for AbcData {
    fn trace(&self, tracer: &mut Tracer) {
        self.registry.trace(tracer);
        self.cache.trace(tracer);
        self.negative.trace(tracer);
    }
}

static NEW: native::NativeDef = native! { "_abc_data($cls, /)" => new };

static TYPE: TypeDef = TypeDef {
    name: "_abc_data",
    module: "_abc",
    kind: Kind::NATIVE,
    flags: type_flags::WEAKREF,
    doc: "Internal state held by ABC machinery.",
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

const TYPE_NAME: &str = "_abc._abc_data";
const TOKEN: &str = "_abc.token";

/// Makes the class of the data.
pub fn make_type(vm: &Vm) {
    let class = vm.make_type(&TYPE);
    vm.set_state(TYPE_NAME, class.value());
}

/// Counts calls of `register`.
pub fn token(vm: &Vm) -> u64 {
    vm.state_value(TOKEN).and_then(|token| token.as_small()).unwrap_or(0) as u64
}

/// Invalidates the negative caches of all classes.
pub fn next_token(vm: &Vm) {
    vm.set_state(TOKEN, vm.int_u64(token(vm) + 1));
}

fn new(vm: &Vm, [class]: &[Value; 1]) -> Result<Value, Raised> {
    match class.cast::<TypeObj>() {
        Some(class) => Ok(vm.native(class, empty(vm)).value()),
        None => Err(vm.type_error("_abc_data.__new__() needs a class")),
    }
}

fn empty(vm: &Vm) -> AbcData {
    AbcData {
        registry: Field::new(Value::UNBOUND),
        cache: Field::new(Value::UNBOUND),
        negative: Field::new(Value::UNBOUND),
        negative_version: Cell::new(token(vm)),
    }
}

/// New data.
pub fn make(vm: &Vm) -> Result<Value, Raised> {
    match vm.state_value(TYPE_NAME).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(vm.native(class, empty(vm)).value()),
        None => Err(vm.system_error("_abc is not initialised")),
    }
}

/// The data of an abstract base class.
pub fn of(vm: &Vm, class: Value) -> Result<Ref<Native<AbcData>>, Raised> {
    let data = vm.getattr_str(class, "_abc_impl")?;
    match vm.as_native(data) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("_abc_impl is set to a wrong type")),
    }
}

fn key(class: Value) -> Value {
    Value::small((class.bits() >> 3) as i64)
}

/// Is a class in one of the tables?
pub fn contains(vm: &Vm, table: &Field, class: Value) -> Result<bool, Raised> {
    let Some(dict) = table.get().cast::<Dict>() else { return Ok(false) };
    let found = dict.get(vm, key(class))?;
    Ok(found.is_some_and(|reference| vm.weak_target(reference) == Some(class)))
}

/// Adds a class to one of the tables.
pub fn add(vm: &Vm, data: Ref<Native<AbcData>>, table: &Field, class: Value) -> Result<(), Raised> {
    let dict = match table.get().cast::<Dict>() {
        Some(dict) => dict,
        None => {
            let dict = vm.dict();
            table.set(vm, data, dict.value());
            dict
        }
    };
    // The constructor shares references, which the machine's own one does not.
    let reference = vm.call(vm.types[TypeId::WeakRef].value(), &[class])?;
    dict.insert(vm, key(class), reference)
}

/// The classes of a table that are alive, as list.
pub fn live(vm: &Vm, table: &Field) -> Ref<object::List> {
    let list = vm.list(&[]);
    if let Some(dict) = table.get().cast::<Dict>() {
        for entry in dict.iter() {
            if let Some(class) = vm.weak_target(entry.value) {
                list.push(vm, class);
            }
        }
    }
    list
}

/// The weak references of a table, as set.
pub fn references(vm: &Vm, table: &Field) -> Result<Value, Raised> {
    let list = vm.list(&[]);
    if let Some(dict) = table.get().cast::<Dict>() {
        for entry in dict.iter() {
            list.push(vm, entry.value);
        }
    }
    vm.call(vm.types[TypeId::Set].value(), &[list.value()])
}
