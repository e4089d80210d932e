//! Reading and writing by index.

use super::{bytes, open, writable, write_at};
use object::{R, Raised, Slice, Value, ValueExt, Vm};

fn index_arg(vm: &Vm, key: Value, size: usize) -> Result<Option<usize>, Raised> {
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        return Err(vm.type_error("mmap indices must be integers"));
    }
    let index = vm.index_isize(key)?;
    let index = if index < 0 { index + size as isize } else { index };
    Ok((index >= 0 && (index as usize) < size).then_some(index as usize))
}

pub fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let map = open(vm, this)?;
    if let Some(slice) = key.cast::<Slice>() {
        let range = vm.slice_range(slice, || map.size.get())?;
        let map = open(vm, this)?;
        let all = bytes(&map);
        if range.step == 1 {
            let start = range.start as usize;
            return Ok(vm.bytes(all.get(start..start + range.count).unwrap_or(&[])).value());
        }
        let picked: Vec<u8> = (0..range.count as isize)
            .filter_map(|at| all.get((range.start + at * range.step) as usize).copied())
            .collect();
        return Ok(vm.bytes(&picked).value());
    }
    match index_arg(vm, key, map.size.get())? {
        Some(index) => Ok(vm.int(bytes(&*open(vm, this)?)[index] as i64)),
        None => Err(vm.index_error("mmap index out of range")),
    }
}

pub fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let map = writable(vm, this)?;
    if value.is_unbound() {
        let what = if key.cast::<Slice>().is_some() { "slice" } else { "item" };
        return Err(vm.type_error(format!("mmap object doesn't support {what} deletion")));
    }
    if let Some(slice) = key.cast::<Slice>() {
        let from = vm.bytes_of(value)?;
        let range = vm.slice_range(slice, || map.size.get())?;
        if from.len() != range.count {
            return Err(vm.index_error("mmap slice assignment is wrong size"));
        }
        let map = writable(vm, this)?;
        if range.step == 1 {
            if range.start as usize + range.count <= map.size.get() {
                write_at(&map, range.start as usize, &from);
            }
        } else {
            for (at, byte) in from.iter().enumerate() {
                let index = (range.start + at as isize * range.step) as usize;
                if index < map.size.get() {
                    write_at(&map, index, &[*byte]);
                }
            }
        }
        return Ok(());
    }
    let Some(index) = index_arg(vm, key, map.size.get())? else {
        return Err(vm.index_error("mmap index out of range"));
    };
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        return Err(vm.type_error("mmap item value must be an int"));
    }
    match vm.index(value)?.to_i64().and_then(|value| u8::try_from(value).ok()) {
        Some(byte) => {
            let map = writable(vm, this)?;
            if index >= map.size.get() {
                return Err(vm.index_error("mmap index out of range"));
            }
            write_at(&map, index, &[byte]);
            Ok(())
        }
        None => Err(vm.value_error("mmap item value must be in range(0, 256)")),
    }
}
