//! Functions on ints.

use dashu_int::ops::{Gcd, SquareRoot};
use dashu_int::{IBig, UBig};
use object::slots::R;
use object::{Int, Raised, Tuple, Value, ValueExt, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Greatest Common Divisor.
    "gcd($module, /, *integers)" => gcd;
    /// Least Common Multiple.
    "lcm($module, /, *integers)" => lcm;
    /// Return the integer part of the square root of the input.
    "isqrt($module, n, /)" => isqrt;
    /// Find n!.
    "factorial($module, n, /)" => factorial;
    /// Number of ways to choose k items from n items without repetition and without order.
    ///
    /// Evaluates to n! / (k! * (n - k)!) when k <= n and evaluates to zero when k > n.
    "comb($module, n, k, /)" => comb;
    /// Number of ways to choose k items from n items without repetition and with order.
    ///
    /// Evaluates to n! / (n - k)! when k <= n and evaluates to zero when k > n.
    /// If k is not specified or is None, then k defaults to n and the function returns n!.
    "perm($module, n, k=None, /)" => perm;
}}

fn small_gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn magnitude(int: Int) -> UBig {
    int.to_big().into_parts().1
}

fn unsigned(vm: &Vm, big: UBig) -> Value {
    vm.big(IBig::from(big))
}

fn gcd(vm: &Vm, [_module, integers]: &[Value; 2]) -> R {
    let mut result = Int::Small(0);
    // A big result is a new object, which `keep` holds.
    let mut keep = Value::small(0);
    for &item in integers.cast::<Tuple>().iter().flat_map(|all| all.items()) {
        let int = vm.index(item)?;
        match (result, int) {
            (Int::Small(1), _) => {}
            (Int::Small(a), Int::Small(b)) => {
                keep = vm.int_u64(small_gcd(a.unsigned_abs(), b.unsigned_abs()));
            }
            (a, b) => {
                let (a, b) = (magnitude(a), magnitude(b));
                let found = if a == UBig::ZERO { b } else if b == UBig::ZERO { a } else { a.gcd(b) };
                keep = unsigned(vm, found);
            }
        }
        result = vm.index(keep)?;
    }
    Ok(keep)
}

fn lcm(vm: &Vm, [_module, integers]: &[Value; 2]) -> R {
    let mut result = UBig::ONE;
    for &item in integers.cast::<Tuple>().iter().flat_map(|all| all.items()) {
        let int = magnitude(vm.index(item)?);
        if int == UBig::ZERO || result == UBig::ZERO {
            result = UBig::ZERO;
            continue;
        }
        let common = (&result).gcd(&int);
        result *= int / common;
    }
    Ok(unsigned(vm, result))
}

fn isqrt(vm: &Vm, [_module, n]: &[Value; 2]) -> R {
    let int = vm.index(*n)?;
    if int.is_negative() {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(match int {
        Int::Small(int) => vm.int(int.isqrt()),
        Int::Big(_) => unsigned(vm, magnitude(int).sqrt()),
    })
}

/// The product of the numbers from `from` to `to`, both included, by halves.
fn product(from: &UBig, count: u64) -> UBig {
    if count <= 8 {
        let mut result = UBig::ONE;
        for offset in 0..count {
            result *= from + offset;
        }
        return result;
    }
    let half = count / 2;
    product(from, half) * product(&(from + half), count - half)
}

fn factorial_of(n: u64) -> UBig {
    if n < 2 { UBig::ONE } else { product(&UBig::from(2u8), n - 1) }
}

/// Raises MemoryError where a result of so many bits cannot be had.
fn check_bits(vm: &Vm, factors: u64, bits: usize) -> Result<(), Raised> {
    vm.check_size((bits as u64).checked_mul(factors).and_then(|bits| usize::try_from(bits / 8).ok()))
}

fn factorial(vm: &Vm, [_module, n]: &[Value; 2]) -> R {
    let int = vm.index(*n)?;
    if int.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = int.to_i64() else {
        return Err(vm.overflow_error(format!("factorial() argument should not exceed {}", i64::MAX)));
    };
    if n <= 20 {
        return Ok(vm.int((1..=n).product()));
    }
    check_bits(vm, n as u64, (64 - n.leading_zeros()) as usize)?;
    Ok(unsigned(vm, factorial_of(n as u64)))
}

fn not_negative(vm: &Vm, value: Value, name: &str) -> Result<Int, Raised> {
    let int = vm.index(value)?;
    if int.is_negative() {
        return Err(vm.value_error(format!("{name} must be a non-negative integer")));
    }
    Ok(int)
}

fn perm(vm: &Vm, [_module, n, k]: &[Value; 3]) -> R {
    if k.is_none() {
        return factorial(vm, &[Value::NONE, *n]);
    }
    let n = vm.index(*n)?;
    let k = vm.index(*k)?;
    for (int, name) in [(n, "n"), (k, "k")] {
        if int.is_negative() {
            return Err(vm.value_error(format!("{name} must be a non-negative integer")));
        }
    }
    if k.to_big() > n.to_big() {
        return Ok(vm.int(0));
    }
    let Some(count) = k.to_i64() else {
        return Err(vm.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    Ok(unsigned(vm, falling(vm, magnitude(n), count as u64)?))
}

/// `n * (n - 1) * ...`, `count` factors; `count` is at most `n`.
fn falling(vm: &Vm, n: UBig, count: u64) -> Result<UBig, Raised> {
    check_bits(vm, count, dashu_int::ops::BitTest::bit_len(&n))?;
    Ok(product(&(n - count + 1u8), count))
}

fn comb(vm: &Vm, [_module, n, k]: &[Value; 3]) -> R {
    let (n, k) = (not_negative(vm, *n, "n")?, not_negative(vm, *k, "k")?);
    let (n, k) = (magnitude(n), magnitude(k));
    if k > n {
        return Ok(vm.int(0));
    }
    let k = k.clone().min(&n - &k);
    let Ok(count) = i64::try_from(IBig::from(k)) else {
        return Err(vm.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let count = count as u64;
    if let Ok(small) = u64::try_from(&n)
        && let Some(result) = small_comb(small, count)
    {
        return Ok(vm.int_u64(result));
    }
    let numerator = falling(vm, n, count)?;
    Ok(unsigned(vm, numerator / factorial_of(count)))
}

/// The number of combinations, where all steps on the way fit.
fn small_comb(n: u64, k: u64) -> Option<u64> {
    let mut result = 1u64;
    if k > 64 {
        return None;
    }
    for step in 0..k {
        // After each step the result is a number of combinations, so the division is exact.
        let next = (result as u128).checked_mul((n - step) as u128)? / (step + 1) as u128;
        result = u64::try_from(next).ok()?;
    }
    Some(result)
}
