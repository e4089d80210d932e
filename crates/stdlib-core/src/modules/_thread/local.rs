//! `_local`: attributes that each thread has for itself.

use crate::support::{class_arg, data};
use object::native::NativeDef;
use object::{
    Dict, Field, Kind, Module, NativeData, R, Raised, Ref, Slot, Str, Tracer, TypeDef, TypeId, Value, ValueExt, Vm, native,
    type_flags,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A `_local`. Its attributes lie in the slots of threads, under its number.
struct Local {
    number: i64,
    args: Field,
    kwargs: Field,
    dead: Rc<RefCell<Vec<i64>>>,
}

impl NativeData for Local {
    fn trace(&self, tracer: &mut Tracer) {
        self.args.trace(tracer);
        self.kwargs.trace(tracer);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.dead.borrow_mut().push(self.number);
    }
}

/// Numbers of those that died: what threads hold for them is to be forgotten.
struct Graves {
    dead: Rc<RefCell<Vec<i64>>>,
    next: Cell<i64>,
}

impl NativeData for Graves {
    fn trace(&self, _: &mut Tracer) {}
}

static NEW: NativeDef = native! { "_local($cls, /, *args, **kwargs)" => new };

static TYPE: TypeDef = TypeDef {
    name: "_local",
    module: "_thread",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "Thread-local data",
    slots: &[Slot::getattr(getattr), Slot::setattr(setattr)],
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static GRAVES_TYPE: TypeDef = TypeDef { name: "_graves", module: "_thread", kind: Kind::NATIVE, ..TypeDef::DEFAULT };

pub fn add(vm: &Vm, module: Ref<Module>) {
    vm.add_type(module, &TYPE);
    let graves = Graves { dead: Rc::default(), next: Cell::new(1) };
    vm.set_state("_thread.graves", vm.native(vm.make_type(&GRAVES_TYPE), graves).value());
}

fn new(vm: &Vm, [class, args, kwargs]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    let given = vm.as_tuple(*args).is_some_and(|args| !args.is_empty())
        || kwargs.cast::<Dict>().is_some_and(|kwargs| !kwargs.is_empty());
    let object_init = vm.lookup(vm.types[TypeId::Object], vm.names.__init__);
    if given && vm.lookup(class, vm.names.__init__) == object_init {
        return Err(vm.type_error("Initialization arguments are not supported"));
    }
    let graves = vm.state_value("_thread.graves").and_then(|graves| vm.as_native::<Graves>(graves));
    let Some(graves) = graves else { return Err(vm.system_error("_thread is not set up")) };
    let number = graves.next.get();
    graves.next.set(number + 1);
    let local = Local { number, args: Field::new(*args), kwargs: Field::new(*kwargs), dead: graves.dead.clone() };
    let local = vm.native(class, local);
    // The thread that makes it initialises it as any object.
    slots(vm).insert(vm, vm.int(number), vm.dict().value())?;
    Ok(local.value())
}

fn slots(vm: &Vm) -> Ref<Dict> {
    match vm.thread().slots.get().cast::<Dict>() {
        Some(slots) => slots,
        None => {
            let slots = vm.dict();
            vm.thread().slots.set(slots.value());
            slots
        }
    }
}

fn bury(vm: &Vm, local: &Local) -> Result<(), Raised> {
    if local.dead.borrow().is_empty() {
        return Ok(());
    }
    let dead = std::mem::take(&mut *local.dead.borrow_mut());
    let all = vm.list(&[]);
    vm.for_each_thread(|thread| all.push(vm, thread.slots.get()));
    for slots in all.items() {
        if let Some(slots) = slots.cast::<Dict>() {
            for &number in &dead {
                slots.remove(vm, vm.int(number))?;
            }
        }
    }
    Ok(())
}

/// The attributes of the running thread. Where it has none yet, `__init__` is called with the arguments of the first
/// call.
fn attributes(vm: &Vm, this: Value) -> Result<Ref<Dict>, Raised> {
    let local = data::<Local>(vm, this)?;
    bury(vm, &local)?;
    let slots = slots(vm);
    let key = vm.int(local.number);
    if let Some(dict) = slots.get(vm, key)?.and_then(|dict| dict.cast()) {
        return Ok(dict);
    }
    let dict = vm.dict();
    slots.insert(vm, key, dict.value())?;
    let init = vm.lookup(vm.type_of(this), vm.names.__init__);
    if init != vm.lookup(vm.types[TypeId::Object], vm.names.__init__) {
        let args = vm.to_tuple(local.args.get())?;
        let all = vm.list(&[this]);
        all.extend(vm, args.items());
        if let Some(init) = init
            && let Err(raised) = vm.call_tuple_dict(init, all.items(), local.kwargs.get().cast())
        {
            slots.remove(vm, key)?;
            return Err(raised);
        }
    }
    Ok(dict)
}

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    let dict = attributes(vm, this)?;
    if name.as_bytes() == b"__dict__" {
        return Ok(dict.value());
    }
    let class = vm.type_of(this);
    let found = vm.lookup(class, name);
    if let Some(attr) = found
        && vm.type_of(attr).slots().descr_set.is_some()
    {
        return vm.bind_attr(attr, this, class);
    }
    if let Some(value) = dict.get_str(vm, name) {
        return Ok(value);
    }
    match found {
        Some(attr) => vm.bind_attr(attr, this, class),
        None => Err(vm.no_attribute(this, name)),
    }
}

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    let dict = attributes(vm, this)?;
    if name.as_bytes() == b"__dict__" {
        let class = vm.type_of(this).qualified_name(vm);
        let text = format!("'{class}' object attribute '__dict__' is read-only");
        return Err(vm.attribute_error(text, this, name.value()));
    }
    if let Some(attr) = vm.lookup(vm.type_of(this), name)
        && let Some(set) = vm.type_of(attr).slots().descr_set
    {
        return set(vm, attr, this, value);
    }
    if value.is_unbound() {
        return match dict.remove_str(vm, name) {
            Some(_) => Ok(()),
            None => Err(vm.no_attribute(this, name)),
        };
    }
    dict.insert_str(vm, vm.intern_str(name), value);
    Ok(())
}
