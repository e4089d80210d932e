//! Sorting: stable merge sort that makes use of runs already in order.
//!
//! Where all keys are ints, all are strings, or all are floats, comparing them calls no Python code, and the standard
//! library's stable sort does it on plain numbers. Otherwise `timsort` below compares by `<`, with the list's items
//! held in lists that the collector sees.

use object::{Int, List, Raised, Ref, Str, Value, ValueExt, Vm};
use std::cmp::Ordering;

/// `list.sort(key=key, reverse=reverse)`
pub fn sort_list(vm: &Vm, list: Ref<List>, key: Value, reverse: bool) -> Result<(), Raised> {
    let work = vm.list(&[]);
    work.put_buffer(vm, list.take_buffer());
    let result = sort_taken(vm, work, key, reverse);
    let unchanged = list.put_buffer(vm, work.take_buffer());
    result?;
    if !unchanged {
        return Err(vm.value_error("list modified during sort"));
    }
    Ok(())
}

fn sort_taken(vm: &Vm, work: Ref<List>, key: Value, reverse: bool) -> Result<(), Raised> {
    let keys = if key.is_none() {
        None
    } else {
        let keys = vm.list_with_capacity(work.len());
        let mut index = 0;
        while let Some(item) = work.get(index) {
            keys.push(vm, vm.call(key, &[item])?);
            index += 1;
        }
        Some(keys)
    };
    if work.len() < 2 {
        return Ok(());
    }
    if sort_simple(vm, work, keys, reverse) {
        return Ok(());
    }
    // Reversing before and after keeps equal items in order.
    if reverse {
        reverse_both(work, keys);
    }
    let result = super::timsort::sort(vm, keys.unwrap_or(work), keys.map(|_| work));
    if reverse {
        reverse_both(work, keys);
    }
    result
}

fn reverse_both(work: Ref<List>, keys: Option<Ref<List>>) {
    for list in std::iter::once(work).chain(keys) {
        let len = list.len();
        for index in 0..len / 2 {
            list.swap(index, len - 1 - index);
        }
    }
}

/// Sorts where no Python code is needed for comparisons. Gives false where it is.
fn sort_simple(vm: &Vm, work: Ref<List>, keys: Option<Ref<List>>, reverse: bool) -> bool {
    let by = keys.unwrap_or(work);
    let items = by.items();
    let order = |ordering: Ordering| if reverse { ordering.reverse() } else { ordering };
    if items.iter().all(|item| item.is_int()) {
        return sort_by(vm, work, keys, |value| value.int_unchecked(), |a, b| order(a.cmp(b)));
    }
    if items.iter().all(|item| item.cast::<Str>().is_some()) {
        let text = |value: Value| value.cast::<Str>();
        return sort_by(vm, work, keys, text, |a, b| {
            order(a.as_ref().map(|a| a.as_bytes()).cmp(&b.as_ref().map(|b| b.as_bytes())))
        });
    }
    let is_float = |value: &Value| {
        vm.is_exactly(*value, object::TypeId::Float) && vm.as_float(*value).is_some_and(|float| !float.is_nan())
    };
    if items.iter().all(is_float) {
        let float = |value: Value| vm.as_float(value).unwrap_or(0.0);
        return sort_by(vm, work, keys, float, |a, b| order(a.partial_cmp(b).unwrap_or(Ordering::Equal)));
    }
    if items.iter().all(|value| vm.is_exactly(*value, object::TypeId::Int)) {
        return sort_by(vm, work, keys, |value| value, |a, b| order(compare_ints(vm, *a, *b)));
    }
    false
}

fn compare_ints(vm: &Vm, a: Value, b: Value) -> Ordering {
    match (vm.as_int(a), vm.as_int(b)) {
        (Some(Int::Small(a)), Some(Int::Small(b))) => a.cmp(&b),
        (Some(a), Some(b)) => a.to_big().cmp(&b.to_big()),
        _ => Ordering::Equal,
    }
}

/// Sorts by plain keys. Nothing in here allocates objects or calls Python, so the collector need not see the items.
fn sort_by<K>(
    vm: &Vm,
    work: Ref<List>,
    keys: Option<Ref<List>>,
    key: impl Fn(Value) -> K,
    compare: impl Fn(&K, &K) -> Ordering,
) -> bool {
    let by = keys.unwrap_or(work);
    let mut pairs: Vec<(K, Value)> = by.items().iter().zip(work.items()).map(|(by, item)| (key(*by), *item)).collect();
    pairs.sort_by(|a, b| compare(&a.0, &b.0));
    for (index, (_, item)) in pairs.into_iter().enumerate() {
        work.set(vm, index, item);
    }
    true
}
