//! LZMADecompressor

use super::filters::parse_chain;
use super::stream::{Coder, Decoding};
use super::{CHECK_UNKNOWN, error, format, unsigned};
use crate::arguments::ssize;
use crate::incremental::Feed;
use liblzma_sys as lz;
use object::layout::native::Native;
use object::slots::R;
use object::{GetSet, NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives};
use std::cell::{Cell, RefCell};

/// A decompressor.
pub struct Decompressor {
    coder: RefCell<Coder>,
    check: Cell<i32>,
    feed: Feed,
}

impl NativeData for Decompressor {
    fn trace(&self, tracer: &mut Tracer) {
        self.feed.trace(tracer);
    }
}

macro_rules! member {
    ($name:literal, $doc:literal, $get:expr) => {
        GetSet {
            name: $name,
            get: |vm, this| {
                let get: fn(&Decompressor) -> Value = $get;
                Ok(get(&*own(vm, this)?))
            },
            set: None,
            doc: $doc,
            is_member: true,
        }
    };
}

pub static DECOMPRESSOR: TypeDef = TypeDef {
    name: "LZMADecompressor",
    module: "_lzma",
    doc: "Create a decompressor object for decompressing data incrementally.\n\n  \
          format\n    The container of the input.  FORMAT_AUTO tells FORMAT_XZ from\n    \
          FORMAT_ALONE; FORMAT_RAW cannot be told.\n  \
          memlimit\n    The memory that decompression may use, in bytes.\n  \
          filters\n    The chain of filters, for FORMAT_RAW only: a sequence of dicts\n    \
          with their ids and options.\n\n\
          For one-shot decompression, use the decompress() function instead.",
    methods: &[METHODS],
    getset: &[
        member!("check", "ID of the integrity check used by the input stream.", |own| {
            Value::small(own.check.get() as i64)
        }),
        member!("eof", "True if the end-of-stream marker has been reached.", |own| Value::bool(own.feed.eof())),
        member!("needs_input", "True if more input is needed before more decompressed data can be produced.", |own| {
            Value::bool(own.feed.needs_input())
        }),
        member!("unused_data", "Data found after the end of the compressed stream.", |own| own.feed.unused_data()),
    ],
    new: Some(native_ref!("LZMADecompressor($cls, format=FORMAT_AUTO, memlimit=None, filters=None)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Decompress *data*, returning uncompressed data as bytes.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes
    /// of decompressed data.  If this limit is reached and further output
    /// can be produced, *self.needs_input* will be set to ``False``; the next
    /// call may then provide *data* as b''.
    ///
    /// After the end of the stream EOFError is raised; what follows it is in
    /// *unused_data*.
    "decompress($self, /, data, max_length=-1)" => decompress;
}}

fn new(vm: &Vm, [class, container, limit, filters]: &[Value; 4]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let container = container.bound().map_or(Ok(format::AUTO), |container| vm.index_i32(container))?;
    let memory = if limit.is_none() {
        u64::MAX
    } else if container == format::RAW {
        return Err(vm.value_error("Cannot specify memory limit with FORMAT_RAW"));
    } else {
        unsigned(vm, *limit, u64::MAX, "uint64_t")?
    };
    match (container == format::RAW, filters.is_none()) {
        (true, true) => return Err(vm.value_error("Must specify filters for FORMAT_RAW")),
        (false, false) => return Err(vm.value_error("Cannot specify filters except with FORMAT_RAW")),
        _ => {}
    }
    let coder = match container {
        format::AUTO => Coder::decoder(Decoding::Auto(memory)),
        format::XZ => Coder::decoder(Decoding::Xz(memory)),
        format::ALONE => Coder::decoder(Decoding::Alone(memory)),
        format::RAW => Coder::decoder(Decoding::Raw(&parse_chain(vm, *filters)?)),
        container => return Err(vm.value_error(format!("Invalid container format: {container}"))),
    };
    let coder = coder.map_err(|code| error(vm, code))?;
    let checked = matches!(container, format::AUTO | format::XZ);
    let check = if checked { CHECK_UNKNOWN } else { lz::LZMA_CHECK_NONE as i32 };
    let own = Decompressor { coder: RefCell::new(coder), check: Cell::new(check), feed: Feed::new(vm) };
    Ok(vm.native(class, own).value())
}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Decompressor>>, Raised> {
    vm.as_native::<Decompressor>(this).ok_or_else(|| vm.type_error("a _lzma.LZMADecompressor object is required"))
}

fn decompress(vm: &Vm, [this, data, max_length]: &[Value; 3]) -> R {
    let max_length = ssize(vm, *max_length)?;
    let own = own(vm, *this)?;
    if !vm.has_buffer(*data) {
        // The data is looked at before the state is.
        vm.buffer(*data, false)?;
    }
    if own.feed.eof() {
        return Err(vm.eof_error("Already at end of stream"));
    }
    own.feed.decompress(vm, own, *data, max_length, |input, limit, out| {
        own.coder.borrow_mut().decompress(input, limit, out, &own.check).map_err(|code| error(vm, code))
    })
}
