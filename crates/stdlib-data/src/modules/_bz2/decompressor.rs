//! BZ2Decompressor

use super::error;
use super::stream::Decompress;
use crate::arguments::ssize;
use crate::incremental::Feed;
use object::layout::native::Native;
use object::slots::R;
use object::{
    Args, GetSet, NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives,
};
use std::cell::{Cell, RefCell};

/// A decompressor.
pub struct Decompressor {
    stream: RefCell<Decompress>,
    /// The library's state is not to be used after an error.
    failed: Cell<bool>,
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
                let get: fn(&Feed) -> Value = $get;
                Ok(get(&own(vm, this)?.feed))
            },
            set: None,
            doc: $doc,
            is_member: true,
        }
    };
}

pub static DECOMPRESSOR: TypeDef = TypeDef {
    name: "BZ2Decompressor",
    module: "_bz2",
    doc: "Create a decompressor object for decompressing data incrementally.\n\n\
          For one-shot decompression, use the decompress() function instead.",
    methods: &[METHODS],
    getset: &[
        member!("eof", "True if the end-of-stream marker has been reached.", |feed| Value::bool(feed.eof())),
        member!("unused_data", "Data found after the end of the compressed stream.", |feed| feed.unused_data()),
        member!("needs_input", "True if more input is needed before more decompressed data can be produced.", |feed| {
            Value::bool(feed.needs_input())
        }),
    ],
    new: Some(native_ref!("BZ2Decompressor()" -> new)),
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

fn new(vm: &Vm, args: Args) -> R {
    let class = args.args.first().and_then(|class| class.cast::<TypeObj>());
    let class = class.ok_or_else(|| vm.type_error("a class is required"))?;
    if args.count() > 1 {
        return Err(vm.type_error("BZ2Decompressor() takes no positional arguments"));
    }
    if args.keyword_count() > 0 {
        return Err(vm.type_error("BZ2Decompressor() takes no keyword arguments"));
    }
    let stream = Decompress::new().map_err(|code| error(vm, code))?;
    let own = Decompressor { stream: RefCell::new(stream), failed: Cell::new(false), feed: Feed::new(vm) };
    Ok(vm.native(class, own).value())
}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Decompressor>>, Raised> {
    vm.as_native::<Decompressor>(this).ok_or_else(|| vm.type_error("a _bz2.BZ2Decompressor object is required"))
}

fn decompress(vm: &Vm, [this, data, max_length]: &[Value; 3]) -> R {
    let max_length = ssize(vm, *max_length)?;
    let own = own(vm, *this)?;
    if !vm.has_buffer(*data) {
        // The data is looked at before the state is.
        vm.buffer(*data, false)?;
    }
    if own.feed.eof() {
        return Err(vm.eof_error("End of stream already reached"));
    }
    if own.failed.get() {
        return Err(vm.value_error("Decompressor is unusable after a previous error"));
    }
    own.feed.decompress(vm, own, *data, max_length, |input, limit, out| {
        own.stream.borrow_mut().run(input, limit, out).map_err(|code| {
            own.failed.set(true);
            own.feed.set_needs_input(false);
            error(vm, code)
        })
    })
}
