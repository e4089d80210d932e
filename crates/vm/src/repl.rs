//! A plain read-eval-print loop.

use crate::{compile, finish, run, start};
use object::{Raised, TypeId, Value, ValueExt, Vm};
use std::io::{BufRead, Write};

/// Lets tracebacks show the lines of what was typed.
fn remember_lines(vm: &Vm, code: Value, text: &str) -> Result<(), Raised> {
    let linecache = start::import(vm, "linecache")?;
    vm.call_method_str(linecache, "_register_code", &[code, vm.str(text).value(), vm.str("<stdin>").value()])?;
    Ok(())
}

/// Reads statements from standard input until its end, and gives the exit status. Where nothing has run before, it says
/// first what it is.
pub fn run(vm: &Vm, is_first: bool) -> i32 {
    let prompt = |name: &str, default: &str| {
        let value = vm.sys_attr(name);
        value.and_then(|value| vm.to_str(value).ok()).map_or_else(|| default.to_string(), |text| text.to_string_lossy())
    };
    if is_first && !vm.config.quiet {
        let version = vm.sys_attr("version").and_then(|version| vm.as_str(version));
        complain!("Python {} on linux", version.map_or_else(String::new, |text| text.to_string_lossy()));
        complain!("Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.");
    }
    vm.sys_dict().insert_str(vm, vm.intern("ps1"), vm.str(">>> ").value());
    vm.sys_dict().insert_str(vm, vm.intern("ps2"), vm.str("... ").value());
    let mut lines = String::new();
    // The future statements of one input are in force for the next.
    let mut future = 0;
    let mut count = 0u64;
    let stdin = std::io::stdin();
    loop {
        let text = if lines.is_empty() { prompt("ps1", ">>> ") } else { prompt("ps2", "... ") };
        // What is typed goes to the terminal, whatever becomes of the output.
        let _ = write!(std::io::stderr(), "{text}");
        let mut line = String::new();
        let at_end = match stdin.lock().read_line(&mut line) {
            Ok(0) if lines.is_empty() => {
                complain!("");
                return 0;
            }
            Ok(length) => length == 0,
            Err(_) => return 0,
        };
        lines.push_str(&line);
        if lines.trim().is_empty() {
            lines.clear();
            continue;
        }
        let options = syntax::ParseOptions { future_flags: future, ..syntax::ParseOptions::default() };
        if !at_end && syntax::wants_more(&lines, &options) {
            continue;
        }
        let named = || {
            count += 1;
            vm.str(&format!("<stdin-{}>", count - 1)).value()
        };
        let result = match compile::compile_typed(vm, &lines, vm.str("<stdin>").value(), named, future) {
            Ok(code) => match (code.cast::<object::Code>(), run::main_dict(vm)) {
                (Some(code), Ok(dict)) => {
                    future |= code.flags().0 & compile::flags::FUTURE;
                    if let Err(raised) = remember_lines(vm, code.value(), &lines) {
                        vm.take_exception(raised);
                    }
                    (vm.hooks.get().run_code)(vm, code, dict, Value::UNBOUND, Value::UNBOUND)
                }
                (_, Err(raised)) => Err(raised),
                (None, _) => Ok(Value::NONE),
            },
            Err(raised) => Err(raised),
        };
        lines.clear();
        if let Err(raised) = result {
            let is_exit = vm.is_exception(vm.pending_exception(raised), TypeId::SystemExit);
            let status = finish::report(vm, raised);
            if is_exit {
                return status;
            }
        }
    }
}
