//! Lowering: from the tree to instructions.
//!
//! Registers: variables first, temporaries above them as a stack. An expression is evaluated *into* a register
//! ([`Compiler::expr_to`]) or to whichever register holds its value ([`Compiler::expr`]: a local is read in place).
//! Two rules keep that right:
//!
//! * If the destination is a variable, only the last instruction of the evaluation writes it: an exception in between
//!   must not change it, nor may a later operand see the change.
//! * An operand that stays in a local's register while something else is evaluated is copied if that rebinds the local
//!   ([`Compiler::held`]).

mod annotation;
mod assign;
mod call;
mod class;
mod comprehension;
mod condition;
mod display;
mod exception;
mod expr;
mod function;
mod import;
mod loops;
mod name;
mod operator;
mod pattern;
mod stmt;
mod string;
mod typeparam;
mod warn;
mod with;

use bytecode::{CodeUnit, Const, Instr, Op, Position};
use syntax::ast::{Mod, Stmt};
use syntax::{Ranged, SyntaxError, SyntaxErrorKind, TextRange};

use crate::constant;
use crate::names::{FastMap, NameId, Names, known};
use crate::source::{Res, Source};
use crate::symtable::{Reference, ScopeId, SymbolTable};
use crate::unit::{Unit, UnitKind};
use crate::{CompileOptions, Mode, Warning, future};

/// Blocks may not nest deeper in one unit.
const MAX_BLOCKS: usize = 21;
/// Units may not nest deeper. What is encoded and verified is bounded likewise.
const MAX_UNITS: usize = 400;

/// See the module's text.
pub struct Compiler<'a> {
    source: &'a Source<'a>,
    table: &'a SymbolTable,
    names: Names,
    options: &'a CompileOptions,
    future_flags: u32,
    /// Where future statements end.
    future_end: u32,
    /// Inlined comprehensions by the scope that they stand in.
    inlined: FastMap<ScopeId, Vec<ScopeId>>,
    unit: Box<Unit<'a>>,
    outer: Vec<Box<Unit<'a>>>,
    warnings: Vec<Warning>,
    /// The range of a generator expression that is the only argument of a call: CPython counts the call's parentheses.
    only_argument: Option<TextRange>,
    /// Above 0: the code is a copy of code that was compiled before, whose warnings were given then.
    silent: u32,
}

/// What is fixed before lowering begins.
pub struct Inputs<'a> {
    pub source: &'a Source<'a>,
    pub table: &'a SymbolTable,
    pub names: Names,
    pub options: &'a CompileOptions,
    pub future_flags: u32,
    pub future_end: u32,
    pub warnings: Vec<Warning>,
}

/// Compiles a module.
pub fn module<'a>(module: &'a Mod, inputs: Inputs<'a>) -> Res<(CodeUnit, Vec<Warning>)> {
    let Inputs { source, table, names, options, future_flags, future_end, warnings } = inputs;
    let mut inlined: FastMap<ScopeId, Vec<ScopeId>> = FastMap::default();
    for (index, scope) in table.scopes.iter().enumerate() {
        if let Some(parent) = scope.parent.filter(|_| scope.inlined) {
            inlined.entry(parent).or_default().push(ScopeId(index as u32));
        }
    }
    let mut unit = Unit::new(table, &names, &inlined, SymbolTable::MODULE, UnitKind::Module, 1);
    unit.name = "<module>".into();
    unit.qualname = "<module>".into();
    let mut compiler = Compiler {
        source,
        table,
        names,
        options,
        future_flags,
        future_end,
        inlined,
        unit: Box::new(unit),
        outer: Vec::new(),
        warnings,
        only_argument: None,
        silent: 0,
    };
    compiler.unit.prologue(table.scope(SymbolTable::MODULE), Position::NONE);
    match module {
        Mod::Module(node) => compiler.module_body(&node.body)?,
        Mod::Expression(node) => {
            let value = compiler.expr(&node.body)?;
            let pos = compiler.source.pos(&*node.body);
            compiler.emit(pos, Op::Return, value, 0, 0);
        }
    }
    let unit = compiler_unit(&mut compiler);
    let unit = compiler.finish_unit(*unit)?;
    Ok((unit, compiler.warnings))
}

/// Takes the last unit out of the compiler.
fn compiler_unit<'a>(compiler: &mut Compiler<'a>) -> Box<Unit<'a>> {
    let empty =
        Unit::new(compiler.table, &compiler.names, &FastMap::default(), SymbolTable::MODULE, UnitKind::Module, 1);
    std::mem::replace(&mut compiler.unit, Box::new(empty))
}

impl<'a> Compiler<'a> {
    fn module_body(&mut self, body: &'a [Stmt]) -> Res {
        self.body_with_annotations(body)?;
        self.return_none();
        Ok(())
    }

    /// The body of a module or class: docstring, statements, annotations.
    fn body_with_annotations(&mut self, body: &'a [Stmt]) -> Res {
        let strings = self.future_flags & future::ANNOTATIONS != 0;
        let scope = self.table.scope(self.unit.scope);
        let first = body.first().map_or(Position::NONE, |stmt| self.source.pos(stmt));
        if strings && scope.annotations_used {
            self.emit(first, Op::SetupAnnotations, 0, 0, 0);
        }
        let is_module = self.unit.kind == UnitKind::Module;
        if !strings {
            self.collect_annotations(body);
            // A module's annotations can be asked for while it runs.
            if is_module {
                self.annotate_function(known::ANNOTATE, first.line)?;
            }
            if scope.has_conditional_annotations {
                self.make_conditional_annotations(first);
            }
        }
        let mut rest = body;
        if (self.options.mode != Mode::Single || !is_module)
            && let Some(doc) = self.docstring(body)
        {
            rest = &body[1..];
            if self.options.optimize < 2 {
                let mark = self.unit.mark();
                let reg = self.unit.temp();
                self.load_const(first, reg, doc);
                self.store(first, known::DOC, reg);
                self.unit.release(mark);
            }
        }
        for stmt in rest {
            self.stmt(stmt)?;
        }
        if !is_module && !strings {
            self.annotate_function(known::ANNOTATE_FUNC, self.unit.first_line)?;
        }
        Ok(())
    }

    /// The end of a body without return.
    fn return_none(&mut self) {
        let mark = self.unit.mark();
        let reg = self.unit.temp();
        self.load_const(Position::NONE, reg, Const::None);
        self.emit(Position::NONE, Op::Return, reg, 0, 0);
        self.unit.release(mark);
    }

    // Units.

    /// Starts a unit; [`Compiler::leave`] ends it.
    fn enter(&mut self, scope: ScopeId, kind: UnitKind, name: &str, first_line: u32) {
        let mut unit = Box::new(Unit::new(self.table, &self.names, &self.inlined, scope, kind, first_line));
        unit.name = name.into();
        unit.qualname = self.qualname(scope, kind, name);
        unit.private = match kind {
            UnitKind::Class => Some(self.names.intern(name)),
            _ => self.table.scope(scope).private,
        };
        self.outer.push(std::mem::replace(&mut self.unit, unit));
        let pos = Position { line: first_line, end_line: first_line, col: 0, end_col: 0 };
        self.unit.prologue(self.table.scope(scope), pos);
    }

    /// Ends the unit.
    fn leave(&mut self) -> Res<CodeUnit> {
        let outer = match self.outer.pop() {
            Some(outer) => outer,
            None => compiler_unit(self),
        };
        let unit = std::mem::replace(&mut self.unit, outer);
        self.finish_unit(*unit)
    }

    fn finish_unit(&mut self, unit: Unit<'a>) -> Res<CodeUnit> {
        let too_deep = self.outer.len() > MAX_UNITS;
        if too_deep || unit.has_too_many_registers() {
            let (kind, msg) = match too_deep {
                true => (SyntaxErrorKind::Recursion, "maximum recursion depth exceeded during compilation"),
                false => (SyntaxErrorKind::Memory, "too many variables or nested values in one function"),
            };
            return Err(Box::new(SyntaxError {
                kind,
                msg: msg.to_owned(),
                lineno: 0,
                offset: 0,
                end_lineno: 0,
                end_offset: 0,
                text: None,
                last_statement: (0, 0),
            }));
        }
        Ok(unit.finish(&self.names, self.table, &self.options.filename, self.future_flags & future::MASK))
    }

    fn qualname(&self, scope: ScopeId, kind: UnitKind, name: &str) -> String {
        let mut parent = &*self.unit;
        let mut above = self.outer.len();
        if parent.kind == UnitKind::TypeParameters {
            // Type parameters do not show.
            match self.outer.last() {
                Some(outer) if self.outer.len() > 1 => {
                    above -= 1;
                    parent = outer;
                }
                _ => return name.to_owned(),
            }
        }
        if above == 0 {
            return name.to_owned();
        }
        if matches!(kind, UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Class) {
            let mangled = self.names.find_mangled(parent.private, name);
            let global =
                mangled.is_some_and(|name| self.table.scope(parent.scope).reference(name) == Reference::GlobalExplicit);
            if global && self.table.scope(scope).parent.is_some() {
                return name.to_owned();
            }
        }
        match parent.kind {
            UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Lambda => {
                format!("{}.<locals>.{name}", parent.qualname)
            }
            _ => format!("{}.{name}", parent.qualname),
        }
    }

    // Emission.

    fn emit(&mut self, pos: Position, op: Op, a: u16, b: u16, c: u16) {
        self.unit.asm.emit(pos, Instr::abc(op, 0, a, b, c));
    }

    fn emit_flags(&mut self, pos: Position, op: Op, flags: u8, a: u16, b: u16, c: u16) {
        self.unit.asm.emit(pos, Instr::abc(op, flags, a, b, c));
    }

    /// An instruction with a name operand.
    fn emit_name(&mut self, pos: Position, op: Op, a: u16, name: NameId) {
        let index = self.unit.name_index(name);
        self.unit.asm.emit(pos, Instr::wide(op, 0, a, index));
    }

    /// An instruction whose cache word holds a name.
    fn emit_cached(&mut self, pos: Position, op: Op, flags: u8, [a, b, c]: [u16; 3], name: NameId) {
        let index = self.unit.name_index(name);
        self.unit.asm.emit_cached(pos, Instr::abc(op, flags, a, b, c), index);
    }

    fn move_to(&mut self, pos: Position, to: u16, from: u16) {
        if to != from {
            self.emit(pos, Op::Move, to, from, 0);
        }
    }

    fn load_const(&mut self, pos: Position, to: u16, value: Const) {
        if let Const::Int(value) = value
            && let Ok(small) = i32::try_from(value)
        {
            self.unit.asm.emit(pos, Instr::wide(Op::LoadInt, 0, to, small as u32));
            return;
        }
        let index = self.unit.const_index(value);
        self.unit.asm.emit(pos, Instr::wide(Op::LoadConst, 0, to, index));
    }

    fn load_text(&mut self, pos: Position, to: u16, text: &str) {
        self.load_const(pos, to, constant::string(text));
    }

    fn error<T>(&self, at: TextRange, msg: impl Into<String>) -> Res<T> {
        Err(self.source.error(at, msg))
    }

    fn pos(&self, node: &impl Ranged) -> Position {
        self.source.pos(node)
    }

    /// The register for the first of a run of temporaries: the destination, if nothing is above it.
    fn run(&mut self, dst: u16) -> Run {
        let top = self.unit.is_top(dst);
        Run { base: if top { dst } else { self.unit.mark().min(0xFFFE) as u16 }, count: 0, top }
    }

    /// The next register of a run.
    fn slot(&mut self, run: &mut Run) -> u16 {
        run.count += 1;
        if run.count == 1 && run.top { run.base } else { self.unit.temp() }
    }
}

/// Consecutive temporaries.
struct Run {
    base: u16,
    count: u32,
    /// Is the first one the destination?
    top: bool,
}
