//! Methods of floats.

use super::{this_float, to_float, truncated};
use crate::support::{format_error, format_settings, format_spec};
use base::number::{float_as_ratio, float_from_hex, float_to_hex, round_float};
use object::{R, TypeId, Value, Vm, natives};

natives! { pub static METHODS: {
    /// The float of a real number; unlike the constructor it takes no text.
    "from_number($type, number, /)" => from_number [class];
    /// The number itself: the complex conjugate of a float.
    "conjugate($self, /)" => conjugate [pure];
    /// The number without its fraction, as int.
    "__trunc__($self, /)" => trunc;
    /// The largest int that is not above the number.
    "__floor__($self, /)" => floor;
    /// The smallest int that is not below the number.
    "__ceil__($self, /)" => ceil;
    /// Rounds to a number of decimal digits, ties to even: without it, to an int.
    "__round__($self, ndigits=None, /)" => round;
    /// A pair of ints whose ratio is exactly the number, in lowest terms, the second one positive.
    ///
    /// >>> (-0.375).as_integer_ratio()
    /// (-3, 8)
    "as_integer_ratio($self, /)" => as_integer_ratio;
    /// The float that hexadecimal text shows.
    ///
    /// >>> float.fromhex('-0x1.8p+3'), float.fromhex('a.8')
    /// (-12.0, 10.5)
    "fromhex($type, string, /)" => fromhex [class];
    /// The number as hexadecimal text.
    ///
    /// >>> (-12.5).hex()
    /// '-0x1.9000000000000p+3'
    "hex($self, /)" => hex;
    /// Is the number an integer?
    "is_integer($self, /)" => is_integer [pure];
    "__getnewargs__($self, /)" => getnewargs;
    /// For tests of Python itself: how floats lie in memory.
    ///
    ///   typestr
    ///     'double' or 'float'.
    "__getformat__($type, typestr, /)" => getformat [class];
    /// Formats by a format spec.
    "__format__($self, format_spec, /)" => format;
}}

fn of_class(vm: &Vm, class: Value, value: Value) -> R {
    if class == vm.types[TypeId::Float].value() { Ok(value) } else { vm.call(class, &[value]) }
}

fn from_number(vm: &Vm, [class, number]: &[Value; 2]) -> R {
    if vm.is_exactly(*number, TypeId::Float) && *class == vm.types[TypeId::Float].value() {
        return Ok(*number);
    }
    let x = to_float(vm, *number, "must be real number")?;
    of_class(vm, *class, vm.float(x))
}

fn conjugate(vm: &Vm, [this]: &[Value; 1]) -> R {
    super::plain(vm, *this)
}

fn trunc(vm: &Vm, [this]: &[Value; 1]) -> R {
    truncated(vm, this_float(vm, *this)?)
}

fn floor(vm: &Vm, [this]: &[Value; 1]) -> R {
    truncated(vm, this_float(vm, *this)?.floor())
}

fn ceil(vm: &Vm, [this]: &[Value; 1]) -> R {
    truncated(vm, this_float(vm, *this)?.ceil())
}

fn round(vm: &Vm, [this, digits]: &[Value; 2]) -> R {
    let x = this_float(vm, *this)?;
    if digits.is_none() {
        return truncated(vm, x.round_ties_even());
    }
    let digits = vm.index(*digits)?;
    let digits = digits.to_i64().unwrap_or(if digits.is_negative() { i64::MIN } else { i64::MAX });
    match round_float(x, digits) {
        Some(x) => Ok(vm.float(x)),
        None => Err(vm.overflow_error("rounded value too large to represent")),
    }
}

fn as_integer_ratio(vm: &Vm, [this]: &[Value; 1]) -> R {
    let x = this_float(vm, *this)?;
    match float_as_ratio(x) {
        Some((numerator, denominator)) => {
            let numerator = vm.big(numerator);
            Ok(vm.tuple(&[numerator, vm.big(denominator)]).value())
        }
        None if x.is_nan() => Err(vm.value_error("cannot convert NaN to integer ratio")),
        None => Err(vm.overflow_error("cannot convert Infinity to integer ratio")),
    }
}

fn fromhex(vm: &Vm, [class, string]: &[Value; 2]) -> R {
    let Some(text) = vm.as_str(*string) else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    match float_from_hex(text.as_bytes()) {
        Ok(x) => of_class(vm, *class, vm.float(x)),
        Err(error @ base::number::FromHexError::Invalid) => Err(vm.value_error(error.message())),
        Err(error) => Err(vm.overflow_error(error.message())),
    }
}

fn hex(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.str(&float_to_hex(this_float(vm, *this)?)).value())
}

fn is_integer(vm: &Vm, [this]: &[Value; 1]) -> R {
    let x = this_float(vm, *this)?;
    Ok(Value::bool(x.is_finite() && x == x.floor()))
}

fn getnewargs(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.tuple(&[vm.float(this_float(vm, *this)?)]).value())
}

fn getformat(vm: &Vm, [_, kind]: &[Value; 2]) -> R {
    let Some(kind_text) = vm.as_str(*kind) else {
        let name = vm.type_name(*kind);
        return Err(vm.type_error(format!("__getformat__() argument must be str, not {name}")));
    };
    match kind_text.as_bytes() {
        b"double" | b"float" if cfg!(target_endian = "little") => Ok(vm.str("IEEE, little-endian").value()),
        b"double" | b"float" => Ok(vm.str("IEEE, big-endian").value()),
        _ => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

fn format(vm: &Vm, [this, spec]: &[Value; 2]) -> R {
    let spec = format_spec(vm, *spec)?;
    if spec.is_empty() {
        return Ok(vm.to_str(*this)?.value());
    }
    let name = vm.type_name(*this);
    match base::format::format_float(this_float(vm, *this)?, spec.text(), &name, &format_settings(vm)) {
        Ok(text) => Ok(vm.str_wtf8(&text).value()),
        Err(error) => Err(format_error(vm, error)),
    }
}
