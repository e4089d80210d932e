//! What a pickler remembers: the objects that it wrote, by identity.

use object::{Dict, Field, List, Raised, Ref, Tracer, Value, ValueExt, Vm};
use std::cell::RefCell;

#[derive(Clone, Copy)]
struct Slot {
    /// The word of the object's value.
    key: u64,
    /// The number in the unpickler's memo, or [`FREE`].
    index: i64,
}

const FREE: i64 = i64::MIN;

/// A hash table with open addressing. Objects do not move, so their words are their identities.
#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    len: usize,
}

impl Table {
    /// The slot of a key, or the free one where it belongs. There are slots.
    #[inline(always)]
    fn find(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = ((key >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.key == key || slot.index == FREE {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn insert(&mut self, key: u64, index: i64) {
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            let size = (self.slots.len() * 2).max(32);
            let old = std::mem::replace(&mut self.slots, vec![Slot { key: 0, index: FREE }; size]);
            for slot in old.into_iter().filter(|slot| slot.index != FREE) {
                let at = self.find(slot.key);
                self.slots[at] = slot;
            }
        }
        let at = self.find(key);
        if self.slots[at].index == FREE {
            self.len += 1;
        }
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
        // A free slot has this word only for an object that is not there either.
        let slot = table.slots[table.find(object.bits())];
        (slot.index != FREE && slot.key == object.bits()).then_some(slot.index)
    }

    /// Notes the number of an object.
    #[inline]
    pub fn insert(&self, vm: &Vm, object: Value, index: i64) {
        if let Some(objects) = self.objects() {
            objects.push(vm, object);
        }
        self.table.borrow_mut().insert(object.bits(), index);
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
