//! `__format__`

use super::context::{CtxRef, current};
use super::object::this_dec;
use crate::decimal::context::{MAX_DIGITS, MAX_PREC, Rounding};
use crate::decimal::number::{Number, View};
use crate::decimal::round::shift_right;
use crate::decimal::text;
use base::format::{Locale, group_digits};
use base::text::{Wtf8, Wtf8Buf};
use object::{Dict, R, Raised, TypeId, Value, ValueExt, Vm};

/// A format specifier in parts.
struct Spec {
    fill: u32,
    align: u8,
    sign: Option<u8>,
    no_negative_zero: bool,
    alternate: bool,
    zero_padding: bool,
    width: usize,
    thousands: Option<u8>,
    precision: Option<i64>,
    fraction: Option<u8>,
    kind: Option<u8>,
}

/// What is wrong with a specifier.
enum SpecError {
    Syntax,
    TooLarge,
}

fn is_align(char: u32) -> bool {
    matches!(u8::try_from(char), Ok(b'<' | b'>' | b'=' | b'^'))
}

/// Reads a number at a place; None where there is none.
fn number(chars: &[u32], at: &mut usize) -> Result<Option<i64>, SpecError> {
    let start = *at;
    let mut value: i64 = 0;
    while let Some(digit) = chars.get(*at).and_then(|char| char::from_u32(*char)?.to_digit(10)) {
        value = value.checked_mul(10).and_then(|value| value.checked_add(digit as i64)).ok_or(SpecError::TooLarge)?;
        *at += 1;
    }
    Ok((*at > start).then_some(value))
}

fn parse(spec: &Wtf8) -> Result<Spec, SpecError> {
    let chars: Vec<u32> = spec.chars().collect();
    let mut out = Spec {
        fill: ' ' as u32,
        align: b'>',
        sign: None,
        no_negative_zero: false,
        alternate: false,
        zero_padding: false,
        width: 0,
        thousands: None,
        precision: None,
        fraction: None,
        kind: None,
    };
    let mut at = 0;
    let mut aligned = false;
    if chars.len() > 1 && is_align(chars[1]) {
        (out.fill, out.align) = (chars[0], chars[1] as u8);
        (at, aligned) = (2, true);
    } else if chars.first().is_some_and(|char| is_align(*char)) {
        out.align = chars[0] as u8;
        (at, aligned) = (1, true);
    }
    let byte = |at: usize| chars.get(at).and_then(|char| u8::try_from(*char).ok());
    if let Some(sign @ (b'+' | b'-' | b' ')) = byte(at) {
        out.sign = Some(sign);
        at += 1;
    }
    if byte(at) == Some(b'z') {
        out.no_negative_zero = true;
        at += 1;
    }
    if byte(at) == Some(b'#') {
        out.alternate = true;
        at += 1;
    }
    if byte(at) == Some(b'0') {
        if aligned {
            return Err(SpecError::Syntax);
        }
        out.zero_padding = true;
        at += 1;
    }
    if let Some(width) = number(&chars, &mut at)? {
        out.width = width as usize;
    }
    if let Some(separator @ (b',' | b'_')) = byte(at) {
        out.thousands = Some(separator);
        at += 1;
    }
    if byte(at) == Some(b'.') {
        at += 1;
        out.precision = number(&chars, &mut at)?;
        if let Some(separator @ (b',' | b'_')) = byte(at) {
            out.fraction = Some(separator);
            at += 1;
        }
        if out.precision.is_none() && out.fraction.is_none() {
            return Err(SpecError::Syntax);
        }
    }
    if let Some(kind @ (b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'N' | b'%')) = byte(at) {
        out.kind = Some(kind);
        at += 1;
    }
    if at != chars.len() || matches!(out.kind, Some(b'n' | b'N')) && out.thousands.is_some() {
        return Err(SpecError::Syntax);
    }
    Ok(out)
}

/// Separators.
struct Separators {
    point: String,
    thousands: String,
    grouping: Vec<u8>,
}

/// Those of the system's locale.
fn of_locale() -> Separators {
    // SAFETY: the structure and its strings live until the locale changes, which only this thread does.
    unsafe {
        let conv = &*libc::localeconv();
        let text = |text: *const libc::c_char| std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned();
        Separators {
            point: text(conv.decimal_point),
            thousands: text(conv.thousands_sep),
            grouping: std::ffi::CStr::from_ptr(conv.grouping).to_bytes().to_vec(),
        }
    }
}

/// A dict that replaces separators: `decimal_point`, `thousands_sep` and `grouping`.
fn overridden(vm: &Vm, dict: Value, separators: &mut Separators) -> Result<(), Raised> {
    let Some(dict) = dict.cast::<Dict>() else { return Err(vm.type_error("optional argument must be a dict")) };
    let entry = |name: &str| {
        let Some(value) = dict.get_str(vm, vm.intern(name)) else { return Ok(None) };
        match vm.as_str(value) {
            Some(text) => Ok(Some(text.to_string_lossy())),
            None => {
                let name = crate::support::class_name(vm, value);
                Err(vm.type_error(format!("expected a string, not {name}")))
            }
        }
    };
    if let Some(point) = entry("decimal_point")? {
        separators.point = point;
    }
    if let Some(thousands) = entry("thousands_sep")? {
        separators.thousands = thousands;
    }
    if let Some(grouping) = entry("grouping")? {
        separators.grouping = grouping.chars().map(|char| char as u32 as u8).take_while(|size| *size != 0).collect();
    }
    // A group of more digits than a signed byte tells is none.
    let is_single = |text: &str, empty: bool| {
        let count = text.chars().count();
        count == 1 || empty && count == 0
    };
    if !is_single(&separators.point, false)
        || !is_single(&separators.thousands, true)
        || separators.grouping.iter().any(|size| *size > 127)
    {
        return Err(vm.value_error("invalid override dict"));
    }
    Ok(())
}

/// The digits of a finite number around the point.
struct Parts {
    whole: String,
    fraction: String,
    exponent: i64,
}

/// A number rounded to so many digits.
fn rounded_to(number: Number, count: i64, rounding: Rounding) -> Number {
    let digits = number.coefficient.view();
    if digits.is_zero() {
        return number;
    }
    let excess = digits.count() - count;
    if excess < 0 {
        return Number { coefficient: digits.shifted(-excess as u64), exponent: number.exponent + excess, ..number };
    }
    let (mut coefficient, _) = shift_right(digits, excess, number.negative, rounding);
    let mut exponent = number.exponent + excess;
    if coefficient.view().count() > count {
        coefficient = shift_right(coefficient.view(), 1, false, Rounding::Down).0;
        exponent += 1;
    }
    Number { coefficient, exponent, ..number }
}

/// A number with so many places behind the point.
fn rescaled(number: Number, places: i64, rounding: Rounding) -> Number {
    let digits = number.coefficient.view();
    let excess = -places - number.exponent;
    let coefficient = if excess > 0 {
        shift_right(digits, excess, number.negative, rounding).0
    } else {
        digits.shifted(-excess as u64)
    };
    Number { coefficient, exponent: -places, ..number }
}

/// How many digits the text will have, at most.
fn text_size(number: &Number, spec: &Spec, kind: u8) -> Option<usize> {
    let digits = number.view().digits.count() as u64;
    let precision = spec.precision.map_or(0, i64::unsigned_abs);
    let places = match kind {
        b'f' | b'F' | b'%' if spec.precision.is_none() => number.exponent.unsigned_abs(),
        b'f' | b'F' | b'%' => number.exponent.max(0) as u64,
        _ => 0,
    };
    let size = digits.checked_add(precision)?.checked_add(places)?.checked_add(spec.width as u64)?;
    usize::try_from(size).ok().filter(|size| *size as u64 <= MAX_DIGITS)
}

fn parts_of(number: &Number, spec: &Spec, kind: u8) -> Parts {
    let view = number.view();
    let mut digits = Vec::new();
    view.digits.push_text(&mut digits);
    let digits = String::from_utf8(digits).unwrap_or_default();
    let count = digits.len() as i64;
    let left = view.exponent + count;
    let point = match kind {
        b'e' | b'E' => match spec.precision {
            Some(precision) if view.digits.is_zero() => 1 - precision,
            _ => 1,
        },
        b'f' | b'F' | b'%' => left,
        _ if view.exponent <= 0 && left > -6 => left,
        _ => 1,
    };
    let (whole, fraction) = if point < 0 {
        (String::from("0"), "0".repeat(-point as usize) + &digits)
    } else if point > count {
        (digits + &"0".repeat((point - count) as usize), String::new())
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        (String::from(if whole.is_empty() { "0" } else { whole }), String::from(fraction))
    };
    Parts { whole, fraction, exponent: left - point }
}

/// `Decimal.__format__(fmtarg, override=None)`
pub fn format(vm: &Vm, [this, specifier, overrides]: &[Value; 3]) -> R {
    let context = current(vm)?;
    let dec = this_dec(vm, *this)?;
    let Some(specifier) = vm.as_str(*specifier) else { return Err(vm.type_error("format arg must be str")) };
    let mut spec = match parse(specifier.text()) {
        Ok(spec) => spec,
        Err(SpecError::Syntax) => return Err(vm.value_error("invalid format string")),
        Err(SpecError::TooLarge) => {
            return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
        }
    };
    if spec.width as u64 > MAX_PREC as u64 || spec.precision.is_some_and(|precision| precision > MAX_PREC) {
        return Err(vm.value_error("format specification exceeds internal limits of _decimal"));
    }
    if spec.kind == Some(b'N') {
        vm.warn(
            TypeId::DeprecationWarning,
            "Format specifier 'N' is deprecated and slated for removal in Python 3.18",
            1,
        )?;
    }
    let mut separators = if matches!(spec.kind, Some(b'n' | b'N')) {
        of_locale()
    } else {
        let thousands = spec.thousands.map_or_else(String::new, |separator| (separator as char).to_string());
        let grouping = if spec.thousands.is_some() { vec![3] } else { Vec::new() };
        Separators { point: String::from("."), thousands, grouping }
    };
    if !overrides.is_none() {
        overridden(vm, *overrides, &mut separators)?;
    }
    match spec.kind {
        Some(b'n') => spec.kind = Some(b'g'),
        Some(b'N') => spec.kind = Some(b'G'),
        _ => {}
    }
    if spec.precision == Some(0) && matches!(spec.kind, None | Some(b'g' | b'G')) {
        spec.precision = Some(1);
    }
    let number = dec.view();
    if !number.is_finite() {
        vm.check_size(Some(spec.width))?;
        return Ok(special(vm, number, &spec));
    }
    finite(vm, context, number.to_number(), spec, &separators)
}

fn sign_of(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some(b'+')) => "+",
        (false, Some(b' ')) => " ",
        _ => "",
    }
}

fn special(vm: &Vm, number: View, spec: &Spec) -> Value {
    let mut body = Vec::new();
    text::push_text(&mut body, number.with_sign(false), true, false);
    if spec.kind == Some(b'%') {
        body.push(b'%');
    }
    let body = String::from_utf8(body).unwrap_or_default();
    aligned(vm, sign_of(number.negative, spec), &body, spec)
}

fn finite(vm: &Vm, context: CtxRef, mut number: Number, spec: Spec, separators: &Separators) -> R {
    let kind = spec.kind.unwrap_or(if context.capitals.get() { b'G' } else { b'g' });
    if kind == b'%' {
        number.exponent += 2;
    }
    vm.check_size(text_size(&number, &spec, kind))?;
    let rounding = context.limits.get().rounding;
    if let Some(precision) = spec.precision {
        number = match kind {
            b'e' | b'E' => rounded_to(number, precision + 1, rounding),
            b'f' | b'F' | b'%' => rescaled(number, precision, rounding),
            _ if number.view().digits.count() > precision => rounded_to(number, precision, rounding),
            _ => number,
        };
    }
    let is_zero = number.view().digits.is_zero();
    if is_zero && number.exponent > 0 && matches!(kind, b'f' | b'F' | b'%') {
        number.exponent = 0;
    }
    let negative = number.negative && !(is_zero && spec.no_negative_zero);
    let mut parts = parts_of(&number, &spec, kind);
    if let Some(separator) = spec.fraction {
        parts.fraction = grouped_fraction(&parts.fraction, separator as char);
    }
    let mut rest = String::new();
    if !parts.fraction.is_empty() || spec.alternate {
        rest.push_str(&separators.point);
        rest.push_str(&parts.fraction);
    }
    if parts.exponent != 0 || matches!(kind, b'e' | b'E') {
        rest.push(if matches!(kind, b'E' | b'G') { 'E' } else { 'e' });
        rest.push_str(&format!("{:+}", parts.exponent));
    }
    if kind == b'%' {
        rest.push('%');
    }
    let sign = sign_of(negative, &spec);
    let least = if spec.zero_padding { spec.width.saturating_sub(rest.chars().count() + sign.len()) } else { 0 };
    let locale = Locale {
        decimal_point: &separators.point,
        thousands_sep: &separators.thousands,
        grouping: &separators.grouping,
    };
    let mut body = group_digits(&parts.whole, least, &locale);
    body.push_str(&rest);
    Ok(aligned(vm, sign, &body, &spec))
}

fn grouped_fraction(digits: &str, separator: char) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == 0 {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// Pads to the width.
fn aligned(vm: &Vm, sign: &str, body: &str, spec: &Spec) -> Value {
    let missing = spec.width.saturating_sub(sign.len() + body.chars().count());
    let mut out = Wtf8Buf::with_capacity(spec.width.max(body.len()) + 1);
    let (before, between, behind) = match spec.align {
        b'<' => (0, 0, missing),
        b'=' => (0, missing, 0),
        b'^' => (missing / 2, 0, missing - missing / 2),
        _ => (missing, 0, 0),
    };
    out.push_repeated(spec.fill, before);
    out.push_str(sign);
    out.push_repeated(spec.fill, between);
    out.push_str(body);
    out.push_repeated(spec.fill, behind);
    vm.str_wtf8(&out).value()
}
