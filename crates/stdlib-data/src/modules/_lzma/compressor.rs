//! LZMACompressor

use super::filters::{bad_preset, parse_chain, preset, preset_options};
use super::stream::{Coder, Encoding};
use super::{error, format};
use liblzma_sys as lz;
use object::layout::native::Native;
use object::slots::R;
use object::{NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives};
use std::cell::RefCell;

/// A compressor; None once it was flushed.
pub struct Compressor {
    coder: RefCell<Option<Coder>>,
}

impl NativeData for Compressor {
    fn trace(&self, _: &mut Tracer) {}
}

pub static COMPRESSOR: TypeDef = TypeDef {
    name: "LZMACompressor",
    module: "_lzma",
    doc: "LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)\n\n\
          Create a compressor object for compressing data incrementally.\n\n\
          format is the container: FORMAT_XZ, FORMAT_ALONE or FORMAT_RAW.\n\
          check is the integrity check, which only FORMAT_XZ has; CHECK_CRC64 where\n\
          it is left out.  Either preset, a level from 0 to 9 that may be OR-ed with\n\
          PRESET_EXTREME, or filters, a sequence of dicts with the ids and options\n\
          of a chain of filters, tell how to compress.  FORMAT_RAW needs filters.\n\n\
          For one-shot compression, use the compress() function instead.\n",
    methods: &[METHODS],
    new: Some(native_ref!("LZMACompressor($cls, format=1, check=-1, preset=None, filters=None)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Provide data to the compressor object.
    ///
    /// Returns a chunk of compressed data if possible, or b'' otherwise.
    ///
    /// When all data is provided, the method flush() ends the compression.
    "compress($self, data, /)" => compress;
    /// Finish the compression process.
    ///
    /// Returns the compressed data left in internal buffers.
    ///
    /// The compressor object may not be used after this method is called.
    "flush($self, /)" => flush;
}}

fn new(vm: &Vm, [class, container, check, level, filters]: &[Value; 5]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let (container, check) = (vm.index_i32(*container)?, vm.index_i32(*check)?);
    if !level.is_none() && !filters.is_none() {
        return Err(vm.value_error("Cannot specify both preset and filter chain"));
    }
    let level = if level.is_none() { lz::LZMA_PRESET_DEFAULT } else { preset(vm, *level)? };
    if container != format::XZ && check != -1 && check != lz::LZMA_CHECK_NONE as i32 {
        return Err(vm.value_error("Integrity checks are only supported by FORMAT_XZ"));
    }
    let chain =
        || -> Result<_, Raised> { if filters.is_none() { Ok(None) } else { parse_chain(vm, *filters).map(Some) } };
    let coder = match container {
        format::XZ => {
            let check = if check == -1 { lz::LZMA_CHECK_CRC64 as i32 } else { check };
            match &chain()? {
                Some(chain) => Coder::encoder(Encoding::Filters(chain, check)),
                None => Coder::encoder(Encoding::Preset(level, check)),
            }
        }
        format::ALONE => match &chain()? {
            Some(chain) if chain.is_alone() => Coder::encoder(Encoding::AloneFilters(chain)),
            Some(_) => {
                let text = "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter";
                return Err(vm.value_error(text));
            }
            None if preset_options(level).is_none() => return Err(bad_preset(vm, level)),
            None => Coder::encoder(Encoding::AlonePreset(level)),
        },
        format::RAW => match &chain()? {
            Some(chain) => Coder::encoder(Encoding::Raw(chain)),
            None => return Err(vm.value_error("Must specify filters for FORMAT_RAW")),
        },
        container => return Err(vm.value_error(format!("Invalid container format: {container}"))),
    };
    let coder = coder.map_err(|code| error(vm, code))?;
    Ok(vm.native(class, Compressor { coder: RefCell::new(Some(coder)) }).value())
}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Compressor>>, Raised> {
    vm.as_native::<Compressor>(this).ok_or_else(|| vm.type_error("a _lzma.LZMACompressor object is required"))
}

fn compress(vm: &Vm, [this, data]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let mut out = Vec::new();
    vm.with_bytes(*data, |bytes| match &mut *own.coder.borrow_mut() {
        Some(coder) => coder.compress(bytes, false, &mut out).map_err(|code| error(vm, code)),
        None => Err(vm.value_error("Compressor has been flushed")),
    })??;
    Ok(vm.bytes(&out).value())
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let Some(mut coder) = own.coder.borrow_mut().take() else {
        return Err(vm.value_error("Repeated call to flush()"));
    };
    let mut out = Vec::new();
    coder.compress(&[], true, &mut out).map_err(|code| error(vm, code))?;
    Ok(vm.bytes(&out).value())
}
