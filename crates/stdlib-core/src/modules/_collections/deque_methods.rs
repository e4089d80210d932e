//! Methods of deques.

use super::deque::{Deque, DequeOps, deque, make, remove_at};
use super::deque_iter;
use super::dicts::getstate;
use crate::support::{ssize, class_getitem};
use object::slots::R;
use object::{Raised, TypeId, Value, Vm, natives};

natives! { pub static METHODS: {
    /// Add an element to the right side of the deque.
    "append($self, item, /)" => append;
    /// Add an element to the left side of the deque.
    "appendleft($self, item, /)" => appendleft;
    /// Remove all elements from the deque.
    "clear($self, /)" => clear;
    /// Return a shallow copy of a deque.
    "copy($self, /)" => copy;
    /// Return a shallow copy of a deque.
    "__copy__($self, /)" => copy;
    /// Return number of occurrences of value.
    "count($self, value, /)" => count;
    /// Extend the right side of the deque with elements from the iterable.
    "extend($self, iterable, /)" => extend;
    /// Extend the left side of the deque with elements from the iterable.
    "extendleft($self, iterable, /)" => extendleft;
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    "index($self, value, start=0, stop=sys.maxsize, /)" => index;
    /// Insert value before index.
    "insert($self, index, value, /)" => insert;
    /// Remove and return the rightmost element.
    "pop($self, /)" => pop;
    /// Remove and return the leftmost element.
    "popleft($self, /)" => popleft;
    /// Remove first occurrence of value.
    "remove($self, value, /)" => remove;
    /// Reverse *IN PLACE*.
    "reverse($self, /)" => reverse;
    /// Rotate the deque n steps to the right.  If n is negative, rotates left.
    "rotate($self, n=1, /)" => rotate;
    /// Return a reverse iterator over the deque.
    "__reversed__($self, /)" => reversed;
    /// Return state information for pickling.
    "__reduce__($self, /)" => reduce;
    /// Return the size of the deque in memory, in bytes.
    "__sizeof__($self, /)" => sizeof;
    /// See PEP 585
    "__class_getitem__($type, item, /)" => class_getitem [class];
}}

fn append(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    deque(vm, *this)?.push_back(vm, *item);
    Ok(Value::NONE)
}

fn appendleft(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    deque(vm, *this)?.push_front(vm, *item);
    Ok(Value::NONE)
}

fn clear(vm: &Vm, [this]: &[Value; 1]) -> R {
    deque(vm, *this)?.clear(vm);
    Ok(Value::NONE)
}

/// A copy of a deque, by its class where that is a subclass.
pub fn copy_of(vm: &Vm, this: Value) -> R {
    let old = deque(vm, this)?;
    let class = vm.type_of(this);
    if vm.state_value("collections.deque") == Some(class.value()) {
        let new = make(vm, class.value(), old.max_len.get())?;
        for index in 0..old.len() {
            new.push_back(vm, old.get(index).unwrap_or(Value::NONE));
        }
        return Ok(new.value());
    }
    let new = match old.max_len.get() {
        Some(max_len) => vm.call(class.value(), &[this, vm.int_usize(max_len)])?,
        None => vm.call(class.value(), &[this])?,
    };
    if vm.as_native::<Deque>(new).is_none() {
        let text = format!("{}() must return a deque, not {}", class.name_str(), vm.type_name(new));
        return Err(vm.type_error(text));
    }
    Ok(new)
}

fn copy(vm: &Vm, [this]: &[Value; 1]) -> R {
    copy_of(vm, *this)
}

fn count(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let deque = deque(vm, *this)?;
    let state = deque.state.get();
    let mut count = 0;
    for index in 0..deque.len() {
        let item = deque.get(index).unwrap_or(Value::NONE);
        count += vm.eq(item, *value)? as i64;
        if deque.state.get() != state {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
    }
    Ok(vm.int(count))
}

/// Appends the items of an iterable on one side.
pub fn extend_with(vm: &Vm, this: Value, iterable: Value, left: bool) -> Result<(), Raised> {
    let deque = deque(vm, this)?;
    let iterable = if iterable == this { deque.to_list(vm).value() } else { iterable };
    vm.for_each(iterable, |item| {
        if left { deque.push_front(vm, item) } else { deque.push_back(vm, item) }
        Ok(())
    })
}

fn extend(vm: &Vm, [this, iterable]: &[Value; 2]) -> R {
    extend_with(vm, *this, *iterable, false)?;
    Ok(Value::NONE)
}

fn extendleft(vm: &Vm, [this, iterable]: &[Value; 2]) -> R {
    extend_with(vm, *this, *iterable, true)?;
    Ok(Value::NONE)
}

fn not_in_deque(vm: &Vm, value: Value) -> Raised {
    match vm.repr(value) {
        Ok(repr) => {
            let mut text = base::text::Wtf8Buf::new();
            text.push_wtf8(repr.text());
            text.push_str(" is not in deque");
            let text = vm.str_wtf8(&text).value();
            vm.raise_type(vm.types[TypeId::ValueError], &[text])
        }
        Err(raised) => raised,
    }
}

fn index(vm: &Vm, [this, value, start, stop]: &[Value; 4]) -> R {
    let deque = deque(vm, *this)?;
    let len = deque.len();
    let clamp = |value: Value, default: usize| -> Result<usize, Raised> {
        let Some(value) = value.bound() else { return Ok(default) };
        let Some(index) = vm.index_clamped(value)? else {
            return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
        };
        let index = if index < 0 { index.saturating_add(len as isize).max(0) } else { index };
        Ok((index as usize).min(len))
    };
    let (start, stop) = (clamp(*start, 0)?, clamp(*stop, len)?);
    let state = deque.state.get();
    for index in start..stop {
        let item = deque.get(index).unwrap_or(Value::NONE);
        if vm.eq(item, *value)? {
            return Ok(vm.int_usize(index));
        }
        if deque.state.get() != state {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
    }
    Err(not_in_deque(vm, *value))
}

fn insert(vm: &Vm, [this, index, value]: &[Value; 3]) -> R {
    let deque = deque(vm, *this)?;
    let index = ssize(vm, *index)?;
    let len = deque.len();
    if deque.max_len.get().is_some_and(|max| len >= max) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let index = if index < 0 { index.saturating_add(len as isize).max(0) } else { index } as usize;
    let index = index.min(len);
    if index < len / 2 {
        deque.push_front(vm, *value);
        for at in 0..index {
            deque.set(vm, at, deque.get(at + 1).unwrap_or(Value::NONE));
        }
    } else {
        deque.push_back(vm, *value);
        for at in (index..len).rev() {
            deque.set(vm, at + 1, deque.get(at).unwrap_or(Value::NONE));
        }
    }
    deque.set(vm, index, *value);
    Ok(Value::NONE)
}

fn pop(vm: &Vm, [this]: &[Value; 1]) -> R {
    deque(vm, *this)?.pop_back(vm).ok_or_else(|| vm.index_error("pop from an empty deque"))
}

fn popleft(vm: &Vm, [this]: &[Value; 1]) -> R {
    deque(vm, *this)?.pop_front(vm).ok_or_else(|| vm.index_error("pop from an empty deque"))
}

fn remove(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    let deque = deque(vm, *this)?;
    let state = deque.state.get();
    for index in 0..deque.len() {
        let item = deque.get(index).unwrap_or(Value::NONE);
        let equal = vm.eq(item, *value)?;
        if deque.state.get() != state {
            return Err(vm.index_error("deque mutated during remove()."));
        }
        if equal {
            remove_at(vm, deque, index);
            return Ok(Value::NONE);
        }
    }
    Err(not_in_deque(vm, *value))
}

fn reverse(vm: &Vm, [this]: &[Value; 1]) -> R {
    let deque = deque(vm, *this)?;
    let len = deque.len();
    for left in 0..len / 2 {
        let right = len - 1 - left;
        let (a, b) = (deque.get(left), deque.get(right));
        deque.set(vm, left, b.unwrap_or(Value::NONE));
        deque.set(vm, right, a.unwrap_or(Value::NONE));
    }
    Ok(Value::NONE)
}

fn rotate(vm: &Vm, [this, by]: &[Value; 2]) -> R {
    let by = ssize(vm, *by)?;
    deque(vm, *this)?.rotate(vm, by);
    Ok(Value::NONE)
}

fn reversed(vm: &Vm, [this]: &[Value; 1]) -> R {
    deque_iter::reversed(vm, *this)
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let state = getstate(vm, *this)?;
    let iterator = vm.iter(*this)?;
    let args = match deque(vm, *this)?.max_len.get() {
        Some(max_len) => vm.tuple(&[vm.tuple(&[]).value(), vm.int_usize(max_len)]),
        None => vm.tuple(&[]),
    };
    Ok(vm.tuple(&[vm.type_of(*this).value(), args.value(), state, iterator]).value())
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let len = deque(vm, *this)?.len();
    Ok(vm.int_usize(size_of::<Deque>() + 16 + len.next_power_of_two().max(8) * 8))
}
