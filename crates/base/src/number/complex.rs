//! Complex numbers and text.

use super::float_text::{FloatFlags, format_float};
use super::{parse_float_prefix, strip_underscores, trim_ascii_space};

/// `repr(complex(real, imag))`.
pub fn complex_repr(real: f64, imag: f64) -> String {
    if real == 0.0 && real.is_sign_positive() {
        return format_float(imag, b'r', 0, FloatFlags::default()) + "j";
    }
    let mut out = String::from("(");
    out += &format_float(real, b'r', 0, FloatFlags::default());
    out += &format_float(imag, b'r', 0, FloatFlags { plus: true, ..FloatFlags::default() });
    out += "j)";
    out
}

/// `complex(s)` for ASCII text; `None` if it is malformed.
pub fn parse_complex(s: &[u8]) -> Option<(f64, f64)> {
    let clean = strip_underscores(s)?;
    let mut s = trim_ascii_space(&clean);
    if let [b'(', inner @ ..] = s {
        s = trim_ascii_space(inner.strip_suffix(b")")?);
    }
    let is_j = |b: Option<&u8>| matches!(b, Some(b'j' | b'J'));
    let Some((first, len)) = parse_float_prefix(s) else {
        // Only `j` with or without a sign is left.
        return match s {
            [b'j' | b'J'] | [b'+', b'j' | b'J'] => Some((0.0, 1.0)),
            [b'-', b'j' | b'J'] => Some((0.0, -1.0)),
            _ => None,
        };
    };
    let rest = &s[len..];
    match rest {
        [] => Some((first, 0.0)),
        [b'j' | b'J'] => Some((0.0, first)),
        [sign @ (b'+' | b'-'), ..] => {
            let (imag, used) = parse_float_prefix(rest).unwrap_or((if *sign == b'-' { -1.0 } else { 1.0 }, 1));
            (is_j(rest.get(used)) && rest.len() == used + 1).then_some((first, imag))
        }
        _ => None,
    }
}
