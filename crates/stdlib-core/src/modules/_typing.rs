//! `_typing`: the native part of `typing`.

use object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

natives! {
    static FUNCTIONS: {
        /// Return the argument.
        "_idfunc($module, x, /)" => idfunc;
    }
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.",
    functions: &[FUNCTIONS],
    exec,
};

const CLASSES: &[(&str, TypeId)] = &[
    ("Generic", TypeId::Generic),
    ("ParamSpec", TypeId::ParamSpec),
    ("ParamSpecArgs", TypeId::ParamSpecArgs),
    ("ParamSpecKwargs", TypeId::ParamSpecKwargs),
    ("TypeAliasType", TypeId::TypeAliasType),
    ("TypeVar", TypeId::TypeVar),
    ("TypeVarTuple", TypeId::TypeVarTuple),
    ("Union", TypeId::Union),
];

fn idfunc(_: &Vm, [_, value]: &[Value; 2]) -> R {
    Ok(*value)
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, id) in CLASSES {
        vm.add_value(module, name, vm.types[*id].value());
    }
    // The class gives its only instance.
    let no_default = vm.call(vm.types[TypeId::NoDefaultType].value(), &[])?;
    vm.add_value(module, "NoDefault", no_default);
    Ok(())
}
