//! Resuming from native code: sending, throwing, closing.

use ::object::layout::generator::GeneratorState;
use ::object::slots::R;
use ::object::{Exception, Generator, Raised, Ref, Traceback, TypeId, TypeObj, Value, ValueExt, Vm};

/// What a generator gave: a yielded value or the returned one.
pub type Resumed = Result<Result<Value, Value>, Raised>;

/// Resumes a generator with a value.
pub fn send(vm: &Vm, generator: Ref<Generator>, value: Value) -> Resumed {
    (vm.hooks.get().resume)(vm, generator, value, false)
}

/// Resumes a generator with an exception.
pub fn throw(vm: &Vm, generator: Ref<Generator>, exception: Value) -> Resumed {
    (vm.hooks.get().resume)(vm, generator, exception, true)
}

/// The yielded value; StopIteration with the returned one.
pub fn value_or_stop(vm: &Vm, resumed: Resumed) -> R {
    match resumed? {
        Ok(value) => Ok(value),
        Err(returned) => Err(vm.stop_iteration(returned)),
    }
}

/// An instance of a built-in exception class without arguments.
pub fn plain_exception(vm: &Vm, class: TypeId) -> Value {
    vm.alloc_exception(vm.types[class], vm.tuple(&[])).value()
}

/// The exception that the arguments of `throw(type, value, traceback)` stand for.
pub fn thrown_exception(vm: &Vm, class: Value, value: Value, traceback: Value) -> R {
    if !value.is_unbound() {
        let text = "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";
        vm.warn(TypeId::DeprecationWarning, text, 1)?;
    }
    if !traceback.is_unbound() && !traceback.is_none() && traceback.cast::<Traceback>().is_none() {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    let base = vm.types[TypeId::BaseException];
    let value = value.or_none();
    let exception = if class.cast::<TypeObj>().is_some_and(|class| class.is_subclass(base)) {
        // What fails in making the exception is thrown instead of it.
        match make_exception(vm, class, value) {
            Ok(exception) => exception,
            Err(raised) => vm.take_exception(raised),
        }
    } else if class.cast::<Exception>().is_some() {
        if !value.is_none() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        class
    } else {
        let given = vm.type_name(class);
        let text = format!("exceptions must be classes or instances deriving from BaseException, not {given}");
        return Err(vm.type_error(text));
    };
    let Some(object) = exception.cast::<Exception>() else { return Ok(exception) };
    if traceback.cast::<Traceback>().is_some() {
        object.traceback.set(vm, object, traceback);
    }
    Ok(exception)
}

/// An instance of an exception class: the value itself, or one made of it.
fn make_exception(vm: &Vm, class: Value, value: Value) -> R {
    let exception = if class.cast::<TypeObj>().is_some_and(|class| vm.type_of(value).is_subclass(class)) {
        value
    } else if value.is_none() {
        vm.call(class, &[])?
    } else if let Some(args) = vm.as_tuple(value) {
        vm.call(class, args.items())?
    } else {
        vm.call(class, &[value])?
    };
    if exception.cast::<Exception>().is_some() {
        return Ok(exception);
    }
    let (class, given) = (vm.repr(class)?, vm.repr(vm.type_of(exception).value())?);
    Err(vm.type_error(format!(
        "calling {} should have returned an instance of BaseException, not {}",
        class.to_string_lossy(),
        given.to_string_lossy()
    )))
}

/// `close()`: throws GeneratorExit into a generator that has been started. Gives what it returns.
pub fn close(vm: &Vm, generator: Ref<Generator>) -> R {
    match generator.state.get() {
        GeneratorState::Created => {
            finish(generator);
            return Ok(Value::NONE);
        }
        GeneratorState::Finished => return Ok(Value::NONE),
        GeneratorState::Running | GeneratorState::Suspended => {}
    }
    let kind = kind_name(vm, generator);
    match throw(vm, generator, plain_exception(vm, TypeId::GeneratorExit)) {
        Ok(Ok(_)) => Err(vm.runtime_error(format!("{kind} ignored GeneratorExit"))),
        Ok(Err(returned)) => Ok(returned),
        Err(raised) => {
            let pending = vm.pending_exception(raised);
            if vm.is_exception(pending, TypeId::GeneratorExit) || vm.is_exception(pending, TypeId::StopIteration) {
                vm.take_exception(raised);
                return Ok(Value::NONE);
            }
            Err(raised)
        }
    }
}

/// Ends a generator that has not been started.
fn finish(generator: Ref<Generator>) {
    generator.state.set(GeneratorState::Finished);
    let count = generator.code().unit().registers as usize;
    for register in 0..count {
        // SAFETY: the generator has that many registers, and does not run.
        unsafe { *generator.registers().add(register) = Value::UNBOUND };
    }
    generator.suspended_frame().frame_object = Value::UNBOUND;
}

/// What error messages call it.
pub fn kind_name(vm: &Vm, generator: Ref<Generator>) -> &'static str {
    let class = vm.type_of(generator.value());
    if class == vm.types[TypeId::Coroutine] {
        "coroutine"
    } else if class == vm.types[TypeId::AsyncGenerator] {
        "async generator"
    } else {
        "generator"
    }
}
