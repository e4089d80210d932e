//! Classes of native modules, made once: where a module is executed again, objects of before stay what they are.

use object::{Raised, Ref, TypeDef, TypeObj, Value, ValueExt, Vm};

/// A class that was kept under a name.
pub fn kept(vm: &Vm, key: &str) -> Option<Ref<TypeObj>> {
    vm.state_value(key).and_then(|class| class.cast::<TypeObj>())
}

/// The class of a definition, kept under a name.
pub fn class(vm: &Vm, key: &str, def: &'static TypeDef) -> Ref<TypeObj> {
    kept(vm, key).unwrap_or_else(|| {
        let class = vm.make_type(def);
        vm.set_state(key, class.value());
        class
    })
}

/// An exception class, kept as `module.name`.
pub fn exception(vm: &Vm, module: &str, name: &str, base: Value) -> Result<Ref<TypeObj>, Raised> {
    let key = format!("{module}.{name}");
    match kept(vm, &key) {
        Some(class) => Ok(class),
        None => {
            let class = vm.new_exception_class(module, name, &[base])?;
            vm.set_state(&key, class.value());
            Ok(class)
        }
    }
}
