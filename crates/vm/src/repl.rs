//! A plain read-eval-print loop.

use crate::{compile, finish, run};
use object::{TypeId, Value, ValueExt, Vm};
use std::io::{BufRead, Write};

/// Reads statements from standard input until its end, and gives the exit status.
pub fn run(vm: &Vm) -> i32 {
    let prompt = |name: &str, default: &str| {
        let value = vm.sys_attr(name);
        value.and_then(|value| vm.to_str(value).ok()).map_or_else(|| default.to_string(), |text| text.to_string_lossy())
    };
    // SAFETY: asks the system about a descriptor.
    let is_tty = unsafe { libc::isatty(0) } == 1;
    if is_tty && !vm.config.quiet {
        let version = vm.sys_attr("version").and_then(|version| vm.as_str(version));
        complain!("Python {} on linux", version.map_or_else(String::new, |text| text.to_string_lossy()));
    }
    vm.sys_dict().insert_str(vm, vm.intern("ps1"), vm.str(">>> ").value());
    vm.sys_dict().insert_str(vm, vm.intern("ps2"), vm.str("... ").value());
    let mut lines = String::new();
    // The future statements of one input are in force for the next.
    let mut future = 0;
    let stdin = std::io::stdin();
    loop {
        let text = if lines.is_empty() { prompt("ps1", ">>> ") } else { prompt("ps2", "... ") };
        // What is typed goes to the terminal, whatever becomes of the output.
        eprint!("{text}");
        let _ = std::io::stderr().flush();
        let mut line = String::new();
        let at_end = match stdin.lock().read_line(&mut line) {
            Ok(0) if lines.is_empty() => {
                complain!("");
                return 0;
            }
            Ok(count) => count == 0,
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
        let flags = compile::flags::SOURCE_IS_UTF8 | compile::flags::DONT_IMPLY_DEDENT | future;
        let filename = vm.str("<stdin>").value();
        let result = match compile::compile_source(vm, lines.as_bytes(), filename, "single", flags, -1) {
            Ok(code) => match (code.cast::<object::Code>(), run::main_dict(vm)) {
                (Some(code), Ok(dict)) => {
                    future |= code.flags().0 & compile::flags::FUTURE;
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
