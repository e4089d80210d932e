//! Loops, subscripts, unpacking: paths that avoid the general protocols.

use object::{Dict, Kind, List, R, Raised, Range, Ref, Str, Tuple, TypeId, Value, ValueExt, Vm};

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
    if iterable.kind() == Kind::GENERATOR && shape == TypeId::Generator as u32 {
        return Ok((iterable, Value::UNBOUND));
    }
    Ok((vm.iter(iterable)?, Value::UNBOUND))
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
        _ => {
            let _ = vm;
            None
        }
    }
}

/// `list[int]` and `tuple[int]` within bounds.
#[inline(always)]
pub(crate) fn item_fast(object: Value, key: Value) -> Option<Value> {
    let index = key.as_small()?;
    let shape = object.shape();
    if shape == TypeId::List as u32 {
        // SAFETY: objects of this shape are lists.
        let list: Ref<List> = unsafe { object.cast_unchecked() };
        let len = list.len() as i64;
        let index = if index < 0 { index + len } else { index };
        return list.get(usize::try_from(index).ok()?);
    }
    if shape == TypeId::Tuple as u32 {
        // SAFETY: objects of this shape are tuples.
        let tuple: Ref<Tuple> = unsafe { object.cast_unchecked() };
        let len = tuple.len() as i64;
        let index = if index < 0 { index + len } else { index };
        return tuple.items().get(usize::try_from(index).ok()?).copied();
    }
    None
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
