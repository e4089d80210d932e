//! `_local`: attributes that each thread has for itself.

use crate::support::{class_arg, data};
use object::native::NativeDef;
use object::{
    Dict, Field, Kind, List, Module, Native, NativeData, R, Raised, Ref, Slot, Str, Tracer, TypeDef, TypeId, Value,
    ValueExt, Vm, native, type_flags,
};

/// A `_local`. It holds the attributes of all threads, so that they die with it; threads know the locals that they used
/// by weak references, and take their attributes away when they end.
struct Local {
    /// From a thread's identifier to its attributes.
    dicts: Field,
    args: Field,
    kwargs: Field,
}

impl NativeData for Local {
    fn trace(&self, tracer: &mut Tracer) {
        for field in [&self.dicts, &self.args, &self.kwargs] {
            field.trace(tracer);
        }
    }
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

pub fn add(vm: &Vm, module: Ref<Module>) {
    vm.add_type(module, &TYPE);
}

fn new(vm: &Vm, [class, args, kwargs]: &[Value; 3]) -> R {
    let class = class_arg(vm, *class)?;
    let given = vm.as_tuple(*args).is_some_and(|args| !args.is_empty())
        || kwargs.cast::<Dict>().is_some_and(|kwargs| !kwargs.is_empty());
    let object_init = vm.lookup(vm.types[TypeId::Object], vm.names.__init__);
    if given && vm.lookup(class, vm.names.__init__) == object_init {
        return Err(vm.type_error("Initialization arguments are not supported"));
    }
    let local = Local { dicts: Field::new(vm.dict().value()), args: Field::new(*args), kwargs: Field::new(*kwargs) };
    let local = vm.native(class, local);
    // The thread that makes it initialises it as any object.
    enter(vm, local)?;
    Ok(local.value())
}

/// Names of the running thread's slots.
const USED: &str = "_thread.locals";

fn key(vm: &Vm) -> Value {
    vm.int_u64(crate::threads::ident())
}

/// Gives the running thread attributes of its own, and notes that it has them.
fn enter(vm: &Vm, local: Ref<Native<Local>>) -> Result<Ref<Dict>, Raised> {
    let dict = vm.dict();
    if let Some(dicts) = local.dicts.get().cast::<Dict>() {
        dicts.insert(vm, key(vm), dict.value())?;
    }
    let slots = vm.thread_slots();
    let name = vm.intern(USED);
    let used = match slots.get_str(vm, name).and_then(|used| used.cast::<List>()) {
        Some(used) => used,
        None => {
            let used = vm.list(&[]);
            slots.insert_str(vm, name, used.value());
            used
        }
    };
    // References to locals that died are dropped now and then.
    if used.len() >= 64 && used.len().is_power_of_two() {
        let alive = vm.list(&[]);
        for reference in used.items() {
            if vm.weak_target(*reference).is_some() {
                alive.push(vm, *reference);
            }
        }
        used.clear();
        used.extend(vm, alive.items());
    }
    used.push(vm, vm.new_weakref(vm.types[TypeId::WeakRef], local.value(), Value::NONE).value());
    Ok(dict)
}

/// The running thread ends: its attributes go.
pub fn thread_ends(vm: &Vm) {
    let used = vm.thread().slots.get().cast::<Dict>().and_then(|slots| slots.get_str(vm, vm.intern(USED)));
    let Some(used) = used.and_then(|used| used.cast::<List>()) else { return };
    for &reference in used.items() {
        if let Some(local) = vm.weak_target(reference).and_then(|local| vm.as_native::<Local>(local))
            && let Some(dicts) = local.dicts.get().cast::<Dict>()
        {
            // Ints compare without Python code.
            let _ = dicts.remove(vm, key(vm));
        }
    }
}

/// The attributes of the running thread. Where it has none yet, `__init__` is called with the arguments of the first
/// call.
fn attributes(vm: &Vm, this: Value) -> Result<Ref<Dict>, Raised> {
    let local = data::<Local>(vm, this)?;
    let dicts = local.dicts.get().cast::<Dict>();
    if let Some(dicts) = dicts
        && let Some(dict) = dicts.get(vm, key(vm))?.and_then(|dict| dict.cast())
    {
        return Ok(dict);
    }
    let dict = enter(vm, local)?;
    let init = vm.lookup(vm.type_of(this), vm.names.__init__);
    if init != vm.lookup(vm.types[TypeId::Object], vm.names.__init__) {
        let args = vm.to_tuple(local.args.get())?;
        let all = vm.list(&[this]);
        all.extend(vm, args.items());
        if let Some(init) = init
            && let Err(raised) = vm.call_tuple_dict(init, all.items(), local.kwargs.get().cast())
        {
            if let Some(dicts) = dicts {
                dicts.remove(vm, key(vm))?;
            }
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
