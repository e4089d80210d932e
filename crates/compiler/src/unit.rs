//! A code unit in the making: its variables, temporaries, constants, names and open blocks.

use bytecode::{CodeFlags, CodeUnit, Const, Instr, LocalKind, Op, Position};
use syntax::ast::{Stmt, StmtAnnAssign};

use crate::assemble::{Assembler, HandlerId, Label, Registers};
use crate::constant::ConstPool;
use crate::names::{FastMap, NameId, Names, known};
use crate::symtable::{Comprehension, Reference, Scope, ScopeId, ScopeKind, SymbolTable, flag};

/// The most registers that a code unit can have: the number above stands for "none".
const MAX_REGISTERS: u32 = 0xFFFF;

/// What a unit is compiled from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitKind {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    /// Annotations, type parameters, bounds, alias values.
    Annotations,
    TypeParameters,
}

/// Where a variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Var {
    pub reg: u16,
    /// The register holds a cell.
    pub cell: bool,
}

/// A construct that has to be wound up when a jump leaves it.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    Loop {
        head: Label,
        end: Label,
        /// What shows in front of each round: the line of a test that is not made.
        back: Position,
        /// The iteration of a `for` loop, which breaking out of it ends.
        state: Option<u16>,
    },
    /// Only its handler counts.
    Try,
    /// The body of a `try` with `finally`.
    Finally {
        body: &'a [Stmt],
    },
    /// The copy of a `finally` body that runs while an exception waits.
    FinallyEnd {
        save: u16,
    },
    With {
        exit: u16,
        is_async: bool,
        pos: Position,
    },
    /// The body of an `except` clause.
    Handler {
        save: u16,
        name: Option<NameId>,
    },
    /// The body of an `except*` clause, which no jump may leave.
    GroupHandler,
}

/// A block and what is around it.
#[derive(Clone, Copy)]
pub struct OpenBlock<'a> {
    pub block: Block<'a>,
    /// The handler in force outside.
    pub outer: HandlerId,
}

/// An inlined comprehension that is being compiled.
pub struct Inline {
    pub scope: ScopeId,
    pub vars: FastMap<NameId, Var>,
}

/// See the module's text.
pub struct Unit<'a> {
    pub scope: ScopeId,
    pub kind: UnitKind,
    pub private: Option<NameId>,
    pub name: Box<str>,
    pub qualname: String,
    pub first_line: u32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub flags: u32,
    pub asm: Assembler,
    pub consts: ConstPool,
    names: Vec<NameId>,
    name_numbers: FastMap<NameId, u32>,
    pub vars: FastMap<NameId, Var>,
    /// Cells that a class makes for the functions in it. Its own code may know other variables by the same names.
    class_cells: FastMap<NameId, Var>,
    locals: Vec<NameId>,
    kinds: Vec<LocalKind>,
    parameters: u16,
    /// Names of the free variables, in the order of the closure.
    pub free: Vec<NameId>,
    /// Variables of the comprehensions that are inlined here.
    hidden: FastMap<ScopeId, FastMap<NameId, Var>>,
    /// Inlined comprehensions around the current place, the innermost last.
    pub inline: Vec<Inline>,
    next_temp: u32,
    max_temp: u32,
    pub blocks: Vec<OpenBlock<'a>>,
    /// Attributes that methods assign to `self`: of a class.
    pub static_attributes: Vec<NameId>,
    /// Annotated names with the index in `__conditional_annotations__`: of a module or class.
    pub annotations: Vec<(&'a StmtAnnAssign, Option<u32>)>,
    /// The same indices by the address of the statement.
    pub annotation_numbers: FastMap<usize, u32>,
}

impl<'a> Unit<'a> {
    /// A unit for a scope, its variables in their registers.
    pub fn new(
        table: &SymbolTable,
        names: &Names,
        inlined: &FastMap<ScopeId, Vec<ScopeId>>,
        scope: ScopeId,
        kind: UnitKind,
        first_line: u32,
    ) -> Unit<'a> {
        let mut unit = Unit {
            scope,
            kind,
            private: None,
            name: "".into(),
            qualname: String::new(),
            first_line,
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            flags: 0,
            asm: Assembler::new(),
            consts: ConstPool::default(),
            names: Vec::new(),
            name_numbers: FastMap::default(),
            vars: FastMap::default(),
            class_cells: FastMap::default(),
            locals: Vec::new(),
            kinds: Vec::new(),
            parameters: 0,
            free: Vec::new(),
            hidden: FastMap::default(),
            inline: Vec::new(),
            next_temp: 0,
            max_temp: 0,
            blocks: Vec::new(),
            static_attributes: Vec::new(),
            annotations: Vec::new(),
            annotation_numbers: FastMap::default(),
        };
        unit.allocate_variables(table, names, inlined);
        unit.next_temp = unit.locals.len() as u32;
        unit.max_temp = unit.next_temp;
        unit
    }

    fn variable(&mut self, name: NameId, kind: LocalKind) -> Var {
        let var = Var {
            reg: self.locals.len().min(0xFFFE) as u16,
            cell: kind != LocalKind::Local && kind != LocalKind::Hidden,
        };
        self.locals.push(name);
        self.kinds.push(kind);
        var
    }

    fn allocate_variables(&mut self, table: &SymbolTable, names: &Names, inlined: &FastMap<ScopeId, Vec<ScopeId>>) {
        let scope = table.scope(self.scope);
        let mut cells = Vec::new();
        if scope.is_function_like() {
            for name in &scope.parameters {
                let cell = scope.reference(*name) == Reference::Cell;
                let var = self.variable(*name, if cell { LocalKind::Cell } else { LocalKind::Local });
                self.vars.insert(*name, var);
            }
            self.parameters = self.locals.len().min(0xFFFF) as u16;
            for symbol in scope.symbols.iter().filter(|symbol| !symbol.from_comprehension) {
                match symbol.reference {
                    Reference::Local if symbol.flags & flag::PARAM == 0 => {
                        let var = self.variable(symbol.name, LocalKind::Local);
                        self.vars.insert(symbol.name, var);
                    }
                    Reference::Cell if symbol.flags & flag::PARAM == 0 => cells.push(symbol.name),
                    _ => {}
                }
            }
            cells.sort_by(|a, b| names.text(*a).cmp(names.text(*b)));
        } else if scope.kind == ScopeKind::Class {
            use known::{CLASS, CLASSDICT, CONDITIONAL_ANNOTATIONS};
            cells.extend(scope.needs_class_closure.then_some(CLASS));
            cells.extend(scope.needs_classdict.then_some(CLASSDICT));
            cells.extend(scope.has_conditional_annotations.then_some(CONDITIONAL_ANNOTATIONS));
        }
        for name in cells {
            let var = self.variable(name, LocalKind::Cell);
            let map = if scope.is_function_like() { &mut self.vars } else { &mut self.class_cells };
            map.insert(name, var);
        }
        let mut shared = FastMap::default();
        self.allocate_hidden(table, inlined, self.scope, 0, &mut shared);
        // Kinds of comprehension variables are known only now; free variables come last.
        let mut free: Vec<NameId> =
            scope.symbols.iter().filter(|symbol| scope.passes_through(symbol.name)).map(|symbol| symbol.name).collect();
        free.sort_by(|a, b| names.text(*a).cmp(names.text(*b)));
        free.retain(|name| !self.vars.contains_key(name));
        for name in free {
            let var = self.variable(name, LocalKind::Free);
            self.vars.insert(name, var);
            self.free.push(name);
        }
    }

    /// Registers for the variables of inlined comprehensions. Those of equal name and nesting share one: they are
    /// never in use at the same time.
    fn allocate_hidden(
        &mut self,
        table: &SymbolTable,
        inlined: &FastMap<ScopeId, Vec<ScopeId>>,
        parent: ScopeId,
        depth: u32,
        shared: &mut FastMap<(NameId, u32, bool), Var>,
    ) {
        for id in inlined.get(&parent).into_iter().flatten() {
            let mut vars = FastMap::default();
            for symbol in &table.scope(*id).symbols {
                let cell = symbol.reference == Reference::Cell;
                let own = cell || symbol.reference == Reference::Local;
                if own && symbol.flags & flag::PARAM == 0 && !symbol.from_comprehension {
                    let var = match shared.get(&(symbol.name, depth, cell)) {
                        Some(var) => *var,
                        None => {
                            let var =
                                self.variable(symbol.name, if cell { LocalKind::Cell } else { LocalKind::Hidden });
                            shared.insert((symbol.name, depth, cell), var);
                            var
                        }
                    };
                    vars.insert(symbol.name, var);
                }
            }
            self.hidden.insert(*id, vars);
            self.allocate_hidden(table, inlined, *id, depth + 1, shared);
        }
    }

    /// The variables of a comprehension that is inlined here.
    pub fn hidden_vars(&self, scope: ScopeId) -> FastMap<NameId, Var> {
        self.hidden.get(&scope).cloned().unwrap_or_default()
    }

    /// The variable whose cell an inner function gets under a name.
    pub fn cell_var(&self, name: NameId) -> Option<Var> {
        let inner = self.inline.iter().rev().find_map(|inline| inline.vars.get(&name).filter(|var| var.cell));
        inner.or_else(|| self.class_cells.get(&name)).or_else(|| self.vars.get(&name).filter(|var| var.cell)).copied()
    }

    /// Emits what every call of the code begins with.
    pub fn prologue(&mut self, scope: &Scope, pos: Position) {
        if let Some(first) = self.free.first().and_then(|name| self.vars.get(name)) {
            let count = self.free.len().min(0xFFFF) as u16;
            self.asm.emit(Position::NONE, Instr::abc(Op::CopyFreeVars, 0, first.reg, count, 0));
        }
        for reg in 0..self.locals.len() {
            let name = self.locals[reg];
            let own = |vars: &FastMap<NameId, Var>| vars.get(&name).is_some_and(|var| var.reg as usize == reg);
            if self.kinds[reg] == LocalKind::Cell && (own(&self.vars) || own(&self.class_cells)) {
                self.asm.emit(Position::NONE, Instr::abc(Op::MakeCell, 0, reg as u16, 0, 0));
            }
        }
        let generates = scope.generator && scope.kind == ScopeKind::Function;
        if generates || scope.coroutine && self.kind != UnitKind::Class {
            self.asm.emit(pos, Instr::abc(Op::ReturnGenerator, 0, 0, 0, 0));
        }
    }

    /// A new temporary, above all that are in use.
    pub fn temp(&mut self) -> u16 {
        let reg = self.next_temp;
        self.next_temp += 1;
        self.max_temp = self.max_temp.max(self.next_temp);
        // Too many are reported when the unit is finished; until then the number only has to be one.
        reg.min(MAX_REGISTERS - 1) as u16
    }

    /// The number of the next temporary, for [`Unit::release`].
    pub fn mark(&self) -> u32 {
        self.next_temp
    }

    /// Gives back all temporaries from the mark on.
    pub fn release(&mut self, mark: u32) {
        self.next_temp = mark;
    }

    /// Is the register a temporary?
    pub fn is_temp(&self, reg: u16) -> bool {
        reg as usize >= self.locals.len()
    }

    /// Is the register the highest temporary in use?
    pub fn is_top(&self, reg: u16) -> bool {
        self.is_temp(reg) && reg as u32 + 1 == self.next_temp
    }

    /// The index of a name.
    pub fn name_index(&mut self, name: NameId) -> u32 {
        if !self.asm.reachable() {
            return 0;
        }
        let next = self.names.len() as u32;
        let index = *self.name_numbers.entry(name).or_insert(next);
        if index == next {
            self.names.push(name);
        }
        index
    }

    /// The index of a constant.
    pub fn const_index(&mut self, value: Const) -> u32 {
        if self.asm.reachable() { self.consts.index(value) } else { 0 }
    }

    /// Did it need more registers than there are?
    pub fn has_too_many_registers(&self) -> bool {
        self.max_temp > MAX_REGISTERS
    }

    /// The finished unit.
    pub fn finish(self, names: &Names, table: &SymbolTable, filename: &str, future_flags: u32) -> CodeUnit {
        let flags = CodeFlags(self.flags | code_flags(&self, table.scope(self.scope)) | future_flags);
        let registers = Registers { variables: self.locals.len().min(0xFFFF) as u16, parameters: self.parameters };
        let line = if self.kind == UnitKind::Module { 0 } else { self.first_line };
        let definition = Position { line, end_line: line, col: 0, end_col: 0 };
        let finished = self.asm.finish(registers, if line == 0 { Position::NONE } else { definition });
        let annotates = table.scope(self.scope).kind == ScopeKind::Annotation;
        let text = |name: &NameId| match *name {
            // Annotations cannot use it, but whoever calls the function can.
            known::DOT_FORMAT if annotates => Box::from("format"),
            name => Box::<str>::from(names.text(name)),
        };
        CodeUnit {
            name: self.name,
            qualname: self.qualname.into(),
            filename: filename.into(),
            first_line: self.first_line,
            flags,
            argcount: self.argcount,
            posonlyargcount: self.posonlyargcount,
            kwonlyargcount: self.kwonlyargcount,
            locals: self.locals.iter().map(text).collect(),
            local_kinds: self.kinds,
            registers: self.max_temp.min(MAX_REGISTERS) as u16,
            cache_sites: finished.cache_sites,
            consts: self.consts.into_values(),
            names: self.names.iter().map(text).collect(),
            code: finished.code,
            exceptions: finished.exceptions,
            lines: finished.lines,
        }
    }
}

fn code_flags(unit: &Unit, scope: &Scope) -> u32 {
    let mut flags = 0;
    if scope.is_function_like() {
        flags |= CodeFlags::NEWLOCALS | CodeFlags::OPTIMIZED;
        if scope.nested {
            flags |= CodeFlags::NESTED;
        }
        flags |= match (scope.generator, scope.coroutine) {
            (true, false) => CodeFlags::GENERATOR,
            (false, true) => CodeFlags::COROUTINE,
            (true, true) => CodeFlags::ASYNC_GENERATOR,
            (false, false) => 0,
        };
        if scope.varargs {
            flags |= CodeFlags::VARARGS;
        }
        if scope.varkeywords {
            flags |= CodeFlags::VARKEYWORDS;
        }
        if scope.method && scope.comprehension == Comprehension::No {
            flags |= CodeFlags::METHOD;
        }
    } else if unit.kind == UnitKind::Module && scope.coroutine {
        flags |= CodeFlags::COROUTINE;
    }
    flags
}
