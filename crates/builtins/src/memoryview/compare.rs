//! Equality and hash.

use super::access;
use super::item::{code, is_byte, unpack};
use super::view::{View, any, from_object, release, this};
use bytecode::CompareOperator;
use heap::Value;
use object::{R, Raised, Vm};

/// The slot `compare`: views are equal that have equal items in equal shape.
pub(super) fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    if !matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let verdict = |equal: bool| Ok(Value::bool(equal == (op == CompareOperator::Eq)));
    let view = any(vm, a)?;
    if view.is_released() {
        return verdict(a == b);
    }
    if let Some(other) = vm.as_native::<View>(b) {
        if other.is_released() {
            return verdict(false);
        }
        return verdict(equal(vm, &view, &other)?);
    }
    if !vm.has_buffer(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let other = match from_object(vm, b, false) {
        Ok(other) => this(vm, other)?,
        Err(raised) => {
            vm.take_exception(raised);
            return Ok(Value::NOT_IMPLEMENTED);
        }
    };
    let result = equal(vm, &view, &other);
    release(vm, other)?;
    verdict(result?)
}

fn equal(vm: &Vm, a: &View, b: &View) -> Result<bool, Raised> {
    if a.shape != b.shape {
        return Ok(false);
    }
    let (code_a, code_b) = (code(a.format), code(b.format));
    let by_bytes = a.itemsize == b.itemsize
        && match (code_a, code_b) {
            (Some(x), Some(y)) => x == y && !matches!(x, b'e' | b'f' | b'd' | b'?'),
            _ => a.format == b.format,
        };
    if by_bytes {
        return Ok(access::to_vec(a, false) == access::to_vec(b, false));
    }
    if code_a.is_none() || code_b.is_none() {
        return Ok(false);
    }
    let mut offsets = Vec::new();
    access::for_each_offset(b, false, |offset| offsets.push(offset));
    let mut others = offsets.into_iter();
    let mut result = Ok(true);
    access::for_each_offset(a, false, |offset| {
        let Some(other) = others.next() else { return };
        if matches!(result, Ok(true)) {
            let left = unpack(vm, a.format, &access::read(a, offset));
            let right = unpack(vm, b.format, &access::read(b, other));
            result = left.and_then(|left| {
                let right = right?;
                // NaN differs from itself here: items are compared as numbers, not as objects.
                vm.compare_bool(left, right, CompareOperator::Eq)
            });
        }
    });
    result
}

/// The slot `hash`: that of the bytes.
pub(super) fn hash(vm: &Vm, value: Value) -> Result<i64, Raised> {
    let view = any(vm, value)?;
    if let Some(hash) = view.hash.get() {
        return Ok(hash);
    }
    let view = this(vm, value)?;
    if !view.readonly {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !is_byte(view.format) {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // The memory must stay while the object's hash is asked for.
    let held = vm.buffer(value, false)?;
    let hashed = vm.hash(view.object.get());
    vm.release_buffer(&held);
    hashed?;
    let hash = vm.hash_bytes(&access::to_vec(&view, false));
    view.hash.set(Some(hash));
    Ok(hash)
}
