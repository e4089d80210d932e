//! Changing bytearrays.

use super::array::array_of;
use super::data::{Data, byte_argument, bytes_argument, from_iterator, from_object};
use super::sequence::{class_of, item_index};
use crate::str::args::{repeat_front, size_argument};
use heap::Value;
use object::ops::SliceRange;
use object::{ByteArray, List, NativeFunction, R, Raised, Ref, Slice, TypeId, ValueExt, Vm, natives};

natives! { pub(super) static METHODS: {
    /// Append a byte.
    "append($self, item, /)" => append;
    /// Append all bytes of an iterable of ints or a bytes-like object.
    "extend($self, iterable_of_ints, /)" => extend;
    /// Insert a byte before the given index.
    "insert($self, index, item, /)" => insert;
    /// Remove and return the byte at an index, the last one by default.
    "pop($self, index=-1, /)" => pop;
    /// Remove the first byte of a value.
    "remove($self, value, /)" => remove;
    /// Reverse the order of the bytes in place.
    "reverse($self, /)" => reverse;
    /// Remove all bytes.
    "clear($self, /)" => clear;
    /// Return a copy.
    "copy($self, /)" => copy;
    /// Change the length: cut bytes off, or append zeros.
    "resize($self, size, /)" => resize;
}}

/// Raises BufferError where the size of a bytearray must not change because its memory is in use.
pub fn check_resize(vm: &Vm, array: Ref<ByteArray>) -> Result<(), Raised> {
    if array.exports.get() == 0 {
        return Ok(());
    }
    // Views that nothing refers to any more give back what they hold only when they are collected.
    if let Some(deferred) = defer_call(vm, array) {
        return Err(deferred);
    }
    vm.collect();
    vm.run_finalizers();
    if array.exports.get() == 0 {
        return Ok(());
    }
    Err(vm.buffer_error("Existing exports of data: object cannot be re-sized"))
}

/// Methods of which nothing is done before the size is checked, but for reading arguments.
const REPEATABLE: &[&str] = &["append", "clear", "pop", "resize"];

/// Does the running instruction call a method of a bytearray that can be called once more? Then that is done from where no
/// native frame holds a view any more, and after a collection.
#[cold]
fn defer_call(vm: &Vm, array: Ref<ByteArray>) -> Option<Raised> {
    if let Some((object, key)) = running_deletion(vm)
        && object == array.value()
        && (key.as_small().is_some() || is_plain_slice(key))
    {
        return vm.defer(object, |vm| {
            vm.collect();
            vm.run_finalizers();
            let (object, key) = running_deletion(vm).ok_or_else(|| vm.system_error("no deletion to repeat"))?;
            vm.delitem(object, key)?;
            Ok(object)
        });
    }
    let (callee, args) = running_call(vm)?;
    let function = callee.cast::<NativeFunction>()?;
    let is_own =
        args.items().first() == Some(&array.value()) && function.owner.get() == vm.types[TypeId::ByteArray].value();
    let is_plain = args.items()[1..].iter().all(|arg| arg.as_small().is_some());
    if !is_own || !is_plain || !REPEATABLE.contains(&function.def.name()) {
        return None;
    }
    vm.defer(callee, |vm| {
        vm.collect();
        vm.run_finalizers();
        match running_call(vm) {
            Some((callee, args)) => vm.call(callee, args.items()),
            None => Err(vm.system_error("no call to repeat")),
        }
    })
}

/// A slice whose parts are ints or None: no code runs when it is looked at.
fn is_plain_slice(key: Value) -> bool {
    let is_plain = |part: Value| part.is_none() || part.as_small().is_some();
    key.cast::<Slice>()
        .is_some_and(|slice| [&slice.start, &slice.stop, &slice.step].iter().all(|part| is_plain(part.get())))
}

/// The object and the key of the `del object[key]` that the innermost frame is at.
fn running_deletion(vm: &Vm) -> Option<(Value, Value)> {
    let frame = vm.thread().current()?;
    let instr = frame.code.original().get(frame.instr_index())?;
    (instr.op == bytecode::Op::DeleteSubscr as u8)
        .then(|| (frame.register(instr.a as usize), frame.register(instr.b as usize)))
}

/// The method and the arguments, self first, of the call that the innermost frame is at.
fn running_call(vm: &Vm) -> Option<(Value, Ref<List>)> {
    let frame = vm.thread().current()?;
    let instr = frame.code.original().get(frame.instr_index())?;
    if instr.op != bytecode::Op::Call as u8 || instr.flags & bytecode::call_flags::NO_SELF != 0 {
        return None;
    }
    let (callee, count) = (instr.b as usize, instr.c as usize + 1);
    let args = vm.list_with_capacity(count);
    for index in 0..count {
        args.push(vm, frame.register(callee + 1 + index));
    }
    Some((frame.register(callee), args))
}

/// Replaces a range of bytes, within what the bytearray has now.
fn replace(vm: &Vm, array: Ref<ByteArray>, start: usize, end: usize, with: &[u8]) -> Result<(), Raised> {
    if end - start == with.len() {
        array.as_mut_slice()[start..end].copy_from_slice(with);
        return Ok(());
    }
    check_resize(vm, array)?;
    let len = array.len();
    let (start, end) = (start.min(len), end.min(len));
    vm.check_size((len - (end - start)).checked_add(with.len()))?;
    array.splice(vm, start..end, with);
    Ok(())
}

fn append(vm: &Vm, [value, item]: &[Value; 2]) -> R {
    let array = array_of(vm, *value)?;
    let byte = byte_argument(vm, *item)?;
    replace(vm, array, array.len(), array.len(), &[byte])?;
    Ok(Value::NONE)
}

fn extend(vm: &Vm, [value, source]: &[Value; 2]) -> R {
    let array = array_of(vm, *value)?;
    let end = array.len();
    let bytes = if vm.has_buffer(*source) {
        let bytes = vm.bytes_of(*source)?;
        // Giving the buffer may have changed the bytearray: the bytes go where its end was.
        let at = end.min(array.len());
        replace(vm, array, at, at, &bytes)?;
        return Ok(Value::NONE);
    } else {
        let iterator = match vm.iter(*source) {
            Ok(_) if vm.as_str(*source).is_some() => {
                let class = class_of(vm, *source);
                return Err(vm.type_error(format!("expected iterable of integers; got: '{class}'")));
            }
            Ok(iterator) => iterator,
            Err(raised) => {
                vm.catch(raised, TypeId::TypeError)?;
                let class = class_of(vm, *source);
                return Err(vm.type_error(format!("can't extend bytearray with {class}")));
            }
        };
        // What it says of its length is not needed, but may raise.
        crate::support::length_hint(vm, *source, 32)?;
        from_iterator(vm, iterator, "byte")?
    };
    replace(vm, array, array.len(), array.len(), &bytes)?;
    Ok(Value::NONE)
}

fn insert(vm: &Vm, [value, index, item]: &[Value; 3]) -> R {
    let array = array_of(vm, *value)?;
    let index = size_argument(vm, *index)?;
    let byte = byte_argument(vm, *item)?;
    let len = array.len();
    let index = if index < 0 { index.saturating_add(len as isize).max(0) as usize } else { (index as usize).min(len) };
    replace(vm, array, index, index, &[byte])?;
    Ok(Value::NONE)
}

fn pop(vm: &Vm, [value, index]: &[Value; 2]) -> R {
    let array = array_of(vm, *value)?;
    let index = size_argument(vm, *index)?;
    let len = array.len();
    if len == 0 {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    let resolved = if index < 0 { index.saturating_add(len as isize) } else { index };
    let Some(index) = usize::try_from(resolved).ok().filter(|index| *index < len) else {
        return Err(vm.index_error("pop index out of range"));
    };
    check_resize(vm, array)?;
    let byte = array.as_slice()[index];
    array.splice(vm, index..index + 1, &[]);
    Ok(Value::small(byte as i64))
}

fn remove(vm: &Vm, [value, item]: &[Value; 2]) -> R {
    let array = array_of(vm, *value)?;
    let byte = byte_argument(vm, *item)?;
    match memchr::memchr(byte, array.as_slice()) {
        Some(at) => {
            replace(vm, array, at, at + 1, &[])?;
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("value not found in bytearray")),
    }
}

fn reverse(vm: &Vm, [value]: &[Value; 1]) -> R {
    array_of(vm, *value)?.as_mut_slice().reverse();
    Ok(Value::NONE)
}

fn clear(vm: &Vm, [value]: &[Value; 1]) -> R {
    let array = array_of(vm, *value)?;
    replace(vm, array, 0, array.len(), &[])?;
    Ok(Value::NONE)
}

fn copy(vm: &Vm, [value]: &[Value; 1]) -> R {
    Ok(vm.bytearray(array_of(vm, *value)?.as_slice()).value())
}

fn resize(vm: &Vm, [value, size]: &[Value; 2]) -> R {
    let array = array_of(vm, *value)?;
    let size = size_argument(vm, *size)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error(format!("Can only resize to positive sizes, got {size}")));
    };
    vm.check_size(Some(size))?;
    let len = array.len();
    match size.checked_sub(len) {
        Some(more) => replace(vm, array, len, len, &vec![0; more])?,
        None => replace(vm, array, size, len, &[])?,
    }
    Ok(Value::NONE)
}

/// `a += b`
pub(super) fn inplace_concat(vm: &Vm, a: Value, b: Value) -> R {
    let array = array_of(vm, a)?;
    if !vm.has_buffer(b) {
        let class = class_of(vm, b);
        return Err(vm.type_error(format!("can't concat {class} to {}", vm.type_name(a))));
    }
    let bytes = bytes_argument(vm, b)?;
    replace(vm, array, array.len(), array.len(), &bytes)?;
    Ok(a)
}

/// `a *= count`
pub(super) fn inplace_repeat(vm: &Vm, a: Value, count: Value) -> R {
    let array = array_of(vm, a)?;
    let (count, _) = crate::str::args::repetitions(vm, count, array.len(), "")?;
    let len = array.len();
    let Some(total) = len.checked_mul(count) else { return Err(vm.memory_error()) };
    if total != len {
        check_resize(vm, array)?;
        let mut out = vec![0; total];
        if total > 0 {
            out[..len].copy_from_slice(array.as_slice());
            repeat_front(&mut out, len);
        }
        array.splice(vm, 0..array.len(), &out);
    }
    Ok(a)
}

/// The slot `setitem`: assignment, and deletion where the value is unbound.
pub(super) fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let array = array_of(vm, this)?;
    let Some(slice) = key.cast::<object::Slice>() else {
        let index = item_index(vm, Data::Array(array), key)?;
        if value.is_unbound() {
            return replace(vm, array, index, index + 1, &[]);
        }
        let byte = byte_argument(vm, value)?;
        match array.as_mut_slice().get_mut(index) {
            Some(place) => *place = byte,
            None => return Err(vm.index_error("bytearray index out of range")),
        }
        return Ok(());
    };
    let bytes = if value.is_unbound() {
        Vec::new()
    } else if vm.has_buffer(value) {
        vm.bytes_of(value)?
    } else {
        let slots = vm.type_of(value).slots();
        let number =
            slots.index.is_some() || slots.int.is_some() || slots.float.is_some() || vm.as_int(value).is_some();
        if number || vm.as_str(value).is_some() {
            let text = "can assign only bytes, buffers, or iterables of ints in range(0, 256)";
            return Err(vm.type_error(text));
        }
        from_object(vm, "bytearray", value)?
    };
    let range = vm.slice_range(slice, || array.len())?;
    assign(vm, array, range, &bytes, value.is_unbound())
}

fn assign(vm: &Vm, array: Ref<ByteArray>, range: SliceRange, bytes: &[u8], delete: bool) -> Result<(), Raised> {
    if range.step == 1 {
        let start = range.start.max(0) as usize;
        return replace(vm, array, start, start + range.count, bytes);
    }
    if delete {
        if range.count == 0 {
            return Ok(());
        }
        check_resize(vm, array)?;
        // From left to right, whatever the direction of the slice.
        let last = range.start + (range.count as isize - 1) * range.step;
        let (first, step) = (range.start.min(last) as usize, range.step.unsigned_abs());
        let mut at = 0;
        let kept: Vec<u8> = array
            .as_slice()
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                let hit = *index >= first && (index - first) % step == 0 && at < range.count;
                at += hit as usize;
                !hit
            })
            .map(|(_, byte)| *byte)
            .collect();
        array.splice(vm, 0..array.len(), &kept);
        return Ok(());
    }
    if bytes.is_empty() && range.count > 0 {
        return assign(vm, array, range, bytes, true);
    }
    if bytes.len() != range.count {
        return Err(vm.value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            bytes.len(),
            range.count
        )));
    }
    let out = array.as_mut_slice();
    for (nth, byte) in bytes.iter().enumerate() {
        out[(range.start + nth as isize * range.step) as usize] = *byte;
    }
    Ok(())
}
