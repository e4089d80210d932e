//! `_ctypes`: C data types and foreign functions.
//!
//! A C type is a class whose metaclass is one of this module; what is known of it is its [`info::Info`]. An instance is a
//! [`data::CData`]: a block of memory, which may be part of that of another instance, and the objects that must live as
//! long as it. Calls in both directions are libffi's.

mod array;
mod c_interface;
mod call;
mod callback;
mod codes;
mod data;
mod enter;
mod errno;
mod ffi;
mod field;
mod float;
mod function;
mod functions;
mod info;
mod integer;
mod library;
mod memory;
mod meta;
mod outparam;
mod param;
mod pickle;
mod pointer;
mod simple;
mod state;
mod structure;
mod text;

use object::{Field, Module, ModuleDef, Raised, Ref, TypeDef, TypeId, TypeObj, Value, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_ctypes",
    doc: "Create and manipulate C compatible data types in Python.",
    functions: &[functions::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    // Classes are made once: where the module is executed again, objects of before stay what they are.
    let state = match state::find(vm) {
        Some(state) => state,
        None => make_classes(vm)?,
    };
    let shown: [(&str, &Field); 8] = [
        ("Structure", &state.structure),
        ("Union", &state.union),
        ("Array", &state.array),
        ("_Pointer", &state.pointer),
        ("_SimpleCData", &state.simple),
        ("CFuncPtr", &state.function),
        ("CField", &state.field),
        ("ArgumentError", &state.argument_error),
    ];
    for (name, field) in shown {
        vm.add_value(module, name, field.get());
    }
    if let Some(unpickle) = module.dict().get_str(vm, vm.intern("_unpickle")) {
        state.unpickle.set(vm, state, unpickle);
    }
    let numbers: [(&str, i64); 8] = [
        ("FUNCFLAG_CDECL", info::flags::CDECL as i64),
        ("FUNCFLAG_PYTHONAPI", info::flags::PYTHONAPI as i64),
        ("FUNCFLAG_USE_ERRNO", info::flags::USE_ERRNO as i64),
        ("FUNCFLAG_USE_LASTERROR", info::flags::USE_LASTERROR as i64),
        ("RTLD_LOCAL", libc::RTLD_LOCAL as i64),
        ("RTLD_GLOBAL", libc::RTLD_GLOBAL as i64),
        ("CTYPES_MAX_ARGCOUNT", call::MAX_ARGUMENTS as i64),
        ("SIZEOF_TIME_T", size_of::<libc::time_t>() as i64),
    ];
    for (name, number) in numbers {
        vm.add_value(module, name, vm.int(number));
    }
    vm.add_value(module, "__version__", vm.str("1.1.0"));
    memory::add_addresses(vm, module);
    Ok(())
}

fn make_classes(vm: &Vm) -> Result<Ref<object::Native<state::State>>, Raised> {
    let state = state::make(vm);
    let ctype = vm.make_type(&meta::CTYPE);
    let data = vm.make_type(&data::DATA);
    state.data.set(vm, state, data.value());
    let family = |metaclass: &'static TypeDef, class: &'static TypeDef| -> (Ref<TypeObj>, Value) {
        let metaclass = vm.make_type_with_base(metaclass, Some(ctype));
        (metaclass, vm.make_type_of_metaclass(metaclass, class, data).value())
    };
    state.structure.set(vm, state, family(&structure::STRUCTURE_METACLASS, &structure::STRUCTURE).1);
    state.union.set(vm, state, family(&structure::UNION_METACLASS, &structure::UNION).1);
    state.pointer.set(vm, state, family(&pointer::METACLASS, &pointer::POINTER).1);
    let (array_type, array) = family(&array::METACLASS, &array::ARRAY);
    state.array_type.set(vm, state, array_type.value());
    state.array.set(vm, state, array);
    state.simple.set(vm, state, family(&simple::METACLASS, &simple::SIMPLE).1);
    state.function.set(vm, state, family(&function::METACLASS, &function::FUNCTION).1);
    state.field.set(vm, state, vm.make_type(&field::FIELD).value());
    state.param.set(vm, state, vm.make_type(&param::PARAMETER).value());
    state.thunk.set(vm, state, vm.make_type(&callback::THUNK).value());
    state.characters.set(vm, state, vm.make_type(&text::CHARACTERS).value());
    let bases = [vm.types[TypeId::Exception].value()];
    let error = vm.new_exception_class("ctypes", "ArgumentError", &bases)?;
    state.argument_error.set(vm, state, error.value());
    Ok(state)
}
