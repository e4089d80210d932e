//! Text to float.

use super::strip_underscores;

/// `float(s)` for ASCII text without white space at its ends: underscores between digits, `inf`, `infinity` and `nan` in any
/// case are allowed. `None` if it is no number.
pub fn parse_float(s: &[u8]) -> Option<f64> {
    let clean = strip_underscores(s)?;
    let (value, len) = parse_float_prefix(&clean)?;
    (len == clean.len()).then_some(value)
}

/// Reads the longest float at the front of `s`, with its length (as C's `strtod`, but without hexadecimal and white space).
pub fn parse_float_prefix(s: &[u8]) -> Option<(f64, usize)> {
    let (negative, sign_len) = match s.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let body = &s[sign_len..];
    let signed = |x: f64| if negative { -x } else { x };
    let word = |w: &[u8]| body.len() >= w.len() && body[..w.len()].eq_ignore_ascii_case(w);
    if word(b"infinity") {
        return Some((signed(f64::INFINITY), sign_len + 8));
    }
    if word(b"inf") {
        return Some((signed(f64::INFINITY), sign_len + 3));
    }
    if word(b"nan") {
        return Some((signed(f64::NAN.copysign(1.0)), sign_len + 3));
    }
    let digits_from = |at: usize| body[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits_from(0);
    let mut end = whole;
    let mut fraction = 0;
    if body.get(end) == Some(&b'.') {
        fraction = digits_from(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = body.get(end) {
        let sign = matches!(body.get(end + 1), Some(b'+' | b'-')) as usize;
        let exponent = digits_from(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    // What was scanned is ASCII in the grammar that std reads too, so neither step can fail.
    let value: f64 = std::str::from_utf8(&body[..end]).ok()?.parse().ok()?;
    Some((signed(value), sign_len + end))
}
