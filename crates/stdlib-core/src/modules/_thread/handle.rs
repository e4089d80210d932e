//! Handles of threads: what can be waited for.

use crate::support::data;
use crate::threads::{Event, ident};
use object::native::NativeDef;
use object::{GetSet, Kind, Module, Native, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, Value, Vm, natives};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

pub const NOT_STARTED: u8 = 0;
pub const STARTING: u8 = 1;
pub const RUNNING: u8 = 2;

/// What a handle and its thread share; it outlives both.
#[derive(Default)]
pub struct State {
    pub ident: AtomicU64,
    pub phase: AtomicU8,
    pub done: Event,
}

pub struct Handle(pub Arc<State>);

impl NativeData for Handle {
    fn trace(&self, _: &mut Tracer) {}
}

/// The threads that were started, and whether the interpreter waits for them at its end.
struct Registry(RefCell<Vec<(Arc<State>, bool)>>);

impl NativeData for Registry {
    fn trace(&self, _: &mut Tracer) {}
}

natives! { static METHODS: {
    "join($self, timeout=None, /)" => join;
    "_set_done($self, /)" => set_done;
    "is_done($self, /)" => is_done;
}}

static NEW: NativeDef = object::native! { "_ThreadHandle($cls, /)" => new };

static TYPE: TypeDef = TypeDef {
    name: "_ThreadHandle",
    module: "_thread",
    kind: Kind::NATIVE,
    slots: &[Slot::repr(repr)],
    methods: &[METHODS],
    getset: &[GetSet {
        name: "ident",
        get: |vm, this| Ok(vm.int_u64(data::<Handle>(vm, this)?.0.ident.load(Ordering::Acquire))),
        set: None,
        doc: "",
        is_member: false,
    }],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static REGISTRY_TYPE: TypeDef =
    TypeDef { name: "_ThreadRegistry", module: "_thread", kind: Kind::NATIVE, ..TypeDef::DEFAULT };

pub fn add(vm: &Vm, module: Ref<Module>) {
    let class = vm.add_type(module, &TYPE);
    vm.set_state("_thread._ThreadHandle", class.value());
    let registry = vm.native(vm.make_type(&REGISTRY_TYPE), Registry(RefCell::default()));
    vm.set_state("_thread.registry", registry.value());
}

fn registry(vm: &Vm) -> Option<Ref<Native<Registry>>> {
    vm.state_value("_thread.registry").and_then(|registry| vm.as_native(registry))
}

/// Notes a thread that starts; `wait` tells whether the interpreter is to wait for it at its end.
pub fn register(vm: &Vm, state: &Arc<State>, wait: bool) {
    if let Some(registry) = registry(vm) {
        let mut threads = registry.0.borrow_mut();
        threads.retain(|(state, _)| !state.done.is_set());
        threads.push((state.clone(), wait));
    }
}

/// In a new process: all threads but the running one are done.
pub fn after_fork(vm: &Vm) {
    if let Some(registry) = registry(vm) {
        for (state, _) in registry.0.borrow_mut().drain(..) {
            if state.ident.load(Ordering::Acquire) != ident() {
                state.done.set();
            }
        }
    }
}

/// A new handle.
pub fn make(vm: &Vm) -> Result<Ref<Native<Handle>>, Raised> {
    let class = crate::support::kept_class(vm, "_thread._ThreadHandle")?;
    Ok(vm.native(class, Handle(Arc::default())))
}

fn new(vm: &Vm, [class]: &[Value; 1]) -> R {
    let class = crate::support::class_arg(vm, *class)?;
    Ok(vm.native(class, Handle(Arc::default())).value())
}

fn repr(vm: &Vm, this: Value) -> R {
    let ident = data::<Handle>(vm, this)?.0.ident.load(Ordering::Acquire);
    Ok(vm.str(&format!("<_ThreadHandle object: ident={ident}>")).value())
}

fn join(vm: &Vm, [this, timeout]: &[Value; 2]) -> R {
    let handle = data::<Handle>(vm, *this)?;
    let timeout = if timeout.is_none() || vm.to_float(*timeout)? < 0.0 { Value::NONE } else { *timeout };
    let deadline = vm.deadline(timeout)?;
    let state = handle.0.clone();
    if state.phase.load(Ordering::Acquire) == NOT_STARTED && !state.done.is_set() {
        return Err(vm.runtime_error("thread not started"));
    }
    if !state.done.is_set() && state.ident.load(Ordering::Acquire) == ident() {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    state.done.wait(vm, deadline)?;
    Ok(Value::NONE)
}

fn set_done(vm: &Vm, [this]: &[Value; 1]) -> R {
    let handle = data::<Handle>(vm, *this)?;
    if handle.0.phase.load(Ordering::Acquire) == NOT_STARTED && !handle.0.done.is_set() {
        return Err(vm.runtime_error("thread not started"));
    }
    handle.0.done.set();
    Ok(Value::NONE)
}

fn is_done(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(data::<Handle>(vm, *this)?.0.done.is_set()))
}

pub fn make_thread_handle(vm: &Vm, [_, ident]: &[Value; 2]) -> R {
    if vm.as_int(*ident).is_none() {
        return Err(vm.type_error("ident must be an integer"));
    }
    let ident = vm.index_i64(*ident)?;
    let handle = make(vm)?;
    handle.0.ident.store(ident as u64, Ordering::Release);
    handle.0.phase.store(RUNNING, Ordering::Release);
    Ok(handle.value())
}

pub fn shutdown(vm: &Vm, [_]: &[Value; 1]) -> R {
    let Some(registry) = registry(vm) else { return Ok(Value::NONE) };
    loop {
        let waits = |(state, wait): &&(Arc<State>, bool)| {
            *wait && !state.done.is_set() && state.ident.load(Ordering::Acquire) != ident()
        };
        let next = registry.0.borrow().iter().find(waits).map(|(state, _)| state.clone());
        let Some(state) = next else { return Ok(Value::NONE) };
        if let Err(raised) = state.done.wait(vm, None) {
            // An interrupt while waiting: the rest is not waited for, as the exception says.
            vm.report_unraisable(
                raised,
                "Exception ignored while joining a thread in _thread._shutdown()",
                Value::NONE,
            );
            return Ok(Value::NONE);
        }
    }
}
