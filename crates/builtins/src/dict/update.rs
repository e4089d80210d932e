//! Filling dicts from mappings and from iterables of pairs.

use super::this_dict;
use object::{Args, Dict, List, R, Raised, Ref, TypeId, Value, ValueExt, Vm};

/// `dict.update(*args, **kwargs)`; also what `dict(...)` does. Self is the first argument.
pub(super) fn update_args(vm: &Vm, name: &str, args: Args) -> R {
    let (positional, keywords) = args.split();
    let Some((this, rest)) = positional.split_first() else {
        return Err(vm.type_error(format!("unbound method {name}() needs an argument")));
    };
    let dict = this_dict(vm, *this)?;
    if rest.len() > 1 {
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {}", rest.len())));
    }
    if let Some(other) = rest.first() {
        dict_update(vm, dict, *other)?;
    }
    for (name, value) in keywords {
        dict.insert_str(vm, name, value);
    }
    Ok(Value::NONE)
}

/// `dict.update(other)`: a mapping, or an iterable of pairs.
pub fn dict_update(vm: &Vm, dict: Ref<Dict>, other: Value) -> Result<(), Raised> {
    if vm.is_exactly(other, TypeId::Dict) || vm.getattr_opt(other, vm.names.keys)?.is_some() {
        return dict_merge(vm, dict, other);
    }
    update_from_pairs(vm, dict, other)
}

/// Adds all items of a mapping.
pub fn dict_merge(vm: &Vm, dict: Ref<Dict>, other: Value) -> Result<(), Raised> {
    if let Some(source) = other.cast::<Dict>()
        && iterates_as_dict(vm, other)
    {
        return merge_dict(vm, dict, source);
    }
    let keys = vm.call_method(other, vm.names.keys, &[])?;
    let iterator = vm.iter(keys)?;
    while let Some(key) = vm.next(iterator)? {
        let value = vm.getitem(other, key)?;
        dict.insert(vm, key, value)?;
    }
    Ok(())
}

/// Does the class leave iteration to dict?
fn iterates_as_dict(vm: &Vm, value: Value) -> bool {
    let own = vm.type_of(value);
    own == vm.types[TypeId::Dict] || own.slots().same(vm.types[TypeId::Dict].slots(), object::slots::SlotId::iter)
}

fn merge_dict(vm: &Vm, dict: Ref<Dict>, source: Ref<Dict>) -> Result<(), Raised> {
    if dict == source || source.is_empty() {
        return Ok(());
    }
    dict.reserve(vm, dict.len().max(source.len()));
    let version = source.version();
    let mut at = 0;
    while let Some(entry) = next_entry(source, &mut at) {
        dict.insert_hashed(vm, entry.key, entry.hash, entry.value)?;
        if source.version() != version {
            return Err(vm.runtime_error("dict mutated during update"));
        }
    }
    Ok(())
}

/// The entry at or behind a position, which is moved behind it.
pub(super) fn next_entry(dict: Ref<Dict>, at: &mut usize) -> Option<object::layout::dict::Entry> {
    while *at < dict.positions() {
        let entry = dict.entry(*at);
        *at += 1;
        if entry.is_some() {
            return entry;
        }
    }
    None
}

fn update_from_pairs(vm: &Vm, dict: Ref<Dict>, pairs: Value) -> Result<(), Raised> {
    let iterator = vm.iter(pairs)?;
    let mut number = 0;
    while let Some(item) = vm.next(iterator)? {
        let pair = match pair_of(vm, item) {
            Ok(pair) => pair,
            Err(raised) => {
                if vm.is_exception(vm.pending_exception(raised), TypeId::TypeError) {
                    vm.add_note(
                        raised,
                        &format!("Cannot convert dictionary update sequence element #{number} to a sequence"),
                    );
                }
                return Err(raised);
            }
        };
        if pair.len() != 2 {
            return Err(vm.value_error(format!(
                "dictionary update sequence element #{number} has length {}; 2 is required",
                pair.len()
            )));
        }
        dict.insert(vm, pair.items()[0], pair.items()[1])?;
        number += 1;
    }
    Ok(())
}

fn pair_of(vm: &Vm, item: Value) -> Result<Ref<List>, Raised> {
    let slots = vm.type_of(item).slots();
    if slots.iter.is_none() && slots.getitem.is_none() {
        return Err(vm.type_error("object is not iterable"));
    }
    vm.to_list(item)
}
