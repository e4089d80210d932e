//! `_sha3`

use crate::digest::{self, Algorithm, Engine, Plain};
use object::slots::R;
use object::{GetSet, Module, ModuleDef, Raised, Ref, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref};
use shake::digest::{ExtendableOutput, Update, XofReader};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_sha3", doc: "", functions: &[], exec };

/// An engine whose digests have any length.
#[derive(Clone)]
pub struct Shake<T>(pub T);

impl<T> Engine for Shake<T>
where
    T: Update + ExtendableOutput + Clone + 'static,
{
    fn update(&mut self, bytes: &[u8]) {
        Update::update(&mut self.0, bytes);
    }

    fn digest(&self, length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        self.0.clone().finalize_xof().read(&mut out);
        out
    }

    fn copy(&self) -> Box<dyn Engine> {
        Box::new(self.clone())
    }
}

macro_rules! getter {
    ($name:literal, $get:expr) => {
        GetSet { name: $name, get: $get, set: None, doc: "", is_member: false }
    };
}

const GETSET: &[GetSet] = &[
    digest::NAME,
    digest::DIGEST_SIZE,
    digest::BLOCK_SIZE,
    getter!("_rate_bits", |vm, this| Ok(vm.int_usize(digest::hasher(vm, this)?.algorithm.block_size * 8))),
    getter!("_capacity_bits", |vm, this| {
        Ok(vm.int_usize(1600 - digest::hasher(vm, this)?.algorithm.block_size * 8))
    }),
    getter!("_suffix", |vm, this| {
        let any_length = digest::hasher(vm, this)?.algorithm.digest_size == 0;
        Ok(vm.bytes(&[if any_length { 0x1F } else { 0x06 }]).value())
    }),
];

macro_rules! functions {
    ($($name:ident, $line:literal, $engine:expr, $digest:literal, $block:literal, $methods:expr;)*) => {
        $(
            fn $name(vm: &Vm, [class, data, _usedforsecurity, string]: &[Value; 4]) -> R {
                static ALGORITHM: Algorithm =
                    Algorithm { name: stringify!($name), digest_size: $digest, block_size: $block };
                let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
                let data = digest::data_arg(vm, *data, *string)?;
                digest::make(vm, class, &ALGORITHM, $digest, Box::new($engine), data)
            }
        )*

        fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
            $({
                static CLASS: TypeDef = TypeDef {
                    name: stringify!($name),
                    module: "_sha3",
                    doc: "A hash object, optionally initialised with a string.",
                    methods: &[$methods],
                    getset: GETSET,
                    new: Some(native_ref!($line => $name)),
                    ..TypeDef::DEFAULT
                };
                vm.add_type(module, &CLASS);
            })*
            vm.add_value(module, "implementation", vm.str("RustCrypto"));
            vm.add_value(module, "_GIL_MINSIZE", vm.int(2048));
            Ok(())
        }
    };
}

functions! {
    sha3_224, "sha3_224($cls, data=<unrepresentable>, *, usedforsecurity=True, string=None)",
        Plain(sha3::Sha3_224::default()), 28, 144, digest::METHODS;
    sha3_256, "sha3_256($cls, data=<unrepresentable>, *, usedforsecurity=True, string=None)",
        Plain(sha3::Sha3_256::default()), 32, 136, digest::METHODS;
    sha3_384, "sha3_384($cls, data=<unrepresentable>, *, usedforsecurity=True, string=None)",
        Plain(sha3::Sha3_384::default()), 48, 104, digest::METHODS;
    sha3_512, "sha3_512($cls, data=<unrepresentable>, *, usedforsecurity=True, string=None)",
        Plain(sha3::Sha3_512::default()), 64, 72, digest::METHODS;
    shake_128, "shake_128($cls, data=<unrepresentable>, *, usedforsecurity=True, string=None)",
        Shake(::shake::Shake128::default()), 0, 168, digest::XOF_METHODS;
    shake_256, "shake_256($cls, data=<unrepresentable>, *, usedforsecurity=True, string=None)",
        Shake(::shake::Shake256::default()), 0, 136, digest::XOF_METHODS;
}
