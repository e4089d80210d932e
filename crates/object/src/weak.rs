//! Weak references and objects with finalisers: what the collector looks at when marking is done.

use crate::garbage::Garbage;
use crate::{Ref, TypeId, TypeObj, ValueExt, Vm, WeakRef};
use hashbrown::HashMap;
use heap::{Collection, Header, Tracer, Value};
use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};

/// What waits for the next safepoint.
#[derive(Clone, Copy, Debug)]
pub enum Queued {
    /// A weak reference whose target died: its callback is to be called.
    Callback(Value),
    /// An object whose finaliser is to be called.
    Finalize(Value),
    /// An object that finalisers before it kept, or its own: its weak references are to be cleared, and their callbacks
    /// called, unless it turns out to be alive. The entry does not keep it.
    Release(*mut Header),
    /// The same without callbacks, which have entries of their own.
    Clear(*mut Header),
}

/// The weak references to an object, the oldest first.
struct References {
    /// Grows from target to target, in the order of their first references.
    serial: u64,
    list: Vec<*mut Header>,
}

/// All weak references and finalisable objects of an interpreter. The table keeps neither alive.
#[derive(Default)]
pub struct WeakTable {
    references: RefCell<HashMap<usize, References, std::hash::BuildHasherDefault<AddressHasher>>>,
    finalizable: RefCell<Vec<*mut Header>>,
    /// Targets that were given a reference since the last collection.
    young_targets: RefCell<Vec<usize>>,
    /// The finalisable objects from here on were noted since the last collection.
    young_finalizable: Cell<usize>,
    queue: RefCell<VecDeque<Queued>>,
    /// Streams that may have data to be written.
    writers: RefCell<Vec<*mut Header>>,
    serial: Cell<u64>,
    /// A finaliser was called since the last full collection: what it kept may be dead now.
    pub(crate) finalized: Cell<bool>,
}

/// For more dead objects than this it is not found out whether they hold references to themselves.
const MOST_LOOKS: usize = 100;
/// They hold more than this: then it is not found out either.
const MOST_LOOKED_AT: usize = 1000;
/// More dead objects than this are not looked at to find in which order they die.
const MOST_ORDERED: usize = 200_000;

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

/// Is anything to be done when the object dies? Not for generators that are finished or never ran; coroutines that never
/// ran are complained of.
fn has_finalizer(object: *mut Header) -> bool {
    match Value::object(object).cast::<crate::Generator>() {
        Some(generator) => match generator.state.get() {
            crate::layout::generator::GeneratorState::Finished => false,
            crate::layout::generator::GeneratorState::Created => {
                Value::object(object).shape() == crate::TypeId::Coroutine as u32
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

    /// Notes a stream that may have data to be written.
    pub fn add_writer(&self, stream: Value) {
        if let Some(object) = stream.as_object() {
            self.writers.borrow_mut().push(object);
        }
    }

    /// Forgets a stream that has been closed.
    pub fn remove_writer(&self, stream: Value) {
        let object = stream.as_object().unwrap_or(std::ptr::null_mut());
        self.writers.borrow_mut().retain(|other| *other != object);
    }

    /// Are there any?
    pub fn has_writers(&self) -> bool {
        !self.writers.borrow().is_empty()
    }

    /// The streams that were noted and live, the oldest first.
    pub fn writers(&self) -> Vec<Value> {
        self.writers.borrow().iter().map(|object| Value::object(*object)).collect()
    }

    /// The weak references to an object: those that are shared first, then the newest first.
    pub fn references(&self, target: Value) -> Vec<Value> {
        let table = self.references.borrow();
        let Some(found) = target.as_object().and_then(|target| table.get(&(target as usize))) else {
            return Vec::new();
        };
        let mut all: Vec<Value> = found.list.iter().rev().map(|&object| Value::object(object)).collect();
        all.sort_by_key(|reference| {
            let shape = reference.shape();
            let is_plain = reference.cast::<WeakRef>().is_some_and(|reference| reference.callback.get().is_none());
            match is_plain {
                true if shape == TypeId::WeakRef as u32 => 0,
                true if shape == TypeId::WeakProxy as u32 || shape == TypeId::WeakCallableProxy as u32 => 1,
                _ => 2,
            }
        });
        all
    }

    /// A weak reference to an object.
    pub fn first_reference(&self, target: Value) -> Option<Value> {
        self.references(target).first().copied()
    }

    /// Does something wait?
    pub fn has_queued(&self) -> bool {
        !self.queue.borrow().is_empty()
    }

    /// Is the next thing that waits one that only concerns the dead, and could what it concerns be alive?
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.finalized.get() && matches!(self.queue.borrow().front(), Some(Queued::Release(_)))
    }

    pub(crate) fn next_queued(&self) -> Option<Queued> {
        self.queue.borrow_mut().pop_front()
    }

    /// Clears the weak references to an object; their callbacks are called next where `callbacks` says so.
    pub(crate) fn release(&self, target: *mut Header, callbacks: bool) {
        let Some(references) = self.references.borrow_mut().remove(&(target as usize)) else { return };
        let mut queue = self.queue.borrow_mut();
        for object in references.list {
            let reference = weakref(object);
            reference.clear();
            if callbacks && !reference.callback.get().is_none() {
                // The newest comes to lie in front.
                queue.push_front(Queued::Callback(reference.value()));
            }
        }
    }

    /// Clears what refers to the dead, and queues callbacks and finalisers. Called when marking is done.
    pub(crate) fn process(&self, vm: &Vm, tracer: &mut Tracer) {
        let minor = tracer.collection() == Collection::Minor;
        self.settle(tracer, minor);
        if !minor {
            self.finalized.set(false);
        }
        let doomed = self.take_doomed(tracer, minor);
        let targets = self.dead_targets(tracer, minor);
        let audible = self.audible_references(vm, tracer, &targets);
        let mut events = self.order(vm, tracer, &doomed);
        audible.iter().for_each(|object| tracer.mark(Value::object(*object)));
        for event in &events {
            if let Queued::Finalize(value) | Queued::Callback(value) = event {
                tracer.mark(*value);
            }
        }
        tracer.drain();
        let mut queue = self.queue.borrow_mut();
        let before = queue.len();
        let mut references = self.references.borrow_mut();
        for (_, target) in targets {
            // What finalisers keep is seen to by their events, or by the next collection.
            if tracer.is_marked(target as *mut Header) {
                continue;
            }
            let list = references.remove(&target).map_or_else(Vec::new, |references| references.list);
            for object in list.into_iter().rev() {
                let reference = weakref(object);
                reference.clear();
                if !reference.callback.get().is_none() && tracer.is_marked(object) {
                    queue.push_back(Queued::Callback(reference.value()));
                }
            }
        }
        queue.extend(events.drain(..));
        for entry in queue.iter().skip(before) {
            if let Queued::Callback(value) = entry {
                tracer.mark(*value);
            }
        }
        tracer.drain();
        self.writers.borrow_mut().retain(|object| tracer.is_marked(*object));
        let survives = |references: &mut References| {
            references.list.retain(|&object| tracer.is_marked(object));
            !references.list.is_empty()
        };
        let young_targets = self.young_targets.take();
        if minor {
            // An old reference does not die.
            for target in young_targets {
                if references.get_mut(&target).is_some_and(|list| !survives(list)) {
                    references.remove(&target);
                }
            }
        } else {
            references.retain(|_, list| survives(list));
        }
        if !queue.is_empty() {
            vm.breaker.fetch_or(crate::vm::breaker::FINALIZE, std::sync::atomic::Ordering::Relaxed);
        }
    }

    /// Looks at what waited before this collection: shows what is still to be called, and forgets what came alive again.
    fn settle(&self, tracer: &mut Tracer, minor: bool) {
        let mut queue = self.queue.borrow_mut();
        if !minor {
            queue.retain(|entry| match entry {
                Queued::Release(object) | Queued::Clear(object) => !tracer.is_marked(*object),
                _ => true,
            });
        }
        for entry in queue.iter() {
            if let Queued::Callback(value) | Queued::Finalize(value) = entry {
                tracer.mark(*value);
            }
        }
        tracer.drain();
        // What is dead is certainly not let live again: its entry need not wait.
        let entries = std::mem::take(&mut *queue);
        let mut references = self.references.borrow_mut();
        for entry in entries {
            let target = match entry {
                Queued::Release(target) | Queued::Clear(target) if !tracer.is_marked(target) => target as usize,
                _ => {
                    queue.push_back(entry);
                    continue;
                }
            };
            let list = references.remove(&target).map_or_else(Vec::new, |references| references.list);
            for object in list.into_iter().rev() {
                let reference = weakref(object);
                reference.clear();
                if matches!(entry, Queued::Release(_)) && !reference.callback.get().is_none() {
                    tracer.mark(reference.value());
                    queue.push_back(Queued::Callback(reference.value()));
                }
            }
        }
        tracer.drain();
    }

    /// The dead objects whose finalisers are to be called, the oldest first. They are in the table no more.
    fn take_doomed(&self, tracer: &Tracer, minor: bool) -> Vec<*mut Header> {
        let mut finalizable = self.finalizable.borrow_mut();
        let first = if minor { self.young_finalizable.get() } else { 0 };
        let mut doomed = finalizable.split_off(first);
        doomed.retain(|&object| {
            let alive = tracer.is_marked(object);
            if alive {
                finalizable.push(object);
            }
            !alive && has_finalizer(object)
        });
        self.young_finalizable.set(finalizable.len());
        doomed
    }

    /// The dead objects that have weak references, in the order in which they got them.
    fn dead_targets(&self, tracer: &Tracer, minor: bool) -> Vec<(u64, usize)> {
        let references = self.references.borrow();
        let is_dead = |target: usize| !tracer.is_marked(target as *mut Header);
        let mut dead: Vec<(u64, usize)> = if minor {
            // An old target does not die.
            let young = self.young_targets.borrow();
            let known = young.iter().filter_map(|target| Some((references.get(target)?.serial, *target)));
            known.filter(|(_, target)| is_dead(*target)).collect()
        } else {
            let all = references.iter().map(|(target, references)| (references.serial, *target));
            all.filter(|(_, target)| is_dead(*target)).collect()
        };
        dead.sort_unstable();
        dead.dedup();
        dead
    }

    /// The dead references whose callbacks are called all the same: those that their target holds, and that do not hold
    /// it. Reference counts would have let the target die first.
    fn audible_references(&self, vm: &Vm, tracer: &Tracer, targets: &[(u64, usize)]) -> Vec<*mut Header> {
        let references = self.references.borrow();
        let mut audible = Vec::new();
        let mut looks = MOST_LOOKS;
        for (_, target) in targets {
            let list = references.get(target).map_or(&[][..], |references| &references.list);
            let dead =
                |object: &&*mut Header| !tracer.is_marked(**object) && !weakref(**object).callback.get().is_none();
            if list.iter().all(|object| !dead(&object)) || looks == 0 {
                continue;
            }
            looks -= 1;
            let target = *target as *mut Header;
            // SAFETY: it is dead and not swept.
            let garbage = unsafe { Garbage::reached(&vm.heap, tracer, std::iter::once(target), MOST_LOOKED_AT) };
            let Some(mut garbage) = garbage else { continue };
            let mut held = HashSet::new();
            garbage.die(|object, _| {
                held.insert(object);
            });
            if held.contains(&target) {
                audible.extend(list.iter().filter(dead).filter(|object| held.contains(*object)));
            }
        }
        audible
    }

    /// What is to be done about dead objects with finalisers and all that they hold, in order.
    fn order(&self, vm: &Vm, tracer: &Tracer, doomed: &[*mut Header]) -> Vec<Queued> {
        if doomed.is_empty() {
            return Vec::new();
        }
        let references = self.references.borrow();
        let mut events = Vec::new();
        let mut release = |object: *mut Header, is_doomed: bool| {
            if is_doomed {
                events.push(Queued::Finalize(Value::object(object)));
            }
            if references.contains_key(&(object as usize)) {
                events.push(Queued::Release(object));
            }
        };
        // SAFETY: they are dead and not swept.
        let Some(mut garbage) = (unsafe { Garbage::reached(&vm.heap, tracer, doomed.iter().copied(), MOST_ORDERED) })
        else {
            doomed.iter().for_each(|object| release(*object, true));
            return events;
        };
        garbage.die(release);
        // Of cycles and what they hold, all weak references are cleared before anything else runs.
        let targets = garbage.left().map(|(object, _)| object);
        let targets: Vec<*mut Header> = targets.filter(|object| references.contains_key(&(*object as usize))).collect();
        events.extend(targets.iter().map(|object| Queued::Clear(*object)));
        for target in targets {
            let list = references.get(&(target as usize)).map_or(&[][..], |references| &references.list);
            for &object in list.iter().rev() {
                let reference = weakref(object);
                if !reference.callback.get().is_none() && tracer.is_marked(object) {
                    events.push(Queued::Callback(reference.value()));
                }
            }
        }
        let left = garbage.left().filter(|(_, is_doomed)| *is_doomed);
        events.extend(left.map(|(object, _)| Queued::Finalize(Value::object(object))));
        events
    }
}

impl Vm {
    /// A new weak reference of a class (`weakref.ref` or a subclass, or a proxy class).
    pub fn new_weakref(&self, class: Ref<TypeObj>, target: Value, callback: Value) -> Ref<WeakRef> {
        let reference = self.alloc_weakref(class, target, callback);
        let Some(target) = target.as_object() else { return reference };
        let mut table = self.weak.references.borrow_mut();
        let entry = table.entry(target as usize).or_insert_with(|| {
            self.weak.serial.set(self.weak.serial.get() + 1);
            References { serial: self.weak.serial.get(), list: Vec::with_capacity(1) }
        });
        entry.list.push(reference.header());
        self.weak.young_targets.borrow_mut().push(target as usize);
        reference
    }

    /// Are there objects whose finalisers are Python code?
    pub fn has_python_finalizers(&self) -> bool {
        let is_native = |kind| matches!(kind, crate::Kind::NATIVE | crate::Kind::NATIVE_DROP);
        self.weak
            .finalizable
            .borrow()
            .iter()
            .any(|&object| !is_native(Value::object(object).kind()) && has_finalizer(object))
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
