//! Key derivation.

use super::by_name;
use crate::algorithms::pbkdf2;
use object::slots::R;
use object::{Int, Raised, Value, Vm};

fn long(vm: &Vm, value: Value) -> Result<i64, Raised> {
    vm.index_i64(value)
}

/// `pbkdf2_hmac`
pub fn pbkdf2_hmac(vm: &Vm, [_module, name, password, salt, iterations, length]: &[Value; 6]) -> R {
    let Some(text) = vm.as_str(*name) else {
        let got = vm.type_name(*name);
        return Err(vm.type_error(format!("pbkdf2_hmac() argument 'hash_name' must be str, not {got}")));
    };
    let (password, salt) = (vm.bytes_of(*password)?, vm.bytes_of(*salt)?);
    let iterations = long(vm, *iterations)?;
    let hash = by_name(vm, &text.to_string_lossy())?;
    if iterations < 1 {
        return Err(vm.value_error("iteration value must be greater than 0."));
    }
    if iterations > i32::MAX as i64 {
        return Err(vm.overflow_error("iteration value is too great."));
    }
    let length = if length.is_none() { hash.algorithm.digest_size as i64 } else { long(vm, *length)? };
    if length < 1 {
        return Err(vm.value_error("key length must be greater than 0."));
    }
    if length > i32::MAX as i64 {
        return Err(vm.overflow_error("key length is too great."));
    }
    if hash.algorithm.digest_size == 0 {
        return Err(vm.value_error("no reason supplied"));
    }
    vm.check_size(Some(length as usize))?;
    let mut key = vec![0; length as usize];
    pbkdf2(hash, &password, &salt, iterations as u32, &mut key);
    Ok(vm.bytes(&key).value())
}

fn unsigned(vm: &Vm, value: Value) -> Result<u64, Raised> {
    let int = vm.index(value)?;
    if int.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let number = match int {
        Int::Small(int) => Some(int as u64),
        Int::Big(big) => u64::try_from(&big.big).ok(),
    };
    number.ok_or_else(|| vm.overflow_error("Python int too large for C unsigned long"))
}

/// The memory that may be used where nothing is said.
const DEFAULT_MEMORY: u128 = 32 << 20;

/// `scrypt`
pub fn scrypt(vm: &Vm, [_module, password, salt, n, r, p, memory, length]: &[Value; 8]) -> R {
    let (password, salt) = (vm.bytes_of(*password)?, vm.bytes_of(*salt)?);
    let (n, r, p) = (unsigned(vm, *n)?, unsigned(vm, *r)?, unsigned(vm, *p)?);
    let (memory, length) = (long(vm, *memory)?, long(vm, *length)?);
    if n < 2 || !n.is_power_of_two() {
        return Err(vm.value_error("n must be a power of 2."));
    }
    if !(0..=i32::MAX as i64).contains(&memory) {
        return Err(vm.value_error(format!("maxmem must be positive and smaller than {}", i32::MAX)));
    }
    if !(1..=i32::MAX as i64).contains(&length) {
        return Err(vm.value_error(format!("dklen must be greater than 0 and smaller than {}", i32::MAX)));
    }
    let parameters = match (u32::try_from(r), u32::try_from(p)) {
        (Ok(r), Ok(p)) => scrypt::Params::new(n.trailing_zeros() as u8, r, p).ok(),
        _ => None,
    };
    // RFC 7914: r * p is below 2^30, n below 2^(16 * r).
    let Some(parameters) = parameters.filter(|_| r.saturating_mul(p) < 1 << 30 && (r > 3 || n >> (16 * r) == 0)) else {
        return Err(vm.value_error("Invalid parameter combination for n, r, p, maxmem."));
    };
    let needed = 128 * r as u128 * (n as u128 + p as u128 + 2);
    if needed > if memory == 0 { DEFAULT_MEMORY } else { memory as u128 } {
        return Err(vm.value_error("[digital envelope routines] memory limit exceeded"));
    }
    vm.check_size(Some(length as usize))?;
    vm.check_size(usize::try_from(needed).ok())?;
    let mut key = vec![0; length as usize];
    match scrypt::scrypt(&password, &salt, &parameters, &mut key) {
        Ok(()) => Ok(vm.bytes(&key).value()),
        Err(_) => Err(vm.value_error("Invalid parameter combination for n, r, p, maxmem.")),
    }
}
