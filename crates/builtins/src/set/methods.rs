//! Methods of sets and frozensets.

use super::operations as ops;
use super::{is_subset, set_contains, this_set};
use crate::support::{as_list, class_getitem};
use object::{R, Raised, Ref, Set, Tuple, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static COMMON: {
    /// x.__contains__(y) <==> y in x.
    "__contains__($self, object, /)" => contains;
    /// A new set with the same members.
    "copy($self, /)" => copy;
    /// A new set with the members that are in none of the others.
    "difference($self, /, *others)" => difference;
    /// A new set with the members that are in all others.
    "intersection($self, /, *others)" => intersection;
    /// Are there no common members?
    "isdisjoint($self, other, /)" => isdisjoint;
    /// Are all members in the other?
    "issubset($self, other, /)" => issubset;
    /// Are all of the other members?
    "issuperset($self, other, /)" => issuperset;
    /// State for pickling.
    "__reduce__($self, /)" => reduce;
    /// Size in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// A new set with what is in one of the two, but not in both.
    "symmetric_difference($self, other, /)" => symmetric_difference;
    /// A new set with the members of all.
    "union($self, /, *others)" => union;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

natives! { pub static SET: {
    /// Add a member.
    ///
    /// Nothing happens if it is one already.
    "add($self, object, /)" => add;
    /// Remove all members.
    "clear($self, /)" => clear [leaf];
    /// Remove a member.
    ///
    /// Nothing happens if it is none.
    "discard($self, object, /)" => discard;
    /// Remove the members that are in one of the others.
    "difference_update($self, /, *others)" => difference_update;
    /// Remove the members that are not in all others.
    "intersection_update($self, /, *others)" => intersection_update;
    /// Remove any member and return it.
    ///
    /// Raises KeyError where there is none.
    "pop($self, /)" => pop [leaf];
    /// Remove a member.
    ///
    /// Raises KeyError if it is none.
    "remove($self, object, /)" => remove;
    /// Remove the members that are in the other, and add those of it that are none.
    "symmetric_difference_update($self, other, /)" => symmetric_difference_update;
    /// Add the members of all others.
    "update($self, /, *others)" => update;
}}

fn others(value: Value) -> Option<Ref<Tuple>> {
    value.cast::<Tuple>()
}

fn items(tuple: &Option<Ref<Tuple>>) -> &[Value] {
    tuple.as_ref().map_or(&[], |tuple| tuple.items())
}

fn contains(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    set_contains(vm, *this, *item).map(Value::bool)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    if vm.is_exactly(*this, TypeId::FrozenSet) {
        return Ok(*this);
    }
    Ok(ops::copy_of(vm, *this)?.value())
}

fn difference(vm: &Vm, [this, more]: &[Value; 2]) -> R {
    let more = others(*more);
    let Some((first, rest)) = items(&more).split_first() else { return Ok(ops::copy_of(vm, *this)?.value()) };
    let result = ops::difference(vm, *this, *first)?;
    for other in rest {
        ops::difference_update(vm, result, *other)?;
    }
    Ok(result.value())
}

fn intersection(vm: &Vm, [this, more]: &[Value; 2]) -> R {
    let more = others(*more);
    Ok(ops::intersection_all(vm, *this, items(&more))?.value())
}

fn isdisjoint(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    ops::is_disjoint(vm, *this, *other).map(Value::bool)
}

fn to_set(vm: &Vm, value: Value) -> Result<Ref<Set>, Raised> {
    if let Some(set) = value.cast::<Set>() {
        return Ok(set);
    }
    let set = vm.set();
    ops::set_update(vm, set, value)?;
    Ok(set)
}

fn issubset(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    let set = this_set(vm, *this)?;
    if other.cast::<Set>().is_none() {
        let common = ops::intersection(vm, *this, *other)?;
        return Ok(Value::bool(common.len() == set.len()));
    }
    is_subset(vm, set, to_set(vm, *other)?).map(Value::bool)
}

fn issuperset(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    let set = this_set(vm, *this)?;
    if let Some(other) = other.cast::<Set>() {
        return is_subset(vm, other, set).map(Value::bool);
    }
    let iterator = vm.iter(*other)?;
    while let Some(item) = vm.next(iterator)? {
        if !set.contains(vm, item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let set = this_set(vm, *this)?;
    let members = as_list(vm, set).value();
    let getstate = vm.getattr_opt(*this, vm.names.__getstate__)?;
    let state = match getstate {
        Some(getstate) => vm.call(getstate, &[])?,
        None => Value::NONE,
    };
    let args = vm.tuple(&[members]).value();
    Ok(vm.tuple(&[vm.type_of(*this).value(), args, state]).value())
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let set = this_set(vm, *this)?;
    // A table of 8 entries lies in the object itself, as CPython has it.
    let outside = if set.positions() > 8 { set.positions() * 16 } else { 0 };
    Ok(vm.int_usize(200 + outside))
}

fn symmetric_difference(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    Ok(ops::symmetric_difference(vm, *this, *other)?.value())
}

fn union(vm: &Vm, [this, more]: &[Value; 2]) -> R {
    let more = others(*more);
    let result = ops::copy_of(vm, *this)?;
    for other in items(&more) {
        if other != this {
            ops::set_update(vm, result, *other)?;
        }
    }
    Ok(result.value())
}

fn add(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    this_set(vm, *this)?.add(vm, *item)?;
    Ok(Value::NONE)
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    this_set(vm, *this)?.clear();
    Ok(Value::NONE)
}

fn discard(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    ops::discard(vm, *this, *item)?;
    Ok(Value::NONE)
}

fn remove(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    if ops::discard(vm, *this, *item)? { Ok(Value::NONE) } else { Err(vm.key_error(*item)) }
}

fn difference_update(vm: &Vm, [this, more]: &[Value; 2]) -> R {
    let set = this_set(vm, *this)?;
    for other in items(&others(*more)) {
        ops::difference_update(vm, set, *other)?;
    }
    Ok(Value::NONE)
}

fn intersection_update(vm: &Vm, [this, more]: &[Value; 2]) -> R {
    let set = this_set(vm, *this)?;
    let result = ops::intersection_all(vm, *this, items(&others(*more)))?;
    set.replace(vm, result);
    Ok(Value::NONE)
}

fn pop(vm: &Vm, [this]: &[Value; 1]) -> R {
    match this_set(vm, *this)?.pop() {
        Some(item) => Ok(item),
        None => Err(vm.key_error(vm.str("pop from an empty set").value())),
    }
}

fn symmetric_difference_update(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    ops::symmetric_difference_update(vm, this_set(vm, *this)?, *other)?;
    Ok(Value::NONE)
}

fn update(vm: &Vm, [this, more]: &[Value; 2]) -> R {
    let set = this_set(vm, *this)?;
    for other in items(&others(*more)) {
        ops::set_update(vm, set, *other)?;
    }
    Ok(Value::NONE)
}
