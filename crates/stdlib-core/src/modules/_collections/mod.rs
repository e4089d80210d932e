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

use object::{Module, ModuleDef, Raised, Ref, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_collections",
    doc: "Containers: deque, defaultdict, OrderedDict.",
    functions: &[count::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let deque = vm.add_type(module, &deque::DEQUE);
    vm.set_state("collections.deque", deque.value());
    let iterator = vm.add_type(module, &deque_iter::FORWARD);
    vm.set_state("collections._deque_iterator", iterator.value());
    let iterator = vm.add_type(module, &deque_iter::BACKWARD);
    vm.set_state("collections._deque_reverse_iterator", iterator.value());
    let class = vm.make_type_with_base(&default_dict::DEFAULT_DICT, Some(vm.types[object::TypeId::Dict]));
    vm.add_value(module, "defaultdict", class);
    vm.set_state("collections.defaultdict", class.value());
    let class = vm.make_type_with_base(&ordered_dict::ORDERED_DICT, Some(vm.types[object::TypeId::Dict]));
    vm.add_value(module, "OrderedDict", class);
    vm.set_state("collections.OrderedDict", class.value());
    ordered_views::make(vm);
    vm.add_type(module, &tuple_getter::TUPLE_GETTER);
    Ok(())
}
