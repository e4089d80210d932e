//! The word that every Python value is.
//!
//! The encoding is float self-tagging (Melançon, Feeley, Serrano: "Float Self-Tagging", OOPSLA 2025): the bits of a
//! float are rotated left by 4 and xored with 1, which brings three bits of the exponent to the low end of the word.
//! Most floats then have a low end that no other value uses.
//!
//! | low bits | value |
//! |---|---|
//! | `..00` | int of 62 bits, shifted left by 2 |
//! | `..01`, `..10` | float |
//! | `.011` | pointer to an object, plus 3 |
//! | `.111` | special value |

use crate::header::Header;
use std::fmt;

/// A Python value: an immediate int, float or special value, or a pointer to an object of the heap.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

const fn special(number: u64) -> Value {
    Value(number << 3 | 7)
}

impl Value {
    /// "No value here": an unbound local, an argument that was not passed, an empty cell. Never seen by Python code.
    pub const UNBOUND: Value = special(0);
    /// None
    pub const NONE: Value = special(1);
    /// False
    pub const FALSE: Value = special(2);
    /// True
    pub const TRUE: Value = special(3);
    /// NotImplemented
    pub const NOT_IMPLEMENTED: Value = special(4);
    /// Ellipsis
    pub const ELLIPSIS: Value = special(5);
    /// A deleted or free entry of a hash table. Never seen by Python code.
    pub const TOMBSTONE: Value = special(6);

    /// The largest immediate int.
    pub const MAX_INT: i64 = (1 << 61) - 1;
    /// The smallest immediate int.
    pub const MIN_INT: i64 = -(1 << 61);

    /// The raw word.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// A value of a raw word, which must come from [`Value::bits`].
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Value {
        Value(bits)
    }

    /// True or False.
    #[inline(always)]
    pub const fn bool(value: bool) -> Value {
        if value { Value::TRUE } else { Value::FALSE }
    }

    /// An immediate int, if it fits in 62 bits.
    #[inline(always)]
    pub const fn try_int(value: i64) -> Option<Value> {
        let shifted = value << 2;
        if shifted >> 2 == value { Some(Value(shifted as u64)) } else { None }
    }

    /// An immediate int of a number that is known to fit.
    #[inline(always)]
    pub const fn small(value: i64) -> Value {
        debug_assert!(value >= Self::MIN_INT && value <= Self::MAX_INT);
        Value((value << 2) as u64)
    }

    /// An immediate float, if its exponent allows it.
    #[inline(always)]
    pub fn try_float(value: f64) -> Option<Value> {
        let word = value.to_bits().rotate_left(4) ^ 1;
        if word.wrapping_add(1) & 2 != 0 { Some(Value(word)) } else { None }
    }

    /// Is it an immediate int?
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & 3 == 0
    }

    /// Is it an immediate float?
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.0.wrapping_add(1) & 2 != 0
    }

    /// Is it a pointer to an object?
    #[inline(always)]
    pub const fn is_object(self) -> bool {
        self.0 & 7 == 3
    }

    /// Are both immediate ints?
    #[inline(always)]
    pub const fn both_ints(a: Value, b: Value) -> bool {
        (a.0 | b.0) & 3 == 0
    }

    /// The number of an immediate int; without meaning for other values.
    #[inline(always)]
    pub const fn int_unchecked(self) -> i64 {
        (self.0 as i64) >> 2
    }

    /// The number of an immediate int.
    #[inline(always)]
    pub const fn as_small(self) -> Option<i64> {
        if self.is_int() { Some(self.int_unchecked()) } else { None }
    }

    /// The sum of two immediate ints, if it is one. Without meaning for other values, as the two below.
    #[inline(always)]
    pub const fn add_ints(a: Value, b: Value) -> Option<Value> {
        match (a.0 as i64).checked_add(b.0 as i64) {
            Some(sum) => Some(Value(sum as u64)),
            None => None,
        }
    }

    /// The difference of two immediate ints, if it is one.
    #[inline(always)]
    pub const fn subtract_ints(a: Value, b: Value) -> Option<Value> {
        match (a.0 as i64).checked_sub(b.0 as i64) {
            Some(difference) => Some(Value(difference as u64)),
            None => None,
        }
    }

    /// The product of two immediate ints, if it is one.
    #[inline(always)]
    pub const fn multiply_ints(a: Value, b: Value) -> Option<Value> {
        match (a.0 as i64).checked_mul(b.int_unchecked()) {
            Some(product) => Some(Value(product as u64)),
            None => None,
        }
    }

    /// The number of an immediate float; without meaning for other values.
    #[inline(always)]
    pub fn float_unchecked(self) -> f64 {
        f64::from_bits((self.0 ^ 1).rotate_right(4))
    }

    /// The number of an immediate float.
    #[inline(always)]
    pub fn as_immediate_float(self) -> Option<f64> {
        if self.is_float() { Some(self.float_unchecked()) } else { None }
    }

    /// The value that points to an object.
    #[inline(always)]
    pub fn object(object: *const Header) -> Value {
        debug_assert!(object as u64 & 15 == 0 && !object.is_null());
        Value(object as u64 + 3)
    }

    /// The object that a pointer points to; without meaning for other values.
    #[inline(always)]
    pub const fn object_unchecked(self) -> *mut Header {
        (self.0 - 3) as *mut Header
    }

    /// The object, if it is a pointer.
    #[inline(always)]
    pub fn as_object(self) -> Option<*mut Header> {
        if self.is_object() { Some(self.object_unchecked()) } else { None }
    }

    /// Is it [`Value::UNBOUND`]?
    #[inline(always)]
    pub const fn is_unbound(self) -> bool {
        self.0 == Self::UNBOUND.0
    }

    /// Is it None?
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == Self::NONE.0
    }

    /// Is it True or False?
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 & !8 == Self::FALSE.0
    }

    /// Itself, or None where it is unbound.
    #[inline(always)]
    pub fn or_none(self) -> Value {
        if self.is_unbound() { Value::NONE } else { self }
    }

    /// Itself, unless it is unbound.
    #[inline(always)]
    pub fn bound(self) -> Option<Value> {
        if self.is_unbound() { None } else { Some(self) }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(int) = self.as_small() {
            write!(f, "int {int}")
        } else if let Some(float) = self.as_immediate_float() {
            write!(f, "float {float}")
        } else if let Some(object) = self.as_object() {
            write!(f, "object {object:p}")
        } else {
            write!(f, "special {}", self.0 >> 3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_of_62_bits_are_immediate() {
        for int in [0, 1, -1, Value::MAX_INT, Value::MIN_INT] {
            assert_eq!(Value::try_int(int).unwrap().as_small(), Some(int));
        }
        assert!(Value::try_int(Value::MAX_INT + 1).is_none());
        assert!(Value::try_int(Value::MIN_INT - 1).is_none());
    }

    #[test]
    fn usual_floats_are_immediate_and_of_no_other_kind() {
        for float in [0.0, -0.0, 1.0, -2.5, 1e70, 1e-70, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE] {
            let value = Value::try_float(float).unwrap();
            assert!(value.is_float() && !value.is_int() && !value.is_object());
            assert_eq!(value.as_immediate_float().unwrap().to_bits(), float.to_bits());
        }
        assert!(Value::try_float(1e100).is_none());
    }

    #[test]
    fn bools_are_told_from_other_specials() {
        assert!(Value::TRUE.is_bool() && Value::FALSE.is_bool());
        assert!(!Value::NONE.is_bool() && !Value::UNBOUND.is_bool() && !Value::NOT_IMPLEMENTED.is_bool());
    }
}
