//! Quotients, remainders and square roots.

use super::limbs::{
    BASE, POW10_WIDE, add, add_assign, cmp, digits, div_small, mul_small, normalize, shift_left, shift_right, sub,
    sub_assign, to_u128, trimmed,
};
use super::multiply::{mul, square};

/// Divisors with fewer limbs are taken digit by digit.
const RECURSIVE: usize = 60;

/// Quotient and remainder; the divisor is not zero.
pub fn div_rem(a: &[u64], b: &[u64]) -> (Vec<u64>, Vec<u64>) {
    if cmp(a, b).is_lt() {
        return (Vec::new(), a.to_vec());
    }
    if let [divisor] = *b {
        let mut quotient = a.to_vec();
        let rest = div_small(&mut quotient, divisor);
        normalize(&mut quotient);
        return (quotient, if rest == 0 { Vec::new() } else { vec![rest] });
    }
    // Both are multiplied until the highest limb of the divisor is at least half of the base.
    let factor = BASE / (b[b.len() - 1] + 1);
    let scaled = |limbs: &[u64], room: usize| {
        let mut out = Vec::with_capacity(limbs.len() + room);
        out.extend_from_slice(limbs);
        let carry = mul_small(&mut out, factor, 0);
        if carry != 0 {
            out.push(carry);
        }
        out
    };
    let divisor = scaled(b, 0);
    let mut rest = scaled(a, 2);
    let mut quotient = if divisor.len() < RECURSIVE || rest.len() - divisor.len() < RECURSIVE {
        rest.push(0);
        let mut quotient = vec![0; rest.len() - divisor.len()];
        knuth(&mut quotient, &mut rest, &divisor);
        quotient
    } else {
        divide_in_blocks(&mut rest, &divisor)
    };
    normalize(&mut quotient);
    normalize(&mut rest);
    div_small(&mut rest, factor);
    normalize(&mut rest);
    (quotient, rest)
}

/// Long division (Knuth's algorithm D). `rest` has one limb more than the number to be divided, and becomes the remainder;
/// there is a limb of the quotient for each limb that `rest` has more than the divisor.
fn knuth(quotient: &mut [u64], rest: &mut [u64], divisor: &[u64]) {
    let n = divisor.len();
    let (first, second) = (divisor[n - 1], divisor[n - 2]);
    for at in (0..quotient.len()).rev() {
        let window = &mut rest[at..=at + n];
        let top = window[n] as u128 * BASE as u128 + window[n - 1] as u128;
        let mut guess = (top / first as u128) as u64;
        let mut left = top - guess as u128 * first as u128;
        while guess >= BASE
            || (left < BASE as u128 && guess as u128 * second as u128 > left * BASE as u128 + window[n - 2] as u128)
        {
            guess -= 1;
            left += first as u128;
            if left >= BASE as u128 {
                break;
            }
        }
        if guess != 0 && sub_mul(window, divisor, guess) {
            guess -= 1;
            add_assign(window, divisor);
        }
        quotient[at] = guess;
    }
}

/// `window -= divisor * factor`; gives the borrow.
fn sub_mul(window: &mut [u64], divisor: &[u64], factor: u64) -> bool {
    let mut carry: u64 = 0;
    let (low, high) = window.split_at_mut(divisor.len());
    for (x, &y) in low.iter_mut().zip(divisor) {
        let (quotient, limb) = super::limbs::split_limb(y as u128 * factor as u128 + carry as u128);
        carry = quotient;
        if *x < limb {
            *x += BASE;
            carry += 1;
        }
        *x -= limb;
    }
    match high {
        [top] => {
            let borrow = *top < carry;
            *top = if borrow { *top + BASE - carry } else { *top - carry };
            borrow
        }
        _ => carry != 0,
    }
}

/// Division of a long number: blocks of the length of the divisor, each by [`divide_block`].
fn divide_in_blocks(rest: &mut Vec<u64>, divisor: &[u64]) -> Vec<u64> {
    let n = divisor.len();
    let blocks = rest.len().div_ceil(n);
    let mut quotient = vec![0; blocks * n];
    let mut high: Vec<u64> = Vec::new();
    for block in (0..blocks).rev() {
        let start = block * n;
        let mut number = rest[start..rest.len().min(start + n)].to_vec();
        rest.truncate(start);
        // The remainder so far is below the divisor, so the quotient has at most n limbs.
        number.resize(n, 0);
        number.extend_from_slice(&high);
        normalize(&mut number);
        let (part, left) = divide_block(number, divisor);
        quotient[start..start + part.len()].copy_from_slice(&part);
        high = left;
    }
    *rest = high;
    quotient
}

/// Divides a number of at most twice the length of the divisor, whose quotient is shorter than the divisor plus one limb
/// (Burnikel and Ziegler, "Fast recursive division"): the halves of the quotient one after the other.
fn divide_block(number: Vec<u64>, divisor: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let n = divisor.len();
    if cmp(&number, divisor).is_lt() {
        return (Vec::new(), number);
    }
    if n < RECURSIVE || number.len() - n < RECURSIVE / 2 {
        let mut rest = number;
        rest.push(0);
        let mut quotient = vec![0; rest.len() - n];
        knuth(&mut quotient, &mut rest, divisor);
        normalize(&mut quotient);
        normalize(&mut rest);
        return (quotient, rest);
    }
    let half = n / 2;
    if number.len() <= half {
        return (Vec::new(), number);
    }
    let (low, high) = number.split_at(half.min(number.len()));
    let (upper, mut left) = divide_half(high.to_vec(), divisor, n - half);
    // The remainder and the lower limbs.
    let mut number = low.to_vec();
    number.append(&mut left);
    normalize(&mut number);
    let (lower, rest) = divide_half(number, divisor, half);
    let mut quotient = lower;
    quotient.resize(half, 0);
    quotient.extend_from_slice(&upper);
    normalize(&mut quotient);
    (quotient, rest)
}

/// Divides a number whose quotient has at most `size` limbs: by the highest `size` limbs of the divisor first, then the
/// rest of it is taken off.
fn divide_half(number: Vec<u64>, divisor: &[u64], size: usize) -> (Vec<u64>, Vec<u64>) {
    let n = divisor.len();
    if cmp(&number, divisor).is_lt() {
        return (Vec::new(), number);
    }
    let skipped = n - size;
    if skipped == 0 {
        return divide_block(number, divisor);
    }
    let (low_divisor, top_divisor) = divisor.split_at(skipped);
    let (low, high) = number.split_at(skipped);
    let (mut quotient, mut left) = if cmp(trimmed(&high[high.len().min(size)..]), top_divisor).is_lt() {
        divide_block(high.to_vec(), top_divisor)
    } else {
        // The quotient by the top alone would be too long: the largest of `size` limbs is an upper bound.
        let quotient = vec![BASE - 1; size];
        let left = sub(&add(high, top_divisor), &[&vec![0; size][..], top_divisor].concat());
        (quotient, left)
    };
    // rest = left * base^skipped + low - quotient * low_divisor, made positive by taking the quotient down.
    let mut rest = low.to_vec();
    rest.append(&mut left);
    normalize(&mut rest);
    let mut product = mul(&quotient, trimmed(low_divisor));
    while cmp(&rest, &product).is_lt() {
        rest = add(&rest, divisor);
        decrement(&mut quotient);
    }
    sub_assign(&mut rest, &product);
    product.clear();
    normalize(&mut rest);
    (quotient, rest)
}

fn decrement(limbs: &mut Vec<u64>) {
    sub_assign(limbs, &[1]);
    normalize(limbs);
}

/// The square root, rounded down, of a number below 10^38.
pub fn sqrt_u128(number: u128) -> u64 {
    let mut root = (number as f64).sqrt() as u64;
    // The float is off by a few units in the 53rd bit; one step of Newton's and a correction make it right.
    if root > 1 << 26 {
        root = ((root as u128 + number / root as u128) / 2) as u64;
    }
    while root as u128 * root as u128 > number {
        root -= 1;
    }
    while (root as u128 + 1) * (root as u128 + 1) <= number {
        root += 1;
    }
    root
}

/// The square root, rounded down.
pub fn sqrt(number: &[u64]) -> Vec<u64> {
    if let Some(small) = to_u128(number) {
        return super::limbs::from_u128(sqrt_u128(small) as u128);
    }
    // A quarter of the digits is left out for a first root; one step of Newton's doubles the number of right digits.
    let skipped = digits(number) / 4;
    let first = sqrt(&shift_right(number, 2 * skipped));
    let guess = shift_left(&first, skipped);
    let mut root = add(&guess, &div_rem(number, &guess).0);
    div_small(&mut root, 2);
    normalize(&mut root);
    while cmp(&square(&root), number).is_gt() {
        decrement(&mut root);
    }
    loop {
        let next = add(&root, &[1]);
        if cmp(&square(&next), number).is_gt() {
            return root;
        }
        root = next;
    }
}

/// The product of two numbers of 128 bits: its high and its low half.
#[inline]
pub fn mul_wide(a: u128, b: u128) -> (u128, u128) {
    let half = |number: u128| ((number >> 64) as u64 as u128, number as u64 as u128);
    let ((a1, a0), (b1, b0)) = (half(a), half(b));
    let low = a0 * b0;
    let (middle, overflow) = (a1 * b0).overflowing_add(a0 * b1);
    let (low, carry) = low.overflowing_add(middle << 64);
    let high = a1 * b1 + (middle >> 64) + ((overflow as u128) << 64) + carry as u128;
    (high, low)
}

/// Quotient and remainder of a number of 256 bits by one of 128; the high half is below the divisor.
pub fn div_rem_wide(high: u128, low: u128, divisor: u128) -> (u128, u128) {
    if high == 0 {
        return div_rem_u128(low, divisor);
    }
    // Long division with digits of 64 bits, the divisor shifted until its highest bit is set.
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let (high, low) = if shift == 0 { (high, low) } else { (high << shift | low >> (128 - shift), low << shift) };
    let (first, second) = (divisor >> 64, divisor as u64 as u128);
    let step = |number: u128, next: u64| {
        let mut digit = number / first;
        let mut rest = number - digit * first;
        while digit >> 64 != 0 || digit * second > (rest << 64 | next as u128) {
            digit -= 1;
            rest += first;
            if rest >> 64 != 0 {
                break;
            }
        }
        let left = (number << 64 | next as u128).wrapping_sub(digit.wrapping_mul(divisor));
        (digit, left)
    };
    let (upper, rest) = step(high, (low >> 64) as u64);
    let (lower, rest) = step(rest, low as u64);
    (upper << 64 | lower, rest >> shift)
}

/// Quotient and remainder of numbers below 10^38.
#[inline]
pub fn div_rem_u128(a: u128, b: u128) -> (u128, u128) {
    if (a | b) >> 64 == 0 {
        let (a, b) = (a as u64, b as u64);
        return ((a / b) as u128, (a % b) as u128);
    }
    let quotient = a / b;
    (quotient, a - quotient * b)
}

/// Quotient and remainder by 10^count, which is at most 38.
#[inline]
pub fn div_rem_pow10(number: u128, count: u64) -> (u128, u128) {
    div_rem_u128(number, POW10_WIDE[count as usize])
}

#[cfg(test)]
mod tests {
    use super::super::limbs::{from_digits, pow10};
    use super::*;

    fn sample(len: usize, seed: u64) -> Vec<u64> {
        let mut state = seed;
        let mut limbs: Vec<u64> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match state >> 61 {
                    0 => BASE - 1,
                    1 => 0,
                    _ => (state >> 1) % BASE,
                }
            })
            .collect();
        limbs.push(1 + state % 1000);
        limbs
    }

    #[test]
    fn quotients() {
        for (m, n) in [
            (1, 1),
            (3, 2),
            (50, 20),
            (130, 61),
            (300, 150),
            (1000, 100),
            (500, 400),
            (777, 333),
            (2000, 999),
            (5000, 2500),
        ] {
            for seed in 0..6 {
                let (b, q) = (sample(n, seed), sample(m - n, seed + 100));
                let mut r = sample(n, seed + 200);
                if cmp(&r, &b).is_ge() {
                    r = sub(&b, &[1]);
                }
                let a = add(&mul(&b, &q), &r);
                assert_eq!(div_rem(&a, &b), (q, r), "{m} {n} {seed}");
            }
            let nines = from_digits(&vec![b'9'; 18 * m]);
            let (q, r) = div_rem(&pow10(18 * (m + n) as u64), &nines);
            assert_eq!(add(&mul(&q, &nines), &r), pow10(18 * (m + n) as u64));
        }
    }

    #[test]
    fn wide_numbers() {
        let numbers =
            [1u128, 2, 3, 10u128.pow(19), u64::MAX as u128, 1 << 64, (1 << 127) - 1, u128::MAX, 10u128.pow(38) - 7];
        for &a in &numbers {
            for &b in &numbers {
                let (high, low) = mul_wide(a, b);
                for rest in [0, b - 1] {
                    let (low, carry) = low.overflowing_add(rest);
                    let high = high + carry as u128;
                    if high < b {
                        assert_eq!(div_rem_wide(high, low, b), (a, rest));
                    }
                }
            }
        }
    }

    #[test]
    fn roots() {
        for number in [0u128, 1, 2, 3, 4, 99, 10u128.pow(37), 10u128.pow(38) - 1, (1 << 126) - 1] {
            let root = sqrt_u128(number) as u128;
            assert!(root * root <= number && (root + 1) * (root + 1) > number);
        }
        for len in [1, 2, 3, 10, 101, 400, 1600] {
            let root = sample(len, len as u64);
            let number = square(&root);
            assert_eq!(sqrt(&number), root);
            assert_eq!(sqrt(&sub(&number, &[1])), sub(&root, &[1]));
            assert_eq!(sqrt(&add(&number, &shift_left(&root, 0))), root);
        }
    }
}
