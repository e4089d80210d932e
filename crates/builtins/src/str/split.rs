//! Splitting and joining.

use super::args::{size_argument, this};
use super::build;
use base::unicode;
use heap::Value;
use memchr::memmem;
use object::{List, R, Raised, Ref, Str, TypeId, ValueExt, Vm, natives};
use std::ops::Range;

natives! { pub(super) static METHODS: {
    /// Return a list of the parts of the string between separators.
    ///
    ///   sep
    ///     The separator. None, the default: any run of white space, and no empty parts.
    ///   maxsplit
    ///     At most so many splits, from the left. -1, the default, is no limit.
    "split($self, /, sep=None, maxsplit=-1)" => split;
    /// Return a list of the parts of the string between separators, looking for them from the right.
    ///
    ///   sep
    ///     The separator. None, the default: any run of white space, and no empty parts.
    ///   maxsplit
    ///     At most so many splits, from the right. -1, the default, is no limit.
    "rsplit($self, /, sep=None, maxsplit=-1)" => rsplit;
    /// Return a list of the lines of the string, without their line breaks unless keepends is true.
    "splitlines($self, /, keepends=False)" => splitlines;
    /// Concatenate strings, this string between them.
    "join($self, iterable, /)" => join;
}}

fn arguments(vm: &Vm, args: &[Value; 3]) -> Result<(Ref<Str>, Option<Ref<Str>>, usize), Raised> {
    let [value, separator, limit] = *args;
    let text = this(vm, value)?;
    let limit = usize::try_from(size_argument(vm, limit)?).unwrap_or(usize::MAX);
    if separator.is_none() {
        return Ok((text, None, limit));
    }
    match vm.as_str(separator) {
        Some(separator) if separator.is_empty() => Err(vm.value_error("empty separator")),
        Some(separator) => Ok((text, Some(separator), limit)),
        None => {
            let class = vm.type_of(separator).qualified_name(vm);
            Err(vm.type_error(format!("must be str or None, not {class}")))
        }
    }
}

/// White space among ASCII, as `str.isspace` sees it.
#[inline]
pub(super) const fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1C..=0x1F | b' ')
}

/// [`is_ascii_space`] of each byte.
static SPACE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = is_ascii_space(byte as u8);
        byte += 1;
    }
    table
};

struct Parts<'a> {
    vm: &'a Vm,
    text: Ref<Str>,
    list: Ref<List>,
}

impl Parts<'_> {
    #[inline]
    fn push(&self, range: Range<usize>) {
        let part = if self.text.is_ascii() {
            // SAFETY: parts of ASCII are ASCII.
            unsafe { self.vm.str_unchecked(&self.text.as_bytes()[range.clone()], range.len()) }
        } else {
            self.vm.substr(self.text, range)
        };
        self.list.push(self.vm, part.value());
    }

    /// Adds a part that may be the whole string, which is not copied then.
    fn push_rest(&self, range: Range<usize>) {
        self.list.push(self.vm, self.vm.substr(self.text, range).value());
    }
}

fn split(vm: &Vm, args: &[Value; 3]) -> R {
    let (text, separator, limit) = arguments(vm, args)?;
    let parts = Parts { vm, text, list: vm.list(&[]) };
    let bytes = text.as_bytes();
    match separator {
        Some(separator) => {
            let needle = separator.as_bytes();
            let mut at = 0;
            if let [byte] = needle {
                for found in memchr::memchr_iter(*byte, bytes).take(limit) {
                    parts.push(at..found);
                    at = found + 1;
                }
            } else {
                for found in memmem::find_iter(bytes, needle).take(limit) {
                    parts.push(at..found);
                    at = found + needle.len();
                }
            }
            parts.push_rest(at..bytes.len());
        }
        None if text.is_ascii() => split_ascii_space(&parts, bytes, limit),
        None => split_space(&parts, limit),
    }
    Ok(parts.list.value())
}

fn split_ascii_space(parts: &Parts, bytes: &[u8], limit: usize) {
    let mut at = 0;
    for _ in 0..limit {
        while at < bytes.len() && SPACE[bytes[at] as usize] {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && !SPACE[bytes[at] as usize] {
            at += 1;
        }
        if start == at {
            return;
        }
        if at - start == bytes.len() {
            return parts.push_rest(0..at);
        }
        parts.push(start..at);
    }
    while at < bytes.len() && SPACE[bytes[at] as usize] {
        at += 1;
    }
    if at < bytes.len() {
        parts.push_rest(at..bytes.len());
    }
}

fn split_space(parts: &Parts, limit: usize) {
    let text = parts.text.text();
    let mut start = None;
    let mut done = 0;
    for (at, char) in text.char_indices() {
        match (start, unicode::is_space(char)) {
            (None, false) if done == limit => {
                parts.push_rest(at..text.len());
                return;
            }
            (None, false) => start = Some(at),
            (Some(from), true) => {
                parts.push(from..at);
                done += 1;
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        parts.push_rest(from..text.len());
    }
}

fn rsplit(vm: &Vm, args: &[Value; 3]) -> R {
    let (text, separator, limit) = arguments(vm, args)?;
    let parts = Parts { vm, text, list: vm.list(&[]) };
    let bytes = text.as_bytes();
    match separator {
        Some(separator) => {
            let needle = separator.as_bytes();
            let mut end = bytes.len();
            let finder = memmem::FinderRev::new(needle);
            let mut done = 0;
            while done < limit
                && let Some(found) = finder.rfind(&bytes[..end])
            {
                parts.push(found + needle.len()..end);
                end = found;
                done += 1;
            }
            parts.push_rest(0..end);
        }
        None => rsplit_space(&parts, limit),
    }
    let list = parts.list;
    for index in 0..list.len() / 2 {
        list.swap(index, list.len() - 1 - index);
    }
    Ok(list.value())
}

fn rsplit_space(parts: &Parts, limit: usize) {
    let text = parts.text.text();
    let mut end = None;
    let mut done = 0;
    for (at, char) in text.char_indices().rev() {
        let after = at + base::text::unit::len_utf8(char);
        match (end, unicode::is_space(char)) {
            (None, false) if done == limit => {
                parts.push_rest(0..after);
                return;
            }
            (None, false) => end = Some(after),
            (Some(to), true) => {
                parts.push(after..to);
                done += 1;
                end = None;
            }
            _ => {}
        }
    }
    if let Some(to) = end {
        parts.push_rest(0..to);
    }
}

/// Line breaks among ASCII.
fn is_ascii_break(byte: u8) -> bool {
    matches!(byte, b'\n'..=b'\r' | 0x1C..=0x1E)
}

fn splitlines(vm: &Vm, [value, keep]: &[Value; 2]) -> R {
    let text = this(vm, *value)?;
    let keep = vm.truthy(*keep)?;
    let parts = Parts { vm, text, list: vm.list(&[]) };
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let (end, next) = if text.is_ascii() {
            match bytes[start..].iter().position(|&byte| is_ascii_break(byte)) {
                Some(len) => {
                    let end = start + len;
                    let crlf = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
                    (end, end + 1 + crlf as usize)
                }
                None => (bytes.len(), bytes.len()),
            }
        } else {
            unicode::line_end(text.text(), start)
        };
        parts.push_rest(start..if keep { next } else { end });
        start = next;
    }
    Ok(parts.list.value())
}

fn join(vm: &Vm, [value, iterable]: &[Value; 2]) -> R {
    let separator = this(vm, *value)?;
    if let Some(tuple) = iterable.cast::<object::Tuple>() {
        return join_items(vm, separator, tuple.items());
    }
    if let Some(list) = iterable.cast::<List>()
        && vm.is_exactly(*iterable, TypeId::List)
    {
        // Nothing that calls Python happens while the items are joined.
        return join_items(vm, separator, list.items());
    }
    let list = match vm.iter(*iterable) {
        Ok(iterator) => {
            let list = vm.list(&[]);
            vm.visit(iterator, &mut |item| {
                list.push(vm, item);
                Ok(true)
            })?;
            list
        }
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            return Err(vm.type_error("can only join an iterable"));
        }
    };
    join_items(vm, separator, list.items())
}

fn join_items(vm: &Vm, separator: Ref<Str>, items: &[Value]) -> R {
    if let [only] = items
        && only.cast::<Str>().is_some()
    {
        return Ok(*only);
    }
    match build::join(vm, separator, items) {
        Some(joined) => Ok(joined.value()),
        None => {
            let wrong = items.iter().enumerate().find(|(_, item)| vm.as_str(**item).is_none());
            Err(match wrong {
                Some((index, item)) => {
                    let class = vm.type_of(*item).qualified_name(vm);
                    vm.type_error(format!("sequence item {index}: expected str instance, {class} found"))
                }
                None => vm.overflow_error("join() result is too long for a Python string"),
            })
        }
    }
}
