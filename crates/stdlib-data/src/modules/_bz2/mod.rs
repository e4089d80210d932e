//! `_bz2`

mod compressor;
mod decompressor;
mod stream;

use crate::once;
use object::{Module, ModuleDef, Raised, Ref, TypeId, Vm};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_bz2", doc: "", functions: &[], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.add_value(module, "BZ2Compressor", once::class(vm, "_bz2.BZ2Compressor", &compressor::COMPRESSOR));
    vm.add_value(module, "BZ2Decompressor", once::class(vm, "_bz2.BZ2Decompressor", &decompressor::DECOMPRESSOR));
    Ok(())
}

/// Raises what a return code of the library stands for.
#[cold]
fn error(vm: &Vm, code: i32) -> Raised {
    use libbz2_rs_sys as bz;
    match code {
        bz::BZ_PARAM_ERROR => vm.value_error("Internal error - invalid parameters passed to libbzip2"),
        bz::BZ_MEM_ERROR => vm.memory_error(),
        bz::BZ_DATA_ERROR | bz::BZ_DATA_ERROR_MAGIC => vm.raise(TypeId::OSError, "Invalid data stream"),
        bz::BZ_IO_ERROR => vm.raise(TypeId::OSError, "Unknown I/O error"),
        bz::BZ_UNEXPECTED_EOF => vm.eof_error("Compressed file ended before the logical end-of-stream was detected"),
        bz::BZ_SEQUENCE_ERROR => vm.runtime_error("Internal error - Invalid sequence of commands sent to libbzip2"),
        code => vm.raise(TypeId::OSError, &format!("Unrecognized error from libbzip2: {code}")),
    }
}
