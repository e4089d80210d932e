//! `typing.TypeVarTuple`

use super::param::{self, Options, construct, data, has_default, reduce};
use super::{call_typing, unpack_iter};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{GetSet, Kind, Slot, TypeDef, TypeId, Value, Vm, native, natives};

natives! {
    static METHODS: {
        /// Raises TypeError.
        "__typing_subst__($self, arg, /)" => subst;
        /// The arguments as the substitution wants them.
        "__typing_prepare_subst__($self, alias, args, /)" => prepare_subst;
        /// Describe how to pickle the type variable tuple.
        "__reduce__($self, /)" => reduce;
        /// Does it have a default?
        "has_default($self, /)" => has_default;
        /// Raises TypeError.
        "__mro_entries__($self, bases, /)" => mro_entries;
    }
}

static NEW: native::NativeDef = native! { "typevartuple($cls, name, *, default=typing.NoDefault)" => new };

/// `typing.TypeVarTuple`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::TypeVarTuple),
    name: "TypeVarTuple",
    module: "typing",
    kind: Kind::NATIVE,
    flags: type_flags::HAS_DICT | type_flags::WEAKREF,
    doc: "A type variable tuple: it stands for any number of types.",
    slots: &[Slot::repr(|vm, this| Ok(data(vm, this)?.name.get())), Slot::iter(unpack_iter)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    new: Some(&NEW),
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[param::NAME, param::DEFAULT, param::EVALUATE_DEFAULT];

fn new(vm: &Vm, [class, name, default]: &[Value; 3]) -> R {
    let options =
        Options { bound: Value::NONE, constraints: Value::NONE, default: *default, variance: [Value::FALSE; 3] };
    construct(vm, *class, "typevartuple", *name, options)
}

fn subst(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.type_error("Substitution of bare TypeVarTuple is not supported"))
}

fn prepare_subst(vm: &Vm, [this, alias, args]: &[Value; 3]) -> R {
    call_typing(vm, "_typevartuple_prepare_subst", &[*this, *alias, *args])
}

fn mro_entries(vm: &Vm, _: &[Value; 2]) -> R {
    Err(vm.type_error("Cannot subclass an instance of TypeVarTuple"))
}
