//! Stripping the ends of a string.

use super::args::this;
use base::text::unit;
use base::unicode;
use heap::Value;
use object::{R, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the string without white space at its ends, or without the characters of chars where it is given.
    "strip($self, chars=None, /)" => strip [leaf];
    /// Return the string without white space at its start, or without the characters of chars where it is given.
    "lstrip($self, chars=None, /)" => lstrip [leaf];
    /// Return the string without white space at its end, or without the characters of chars where it is given.
    "rstrip($self, chars=None, /)" => rstrip [leaf];
}}

fn strip(vm: &Vm, args: &[Value; 2]) -> R {
    stripped(vm, "strip", args, true, true)
}

fn lstrip(vm: &Vm, args: &[Value; 2]) -> R {
    stripped(vm, "lstrip", args, true, false)
}

fn rstrip(vm: &Vm, args: &[Value; 2]) -> R {
    stripped(vm, "rstrip", args, false, true)
}

fn stripped(vm: &Vm, name: &str, args: &[Value; 2], left: bool, right: bool) -> R {
    let text = this(vm, args[0])?;
    let bytes = text.as_bytes();
    let range = if args[1].is_none() {
        if text.is_ascii() {
            byte_range(bytes, left, right, super::split::is_ascii_space)
        } else {
            char_range(bytes, left, right, unicode::is_space)
        }
    } else {
        let Some(chars) = vm.as_str(args[1]) else {
            return Err(vm.type_error(format!("{name} arg must be None or str")));
        };
        let set = chars.as_bytes();
        match set {
            [only] => byte_range(bytes, left, right, |byte| byte == *only),
            _ if chars.is_ascii() => byte_range(bytes, left, right, |byte| set.contains(&byte)),
            _ => {
                let set: Vec<u32> = chars.text().chars().collect();
                char_range(bytes, left, right, |char| set.contains(&char))
            }
        }
    };
    Ok(vm.substr(text, range).value())
}

/// What is left of bytes after those at the ends are removed of which a question is true.
pub(crate) fn byte_range(bytes: &[u8], left: bool, right: bool, drop: impl Fn(u8) -> bool) -> std::ops::Range<usize> {
    let mut start = 0;
    let mut end = bytes.len();
    if left {
        start = bytes.iter().position(|&byte| !drop(byte)).unwrap_or(end);
    }
    if right {
        end = bytes[start..].iter().rposition(|&byte| !drop(byte)).map_or(start, |last| start + last + 1);
    }
    start..end
}

fn char_range(bytes: &[u8], left: bool, right: bool, drop: impl Fn(u32) -> bool) -> std::ops::Range<usize> {
    let (mut start, mut end) = (0, bytes.len());
    while left
        && start < end
        && let Some((char, len)) = unit::decode_at(bytes, start)
        && drop(char)
    {
        start += len;
    }
    while right
        && start < end
        && let Some((char, len)) = unit::decode_before(bytes, end)
        && drop(char)
    {
        end -= len;
    }
    start..end
}
