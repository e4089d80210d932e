//! `_warnings`: hands warnings of native code to the pure implementation, which holds filters and registries.

use object::{Args, Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.",
    functions: &[FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Issue a warning, or maybe ignore it or raise an exception.
    "warn(...)" -> warn;
    /// Issue a warning, or maybe ignore it or raise an exception.
    "warn_explicit(...)" -> warn_explicit;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for name in ["warn", "warn_explicit"] {
        if let Some(function) = module.dict().get_str(vm, vm.intern(name)) {
            vm.set_state(name, function);
        }
    }
    Ok(())
}

/// The function of `warnings`, or of the module behind it before that is imported.
fn forward(vm: &Vm, name: &str, args: Args) -> R {
    let modules = vm.modules_dict();
    let module = match modules.get_str(vm, vm.intern("warnings")) {
        Some(module) if vm.getattr_opt(module, vm.intern(name))?.is_some() => module,
        _ => {
            let import = vm.builtins_dict().get_str(vm, vm.names.__import__).unwrap_or(Value::NONE);
            vm.call(import, &[vm.intern("_py_warnings").value()])?
        }
    };
    let function = vm.getattr_str(module, name)?;
    vm.call_args(function, args)
}

/// Would the default filters ignore the warning? Then nothing has to be imported for it.
fn is_ignored_by_default(vm: &Vm, args: Args) -> bool {
    let loaded = vm.modules_dict().get_str(vm, vm.intern("_py_warnings")).is_some();
    let ignored = [TypeId::ResourceWarning, TypeId::ImportWarning, TypeId::PendingDeprecationWarning];
    let category = args.args.get(1).copied().unwrap_or(Value::NONE);
    !loaded
        && vm.config.warn_options.is_empty()
        && !vm.config.dev_mode
        && ignored.iter().any(|id| vm.types[*id].value() == category)
}

fn warn(vm: &Vm, args: Args) -> R {
    if is_ignored_by_default(vm, args) {
        return Ok(Value::NONE);
    }
    forward(vm, "warn", args)
}

fn warn_explicit(vm: &Vm, args: Args) -> R {
    forward(vm, "warn_explicit", args)
}
