//! What happens to generators that die before their end.

use super::generator;
use super::resume::{close, kind_name};
use ::object::layout::generator::GeneratorState;
use ::object::slots::R;
use ::object::{TypeId, Value, Vm, native};

static FINALIZE: native::NativeDef = native! { "finalize_generator(generator, /)" => del };

/// Tells the collector how generators are finalised.
pub fn install(vm: &Vm) {
    let function = vm.native_function(TypeId::BuiltinFunction, &FINALIZE, Value::UNBOUND, Value::UNBOUND);
    vm.set_state("finalize_generator", function.value());
}

/// `__del__`
pub fn del(vm: &Vm, [this]: &[Value; 1]) -> R {
    let generator = generator(vm, *this)?;
    let state = generator.state.get();
    if state == GeneratorState::Finished || state == GeneratorState::Running {
        return Ok(Value::NONE);
    }
    let kind = kind_name(vm, generator);
    if kind == "async generator" {
        let finalizer = generator.origin.get();
        if !finalizer.is_none() && !finalizer.is_unbound() && !generator.async_closed.get() {
            if let Err(raised) = vm.call(finalizer, &[*this]) {
                vm.report_unraisable(raised, "Exception ignored while finalizing generator", *this);
            }
            return Ok(Value::NONE);
        }
    }
    if kind == "coroutine"
        && state == GeneratorState::Created
        && let Err(raised) = warn_unawaited(vm, *this)
    {
        vm.report_unraisable(raised, "Exception ignored while finalizing coroutine", *this);
    }
    close(vm, generator).map(|_| Value::NONE)
}

fn warn_unawaited(vm: &Vm, this: Value) -> R {
    let warn = match vm.import_from("warnings", "_warn_unawaited_coroutine") {
        Ok(warn) => Some(warn),
        Err(raised) => {
            vm.take_exception(raised);
            None
        }
    };
    if let Some(warn) = warn {
        return vm.call(warn, &[this]);
    }
    let name = vm.to_str(generator(vm, this)?.qualname.get())?.to_string_lossy();
    vm.warn(TypeId::RuntimeWarning, &format!("coroutine '{name}' was never awaited"), 1)?;
    Ok(Value::NONE)
}
