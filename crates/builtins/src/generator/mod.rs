//! Generators, coroutines and async generators.

mod anext;
mod async_generator;
mod coroutine;
mod finalize;
mod origin;
mod plain;
mod resume;

pub use anext::anext_awaitable;
pub use async_generator::asend_step;
pub use finalize::install;
pub use origin::track_origin;
pub use resume::{close, thrown_exception};

use crate::descriptors::{accessor, getter};
use ::object::layout::generator::GeneratorState;
use ::object::slots::R;
use ::object::{Generator, GetSet, Raised, Ref, TypeDef, Value, ValueExt, Vm};
use bytecode::{Op, yield_flags};

/// The classes of this folder.
pub static TYPES: &[&TypeDef] = &[
    &plain::TYPE,
    &coroutine::TYPE,
    &coroutine::WRAPPER_TYPE,
    &async_generator::TYPE,
    &async_generator::ASEND_TYPE,
    &async_generator::ATHROW_TYPE,
    &async_generator::WRAPPED_TYPE,
    &anext::TYPE,
];

pub(crate) fn generator(vm: &Vm, this: Value) -> Result<Ref<Generator>, Raised> {
    match this.cast::<Generator>() {
        Some(generator) => Ok(generator),
        None => Err(vm.type_error(format!("expected a generator, not '{}'", vm.type_name(this)))),
    }
}

const NAME: GetSet = accessor(
    "__name__",
    |vm, this| Ok(generator(vm, this)?.name.get()),
    |vm, this, value| {
        let generator = generator(vm, this)?;
        if value.is_unbound() || vm.as_str(value).is_none() {
            return Err(vm.type_error("__name__ must be set to a string object"));
        }
        generator.name.set(vm, generator, value);
        Ok(())
    },
);

const QUALNAME: GetSet = accessor(
    "__qualname__",
    |vm, this| Ok(generator(vm, this)?.qualname.get()),
    |vm, this, value| {
        let generator = generator(vm, this)?;
        if value.is_unbound() || vm.as_str(value).is_none() {
            return Err(vm.type_error("__qualname__ must be set to a string object"));
        }
        generator.qualname.set(vm, generator, value);
        Ok(())
    },
);

/// What the generator waits for in `yield from` or `await`.
const fn awaited(name: &'static str) -> GetSet {
    getter(name, |vm, this| Ok(delegate(generator(vm, this)?).unwrap_or(Value::NONE)))
}

const fn running(name: &'static str) -> GetSet {
    getter(name, |vm, this| Ok(Value::bool(generator(vm, this)?.state.get() == GeneratorState::Running)))
}

const fn suspended(name: &'static str) -> GetSet {
    getter(name, |vm, this| Ok(Value::bool(generator(vm, this)?.state.get() == GeneratorState::Suspended)))
}

const fn code(name: &'static str) -> GetSet {
    getter(name, |vm, this| Ok(generator(vm, this)?.code().value()))
}

const fn frame(name: &'static str) -> GetSet {
    getter(name, |vm, this| {
        let generator = generator(vm, this)?;
        if generator.state.get() == GeneratorState::Finished {
            return Ok(Value::NONE);
        }
        Ok(vm.generator_frame_object(generator).value())
    })
}

/// The iterator that a suspended generator delegates to.
pub fn delegate(generator: Ref<Generator>) -> Option<Value> {
    if generator.state.get() != GeneratorState::Suspended {
        return None;
    }
    let frame = generator.suspended_frame();
    let instr = frame.code.original().get(frame.instr_index())?;
    if instr.op != Op::Yield as u8 || instr.flags & yield_flags::DELEGATED == 0 {
        return None;
    }
    let register = instr.c as usize;
    if register >= frame.code.unit().registers as usize {
        return None;
    }
    // SAFETY: the generator has a register of that number.
    unsafe { *generator.registers().add(register) }.bound()
}

fn repr(vm: &Vm, this: Value, kind: &str) -> R {
    let name = vm.to_str(generator(vm, this)?.qualname.get())?;
    let (start, end) = (vm.str(&format!("<{kind} object ")), format!(" at {}>", crate::object::address(this)));
    Ok(vm.str_concat(&[start, name, vm.str(&end)]).value())
}

fn sizeof(vm: &Vm, [this]: &[Value; 1]) -> R {
    let registers = generator(vm, *this)?.code().unit().registers as usize;
    Ok(vm.int_usize(size_of::<Generator>() + registers * 8))
}
