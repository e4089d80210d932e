//! Sets and frozensets: as dicts, insertion-ordered entries (hash, key) with an index over them. CPython's order of
//! iteration is that of its hash table; ours is that of insertion.

use crate::{Field, Kind, Layout, Raised, Ref, TypeId, Vm};
use heap::{Header, Tracer, Value};
use std::cell::Cell;

use super::dict::Dict;

/// A set or frozenset: a dict whose values are not used.
#[repr(C)]
pub struct Set {
    header: Header,
    /// The hash of a frozenset, or 0.
    pub hash: Cell<i64>,
    dict: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::set` and subclass allocation make objects of this kind.
unsafe impl Layout for Set {
    const KIND: Kind = Kind::SET;
}

impl Set {
    pub(crate) fn prepare(&self, vm: &Vm) {
        self.dict.init(vm.dict().value());
    }

    /// The dict whose keys are the members.
    #[inline(always)]
    pub fn dict(&self) -> Ref<Dict> {
        // SAFETY: the field always holds a dict.
        unsafe { Ref::from_ptr(self.dict.get().object_unchecked().cast()) }
    }

    /// Number of members.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.dict().len()
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All members. The set must not change meanwhile, and Python must not be called.
    pub fn iter(&self) -> impl Iterator<Item = Value> + '_ {
        let dict = self.dict();
        (0..dict.positions()).filter_map(move |position| dict.entry(position).map(|entry| entry.key))
    }
}

impl Ref<Set> {
    /// Adds a member.
    pub fn add(self, vm: &Vm, value: Value) -> Result<(), Raised> {
        let hash = vm.hash(value)?;
        self.add_hashed(vm, value, hash)
    }

    /// Adds a member whose hash is known.
    pub fn add_hashed(self, vm: &Vm, value: Value, hash: i64) -> Result<(), Raised> {
        let dict = self.dict();
        if dict.find(vm, value, hash)?.is_none() {
            dict.insert_hashed(vm, value, hash, Value::NONE)?;
        }
        Ok(())
    }

    /// Is it a member?
    pub fn contains(self, vm: &Vm, value: Value) -> Result<bool, Raised> {
        let hash = vm.hash(value)?;
        Ok(self.dict().find(vm, value, hash)?.is_some())
    }

    /// Replaces the members by those of another dict's keys, which is not used elsewhere.
    pub fn replace(self, vm: &Vm, dict: Ref<Dict>) {
        self.dict.set(vm, self, dict.value());
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe { (*object.cast::<Set>()).dict.trace(tracer) };
}

impl Vm {
    fn alloc_set(&self, shape: u32) -> Ref<Set> {
        let object = self.alloc(size_of::<Set>(), Kind::SET, shape).cast::<Set>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).prepare(self);
            Ref::from_ptr(object)
        }
    }

    /// A new empty set.
    pub fn set(&self) -> Ref<Set> {
        self.alloc_set(TypeId::Set as u32)
    }

    /// A new empty frozenset, to be filled before anyone else sees it.
    pub fn frozenset(&self) -> Ref<Set> {
        self.alloc_set(TypeId::FrozenSet as u32)
    }
}
