//! `_opcode`: what the modules `opcode` and `dis` ask about instructions. The library's opcode numbers are CPython's;
//! instructions of this machine are others, listed by `cargo dev bytecode`.

use bytecode::{BinaryOperator, Intrinsic1, Intrinsic2, SpecialMethod};
use object::{ModuleDef, R, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_opcode", doc: "Opcode support module.", functions: &[FUNCTIONS], exec };

fn exec(vm: &Vm, module: object::Ref<object::Module>) -> Result<(), object::Raised> {
    vm.add_value(module, "ENABLE_SPECIALIZATION", Value::TRUE);
    vm.add_value(module, "ENABLE_SPECIALIZATION_FT", Value::FALSE);
    Ok(())
}

natives! { static FUNCTIONS: {
    /// Compute the stack effect of the opcode.
    "stack_effect(opcode, oparg=None, /, *, jump=None)" => stack_effect;
    "is_valid(opcode)" => no;
    "has_arg(opcode)" => no;
    "has_const(opcode)" => no;
    "has_name(opcode)" => no;
    "has_jump(opcode)" => no;
    "has_free(opcode)" => no;
    "has_local(opcode)" => no;
    "has_exc(opcode)" => no;
    "get_intrinsic1_descs()" => intrinsics_1;
    "get_intrinsic2_descs()" => intrinsics_2;
    "get_special_method_names()" => special_methods;
    "get_nb_ops()" => operators;
    "get_executor(*, code, offset)" => executor;
    "get_specialization_stats()" => stats;
}}

fn stack_effect(vm: &Vm, _: &[Value; 3]) -> R {
    Err(vm.value_error("invalid opcode or oparg"))
}

fn no(_: &Vm, _: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}

fn texts(vm: &Vm, texts: impl Iterator<Item = &'static str>) -> R {
    let list = vm.list(&[]);
    for text in texts {
        list.push(vm, vm.intern(text).value());
    }
    Ok(list.value())
}

fn intrinsics_1(vm: &Vm, _: &[Value; 0]) -> R {
    texts(vm, Intrinsic1::ALL.iter().map(|intrinsic| intrinsic.text()))
}

fn intrinsics_2(vm: &Vm, _: &[Value; 0]) -> R {
    texts(vm, Intrinsic2::ALL.iter().map(|intrinsic| intrinsic.text()))
}

fn special_methods(vm: &Vm, _: &[Value; 0]) -> R {
    texts(vm, SpecialMethod::ALL.iter().map(|special| special.text()))
}

fn operators(vm: &Vm, _: &[Value; 0]) -> R {
    let list = vm.list(&[]);
    for operator in BinaryOperator::ALL {
        let name = vm.intern(&format!("NB_{operator:?}").to_uppercase()).value();
        list.push(vm, vm.tuple(&[name, vm.intern(operator.text()).value()]).value());
    }
    Ok(list.value())
}

fn executor(_: &Vm, _: &[Value; 2]) -> R {
    Ok(Value::NONE)
}

fn stats(_: &Vm, _: &[Value; 0]) -> R {
    Ok(Value::NONE)
}
