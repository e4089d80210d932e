//! Bytecode: the instruction table, code units, their encoding in `.pyc` files, the verifier and the
//! disassembler. Everything that is known about an instruction is a row of [`for_each_op!`].

#![deny(unsafe_code)]

mod code;
mod disassemble;
mod encode;
mod events;
mod flow;
mod held;
mod kinds;
mod op;
mod packed;
mod position;
mod verify;

pub use code::{CodeFlags, CodeUnit, Const, ExceptionEntry, LocalKind};
pub use disassemble::disassemble;
pub use encode::{DecodeError, FORMAT_VERSION, decode, encode};
pub use events::{EventSites, Site, site};
pub use flow::{Liveness, RegisterSet, Successors, can_raise, for_each_read, for_each_write, slots, successors};
pub use held::{Held, HeldTemporaries};
pub use op::{
    BinaryOperator, CompareOperator, Instr, Intrinsic1, Intrinsic2, NO_REGISTER, Op, OpInfo, Operand, Range,
    SpecialMethod, UnaryOperator, call_flags, common_const, conversion, function_attr, jump_back, raise, reraise,
    yield_flags,
};
pub use packed::{LazyUnit, NestedUnit, PackedUnit, decode_packed};
pub use position::{LineTable, Position};
pub use verify::{VerifyError, verify};
