//! Natural numbers as limbs of 18 decimal digits, the lowest first: the basic operations.
//!
//! A normal number has no zero limbs at its end; zero has no limbs. 18 digits leave room: products of limbs can be
//! summed up in 128 bits before they are carried.

/// Decimal digits of a limb.
pub const LIMB_DIGITS: u64 = 18;
/// The base.
pub const BASE: u64 = 1_000_000_000_000_000_000;

/// Powers of ten that fit 64 bits.
pub const POW10: [u64; 20] = {
    let mut powers = [1; 20];
    let mut index = 1;
    while index < 20 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// Powers of ten that fit 128 bits.
pub const POW10_WIDE: [u128; 39] = {
    let mut powers = [1; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// The base shifted until its highest bit is set, and the reciprocal of that, as Möller and Granlund define it
/// ("Improved division by invariant integers").
const SHIFT: u32 = BASE.leading_zeros();
const SHIFTED: u64 = BASE << SHIFT;
const RECIPROCAL: u64 = (u128::MAX / SHIFTED as u128 - (1 << 64)) as u64;

/// Quotient and remainder of a number by the base; `high` must be below the base.
#[inline(always)]
fn split_words(high: u64, low: u64) -> (u64, u64) {
    let (high, low) = (high << SHIFT | low >> (64 - SHIFT), low << SHIFT);
    let product = RECIPROCAL as u128 * high as u128 + ((high as u128) << 64 | low as u128);
    let mut quotient = ((product >> 64) as u64).wrapping_add(1);
    let mut rest = low.wrapping_sub(quotient.wrapping_mul(SHIFTED));
    if rest > product as u64 {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(SHIFTED);
    }
    if rest >= SHIFTED {
        quotient += 1;
        rest -= SHIFTED;
    }
    (quotient, rest >> SHIFT)
}

/// Quotient and remainder of a number by the base; the quotient must fit 64 bits.
#[inline(always)]
pub fn split_limb(number: u128) -> (u64, u64) {
    debug_assert!(((number >> 64) as u64) < BASE);
    split_words((number >> 64) as u64, number as u64)
}

/// Quotient and remainder of any number by the base.
#[inline(always)]
pub fn split_wide(number: u128) -> (u128, u64) {
    let high = (number >> 64) as u64;
    let (quotient, rest) = split_words(high % BASE, number as u64);
    (((high / BASE) as u128) << 64 | quotient as u128, rest)
}

/// Number of decimal digits; that of 0 is 1.
#[inline]
pub fn digits_u64(number: u64) -> u64 {
    // 1233 / 4096 is just above log10(2).
    let guess = (((64 - (number | 1).leading_zeros()) * 1233) >> 12) as usize;
    guess as u64 + (number >= POW10[guess]) as u64 + (number == 0) as u64
}

/// Number of decimal digits of a number below 10^38; that of 0 is 1.
#[inline]
pub fn digits_u128(number: u128) -> u64 {
    if number >> 64 == 0 {
        return digits_u64(number as u64);
    }
    let guess = (((128 - number.leading_zeros()) * 1233) >> 12) as usize;
    guess as u64 + (guess > 38 || number >= POW10_WIDE[guess]) as u64
}

/// Number of decimal digits; that of 0 is 1.
pub fn digits(limbs: &[u64]) -> u64 {
    match limbs.last() {
        Some(&top) => (limbs.len() as u64 - 1) * LIMB_DIGITS + digits_u64(top),
        None => 1,
    }
}

/// Takes the zero limbs off the end.
pub fn normalize(limbs: &mut Vec<u64>) {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
}

/// The slice without the zero limbs at its end.
pub fn trimmed(mut limbs: &[u64]) -> &[u64] {
    while let [rest @ .., 0] = limbs {
        limbs = rest;
    }
    limbs
}

/// The limbs of a number.
pub fn from_u128(number: u128) -> Vec<u64> {
    let mut limbs = Vec::with_capacity(3);
    let mut rest = number;
    while rest != 0 {
        let (quotient, limb) = split_wide(rest);
        limbs.push(limb);
        rest = quotient;
    }
    limbs
}

/// The number, if it is below 10^38.
pub fn to_u128(limbs: &[u64]) -> Option<u128> {
    match *trimmed(limbs) {
        [] => Some(0),
        [a] => Some(a as u128),
        [a, b] => Some(a as u128 + b as u128 * BASE as u128),
        [a, b, c] if c < 100 => Some(a as u128 + (b as u128 + c as u128 * BASE as u128) * BASE as u128),
        _ => None,
    }
}

/// Compares normal numbers.
pub fn cmp(a: &[u64], b: &[u64]) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a += b`; gives the carry. `a` is not shorter than `b`.
pub fn add_assign(a: &mut [u64], b: &[u64]) -> bool {
    let mut carry = 0;
    let (low, high) = a.split_at_mut(b.len());
    for (x, &y) in low.iter_mut().zip(b) {
        let sum = *x + y + carry;
        carry = (sum >= BASE) as u64;
        *x = sum - if carry != 0 { BASE } else { 0 };
    }
    for x in high {
        if carry == 0 {
            return false;
        }
        carry = (*x == BASE - 1) as u64;
        *x = if carry != 0 { 0 } else { *x + 1 };
    }
    carry != 0
}

/// `a -= b`; gives the borrow. `a` is not shorter than `b`.
pub fn sub_assign(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = 0;
    let (low, high) = a.split_at_mut(b.len());
    for (x, &y) in low.iter_mut().zip(b) {
        let taken = y + borrow;
        borrow = (*x < taken) as u64;
        *x = *x + if borrow != 0 { BASE } else { 0 } - taken;
    }
    for x in high {
        if borrow == 0 {
            return false;
        }
        borrow = (*x == 0) as u64;
        *x = if borrow != 0 { BASE - 1 } else { *x - 1 };
    }
    borrow != 0
}

/// The sum.
pub fn add(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut sum = Vec::with_capacity(long.len() + 1);
    sum.extend_from_slice(long);
    if add_assign(&mut sum, short) {
        sum.push(1);
    }
    sum
}

/// The difference; `a` is not below `b`.
pub fn sub(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut difference = a.to_vec();
    sub_assign(&mut difference, b);
    normalize(&mut difference);
    difference
}

/// `limbs = limbs * factor + carry`; gives the carry. The factor is at most the base.
pub fn mul_small(limbs: &mut [u64], factor: u64, carry: u64) -> u64 {
    let mut carry = carry;
    for limb in limbs {
        (carry, *limb) = split_limb(*limb as u128 * factor as u128 + carry as u128);
    }
    carry
}

/// `limbs /= divisor`; gives the remainder. The divisor is below the base and not zero.
pub fn div_small(limbs: &mut [u64], divisor: u64) -> u64 {
    let mut rest = 0;
    for limb in limbs.iter_mut().rev() {
        let number = rest as u128 * BASE as u128 + *limb as u128;
        if let Ok(narrow) = u64::try_from(number) {
            *limb = narrow / divisor;
            rest = narrow % divisor;
        } else {
            let quotient = (number / divisor as u128) as u64;
            rest = (number - quotient as u128 * divisor as u128) as u64;
            *limb = quotient;
        }
    }
    rest
}

/// The number times 10^count.
pub fn shift_left(limbs: &[u64], count: u64) -> Vec<u64> {
    if limbs.is_empty() {
        return Vec::new();
    }
    let (whole, part) = ((count / LIMB_DIGITS) as usize, (count % LIMB_DIGITS) as usize);
    let mut out = Vec::with_capacity(limbs.len() + whole + 1);
    out.resize(whole, 0);
    if part == 0 {
        out.extend_from_slice(limbs);
        return out;
    }
    // The upper digits of each limb go to the next.
    let (up, down) = (POW10[part], POW10[LIMB_DIGITS as usize - part]);
    let mut carry = 0;
    for &limb in limbs {
        let high = limb / down;
        out.push((limb - high * down) * up + carry);
        carry = high;
    }
    if carry != 0 {
        out.push(carry);
    }
    out
}

/// The number without its last `count` digits.
pub fn shift_right(limbs: &[u64], count: u64) -> Vec<u64> {
    let (whole, part) = (count / LIMB_DIGITS, (count % LIMB_DIGITS) as usize);
    if whole >= limbs.len() as u64 {
        return Vec::new();
    }
    let limbs = &limbs[whole as usize..];
    if part == 0 {
        return limbs.to_vec();
    }
    let (down, up) = (POW10[part], POW10[LIMB_DIGITS as usize - part]);
    let mut out = Vec::with_capacity(limbs.len());
    let mut high = limbs[0] / down;
    for &limb in &limbs[1..] {
        let quotient = limb / down;
        out.push(high + (limb - quotient * down) * up);
        high = quotient;
    }
    if high != 0 {
        out.push(high);
    }
    out
}

/// The last `count` digits as a number.
pub fn low_digits(limbs: &[u64], count: u64) -> Vec<u64> {
    let (whole, part) = (count / LIMB_DIGITS, (count % LIMB_DIGITS) as usize);
    if whole >= limbs.len() as u64 {
        return limbs.to_vec();
    }
    let whole = whole as usize;
    let mut out = limbs[..whole].to_vec();
    if part != 0 {
        out.push(limbs[whole] % POW10[part]);
    }
    normalize(&mut out);
    out
}

/// The digit that stands for 10^place.
pub fn digit_at(limbs: &[u64], place: u64) -> u8 {
    match limbs.get((place / LIMB_DIGITS) as usize) {
        Some(limb) => (limb / POW10[(place % LIMB_DIGITS) as usize] % 10) as u8,
        None => 0,
    }
}

/// Are the last `count` digits all zero?
pub fn ends_with_zeros(limbs: &[u64], count: u64) -> bool {
    let (whole, part) = ((count / LIMB_DIGITS) as usize, (count % LIMB_DIGITS) as usize);
    if whole >= limbs.len() {
        return limbs.iter().all(|limb| *limb == 0);
    }
    limbs[..whole].iter().all(|limb| *limb == 0) && limbs[whole] % POW10[part] == 0
}

/// Number of zeros at the end of the digits; the number is not zero.
pub fn trailing_zeros(limbs: &[u64]) -> u64 {
    let whole = limbs.iter().take_while(|limb| **limb == 0).count();
    let part = limbs.get(whole).map_or(0, |limb| trailing_zeros_u64(*limb));
    whole as u64 * LIMB_DIGITS + part
}

/// Number of zeros at the end of the digits; the number is not zero.
pub fn trailing_zeros_u64(number: u64) -> u64 {
    let (mut rest, mut count) = (number, 0);
    for step in [16, 8, 4, 2, 1] {
        if rest % POW10[step] == 0 && rest != 0 {
            rest /= POW10[step];
            count += step as u64;
        }
    }
    count
}

/// 10^count.
pub fn pow10(count: u64) -> Vec<u64> {
    shift_left(&[1], count)
}

/// The number that ASCII digits show.
pub fn from_digits(text: &[u8]) -> Vec<u64> {
    let mut limbs: Vec<u64> = text.rchunks(LIMB_DIGITS as usize).map(parse_limb).collect();
    normalize(&mut limbs);
    limbs
}

/// At most 18 digits as a number.
pub fn parse_limb(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + (digit & 15) as u64)
}

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut index = 0;
    while index < 100 {
        pairs[index] = [b'0' + (index / 10) as u8, b'0' + (index % 10) as u8];
        index += 1;
    }
    pairs
};

/// Writes the last digits of a number to the whole of a slice, with zeros in front.
pub fn write_u64(out: &mut [u8], number: u64) {
    let mut rest = number;
    let mut chunks = out.rchunks_exact_mut(2);
    for pair in &mut chunks {
        pair.copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if let [digit] = chunks.into_remainder() {
        *digit = b'0' + (rest % 10) as u8;
    }
}

/// Appends the digits of a number below 10^38.
pub fn push_u128(out: &mut Vec<u8>, number: u128) {
    let start = out.len();
    out.resize(start + digits_u128(number) as usize, 0);
    let at = &mut out[start..];
    if number >> 64 == 0 {
        write_u64(at, number as u64);
        return;
    }
    let (high, low) = split_wide(number);
    let (front, back) = at.split_at_mut(at.len() - LIMB_DIGITS as usize);
    write_u64(back, low);
    let (top, middle) = split_wide(high);
    if front.len() > LIMB_DIGITS as usize {
        let (front, back) = front.split_at_mut(front.len() - LIMB_DIGITS as usize);
        write_u64(back, middle);
        write_u64(front, top as u64);
    } else {
        write_u64(front, middle);
    }
}

/// Appends the digits of a number.
pub fn push_digits(out: &mut Vec<u8>, limbs: &[u64]) {
    let start = out.len();
    out.resize(start + digits(limbs) as usize, b'0');
    for (chunk, &limb) in out[start..].rchunks_mut(LIMB_DIGITS as usize).zip(limbs) {
        write_u64(chunk, limb);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        for number in [0, 1, BASE as u128, BASE as u128 - 1, (BASE as u128) << 64, u128::MAX, u128::MAX / 3] {
            let (quotient, rest) = split_wide(number);
            assert_eq!((quotient, rest as u128), (number / BASE as u128, number % BASE as u128));
        }
    }

    #[test]
    fn counting_digits() {
        assert_eq!(digits_u64(0), 1);
        assert_eq!(digits_u64(u64::MAX), 20);
        for power in 1..20 {
            assert_eq!(digits_u64(POW10[power]), power as u64 + 1);
            assert_eq!(digits_u64(POW10[power] - 1), power as u64);
        }
        for power in 1..39 {
            assert_eq!(digits_u128(POW10_WIDE[power]), power as u64 + 1);
            assert_eq!(digits_u128(POW10_WIDE[power] - 1), power as u64);
        }
    }

    #[test]
    fn shifting() {
        let text = b"123456789012345678901234567890123456789012345678901234567890";
        let number = from_digits(text);
        for count in 0..80 {
            let shifted = shift_left(&number, count);
            assert_eq!(digits(&shifted), 60 + count);
            assert_eq!(shift_right(&shifted, count), number);
            assert!(ends_with_zeros(&shifted, count));
            let mut out = Vec::new();
            push_digits(&mut out, &shift_right(&number, count));
            let left = 60 - (count as usize).min(60);
            assert_eq!(out, if left == 0 { b"0" } else { &text[..left] });
        }
        assert_eq!(trailing_zeros(&pow10(50)), 50);
    }
}
