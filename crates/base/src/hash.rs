//! The functions behind `hash()`.
//!
//! Hashes are those of CPython, 64 bits wide; none is −1, which CPython keeps for "an error happened" and programs may count
//! on. Hash tables keep them cut to 62 bits ([`narrow`]), as an immediate value.

use dashu_int::{IBig, Sign};
use siphasher::sip::SipHasher13;

/// `sys.hash_info.width`
pub const HASH_WIDTH: u32 = 64;
/// `sys.hash_info.modulus`: the Mersenne prime by which numbers are reduced.
pub const MODULUS: u64 = (1 << 61) - 1;
/// `sys.hash_info.inf`: the hash of infinity.
pub const HASH_INF: i64 = 314_159;
/// `sys.hash_info.imag`: the factor of the imaginary part.
pub const HASH_IMAG: i64 = 1_000_003;

/// A hash of unsigned bits; avoids −1.
#[inline]
pub const fn shrink(hash: u64) -> i64 {
    avoid_minus_one(hash as i64)
}

/// Avoids −1.
#[inline]
pub const fn fit(hash: i64) -> i64 {
    avoid_minus_one(hash)
}

/// The low 62 bits of a hash, sign extended: what hash tables keep and compare.
#[inline(always)]
pub const fn narrow(hash: i64) -> i64 {
    (hash << 2) >> 2
}

#[inline]
const fn avoid_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// The secret of the hash functions of strings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HashKeys {
    /// First half of the SipHash key.
    pub k0: u64,
    /// Second half of the SipHash key.
    pub k1: u64,
}

impl HashKeys {
    /// The keys under `PYTHONHASHSEED=0`.
    pub const ZERO: HashKeys = HashKeys { k0: 0, k1: 0 };

    /// The keys that CPython derives from `PYTHONHASHSEED=seed`.
    pub fn from_seed(seed: u32) -> Self {
        if seed == 0 {
            return Self::ZERO;
        }
        let mut x = seed;
        let mut bytes = [0u8; 16];
        for b in &mut bytes {
            x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
            *b = (x >> 16) as u8;
        }
        Self::from_bytes(bytes)
    }

    /// Keys from random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let value = u128::from_le_bytes(bytes);
        HashKeys { k0: value as u64, k1: (value >> 64) as u64 }
    }

    /// The full SipHash-1-3 of `bytes`; 0 for no bytes, as in CPython.
    #[inline]
    pub fn sip13(&self, bytes: &[u8]) -> u64 {
        if bytes.is_empty() {
            return 0;
        }
        SipHasher13::new_with_keys(self.k0, self.k1).hash(bytes)
    }

    /// Hash of a `bytes` object, or of the UTF-8 bytes of a `str`.
    #[inline]
    pub fn hash_bytes(&self, bytes: &[u8]) -> i64 {
        shrink(self.sip13(bytes))
    }
}

/// Hash of an int that fits 64 bits.
#[inline]
pub const fn hash_i64(n: i64) -> i64 {
    let m = n.unsigned_abs();
    let m = reduce(m) as i64;
    avoid_minus_one(if n < 0 { -m } else { m })
}

/// Hash of an int of any size.
pub fn hash_ibig(n: &IBig) -> i64 {
    let (sign, words) = n.as_sign_words();
    let mut h = 0u64;
    for &word in words.iter().rev() {
        // 2^64 is 8 modulo 2^61−1, and multiplying by 8 there rotates the 61 bits left by three.
        h = ((h << 3) & MODULUS) | (h >> 58);
        h = reduce(h + reduce(word));
    }
    let h = h as i64;
    avoid_minus_one(if sign == Sign::Negative { -h } else { h })
}

/// `n` modulo 2^61−1.
#[inline]
const fn reduce(n: u64) -> u64 {
    let n = (n & MODULUS) + (n >> 61);
    if n >= MODULUS { n - MODULUS } else { n }
}

/// Hash of a float; `None` for NaN, whose hash is that of its identity.
pub fn hash_f64(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { HASH_INF } else { -HASH_INF });
    }
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    // The value is mantissa * 2^exponent, and 2^61 is 1 modulo 2^61−1: a power of two is a rotation.
    let turn = exponent.rem_euclid(61) as u32;
    let rotated = if turn == 0 { mantissa } else { ((mantissa << turn) & MODULUS) | (mantissa >> (61 - turn)) };
    let h = reduce(rotated) as i64;
    Some(avoid_minus_one(if x.is_sign_negative() { -h } else { h }))
}

/// Hash of a complex number from the hashes of its parts.
#[inline]
pub const fn hash_complex(real: i64, imag: i64) -> i64 {
    fit(real.wrapping_add(imag.wrapping_mul(HASH_IMAG)))
}

/// Hash of an object by its address. Addresses are multiples of 16, so their low bits come last.
#[inline]
pub const fn hash_address(address: usize) -> i64 {
    fit((address as u64).rotate_right(4) as i64)
}

/// The state of a tuple's hash: feed it the hashes of the items and finish it.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    acc: u64,
    len: u64,
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

impl TupleHasher {
    /// The hasher before any item.
    #[inline]
    pub const fn new() -> Self {
        TupleHasher { acc: PRIME_5, len: 0 }
    }

    /// Takes in the hash of the next item.
    #[inline]
    pub const fn add(&mut self, item: i64) {
        self.acc = self.acc.wrapping_add((item as u64).wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
        self.len += 1;
    }

    /// The 64-bit result, before it is cut to size.
    #[inline]
    pub const fn finish_u64(self) -> u64 {
        let acc = self.acc.wrapping_add(self.len ^ (PRIME_5 ^ 3_527_539));
        if acc == u64::MAX { 1_546_275_796 } else { acc }
    }

    /// The hash of the tuple.
    #[inline]
    pub const fn finish(self) -> i64 {
        shrink(self.finish_u64())
    }
}

impl Default for TupleHasher {
    fn default() -> Self {
        Self::new()
    }
}

/// Hash of a tuple from the hashes of its items.
pub fn hash_tuple(items: &[i64]) -> i64 {
    let mut hasher = TupleHasher::new();
    for &item in items {
        hasher.add(item);
    }
    hasher.finish()
}

/// The state of a frozenset's hash: the order of the items does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetHasher {
    acc: u64,
    len: u64,
}

impl SetHasher {
    /// The hasher before any item.
    pub const fn new() -> Self {
        SetHasher { acc: 0, len: 0 }
    }

    /// Takes in the hash of an item.
    #[inline]
    pub const fn add(&mut self, item: i64) {
        let h = item as u64;
        self.acc ^= ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
        self.len += 1;
    }

    /// The hash of the set.
    pub const fn finish(self) -> i64 {
        let mut h = self.acc ^ (self.len + 1).wrapping_mul(1_927_868_237);
        h ^= (h >> 11) ^ (h >> 25);
        shrink(h.wrapping_mul(69_069).wrapping_add(907_133_923))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_under_seed_zero() {
        // PYTHONHASHSEED=0: hash('abc'), hash(b'a' * 13), hash('')
        assert_eq!(HashKeys::ZERO.sip13(b"abc") as i64, HASH_ABC);
        assert_eq!(HashKeys::ZERO.sip13(b"aaaaaaaaaaaaa") as i64, HASH_A13);
        assert_eq!(HashKeys::ZERO.hash_bytes(b""), 0);
        // PYTHONHASHSEED=42: hash('abc')
        assert_eq!(HashKeys::from_seed(42).sip13(b"abc") as i64, HASH_ABC_42);
        assert_eq!(shrink(u64::MAX), -2);
        assert_eq!(narrow(1 << 61), -(1 << 61));
    }

    #[test]
    fn ints() {
        assert_eq!(hash_i64(-1), -2);
        assert_eq!(hash_i64(i64::MIN), -4);
        assert_eq!(hash_i64(i64::MAX), 3);
        assert_eq!(hash_i64((1 << 61) - 1), 0);
        let n = IBig::from(3).pow(1000);
        assert_eq!(hash_ibig(&n), HASH_3_1000);
        assert_eq!(hash_ibig(&-n), -HASH_3_1000);
        for v in [0i64, 1, -1, -2, i64::MAX, i64::MIN, 12345, -(1 << 61)] {
            assert_eq!(hash_ibig(&IBig::from(v)), hash_i64(v));
        }
    }

    #[test]
    fn floats() {
        for (x, h) in HASH_FLOATS {
            assert_eq!(hash_f64(*x), Some(*h), "{x}");
        }
        assert_eq!(hash_f64(f64::NAN), None);
        for v in [0i64, 1, -1, 1 << 61, (1 << 61) - 1, -(1 << 60), 1 << 53] {
            assert_eq!(hash_f64(v as f64), Some(hash_i64(v as f64 as i64)));
        }
        assert_eq!(hash_complex(hash_f64(1.5).unwrap(), hash_f64(2.5).unwrap()), fit(HASH_COMPLEX));
        assert_eq!(hash_complex(hash_f64(1e300).unwrap(), 0), hash_f64(1e300).unwrap());
    }

    #[test]
    fn tuples_and_sets() {
        let of = |items: &[i64]| {
            let mut h = TupleHasher::new();
            items.iter().for_each(|&i| h.add(i));
            h.finish_u64() as i64
        };
        assert_eq!(of(&[]), HASH_T0);
        assert_eq!(of(&[1, 2, 3]), HASH_T3);
        let mut h = SetHasher::new();
        [3, 1, 2].iter().for_each(|&i| h.add(i));
        assert_eq!(h.finish(), shrink(HASH_FS as u64));
    }

    // Printed by CPython 3.14.
    const HASH_ABC: i64 = -4594863902769663758;
    const HASH_A13: i64 = 6648609148649967910;
    const HASH_3_1000: i64 = 1236409068333599307;
    const HASH_FLOATS: &[(f64, i64)] = &[
        (0.0, 0),
        (-0.0, 0),
        (1.0, 1),
        (-1.0, -2),
        (0.5, 1152921504606846976),
        (1.5, 1152921504606846977),
        (-1e+300, -1224995262755759164),
        (1e-300, 482449582752280463),
        (5e-324, 16777216),
        (1.7976931348623157e+308, 2234066890152476671),
        (0.1, 230584300921369408),
        (-123456.789, -1819310134279660096),
        (2.305843009213694e+18, 1),
        (1.152921504606847e+18, 1152921504606846976),
    ];
    const HASH_COMPLEX: i64 = 4611686018429387911;
    const HASH_T0: i64 = 5740354900026072187;
    const HASH_T3: i64 = 529344067295497451;
    const HASH_FS: i64 = -272375401224217160;
    const HASH_ABC_42: i64 = 3869580338025362921;
}
