//! Padding: center, ljust, rjust, zfill, expandtabs.

use super::args::{int_argument, size_argument, this};
use base::text::unit;
use heap::Value;
use object::{R, Raised, Ref, Str, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the string in the middle of a string of the given width, filled up with the fill character.
    "center($self, width, fillchar=' ', /)" => center;
    /// Return the string at the left of a string of the given width, filled up with the fill character.
    "ljust($self, width, fillchar=' ', /)" => ljust;
    /// Return the string at the right of a string of the given width, filled up with the fill character.
    "rjust($self, width, fillchar=' ', /)" => rjust;
    /// Return the string filled up with zeros to the given width, after a sign if there is one.
    "zfill($self, width, /)" => zfill;
    /// Return the string with tabs replaced by spaces, up to the next column that is a multiple of tabsize.
    "expandtabs($self, /, tabsize=8)" => expandtabs;
}}

/// How many characters are missing to a width.
fn missing(vm: &Vm, text: Ref<Str>, width: Value) -> Result<usize, Raised> {
    let width = usize::try_from(size_argument(vm, width)?).unwrap_or(0);
    Ok(width.saturating_sub(text.len()))
}

/// How many of `missing` fill characters stand in front where text is centered to a width.
pub(crate) fn front_of_centered(missing: usize, width: usize) -> usize {
    missing / 2 + (missing & width & 1)
}

/// The text with fill characters at both ends.
fn padded(vm: &Vm, text: Ref<Str>, before: usize, after: usize, fill: u32) -> R {
    if before + after == 0 {
        return Ok(text.value());
    }
    let mut unit_bytes = [0; 4];
    let unit_len = unit::encode(fill, &mut unit_bytes);
    let unit_bytes = &unit_bytes[..unit_len];
    let bytes = text.as_bytes();
    let total = (before + after).checked_mul(unit_len).and_then(|more| more.checked_add(bytes.len()));
    vm.check_size(total)?;
    let Some(total) = total.filter(|total| *total <= isize::MAX as usize) else {
        return Err(vm.overflow_error("padded string is too long"));
    };
    let write = |out: &mut [u8]| {
        let (front, rest) = out.split_at_mut(before * unit_len);
        let (middle, back) = rest.split_at_mut(bytes.len());
        middle.copy_from_slice(bytes);
        for chunk in front.chunks_exact_mut(unit_len).chain(back.chunks_exact_mut(unit_len)) {
            chunk.copy_from_slice(unit_bytes);
        }
    };
    // SAFETY: whole code points, counted.
    Ok(unsafe { vm.str_with(total, text.len() + before + after, write) }.value())
}

fn fill_character(vm: &Vm, value: Value) -> Result<u32, Raised> {
    let Some(fill) = vm.as_str(value) else {
        let class = super::args::class_or_none(vm, value);
        return Err(vm.type_error(format!("The fill character must be a unicode character, not {class}")));
    };
    if fill.len() != 1 {
        return Err(vm.type_error("The fill character must be exactly one character long"));
    }
    Ok(fill.char_at(vm, 0))
}

fn center(vm: &Vm, [value, width, fill]: &[Value; 3]) -> R {
    let text = this(vm, *value)?;
    let missing = missing(vm, text, *width)?;
    let fill = fill_character(vm, *fill)?;
    let before = front_of_centered(missing, missing + text.len());
    padded(vm, text, before, missing - before, fill)
}

fn ljust(vm: &Vm, [value, width, fill]: &[Value; 3]) -> R {
    let text = this(vm, *value)?;
    let missing = missing(vm, text, *width)?;
    padded(vm, text, 0, missing, fill_character(vm, *fill)?)
}

fn rjust(vm: &Vm, [value, width, fill]: &[Value; 3]) -> R {
    let text = this(vm, *value)?;
    let missing = missing(vm, text, *width)?;
    padded(vm, text, missing, 0, fill_character(vm, *fill)?)
}

fn zfill(vm: &Vm, [value, width]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let zeros = missing(vm, text, *width)?;
    if zeros == 0 {
        return Ok(text.value());
    }
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let total = bytes.len().checked_add(zeros);
    vm.check_size(total)?;
    let write = |out: &mut [u8]| {
        out[..sign].copy_from_slice(&bytes[..sign]);
        out[sign..sign + zeros].fill(b'0');
        out[sign + zeros..].copy_from_slice(&bytes[sign..]);
    };
    // SAFETY: a sign is a code point of its own, and zeros are.
    Ok(unsafe { vm.str_with(bytes.len() + zeros, text.len() + zeros, write) }.value())
}

/// What tabs become: calls `push` with text that stays and with numbers of spaces. `width` counts characters.
/// Gives None where the result is too long.
pub(crate) fn expand_tabs(bytes: &[u8], size: usize, width: impl Fn(&[u8]) -> usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut column) = (0, 0usize);
    while let Some(len) = memchr::memchr3(b'\t', b'\n', b'\r', &bytes[at..]) {
        let run = &bytes[at..at + len];
        out.extend_from_slice(run);
        column = column.checked_add(width(run))?;
        at += len + 1;
        if bytes[at - 1] == b'\t' {
            if size > 0 {
                let spaces = size - column % size;
                column = column.checked_add(spaces)?;
                let grown = out.len().checked_add(spaces).filter(|len| *len <= isize::MAX as usize)?;
                out.try_reserve(spaces).ok()?;
                out.resize(grown, b' ');
            }
        } else {
            out.push(bytes[at - 1]);
            column = 0;
        }
    }
    out.extend_from_slice(&bytes[at..]);
    Some(out)
}

fn expandtabs(vm: &Vm, [value, size]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let size = usize::try_from(int_argument(vm, *size)?).unwrap_or(0);
    let bytes = text.as_bytes();
    if memchr::memchr(b'\t', bytes).is_none() {
        return Ok(text.value());
    }
    let tabs = memchr::memchr_iter(b'\t', bytes).count();
    vm.check_size(tabs.checked_mul(size).and_then(|more| more.checked_add(bytes.len())))?;
    match expand_tabs(bytes, size, unit::count) {
        Some(out) => {
            let chars = unit::count(&out);
            // SAFETY: tabs, which are code points of their own, were replaced by spaces.
            Ok(unsafe { vm.str_unchecked(&out, chars) }.value())
        }
        None => Err(vm.overflow_error("new string is too long")),
    }
}
