//! Functions, methods, cells, code objects, frames and tracebacks.

mod bound;
mod cell;
mod code;
mod code_new;
mod frame;
mod frame_jump;
mod frame_locals;
mod functions;
mod traceback;

pub use frame::frame_back;
pub use frame_locals::{FrameLocals, frame_locals, has_hidden};
pub use functions::function_annotations;

use ::object::TypeDef;

/// The classes of this folder.
pub static TYPES: &[&TypeDef] =
    &[&functions::TYPE, &bound::TYPE, &cell::TYPE, &code::TYPE, &frame::TYPE, &frame_locals::TYPE, &traceback::TYPE];
