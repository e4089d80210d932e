//! `_types`: the classes that the module `types` names.

use object::{Module, ModuleDef, Raised, Ref, TypeId, Vm};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_types", doc: "Define names for built-in types.", functions: &[], exec };

const CLASSES: &[(&str, TypeId)] = &[
    ("AsyncGeneratorType", TypeId::AsyncGenerator),
    ("BuiltinFunctionType", TypeId::BuiltinFunction),
    ("BuiltinMethodType", TypeId::BuiltinFunction),
    ("CapsuleType", TypeId::Capsule),
    ("CellType", TypeId::Cell),
    ("ClassMethodDescriptorType", TypeId::ClassMethodDescriptor),
    ("CodeType", TypeId::Code),
    ("CoroutineType", TypeId::Coroutine),
    ("EllipsisType", TypeId::EllipsisType),
    ("FrameType", TypeId::Frame),
    ("FunctionType", TypeId::Function),
    ("GeneratorType", TypeId::Generator),
    ("GenericAlias", TypeId::GenericAlias),
    ("GetSetDescriptorType", TypeId::GetSetDescriptor),
    ("LambdaType", TypeId::Function),
    ("MappingProxyType", TypeId::MappingProxy),
    ("MemberDescriptorType", TypeId::MemberDescriptor),
    ("MethodDescriptorType", TypeId::MethodDescriptor),
    ("MethodType", TypeId::Method),
    ("MethodWrapperType", TypeId::MethodWrapper),
    ("ModuleType", TypeId::Module),
    ("NoneType", TypeId::NoneType),
    ("NotImplementedType", TypeId::NotImplementedType),
    ("SimpleNamespace", TypeId::SimpleNamespace),
    ("TracebackType", TypeId::Traceback),
    ("UnionType", TypeId::Union),
    ("WrapperDescriptorType", TypeId::WrapperDescriptor),
];

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, id) in CLASSES {
        if vm.types.is_made(*id) {
            vm.add_value(module, name, vm.types[*id].value());
        }
    }
    Ok(())
}
