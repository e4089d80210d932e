//! `object`: what every object can do.

pub(crate) mod class;
pub(crate) mod reduce;

pub use class::set_class;

use ::object::layout::type_object::type_flags;
use ::object::slots::{NewFn, R};
use ::object::{
    Args, Dict, GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};
use bytecode::CompareOperator;

natives! {
    /// The methods of `object`.
    pub static METHODS: {
        /// Describe how to pickle the object, for protocols 0 and 1.
        "__reduce__($self, /)" => reduce::reduce;
        /// Describe how to pickle the object.
        "__reduce_ex__($self, protocol, /)" => reduce::reduce_ex;
        /// The state of the object for pickling.
        "__getstate__($self, /)" => reduce::getstate;
        /// Format the object: str(self) for an empty specification.
        "__format__($self, format_spec, /)" => object_format;
        /// The names of the object's attributes.
        "__dir__($self, /)" => object_dir;
        /// The size of the object in memory, in bytes.
        "__sizeof__($self, /)" => object_sizeof;
        /// Called on a class when it is subclassed.
        "__init_subclass__(...)" -> object_init_subclass [class];
        /// Asked by abstract classes whether a class counts as a subclass.
        "__subclasshook__(...)" -> object_subclasshook [class];
    }
}

/// How `object` makes instances.
pub static NEW: native::NativeDef = native! {
    /// Create and return a new object.
    "object(...)" -> object_new
};

static GETSET: &[GetSet] = &[GetSet {
    name: "__class__",
    get: |vm, this| Ok(vm.type_of(this).value()),
    set: Some(set_class),
    doc: "the object's class",
    is_member: false,
}];

/// `object`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Object),
    name: "object",
    kind: Kind::INSTANCE,
    flags: type_flags::BASETYPE,
    doc: "The base class of all classes.\n\nCalled without arguments it gives a new object that has no attributes of its own.",
    slots: &[
        Slot::repr(object_repr),
        Slot::str(object_str),
        Slot::hash(object_hash),
        Slot::compare(object_compare),
        Slot::getattr(Vm::GENERIC_GETATTR),
        Slot::setattr(Vm::GENERIC_SETATTR),
        Slot::init(object_init),
    ],
    methods: &[METHODS],
    getset: GETSET,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE];

/// An address as reprs show it.
pub fn address(value: Value) -> String {
    format!("0x{:x}", value.bits())
}

/// `__module__` of a class, if it has one.
pub fn class_module(vm: &Vm, class: Ref<TypeObj>) -> Option<Value> {
    if let Some(module) = class.dict().get_str(vm, vm.names.__module__)
        && vm.as_str(module).is_some()
    {
        return Some(module);
    }
    class.def.get().map(|def| vm.intern(def.module).value())
}

/// `module.qualname` of a class, without the module for those of `builtins`: as reprs show it.
pub fn full_name(vm: &Vm, class: Ref<TypeObj>) -> String {
    let qualname = match class.qualname.get().cast::<Str>() {
        Some(name) => name.to_string_lossy(),
        None => class.name_str(),
    };
    match class_module(vm, class).and_then(|module| vm.as_str(module)) {
        Some(module) if module.as_bytes() != b"builtins" => format!("{}.{qualname}", module.to_string_lossy()),
        _ => qualname,
    }
}

/// The class of an object with its module, which is left out where everybody knows it: as some messages show it.
pub fn qualified_class(vm: &Vm, object: Value) -> String {
    let name = full_name(vm, vm.type_of(object));
    name.strip_prefix("__main__.").map_or_else(|| name.clone(), String::from)
}

/// `object.__repr__`
pub fn object_repr(vm: &Vm, this: Value) -> R {
    let name = full_name(vm, vm.type_of(this));
    Ok(vm.str(&format!("<{name} object at {}>", address(this))).value())
}

/// `object.__str__`: that of repr.
pub fn object_str(vm: &Vm, this: Value) -> R {
    vm.repr_value(this)
}

fn object_hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    Ok(vm.identity_hash(this))
}

fn object_compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    match op {
        CompareOperator::Eq if this == other => Ok(Value::TRUE),
        CompareOperator::Ne => {
            // By default the opposite of what the class says of equality.
            let Some(compare) = vm.type_of(this).slots().compare else { return Ok(Value::NOT_IMPLEMENTED) };
            let equal = compare(vm, this, other, CompareOperator::Eq)?;
            if equal == Value::NOT_IMPLEMENTED {
                return Ok(equal);
            }
            Ok(Value::bool(!vm.truthy(equal)?))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Does the class make instances as `object` does?
fn has_object_new(class: Ref<TypeObj>) -> bool {
    let by_def = class.slots().new.is_some_and(|new| std::ptr::fn_addr_eq(new, ::object::class::builtin_new as NewFn));
    by_def && class.new_def.get().is_some_and(|def| std::ptr::eq(def, &NEW))
}

/// Does the class initialise instances as `object` does?
fn has_object_init(class: Ref<TypeObj>) -> bool {
    class.slots().init.is_some_and(|init| std::ptr::fn_addr_eq(init, object_init as ::object::slots::InitFn))
}

fn object_new(vm: &Vm, args: Args) -> R {
    let Some(class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("object.__new__(): not enough arguments"));
    };
    if class.instance_kind() != Kind::INSTANCE || class.has_payload() {
        return Err(vm.type_error(format!("cannot create '{}' instances", class.qualified_name(vm))));
    }
    if args.args.len() > 1 {
        if !has_object_new(class) {
            let text = "object.__new__() takes exactly one argument (the type to instantiate)";
            return Err(vm.type_error(text));
        }
        if has_object_init(class) {
            return Err(vm.type_error(format!("{}() takes no arguments", class.name_str())));
        }
    }
    if class.has(type_flags::ABSTRACT) {
        return Err(abstract_error(vm, class));
    }
    Ok(vm.new_instance(class, None))
}

/// The TypeError for an instance of an abstract class.
#[cold]
fn abstract_error(vm: &Vm, class: Ref<TypeObj>) -> Raised {
    let names = match vm.getattr(class.value(), vm.names.__abstractmethods__).and_then(|names| vm.to_list(names)) {
        Ok(names) => names,
        Err(raised) => return raised,
    };
    let mut texts = Vec::new();
    for &name in names.items() {
        match vm.as_str(name) {
            Some(name) => texts.push(name.to_string_lossy()),
            None => return vm.type_error("sequence item 0: expected str instance"),
        }
    }
    texts.sort();
    let plural = if texts.len() == 1 { "" } else { "s" };
    let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
    vm.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{plural} {}",
        class.name_str(),
        quoted.join(", ")
    ))
}

fn object_init(vm: &Vm, this: Value, args: Args) -> Result<(), Raised> {
    if args.is_empty() {
        return Ok(());
    }
    let class = vm.type_of(this);
    if !has_object_init(class) {
        let text = "object.__init__() takes exactly one argument (the instance to initialize)";
        return Err(vm.type_error(text));
    }
    if has_object_new(class) {
        let text = format!("{}.__init__() takes exactly one argument (the instance to initialize)", class.name_str());
        return Err(vm.type_error(text));
    }
    Ok(())
}

fn object_format(vm: &Vm, [this, spec]: &[Value; 2]) -> R {
    let Some(spec) = vm.as_str(*spec) else {
        return Err(vm.type_error(format!("__format__() argument must be str, not {}", vm.type_name(*spec))));
    };
    if !spec.is_empty() {
        let text = format!("unsupported format string passed to {}.__format__", vm.type_name(*this));
        return Err(vm.type_error(text));
    }
    vm.to_str(*this).map(Ref::value)
}

/// Adds the names of a class and its bases to a dict.
pub fn merge_class_names(vm: &Vm, into: Ref<Dict>, class: Value) -> Result<(), Raised> {
    vm.enter_native()?;
    if let Some(dict) = vm.getattr_opt(class, vm.names.__dict__)? {
        merge_names(vm, into, dict)?;
    }
    if let Some(bases) = vm.getattr_opt(class, vm.names.__bases__)? {
        let bases = vm.to_list(bases)?;
        for index in 0..bases.len() {
            if let Some(base) = bases.get(index) {
                merge_class_names(vm, into, base)?;
            }
        }
    }
    Ok(())
}

/// Adds the keys of a mapping to a dict.
pub fn merge_names(vm: &Vm, into: Ref<Dict>, mapping: Value) -> Result<(), Raised> {
    if let Some(dict) = mapping.cast::<Dict>() {
        let mut position = 0;
        while let Some((next, entry)) = dict.next(position) {
            position = next;
            into.insert_hashed(vm, entry.key, entry.hash, Value::NONE)?;
        }
        return Ok(());
    }
    vm.for_each(mapping, |key| into.insert(vm, key, Value::NONE))
}

fn object_dir(vm: &Vm, [this]: &[Value; 1]) -> R {
    let names = vm.dict();
    let own = vm.getattr_opt(*this, vm.names.__dict__)?;
    if let Some(own) = own.filter(|own| own.cast::<Dict>().is_some()) {
        merge_names(vm, names, own)?;
    }
    if let Some(class) = vm.getattr_opt(*this, vm.names.__class__)? {
        merge_class_names(vm, names, class)?;
    }
    let keys = vm.list_with_capacity(names.len());
    for entry in names.iter() {
        keys.push(vm, entry.key);
    }
    Ok(keys.value())
}

fn object_sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let class = vm.type_of(*this);
    let items = match vm.as_tuple(*this) {
        Some(tuple) => tuple.len() * 8,
        None => 0,
    };
    Ok(vm.int_usize(crate::type_::basic_size(class) + items))
}

fn object_init_subclass(vm: &Vm, args: Args) -> R {
    let class = args.args.first().and_then(|class| class.cast::<TypeObj>());
    let name = class.map_or_else(String::new, |class| class.name_str());
    if args.keyword_count() > 0 {
        return Err(vm.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")));
    }
    if args.count() > 1 {
        let given = args.count() - 1;
        return Err(vm.type_error(format!("{name}.__init_subclass__() takes no arguments ({given} given)")));
    }
    Ok(Value::NONE)
}

fn object_subclasshook(_: &Vm, _: Args) -> R {
    Ok(Value::NOT_IMPLEMENTED)
}
