//! Convolutions by number theoretic transforms modulo three primes.
//!
//! A column of a product of n limbs is below n * 10^36. The product of the primes is above 10^55, so that the columns are
//! found by the Chinese remainder theorem for every n that memory can hold.

/// A prime p with 2^k | p - 1, and what arithmetic in Montgomery's form needs: numbers x are kept as x * 2^64 mod p.
#[derive(Clone, Copy)]
struct Field {
    prime: u64,
    /// -1/p modulo 2^64.
    inverse: u64,
    /// 2^128 modulo p.
    squared: u64,
    /// A generator of the multiplicative group.
    generator: u64,
}

const fn field(prime: u64, generator: u64) -> Field {
    // Newton's iteration doubles the number of right bits.
    let mut inverse = prime;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(prime.wrapping_mul(inverse)));
        step += 1;
    }
    let one = (u64::MAX % prime + 1) % prime;
    Field {
        prime,
        inverse: inverse.wrapping_neg(),
        squared: (one as u128 * one as u128 % prime as u128) as u64,
        generator,
    }
}

const FIELDS: [Field; 3] =
    [field(4_179_340_454_199_820_289, 3), field(2_485_986_994_308_513_793, 5), field(1_945_555_039_024_054_273, 5)];

impl Field {
    /// a * b / 2^64, below 2p for factors whose product is below p * 2^64.
    #[inline(always)]
    fn mul_lazy(&self, a: u64, b: u64) -> u64 {
        let product = a as u128 * b as u128;
        let factor = (product as u64).wrapping_mul(self.inverse);
        // The low words add up to 0 or 2^64.
        let carry = (product as u64 != 0) as u64;
        (product >> 64) as u64 + ((factor as u128 * self.prime as u128) >> 64) as u64 + carry
    }

    #[inline(always)]
    fn reduce(&self, a: u64) -> u64 {
        if a >= self.prime { a - self.prime } else { a }
    }

    #[inline(always)]
    fn mul(&self, a: u64, b: u64) -> u64 {
        self.reduce(self.mul_lazy(a, b))
    }

    #[inline(always)]
    fn add(&self, a: u64, b: u64) -> u64 {
        self.reduce(a + b)
    }

    #[inline(always)]
    fn sub(&self, a: u64, b: u64) -> u64 {
        if a >= b { a - b } else { a + self.prime - b }
    }

    fn enter(&self, a: u64) -> u64 {
        self.mul(a % self.prime, self.squared)
    }

    /// A power of a number in Montgomery's form.
    fn pow(&self, base: u64, exponent: u64) -> u64 {
        let (mut result, mut base, mut exponent) = (self.enter(1), base, exponent);
        while exponent != 0 {
            if exponent & 1 != 0 {
                result = self.mul(result, base);
            }
            base = self.mul(base, base);
            exponent >>= 1;
        }
        result
    }

    /// The powers of a primitive root of unity of order `len`, or its inverse: for a stage of size s those of order 2s lie
    /// at s..2s.
    fn roots(&self, len: usize, inverse: bool) -> Vec<u64> {
        let mut roots = vec![0; len];
        let mut size = 1;
        while size < len {
            let order = 2 * size as u64;
            let mut root = self.pow(self.enter(self.generator), (self.prime - 1) / order);
            if inverse {
                root = self.pow(root, order - 1);
            }
            let mut power = self.enter(1);
            for place in &mut roots[size..2 * size] {
                *place = power;
                power = self.mul(power, root);
            }
            size *= 2;
        }
        roots
    }

    /// Transforms; the result is in bit-reversed order.
    fn forward(&self, values: &mut [u64], roots: &[u64]) {
        let mut size = values.len() / 2;
        while size > 0 {
            let twiddles = &roots[size..2 * size];
            for block in values.chunks_exact_mut(2 * size) {
                let (low, high) = block.split_at_mut(size);
                for ((x, y), &twiddle) in low.iter_mut().zip(high).zip(twiddles) {
                    let (a, b) = (*x, *y);
                    *x = self.add(a, b);
                    *y = self.mul(a + self.prime - b, twiddle);
                }
            }
            size /= 2;
        }
    }

    /// Transforms back what is in bit-reversed order, but for the factor of the length.
    fn backward(&self, values: &mut [u64], roots: &[u64]) {
        let mut size = 1;
        while size < values.len() {
            let twiddles = &roots[size..2 * size];
            for block in values.chunks_exact_mut(2 * size) {
                let (low, high) = block.split_at_mut(size);
                for ((x, y), &twiddle) in low.iter_mut().zip(high).zip(twiddles) {
                    let (a, b) = (*x, self.mul(*y, twiddle));
                    *x = self.add(a, b);
                    *y = self.sub(a, b);
                }
            }
            size *= 2;
        }
    }

    /// The cyclic convolution of length `len`, a power of two. The result is in plain form.
    fn convolve(&self, a: &[u64], b: &[u64], len: usize) -> Vec<u64> {
        let roots = self.roots(len, false);
        let load = |limbs: &[u64]| {
            let mut values = vec![0; len];
            for (place, limb) in values.iter_mut().zip(limbs) {
                *place = limb % self.prime;
            }
            self.forward(&mut values, &roots);
            values
        };
        let mut values = load(a);
        if std::ptr::eq(a, b) {
            for value in &mut values {
                *value = self.mul(*value, *value);
            }
        } else {
            for (value, other) in values.iter_mut().zip(load(b)) {
                *value = self.mul(*value, other);
            }
        }
        let roots = self.roots(len, true);
        self.backward(&mut values, &roots);
        // Values came in in plain form, so their product lacks a factor of 2^64, which goes in with 1/len.
        let scale = self.pow(self.enter(len as u64), self.prime - 2);
        let scale = self.mul(scale, self.squared);
        for value in &mut values {
            *value = self.mul(*value, scale);
        }
        values
    }
}

/// The columns of a product.
pub struct Convolution {
    residues: [Vec<u64>; 3],
    /// 1/p0 modulo p1, 1/(p0 p1) modulo p2 and p0 modulo p2, in Montgomery's form.
    first_inverse: u64,
    second_inverse: u64,
    first_prime: u64,
}

impl Convolution {
    /// Multiplies two numbers.
    pub fn new(a: &[u64], b: &[u64]) -> Convolution {
        let len = (a.len() + b.len() - 1).next_power_of_two();
        let [f0, f1, f2] = FIELDS;
        let first_inverse = f1.pow(f1.enter(f0.prime), f1.prime - 2);
        let first_prime = f2.enter(f0.prime);
        let product = f2.mul(first_prime, f2.enter(f1.prime));
        Convolution {
            residues: FIELDS.map(|field| field.convolve(a, b, len)),
            first_inverse,
            second_inverse: f2.pow(product, f2.prime - 2),
            first_prime,
        }
    }

    /// A column: its low 128 bits, and what is above.
    pub fn column(&self, index: usize) -> (u128, u64) {
        let [f0, f1, f2] = FIELDS;
        let [r0, r1, r2] = [0, 1, 2].map(|prime: usize| self.residues[prime][index]);
        // Garner's algorithm: value = r0 + p0 (k1 + p1 k2).
        let k1 = f1.mul(f1.sub(r1, r0 % f1.prime), self.first_inverse);
        // r0 + p0 k1 modulo p2
        let partial = f2.add(r0 % f2.prime, f2.mul(k1 % f2.prime, self.first_prime));
        let k2 = f2.mul(f2.sub(r2, partial), self.second_inverse);
        let inner = k1 as u128 + f1.prime as u128 * k2 as u128;
        let low = (inner as u64) as u128 * f0.prime as u128 + r0 as u128;
        let high = (inner >> 64) * f0.prime as u128 + (low >> 64);
        ((high & u64::MAX as u128) << 64 | low as u64 as u128, (high >> 64) as u64)
    }
}
