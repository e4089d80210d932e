//! Contexts: precision, limits of exponents, rounding; and the conditions that operations signal.

/// What lies between two numbers is rounded so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Rounding {
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards plus infinity.
    Ceiling,
    /// Towards minus infinity.
    Floor,
    /// To the nearer; away from zero from the middle.
    HalfUp,
    /// To the nearer; towards zero from the middle.
    HalfDown,
    /// To the nearer; to the even one from the middle.
    HalfEven,
    /// Towards zero, unless the last digit would be 0 or 5: then away from zero.
    Up05,
}

impl Rounding {
    /// All, in the order of their numbers.
    pub const ALL: [Rounding; 8] = [
        Rounding::Up,
        Rounding::Down,
        Rounding::Ceiling,
        Rounding::Floor,
        Rounding::HalfUp,
        Rounding::HalfDown,
        Rounding::HalfEven,
        Rounding::Up05,
    ];

    /// The name that the module `decimal` gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Rounding::Up => "ROUND_UP",
            Rounding::Down => "ROUND_DOWN",
            Rounding::Ceiling => "ROUND_CEILING",
            Rounding::Floor => "ROUND_FLOOR",
            Rounding::HalfUp => "ROUND_HALF_UP",
            Rounding::HalfDown => "ROUND_HALF_DOWN",
            Rounding::HalfEven => "ROUND_HALF_EVEN",
            Rounding::Up05 => "ROUND_05UP",
        }
    }
}

/// The greatest precision and exponent.
pub const MAX_PREC: i64 = 999_999_999_999_999_999;
/// The greatest exponent of the first digit.
pub const MAX_EMAX: i64 = 999_999_999_999_999_999;
/// The least exponent of the first digit of normal numbers.
pub const MIN_EMIN: i64 = -999_999_999_999_999_999;
/// The least exponent.
pub const MIN_ETINY: i64 = MIN_EMIN - (MAX_PREC - 1);
/// Coefficients with more digits are not made: the memory for them is taken to be missing.
pub const MAX_DIGITS: u64 = 2_000_000_000;

/// Conditions, as bits.
pub mod status {
    #![allow(missing_docs)]
    pub const CLAMPED: u32 = 0x1;
    pub const CONVERSION_SYNTAX: u32 = 0x2;
    pub const DIVISION_BY_ZERO: u32 = 0x4;
    pub const DIVISION_IMPOSSIBLE: u32 = 0x8;
    pub const DIVISION_UNDEFINED: u32 = 0x10;
    pub const INEXACT: u32 = 0x40;
    pub const INVALID_CONTEXT: u32 = 0x80;
    pub const INVALID_OPERATION: u32 = 0x100;
    pub const OUT_OF_MEMORY: u32 = 0x200;
    pub const FLOAT_OPERATION: u32 = 0x400;
    pub const OVERFLOW: u32 = 0x800;
    pub const ROUNDED: u32 = 0x1000;
    pub const SUBNORMAL: u32 = 0x2000;
    pub const UNDERFLOW: u32 = 0x4000;
    /// All that the signal InvalidOperation stands for.
    pub const ANY_INVALID: u32 = CONVERSION_SYNTAX
        | DIVISION_IMPOSSIBLE
        | DIVISION_UNDEFINED
        | INVALID_CONTEXT
        | INVALID_OPERATION
        | OUT_OF_MEMORY;
    /// What makes a result meaningless.
    pub const ERRORS: u32 = ANY_INVALID | DIVISION_BY_ZERO;
}

/// What the arithmetic needs to know of a context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// Number of digits.
    pub prec: i64,
    /// The greatest exponent of the first digit.
    pub emax: i64,
    /// The least exponent of the first digit of normal numbers.
    pub emin: i64,
    /// How results are rounded.
    pub rounding: Rounding,
    /// Are exponents limited so that all digits fit below `emax`?
    pub clamp: bool,
}

impl Context {
    /// The widest limits.
    pub const MAX: Context =
        Context { prec: MAX_PREC, emax: MAX_EMAX, emin: MIN_EMIN, rounding: Rounding::HalfEven, clamp: false };

    /// The least exponent of subnormal numbers.
    #[inline(always)]
    pub const fn etiny(&self) -> i64 {
        self.emin - (self.prec - 1)
    }

    /// The greatest exponent with which all digits fit below `emax`.
    #[inline(always)]
    pub const fn etop(&self) -> i64 {
        self.emax - (self.prec - 1)
    }

    /// A context for intermediate results.
    pub const fn wide(prec: i64) -> Context {
        Context { prec, ..Context::MAX }
    }

    /// A context that only rounds to a number of digits: exponents are not limited.
    pub const fn unlimited(prec: i64) -> Context {
        const FAR: i64 = 8_000_000_000_000_000_000;
        Context { prec, emax: FAR, emin: -FAR, rounding: Rounding::HalfEven, clamp: false }
    }
}
