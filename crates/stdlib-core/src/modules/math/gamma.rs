//! The gamma function by Lanczos' approximation, with the coefficients of Boost's `lanczos13m53`.

use super::libm::{cos, exp, log, pow, sin};
use std::f64::consts::PI;

/// What a function can say instead of a number.
pub enum Problem {
    /// The argument is not taken.
    Domain,
    /// The result is too large.
    Range,
}

const G: f64 = 6.024_680_040_776_73;
const G_MINUS_HALF: f64 = 5.524_680_040_776_73;
const LOG_PI: f64 = 1.144729885849400174143427351353058711647;

#[allow(clippy::excessive_precision)]
const NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];
const DENOMINATOR: [f64; 13] = [
    0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0, 1925.0,
    66.0, 1.0,
];

/// Factorials of 0 to 22, which are exact.
const FACTORIALS: [f64; 23] = [
    1.0,
    1.0,
    2.0,
    6.0,
    24.0,
    120.0,
    720.0,
    5040.0,
    40320.0,
    362880.0,
    3628800.0,
    39916800.0,
    479001600.0,
    6227020800.0,
    87178291200.0,
    1307674368000.0,
    20922789888000.0,
    355687428096000.0,
    6402373705728000.0,
    121645100408832000.0,
    2432902008176640000.0,
    51090942171709440000.0,
    1124000727777607680000.0,
];

fn lanczos_sum(x: f64) -> f64 {
    let (mut num, mut den) = (0.0, 0.0);
    if x < 5.0 {
        for (n, d) in NUMERATOR.iter().zip(DENOMINATOR).rev() {
            num = num * x + n;
            den = den * x + d;
        }
    } else {
        for (n, d) in NUMERATOR.iter().zip(DENOMINATOR) {
            num = num / x + n;
            den = den / x + d;
        }
    }
    num / den
}

/// sin(pi * x), exact at multiples of a half.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let result = match (2.0 * y).round() as i32 {
        0 => sin(PI * y),
        1 => cos(PI * (y - 0.5)),
        // Not sin(pi * (y - 1)): the sign of zero.
        2 => sin(PI * (1.0 - y)),
        3 => -cos(PI * (y - 1.5)),
        _ => sin(PI * (y - 2.0)),
    };
    1f64.copysign(x) * result
}

/// `math.gamma`
pub fn gamma(x: f64) -> Result<f64, Problem> {
    if !x.is_finite() {
        return if x.is_nan() || x > 0.0 { Ok(x) } else { Err(Problem::Domain) };
    }
    if x == 0.0 {
        return Err(Problem::Domain);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(Problem::Domain);
        }
        if x <= FACTORIALS.len() as f64 {
            return Ok(FACTORIALS[x as usize - 1]);
        }
    }
    let abs = x.abs();
    if abs < 1e-20 {
        let result = 1.0 / x;
        return if result.is_infinite() { Err(Problem::Range) } else { Ok(result) };
    }
    if abs > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(Problem::Range) };
    }
    let y = abs + G_MINUS_HALF;
    // The rounding error of y.
    let error = if abs > G_MINUS_HALF { (y - abs) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - abs };
    let z = error * G / y;
    let power = |result: f64, divide: bool| {
        let apply = |result: f64, factor: f64| if divide { result / factor } else { result * factor };
        if abs < 140.0 {
            apply(result, pow(y, abs - 0.5))
        } else {
            let root = pow(y, abs / 2.0 - 0.25);
            apply(apply(result, root), root)
        }
    };
    let result = if x < 0.0 {
        let mut result = -PI / sin_pi(abs) / abs * exp(y) / lanczos_sum(abs);
        result -= z * result;
        power(result, true)
    } else {
        let mut result = lanczos_sum(abs) / exp(y);
        result += z * result;
        power(result, false)
    };
    if result.is_infinite() { Err(Problem::Range) } else { Ok(result) }
}

/// `math.lgamma`
pub fn lgamma(x: f64) -> Result<f64, Problem> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(Problem::Domain) } else { Ok(0.0) };
    }
    let abs = x.abs();
    if abs < 1e-20 {
        return Ok(-log(abs));
    }
    let mut result = log(lanczos_sum(abs)) - G;
    result += (abs - 0.5) * (log(abs + G - 0.5) - 1.0);
    if x < 0.0 {
        result = LOG_PI - log(sin_pi(abs).abs()) - log(abs) - result;
    }
    if result.is_infinite() { Err(Problem::Range) } else { Ok(result) }
}
