//! `_abc`: what abstract base classes need, with their caches.

mod data;
mod registry;
mod subclass;

use object::{Module, ModuleDef, R, Raised, Ref, Value, Vm, natives};

natives! {
    static FUNCTIONS: {
        /// Return the current ABC cache token: it changes with every call of register() on any ABC.
        "get_cache_token($module, /)" => get_cache_token;
        /// Prepare a new abstract base class.
        "_abc_init($module, self, /)" => registry::init;
        /// Register a class as virtual subclass.
        "_abc_register($module, self, subclass, /)" => registry::register;
        /// What ABCMeta.__instancecheck__ does.
        "_abc_instancecheck($module, self, instance, /)" => subclass::instancecheck;
        /// What ABCMeta.__subclasscheck__ does.
        "_abc_subclasscheck($module, self, subclass, /)" => subclass::subclasscheck;
        /// For debugging: registry, caches and the version of the negative cache.
        "_get_dump($module, self, /)" => registry::dump;
        /// For tests: forget all registered classes.
        "_reset_registry($module, self, /)" => registry::reset_registry;
        /// For tests: empty the caches.
        "_reset_caches($module, self, /)" => registry::reset_caches;
    }
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_abc",
    doc: "Module contains faster C implementation of abc.ABCMeta",
    functions: &[FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, _: Ref<Module>) -> Result<(), Raised> {
    data::make_type(vm);
    Ok(())
}

fn get_cache_token(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(vm.int_u64(data::token(vm)))
}
