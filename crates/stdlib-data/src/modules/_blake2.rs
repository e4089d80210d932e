//! `_blake2`

use crate::digest::{self, Algorithm, Engine};
use object::slots::R;
use object::{Int, Module, ModuleDef, Raised, Ref, TypeDef, TypeObj, Value, ValueExt, Vm, native_ref};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_blake2", doc: "BLAKE2b and BLAKE2s for hashlib", functions: &[], exec };

macro_rules! engine {
    ($name:ident, $state:ty) => {
        /// An engine.
        #[derive(Clone)]
        pub struct $name(pub $state);

        impl Engine for $name {
            fn update(&mut self, bytes: &[u8]) {
                self.0.update(bytes);
            }

            fn digest(&self, _: usize) -> Vec<u8> {
                self.0.finalize().as_bytes().to_vec()
            }

            fn copy(&self) -> Box<dyn Engine> {
                Box::new(self.clone())
            }
        }
    };
}

engine!(Blake2b, blake2b_simd::State);
engine!(Blake2s, blake2s_simd::State);

/// Arguments that were checked.
struct Settings {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

/// Largest sizes of a function.
struct Limits {
    name: &'static str,
    digest: usize,
    part: usize,
    node_offset: u64,
}

fn limited(vm: &Vm, value: Value, name: &str, limit: usize) -> Result<Vec<u8>, Raised> {
    if value.is_unbound() {
        return Ok(Vec::new());
    }
    let bytes = vm.bytes_of(value)?;
    if bytes.len() > limit {
        return Err(vm.value_error(format!("maximum {name} length is {limit} bytes")));
    }
    Ok(bytes)
}

fn unsigned(vm: &Vm, value: Value, text: &str) -> Result<u64, Raised> {
    let int = vm.index(value)?;
    if int.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    match int {
        Int::Small(int) => Ok(int as u64),
        Int::Big(big) => u64::try_from(&big.big).map_err(|_| vm.overflow_error(text)),
    }
}

fn settings(vm: &Vm, args: &[Value; 15], limits: &Limits) -> Result<Settings, Raised> {
    let [_, _, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth, inner_size, last_node, _, _] =
        *args;
    let digest_size = if digest_size.is_unbound() { limits.digest as i64 } else { vm.index_i32(digest_size)? as i64 };
    if !(1..=limits.digest as i64).contains(&digest_size) {
        return Err(vm.value_error(format!(
            "digest_size for {} must be between 1 and {} bytes, here it is {digest_size}",
            limits.name, limits.digest
        )));
    }
    let small = |value: Value, least: i32, text: &str| -> Result<u8, Raised> {
        let int = vm.index_i32(value)?;
        if int < least { Err(vm.value_error(text)) } else { u8::try_from(int).map_err(|_| vm.value_error(text)) }
    };
    let salt = limited(vm, salt, "salt", limits.part)?;
    let person = limited(vm, person, "person", limits.part)?;
    let fanout = small(fanout, 0, "fanout must be between 0 and 255")?;
    let depth = small(depth, 1, "depth must be between 1 and 255")?;
    let leaf_size = unsigned(vm, leaf_size, "leaf_size is too large")?;
    let Ok(leaf_size) = u32::try_from(leaf_size) else { return Err(vm.overflow_error("leaf_size is too large")) };
    let node_offset = unsigned(vm, node_offset, "Python int too large for C unsigned long long")?;
    if node_offset > limits.node_offset {
        return Err(vm.overflow_error("node_offset is too large"));
    }
    let node_depth = small(node_depth, 0, "node_depth must be between 0 and 255")?;
    let inner_size = vm.index_i32(inner_size)?;
    if inner_size < 0 || inner_size as usize > limits.digest {
        return Err(vm.value_error(format!("inner_size must be between 0 and is {}", limits.digest)));
    }
    let key = limited(vm, key, "key", limits.digest)?;
    Ok(Settings {
        digest_size: digest_size as usize,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size: inner_size as usize,
        last_node: vm.truthy(last_node)?,
    })
}

macro_rules! function {
    ($name:ident, $crate_name:ident, $engine:ident, $algorithm:ident, $limits:expr) => {
        fn $name(vm: &Vm, args: &[Value; 15]) -> R {
            let Some(class) = args[0].cast::<TypeObj>() else { return Err(vm.type_error("a class is required")) };
            let data = digest::data_arg(vm, args[1], args[14])?;
            let settings = settings(vm, args, &$limits)?;
            let mut params = $crate_name::Params::new();
            params
                .hash_length(settings.digest_size)
                .key(&settings.key)
                .salt(&settings.salt)
                .personal(&settings.person)
                .fanout(settings.fanout)
                .max_depth(settings.depth)
                .max_leaf_length(settings.leaf_size)
                .node_offset(settings.node_offset)
                .node_depth(settings.node_depth)
                .inner_hash_length(settings.inner_size)
                .last_node(settings.last_node);
            let engine = Box::new($engine(params.to_state()));
            digest::make(vm, class, &$algorithm, settings.digest_size, engine, data)
        }
    };
}

static BLAKE2B: Algorithm = Algorithm { name: "blake2b", digest_size: 64, block_size: 128 };
static BLAKE2S: Algorithm = Algorithm { name: "blake2s", digest_size: 32, block_size: 64 };

function!(
    blake2b,
    blake2b_simd,
    Blake2b,
    BLAKE2B,
    Limits { name: "Blake2b", digest: 64, part: 16, node_offset: u64::MAX }
);
function!(
    blake2s,
    blake2s_simd,
    Blake2s,
    BLAKE2S,
    Limits { name: "Blake2s", digest: 32, part: 8, node_offset: (1 << 48) - 1 }
);

macro_rules! class {
    ($static:ident, $line:literal, $name:ident) => {
        static $static: TypeDef = TypeDef {
            name: stringify!($name),
            module: "_blake2",
            doc: "Return a new BLAKE2 hash object.",
            methods: &[digest::METHODS],
            getset: &[digest::NAME, digest::DIGEST_SIZE, digest::BLOCK_SIZE],
            new: Some(native_ref!($line => $name)),
            ..TypeDef::DEFAULT
        };
    };
}

class!(
    BLAKE2B_CLASS,
    "blake2b($cls, data=<unrepresentable>, *, digest_size=<unrepresentable>, key=<unrepresentable>, salt=<unrepresentable>, person=<unrepresentable>, fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    blake2b
);
class!(
    BLAKE2S_CLASS,
    "blake2s($cls, data=<unrepresentable>, *, digest_size=<unrepresentable>, key=<unrepresentable>, salt=<unrepresentable>, person=<unrepresentable>, fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    blake2s
);

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (def, prefix, digest, part) in [(&BLAKE2B_CLASS, "BLAKE2B", 64, 16), (&BLAKE2S_CLASS, "BLAKE2S", 32, 8)] {
        let class = vm.add_type(module, def);
        let sizes =
            [("MAX_DIGEST_SIZE", digest), ("MAX_KEY_SIZE", digest), ("SALT_SIZE", part), ("PERSON_SIZE", part)];
        for (name, size) in sizes {
            class.dict().insert_str(vm, vm.intern(name), vm.int(size));
            vm.add_value(module, &format!("{prefix}_{name}"), vm.int(size));
        }
    }
    vm.add_value(module, "_GIL_MINSIZE", vm.int(2048));
    Ok(())
}
