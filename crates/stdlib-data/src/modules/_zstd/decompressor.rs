//! ZstdDecompressor

use super::context::Decompress;
use super::dictionary::{Use, argument};
use super::error;
use super::parameter::{options, set_decompression};
use crate::arguments::ssize;
use crate::incremental::Feed;
use object::layout::native::Native;
use object::slots::R;
use object::{GetSet, NativeData, Raised, Ref, Tracer, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref, natives};
use std::cell::RefCell;

/// A decompressor.
pub struct Decompressor {
    context: RefCell<Decompress>,
    feed: Feed,
}

impl NativeData for Decompressor {
    fn trace(&self, tracer: &mut Tracer) {
        self.feed.trace(tracer);
    }
}

macro_rules! member {
    ($name:literal, $member:literal, $doc:literal, $get:expr) => {
        GetSet {
            name: $name,
            get: |vm, this| {
                let get: fn(&Feed) -> Value = $get;
                Ok(get(&own(vm, this)?.feed))
            },
            set: None,
            doc: $doc,
            is_member: $member,
        }
    };
}

pub static DECOMPRESSOR: TypeDef = TypeDef {
    name: "ZstdDecompressor",
    module: "compression.zstd",
    doc: "Create a decompressor object for decompressing data incrementally.\n\n  \
          zstd_dict\n    A ZstdDict object, a pre-trained Zstandard dictionary.\n  \
          options\n    A dict object that contains advanced decompression parameters.\n\n\
          For one-shot decompression, use the decompress() function instead.",
    methods: &[METHODS],
    getset: &[
        member!("eof", true, "True means the end of the first frame has been reached.", |feed| {
            Value::bool(feed.eof())
        }),
        member!(
            "needs_input",
            true,
            "False where the output was limited and more of it can be had from what was given already.",
            |feed| Value::bool(feed.needs_input())
        ),
        member!("unused_data", false, "A bytes object of what follows the first frame.", |feed| feed.unused_data()),
    ],
    new: Some(native_ref!("ZstdDecompressor($cls, zstd_dict=None, options=None)" => new)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Decompress *data*, returning uncompressed bytes if possible, or b'' otherwise.
    ///
    ///   data
    ///     A bytes-like object, Zstandard data to be decompressed.
    ///   max_length
    ///     Maximum size of returned data. When it is negative, the size of
    ///     output buffer is unlimited.
    ///
    /// Where the output was limited and there is more of it, *self.needs_input*
    /// is False, and the next call may provide *data* as b''.
    ///
    /// After the end of the first frame EOFError is raised; what follows it is in
    /// *unused_data*.
    "decompress($self, /, data, max_length=-1)" => decompress;
}}

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<Decompressor>>, Raised> {
    let own = vm.as_native::<Decompressor>(this);
    own.ok_or_else(|| vm.type_error("a compression.zstd.ZstdDecompressor object is required"))
}

fn new(vm: &Vm, [class, zstd_dict, settings]: &[Value; 3]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let settings = options(vm, "ZstdDecompressor", *settings)?;
    let mut context = Decompress::new().ok_or_else(|| error(vm, "Unable to create ZSTD_DCtx instance."))?;
    if !zstd_dict.is_none() {
        let (dictionary, how) = argument(vm, *zstd_dict, Use::Digested)?;
        context.load(dictionary, how).map_err(|problem| error(vm, &problem))?;
    }
    if let Some(settings) = settings {
        set_decompression(vm, &mut context, settings)?;
    }
    Ok(vm.native(class, Decompressor { context: RefCell::new(context), feed: Feed::new(vm) }).value())
}

fn decompress(vm: &Vm, [this, data, max_length]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    if !vm.has_buffer(*data) {
        // The data is looked at before the length is.
        vm.buffer(*data, false)?;
    }
    let max_length = ssize(vm, *max_length)?;
    if own.feed.eof() {
        return Err(vm.eof_error("Already at the end of a Zstandard frame."));
    }
    own.feed.decompress(vm, own, *data, max_length, |input, limit, out| {
        let mut context = own.context.borrow_mut();
        context.run(input, limit, out).map_err(|problem| {
            context.reset();
            own.feed.set_needs_input(true);
            error(vm, &format!("Unable to decompress Zstandard data: {problem}"))
        })
    })
}
