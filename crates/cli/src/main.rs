//! The `taipan` command: reads the command line and the environment as CPython does, and runs the machine.

// Rust's own start asks glibc where the stack ends, which reads a file, and has a handler say that the stack overflowed,
// where CPython's process dies of the signal.
#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

mod arguments;
mod environment;
mod help;
mod process;
mod settings;

use std::ffi::OsString;
use std::io::Write;

/// Why the command ends before it runs anything.
pub enum Exit {
    /// Something asked for is printed to standard output: help, the version.
    Shown(String),
    /// The command line is wrong.
    Usage(String),
    /// A setting is wrong: what it is about, where it was noticed.
    Fatal(String, &'static str),
}

impl Exit {
    /// Prints what there is to say and gives the exit status.
    fn report(self, program: &str) -> i32 {
        // Nobody may be listening: that is no reason to fail differently.
        match self {
            Exit::Shown(text) => {
                let mut out = std::io::stdout();
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                0
            }
            Exit::Usage(message) => {
                let _ = write!(std::io::stderr(), "{message}\n{}{}", help::usage_line(program), help::TRY_HELP);
                2
            }
            Exit::Fatal(message, state) => {
                let _ = write!(std::io::stderr(), "Fatal Python error: {message}\nPython runtime state: {state}\n\n");
                1
            }
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
// SAFETY: the C library calls it by this name, once.
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    std::process::exit(run())
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(test))))]
fn main() {
    std::process::exit(run())
}

/// Reads the command line, runs what it says, and gives the exit status. Arguments are known without Rust's start: glibc
/// passes them to what initialises the standard library, too.
fn run() -> i32 {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let program = arguments.first().map_or_else(|| "taipan".into(), |name| name.to_string_lossy().into_owned());
    match arguments::parse(&arguments, &program).and_then(|line| settings::resolve(line, arguments)) {
        Ok((mut config, run)) => {
            process::prepare(config.ignore_environment);
            config.stack_size = process::grow_stack();
            vm::main(config, run)
        }
        Err(exit) => exit.report(&program),
    }
}
