//! `groupby`

use super::{ITERATOR, done};
use crate::support::{class_arg, data, itself, kept_class};
use object::traced;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{Field, Raised, Ref, TypeDef, Value, Vm, native_ref};

/// `groupby`: the key of the group that was given out last, key and value of the item read last, and the group that
/// may go on reading.
pub struct GroupBy {
    iterator: Field,
    key_function: Field,
    target_key: Field,
    current_key: Field,
    current_value: Field,
    current_group: Field,
    group_class: Field,
}

/// A group: an iterator that ends where the key changes.
pub struct Grouper {
    parent: Field,
    key: Field,
}

traced! {
    GroupBy { iterator, key_function, target_key, current_key, current_value, current_group, group_class }
    Grouper { parent, key }
}

pub static GROUPBY: TypeDef = TypeDef {
    name: "groupby",
    doc: "Pairs of a key and the group of successive items that have it. The key of an item is the item, or what the \
          function key says of it.",
    slots: &[Slot::iter(itself), Slot::next(groupby_next)],
    new: Some(native_ref!("groupby($cls, iterable, key=None)" => groupby_new)),
    ..ITERATOR
};

pub static GROUPER: TypeDef = TypeDef {
    name: "_grouper",
    slots: &[Slot::iter(itself), Slot::next(grouper_next)],
    flags: 0,
    new: Some(native_ref!("_grouper($cls, parent, tgtkey, /)" => grouper_new)),
    ..ITERATOR
};

fn groupby_new(vm: &Vm, [class, iterable, key]: &[Value; 3]) -> R {
    let iterator = vm.iter(*iterable)?;
    let unbound = || Field::new(Value::UNBOUND);
    let group_by = GroupBy {
        iterator: Field::new(iterator),
        key_function: Field::new(*key),
        target_key: unbound(),
        current_key: unbound(),
        current_value: unbound(),
        current_group: unbound(),
        group_class: Field::new(kept_class(vm, "itertools._grouper")?.value()),
    };
    Ok(vm.native(class_arg(vm, *class)?, group_by).value())
}

/// Reads an item and its key. False at the end.
fn step(vm: &Vm, group_by: Ref<Native<GroupBy>>) -> Result<bool, Raised> {
    let Some(value) = vm.next(group_by.iterator.get())? else { return Ok(false) };
    let function = group_by.key_function.get();
    let key = if function.is_none() { value } else { vm.call(function, &[value])? };
    group_by.current_value.set(vm, group_by, value);
    group_by.current_key.set(vm, group_by, key);
    Ok(true)
}

fn groupby_next(vm: &Vm, this: Value) -> R {
    let group_by = data::<GroupBy>(vm, this)?;
    group_by.current_group.set(vm, group_by, Value::UNBOUND);
    // Skip what is left of the group that was given out last.
    loop {
        let (current, target) = (group_by.current_key.get(), group_by.target_key.get());
        if !done(current) && (done(target) || !vm.eq(target, current)?) {
            break;
        }
        if !step(vm, group_by)? {
            return Ok(Value::UNBOUND);
        }
    }
    let key = group_by.current_key.get();
    group_by.target_key.set(vm, group_by, key);
    let class = class_arg(vm, group_by.group_class.get())?;
    let group = vm.native(class, Grouper { parent: Field::new(this), key: Field::new(key) }).value();
    group_by.current_group.set(vm, group_by, group);
    Ok(vm.tuple(&[key, group]).value())
}

fn grouper_new(vm: &Vm, [class, parent, key]: &[Value; 3]) -> R {
    let Some(group_by) = vm.as_native::<GroupBy>(*parent) else {
        let text = format!("_grouper() argument 1 must be itertools.groupby, not {}", vm.type_name(*parent));
        return Err(vm.type_error(text));
    };
    let grouper = Grouper { parent: Field::new(*parent), key: Field::new(*key) };
    let group = vm.native(class_arg(vm, *class)?, grouper).value();
    group_by.current_group.set(vm, group_by, group);
    Ok(group)
}

fn grouper_next(vm: &Vm, this: Value) -> R {
    let group = data::<Grouper>(vm, this)?;
    let group_by = data::<GroupBy>(vm, group.parent.get())?;
    if group_by.current_group.get() != this {
        return Ok(Value::UNBOUND);
    }
    if done(group_by.current_value.get()) && !step(vm, group_by)? {
        return Ok(Value::UNBOUND);
    }
    if !vm.eq(group.key.get(), group_by.current_key.get())? {
        return Ok(Value::UNBOUND);
    }
    let value = group_by.current_value.get();
    group_by.current_value.set(vm, group_by, Value::UNBOUND);
    group_by.current_key.set(vm, group_by, Value::UNBOUND);
    Ok(value)
}
