//! `module` and `types.SimpleNamespace`

mod annotations;
mod missing;
mod namespace;
mod repr;

use crate::descriptors::accessor;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Dict, GetSet, Kind, Module, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native,
    natives,
};

natives! {
    static METHODS: {
        /// The names in the module.
        "__dir__($self, /)" => dir;
    }
}

static NEW: native::NativeDef = native! { "module(...)" -> new };
static INIT: native::NativeDef = native! { "module($self, name, doc=None)" => init };

/// `module`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Module),
    name: "module",
    kind: Kind::MODULE,
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "Create a module object.\n\nThe name must be a string; the optional docstring can have any type.",
    slots: &[Slot::repr(repr::repr), Slot::getattr(getattr), Slot::setattr(setattr)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE, &namespace::TYPE];

static ATTRIBUTES: &[GetSet] = &[
    GetSet {
        name: "__dict__",
        get: |vm, this| Ok(module(vm, this)?.dict().value()),
        set: None,
        doc: "",
        is_member: true,
    },
    accessor("__annotations__", annotations::get_annotations, annotations::set_annotations),
    accessor("__annotate__", annotations::get_annotate, annotations::set_annotate),
];

pub(crate) fn module(vm: &Vm, this: Value) -> Result<Ref<Module>, Raised> {
    match this.cast::<Module>() {
        Some(module) => Ok(module),
        None => Err(vm.type_error(format!("expected a module, not '{}'", vm.type_name(this)))),
    }
}

fn new(vm: &Vm, args: Args) -> R {
    match args.args.first().and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => Ok(vm.alloc_module(class).value()),
        None => Err(vm.type_error("module.__new__() needs a class")),
    }
}

fn init(vm: &Vm, [this, name, doc]: &[Value; 3]) -> R {
    let Some(name) = vm.as_str(*name) else {
        let given = vm.type_name(*name);
        return Err(vm.type_error(format!("module() argument 'name' must be str, not {given}")));
    };
    let dict = module(vm, *this)?.dict();
    dict.insert_str(vm, vm.names.__name__, name.value());
    dict.insert_str(vm, vm.names.__doc__, *doc);
    for name in [vm.names.__package__, vm.names.__loader__, vm.names.__spec__] {
        dict.insert_str(vm, name, Value::NONE);
    }
    Ok(Value::NONE)
}

/// The slot by which attributes of modules are read.
pub fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    let own = module(vm, this)?;
    let class = vm.type_of(this);
    let found = vm.lookup(class, name);
    let mut get = None;
    if let Some(attr) = found {
        let slots = vm.type_of(attr).slots();
        get = slots.descr_get;
        if let Some(get) = get
            && slots.descr_set.is_some()
        {
            return get(vm, attr, this, class.value());
        }
    }
    if let Some(value) = own.dict().get_str(vm, name) {
        return Ok(value);
    }
    match (found, get) {
        (Some(attr), Some(get)) => return get(vm, attr, this, class.value()),
        (Some(attr), None) => return Ok(attr),
        (None, _) => {}
    }
    if let Some(hook) = own.dict().get_str(vm, vm.names.__getattr__) {
        return vm.call(hook, &[name.value()]);
    }
    Err(missing::missing_attribute(vm, own, name))
}

fn setattr(vm: &Vm, this: Value, name: Ref<Str>, value: Value) -> Result<(), Raised> {
    let own = module(vm, this)?;
    let class = vm.type_of(this);
    if let Some(attr) = vm.lookup(class, name)
        && let Some(set) = vm.type_of(attr).slots().descr_set
    {
        return set(vm, attr, this, value);
    }
    let name = vm.intern_str(name);
    if !value.is_unbound() {
        own.dict().insert_str(vm, name, value);
        return Ok(());
    }
    if own.dict().remove_str(vm, name).is_none() {
        return Err(vm.no_attribute(this, name));
    }
    Ok(())
}

fn dir(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dict = vm.getattr(*this, vm.names.__dict__)?;
    let Some(dict) = dict.cast::<Dict>() else {
        return Err(vm.type_error(format!("{}.__dict__ is not a dictionary", vm.type_name(*this))));
    };
    if let Some(hook) = dict.get_str(vm, vm.names.__dir__) {
        return vm.call(hook, &[]);
    }
    let list = vm.list_with_capacity(dict.len());
    for entry in dict.iter() {
        list.push(vm, entry.key);
    }
    Ok(list.value())
}
