//! `typing.TypeVar`

use super::param::{self, Options, construct, data, has_default, reduce, repr};
use super::{call_typing, union};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{GetSet, Kind, Slot, TypeDef, TypeId, Value, Vm, native, natives};

natives! {
    static METHODS: {
        /// The argument that stands for the type variable.
        "__typing_subst__($self, arg, /)" => subst;
        /// The arguments with the default where one is missing.
        "__typing_prepare_subst__($self, alias, args, /)" => prepare_subst;
        /// Describe how to pickle the type variable.
        "__reduce__($self, /)" => reduce;
        /// Does it have a default?
        "has_default($self, /)" => has_default;
        /// Raises TypeError.
        "__mro_entries__($self, bases, /)" => mro_entries;
    }
}

static NEW: native::NativeDef = native! {
    "typevar($cls, name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)" => new
};

/// `typing.TypeVar`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::TypeVar),
    name: "TypeVar",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "A type variable: it stands for a type that the use of a generic class or function decides.",
    slots: &[Slot::repr(repr), Slot::or(union)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    param::NAME,
    param::COVARIANT,
    param::CONTRAVARIANT,
    param::INFER_VARIANCE,
    param::BOUND,
    param::CONSTRAINTS,
    param::DEFAULT,
    param::EVALUATE_BOUND,
    param::EVALUATE_CONSTRAINTS,
    param::EVALUATE_DEFAULT,
];

fn new(vm: &Vm, args: &[Value; 8]) -> R {
    let [class, name, constraints, bound, default, covariant, contravariant, infer_variance] = *args;
    let options = Options { bound, constraints, default, variance: [covariant, contravariant, infer_variance] };
    construct(vm, class, "typevar", name, options)
}

fn subst(vm: &Vm, [this, arg]: &[Value; 2]) -> R {
    call_typing(vm, "_typevar_subst", &[*this, *arg])
}

fn prepare_subst(vm: &Vm, [this, alias, args]: &[Value; 3]) -> R {
    data(vm, *this)?;
    let params = vm.to_tuple(vm.getattr(*alias, vm.names.__parameters__)?)?;
    let count = vm.len(*args)?;
    let index = params.items().iter().position(|param| param == this);
    if index != Some(count) {
        return Ok(*args);
    }
    let default = param::default(vm, *this)?;
    if default == super::no_default(vm) {
        return Ok(*args);
    }
    let all = vm.to_list(*args)?;
    all.push(vm, default);
    Ok(vm.tuple(all.items()).value())
}

fn mro_entries(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.type_error("Cannot subclass an instance of TypeVar"))
}
