//! Padding: center, ljust, rjust, zfill, expandtabs.

use super::data::Data;
use super::sequence::class_of;
use crate::str::args::{int_argument, size_argument};
use heap::Value;
use object::{ByteArray, R, Raised, ValueExt, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the bytes in the middle of bytes of the given width, filled up with the fill byte.
    "center($self, width, fillchar=b' ', /)" => center;
    /// Return the bytes at the left of bytes of the given width, filled up with the fill byte.
    "ljust($self, width, fillchar=b' ', /)" => ljust;
    /// Return the bytes at the right of bytes of the given width, filled up with the fill byte.
    "rjust($self, width, fillchar=b' ', /)" => rjust;
    /// Return the bytes filled up with zeros to the given width, after a sign if there is one.
    "zfill($self, width, /)" => zfill;
    /// Return a copy with tabs replaced by spaces, up to the next column that is a multiple of tabsize.
    "expandtabs($self, /, tabsize=8)" => expandtabs;
}}

fn fill_byte(vm: &Vm, function: &str, value: Value) -> Result<u8, Raised> {
    if value.is_unbound() {
        return Ok(b' ');
    }
    let (class, bytes) = match (vm.as_bytes(value), value.cast::<ByteArray>()) {
        (Some(bytes), _) => ("bytes", bytes.as_slice().to_vec()),
        (_, Some(array)) => ("bytearray", array.as_slice().to_vec()),
        _ => {
            let class = class_of(vm, value);
            let text = format!("{function}() argument 2 must be a byte string of length 1, not {class}");
            return Err(vm.type_error(text));
        }
    };
    match bytes[..] {
        [byte] => Ok(byte),
        _ => Err(vm.type_error(format!(
            "{function}(): argument 2 must be a byte string of length 1, not a {class} object of length {}",
            bytes.len()
        ))),
    }
}

/// The data and how many bytes are missing to a width.
fn missing(vm: &Vm, value: Value, width: Value) -> Result<(Data, usize), Raised> {
    let width = usize::try_from(size_argument(vm, width)?).unwrap_or(0);
    vm.check_size(Some(width))?;
    let data = Data::of(vm, value)?;
    let len = data.as_slice().len();
    Ok((data, width.saturating_sub(len)))
}

fn padded(vm: &Vm, data: Data, before: usize, after: usize, fill: u8) -> R {
    if before + after == 0 {
        return Ok(data.same(vm));
    }
    let mut out = vec![fill; before];
    out.extend_from_slice(data.as_slice());
    out.resize(out.len() + after, fill);
    Ok(data.make(vm, &out))
}

fn center(vm: &Vm, [value, width, fill]: &[Value; 3]) -> R {
    let (data, missing) = missing(vm, *value, *width)?;
    let fill = fill_byte(vm, "center", *fill)?;
    let before = crate::str::front_of_centered(missing, missing + data.as_slice().len());
    padded(vm, data, before, missing - before, fill)
}

fn ljust(vm: &Vm, [value, width, fill]: &[Value; 3]) -> R {
    let (data, missing) = missing(vm, *value, *width)?;
    padded(vm, data, 0, missing, fill_byte(vm, "ljust", *fill)?)
}

fn rjust(vm: &Vm, [value, width, fill]: &[Value; 3]) -> R {
    let (data, missing) = missing(vm, *value, *width)?;
    padded(vm, data, missing, 0, fill_byte(vm, "rjust", *fill)?)
}

fn zfill(vm: &Vm, [value, width]: &[Value; 2]) -> R {
    let (data, zeros) = missing(vm, *value, *width)?;
    if zeros == 0 {
        return Ok(data.same(vm));
    }
    let bytes = data.as_slice();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut out = bytes[..sign].to_vec();
    out.resize(sign + zeros, b'0');
    out.extend_from_slice(&bytes[sign..]);
    Ok(data.make(vm, &out))
}

fn expandtabs(vm: &Vm, [value, size]: &[Value; 2]) -> R {
    let size = usize::try_from(int_argument(vm, *size)?).unwrap_or(0);
    let data = Data::of(vm, *value)?;
    let bytes = data.as_slice();
    let tabs = memchr::memchr_iter(b'\t', bytes).count();
    vm.check_size(tabs.checked_mul(size).and_then(|more| more.checked_add(bytes.len())))?;
    match crate::str::expand_tabs(bytes, size, <[u8]>::len) {
        Some(out) => Ok(data.make(vm, &out)),
        None => Err(vm.overflow_error("result too long")),
    }
}
