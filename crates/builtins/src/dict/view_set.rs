//! What views of keys and of items have in common with sets.

use super::views::{this_view, view_dict};
use crate::set::{difference_update, set_update, symmetric_difference_update};
use bytecode::CompareOperator;
use object::layout::iterators::DictView;
use object::{R, Raised, Ref, Set, TypeId, Value, ValueExt, Vm};

fn is_set_view(vm: &Vm, value: Value) -> bool {
    vm.as_native::<DictView>(value).is_some() && vm.type_of(value) != vm.types[TypeId::DictValues]
}

pub(super) fn contains_key(vm: &Vm, this: Value, key: Value) -> Result<bool, Raised> {
    Ok(view_dict(vm, this)?.get(vm, key)?.is_some())
}

pub(super) fn contains_item(vm: &Vm, this: Value, item: Value) -> Result<bool, Raised> {
    let Some(pair) = vm.as_tuple(item).filter(|pair| pair.len() == 2) else { return Ok(false) };
    match view_dict(vm, this)?.get(vm, pair.items()[0])? {
        Some(value) => vm.eq(pair.items()[1], value),
        None => Ok(false),
    }
}

/// Are all members of one in the other?
fn contained_in(vm: &Vm, a: Value, b: Value) -> Result<bool, Raised> {
    let iterator = vm.iter(a)?;
    while let Some(item) = vm.next(iterator)? {
        if !vm.contains(b, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    if b.cast::<Set>().is_none() && !is_set_view(vm, b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (len_a, len_b) = (vm.len(a)?, vm.len(b)?);
    Ok(Value::bool(match op {
        CompareOperator::Eq => len_a == len_b && contained_in(vm, a, b)?,
        CompareOperator::Ne => !(len_a == len_b && contained_in(vm, a, b)?),
        CompareOperator::Lt => len_a < len_b && contained_in(vm, a, b)?,
        CompareOperator::Le => len_a <= len_b && contained_in(vm, a, b)?,
        CompareOperator::Gt => len_a > len_b && contained_in(vm, b, a)?,
        CompareOperator::Ge => len_a >= len_b && contained_in(vm, b, a)?,
    }))
}

/// A set of the members of an operand.
fn to_set(vm: &Vm, value: Value) -> Result<Ref<Set>, Raised> {
    let set = vm.set();
    let source = match vm.as_native::<DictView>(value) {
        Some(view) if vm.is_exactly(value, TypeId::DictKeys) && vm.is_exactly(view.dict.get(), TypeId::Dict) => {
            view.dict.get()
        }
        _ => value,
    };
    set_update(vm, set, source)?;
    Ok(set)
}

pub(super) fn subtract(vm: &Vm, a: Value, b: Value) -> R {
    let result = to_set(vm, a)?;
    difference_update(vm, result, b)?;
    Ok(result.value())
}

pub(super) fn or(vm: &Vm, a: Value, b: Value) -> R {
    let result = to_set(vm, a)?;
    set_update(vm, result, b)?;
    Ok(result.value())
}

pub(super) fn xor(vm: &Vm, a: Value, b: Value) -> R {
    let result = to_set(vm, a)?;
    symmetric_difference_update(vm, result, b)?;
    Ok(result.value())
}

pub(super) fn and(vm: &Vm, a: Value, b: Value) -> R {
    // The view may be either operand.
    let (mut view, mut other) = if is_set_view(vm, a) { (a, b) } else { (b, a) };
    if is_set_view(vm, other) && vm.len(other)? > vm.len(view)? {
        std::mem::swap(&mut view, &mut other);
    }
    if vm.is_exactly(other, TypeId::Set) && vm.len(view)? <= vm.len(other)? {
        return vm.call_method_str(other, "intersection", &[view]);
    }
    let result = vm.set();
    let iterator = vm.iter(other)?;
    let is_items = vm.is_exactly(view, TypeId::DictItems);
    while let Some(item) = vm.next(iterator)? {
        let found = if is_items { contains_item(vm, view, item)? } else { contains_key(vm, view, item)? };
        if found {
            result.add(vm, item)?;
        }
    }
    Ok(result.value())
}

pub(super) fn isdisjoint(vm: &Vm, [this, other]: &[Value; 2]) -> R {
    let (mut this, mut other) = (*this, *other);
    if this == other {
        return Ok(Value::bool(this_view(vm, this).is_ok() && vm.len(this)? == 0));
    }
    if (other.cast::<Set>().is_some() || is_set_view(vm, other)) && vm.len(other)? > vm.len(this)? {
        std::mem::swap(&mut this, &mut other);
    }
    let iterator = vm.iter(other)?;
    while let Some(item) = vm.next(iterator)? {
        if vm.contains(this, item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
