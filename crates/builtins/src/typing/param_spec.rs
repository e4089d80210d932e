//! `typing.ParamSpec`, and the types of its `args` and `kwargs`.

use super::param::{self, Options, TypeParam, construct, has_default, reduce, repr};
use super::{call_typing, union};
use crate::descriptors::{getter, member};
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Field, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm, native, natives,
};
use bytecode::CompareOperator;
use heap::Tracer;

natives! {
    static METHODS: {
        /// The argument that stands for the parameter specification.
        "__typing_subst__($self, arg, /)" => subst;
        /// The arguments as the substitution wants them.
        "__typing_prepare_subst__($self, alias, args, /)" => prepare_subst;
        /// Describe how to pickle the parameter specification.
        "__reduce__($self, /)" => reduce;
        /// Does it have a default?
        "has_default($self, /)" => has_default;
        /// Raises TypeError.
        "__mro_entries__($self, bases, /)" => mro_entries;
    }
}

static NEW: native::NativeDef = native! {
    "paramspec($cls, name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)" => new
};

/// `typing.ParamSpec`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::ParamSpec),
    name: "ParamSpec",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "A parameter specification: it stands for the parameters of a callable.",
    slots: &[Slot::repr(repr), Slot::or(union)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    param::NAME,
    param::BOUND,
    param::COVARIANT,
    param::CONTRAVARIANT,
    param::INFER_VARIANCE,
    param::DEFAULT,
    param::EVALUATE_DEFAULT,
    getter("args", |vm, this| Ok(make_part(vm, TypeId::ParamSpecArgs, this))),
    getter("kwargs", |vm, this| Ok(make_part(vm, TypeId::ParamSpecKwargs, this))),
];

fn new(vm: &Vm, args: &[Value; 7]) -> R {
    let [class, name, bound, default, covariant, contravariant, infer_variance] = *args;
    let options =
        Options { bound, constraints: Value::NONE, default, variance: [covariant, contravariant, infer_variance] };
    construct(vm, class, "paramspec", name, options)
}

fn subst(vm: &Vm, [this, arg]: &[Value; 2]) -> R {
    call_typing(vm, "_paramspec_subst", &[*this, *arg])
}

fn prepare_subst(vm: &Vm, [this, alias, args]: &[Value; 3]) -> R {
    call_typing(vm, "_paramspec_prepare_subst", &[*this, *alias, *args])
}

fn mro_entries(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.type_error("Cannot subclass an instance of ParamSpec"))
}

struct Part {
    origin: Field,
    is_kwargs: bool,
}

impl NativeData for Part {
    fn trace(&self, tracer: &mut Tracer) {
        self.origin.trace(tracer);
    }
}

natives! {
    static ARGS_METHODS: {
        /// Raises TypeError.
        "__mro_entries__($self, bases, /)" => part_mro_entries;
    }
}

static ARGS_NEW: native::NativeDef = native! { "paramspecargs($cls, origin)" => args_new };
static KWARGS_NEW: native::NativeDef = native! { "paramspeckwargs($cls, origin)" => kwargs_new };

const PART_SLOTS: &[Slot] = &[Slot::repr(part_repr), Slot::compare(part_compare)];
static PART_ATTRIBUTES: &[GetSet] = &[member("__origin__", |vm, this| Ok(part(vm, this)?.origin.get()))];

/// `typing.ParamSpecArgs`
pub static ARGS_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::ParamSpecArgs),
    name: "ParamSpecArgs",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::WEAKREF,
    doc: "The positional parameters of a ParamSpec.",
    slots: PART_SLOTS,
    methods: &[ARGS_METHODS],
    getset: PART_ATTRIBUTES,
    new: Some(&ARGS_NEW),
    ..TypeDef::DEFAULT
};

/// `typing.ParamSpecKwargs`
pub static KWARGS_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::ParamSpecKwargs),
    name: "ParamSpecKwargs",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::WEAKREF,
    doc: "The keyword parameters of a ParamSpec.",
    slots: PART_SLOTS,
    methods: &[ARGS_METHODS],
    getset: PART_ATTRIBUTES,
    new: Some(&KWARGS_NEW),
    ..TypeDef::DEFAULT
};

fn part(vm: &Vm, this: Value) -> Result<Ref<Native<Part>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected a part of a ParamSpec")),
    }
}

fn make_part(vm: &Vm, class: TypeId, origin: Value) -> Value {
    let data = Part { origin: Field::new(origin), is_kwargs: class == TypeId::ParamSpecKwargs };
    vm.native(vm.types[class], data).value()
}

fn args_new(vm: &Vm, [class, origin]: &[Value; 2]) -> R {
    let _: Option<Ref<TypeObj>> = class.cast();
    Ok(make_part(vm, TypeId::ParamSpecArgs, *origin))
}

fn kwargs_new(vm: &Vm, [_, origin]: &[Value; 2]) -> R {
    Ok(make_part(vm, TypeId::ParamSpecKwargs, *origin))
}

fn part_repr(vm: &Vm, this: Value) -> R {
    let part = part(vm, this)?;
    let origin = part.origin.get();
    let name = match vm.as_native::<TypeParam>(origin) {
        Some(param) if vm.is_exactly(origin, TypeId::ParamSpec) => vm.to_str(param.name.get())?,
        _ => vm.repr(origin)?,
    };
    let suffix = if part.is_kwargs { ".kwargs" } else { ".args" };
    Ok(vm.str_concat(&[name, vm.str(suffix)]).value())
}

fn part_compare(vm: &Vm, this: Value, other: Value, op: CompareOperator) -> R {
    let (Some(a), Some(b)) = (vm.as_native::<Part>(this), vm.as_native::<Part>(other)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if a.is_kwargs != b.is_kwargs || !matches!(op, CompareOperator::Eq | CompareOperator::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.compare(a.origin.get(), b.origin.get(), op)
}

fn part_mro_entries(vm: &Vm, [this, _]: &[Value; 2]) -> R {
    Err(vm.type_error(format!("Cannot subclass an instance of {}", vm.type_name(*this))))
}
