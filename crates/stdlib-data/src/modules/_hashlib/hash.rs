//! HASH and HASHXOF.

use super::{by_name, kept};
use crate::algorithms::{Hash, find};
use crate::digest::{self, data_arg};
use crate::once;
use object::slots::{R, Slot};
use object::{GetSet, Module, Ref, TypeDef, Value, Vm, natives, type_flags};

const HASH_CLASS: &str = "_hashlib.HASH";
const XOF_CLASS: &str = "_hashlib.HASHXOF";

static HASH: TypeDef = TypeDef {
    name: "HASH",
    module: "_hashlib",
    doc: "A hash function under way.\n\n\
          Methods:\n\n\
          update() -- updates the current digest with an additional string\n\
          digest() -- return the current digest value\n\
          hexdigest() -- return the current digest as a string of hexadecimal digits\n\
          copy() -- return a copy of the current hash object\n\n\
          Attributes:\n\n\
          name -- the hash algorithm being used by this object\n\
          digest_size -- number of bytes in this hashes output",
    flags: type_flags::BASETYPE | type_flags::NO_NEW,
    slots: &[Slot::repr(repr)],
    methods: &[digest::METHODS],
    getset: &[digest::DIGEST_SIZE, digest::BLOCK_SIZE, digest::NAME],
    ..TypeDef::DEFAULT
};

static XOF: TypeDef = TypeDef {
    name: "HASHXOF",
    module: "_hashlib",
    doc: "A hash function under way whose digests have any length.\n\n\
          Methods:\n\n\
          update() -- updates the current digest with an additional string\n\
          digest(length) -- return the current digest value\n\
          hexdigest(length) -- return the current digest as a string of hexadecimal digits\n\
          copy() -- return a copy of the current hash object\n\n\
          Attributes:\n\n\
          name -- the hash algorithm being used by this object\n\
          digest_size -- number of bytes in this hashes output",
    flags: type_flags::BASETYPE | type_flags::NO_NEW,
    methods: &[digest::XOF_METHODS],
    getset: &[XOF_DIGEST_SIZE],
    ..TypeDef::DEFAULT
};

const XOF_DIGEST_SIZE: GetSet = digest::DIGEST_SIZE;

/// Makes the classes.
pub fn add_classes(vm: &Vm, module: Ref<Module>) {
    let hash = once::class(vm, HASH_CLASS, &HASH);
    vm.add_value(module, "HASH", hash);
    let xof = once::kept(vm, XOF_CLASS).unwrap_or_else(|| vm.make_type_with_base(&XOF, Some(hash)));
    vm.set_state(XOF_CLASS, xof.value());
    vm.add_value(module, "HASHXOF", xof);
}

fn repr(vm: &Vm, this: Value) -> R {
    let name = digest::hasher(vm, this)?.algorithm.name;
    let class = vm.type_of(this).qualified_name(vm);
    Ok(vm.str(&format!("<{name} {class} object @ 0x{:x}>", this.bits())).value())
}

fn make(vm: &Vm, hash: &'static Hash, data: Value, string: Value) -> R {
    let data = data_arg(vm, data, string)?;
    let class = kept(vm, if hash.algorithm.digest_size == 0 { XOF_CLASS } else { HASH_CLASS })?;
    digest::make(vm, class, &hash.algorithm, hash.algorithm.digest_size, (hash.start)(), data)
}

fn new(vm: &Vm, [_module, name, data, _usedforsecurity, string]: &[Value; 5]) -> R {
    let Some(text) = vm.as_str(*name) else {
        let got = vm.type_name(*name);
        return Err(vm.type_error(format!("new() argument 'name' must be str, not {got}")));
    };
    make(vm, by_name(vm, &text.to_string_lossy())?, *data, *string)
}

macro_rules! functions {
    ($($function:ident = $name:literal, $line:literal;)*) => {
        natives! { pub static FUNCTIONS: {
            /// Return a new hash object using the named algorithm.
            ///
            /// An optional string argument may be provided and will be
            /// automatically hashed.
            "new($module, /, name, data=b'', *, usedforsecurity=True, string=None)" => new;
            $(
                /// Returns a hash object; optionally initialized with a string
                $line => $function;
            )*
        }}

        $(
            fn $function(vm: &Vm, [_module, data, _usedforsecurity, string]: &[Value; 4]) -> R {
                match find($name) {
                    Some(hash) => make(vm, hash, *data, *string),
                    None => Err(vm.system_error("hash function missing")),
                }
            }
        )*
    };
}

functions! {
    md5 = "md5", "openssl_md5($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha1 = "sha1", "openssl_sha1($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha224 = "sha224", "openssl_sha224($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha256 = "sha256", "openssl_sha256($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha384 = "sha384", "openssl_sha384($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha512 = "sha512", "openssl_sha512($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha3_224 = "sha3_224", "openssl_sha3_224($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha3_256 = "sha3_256", "openssl_sha3_256($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha3_384 = "sha3_384", "openssl_sha3_384($module, /, data=b'', *, usedforsecurity=True, string=None)";
    sha3_512 = "sha3_512", "openssl_sha3_512($module, /, data=b'', *, usedforsecurity=True, string=None)";
    shake_128 = "shake_128", "openssl_shake_128($module, /, data=b'', *, usedforsecurity=True, string=None)";
    shake_256 = "shake_256", "openssl_shake_256($module, /, data=b'', *, usedforsecurity=True, string=None)";
}
