//! Making strings in place.

use object::{Ref, Str, Vm};

/// A string of `len` ASCII characters that a closure writes. A byte that is not ASCII becomes a question mark.
pub(crate) fn ascii_with(vm: &Vm, len: usize, fill: impl FnOnce(&mut [u8])) -> Ref<Str> {
    let checked = |out: &mut [u8]| {
        fill(out);
        if !out.is_ascii() {
            for byte in out {
                *byte = if byte.is_ascii() { *byte } else { b'?' };
            }
        }
    };
    // SAFETY: the bytes are ASCII, each a code point.
    unsafe { vm.str_with(len, len, checked) }
}

/// The concatenation of parts with a separator between.
pub(super) fn join(vm: &Vm, separator: Ref<Str>, parts: &[object::Value]) -> Option<Ref<Str>> {
    let gaps = parts.len().saturating_sub(1);
    let mut len = separator.as_bytes().len().checked_mul(gaps)?;
    let mut chars = separator.len().checked_mul(gaps)?;
    for part in parts {
        let part = vm.as_str(*part)?;
        len = len.checked_add(part.as_bytes().len())?;
        chars += part.len();
    }
    if len > isize::MAX as usize {
        return None;
    }
    let glue = separator.as_bytes();
    // SAFETY: parts of strings one behind the other are a string, of the sum of their code points.
    let joined = unsafe {
        vm.str_with(len, chars, |mut out| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out = push(out, glue);
                }
                if let Some(part) = vm.as_str(*part) {
                    out = push(out, part.as_bytes());
                }
            }
        })
    };
    Some(joined)
}

fn push<'a>(out: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    let (front, rest) = out.split_at_mut(bytes.len());
    front.copy_from_slice(bytes);
    rest
}

/// The text with parts replaced: `ranges` are byte ranges at boundaries, in order, all of which hold `old`.
pub(super) fn splice(vm: &Vm, text: Ref<Str>, starts: &[usize], old: Ref<Str>, new: Ref<Str>) -> Option<Ref<Str>> {
    let count = starts.len();
    let kept = text.as_bytes().len() - count * old.as_bytes().len();
    let len = new.as_bytes().len().checked_mul(count)?.checked_add(kept)?;
    if len > isize::MAX as usize {
        return None;
    }
    let chars = text.len() - count * old.len() + count * new.len();
    let (bytes, old, new) = (text.as_bytes(), old.as_bytes(), new.as_bytes());
    // SAFETY: whole code points are exchanged for whole code points, and counted.
    let result = unsafe {
        vm.str_with(len, chars, |mut out| {
            let mut at = 0;
            for &start in starts {
                out = push(out, &bytes[at..start]);
                out = push(out, new);
                at = start + old.len();
            }
            push(out, &bytes[at..]);
        })
    };
    Some(result)
}
