//! `zlib`

mod compress;
mod decompress;
mod decompressor;
mod stream;

use crate::once;
use object::slots::R;
use object::{Int, Module, ModuleDef, Raised, Ref, TypeId, TypeObj, Value, Vm, natives};
use stream::{Deflate, Inflate, code};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "zlib",
    doc: "Compression and decompression, as the zlib library does it, and the check sums adler32 and crc32.",
    functions: &[FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Compute an Adler-32 checksum of data.
    ///
    ///   value
    ///     Starting value of the checksum.
    ///
    /// The returned checksum is an integer.
    "adler32($module, data, value=1, /)" => adler32;
    /// Compute a CRC-32 checksum of data.
    ///
    ///   value
    ///     Starting value of the checksum.
    ///
    /// The returned checksum is an integer.
    "crc32($module, data, value=0, /)" => crc32;
    /// Returns a bytes object containing compressed data.
    ///
    ///   data
    ///     Binary data to be compressed.
    ///   level
    ///     Compression level, in 0-9 or -1.
    ///   wbits
    ///     The window buffer size and container format.
    "compress($module, data, /, level=-1, wbits=15)" => compress_all;
    /// Returns a bytes object containing the uncompressed data.
    ///
    ///   data
    ///     Compressed data.
    ///   wbits
    ///     The window buffer size and container format.
    ///   bufsize
    ///     The initial output buffer size.
    "decompress($module, data, /, wbits=15, bufsize=16384)" => decompress_all;
    /// Return a compressor object.
    "compressobj($module, /, level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=<unrepresentable>)" => compress::compressobj;
    /// Return a decompressor object.
    ///
    ///   wbits
    ///     The window buffer size and container format.
    ///   zdict
    ///     The predefined compression dictionary.  This must be the same
    ///     dictionary as used by the compressor that produced the input data.
    "decompressobj($module, /, wbits=15, zdict=<unrepresentable>)" => decompress::decompressobj;
}}

const CONSTANTS: &[(&str, i64)] = &[
    ("MAX_WBITS", 15),
    ("DEFLATED", 8),
    ("DEF_MEM_LEVEL", 8),
    ("DEF_BUF_SIZE", 16384),
    ("Z_NO_COMPRESSION", 0),
    ("Z_BEST_SPEED", 1),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_FILTERED", 1),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_RLE", 3),
    ("Z_FIXED", 4),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_SYNC_FLUSH", 2),
    ("Z_FULL_FLUSH", 3),
    ("Z_FINISH", 4),
    ("Z_BLOCK", 5),
    ("Z_TREES", 6),
];

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let error = once::exception(vm, "zlib", "error", vm.types[TypeId::Exception].value())?;
    vm.add_value(module, "error", error);
    for (name, value) in CONSTANTS {
        vm.add_value(module, name, vm.int(*value));
    }
    // The version of the library that it stands in for.
    let version = stream::version_text();
    let version = version.split('-').next().unwrap_or("1.3.1");
    vm.add_value(module, "ZLIB_VERSION", vm.str(version));
    vm.add_value(module, "ZLIB_RUNTIME_VERSION", vm.str(version));
    vm.add_value(module, "__version__", vm.str("1.0"));
    once::class(vm, "zlib.Compress", &compress::COMPRESS);
    once::class(vm, "zlib.Decompress", &decompress::DECOMPRESS);
    let decompressor = once::class(vm, "zlib._ZlibDecompressor", &decompressor::DECOMPRESSOR);
    vm.add_value(module, "_ZlibDecompressor", decompressor);
    Ok(())
}

/// Raises `zlib.error` with a text.
#[cold]
pub fn error_text(vm: &Vm, text: &str) -> Raised {
    match once::kept(vm, "zlib.error") {
        Some(class) => vm.raise_type(class, &[vm.str(text).value()]),
        None => vm.value_error(text),
    }
}

/// Raises `zlib.error` for a return code.
#[cold]
pub fn error(vm: &Vm, number: i32, message: Option<String>, doing: &str) -> Raised {
    if number == code::MEM_ERROR {
        return vm.memory_error();
    }
    let known = match number {
        code::VERSION_ERROR => Some("library version mismatch"),
        code::BUF_ERROR => Some("incomplete or truncated stream"),
        code::STREAM_ERROR => Some("inconsistent stream state"),
        code::DATA_ERROR => Some("invalid input data"),
        _ => None,
    };
    let message = match number {
        code::BUF_ERROR | code::STREAM_ERROR => None,
        _ => message,
    };
    let text = match message.or(known.map(String::from)) {
        Some(message) => format!("Error {number} {doing}: {message}"),
        None => format!("Error {number} {doing}"),
    };
    error_text(vm, &text)
}

/// A class kept with [`Vm::set_state`].
pub fn class(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    once::kept(vm, name).ok_or_else(|| vm.system_error("zlib is not initialised"))
}

/// The low bits of an int of any size.
fn low_bits(vm: &Vm, value: Value) -> Result<u32, Raised> {
    Ok(match vm.index(value)? {
        Int::Small(int) => int as u32,
        Int::Big(big) => {
            let low = &big.big & base::IBig::from(u32::MAX);
            u32::try_from(&low).unwrap_or(0)
        }
    })
}

fn adler32(vm: &Vm, [_module, data, value]: &[Value; 3]) -> R {
    let start = low_bits(vm, *value)?;
    let sum = vm.with_bytes(*data, |bytes| stream::adler32(start, bytes))?;
    Ok(vm.int(sum as i64))
}

fn crc32(vm: &Vm, [_module, data, value]: &[Value; 3]) -> R {
    let start = low_bits(vm, *value)?;
    let sum = vm.with_bytes(*data, |bytes| stream::crc32(start, bytes))?;
    Ok(vm.int(sum as i64))
}

fn compress_all(vm: &Vm, [_module, data, level, wbits]: &[Value; 4]) -> R {
    let (level, wbits) = (vm.index_i32(*level)?, vm.index_i32(*wbits)?);
    vm.with_bytes(*data, |bytes| {
        let mut stream = match Deflate::new(level, 8, wbits, 8, 0) {
            Ok(stream) => stream,
            Err(code::STREAM_ERROR) => return Err(error_text(vm, "Bad compression level")),
            Err(number) => return Err(error(vm, number, None, "while compressing data")),
        };
        let mut out = Vec::new();
        match stream.run(bytes, 4, &mut out) {
            code::STREAM_END => Ok(vm.bytes(&out).value()),
            number => Err(error(vm, number, stream.message(), "while compressing data")),
        }
    })?
}

fn decompress_all(vm: &Vm, [_module, data, wbits, bufsize]: &[Value; 4]) -> R {
    let wbits = vm.index_i32(*wbits)?;
    if crate::arguments::ssize(vm, *bufsize)? < 0 {
        return Err(vm.value_error("bufsize must be non-negative"));
    }
    vm.with_bytes(*data, |bytes| {
        let mut stream = match Inflate::new(wbits) {
            Ok(stream) => stream,
            Err(number) => return Err(error(vm, number, None, "while preparing to decompress data")),
        };
        let mut out = Vec::new();
        match stream.run(bytes, 2, None, usize::MAX, &mut out).1 {
            code::STREAM_END => Ok(vm.bytes(&out).value()),
            code::OK => Err(error(vm, code::BUF_ERROR, None, "while decompressing data")),
            number => Err(error(vm, number, stream.message(), "while decompressing data")),
        }
    })?
}
