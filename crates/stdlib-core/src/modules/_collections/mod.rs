//! `_collections`

mod count;
mod default_dict;
mod deque;
mod deque_iter;
mod deque_methods;
mod dicts;
mod ordered_dict;
mod ordered_views;
mod tuple_getter;

use crate::support::class_once;
use object::{Module, ModuleDef, Raised, Ref, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_collections",
    doc: "Containers: deque, defaultdict, OrderedDict.",
    functions: &[count::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, def) in [
        ("deque", &deque::DEQUE),
        ("_deque_iterator", &deque_iter::FORWARD),
        ("_deque_reverse_iterator", &deque_iter::BACKWARD),
        ("defaultdict", &default_dict::DEFAULT_DICT),
        ("OrderedDict", &ordered_dict::ORDERED_DICT),
    ] {
        vm.add_value(module, name, class_once(vm, &format!("collections.{name}"), def));
    }
    ordered_views::make(vm);
    vm.add_type(module, &tuple_getter::TUPLE_GETTER);
    Ok(())
}
