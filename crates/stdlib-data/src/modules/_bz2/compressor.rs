//! BZ2Compressor

use super::error;
use super::stream::Compress;
use crate::arguments::c_int;
use object::layout::native::Native;
use object::slots::R;
use object::{NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives};
use std::cell::RefCell;

/// A compressor; None once it was flushed.
pub struct Compressor {
    stream: RefCell<Option<Compress>>,
}

impl NativeData for Compressor {
    fn trace(&self, _: &mut Tracer) {}
}

pub static COMPRESSOR: TypeDef = TypeDef {
    name: "BZ2Compressor",
    module: "_bz2",
    doc: "Create a compressor object for compressing data incrementally.\n\n  \
          compresslevel\n    Compression level, as a number between 1 and 9.\n\n\
          For one-shot compression, use the compress() function instead.",
    methods: &[METHODS],
    new: Some(native_ref!("BZ2Compressor($cls, compresslevel=9, /)" => new)),
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

fn new(vm: &Vm, [class, level]: &[Value; 2]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let level = c_int(vm, *level)?;
    if !(1..=9).contains(&level) {
        return Err(vm.value_error("compresslevel must be between 1 and 9"));
    }
    let stream = Compress::new(level).map_err(|code| error(vm, code))?;
    Ok(vm.native(class, Compressor { stream: RefCell::new(Some(stream)) }).value())
}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Compressor>>, Raised> {
    vm.as_native::<Compressor>(this).ok_or_else(|| vm.type_error("a _bz2.BZ2Compressor object is required"))
}

fn compress(vm: &Vm, [this, data]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let mut out = Vec::new();
    vm.with_bytes(*data, |bytes| match &mut *own.stream.borrow_mut() {
        Some(stream) => stream.run(bytes, false, &mut out).map_err(|code| error(vm, code)),
        None => Err(vm.value_error("Compressor has been flushed")),
    })??;
    Ok(vm.bytes(&out).value())
}

fn flush(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let Some(mut stream) = own.stream.borrow_mut().take() else {
        return Err(vm.value_error("Repeated call to flush()"));
    };
    let mut out = Vec::new();
    stream.run(&[], true, &mut out).map_err(|code| error(vm, code))?;
    Ok(vm.bytes(&out).value())
}
