//! Collection: roots, weak references, finalisers.

use crate::garbage::Garbage;
use crate::layout::*;
use crate::slots::R;
use crate::weak::Queued;
use crate::{Kind, List, Raised, Ref, TypeId, TypeObj, ValueExt, Vm};
use heap::{CollectHooks, CollectStats, Collection, Header, Heap, KindInfo, Tracer, Value, trace_nothing};
use std::cell::Cell;

thread_local! {
    /// The interpreter whose heap is being collected: trace functions ask it for the classes of shapes.
    static COLLECTING: Cell<*const Vm> = const { Cell::new(std::ptr::null()) };
    /// Is it worth looking which registers of suspended generators are alive?
    static THOROUGH: Cell<bool> = const { Cell::new(false) };
}

/// Shows the class of a shape to the collector.
pub(crate) unsafe fn trace_shape_class(shape: u32, tracer: &mut Tracer) {
    let vm = COLLECTING.get();
    if !vm.is_null()
        && let Some(class) = unsafe { &*vm }.shapes.class_if_alive(shape)
    {
        tracer.object(class.header());
    }
}

/// Is the collection one that looks closely?
pub(crate) fn is_thorough() -> bool {
    THOROUGH.get()
}

/// How often a collection that a program asks for is repeated, where finalisers ran.
const MOST_REPEATED: usize = 4;

/// Overwrites what finished calls left below the caller's frame.
pub fn scrub_stack() {
    heap::scrub_stack(16 << 10);
}

macro_rules! with_attributes {
    ($trace:path) => {{
        unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
            unsafe {
                $trace(object, tracer);
                instance::trace_attributes(object, tracer);
            }
        }
        trace
    }};
}
/// Tells the heap how each kind is traced and dropped.
pub(crate) fn register_kinds(heap: &Heap) {
    type Trace = unsafe fn(*mut Header, &mut Tracer);
    type Drop = unsafe fn(*mut Header);
    let kinds: [(Kind, &'static str, Trace, Option<Drop>); 27] = [
        (Kind::BIG_INT, "int", trace_nothing, Some(number::drop_big)),
        (Kind::FLOAT, "float", trace_nothing, None),
        (Kind::COMPLEX, "complex", trace_nothing, None),
        (Kind::STR, "str", str::trace, None),
        (Kind::BYTES, "bytes", trace_nothing, None),
        (Kind::TUPLE, "tuple", tuple::trace, None),
        (Kind::LIST, "list", with_attributes!(list::trace), None),
        (Kind::DICT, "dict", with_attributes!(dict::trace), None),
        (Kind::SET, "set", with_attributes!(set::trace), None),
        (Kind::BYTEARRAY, "bytearray", with_attributes!(bytes::trace_bytearray), None),
        (Kind::INSTANCE, "instance", instance::trace_instance, None),
        (Kind::TYPE, "type", type_object::trace, Some(type_object::drop)),
        (Kind::FUNCTION, "function", function::trace_function, None),
        (Kind::NATIVE_FUNCTION, "native function", function::trace_native, None),
        (Kind::METHOD, "method", function::trace_method, None),
        (Kind::CODE, "code", code::trace, Some(code::drop)),
        (Kind::FRAME, "frame", crate::frame::trace, None),
        (Kind::GENERATOR, "generator", generator::trace, None),
        (Kind::CELL, "cell", function::trace_cell, None),
        (Kind::MODULE, "module", module::trace, None),
        (Kind::EXCEPTION, "exception", exception::trace, None),
        (Kind::TRACEBACK, "traceback", misc::trace_traceback, None),
        (Kind::SLICE, "slice", misc::trace_slice, None),
        (Kind::RANGE, "range", misc::trace_range, None),
        (Kind::WEAKREF, "weakref", misc::trace_weakref, None),
        (Kind::NATIVE, "native", native::trace, None),
        (Kind::NATIVE_DROP, "native with drop", native::trace, Some(native::drop)),
    ];
    for (kind, name, trace, drop) in kinds {
        heap.register_kind(kind.0, KindInfo { name, trace, drop });
    }
}

struct Hooks<'a> {
    vm: &'a Vm,
    stack: *const usize,
    survey: Option<&'a mut Survey>,
}

/// What a collection that a program asks for tells it.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    save: Option<Ref<List>>,
    /// The number of objects that CPython's collector would have found: those in cycles, and what only they hold.
    pub unreachable: Option<usize>,
    /// Those of them that finalisers may let live again.
    kept: Vec<*mut Header>,
}

/// Where more objects are dead, those in cycles are not counted.
const MOST_SURVEYED: usize = 100_000;

impl Survey {
    /// One whose objects are put into a list, so that they stay, if there is one.
    pub fn saving(save: Option<Ref<List>>) -> Survey {
        Survey { save, ..Survey::default() }
    }

    /// Takes back what finalisers let live again after the collection before.
    fn look_again(&mut self, tracer: &Tracer) {
        let alive = self.kept.iter().filter(|object| tracer.is_marked(**object)).count();
        self.kept.clear();
        self.unreachable = self.unreachable.map(|count| count.saturating_sub(alive));
    }

    fn look(&mut self, vm: &Vm, tracer: &mut Tracer) {
        let mut dead = Vec::new();
        vm.heap.for_each_object(&mut |object| {
            if !tracer.is_marked(object) && dead.len() <= MOST_SURVEYED {
                dead.push(object);
            }
        });
        // SAFETY: they are dead and not swept.
        let garbage = unsafe { Garbage::reached(&vm.heap, tracer, dead.into_iter(), MOST_SURVEYED) };
        let Some(mut garbage) = garbage else { return };
        garbage.die(|_, _| {});
        let mut found: Vec<Value> = Vec::new();
        let mut hidden = Vec::new();
        for (object, _) in garbage.left() {
            let value = Value::object(object);
            if let Some(frame) = value.cast::<crate::FrameObj>() {
                hidden.push(frame.registers.get());
            }
            if !is_internal(object) && vm.is_tracked(value) {
                found.push(value);
            }
        }
        found.retain(|value| !hidden.contains(value));
        self.unreachable = Some(found.len());
        self.kept = found.iter().filter_map(|value| value.as_object()).collect();
        if let Some(save) = self.save {
            for value in found {
                save.push(vm, value);
                tracer.mark(value);
            }
            tracer.drain();
        }
    }
}

/// Are these the registers of a frame that ended?
fn is_of_frame(frame: *mut Header, object: *mut Header) -> bool {
    Value::object(frame).cast::<crate::FrameObj>().is_some_and(|frame| frame.registers.get() == Value::object(object))
}

/// Is it a buffer of another object?
fn is_internal(object: *mut Header) -> bool {
    // SAFETY: callers give objects.
    let kind = unsafe { (*object).kind };
    kind == heap::KIND_VALUES || kind == heap::KIND_RAW
}

impl CollectHooks for Hooks<'_> {
    fn roots(&mut self, tracer: &mut Tracer) {
        self.vm.trace_roots(tracer);
        self.vm.lock.for_each_thread(|thread| {
            thread.trace(tracer);
            let parked = thread.parked_at.get();
            if parked != 0 {
                crate::native_stack::trace(thread, parked as *const usize, tracer);
            }
        });
        crate::native_stack::trace(self.vm.thread(), self.stack, tracer);
    }

    fn weak(&mut self, tracer: &mut Tracer) {
        let vm = self.vm;
        match self.survey.as_mut() {
            Some(survey) if survey.unreachable.is_none() => survey.look(vm, tracer),
            Some(survey) => survey.look_again(tracer),
            None => {}
        }
        vm.weak.process(vm, tracer);
        if let Some(survey) = self.survey.as_mut() {
            survey.kept.retain(|object| tracer.is_marked(*object));
        }
        vm.shapes.sweep(tracer);
        vm.classes.sweep(tracer);
        if vm.interned.sweep(tracer) {
            for entry in vm.method_cache.iter() {
                // Another name could come to lie where this one was. Only interned names are in the cache.
                if !tracer.is_marked(entry.get().name as *const Header) {
                    entry.set(crate::vm::MethodCacheEntry { version: 0, name: 0, value: Value::UNBOUND });
                }
            }
        }
    }

    fn unbarriered(&mut self, f: &mut dyn FnMut(*mut Header)) {
        self.vm.heap.for_each_object(&mut |object| {
            // SAFETY: the heap gives allocated objects. Registers of generators are written without a barrier.
            if unsafe { (*object).kind } == Kind::GENERATOR.0 {
                f(object);
            }
        });
    }
}

impl Vm {
    /// Collects the whole heap. To be called at a safepoint only. Finalisers and callbacks wait for
    /// [`Vm::run_finalizers`].
    pub fn collect(&self) -> CollectStats {
        self.collect_what(Collection::Full, true, None)
    }

    /// Collects what is due. As [`Vm::collect`].
    pub fn collect_due(&self) -> CollectStats {
        self.collect_what(self.heap.due(), false, None)
    }

    /// Collects all, finalisers and callbacks included, as thoroughly as can be: for programs that ask for it. To be called
    /// at a safepoint, and best where the native stack is shallow: see [`Vm::defer`].
    #[inline(never)]
    pub fn collect_thoroughly(&self, collection: Collection, survey: &mut Survey) {
        scrub_stack();
        self.collect_repeatedly(collection, survey);
    }

    #[inline(never)]
    fn collect_repeatedly(&self, collection: Collection, survey: &mut Survey) {
        let stats = self.collect_what(collection, collection == Collection::Full, Some(survey));
        survey.unreachable.get_or_insert(stats.freed_objects);
        // What finalisers kept is dead afterwards, unless they let it live again.
        let mut more = MOST_REPEATED;
        loop {
            self.run_queue(&mut more);
            if !self.weak.finalized.get() || more == 0 || collection == Collection::Minor {
                return;
            }
            more -= 1;
            scrub_stack();
            self.collect_what(collection, true, Some(survey));
        }
    }

    fn collect_what(&self, collection: Collection, thorough: bool, survey: Option<&mut Survey>) -> CollectStats {
        heap::with_spilled_registers(|sp| {
            let before = COLLECTING.replace(self);
            let thorough_before = THOROUGH.replace(thorough);
            let mut hooks = Hooks { vm: self, stack: sp, survey };
            // SAFETY: a safepoint: all values are in the heap, on the stacks that the hooks show, or in root fields.
            let stats = unsafe { self.heap.collect(collection, &mut hooks) };
            COLLECTING.set(before);
            THOROUGH.set(thorough_before);
            if crate::footprint::is_due(self.heap.stats().collections, self.config.stress) {
                crate::footprint::release_executable();
            }
            if !thorough && collection == Collection::Full && self.config.stress == heap::StressMode::Normal {
                crate::footprint::trim_allocator();
            }
            stats
        })
    }

    /// Calls `f` with the objects that a value holds directly, some of them twice.
    pub fn for_each_held(&self, value: Value, mut f: impl FnMut(Value)) {
        let Some(object) = value.as_object() else { return };
        let before = COLLECTING.replace(self);
        let (mut held, mut at) = (Vec::new(), 0);
        // SAFETY: they are objects; nothing is collected meanwhile.
        unsafe { Tracer::list_held(&self.heap, object, &mut held) };
        while at < held.len() {
            // What its buffers hold, it holds itself.
            if is_internal(held[at]) || is_of_frame(object, held[at]) {
                // SAFETY: as above.
                unsafe { Tracer::list_held(&self.heap, held[at], &mut held) };
            }
            at += 1;
        }
        COLLECTING.set(before);
        held.retain(|part| !is_internal(*part) && !is_of_frame(object, *part));
        held.into_iter().for_each(|object| f(Value::object(object)));
    }

    /// Runs the finalisers and weak reference callbacks that collections left.
    pub fn run_finalizers(&self) {
        self.run_queue(&mut 0);
    }

    /// The same, with up to `collections` to find out what finalisers let live again. What cannot be found out counts as
    /// dead.
    fn run_queue(&self, collections: &mut usize) {
        let thread = self.thread();
        // What comes up while a finaliser runs waits until it is done, so that the order is kept.
        if !self.weak.has_queued() || thread.is_finalizing.replace(true) {
            return;
        }
        let keep = self.tuple(&[thread.pending.get(), thread.handled.get()]);
        while self.weak.has_queued() {
            if *collections > 0 && self.weak.is_in_doubt() {
                *collections -= 1;
                scrub_stack();
                self.collect();
            } else {
                self.run_queued();
            }
        }
        thread.is_finalizing.set(false);
        thread.pending.set(keep.items()[0]);
        thread.handled.set(keep.items()[1]);
    }

    /// In a frame of its own, which is gone before the next collection.
    #[inline(never)]
    fn run_queued(&self) {
        match self.weak.next_queued() {
            Some(Queued::Callback(reference)) => self.call_back(reference),
            Some(Queued::Finalize(object)) => {
                if let Some(header) = object.as_object() {
                    // SAFETY: it is an object.
                    let gc = unsafe { &(*header).gc };
                    gc.set(gc.get() | heap::heap::FINALIZED);
                }
                self.weak.finalized.set(true);
                self.finalize(object);
            }
            Some(Queued::Release(object)) => self.weak.release(object, true),
            Some(Queued::Clear(object)) => self.weak.release(object, false),
            None => {}
        }
    }

    fn call_back(&self, reference: Value) {
        let Some(weak) = reference.cast::<crate::WeakRef>() else { return };
        // It is called once.
        let callback = weak.callback.get();
        weak.callback.init(Value::NONE);
        if !callback.is_none()
            && let Err(raised) = self.call(callback, &[reference])
        {
            self.report_unraisable(raised, "Exception ignored while calling weakref callback", callback);
        }
    }

    /// Was the finaliser of the object called?
    pub fn is_finalized(&self, value: Value) -> bool {
        // SAFETY: it is an object.
        value.as_object().is_some_and(|object| unsafe { (*object).gc.get() } & heap::heap::FINALIZED != 0)
    }

    /// Has `work` done when the native frames above the interpreter's are gone, with what stale values they hold, if the
    /// running instruction calls the native function `callee` itself, or deletes a part of that object. The caller passes the
    /// result on; `work` gives what the function returns, or the object.
    pub fn defer(&self, callee: Value, work: fn(&Vm) -> R) -> Option<Raised> {
        let thread = self.thread();
        let frame = thread.current()?;
        let instr = frame.code.unit().code.get(frame.instr_index())?;
        let is_running = match instr.op() {
            Some(bytecode::Op::Call) => frame.register(instr.b as usize) == callee,
            Some(bytecode::Op::DeleteSubscr) => frame.register(instr.a as usize) == callee,
            _ => false,
        };
        if !is_running || thread.is_deferring.get() || self.instruments.union() != 0 {
            return None;
        }
        thread.deferred.set(Some(work));
        Some(Raised::deferred())
    }

    /// Does what was [deferred](Vm::defer).
    pub fn run_deferred(&self) -> R {
        let thread = self.thread();
        let Some(work) = thread.deferred.take() else { return Ok(Value::NONE) };
        thread.is_deferring.set(true);
        let result = work(self);
        thread.is_deferring.set(false);
        result
    }

    /// Was it for want of descriptors that a call of the system failed? Then files, sockets and the like that nothing
    /// holds any more are closed now, and the call is to be tried again, once.
    #[cold]
    pub fn reclaim_descriptors(&self, error: i32) -> bool {
        let is_want = matches!(error, libc::EMFILE | libc::ENFILE);
        if is_want {
            self.collect();
            self.run_finalizers();
        }
        is_want
    }

    /// Does what is done when an object dies that has a finaliser. Whoever calls it knows that nothing else holds the
    /// object.
    pub fn finalize(&self, object: Value) {
        if let Some(generator) = object.cast::<crate::Generator>() {
            if let Some(finalize) = self.state_value("finalize_generator")
                && let Err(raised) = self.call(finalize, &[generator.value()])
            {
                self.report_unraisable(raised, "Exception ignored while closing generator", object);
            }
            return;
        }
        let result: Result<(), Raised> = match self.call_special(object, self.names.__del__, &[]) {
            Some(result) => result.map(|_| ()),
            None => Ok(()),
        };
        if let Err(raised) = result {
            let del = self.lookup(self.type_of(object), self.names.__del__).unwrap_or(object);
            self.report_unraisable(raised, "Exception ignored while calling deallocator", del);
        }
    }

    /// Notes an object whose class has `__del__`.
    #[inline(always)]
    pub(crate) fn note_finalizer(&self, class: Ref<TypeObj>, object: *mut Header) {
        if class.has(type_object::type_flags::FINALIZER) {
            self.weak.add_finalizable(object);
        }
    }

    /// Notes a native object that is to be finalised through `__del__` of its class.
    pub fn add_finalizable(&self, object: Value) {
        if let Some(object) = object.as_object() {
            self.weak.add_finalizable(object);
        }
    }

    /// Could the object be part of a cycle? (For `gc.is_tracked`.)
    pub fn is_tracked(&self, value: Value) -> bool {
        if let Some(tuple) = value.cast::<crate::Tuple>()
            && !self.thread().stack_is_low()
        {
            return tuple.items().iter().any(|item| self.is_tracked(*item));
        }
        if let Some(class) = value.cast::<TypeObj>() {
            return class.def.get().is_none();
        }
        !matches!(
            value.kind(),
            Kind::IMMEDIATE
                | Kind::STR
                | Kind::BYTES
                | Kind::BYTEARRAY
                | Kind::BIG_INT
                | Kind::FLOAT
                | Kind::COMPLEX
                | Kind::CODE
        ) && value.shape() != TypeId::Range as u32
            && value.shape() != TypeId::Object as u32
            && value.shape() != TypeId::Capsule as u32
    }
}
