//! Reporting what a program did not catch, and shutting down.

use crate::start;
use object::{Exception, Raised, TypeId, Value, ValueExt, Vm};

/// Reports an exception that left the program, and gives the exit status that it stands for.
pub fn report(vm: &Vm, raised: Raised) -> i32 {
    let exception = vm.take_exception(raised);
    vm.thread().handled.set(Value::NONE);
    if vm.is_exception(exception, TypeId::SystemExit) {
        return exit_status(vm, exception);
    }
    let interrupted = vm.is_exception(exception, TypeId::KeyboardInterrupt);
    let traceback = exception.cast::<Exception>().map_or(Value::NONE, |exception| exception.traceback.get());
    let sys = vm.sys_dict();
    for (name, value) in [
        ("last_exc", exception),
        ("last_type", vm.type_of(exception).value()),
        ("last_value", exception),
        ("last_traceback", traceback),
    ] {
        sys.insert_str(vm, vm.intern(name), value);
    }
    flush(vm, "stdout");
    match vm.sys_attr("excepthook") {
        Some(hook) => {
            if let Err(raised) = vm.call(hook, &[vm.type_of(exception).value(), exception, traceback]) {
                let second = vm.take_exception(raised);
                if vm.is_exception(second, TypeId::SystemExit) {
                    return exit_status(vm, second);
                }
                complain!("Error in sys.excepthook:");
                plain(vm, second);
                complain!("\nOriginal exception was:");
                plain(vm, exception);
            }
        }
        None => plain(vm, exception),
    }
    if interrupted { 130 } else { 1 }
}

/// Class and text of an exception, for the time when nothing else works.
fn plain(vm: &Vm, exception: Value) {
    let name = vm.type_name(exception);
    match vm.to_str(exception) {
        Ok(text) => complain!("{name}: {}", text.to_string_lossy()),
        Err(raised) => {
            vm.take_exception(raised);
            complain!("{name}: <exception str() failed>");
        }
    }
}

fn exit_status(vm: &Vm, exception: Value) -> i32 {
    let code = match vm.getattr_str(exception, "code") {
        Ok(code) => code,
        Err(raised) => {
            vm.take_exception(raised);
            Value::NONE
        }
    };
    if code.is_none() {
        return 0;
    }
    if let Some(int) = vm.as_int(code) {
        return int.to_i64().map_or(-1, |int| int as i32) & 0xFF;
    }
    flush(vm, "stdout");
    let text = vm.to_str(code);
    let printed = match (vm.sys_attr("stderr").filter(|stream| !stream.is_none()), &text) {
        (Some(stream), Ok(text)) => {
            let line = vm.str_concat(&[*text, vm.intern("\n")]);
            vm.call_method(stream, vm.names.write, &[line.value()]).is_ok()
        }
        _ => false,
    };
    if !printed && let Ok(text) = text {
        complain!("{}", text.to_string_lossy());
    }
    1
}

fn flush(vm: &Vm, name: &str) -> bool {
    let Some(stream) = vm.sys_attr(name).filter(|stream| !stream.is_none()) else { return true };
    match vm.getattr_str(stream, "closed").and_then(|closed| vm.truthy(closed)) {
        Ok(true) => return true,
        Ok(false) => {}
        Err(raised) => {
            vm.take_exception(raised);
            return true;
        }
    }
    match vm.call_method(stream, vm.names.flush, &[]) {
        Ok(_) => true,
        Err(raised) => {
            if name == "stdout" {
                vm.report_unraisable(raised, "Exception ignored while flushing sys.stdout", Value::NONE);
            } else {
                vm.take_exception(raised);
            }
            false
        }
    }
}

/// Shuts an interpreter down: threads, exit functions, finalisers, streams. Gives the exit status.
pub fn finish(vm: &Vm, mut status: i32) -> i32 {
    if let Ok(Some(threading)) = vm.modules_dict().get(vm, vm.intern("threading").value())
        && let Err(raised) = vm.call_method_str(threading, "_shutdown", &[])
    {
        vm.report_unraisable(raised, "Exception ignored on threading shutdown", threading);
    }
    match start::import(vm, "atexit") {
        Ok(atexit) => {
            if let Err(raised) = vm.call_method_str(atexit, "_run_exitfuncs", &[]) {
                let exception = vm.take_exception(raised);
                if vm.is_exception(exception, TypeId::SystemExit) {
                    status = exit_status(vm, exception);
                }
            }
        }
        Err(raised) => {
            vm.take_exception(raised);
        }
    }
    if !flush(vm, "stdout") {
        status = 120;
    }
    flush(vm, "stderr");
    if vm.has_python_finalizers() {
        // What is dead already has died before, as far as programs can tell: it may still import modules.
        vm.collect();
        vm.run_finalizers();
    }
    vm.set_state("sys.finalizing", Value::TRUE);
    vm.sys_dict().insert_str(vm, vm.intern("meta_path"), Value::NONE);
    vm.queue_all_finalizers();
    vm.run_finalizers();
    if !flush(vm, "stdout") && status == 0 {
        status = 120;
    }
    flush(vm, "stderr");
    status
}
