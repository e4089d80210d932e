//! `async_generator` and the awaitables of its methods (PEP 525).

use super::plain::throw_arguments;
use super::resume::{Resumed, plain_exception, send, throw};
use super::{NAME, QUALNAME, awaited, code, frame, generator, repr, sizeof, suspended};
use crate::descriptors::member;
use crate::generic_alias::class_getitem;
use ::object::layout::generator::{AsyncWrapped, GeneratorState};
use ::object::layout::native::{Native, NativeData};
use ::object::layout::type_object::type_flags;
use ::object::slots::R;
use ::object::{
    Args, Dict, Field, Generator, GetSet, Kind, Raised, Ref, Slot, TypeDef, TypeId, Value, ValueExt, Vm, natives,
};
use heap::Tracer;
use std::cell::Cell;

natives! {
    static METHODS: {
        /// An awaitable that sends a value.
        "asend($self, value, /)" => asend_method;
        /// An awaitable that throws an exception.
        "athrow(...)" -> athrow;
        /// An awaitable that throws GeneratorExit.
        "aclose($self, /)" => aclose;
        /// The size of the generator in memory, in bytes.
        "__sizeof__($self, /)" => sizeof;
        /// Called when the generator dies.
        "__del__($self, /)" => super::finalize::del;
        /// See PEP 585.
        "__class_getitem__($cls, object, /)" => class_getitem [class];
    }
}

/// `async_generator`
pub static TYPE: TypeDef = TypeDef {
    id: Some(TypeId::AsyncGenerator),
    name: "async_generator",
    kind: Kind::GENERATOR,
    flags: type_flags::WEAKREF | type_flags::NO_NEW,
    slots: &[
        Slot::repr(|vm, this| repr(vm, this, "async_generator")),
        Slot::aiter(|_, this| Ok(this)),
        Slot::anext(|vm, this| asend(vm, &[this, Value::NONE])),
    ],
    methods: &[METHODS],
    getset: ATTRIBUTES,
    ..TypeDef::DEFAULT
};

static ATTRIBUTES: &[GetSet] = &[
    member("ag_running", |vm, this| Ok(Value::bool(generator(vm, this)?.async_running.get()))),
    GetSet { doc: "name of the async generator", ..NAME },
    GetSet { doc: "qualified name of the async generator", ..QUALNAME },
    awaited("ag_await"),
    frame("ag_frame"),
    code("ag_code"),
    suspended("ag_suspended"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Init,
    Iterating,
    Closed,
}

/// The data of the awaitables.
struct Awaitable {
    generator: Field,
    /// `asend`: the value. `athrow`: the exception's arguments, a tuple; unbound for `aclose`.
    argument: Field,
    is_send: bool,
    state: Cell<State>,
}

impl NativeData for Awaitable {
    fn trace(&self, tracer: &mut Tracer) {
        self.generator.trace(tracer);
        self.argument.trace(tracer);
    }
}

natives! {
    static AWAITABLE_METHODS: {
        /// Resume the generator with a value.
        "send($self, object, /)" => awaitable_send;
        /// Raise an exception in the generator.
        "throw(...)" -> awaitable_throw;
        /// Raise GeneratorExit in the generator.
        "close($self, /)" => awaitable_close;
        /// Called when the awaitable dies.
        "__del__($self, /)" => awaitable_del;
    }
}

const AWAITABLE_SLOTS: &[Slot] = &[
    Slot::await_(|_, this| Ok(this)),
    Slot::iter(|_, this| Ok(this)),
    Slot::next(|vm, this| awaitable_send(vm, &[this, Value::NONE])),
];

/// `async_generator_asend`
pub static ASEND_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::AsyncGeneratorASend),
    name: "async_generator_asend",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    slots: AWAITABLE_SLOTS,
    methods: &[AWAITABLE_METHODS],
    ..TypeDef::DEFAULT
};

/// `async_generator_athrow`
pub static ATHROW_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::AsyncGeneratorAThrow),
    name: "async_generator_athrow",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    slots: AWAITABLE_SLOTS,
    methods: &[AWAITABLE_METHODS],
    ..TypeDef::DEFAULT
};

/// `async_generator_wrapped_value`
pub static WRAPPED_TYPE: TypeDef = TypeDef {
    id: Some(TypeId::AsyncGeneratorWrappedValue),
    name: "async_generator_wrapped_value",
    kind: Kind::NATIVE,
    flags: type_flags::NO_NEW,
    ..TypeDef::DEFAULT
};

/// Calls the hooks of `sys.set_asyncgen_hooks` when iteration starts.
fn init_hooks(vm: &Vm, generator: Ref<Generator>) -> Result<(), Raised> {
    if generator.hooks_called.replace(true) {
        return Ok(());
    }
    let Some(slots) = vm.thread().slots.get().cast::<Dict>() else { return Ok(()) };
    let hook = |name: &str| slots.get_str(vm, vm.intern(name)).filter(|hook| !hook.is_none());
    if let Some(finalizer) = hook("asyncgen_finalizer") {
        generator.origin.set(vm, generator, finalizer);
    }
    if let Some(first) = hook("asyncgen_firstiter") {
        vm.call(first, &[generator.value()])?;
    }
    Ok(())
}

fn awaitable(vm: &Vm, class: TypeId, generator: Value, argument: Value) -> R {
    init_hooks(vm, super::generator(vm, generator)?)?;
    let data = Awaitable {
        generator: Field::new(generator),
        argument: Field::new(argument),
        is_send: class == TypeId::AsyncGeneratorASend,
        state: Cell::new(State::Init),
    };
    Ok(vm.native(vm.types[class], data).value())
}

fn asend(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    awaitable(vm, TypeId::AsyncGeneratorASend, *this, *value)
}

/// As `asend`, for programs that may forget to await it: `async for` does not.
fn asend_method(vm: &Vm, args: &[Value; 2]) -> R {
    asend(vm, args).map(|awaitable| watched(vm, awaitable))
}

fn watched(vm: &Vm, awaitable: Value) -> Value {
    vm.add_finalizable(awaitable);
    awaitable
}

fn awaitable_del(vm: &Vm, [this]: &[Value; 1]) -> R {
    let data = data(vm, *this)?;
    if data.state.get() != State::Init {
        return Ok(Value::NONE);
    }
    let method = match (data.is_send, data.argument.get().is_unbound()) {
        (true, _) => "asend",
        (false, true) => "aclose",
        (false, false) => "athrow",
    };
    let owner = data.generator.get();
    let name = vm.to_str(generator(vm, owner)?.qualname.get())?.to_string_lossy();
    let text = format!("coroutine method '{method}' of '{name}' was never awaited");
    if let Err(raised) = vm.warn(TypeId::RuntimeWarning, &text, 1) {
        vm.report_unraisable(raised, "Exception ignored while finalizing async generator", owner);
    }
    Ok(Value::NONE)
}

fn aclose(vm: &Vm, [this]: &[Value; 1]) -> R {
    Ok(watched(vm, awaitable(vm, TypeId::AsyncGeneratorAThrow, *this, Value::UNBOUND)?))
}

fn athrow(vm: &Vm, args: Args) -> R {
    if args.count() < 2 || args.count() > 4 || args.keyword_count() > 0 {
        return throw_arguments(vm, args).map(|_| Value::NONE);
    }
    if args.count() > 2 {
        let text = "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.";
        vm.warn(TypeId::DeprecationWarning, text, 1)?;
    }
    let rest = vm.tuple(args.rest().args).value();
    Ok(watched(vm, awaitable(vm, TypeId::AsyncGeneratorAThrow, args.args[0], rest)?))
}

fn data(vm: &Vm, this: Value) -> Result<Ref<Native<Awaitable>>, Raised> {
    match vm.as_native(this) {
        Some(data) => Ok(data),
        None => Err(vm.type_error("expected an awaitable of an async generator")),
    }
}

fn is_wrapped(vm: &Vm, value: Value) -> bool {
    vm.as_native::<AsyncWrapped>(value).is_some()
}

/// The value or the error of a resumption: what the generator's body returns is StopAsyncIteration.
fn resumed_value(vm: &Vm, resumed: Resumed) -> R {
    match resumed? {
        Ok(value) => Ok(value),
        Err(_) => Err(vm.raise_value(plain_exception(vm, TypeId::StopAsyncIteration))),
    }
}

/// A value that the generator itself yields ends the await; one that it awaits is passed on.
fn unwrap(vm: &Vm, generator: Ref<Generator>, result: R) -> R {
    match result {
        Err(raised) => {
            if is_end(vm, raised) {
                generator.async_closed.set(true);
            }
            generator.async_running.set(false);
            Err(raised)
        }
        Ok(value) => match vm.as_native::<AsyncWrapped>(value) {
            Some(wrapped) => {
                generator.async_running.set(false);
                Err(vm.stop_iteration(wrapped.value.get()))
            }
            None => Ok(value),
        },
    }
}

/// Is it the exception that ends an async generator?
fn is_end(vm: &Vm, raised: Raised) -> bool {
    let pending = vm.pending_exception(raised);
    vm.is_exception(pending, TypeId::StopAsyncIteration) || vm.is_exception(pending, TypeId::GeneratorExit)
}

#[cold]
fn reused(vm: &Vm, data: Ref<Native<Awaitable>>) -> Raised {
    let what = if data.is_send { "__anext__()/asend()" } else { "aclose()/athrow()" };
    vm.runtime_error(format!("cannot reuse already awaited {what}"))
}

#[cold]
fn already_running(vm: &Vm, data: Ref<Native<Awaitable>>) -> Raised {
    data.state.set(State::Closed);
    let what = match (data.is_send, data.argument.get().is_unbound()) {
        (true, _) => "anext()",
        (false, true) => "aclose()",
        (false, false) => "athrow()",
    };
    vm.runtime_error(format!("{what}: asynchronous generator is already running"))
}

fn awaitable_send(vm: &Vm, [this, value]: &[Value; 2]) -> R {
    match asend_step(vm, *this, *value)? {
        Ok(yielded) => Ok(yielded),
        Err(returned) => Err(vm.stop_iteration(returned)),
    }
}

/// Sends a value into an awaitable of an async generator: what it yields as `Ok`, what the await gives as `Err`.
///
/// # Errors
/// What the generator raises.
pub fn asend_step(vm: &Vm, this: Value, value: Value) -> Resumed {
    let data = data(vm, this)?;
    let generator = generator(vm, data.generator.get())?;
    if data.state.get() == State::Closed {
        return Err(reused(vm, data));
    }
    if !data.is_send {
        return throw_step(vm, data, generator, value).map(Ok);
    }
    let mut sent = value;
    if data.state.get() == State::Init {
        if generator.async_running.get() {
            return Err(already_running(vm, data));
        }
        if sent.is_none() {
            sent = data.argument.get();
        }
        data.state.set(State::Iterating);
    }
    generator.async_running.set(true);
    let resumed = send(vm, generator, sent);
    if let Ok(Ok(value)) = resumed
        && let Some(wrapped) = vm.as_native::<AsyncWrapped>(value)
    {
        generator.async_running.set(false);
        data.state.set(State::Closed);
        return Ok(Err(wrapped.value.get()));
    }
    let result = unwrap(vm, generator, resumed_value(vm, resumed));
    if result.is_err() {
        data.state.set(State::Closed);
    }
    result.map(Ok)
}

/// A step of `athrow` or `aclose`.
fn throw_step(vm: &Vm, data: Ref<Native<Awaitable>>, generator: Ref<Generator>, value: Value) -> R {
    let args = data.argument.get();
    let is_close = args.is_unbound();
    if generator.state.get() == GeneratorState::Finished {
        data.state.set(State::Closed);
        return Err(vm.stop_iteration(Value::NONE));
    }
    let result = if data.state.get() == State::Init {
        if generator.async_running.get() {
            return Err(already_running(vm, data));
        }
        if generator.async_closed.get() {
            data.state.set(State::Closed);
            return Err(vm.raise_value(plain_exception(vm, TypeId::StopAsyncIteration)));
        }
        if !value.is_none() {
            return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        data.state.set(State::Iterating);
        generator.async_running.set(true);
        let exception = if is_close {
            generator.async_closed.set(true);
            Ok(plain_exception(vm, TypeId::GeneratorExit))
        } else {
            thrown_of(vm, args)
        };
        match exception {
            Ok(exception) => resumed_value(vm, throw(vm, generator, exception)),
            Err(raised) => Err(raised),
        }
    } else {
        resumed_value(vm, send(vm, generator, value))
    };
    after_throw(vm, data, generator, result)
}

/// The exception of the arguments of `athrow`.
fn thrown_of(vm: &Vm, args: Value) -> R {
    let Some(args) = args.cast::<::object::Tuple>() else { return Ok(args) };
    let arg = |index: usize| args.items().get(index).copied().unwrap_or(Value::UNBOUND);
    // The warning for the old signature was given by `athrow` itself.
    let (class, value) = (arg(0), arg(1));
    if value.is_unbound() || value.is_none() {
        let traceback = arg(2);
        let exception = super::thrown_exception(vm, class, Value::UNBOUND, Value::UNBOUND)?;
        if let (Some(exception), Some(_)) =
            (exception.cast::<::object::Exception>(), traceback.cast::<::object::Traceback>())
        {
            exception.traceback.set(vm, exception, traceback);
        }
        return Ok(exception);
    }
    super::thrown_exception(vm, class, value, arg(2))
}

fn after_throw(vm: &Vm, data: Ref<Native<Awaitable>>, generator: Ref<Generator>, result: R) -> R {
    let is_close = data.argument.get().is_unbound();
    let result = if is_close { result } else { unwrap(vm, generator, result) };
    match result {
        Ok(value) if is_close && is_wrapped(vm, value) => {
            generator.async_running.set(false);
            data.state.set(State::Closed);
            Err(vm.runtime_error("async generator ignored GeneratorExit"))
        }
        Ok(value) => Ok(value),
        Err(raised) => {
            generator.async_running.set(false);
            data.state.set(State::Closed);
            if is_close && is_end(vm, raised) {
                vm.take_exception(raised);
                return Err(vm.stop_iteration(Value::NONE));
            }
            Err(raised)
        }
    }
}

fn awaitable_throw(vm: &Vm, args: Args) -> R {
    let (this, exception) = throw_arguments(vm, args)?;
    let data = data(vm, this)?;
    let generator = generator(vm, data.generator.get())?;
    if data.state.get() == State::Closed {
        return Err(reused(vm, data));
    }
    if data.state.get() == State::Init {
        if generator.async_running.get() {
            return Err(already_running(vm, data));
        }
        data.state.set(State::Iterating);
        generator.async_running.set(true);
    }
    let result = resumed_value(vm, throw(vm, generator, exception));
    if !data.is_send {
        return after_throw(vm, data, generator, result);
    }
    let result = unwrap(vm, generator, result);
    if result.is_err() {
        data.state.set(State::Closed);
    }
    result
}

fn awaitable_close(vm: &Vm, [this]: &[Value; 1]) -> R {
    let own = data(vm, *this)?;
    if own.state.get() == State::Closed {
        return Ok(Value::NONE);
    }
    let exception = plain_exception(vm, TypeId::GeneratorExit);
    match awaitable_throw(vm, Args::positional(&[*this, exception])) {
        Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
        Err(raised) => {
            let pending = vm.pending_exception(raised);
            if is_end(vm, raised) || vm.is_exception(pending, TypeId::StopIteration) {
                vm.take_exception(raised);
                return Ok(Value::NONE);
            }
            Err(raised)
        }
    }
}
