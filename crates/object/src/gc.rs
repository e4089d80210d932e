//! Collection: roots, weak references, finalisers.

use crate::layout::*;
use crate::{Kind, Raised, Ref, TypeId, TypeObj, ValueExt, Vm};
use heap::{CollectHooks, CollectStats, Collection, Header, Heap, KindInfo, Tracer, Value, trace_nothing};
use std::cell::Cell;

thread_local! {
    /// The interpreter whose heap is being collected: trace functions ask it for the classes of shapes.
    static COLLECTING: Cell<*const Vm> = const { Cell::new(std::ptr::null()) };
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
    stack: std::ops::Range<*const usize>,
}

impl CollectHooks for Hooks<'_> {
    fn roots(&mut self, tracer: &mut Tracer) {
        self.vm.trace_roots(tracer);
        self.vm.weak.trace_queue(tracer);
        self.vm.lock.for_each_thread(|thread| {
            thread.trace(tracer);
            let parked = thread.parked_at.get();
            if parked != 0 {
                tracer.conservative(parked as *const usize..thread.stack_high.get() as *const usize);
            }
        });
        tracer.conservative(self.stack.clone());
    }

    fn weak(&mut self, tracer: &mut Tracer) {
        let vm = self.vm;
        vm.weak.process(vm, tracer);
        vm.interned.sweep(tracer);
        vm.shapes.sweep(tracer);
        vm.classes.sweep(tracer);
        for entry in vm.method_cache.iter() {
            // Another name could come to lie where this one was.
            let name = Value::from_bits(entry.get().name);
            if name.is_object() && !tracer.is_marked(name.object_unchecked()) {
                entry.set(crate::vm::MethodCacheEntry { version: 0, name: 0, value: Value::UNBOUND });
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
        self.collect_what(Collection::Full)
    }

    /// Collects what is due. As [`Vm::collect`].
    pub fn collect_due(&self) -> CollectStats {
        self.collect_what(self.heap.due())
    }

    fn collect_what(&self, collection: Collection) -> CollectStats {
        heap::with_spilled_registers(|sp| {
            let before = COLLECTING.replace(self);
            let high = self.thread().stack_high.get() as *const usize;
            let mut hooks = Hooks { vm: self, stack: sp..high };
            // SAFETY: a safepoint: all values are in the heap, on the stacks that the hooks show, or in root fields.
            let stats = unsafe { self.heap.collect(collection, &mut hooks) };
            COLLECTING.set(before);
            stats
        })
    }

    /// Runs the finalisers and weak reference callbacks that collections left.
    pub fn run_finalizers(&self) {
        if !self.weak.has_queued() {
            return;
        }
        let thread = self.thread();
        let (pending, handled) = (thread.pending.get(), thread.handled.get());
        let keep = self.tuple(&[pending, handled]);
        while let Some(entry) = self.weak.next_queued() {
            match entry {
                crate::weak::Queued::Callback(reference) => {
                    if let Some(weak) = reference.cast::<crate::WeakRef>() {
                        let callback = weak.callback.get();
                        if !callback.is_none()
                            && let Err(raised) = self.call(callback, &[reference])
                        {
                            self.report_unraisable(
                                raised,
                                "Exception ignored while calling weakref callback",
                                callback,
                            );
                        }
                    }
                }
                crate::weak::Queued::Finalize(object) => self.finalize(object),
            }
        }
        thread.pending.set(keep.items()[0]);
        thread.handled.set(keep.items()[1]);
    }

    fn finalize(&self, object: Value) {
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
        !matches!(value.kind(), Kind::IMMEDIATE | Kind::STR | Kind::BYTES | Kind::BIG_INT | Kind::FLOAT | Kind::COMPLEX)
            && value.shape() != TypeId::Range as u32
            && value.shape() != TypeId::Object as u32
    }
}
