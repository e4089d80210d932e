//! Hash objects: what the modules of hash functions share.

use object::layout::native::Native;
use object::slots::R;
use object::{GetSet, NativeData, Raised, Ref, Tracer, TypeObj, Value, Vm, natives};
use std::cell::RefCell;

/// A hash function under way.
pub trait Engine {
    /// Takes bytes in.
    fn update(&mut self, bytes: &[u8]);
    /// The digest of what was taken in so far; `length` is for functions whose digests have any length.
    fn digest(&self, length: usize) -> Vec<u8>;
    /// A copy.
    fn copy(&self) -> Box<dyn Engine>;
}

/// What is known of a hash function.
#[derive(Debug)]
pub struct Algorithm {
    /// Its name.
    pub name: &'static str,
    /// Bytes of a digest; 0 where any length can be asked for.
    pub digest_size: usize,
    /// Bytes of a block.
    pub block_size: usize,
}

/// The data of a hash object.
pub struct Hasher {
    /// The function.
    pub algorithm: &'static Algorithm,
    /// Bytes of the digest.
    pub digest_size: usize,
    engine: RefCell<Box<dyn Engine>>,
}

impl NativeData for Hasher {
    fn trace(&self, _: &mut Tracer) {}
}

/// An engine by the trait of the crate `digest`.
#[derive(Clone)]
pub struct Plain<T>(pub T);

impl<T> Engine for Plain<T>
where
    T: sha2::digest::Digest + Clone + 'static,
{
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn digest(&self, _: usize) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }

    fn copy(&self) -> Box<dyn Engine> {
        Box::new(self.clone())
    }
}

/// The data of a hash object.
pub fn hasher(vm: &Vm, this: Value) -> Result<Ref<Native<Hasher>>, Raised> {
    vm.as_native::<Hasher>(this).ok_or_else(|| {
        let name = vm.type_name(this);
        vm.type_error(format!("method does not apply to a '{name}' object"))
    })
}

/// Hands the bytes of an argument to a function.
pub fn with_data<T>(vm: &Vm, data: Value, run: impl FnOnce(&[u8]) -> T) -> Result<T, Raised> {
    if vm.as_str(data).is_some() {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    if !vm.has_buffer(data) {
        return Err(vm.type_error("object supporting the buffer API required"));
    }
    vm.with_bytes(data, run)
}

/// The one of `data` and `string` that is given; unbound for none.
pub fn data_arg(vm: &Vm, data: Value, string: Value) -> R {
    if string.is_none() || string.is_unbound() {
        return Ok(data);
    }
    if !data.is_unbound() {
        return Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a \
             future version.",
        ));
    }
    Ok(string)
}

/// A new hash object, with the data taken in.
pub fn make(
    vm: &Vm,
    class: Ref<TypeObj>,
    algorithm: &'static Algorithm,
    digest_size: usize,
    mut engine: Box<dyn Engine>,
    data: Value,
) -> R {
    if let Some(data) = data.bound() {
        with_data(vm, data, |bytes| engine.update(bytes))?;
    }
    Ok(vm.native(class, Hasher { algorithm, digest_size, engine: RefCell::new(engine) }).value())
}

natives! { pub static METHODS: {
    /// Update this hash object's state with the provided string.
    "update($self, obj, /)" => update;
    /// Return a copy of the hash object.
    "copy($self, /)" => copy;
    /// Return the digest value as a bytes object.
    "digest($self, /)" => digest;
    /// Return the digest value as a string of hexadecimal digits.
    "hexdigest($self, /)" => hexdigest;
}}

natives! { pub static XOF_METHODS: {
    /// Update this hash object's state with the provided bytes-like object.
    "update($self, data, /)" => update;
    /// Return a copy of the hash object.
    "copy($self, /)" => copy;
    /// Return the digest value as a bytes object.
    "digest($self, /, length)" => xof_digest;
    /// Return the digest value as a string of hexadecimal digits.
    "hexdigest($self, /, length)" => xof_hexdigest;
}}

macro_rules! getter {
    ($name:literal, $get:expr) => {
        GetSet { name: $name, get: $get, set: None, doc: "", is_member: false }
    };
}

/// `name`
pub const NAME: GetSet = getter!("name", |vm, this| Ok(vm.intern(hasher(vm, this)?.algorithm.name).value()));
/// `digest_size`
pub const DIGEST_SIZE: GetSet = getter!("digest_size", |vm, this| Ok(vm.int_usize(hasher(vm, this)?.digest_size)));
/// `block_size`
pub const BLOCK_SIZE: GetSet =
    getter!("block_size", |vm, this| Ok(vm.int_usize(hasher(vm, this)?.algorithm.block_size)));

fn update(vm: &Vm, [this, data]: &[Value; 2]) -> R {
    let own = hasher(vm, *this)?;
    with_data(vm, *data, |bytes| own.engine.borrow_mut().update(bytes))?;
    Ok(Value::NONE)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = hasher(vm, *this)?;
    let engine = RefCell::new(own.engine.borrow().copy());
    let copy = Hasher { algorithm: own.algorithm, digest_size: own.digest_size, engine };
    Ok(vm.native(vm.type_of(*this), copy).value())
}

/// Bytes as a string of hexadecimal digits.
pub fn hex(vm: &Vm, bytes: &[u8]) -> Value {
    let digits: String =
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|d| char::from_digit(d as u32, 16)).collect();
    vm.str(&digits).value()
}

fn digest(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = hasher(vm, *this)?;
    let digest = own.engine.borrow().digest(own.digest_size);
    Ok(vm.bytes(&digest).value())
}

fn hexdigest(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = hasher(vm, *this)?;
    let digest = own.engine.borrow().digest(own.digest_size);
    Ok(hex(vm, &digest))
}

fn xof(vm: &Vm, this: Value, length: Value) -> Result<Vec<u8>, Raised> {
    let length = vm.index(length)?;
    if length.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(length) = length.to_i64().filter(|length| *length < 1 << 29) else {
        return Err(vm.value_error("length is too large"));
    };
    vm.check_size(Some(length as usize))?;
    let digest = hasher(vm, this)?.engine.borrow().digest(length as usize);
    Ok(digest)
}

fn xof_digest(vm: &Vm, [this, length]: &[Value; 2]) -> R {
    let digest = xof(vm, *this, *length)?;
    Ok(vm.bytes(&digest).value())
}

fn xof_hexdigest(vm: &Vm, [this, length]: &[Value; 2]) -> R {
    let digest = xof(vm, *this, *length)?;
    Ok(hex(vm, &digest))
}

/// Defines a module of hash functions: for each the function, the name of its class, its engine and sizes.
#[macro_export]
macro_rules! hash_module {
    ($module:literal, $doc:literal; $($name:ident, $line:literal, $class:literal as $exported:literal, $engine:ty, $digest:literal, $block:literal;)*) => {
        use $crate::digest::{Algorithm, Plain};
        use object::slots::R;
        use object::{Module, ModuleDef, Raised, Ref, TypeDef, TypeObj, Value, ValueExt, Vm, natives, type_flags};

        /// The module.
        pub static MODULE: ModuleDef =
            ModuleDef { name: $module, doc: $doc, functions: &[FUNCTIONS], exec };

        natives! { static FUNCTIONS: {
            $(
                /// Return a new hash object; optionally initialized with a string.
                $line => $name;
            )*
        }}

        fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
            $({
                static CLASS: TypeDef = TypeDef {
                    name: $class,
                    module: $module,
                    flags: type_flags::NO_NEW,
                    methods: &[$crate::digest::METHODS],
                    getset: &[$crate::digest::NAME, $crate::digest::DIGEST_SIZE, $crate::digest::BLOCK_SIZE],
                    ..TypeDef::DEFAULT
                };
                let class = $crate::once::class(vm, concat!($module, ".", stringify!($name)), &CLASS);
                vm.add_value(module, $exported, class);
            })*
            vm.add_value(module, "_GIL_MINSIZE", vm.int(2048));
            Ok(())
        }

        $(
            fn $name(vm: &Vm, [_module, data, _usedforsecurity, string]: &[Value; 4]) -> R {
                static ALGORITHM: Algorithm =
                    Algorithm { name: stringify!($name), digest_size: $digest, block_size: $block };
                let data = $crate::digest::data_arg(vm, *data, *string)?;
                let class = vm.state_value(concat!($module, ".", stringify!($name)));
                let Some(class) = class.and_then(|class| class.cast::<TypeObj>()) else {
                    return Err(vm.system_error("the class of hash objects is missing"));
                };
                let engine = Box::new(Plain(<$engine>::default()));
                $crate::digest::make(vm, class, &ALGORITHM, $digest, engine, data)
            }
        )*
    };
}
