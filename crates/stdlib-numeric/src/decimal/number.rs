//! Decimal numbers, owned and by reference.

use super::limbs::{self, POW10_WIDE, digits_u128};
use std::cmp::Ordering;

/// What a number is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A finite number.
    Finite,
    /// Infinity.
    Infinite,
    /// A quiet NaN. Its coefficient is the diagnostic.
    Quiet,
    /// A signaling NaN. Its coefficient is the diagnostic.
    Signaling,
}

/// A coefficient. Those below 10^38 are always small.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Coefficient {
    /// Below 10^38.
    Small(u128),
    /// Limbs, see [`limbs`].
    Large(Vec<u64>),
}

/// A coefficient by reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Digits<'a> {
    /// Below 10^38.
    Small(u128),
    /// Limbs, see [`limbs`].
    Large(&'a [u64]),
}

/// A number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number {
    /// Is its sign minus?
    pub negative: bool,
    /// What it is.
    pub kind: Kind,
    /// The exponent of the last digit.
    pub exponent: i64,
    /// The digits.
    pub coefficient: Coefficient,
}

/// A number by reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View<'a> {
    /// Is its sign minus?
    pub negative: bool,
    /// What it is.
    pub kind: Kind,
    /// The exponent of the last digit.
    pub exponent: i64,
    /// The digits.
    pub digits: Digits<'a>,
}

impl Coefficient {
    /// Zero.
    pub const ZERO: Coefficient = Coefficient::Small(0);

    /// Of limbs.
    pub fn from_limbs(mut limbs: Vec<u64>) -> Coefficient {
        limbs::normalize(&mut limbs);
        match limbs::to_u128(&limbs) {
            Some(small) => Coefficient::Small(small),
            None => Coefficient::Large(limbs),
        }
    }

    /// Of any number of 128 bits.
    #[inline(always)]
    pub fn from_u128(number: u128) -> Coefficient {
        if number < POW10_WIDE[38] { Coefficient::Small(number) } else { Coefficient::Large(limbs::from_u128(number)) }
    }

    /// By reference.
    #[inline(always)]
    pub fn view(&self) -> Digits<'_> {
        match self {
            Coefficient::Small(small) => Digits::Small(*small),
            Coefficient::Large(limbs) => Digits::Large(limbs),
        }
    }

    /// The limbs.
    pub fn into_limbs(self) -> Vec<u64> {
        match self {
            Coefficient::Small(small) => limbs::from_u128(small),
            Coefficient::Large(limbs) => limbs,
        }
    }
}

impl<'a> Digits<'a> {
    /// How many there are; zero has one.
    #[inline(always)]
    pub fn count(self) -> i64 {
        match self {
            Digits::Small(small) => digits_u128(small) as i64,
            Digits::Large(limbs) => limbs::digits(limbs) as i64,
        }
    }

    /// Is it zero?
    #[inline(always)]
    pub fn is_zero(self) -> bool {
        matches!(self, Digits::Small(0))
    }

    /// Is it odd?
    pub fn is_odd(self) -> bool {
        match self {
            Digits::Small(small) => small & 1 != 0,
            Digits::Large(limbs) => limbs.first().is_some_and(|limb| limb & 1 != 0),
        }
    }

    /// An owned copy.
    #[inline(always)]
    pub fn to_owned(self) -> Coefficient {
        match self {
            Digits::Small(small) => Coefficient::Small(small),
            Digits::Large(limbs) => Coefficient::Large(limbs.to_vec()),
        }
    }

    /// The limbs.
    pub fn to_limbs(self) -> std::borrow::Cow<'a, [u64]> {
        match self {
            Digits::Small(small) => limbs::from_u128(small).into(),
            Digits::Large(limbs) => limbs.into(),
        }
    }

    /// Times 10^count.
    pub fn shifted(self, count: u64) -> Coefficient {
        if let Digits::Small(small) = self {
            if small == 0 {
                return Coefficient::ZERO;
            }
            if digits_u128(small) + count <= 38 {
                return Coefficient::Small(small * POW10_WIDE[count as usize]);
            }
        }
        if count == 0 {
            return self.to_owned();
        }
        Coefficient::from_limbs(limbs::shift_left(&self.to_limbs(), count))
    }

    /// Appends the decimal digits.
    pub fn push_text(self, out: &mut Vec<u8>) {
        match self {
            Digits::Small(small) => limbs::push_u128(out, small),
            Digits::Large(limbs) => limbs::push_digits(out, limbs),
        }
    }

    /// Number of zeros at the end; 0 for zero.
    pub fn trailing_zeros(self) -> i64 {
        let zeros = match self {
            Digits::Small(0) => 0,
            Digits::Small(small) if small >> 64 == 0 => limbs::trailing_zeros_u64(small as u64),
            Digits::Small(small) => limbs::trailing_zeros(&limbs::from_u128(small)),
            Digits::Large(limbs) => limbs::trailing_zeros(limbs),
        };
        zeros as i64
    }

    /// Compares as ints.
    pub fn compare(self, other: Digits) -> Ordering {
        match (self, other) {
            (Digits::Small(a), Digits::Small(b)) => a.cmp(&b),
            (Digits::Small(_), Digits::Large(_)) => Ordering::Less,
            (Digits::Large(_), Digits::Small(_)) => Ordering::Greater,
            (Digits::Large(a), Digits::Large(b)) => limbs::cmp(a, b),
        }
    }
}

impl Number {
    /// A finite number.
    #[inline(always)]
    pub fn finite(negative: bool, coefficient: Coefficient, exponent: i64) -> Number {
        Number { negative, kind: Kind::Finite, exponent, coefficient }
    }

    /// A finite number with a small coefficient.
    #[inline(always)]
    pub fn small(negative: bool, coefficient: u128, exponent: i64) -> Number {
        Number::finite(negative, Coefficient::Small(coefficient), exponent)
    }

    /// Infinity.
    pub fn infinity(negative: bool) -> Number {
        Number { negative, kind: Kind::Infinite, exponent: 0, coefficient: Coefficient::ZERO }
    }

    /// A NaN without diagnostic.
    pub fn nan() -> Number {
        Number { negative: false, kind: Kind::Quiet, exponent: 0, coefficient: Coefficient::ZERO }
    }

    /// An int.
    pub fn from_i64(int: i64) -> Number {
        Number::small(int < 0, int.unsigned_abs() as u128, 0)
    }

    /// By reference.
    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        View { negative: self.negative, kind: self.kind, exponent: self.exponent, digits: self.coefficient.view() }
    }

    /// With another sign.
    pub fn with_sign(mut self, negative: bool) -> Number {
        self.negative = negative;
        self
    }
}

impl<'a> View<'a> {
    /// A finite number with a small coefficient.
    pub const fn small(negative: bool, coefficient: u128, exponent: i64) -> View<'static> {
        View { negative, kind: Kind::Finite, exponent, digits: Digits::Small(coefficient) }
    }

    /// 1
    pub const ONE: View<'static> = View::small(false, 1, 0);

    /// An owned copy.
    pub fn to_number(self) -> Number {
        Number {
            negative: self.negative,
            kind: self.kind,
            exponent: self.exponent,
            coefficient: self.digits.to_owned(),
        }
    }

    /// With another sign.
    pub fn with_sign(self, negative: bool) -> View<'a> {
        View { negative, ..self }
    }

    /// Is it finite?
    #[inline(always)]
    pub fn is_finite(self) -> bool {
        self.kind == Kind::Finite
    }

    /// Is it infinite?
    #[inline(always)]
    pub fn is_infinite(self) -> bool {
        self.kind == Kind::Infinite
    }

    /// Is it a NaN of either kind?
    #[inline(always)]
    pub fn is_nan(self) -> bool {
        matches!(self.kind, Kind::Quiet | Kind::Signaling)
    }

    /// Is it a finite zero?
    #[inline(always)]
    pub fn is_zero(self) -> bool {
        self.is_finite() && self.digits.is_zero()
    }

    /// The exponent of the first digit of a finite number.
    #[inline(always)]
    pub fn adjusted(self) -> i64 {
        self.exponent + self.digits.count() - 1
    }

    /// Is it a finite number without fraction?
    pub fn is_integer(self) -> bool {
        if !self.is_finite() {
            return false;
        }
        if self.exponent >= 0 || self.digits.is_zero() {
            return true;
        }
        self.digits.trailing_zeros() >= -self.exponent
    }

    /// Is it an odd int? It must be an int.
    pub fn is_odd_integer(self) -> bool {
        if self.exponent > 0 || self.digits.is_zero() {
            return false;
        }
        if self.exponent == 0 {
            return self.digits.is_odd();
        }
        match self.digits {
            Digits::Small(small) => {
                let place = self.exponent.unsigned_abs() as usize;
                place < 39 && (small / POW10_WIDE[place]) & 1 != 0
            }
            Digits::Large(limbs) => limbs::digit_at(limbs, self.exponent.unsigned_abs()) & 1 != 0,
        }
    }

    /// The int, if it is one that fits.
    pub fn to_i64(self) -> Option<i64> {
        if !self.is_integer() {
            return None;
        }
        let Digits::Small(small) = self.digits else { return None };
        let magnitude = if small == 0 {
            0
        } else if self.exponent >= 0 {
            if self.exponent > 18 || digits_u128(small) > 20 {
                return None;
            }
            small * POW10_WIDE[self.exponent as usize]
        } else {
            small / POW10_WIDE[(-self.exponent).min(38) as usize]
        };
        let signed = i128::try_from(magnitude).ok()?;
        i64::try_from(if self.negative { -signed } else { signed }).ok()
    }

    /// Compares finite or infinite numbers by value.
    pub fn compare_values(self, other: View) -> Ordering {
        let sign = |number: View| if number.is_zero() { 0 } else { 1 - 2 * number.negative as i32 };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        let magnitudes = self.compare_magnitudes(other);
        if self.negative { magnitudes.reverse() } else { magnitudes }
    }

    /// Compares the magnitudes of finite or infinite numbers.
    pub fn compare_magnitudes(self, other: View) -> Ordering {
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            _ => {}
        }
        match (self.digits.is_zero(), other.digits.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            _ => {}
        }
        if self.exponent == other.exponent {
            return self.digits.compare(other.digits);
        }
        let by_size = self.adjusted().cmp(&other.adjusted());
        if by_size.is_ne() {
            return by_size;
        }
        // The first digits stand in the same place: the shorter one gets zeros.
        if self.exponent > other.exponent {
            let shifted = self.digits.shifted((self.exponent - other.exponent) as u64);
            shifted.view().compare(other.digits)
        } else {
            let shifted = other.digits.shifted((other.exponent - self.exponent) as u64);
            self.digits.compare(shifted.view())
        }
    }
}
