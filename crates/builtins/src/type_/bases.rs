//! Assignment to `__bases__`.

use super::{check_mutable, this_class};
use crate::object::class::{layout_error, same_layout};
use ::object::{List, Raised, Ref, TypeId, TypeObj, Value, ValueExt, Vm};

/// Replaces the bases of a class, and with them the method resolution orders of it and its subclasses.
pub fn set_bases(vm: &Vm, this: Value, value: Value) -> Result<(), Raised> {
    let class = this_class(vm, this)?;
    check_mutable(vm, class, "__bases__")?;
    let name = class.name_str();
    if value.is_unbound() {
        return Err(vm.type_error(format!("cannot delete '__bases__' attribute of immutable type '{name}'")));
    }
    let Some(tuple) = vm.as_tuple(value) else {
        let given = vm.type_name(value);
        return Err(vm.type_error(format!("can only assign tuple to {name}.__bases__, not {given}")));
    };
    if tuple.is_empty() {
        return Err(vm.type_error(format!("can only assign non-empty tuple to {name}.__bases__, not ()")));
    }
    let mut bases = Vec::with_capacity(tuple.len());
    for &item in tuple.items() {
        let Some(base) = item.cast::<TypeObj>() else {
            let given = vm.type_name(item);
            return Err(vm.type_error(format!("{name}.__bases__ must be tuple of classes, not '{given}'")));
        };
        if base.is_subclass(class) || extends(base, class) {
            return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
        }
        bases.push(base);
    }
    let base = vm.best_base(&bases)?;
    if let Some(old) = class.base()
        && !compatible(vm, old, base)
    {
        return Err(layout_error(vm, "__bases__ assignment", old, base));
    }
    let (old_bases, old_base) = (class.bases(), class.base());
    class.set_bases(vm, Some(base), tuple);
    // What each class was given and what it had before, for the case that an `mro` fails on the way.
    let undo = vm.list(&[]);
    if let Err(raised) = update_mro(vm, class, undo) {
        take_back(vm, undo);
        // That `mro` may itself have assigned other bases, which then stay.
        if class.bases() == tuple {
            class.set_bases(vm, old_base, old_bases);
        }
        return Err(raised);
    }
    if class.bases() != tuple {
        return Ok(());
    }
    class.set_bases_value(vm, value);
    for &item in old_bases.items() {
        if let Some(base) = item.cast::<TypeObj>() {
            base.remove_subclass(class);
        }
    }
    for base in bases {
        base.add_subclass(class);
    }
    vm.class_changed(class);
    vm.update_slots_below(class);
    Ok(())
}

/// Does a class extend the layout of another? An `mro` that assigns bases in turn makes circles of which the orders do
/// not know yet.
fn extends(class: Ref<TypeObj>, other: Ref<TypeObj>) -> bool {
    let mut at = class.base();
    while let Some(base) = at {
        if base == other {
            return true;
        }
        at = base.base();
    }
    false
}

/// Undoes what `update_mro` did, where nothing else was done meanwhile.
fn take_back(vm: &Vm, undo: Ref<List>) {
    for index in (0..undo.len() / 3).rev() {
        let item = |offset: usize| undo.get(index * 3 + offset);
        if let (Some(class), Some(new), Some(old)) =
            (item(0).and_then(|v| v.cast::<TypeObj>()), item(1), item(2).and_then(|v| v.cast()))
            && class.mro().value() == new
        {
            class.set_mro(vm, old);
        }
    }
}

/// Can instances of a class that extends one base be instances of a class that extends the other?
fn compatible(vm: &Vm, old: Ref<TypeObj>, new: Ref<TypeObj>) -> bool {
    let object = vm.types[TypeId::Object];
    let (solid_old, solid_new) = (vm.solid_base(old), vm.solid_base(new));
    if solid_old == solid_new && old.reserved_slots() == new.reserved_slots() {
        // `object` itself has neither attributes nor weak references, what extends it may have both.
        return old != object || new == object || !new.has_dict() || new.instance_kind() == old.instance_kind();
    }
    same_layout(vm, old, new)
}

fn update_mro(vm: &Vm, class: Ref<TypeObj>, undo: Ref<List>) -> Result<(), Raised> {
    vm.enter_native()?;
    let mut bases = Vec::new();
    for &base in class.bases().items() {
        bases.push(this_class(vm, base)?);
    }
    let old = class.mro();
    let mro = vm.compute_mro(class, &bases)?;
    if !vm.custom_mro(class, vm.type_of(class.value()))? {
        class.set_mro(vm, mro);
    }
    for value in [class.value(), class.mro().value(), old.value()] {
        undo.push(vm, value);
    }
    let subclasses = vm.list(&[]);
    for subclass in class.subclasses() {
        subclasses.push(vm, subclass.value());
    }
    for index in 0..subclasses.len() {
        if let Some(subclass) = subclasses.get(index).and_then(|subclass| subclass.cast::<TypeObj>()) {
            update_mro(vm, subclass, undo)?;
        }
    }
    Ok(())
}
