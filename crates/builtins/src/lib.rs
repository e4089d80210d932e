//! What Python sees of the built-in types: a folder for each, with its methods, slots and iterators.

#![recursion_limit = "512"]

pub mod bytes;
mod capsule;
pub mod codecs;
pub mod complex;
pub mod descriptors;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod function;
pub mod functions;
pub mod generator;
pub mod generic_alias;
pub mod int;
pub mod iterators;
pub mod list;
pub mod memoryview;
pub mod module;
pub mod object;
pub mod range_;
pub mod set;
pub mod singletons;
pub mod slice_;
pub mod str;
pub mod super_;
pub mod support;
pub mod template;
pub mod tuple;
pub mod type_;
pub mod typing;
pub mod weakref;

use ::object::{TypeDef, TypeId, Vm};

/// The definitions of all classes that the machine knows, bases before what extends them; `object` and `type` first.
static TYPES: &[&[&TypeDef]] = &[
    object::TYPES,
    type_::TYPES,
    descriptors::TYPES,
    function::TYPES,
    module::TYPES,
    generator::TYPES,
    exceptions::TYPES,
    super_::TYPES,
    generic_alias::TYPES,
    singletons::TYPES,
    capsule::TYPES,
    str::TYPES,
    bytes::TYPES,
    memoryview::TYPES,
    int::TYPES,
    float::TYPES,
    complex::TYPES,
    list::TYPES,
    tuple::TYPES,
    dict::TYPES,
    set::TYPES,
    slice_::TYPES,
    range_::TYPES,
    iterators::TYPES,
    weakref::TYPES,
    template::TYPES,
    typing::TYPES,
];

/// Makes the built-in classes.
pub fn init_types(vm: &Vm) {
    for def in TYPES.iter().copied().flatten() {
        let base = (def.id != Some(TypeId::Object)).then(|| vm.types[def.base]);
        vm.make_bare_type(def, base);
    }
    exceptions::link_bases(vm);
    for def in TYPES.iter().copied().flatten() {
        if let Some(id) = def.id {
            vm.fill_type(vm.types[id]);
        }
    }
    generator::install(vm);
    memoryview::install(vm);
    template::install(vm);
}
