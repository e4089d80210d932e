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
    if kind == "coroutine" && state == GeneratorState::Created {
        warn_unawaited(vm, *this);
    }
    close(vm, generator).map(|_| Value::NONE)
}

fn warn_unawaited(vm: &Vm, this: Value) {
    let report = |raised| vm.report_unraisable(raised, "Exception ignored while finalizing coroutine", this);
    // The module gives the warning with the place where the coroutine was made, if it can.
    match vm.import_from("warnings", "_warn_unawaited_coroutine") {
        Ok(warn) => match vm.call(warn, &[this]) {
            Ok(_) => return,
            Err(raised) => {
                let pending = vm.pending_exception(raised);
                let is_warning = vm.is_exception(pending, TypeId::RuntimeWarning);
                report(raised);
                if is_warning {
                    return;
                }
            }
        },
        Err(raised) => {
            vm.take_exception(raised);
        }
    }
    let warned = generator(vm, this).and_then(|own| vm.to_str(own.qualname.get())).and_then(|name| {
        let text = format!("coroutine '{}' was never awaited", name.to_string_lossy());
        vm.warn(TypeId::RuntimeWarning, &text, 1)
    });
    if let Err(raised) = warned {
        report(raised);
    }
}
