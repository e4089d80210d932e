//! The state of the iterators over built-in containers, which the interpreter steps itself. Their classes are in
//! `builtins`.

use super::native::NativeData;
use crate::Field;
use heap::Tracer;
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

native_data! {
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
