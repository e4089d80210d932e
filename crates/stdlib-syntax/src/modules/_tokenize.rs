//! `_tokenize`

use object::{ModuleDef, R, TypeDef, Value, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_tokenize",
    doc: "",
    functions: &[],
    exec: |vm, module| {
        vm.add_type(module, &ITERATOR);
        Ok(())
    },
};

static NEW: object::native::NativeDef =
    object::native! { "TokenizerIter($cls, readline, /, *, encoding=None, extra_tokens=False)" => new };

static ITERATOR: TypeDef =
    TypeDef { name: "TokenizerIter", module: "_tokenize", new: Some(&NEW), ..TypeDef::DEFAULT };

fn new(vm: &Vm, _: &[Value; 4]) -> R {
    Err(vm.not_implemented_error("tokenizing for Python"))
}
