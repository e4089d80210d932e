//! Case, and questions about the characters of a string.

use super::args::this;
use super::ascii_with;
use base::text::{Wtf8, Wtf8Buf};
use base::unicode::{self, case};
use heap::Value;
use object::{R, Ref, Str, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the string with its first character in title case and all others in lower case.
    "capitalize($self, /)" => capitalize;
    /// Return the string in a form for comparisons that ignore case.
    "casefold($self, /)" => casefold;
    /// Return the string with each word in title case: first character in upper case, the others in lower case.
    "title($self, /)" => title;
    /// Return the string in lower case.
    "lower($self, /)" => lower;
    /// Return the string with upper case made lower case and the reverse.
    "swapcase($self, /)" => swapcase;
    /// Return the string in upper case.
    "upper($self, /)" => upper;
    /// Are all characters ASCII? True for the empty string.
    "isascii($self, /)" => isascii [leaf];
    /// Are all cased characters lower case, and is there one?
    "islower($self, /)" => islower [leaf];
    /// Are all cased characters upper case, and is there one?
    "isupper($self, /)" => isupper [leaf];
    /// Do upper and title case follow only what has no case, lower case only what has?
    "istitle($self, /)" => istitle [leaf];
    /// Are all characters white space, and is there one?
    "isspace($self, /)" => isspace [leaf];
    /// Are all characters decimal digits, and is there one?
    "isdecimal($self, /)" => isdecimal [leaf];
    /// Are all characters digits, and is there one?
    "isdigit($self, /)" => isdigit [leaf];
    /// Are all characters numeric, and is there one?
    "isnumeric($self, /)" => isnumeric [leaf];
    /// Are all characters letters, and is there one?
    "isalpha($self, /)" => isalpha [leaf];
    /// Are all characters letters or numeric, and is there one?
    "isalnum($self, /)" => isalnum [leaf];
    /// Is it a valid identifier? Keywords are.
    "isidentifier($self, /)" => isidentifier [leaf];
    /// Are all characters printable, as repr() shows them? True for the empty string.
    "isprintable($self, /)" => isprintable [leaf];
}}

/// Maps ASCII by a change in place, all else by a function of the whole text.
fn map(vm: &Vm, value: Value, ascii: fn(&mut [u8]), any: fn(&Wtf8) -> Wtf8Buf) -> R {
    let text = this(vm, value)?;
    if !text.is_ascii() {
        return Ok(vm.str_wtf8(&any(text.text())).value());
    }
    let bytes = text.as_bytes();
    let mapped = ascii_with(vm, bytes.len(), |out| {
        out.copy_from_slice(bytes);
        ascii(out);
    });
    Ok(mapped.value())
}

fn capitalize(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(
        vm,
        *value,
        |out| {
            out.make_ascii_lowercase();
            if let Some(first) = out.first_mut() {
                first.make_ascii_uppercase();
            }
        },
        case::capitalize,
    )
}

fn casefold(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, |out| out.make_ascii_lowercase(), case::casefold)
}

/// Title case of ASCII in place.
pub(crate) fn title_ascii(out: &mut [u8]) {
    let mut after_letter = false;
    for byte in out {
        if after_letter {
            byte.make_ascii_lowercase();
        } else {
            byte.make_ascii_uppercase();
        }
        after_letter = byte.is_ascii_alphabetic();
    }
}

/// Exchanges the case of ASCII in place.
pub(crate) fn swap_ascii(out: &mut [u8]) {
    for byte in out {
        if byte.is_ascii_alphabetic() {
            *byte ^= 0x20;
        }
    }
}

fn title(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, title_ascii, case::title)
}

fn lower(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, |out| out.make_ascii_lowercase(), case::lower)
}

fn swapcase(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, swap_ascii, case::swapcase)
}

fn upper(vm: &Vm, [value]: &[Value; 1]) -> R {
    map(vm, *value, |out| out.make_ascii_uppercase(), case::upper)
}

fn ask(vm: &Vm, value: Value, f: impl FnOnce(Ref<Str>) -> bool) -> R {
    Ok(Value::bool(f(this(vm, value)?)))
}

/// Are there characters, and is the answer yes for all?
fn all(vm: &Vm, value: Value, ascii: fn(u8) -> bool, any: fn(u32) -> bool) -> R {
    ask(vm, value, |text| {
        if text.is_ascii() {
            !text.is_empty() && text.as_bytes().iter().all(|&byte| ascii(byte))
        } else {
            text.text().chars().all(any)
        }
    })
}

fn isascii(vm: &Vm, [value]: &[Value; 1]) -> R {
    ask(vm, *value, |text| text.is_ascii())
}

fn islower(vm: &Vm, [value]: &[Value; 1]) -> R {
    ask(vm, *value, |text| case::is_lower(text.text()))
}

fn isupper(vm: &Vm, [value]: &[Value; 1]) -> R {
    ask(vm, *value, |text| case::is_upper(text.text()))
}

fn istitle(vm: &Vm, [value]: &[Value; 1]) -> R {
    ask(vm, *value, |text| case::is_title(text.text()))
}

fn isspace(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, super::split::is_ascii_space, unicode::is_space)
}

fn isdecimal(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_digit(), unicode::is_decimal)
}

fn isdigit(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_digit(), unicode::is_digit)
}

fn isnumeric(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_digit(), unicode::is_numeric)
}

fn isalpha(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_alphabetic(), unicode::is_alpha)
}

fn isalnum(vm: &Vm, [value]: &[Value; 1]) -> R {
    all(vm, *value, |byte| byte.is_ascii_alphanumeric(), unicode::is_alnum)
}

fn isidentifier(vm: &Vm, [value]: &[Value; 1]) -> R {
    ask(vm, *value, |text| unicode::is_identifier(text.text()))
}

fn isprintable(vm: &Vm, [value]: &[Value; 1]) -> R {
    ask(vm, *value, |text| text.text().chars().all(unicode::is_printable))
}
