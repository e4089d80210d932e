//! The module `_codecs`: the registry of codecs, and the codecs that are built in as functions.

mod decoders;
mod encoders;
mod registry;

use heap::Value;
use object::{Module, ModuleDef, Raised, Ref, Str, Vm};

/// `_codecs`
pub static MODULE: ModuleDef = ModuleDef {
    name: "_codecs",
    doc: "",
    functions: &[registry::FUNCTIONS, encoders::FUNCTIONS, decoders::FUNCTIONS],
    exec,
};

fn exec(_: &Vm, _: Ref<Module>) -> Result<(), Raised> {
    Ok(())
}

/// The class of an argument as messages name it.
fn shown_class(vm: &Vm, value: Value) -> String {
    if value.is_none() { "None".to_string() } else { vm.type_name(value) }
}

/// The name of an error handler; None is the default.
fn errors_argument(vm: &Vm, value: Value, function: &str) -> Result<String, Raised> {
    if value.is_none() {
        return Ok("strict".to_string());
    }
    if vm.as_str(value).is_none() {
        let class = shown_class(vm, value);
        return Err(vm.type_error(format!("{function}() argument 2 must be str or None, not {class}")));
    }
    builtins::codecs::name_argument(vm, value, "strict", function, "errors")
}

/// A string argument.
fn text_argument(vm: &Vm, value: Value, function: &str) -> Result<Ref<Str>, Raised> {
    vm.as_str(value).ok_or_else(|| {
        let class = shown_class(vm, value);
        vm.type_error(format!("{function}() argument 1 must be str, not {class}"))
    })
}
