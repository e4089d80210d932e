//! Arguments that the methods of str, bytes and bytearray have in common.

use heap::Value;
use object::{Raised, Ref, Str, Vm};

/// The string that a method of str was called on.
#[inline]
pub fn this(vm: &Vm, value: Value) -> Result<Ref<Str>, Raised> {
    match vm.as_str(value) {
        Some(text) => Ok(text),
        None => Err(vm.type_error(format!("a str is required, not '{}'", vm.type_name(value)))),
    }
}

/// The class name of a value as messages about arguments show it: None is shown as itself.
pub fn class_or_none(vm: &Vm, value: Value) -> String {
    if value.is_none() { "None".to_string() } else { vm.type_of(value).qualified_name(vm) }
}

/// The full name of a value's class, as messages show it that must tell classes of one name apart.
pub fn full_class_name(vm: &Vm, value: Value) -> String {
    let class = vm.type_of(value);
    if class.def.get().is_some() {
        return class.qualified_name(vm);
    }
    let qualname = vm.as_str(class.qualname.get()).map_or_else(|| class.name_str(), |name| name.to_string_lossy());
    let module = class.dict().get_str(vm, vm.names.__module__).and_then(|module| vm.as_str(module));
    match module.map(|module| module.to_string_lossy()) {
        Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{qualname}"),
        _ => qualname,
    }
}

/// A string argument of a function, in the words for the argument of that number; 0 for the only one.
pub fn str_argument(vm: &Vm, value: Value, function: &str, number: usize) -> Result<Ref<Str>, Raised> {
    vm.as_str(value).ok_or_else(|| {
        let class = class_or_none(vm, value);
        vm.type_error(match number {
            0 => format!("{function}() argument must be str, not {class}"),
            _ => format!("{function}() argument {number} must be str, not {class}"),
        })
    })
}

/// An int argument that is a size.
pub fn size_argument(vm: &Vm, value: Value) -> Result<isize, Raised> {
    if let Some(int) = value.as_small() {
        return Ok(int as isize);
    }
    match vm.index(value)?.to_i64() {
        Some(int) => Ok(int as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// An int argument as C's int.
pub fn int_argument(vm: &Vm, value: Value) -> Result<i32, Raised> {
    match vm.index(value)?.to_i64().and_then(|int| i32::try_from(int).ok()) {
        Some(int) => Ok(int),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

/// The part of a sequence of `len` items that `start` and `end` (None where they are not given) select; None where
/// there is no such part, so that not even nothing can be found in it.
pub fn window(vm: &Vm, start: Value, end: Value, len: usize) -> Result<Option<(usize, usize)>, Raised> {
    let end = if end.is_none() { isize::MAX } else { vm.index_clamped(end)?.unwrap_or(isize::MAX) };
    let start = if start.is_none() { 0 } else { vm.index_clamped(start)?.unwrap_or(0) };
    let len = len as isize;
    let resolve = |index: isize| if index < 0 { index.saturating_add(len).max(0) } else { index };
    let (start, end) = (resolve(start), resolve(end.min(len)));
    Ok((start <= end).then_some((start as usize, end as usize)))
}

/// The number of repetitions by which a sequence of `len` bytes is multiplied, and the bytes of the result.
pub fn repetitions(vm: &Vm, count: Value, len: usize, too_long: &str) -> Result<(usize, usize), Raised> {
    if vm.as_int(count).is_none() && vm.type_of(count).slots().index.is_none() {
        let name = vm.type_of(count).qualified_name(vm);
        return Err(vm.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    let Some(count) = vm.index(count)?.to_i64() else {
        return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
    };
    let count = usize::try_from(count).unwrap_or(0);
    match len.checked_mul(count).filter(|total| *total <= isize::MAX as usize) {
        Some(total) => {
            vm.check_size(Some(total))?;
            Ok((count, total))
        }
        None if too_long.is_empty() => Err(vm.memory_error()),
        None => Err(vm.overflow_error(too_long)),
    }
}

/// Fills memory with repetitions of what its front holds: `unit` bytes.
pub fn repeat_front(out: &mut [u8], unit: usize) {
    if unit == 0 {
        return;
    }
    if unit == 1 {
        let byte = out.first().copied().unwrap_or(0);
        out.fill(byte);
        return;
    }
    let mut done = unit;
    while done < out.len() {
        let (front, back) = out.split_at_mut(done);
        let more = front.len().min(back.len());
        back[..more].copy_from_slice(&front[..more]);
        done += more;
    }
}

/// The limit of digits in conversions between int and text: `sys.set_int_max_str_digits`.
pub fn max_str_digits(vm: &Vm) -> usize {
    vm.config.int_max_str_digits.get()
}
