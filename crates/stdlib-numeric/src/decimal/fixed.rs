//! Numbers with a fixed number of limbs behind the point, not below zero: the exponential function and logarithms.
//!
//! A number is an int in units of the base to the power of minus `places`. Functions round down; how far off they can be
//! is told in units of the last place.

use super::divide::div_rem;
use super::limbs::{self, BASE, add, add_assign, cmp, div_small, mul_small, normalize, sub};
use super::multiply::{mul, square};
use std::cell::RefCell;

/// ln 10 without its 2, in 20 limbs.
const LN_10: [u64; 20] = [
    835_522_011_480_466_371,
    708_068_556_774_321_622,
    174_800_368_808_401_264,
    404_400_222_105_101_714,
    934_314_939_391_479_619,
    404_243_274_365_155_048,
    219_886_746_543_667_474,
    846_163_366_222_287_698,
    505_308_965_377_732_628,
    894_826_233_198_528_393,
    208_325_554_680_843_799,
    369_098_781_689_482_907,
    465_082_806_756_666_287,
    42_286_248_633_409_525,
    89_598_298_341_967_784,
    677_352_480_235_997_205,
    33_327_900_967_572_609,
    601_101_488_628_772_976,
    17_991_454_684_364_207,
    302_585_092_994_045_684,
];

/// Constants that were worked out once.
#[derive(Default)]
pub struct Constants {
    /// ln 10 and its number of places.
    ln_10: RefCell<(usize, Vec<u64>)>,
}

/// 1
pub fn one(places: usize) -> Vec<u64> {
    let mut one = vec![0; places];
    one.push(1);
    one
}

/// A number with other places; rounded down.
fn with_places(number: &[u64], from: usize, to: usize) -> Vec<u64> {
    if to >= from {
        let mut out = vec![0; to - from];
        out.extend_from_slice(number);
        normalize(&mut out);
        out
    } else {
        number.get(from - to..).unwrap_or(&[]).to_vec()
    }
}

/// The product, less than one unit too small.
fn product(a: &[u64], b: &[u64], places: usize) -> Vec<u64> {
    with_places(&mul(a, b), places, 0)
}

/// The quotient, less than one unit too small.
pub fn quotient(a: &[u64], b: &[u64], places: usize) -> Vec<u64> {
    let mut shifted = vec![0; places];
    shifted.extend_from_slice(a);
    normalize(&mut shifted);
    div_rem(&shifted, b).0
}

impl Constants {
    /// ln 10, less than two units too small.
    pub fn ln_10(&self, places: usize) -> Vec<u64> {
        if places <= LN_10.len() {
            let mut out = LN_10[LN_10.len() - places..].to_vec();
            out.push(2);
            return out;
        }
        let mut known = self.ln_10.borrow_mut();
        if known.0 < places {
            *known = (places, work_out_ln_10(places));
        }
        with_places(&known.1, known.0, places)
    }
}

/// ln 10 = 46 artanh 1/31 + 34 artanh 1/49 + 20 artanh 1/161
fn work_out_ln_10(places: usize) -> Vec<u64> {
    let inner = places + 1;
    let mut sum = Vec::new();
    for (factor, n) in [(46, 31), (34, 49), (20, 161)] {
        // A term of the series has log10(n²) digits more than the one before.
        let terms = (inner as f64 * 18.0 / (2.0 * (n as f64).log10())) as u64 + 2;
        let Series { sum: numerator, odd, power } = series(0, terms, n * n);
        let mut shifted = vec![0; inner];
        shifted.extend_from_slice(&numerator);
        let (mut part, _) = div_rem(&shifted, &mul(&odd, &power));
        let carry = mul_small(&mut part, factor * n, 0);
        part.push(carry);
        normalize(&mut part);
        sum = add(&sum, &part);
    }
    with_places(&sum, inner, places)
}

/// A part of the series of artanh: the sum over k of 1 / ((2k + 1) q^(k+1)) is `sum / (odd * power)`.
struct Series {
    sum: Vec<u64>,
    odd: Vec<u64>,
    power: Vec<u64>,
}

/// The terms from `first` to `end` by binary splitting; the powers of q count from the first.
fn series(first: u64, end: u64, q: u64) -> Series {
    if end - first == 1 {
        return Series { sum: vec![1], odd: vec![2 * first + 1], power: vec![q] };
    }
    let middle = first + (end - first) / 2;
    let (low, high) = (series(first, middle, q), series(middle, end, q));
    Series {
        sum: add(&mul(&mul(&low.sum, &high.odd), &high.power), &mul(&high.sum, &low.odd)),
        odd: mul(&low.odd, &high.odd),
        power: mul(&low.power, &high.power),
    }
}

/// e to the power of a number below 3, less than 100 units off.
pub fn exp(number: &[u64], places: usize) -> Vec<u64> {
    // The number is halved often, the series summed up, and the sum squared as often; each squaring doubles the error, which
    // takes a bit of the guard limbs.
    let bits = places as f64 * 59.8;
    let halvings = (bits.sqrt() * 0.8) as usize + 4;
    let inner = places + 1 + (halvings + 12) / 59;
    let mut small = with_places(number, places, inner);
    let mut left = halvings;
    while left > 0 {
        let step = left.min(58);
        div_small(&mut small, 1 << step);
        left -= step;
    }
    normalize(&mut small);
    let mut sum = one(inner);
    let mut term = small.clone();
    let mut index = 2;
    while !term.is_empty() {
        add_assign(&mut sum, &term);
        term = product(&term, &small, inner);
        div_small(&mut term, index);
        normalize(&mut term);
        index += 1;
    }
    for _ in 0..halvings {
        sum = with_places(&square(&sum), inner, 0);
    }
    with_places(&sum, inner, places)
}

/// artanh of a number below 1/1000, less than two units for each term too small.
fn artanh(number: &[u64], places: usize) -> Vec<u64> {
    let squared = product(number, number, places);
    let mut sum = number.to_vec();
    let mut power = product(number, &squared, places);
    let mut index = 3;
    while !power.is_empty() {
        let mut term = power.clone();
        div_small(&mut term, index);
        normalize(&mut term);
        sum = add(&sum, &term);
        power = product(&power, &squared, places);
        index += 2;
    }
    sum
}

/// The natural logarithm of a number from 1 to 10, less than 1000 + 10 `places` units off.
pub fn ln(number: &[u64], places: usize) -> Vec<u64> {
    // A first value y, from floats or with a third of the places; then ln x = y + 2 artanh((x - e^y) / (x + e^y)).
    let first = if places <= 3 {
        let (mut x, mut unit) = (0.0, 1.0);
        for index in (0..=places).rev() {
            x += number.get(index).copied().unwrap_or(0) as f64 * unit;
            unit /= BASE as f64;
        }
        let y = (x.ln() * BASE as f64 / 4.0).max(0.0) as u64;
        let mut limb = vec![y];
        let carry = mul_small(&mut limb, 4, 0);
        limb.push(carry);
        with_places(&limb, 1, places)
    } else {
        let fewer = places / 3 + 1;
        with_places(&ln(&with_places(number, places, fewer), fewer), fewer, places)
    };
    let power = exp(&first, places);
    let (difference, below) = match cmp(number, &power) {
        std::cmp::Ordering::Less => (sub(&power, number), true),
        _ => (sub(number, &power), false),
    };
    let ratio = quotient(&difference, &add(number, &power), places);
    let half = artanh(&ratio, places);
    let step = add(&half, &half);
    match below {
        false => add(&first, &step),
        // Only an error of the first value can make the result negative.
        true if cmp(&first, &step).is_lt() => Vec::new(),
        true => sub(&first, &step),
    }
}

/// The natural logarithm of 1 + d or 1 - d for a d below 1/1000, as a magnitude; less than 1000 + 10 `places` units off.
pub fn ln_near_one(distance: &[u64], below: bool, places: usize) -> Vec<u64> {
    let unit = one(places);
    let two = add(&unit, &unit);
    let other = if below { sub(&two, distance) } else { add(&two, distance) };
    let half = artanh(&quotient(distance, &other, places), places);
    add(&half, &half)
}

/// A number with a decimal exponent in fixed places; rounded down.
pub fn from_scaled(coefficient: &[u64], exponent: i64, places: usize) -> Vec<u64> {
    let shift = exponent + places as i64 * limbs::LIMB_DIGITS as i64;
    if shift >= 0 {
        limbs::shift_left(coefficient, shift as u64)
    } else {
        limbs::shift_right(coefficient, shift.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &[u64], b: &[u64]) -> Vec<u64> {
        if cmp(a, b).is_lt() { sub(b, a) } else { sub(a, b) }
    }

    #[test]
    fn constants_agree() {
        for places in [1, 5, 18, 20] {
            let known = Constants::default().ln_10(places);
            assert!(cmp(&distance(&work_out_ln_10(places), &known), &[3]).is_lt());
        }
        for places in [1, 3, 4, 10, 20, 70] {
            let constants = Constants::default();
            let mut ten = one(places);
            mul_small(&mut ten, 10, 0);
            let ln_10 = constants.ln_10(places);
            assert!(cmp(&distance(&ln(&ten, places), &ln_10), &[1000]).is_lt(), "{places}");
            assert!(cmp(&distance(&exp(&ln_10, places), &ten), &[200]).is_lt(), "{places}");
        }
    }

    #[test]
    fn logarithms_agree() {
        // 1.0005, in two ways.
        for places in [2, 3, 9, 40] {
            let small = from_scaled(&[5], -4, places);
            let near = ln_near_one(&small, false, places);
            let other = ln(&add(&one(places), &small), places);
            assert!(cmp(&distance(&near, &other), &[2000]).is_lt());
        }
    }
}
