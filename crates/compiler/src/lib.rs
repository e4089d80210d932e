//! From syntax trees to code units: symbol tables, lowering to register code, control flow clean-up, line tables.
//!
//! | module | subject |
//! | --- | --- |
//! | [`symtable`] | which names occur in which scope, and what they refer to |
//! | `codegen` | lowering of statements and expressions |
//! | `unit` | a code unit in the making |
//! | `assemble` | labels, reachability, needless checks and jumps, layout |
//! | `fold`, `constant` | constants |
//!
//! # What the code expects of the machine
//!
//! Beyond the rules of [`bytecode::Op`]'s table:
//!
//! * **Classes.** `__build_class__` gets the function of the body, the name, bases and keywords. The body runs in its
//!   namespace, stores `__module__`, `__qualname__`, `__firstlineno__`, `__static_attributes__` and, where needed,
//!   `__type_params__`, `__classdictcell__`, `__classcell__`, and returns the `__class__` cell or None.
//! * **Annotations.** A module stores `__annotate__` before its first statement, a class `__annotate_func__` after its
//!   last. What may not be executed (all of a module, and in a class what stands inside a compound statement) adds its
//!   number to the set `__conditional_annotations__`, a global or a cell of the class. With the future statement
//!   annotations are strings, stored in `__annotations__` at once.
//! * **Evaluators** (of annotations, alias values, bounds and defaults of type parameters) are functions of one
//!   positional-only parameter, `.format`, which raise NotImplementedError beyond format 2. That of all but
//!   `__annotate__`, which shows as `format`, has the default 1.
//! * **Comprehensions** are compiled into the code around them as CPython does (PEP 709). Their variables are registers
//!   of kind Hidden, or Cell, which are unbound outside; a name can occur twice among the locals. `locals()` shows them
//!   while they are bound. Generator expressions are functions of one parameter `.0`, an iterator.
//! * **Constants.** The first constant of a function with the flag HAS_DOCSTRING is the docstring.

#![forbid(unsafe_code)]

mod assemble;
mod codegen;
mod constant;
mod fold;
pub mod future;
pub mod names;
mod source;
pub mod symtable;
mod unit;

use bytecode::CodeUnit;
pub use syntax::SyntaxWarning as Warning;
use syntax::{Parsed, SyntaxError};

use names::Names;
pub use source::Literals;
use source::Source;
use symtable::SymbolTable;

/// Recursion over the tree continues on new stack when less than this is left.
const RED_ZONE: usize = 128 * 1024;
/// How much stack is added then.
const STACK_STEP: usize = 2 * 1024 * 1024;

/// What is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// A module.
    #[default]
    Exec,
    /// One expression, whose value the code returns.
    Eval,
    /// An interactive statement: values of expression statements are displayed.
    Single,
}

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// Becomes `co_filename`.
    pub filename: String,
    /// What is compiled.
    pub mode: Mode,
    /// 0, 1 (`-O`: no asserts, `__debug__` is False) or 2 (`-OO`: no docstrings either).
    pub optimize: u8,
    /// `CO_FUTURE_*` bits in force from outside.
    pub future_flags: u32,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`: await makes a module a coroutine.
    pub top_level_await: bool,
}

/// Compiles a parsed source text. Warnings come in the order in which they are to be issued; those of the parser are
/// not among them.
///
/// # Errors
///
/// What CPython's symbol table pass and compiler reject. As there, columns count bytes and the text of the line is left
/// out: whoever can read the file adds it.
pub fn compile(parsed: &Parsed, options: &CompileOptions) -> Result<(CodeUnit, Vec<Warning>), SyntaxError> {
    compile_tree(parsed, &Literals::default(), options)
}

/// As [`compile`], for a tree whose nodes may stand for other values than they can hold.
///
/// # Errors
///
/// Those of [`compile`].
pub fn compile_tree(
    parsed: &Parsed,
    literals: &Literals,
    options: &CompileOptions,
) -> Result<(CodeUnit, Vec<Warning>), SyntaxError> {
    let source = Source::new(&parsed.source, &parsed.line_index, literals);
    syntax::with_room(parsed.depth, || compile_inner(parsed, &source, options)).map_err(|error| *error)
}

fn compile_inner(parsed: &Parsed, source: &Source, options: &CompileOptions) -> source::Res<(CodeUnit, Vec<Warning>)> {
    let (own_flags, future_end) = future::scan(&parsed.module, source)?;
    let future_flags = own_flags | options.future_flags & future::MASK;
    let mut names = Names::new();
    let (table, warnings) = SymbolTable::build(&parsed.module, source, &mut names, options, future_flags)?;
    let inputs = codegen::Inputs { source, table: &table, names, options, future_flags, future_end, warnings };
    codegen::module(&parsed.module, inputs)
}

/// Builds the symbol table alone, for the `symtable` module.
///
/// # Errors
///
/// What CPython's symbol table pass rejects.
pub fn symbol_table(parsed: &Parsed, options: &CompileOptions) -> Result<(SymbolTable, Names), SyntaxError> {
    let literals = Literals::default();
    let source = Source::new(&parsed.source, &parsed.line_index, &literals);
    let build = || {
        let (own_flags, _) = future::scan(&parsed.module, &source)?;
        let mut names = Names::new();
        let flags = own_flags | options.future_flags & future::MASK;
        let (table, _) = SymbolTable::build(&parsed.module, &source, &mut names, options, flags)?;
        Ok((table, names))
    };
    syntax::with_room(parsed.depth, build).map_err(|error: Box<SyntaxError>| *error)
}
