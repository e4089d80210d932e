//! Copies of elements, and their state for pickling.

use super::ELEMENT;
use super::element::{add_child, as_dict, attrib_dict, check_child, make, own};
use crate::support::kept_class;
use object::{Dict, List, R, Value, ValueExt, Vm};

/// See `Element.__copy__`.
pub fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let copy = make(vm, own.tag.get(), own.attrib.get())?;
    let new = self::own(vm, copy)?;
    new.text.set(vm, new, own.text.get());
    new.tail.set(vm, new, own.tail.get());
    if let Some(list) = own.list() {
        new.children.set(vm, new, vm.list(list.items()).value());
    }
    Ok(copy)
}

/// A deep copy of any value.
fn deep(vm: &Vm, value: Value, memo: Value) -> R {
    if value.is_none() || vm.exact_str(value).is_some() {
        return Ok(value);
    }
    if vm.type_of(value) == kept_class(vm, ELEMENT)? {
        if let Some(known) = remembered(vm, value, memo)? {
            return Ok(known);
        }
        return deep_copy(vm, &[value, memo]);
    }
    if let Some(dict) = value.cast::<Dict>()
        && dict.iter().all(|entry| vm.exact_str(entry.key).is_some() && vm.exact_str(entry.value).is_some())
        && remembered(vm, value, memo)?.is_none()
    {
        return Ok(dict.copy(vm).value());
    }
    let function = vm.import_from("copy", "deepcopy")?;
    vm.call(function, &[value, memo])
}

fn remembered(vm: &Vm, value: Value, memo: Value) -> Result<Option<Value>, object::Raised> {
    match as_dict(memo) {
        Some(memo) => memo.get(vm, vm.int_u64(value.bits())),
        None => Ok(None),
    }
}

/// See `Element.__deepcopy__`.
pub fn deep_copy(vm: &Vm, [this, memo]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    if !memo.is_none() && as_dict(*memo).is_none() {
        let given = crate::support::class_name(vm, *memo);
        return Err(vm.type_error(format!("__deepcopy__() argument must be dict, not {given}")));
    }
    vm.enter_native()?;
    let tag = deep(vm, own.tag.get(), *memo)?;
    let attrib = own.attrib.get();
    let attrib = if attrib.is_unbound() { attrib } else { deep(vm, attrib, *memo)? };
    let copy = make(vm, tag, attrib)?;
    let new = self::own(vm, copy)?;
    let text = deep(vm, own.text.get(), *memo)?;
    new.text.set(vm, new, text);
    let tail = deep(vm, own.tail.get(), *memo)?;
    new.tail.set(vm, new, tail);
    let mut index = 0;
    while let Some(child) = own.child(index) {
        let child = deep(vm, child, *memo)?;
        check_child(vm, child)?;
        add_child(vm, new, child);
        index += 1;
    }
    if let Some(memo) = as_dict(*memo) {
        memo.insert(vm, vm.int_u64(this.bits()), copy)?;
    }
    Ok(copy)
}

/// See `Element.__getstate__`.
pub fn get_state(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = own(vm, *this)?;
    let children = vm.list(&[]);
    if let Some(list) = own.list() {
        children.extend(vm, list.items());
    }
    let state = vm.dict();
    let attrib = attrib_dict(vm, own);
    for (name, value) in [
        ("tag", own.tag.get()),
        ("_children", children.value()),
        ("attrib", attrib),
        ("text", own.text.get()),
        ("tail", own.tail.get()),
    ] {
        state.insert_str(vm, vm.intern(name), value);
    }
    Ok(state.value())
}

/// See `Element.__setstate__`.
pub fn set_state(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let own = own(vm, *this)?;
    let Some(dict) = as_dict(*state) else {
        let shown = vm.repr(*state)?.to_string_lossy();
        return Err(vm.type_error(format!("Don't know how to unpickle \"{shown}\" as an Element")));
    };
    let part = |name: &str| dict.get_str(vm, vm.intern(name));
    let Some(tag) = part("tag") else { return Err(vm.type_error("tag may not be NULL")) };
    let attrib = part("attrib");
    let children = match part("_children") {
        None => None,
        Some(children) => match children.cast::<List>() {
            Some(list) => Some(list),
            None => return Err(vm.type_error("'_children' is not a list")),
        },
    };
    own.tag.set(vm, own, tag);
    own.text.set(vm, own, part("text").unwrap_or(Value::NONE));
    own.tail.set(vm, own, part("tail").unwrap_or(Value::NONE));
    let copy = vm.list(&[]);
    if let Some(children) = children {
        for child in children.items() {
            check_child(vm, *child)?;
        }
        copy.extend(vm, children.items());
    }
    own.children.set(vm, own, copy.value());
    // The attributes are taken over as they are.
    own.attrib.set(vm, own, attrib.unwrap_or(Value::UNBOUND));
    Ok(Value::NONE)
}
