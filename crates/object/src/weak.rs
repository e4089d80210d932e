//! Weak references and objects with finalisers: what the collector looks at when marking is done.

use crate::{Ref, TypeObj, ValueExt, Vm, WeakRef};
use hashbrown::HashMap;
use heap::{Collection, Header, Tracer, Value};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// What waits for the next safepoint.
#[derive(Clone, Copy, Debug)]
pub enum Queued {
    /// A weak reference whose target died: its callback is to be called.
    Callback(Value),
    /// An object whose finaliser is to be called.
    Finalize(Value),
}

/// All weak references and finalisable objects of an interpreter. The table keeps neither alive.
#[derive(Default)]
pub struct WeakTable {
    references: RefCell<HashMap<usize, Vec<*mut Header>, std::hash::BuildHasherDefault<AddressHasher>>>,
    finalizable: RefCell<Vec<*mut Header>>,
    /// Targets that were given a reference since the last collection.
    young_targets: RefCell<Vec<usize>>,
    /// The finalisable objects from here on were noted since the last collection.
    young_finalizable: Cell<usize>,
    queue: RefCell<VecDeque<Queued>>,
}

/// Hashes addresses.
#[derive(Default)]
pub struct AddressHasher(u64);

impl std::hash::Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(byte as usize ^ self.0 as usize);
        }
    }
    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// Is anything to be done when the object dies? Not for generators that are finished or never ran.
fn has_finalizer(object: *mut Header) -> bool {
    match Value::object(object).cast::<crate::Generator>() {
        Some(generator) => match generator.state.get() {
            crate::layout::generator::GeneratorState::Finished => false,
            crate::layout::generator::GeneratorState::Created => {
                Value::object(object).shape() != crate::TypeId::Generator as u32
            }
            _ => true,
        },
        None => true,
    }
}

fn weakref(object: *mut Header) -> Ref<WeakRef> {
    // SAFETY: the table holds weak references only; those that die are removed in the same collection.
    unsafe { Ref::from_ptr(object.cast()) }
}

impl WeakTable {
    pub(crate) fn add_finalizable(&self, object: *mut Header) {
        self.finalizable.borrow_mut().push(object);
    }

    /// The weak references to an object.
    pub fn references(&self, target: Value) -> Vec<Value> {
        let table = self.references.borrow();
        let found = table.get(&(target.bits() as usize));
        found.map_or_else(Vec::new, |all| all.iter().map(|&object| Value::object(object)).collect())
    }

    /// A weak reference to an object.
    pub fn first_reference(&self, target: Value) -> Option<Value> {
        self.references.borrow().get(&(target.bits() as usize))?.first().map(|&object| Value::object(object))
    }

    /// Does something wait?
    pub fn has_queued(&self) -> bool {
        !self.queue.borrow().is_empty()
    }

    pub(crate) fn next_queued(&self) -> Option<Queued> {
        self.queue.borrow_mut().pop_front()
    }

    pub(crate) fn trace_queue(&self, tracer: &mut Tracer) {
        for entry in self.queue.borrow().iter() {
            match entry {
                Queued::Callback(value) | Queued::Finalize(value) => tracer.value(*value),
            }
        }
    }

    /// Clears what refers to the dead, and queues callbacks and finalisers. Called when marking is done.
    pub(crate) fn process(&self, vm: &Vm, tracer: &mut Tracer) {
        let mut queue = self.queue.borrow_mut();
        let before = queue.len();
        // Which objects die is settled before a finaliser resurrects any: weak references to them are cleared, as
        // CPython does for cyclic garbage.
        let minor = tracer.collection() == Collection::Minor;
        let mut finalizable = self.finalizable.borrow_mut();
        let first = if minor { self.young_finalizable.get() } else { 0 };
        let mut dead_finalizable = finalizable.split_off(first);
        dead_finalizable.retain(|&object| {
            let alive = tracer.is_marked(object);
            if alive {
                finalizable.push(object);
            }
            !alive && has_finalizer(object)
        });
        self.young_finalizable.set(finalizable.len());
        drop(finalizable);
        let mut survives = |target: usize, list: &mut Vec<*mut Header>| {
            if tracer.is_marked(Value::from_bits(target as u64).object_unchecked()) {
                list.retain(|&object| tracer.is_marked(object));
                return !list.is_empty();
            }
            for &object in list.iter() {
                let reference = weakref(object);
                reference.clear();
                // The callback runs also where the reference dies together with its target.
                if !reference.callback.get().is_none() {
                    queue.push_back(Queued::Callback(Value::object(object)));
                }
            }
            false
        };
        let mut references = self.references.borrow_mut();
        let young_targets = self.young_targets.take();
        if minor {
            // Neither an old target nor an old reference dies.
            for target in young_targets {
                if references.get_mut(&target).is_some_and(|list| !survives(target, list)) {
                    references.remove(&target);
                }
            }
        } else {
            references.retain(|&target, list| survives(target, list));
        }
        drop(references);
        for object in dead_finalizable {
            queue.push_back(Queued::Finalize(Value::object(object)));
        }
        for entry in queue.iter().skip(before) {
            match entry {
                Queued::Callback(value) | Queued::Finalize(value) => tracer.mark(*value),
            }
        }
        tracer.drain();
        if queue.len() > before {
            vm.breaker.fetch_or(crate::vm::breaker::FINALIZE, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

impl Vm {
    /// A new weak reference of a class (`weakref.ref` or a subclass, or a proxy class).
    pub fn new_weakref(&self, class: Ref<TypeObj>, target: Value, callback: Value) -> Ref<WeakRef> {
        let reference = self.alloc_weakref(class, target, callback);
        let mut table = self.weak.references.borrow_mut();
        table.entry(target.bits() as usize).or_default().push(reference.header());
        self.weak.young_targets.borrow_mut().push(target.bits() as usize);
        reference
    }

    /// All finalisable objects still alive: their finalisers are to be called at exit.
    pub fn queue_all_finalizers(&self) {
        let objects = std::mem::take(&mut *self.weak.finalizable.borrow_mut());
        self.weak.young_finalizable.set(0);
        let values = objects.into_iter().map(|object| Value::object(object));
        // Native objects come last, the newest first: a stream before the one below it, the standard streams at the end.
        let (native, other): (Vec<Value>, Vec<Value>) =
            values.partition(|value| matches!(value.kind(), crate::Kind::NATIVE | crate::Kind::NATIVE_DROP));
        let mut queue = self.weak.queue.borrow_mut();
        queue.extend(other.into_iter().chain(native.into_iter().rev()).map(Queued::Finalize));
    }

    /// The live target of a weak reference.
    pub fn weak_target(&self, reference: Value) -> Option<Value> {
        reference.cast::<WeakRef>().and_then(|reference| reference.target())
    }
}
