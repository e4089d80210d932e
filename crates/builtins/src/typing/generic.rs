//! `typing.Generic`

use super::{call_typing, unpack_tuples};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{Args, Kind, TypeDef, TypeId, Value, Vm, natives};

natives! {
    static METHODS: {
        /// The class with arguments for its type parameters.
        "__class_getitem__(...)" -> class_getitem [class];
        /// Works out the type parameters of a subclass.
        "__init_subclass__(...)" -> init_subclass [class];
    }
}

/// `typing.Generic`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Generic),
    name: "Generic",
    module: "typing",
    kind: Kind::INSTANCE,
    flags: type_flags::BASETYPE,
    doc: "Base class of generic classes.",
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

fn forward(vm: &Vm, name: &str, args: Args) -> R {
    let function = vm.import_from("typing", name)?;
    vm.call_args(function, args)
}

fn class_getitem(vm: &Vm, args: Args) -> R {
    forward(vm, "_generic_class_getitem", args)
}

fn init_subclass(vm: &Vm, args: Args) -> R {
    forward(vm, "_generic_init_subclass", args)
}

/// `Generic[*params]`, the implicit base of classes with type parameters.
pub fn subscript_generic(vm: &Vm, params: Value) -> R {
    let params = unpack_tuples(vm, vm.to_tuple(params)?)?;
    call_typing(vm, "_GenericAlias", &[vm.types[TypeId::Generic].value(), params.value()])
}
