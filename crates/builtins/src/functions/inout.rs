//! `print`, `input`, `open`, `breakpoint`.

use object::{Args, R, Raised, TypeId, Value, Vm};

fn text_or_none(vm: &Vm, name: &str, value: Value) -> Result<(), Raised> {
    if value.is_none() || value.is_unbound() || vm.as_str(value).is_some() {
        return Ok(());
    }
    let class = vm.type_of(value).qualified_name(vm);
    Err(vm.type_error(format!("{name} must be None or a string, not {class}")))
}

pub(super) fn print(vm: &Vm, [args, sep, end, file, flush]: &[Value; 5]) -> R {
    let mut file = *file;
    if file.is_none() {
        match vm.sys_attr("stdout") {
            None => return Err(vm.runtime_error("lost sys.stdout")),
            Some(stdout) if stdout.is_none() => return Ok(Value::NONE),
            Some(stdout) => file = stdout,
        }
    }
    text_or_none(vm, "sep", *sep)?;
    text_or_none(vm, "end", *end)?;
    let separator = if sep.is_none() { vm.str_char(b' ' as u32).value() } else { *sep };
    let end = if end.is_none() || end.is_unbound() { vm.str_char(b'\n' as u32).value() } else { *end };
    let args = crate::support::tuple_arg(vm, *args)?;
    for (index, value) in args.items().iter().enumerate() {
        if index > 0 {
            vm.call_method(file, vm.names.write, &[separator])?;
        }
        // The method is looked up first, as for any call.
        let (write, bound) = vm.load_method(file, vm.names.write)?;
        let text = vm.to_str(*value)?.value();
        match bound {
            Some(this) => vm.call(write, &[this, text])?,
            None => vm.call(write, &[text])?,
        };
    }
    vm.call_method(file, vm.names.write, &[end])?;
    if vm.truthy(*flush)? {
        vm.call_method(file, vm.names.flush, &[])?;
    }
    Ok(Value::NONE)
}

fn stream(vm: &Vm, name: &str) -> R {
    match vm.sys_attr(name) {
        Some(stream) if !stream.is_none() => Ok(stream),
        _ => Err(vm.runtime_error(format!("input(): lost sys.{name}"))),
    }
}

pub(super) fn input(vm: &Vm, [prompt]: &[Value; 1]) -> R {
    let stdin = stream(vm, "stdin")?;
    let stdout = stream(vm, "stdout")?;
    let stderr = stream(vm, "stderr")?;
    if let Err(raised) = vm.call_method(stderr, vm.names.flush, &[]) {
        vm.take_exception(raised);
    }
    let prompt_text = vm.to_str(*prompt)?;
    if !prompt_text.is_empty() {
        vm.call_method(stdout, vm.names.write, &[prompt_text.value()])?;
    }
    if let Err(raised) = vm.call_method(stdout, vm.names.flush, &[]) {
        vm.take_exception(raised);
    }
    let line = vm.call_method(stdin, vm.names.readline, &[])?;
    let Some(text) = vm.as_str(line) else {
        return Err(vm.type_error("object.readline() returned non-string"));
    };
    if text.is_empty() {
        return Err(vm.eof_error("EOF when reading a line"));
    }
    match text.as_bytes() {
        [rest @ .., b'\n'] => Ok(vm.substr(text, 0..rest.len()).value()),
        _ => Ok(line),
    }
}

/// Stands in until the module io has put its own function here.
pub(super) fn open(vm: &Vm, args: Args) -> R {
    let io = super::import_name(vm, vm.intern("io"), vm.builtins_dict(), Value::NONE, 0)?;
    vm.call_args(vm.getattr_str(io, "open")?, args)
}

pub(super) fn breakpoint(vm: &Vm, args: Args) -> R {
    match vm.sys_attr("breakpointhook") {
        Some(hook) => vm.call_args(hook, args),
        None => Err(vm.raise(TypeId::RuntimeError, "lost sys.breakpointhook")),
    }
}
