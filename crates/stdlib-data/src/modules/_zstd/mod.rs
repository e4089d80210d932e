//! `_zstd`

mod compressor;
mod context;
mod decompressor;
mod dictionary;
mod frame;
mod parameter;
mod train;

use crate::once;
use object::{Module, ModuleDef, Raised, Ref, TypeId, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_zstd", doc: "Implementation module for Zstandard compression.", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Train a Zstandard dictionary on sample data.
    ///
    ///   samples_bytes
    ///     Concatenation of samples.
    ///   samples_sizes
    ///     Tuple of samples' sizes.
    ///   dict_size
    ///     The size of the dictionary.
    "train_dict($module, samples_bytes, samples_sizes, dict_size, /)" => train::train_dict;
    /// Finalize a Zstandard dictionary.
    ///
    ///   custom_dict_bytes
    ///     Custom dictionary content.
    ///   samples_bytes
    ///     Concatenation of samples.
    ///   samples_sizes
    ///     Tuple of samples' sizes.
    ///   dict_size
    ///     The size of the dictionary.
    ///   compression_level
    ///     Optimize for a specific Zstandard compression level, 0 means default.
    "finalize_dict($module, custom_dict_bytes, samples_bytes, samples_sizes, dict_size, compression_level, /)"
        => train::finalize_dict;
    /// Get the lower and upper bound of a parameter.
    ///
    ///   parameter
    ///     The parameter to get bounds.
    ///   is_compress
    ///     True for CompressionParameter, False for DecompressionParameter.
    "get_param_bounds($module, /, parameter, is_compress)" => parameter::get_param_bounds;
    /// Get the size of a Zstandard frame, including the header and optional checksum.
    ///
    ///   frame_buffer
    ///     A bytes-like object that starts with at least one complete frame.
    "get_frame_size($module, /, frame_buffer)" => frame::get_frame_size;
    /// Get what a frame header says: size and dictionary id.
    ///
    ///   frame_buffer
    ///     A bytes-like object, containing the header of a Zstandard frame.
    "get_frame_info($module, /, frame_buffer)" => frame::get_frame_info;
    /// Set the types whose members must not be mixed up in options.
    ///
    ///   c_parameter_type
    ///     CompressionParameter IntEnum type object
    ///   d_parameter_type
    ///     DecompressionParameter IntEnum type object
    "set_parameter_types($module, /, c_parameter_type, d_parameter_type)" => parameter::set_parameter_types;
}}

const ERROR: &str = "compression.zstd.ZstdError";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let error = once::exception(vm, "compression.zstd", "ZstdError", vm.types[TypeId::Exception].value())?;
    error.dict().insert_str(vm, vm.names.__doc__, vm.str("An error occurred in the zstd library.").value());
    vm.add_value(module, "ZstdError", error);
    vm.add_value(module, "ZstdDict", once::class(vm, "_zstd.ZstdDict", &dictionary::DICTIONARY));
    let compressor = once::class(vm, "_zstd.ZstdCompressor", &compressor::COMPRESSOR);
    vm.add_value(module, "ZstdCompressor", compressor);
    for (name, mode) in compressor::MODES {
        compressor.dict().insert_str(vm, vm.intern(name), Value::small(mode as i64));
    }
    vm.class_changed(compressor);
    let decompressor = once::class(vm, "_zstd.ZstdDecompressor", &decompressor::DECOMPRESSOR);
    vm.add_value(module, "ZstdDecompressor", decompressor);
    vm.add_value(module, "zstd_version", vm.str(&context::version()));
    vm.add_value(module, "zstd_version_number", Value::small(context::version_number() as i64));
    vm.add_value(module, "ZSTD_CLEVEL_DEFAULT", Value::small(3));
    vm.add_value(module, "ZSTD_DStreamOutSize", vm.int_usize(context::output_size()));
    for (name, value) in parameter::constants() {
        vm.add_value(module, name, Value::small(value as i64));
    }
    Ok(())
}

/// Raises ZstdError.
#[cold]
fn error(vm: &Vm, text: &str) -> Raised {
    match once::kept(vm, ERROR) {
        Some(class) => vm.raise_type(class, &[vm.str(text).value()]),
        None => vm.system_error("_zstd is not initialised"),
    }
}
