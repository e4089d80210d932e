//! Decimal arithmetic after the General Decimal Arithmetic specification (version 1.70). Nothing here knows the
//! interpreter.

pub mod arith;
pub mod compare;
pub mod context;
pub mod divide;
pub mod elementary;
pub mod fixed;
pub mod limbs;
pub mod misc;
pub mod multiply;
pub mod number;
pub mod power;
pub mod quotient;
pub mod round;
pub mod text;
pub mod transform;
