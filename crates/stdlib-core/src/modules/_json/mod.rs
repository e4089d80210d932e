//! `_json`

mod encode;
mod scan;
mod text;

use object::{Module, ModuleDef, Raised, Ref, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_json", doc: "json speedups", functions: &[text::FUNCTIONS], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let scanner = vm.make_type(&scan::SCANNER);
    vm.add_value(module, "make_scanner", scanner);
    let encoder = vm.make_type(&encode::ENCODER);
    vm.add_value(module, "make_encoder", encoder);
    Ok(())
}
