//! `atexit`

use object::{Dict, List, Module, ModuleDef, R, Raised, Ref, Tuple, Value, ValueExt, Vm, natives};

natives! { static FUNCTIONS: {
    /// Register a function to be executed upon normal program termination.
    "register($module, func, /, *args, **kwargs)" => register;
    /// Unregister an exit function which was previously registered using atexit.register.
    "unregister($module, func, /)" => unregister;
    /// Clear the list of previously registered exit functions.
    "_clear($module, /)" => clear;
    /// Run all registered exit functions.
    "_run_exitfuncs($module, /)" => run_exitfuncs;
    /// Return the number of registered exit functions.
    "_ncallbacks($module, /)" => ncallbacks;
}}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.",
    functions: &[FUNCTIONS],
    exec: |_: &Vm, _: Ref<Module>| Ok(()),
};

/// The functions to be called, each a tuple of function, arguments and keyword arguments; the first to be called last.
fn callbacks(vm: &Vm) -> Ref<List> {
    if let Some(list) = vm.state_value("atexit").and_then(|list| list.cast()) {
        return list;
    }
    let list = vm.list(&[]);
    vm.set_state("atexit", list.value());
    list
}

fn register(vm: &Vm, [_, function, args, kwargs]: &[Value; 4]) -> R {
    if !vm.is_callable(*function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    callbacks(vm).push(vm, vm.tuple(&[*function, *args, *kwargs]).value());
    Ok(*function)
}

fn unregister(vm: &Vm, [_, function]: &[Value; 2]) -> R {
    let list = callbacks(vm);
    let mut index = list.len();
    while index > 0 {
        index -= 1;
        let Some(entry) = list.get(index) else { continue };
        let Some(tuple) = entry.cast::<Tuple>() else { continue };
        if vm.eq(tuple.items()[0], *function)? && list.get(index) == Some(entry) {
            list.remove(vm, index);
        }
    }
    Ok(Value::NONE)
}

fn clear(vm: &Vm, [_]: &[Value; 1]) -> R {
    callbacks(vm).clear();
    Ok(Value::NONE)
}

fn ncallbacks(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.int_usize(callbacks(vm).len()))
}

fn run_exitfuncs(vm: &Vm, [_]: &[Value; 1]) -> R {
    run(vm);
    Ok(Value::NONE)
}

/// Calls all functions, the last registered first. What they raise is reported.
pub fn run(vm: &Vm) {
    let list = callbacks(vm);
    while let Some(entry) = list.pop() {
        let Some(tuple) = entry.cast::<Tuple>() else { continue };
        let &[function, args, kwargs] = tuple.items() else { continue };
        let result: Result<Value, Raised> = match vm.as_tuple(args) {
            Some(args) => vm.call_tuple_dict(function, args.items(), kwargs.cast::<Dict>()),
            None => Ok(Value::NONE),
        };
        if let Err(raised) = result {
            vm.report_unraisable(raised, "Exception ignored in atexit callback", function);
        }
    }
}
