//! Ints and text in bases 2 to 36.

use dashu_int::ops::BitTest;
use dashu_int::{IBig, UBig};

use super::{Int, is_ascii_space};

/// `sys.int_info.default_max_str_digits`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;
/// `sys.int_info.str_digits_check_threshold`: fewer digits are never refused.
pub const MAX_STR_DIGITS_THRESHOLD: usize = 640;

/// Why text is no int.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParseIntError {
    /// It is not the literal of an int; the byte at `at` is the first that does not fit.
    Invalid {
        /// Byte offset; the length of the text where it ends too early.
        at: usize,
    },
    /// The base is neither 0 nor 2 to 36.
    Base,
    /// It has more digits than `sys.get_int_max_str_digits()` allows.
    TooManyDigits {
        /// How many it has.
        digits: usize,
    },
}

/// What `int(text)` says of too many digits.
pub fn too_many_digits_message(limit: usize, digits: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; use \
         sys.set_int_max_str_digits() to increase the limit"
    )
}

/// What `str(int)` says of too many digits.
pub fn to_text_limit_message(limit: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
    )
}

#[inline]
const fn digit_value(b: u8) -> u32 {
    match b {
        b'0'..=b'9' => (b - b'0') as u32,
        b'a'..=b'z' => (b - b'a') as u32 + 10,
        b'A'..=b'Z' => (b - b'A') as u32 + 10,
        _ => 99,
    }
}

/// `int(s, base)` for ASCII text: white space at the ends, a sign, a prefix where the base allows or (for base 0) asks for one,
/// and digits with single underscores between. `max_digits` refuses longer text in bases that are not powers of two; 0 allows
/// any length.
pub fn parse_int(s: &[u8], base: u32, max_digits: usize) -> Result<Int, ParseIntError> {
    if base == 1 || base > 36 {
        return Err(ParseIntError::Base);
    }
    let mut at = s.iter().take_while(|&&b| is_ascii_space(b)).count();
    let mut end = s.len();
    while end > at && is_ascii_space(s[end - 1]) {
        end -= 1;
    }
    let negative = match s.get(at) {
        Some(b'-') => {
            at += 1;
            true
        }
        Some(b'+') => {
            at += 1;
            false
        }
        _ => false,
    };
    let prefix = match s.get(at..end) {
        Some([b'0', letter, ..]) => match letter {
            b'x' | b'X' => 16,
            b'o' | b'O' => 8,
            b'b' | b'B' => 2,
            _ => 0,
        },
        _ => 0,
    };
    let mut base_read = base;
    let mut octal_looking = false;
    if base == 0 {
        base_read = if prefix != 0 { prefix } else { 10 };
        // `010` is refused, being octal in C, but `000` is zero.
        octal_looking = prefix == 0 && s.get(at) == Some(&b'0');
    }
    if prefix != 0 && prefix == base_read {
        at += 2;
        if s.get(at) == Some(&b'_') {
            at += 1;
        }
    }
    let digits = scan_digits(s, at, end, base_read)?;
    if octal_looking && let Some(i) = s[at..end].iter().position(|b| !matches!(b, b'0' | b'_')) {
        return Err(ParseIntError::Invalid { at: at + i });
    }
    if max_digits > 0 && digits > max_digits && digits > MAX_STR_DIGITS_THRESHOLD && !base_read.is_power_of_two() {
        return Err(ParseIntError::TooManyDigits { digits });
    }
    Ok(read_digits(&s[at..end], base_read, digits, negative))
}

/// Checks the digits of `s[at..end]` and counts them.
fn scan_digits(s: &[u8], at: usize, end: usize, base: u32) -> Result<usize, ParseIntError> {
    let mut count = 0;
    let mut after_digit = false;
    for (i, &b) in s[..end].iter().enumerate().skip(at) {
        if b == b'_' {
            if !after_digit {
                return Err(ParseIntError::Invalid { at: i });
            }
            after_digit = false;
        } else if digit_value(b) < base {
            count += 1;
            after_digit = true;
        } else {
            return Err(ParseIntError::Invalid { at: i });
        }
    }
    if after_digit { Ok(count) } else { Err(ParseIntError::Invalid { at: end }) }
}

/// Reads checked digits with underscores.
fn read_digits(s: &[u8], base: u32, digits: usize, negative: bool) -> Int {
    // 12 digits of base 36 and 18 of base 10 fit 63 bits.
    if digits <= 12 || (digits <= 18 && base <= 10) {
        let mut n = 0i64;
        for &b in s {
            if b != b'_' {
                n = n * i64::from(base) + i64::from(digit_value(b));
            }
        }
        return Int::Small(if negative { -n } else { n });
    }
    let clean: String = s.iter().filter(|&&b| b != b'_').map(|&b| b as char).collect();
    // The digits have been checked, so the only way to fail would be a bug; zero is a harmless answer then.
    let magnitude = IBig::from(UBig::from_str_radix(&clean, base).unwrap_or_default());
    Int::from_ibig(if negative { -magnitude } else { magnitude })
}

/// A number in decimal, without an allocation.
pub struct DecimalText {
    buffer: [u8; 20],
    at: usize,
}

impl DecimalText {
    /// The text of a number.
    #[inline]
    pub fn new(n: i64) -> DecimalText {
        let mut text = DecimalText::of_u64(n.unsigned_abs());
        if n < 0 {
            // The magnitude has 19 digits at most.
            text.at -= 1;
            text.buffer[text.at] = b'-';
        }
        text
    }

    #[inline]
    fn of_u64(mut n: u64) -> DecimalText {
        let mut buffer = [b'0'; 20];
        let mut at = buffer.len();
        while n >= 100 {
            let pair = (n % 100) as u8;
            n /= 100;
            at -= 2;
            buffer[at] = b'0' + pair / 10;
            buffer[at + 1] = b'0' + pair % 10;
        }
        at -= 1;
        buffer[at] = b'0' + (n % 10) as u8;
        if n >= 10 {
            at -= 1;
            buffer[at] = b'0' + (n / 10) as u8;
        }
        DecimalText { buffer, at }
    }

    /// It.
    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: only ASCII digits and a sign are in the buffer.
        unsafe { std::str::from_utf8_unchecked(&self.buffer[self.at..]) }
    }
}

/// Appends `n` in decimal.
pub fn push_i64(out: &mut String, n: i64) {
    out.push_str(DecimalText::new(n).as_str());
}

/// Appends `n` in decimal.
pub(super) fn push_u64(out: &mut String, n: u64) {
    out.push_str(DecimalText::of_u64(n).as_str());
}

/// `n` in the given base (2 to 36; others are taken as 10), in lower case, with `-` but without a prefix.
pub fn int_to_text(n: &IBig, base: u32) -> String {
    match base {
        10 => n.to_string(),
        2..=36 => n.in_radix(base as u8).to_string(),
        _ => n.to_string(),
    }
}

/// Whether `str(n)` must be refused under a limit of `max_digits` decimal digits (0: no limit). Decides most cases by the number
/// of bits, without a conversion.
pub fn digit_limit_exceeded(n: &IBig, max_digits: usize) -> bool {
    if max_digits == 0 {
        return false;
    }
    let limit = max_digits.max(MAX_STR_DIGITS_THRESHOLD);
    let bits = n.bit_len();
    // log10(2) lies between 0.30102 and 0.30103.
    let at_least = (bits.saturating_sub(1) as u128 * 30102 / 100_000) as usize + 1;
    let at_most = (bits as u128 * 30103 / 100_000) as usize + 1;
    if at_most <= limit {
        return false;
    }
    at_least > limit || n.to_string().trim_start_matches('-').len() > limit
}
