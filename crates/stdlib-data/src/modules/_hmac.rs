//! `_hmac`

use crate::algorithms::{Hash, Hmac, find};
use crate::digest::with_data;
use crate::{hmac_object, once};
use object::slots::{R, Slot};
use object::{Module, ModuleDef, Raised, Ref, TypeDef, TypeId, TypeObj, Value, Vm, natives, type_flags};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_hmac", doc: "", functions: &[FUNCTIONS], exec };

static HMAC: TypeDef = TypeDef {
    name: "HMAC",
    module: "_hmac",
    flags: type_flags::NO_NEW,
    slots: &[Slot::repr(hmac_object::repr)],
    methods: &[hmac_object::METHODS],
    getset: hmac_object::GETSET,
    ..TypeDef::DEFAULT
};

natives! { static FUNCTIONS: {
    /// Return a new HMAC object.
    "new($module, /, key, msg=None, digestmod=<unrepresentable>)" => new;
    "compute_digest($module, /, key, msg, digest)" => compute_digest;
    "compute_md5($module, key, msg, /)" => compute_md5;
    "compute_sha1($module, key, msg, /)" => compute_sha1;
    "compute_sha224($module, key, msg, /)" => compute_sha224;
    "compute_sha256($module, key, msg, /)" => compute_sha256;
    "compute_sha384($module, key, msg, /)" => compute_sha384;
    "compute_sha512($module, key, msg, /)" => compute_sha512;
    "compute_sha3_224($module, key, msg, /)" => compute_sha3_224;
    "compute_sha3_256($module, key, msg, /)" => compute_sha3_256;
    "compute_sha3_384($module, key, msg, /)" => compute_sha3_384;
    "compute_sha3_512($module, key, msg, /)" => compute_sha3_512;
    "compute_blake2s_32($module, key, msg, /)" => compute_blake2s_32;
    "compute_blake2b_32($module, key, msg, /)" => compute_blake2b_32;
}}

const CLASS: &str = "_hmac.HMAC";
const ERROR: &str = "_hmac.UnknownHashError";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let error = once::exception(vm, "_hmac", "UnknownHashError", vm.types[TypeId::ValueError].value())?;
    vm.add_value(module, "UnknownHashError", error);
    vm.add_value(module, "HMAC", once::class(vm, CLASS, &HMAC));
    vm.add_value(module, "_GIL_MINSIZE", Value::small(2048));
    Ok(())
}

fn kept(vm: &Vm, name: &str) -> Result<Ref<TypeObj>, Raised> {
    once::kept(vm, name).ok_or_else(|| vm.system_error("_hmac is not initialised"))
}

#[cold]
fn unknown(vm: &Vm, digest: Value) -> Raised {
    match (kept(vm, ERROR), vm.repr(digest)) {
        (Ok(class), Ok(shown)) => {
            let text = format!("unsupported hash type: {}", shown.to_string_lossy());
            vm.raise_type(class, &[vm.str(&text).value()])
        }
        (Err(raised), _) | (_, Err(raised)) => raised,
    }
}

/// The functions that this module knows.
const KNOWN: [&str; 10] =
    ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512"];
/// Those that it has only for messages in one piece.
const IN_ONE_PIECE: [(&str, &str); 4] =
    [("blake2s", "blake2s"), ("blake2b", "blake2b"), ("blake2s_32", "blake2s"), ("blake2b_32", "blake2b")];

/// The function that an argument names, and whether it takes messages in pieces.
fn hash_of(vm: &Vm, digest: Value) -> Result<(&'static Hash, bool), Raised> {
    let Some(text) = vm.as_str(digest) else { return Err(unknown(vm, digest)) };
    let name = text.to_string_lossy().to_ascii_lowercase();
    if KNOWN.contains(&name.as_str())
        && let Some(hash) = find(&name)
    {
        return Ok((hash, true));
    }
    let other = IN_ONE_PIECE.iter().find(|row| row.0 == name).and_then(|row| find(row.1));
    other.map(|hash| (hash, false)).ok_or_else(|| unknown(vm, digest))
}

fn new(vm: &Vm, [_module, key, message, digest]: &[Value; 4]) -> R {
    if digest.is_unbound() {
        return Err(vm.type_error("new() missing 1 required argument 'digestmod'"));
    }
    let (hash, in_pieces) = hash_of(vm, *digest)?;
    if !in_pieces {
        return Err(vm.value_error("invalid HACL* algorithm"));
    }
    let mut hmac = with_data(vm, *key, |key| Hmac::new(hash, key))?;
    if !message.is_none() {
        with_data(vm, *message, |message| hmac.update(message))?;
    }
    Ok(hmac_object::make(vm, kept(vm, CLASS)?, hmac))
}

fn compute(vm: &Vm, hash: &'static Hash, key: Value, message: Value) -> R {
    let mut hmac = with_data(vm, key, |key| Hmac::new(hash, key))?;
    with_data(vm, message, |message| hmac.update(message))?;
    Ok(vm.bytes(&hmac.digest()).value())
}

fn compute_digest(vm: &Vm, [_module, key, message, digest]: &[Value; 4]) -> R {
    let (hash, _) = hash_of(vm, *digest)?;
    compute(vm, hash, *key, *message)
}

macro_rules! one_shot {
    ($($function:ident = $name:literal;)*) => {
        $(
            fn $function(vm: &Vm, [_module, key, message]: &[Value; 3]) -> R {
                match find($name) {
                    Some(hash) => compute(vm, hash, *key, *message),
                    None => Err(vm.system_error("hash function missing")),
                }
            }
        )*
    };
}

one_shot! {
    compute_md5 = "md5";
    compute_sha1 = "sha1";
    compute_sha224 = "sha224";
    compute_sha256 = "sha256";
    compute_sha384 = "sha384";
    compute_sha512 = "sha512";
    compute_sha3_224 = "sha3_224";
    compute_sha3_256 = "sha3_256";
    compute_sha3_384 = "sha3_384";
    compute_sha3_512 = "sha3_512";
    compute_blake2s_32 = "blake2s";
    compute_blake2b_32 = "blake2b";
}
