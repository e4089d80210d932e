//! Values of functions at arguments that are not finite: rows by the real part, columns by the imaginary one, each of them
//! -inf, negative, -0, 0, positive, inf, NaN. Where both are finite nothing is said.

use std::f64::consts::{FRAC_PI_2 as H, FRAC_PI_4 as Q, PI as P};

const I: f64 = f64::INFINITY;
const N: f64 = f64::NAN;
const T: f64 = 2.356194490192345;
/// Nothing said.
const U: (f64, f64) = (0.0, 0.0);

/// A table.
pub type Table = [[(f64, f64); 7]; 7];

#[rustfmt::skip]
pub static ACOS: Table = [
    [(T, I), (P, I), (P, I), (P, -I), (P, -I), (T, -I), (N, I)],
    [(H, I), U, U, U, U, (H, -I), (N, N)],
    [(H, I), U, U, U, U, (H, -I), (H, N)],
    [(H, I), U, U, U, U, (H, -I), (H, N)],
    [(H, I), U, U, U, U, (H, -I), (N, N)],
    [(Q, I), (0.0, I), (0.0, I), (0.0, -I), (0.0, -I), (Q, -I), (N, I)],
    [(N, I), (N, N), (N, N), (N, N), (N, N), (N, -I), (N, N)],
];

#[rustfmt::skip]
pub static ACOSH: Table = [
    [(I, -T), (I, -P), (I, -P), (I, P), (I, P), (I, T), (I, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, H)],
    [(I, -H), U, U, U, U, (I, H), (N, H)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -Q), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, Q), (I, N)],
    [(I, N), (N, N), (N, N), (N, N), (N, N), (I, N), (N, N)],
];

#[rustfmt::skip]
pub static ASINH: Table = [
    [(-I, -Q), (-I, -0.0), (-I, -0.0), (-I, 0.0), (-I, 0.0), (-I, Q), (-I, N)],
    [(-I, -H), U, U, U, U, (-I, H), (N, N)],
    [(-I, -H), U, U, U, U, (-I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -Q), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, Q), (I, N)],
    [(I, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (I, N), (N, N)],
];

#[rustfmt::skip]
pub static ATANH: Table = [
    [(-0.0, -H), (-0.0, -H), (-0.0, -H), (-0.0, H), (-0.0, H), (-0.0, H), (-0.0, N)],
    [(-0.0, -H), U, U, U, U, (-0.0, H), (N, N)],
    [(-0.0, -H), U, U, U, U, (-0.0, H), (-0.0, N)],
    [(0.0, -H), U, U, U, U, (0.0, H), (0.0, N)],
    [(0.0, -H), U, U, U, U, (0.0, H), (N, N)],
    [(0.0, -H), (0.0, -H), (0.0, -H), (0.0, H), (0.0, H), (0.0, H), (0.0, N)],
    [(0.0, -H), (N, N), (N, N), (N, N), (N, N), (0.0, H), (N, N)],
];

#[rustfmt::skip]
pub static COSH: Table = [
    [(N, N), (I, I), (I, 0.0), (I, -0.0), (I, -I), (N, N), (I, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (N, 0.0)],
    [(N, N), U, U, U, U, (N, N), (N, 0.0)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), (I, -I), (I, -0.0), (I, 0.0), (I, I), (N, N), (I, N)],
    [(N, N), (N, N), (N, 0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

#[rustfmt::skip]
pub static EXP: Table = [
    [(0.0, 0.0), (0.0, -0.0), (0.0, -0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), (I, -I), (I, -0.0), (I, 0.0), (I, I), (N, N), (I, N)],
    [(N, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

#[rustfmt::skip]
pub static LOG: Table = [
    [(I, -T), (I, -P), (I, -P), (I, P), (I, P), (I, T), (I, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -H), U, U, U, U, (I, H), (N, N)],
    [(I, -Q), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, Q), (I, N)],
    [(I, N), (N, N), (N, N), (N, N), (N, N), (I, N), (N, N)],
];

#[rustfmt::skip]
pub static SINH: Table = [
    [(N, N), (-I, -I), (-I, -0.0), (-I, 0.0), (-I, I), (N, N), (I, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (0.0, N)],
    [(N, N), U, U, U, U, (N, N), (0.0, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), (I, -I), (I, -0.0), (I, 0.0), (I, I), (N, N), (I, N)],
    [(N, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

#[rustfmt::skip]
pub static SQRT: Table = [
    [(I, -I), (0.0, -I), (0.0, -I), (0.0, I), (0.0, I), (I, I), (N, I)],
    [(I, -I), U, U, U, U, (I, I), (N, N)],
    [(I, -I), U, U, U, U, (I, I), (N, N)],
    [(I, -I), U, U, U, U, (I, I), (N, N)],
    [(I, -I), U, U, U, U, (I, I), (N, N)],
    [(I, -I), (I, -0.0), (I, -0.0), (I, 0.0), (I, 0.0), (I, I), (I, N)],
    [(I, -I), (N, N), (N, N), (N, N), (N, N), (I, I), (N, N)],
];

#[rustfmt::skip]
pub static TANH: Table = [
    [(-1.0, 0.0), (-1.0, -0.0), (-1.0, -0.0), (-1.0, 0.0), (-1.0, 0.0), (-1.0, 0.0), (-1.0, 0.0)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), U, U, U, U, (N, N), (-0.0, N)],
    [(N, N), U, U, U, U, (N, N), (0.0, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(1.0, 0.0), (1.0, -0.0), (1.0, -0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0)],
    [(N, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

#[rustfmt::skip]
pub static RECT: Table = [
    [(N, N), (-I, I), (-I, 0.0), (-I, -0.0), (-I, -I), (N, N), (I, N)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(0.0, 0.0), U, U, U, U, (0.0, 0.0), (0.0, 0.0)],
    [(0.0, 0.0), U, U, U, U, (0.0, 0.0), (0.0, 0.0)],
    [(N, N), U, U, U, U, (N, N), (N, N)],
    [(N, N), (I, -I), (I, -0.0), (I, 0.0), (I, I), (N, N), (I, N)],
    [(N, N), (N, N), (N, 0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];
