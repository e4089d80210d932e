//! Products: schoolbook, Karatsuba's, and number theoretic transforms for long numbers.

use super::limbs::{BASE, add_assign, mul_small, normalize, split_limb, split_wide, sub_assign, trimmed};
use super::transform;

/// Numbers with fewer limbs are multiplied limb by limb.
const KARATSUBA: usize = 40;
/// Numbers with at least so many limbs are multiplied by transforms.
const TRANSFORM: usize = 1200;

/// The product.
pub fn mul(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    match *b {
        [] => return Vec::new(),
        [factor] => {
            let mut out = Vec::with_capacity(a.len() + 1);
            out.extend_from_slice(a);
            let carry = mul_small(&mut out, factor, 0);
            if carry != 0 {
                out.push(carry);
            }
            return out;
        }
        _ => {}
    }
    let mut out = vec![0; a.len() + b.len()];
    if b.len() < KARATSUBA {
        schoolbook(&mut out, a, b);
    } else if b.len() >= TRANSFORM {
        by_transform(&mut out, a, b);
    } else {
        by_pieces(&mut out, a, b, karatsuba_into);
    }
    normalize(&mut out);
    out
}

/// The square.
pub fn square(a: &[u64]) -> Vec<u64> {
    mul(a, a)
}

/// `out = a * b`, which has room for all limbs and is zero. Sums of a column are carried together: the shorter number
/// must have at most 300 limbs.
fn schoolbook(out: &mut [u64], a: &[u64], b: &[u64]) {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    debug_assert!(b.len() <= 300 && !b.is_empty());
    let mut carry: u128 = 0;
    let last = a.len() + b.len() - 1;
    for column in 0..last {
        let first = column.saturating_sub(b.len() - 1);
        let end = (column + 1).min(a.len());
        let mut sum: u128 = 0;
        for (x, y) in a[first..end].iter().zip(b[column + 1 - end..=column - first].iter().rev()) {
            sum += *x as u128 * *y as u128;
        }
        let (quotient, limb) = split_wide(sum);
        let (more, limb) = split_wide(carry + limb as u128);
        carry = quotient + more;
        out[column] = limb;
    }
    out[last] = carry as u64;
}

/// `out = a * b` where `a` is the longer one: it is cut into pieces of the length of `b`.
fn by_pieces(out: &mut [u64], a: &[u64], b: &[u64], product: impl Fn(&mut [u64], &[u64], &[u64])) {
    if b.is_empty() {
        return;
    }
    let mut part = vec![0; 2 * b.len()];
    for (index, piece) in a.chunks(b.len()).enumerate() {
        let part = &mut part[..piece.len() + b.len()];
        part.fill(0);
        product(part, piece, b);
        add_assign(&mut out[index * b.len()..], part);
    }
}

/// `out = a * b` for numbers of any length.
fn karatsuba_into(out: &mut [u64], a: &[u64], b: &[u64]) {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    if b.len() < KARATSUBA {
        if !b.is_empty() {
            schoolbook(out, a, b);
        }
        return;
    }
    let half = a.len().div_ceil(2);
    if b.len() <= half {
        return by_pieces(out, a, b, karatsuba_into);
    }
    let ((a0, a1), (b0, b1)) = (a.split_at(half), b.split_at(half));
    // (a0 + a1 x)(b0 + b1 x) = p + ((a0 + a1)(b0 + b1) - p - q) x + q x²
    {
        let (low, high) = out.split_at_mut(2 * half);
        karatsuba_into(low, a0, b0);
        karatsuba_into(high, a1, b1);
    }
    let (sum_a, sum_b) = (super::limbs::add(a0, a1), super::limbs::add(b0, b1));
    let mut middle = vec![0; sum_a.len() + sum_b.len()];
    karatsuba_into(&mut middle, &sum_a, &sum_b);
    sub_assign(&mut middle, trimmed(&out[..2 * half]));
    sub_assign(&mut middle, trimmed(&out[2 * half..]));
    let middle = trimmed(&middle);
    add_assign(&mut out[half..], middle);
}

/// `out = a * b` where `a` is the longer one.
fn by_transform(out: &mut [u64], a: &[u64], b: &[u64]) {
    if a.len() >= 2 * b.len() {
        return by_pieces(out, a, b, |out, a, b| {
            if a.len().min(b.len()) >= TRANSFORM {
                let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
                convolve_into(out, a, b);
            } else {
                karatsuba_into(out, a, b);
            }
        });
    }
    convolve_into(out, a, b);
}

/// `out = a * b` by transforms.
fn convolve_into(out: &mut [u64], a: &[u64], b: &[u64]) {
    let mut carry: u128 = 0;
    let count = a.len() + b.len() - 1;
    let columns = transform::Convolution::new(a, b);
    for index in 0..count {
        // A column of three words: value = low + high * 2^128, below 2^192.
        let (low, high) = columns.column(index);
        let (quotient, limb) = split_column(low, high);
        let (more, limb) = split_wide(carry + limb as u128);
        carry = quotient + more;
        out[index] = limb;
    }
    let mut rest = carry;
    for limb in &mut out[count..] {
        (rest, *limb) = split_wide(rest);
    }
}

/// Quotient and remainder by the base of a number of 192 bits whose quotient fits 128.
fn split_column(low: u128, high: u64) -> (u128, u64) {
    debug_assert!(high < BASE);
    let (q1, rest) = split_limb((high as u128) << 64 | low >> 64);
    let (q0, rest) = split_limb((rest as u128) << 64 | low as u64 as u128);
    ((q1 as u128) << 64 | q0 as u128, rest)
}

#[cfg(test)]
mod tests {
    use super::super::limbs::{from_digits, pow10, sub};
    use super::*;

    fn sample(len: usize, seed: u64) -> Vec<u64> {
        let mut state = seed;
        let mut limbs: Vec<u64> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if state >> 60 == 0 { BASE - 1 } else { (state >> 1) % BASE }
            })
            .collect();
        limbs.push(1 + seed % 9);
        limbs
    }

    #[test]
    fn ways_agree() {
        for (m, n) in [(1, 1), (3, 2), (39, 39), (41, 80), (100, 99), (301, 301), (299, 700), (700, 650), (1500, 600)] {
            let (a, b) = (sample(m, 7), sample(n, 11));
            let mut expected = vec![0; a.len() + b.len()];
            for (index, &limb) in b.iter().enumerate() {
                let mut row = a.clone();
                let carry = mul_small(&mut row, limb, 0);
                row.push(carry);
                add_assign(&mut expected[index..], &row);
            }
            normalize(&mut expected);
            assert_eq!(mul(&a, &b), expected, "{m} {n}");
            let mut out = vec![0; a.len() + b.len()];
            let (long, short) = if a.len() < b.len() { (&b, &a) } else { (&a, &b) };
            convolve_into(&mut out, long, short);
            normalize(&mut out);
            assert_eq!(out, expected, "{m} {n}");
            let mut out = vec![0; a.len() + b.len()];
            karatsuba_into(&mut out, &a, &b);
            normalize(&mut out);
            assert_eq!(out, expected, "{m} {n}");
        }
    }

    #[test]
    fn nines() {
        for count in [18, 36, 1000, 18 * 1000] {
            let nines = from_digits(&vec![b'9'; count]);
            // (10^n - 1)² = 10^2n - 2 * 10^n + 1
            let mut expected = sub(&pow10(2 * count as u64), &super::super::limbs::shift_left(&[2], count as u64));
            add_assign(&mut expected, &[1]);
            assert_eq!(square(&nines), expected);
        }
    }
}
