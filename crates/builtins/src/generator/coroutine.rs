//! `coroutine`, and the iterator that its `__await__` gives.

use super::plain::{generator_close, generator_throw, throw_arguments};
use super::resume::{close, send, throw, value_or_stop};
use super::{NAME, QUALNAME, awaited, code, frame, generator, repr, running, sizeof, suspended};
use crate::descriptors::member;
use crate::generic_alias::class_getitem;
use ::object::layout::generator::GeneratorState;
use ::object::layout::native::NativeData;
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{Args, Field, Generator, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, Value, Vm, natives};
use bytecode::Op;
use heap::Tracer;

natives! {
    static METHODS: {
        /// Send a value into coroutine: return the next one it yields or raise StopIteration.
        "send($self, object, /)" => coroutine_send;
        /// Raise an exception in coroutine: return the next value it yields or raise StopIteration.
        "throw(...)" -> generator_throw;
        /// Raise GeneratorExit inside coroutine.
        "close($self, /)" => generator_close;
        /// The size of the coroutine in memory, in bytes.
        "__sizeof__($self, /)" => sizeof;
        /// Called when the coroutine dies.
        "__del__($self, /)" => super::finalize::del;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

/// `coroutine`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::Coroutine),
    name: "coroutine",
    kind: Kind::GENERATOR,
    flags: type_flags::WEAKREF | type_flags::NO_NEW,
    slots: &[Slot::repr(|vm, this| repr(vm, this, "coroutine")), Slot::await_(coroutine_await)],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("cr_origin", |vm, this| Ok(generator(vm, this)?.origin.get().or_none())),
    GetSet { doc: "name of the coroutine", ..NAME },
    GetSet { doc: "qualified name of the coroutine", ..QUALNAME },
    awaited("cr_await"),
    running("cr_running"),
    GetSet { get: cr_frame, ..frame("cr_frame") },
    code("cr_code"),
    suspended("cr_suspended"),
];

struct CoroutineWrapper {
    coroutine: Field,
}

impl NativeData for CoroutineWrapper {
    fn trace(&self, tracer: &mut Tracer) {
        self.coroutine.trace(tracer);
    }
}

natives! {
    static WRAPPER_METHODS: {
        /// Resume the coroutine with a value; return the next one it yields or raise StopIteration.
        "send($self, object, /)" => wrapper_send;
        /// Raise an exception in the coroutine; return the next value it yields or raise StopIteration.
        "throw(...)" -> wrapper_throw;
        /// Raise GeneratorExit in the coroutine.
        "close($self, /)" => wrapper_close;
    }
}

/// `coroutine_wrapper`
pub static WRAPPER_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::CoroutineWrapper),
    name: "coroutine_wrapper",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    doc: "A wrapper object implementing __await__ for coroutines.",
    slots: &[
        Slot::iter(|_, this| Ok(this)),
        Slot::next(|vm, this| value_or_stop(vm, send(vm, wrapped(vm, this)?, Value::NONE))),
    ],
    methods: &[WRAPPER_METHODS],
    ..TypeDef::DEFAULT
};

fn coroutine_send(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    value_or_stop(vm, send(vm, generator(vm, *this)?, *value))
}

fn coroutine_await(vm: &Vm, this: Value) -> R {
    let data = CoroutineWrapper { coroutine: Field::new(this) };
    Ok(vm.native(vm.types[TypeId::CoroutineWrapper], data).value())
}

fn wrapped(vm: &Vm, this: Value) -> Result<Ref<Generator>, Raised> {
    match vm.as_native::<CoroutineWrapper>(this) {
        Some(data) => generator(vm, data.coroutine.get()),
        None => Err(vm.type_error("expected a coroutine_wrapper")),
    }
}

fn wrapper_send(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    value_or_stop(vm, send(vm, wrapped(vm, *this)?, *value))
}

fn wrapper_throw(vm: &Vm, args: Args) -> R {
    let (this, exception) = throw_arguments(vm, args)?;
    value_or_stop(vm, throw(vm, wrapped(vm, this)?, exception))
}

fn wrapper_close(vm: &Vm, [this]: &[Value; 1]) -> R {
    close(vm, wrapped(vm, *this)?)
}

/// `cr_frame`. A coroutine that was made for this alone dies here.
fn cr_frame(vm: &Vm, this: Value) -> R {
    let coroutine = generator(vm, this)?;
    if coroutine.state.get() == GeneratorState::Finished {
        return Ok(Value::NONE);
    }
    let frame = vm.generator_frame_object(coroutine).value();
    if coroutine.unshared.replace(false) && is_result_of_call(vm, this) {
        vm.finalize(this);
    }
    Ok(frame)
}

/// Does the running instruction read an attribute of what the one before it, a call, gave, and nothing else has it?
fn is_result_of_call(vm: &Vm, value: Value) -> bool {
    let Some(frame) = vm.thread().current() else { return false };
    let (code, index) = (frame.code.original(), frame.instr_index());
    match (index.checked_sub(1).and_then(|before| code.get(before)), code.get(index)) {
        (Some(call), Some(load)) => {
            call.op == Op::Call as u8
                && load.op == Op::LoadAttr as u8
                && call.a == load.b
                && load.b >= frame.code.variables()
                && frame.register(load.b as usize) == value
        }
        _ => false,
    }
}
