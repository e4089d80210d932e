//! `super`

use crate::descriptors::member;
use ::object::attr;
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, CellObj, Field, GetSet, Kind, Raised, Ref, Slot, Str, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native,
};
use bytecode::LocalKind;
use heap::Tracer;

/// The data of `super`.
pub struct Super {
    /// `__thisclass__`: attributes are looked for behind it. None where `super()` has not been initialised.
    pub class: Field,
    /// `__self__`, or None.
    pub object: Field,
    /// `__self_class__`: the class of the object, or None.
    pub object_class: Field,
}

impl NativeData for Super {
    fn trace(&self, tracer: &mut Tracer) {
        self.class.trace(tracer);
        self.object.trace(tracer);
        self.object_class.trace(tracer);
    }
}

static NEW: native::NativeDef = native! { "super(...)" -> super_new };
static INIT: native::NativeDef = native! { "super(...)" -> super_init };

/// `super`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Super),
    name: "super",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE,
    doc: "super() -> the same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; isinstance(obj, type)\nsuper(type, type2) -> bound super object; issubclass(type2, type)",
    slots: &[Slot::repr(repr), Slot::getattr(getattr), Slot::descr_get(descr_get)],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    init: Some(&INIT),
    ..TypeDef::DEFAULT
};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[&TYPE];

static ATTRIBUTES: &[GetSet] = &[
    member("__thisclass__", |vm, this| Ok(data(vm, this)?.class.get())),
    member("__self__", |vm, this| Ok(data(vm, this)?.object.get())),
    member("__self_class__", |vm, this| Ok(data(vm, this)?.object_class.get())),
];

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Super>>, Raised> {
    match vm.as_native::<Super>(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a super object")),
    }
}

fn super_new(vm: &Vm, args: Args) -> R {
    let Some(class) = args.args.first().and_then(|class| class.cast::<TypeObj>()) else {
        return Err(vm.type_error("super.__new__() needs a class"));
    };
    let none = || Field::new(Value::NONE);
    Ok(vm.native(class, Super { class: none(), object: none(), object_class: none() }).value())
}

fn super_init(vm: &Vm, args: Args) -> R {
    let Some(&this) = args.args.first() else {
        return Err(vm.type_error("descriptor '__init__' of 'super' object needs an argument"));
    };
    if args.keyword_count() > 0 {
        return Err(vm.type_error("super() takes no keyword arguments"));
    }
    let (class, object) = match args.args.len() - 1 {
        0 => implicit_arguments(vm)?,
        1 => (args.args[1], Value::NONE),
        2 => (args.args[1], args.args[2]),
        given => return Err(vm.type_error(format!("super() expected at most 2 arguments, got {given}"))),
    };
    let Some(class_type) = class.cast::<TypeObj>() else {
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {}", vm.type_name(class))));
    };
    let object_class = if object.is_none() { Value::NONE } else { check(vm, class_type, object)?.value() };
    let data = data(vm, this)?;
    data.class.set(vm, data, class);
    data.object.set(vm, data, object);
    data.object_class.set(vm, data, object_class);
    Ok(Value::NONE)
}

/// The arguments of `super()`: the class that the running function was defined in, and its first argument.
fn implicit_arguments(vm: &Vm) -> Result<(Value, Value), Raised> {
    let Some(frame) = vm.thread().current() else { return Err(vm.runtime_error("super(): no current frame")) };
    let code = frame.code;
    if code.unit().argcount == 0 {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    // SAFETY: the frame is alive, and has a register for each variable of its code.
    let register = |index: usize| unsafe { *frame.base.add(index) };
    let mut object = register(0);
    if code.local_kind(0) == LocalKind::Cell
        && let Some(cell) = object.cast::<CellObj>()
    {
        object = cell.content.get();
    }
    if object.is_unbound() {
        return Err(vm.runtime_error("super(): arg[0] deleted"));
    }
    let names = code.locals();
    let free = names
        .items()
        .iter()
        .enumerate()
        .find(|(index, name)| code.local_kind(*index) == LocalKind::Free && **name == vm.names.__class__.value());
    let Some((index, _)) = free else { return Err(vm.runtime_error("super(): __class__ cell not found")) };
    let Some(cell) = register(index).cast::<CellObj>() else {
        return Err(vm.runtime_error("super(): bad __class__ cell"));
    };
    let class = cell.content.get();
    if class.is_unbound() {
        return Err(vm.runtime_error("super(): empty __class__ cell"));
    }
    if class.cast::<TypeObj>().is_none() {
        let text = format!("super(): __class__ is not a type ({})", vm.type_name(class));
        return Err(vm.runtime_error(text));
    }
    Ok((class, object))
}

/// The class whose method resolution order is searched: the object itself or its class.
fn check(vm: &Vm, class: Ref<TypeObj>, object: Value) -> Result<Ref<TypeObj>, Raised> {
    let as_class = object.cast::<TypeObj>();
    if let Some(object) = as_class
        && object.is_subclass(class)
    {
        return Ok(object);
    }
    let own = vm.type_of(object);
    if own.is_subclass(class) {
        return Ok(own);
    }
    // Proxies show another `__class__`.
    if let Some(shown) = vm.getattr_opt(object, vm.names.__class__)?.and_then(|shown| shown.cast::<TypeObj>())
        && shown != own
        && shown.is_subclass(class)
    {
        return Ok(shown);
    }
    let (kind, name) = match as_class {
        Some(object) => ("type", object.name_str()),
        None => ("instance of", own.name_str()),
    };
    Err(vm.type_error(format!(
        "super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).",
        class.name_str()
    )))
}

/// An attribute behind a class in a method resolution order, not bound.
fn find(vm: &Vm, class: Ref<TypeObj>, object_class: Ref<TypeObj>, name: Ref<Str>) -> Option<Value> {
    let behind = object_class.mro_types().skip_while(|at| *at != class).skip(1);
    behind.into_iter().find_map(|at| at.dict().get_str(vm, name))
}

/// `super(class, object).name`, for the interpreter. None where only the attributes of the super object itself are
/// left.
pub fn super_attr(vm: &Vm, class: Value, object: Value, name: Ref<Str>) -> Result<Option<Value>, Raised> {
    let Some(class) = class.cast::<TypeObj>() else {
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {}", vm.type_name(class))));
    };
    let object_class = check(vm, class, object)?;
    lookup(vm, class, object, object_class, name)
}

/// The same as a method to be called: the function and what it is to be bound to, or the attribute and nothing.
pub fn super_method(
    vm: &Vm,
    class: Value,
    object: Value,
    name: Ref<Str>,
) -> Result<Option<(Value, Option<Value>)>, Raised> {
    let Some(class) = class.cast::<TypeObj>() else {
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {}", vm.type_name(class))));
    };
    let object_class = check(vm, class, object)?;
    if name != vm.names.__class__
        && object != object_class.value()
        && let Some(attr) = find(vm, class, object_class, name)
        && attr::is_method(attr)
    {
        return Ok(Some((attr, Some(object))));
    }
    Ok(lookup(vm, class, object, object_class, name)?.map(|value| (value, None)))
}

fn lookup(
    vm: &Vm,
    class: Ref<TypeObj>,
    object: Value,
    object_class: Ref<TypeObj>,
    name: Ref<Str>,
) -> Result<Option<Value>, Raised> {
    // `super().__class__` is `super` itself.
    if name == vm.names.__class__ {
        return Ok(None);
    }
    let Some(attr) = find(vm, class, object_class, name) else { return Ok(None) };
    match vm.type_of(attr).slots().descr_get {
        Some(get) => {
            let instance = if object == object_class.value() { Value::UNBOUND } else { object };
            get(vm, attr, instance, object_class.value()).map(Some)
        }
        None => Ok(Some(attr)),
    }
}

/// The slot by which attributes of super objects are read.
pub fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    let data = data(vm, this)?;
    let name = vm.intern_str(name);
    if let (Some(class), Some(object_class)) =
        (data.class.get().cast::<TypeObj>(), data.object_class.get().cast::<TypeObj>())
        && let Some(value) = lookup(vm, class, data.object.get(), object_class, name)?
    {
        return Ok(value);
    }
    vm.generic_getattr(this, name)
}

fn descr_get(vm: &Vm, this: Value, object: Value, _: Value) -> R {
    let data = data(vm, this)?;
    if object.is_unbound() || object.is_none() || !data.object.get().is_none() {
        return Ok(this);
    }
    let class = data.class.get();
    if !vm.is_exactly(this, TypeId::Super) {
        return vm.call(vm.type_of(this).value(), &[class, object]);
    }
    let Some(class_type) = class.cast::<TypeObj>() else { return Ok(this) };
    let object_class = check(vm, class_type, object)?;
    let new =
        Super { class: Field::new(class), object: Field::new(object), object_class: Field::new(object_class.value()) };
    Ok(vm.native(vm.types[TypeId::Super], new).value())
}

fn repr(vm: &Vm, this: Value) -> R {
    let data = data(vm, this)?;
    let name = data.class.get().cast::<TypeObj>().map_or_else(|| String::from("NULL"), |class| class.name_str());
    let text = match data.object_class.get().cast::<TypeObj>() {
        Some(object_class) => format!("<super: <class '{name}'>, <{} object>>", object_class.name_str()),
        None => format!("<super: <class '{name}'>, NULL>"),
    };
    Ok(vm.str(&text).value())
}
