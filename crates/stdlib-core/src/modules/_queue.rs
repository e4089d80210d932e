//! `_queue`: `SimpleQueue`, which threads and finalisers may use at any time.

use crate::support::{class_arg, class_getitem, data, kept_class};
use crate::threads::Signal;
use object::native::NativeDef;
use object::{
    Field, Kind, List, Module, ModuleDef, NativeData, R, Raised, Ref, Tracer, TypeDef, TypeId, Value, ValueExt, Vm,
    native, natives, type_flags,
};
use std::cell::Cell;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_queue",
    doc: "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    functions: &[],
    exec,
};

struct Queue {
    /// A list, of which the first `head` items are gone.
    items: Field,
    head: Cell<usize>,
    put: Signal,
}

impl NativeData for Queue {
    fn trace(&self, tracer: &mut Tracer) {
        self.items.trace(tracer);
    }
}

natives! { static METHODS: {
    /// Put the item on the queue.
    "put($self, /, item, block=True, timeout=None)" => put;
    /// Put an item into the queue without blocking.
    "put_nowait($self, /, item)" => put_nowait;
    /// Remove and return an item from the queue.
    "get($self, /, block=True, timeout=None)" => get;
    /// Remove and return an item from the queue without blocking.
    "get_nowait($self, /)" => get_nowait;
    /// Return True if the queue is empty, False otherwise (not reliable!).
    "empty($self, /)" => empty;
    /// Return the approximate size of the queue (not reliable!).
    "qsize($self, /)" => qsize;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

static NEW: NativeDef = native! { "SimpleQueue($cls, /)" => new };

static TYPE: TypeDef = TypeDef {
    name: "SimpleQueue",
    module: "_queue",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "Simple, unbounded, reentrant FIFO queue.",
    methods: &[METHODS],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let class = vm.new_exception_class("_queue", "Empty", &[vm.types[TypeId::Exception].value()])?;
    vm.add_value(module, "Empty", class);
    vm.set_state("_queue.Empty", class.value());
    vm.add_type(module, &TYPE);
    Ok(())
}

fn new(vm: &Vm, [class]: &[Value; 1]) -> R {
    let class = class_arg(vm, *class)?;
    let queue = Queue { items: Field::new(vm.list(&[]).value()), head: Cell::new(0), put: Signal::default() };
    Ok(vm.native(class, queue).value())
}

impl Queue {
    fn list(&self) -> Option<Ref<List>> {
        self.items.get().cast()
    }

    fn len(&self) -> usize {
        self.list().map_or(0, |list| list.len() - self.head.get())
    }

    fn pop(&self, vm: &Vm) -> Option<Value> {
        let list = self.list()?;
        let head = self.head.get();
        let item = list.get(head)?;
        list.set(vm, head, Value::NONE);
        self.head.set(head + 1);
        // What is gone is cut off once it is the greater part.
        if head + 1 == list.len() {
            list.clear();
            self.head.set(0);
        } else if head > 64 && head * 2 > list.len() {
            list.splice(vm, 0..head + 1, &[]);
            self.head.set(0);
        }
        Some(item)
    }
}

fn put(vm: &Vm, [this, item, _, _]: &[Value; 4]) -> R {
    put_nowait(vm, &[*this, *item])
}

fn put_nowait(vm: &Vm, [this, item]: &[Value; 2]) -> R {
    let queue = data::<Queue>(vm, *this)?;
    if let Some(list) = queue.list() {
        list.push(vm, *item);
    }
    queue.put.notify();
    Ok(Value::NONE)
}

fn empty_error(vm: &Vm) -> Raised {
    match kept_class(vm, "_queue.Empty") {
        Ok(class) => vm.raise_type(class, &[]),
        Err(raised) => raised,
    }
}

fn get(vm: &Vm, [this, block, timeout]: &[Value; 3]) -> R {
    let block = vm.truthy(*block)?;
    let deadline = if block && !timeout.is_none() {
        if vm.to_float(*timeout)? < 0.0 {
            return Err(vm.value_error("'timeout' must be a non-negative number"));
        }
        match vm.to_nanoseconds(*timeout, object::arguments::Rounding::Ceiling) {
            Ok(_) => vm.deadline(*timeout)?,
            Err(raised) => {
                vm.catch(raised, TypeId::OverflowError)?;
                return Err(vm.overflow_error("timeout value is too large"));
            }
        }
    } else {
        None
    };
    let queue = data::<Queue>(vm, *this)?;
    loop {
        let seen = queue.put.now();
        if let Some(item) = queue.pop(vm) {
            return Ok(item);
        }
        if !block || !queue.put.wait(vm, seen, deadline)? {
            return match queue.pop(vm) {
                Some(item) => Ok(item),
                None => Err(empty_error(vm)),
            };
        }
    }
}

fn get_nowait(vm: &Vm, [this]: &[Value; 1]) -> R {
    get(vm, &[*this, Value::FALSE, Value::NONE])
}

fn empty(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(Value::bool(data::<Queue>(vm, *this)?.len() == 0))
}

fn qsize(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(vm.int_usize(data::<Queue>(vm, *this)?.len()))
}
