//! `faulthandler`: accepted and remembered; tracebacks are dumped on request.

use object::{ModuleDef, R, Value, Vm, natives};
use std::io::Write;

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "faulthandler", doc: "faulthandler module.", functions: &[FUNCTIONS], exec: |_, _| Ok(()) };

natives! { static FUNCTIONS: {
    "enable(file=None, all_threads=True, c_stack=True)" => enable;
    "disable()" => disable;
    "is_enabled()" => is_enabled;
    "dump_traceback(file=None, all_threads=True)" => dump;
    "dump_c_stack(file=None)" => dump_c_stack;
    "dump_traceback_later(timeout, repeat=False, file=None, exit=False)" => later;
    "cancel_dump_traceback_later()" => cancel;
    "register(signum, file=None, all_threads=True, chain=False)" => register;
    "unregister(signum, /)" => unregister;
}}

fn enable(vm: &Vm, _: &[Value; 3]) -> R {
    vm.set_state("faulthandler.enabled", Value::TRUE);
    Ok(Value::NONE)
}

fn disable(vm: &Vm, _: &[Value; 0]) -> R {
    let was = is_enabled(vm, &[])?;
    vm.set_state("faulthandler.enabled", Value::FALSE);
    Ok(was)
}

fn is_enabled(vm: &Vm, _: &[Value; 0]) -> R {
    Ok(vm.state_value("faulthandler.enabled").unwrap_or(Value::FALSE))
}

fn dump(vm: &Vm, [file, _]: &[Value; 2]) -> R {
    let mut text = String::from("Stack (most recent call first):\n");
    for frame in vm.thread().frames().iter().rev() {
        let name = |value: Value| vm.as_str(value).map_or_else(String::new, |text| text.to_string_lossy());
        text.push_str(&format!(
            "  File \"{}\", line {} in {}\n",
            name(frame.code.filename.get()),
            frame.line(),
            name(frame.code.name.get())
        ));
    }
    if file.is_none() {
        let _ = std::io::stderr().write_all(text.as_bytes());
        return Ok(Value::NONE);
    }
    let fd = if vm.as_int(*file).is_some() { *file } else { vm.call_method_str(*file, "fileno", &[])? };
    let fd = vm.index_i32(fd)?;
    // SAFETY: the bytes are valid during the call.
    unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
    Ok(Value::NONE)
}

fn dump_c_stack(_: &Vm, _: &[Value; 1]) -> R {
    Ok(Value::NONE)
}

fn later(_: &Vm, _: &[Value; 4]) -> R {
    Ok(Value::NONE)
}

fn cancel(_: &Vm, _: &[Value; 0]) -> R {
    Ok(Value::NONE)
}

fn register(_: &Vm, _: &[Value; 4]) -> R {
    Ok(Value::NONE)
}

fn unregister(_: &Vm, _: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}
