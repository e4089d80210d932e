//! Compressor objects.

use super::stream::{Deflate, code};
use super::{class, error};
use object::layout::native::Native;
use object::slots::R;
use object::{NativeData, Raised, Ref, Tracer, TypeDef, Value, Vm, natives, type_flags};
use std::cell::RefCell;

/// A compressor; None once it is finished.
pub struct Compress {
    stream: RefCell<Option<Deflate>>,
}

impl NativeData for Compress {
    fn trace(&self, _: &mut Tracer) {}
}

pub static COMPRESS: TypeDef =
    TypeDef { name: "Compress", module: "zlib", flags: type_flags::NO_NEW, methods: &[METHODS], ..TypeDef::DEFAULT };

natives! { static METHODS: {
    /// Returns a bytes object containing compressed data.
    ///
    /// After calling this function, some of the input data may still
    /// be stored in internal buffers for later processing.
    /// Call the flush() method to clear these buffers.
    "compress($self, data, /)" => compress;
    /// Return a bytes object containing any remaining compressed data.
    ///
    ///   mode
    ///     One of the constants Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH.
    ///     If mode == Z_FINISH, the compressor object can no longer be
    ///     used after calling the flush() method.
    "flush($self, mode=4, /)" => flush;
    /// Return a copy of the compression object.
    "copy($self, /)" => copy;
    "__copy__($self, /)" => copy;
    "__deepcopy__($self, memo, /)" => deepcopy;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Compress>>, Raised> {
    vm.as_native::<Compress>(this).ok_or_else(|| vm.type_error("a zlib.Compress object is required"))
}

pub fn compressobj(vm: &Vm, [_module, level, method, wbits, mem_level, strategy, zdict]: &[Value; 7]) -> R {
    let dictionary = zdict.bound().map(|zdict| vm.bytes_of(zdict)).transpose()?;
    let (level, method, wbits) = (vm.index_i32(*level)?, vm.index_i32(*method)?, vm.index_i32(*wbits)?);
    let (mem_level, strategy) = (vm.index_i32(*mem_level)?, vm.index_i32(*strategy)?);
    let mut stream = match Deflate::new(level, method, wbits, mem_level, strategy) {
        Ok(stream) => stream,
        Err(code::STREAM_ERROR) => return Err(vm.value_error("Invalid initialization option")),
        Err(number) => return Err(error(vm, number, None, "while creating compression object")),
    };
    if let Some(dictionary) = dictionary {
        match stream.set_dictionary(&dictionary) {
            code::OK => {}
            code::STREAM_ERROR => return Err(vm.value_error("Invalid dictionary")),
            _ => return Err(vm.value_error("deflateSetDictionary()")),
        }
    }
    let compress = Compress { stream: RefCell::new(Some(stream)) };
    Ok(vm.native(class(vm, "zlib.Compress")?, compress).value())
}

fn compress(vm: &Vm, [this, data]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    vm.with_bytes(*data, |bytes| {
        let mut stream = own.stream.borrow_mut();
        let Some(stream) = &mut *stream else {
            return Err(error(vm, code::STREAM_ERROR, None, "while compressing data"));
        };
        let mut out = Vec::new();
        match stream.run(bytes, 0, &mut out) {
            code::OK => Ok(vm.bytes(&out).value()),
            number => Err(error(vm, number, stream.message(), "while compressing data")),
        }
    })?
}

fn flush(vm: &Vm, [this, mode]: &[Value; 2]) -> R {
    let mode = vm.index_i32(*mode)?;
    let own = own(vm, *this)?;
    if mode == 0 {
        return Ok(vm.bytes(&[]).value());
    }
    let mut held = own.stream.borrow_mut();
    let Some(stream) = &mut *held else {
        return Err(error(vm, code::STREAM_ERROR, None, "while flushing"));
    };
    let mut out = Vec::new();
    match stream.run(&[], mode, &mut out) {
        code::STREAM_END => *held = None,
        code::OK => {}
        number => return Err(error(vm, number, stream.message(), "while flushing")),
    }
    Ok(vm.bytes(&out).value())
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let copy = own.stream.borrow_mut().as_mut().map(Deflate::copy);
    match copy {
        Some(Ok(stream)) => {
            let compress = Compress { stream: RefCell::new(Some(stream)) };
            Ok(vm.native(vm.type_of(*this), compress).value())
        }
        None | Some(Err(code::STREAM_ERROR)) => Err(vm.value_error("Inconsistent stream state")),
        Some(Err(number)) => Err(error(vm, number, None, "while copying compression object")),
    }
}

fn deepcopy(vm: &Vm, [this, _memo]: &[Value; 2]) -> R {
    copy(vm, &[*this])
}
