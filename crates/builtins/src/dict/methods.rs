//! Methods of dicts.

use super::{iter, this_dict, update, views};
use crate::support::class_getitem;
use object::{Args, Dict, R, Set, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static METHODS: {
    /// Return self[key].
    "__getitem__($self, key, /)" => getitem;
    /// Is there an item of that key?
    "__contains__($self, key, /)" => contains;
    /// Size in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// The value of the key where there is one, else the default.
    "get($self, key, default=None, /)" => get;
    /// The value of the key; where there is none, the default is made its value.
    "setdefault($self, key, default=None, /)" => setdefault;
    /// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
    ///
    /// Without the key, the default is returned; without a default KeyError is raised.
    "pop($self, key, default=<unrepresentable>, /)" => pop;
    /// Remove the item that was added last and return it as a pair.
    ///
    /// Raises KeyError where there is none.
    "popitem($self, /)" => popitem;
    /// A view of the keys.
    "keys($self, /)" => keys;
    /// A view of the items.
    "items($self, /)" => items;
    /// A view of the values.
    "values($self, /)" => values;
    /// Add the items of a mapping or of an iterable of pairs, then the keyword arguments.
    "update(...)" -> update;
    /// A new dict with the keys of an iterable, all of one value.
    "fromkeys($type, iterable, value=None, /)" => fromkeys [class];
    /// Remove all items.
    "clear($self, /)" => clear [leaf];
    /// A new dict with the same items.
    "copy($self, /)" => copy [leaf];
    /// An iterator over the keys, the last one first.
    "__reversed__($self, /)" => reversed;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

fn getitem(vm: &Vm, [this, key]: &[Value; 2]) -> R {
    super::dict_getitem(vm, *this, *key)
}

fn contains(vm: &Vm, [this, key]: &[Value; 2]) -> R {
    Ok(Value::bool(this_dict(vm, *this)?.get(vm, *key)?.is_some()))
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dict = this_dict(vm, *this)?;
    let entries = if dict.is_empty() { 0 } else { dict.positions().max(5) };
    Ok(vm.int_usize(48 + 32 * entries))
}

fn get(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    Ok(this_dict(vm, *this)?.get(vm, *key)?.unwrap_or(*default))
}

fn setdefault(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    let dict = this_dict(vm, *this)?;
    let hash = vm.hash_key(*key)?;
    if let Some(position) = dict.find(vm, *key, hash)? {
        return Ok(dict.value_at(position));
    }
    dict.insert_missing(vm, *key, hash, *default);
    Ok(*default)
}

fn pop(vm: &Vm, [this, key, default]: &[Value; 3]) -> R {
    let dict = this_dict(vm, *this)?;
    let found = if dict.is_empty() && default.is_unbound() { None } else { dict.remove(vm, *key)? };
    match found.or(default.bound()) {
        Some(value) => Ok(value),
        None => Err(vm.key_error(*key)),
    }
}

fn popitem(vm: &Vm, [this]: &[Value; 1]) -> R {
    match this_dict(vm, *this)?.pop_last(vm) {
        Some((key, value)) => Ok(vm.tuple(&[key, value]).value()),
        None => Err(vm.key_error(vm.str("popitem(): dictionary is empty").value())),
    }
}

fn keys(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(views::new_view(vm, TypeId::DictKeys, *this))
}

fn items(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(views::new_view(vm, TypeId::DictItems, *this))
}

fn values(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(views::new_view(vm, TypeId::DictValues, *this))
}

fn update(vm: &Vm, args: Args) -> R {
    update::update_args(vm, "update", args)
}

fn fromkeys(vm: &Vm, [class, iterable, value]: &[Value; 3]) -> R {
    let result = vm.call(*class, &[])?;
    if let Some(dict) = result.cast::<Dict>()
        && result.shape() == TypeId::Dict as u32
    {
        if dict.is_empty()
            && let Some(source) = iterable.cast::<Dict>()
            && iterable.shape() == TypeId::Dict as u32
        {
            let mut at = 0;
            while let Some(entry) = update::next_entry(source, &mut at) {
                dict.insert_hashed(vm, entry.key, entry.hash, *value)?;
            }
            return Ok(result);
        }
        if dict.is_empty()
            && let Some(source) = iterable.cast::<Set>()
            && vm.type_of(*iterable).def.get().is_some()
        {
            let mut at = 0;
            while let Some((next, hash, key)) = source.next_from(at) {
                dict.insert_hashed(vm, key, hash, *value)?;
                at = next;
            }
            return Ok(result);
        }
        vm.for_each(*iterable, |key| dict.insert(vm, key, *value))?;
        return Ok(result);
    }
    vm.for_each(*iterable, |key| vm.setitem(result, key, *value))?;
    Ok(result)
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    this_dict(vm, *this)?.clear(vm);
    Ok(Value::NONE)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(this_dict(vm, *this)?.copy(vm).value())
}

fn reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(iter::dict_iter(vm, TypeId::DictReverseKeyIterator, this_dict(vm, *this)?))
}
