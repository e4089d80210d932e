//! `binascii`

mod base64;
mod checksum;
mod hex;
mod quoted;
mod uu;

use object::{Module, ModuleDef, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: &[base64::FUNCTIONS, hex::FUNCTIONS, uu::FUNCTIONS, quoted::FUNCTIONS, checksum::FUNCTIONS],
    exec,
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, base) in [("Error", TypeId::ValueError), ("Incomplete", TypeId::Exception)] {
        let class = crate::support::exception_once(vm, "binascii", name, "binascii", base)?;
        vm.add_value(module, name, class);
    }
    Ok(())
}

/// Raises `binascii.Error`.
#[cold]
pub fn error(vm: &Vm, text: impl AsRef<str>) -> Raised {
    match vm.state_value("binascii.Error").and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => vm.raise_type(class, &[vm.str(text.as_ref()).value()]),
        None => vm.value_error(text),
    }
}

/// Hands the bytes of a bytes-like object or of an ASCII string to a function, which must not call Python.
pub fn with_ascii<T>(vm: &Vm, value: Value, run: impl FnOnce(&[u8]) -> Result<T, Raised>) -> Result<T, Raised> {
    if let Some(text) = vm.as_str(value) {
        if !text.is_ascii() {
            return Err(vm.value_error("string argument should contain only ASCII characters"));
        }
        return run(text.as_bytes());
    }
    if !vm.has_buffer(value) {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("argument should be bytes, buffer or ASCII string, not '{name}'")));
    }
    vm.with_bytes(value, run)?
}
