//! Applying format specs to values of the built-in types.

use super::layout::{Locale, Parts, write_number, write_padded};
use super::spec::{Align, Sign, Spec, parse_spec, quoted};
use super::{FormatError, Settings};
use crate::number::{self, FloatFlags, IntRef};
use crate::text::{Wtf8, Wtf8Buf};

fn unknown_type(ty: u32, type_name: &str) -> FormatError {
    FormatError::value(format!("Unknown format code {} for object of type '{type_name}'", quoted(ty)))
}

/// `format(value, spec)` for a string. `type_name` is the name of its type in messages.
pub fn format_str(value: &Wtf8, spec: &Wtf8, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return Ok(value.to_wtf8_buf());
    }
    let spec = parse_spec(spec, type_name, b's' as u32, Align::Left)?;
    if spec.ty != b's' as u32 {
        return Err(unknown_type(spec.ty, type_name));
    }
    let refused = if let Some(sign) = spec.sign {
        if sign == Sign::Space { "Space" } else { "Sign" }
    } else if spec.no_negative_zero {
        "Negative zero coercion (z)"
    } else if spec.alternate {
        "Alternate form (#)"
    } else if spec.align == Align::AfterSign {
        "'=' alignment"
    } else {
        ""
    };
    if !refused.is_empty() {
        return Err(FormatError::value(format!("{refused} not allowed in string format specifier")));
    }
    let end = spec.precision.and_then(|n| value.offset_of_nth(n)).unwrap_or(value.len());
    let mut out = Wtf8Buf::new();
    write_padded(&mut out, &value[..end], &spec)?;
    Ok(out)
}

/// `format(value, spec)` for an int.
pub fn format_int(
    value: IntRef<'_>,
    spec: &Wtf8,
    type_name: &str,
    settings: &Settings<'_>,
) -> Result<Wtf8Buf, FormatError> {
    let spec = parse_spec(spec, type_name, b'd' as u32, Align::Right)?;
    match u8::try_from(spec.ty).unwrap_or(255) {
        b'b' | b'c' | b'd' | b'o' | b'x' | b'X' | b'n' => int_with(value, &spec, settings),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => {
            let x = value.to_f64().ok_or_else(|| FormatError::overflow("int too large to convert to float"))?;
            float_with(x, &spec, settings)
        }
        _ => Err(unknown_type(spec.ty, type_name)),
    }
}

fn int_with(value: IntRef<'_>, spec: &Spec, settings: &Settings<'_>) -> Result<Wtf8Buf, FormatError> {
    if spec.precision.is_some() {
        return Err(FormatError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(FormatError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    let mut out = Wtf8Buf::new();
    let ty = spec.ty as u8;
    if ty == b'c' {
        write_char(&mut out, value, spec)?;
        return Ok(out);
    }
    let (base, prefix) = match ty {
        b'b' => (2, "0b"),
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    if base == 10
        && let IntRef::Big(big) = value
        && number::digit_limit_exceeded(big, settings.max_str_digits)
    {
        return Err(FormatError::value(number::to_text_limit_message(settings.max_str_digits)));
    }
    let mut digits = value.magnitude_text(base);
    if ty == b'X' {
        digits.make_ascii_uppercase();
    }
    let parts = Parts {
        negative: value.is_negative(),
        prefix: if spec.alternate { prefix } else { "" },
        digits: &digits,
        ..Parts::default()
    };
    write_number(&mut out, &parts, spec, &locale(spec, settings))?;
    Ok(out)
}

fn locale<'a>(spec: &Spec, settings: &Settings<'a>) -> Locale<'a> {
    if spec.ty == b'n' as u32 { settings.locale } else { Locale::of_spec(spec) }
}

fn write_char(out: &mut Wtf8Buf, value: IntRef<'_>, spec: &Spec) -> Result<(), FormatError> {
    if spec.sign.is_some() {
        return Err(FormatError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(FormatError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let Some(n) = value.to_i64() else {
        return Err(FormatError::overflow("Python int too large to convert to C long"));
    };
    match u32::try_from(n) {
        // A surrogate is no `str`, so the character does not go through the parts of a number, but pads the same way.
        Ok(cp @ 0..=0x10_FFFF) => write_padded(out, &Wtf8Buf::from_code_point(cp), spec),
        _ => Err(FormatError::overflow("%c arg not in range(0x110000)")),
    }
}

/// The text of a float by `spec`'s type and precision, with a minus where it is negative; and the percent sign.
fn float_text(x: f64, spec: &Spec) -> Result<String, FormatError> {
    if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
        return Err(FormatError::value("precision too big"));
    }
    let mut flags = FloatFlags { alternate: spec.alternate, ..FloatFlags::default() };
    let ty = spec.ty as u8;
    let (code, x) = match ty {
        0 => {
            flags.add_dot_0 = true;
            (if spec.precision.is_some() { b'g' } else { b'r' }, x)
        }
        b'n' => (b'g', x),
        b'%' => (b'f', x * 100.0),
        _ => (ty, x),
    };
    let precision = spec.precision.unwrap_or(6);
    // A precision far beyond what a float has asks for as many zeros: see first whether there is room.
    if precision > 1 << 16 {
        String::new().try_reserve(precision).map_err(|_| FormatError::memory())?;
    }
    let mut text = number::format_float(x, code, precision, flags);
    if spec.no_negative_zero && text.starts_with('-') {
        let mantissa = text.split(['e', 'E']).next().unwrap_or("");
        if x.is_finite() && !mantissa.bytes().any(|b| matches!(b, b'1'..=b'9')) {
            text.remove(0);
        }
    }
    if ty == b'%' {
        text.push('%');
    }
    Ok(text)
}

fn float_with(x: f64, spec: &Spec, settings: &Settings<'_>) -> Result<Wtf8Buf, FormatError> {
    let text = float_text(x, spec)?;
    let mut out = Wtf8Buf::new();
    write_number(&mut out, &Parts::of_float(&text), spec, &locale(spec, settings))?;
    Ok(out)
}

/// `format(value, spec)` for a float.
pub fn format_float(value: f64, spec: &Wtf8, type_name: &str, settings: &Settings<'_>) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return Ok(Wtf8Buf::from_string(number::float_repr(value)));
    }
    let spec = parse_spec(spec, type_name, 0, Align::Right)?;
    match u8::try_from(spec.ty).unwrap_or(255) {
        0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%' => float_with(value, &spec, settings),
        _ => Err(unknown_type(spec.ty, type_name)),
    }
}

/// `format(complex(real, imag), spec)`.
pub fn format_complex(
    real: f64,
    imag: f64,
    spec: &Wtf8,
    type_name: &str,
    settings: &Settings<'_>,
) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return Ok(Wtf8Buf::from_string(number::complex_repr(real, imag)));
    }
    let spec = parse_spec(spec, type_name, 0, Align::Right)?;
    if !matches!(u8::try_from(spec.ty).unwrap_or(255), 0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n') {
        return Err(unknown_type(spec.ty, type_name));
    }
    if spec.fill == b'0' as u32 {
        return Err(FormatError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(FormatError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let locale = locale(&spec, settings);
    let plain = spec.ty == 0;
    let only_imag = plain && real == 0.0 && real.is_sign_positive();
    // Each part is written without padding; without a type, parts are shown as in `repr`, without `.0`.
    let mut part_spec = Spec { align: Align::Left, width: None, ..spec.clone() };
    let mut body = Wtf8Buf::new();
    if plain && !only_imag {
        body.push('(');
    }
    if !only_imag {
        let text = complex_part(real, &spec)?;
        write_number(&mut body, &Parts::of_float(&text), &part_spec, &locale)?;
        part_spec.sign = Some(Sign::Plus);
    }
    let text = complex_part(imag, &spec)?;
    write_number(&mut body, &Parts::of_float(&text), &part_spec, &locale)?;
    body.push('j');
    if plain && !only_imag {
        body.push(')');
    }
    let mut out = Wtf8Buf::new();
    write_padded(&mut out, &body, &spec)?;
    Ok(out)
}

fn complex_part(x: f64, spec: &Spec) -> Result<String, FormatError> {
    if spec.ty != 0 {
        return float_text(x, spec);
    }
    // `g` and `r` without the `.0` that a float would get.
    let ty = if spec.precision.is_some() { b'g' } else { b'r' };
    float_text(x, &Spec { ty: ty as u32, ..spec.clone() })
}
