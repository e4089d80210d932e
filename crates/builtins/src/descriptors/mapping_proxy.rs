//! `mappingproxy`: a read-only view of a mapping.

use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{Dict, Field, Kind, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives};
use bytecode::{BinaryOperator, CompareOperator};
use heap::Tracer;

/// The data of `mappingproxy`.
pub struct MappingProxy {
    /// The mapping that it shows.
    pub mapping: Field,
}

impl NativeData for MappingProxy {
    fn trace(&self, tracer: &mut Tracer) {
        self.mapping.trace(tracer);
    }
}

natives! {
    static METHODS: {
        /// The value of a key, or the default.
        "get($self, key, default=None, /)" => proxy_get;
        /// A view of the keys.
        "keys($self, /)" => proxy_keys;
        /// A view of the values.
        "values($self, /)" => proxy_values;
        /// A view of the items.
        "items($self, /)" => proxy_items;
        /// A shallow copy of the mapping.
        "copy($self, /)" => proxy_copy;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => crate::generic_alias::class_getitem [class];
        /// Iterate over the keys in reverse order.
        "__reversed__($self, /)" => proxy_reversed;
    }
}

static NEW: native::NativeDef = native! { "mappingproxy($cls, mapping)" => new };

/// `mappingproxy`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::MappingProxy),
    name: "mappingproxy",
    kind: Kind::NATIVE,
    flags: type_flags::MAPPING,
    doc: "A read-only view of a mapping.",
    slots: &[
        Slot::repr(|vm, this| {
            let inner = vm.repr(mapping(vm, this)?)?;
            Ok(vm.str_concat(&[vm.str("mappingproxy("), inner, vm.str(")")]).value())
        }),
        Slot::str(|vm, this| vm.to_str(mapping(vm, this)?).map(Ref::value)),
        Slot::hash(|vm, this| vm.hash(mapping(vm, this)?)),
        Slot::compare(compare),
        Slot::iter(|vm, this| vm.iter(mapping(vm, this)?)),
        Slot::len(|vm, this| vm.len(mapping(vm, this)?)),
        Slot::getitem(|vm, this, key| vm.getitem(mapping(vm, this)?, key)),
        Slot::contains(|vm, this, key| vm.contains(mapping(vm, this)?, key)),
        Slot::or(union),
        Slot::inplace_or(|vm, this, _| {
            Err(vm.type_error(format!("'|=' is not supported by {}; use '|' instead", vm.type_name(this))))
        }),
    ],
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn mapping(vm: &Vm, this: Value) -> R {
    let data: Option<Ref<Native<MappingProxy>>> = vm.as_native(this);
    match data {
        Some(data) => Ok(data.mapping.get()),
        None => Err(vm.type_error("expected a mappingproxy")),
    }
}

fn new(vm: &Vm, [class, mapping]: &[Value; 2]) -> R {
    let given = vm.type_of(*mapping);
    let is_sequence = given.is_subclass(vm.types[TypeId::List]) || given.is_subclass(vm.types[TypeId::Tuple]);
    // A class that has `__getitem__` and is no sequence of the machine's counts as a mapping.
    let is_mapping =
        given.slots().getitem.is_some() && (given.has(type_flags::HEAP) || !given.has(type_flags::SEQUENCE));
    let is_text = given.has(type_flags::STR) || given.has(type_flags::BYTES);
    if is_sequence || !is_mapping && !is_text || given.slots().getitem.is_none() {
        return Err(vm.type_error(format!("mappingproxy() argument must be a mapping, not {}", given.name_str())));
    }
    match class.cast::<TypeObj>() {
        Some(class) => Ok(vm.native(class, MappingProxy { mapping: Field::new(*mapping) }).value()),
        None => Err(vm.type_error("mappingproxy.__new__() needs a class")),
    }
}

fn unwrap(vm: &Vm, value: Value) -> Value {
    vm.as_native::<MappingProxy>(value).map_or(value, |data| data.mapping.get())
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    vm.compare(mapping(vm, this)?, unwrap(vm, other), op)
}

fn union(vm: &Vm, a: Value, b: Value) -> R {
    vm.binary(BinaryOperator::Or, unwrap(vm, a), unwrap(vm, b))
}

fn proxy_get(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    let mapping = mapping(vm, *this)?;
    if vm.is_exactly(mapping, TypeId::Dict)
        && let Some(dict) = mapping.cast::<Dict>()
    {
        return Ok(dict.get(vm, *key)?.unwrap_or(*default));
    }
    vm.call_method_str(mapping, "get", &[*key, *default])
}

fn forward(vm: &Vm, this: Value, name: &str) -> Result<Value, Raised> {
    vm.call_method_str(mapping(vm, this)?, name, &[])
}

fn proxy_keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "keys")
}

fn proxy_values(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "values")
}

fn proxy_items(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "items")
}

fn proxy_copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "copy")
}

fn proxy_reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "__reversed__")
}
