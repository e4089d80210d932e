//! ZstdDict

use crate::arguments::c_int;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{GetSet, NativeData, Raised, Ref, Tracer, Tuple, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use zstd_sys as z;

/// How a dictionary is used. The numbers are those of the tuples that Python code passes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Digested = 0,
    Undigested = 1,
    Prefix = 2,
}

/// The content of a dictionary, and what the library made of it.
pub struct Dictionary {
    content: Vec<u8>,
    /// Digests for compression, by level.
    compression: RefCell<HashMap<i32, *mut z::ZSTD_CDict>>,
    decompression: Cell<*mut z::ZSTD_DDict>,
}

impl Dictionary {
    /// The content. It does not change.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The digest for compression at a level. It lives as long as the dictionary.
    pub fn for_compression(&self, level: i32) -> Result<*const z::ZSTD_CDict, String> {
        if let Some(known) = self.compression.borrow().get(&level) {
            return Ok(*known);
        }
        // SAFETY: the content is that long; the library copies it.
        let digest = unsafe { z::ZSTD_createCDict(self.content.as_ptr().cast(), self.content.len(), level) };
        if digest.is_null() {
            let text = "Failed to create a ZSTD_CDict instance from Zstandard dictionary content.";
            return Err(String::from(text));
        }
        self.compression.borrow_mut().insert(level, digest);
        Ok(digest)
    }

    /// The digest for decompression. It lives as long as the dictionary.
    pub fn for_decompression(&self) -> Result<*const z::ZSTD_DDict, String> {
        if self.decompression.get().is_null() {
            // SAFETY: as above.
            let digest = unsafe { z::ZSTD_createDDict(self.content.as_ptr().cast(), self.content.len()) };
            if digest.is_null() {
                let text = "Failed to create a ZSTD_DDict instance from Zstandard dictionary content.";
                return Err(String::from(text));
            }
            self.decompression.set(digest);
        }
        Ok(self.decompression.get())
    }
}

impl Drop for Dictionary {
    fn drop(&mut self) {
        // SAFETY: the digests are live, and contexts that refer to them keep the dictionary. Null is allowed.
        unsafe {
            for digest in self.compression.get_mut().values() {
                z::ZSTD_freeCDict(*digest);
            }
            z::ZSTD_freeDDict(self.decompression.get());
        }
    }
}

/// A ZstdDict.
pub struct ZstdDict {
    dictionary: Rc<Dictionary>,
    id: u32,
}

impl NativeData for ZstdDict {
    fn trace(&self, _: &mut Tracer) {}
}

macro_rules! attribute {
    ($name:literal, $member:literal, $doc:literal, $get:expr) => {
        GetSet {
            name: $name,
            get: |vm, this| {
                let get: fn(&Vm, Ref<Native<ZstdDict>>) -> Value = $get;
                Ok(get(vm, own(vm, this)?))
            },
            set: None,
            doc: $doc,
            is_member: $member,
        }
    };
}

fn with_use(vm: &Vm, own: Ref<Native<ZstdDict>>, how: Use) -> Value {
    vm.tuple(&[own.value(), Value::small(how as i64)]).value()
}

pub static DICTIONARY: TypeDef = TypeDef {
    name: "ZstdDict",
    module: "compression.zstd",
    doc: "Represents a Zstandard dictionary.\n\n  \
          dict_content\n    The content of a Zstandard dictionary as a bytes-like object.\n  \
          is_raw\n    If true, *dict_content* need not have the form that the zstd library\n    \
          gives to dictionaries.\n\n\
          The dictionary can be used for compression or decompression, and can be\n\
          shared by multiple ZstdCompressor or ZstdDecompressor objects.",
    slots: &[Slot::repr(repr), Slot::len(|vm, this| Ok(own(vm, this)?.dictionary.content.len()))],
    getset: &[
        attribute!(
            "dict_id",
            true,
            "The id of the dictionary; zero for one of raw content, which has no form.",
            |vm, own| vm.int_u64(own.id as u64)
        ),
        attribute!("dict_content", false, "The content of a Zstandard dictionary, as a bytes object.", |vm, own| {
            vm.bytes(&own.dictionary.content).value()
        }),
        attribute!(
            "as_digested_dict",
            false,
            "Load as a digested dictionary to compressor.\n\n\
             The digest is kept for each level, so loading it again is fast; its\n\
             parameters may override those of the compressor.",
            |vm, own| with_use(vm, own, Use::Digested)
        ),
        attribute!(
            "as_undigested_dict",
            false,
            "Load as an undigested dictionary to compressor.\n\n\
             The parameters of the compressor are not overridden; loading is slow.",
            |vm, own| with_use(vm, own, Use::Undigested)
        ),
        attribute!(
            "as_prefix",
            false,
            "Load as a prefix to compressor/decompressor.\n\n\
             It is used for the first frame only; both must use the same one.",
            |vm, own| with_use(vm, own, Use::Prefix)
        ),
    ],
    new: Some(native_ref!("ZstdDict($cls, dict_content, /, *, is_raw=False)" => new)),
    ..TypeDef::DEFAULT
};

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<ZstdDict>>, Raised> {
    vm.as_native::<ZstdDict>(this).ok_or_else(|| vm.type_error("a compression.zstd.ZstdDict object is required"))
}

fn new(vm: &Vm, [class, content, is_raw]: &[Value; 3]) -> R {
    let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
    let content = vm.bytes_of(*content)?;
    let is_raw = vm.truthy(*is_raw)?;
    if content.len() < 8 {
        let text = "Zstandard dictionary content too short (must have at least eight bytes)";
        return Err(vm.value_error(text));
    }
    // SAFETY: the content is that long.
    let id = unsafe { z::ZDICT_getDictID(content.as_ptr().cast(), content.len()) };
    if !is_raw && id == 0 {
        return Err(vm.value_error("invalid Zstandard dictionary"));
    }
    vm.heap.charge(content.len());
    let dictionary =
        Dictionary { content, compression: RefCell::default(), decompression: Cell::new(std::ptr::null_mut()) };
    Ok(vm.native(class, ZstdDict { dictionary: Rc::new(dictionary), id }).value())
}

fn repr(vm: &Vm, this: Value) -> R {
    let own = own(vm, this)?;
    let text = format!("<ZstdDict dict_id={} dict_size={}>", own.id, own.dictionary.content.len());
    Ok(vm.str(&text).value())
}

/// The argument `zstd_dict`: a ZstdDict, or one with the way to use it.
pub fn argument(vm: &Vm, value: Value, default: Use) -> Result<(Rc<Dictionary>, Use), Raised> {
    if let Some(dict) = vm.as_native::<ZstdDict>(value) {
        return Ok((dict.dictionary.clone(), default));
    }
    if let Some(&[dict, how]) = value.cast::<Tuple>().as_deref().map(Tuple::items)
        && let Some(dict) = vm.as_native::<ZstdDict>(dict)
        && vm.as_int(how).is_some()
    {
        let how = c_int(vm, how)? as i64;
        for known in [Use::Digested, Use::Undigested, Use::Prefix] {
            if known as i64 == how {
                return Ok((dict.dictionary.clone(), known));
            }
        }
    }
    Err(vm.type_error("zstd_dict argument should be a ZstdDict object."))
}
