//! Hash functions by name, and what is built on them: HMAC and key derivation.

use crate::digest::{Algorithm, Engine, Plain};

/// A hash function.
pub struct Hash {
    /// What is known of it.
    pub algorithm: Algorithm,
    /// Starts one.
    pub start: fn() -> Box<dyn Engine>,
    /// PBKDF2 with it: password, salt, iterations, place for the key. None where HMAC does it.
    derive: Option<fn(&[u8], &[u8], u32, &mut [u8])>,
}

/// MD5 and SHA-1, one behind the other.
#[derive(Clone)]
struct Md5Sha1(Plain<md5::Md5>, Plain<sha1::Sha1>);

impl Engine for Md5Sha1 {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
        self.1.update(bytes);
    }

    fn digest(&self, _: usize) -> Vec<u8> {
        let mut digest = self.0.digest(0);
        digest.extend(self.1.digest(0));
        digest
    }

    fn copy(&self) -> Box<dyn Engine> {
        Box::new(self.clone())
    }
}

macro_rules! plain {
    ($name:literal, $engine:ty, $digest:literal, $block:literal) => {
        Hash {
            algorithm: Algorithm { name: $name, digest_size: $digest, block_size: $block },
            start: || Box::new(Plain(<$engine>::default())),
            derive: Some(pbkdf2::pbkdf2_hmac::<$engine>),
        }
    };
}

macro_rules! other {
    ($name:literal, $start:expr, $digest:literal, $block:literal) => {
        Hash {
            algorithm: Algorithm { name: $name, digest_size: $digest, block_size: $block },
            start: || Box::new($start),
            derive: None,
        }
    };
}

/// All of them.
pub static HASHES: &[Hash] = &[
    plain!("md5", md5::Md5, 16, 64),
    plain!("sha1", sha1::Sha1, 20, 64),
    plain!("sha224", sha2::Sha224, 28, 64),
    plain!("sha256", sha2::Sha256, 32, 64),
    plain!("sha384", sha2::Sha384, 48, 128),
    plain!("sha512", sha2::Sha512, 64, 128),
    plain!("sha512_224", sha2::Sha512_224, 28, 128),
    plain!("sha512_256", sha2::Sha512_256, 32, 128),
    other!("sha3_224", Plain(sha3::Sha3_224::default()), 28, 144),
    other!("sha3_256", Plain(sha3::Sha3_256::default()), 32, 136),
    other!("sha3_384", Plain(sha3::Sha3_384::default()), 48, 104),
    other!("sha3_512", Plain(sha3::Sha3_512::default()), 64, 72),
    plain!("ripemd160", ripemd::Ripemd160, 20, 64),
    plain!("sm3", sm3::Sm3, 32, 64),
    other!("shake_128", crate::_sha3::Shake(shake::Shake128::default()), 0, 168),
    other!("shake_256", crate::_sha3::Shake(shake::Shake256::default()), 0, 136),
    other!("blake2b", crate::_blake2::Blake2b(blake2b_simd::State::new()), 64, 128),
    other!("blake2s", crate::_blake2::Blake2s(blake2s_simd::State::new()), 32, 64),
    other!("md5-sha1", Md5Sha1(Plain(md5::Md5::default()), Plain(sha1::Sha1::default())), 36, 64),
];

/// The function of a name.
pub fn find(name: &str) -> Option<&'static Hash> {
    HASHES.iter().find(|hash| hash.algorithm.name == name)
}

/// An HMAC under way.
pub struct Hmac {
    /// The function below it.
    pub hash: &'static Hash,
    inner: Box<dyn Engine>,
    outer: Box<dyn Engine>,
}

impl Hmac {
    /// A new one. The digests of the function have a length of their own.
    pub fn new(hash: &'static Hash, key: &[u8]) -> Hmac {
        let (block_size, size) = (hash.algorithm.block_size, hash.algorithm.digest_size);
        let mut block = if key.len() > block_size {
            let mut engine = (hash.start)();
            engine.update(key);
            engine.digest(size)
        } else {
            key.to_vec()
        };
        block.resize(block_size, 0);
        let keyed = |pad: u8| {
            let mut engine = (hash.start)();
            engine.update(&block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
            engine
        };
        Hmac { hash, inner: keyed(0x36), outer: keyed(0x5C) }
    }

    /// Takes bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
    }

    /// The digest of what was taken in so far.
    pub fn digest(&self) -> Vec<u8> {
        let size = self.hash.algorithm.digest_size;
        let mut outer = self.outer.copy();
        outer.update(&self.inner.digest(size));
        outer.digest(size)
    }

    /// A copy.
    pub fn copy(&self) -> Hmac {
        Hmac { hash: self.hash, inner: self.inner.copy(), outer: self.outer.copy() }
    }
}

/// PBKDF2 (RFC 8018) with HMAC.
pub fn pbkdf2(hash: &'static Hash, password: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) {
    if let Some(derive) = hash.derive {
        return derive(password, salt, iterations, key);
    }
    let keyed = Hmac::new(hash, password);
    for (chunk, number) in key.chunks_mut(hash.algorithm.digest_size).zip(1u32..) {
        let mut first = keyed.copy();
        first.update(salt);
        first.update(&number.to_be_bytes());
        let mut last = first.digest();
        let mut sum = last.clone();
        for _ in 1..iterations {
            let mut next = keyed.copy();
            next.update(&last);
            last = next.digest();
            sum.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
        }
        chunk.copy_from_slice(&sum[..chunk.len()]);
    }
}
