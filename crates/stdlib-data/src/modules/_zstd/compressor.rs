//! ZstdCompressor

use super::context::Compress;
use super::dictionary::{Use, argument};
use super::error;
use super::parameter::{is_int, level_argument, options, set_compression, set_level};
use object::layout::native::Native;
use object::slots::R;
use object::{
    GetSet, Int, NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives,
};
use std::cell::{Cell, RefCell};
use zstd_sys::ZSTD_EndDirective as Directive;

/// Names and numbers of the modes.
pub const MODES: [(&str, i32); 3] =
    [("CONTINUE", CONTINUE), ("FLUSH_BLOCK", FLUSH_BLOCK), ("FLUSH_FRAME", FLUSH_FRAME)];
const CONTINUE: i32 = 0;
const FLUSH_BLOCK: i32 = 1;
const FLUSH_FRAME: i32 = 2;

/// A compressor.
pub struct Compressor {
    context: RefCell<Compress>,
    last_mode: Cell<i32>,
}

impl NativeData for Compressor {
    fn trace(&self, _: &mut Tracer) {}
}

pub static COMPRESSOR: TypeDef = TypeDef {
    name: "ZstdCompressor",
    module: "compression.zstd",
    doc: "Create a compressor object for compressing data incrementally.\n\n  \
          level\n    The compression level to use. Defaults to COMPRESSION_LEVEL_DEFAULT.\n  \
          options\n    A dict object that contains advanced compression parameters.\n  \
          zstd_dict\n    A ZstdDict object, a pre-trained Zstandard dictionary.\n\n\
          For one-shot compression, use the compress() function instead.",
    methods: &[METHODS],
    getset: &[GetSet {
        name: "last_mode",
        get: |vm, this| Ok(Value::small(own(vm, this)?.last_mode.get() as i64)),
        set: None,
        doc: "The mode that was used last: .CONTINUE, .FLUSH_BLOCK or .FLUSH_FRAME, which it is at first.",
        is_member: true,
    }],
    new: Some(native_ref!("ZstdCompressor($cls, level=None, options=None, zstd_dict=None)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Provide data to the compressor object.
    ///
    ///   mode
    ///     One of ZstdCompressor.CONTINUE, ZstdCompressor.FLUSH_BLOCK,
    ///     ZstdCompressor.FLUSH_FRAME.
    ///
    /// Return a chunk of compressed data if possible, or b'' otherwise.
    /// When all data is provided, the method flush() ends the compression.
    "compress($self, /, data, mode=ZstdCompressor.CONTINUE)" => compress;
    /// Finish the compression process.
    ///
    ///   mode
    ///     ZstdCompressor.FLUSH_FRAME or ZstdCompressor.FLUSH_BLOCK.
    ///
    /// Flush any remaining data left in internal buffers. The compressor
    /// object can be used for another frame after this method is called.
    "flush($self, /, mode=ZstdCompressor.FLUSH_FRAME)" => flush;
    /// Set the uncompressed content size to be written into the frame header.
    ///
    ///   size
    ///     The size of the data that will be compressed into the next frame.
    ///
    /// It is an error where the data is not of that size, or where a frame
    /// is begun already.
    "set_pledged_input_size($self, size, /)" => set_pledged_input_size;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Compressor>>, Raised> {
    let own = vm.as_native::<Compressor>(this);
    own.ok_or_else(|| vm.type_error("a compression.zstd.ZstdCompressor object is required"))
}

fn new(vm: &Vm, [class, level, settings, zstd_dict]: &[Value; 4]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let settings = options(vm, "ZstdCompressor", *settings)?;
    let mut context = Compress::new().ok_or_else(|| error(vm, "Unable to create ZSTD_CCtx instance."))?;
    if !level.is_none() && settings.is_some() {
        return Err(vm.type_error("Only one of level or options should be used."));
    }
    let mut used = 0;
    if !level.is_none() {
        used = set_level(vm, &mut context, level_argument(vm, *level)?)?;
    }
    if let Some(settings) = settings {
        used = set_compression(vm, &mut context, settings)?.unwrap_or(0);
    }
    if !zstd_dict.is_none() {
        let (dictionary, how) = argument(vm, *zstd_dict, Use::Undigested)?;
        context.load(dictionary, how, used).map_err(|problem| error(vm, &problem))?;
    }
    let own = Compressor { context: RefCell::new(context), last_mode: Cell::new(FLUSH_FRAME) };
    Ok(vm.native(class, own).value())
}

fn run(vm: &Vm, own: &Compressor, input: &[u8], mode: i32) -> R {
    let directive = match mode {
        CONTINUE => Directive::ZSTD_e_continue,
        FLUSH_BLOCK => Directive::ZSTD_e_flush,
        _ => Directive::ZSTD_e_end,
    };
    let mut out = Vec::new();
    let mut context = own.context.borrow_mut();
    match context.run(input, directive, &mut out) {
        Ok(()) => {
            own.last_mode.set(mode);
            Ok(vm.bytes(&out).value())
        }
        Err(problem) => {
            own.last_mode.set(FLUSH_FRAME);
            context.reset();
            Err(error(vm, &format!("Unable to compress Zstandard data: {problem}")))
        }
    }
}

fn compress(vm: &Vm, [this, data, mode]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    if !vm.has_buffer(*data) {
        // The data is looked at before the mode is.
        vm.buffer(*data, false)?;
    }
    let mode = mode.bound().map_or(Ok(CONTINUE), |mode| vm.index_i32(mode))?;
    if !(CONTINUE..=FLUSH_FRAME).contains(&mode) {
        return Err(vm.value_error(
            "mode argument wrong value, it should be one of ZstdCompressor.CONTINUE, ZstdCompressor.FLUSH_BLOCK, \
             ZstdCompressor.FLUSH_FRAME.",
        ));
    }
    vm.with_bytes(*data, |bytes| run(vm, &own, bytes, mode))?
}

fn flush(vm: &Vm, [this, mode]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let mode = mode.bound().map_or(Ok(FLUSH_FRAME), |mode| vm.index_i32(mode))?;
    if !(FLUSH_BLOCK..=FLUSH_FRAME).contains(&mode) {
        return Err(vm.value_error(
            "mode argument wrong value, it should be ZstdCompressor.FLUSH_FRAME or ZstdCompressor.FLUSH_BLOCK.",
        ));
    }
    run(vm, &own, &[], mode)
}

/// The size that stands for "unknown"; that below it stands for "error".
const UNKNOWN: u64 = u64::MAX;

fn set_pledged_input_size(vm: &Vm, [this, size]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let size = if size.is_none() {
        UNKNOWN
    } else if !is_int(vm, *size) {
        return Err(vm.type_error("an integer is required"));
    } else {
        let number = match vm.index(*size)? {
            Int::Small(int) => u64::try_from(int).ok(),
            Int::Big(big) => u64::try_from(&big.big).ok(),
        };
        match number.filter(|number| *number < UNKNOWN - 1) {
            Some(number) => number,
            None => {
                let text = format!("size argument should be a positive int less than {}", UNKNOWN - 1);
                return Err(vm.value_error(text));
            }
        }
    };
    if own.last_mode.get() != FLUSH_FRAME {
        let text = "set_pledged_input_size() method must be called when last_mode == FLUSH_FRAME";
        return Err(vm.value_error(text));
    }
    match own.context.borrow_mut().pledge(size) {
        Ok(()) => Ok(Value::NONE),
        Err(problem) => Err(error(vm, &format!("Unable to set pledged uncompressed content size: {problem}"))),
    }
}
