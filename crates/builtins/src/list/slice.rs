//! Slices of lists.

use super::check_len;
use object::ops::{SliceRange, apply_slice};
use object::{List, R, Raised, Ref, Slice, TypeId, Value, ValueExt, Vm};

/// The indices of a slice, in order.
pub(crate) fn indices(range: SliceRange) -> impl Iterator<Item = usize> {
    let mut at = range.start;
    (0..range.count).map(move |_| {
        let index = at as usize;
        at = at.wrapping_add(range.step);
        index
    })
}

pub(super) fn get(vm: &Vm, list: Ref<List>, slice: Ref<Slice>) -> R {
    let range = vm.slice_range(slice, || list.len())?;
    if range.step == 1 {
        let start = range.start as usize;
        return Ok(vm.list(&list.items()[start..start + range.count]).value());
    }
    let result = vm.list_with_capacity(range.count);
    for index in indices(range) {
        result.push(vm, list.items()[index]);
    }
    Ok(result.value())
}

pub(super) fn delete(vm: &Vm, list: Ref<List>, slice: Ref<Slice>) -> Result<(), Raised> {
    let range = vm.slice_range(slice, || list.len())?;
    if range.count == 0 {
        return Ok(());
    }
    if range.step == 1 {
        let start = range.start as usize;
        list.splice(vm, start..start + range.count, &[]);
        return Ok(());
    }
    let (first, step) = ascending(range);
    let (mut to, mut left, mut next) = (first, range.count, first);
    for from in first..list.len() {
        if left > 0 && from == next {
            left -= 1;
            next = next.saturating_add(step);
        } else {
            let item = list.items()[from];
            list.set(vm, to, item);
            to += 1;
        }
    }
    list.splice(vm, to..list.len(), &[]);
    Ok(())
}

/// First index and step of a slice that is not empty, from the front.
fn ascending(range: SliceRange) -> (usize, usize) {
    if range.step > 0 {
        return (range.start as usize, range.step as usize);
    }
    let last = range.start + range.step.wrapping_mul(range.count as isize - 1);
    (last as usize, range.step.unsigned_abs())
}

pub(super) fn assign(vm: &Vm, list: Ref<List>, slice: Ref<Slice>, value: Value) -> Result<(), Raised> {
    // The parts are evaluated before the items, which may change the list, and its length is looked at last.
    let step = vm.index_clamped(slice.step.get())?.unwrap_or(1).max(-isize::MAX);
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let start = vm.index_clamped(slice.start.get())?;
    let stop = vm.index_clamped(slice.stop.get())?;
    let items = match value.cast::<List>() {
        Some(items) if items != list && value.shape() == TypeId::List as u32 => items,
        _ => match vm.to_list(value) {
            Ok(items) => items,
            Err(raised) => return Err(not_iterable(vm, raised, value)),
        },
    };
    let range = apply_slice(start, stop, step, list.len());
    if range.step == 1 {
        check_len(vm, list.len().checked_add(items.len()))?;
        let start = (range.start as usize).min(list.len());
        let end = (start + range.count).min(list.len());
        list.splice(vm, start..end, items.items());
        return Ok(());
    }
    if items.len() != range.count {
        return Err(vm.value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {}",
            items.len(),
            range.count
        )));
    }
    for (from, index) in indices(range).enumerate() {
        if index < list.len()
            && let Some(item) = items.get(from)
        {
            list.set(vm, index, item);
        }
    }
    Ok(())
}

/// The TypeError for what cannot be assigned to a slice.
fn not_iterable(vm: &Vm, raised: Raised, value: Value) -> Raised {
    let slots = vm.type_of(value).slots();
    if slots.iter.is_some() || slots.getitem.is_some() {
        return raised;
    }
    vm.take_exception(raised);
    vm.type_error("must assign iterable to extended slice")
}
