//! Arguments of native functions that need more than a cast: floats and times.

use crate::{Int, Raised, Value, Vm};

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;

/// How a time that lies between two numbers is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// To the lower.
    Floor,
    /// To the upper.
    Ceiling,
    /// To the one further from zero: for timeouts.
    Up,
    /// To the nearer, the even one of two.
    HalfEven,
}

impl Rounding {
    /// Rounds.
    pub fn apply(self, float: f64) -> f64 {
        match self {
            Rounding::Floor => float.floor(),
            Rounding::Ceiling => float.ceil(),
            Rounding::Up if float < 0.0 => float.floor(),
            Rounding::Up => float.ceil(),
            Rounding::HalfEven => float.round_ties_even(),
        }
    }
}

impl Vm {
    /// A time in seconds, an int or a float, as nanoseconds.
    pub fn to_nanoseconds(&self, value: Value, rounding: Rounding) -> Result<i64, Raised> {
        if let Some(float) = self.as_float(value) {
            if float.is_nan() {
                return Err(self.value_error("Invalid value NaN (not a number)"));
            }
            let scaled = rounding.apply(float * SECOND as f64);
            if !(-9.223372036854775808e18..9.223372036854775808e18).contains(&scaled) {
                return Err(self.overflow_error("timestamp out of range for C PyTime_t"));
            }
            return Ok(scaled as i64);
        }
        if self.as_int(value).is_none() && self.type_of(value).slots().index.is_none() {
            let text = format!("'{}' object cannot be interpreted as an integer or float", self.type_name(value));
            return Err(self.type_error(text));
        }
        match self.index(value)?.to_i64().and_then(|seconds| seconds.checked_mul(SECOND)) {
            Some(nanoseconds) => Ok(nanoseconds),
            None => Err(self.overflow_error("timestamp too large to convert to C PyTime_t")),
        }
    }

    /// A time in seconds, an int or a float, as whole seconds.
    pub fn to_time_t(&self, value: Value, rounding: Rounding) -> Result<i64, Raised> {
        if let Some(float) = self.as_float(value) {
            if float.is_nan() {
                return Err(self.value_error("Invalid value NaN (not a number)"));
            }
            let rounded = rounding.apply(float);
            if !(-9.223372036854775808e18..9.223372036854775808e18).contains(&rounded) {
                return Err(self.overflow_error("timestamp out of range for platform time_t"));
            }
            return Ok(rounded as i64);
        }
        match self.index(value)?.to_i64() {
            Some(seconds) => Ok(seconds),
            None => Err(self.overflow_error("timestamp out of range for platform time_t")),
        }
    }

    /// A timeout in seconds, None for none: the moment when it ends. Negative ones end at once.
    pub fn deadline(&self, timeout: Value) -> Result<Option<std::time::Instant>, Raised> {
        if timeout.is_none() {
            return Ok(None);
        }
        let nanoseconds = self.to_nanoseconds(timeout, Rounding::Up)?.max(0) as u64;
        Ok(std::time::Instant::now().checked_add(std::time::Duration::from_nanos(nanoseconds)))
    }

    /// A float argument: a float, an int, or what has `__float__` or `__index__`.
    pub fn to_float(&self, value: Value) -> Result<f64, Raised> {
        if let Some(float) = self.as_float(value) {
            return Ok(float);
        }
        let slots = self.type_of(value).slots();
        if self.as_int(value).is_none()
            && let Some(slot) = slots.float
        {
            let result = slot(self, value)?;
            return match self.as_float(result) {
                Some(float) => Ok(float),
                None => {
                    let (class, name) = (self.type_name(value), self.type_name(result));
                    Err(self.type_error(format!("{class}.__float__ returned non-float (type {name})")))
                }
            };
        }
        if self.as_int(value).is_none() && slots.index.is_none() {
            return Err(self.type_error(format!("must be real number, not {}", self.type_name(value))));
        }
        match self.index(value)? {
            Int::Small(int) => Ok(int as f64),
            Int::Big(big) => match base::number::int_to_float(&big.big) {
                Some(float) => Ok(float),
                None => Err(self.overflow_error("int too large to convert to float")),
            },
        }
    }
}
