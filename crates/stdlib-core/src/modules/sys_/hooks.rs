//! What `sys` calls when something is to be shown: results, exceptions, exceptions that cannot be raised; audit hooks.

use super::info::UNRAISABLE;
use object::{List, R, Raised, Ref, Traceback, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static HOOKS: {
    /// Print an object to sys.stdout and also save it in builtins._
    "displayhook($module, object, /)" => displayhook;
    /// Handle an exception by displaying it with a traceback on sys.stderr.
    "excepthook($module, exctype, value, traceback, /)" => excepthook;
    /// Handle an unraisable exception.
    ///
    /// The unraisable argument has the following attributes:
    ///
    /// * exc_type: Exception type.
    /// * exc_value: Exception value, can be None.
    /// * exc_traceback: Exception traceback, can be None.
    /// * err_msg: Error message, can be None.
    /// * object: Object causing the exception, can be None.
    "unraisablehook($module, unraisable, /)" => unraisablehook;
    /// This hook function is called by built-in breakpoint().
    "breakpointhook($module, /, *args, **kwargs)" => breakpointhook;
    /// Passes the event to any hooks that are attached.
    "audit($module, event, /, *args)" => audit;
    /// Adds a new audit hook callback.
    "addaudithook($module, /, hook)" => addaudithook;
}}

natives! { pub static REPORT: {
    "report_unraisable(exception, text, object, /)" => report_unraisable;
}}

/// Writes a text to `sys.stderr`, or to the descriptor where there is no such file. Errors are dropped.
pub fn write_stderr(vm: &Vm, text: &base::text::Wtf8) {
    if let Some(file) = vm.sys_dict().get_str(vm, vm.names.stderr)
        && !file.is_none()
    {
        match vm.call_method(file, vm.names.write, &[vm.str_wtf8(text).value()]) {
            Ok(_) => {
                if let Err(raised) = vm.call_method(file, vm.names.flush, &[]) {
                    vm.take_exception(raised);
                }
                return;
            }
            Err(raised) => {
                vm.take_exception(raised);
            }
        }
    }
    let bytes = text.as_bytes();
    // SAFETY: the buffer is that long.
    unsafe { libc::write(2, bytes.as_ptr().cast(), bytes.len()) };
}

fn displayhook(vm: &Vm, [_, object]: &[Value; 2]) -> R {
    if object.is_none() {
        return Ok(Value::NONE);
    }
    let underscore = vm.intern("_");
    vm.builtins_dict().insert_str(vm, underscore, Value::NONE);
    let Some(out) = vm.sys_dict().get_str(vm, vm.names.stdout).filter(|out| !out.is_none()) else {
        return Err(vm.runtime_error("lost sys.stdout"));
    };
    let repr = vm.repr(*object)?;
    if let Err(raised) = vm.call_method(out, vm.names.write, &[repr.value()]) {
        vm.catch(raised, TypeId::UnicodeEncodeError)?;
        let encoding = vm.getattr(out, vm.intern("encoding"))?;
        let handler = vm.str("backslashreplace").value();
        let encoded = vm.call_method(repr.value(), vm.names.encode, &[encoding, handler])?;
        match vm.getattr_opt(out, vm.intern("buffer"))? {
            Some(buffer) => {
                vm.call_method(buffer, vm.names.write, &[encoded])?;
            }
            None => {
                let text = vm.call_method(encoded, vm.names.decode, &[encoding, vm.names.strict.value()])?;
                vm.call_method(out, vm.names.write, &[text])?;
            }
        }
    }
    vm.call_method(out, vm.names.write, &[vm.str("\n").value()])?;
    vm.builtins_dict().insert_str(vm, underscore, *object);
    Ok(Value::NONE)
}

fn excepthook(vm: &Vm, [_, _class, value, traceback]: &[Value; 4]) -> R {
    print_exception(vm, *value, *traceback);
    Ok(Value::NONE)
}

/// Prints an exception with its traceback to `sys.stderr`.
pub fn print_exception(vm: &Vm, value: Value, traceback: Value) {
    if let Some(exception) = value.cast::<object::Exception>()
        && traceback.cast::<Traceback>().is_some()
        && exception.traceback.get().is_none()
    {
        exception.traceback.set(vm, exception, traceback);
    }
    let has_stderr = vm.sys_dict().get_str(vm, vm.names.stderr).is_some_and(|file| !file.is_none());
    if has_stderr && value.cast::<object::Exception>().is_some() {
        let printed = vm.import_from("traceback", "_print_exception_bltin").and_then(|print| vm.call(print, &[value]));
        match printed {
            Ok(_) => return,
            Err(raised) => {
                vm.take_exception(raised);
            }
        }
    }
    print_plain(vm, value);
}

/// Prints an exception without Python's help.
fn print_plain(vm: &Vm, value: Value) {
    let mut out = base::text::Wtf8Buf::new();
    if value.cast::<object::Exception>().is_none() {
        let name = vm.type_name(value);
        let text = format!("TypeError: print_exception(): Exception expected for value, {name} found\n");
        return write_stderr(vm, base::text::Wtf8::from_str(&text));
    }
    let exception = value.cast::<object::Exception>();
    if let Some(exception) = exception {
        let mut at = exception.traceback.get();
        if at.cast::<Traceback>().is_some() {
            out.push_str("Traceback (most recent call last):\n");
        }
        while let Some(entry) = at.cast::<Traceback>() {
            if let Some(frame) = entry.frame.get().cast::<object::FrameObj>() {
                let code = frame.frame(vm).code;
                let text = |value: Value| vm.as_str(value).map_or_else(String::new, |text| text.to_string_lossy());
                out.push_str(&format!(
                    "  File \"{}\", line {}, in {}\n",
                    text(code.filename.get()),
                    entry.line(vm),
                    text(code.qualname.get())
                ));
            }
            at = entry.next.get();
        }
    }
    let class = vm.type_of(value);
    if let Some(module) = class.dict().get_str(vm, vm.names.__module__).and_then(|module| vm.as_str(module))
        && !matches!(module.as_bytes(), b"builtins" | b"__main__")
    {
        out.push_wtf8(module.text());
        out.push_str(".");
    }
    out.push_str(&vm.as_str(class.qualname.get()).map_or_else(String::new, |name| name.to_string_lossy()));
    match vm.to_str(value) {
        Ok(text) if text.is_empty() => {}
        Ok(text) => {
            out.push_str(": ");
            out.push_wtf8(text.text());
        }
        Err(raised) => {
            vm.take_exception(raised);
            out.push_str(": <exception str() failed>");
        }
    }
    out.push_str("\n");
    write_stderr(vm, &out);
}

fn unraisablehook(vm: &Vm, [_, args]: &[Value; 2]) -> R {
    if vm.state_value("sys.UnraisableHookArgs") != Some(vm.type_of(*args).value()) {
        return Err(vm.type_error("sys.unraisablehook argument type must be UnraisableHookArgs"));
    }
    let field = |name: &str| vm.getattr_str(*args, name);
    let message = field("err_msg")?;
    let object = field("object")?;
    let mut out = base::text::Wtf8Buf::new();
    if let Some(text) = vm.as_str(message) {
        out.push_wtf8(text.text());
    }
    if !object.is_none() {
        out.push_str(if message.is_none() { "Exception ignored in: " } else { ": " });
        match vm.repr(object) {
            Ok(text) => out.push_wtf8(text.text()),
            Err(raised) => {
                vm.take_exception(raised);
                out.push_str("<object repr() failed>");
            }
        }
        out.push_str("\n");
    } else if !message.is_none() {
        out.push_str(":\n");
    }
    if !out.is_empty() {
        write_stderr(vm, &out);
    }
    print_exception(vm, field("exc_value")?, field("exc_traceback")?);
    Ok(Value::NONE)
}

/// What [`Vm::report_unraisable`] calls.
fn report_unraisable(vm: &Vm, [exception, text, object]: &[Value; 3]) -> R {
    let traceback = exception.cast::<object::Exception>().map_or(Value::NONE, |raised| raised.traceback.get());
    let class = vm.type_of(*exception).value();
    let args = UNRAISABLE.of_state(vm, "sys.UnraisableHookArgs", &[class, *exception, traceback, *text, *object]);
    let args = args_or_none(vm, args);
    let hook = vm.sys_dict().get_str(vm, vm.names.unraisablehook);
    match hook {
        Some(hook) if !hook.is_none() => {
            if let Err(raised) = vm.call(hook, &[args]) {
                let failure = vm.take_exception(raised);
                write_stderr(vm, base::text::Wtf8::from_str("Exception ignored in sys.unraisablehook:\n"));
                print_exception(vm, failure, Value::NONE);
            }
        }
        _ => print_exception(vm, *exception, Value::NONE),
    }
    Ok(Value::NONE)
}

fn args_or_none(vm: &Vm, args: R) -> Value {
    match args {
        Ok(args) => args,
        Err(raised) => {
            vm.take_exception(raised);
            Value::NONE
        }
    }
}

fn breakpointhook(vm: &Vm, [_, args, kwargs]: &[Value; 3]) -> R {
    let environment = std::env::var("PYTHONBREAKPOINT").ok().filter(|name| !name.is_empty());
    let name = environment.unwrap_or_else(|| "pdb.set_trace".to_string());
    if name == "0" {
        return Ok(Value::NONE);
    }
    let (module, attribute) = name.rsplit_once('.').unwrap_or(("builtins", &name));
    let hook = match vm.import_from(module, attribute) {
        Ok(hook) => hook,
        Err(raised) => {
            vm.take_exception(raised);
            vm.warn(TypeId::RuntimeWarning, &format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\""), 1)?;
            return Ok(Value::NONE);
        }
    };
    let args = vm.to_tuple(*args)?;
    vm.call_tuple_dict(hook, args.items(), kwargs.cast())
}

fn audit(vm: &Vm, [_, event, args]: &[Value; 3]) -> R {
    let Some(event) = vm.as_str(*event) else {
        let text = format!("expected str for argument 'event', not {}", vm.type_name(*event));
        return Err(vm.type_error(text));
    };
    let args = vm.to_tuple(*args)?;
    vm.audit(&event.to_string_lossy(), args.items())?;
    Ok(Value::NONE)
}

fn audit_hooks(vm: &Vm) -> Ref<List> {
    if let Some(hooks) = vm.state_value("sys.audit_hooks").and_then(|hooks| hooks.cast::<List>()) {
        return hooks;
    }
    let hooks = vm.list(&[]);
    vm.set_state("sys.audit_hooks", hooks.value());
    hooks
}

fn addaudithook(vm: &Vm, [_, hook]: &[Value; 2]) -> R {
    // A hook that raises vetoes the new one, silently where the exception is an Exception.
    if let Err(raised) = vm.audit("sys.addaudithook", &[]) {
        vm.catch(raised, TypeId::Exception)?;
        return Ok(Value::NONE);
    }
    audit_hooks(vm).push(vm, *hook);
    Ok(Value::NONE)
}

/// Registers the function that reports exceptions which cannot be raised.
pub fn register(vm: &Vm) -> Result<(), Raised> {
    let function = vm.native_function(TypeId::BuiltinFunction, &REPORT[0], Value::UNBOUND, Value::UNBOUND);
    vm.set_state("unraisable", function.value());
    Ok(())
}
