//! Code units: what the compiler makes of a module, function, class body or other scope.

use crate::{Instr, LineTable};

/// Flags of a code unit, with CPython's values (`inspect.CO_*`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodeFlags(pub u32);

impl CodeFlags {
    /// Locals live in registers.
    pub const OPTIMIZED: u32 = 0x1;
    /// A new locals mapping is made for each call.
    pub const NEWLOCALS: u32 = 0x2;
    /// Has `*args`.
    pub const VARARGS: u32 = 0x4;
    /// Has `**kwargs`.
    pub const VARKEYWORDS: u32 = 0x8;
    /// A nested function.
    pub const NESTED: u32 = 0x10;
    /// A generator.
    pub const GENERATOR: u32 = 0x20;
    /// A coroutine (`async def`).
    pub const COROUTINE: u32 = 0x80;
    /// A generator usable in await (`types.coroutine`).
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    /// An async generator.
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// The first constant is the docstring.
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    /// A function defined in a class body.
    pub const METHOD: u32 = 0x800_0000;

    /// Are all bits of `flags` set?
    pub fn has(self, flags: u32) -> bool {
        self.0 & flags == flags
    }
}

/// A constant of a code unit. Strings are generalised UTF-8 (surrogates as three bytes).
#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    /// None.
    None,
    /// True or False.
    Bool(bool),
    /// `...`
    Ellipsis,
    /// An int that fits.
    Int(i64),
    /// Any other int: sign and little-endian magnitude.
    BigInt {
        /// Below zero.
        negative: bool,
        /// Little-endian bytes of the absolute value.
        magnitude: Vec<u8>,
    },
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// A string.
    Str(Box<[u8]>),
    /// A bytes object.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Box<[Const]>),
    /// A frozenset (of a constant set display used in `in`).
    FrozenSet(Box<[Const]>),
    /// A slice of constants.
    Slice(Box<[Const; 3]>),
    /// A code unit.
    Code(Box<CodeUnit>),
}

/// What kind of variable a register below `nlocals` holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LocalKind {
    /// A plain local.
    Local,
    /// A local that inner scopes use: the register holds a cell once `MakeCell` ran.
    Cell,
    /// A variable of an outer scope: the register holds its cell.
    Free,
    /// A variable of an inlined comprehension, not shown as a local of the scope.
    Hidden,
}

/// A range of instructions whose exceptions go to a handler. Ranges lie in the order in which they are looked at: the
/// first that contains the instruction wins, so inner ranges precede outer ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExceptionEntry {
    /// First instruction.
    pub start: u32,
    /// Instruction behind the last.
    pub end: u32,
    /// Where to continue.
    pub target: u32,
    /// The register that receives the exception.
    pub reg: u16,
}

/// What the compiler makes of a scope. The virtual machine turns it into a code object.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CodeUnit {
    /// Name of the function or class, `<module>`, `<lambda>` ...
    pub name: Box<str>,
    /// Dotted name.
    pub qualname: Box<str>,
    /// File name as given to the compiler.
    pub filename: Box<str>,
    /// First line (that of the first decorator).
    pub first_line: u32,
    /// Flags.
    pub flags: CodeFlags,
    /// Number of positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Number of positional-only parameters.
    pub posonlyargcount: u32,
    /// Number of keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Names of the registers from 0 on that hold variables: parameters first (positional, keyword-only, `*args`,
    /// `**kwargs`), other locals and cells, free variables last.
    pub locals: Vec<Box<str>>,
    /// Their kinds.
    pub local_kinds: Vec<LocalKind>,
    /// Number of registers, variables included.
    pub registers: u16,
    /// Number of inline cache sites.
    pub cache_sites: u32,
    /// Constants.
    pub consts: Vec<Const>,
    /// Names of globals, attributes and imports.
    pub names: Vec<Box<str>>,
    /// Instructions.
    pub code: Vec<Instr>,
    /// Exception table.
    pub exceptions: Vec<ExceptionEntry>,
    /// Positions of the instructions.
    pub lines: LineTable,
}
