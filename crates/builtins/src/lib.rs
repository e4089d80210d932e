//! What Python sees of the built-in types: a folder for each, with its methods, slots and iterators.

#![recursion_limit = "512"]

pub mod bytes;
pub mod codecs;
pub mod complex;
pub mod dict;
pub mod float;
pub mod int;
pub mod list;
pub mod memoryview;
pub mod set;
pub mod str;
pub mod support;
pub mod tuple;

use object::{TypeDef, TypeId, Vm};

/// The definitions of all classes that the machine knows, bases before what extends them; `object` and `type` first.
static TYPES: &[&[&TypeDef]] = &[
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
];

/// Makes the built-in classes.
pub fn init_types(vm: &Vm) {
    for def in TYPES.iter().copied().flatten() {
        let base = (def.id != Some(TypeId::Object)).then(|| vm.types[def.base]);
        vm.make_bare_type(def, base);
    }
    for def in TYPES.iter().copied().flatten() {
        if let Some(id) = def.id {
            vm.fill_type(vm.types[id]);
        }
    }
}
