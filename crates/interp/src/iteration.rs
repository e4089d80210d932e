//! Loops, subscripts, unpacking: paths that avoid the general protocols.

use object::layout::iterators::{DictIter, Enumerate, Zip};
use object::{Dict, Kind, List, Native, R, Raised, Range, Ref, Str, Tuple, TypeId, Value, ValueExt, Vm};

/// The state of a `for` loop: the sequence itself with an index for lists, tuples, strings of ASCII and ranges of small
/// ints; else an iterator and nothing.
pub(crate) fn prepare(vm: &Vm, iterable: Value) -> Result<(Value, Value), Raised> {
    let shape = iterable.shape();
    if shape == TypeId::List as u32 || shape == TypeId::Tuple as u32 {
        return Ok((iterable, Value::small(0)));
    }
    if let Some(range) = iterable.cast::<Range>()
        && let (Some(start), Some(stop), Some(step)) =
            (range.start.get().as_small(), range.stop.get().as_small(), range.step.get().as_small())
        && step.abs() < 1 << 32
        && start.abs() < 1 << 60
        && stop.abs() < 1 << 60
    {
        return Ok((iterable, range.start.get()));
    }
    if shape == TypeId::Str as u32
        && let Some(string) = iterable.cast::<Str>()
        && string.is_ascii()
    {
        return Ok((iterable, Value::small(0)));
    }
    if iterable.kind() == Kind::GENERATOR && shape == TypeId::Generator as u32 {
        return Ok((iterable, crate::abandon::mark(iterable)));
    }
    let iterator = vm.iter(iterable)?;
    Ok((iterator, crate::abandon::mark_made(vm, iterable, iterator)))
}

/// As [`prepare`], for an iterator: its `__iter__` is not called.
pub(crate) fn prepare_iterator(vm: &Vm, iterator: Value, flags: u8) -> Result<(Value, Value), Raised> {
    if vm.type_of(iterator).slots().next.is_none() {
        return Err(vm.type_error(format!("'{}' object is not an iterator", vm.type_name(iterator))));
    }
    let is_generator = iterator.shape() == TypeId::Generator as u32;
    let rest = match is_generator && flags & 2 != 0 {
        true => crate::abandon::UNSHARED,
        false if is_generator => crate::abandon::mark(iterator),
        false => Value::UNBOUND,
    };
    Ok((iterator, rest))
}

/// The next item and index of a loop over a sequence; None at its end.
#[inline(always)]
pub(crate) fn step(vm: &Vm, state: Value, index: Value) -> Option<(Value, Value)> {
    let at = index.int_unchecked();
    match state.kind() {
        Kind::RANGE => {
            // SAFETY: the kind was compared.
            let range: Ref<Range> = unsafe { state.cast_unchecked() };
            let (stop, step) = (range.stop.get().int_unchecked(), range.step.get().int_unchecked());
            if if step > 0 { at < stop } else { at > stop } { Some((index, Value::small(at + step))) } else { None }
        }
        Kind::LIST => {
            // SAFETY: as above.
            let list: Ref<List> = unsafe { state.cast_unchecked() };
            list.get(at as usize).map(|item| (item, Value::small(at + 1)))
        }
        Kind::TUPLE => {
            // SAFETY: as above.
            let tuple: Ref<Tuple> = unsafe { state.cast_unchecked() };
            tuple.items().get(at as usize).map(|item| (*item, Value::small(at + 1)))
        }
        Kind::STR => {
            // SAFETY: as above. The string is of ASCII.
            let string: Ref<Str> = unsafe { state.cast_unchecked() };
            let byte = *string.as_bytes().get(at as usize)?;
            Some((vm.names.ascii[byte as usize].get(), Value::small(at + 1)))
        }
        _ => None,
    }
}

/// The next item of an iterator: the commonest native ones without a call of their slot.
#[inline(always)]
pub(crate) fn advance(vm: &Vm, iterator: Value) -> Result<Option<Value>, Raised> {
    match vm.next_known(iterator) {
        Some(item) => Ok(Some(item)),
        None => vm.next(iterator),
    }
}

/// What an iterator that makes pairs does next.
pub(crate) enum Pair {
    /// It gives these two.
    Items(Value, Value),
    /// It is exhausted.
    End,
    /// It is not one that is known here, or has to raise.
    Unknown,
}

/// The next pair of `enumerate`, `zip` and the items of a dict, without the tuple that the loop would take apart.
#[inline(never)]
pub(crate) fn next_pair(vm: &Vm, iterator: Value) -> Result<Pair, Raised> {
    let shape = iterator.shape();
    // SAFETY of all: objects of these shapes hold data of these types.
    if shape == TypeId::Enumerate as u32 {
        let iter: Ref<Native<Enumerate>> = unsafe { vm.native_unchecked(iterator) };
        let count = iter.count.get();
        let Some(following) = count.as_small().and_then(|count| Value::try_int(count + 1)) else {
            return Ok(Pair::Unknown);
        };
        let Some(item) = advance(vm, iter.iterator.get())? else { return Ok(Pair::End) };
        iter.count.init(following);
        return Ok(Pair::Items(count, item));
    }
    if shape == TypeId::Zip as u32 {
        let iter: Ref<Native<Zip>> = unsafe { vm.native_unchecked(iterator) };
        let iterators = iter.iterators.get().cast::<Tuple>();
        if let Some([first, second]) = iterators.as_ref().map(|iterators| iterators.items())
            && !iter.strict.get()
        {
            let Some(first) = advance(vm, *first)? else { return Ok(Pair::End) };
            let Some(second) = advance(vm, *second)? else { return Ok(Pair::End) };
            return Ok(Pair::Items(first, second));
        }
    } else if shape == TypeId::DictItemIterator as u32 {
        let iter: Ref<Native<DictIter>> = unsafe { vm.native_unchecked(iterator) };
        if let Some(entry) = iter.next_entry() {
            return Ok(Pair::Items(entry.key, entry.value));
        }
    }
    Ok(Pair::Unknown)
}

/// `list[int]` and `tuple[int]` within bounds.
#[inline(always)]
pub(crate) fn item_fast(object: Value, key: Value) -> Option<Value> {
    let shape = object.shape();
    if shape == TypeId::List as u32 {
        // SAFETY: objects of this shape are lists.
        let list: Ref<List> = unsafe { object.cast_unchecked() };
        return index_within(key, list.len()).and_then(|index| list.get(index));
    }
    if shape == TypeId::Tuple as u32 {
        // SAFETY: objects of this shape are tuples.
        let tuple: Ref<Tuple> = unsafe { object.cast_unchecked() };
        return index_within(key, tuple.len()).map(|index| tuple.items()[index]);
    }
    None
}

/// The position that an index means in a sequence of `len` items, if it is within.
#[inline(always)]
pub(crate) fn index_within(key: Value, len: usize) -> Option<usize> {
    let index = key.as_small()?;
    let index = if index < 0 { index + len as i64 } else { index };
    ((index as u64) < len as u64).then_some(index as usize)
}

/// `object[key]`: strings of ASCII and dicts, then all else.
#[inline(never)]
pub(crate) fn item(vm: &Vm, object: Value, key: Value) -> R {
    if object.shape() == TypeId::Dict as u32
        && let Some(dict) = object.cast::<Dict>()
    {
        let found = match key.cast::<Str>() {
            Some(key) => dict.get_str(vm, key),
            None => dict.get(vm, key)?,
        };
        if let Some(value) = found {
            return Ok(value);
        }
    }
    if object.shape() == TypeId::Str as u32
        && let Some(string) = object.cast::<Str>()
        && let Some(index) = index_within(key, string.len())
        && string.as_bytes().len() == string.len()
    {
        return Ok(vm.names.ascii[string.as_bytes()[index] as usize].get());
    }
    vm.getitem(object, key)
}

/// `item in container`: strings in dicts, then all else.
#[inline(never)]
pub(crate) fn contains(vm: &Vm, container: Value, item: Value) -> Result<bool, Raised> {
    if container.shape() == TypeId::Dict as u32
        && let (Some(dict), Some(key)) = (container.cast::<Dict>(), item.cast::<Str>())
    {
        return Ok(dict.find_str(vm, key).is_some());
    }
    if let Some(tuple) = container.cast::<Tuple>()
        && tuple.items().contains(&item)
        && !item.is_float()
    {
        return Ok(true);
    }
    vm.contains(container, item)
}

/// `object[start:stop]`
pub(crate) fn load_slice(vm: &Vm, object: Value, start: Value, stop: Value) -> R {
    let small = |value: Value| value.is_none() || value.is_int();
    if small(start) && small(stop) {
        let at = |value: Value| value.as_small().map(|index| index as isize);
        if object.shape() == TypeId::List as u32
            && let Some(list) = object.cast::<List>()
        {
            let range = object::ops::apply_slice(at(start), at(stop), 1, list.len());
            return Ok(vm.list(&list.items()[range.start as usize..range.start as usize + range.count]).value());
        }
        if let Some(string) = object.cast::<Str>() {
            let range = object::ops::apply_slice(at(start), at(stop), 1, string.len());
            let from = string.byte_offset(vm, range.start as usize);
            let to = string.byte_offset(vm, range.start as usize + range.count);
            return Ok(vm.substr(string, from..to).value());
        }
    }
    let slice = vm.slice(start, stop, Value::NONE).value();
    vm.getitem(object, slice)
}

/// The items of an iterable, exactly `count`.
pub(crate) fn unpack(vm: &Vm, iterable: Value, count: usize) -> Result<Ref<List>, Raised> {
    let shape = iterable.shape();
    if shape == TypeId::List as u32 || iterable.kind() == Kind::TUPLE {
        let items = vm.to_list(iterable)?;
        let len = items.len();
        if len == count {
            return Ok(items);
        }
        let text = if len > count {
            format!("too many values to unpack (expected {count}, got {len})")
        } else {
            format!("not enough values to unpack (expected {count}, got {len})")
        };
        return Err(vm.value_error(text));
    }
    if shape == TypeId::Dict as u32
        && let Some(dict) = iterable.cast::<Dict>()
        && dict.len() > count
    {
        let len = dict.len();
        return Err(vm.value_error(format!("too many values to unpack (expected {count}, got {len})")));
    }
    let iterator = unpack_iter(vm, iterable)?;
    let items = vm.list_with_capacity(count);
    while items.len() < count {
        match vm.next(iterator)? {
            Some(item) => items.push(vm, item),
            None => {
                let text = format!("not enough values to unpack (expected {count}, got {})", items.len());
                return Err(vm.value_error(text));
            }
        }
    }
    if vm.next(iterator)?.is_some() {
        return Err(vm.value_error(format!("too many values to unpack (expected {count})")));
    }
    Ok(items)
}

fn unpack_iter(vm: &Vm, iterable: Value) -> R {
    let class = vm.type_of(iterable);
    if class.slots().iter.is_none() && class.slots().getitem.is_none() {
        let name = class.name_str();
        return Err(vm.type_error(format!("cannot unpack non-iterable {name} object")));
    }
    vm.iter(iterable)
}

/// `before` items, a list of the rest, `after` items.
pub(crate) fn unpack_star(vm: &Vm, iterable: Value, before: usize, after: usize) -> Result<Ref<List>, Raised> {
    let class = vm.type_of(iterable);
    if class.slots().iter.is_none() && class.slots().getitem.is_none() {
        let name = class.name_str();
        return Err(vm.type_error(format!("cannot unpack non-iterable {name} object")));
    }
    let items = vm.to_list(iterable)?;
    let len = items.len();
    if len < before + after {
        let text = format!("not enough values to unpack (expected at least {}, got {len})", before + after);
        return Err(vm.value_error(text));
    }
    let result = vm.list(&items.items()[..before]);
    let rest = vm.list(&items.items()[before..len - after]);
    result.push(vm, rest.value());
    result.extend(vm, &items.items()[len - after..]);
    Ok(result)
}
