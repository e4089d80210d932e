//! `_functools`

mod cmp_to_key;
mod lru_cache;
mod partial;

use crate::support::class_once;
use object::slots::{R, Slot};
use object::{Module, ModuleDef, Raised, Ref, TypeDef, TypeId, Value, Vm, native_ref, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_functools", doc: "Tools that operate on functions.", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Convert a cmp= function into a key= function.
    ///
    ///   mycmp
    ///     Function that compares two objects.
    "cmp_to_key($module, /, mycmp)" => cmp_to_key::cmp_to_key;
    /// Apply a function of two arguments to the items of an iterable from left to right: to the result so far (at first
    /// the initial value, or the first item) and the next item.
    "reduce($module, function, iterable, /, initial=<unrepresentable>)" => reduce;
}}

static PLACEHOLDER: TypeDef = TypeDef {
    name: "_PlaceholderType",
    module: "functools",
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    slots: &[Slot::repr(|vm, _| Ok(vm.str("Placeholder").value()))],
    methods: &[PLACEHOLDER_METHODS],
    new: Some(native_ref!("_PlaceholderType(...)" -> placeholder_new)),
    ..TypeDef::DEFAULT
};

natives! { static PLACEHOLDER_METHODS: {
    "__reduce__($self, /)" => placeholder_reduce;
}}

struct Placeholder;
object::traced! { Placeholder {} }

fn placeholder_new(vm: &Vm, args: object::Args) -> R {
    if args.args.len() > 1 {
        return Err(vm.type_error("_PlaceholderType takes no arguments"));
    }
    placeholder(vm)
}

fn placeholder_reduce(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(vm.str("Placeholder").value())
}

/// The object `Placeholder`.
fn placeholder(vm: &Vm) -> R {
    vm.state_value("functools.Placeholder").ok_or_else(|| vm.system_error("no Placeholder"))
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let class = class_once(vm, "functools._PlaceholderType", &PLACEHOLDER);
    vm.add_value(module, "_PlaceholderType", class);
    let placeholder = match vm.state_value("functools.Placeholder") {
        Some(placeholder) => placeholder,
        None => vm.native(class, Placeholder).value(),
    };
    vm.set_state("functools.Placeholder", placeholder);
    vm.add_value(module, "Placeholder", placeholder);
    vm.add_type(module, &partial::PARTIAL);
    vm.add_type(module, &lru_cache::LRU_CACHE);
    class_once(vm, "functools.KeyWrapper", &cmp_to_key::KEY);
    Ok(())
}

fn reduce(vm: &Vm, [_module, function, iterable, initial]: &[Value; 4]) -> R {
    let iterator = match vm.iter(*iterable) {
        Ok(iterator) => iterator,
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            return Err(vm.type_error("reduce() arg 2 must support iteration"));
        }
    };
    let mut result = *initial;
    while let Some(item) = vm.next(iterator)? {
        result = if result.is_unbound() { item } else { vm.call(*function, &[result, item])? };
    }
    match result.bound() {
        Some(result) => Ok(result),
        None => Err(vm.type_error("reduce() of empty iterable with no initial value")),
    }
}
