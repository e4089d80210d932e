//! Searching and replacing.

use super::data::{Argument, Data, bytes_argument, needle};
use super::sequence::{class_of, require_buffer};
use crate::str::args::{size_argument, window};
use heap::Value;
use memchr::memmem;
use object::{R, Raised, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the lowest index at which sub, bytes or a byte, is found within B[start:end], -1 if it is not.
    "find($self, sub, start=None, end=None, /)" => find;
    /// Return the highest index at which sub, bytes or a byte, is found within B[start:end], -1 if it is not.
    "rfind($self, sub, start=None, end=None, /)" => rfind;
    /// Return the lowest index at which sub, bytes or a byte, is found within B[start:end].
    ///
    /// Raises ValueError if it is not found.
    "index($self, sub, start=None, end=None, /)" => index;
    /// Return the highest index at which sub, bytes or a byte, is found within B[start:end].
    ///
    /// Raises ValueError if it is not found.
    "rindex($self, sub, start=None, end=None, /)" => rindex;
    /// Return how often sub, bytes or a byte, occurs in B[start:end] without overlaps.
    "count($self, sub, start=None, end=None, /)" => count;
    /// Return a copy in which occurrences of old are replaced by new, at most count of them unless it is -1.
    "replace($self, old, new, count=-1, /)" => replace;
    /// Do the bytes start with the prefix, or one of a tuple of prefixes? With start and end, does B[start:end]?
    "startswith($self, prefix, start=None, end=None, /)" => startswith;
    /// Do the bytes end with the suffix, or one of a tuple of suffixes? With start and end, does B[start:end]?
    "endswith($self, suffix, start=None, end=None, /)" => endswith;
    /// Return the bytes without the prefix, if they start with it.
    "removeprefix($self, prefix, /)" => removeprefix;
    /// Return the bytes without the suffix, if they end with it.
    "removesuffix($self, suffix, /)" => removesuffix;
    /// Split the bytes at the first occurrence of the separator: what is before, the separator, what is after.
    ///
    /// Where it does not occur: the bytes and two empty objects.
    "partition($self, sep, /)" => partition;
    /// Split the bytes at the last occurrence of the separator: what is before, the separator, what is after.
    ///
    /// Where it does not occur: two empty objects and the bytes.
    "rpartition($self, sep, /)" => rpartition;
}}

fn locate(vm: &Vm, args: &[Value; 4], last: bool) -> Result<Option<usize>, Raised> {
    let [value, sub, start, end] = *args;
    let data = Data::of(vm, value)?;
    let _held = data.hold();
    let needle = needle(vm, sub)?;
    let Some((start, end)) = window(vm, start, end, data.as_slice().len())? else { return Ok(None) };
    let Some(bytes) = data.as_slice().get(start..end) else { return Ok(None) };
    let found = match &*needle {
        [] => Some(if last { bytes.len() } else { 0 }),
        [byte] if last => memchr::memrchr(*byte, bytes),
        [byte] => memchr::memchr(*byte, bytes),
        needle if last => memmem::rfind(bytes, needle),
        needle => memmem::find(bytes, needle),
    };
    Ok(found.map(|at| start + at))
}

fn found_or_minus_one(vm: &Vm, found: Option<usize>) -> R {
    Ok(found.map_or(Value::small(-1), |index| vm.int_usize(index)))
}

fn found_or_error(vm: &Vm, found: Option<usize>) -> R {
    match found {
        Some(index) => Ok(vm.int_usize(index)),
        None => Err(vm.value_error("subsection not found")),
    }
}

fn find(vm: &Vm, args: &[Value; 4]) -> R {
    found_or_minus_one(vm, locate(vm, args, false)?)
}

fn rfind(vm: &Vm, args: &[Value; 4]) -> R {
    found_or_minus_one(vm, locate(vm, args, true)?)
}

fn index(vm: &Vm, args: &[Value; 4]) -> R {
    found_or_error(vm, locate(vm, args, false)?)
}

fn rindex(vm: &Vm, args: &[Value; 4]) -> R {
    found_or_error(vm, locate(vm, args, true)?)
}

fn count(vm: &Vm, [value, sub, start, end]: &[Value; 4]) -> R {
    let data = Data::of(vm, *value)?;
    let _held = data.hold();
    let needle = needle(vm, *sub)?;
    let window = window(vm, *start, *end, data.as_slice().len())?;
    let Some(bytes) = window.and_then(|(start, end)| data.as_slice().get(start..end)) else {
        return Ok(Value::small(0));
    };
    let count = match &*needle {
        [] => bytes.len() + 1,
        [byte] => memchr::memchr_iter(*byte, bytes).count(),
        needle => memmem::find_iter(bytes, needle).count(),
    };
    Ok(vm.int_usize(count))
}

fn replace(vm: &Vm, [value, old, new, count]: &[Value; 4]) -> R {
    let data = Data::of(vm, *value)?;
    let (old, new) = (bytes_argument(vm, *old)?, bytes_argument(vm, *new)?);
    let limit = usize::try_from(size_argument(vm, *count)?).unwrap_or(usize::MAX);
    let bytes = data.as_slice();
    if limit == 0 || old.len() > bytes.len() {
        return Ok(data.same(vm));
    }
    let starts: Vec<usize> = match &*old {
        [] => (0..=bytes.len()).take(limit).collect(),
        [byte] => memchr::memchr_iter(*byte, bytes).take(limit).collect(),
        needle => memmem::find_iter(bytes, needle).take(limit).collect(),
    };
    if starts.is_empty() {
        return Ok(data.same(vm));
    }
    let kept = bytes.len() - starts.len() * old.len();
    let total = starts.len().checked_mul(new.len()).and_then(|more| more.checked_add(kept));
    let Some(total) = total.filter(|total| *total <= isize::MAX as usize) else {
        return Err(vm.overflow_error("replace bytes is too long"));
    };
    vm.check_size(Some(total))?;
    let mut out = Vec::with_capacity(total);
    let mut at = 0;
    for start in starts {
        out.extend_from_slice(&bytes[at..start]);
        out.extend_from_slice(&new);
        at = start + old.len();
    }
    out.extend_from_slice(&bytes[at..]);
    Ok(data.make(vm, &out))
}

fn tail_match(vm: &Vm, name: &str, args: &[Value; 4], at_end: bool) -> R {
    let [value, affix, start, end] = *args;
    let data = Data::of(vm, value)?;
    let window = window(vm, start, end, data.as_slice().len())?;
    let matches = |affix: &Argument| {
        let bytes = window.and_then(|(start, end)| data.as_slice().get(start..end.max(start)));
        bytes.is_some_and(|bytes| if at_end { bytes.ends_with(affix) } else { bytes.starts_with(affix) })
    };
    if let Some(tuple) = vm.as_tuple(affix) {
        for &item in tuple.items() {
            if matches(&bytes_argument(vm, item)?) {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    if !vm.has_buffer(affix) {
        let class = class_of(vm, affix);
        return Err(vm.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {class}")));
    }
    Ok(Value::bool(matches(&bytes_argument(vm, affix)?)))
}

fn startswith(vm: &Vm, args: &[Value; 4]) -> R {
    tail_match(vm, "startswith", args, false)
}

fn endswith(vm: &Vm, args: &[Value; 4]) -> R {
    tail_match(vm, "endswith", args, true)
}

fn removeprefix(vm: &Vm, [value, prefix]: &[Value; 2]) -> R {
    let prefix = bytes_argument(vm, *prefix)?;
    let data = Data::of(vm, *value)?;
    let bytes = data.as_slice();
    let from = if bytes.starts_with(&prefix) { prefix.len() } else { 0 };
    Ok(data.part(vm, from..bytes.len()))
}

fn removesuffix(vm: &Vm, [value, suffix]: &[Value; 2]) -> R {
    let suffix = bytes_argument(vm, *suffix)?;
    let data = Data::of(vm, *value)?;
    let bytes = data.as_slice();
    let to = if bytes.ends_with(&suffix) { bytes.len() - suffix.len() } else { bytes.len() };
    Ok(data.part(vm, 0..to))
}

fn split_at(vm: &Vm, args: &[Value; 2], last: bool) -> R {
    let [value, sep] = *args;
    require_buffer(vm, sep)?;
    let separator = bytes_argument(vm, sep)?;
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let data = Data::of(vm, value)?;
    let bytes = data.as_slice();
    let found = if last { memmem::rfind(bytes, &separator) } else { memmem::find(bytes, &separator) };
    let parts = match found {
        Some(at) => {
            let middle = match data {
                Data::Bytes(_) => sep,
                Data::Array(_) => data.make(vm, &separator),
            };
            [data.make(vm, &bytes[..at]), middle, data.make(vm, &bytes[at + separator.len()..])]
        }
        None if last => [data.make(vm, &[]), data.make(vm, &[]), data.same(vm)],
        None => [data.same(vm), data.make(vm, &[]), data.make(vm, &[])],
    };
    Ok(vm.tuple(&parts).value())
}

fn partition(vm: &Vm, args: &[Value; 2]) -> R {
    split_at(vm, args, false)
}

fn rpartition(vm: &Vm, args: &[Value; 2]) -> R {
    split_at(vm, args, true)
}
