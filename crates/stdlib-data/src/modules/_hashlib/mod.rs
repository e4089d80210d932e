//! `_hashlib`: what CPython takes from OpenSSL, by other libraries.

mod hash;
mod hmac;
mod kdf;

use crate::algorithms::{HASHES, Hash, find};
use crate::once;
use object::slots::R;
use object::{Dict, Module, ModuleDef, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_hashlib",
    doc: "Hash functions and key derivation",
    functions: &[FUNCTIONS, hash::FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Return a new hmac object.
    "hmac_new($module, /, key, msg=b'', digestmod=None)" => hmac::hmac_new;
    /// Single-shot HMAC.
    "hmac_digest($module, /, key, msg, digest)" => hmac::hmac_digest;
    /// Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function.
    "pbkdf2_hmac($module, /, hash_name, password, salt, iterations, dklen=None)" => kdf::pbkdf2_hmac;
    /// scrypt password-based key derivation function.
    "scrypt($module, /, password, *, salt, n, r, p, maxmem=0, dklen=64)" => kdf::scrypt;
    /// Determine the FIPS mode of operation: there is none.
    "get_fips_mode($module, /)" => get_fips_mode;
}}

const ERROR: &str = "_hashlib.UnsupportedDigestmodError";
const CONSTRUCTORS: &str = "_hashlib.constructors";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let base = vm.types[TypeId::ValueError].value();
    let error = once::exception(vm, "_hashlib", "UnsupportedDigestmodError", base)?;
    vm.add_value(module, "UnsupportedDigestmodError", error);
    hash::add_classes(vm, module);
    hmac::add_class(vm, module);
    let names = vm.frozenset();
    for hash in HASHES {
        names.add(vm, vm.intern(hash.algorithm.name).value())?;
    }
    vm.add_value(module, "openssl_md_meth_names", names);
    let constructors = vm.dict();
    for def in hash::FUNCTIONS {
        let function = def.name();
        if let (Some(name), Some(value)) =
            (function.strip_prefix("openssl_"), module.dict().get_str(vm, vm.intern(function)))
        {
            constructors.insert(vm, value, vm.intern(name).value())?;
        }
    }
    vm.set_state(CONSTRUCTORS, constructors.value());
    let proxy = vm.call(vm.types[TypeId::MappingProxy].value(), &[constructors.value()])?;
    vm.add_value(module, "_constructors", proxy);
    vm.add_value(module, "compare_digest", vm.import_from("_operator", "_compare_digest")?);
    vm.add_value(module, "_GIL_MINSIZE", Value::small(2048));
    Ok(())
}

fn kept(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    once::kept(vm, name).ok_or_else(|| vm.system_error("_hashlib is not initialised"))
}

#[cold]
fn unsupported(vm: &Vm, text: &str) -> Raised {
    match kept(vm, ERROR) {
        Ok(class) => vm.raise_type(class, &[vm.str(text).value()]),
        Err(raised) => raised,
    }
}

/// The hash function that OpenSSL would find under a name: case does not matter, nor which dash it is.
fn by_name(vm: &Vm, name: &str) -> Result<&'static Hash, Raised> {
    let lower = name.to_ascii_lowercase();
    let same = match lower.as_str() {
        "blake2b512" => "blake2b",
        "blake2s256" => "blake2s",
        "rmd160" | "ripemd" => "ripemd160",
        other => other,
    };
    let shorter = same.strip_prefix("sha2-").map(|size| format!("sha{size}"));
    let found = find(same).or_else(|| find(&same.replace('-', "_")));
    let found = found.or_else(|| find(&shorter?.replace('/', "_"))).or_else(|| find(&same.replacen('-', "", 1)));
    found.ok_or_else(|| unsupported(vm, "[digital envelope routines] unsupported"))
}

/// The hash function that an argument `digestmod` means: a name, or one of the functions of this module.
fn by_digestmod(vm: &Vm, digestmod: Value) -> Result<&'static Hash, Raised> {
    if let Some(name) = vm.as_str(digestmod) {
        return by_name(vm, &name.to_string_lossy());
    }
    let constructors = vm.state_value(CONSTRUCTORS).and_then(|dict| dict.cast::<Dict>());
    let name = constructors.and_then(|dict| dict.iter().find(|entry| entry.key == digestmod));
    match name.and_then(|entry| vm.as_str(entry.value)) {
        Some(name) => by_name(vm, &name.to_string_lossy()),
        None => {
            let shown = vm.repr(digestmod)?.to_string_lossy();
            Err(unsupported(vm, &format!("Unsupported digestmod {shown}")))
        }
    }
}

fn get_fips_mode(_: &Vm, [_module]: &[Value; 1]) -> R {
    Ok(Value::small(0))
}
