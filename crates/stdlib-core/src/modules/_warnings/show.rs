//! Showing a warning.

use super::{Warning, attribute};
use base::text::Wtf8Buf;
use object::{Dict, Raised, Ref, TypeId, TypeObj, Value, Vm};

/// Shows a warning: through `warnings`, where that is imported.
pub fn show(vm: &Vm, category: Ref<TypeObj>, text: Value, message: Value, warning: &Warning) -> Result<(), Raised> {
    // A source is told by tracemalloc, which only the Python module asks.
    let Some(show) = attribute(vm, "_showwarnmsg", !warning.source.is_none())? else {
        return show_plain(vm, category, text, warning);
    };
    if !vm.is_callable(show) {
        return Err(vm.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = attribute(vm, "WarningMessage", false)? else {
        return Err(vm.runtime_error("unable to get warnings.WarningMessage"));
    };
    let readable = !warning.source_line.is_none() && read_line(vm, warning.file, warning.line).is_some();
    let args = [
        message,
        category.value(),
        warning.file,
        vm.int(warning.line),
        Value::NONE,
        // The loader's line counts where the file cannot be read.
        if readable { Value::NONE } else { warning.source_line },
        warning.source,
    ];
    let record = vm.call(class, &args)?;
    vm.call(show, &[record])?;
    Ok(())
}

fn show_plain(vm: &Vm, category: Ref<TypeObj>, text: Value, warning: &Warning) -> Result<(), Raised> {
    let mut out = Wtf8Buf::new();
    out.push_wtf8(vm.to_str(warning.file)?.text());
    out.push_str(&format!(":{}: {}: ", warning.line, category.name_str()));
    out.push_wtf8(vm.to_str(text)?.text());
    out.push_str("\n");
    let line = if warning.source_line.is_none() {
        read_line(vm, warning.file, warning.line)
    } else {
        vm.as_str(warning.source_line).map(|line| line.to_string_lossy())
    };
    if let Some(line) = line
        && !line.trim().is_empty()
    {
        out.push_str(&format!("  {}\n", line.trim()));
    }
    crate::sys_::write_stderr(vm, &out);
    Ok(())
}

/// A line of a file, if it can be read.
fn read_line(vm: &Vm, file: Value, line: i64) -> Option<String> {
    use std::os::unix::ffi::OsStrExt;
    let path = object::fs::encode(vm.as_str(file)?.text()).ok()?;
    let source = std::fs::read(std::ffi::OsStr::from_bytes(&path)).ok()?;
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    source.split(|byte| *byte == b'\n').nth(index).map(|line| String::from_utf8_lossy(line).into_owned())
}

/// The line of a module's source, as its loader gives it.
pub fn source_line(vm: &Vm, globals: Ref<Dict>, line: i64) -> Result<Value, Raised> {
    let Some(name) = globals.get_str(vm, vm.names.__name__) else { return Ok(Value::NONE) };
    let bless = vm.import_from("_frozen_importlib_external", "_bless_my_loader")?;
    let loader = vm.call(bless, &[globals.value()])?;
    if loader.is_none() {
        return Ok(Value::NONE);
    }
    let Some(get_source) = vm.getattr_opt(loader, vm.intern("get_source"))? else { return Ok(Value::NONE) };
    let source = match vm.call(get_source, &[name]) {
        Ok(source) => source,
        Err(raised) => {
            vm.catch(raised, TypeId::ImportError)?;
            return Ok(Value::NONE);
        }
    };
    let Some(source) = vm.as_str(source) else { return Ok(Value::NONE) };
    let text = source.to_string_lossy();
    let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    match index.and_then(|index| text.lines().nth(index)) {
        Some(line) => Ok(vm.str(line).value()),
        None => Ok(Value::NONE),
    }
}
