//! `_bisect`

use crate::support::ssize;
use bytecode::CompareOperator;
use object::slots::R;
use object::{List, ModuleDef, Raised, TypeId, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_bisect",
    doc: "Bisection algorithms: where an item belongs in a list that is kept in order.",
    functions: &[FUNCTIONS],
    exec: |_, _| Ok(()),
};

natives! { static FUNCTIONS: {
    /// Return the index where to insert item x in list a, assuming a is sorted: after all items that are equal to x.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the slice of a to be searched.
    /// A custom key function can be supplied to customize the sort order.
    "bisect_right($module, /, a, x, lo=0, hi=None, *, key=None)" => bisect_right;
    /// Return the index where to insert item x in list a, assuming a is sorted: before all items that are equal to x.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the slice of a to be searched.
    /// A custom key function can be supplied to customize the sort order.
    "bisect_left($module, /, a, x, lo=0, hi=None, *, key=None)" => bisect_left;
    /// Insert item x in list a, and keep it sorted assuming a is sorted: after all items that are equal to x.
    "insort_right($module, /, a, x, lo=0, hi=None, *, key=None)" => insort_right;
    /// Insert item x in list a, and keep it sorted assuming a is sorted: before all items that are equal to x.
    "insort_left($module, /, a, x, lo=0, hi=None, *, key=None)" => insort_left;
}}

/// Where `x` belongs. `x` is compared as it is; the key function is for items only.
fn bisect(vm: &Vm, a: Value, x: Value, lo: Value, hi: Value, key: Value, right: bool) -> Result<usize, Raised> {
    let lo = ssize(vm, lo)?;
    if lo < 0 {
        return Err(vm.value_error("lo must be non-negative"));
    }
    let mut lo = lo as usize;
    let hi = if hi.is_none() { -1 } else { ssize(vm, hi)? };
    let mut hi = if hi < 0 { vm.len(a)? } else { hi as usize };
    let list = a.cast::<List>().filter(|_| a.shape() == TypeId::List as u32);
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let item = match list.and_then(|list| list.get(middle)) {
            Some(item) => item,
            None => vm.getitem(a, vm.int_usize(middle))?,
        };
        let item = if key.is_none() { item } else { vm.call(key, &[item])? };
        let go_left = if right { less(vm, x, item)? } else { !less(vm, item, x)? };
        if go_left {
            hi = middle;
        } else {
            lo = middle + 1;
        }
    }
    Ok(lo)
}

fn less(vm: &Vm, a: Value, b: Value) -> Result<bool, Raised> {
    if let (Some(a), Some(b)) = (a.as_small(), b.as_small()) {
        return Ok(a < b);
    }
    vm.compare_bool(a, b, CompareOperator::Lt)
}

fn bisect_right(vm: &Vm, [_module, a, x, lo, hi, key]: &[Value; 6]) -> R {
    Ok(vm.int_usize(bisect(vm, *a, *x, *lo, *hi, *key, true)?))
}

fn bisect_left(vm: &Vm, [_module, a, x, lo, hi, key]: &[Value; 6]) -> R {
    Ok(vm.int_usize(bisect(vm, *a, *x, *lo, *hi, *key, false)?))
}

fn insort(vm: &Vm, args: &[Value; 6], right: bool) -> R {
    let [_module, a, x, lo, hi, key] = *args;
    let wanted = if key.is_none() { x } else { vm.call(key, &[x])? };
    let index = bisect(vm, a, wanted, lo, hi, key, right)?;
    if let Some(list) = a.cast::<List>()
        && a.shape() == TypeId::List as u32
    {
        list.insert(vm, index.min(list.len()), x);
        return Ok(Value::NONE);
    }
    vm.call_method_str(a, "insert", &[vm.int_usize(index), x])?;
    Ok(Value::NONE)
}

fn insort_right(vm: &Vm, args: &[Value; 6]) -> R {
    insort(vm, args, true)
}

fn insort_left(vm: &Vm, args: &[Value; 6]) -> R {
    insort(vm, args, false)
}
