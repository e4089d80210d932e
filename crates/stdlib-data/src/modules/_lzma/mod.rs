//! `_lzma`

mod compressor;
mod decompressor;
mod filters;
mod stream;

use crate::once;
use liblzma_sys as lz;
use object::slots::R;
use object::{Int, Module, ModuleDef, Raised, Ref, TypeId, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_lzma", doc: "", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Test whether the given integrity check is supported.
    ///
    /// Always returns True for CHECK_NONE and CHECK_CRC32.
    "is_check_supported($module, check_id, /)" => is_check_supported;
    /// Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).
    ///
    /// The result does not include the filter ID itself, only the options.
    "_encode_filter_properties($module, filter, /)" => filters::encode_properties;
    /// Return the filter as a dict that the options (properties) in *encoded_props* tell.
    ///
    /// The result includes the filter ID.
    "_decode_filter_properties($module, filter_id, encoded_props, /)" => filters::decode_properties;
}}

/// Containers.
pub mod format {
    /// Told by the data.
    pub const AUTO: i32 = 0;
    /// `.xz`
    pub const XZ: i32 = 1;
    /// `.lzma`
    pub const ALONE: i32 = 2;
    /// None.
    pub const RAW: i32 = 3;
}

/// The check of a stream that is not known yet.
pub const CHECK_UNKNOWN: i32 = 16;
const ERROR: &str = "_lzma.LZMAError";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let constants: [(&str, u64); 28] = [
        ("FORMAT_AUTO", format::AUTO as u64),
        ("FORMAT_XZ", format::XZ as u64),
        ("FORMAT_ALONE", format::ALONE as u64),
        ("FORMAT_RAW", format::RAW as u64),
        ("CHECK_NONE", lz::LZMA_CHECK_NONE as u64),
        ("CHECK_CRC32", lz::LZMA_CHECK_CRC32 as u64),
        ("CHECK_CRC64", lz::LZMA_CHECK_CRC64 as u64),
        ("CHECK_SHA256", lz::LZMA_CHECK_SHA256 as u64),
        ("CHECK_ID_MAX", 15),
        ("CHECK_UNKNOWN", CHECK_UNKNOWN as u64),
        ("FILTER_LZMA1", lz::LZMA_FILTER_LZMA1),
        ("FILTER_LZMA2", lz::LZMA_FILTER_LZMA2),
        ("FILTER_DELTA", lz::LZMA_FILTER_DELTA),
        ("FILTER_X86", lz::LZMA_FILTER_X86),
        ("FILTER_POWERPC", lz::LZMA_FILTER_POWERPC),
        ("FILTER_IA64", lz::LZMA_FILTER_IA64),
        ("FILTER_ARM", lz::LZMA_FILTER_ARM),
        ("FILTER_ARMTHUMB", lz::LZMA_FILTER_ARMTHUMB),
        ("FILTER_SPARC", lz::LZMA_FILTER_SPARC),
        ("MF_HC3", lz::LZMA_MF_HC3 as u64),
        ("MF_HC4", lz::LZMA_MF_HC4 as u64),
        ("MF_BT2", lz::LZMA_MF_BT2 as u64),
        ("MF_BT3", lz::LZMA_MF_BT3 as u64),
        ("MF_BT4", lz::LZMA_MF_BT4 as u64),
        ("MODE_FAST", lz::LZMA_MODE_FAST as u64),
        ("MODE_NORMAL", lz::LZMA_MODE_NORMAL as u64),
        ("PRESET_DEFAULT", lz::LZMA_PRESET_DEFAULT as u64),
        ("PRESET_EXTREME", lz::LZMA_PRESET_EXTREME as u64),
    ];
    for (name, value) in constants {
        vm.add_value(module, name, vm.int_u64(value));
    }
    let error = once::exception(vm, "_lzma", "LZMAError", vm.types[TypeId::Exception].value())?;
    error.dict().insert_str(vm, vm.names.__doc__, vm.str("Call to liblzma failed.").value());
    vm.add_value(module, "LZMAError", error);
    vm.add_value(module, "LZMACompressor", once::class(vm, "_lzma.LZMACompressor", &compressor::COMPRESSOR));
    let decompressor = once::class(vm, "_lzma.LZMADecompressor", &decompressor::DECOMPRESSOR);
    vm.add_value(module, "LZMADecompressor", decompressor);
    Ok(())
}

/// Raises LZMAError.
#[cold]
fn error_text(vm: &Vm, text: &str) -> Raised {
    match once::kept(vm, ERROR) {
        Some(class) => vm.raise_type(class, &[vm.str(text).value()]),
        None => vm.system_error("_lzma is not initialised"),
    }
}

/// Raises what a return code of the library stands for.
#[cold]
fn error(vm: &Vm, code: lz::lzma_ret) -> Raised {
    let text = match code {
        lz::LZMA_MEM_ERROR => return vm.memory_error(),
        lz::LZMA_UNSUPPORTED_CHECK => "Unsupported integrity check",
        lz::LZMA_MEMLIMIT_ERROR => "Memory usage limit exceeded",
        lz::LZMA_FORMAT_ERROR => "Input format not supported by decoder",
        lz::LZMA_OPTIONS_ERROR => "Invalid or unsupported options",
        lz::LZMA_DATA_ERROR => "Corrupt input data",
        lz::LZMA_BUF_ERROR => "Insufficient buffer space",
        lz::LZMA_PROG_ERROR => "Internal error",
        code => return error_text(vm, &format!("Unrecognized error from liblzma: {code}")),
    };
    error_text(vm, text)
}

/// An int argument that is not negative and at most `max`, whose C type is named where it is larger.
fn unsigned(vm: &Vm, value: Value, max: u64, c_type: &str) -> Result<u64, Raised> {
    let int = vm.index(value)?;
    if int.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let number = match int {
        Int::Small(int) => Some(int as u64),
        Int::Big(big) => u64::try_from(&big.big).ok(),
    };
    match number {
        Some(number) if number <= max => Ok(number),
        _ => Err(vm.overflow_error(format!("Python int too large for C {c_type}"))),
    }
}

fn is_check_supported(vm: &Vm, [_module, check]: &[Value; 2]) -> R {
    let check = vm.index_i32(*check)?;
    Ok(Value::bool(stream::is_check_supported(check)))
}
