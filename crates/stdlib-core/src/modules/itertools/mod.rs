//! `itertools`

mod combine;
mod endless;
mod filters;
mod group;
mod merge;
mod slices;
mod tee;

use crate::support::class_once;
use object::{Module, ModuleDef, Raised, Ref, TypeDef, TypeId, Value, Vm, type_flags};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "itertools",
    doc: "Building blocks for iterators: endless ones, filters, groupings, and all ways to combine items.",
    functions: &[tee::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let classes: [&'static TypeDef; 19] = [
        &merge::ACCUMULATE,
        &merge::CHAIN,
        &merge::ZIP_LONGEST,
        &slices::BATCHED,
        &slices::ISLICE,
        &slices::PAIRWISE,
        &combine::COMBINATIONS,
        &combine::COMBINATIONS_WITH_REPLACEMENT,
        &combine::PERMUTATIONS,
        &combine::PRODUCT,
        &filters::COMPRESS,
        &filters::DROPWHILE,
        &filters::FILTERFALSE,
        &filters::STARMAP,
        &filters::TAKEWHILE,
        &endless::COUNT,
        &endless::CYCLE,
        &endless::REPEAT,
        &group::GROUPBY,
    ];
    for def in classes {
        vm.add_type(module, def);
    }
    for (name, def) in [
        ("_grouper", &group::GROUPER),
        ("_tee_dataobject", &tee::TEE_DATA),
        ("_tee", &tee::TEE),
    ] {
        vm.add_value(module, name, class_once(vm, &format!("itertools.{name}"), def));
    }
    Ok(())
}

/// What all classes here have in common.
const ITERATOR: TypeDef = TypeDef {
    module: "itertools",
    base: TypeId::Object,
    flags: type_flags::BASETYPE,
    ..TypeDef::DEFAULT
};

/// Is nothing left? (A field that is unbound.)
fn done(value: Value) -> bool {
    value.is_unbound()
}
