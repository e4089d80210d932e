//! `types.GenericAlias`

use super::subst::{make_parameters, substitute};
use super::{as_args, push_type_repr, repr_text, union_slot};
use crate::descriptors::{getter, member};
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Field, GetSet, Kind, List, Raised, Ref, Slot, Str, Tuple, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm,
    native, natives,
};
use base::text::Wtf8Buf;
use bytecode::CompareOperator;
use heap::Tracer;

/// The data of `types.GenericAlias`.
pub struct GenericAlias {
    /// `__origin__`
    pub origin: Field,
    /// `__args__`, a tuple.
    pub args: Field,
    /// `__parameters__`, a tuple; unbound until they are asked for.
    pub parameters: Field,
    /// Is it unpacked, `*alias`?
    pub starred: bool,
}

impl NativeData for GenericAlias {
    fn trace(&self, tracer: &mut Tracer) {
        self.origin.trace(tracer);
        self.args.trace(tracer);
        self.parameters.trace(tracer);
    }
}

natives! {
    static METHODS: {
        /// The origin as base class.
        "__mro_entries__($self, bases, /)" => mro_entries;
        /// Raises TypeError.
        "__instancecheck__($self, instance, /)" => instancecheck;
        /// Raises TypeError.
        "__subclasscheck__($self, subclass, /)" => subclasscheck;
        /// Describe how to pickle the alias.
        "__reduce__($self, /)" => reduce;
        /// The names of the attributes of the origin and the alias.
        "__dir__($self, /)" => dir;
        /// An alias of a class: for the machine's own use.
        "_of(origin, args, /)" => of [statik];
    }
}

static NEW: native::NativeDef = native! { "GenericAlias($cls, origin, args, /)" => new };

/// `types.GenericAlias`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::GenericAlias),
    name: "GenericAlias",
    module: "types",
    kind: Kind::NATIVE,
    flags: type_flags::BASETYPE | type_flags::WEAKREF,
    doc: "A generic type with its arguments, such as list[int].",
    slots: &[
        Slot::repr(repr),
        Slot::hash(hash),
        Slot::compare(compare),
        Slot::call(call),
        Slot::getattr(getattr),
        Slot::getitem(getitem),
        Slot::iter(iter),
        Slot::or(union_slot),
    ],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("__origin__", |vm, this| Ok(data(vm, this)?.origin.get())),
    member("__args__", |vm, this| Ok(data(vm, this)?.args.get())),
    member("__unpacked__", |vm, this| Ok(Value::bool(data(vm, this)?.starred))),
    getter("__parameters__", |vm, this| parameters(vm, data(vm, this)?).map(Ref::value)),
    getter("__typing_unpacked_tuple_args__", |vm, this| {
        let data = data(vm, this)?;
        let is_tuple = data.starred && data.origin.get() == vm.types[TypeId::Tuple].value();
        Ok(if is_tuple { data.args.get() } else { Value::NONE })
    }),
];

/// An alias of a generic class.
pub fn generic_alias(vm: &Vm, origin: Value, args: Value) -> Value {
    make(vm, vm.types[TypeId::GenericAlias], origin, args, false)
}

/// `__class_getitem__` of generic classes.
pub fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    Ok(generic_alias(vm, *class, *item))
}

fn make(vm: &Vm, class: Ref<TypeObj>, origin: Value, args: Value, starred: bool) -> Value {
    let data = GenericAlias {
        origin: Field::new(origin),
        args: Field::new(as_args(vm, args).value()),
        parameters: Field::new(Value::UNBOUND),
        starred,
    };
    vm.native(class, data).value()
}

fn of(vm: &Vm, [origin, args]: &[Value; 2]) -> R {
    Ok(generic_alias(vm, *origin, *args))
}

fn new(vm: &Vm, [class, origin, args]: &[Value; 3]) -> R {
    match class.cast::<TypeObj>() {
        Some(class) => Ok(make(vm, class, *origin, *args, false)),
        None => Err(vm.type_error("GenericAlias.__new__() needs a class")),
    }
}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<GenericAlias>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a types.GenericAlias")),
    }
}

fn args(vm: &Vm, data: Ref<Native<GenericAlias>>) -> Ref<Tuple> {
    as_args(vm, data.args.get())
}

fn parameters(vm: &Vm, data: Ref<Native<GenericAlias>>) -> Result<Ref<Tuple>, Raised> {
    if let Some(known) = data.parameters.get().cast::<Tuple>() {
        return Ok(known);
    }
    let parameters = make_parameters(vm, args(vm, data).value())?;
    data.parameters.set(vm, data, parameters.value());
    Ok(parameters)
}

fn push_items(vm: &Vm, out: &mut Wtf8Buf, items: Ref<List>) -> Result<(), Raised> {
    out.push_str("[");
    for index in 0..items.len() {
        if index > 0 {
            out.push_str(", ");
        }
        match items.get(index) {
            Some(item) => push_type_repr(vm, out, item)?,
            None => return Err(vm.index_error("list index out of range")),
        }
    }
    out.push_str("]");
    Ok(())
}

fn repr(vm: &Vm, this: Value) -> R {
    let data = data(vm, this)?;
    let mut out = Wtf8Buf::new();
    if data.starred {
        out.push_str("*");
    }
    push_type_repr(vm, &mut out, data.origin.get())?;
    out.push_str("[");
    let args = args(vm, data);
    for (index, &arg) in args.items().iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        match arg.cast::<List>() {
            Some(list) if vm.is_exactly(arg, TypeId::List) => push_items(vm, &mut out, list)?,
            _ => push_type_repr(vm, &mut out, arg)?,
        }
    }
    if args.is_empty() {
        out.push_str("()");
    }
    out.push_str("]");
    repr_text(vm, &out)
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let data = data(vm, this)?;
    Ok(base::hash::fit(vm.hash(data.origin.get())? ^ vm.hash(data.args.get())?))
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (vm.as_native::<GenericAlias>(this), vm.as_native::<GenericAlias>(other)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let wanted = match op {
        CompareOperator::Eq => true,
        CompareOperator::Ne => false,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    let equal =
        a.starred == b.starred && vm.eq(a.origin.get(), b.origin.get())? && vm.eq(a.args.get(), b.args.get())?;
    Ok(Value::bool(equal == wanted))
}

fn call(vm: &Vm, this: Value, args: Args) -> R {
    let origin = data(vm, this)?.origin.get();
    let object = vm.call_args(origin, args)?;
    if let Err(raised) = vm.setattr(object, vm.intern("__orig_class__"), this) {
        let pending = vm.pending_exception(raised);
        if !vm.is_exception(pending, TypeId::AttributeError) && !vm.is_exception(pending, TypeId::TypeError) {
            return Err(raised);
        }
        vm.take_exception(raised);
    }
    Ok(object)
}

/// Attributes that are the alias's own; others are those of the origin.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];

/// Attributes of the origin that the alias does not show.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

fn getattr(vm: &Vm, this: Value, name: Ref<Str>) -> R {
    let text = name.as_str().unwrap_or("");
    if BLOCKED.contains(&text) || OWN.contains(&text) {
        return vm.generic_getattr(this, name);
    }
    vm.getattr(data(vm, this)?.origin.get(), name)
}

fn getitem(vm: &Vm, this: Value, item: Value) -> R {
    let data = data(vm, this)?;
    let parameters = parameters(vm, data)?;
    let args = substitute(vm, this, args(vm, data).value(), parameters, item)?;
    let args = vm.tuple(args.items()).value();
    Ok(make(vm, vm.type_of(this), data.origin.get(), args, data.starred))
}

fn iter(vm: &Vm, this: Value) -> R {
    const NAME: &str = "types.generic_alias_iterator";
    let class = match vm.state_value(NAME).and_then(|class| class.cast::<TypeObj>()) {
        Some(class) => class,
        None => {
            let class = vm.make_type(&ITERATOR_TYPE);
            vm.set_state(NAME, class.value());
            class
        }
    };
    data(vm, this)?;
    Ok(vm.native(class, AliasIter { alias: Field::new(this) }).value())
}

/// An iterator that gives an alias once, unpacked.
struct AliasIter {
    /// Unbound once it was given.
    alias: Field,
}

impl NativeData for AliasIter {
    fn trace(&self, tracer: &mut Tracer) {
        self.alias.trace(tracer);
    }
}

natives! {
    static ITERATOR_METHODS: {
        /// Describe how to pickle the iterator.
        "__reduce__($self, /)" => iterator_reduce;
    }
}

static ITERATOR_TYPE: TypeDef = TypeDef {
    name: "generic_alias_iterator",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    slots: &[Slot::iter(|_, this| Ok(this)), Slot::next(iterator_next)],
    methods: &[ITERATOR_METHODS],
    ..TypeDef::DEFAULT
};

fn iterator_next(vm: &Vm, this: Value) -> R {
    let Some(state) = vm.as_native::<AliasIter>(this) else { return Ok(Value::UNBOUND) };
    let Some(alias) = state.alias.get().bound() else { return Ok(Value::UNBOUND) };
    state.alias.set(vm, state, Value::UNBOUND);
    let data = data(vm, alias)?;
    Ok(make(vm, vm.types[TypeId::GenericAlias], data.origin.get(), data.args.get(), true))
}

fn iterator_reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let iter = crate::support::builtin(vm, "iter")?;
    let alias = vm.as_native::<AliasIter>(*this).and_then(|state| state.alias.get().bound());
    let arg = alias.unwrap_or_else(|| vm.tuple(&[]).value());
    Ok(vm.tuple(&[iter, vm.tuple(&[arg]).value()]).value())
}

fn mro_entries(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    Ok(vm.tuple(&[data(vm, *this)?.origin.get()]).value())
}

fn instancecheck(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

fn subclasscheck(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    let class = vm.types[TypeId::GenericAlias];
    if data.starred {
        let next = crate::support::builtin(vm, "next")?;
        let plain = make(vm, class, data.origin.get(), data.args.get(), false);
        let items = vm.iter(plain)?;
        return Ok(vm.tuple(&[next, vm.tuple(&[items]).value()]).value());
    }
    let args = vm.tuple(&[data.origin.get(), data.args.get()]);
    Ok(vm.tuple(&[vm.type_of(*this).value(), args.value()]).value())
}

fn dir(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dir = crate::support::builtin(vm, "dir")?;
    let all = vm.to_list(vm.call(dir, &[data(vm, *this)?.origin.get()])?)?;
    let names = vm.list_with_capacity(all.len());
    for &name in all.items() {
        if !name.cast::<Str>().is_some_and(|name| BLOCKED.contains(&name.as_str().unwrap_or(""))) {
            names.push(vm, name);
        }
    }
    for name in OWN {
        let name = vm.intern(name).value();
        if !names.items().contains(&name) {
            names.push(vm, name);
        }
    }
    Ok(names.value())
}
