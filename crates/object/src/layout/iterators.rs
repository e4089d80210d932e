//! The state of the iterators over built-in containers, which the interpreter steps itself. Their classes are in
//! `builtins`.

use super::dict::Entry;
use super::native::{Native, NativeData};
use crate::{Dict, Field, List, Ref, Tuple, TypeId, ValueExt, Vm};
use heap::{Tracer, Value};
use std::cell::Cell;

macro_rules! native_data {
    ($($name:ident: $($field:ident),*;)*) => {
        $(impl NativeData for $name {
            fn trace(&self, _tracer: &mut Tracer) {
                $(self.$field.trace(_tracer);)*
            }
        })*
    };
}

/// `list_iterator` and `list_reverseiterator`.
pub struct ListIter {
    /// The list, or unbound at the end.
    pub list: Field,
    /// The next index; below zero at the end of a reverse iterator.
    pub index: Cell<isize>,
}

/// `tuple_iterator`.
pub struct TupleIter {
    /// The tuple (not an instance of a subclass), or unbound at the end.
    pub tuple: Field,
    /// The next index.
    pub index: Cell<usize>,
}

/// `range_iterator`: numbers that fit.
pub struct RangeIter {
    /// The next number.
    pub next: Cell<i64>,
    /// The step.
    pub step: i64,
    /// How many are left.
    pub left: Cell<u64>,
}

/// `longrange_iterator`: ints of any size.
pub struct LongRangeIter {
    /// The next number.
    pub next: Field,
    /// The step.
    pub step: Field,
    /// How many are left.
    pub left: Field,
}

/// Iterators over keys, values or items of a dict; their class tells which, and the direction.
pub struct DictIter {
    /// The dict, or unbound at the end.
    pub dict: Field,
    /// The next position; for reverse iterators the one behind it.
    pub position: Cell<usize>,
    /// The length that the dict had.
    pub len: Cell<usize>,
    /// The version that the dict had.
    pub version: u32,
    /// How many items are left.
    pub left: Cell<usize>,
}

/// `set_iterator`.
pub struct SetIter {
    /// The set, or unbound at the end.
    pub set: Field,
    /// The next position.
    pub position: Cell<usize>,
    /// The number of members that the set had.
    pub len: Cell<usize>,
    /// How many are left.
    pub left: Cell<usize>,
}

/// `dict_keys`, `dict_values` and `dict_items`.
pub struct DictView {
    /// The dict.
    pub dict: Field,
}

/// `enumerate`.
pub struct Enumerate {
    /// The iterator.
    pub iterator: Field,
    /// The next number, an int.
    pub count: Field,
}

/// `zip`.
pub struct Zip {
    /// A tuple of iterators.
    pub iterators: Field,
    /// Must all be of the same length?
    pub strict: Cell<bool>,
}

/// `map`.
pub struct Map {
    /// A tuple of iterators.
    pub iterators: Field,
    /// The function.
    pub function: Field,
    /// Must all be of the same length?
    pub strict: Cell<bool>,
}

/// `filter`.
pub struct Filter {
    /// The iterator.
    pub iterator: Field,
    /// The function, or None.
    pub function: Field,
}

/// `reversed` over a sequence.
pub struct Reversed {
    /// The sequence, or unbound at the end.
    pub sequence: Field,
    /// The next index.
    pub index: Cell<isize>,
}

/// `iter(callable, sentinel)`.
pub struct CallableIter {
    /// The callable, or unbound at the end.
    pub callable: Field,
    /// The value that ends the iteration.
    pub sentinel: Field,
}

/// The state of an iterator over a sequence by index: `iter()` of an object that has only `__getitem__`.
pub struct SequenceIter {
    /// The sequence, or unbound once it is exhausted.
    pub sequence: Field,
    /// The next index.
    pub index: Cell<i64>,
}

native_data! {
    SequenceIter: sequence;
    ListIter: list;
    TupleIter: tuple;
    RangeIter: ;
    LongRangeIter: next, step, left;
    DictIter: dict;
    SetIter: set;
    DictView: dict;
    Enumerate: iterator, count;
    Zip: iterators;
    Map: iterators, function;
    Filter: iterator, function;
    Reversed: sequence;
    CallableIter: callable, sentinel;
}

impl DictIter {
    /// The next item of a dict that has not changed its size; None at the end, too.
    #[inline(always)]
    pub fn next_entry(&self) -> Option<Entry> {
        let dict: Ref<Dict> = self.dict.get().cast()?;
        let left = self.left.get().checked_sub(1)?;
        if dict.len() != self.len.get() {
            return None;
        }
        let (position, entry) = dict.next(self.position.get())?;
        self.left.set(left);
        self.position.set(position);
        Some(entry)
    }
}

impl Vm {
    /// The next item of one of the commonest iterators. None where it is at its end, has to raise, or is another: then its
    /// slot is asked.
    #[inline(always)]
    pub fn next_known(&self, iterator: Value) -> Option<Value> {
        let shape = iterator.shape();
        // SAFETY of all: objects of these shapes hold data of these types.
        if shape == TypeId::ListIterator as u32 {
            let iter: Ref<Native<ListIter>> = unsafe { self.native_unchecked(iterator) };
            let item = iter.list.get().cast::<List>()?.get(iter.index.get() as usize)?;
            iter.index.set(iter.index.get() + 1);
            Some(item)
        } else if shape == TypeId::RangeIterator as u32 {
            let iter: Ref<Native<RangeIter>> = unsafe { self.native_unchecked(iterator) };
            let left = iter.left.get().checked_sub(1)?;
            let next = iter.next.get();
            iter.left.set(left);
            iter.next.set(next.wrapping_add(iter.step));
            Some(self.int(next))
        } else if shape == TypeId::TupleIterator as u32 {
            let iter: Ref<Native<TupleIter>> = unsafe { self.native_unchecked(iterator) };
            let tuple: Ref<Tuple> = iter.tuple.get().cast()?;
            let item = *tuple.items().get(iter.index.get())?;
            iter.index.set(iter.index.get() + 1);
            Some(item)
        } else if shape == TypeId::DictKeyIterator as u32 {
            let iter: Ref<Native<DictIter>> = unsafe { self.native_unchecked(iterator) };
            iter.next_entry().map(|entry| entry.key)
        } else if shape == TypeId::DictValueIterator as u32 {
            let iter: Ref<Native<DictIter>> = unsafe { self.native_unchecked(iterator) };
            iter.next_entry().map(|entry| entry.value)
        } else {
            None
        }
    }
}
