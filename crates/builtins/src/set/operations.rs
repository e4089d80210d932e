//! Union, intersection, difference. The order of members depends on the way they are added, which is CPython's.

use super::{hash_sought, is_frozen, this_set};
use object::{Dict, R, Raised, Ref, Set, TypeId, Value, ValueExt, Vm};

/// A dict whose keys can be taken with their hashes.
fn exact_dict(vm: &Vm, value: Value) -> Option<Ref<Dict>> {
    value.cast::<Dict>().filter(|_| vm.is_exactly(value, TypeId::Dict))
}

/// Adds all items of an iterable.
pub fn set_update(vm: &Vm, set: Ref<Set>, other: Value) -> Result<(), Raised> {
    if let Some(other) = other.cast::<Set>() {
        return set.merge(vm, other);
    }
    if let Some(dict) = exact_dict(vm, other) {
        set.reserve(vm, dict.len());
        let mut at = 0;
        while at < dict.positions() {
            if let Some(entry) = dict.entry(at) {
                set.add_hashed(vm, entry.key, entry.hash)?;
            }
            at += 1;
        }
        return Ok(());
    }
    vm.for_each(other, |item| set.add(vm, item))
}

/// A new empty set or frozenset, as a given one is.
pub(super) fn like(vm: &Vm, this: Value) -> Ref<Set> {
    if is_frozen(vm, this) { vm.frozenset() } else { vm.set() }
}

/// A new set or frozenset with the same members.
pub(super) fn copy_of(vm: &Vm, this: Value) -> Result<Ref<Set>, Raised> {
    let result = like(vm, this);
    result.merge(vm, this_set(vm, this)?)?;
    Ok(result)
}

/// The intersection with an iterable.
pub(super) fn intersection(vm: &Vm, this: Value, other: Value) -> Result<Ref<Set>, Raised> {
    let mut set = this_set(vm, this)?;
    if this == other {
        return copy_of(vm, this);
    }
    let result = like(vm, this);
    if let Some(mut other) = other.cast::<Set>() {
        if other.len() > set.len() {
            std::mem::swap(&mut set, &mut other);
        }
        let mut at = 0;
        while let Some((next, hash, item)) = other.next_from(at) {
            if set.contains_hashed(vm, item, hash)? {
                result.add_hashed(vm, item, hash)?;
            }
            at = next;
        }
        return Ok(result);
    }
    let iterator = vm.iter(other)?;
    while let Some(item) = vm.next(iterator)? {
        let hash = vm.hash(item)?;
        if set.contains_hashed(vm, item, hash)? {
            result.add_hashed(vm, item, hash)?;
        }
    }
    Ok(result)
}

/// The members that are not in an iterable.
pub(super) fn difference(vm: &Vm, this: Value, other: Value) -> Result<Ref<Set>, Raised> {
    let set = this_set(vm, this)?;
    let (other_set, other_dict) = (other.cast::<Set>(), exact_dict(vm, other));
    let len = match (other_set, other_dict) {
        (Some(other), _) => other.len(),
        (_, Some(dict)) => dict.len(),
        _ => {
            let result = copy_of(vm, this)?;
            difference_update(vm, result, other)?;
            return Ok(result);
        }
    };
    if set.len() >> 2 > len {
        let result = copy_of(vm, this)?;
        difference_update(vm, result, other)?;
        return Ok(result);
    }
    let result = like(vm, this);
    let mut at = 0;
    while let Some((next, hash, item)) = set.next_from(at) {
        let found = match (other_set, other_dict) {
            (Some(other), _) => other.contains_hashed(vm, item, hash)?,
            (_, Some(dict)) => dict.find(vm, item, hash)?.is_some(),
            _ => false,
        };
        if !found {
            result.add_hashed(vm, item, hash)?;
        }
        at = next;
    }
    Ok(result)
}

/// Removes the items of an iterable.
pub fn difference_update(vm: &Vm, set: Ref<Set>, other: Value) -> Result<(), Raised> {
    if set.value() == other {
        set.clear();
        return Ok(());
    }
    if let Some(mut other_set) = other.cast::<Set>() {
        // With far more to remove than there is, what both have is found first.
        if other_set.len() >> 3 > set.len() {
            other_set = intersection(vm, set.value(), other)?;
        }
        let mut at = 0;
        while let Some((next, hash, item)) = other_set.next_from(at) {
            set.discard_hashed(vm, item, hash)?;
            at = next;
        }
    } else {
        let iterator = vm.iter(other)?;
        while let Some(item) = vm.next(iterator)? {
            let hash = vm.hash_member(item)?;
            set.discard_hashed(vm, item, hash)?;
        }
    }
    set.tidy(vm);
    Ok(())
}

/// Removes the items of an iterable that are members, and adds those that are not.
pub fn symmetric_difference_update(vm: &Vm, set: Ref<Set>, other: Value) -> Result<(), Raised> {
    if set.value() == other {
        set.clear();
        return Ok(());
    }
    let toggle = |item: Value, hash: i64| -> Result<(), Raised> {
        if !set.discard_hashed(vm, item, hash)? {
            set.add_hashed(vm, item, hash)?;
        }
        Ok(())
    };
    if let Some(dict) = exact_dict(vm, other) {
        let mut at = 0;
        while at < dict.positions() {
            if let Some(entry) = dict.entry(at) {
                toggle(entry.key, entry.hash)?;
            }
            at += 1;
        }
        return Ok(());
    }
    // An iterable may give an item twice: it is made a set first.
    let other = match other.cast::<Set>() {
        Some(other) => other,
        None => {
            let members = vm.set();
            set_update(vm, members, other)?;
            members
        }
    };
    let mut at = 0;
    while let Some((next, hash, item)) = other.next_from(at) {
        toggle(item, hash)?;
        at = next;
    }
    Ok(())
}

pub(super) fn symmetric_difference(vm: &Vm, this: Value, other: Value) -> Result<Ref<Set>, Raised> {
    let result = like(vm, this);
    set_update(vm, result, other)?;
    symmetric_difference_update(vm, result, this)?;
    Ok(result)
}

/// The members that are in all iterables.
pub(super) fn intersection_all(vm: &Vm, this: Value, others: &[Value]) -> Result<Ref<Set>, Raised> {
    let Some((first, rest)) = others.split_first() else { return copy_of(vm, this) };
    let mut result = intersection(vm, this, *first)?;
    for other in rest {
        result = intersection(vm, result.value(), *other)?;
    }
    Ok(result)
}

macro_rules! both_sets {
    ($a:expr, $b:expr) => {
        if $a.cast::<Set>().is_none() || $b.cast::<Set>().is_none() {
            return Ok(Value::NOT_IMPLEMENTED);
        }
    };
}

pub(super) fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    Ok(difference(vm, a, b)?.value())
}

pub(super) fn and(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    Ok(intersection(vm, a, b)?.value())
}

pub(super) fn xor(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    Ok(symmetric_difference(vm, a, b)?.value())
}

pub(super) fn or(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    let result = copy_of(vm, a)?;
    if a != b {
        set_update(vm, result, b)?;
    }
    Ok(result.value())
}

pub(super) fn inplace_subtract(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    difference_update(vm, this_set(vm, a)?, b)?;
    Ok(a)
}

pub(super) fn inplace_and(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    let result = intersection(vm, a, b)?;
    this_set(vm, a)?.replace(vm, result);
    Ok(a)
}

pub(super) fn inplace_xor(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    symmetric_difference_update(vm, this_set(vm, a)?, b)?;
    Ok(a)
}

pub(super) fn inplace_or(vm: &Vm, a: Value, b: Value) -> R {
    both_sets!(a, b);
    set_update(vm, this_set(vm, a)?, b)?;
    Ok(a)
}

/// Have a set and an iterable no common members?
pub(super) fn is_disjoint(vm: &Vm, this: Value, other: Value) -> Result<bool, Raised> {
    let mut set = this_set(vm, this)?;
    if let Some(mut other) = other.cast::<Set>() {
        if other == set {
            return Ok(set.is_empty());
        }
        if other.len() > set.len() {
            std::mem::swap(&mut set, &mut other);
        }
        let mut at = 0;
        while let Some((next, hash, item)) = other.next_from(at) {
            if set.contains_hashed(vm, item, hash)? {
                return Ok(false);
            }
            at = next;
        }
        return Ok(true);
    }
    let iterator = vm.iter(other)?;
    while let Some(item) = vm.next(iterator)? {
        let hash = vm.hash_member(item)?;
        if set.contains_hashed(vm, item, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `set.discard(item)`: gives whether it was a member.
pub(super) fn discard(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    let set = this_set(vm, this)?;
    let hash = hash_sought(vm, item)?;
    set.discard_hashed(vm, item, hash)
}
