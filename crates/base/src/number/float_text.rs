//! Floats to text: `repr` and the styles of `format` and `%`.

/// Decimal digits of a finite positive number: its value is `0.d1d2d3… × 10^point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// ASCII digits, the first not `0` unless the number is zero.
    pub digits: Vec<u8>,
    /// Where the decimal point lies, counted from before the first digit.
    pub point: i32,
}

impl Digits {
    /// Reads what the formatters write: `123`, `1.23`, `1.23e-7`.
    fn read(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = Vec::with_capacity(whole.len() + fraction.len());
        digits.extend_from_slice(whole.as_bytes());
        digits.extend_from_slice(fraction.as_bytes());
        let zeros = digits.iter().take_while(|&&d| d == b'0').count();
        if zeros == digits.len() {
            return Digits { digits: vec![b'0'], point: 1 };
        }
        let point = exponent + whole.len() as i32 - zeros as i32;
        digits.drain(..zeros);
        Digits { digits, point }
    }

    fn strip_trailing_zeros(&mut self) {
        while self.digits.len() > 1 && self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
    }
}

/// The shortest digits that read back as the absolute value of `x`, which must be finite.
pub fn shortest_digits(x: f64) -> Digits {
    let mut buffer = zmij::Buffer::new();
    let mut digits = Digits::read(buffer.format_finite(x.abs()));
    digits.strip_trailing_zeros();
    digits
}

/// No float has more significant digits; beyond them there are zeros.
const MAX_SIGNIFICANT: usize = 800;
/// No float has more digits after the point.
const MAX_FRACTION: usize = 1080;

/// The absolute value of `x`, which must be finite, rounded half-even to `count` (at least 1) significant digits. Digits beyond
/// the 800th, which are all zero, are left out.
pub fn exact_digits(x: f64, count: usize) -> Digits {
    let precision = count.clamp(1, MAX_SIGNIFICANT) - 1;
    let x = x.abs();
    let text = format!("{x:.precision$e}");
    let mut digits = Digits::read(&text);
    if x == 0.0 {
        digits.digits.resize(precision + 1, b'0');
    }
    digits
}

/// What [`format_float`] does besides its style.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FloatFlags {
    /// Write `+` before what is not negative.
    pub plus: bool,
    /// `#`: keep the decimal point, and for `g` the trailing zeros.
    pub alternate: bool,
    /// Append `.0` to what would look like an int.
    pub add_dot_0: bool,
}

/// `repr(x)`.
pub fn float_repr(x: f64) -> String {
    let mut out = String::with_capacity(24);
    push_float_repr(&mut out, x);
    out
}

/// Appends `repr(x)`.
pub fn push_float_repr(out: &mut String, x: f64) {
    if x == x.trunc() && x.abs() < 1e15 && (x != 0.0 || x.is_sign_positive()) {
        // Whole numbers of that size are written out in full, which needs no search for the shortest digits.
        super::push_i64(out, x as i64);
        out.push_str(".0");
        return;
    }
    if (1e-4..1e16).contains(&x.abs()) {
        // In this range the text of the shortest digits is already as Python writes it, unless it has an exponent.
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(x);
        if !text.contains('e') {
            out.push_str(text);
            return;
        }
    }
    out.push_str(&format_float(x, b'r', 0, FloatFlags { add_dot_0: true, ..FloatFlags::default() }));
}

/// Writes `x` as C's `printf` would, but with Python's spelling of infinities, NaN and exponents.
///
/// `code` is one of `e E f F g G`, with `precision` digits after the point (for `g`: significant digits), or `r` for the
/// shortest digits that read back as `x`, in which case `precision` is ignored.
pub fn format_float(x: f64, code: u8, precision: usize, flags: FloatFlags) -> String {
    let upper = code.is_ascii_uppercase();
    let mut out = String::with_capacity(24);
    if x.is_sign_negative() && !x.is_nan() {
        out.push('-');
    } else if flags.plus {
        out.push('+');
    }
    if !x.is_finite() {
        out.push_str(match (x.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        });
        return out;
    }
    match code.to_ascii_lowercase() {
        b'f' => fixed(&mut out, x, precision, flags),
        b'e' => {
            let digits = exact_digits(x, precision.saturating_add(1));
            let exponent = if x == 0.0 { 0 } else { digits.point - 1 };
            scientific(&mut out, &digits.digits, precision, exponent, upper, flags.alternate);
        }
        b'g' => {
            let precision = precision.max(1);
            let mut digits = exact_digits(x, precision);
            let point = i64::from(digits.point);
            if !flags.alternate {
                digits.strip_trailing_zeros();
            }
            let count = if flags.alternate { precision } else { digits.digits.len() };
            // A whole number that is to get `.0` needs room for that digit.
            if -4 < point && point <= precision as i64 - i64::from(flags.add_dot_0) {
                plain(&mut out, &digits, count, flags);
            } else {
                scientific(&mut out, &digits.digits, count - 1, digits.point - 1, upper, flags.alternate);
            }
        }
        _ => {
            let digits = shortest_digits(x);
            if -4 < digits.point && digits.point <= 16 {
                let count = digits.digits.len();
                plain(&mut out, &digits, count, flags);
            } else {
                let count = digits.digits.len();
                scientific(&mut out, &digits.digits, count - 1, digits.point - 1, upper, flags.alternate);
            }
        }
    }
    out
}

fn push_zeros(out: &mut String, n: usize) {
    out.extend(std::iter::repeat_n('0', n));
}

fn push_digits(out: &mut String, digits: &[u8]) {
    out.extend(digits.iter().map(|&d| d as char));
}

fn fixed(out: &mut String, x: f64, precision: usize, flags: FloatFlags) {
    use std::fmt::Write;
    let shown = precision.min(MAX_FRACTION);
    if !fixed_exactly(out, x.abs(), precision) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{:.shown$}", x.abs());
        push_zeros(out, precision - shown);
    }
    if precision == 0 {
        if flags.add_dot_0 {
            out.push_str(".0");
        } else if flags.alternate {
            out.push('.');
        }
    }
}

/// Largest precision for which a mantissa times that power of ten fits 128 bits.
const EXACT_PRECISION: usize = 22;

/// Appends a number that is not negative with few digits behind the point, in integers: as no bit is lost, the rounding of
/// halves to even is that of the exact value. Gives false, and has appended nothing, where it is too large or too small.
fn fixed_exactly(out: &mut String, x: f64, precision: usize) -> bool {
    let bits = x.to_bits();
    let (mantissa, exponent) = (bits & ((1 << 52) - 1) | 1 << 52, (bits >> 52) as i32 - 1075);
    // Not for subnormal numbers, zero, or what has no fraction.
    if bits >> 52 == 0 || !(-126..0).contains(&exponent) || precision > EXACT_PRECISION {
        return false;
    }
    let scaled = mantissa as u128 * 10u128.pow(precision as u32);
    let shift = -exponent as u32;
    let (mut digits, rest, half) = (scaled >> shift, scaled & ((1 << shift) - 1), 1u128 << (shift - 1));
    if rest > half || rest == half && digits & 1 == 1 {
        digits += 1;
    }
    let unit = 10u128.pow(precision as u32);
    let (Ok(whole), Ok(fraction)) = (u64::try_from(digits / unit), u64::try_from(digits % unit)) else { return false };
    super::int_text::push_u64(out, whole);
    if precision > 0 {
        let start = out.len() + 1;
        out.push('.');
        super::int_text::push_u64(out, fraction);
        let have = out.len() - start;
        out.insert_str(start, &"0000000000000000000000"[have..precision]);
    }
    true
}

/// `d.ddde±xx` with `fraction` digits after the point; missing digits are zeros.
fn scientific(out: &mut String, digits: &[u8], fraction: usize, exponent: i32, upper: bool, alternate: bool) {
    out.push(digits[0] as char);
    if fraction > 0 || alternate {
        out.push('.');
    }
    let have = (digits.len() - 1).min(fraction);
    push_digits(out, &digits[1..1 + have]);
    push_zeros(out, fraction - have);
    out.push(if upper { 'E' } else { 'e' });
    out.push(if exponent < 0 { '-' } else { '+' });
    let exponent = i64::from(exponent.unsigned_abs());
    if exponent < 10 {
        out.push('0');
    }
    super::push_i64(out, exponent);
}

/// All of `count` significant digits without an exponent; missing digits are zeros.
fn plain(out: &mut String, digits: &Digits, count: usize, flags: FloatFlags) {
    let d = &digits.digits;
    let whole = if digits.point > 0 { digits.point as usize } else { 0 };
    if whole == 0 {
        out.push('0');
    } else {
        let have = d.len().min(whole);
        push_digits(out, &d[..have]);
        push_zeros(out, whole - have);
    }
    let leading = if digits.point < 0 { digits.point.unsigned_abs() as usize } else { 0 };
    let rest = d.get(whole..).unwrap_or(&[]);
    let wanted = count.saturating_sub(whole);
    if wanted > 0 {
        out.push('.');
        push_zeros(out, leading);
        push_digits(out, rest);
        push_zeros(out, wanted.saturating_sub(rest.len()));
    } else if flags.add_dot_0 {
        out.push_str(".0");
    } else if flags.alternate {
        out.push('.');
    }
}
