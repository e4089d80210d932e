//! Children by index and by slice.

use super::element::{check_child, children, listed, own};
use object::{R, Raised, Slice, TypeId, Value, ValueExt, Vm};

/// Is it an int, or something like one?
fn is_index(vm: &Vm, key: Value) -> bool {
    vm.type_of(key).slots().index.is_some() || vm.is_a(key, TypeId::Int)
}

/// The place of an index, counted from the end where it is negative.
fn place(vm: &Vm, key: Value, len: usize) -> Result<Option<usize>, Raised> {
    let index = vm.index_isize(key)?;
    let at = if index < 0 { index + len as isize } else { index };
    Ok(usize::try_from(at).ok().filter(|at| *at < len))
}

/// `element[key]`
pub fn get(vm: &Vm, this: Value, key: Value) -> R {
    let own = own(vm, this)?;
    if let Some(slice) = key.cast::<Slice>() {
        let range = vm.slice_range(slice, || own.len())?;
        let result = vm.list_with_capacity(range.count);
        for step in 0..range.count {
            let at = range.start + step as isize * range.step;
            if let Some(child) = own.child(at as usize) {
                result.push(vm, child);
            }
        }
        return Ok(result.value());
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("element indices must be integers"));
    }
    let at = place(vm, key, own.len())?;
    at.and_then(|at| own.child(at)).ok_or_else(|| vm.index_error("child index out of range"))
}

/// `element[key] = value`, `del element[key]`
pub fn set(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let own = own(vm, this)?;
    if let Some(slice) = key.cast::<Slice>() {
        let new = if value.is_unbound() { vm.list(&[]) } else { listed(vm, value, "assignment expects an iterable")? };
        let range = vm.slice_range(slice, || own.len())?;
        if !value.is_unbound() && range.step != 1 && new.len() != range.count {
            let (given, wanted) = (new.len(), range.count);
            let text = format!("attempt to assign sequence of size {given} to extended slice of size {wanted}");
            return Err(vm.value_error(text));
        }
        for child in new.items() {
            check_child(vm, *child)?;
        }
        let list = children(vm, own);
        if range.step == 1 {
            let start = range.start as usize;
            list.splice(vm, start..start + range.count, new.items());
            return Ok(());
        }
        let mut places: Vec<usize> =
            (0..range.count).map(|step| (range.start + step as isize * range.step) as usize).collect();
        if !value.is_unbound() {
            for (index, place) in places.into_iter().enumerate() {
                if let Some(child) = new.get(index) {
                    list.set(vm, place, child);
                }
            }
            return Ok(());
        }
        places.sort_unstable();
        for place in places.into_iter().rev() {
            list.remove(vm, place);
        }
        return Ok(());
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("element indices must be integers"));
    }
    let (Some(at), Some(list)) = (place(vm, key, own.len())?, own.list()) else {
        return Err(vm.index_error("child assignment index out of range"));
    };
    if value.is_unbound() {
        list.remove(vm, at);
    } else {
        check_child(vm, value)?;
        list.set(vm, at, value);
    }
    Ok(())
}
