//! Methods of lists.

use super::{find, this_list};
use crate::support::{class_getitem, position, search_bound};
use object::{List, R, Raised, Ref, Tuple, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static METHODS: {
    /// Return self[index].
    "__getitem__($self, index, /)" => getitem;
    /// An iterator over the items from the last to the first.
    "__reversed__($self, /)" => super::iter::list_reversed;
    /// Size in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// Remove all items.
    "clear($self, /)" => clear [leaf];
    /// A new list with the same items.
    "copy($self, /)" => copy [leaf];
    /// Add an item at the end.
    "append($self, object, /)" => append [leaf];
    /// Insert an item before an index.
    "insert($self, index, object, /)" => insert;
    /// Add all items of an iterable at the end.
    "extend($self, iterable, /)" => extend;
    /// Remove the item at an index (the last one by default) and return it.
    ///
    /// Raises IndexError where there is none.
    "pop($self, index=-1, /)" => pop;
    /// Remove the first item that is equal to the value.
    ///
    /// Raises ValueError where there is none.
    "remove($self, value, /)" => remove;
    /// The index of the first item that is equal to the value.
    ///
    /// Raises ValueError where there is none.
    "index($self, value, start=0, stop=sys.maxsize, /)" => index;
    /// How many items are equal to the value.
    "count($self, value, /)" => count;
    /// Reverse the order of the items, in place.
    "reverse($self, /)" => reverse [leaf];
    /// Sort the items in place, in ascending order; items that are equal keep their order.
    ///
    /// The key function, where one is given, is called once for each item, and its values are compared instead.
    /// With reverse, the order is descending.
    "sort($self, /, *, key=None, reverse=False)" => sort;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

fn getitem(vm: &Vm, [this, key]: &[Value; 2]) -> R {
    super::list_getitem(vm, *this, *key)
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let list = this_list(vm, *this)?;
    Ok(vm.int_usize(40 + 8 * list.capacity().max(list.len())))
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    this_list(vm, *this)?.clear();
    Ok(Value::NONE)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.list(this_list(vm, *this)?.items()).value())
}

fn append(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    this_list(vm, *this)?.push(vm, *item);
    Ok(Value::NONE)
}

fn insert(vm: &Vm, [this, index, item]: &[Value; 3]) -> R {
    let list = this_list(vm, *this)?;
    let index = crate::support::index_size(vm, *index)?;
    let len = list.len() as isize;
    let index = if index < 0 { index.saturating_add(len).max(0) } else { index.min(len) };
    list.insert(vm, index as usize, *item);
    Ok(Value::NONE)
}

fn extend(vm: &Vm, [this, iterable]: &[Value; 2]) -> R {
    list_extend(vm, this_list(vm, *this)?, *iterable)?;
    Ok(Value::NONE)
}

/// `list.extend(iterable)`
pub fn list_extend(vm: &Vm, list: Ref<List>, iterable: Value) -> Result<(), Raised> {
    if let Some(other) = iterable.cast::<List>()
        && iterable.shape() == TypeId::List as u32
    {
        if other == list {
            let copy = vm.list(other.items());
            list.extend(vm, copy.items());
        } else {
            list.extend(vm, other.items());
        }
        return Ok(());
    }
    if let Some(tuple) = iterable.cast::<Tuple>() {
        list.extend(vm, tuple.items());
        return Ok(());
    }
    let iterator = vm.iter(iterable)?;
    let hint = crate::support::length_hint(vm, iterable, 8)?;
    // A hint is but a hint: an absurd one must not fail here.
    if let Some(wanted) = list.len().checked_add(hint)
        && wanted < 1 << 24
    {
        list.reserve(vm, wanted);
    }
    vm.visit(iterator, &mut |item| {
        list.push(vm, item);
        Ok(true)
    })
}

fn pop(vm: &Vm, [this, index]: &[Value; 2]) -> R {
    let list = this_list(vm, *this)?;
    let index = crate::support::index_size(vm, *index)?;
    if list.is_empty() {
        return Err(vm.index_error("pop from empty list"));
    }
    match position(index, list.len()) {
        Some(last) if last + 1 == list.len() => Ok(list.pop().unwrap_or(Value::NONE)),
        Some(index) => Ok(list.remove(vm, index)),
        None => Err(vm.index_error("pop index out of range")),
    }
}

fn remove(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let list = this_list(vm, *this)?;
    match find(vm, list, *value, 0, usize::MAX)? {
        Some(index) => {
            if index < list.len() {
                list.remove(vm, index);
            }
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

fn index(vm: &Vm, [this, value, start, stop]: &[Value; 4]) -> R {
    let list = this_list(vm, *this)?;
    let start = search_bound(vm, *start, list.len(), 0)?;
    let stop = search_bound(vm, *stop, list.len(), usize::MAX)?;
    match find(vm, list, *value, start, stop)? {
        Some(index) => Ok(vm.int_usize(index)),
        None => Err(vm.value_error("list.index(x): x not in list")),
    }
}

fn count(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let list = this_list(vm, *this)?;
    let (mut index, mut count) = (0, 0);
    while let Some(item) = list.get(index) {
        count += vm.eq(item, *value)? as usize;
        index += 1;
    }
    Ok(vm.int_usize(count))
}

fn reverse(vm: &Vm, [this]: &[Value; 1]) -> R {
    let list = this_list(vm, *this)?;
    let len = list.len();
    for index in 0..len / 2 {
        list.swap(index, len - 1 - index);
    }
    Ok(Value::NONE)
}

fn sort(vm: &Vm, [this, key, reverse]: &[Value; 3]) -> R {
    let reverse = vm.truthy(*reverse)?;
    super::sort_list(vm, this_list(vm, *this)?, *key, reverse)?;
    Ok(Value::NONE)
}
