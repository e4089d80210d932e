//! The East Asian codecs: charsets whose characters take one to four bytes, and those that switch between charsets by
//! escape sequences. The modules `_codecs_cn` and the like hand out the codecs by name; `_multibytecodec` has the classes
//! that work with them.

pub mod charset;
pub mod iso2022;
pub mod run;
mod table;

use crate::once;
use charset::Charset;
use object::slots::R;
use object::{Module, NativeData, Raised, Ref, Tracer, TypeId, Value, Vm};

/// A codec object.
pub struct Codec {
    /// What it encodes to.
    pub charset: &'static Charset,
}

impl NativeData for Codec {
    fn trace(&self, _: &mut Tracer) {}
}

/// The key of the class of codec objects.
pub const CODEC_CLASS: &str = "_multibytecodec.MultibyteCodec";

/// `getcodec` of a module that has the codecs of these charsets.
pub fn get_codec(vm: &Vm, charsets: &'static [Charset], name: Value) -> R {
    let Some(name) = vm.as_str(name) else {
        return Err(vm.type_error("encoding name must be a string."));
    };
    let Some(charset) = charsets.iter().find(|charset| charset.name.as_bytes() == name.as_bytes()) else {
        return Err(vm.raise(TypeId::LookupError, "no such codec is supported."));
    };
    // The class is made when its module is imported.
    vm.import("_multibytecodec")?;
    match once::kept(vm, CODEC_CLASS) {
        Some(class) => Ok(vm.native(class, Codec { charset }).value()),
        None => Err(vm.system_error("_multibytecodec is not initialised")),
    }
}

/// For modules that have nothing but functions.
pub fn no_exec(_: &Vm, _: Ref<Module>) -> Result<(), Raised> {
    Ok(())
}
