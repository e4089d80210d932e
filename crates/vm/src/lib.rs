//! The virtual machine put together: start-up, compilation, import of the packed library, running programs, shutdown.

/// Writes a line to standard error; where that is closed or broken, there is nobody to tell.
macro_rules! complain {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod compile;
mod finish;
mod frozen;
mod paths;
mod repl;
mod resources;
mod run;
mod start;

pub use object::{Config, R, Raised, Value, Vm};
pub use run::{Run, main};
pub use start::new_interpreter;
