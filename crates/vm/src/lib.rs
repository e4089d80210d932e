//! The virtual machine put together: start-up, compilation, import of the packed library, running programs, shutdown.

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
