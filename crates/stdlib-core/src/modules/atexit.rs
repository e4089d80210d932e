//! `atexit`

use object::{Args, Dict, List, ModuleDef, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed upon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: &[FUNCTIONS],
    exec: |_, _| Ok(()),
};

natives! { static FUNCTIONS: {
    /// Register a function to be executed upon normal program termination
    "register(...)" -> register;
    /// Unregister an exit function which was previously registered using atexit.register
    "unregister(func, /)" => unregister;
    /// Clear the list of previously registered exit functions.
    "_clear()" => clear;
    /// Run all registered exit functions.
    "_run_exitfuncs()" => run;
    /// Return the number of registered exit functions.
    "_ncallbacks()" => count;
}}

/// The registered functions: (function, arguments, keyword arguments).
fn callbacks(vm: &Vm) -> Ref<List> {
    match vm.state_value("atexit.callbacks").and_then(|list| list.cast::<List>()) {
        Some(list) => list,
        None => {
            let list = vm.list(&[]);
            vm.set_state("atexit.callbacks", list.value());
            list
        }
    }
}

fn register(vm: &Vm, args: Args) -> R {
    let (positional, keywords) = args.split();
    let Some(&function) = positional.first() else {
        return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !vm.is_callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let kwargs = vm.dict();
    for (name, value) in keywords {
        kwargs.insert_str(vm, name, value);
    }
    let entry = vm.tuple(&[function, vm.tuple(&positional[1..]).value(), kwargs.value()]);
    callbacks(vm).push(vm, entry.value());
    Ok(function)
}

fn unregister(vm: &Vm, [function]: &[Value; 1]) -> R {
    let kept = vm.list(&[]);
    let list = callbacks(vm);
    let mut index = 0;
    while let Some(entry) = list.get(index) {
        index += 1;
        let own = vm.as_tuple(entry).map_or(Value::NONE, |entry| entry.items()[0]);
        if !vm.compare_bool(own, *function, bytecode::CompareOperator::Eq)? {
            kept.push(vm, entry);
        }
    }
    vm.set_state("atexit.callbacks", kept.value());
    Ok(Value::NONE)
}

fn clear(vm: &Vm, _: &[Value; 0]) -> R {
    callbacks(vm).clear();
    Ok(Value::NONE)
}

fn run(vm: &Vm, _: &[Value; 0]) -> R {
    while let Some(entry) = callbacks(vm).pop() {
        let Some(entry) = vm.as_tuple(entry) else { continue };
        let [function, args, kwargs] = [0, 1, 2].map(|index| entry.items()[index]);
        let args = vm.to_tuple(args)?;
        let result: Result<Value, Raised> = vm.call_tuple_dict(function, args.items(), kwargs.cast::<Dict>());
        if let Err(raised) = result {
            if vm.is_exception(vm.pending_exception(raised), TypeId::SystemExit) {
                return Err(raised);
            }
            vm.report_unraisable(raised, "Exception ignored in atexit callback", function);
        }
    }
    Ok(Value::NONE)
}

fn count(vm: &Vm, _: &[Value; 0]) -> R {
    Ok(vm.int_usize(callbacks(vm).len()))
}
