//! The classes of None, NotImplemented and `...`.

use ::object::slots::R;
use ::object::{Args, Kind, Slot, TypeDef, TypeId, Value, Vm, native, natives};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&NONE, &NOT_IMPLEMENTED, &ELLIPSIS];

static NONE_NEW: native::NativeDef = native! { "NoneType(...)" -> none_new };
static NOT_IMPLEMENTED_NEW: native::NativeDef = native! { "NotImplementedType(...)" -> not_implemented_new };
static ELLIPSIS_NEW: native::NativeDef = native! { "ellipsis(...)" -> ellipsis_new };

natives! {
    static NOT_IMPLEMENTED_METHODS: {
        /// The name of the constant.
        "__reduce__($self, /)" => not_implemented_reduce;
    }
}

natives! {
    static ELLIPSIS_METHODS: {
        /// The name of the constant.
        "__reduce__($self, /)" => ellipsis_reduce;
    }
}

static NONE: TypeDef = TypeDef {
    id: Some(TypeId::NoneType),
    name: "NoneType",
    kind: Kind::IMMEDIATE,
    doc: "The type of the None singleton.",
    slots: &[
        Slot::repr(|vm, _| Ok(vm.intern("None").value())),
        Slot::bool(|_, _| Ok(false)),
        // CPython's hash of None: a constant too.
        Slot::hash(|_, _| Ok(0xFCA8_6420)),
    ],
    new: Some(&NONE_NEW),
    ..TypeDef::DEFAULT
};

static NOT_IMPLEMENTED: TypeDef = TypeDef {
    id: Some(TypeId::NotImplementedType),
    name: "NotImplementedType",
    kind: Kind::IMMEDIATE,
    doc: "The type of the NotImplemented singleton.",
    slots: &[
        Slot::repr(|vm, _| Ok(vm.intern("NotImplemented").value())),
        Slot::bool(|vm, _| Err(vm.type_error("NotImplemented should not be used in a boolean context"))),
    ],
    methods: &[NOT_IMPLEMENTED_METHODS],
    new: Some(&NOT_IMPLEMENTED_NEW),
    ..TypeDef::DEFAULT
};

static ELLIPSIS: TypeDef = TypeDef {
    id: Some(TypeId::EllipsisType),
    name: "ellipsis",
    kind: Kind::IMMEDIATE,
    doc: "The type of the Ellipsis singleton.",
    slots: &[Slot::repr(|vm, _| Ok(vm.intern("Ellipsis").value()))],
    methods: &[ELLIPSIS_METHODS],
    new: Some(&ELLIPSIS_NEW),
    ..TypeDef::DEFAULT
};

fn only(vm: &Vm, args: Args, name: &str, value: Value) -> R {
    if args.args.len() > 1 {
        return Err(vm.type_error(format!("{name} takes no arguments")));
    }
    Ok(value)
}

fn none_new(vm: &Vm, args: Args) -> R {
    only(vm, args, "NoneType", Value::NONE)
}

fn not_implemented_new(vm: &Vm, args: Args) -> R {
    only(vm, args, "NotImplementedType", Value::NOT_IMPLEMENTED)
}

fn ellipsis_new(vm: &Vm, args: Args) -> R {
    only(vm, args, "EllipsisType", Value::ELLIPSIS)
}

fn not_implemented_reduce(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(vm.intern("NotImplemented").value())
}

fn ellipsis_reduce(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(vm.intern("Ellipsis").value())
}
