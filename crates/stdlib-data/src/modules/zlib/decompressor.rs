//! `_ZlibDecompressor`: keeps the input that it could not use yet.

use super::decompress::start;
use super::error;
use super::stream::{Inflate, code};
use crate::arguments::ssize;
use object::layout::native::Native;
use object::slots::R;
use object::{
    Field, GetSet, NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives,
};
use std::cell::{Cell, RefCell};

/// A decompressor with its pending input.
pub struct Decompressor {
    stream: RefCell<Inflate>,
    dictionary: Option<Vec<u8>>,
    pending: RefCell<Vec<u8>>,
    unused_data: Field,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

impl NativeData for Decompressor {
    fn trace(&self, tracer: &mut Tracer) {
        self.unused_data.trace(tracer);
    }
}

macro_rules! member {
    ($name:literal, $doc:literal, $get:expr) => {
        GetSet { name: $name, get: $get, set: None, doc: $doc, is_member: true }
    };
}

pub static DECOMPRESSOR: TypeDef = TypeDef {
    name: "_ZlibDecompressor",
    module: "zlib",
    doc: "Create a decompressor object for decompressing data incrementally.\n\n  \
          wbits = 15\n  zdict\n     The predefined compression dictionary.",
    methods: &[METHODS],
    getset: &[
        member!("eof", "True if the end-of-stream marker has been reached.", |vm, this| {
            Ok(Value::bool(own(vm, this)?.eof.get()))
        }),
        member!("unused_data", "Data found after the end of the compressed stream.", |vm, this| {
            Ok(own(vm, this)?.unused_data.get())
        }),
        member!(
            "needs_input",
            "True if more input is needed before more decompressed data can be produced.",
            |vm, this| { Ok(Value::bool(own(vm, this)?.needs_input.get())) }
        ),
    ],
    new: Some(native_ref!("_ZlibDecompressor($cls, wbits=15, zdict=<unrepresentable>)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Decompress *data*, returning uncompressed data as bytes.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes of
    /// decompressed data. If this limit is reached and further output can be
    /// produced, *needs_input* will be set to False, and the next call may provide *data* as b''.
    ///
    /// After the end of the stream EOFError is raised; what follows it is in *unused_data*.
    "decompress($self, /, data, max_length=-1)" => decompress;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Decompressor>>, Raised> {
    vm.as_native::<Decompressor>(this).ok_or_else(|| vm.type_error("a zlib._ZlibDecompressor object is required"))
}

fn new(vm: &Vm, [class, wbits, zdict]: &[Value; 3]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let (stream, dictionary, raw) = start(vm, *wbits, *zdict)?;
    let own = Decompressor {
        stream: RefCell::new(stream),
        dictionary: dictionary.filter(|_| !raw),
        pending: RefCell::default(),
        unused_data: Field::new(vm.bytes(&[]).value()),
        eof: Cell::new(false),
        needs_input: Cell::new(true),
    };
    Ok(vm.native(class, own).value())
}

fn decompress(vm: &Vm, [this, data, max_length]: &[Value; 3]) -> R {
    let max_length = ssize(vm, *max_length)?;
    let own = own(vm, *this)?;
    if own.eof.get() {
        return Err(vm.eof_error("End of stream already reached"));
    }
    let mut input = std::mem::take(&mut *own.pending.borrow_mut());
    vm.with_bytes(*data, |bytes| input.extend_from_slice(bytes))?;
    let mut out = Vec::new();
    let limit = if max_length < 0 { usize::MAX } else { max_length as usize };
    let (taken, number) = if limit == 0 {
        (0, code::OK)
    } else {
        own.stream.borrow_mut().run(&input, 2, own.dictionary.as_deref(), limit, &mut out)
    };
    match number {
        code::STREAM_END => {
            own.eof.set(true);
            own.needs_input.set(false);
            own.unused_data.set(vm, own, vm.bytes(&input[taken..]).value());
        }
        code::OK | code::BUF_ERROR => {
            let full = out.len() >= limit;
            own.needs_input.set(!full && taken >= input.len());
            *own.pending.borrow_mut() = input[taken..].to_vec();
        }
        number => return Err(error(vm, number, own.stream.borrow().message(), "while decompressing data")),
    }
    Ok(vm.bytes(&out).value())
}
