//! Symbol tables: which names occur in which scope, and what they refer to.
//!
//! [`build`](SymbolTable::build) walks the tree once and records every use and binding; [`resolve`] then decides for
//! each name of each scope whether it is local, global, free or a cell. The numbers of flags and scopes are CPython's,
//! since the `symtable` module shows them.

mod build;
mod checks;
mod expressions;
mod resolve;
mod statements;

use bytecode::Position;

use crate::names::{FastMap, NameId};

/// Flags of symbols, with CPython's numbers.
pub mod flag {
    /// Declared global.
    pub const GLOBAL: u32 = 1;
    /// Assigned in the scope.
    pub const LOCAL: u32 = 2;
    /// A parameter.
    pub const PARAM: u32 = 4;
    /// Declared nonlocal.
    pub const NONLOCAL: u32 = 8;
    /// Read in the scope.
    pub const USE: u32 = 16;
    /// Free in a function of this class, and also bound in the class.
    pub const FREE_CLASS: u32 = 64;
    /// Bound by an import.
    pub const IMPORT: u32 = 128;
    /// Annotated.
    pub const ANNOT: u32 = 256;
    /// An iteration variable of a comprehension.
    pub const COMP_ITER: u32 = 512;
    /// A type parameter.
    pub const TYPE_PARAM: u32 = 1024;
    /// A cell in an inlined comprehension.
    pub const COMP_CELL: u32 = 2048;
    /// Any binding.
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// What a name of a scope refers to, with CPython's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Reference {
    /// Not resolved yet.
    #[default]
    Unknown = 0,
    /// A variable of the scope itself.
    Local = 1,
    /// Global by declaration.
    GlobalExplicit = 2,
    /// Global (or builtin) for want of anything nearer.
    GlobalImplicit = 3,
    /// A variable of an enclosing function.
    Free = 4,
    /// A variable of the scope that inner functions use.
    Cell = 5,
}

/// A name in a scope.
#[derive(Clone, Copy, Debug)]
pub struct Symbol {
    /// The name, mangled.
    pub name: NameId,
    /// See [`flag`].
    pub flags: u32,
    /// What it refers to.
    pub reference: Reference,
    /// Copied from a comprehension that was inlined into the scope; the scope itself does not use it.
    pub from_comprehension: bool,
}

/// Number of a scope within its table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ScopeId(pub u32);

/// What makes a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// A function, lambda or comprehension.
    Function,
    /// A class body.
    Class,
    /// The module.
    Module,
    /// The annotations of a function, class or module.
    Annotation,
    /// Bound, constraints or default of a type parameter.
    TypeVariable,
    /// The value of a type alias.
    TypeAlias,
    /// The type parameters of a function, class or alias.
    TypeParameters,
}

/// Which comprehension a scope is, if it is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Comprehension {
    No,
    List,
    Set,
    Dict,
    Generator,
}

/// One scope.
#[derive(Debug)]
pub struct Scope {
    /// What makes it.
    pub kind: ScopeKind,
    /// Name of the function, class, ...
    pub name: NameId,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// The scopes in it, those of inlined comprehensions in place of the comprehensions.
    pub children: Vec<ScopeId>,
    /// Its names in the order in which they first occurred.
    pub symbols: Vec<Symbol>,
    index: FastMap<NameId, u32>,
    /// Names of the parameters, in order.
    pub parameters: Vec<NameId>,
    /// First line.
    pub line: u32,
    /// Inside a function.
    pub nested: bool,
    /// Contains yield.
    pub generator: bool,
    /// An async function, or contains await.
    pub coroutine: bool,
    /// Which comprehension it is.
    pub comprehension: Comprehension,
    /// Has `*args`.
    pub varargs: bool,
    /// Has `**kwargs`.
    pub varkeywords: bool,
    /// A function directly in a class.
    pub method: bool,
    /// Contains a return with a value.
    pub returns_value: bool,
    /// A class whose methods use `__class__`.
    pub needs_class_closure: bool,
    /// A class whose annotation scopes look into its namespace.
    pub needs_classdict: bool,
    /// An annotation scope in a class.
    pub can_see_class_scope: bool,
    /// Has annotated names.
    pub annotations_used: bool,
    /// Has annotations that may not be executed.
    pub has_conditional_annotations: bool,
    /// A comprehension compiled into its parent.
    pub inlined: bool,
    /// The annotation scope of a module or class.
    pub annotation_scope: Option<ScopeId>,
    /// Class for the mangling of private names.
    pub private: Option<NameId>,
    /// In the type parameters of a generic class, and the scopes in them but the class itself: the scope whose type
    /// parameters are the only names that are mangled.
    pub mangled_by: Option<ScopeId>,
    /// Names of the type parameters of a generic class.
    pub type_parameters: Vec<NameId>,
    /// Names whose local registers walrus operators assign.
    pub walrus_targets: Vec<NameId>,
    /// Where `global` and `nonlocal` named what: for errors.
    directives: Vec<(NameId, Position)>,
    /// What a type variable scope is, for errors.
    what: &'static str,
    comp_iter_target: bool,
    comp_iter_expr: u32,
    in_conditional_block: u32,
    in_unevaluated_annotation: bool,
    /// Does the parent list it among its children? Annotation scopes are not resolved where annotations are strings.
    detached: bool,
}

impl Scope {
    /// The symbol of a name, if it occurs in the scope.
    pub fn symbol(&self, name: NameId) -> Option<&Symbol> {
        self.index.get(&name).map(|at| &self.symbols[*at as usize])
    }

    fn symbol_mut(&mut self, name: NameId) -> Option<&mut Symbol> {
        self.index.get(&name).map(|at| &mut self.symbols[*at as usize])
    }

    fn flags(&self, name: NameId) -> u32 {
        self.symbol(name).map_or(0, |symbol| symbol.flags)
    }

    /// What a name refers to.
    pub fn reference(&self, name: NameId) -> Reference {
        self.symbol(name).map_or(Reference::Unknown, |symbol| symbol.reference)
    }

    /// The symbol of a name, made if it is missing.
    fn entry(&mut self, name: NameId) -> &mut Symbol {
        let next = self.symbols.len() as u32;
        let at = *self.index.entry(name).or_insert(next);
        if at == next {
            self.symbols.push(Symbol { name, flags: 0, reference: Reference::Unknown, from_comprehension: false });
        }
        &mut self.symbols[at as usize]
    }

    /// Do its variables live in registers?
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, ScopeKind::Class | ScopeKind::Module)
    }
}

/// Tells apart the scopes that belong to one node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Part {
    /// The function, class, lambda, comprehension, alias value or module itself.
    Body,
    /// Annotations of a function.
    Annotations,
    /// Type parameters of a definition.
    TypeParameters,
    /// Bound of a type parameter.
    Bound,
    /// Default of a type parameter.
    Default,
}

/// The scopes of a module.
#[derive(Debug, Default)]
pub struct SymbolTable {
    /// All scopes; the first is the module.
    pub scopes: Vec<Scope>,
    keys: FastMap<(usize, u8), ScopeId>,
}

impl SymbolTable {
    /// The module's scope.
    pub const MODULE: ScopeId = ScopeId(0);

    /// A scope by number.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }

    /// Is a private name mangled in the scope?
    pub fn mangles(&self, id: ScopeId, plain: Option<NameId>) -> bool {
        let owner = self.scope(id).mangled_by;
        owner.is_none_or(|owner| plain.is_some_and(|plain| self.scope(owner).type_parameters.contains(&plain)))
    }

    /// The scope that a node makes.
    pub fn of<T>(&self, node: &T, part: Part) -> Option<ScopeId> {
        self.keys.get(&key(node, part)).copied()
    }
}

/// Nodes do not move while they are compiled, so that their addresses tell them apart.
fn key<T>(node: &T, part: Part) -> (usize, u8) {
    (std::ptr::from_ref(node) as usize, part as u8)
}
