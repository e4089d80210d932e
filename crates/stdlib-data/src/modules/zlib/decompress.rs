//! Decompressor objects.

use super::stream::{Inflate, code};
use super::{class, error};
use crate::arguments::ssize;
use object::layout::native::Native;
use object::slots::R;
use object::{Field, GetSet, NativeData, Raised, Ref, Tracer, TypeDef, Value, ValueExt, Vm, natives, type_flags};
use std::cell::{Cell, RefCell};

/// A decompressor; None once it is flushed at its end.
pub struct Decompress {
    stream: RefCell<Option<Inflate>>,
    dictionary: Option<Vec<u8>>,
    unused_data: Field,
    unconsumed_tail: Field,
    eof: Cell<bool>,
    raw: bool,
}

impl NativeData for Decompress {
    fn trace(&self, tracer: &mut Tracer) {
        self.unused_data.trace(tracer);
        self.unconsumed_tail.trace(tracer);
    }
}

pub static DECOMPRESS: TypeDef = TypeDef {
    name: "Decompress",
    module: "zlib",
    flags: type_flags::NO_NEW,
    methods: &[METHODS],
    getset: &[
        GetSet {
            name: "unused_data",
            get: |vm, this| Ok(own(vm, this)?.unused_data.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "unconsumed_tail",
            get: |vm, this| Ok(own(vm, this)?.unconsumed_tail.get()),
            set: None,
            doc: "",
            is_member: true,
        },
        GetSet {
            name: "eof",
            get: |vm, this| Ok(Value::bool(own(vm, this)?.eof.get())),
            set: None,
            doc: "",
            is_member: true,
        },
    ],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Return a bytes object containing the decompressed version of the data.
    ///
    ///   max_length
    ///     The maximum allowable length of the decompressed data.
    ///     Unconsumed input data will be stored in
    ///     the unconsumed_tail attribute.
    ///
    /// After calling this function, some of the input data may still be stored in
    /// internal buffers for later processing.
    /// Call the flush() method to clear these buffers.
    "decompress($self, data, /, max_length=0)" => decompress;
    /// Return a bytes object containing any remaining decompressed data.
    ///
    ///   length
    ///     the initial size of the output buffer.
    "flush($self, length=16384, /)" => flush;
    /// Return a copy of the decompression object.
    "copy($self, /)" => copy;
    "__copy__($self, /)" => copy;
    "__deepcopy__($self, memo, /)" => deepcopy;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Decompress>>, Raised> {
    vm.as_native::<Decompress>(this).ok_or_else(|| vm.type_error("a zlib.Decompress object is required"))
}

/// The dictionary of an argument. For raw streams it is set at once.
pub fn start(vm: &Vm, wbits: Value, zdict: Value) -> Result<(Inflate, Option<Vec<u8>>, bool), Raised> {
    let wbits = vm.index_i32(wbits)?;
    let dictionary = match zdict.bound() {
        Some(zdict) if !vm.has_buffer(zdict) => {
            return Err(vm.type_error("zdict argument must support the buffer protocol"));
        }
        Some(zdict) => Some(vm.bytes_of(zdict)?),
        None => None,
    };
    let mut stream = match Inflate::new(wbits) {
        Ok(stream) => stream,
        Err(code::STREAM_ERROR) => return Err(vm.value_error("Invalid initialization option")),
        Err(number) => return Err(error(vm, number, None, "while creating decompression object")),
    };
    let raw = wbits < 0;
    if raw && let Some(dictionary) = &dictionary {
        let number = stream.set_dictionary(dictionary);
        if number != code::OK {
            return Err(error(vm, number, stream.message(), "while setting zdict"));
        }
    }
    Ok((stream, dictionary, raw))
}

pub fn decompressobj(vm: &Vm, [_module, wbits, zdict]: &[Value; 3]) -> R {
    let (stream, dictionary, raw) = start(vm, *wbits, *zdict)?;
    let empty = vm.bytes(&[]).value();
    let own = Decompress {
        stream: RefCell::new(Some(stream)),
        dictionary,
        unused_data: Field::new(empty),
        unconsumed_tail: Field::new(empty),
        eof: Cell::new(false),
        raw,
    };
    Ok(vm.native(class(vm, "zlib.Decompress")?, own).value())
}

/// Keeps what is left of the input.
fn keep_rest(vm: &Vm, own: Ref<Native<Decompress>>, rest: &[u8], number: i32) {
    if number == code::STREAM_END {
        // After the end all input is unused.
        if !rest.is_empty() {
            let mut unused = Vec::new();
            if let Some(before) = vm.as_bytes(own.unused_data.get()) {
                unused.extend_from_slice(before.as_slice());
            }
            unused.extend_from_slice(rest);
            own.unused_data.set(vm, own, vm.bytes(&unused).value());
        }
        own.unconsumed_tail.set(vm, own, vm.bytes(&[]).value());
    } else {
        own.unconsumed_tail.set(vm, own, vm.bytes(rest).value());
    }
}

fn decompress(vm: &Vm, [this, data, max_length]: &[Value; 3]) -> R {
    let max_length = ssize(vm, *max_length)?;
    if max_length < 0 {
        return Err(vm.value_error("max_length must be non-negative"));
    }
    let limit = if max_length == 0 { usize::MAX } else { max_length as usize };
    let own = own(vm, *this)?;
    vm.with_bytes(*data, |bytes| {
        let mut held = own.stream.borrow_mut();
        let mut out = Vec::new();
        let Some(stream) = &mut *held else {
            keep_rest(vm, own, bytes, code::STREAM_END);
            return Ok(vm.bytes(&[]).value());
        };
        let dictionary = if own.raw { None } else { own.dictionary.as_deref() };
        let (taken, number) = stream.run(bytes, 2, dictionary, limit, &mut out);
        keep_rest(vm, own, &bytes[taken..], number);
        match number {
            code::STREAM_END => own.eof.set(true),
            code::OK | code::BUF_ERROR => {}
            number => return Err(error(vm, number, stream.message(), "while decompressing data")),
        }
        Ok(vm.bytes(&out).value())
    })?
}

fn flush(vm: &Vm, [this, length]: &[Value; 2]) -> R {
    if ssize(vm, *length)? <= 0 {
        return Err(vm.value_error("length must be greater than zero"));
    }
    let own = own(vm, *this)?;
    let mut held = own.stream.borrow_mut();
    let Some(stream) = &mut *held else { return Ok(vm.bytes(&[]).value()) };
    let input = match own.unconsumed_tail.get().cast::<object::Bytes>() {
        Some(tail) => tail.as_slice().to_vec(),
        None => Vec::new(),
    };
    let mut out = Vec::new();
    let dictionary = if own.raw { None } else { own.dictionary.as_deref() };
    let (taken, number) = stream.run(&input, 4, dictionary, usize::MAX, &mut out);
    keep_rest(vm, own, &input[taken..], number);
    match number {
        code::STREAM_END => {
            own.eof.set(true);
            *held = None;
        }
        code::OK | code::BUF_ERROR => {}
        number => return Err(error(vm, number, stream.message(), "while decompressing data")),
    }
    Ok(vm.bytes(&out).value())
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let stream = match own.stream.borrow_mut().as_mut().map(Inflate::copy) {
        Some(Ok(stream)) => stream,
        None | Some(Err(code::STREAM_ERROR)) => return Err(vm.value_error("Inconsistent stream state")),
        Some(Err(number)) => return Err(error(vm, number, None, "while copying decompression object")),
    };
    let copy = Decompress {
        stream: RefCell::new(Some(stream)),
        dictionary: own.dictionary.clone(),
        unused_data: Field::new(own.unused_data.get()),
        unconsumed_tail: Field::new(own.unconsumed_tail.get()),
        eof: Cell::new(own.eof.get()),
        raw: own.raw,
    };
    Ok(vm.native(vm.type_of(*this), copy).value())
}

fn deepcopy(vm: &Vm, [this, _memo]: &[Value; 2]) -> R {
    copy(vm, &[*this])
}
