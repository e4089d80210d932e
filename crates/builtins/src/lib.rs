//! What Python sees of the built-in types: a folder for each, with its methods, slots and iterators.

#![recursion_limit = "512"]

use object::{TypeDef, TypeId, Vm};

/// The definitions of all classes that the machine knows, bases before what extends them; `object` and `type` first.
static TYPES: &[&[&TypeDef]] = &[];

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
