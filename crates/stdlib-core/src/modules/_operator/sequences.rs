//! Functions on containers, and `_compare_digest`.

use bytecode::BinaryOperator;
use object::slots::R;
use object::{Raised, TypeId, Value, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Same as a + b, for a and b sequences.
    "concat($module, a, b, /)" => concat;
    /// Same as a += b, for a and b sequences.
    "iconcat($module, a, b, /)" => inplace_concat;
    /// Same as b in a (note reversed operands).
    "contains($module, a, b, /)" => contains;
    /// Return the number of items in a which are, or which equal, b.
    "countOf($module, a, b, /)" => count_of;
    /// Return the first index of b in a.
    "indexOf($module, a, b, /)" => index_of;
    /// Same as a[b].
    "getitem($module, a, b, /)" => getitem;
    /// Same as a[b] = c.
    "setitem($module, a, b, c, /)" => setitem;
    /// Same as del a[b].
    "delitem($module, a, b, /)" => delitem;
    /// Return an estimate of the number of items in obj.
    ///
    /// This is useful for presizing containers when building from an iterable.
    ///
    /// If the object supports len(), the result will be exact.
    /// Otherwise, it may over- or under-estimate by an arbitrary amount.
    /// The result will be an integer >= 0.
    "length_hint($module, obj, default=0, /)" => length_hint;
    /// Return 'a == b', in a time that does not depend on where the two differ.
    ///
    /// a and b are strings of ASCII characters only, or bytes-like objects.
    "_compare_digest($module, a, b, /)" => compare_digest;
}}

fn is_sequence(vm: &Vm, value: Value) -> bool {
    vm.type_of(value).slots().getitem.is_some() && !vm.is_a(value, TypeId::Dict)
}

fn concat(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    if let Some(slot) = vm.type_of(*a).slots().concat {
        return slot(vm, *a, *b);
    }
    if is_sequence(vm, *a) && is_sequence(vm, *b) {
        let result = vm.binary_slots(|slots| slots.add, *a, *b)?;
        if result != Value::NOT_IMPLEMENTED {
            return Ok(result);
        }
    }
    Err(cannot_concat(vm, *a))
}

fn cannot_concat(vm: &Vm, a: Value) -> Raised {
    vm.type_error(format!("'{}' object can't be concatenated", vm.type_of(a).qualified_name(vm)))
}

fn inplace_concat(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    let slots = vm.type_of(*a).slots();
    if let Some(slot) = slots.inplace_concat.or(slots.concat) {
        return slot(vm, *a, *b);
    }
    if is_sequence(vm, *a) && is_sequence(vm, *b) {
        return vm.binary(BinaryOperator::InplaceAdd, *a, *b);
    }
    Err(cannot_concat(vm, *a))
}

fn contains(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    Ok(Value::bool(vm.contains(*a, *b)?))
}

fn iterator(vm: &Vm, value: Value) -> R {
    match vm.iter(value) {
        Ok(iterator) => Ok(iterator),
        Err(raised) => {
            vm.catch(raised, TypeId::TypeError)?;
            let name = vm.type_of(value).qualified_name(vm);
            Err(vm.type_error(format!("argument of type '{name}' is not a container or iterable")))
        }
    }
}

fn count_of(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    let iterator = iterator(vm, *a)?;
    let mut count = 0;
    while let Some(item) = vm.next(iterator)? {
        count += vm.eq(item, *b)? as i64;
    }
    Ok(vm.int(count))
}

fn index_of(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    let iterator = iterator(vm, *a)?;
    let mut index = 0;
    while let Some(item) = vm.next(iterator)? {
        if vm.eq(item, *b)? {
            return Ok(vm.int(index));
        }
        index += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}

fn getitem(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    vm.getitem(*a, *b)
}

fn setitem(vm: &Vm, [_module, a, b, c]: &[Value; 4]) -> R {
    vm.setitem(*a, *b, *c)?;
    Ok(Value::NONE)
}

fn delitem(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    vm.delitem(*a, *b)?;
    Ok(Value::NONE)
}

fn length_hint(vm: &Vm, [_module, object, default]: &[Value; 3]) -> R {
    let Some(fallback) = vm.as_int(*default) else {
        let name = vm.type_name(*default);
        return Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")));
    };
    let Some(fallback) = fallback.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    if vm.type_of(*object).slots().len.is_some() {
        match vm.len(*object) {
            Ok(len) => return Ok(vm.int_usize(len)),
            Err(raised) => {
                vm.catch(raised, TypeId::TypeError)?;
            }
        }
    }
    let hint = match vm.call_special(*object, vm.names.__length_hint__, &[]) {
        None => return Ok(vm.int(fallback)),
        Some(Ok(hint)) => hint,
        Some(Err(raised)) => {
            vm.catch(raised, TypeId::TypeError)?;
            return Ok(vm.int(fallback));
        }
    };
    if hint == Value::NOT_IMPLEMENTED {
        return Ok(vm.int(fallback));
    }
    let Some(int) = vm.as_int(hint) else {
        return Err(vm.type_error(format!("__length_hint__ must be an integer, not {}", vm.type_name(hint))));
    };
    match int.to_i64() {
        Some(int) if int >= 0 => Ok(vm.int(int)),
        Some(_) => Err(vm.value_error("__length_hint__() should return >= 0")),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// Compares in a time that depends on the length of `b` only.
fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    let (left, mut difference) = if a.len() == b.len() { (a, 0) } else { (b, 1) };
    for (x, y) in left.iter().zip(b) {
        difference |= std::hint::black_box(x ^ y);
    }
    difference == 0
}

fn compare_digest(vm: &Vm, [_module, a, b]: &[Value; 3]) -> R {
    if let (Some(a), Some(b)) = (vm.as_str(*a), vm.as_str(*b)) {
        if !a.is_ascii() || !b.is_ascii() {
            return Err(vm.type_error("comparing strings with non-ASCII characters is not supported"));
        }
        return Ok(Value::bool(equal_in_constant_time(a.as_bytes(), b.as_bytes())));
    }
    if !vm.has_buffer(*a) || !vm.has_buffer(*b) {
        let text = format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            vm.type_of(*a).qualified_name(vm),
            vm.type_of(*b).qualified_name(vm)
        );
        return Err(vm.type_error(text));
    }
    let equal = vm.with_bytes(*a, |a| vm.with_bytes(*b, |b| equal_in_constant_time(a, b)))??;
    Ok(Value::bool(equal))
}
