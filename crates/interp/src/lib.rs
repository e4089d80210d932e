//! The bytecode interpreter: dispatch, inline caches, calls, generators, unwinding.

mod abandon;
mod arguments;
mod attributes;
mod calls;
mod dispatch;
mod frames;
mod generators;
mod instrument;
mod iteration;
mod matching;
mod names;
mod operators;
mod quick;
mod safepoint;
mod special;
mod superclass;
mod unwind;

pub use dispatch::run_code;
pub use frames::call_function;
pub use generators::{resume, visit};
pub use quick::generic_op;
pub use safepoint::handle_breaker;
