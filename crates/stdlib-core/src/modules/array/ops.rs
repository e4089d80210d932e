//! Slots of arrays.

use super::{Array, ArrayRef, array, make_plain, methods};
use bytecode::CompareOperator;
use object::ops::SliceRange;
use object::slots::R;
use object::{Int, Raised, Ref, Slice, Value, ValueExt, Vm};

#[inline]
fn index_arg(vm: &Vm, key: Value) -> Result<isize, Raised> {
    if let Some(index) = key.as_small() {
        return Ok(index as isize);
    }
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        return Err(vm.type_error("array indices must be integers"));
    }
    vm.index_isize(key)
}

fn place(array: &Array, index: isize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(array.len() as isize)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < array.len())
}

/// The indices that a slice selects, in its order.
fn indices(range: SliceRange) -> impl Iterator<Item = usize> {
    (0..range.count).map(move |at| (range.start + at as isize * range.step) as usize)
}

fn part(array: &Array, range: SliceRange) -> Vec<u8> {
    let size = array.code.size;
    let memory = array.memory();
    let bytes = memory.as_slice();
    if range.step == 1 {
        let start = range.start as usize * size;
        return bytes[start..start + range.count * size].to_vec();
    }
    indices(range).flat_map(|index| &bytes[index * size..(index + 1) * size]).copied().collect()
}

pub fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let own = array(vm, this)?;
    if let Some(index) = key.as_small().and_then(|index| usize::try_from(index).ok())
        && let Some(item) = own.get(vm, index)
    {
        return Ok(item);
    }
    if let Some(slice) = key.cast::<Slice>() {
        let range = vm.slice_range(slice, || own.len())?;
        return make_plain(vm, own.code, &part(&own, range));
    }
    let index = index_arg(vm, key)?;
    let found = place(&own, index).and_then(|index| own.get(vm, index));
    found.ok_or_else(|| vm.index_error("array index out of range"))
}

pub fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let own = array(vm, this)?;
    if let Some(index) = key.as_small().and_then(|index| usize::try_from(index).ok())
        && !value.is_unbound()
        && own.has(index)
    {
        // The conversion may change the array.
        let item = own.code.write(vm, value)?;
        if own.put(index, &item) {
            return Ok(());
        }
        return Err(vm.index_error("array assignment index out of range"));
    }
    if let Some(slice) = key.cast::<Slice>() {
        return set_slice(vm, own, slice, value);
    }
    let index = index_arg(vm, key)?;
    let out_of_range = || vm.index_error("array assignment index out of range");
    let Some(at) = place(&own, index) else { return Err(out_of_range()) };
    if value.is_unbound() {
        return own.splice(vm, at..at + 1, &[]);
    }
    let item = own.code.write(vm, value)?;
    // The conversion may have changed the array.
    let Some(at) = place(&own, index) else { return Err(out_of_range()) };
    own.put(at, &item);
    Ok(())
}

fn set_slice(vm: &Vm, own: ArrayRef, slice: Ref<Slice>, value: Value) -> Result<(), Raised> {
    let range = vm.slice_range(slice, || own.len())?;
    let with = if value.is_unbound() {
        Vec::new()
    } else {
        let Some(other) = vm.as_native::<Array>(value) else {
            let name = vm.type_name(value);
            return Err(vm.type_error(format!("can only assign array (not \"{name}\") to array slice")));
        };
        if other.code.letter != own.code.letter {
            return Err(vm.type_error("bad argument type for built-in operation"));
        }
        other.memory().as_slice().to_vec()
    };
    let size = own.code.size;
    if range.step == 1 {
        let start = range.start as usize;
        return own.splice(vm, start..start + range.count, &with);
    }
    if value.is_unbound() {
        own.check_resizable(vm)?;
        let mut doomed: Vec<usize> = indices(range).collect();
        doomed.sort_unstable();
        let mut doomed = doomed.into_iter().peekable();
        let bytes = own.memory().as_slice().to_vec();
        let mut kept = Vec::with_capacity(bytes.len());
        for (index, item) in bytes.chunks_exact(size).enumerate() {
            if doomed.next_if_eq(&index).is_none() {
                kept.extend_from_slice(item);
            }
        }
        return own.splice(vm, 0..own.len(), &kept);
    }
    if with.len() / size != range.count {
        let text =
            format!("attempt to assign array of size {} to extended slice of size {}", with.len() / size, range.count);
        return Err(vm.value_error(text));
    }
    for (index, item) in indices(range).zip(with.chunks_exact(size)) {
        own.splice(vm, index..index + 1, item)?;
    }
    Ok(())
}

pub fn contains(vm: &Vm, this: Value, value: Value) -> Result<bool, Raised> {
    let own = array(vm, this)?;
    let mut index = 0;
    while let Some(item) = own.get(vm, index) {
        if vm.eq(item, value)? {
            return Ok(true);
        }
        index += 1;
    }
    Ok(false)
}

pub fn concat(vm: &Vm, this: Value, other: Value) -> R {
    let own = array(vm, this)?;
    let Some(with) = vm.as_native::<Array>(other) else {
        let text = format!("can only append array (not \"{}\") to array", vm.type_name(other));
        return Err(vm.type_error(text));
    };
    if with.code.letter != own.code.letter {
        return Err(vm.type_error("bad argument type for built-in operation"));
    }
    let mut bytes = own.memory().as_slice().to_vec();
    bytes.extend_from_slice(with.memory().as_slice());
    make_plain(vm, own.code, &bytes)
}

pub fn inplace_concat(vm: &Vm, this: Value, other: Value) -> R {
    if vm.as_native::<Array>(other).is_none() {
        let text = format!("can only extend with array (not \"{}\")", vm.type_name(other));
        return Err(vm.type_error(text));
    }
    methods::extend_with(vm, array(vm, this)?, other)?;
    Ok(this)
}

fn times(vm: &Vm, count: Value) -> Result<usize, Raised> {
    if vm.as_int(count).is_none() && vm.type_of(count).slots().index.is_none() {
        let name = vm.type_of(count).qualified_name(vm);
        return Err(vm.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    Ok(match vm.index(count)? {
        Int::Small(int) => int.max(0) as usize,
        big if big.is_negative() => 0,
        _ => return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
    })
}

fn repeated(vm: &Vm, own: &Array, count: Value) -> Result<Vec<u8>, Raised> {
    let count = times(vm, count)?;
    let memory = own.memory();
    vm.check_size(memory.len().checked_mul(count))?;
    Ok(memory.as_slice().repeat(count))
}

pub fn repeat(vm: &Vm, this: Value, count: Value) -> R {
    let own = array(vm, this)?;
    let bytes = repeated(vm, &own, count)?;
    make_plain(vm, own.code, &bytes)
}

pub fn inplace_repeat(vm: &Vm, this: Value, count: Value) -> R {
    let own = array(vm, this)?;
    let bytes = repeated(vm, &own, count)?;
    own.splice(vm, 0..own.len(), &bytes)?;
    Ok(this)
}

pub fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(x), Some(y)) = (vm.as_native::<Array>(a), vm.as_native::<Array>(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let for_equality = matches!(op, CompareOperator::Eq | CompareOperator::Ne);
    if for_equality && x.len() != y.len() {
        return Ok(Value::bool(op == CompareOperator::Ne));
    }
    if for_equality && x.code.letter == y.code.letter && x.code.kind != super::item::Kind::Float {
        let equal = x.memory().as_slice() == y.memory().as_slice();
        return Ok(Value::bool(equal == (op == CompareOperator::Eq)));
    }
    let mut index = 0;
    while let (Some(p), Some(q)) = (x.get(vm, index), y.get(vm, index)) {
        if !vm.compare_bool(p, q, CompareOperator::Eq)? {
            return match op {
                CompareOperator::Eq => Ok(Value::FALSE),
                CompareOperator::Ne => Ok(Value::TRUE),
                _ => vm.compare(p, q, op),
            };
        }
        index += 1;
    }
    Ok(Value::bool(object::ops::ordering_matches(op, x.len().cmp(&y.len()))))
}

pub fn repr(vm: &Vm, this: Value) -> R {
    let own = array(vm, this)?;
    let name = vm.type_name(this);
    let letter = own.code.letter as char;
    if own.len() == 0 {
        return Ok(vm.str(&format!("{name}('{letter}')")).value());
    }
    let items = if own.code.is_char() { methods::to_text(vm, &own)? } else { methods::to_list(vm, &own).value() };
    let shown = vm.repr(items)?;
    let mut out = base::text::Wtf8Buf::from_string(format!("{name}('{letter}', "));
    out.push_wtf8(shown.text());
    out.push(')');
    Ok(vm.str_wtf8(&out).value())
}
