//! HMAC

use super::{by_digestmod, kept};
use crate::algorithms::{Hash, Hmac};
use crate::digest::with_data;
use crate::{hmac_object, once};
use object::slots::{R, Slot};
use object::{Module, Raised, Ref, TypeDef, Value, Vm, type_flags};

const CLASS: &str = "_hashlib.HMAC";

static HMAC: TypeDef = TypeDef {
    name: "HMAC",
    module: "_hashlib",
    doc: "The object used to calculate HMAC of a message.\n\n\
          Methods:\n\n\
          update() -- updates the current digest with an additional string\n\
          digest() -- return the current digest value\n\
          hexdigest() -- return the current digest as a string of hexadecimal digits\n\
          copy() -- return a copy of the current hash object\n\n\
          Attributes:\n\n\
          name -- the name, including the hash algorithm used by this object\n\
          digest_size -- number of bytes in digest() output\n",
    flags: type_flags::NO_NEW,
    slots: &[Slot::repr(hmac_object::repr)],
    methods: &[hmac_object::METHODS],
    getset: hmac_object::GETSET,
    ..TypeDef::DEFAULT
};

/// Makes the class.
pub fn add_class(vm: &Vm, module: Ref<Module>) {
    vm.add_value(module, "HMAC", once::class(vm, CLASS, &HMAC));
}

fn keyed(vm: &Vm, hash: &'static Hash, key: Value) -> Result<Hmac, Raised> {
    if hash.algorithm.digest_size == 0 {
        // The library's words for functions that have no HMAC.
        return Err(vm.value_error("no reason supplied"));
    }
    vm.with_bytes(key, |key| Hmac::new(hash, key))
}

/// `hmac_new`
pub fn hmac_new(vm: &Vm, [_module, key, message, digestmod]: &[Value; 4]) -> R {
    vm.with_bytes(*key, |_| ())?;
    if digestmod.is_none() {
        return Err(vm.type_error("Missing required parameter 'digestmod'."));
    }
    let mut hmac = keyed(vm, by_digestmod(vm, *digestmod)?, *key)?;
    if let Some(message) = message.bound()
        && !message.is_none()
    {
        with_data(vm, message, |message| hmac.update(message))?;
    }
    Ok(hmac_object::make(vm, kept(vm, CLASS)?, hmac))
}

/// `hmac_digest`
pub fn hmac_digest(vm: &Vm, [_module, key, message, digest]: &[Value; 4]) -> R {
    vm.with_bytes(*key, |_| ())?;
    vm.with_bytes(*message, |_| ())?;
    let mut hmac = keyed(vm, by_digestmod(vm, *digest)?, *key)?;
    vm.with_bytes(*message, |message| hmac.update(message))?;
    Ok(vm.bytes(&hmac.digest()).value())
}
