//! Splitting and joining.

use super::data::{Argument, Data, bytes_argument};
use super::sequence::{class_of, is_list};
use crate::str::args::size_argument;
use heap::Value;
use memchr::memmem;
use object::{Bytes, List, R, Raised, TypeId, ValueExt, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Return a list of the parts of the bytes between separators.
    ///
    ///   sep
    ///     The separator. None, the default: any run of ASCII white space, and no empty parts.
    ///   maxsplit
    ///     At most so many splits, from the left. -1, the default, is no limit.
    "split($self, /, sep=None, maxsplit=-1)" => split;
    /// Return a list of the parts of the bytes between separators, looking for them from the right.
    ///
    ///   sep
    ///     The separator. None, the default: any run of ASCII white space, and no empty parts.
    ///   maxsplit
    ///     At most so many splits, from the right. -1, the default, is no limit.
    "rsplit($self, /, sep=None, maxsplit=-1)" => rsplit;
    /// Return a list of the lines of the bytes, without their line breaks unless keepends is true.
    "splitlines($self, /, keepends=False)" => splitlines;
    /// Concatenate bytes-like objects, these bytes between them.
    "join($self, iterable_of_bytes, /)" => join;
}}

/// ASCII white space.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

fn arguments(vm: &Vm, args: &[Value; 3]) -> Result<(Data, Option<Argument>, usize), Raised> {
    let [value, separator, limit] = *args;
    let data = Data::of(vm, value)?;
    let _held = data.hold();
    let limit = usize::try_from(size_argument(vm, limit)?).unwrap_or(usize::MAX);
    let separator = if separator.is_none() { None } else { Some(bytes_argument(vm, separator)?) };
    if separator.as_ref().is_some_and(|separator| separator.is_empty()) {
        return Err(vm.value_error("empty separator"));
    }
    Ok((data, separator, limit))
}

fn split(vm: &Vm, args: &[Value; 3]) -> R {
    let (data, separator, limit) = arguments(vm, args)?;
    let list = vm.list(&[]);
    let bytes = data.as_slice();
    let push = |range: std::ops::Range<usize>| list.push(vm, data.part(vm, range));
    let mut at = 0;
    match separator.as_deref() {
        Some([byte]) => {
            for found in memchr::memchr_iter(*byte, bytes).take(limit) {
                push(at..found);
                at = found + 1;
            }
            push(at..bytes.len());
        }
        Some(separator) => {
            for found in memmem::find_iter(bytes, separator).take(limit) {
                push(at..found);
                at = found + separator.len();
            }
            push(at..bytes.len());
        }
        None => {
            let mut done = 0;
            loop {
                at += bytes[at..].iter().take_while(|byte| is_space(**byte)).count();
                if at == bytes.len() {
                    break;
                }
                if done == limit {
                    push(at..bytes.len());
                    break;
                }
                let start = at;
                at += bytes[at..].iter().take_while(|byte| !is_space(**byte)).count();
                push(start..at);
                done += 1;
            }
        }
    }
    Ok(list.value())
}

fn rsplit(vm: &Vm, args: &[Value; 3]) -> R {
    let (data, separator, limit) = arguments(vm, args)?;
    let list = vm.list(&[]);
    let bytes = data.as_slice();
    let push = |range: std::ops::Range<usize>| list.push(vm, data.part(vm, range));
    let mut end = bytes.len();
    let mut done = 0;
    match separator.as_deref() {
        Some(separator) => {
            let finder = memmem::FinderRev::new(separator);
            while done < limit
                && let Some(found) = finder.rfind(&bytes[..end])
            {
                push(found + separator.len()..end);
                end = found;
                done += 1;
            }
            push(0..end);
        }
        None => loop {
            end = bytes[..end].iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1);
            if end == 0 {
                break;
            }
            if done == limit {
                push(0..end);
                break;
            }
            let start = bytes[..end].iter().rposition(|byte| is_space(*byte)).map_or(0, |last| last + 1);
            push(start..end);
            end = start;
            done += 1;
        },
    }
    for index in 0..list.len() / 2 {
        list.swap(index, list.len() - 1 - index);
    }
    Ok(list.value())
}

fn splitlines(vm: &Vm, [value, keep]: &[Value; 2]) -> R {
    let keep = vm.truthy(*keep)?;
    let data = Data::of(vm, *value)?;
    let list = vm.list(&[]);
    let bytes = data.as_slice();
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |len| start + len);
        let next = match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => end + 2,
            Some([_, ..]) => end + 1,
            _ => end,
        };
        list.push(vm, data.part(vm, start..if keep { next } else { end }));
        start = next;
    }
    Ok(list.value())
}

fn join(vm: &Vm, [value, iterable]: &[Value; 2]) -> R {
    let data = Data::of(vm, *value)?;
    // What the iterable runs must not change the size of a bytearray meanwhile.
    let _held = data.hold();
    let list = if is_list(vm, *iterable)
        && let Some(list) = iterable.cast::<List>()
    {
        list
    } else {
        let iterator = match vm.iter(*iterable) {
            Ok(iterator) => iterator,
            Err(raised) => {
                vm.catch(raised, TypeId::TypeError)?;
                return Err(vm.type_error("can only join an iterable"));
            }
        };
        let list = vm.list(&[]);
        while let Some(item) = vm.next(iterator)? {
            list.push(vm, item);
        }
        list
    };
    if let Data::Bytes(glue) = data
        && let [only] = list.items()
        && only.cast::<Bytes>().is_some()
    {
        let _ = glue;
        return Ok(*only);
    }
    let glue = data.as_slice().to_vec();
    if let (Data::Bytes(_), Some(joined)) = (data, join_plain(vm, &glue, list.items())) {
        return Ok(joined);
    }
    let mut out = Vec::new();
    let (mut index, len) = (0, list.len());
    while let Some(item) = list.get(index) {
        if index > 0 {
            out.extend_from_slice(&glue);
        }
        if !vm.has_buffer(item) {
            let class = class_of(vm, item);
            return Err(vm.type_error(format!("sequence item {index}: expected a bytes-like object, {class} found")));
        }
        vm.with_bytes(item, |bytes| out.extend_from_slice(bytes))?;
        if list.len() != len {
            return Err(vm.runtime_error("sequence changed size during iteration"));
        }
        index += 1;
    }
    Ok(data.make(vm, &out))
}

/// Joins bytes objects in place; None where there are others among them.
fn join_plain(vm: &Vm, glue: &[u8], items: &[Value]) -> Option<Value> {
    let mut total = glue.len().checked_mul(items.len().saturating_sub(1))?;
    for item in items {
        total = total.checked_add(item.cast::<Bytes>()?.len())?;
    }
    let joined = vm.bytes_with(total, |mut out| {
        for (index, item) in items.iter().enumerate() {
            let separator = if index > 0 { glue } else { &[] };
            for part in [separator, item.cast::<Bytes>().as_ref().map_or(&[], |bytes| bytes.as_slice())] {
                let (front, rest) = out.split_at_mut(part.len());
                front.copy_from_slice(part);
                out = rest;
            }
        }
    });
    Some(joined.value())
}
