//! Sorting: stable merge sort that makes use of runs already in order.
//!
//! Where all keys are ints, all are strings, all are floats, or all are tuples of such, alike in each place, comparing them
//! calls no Python code, and the standard library's stable sort does it on plain numbers or texts. Otherwise `timsort` below compares by `<`, with the list's items
//! held in lists that the collector sees.

use object::{Int, Kind, List, Raised, Ref, Str, Tuple, TypeId, Value, ValueExt, Vm};
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
    let mut plain = Plain::Any;
    if items.first().is_some_and(|first| first.kind() == Kind::TUPLE)
        && items.iter().all(|item| plain.admits(vm, *item, 0))
    {
        return sort_by(vm, work, keys, |value| value, |a, b| order(plain.compare(vm, *a, *b)));
    }
    false
}

/// What all values of a place are, where comparing them calls no Python code.
enum Plain {
    /// There was none yet.
    Any,
    Int,
    /// Not NaN.
    Float,
    Str,
    /// Tuples, perhaps of different lengths, by their places.
    Tuple(Vec<Plain>),
}

/// Nesting of tuples that is looked into.
const DEEPEST: usize = 8;

impl Plain {
    /// Is a value one of these?
    fn admits(&mut self, vm: &Vm, value: Value, depth: usize) -> bool {
        if let Plain::Any = self {
            *self = match () {
                () if vm.is_exactly(value, TypeId::Int) => Plain::Int,
                () if vm.is_exactly(value, TypeId::Float) => Plain::Float,
                () if vm.is_exactly(value, TypeId::Str) => Plain::Str,
                () if vm.is_exactly(value, TypeId::Tuple) && depth < DEEPEST => Plain::Tuple(Vec::new()),
                () => return false,
            };
        }
        match self {
            Plain::Any => false,
            Plain::Int => value.is_int() || vm.is_exactly(value, TypeId::Int),
            Plain::Float => {
                vm.is_exactly(value, TypeId::Float) && vm.as_float(value).is_some_and(|float| !float.is_nan())
            }
            Plain::Str => vm.is_exactly(value, TypeId::Str),
            Plain::Tuple(places) => {
                let Some(tuple) = value.cast::<Tuple>().filter(|_| vm.is_exactly(value, TypeId::Tuple)) else {
                    return false;
                };
                if places.len() < tuple.len() {
                    places.resize_with(tuple.len(), || Plain::Any);
                }
                places.iter_mut().zip(tuple.items()).all(|(place, item)| place.admits(vm, *item, depth + 1))
            }
        }
    }

    /// Compares two values that it admits.
    fn compare(&self, vm: &Vm, a: Value, b: Value) -> Ordering {
        match self {
            Plain::Any => Ordering::Equal,
            Plain::Int if Value::both_ints(a, b) => a.int_unchecked().cmp(&b.int_unchecked()),
            Plain::Int => compare_ints(vm, a, b),
            Plain::Float => vm.as_float(a).partial_cmp(&vm.as_float(b)).unwrap_or(Ordering::Equal),
            Plain::Str => {
                let (a, b) = (a.cast::<Str>(), b.cast::<Str>());
                a.as_ref().map(|a| a.as_bytes()).cmp(&b.as_ref().map(|b| b.as_bytes()))
            }
            Plain::Tuple(places) => {
                let (Some(a), Some(b)) = (a.cast::<Tuple>(), b.cast::<Tuple>()) else { return Ordering::Equal };
                let pairs = a.items().iter().zip(b.items()).zip(places);
                let unequal = pairs.map(|((a, b), place)| place.compare(vm, *a, *b)).find(|order| order.is_ne());
                unequal.unwrap_or(a.len().cmp(&b.len()))
            }
        }
    }
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
