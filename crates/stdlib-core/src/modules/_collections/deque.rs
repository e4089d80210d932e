//! `deque`: the representation, a ring buffer, and the slots.

use super::deque_iter;
use super::deque_methods as methods;
use crate::support::{ssize, class_arg, data, guarded_repr};
use object::traced;
use bytecode::CompareOperator;
use object::layout::native::Native;
use object::slots::{R, Slot};
use object::{Field, GetSet, List, Raised, Ref, TypeDef, Value, ValueExt, Vm, native_ref, type_flags};
use std::cell::Cell;

/// A deque: a list whose length is a power of two serves as ring; unused places are unbound.
pub struct Deque {
    ring: Field,
    head: Cell<usize>,
    len: Cell<usize>,
    /// `maxlen`
    pub max_len: Cell<Option<usize>>,
    /// Changes with every change of the length or order.
    pub state: Cell<u64>,
}

traced! { Deque { ring } }

/// A deque object.
pub type DequeRef = Ref<Native<Deque>>;

pub static DEQUE: TypeDef = TypeDef {
    name: "deque",
    module: "collections",
    flags: type_flags::BASETYPE | type_flags::WEAKREF | type_flags::SEQUENCE,
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    slots: &[
        Slot::len(|vm, this| Ok(deque(vm, this)?.len())),
        Slot::getitem(getitem),
        Slot::setitem(setitem),
        Slot::contains(contains),
        Slot::concat(concat),
        Slot::repeat(repeat),
        Slot::inplace_concat(inplace_concat),
        Slot::inplace_repeat(inplace_repeat),
        Slot::compare(compare),
        Slot::iter(deque_iter::iter),
        Slot::repr(repr),
    ],
    methods: &[methods::METHODS],
    getset: &[GetSet {
        name: "maxlen",
        get: |vm, this| Ok(deque(vm, this)?.max_len.get().map_or(Value::NONE, |len| vm.int_usize(len))),
        set: None,
        doc: "maximum size of a deque or None if unbounded",
        is_member: false,
    }],
    new: Some(native_ref!("deque(...)" -> new)),
    init: Some(native_ref!("deque($self, iterable=<unrepresentable>, maxlen=None)" => init)),
    ..TypeDef::DEFAULT
};

/// The deque of an object.
pub fn deque(vm: &Vm, this: Value) -> Result<DequeRef, Raised> {
    data(vm, this)
}

impl Deque {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.len.get()
    }

    fn list(&self) -> Ref<List> {
        // SAFETY: the field always holds a list.
        unsafe { self.ring.get().cast_unchecked() }
    }

    fn place(&self, index: usize) -> usize {
        (self.head.get() + index) & (self.list().len().max(1) - 1)
    }

    /// The item at an index.
    pub fn get(&self, index: usize) -> Option<Value> {
        if index < self.len() { self.list().get(self.place(index)) } else { None }
    }

    fn touch(&self) {
        self.state.set(self.state.get() + 1);
    }
}

/// The operations, which never call Python.
pub trait DequeOps: Copy {
    /// Appends on the right.
    fn push_back(self, vm: &Vm, value: Value);
    /// Appends on the left.
    fn push_front(self, vm: &Vm, value: Value);
    /// Removes the last item.
    fn pop_back(self, vm: &Vm) -> Option<Value>;
    /// Removes the first item.
    fn pop_front(self, vm: &Vm) -> Option<Value>;
    /// Replaces an item.
    fn set(self, vm: &Vm, index: usize, value: Value);
    /// Removes all items.
    fn clear(self, vm: &Vm);
    /// Turns to the right by so many places.
    fn rotate(self, vm: &Vm, by: isize);
    /// A list of the items.
    fn to_list(self, vm: &Vm) -> Ref<List>;
}

fn grow(vm: &Vm, deque: DequeRef) {
    let old = deque.list();
    if deque.len() < old.len() {
        return;
    }
    let size = (old.len() * 2).max(8);
    let fresh = deque.to_list(vm);
    fresh.reserve(vm, size);
    for _ in fresh.len()..size {
        fresh.push(vm, Value::UNBOUND);
    }
    deque.ring.set(vm, deque, fresh.value());
    deque.head.set(0);
}

impl DequeOps for DequeRef {
    fn push_back(self, vm: &Vm, value: Value) {
        grow(vm, self);
        let len = self.len();
        self.list().set(vm, self.place(len), value);
        self.len.set(len + 1);
        self.touch();
        if self.max_len.get().is_some_and(|max| len + 1 > max) {
            self.pop_front(vm);
        }
    }

    fn push_front(self, vm: &Vm, value: Value) {
        grow(vm, self);
        let size = self.list().len();
        self.head.set((self.head.get() + size - 1) & (size - 1));
        self.list().set(vm, self.head.get(), value);
        self.len.set(self.len() + 1);
        self.touch();
        if self.max_len.get().is_some_and(|max| self.len() > max) {
            self.pop_back(vm);
        }
    }

    fn pop_back(self, vm: &Vm) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let value = self.get(last);
        self.list().set(vm, self.place(last), Value::UNBOUND);
        self.len.set(last);
        self.touch();
        value
    }

    fn pop_front(self, vm: &Vm) -> Option<Value> {
        let rest = self.len().checked_sub(1)?;
        let value = self.get(0);
        self.list().set(vm, self.place(0), Value::UNBOUND);
        self.head.set(self.place(1));
        self.len.set(rest);
        self.touch();
        value
    }

    fn set(self, vm: &Vm, index: usize, value: Value) {
        if index < self.len() {
            self.list().set(vm, self.place(index), value);
        }
    }

    fn clear(self, vm: &Vm) {
        self.ring.set(vm, self, vm.list(&[]).value());
        self.head.set(0);
        self.len.set(0);
        self.touch();
    }

    fn rotate(self, vm: &Vm, by: isize) {
        let len = self.len();
        if len < 2 {
            return;
        }
        let by = by.rem_euclid(len as isize) as usize;
        // Moves the few items at one end to the other.
        if by <= len / 2 {
            for _ in 0..by {
                if let Some(item) = self.pop_back(vm) {
                    self.push_front(vm, item);
                }
            }
        } else {
            for _ in 0..len - by {
                if let Some(item) = self.pop_front(vm) {
                    self.push_back(vm, item);
                }
            }
        }
    }

    fn to_list(self, vm: &Vm) -> Ref<List> {
        let list = vm.list_with_capacity(self.len());
        for index in 0..self.len() {
            list.push(vm, self.get(index).unwrap_or(Value::NONE));
        }
        list
    }
}

/// A new empty deque of a class.
pub fn make(vm: &Vm, class: Value, max_len: Option<usize>) -> Result<DequeRef, Raised> {
    let data = Deque {
        ring: Field::new(vm.list(&[]).value()),
        head: Cell::new(0),
        len: Cell::new(0),
        max_len: Cell::new(max_len),
        state: Cell::new(0),
    };
    Ok(vm.native(class_arg(vm, class)?, data))
}

fn new(vm: &Vm, args: object::Args) -> R {
    let class = args.args.first().copied().unwrap_or(Value::NONE);
    Ok(make(vm, class, None)?.value())
}

fn init(vm: &Vm, [this, iterable, max_len]: &[Value; 3]) -> R {
    let deque = deque(vm, *this)?;
    let max_len = if max_len.is_none() {
        None
    } else {
        if vm.as_int(*max_len).is_none() {
            return Err(vm.type_error("an integer is required"));
        }
        let max_len = ssize(vm, *max_len)?;
        if max_len < 0 {
            return Err(vm.value_error("maxlen must be non-negative"));
        }
        Some(max_len as usize)
    };
    deque.max_len.set(max_len);
    if deque.len() > 0 {
        deque.clear(vm);
    }
    if let Some(iterable) = iterable.bound() {
        methods::extend_with(vm, *this, iterable, false)?;
    }
    Ok(Value::NONE)
}

/// An index as the sequence protocol takes it.
fn index_of(vm: &Vm, deque: DequeRef, key: Value) -> Result<Option<usize>, Raised> {
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        let text = format!("sequence index must be integer, not '{}'", vm.type_of(key).qualified_name(vm));
        return Err(vm.type_error(text));
    }
    let index = vm.index_isize(key)?;
    let index = if index < 0 { index + deque.len() as isize } else { index };
    Ok(usize::try_from(index).ok().filter(|index| *index < deque.len()))
}

fn getitem(vm: &Vm, this: Value, key: Value) -> R {
    let deque = deque(vm, this)?;
    let found = index_of(vm, deque, key)?.and_then(|index| deque.get(index));
    found.ok_or_else(|| vm.index_error("deque index out of range"))
}

fn setitem(vm: &Vm, this: Value, key: Value, value: Value) -> Result<(), Raised> {
    let deque = deque(vm, this)?;
    let Some(index) = index_of(vm, deque, key)? else { return Err(vm.index_error("deque index out of range")) };
    if value.is_unbound() {
        remove_at(vm, deque, index);
    } else {
        deque.set(vm, index, value);
    }
    Ok(())
}

/// Removes the item at an index, moving the shorter side.
pub fn remove_at(vm: &Vm, deque: DequeRef, index: usize) {
    let len = deque.len();
    if index < len / 2 {
        for at in (0..index).rev() {
            deque.set(vm, at + 1, deque.get(at).unwrap_or(Value::NONE));
        }
        deque.pop_front(vm);
    } else {
        for at in index + 1..len {
            deque.set(vm, at - 1, deque.get(at).unwrap_or(Value::NONE));
        }
        deque.pop_back(vm);
    }
}

fn contains(vm: &Vm, this: Value, value: Value) -> Result<bool, Raised> {
    let deque = deque(vm, this)?;
    let state = deque.state.get();
    for index in 0..deque.len() {
        let item = deque.get(index).unwrap_or(Value::NONE);
        if vm.eq(item, value)? {
            return Ok(true);
        }
        if deque.state.get() != state {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
    }
    Ok(false)
}

fn concat(vm: &Vm, this: Value, other: Value) -> R {
    if vm.as_native::<Deque>(other).is_none() {
        let text = format!("can only concatenate deque (not \"{}\") to deque", vm.type_name(other));
        return Err(vm.type_error(text));
    }
    let new = methods::copy_of(vm, this)?;
    methods::extend_with(vm, new, other, false)?;
    Ok(new)
}

fn inplace_concat(vm: &Vm, this: Value, other: Value) -> R {
    methods::extend_with(vm, this, other, false)?;
    Ok(this)
}

fn repeat(vm: &Vm, this: Value, count: Value) -> R {
    let new = methods::copy_of(vm, this)?;
    inplace_repeat(vm, new, count)
}

fn inplace_repeat(vm: &Vm, this: Value, count: Value) -> R {
    let deque = deque(vm, this)?;
    if vm.as_int(count).is_none() && vm.type_of(count).slots().index.is_none() {
        let text = format!("can't multiply sequence by non-int of type '{}'", vm.type_of(count).qualified_name(vm));
        return Err(vm.type_error(text));
    }
    let mut count = match vm.index(count)? {
        object::Int::Small(int) => int as isize,
        big if big.is_negative() => 0,
        _ => isize::MAX,
    };
    if deque.len() == 0 {
        return Ok(this);
    }
    if count <= 0 {
        deque.clear(vm);
        return Ok(this);
    }
    let items = deque.to_list(vm);
    if let Some(max_len) = deque.max_len.get() {
        count = count.min(max_len.div_ceil(items.len()) as isize);
    }
    vm.check_size((items.len() * 16).checked_mul(count as usize))?;
    for _ in 1..count {
        for &item in items.items() {
            deque.push_back(vm, item);
        }
    }
    Ok(this)
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(x), Some(y)) = (vm.as_native::<Deque>(a), vm.as_native::<Deque>(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if a == b {
        return Ok(Value::bool(object::ops::ordering_matches(op, std::cmp::Ordering::Equal)));
    }
    if x.len() != y.len() && matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::bool(op == CompareOperator::Ne));
    }
    let states = (x.state.get(), y.state.get());
    let mut index = 0;
    while let (Some(p), Some(q)) = (x.get(index), y.get(index)) {
        if !vm.eq(p, q)? {
            return match op {
                CompareOperator::Eq => Ok(Value::FALSE),
                CompareOperator::Ne => Ok(Value::TRUE),
                _ => vm.compare(p, q, op),
            };
        }
        if (x.state.get(), y.state.get()) != states {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        index += 1;
    }
    Ok(Value::bool(object::ops::ordering_matches(op, x.len().cmp(&y.len()))))
}

fn repr(vm: &Vm, this: Value) -> R {
    let text = guarded_repr(vm, this, || {
        let deque = deque(vm, this)?;
        let items = deque.to_list(vm).value();
        let shown = vm.repr(items)?;
        let mut out = base::text::Wtf8Buf::from_string(format!("{}(", vm.type_name(this)));
        out.push_wtf8(shown.text());
        if let Some(max_len) = deque.max_len.get() {
            out.push_str(&format!(", maxlen={max_len}"));
        }
        out.push(')');
        Ok(vm.str_wtf8(&out))
    })?;
    Ok(text.unwrap_or_else(|| vm.str("[...]")).value())
}
