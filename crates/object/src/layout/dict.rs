//! Dicts: compact and ordered. Entries lie in insertion order in a buffer of values, three for each: hash, key,
//! value. Dicts of more than 8 entries have an index from hash to entry, open addressing in the order of CPython's
//! dicts (its notes on that in `Objects/dictobject.c` say why: ints that follow one another do not meet, and what meets goes apart
//! soon, since all bits of the hash take part).

use crate::{Field, Kind, Layout, Raised, Ref, Str, TypeId, TypeObj, Vm};
use heap::{Header, RawBuffer, Tracer, Value};
use std::cell::Cell;

/// A dict.
#[repr(C)]
pub struct Dict {
    header: Header,
    /// Number of items.
    live: Cell<u32>,
    /// Number of entries in use, those of deleted items included.
    used: Cell<u32>,
    /// Changes whenever a key is added or removed or entries move. Caches of entry positions compare it.
    version: Cell<u32>,
    /// Number of the index's slots minus one; 0 where there is no index.
    mask: Cell<u32>,
    /// No item lies before this position.
    first: Cell<u32>,
    /// Number of the index's slots that are [`STALE`].
    stale: Cell<u32>,
    entries: Field,
    index: Field,
}

// SAFETY: repr(C), starts with a Header; only `Vm::dict` and subclass allocation make objects of this kind.
unsafe impl Layout for Dict {
    const KIND: Kind = Kind::DICT;
}

const LINEAR: usize = 8;
/// A slot of the index that was never used.
const EMPTY: u32 = u32::MAX;
/// A slot whose position was taken out of the index. The search goes on behind it.
const STALE: u32 = u32::MAX - 1;

/// An item with its position.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The hash of the key.
    pub hash: i64,
    /// The key.
    pub key: Value,
    /// The value.
    pub value: Value,
}

/// The slots that a hash may lie in, one after the other.
struct Probe {
    slot: usize,
    perturb: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, mask: usize) -> Probe {
        Probe { slot: hash as usize & mask, perturb: hash as usize }
    }

    #[inline(always)]
    fn advance(&mut self, mask: usize) {
        self.perturb >>= 5;
        self.slot = self.slot.wrapping_mul(5).wrapping_add(self.perturb).wrapping_add(1) & mask;
    }
}

impl Dict {
    pub(crate) fn prepare(&self) {
        self.entries.init(Value::UNBOUND);
        self.index.init(Value::UNBOUND);
    }

    /// The shape: tells whether it is a plain dict.
    #[inline(always)]
    pub fn header_shape(&self) -> u32 {
        self.header.shape.get()
    }

    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.live.get() as usize
    }

    /// Is it {}?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.live.get() == 0
    }

    /// Number of positions that [`Dict::entry`] takes.
    #[inline(always)]
    pub fn positions(&self) -> usize {
        self.used.get() as usize
    }

    /// Changes whenever positions of keys change.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    #[inline(always)]
    fn data(&self) -> *mut Value {
        match self.entries.get().as_object() {
            Some(array) => heap::ValueArray::data(array.cast()),
            None => std::ptr::NonNull::dangling().as_ptr(),
        }
    }

    fn capacity(&self) -> usize {
        // SAFETY: the entries of a dict are a value array.
        self.entries.get().as_object().map_or(0, |array| unsafe { heap::ValueArray::capacity(array.cast()) } / 3)
    }

    #[inline(always)]
    fn slots(&self) -> *mut u32 {
        RawBuffer::data(self.index.get().object_unchecked().cast()).cast()
    }

    /// The entry at a position, unless its item was deleted.
    #[inline(always)]
    pub fn entry(&self, position: usize) -> Option<Entry> {
        if position >= self.positions() {
            return None;
        }
        // SAFETY: three values lie at each position in use.
        unsafe {
            let at = self.data().add(position * 3);
            let key = *at.add(1);
            if key == Value::TOMBSTONE {
                return None;
            }
            Some(Entry { hash: (*at).int_unchecked(), key, value: *at.add(2) })
        }
    }

    /// The value at a position that [`Dict::find_str`] gave for the present version.
    #[inline(always)]
    pub fn value_at(&self, position: usize) -> Value {
        debug_assert!(position < self.positions());
        // SAFETY: three values lie at each position in use; the caller compared the version.
        unsafe { *self.data().add(position * 3 + 2) }
    }

    /// Does the entry at a position have this very key object?
    #[inline(always)]
    pub fn is_key_at(&self, position: usize, key: Value) -> bool {
        // SAFETY: the position was compared.
        position < self.positions() && unsafe { *self.data().add(position * 3 + 1) } == key
    }

    /// The first item at or behind a position, and the position behind it.
    #[inline(always)]
    pub fn next(&self, position: usize) -> Option<(usize, Entry)> {
        let from_first = position <= self.first.get() as usize;
        let mut position = position.max(self.first.get() as usize);
        while position < self.positions() {
            if let Some(entry) = self.entry(position) {
                if from_first {
                    // So that taking the first item again and again is not quadratic.
                    self.first.set(position as u32);
                }
                return Some((position + 1, entry));
            }
            position += 1;
        }
        None
    }

    /// All items in order. The dict must not change meanwhile, and Python must not be called.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry> + '_ {
        (self.first.get() as usize..self.positions()).filter_map(|position| self.entry(position))
    }
}

impl Ref<Dict> {
    /// The position of a string key.
    #[inline]
    pub fn find_str(self, vm: &Vm, key: Ref<Str>) -> Option<usize> {
        let value = key.value();
        let data = self.data();
        if self.mask.get() == 0 {
            let used = self.positions();
            for position in 0..used {
                // SAFETY: three values lie at each position in use.
                if unsafe { *data.add(position * 3 + 1) } == value {
                    return Some(position);
                }
            }
            let hash = base::hash::narrow(vm.str_hash(key));
            for position in 0..used {
                // SAFETY: as above.
                if unsafe { (*data.add(position * 3)).int_unchecked() } == hash
                    && let Some(other) = vm.exact_str(unsafe { *data.add(position * 3 + 1) })
                    && vm.str_eq(other, key)
                {
                    return Some(position);
                }
            }
            return None;
        }
        let hash = base::hash::narrow(vm.str_hash(key));
        let mask = self.mask.get() as usize;
        let slots = self.slots();
        let mut probe = Probe::new(hash, mask);
        loop {
            // SAFETY: the slot is masked; positions in the index are in use.
            unsafe {
                let position = *slots.add(probe.slot);
                if position >= STALE {
                    if position == EMPTY {
                        return None;
                    }
                    probe.advance(mask);
                    continue;
                }
                let at = data.add(position as usize * 3);
                let other = *at.add(1);
                if other == value
                    || ((*at).int_unchecked() == hash && vm.exact_str(other).is_some_and(|other| vm.str_eq(other, key)))
                {
                    return Some(position as usize);
                }
            }
            probe.advance(mask);
        }
    }

    /// The value of a string key. Keys of the dict whose class overrides equality are not asked.
    #[inline]
    pub fn get_str(self, vm: &Vm, key: Ref<Str>) -> Option<Value> {
        self.find_str(vm, key).map(|position| self.value_at(position))
    }

    /// The value of a key that is no plain string but says that it equals one. Calls Python where there is a key with
    /// the string's hash; errors count as no.
    pub fn get_odd(self, vm: &Vm, key: Ref<Str>) -> Option<Value> {
        let hash = base::hash::narrow(vm.str_hash(key));
        let is_odd = |position: usize| {
            self.entry(position).is_some_and(|entry| entry.hash == hash && vm.exact_str(entry.key).is_none())
        };
        if !self.candidates(hash).any(is_odd) {
            return None;
        }
        match self.get(vm, key.value()) {
            Ok(found) => found,
            Err(raised) => {
                vm.take_exception(raised);
                None
            }
        }
    }

    /// The position of any key with this hash. Calls Python where keys have their own `__eq__`.
    pub fn find(self, vm: &Vm, key: Value, hash: i64) -> Result<Option<usize>, Raised> {
        let hash = base::hash::narrow(hash);
        if let Some(string) = vm.exact_str(key)
            && self.len() <= LINEAR
            && let Some(found) = self.find_str(vm, string)
        {
            return Ok(Some(found));
        }
        'again: loop {
            let version = self.version.get();
            let entries = self.entries.get();
            let candidates = self.candidates(hash);
            for position in candidates {
                // SAFETY: three values lie at each position in use.
                let other = unsafe { *self.data().add(position * 3 + 1) };
                if other == key {
                    return Ok(Some(position));
                }
                if other == Value::TOMBSTONE || unsafe { (*self.data().add(position * 3)).int_unchecked() } != hash {
                    continue;
                }
                let equal = match vm.eq_fast(other, key) {
                    Some(equal) => equal,
                    None => {
                        let equal = vm.eq(other, key)?;
                        if self.version.get() != version
                            || self.entries.get() != entries
                            || self.entry(position).is_none_or(|entry| entry.key != other)
                        {
                            continue 'again;
                        }
                        equal
                    }
                };
                if equal {
                    return Ok(Some(position));
                }
            }
            return Ok(None);
        }
    }

    /// The positions to compare for a hash.
    #[inline(always)]
    fn candidates(self, hash: i64) -> Candidates {
        let hash = base::hash::narrow(hash);
        let mask = self.mask.get() as usize;
        Candidates { dict: self, probe: if mask == 0 { Probe { slot: 0, perturb: 0 } } else { Probe::new(hash, mask) } }
    }

    /// The value of a key. Raises TypeError for keys that are not hashable.
    #[inline]
    pub fn get(self, vm: &Vm, key: Value) -> Result<Option<Value>, Raised> {
        let hash = vm.hash_key(key)?;
        Ok(self.find(vm, key, hash)?.map(|position| self.value_at(position)))
    }

    /// Sets the value of a key.
    #[inline]
    pub fn insert(self, vm: &Vm, key: Value, value: Value) -> Result<(), Raised> {
        let hash = vm.hash_key(key)?;
        self.insert_hashed(vm, key, hash, value)
    }

    /// Sets the value of a key whose hash is known.
    pub fn insert_hashed(self, vm: &Vm, key: Value, hash: i64, value: Value) -> Result<(), Raised> {
        let hash = base::hash::narrow(hash);
        match self.find(vm, key, hash)? {
            Some(position) => self.set_value_at(vm, position, value),
            None => self.push(vm, key, hash, value),
        }
        Ok(())
    }

    /// Adds an item whose key was just looked up and not found.
    pub fn insert_missing(self, vm: &Vm, key: Value, hash: i64, value: Value) {
        self.push(vm, key, hash, value);
    }

    /// Sets the value of a string key.
    pub fn insert_str(self, vm: &Vm, key: Ref<Str>, value: Value) {
        match self.find_str(vm, key) {
            Some(position) => self.set_value_at(vm, position, value),
            None => self.push(vm, key.value(), vm.str_hash(key), value),
        }
    }

    /// Sets the value at a position of the present version.
    #[inline(always)]
    pub fn set_value_at(self, vm: &Vm, position: usize, value: Value) {
        debug_assert!(position < self.positions());
        // SAFETY: three values lie at each position in use.
        unsafe { *self.data().add(position * 3 + 2) = value };
        vm.heap.barrier(self.entries.get().object_unchecked(), value);
    }

    /// Appends an item whose key is not in the dict.
    pub fn push(self, vm: &Vm, key: Value, hash: i64, value: Value) {
        let hash = base::hash::narrow(hash);
        if self.positions() == self.capacity() {
            self.resize(vm, self.len() + self.len() / 2 + 4);
        }
        let position = self.positions();
        let array = self.entries.get().object_unchecked();
        // SAFETY: there is room at the position.
        unsafe {
            let at = self.data().add(position * 3);
            *at = Value::small(hash);
            *at.add(1) = key;
            *at.add(2) = value;
        }
        vm.heap.barrier(array, key);
        vm.heap.barrier(array, value);
        self.used.set(position as u32 + 1);
        self.live.set(self.live.get() + 1);
        self.touch(vm);
        if self.mask.get() != 0 {
            self.link(position, hash);
        }
    }

    #[inline(always)]
    fn touch(self, vm: &Vm) {
        self.version.set(vm.next_dict_version());
    }

    fn link(self, position: usize, hash: i64) {
        let hash = base::hash::narrow(hash);
        let mask = self.mask.get() as usize;
        let slots = self.slots();
        let mut probe = Probe::new(hash, mask);
        // SAFETY: slots are masked; the index is never full: positions in use are at most two thirds of its slots, those
        // that are stale a quarter.
        unsafe {
            while *slots.add(probe.slot) < STALE {
                probe.advance(mask);
            }
            if *slots.add(probe.slot) == STALE {
                self.stale.set(self.stale.get() - 1);
            }
            *slots.add(probe.slot) = position as u32;
        }
    }

    /// Makes room for `wanted` items, leaving out deleted ones.
    fn resize(self, vm: &Vm, wanted: usize) {
        let wanted = wanted.max(self.len() + 1);
        let old = self.entries.get();
        let old_data = self.data();
        let used = self.positions();
        let fresh = vm.alloc_values(wanted * 3);
        let mut to = 0;
        // SAFETY: both buffers hold three values for each position copied.
        unsafe {
            let data = heap::ValueArray::data(fresh);
            for position in 0..used {
                let at = old_data.add(position * 3);
                if *at.add(1) != Value::TOMBSTONE {
                    std::ptr::copy_nonoverlapping(at, data.add(to * 3), 3);
                    to += 1;
                }
            }
        }
        let _ = old;
        self.entries.set(vm, self, Value::object(fresh.cast()));
        self.used.set(to as u32);
        self.first.set(0);
        self.touch(vm);
        self.index_anew(vm, 0..to);
    }

    /// Makes the index for the items at these positions, all of which are in use.
    fn index_anew(self, vm: &Vm, positions: std::ops::Range<usize>) {
        let capacity = self.capacity();
        if capacity > LINEAR {
            let slots = (capacity * 3 / 2).next_power_of_two();
            if self.mask.get() as usize + 1 != slots {
                let index = vm.alloc_raw(slots * 4);
                self.index.set(vm, self, Value::object(index.cast()));
                self.mask.set(slots as u32 - 1);
            }
            // SAFETY: the index has that many slots; the positions are in use.
            unsafe {
                std::ptr::write_bytes(self.slots().cast::<u8>(), 0xFF, slots * 4);
                self.stale.set(0);
                for position in positions {
                    self.link(position, (*self.data().add(position * 3)).int_unchecked());
                }
            }
        } else {
            self.mask.set(0);
            self.index.init(Value::UNBOUND);
        }
    }

    /// Makes room for items in all.
    pub fn reserve(self, vm: &Vm, items: usize) {
        if items > self.capacity() {
            self.resize(vm, items);
        }
    }

    /// Deletes the item at a position of the present version.
    pub fn remove_at(self, vm: &Vm, position: usize) -> Value {
        debug_assert!(position < self.positions());
        // SAFETY: three values lie at each position in use. The index keeps pointing to the entry, which is dead.
        let value = unsafe {
            let at = self.data().add(position * 3);
            let value = *at.add(2);
            *at.add(1) = Value::TOMBSTONE;
            *at.add(2) = Value::UNBOUND;
            value
        };
        self.live.set(self.live.get() - 1);
        if position == self.first.get() as usize {
            self.first.set(position as u32 + 1);
        }
        self.touch(vm);
        if self.live.get() == 0 {
            self.clear(vm);
        }
        value
    }

    /// Inserts an item whose key is not in the dict in front of all others.
    pub fn push_front(self, vm: &Vm, key: Value, hash: i64, value: Value) {
        let hash = base::hash::narrow(hash);
        if self.is_empty() {
            return self.push(vm, key, hash, value);
        }
        if self.first.get() == 0 {
            self.make_front(vm);
        }
        let position = self.first.get() as usize - 1;
        if self.mask.get() != 0 {
            // A position is in the index once at most: it may still be there for an item that was deleted.
            self.unlink(vm, position);
        }
        let array = self.entries.get().object_unchecked();
        // SAFETY: three values lie at each position in use; the one before the first item is free.
        unsafe {
            let at = self.data().add(position * 3);
            *at = Value::small(hash);
            *at.add(1) = key;
            *at.add(2) = value;
        }
        vm.heap.barrier(array, key);
        vm.heap.barrier(array, value);
        self.first.set(position as u32);
        self.live.set(self.live.get() + 1);
        self.touch(vm);
        if self.mask.get() != 0 {
            self.link(position, hash);
        }
    }

    /// Moves the items up, so that positions before them are free.
    fn make_front(self, vm: &Vm) {
        let room = self.len() / 2 + 4;
        let items = self.len();
        let used = self.positions();
        let old = self.data();
        let fresh = vm.alloc_values((room + items + items / 2 + 4) * 3);
        let mut to = room;
        // SAFETY: both buffers hold three values for each position written or read.
        unsafe {
            let data = heap::ValueArray::data(fresh);
            for position in 0..room {
                *data.add(position * 3) = Value::small(0);
                *data.add(position * 3 + 1) = Value::TOMBSTONE;
            }
            for position in 0..used {
                let at = old.add(position * 3);
                if *at.add(1) != Value::TOMBSTONE {
                    std::ptr::copy_nonoverlapping(at, data.add(to * 3), 3);
                    to += 1;
                }
            }
        }
        self.entries.set(vm, self, Value::object(fresh.cast()));
        self.used.set(to as u32);
        self.first.set(room as u32);
        self.touch(vm);
        self.index_anew(vm, room..to);
    }

    /// Deletes an item, if it is there.
    pub fn remove(self, vm: &Vm, key: Value) -> Result<Option<Value>, Raised> {
        let hash = vm.hash_key(key)?;
        Ok(self.find(vm, key, hash)?.map(|position| self.remove_at(vm, position)))
    }

    /// Deletes the item of a string key, if it is there.
    pub fn remove_str(self, vm: &Vm, key: Ref<Str>) -> Option<Value> {
        self.find_str(vm, key).map(|position| self.remove_at(vm, position))
    }

    /// Deletes the last item.
    pub fn pop_last(self, vm: &Vm) -> Option<(Value, Value)> {
        while let Some(position) = self.positions().checked_sub(1) {
            let entry = self.entry(position);
            if self.mask.get() != 0 {
                self.unlink(vm, position);
            }
            if let Some(entry) = entry {
                self.remove_at(vm, position);
                // The last removal clears the dict.
                if self.live.get() > 0 {
                    self.used.set(position as u32);
                }
                return Some((entry.key, entry.value));
            }
            self.used.set(position as u32);
        }
        None
    }

    /// Takes a position out of the index.
    fn unlink(self, vm: &Vm, position: usize) {
        let mask = self.mask.get() as usize;
        let slots = self.slots();
        // SAFETY: slots are masked; entries keep their hash when they die.
        unsafe {
            let mut probe = Probe::new((*self.data().add(position * 3)).int_unchecked(), mask);
            while *slots.add(probe.slot) != position as u32 {
                if *slots.add(probe.slot) == EMPTY {
                    return;
                }
                probe.advance(mask);
            }
            *slots.add(probe.slot) = STALE;
        }
        self.stale.set(self.stale.get() + 1);
        if self.stale.get() as usize > mask / 4 {
            // It lies in front of all items, or is the last one.
            let end = if position + 1 == self.positions() { position } else { self.positions() };
            self.index_anew(vm, self.first.get() as usize..end);
        }
    }

    /// Deletes the first item.
    pub fn pop_first(self, vm: &Vm) -> Option<(Value, Value)> {
        let (behind, entry) = self.next(0)?;
        self.remove_at(vm, behind - 1);
        Some((entry.key, entry.value))
    }

    /// Deletes all items.
    pub fn clear(self, vm: &Vm) {
        self.prepare();
        self.live.set(0);
        self.used.set(0);
        self.mask.set(0);
        self.first.set(0);
        self.stale.set(0);
        self.touch(vm);
    }

    /// A new dict with the same items.
    pub fn copy(self, vm: &Vm) -> Ref<Dict> {
        let copy = vm.dict();
        if self.is_empty() {
            return copy;
        }
        copy.reserve(vm, self.len());
        for entry in self.iter() {
            copy.push(vm, entry.key, entry.hash, entry.value);
        }
        copy
    }
}

struct Candidates {
    dict: Ref<Dict>,
    /// Without an index, its slot is the position.
    probe: Probe,
}

impl Iterator for Candidates {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let mask = self.dict.mask.get() as usize;
        if mask == 0 {
            let position = self.probe.slot;
            self.probe.slot += 1;
            return (position < self.dict.positions()).then_some(position);
        }
        loop {
            // SAFETY: the slot is masked.
            let position = unsafe { *self.dict.slots().add(self.probe.slot & mask) };
            if position == EMPTY {
                return None;
            }
            self.probe.advance(mask);
            if position != STALE {
                return Some(position as usize);
            }
        }
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    unsafe {
        (*object.cast::<Dict>()).entries.trace(tracer);
        (*object.cast::<Dict>()).index.trace(tracer);
    }
}

impl Vm {
    /// A new empty dict.
    pub fn dict(&self) -> Ref<Dict> {
        let object = self.alloc(size_of::<Dict>(), Kind::DICT, TypeId::Dict as u32).cast::<Dict>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).prepare();
            Ref::from_ptr(object)
        }
    }

    /// A new dict with room for so many items.
    pub fn dict_with_capacity(&self, items: usize) -> Ref<Dict> {
        let dict = self.dict();
        dict.resize(self, items);
        dict
    }

    /// A new empty dict of a class, which is dict or a subclass.
    pub fn dict_of_class(&self, class: Ref<TypeObj>) -> Ref<Dict> {
        if class == self.types[TypeId::Dict] {
            return self.dict();
        }
        let object = self.alloc_with_attributes(size_of::<Dict>(), Kind::DICT, class).cast::<Dict>();
        // SAFETY: a fresh object.
        unsafe {
            (*object).prepare();
            Ref::from_ptr(object)
        }
    }

    /// The hash of a key of a dict. The TypeError for what has none says so.
    #[inline]
    pub fn hash_key(&self, key: Value) -> Result<i64, Raised> {
        self.hash(key).map_err(|raised| self.unhashable_as(raised, key, "a dict key"))
    }

    /// Puts the use into the TypeError of something unhashable.
    #[cold]
    pub(crate) fn unhashable_as(&self, raised: Raised, key: Value, purpose: &str) -> Raised {
        let exception = self.pending_exception(raised);
        if !self.is_exactly(exception, TypeId::TypeError) {
            return raised;
        }
        let exception = self.take_exception(raised);
        match self.to_str(exception) {
            Ok(text) => {
                let class = self.type_of(key).full_name(self);
                self.type_error(format!("cannot use '{class}' as {purpose} ({})", text.to_string_lossy()))
            }
            Err(raised) => raised,
        }
    }
}
