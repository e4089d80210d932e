//! HMAC objects: what `_hmac` and `_hashlib` share.

use crate::algorithms::{Hash, Hmac};
use crate::digest::{hex, with_data};
use object::layout::native::Native;
use object::slots::R;
use object::{GetSet, NativeData, Raised, Ref, Tracer, TypeObj, Value, Vm, natives};
use std::cell::RefCell;

/// The data of an HMAC object.
pub struct HmacObject {
    hmac: RefCell<Hmac>,
}

impl NativeData for HmacObject {
    fn trace(&self, _: &mut Tracer) {}
}

natives! { pub static METHODS: {
    /// Return a copy ("clone") of the HMAC object.
    "copy($self, /)" => copy;
    /// Update the HMAC object with the given message.
    "update($self, /, msg)" => update;
    /// Return the digest of the bytes passed to the update() method so far.
    "digest($self, /)" => digest;
    /// Return hexadecimal digest of the bytes passed to the update() method so far.
    "hexdigest($self, /)" => hexdigest;
}}

macro_rules! getter {
    ($name:literal, $get:expr) => {
        GetSet {
            name: $name,
            get: |vm, this| {
                let get: fn(&Vm, &'static Hash) -> Value = $get;
                let hash = own(vm, this)?.hmac.borrow().hash;
                Ok(get(vm, hash))
            },
            set: None,
            doc: "",
            is_member: false,
        }
    };
}

/// The attributes.
pub const GETSET: &[GetSet] = &[
    getter!("name", |vm, hash| vm.str(&format!("hmac-{}", hash.algorithm.name)).value()),
    getter!("block_size", |vm, hash| vm.int_usize(hash.algorithm.block_size)),
    getter!("digest_size", |vm, hash| vm.int_usize(hash.algorithm.digest_size)),
];

fn own(vm: &Vm, this: Value) -> Result<Ref<Native<HmacObject>>, Raised> {
    vm.as_native::<HmacObject>(this).ok_or_else(|| vm.type_error("an HMAC object is required"))
}

/// A new HMAC object.
pub fn make(vm: &Vm, class: Ref<TypeObj>, hmac: Hmac) -> Value {
    vm.native(class, HmacObject { hmac: RefCell::new(hmac) }).value()
}

/// `repr(hmac)`
pub fn repr(vm: &Vm, this: Value) -> R {
    let name = own(vm, this)?.hmac.borrow().hash.algorithm.name;
    Ok(vm.str(&format!("<{name} HMAC object @ 0x{:x}>", this.bits())).value())
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let copy = own(vm, *this)?.hmac.borrow().copy();
    Ok(make(vm, vm.type_of(*this), copy))
}

fn update(vm: &Vm, [this, message]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    with_data(vm, *message, |bytes| own.hmac.borrow_mut().update(bytes))?;
    Ok(Value::NONE)
}

fn digest(vm: &Vm, [this]: &[Value; 1]) -> R {
    let digest = own(vm, *this)?.hmac.borrow().digest();
    Ok(vm.bytes(&digest).value())
}

fn hexdigest(vm: &Vm, [this]: &[Value; 1]) -> R {
    let digest = own(vm, *this)?.hmac.borrow().digest();
    Ok(hex(vm, &digest))
}
