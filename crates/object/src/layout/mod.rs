//! Representations: what objects are in memory, and the operations that the interpreter inlines. What Python sees of
//! them, methods and slots, lives in the crate `builtins`.

pub mod bytes;
pub mod code;
mod concat;
pub mod dict;
pub mod exception;
pub mod function;
pub mod generator;
pub mod instance;
pub mod iterators;
pub mod list;
pub mod misc;
pub mod module;
pub mod native;
pub mod number;
pub mod set;
pub mod str;
pub mod tuple;
pub mod type_object;
