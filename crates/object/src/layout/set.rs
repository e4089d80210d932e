//! Sets and frozensets: a hash table of (hash, member) pairs whose order is that of CPython: the same probing, the same
//! sizes, so that a set made in the same way is iterated in the same order.

use crate::{Field, Kind, Layout, Raised, Ref, TypeId, TypeObj, Vm};
use heap::{Header, Tracer, Value, ValueArray};
use std::cell::Cell;

/// A set or frozenset.
#[repr(C)]
pub struct Set {
    header: Header,
    /// The hash of a frozenset, or 0.
    pub hash: Cell<i64>,
    used: Cell<usize>,
    /// Entries that are not empty, those of removed members included.
    fill: Cell<usize>,
    mask: Cell<usize>,
    /// Where `pop` goes on to look.
    finger: Cell<usize>,
    /// Two values an entry: hash, and member, unbound (empty) or a tombstone. Unbound while the set was never filled.
    table: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::alloc_set` makes objects of this kind.
unsafe impl Layout for Set {
    const KIND: Kind = Kind::SET;
}

const MIN_SIZE: usize = 8;
/// Entries behind the first one of a probe that are looked at before the probe jumps.
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

/// The entries that a hash leads to, in order.
struct Probe {
    at: usize,
    left: usize,
    start: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, mask: usize) -> Probe {
        let start = hash as usize & mask;
        Probe { at: start, left: Self::run(start, mask), start, perturb: hash as u64, mask }
    }

    #[inline(always)]
    fn run(start: usize, mask: usize) -> usize {
        if start + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 }
    }

    #[inline(always)]
    fn advance(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            self.at += 1;
            return;
        }
        self.perturb >>= PERTURB_SHIFT;
        let next = self.start.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb as usize);
        self.start = next & self.mask;
        self.at = self.start;
        self.left = Self::run(self.start, self.mask);
    }
}

impl Set {
    fn prepare(&self) {
        self.table.init(Value::UNBOUND);
        self.mask.set(MIN_SIZE - 1);
    }

    #[inline(always)]
    fn data(&self) -> Option<*mut Value> {
        // SAFETY: the table of a set is a value array.
        self.table.get().as_object().map(|array| ValueArray::data(array.cast()))
    }

    /// Number of members.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }

    /// Number of positions that [`Set::entry`] takes.
    #[inline(always)]
    pub fn positions(&self) -> usize {
        if self.table.get().is_unbound() { 0 } else { self.mask.get() + 1 }
    }

    /// Hash and member at a position, if there is one.
    #[inline(always)]
    pub fn entry(&self, position: usize) -> Option<(i64, Value)> {
        if position >= self.positions() {
            return None;
        }
        let data = self.data()?;
        // SAFETY: the table has two values for each position.
        unsafe {
            let value = *data.add(position * 2 + 1);
            if value.is_unbound() || value == Value::TOMBSTONE {
                return None;
            }
            Some(((*data.add(position * 2)).int_unchecked(), value))
        }
    }

    /// The first member at or behind a position, and the position behind it.
    #[inline]
    pub fn next_from(&self, mut position: usize) -> Option<(usize, i64, Value)> {
        let end = self.positions();
        while position < end {
            if let Some((hash, value)) = self.entry(position) {
                return Some((position + 1, hash, value));
            }
            position += 1;
        }
        None
    }

    /// All members. The set must not change meanwhile, and Python must not be called.
    pub fn iter(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.positions()).filter_map(move |position| self.entry(position).map(|entry| entry.1))
    }
}

impl Ref<Set> {
    /// Adds a member.
    pub fn add(self, vm: &Vm, value: Value) -> Result<(), Raised> {
        let hash = vm.hash_member(value)?;
        self.add_hashed(vm, value, hash).map(|_| ())
    }

    /// The position of a member (`Ok`), or where it belongs (`Err`): the last tombstone on its way, else the empty entry
    /// at its end.
    fn find(self, vm: &Vm, value: Value, hash: i64) -> Result<Result<usize, usize>, Raised> {
        let hash = base::hash::narrow(hash);
        'again: loop {
            let table = self.table.get();
            let Some(data) = self.data() else { return Ok(Err(0)) };
            let mut probe = Probe::new(hash, self.mask.get());
            let mut free = None;
            loop {
                // SAFETY: positions are masked; the table has two values for each.
                let other = unsafe { *data.add(probe.at * 2 + 1) };
                if other.is_unbound() {
                    return Ok(Err(free.unwrap_or(probe.at)));
                }
                if other == Value::TOMBSTONE {
                    free = Some(probe.at);
                } else if unsafe { (*data.add(probe.at * 2)).int_unchecked() } == hash {
                    if other == value {
                        return Ok(Ok(probe.at));
                    }
                    let equal = match vm.eq_fast(other, value) {
                        Some(equal) => equal,
                        None => {
                            let equal = vm.eq(other, value)?;
                            // The comparison may have changed the set.
                            if self.table.get() != table || self.entry(probe.at).is_none_or(|entry| entry.1 != other) {
                                continue 'again;
                            }
                            equal
                        }
                    };
                    if equal {
                        return Ok(Ok(probe.at));
                    }
                }
                probe.advance();
            }
        }
    }

    /// Adds a member whose hash is known. Gives whether it is new.
    pub fn add_hashed(self, vm: &Vm, value: Value, hash: i64) -> Result<bool, Raised> {
        let hash = base::hash::narrow(hash);
        if self.table.get().is_unbound() {
            self.resize(vm, 0);
        }
        let position = match self.find(vm, value, hash)? {
            Ok(_) => return Ok(false),
            // A set that the comparison emptied has no table.
            Err(_) if self.table.get().is_unbound() => return self.add_hashed(vm, value, hash),
            Err(position) => position,
        };
        let reused = self.is_tombstone(position);
        self.put(vm, position, value, hash);
        self.used.set(self.used.get() + 1);
        if reused {
            return Ok(true);
        }
        self.fill.set(self.fill.get() + 1);
        if self.fill.get() * 5 >= self.mask.get() * 3 {
            self.resize(vm, self.growth());
        }
        Ok(true)
    }

    fn is_tombstone(self, position: usize) -> bool {
        // SAFETY: the position is one of the table.
        self.data().is_some_and(|data| unsafe { *data.add(position * 2 + 1) } == Value::TOMBSTONE)
    }

    fn growth(self) -> usize {
        let used = self.used.get();
        if used > 50_000 { used * 2 } else { used * 4 }
    }

    #[inline(always)]
    fn put(self, vm: &Vm, position: usize, value: Value, hash: i64) {
        let hash = base::hash::narrow(hash);
        let Some(data) = self.data() else { return };
        // SAFETY: the position is one of the table.
        unsafe {
            *data.add(position * 2) = Value::small(hash);
            *data.add(position * 2 + 1) = value;
        }
        vm.heap.barrier(self.table.get().object_unchecked(), value);
    }

    /// Makes a table for more than `wanted` members and moves them there.
    fn resize(self, vm: &Vm, wanted: usize) {
        let mut size = MIN_SIZE;
        while size <= wanted {
            size <<= 1;
        }
        let old = self.table.get();
        let (old_data, old_positions) = (self.data(), self.positions());
        let fresh = vm.alloc_values(size * 2);
        self.table.set(vm, self, Value::object(fresh.cast()));
        self.mask.set(size - 1);
        self.fill.set(self.used.get());
        if let Some(old_data) = old_data {
            for position in 0..old_positions {
                // SAFETY: the old table, which `old` keeps alive, has that many entries.
                let (hash, value) = unsafe { (*old_data.add(position * 2), *old_data.add(position * 2 + 1)) };
                if !value.is_unbound() && value != Value::TOMBSTONE {
                    self.insert_clean(vm, value, hash.int_unchecked());
                }
            }
        }
        std::hint::black_box(old);
    }

    /// Puts a member that is not in the set into a table without tombstones that has room. Does not count it.
    fn insert_clean(self, vm: &Vm, value: Value, hash: i64) {
        let hash = base::hash::narrow(hash);
        let Some(data) = self.data() else { return };
        let mut probe = Probe::new(hash, self.mask.get());
        // SAFETY: positions are masked.
        while !unsafe { *data.add(probe.at * 2 + 1) }.is_unbound() {
            probe.advance();
        }
        self.put(vm, probe.at, value, hash);
    }

    /// Is it a member?
    pub fn contains(self, vm: &Vm, value: Value) -> Result<bool, Raised> {
        let hash = vm.hash_member(value)?;
        self.contains_hashed(vm, value, hash)
    }

    /// Is it a member? Its hash is known.
    pub fn contains_hashed(self, vm: &Vm, value: Value, hash: i64) -> Result<bool, Raised> {
        let hash = base::hash::narrow(hash);
        Ok(!self.is_empty() && self.find(vm, value, hash)?.is_ok())
    }

    /// Removes a member whose hash is known. Gives whether it was one.
    pub fn discard_hashed(self, vm: &Vm, value: Value, hash: i64) -> Result<bool, Raised> {
        let hash = base::hash::narrow(hash);
        if self.is_empty() {
            return Ok(false);
        }
        match self.find(vm, value, hash)? {
            Ok(position) => {
                self.remove_at(position);
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    fn remove_at(self, position: usize) {
        if let Some(data) = self.data() {
            // SAFETY: the position is one of the table.
            unsafe {
                *data.add(position * 2) = Value::small(-1);
                *data.add(position * 2 + 1) = Value::TOMBSTONE;
            }
            self.used.set(self.used.get() - 1);
        }
    }

    /// Removes any member.
    pub fn pop(self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        let mask = self.mask.get();
        let mut at = self.finger.get() & mask;
        loop {
            if let Some((_, value)) = self.entry(at) {
                self.remove_at(at);
                self.finger.set(at + 1);
                return Some(value);
            }
            at = (at + 1) & mask;
        }
    }

    /// Removes all members.
    pub fn clear(self) {
        self.prepare();
        self.used.set(0);
        self.fill.set(0);
        self.finger.set(0);
    }

    /// Makes the table anew where more than a quarter of it are tombstones.
    pub fn tidy(self, vm: &Vm) {
        if self.fill.get() - self.used.get() > self.mask.get() / 4 {
            self.resize(vm, self.growth());
        }
    }

    /// Makes room for `more` members, as before those of a dict or another set are added.
    pub fn reserve(self, vm: &Vm, more: usize) {
        if (self.fill.get() + more) * 5 >= self.mask.get() * 3 {
            self.resize(vm, (self.used.get() + more) * 2);
        } else if self.table.get().is_unbound() {
            self.resize(vm, 0);
        }
    }

    /// Adds all members of another set.
    pub fn merge(self, vm: &Vm, other: Ref<Set>) -> Result<(), Raised> {
        if other == self || other.is_empty() {
            return Ok(());
        }
        self.reserve(vm, other.len());
        if self.fill.get() == 0 {
            self.fill.set(other.len());
            self.used.set(other.len());
            let same_order = self.mask.get() == other.mask.get() && other.fill.get() == other.used.get();
            for position in 0..other.positions() {
                if let Some((hash, value)) = other.entry(position) {
                    if same_order {
                        self.put(vm, position, value, hash);
                    } else {
                        self.insert_clean(vm, value, hash);
                    }
                }
            }
            return Ok(());
        }
        let mut at = 0;
        while let Some((next, hash, value)) = other.next_from(at) {
            self.add_hashed(vm, value, hash)?;
            at = next;
        }
        Ok(())
    }

    /// Replaces the members by those of another set, which is not used any more.
    pub fn replace(self, vm: &Vm, other: Ref<Set>) {
        self.table.set(vm, self, other.table.get());
        self.used.set(other.used.get());
        self.fill.set(other.fill.get());
        self.mask.set(other.mask.get());
        other.clear();
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe { (*object.cast::<Set>()).table.trace(tracer) };
}

impl Vm {
    fn alloc_set(&self, class: Ref<TypeObj>) -> Ref<Set> {
        let object = self.alloc_with_attributes(size_of::<Set>(), Kind::SET, class).cast::<Set>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).prepare();
            Ref::from_ptr(object)
        }
    }

    /// A new empty set.
    pub fn set(&self) -> Ref<Set> {
        self.alloc_set(self.types[TypeId::Set])
    }

    /// A new empty frozenset, to be filled before anyone else sees it.
    pub fn frozenset(&self) -> Ref<Set> {
        self.alloc_set(self.types[TypeId::FrozenSet])
    }

    /// A new empty set of a class, which is set, frozenset or a subclass.
    pub fn set_of_class(&self, class: Ref<TypeObj>) -> Ref<Set> {
        self.alloc_set(class)
    }

    /// The hash of a member of a set. The TypeError for what has none says so.
    #[inline]
    pub fn hash_member(&self, value: Value) -> Result<i64, Raised> {
        self.hash(value).map_err(|raised| self.unhashable_as(raised, value, "a set element"))
    }
}
