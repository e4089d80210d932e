//! The awaitable that `anext` with a default gives.

use super::plain::throw_arguments;
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{Args, Field, Generator, Kind, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, natives};
use bytecode::CodeFlags;
use heap::Tracer;

struct AnextAwaitable {
    wrapped: Field,
    default: Field,
}

impl NativeData for AnextAwaitable {
    fn trace(&self, tracer: &mut Tracer) {
        self.wrapped.trace(tracer);
        self.default.trace(tracer);
    }
}

natives! {
    static METHODS: {
        /// Resume the awaitable with a value.
        "send($self, object, /)" => send;
        /// Raise an exception in the awaitable.
        "throw(...)" -> throw;
        /// Raise GeneratorExit in the awaitable.
        "close($self, /)" => close;
    }
}

/// `anext_awaitable`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::AnextAwaitable),
    name: "anext_awaitable",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    slots: &[
        Slot::await_(|_, this| Ok(this)),
        Slot::iter(|_, this| Ok(this)),
        Slot::next(|vm, this| {
            let data = data(vm, this)?;
            let iterator = await_iterator(vm, data.wrapped.get())?;
            let result = match vm.type_of(iterator).slots().next {
                Some(next) => next(vm, iterator),
                None => Err(vm.type_error(format!("'{}' object is not an iterator", vm.type_name(iterator)))),
            };
            let result = match result {
                Ok(value) if value.is_unbound() => Err(vm.stop_iteration(Value::NONE)),
                result => result,
            };
            or_default(vm, data, result)
        }),
    ],
    methods: &[METHODS],
    ..TypeDef::DEFAULT
};

/// `anext(iterator, default)`: what the iterator's `__anext__` gave, with the default for its end.
pub fn anext_awaitable(vm: &Vm, awaitable: Value, default: Value) -> Value {
    let data = AnextAwaitable { wrapped: Field::new(awaitable), default: Field::new(default) };
    vm.native(vm.types[TypeId::AnextAwaitable], data).value()
}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<AnextAwaitable>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected an anext_awaitable")),
    }
}

/// The iterator that awaiting an object runs.
pub fn await_iterator(vm: &Vm, awaitable: Value) -> R {
    if let Some(generator) = awaitable.cast::<Generator>() {
        if vm.is_exactly(awaitable, TypeId::Coroutine) {
            // Coroutines have no `__next__`: their wrapper has.
            return match vm.type_of(awaitable).slots().await_ {
                Some(slot) => slot(vm, awaitable),
                None => Ok(awaitable),
            };
        }
        if generator.code().flags().has(CodeFlags::ITERABLE_COROUTINE) {
            return Ok(awaitable);
        }
    }
    let Some(slot) = vm.type_of(awaitable).slots().await_ else {
        return Err(vm.type_error(format!("'{}' object can't be awaited", vm.type_name(awaitable))));
    };
    let iterator = slot(vm, awaitable)?;
    if vm.is_exactly(iterator, TypeId::Coroutine) {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    if vm.type_of(iterator).slots().next.is_none() {
        let name = vm.type_name(iterator);
        return Err(vm.type_error(format!("__await__() returned non-iterator of type '{name}'")));
    }
    Ok(iterator)
}

fn or_default(vm: &Vm, data: Ref<Native<AnextAwaitable>>, result: R) -> R {
    match result {
        Ok(value) => Ok(value),
        Err(raised) => {
            vm.catch(raised, TypeId::StopAsyncIteration)?;
            Err(vm.stop_iteration(data.default.get()))
        }
    }
}

fn forward(vm: &Vm, this: Value, method: &str, args: &[Value]) -> R {
    let data = data(vm, this)?;
    let iterator = await_iterator(vm, data.wrapped.get())?;
    or_default(vm, data, vm.call_method_str(iterator, method, args))
}

fn send(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    forward(vm, *this, "send", &[*value])
}

fn throw(vm: &Vm, args: Args) -> R {
    let (this, exception) = throw_arguments(vm, args)?;
    forward(vm, this, "throw", &[exception])
}

fn close(vm: &Vm, [this]: &[Value; 1]) -> R {
    forward(vm, *this, "close", &[])
}
