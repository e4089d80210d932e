//! Searching and replacing: find, count, replace, startswith, partition and their kin.

use super::args::{size_argument, str_argument, this, window};
use super::build;
use base::text::Wtf8;
use heap::Value;
use memchr::memmem;
use object::{R, Raised, Ref, Str, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return the lowest index at which the substring sub is found within S[start:end], -1 if there is none.
    "find($self, sub, start=None, end=None, /)" => find [leaf];
    /// Return the highest index at which the substring sub is found within S[start:end], -1 if there is none.
    "rfind($self, sub, start=None, end=None, /)" => rfind [leaf];
    /// Return the lowest index at which the substring sub is found within S[start:end].
    ///
    /// Raises ValueError when the substring is not found.
    "index($self, sub, start=None, end=None, /)" => index;
    /// Return the highest index at which the substring sub is found within S[start:end].
    ///
    /// Raises ValueError when the substring is not found.
    "rindex($self, sub, start=None, end=None, /)" => rindex;
    /// Return how often the substring sub occurs in S[start:end] without overlaps.
    "count($self, sub, start=None, end=None, /)" => count;
    /// Return a copy in which occurrences of the substring old are replaced by new.
    ///
    ///   count
    ///     At most so many of them, from the left. -1, the default, is all.
    "replace($self, old, new, /, count=-1)" => replace;
    /// Does the string start with the prefix, or one of a tuple of prefixes? With start and end, does S[start:end]?
    "startswith($self, prefix, start=None, end=None, /)" => startswith;
    /// Does the string end with the suffix, or one of a tuple of suffixes? With start and end, does S[start:end]?
    "endswith($self, suffix, start=None, end=None, /)" => endswith;
    /// Return the string without the prefix, if it starts with it.
    "removeprefix($self, prefix, /)" => removeprefix;
    /// Return the string without the suffix, if it ends with it.
    "removesuffix($self, suffix, /)" => removesuffix;
    /// Split the string at the first occurrence of the separator: what is before, the separator, what is after.
    ///
    /// Where it does not occur: the string and two empty strings.
    "partition($self, sep, /)" => partition;
    /// Split the string at the last occurrence of the separator: what is before, the separator, what is after.
    ///
    /// Where it does not occur: two empty strings and the string.
    "rpartition($self, sep, /)" => rpartition;
}}

/// The byte range of the characters that `start` and `end` select, and the index of the first of them.
fn part(vm: &Vm, text: Ref<Str>, start: Value, end: Value) -> Result<Option<(std::ops::Range<usize>, usize)>, Raised> {
    if start.is_none() && end.is_none() {
        return Ok(Some((0..text.as_bytes().len(), 0)));
    }
    Ok(window(vm, start, end, text.len())?
        .map(|(start, end)| (text.byte_offset(vm, start)..text.byte_offset(vm, end), start)))
}

fn locate(vm: &Vm, name: &str, args: &[Value; 4], last: bool) -> Result<Option<usize>, Raised> {
    let [value, sub, start, end] = *args;
    let text = this(vm, value)?;
    let sub = str_argument(vm, sub, name, 1)?;
    let Some((range, first)) = part(vm, text, start, end)? else { return Ok(None) };
    let bytes = &text.as_bytes()[range.clone()];
    let needle = sub.as_bytes();
    let found = match needle {
        [] => Some(if last { bytes.len() } else { 0 }),
        [byte] if last => memchr::memrchr(*byte, bytes),
        [byte] => memchr::memchr(*byte, bytes),
        _ if needle.len() > bytes.len() => None,
        _ if last => memmem::rfind(bytes, needle),
        _ => memmem::find(bytes, needle),
    };
    Ok(found.map(|at| if at == 0 { first } else { text.char_index(vm, range.start + at) }))
}

fn find(vm: &Vm, args: &[Value; 4]) -> R {
    Ok(locate(vm, "find", args, false)?.map_or(Value::small(-1), |index| vm.int_usize(index)))
}

fn rfind(vm: &Vm, args: &[Value; 4]) -> R {
    Ok(locate(vm, "rfind", args, true)?.map_or(Value::small(-1), |index| vm.int_usize(index)))
}

fn index(vm: &Vm, args: &[Value; 4]) -> R {
    match locate(vm, "index", args, false)? {
        Some(index) => Ok(vm.int_usize(index)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn rindex(vm: &Vm, args: &[Value; 4]) -> R {
    match locate(vm, "rindex", args, true)? {
        Some(index) => Ok(vm.int_usize(index)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn count(vm: &Vm, [value, sub, start, end]: &[Value; 4]) -> R {
    let text = this(vm, *value)?;
    let sub = str_argument(vm, *sub, "count", 1)?;
    let Some((range, _)) = part(vm, text, *start, *end)? else { return Ok(Value::small(0)) };
    let bytes = &text.as_bytes()[range];
    let count = match sub.as_bytes() {
        [] => base::text::unit::count(bytes) + 1,
        [byte] => memchr::memchr_iter(*byte, bytes).count(),
        needle => memmem::find_iter(bytes, needle).count(),
    };
    Ok(vm.int_usize(count))
}

fn replace(vm: &Vm, [value, old, new, count]: &[Value; 4]) -> R {
    let text = this(vm, *value)?;
    let old = str_argument(vm, *old, "replace", 1)?;
    let new = str_argument(vm, *new, "replace", 2)?;
    let limit = usize::try_from(size_argument(vm, *count)?).unwrap_or(usize::MAX);
    if limit == 0 || vm.str_eq(old, new) || old.as_bytes().len() > text.as_bytes().len() {
        return Ok(text.value());
    }
    let bytes = text.as_bytes();
    let starts: Vec<usize> = match old.as_bytes() {
        [] => text.text().char_indices().map(|(at, _)| at).chain([bytes.len()]).take(limit).collect(),
        [byte] => memchr::memchr_iter(*byte, bytes).take(limit).collect(),
        needle => memmem::find_iter(bytes, needle).take(limit).collect(),
    };
    if starts.is_empty() {
        return Ok(text.value());
    }
    let grown = starts.len().checked_mul(new.as_bytes().len()).and_then(|more| more.checked_add(bytes.len()));
    if grown.is_none_or(|grown| grown > isize::MAX as usize) {
        return Err(vm.overflow_error("replace string is too long"));
    }
    vm.check_size(grown)?;
    match build::splice(vm, text, &starts, old, new) {
        Some(result) => Ok(result.value()),
        None => Err(vm.overflow_error("replace string is too long")),
    }
}

fn tail_match(vm: &Vm, name: &str, args: &[Value; 4], at_end: bool) -> R {
    let [value, affix, start, end] = *args;
    let text = this(vm, value)?;
    let matches = |range: &Option<(std::ops::Range<usize>, usize)>, affix: Ref<Str>| match range {
        Some((range, _)) => {
            let bytes = &text.as_bytes()[range.clone()];
            if at_end { bytes.ends_with(affix.as_bytes()) } else { bytes.starts_with(affix.as_bytes()) }
        }
        None => false,
    };
    if let Some(affix) = vm.as_str(affix) {
        return Ok(Value::bool(matches(&part(vm, text, start, end)?, affix)));
    }
    let Some(tuple) = vm.as_tuple(affix) else {
        let class = vm.type_of(affix).qualified_name(vm);
        return Err(vm.type_error(format!("{name} first arg must be str or a tuple of str, not {class}")));
    };
    let range = part(vm, text, start, end)?;
    for &item in tuple.items() {
        let Some(affix) = vm.as_str(item) else {
            let class = vm.type_of(item).qualified_name(vm);
            return Err(vm.type_error(format!("tuple for {name} must only contain str, not {class}")));
        };
        if matches(&range, affix) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn startswith(vm: &Vm, args: &[Value; 4]) -> R {
    tail_match(vm, "startswith", args, false)
}

fn endswith(vm: &Vm, args: &[Value; 4]) -> R {
    tail_match(vm, "endswith", args, true)
}

fn removeprefix(vm: &Vm, [value, prefix]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let prefix = str_argument(vm, *prefix, "removeprefix", 0)?;
    let len = text.as_bytes().len();
    let from = if text.as_bytes().starts_with(prefix.as_bytes()) { prefix.as_bytes().len() } else { 0 };
    Ok(vm.substr(text, from..len).value())
}

fn removesuffix(vm: &Vm, [value, suffix]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let suffix = str_argument(vm, *suffix, "removesuffix", 0)?;
    let len = text.as_bytes().len();
    let to = if text.as_bytes().ends_with(suffix.as_bytes()) { len - suffix.as_bytes().len() } else { len };
    Ok(vm.substr(text, 0..to).value())
}

fn separator(vm: &Vm, value: Value) -> Result<Ref<Str>, Raised> {
    match vm.as_str(value) {
        Some(separator) if separator.is_empty() => Err(vm.value_error("empty separator")),
        Some(separator) => Ok(separator),
        None => Err(vm.type_error(format!("must be str, not {}", vm.type_of(value).qualified_name(vm)))),
    }
}

fn split_at(vm: &Vm, args: &[Value; 2], find: fn(&Wtf8, &Wtf8) -> Option<usize>, text_first: bool) -> R {
    let text = this(vm, args[0])?;
    let separator = separator(vm, args[1])?;
    let empty = vm.names.empty.value();
    let parts = match find(text.text(), separator.text()) {
        Some(at) => {
            let after = at + separator.as_bytes().len();
            let head = vm.substr(text, 0..at);
            [head.value(), separator.value(), vm.substr(text, after..text.as_bytes().len()).value()]
        }
        None if text_first => [text.value(), empty, empty],
        None => [empty, empty, text.value()],
    };
    Ok(vm.tuple(&parts).value())
}

fn partition(vm: &Vm, args: &[Value; 2]) -> R {
    split_at(vm, args, |text, separator| text.find(separator), true)
}

fn rpartition(vm: &Vm, args: &[Value; 2]) -> R {
    split_at(vm, args, |text, separator| text.rfind(separator), false)
}
