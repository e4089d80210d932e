//! `generator`

use super::resume::{close, send, throw, thrown_exception, value_or_stop};
use super::{NAME, QUALNAME, awaited, code, frame, generator, repr, running, sizeof, suspended};
use crate::generic_alias::class_getitem;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{Args, GetSet, Kind, Slot, TypeDef, TypeId, Value, Vm, natives};

natives! {
    static METHODS: {
        /// Send a value into generator: return the next one it yields or raise StopIteration.
        "send($self, object, /)" => generator_send;
        /// Raise an exception in generator: return the next value it yields or raise StopIteration.
        "throw(...)" -> generator_throw;
        /// Raise GeneratorExit inside generator.
        "close($self, /)" => generator_close;
        /// The size of the generator in memory, in bytes.
        "__sizeof__($self, /)" => sizeof;
        /// Called when the generator dies.
        "__del__($self, /)" => super::finalize::del;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

/// `generator`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Generator),
    name: "generator",
    kind: Kind::GENERATOR,
    flags: type_flags::WEAKREF | type_flags::NO_NEW,
    slots: &[Slot::repr(|vm, this| repr(vm, this, "generator")), Slot::iter(|_, this| Ok(this)), Slot::next(next)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    GetSet { doc: "name of the generator", ..NAME },
    GetSet { doc: "qualified name of the generator", ..QUALNAME },
    awaited("gi_yieldfrom"),
    running("gi_running"),
    frame("gi_frame"),
    suspended("gi_suspended"),
    code("gi_code"),
];

fn next(vm: &Vm, this: Value) -> R {
    match send(vm, generator(vm, this)?, Value::NONE)? {
        Ok(value) => Ok(value),
        Err(returned) if returned.is_none() => Ok(Value::UNBOUND),
        Err(returned) => Err(vm.stop_iteration(returned)),
    }
}

fn generator_send(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    value_or_stop(vm, send(vm, generator(vm, *this)?, *value))
}

/// The object and the exception of a call `throw(type, value, traceback)`.
pub fn throw_arguments(vm: &Vm, args: Args) -> Result<(Value, Value), ::object::Raised> {
    if args.keyword_count() > 0 {
        return Err(vm.type_error("throw() takes no keyword arguments"));
    }
    let given = args.args.len();
    if !(2..=4).contains(&given) {
        let (word, bound) = if given < 2 { ("at least", 1) } else { ("at most", 3) };
        let plural = if bound == 1 { "" } else { "s" };
        let given = given.saturating_sub(1);
        return Err(vm.type_error(format!("throw expected {word} {bound} argument{plural}, got {given}")));
    }
    let arg = |index: usize| args.args.get(index).copied().unwrap_or(Value::UNBOUND);
    Ok((arg(0), thrown_exception(vm, arg(1), arg(2), arg(3))?))
}

pub(super) fn generator_throw(vm: &Vm, args: Args) -> R {
    let (this, exception) = throw_arguments(vm, args)?;
    value_or_stop(vm, throw(vm, generator(vm, this)?, exception))
}

pub(super) fn generator_close(vm: &Vm, [this]: &[Value; 1]) -> R {
    close(vm, generator(vm, *this)?)
}
