//! What a pickler remembers: the objects that it wrote, by identity.

use object::{Dict, Field, List, Raised, Ref, Tracer, Value, ValueExt, Vm};
use std::cell::RefCell;

/// An object and its number in the unpickler's memo. Slots of zeros are free.
#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    index: i64,
}

/// The identity of an object: the word of its value, so that zero stands for none.
#[inline(always)]
fn key_of(object: Value) -> u64 {
    object.bits() ^ Value::UNBOUND.bits()
}

/// A hash table with open addressing. Objects do not move, so their words are their identities.
#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    len: usize,
}

const FIRST_SIZE: usize = 64;

impl Table {
    /// The slot of a key, or the free one where it belongs. There are slots.
    #[inline(always)]
    fn find(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = ((key >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.key == key || slot.key == 0 {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(never)]
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(FIRST_SIZE);
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); size]);
        for slot in old.into_iter().filter(|slot| slot.key != 0) {
            let at = self.find(slot.key);
            self.slots[at] = slot;
        }
    }

    #[inline(always)]
    fn insert(&mut self, key: u64, index: i64) {
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let at = self.find(key);
        self.len += (self.slots[at].key == 0) as usize;
        self.slots[at] = Slot { key, index };
    }
}

/// The memo of a pickler. The list keeps alive what the table knows by its address.
pub struct Memo {
    table: RefCell<Table>,
    objects: Field,
}

impl Memo {
    /// An empty one.
    pub fn new(vm: &Vm) -> Memo {
        Memo { table: RefCell::default(), objects: Field::new(vm.list(&[]).value()) }
    }

    /// Shows the objects to the collector.
    pub fn trace(&self, tracer: &mut Tracer) {
        self.objects.trace(tracer);
    }

    fn objects(&self) -> Option<Ref<List>> {
        self.objects.get().cast()
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.table.borrow().len
    }

    /// The number under which an object was written.
    #[inline(always)]
    pub fn get(&self, object: Value) -> Option<i64> {
        let table = self.table.borrow();
        if table.len == 0 {
            return None;
        }
        let slot = table.slots[table.find(key_of(object))];
        (slot.key != 0).then_some(slot.index)
    }

    /// Notes the number of an object.
    #[inline]
    pub fn insert(&self, vm: &Vm, object: Value, index: i64) {
        if let Some(objects) = self.objects() {
            objects.push(vm, object);
        }
        self.table.borrow_mut().insert(key_of(object), index);
    }

    /// Forgets all objects.
    pub fn clear(&self) {
        *self.table.borrow_mut() = Table::default();
        if let Some(objects) = self.objects() {
            objects.clear();
        }
    }

    /// A dict from `id(object)` to number and object.
    pub fn to_dict(&self, vm: &Vm) -> Result<Ref<Dict>, Raised> {
        let dict = vm.dict();
        let Some(objects) = self.objects() else { return Ok(dict) };
        for &object in objects.items() {
            if let Some(index) = self.get(object) {
                let pair = vm.tuple(&[vm.int(index), object]);
                dict.insert(vm, vm.int_u64(object.bits()), pair.value())?;
            }
        }
        Ok(dict)
    }

    /// Takes over what another memo knows.
    pub fn copy_from(&self, vm: &Vm, other: &Memo) {
        let entries = other.objects().map_or_else(|| vm.list(&[]), |objects| vm.list(objects.items()));
        let numbers: Vec<i64> = entries.items().iter().map(|object| other.get(*object).unwrap_or(0)).collect();
        self.clear();
        for (&object, index) in entries.items().iter().zip(numbers) {
            self.insert(vm, object, index);
        }
    }
}
