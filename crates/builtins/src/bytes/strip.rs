//! Stripping the ends of bytes.

use super::data::{Data, bytes_argument};
use super::split::is_space;
use crate::str::byte_range;
use heap::Value;
use object::{R, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the bytes without ASCII white space at their ends, or without the bytes of the argument.
    "strip($self, bytes=None, /)" => strip;
    /// Return the bytes without ASCII white space at their start, or without the bytes of the argument.
    "lstrip($self, bytes=None, /)" => lstrip;
    /// Return the bytes without ASCII white space at their end, or without the bytes of the argument.
    "rstrip($self, bytes=None, /)" => rstrip;
}}

fn strip(vm: &Vm, args: &[Value; 2]) -> R {
    stripped(vm, args, true, true)
}

fn lstrip(vm: &Vm, args: &[Value; 2]) -> R {
    stripped(vm, args, true, false)
}

fn rstrip(vm: &Vm, args: &[Value; 2]) -> R {
    stripped(vm, args, false, true)
}

fn stripped(vm: &Vm, args: &[Value; 2], left: bool, right: bool) -> R {
    let [value, set] = *args;
    let set = if set.is_none() { None } else { Some(bytes_argument(vm, set)?) };
    let data = Data::of(vm, value)?;
    let range = match set {
        None => byte_range(data.as_slice(), left, right, is_space),
        Some(set) => byte_range(data.as_slice(), left, right, |byte| set.contains(&byte)),
    };
    Ok(data.part(vm, range))
}
