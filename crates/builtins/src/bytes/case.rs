//! Case and classes of ASCII bytes.

use super::data::Data;
use super::split::is_space;
use heap::Value;
use object::{R, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return a copy with the first byte in upper case and all others in lower case (ASCII).
    "capitalize($self, /)" => capitalize;
    /// Return a copy in lower case (ASCII).
    "lower($self, /)" => lower;
    /// Return a copy in upper case (ASCII).
    "upper($self, /)" => upper;
    /// Return a copy with upper case made lower case and the reverse (ASCII).
    "swapcase($self, /)" => swapcase;
    /// Return a copy with each word in title case (ASCII).
    "title($self, /)" => title;
    /// Are all bytes ASCII letters or digits, and is there one?
    "isalnum($self, /)" => isalnum;
    /// Are all bytes ASCII letters, and is there one?
    "isalpha($self, /)" => isalpha;
    /// Are all bytes ASCII? True where there are none.
    "isascii($self, /)" => isascii;
    /// Are all bytes ASCII digits, and is there one?
    "isdigit($self, /)" => isdigit;
    /// Are all ASCII letters lower case, and is there one?
    "islower($self, /)" => islower;
    /// Are all bytes ASCII white space, and is there one?
    "isspace($self, /)" => isspace;
    /// Does upper case follow only what is no letter, and lower case only letters, and is there one?
    "istitle($self, /)" => istitle;
    /// Are all ASCII letters upper case, and is there one?
    "isupper($self, /)" => isupper;
}}

fn map(vm: &Vm, value: Value, change: impl FnOnce(&mut [u8])) -> R {
    let data = Data::of(vm, value)?;
    let mut bytes = data.as_slice().to_vec();
    change(&mut bytes);
    Ok(data.make(vm, &bytes))
}

fn capitalize(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, |bytes| {
        bytes.make_ascii_lowercase();
        if let Some(first) = bytes.first_mut() {
            first.make_ascii_uppercase();
        }
    })
}

fn lower(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, |bytes| bytes.make_ascii_lowercase())
}

fn upper(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, |bytes| bytes.make_ascii_uppercase())
}

fn swapcase(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, crate::str::swap_ascii)
}

fn title(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, crate::str::title_ascii)
}

fn all(vm: &Vm, value: Value, f: impl Fn(u8) -> bool) -> R {
    let data = Data::of(vm, value)?;
    let bytes = data.as_slice();
    Ok(Value::bool(!bytes.is_empty() && bytes.iter().all(|byte| f(*byte))))
}

fn isalnum(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_alphanumeric())
}

fn isalpha(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_alphabetic())
}

fn isascii(vm: &Vm, [value]: &[Value; 1]) -> R {
    Ok(Value::bool(Data::of(vm, *value)?.as_slice().is_ascii()))
}

fn isdigit(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_digit())
}

fn isspace(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, is_space)
}

fn islower(vm: &Vm, [value]: &[Value; 1]) -> R {
    let data = Data::of(vm, *value)?;
    let bytes = data.as_slice();
    Ok(Value::bool(bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)))
}

fn isupper(vm: &Vm, [value]: &[Value; 1]) -> R {
    let data = Data::of(vm, *value)?;
    let bytes = data.as_slice();
    Ok(Value::bool(bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)))
}

fn istitle(vm: &Vm, [value]: &[Value; 1]) -> R {
    let data = Data::of(vm, *value)?;
    let (mut any, mut after_letter) = (false, false);
    for byte in data.as_slice() {
        if byte.is_ascii_uppercase() && after_letter || byte.is_ascii_lowercase() && !after_letter {
            return Ok(Value::FALSE);
        }
        after_letter = byte.is_ascii_alphabetic();
        any |= after_letter;
    }
    Ok(Value::bool(any))
}
