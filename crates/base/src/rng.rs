//! The Mersenne Twister MT19937, as the `random` module uses it.

const N: usize = 624;
const M: usize = 397;

/// The generator: its 624 words of state and the index of the next one to hand out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MersenneTwister {
    state: [u32; N],
    index: usize,
}

impl MersenneTwister {
    /// Number of words of state; `random.getstate()` shows them followed by the index.
    pub const STATE_LEN: usize = N;

    /// Seeds with a single word (`init_genrand` of the reference paper).
    pub fn from_word(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let prev = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(prev ^ (prev >> 30)).wrapping_add(i as u32);
        }
        MersenneTwister { state, index: N }
    }

    /// Seeds with an array of words, least significant first (`init_by_array`). `random.seed(int)` passes the words of
    /// the absolute value, and a single 0 for zero; an empty key is taken as that.
    pub fn from_key(key: &[u32]) -> Self {
        let key = if key.is_empty() { &[0] } else { key };
        let mut mt = Self::from_word(19_650_218);
        let s = &mut mt.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let prev = s[i - 1];
            s[i] = (s[i] ^ (prev ^ (prev >> 30)).wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let prev = s[i - 1];
            s[i] = (s[i] ^ (prev ^ (prev >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
        }
        s[0] = 0x8000_0000;
        mt
    }

    /// Restores a state; `None` if `words` are not 624 or `index` is beyond 624.
    pub fn from_state(words: &[u32], index: usize) -> Option<Self> {
        let state = words.try_into().ok()?;
        (index <= N).then_some(MersenneTwister { state, index })
    }

    /// The words of state and the index, as `random.getstate()` shows them.
    pub fn state(&self) -> (&[u32; N], usize) {
        (&self.state, self.index)
    }

    fn refill(&mut self) {
        let s = &mut self.state;
        for i in 0..N {
            let y = (s[i] & 0x8000_0000) | (s[(i + 1) % N] & 0x7FFF_FFFF);
            let mag = if y & 1 != 0 { 0x9908_B0DF } else { 0 };
            s[i] = s[(i + M) % N] ^ (y >> 1) ^ mag;
        }
        self.index = 0;
    }

    /// The next 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    /// The next float in [0, 1) with 53 random bits (`genrand_res53`, which is `random.random()`).
    #[inline]
    pub fn next_f64(&mut self) -> f64 {
        let a = (self.next_u32() >> 5) as f64;
        let b = (self.next_u32() >> 6) as f64;
        (a * 67_108_864.0 + b) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `getrandbits(k)` for `k` up to 64.
    #[inline]
    pub fn next_bits(&mut self, k: u32) -> u64 {
        match k {
            0 => 0,
            1..=32 => (self.next_u32() >> (32 - k)) as u64,
            _ => {
                let low = self.next_u32() as u64;
                let high = (self.next_u32() >> (64 - k.min(64))) as u64;
                low | high << 32
            }
        }
    }

    /// `getrandbits(k)` for any `k`: little-endian words, the last one shifted so that exactly `k` bits remain.
    pub fn next_words(&mut self, k: u64) -> Vec<u32> {
        let mut words = Vec::with_capacity(k.div_ceil(32) as usize);
        let mut left = k;
        while left > 0 {
            let word = self.next_u32();
            words.push(if left < 32 { word >> (32 - left) } else { word });
            left = left.saturating_sub(32);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::MersenneTwister;

    // Expected values: `random.seed(n)` and then the calls named, under CPython 3.14.
    #[test]
    fn as_cpython() {
        let mut r = MersenneTwister::from_key(&[42]);
        assert_eq!(r.next_f64(), 0.6394267984578837);
        assert_eq!(r.next_f64(), 0.025010755222666936);
        let mut r = MersenneTwister::from_key(&[0]);
        assert_eq!(r.next_bits(10), 864);
        let mut r = MersenneTwister::from_key(&[0x9ABC_DEF0, 0x1234_5678, 1]);
        for _ in 0..1000 {
            r.next_u32();
        }
        assert_eq!(r.next_f64(), 0.3611092745233361);
        assert_eq!(r.next_bits(40), 640514271091);
        assert_eq!(r.next_words(70), [551562924, 1026006521, 8]);
        let (words, index) = r.state();
        assert_eq!(MersenneTwister::from_state(words, index).as_ref(), Some(&r));
        assert_eq!(MersenneTwister::from_state(&words[1..], 0), None);
    }
}
