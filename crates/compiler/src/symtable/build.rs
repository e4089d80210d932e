//! The builder: entering scopes and recording names.

use bytecode::Position;
use syntax::ast::{self, Mod};
use syntax::{Ranged, TextRange};

use super::checks::Finally;
use super::{Comprehension, Part, Reference, Scope, ScopeId, ScopeKind, SymbolTable, flag, key};
use crate::names::{NameId, Names, known};
use crate::source::{Res, Source};
use crate::{CompileOptions, Warning, future};

/// Walks a tree and records its names.
pub(super) struct Builder<'a, 'n> {
    pub(super) source: &'a Source<'a>,
    pub(super) names: &'n mut Names,
    pub(super) options: &'a CompileOptions,
    pub(super) future_flags: u32,
    pub(super) table: SymbolTable,
    /// Scopes around the current place, the current one last.
    pub(super) stack: Vec<ScopeId>,
    /// Class for the mangling of private names.
    pub(super) private: Option<NameId>,
    pub(super) finally: Finally,
    pub(super) warnings: Vec<Warning>,
}

impl SymbolTable {
    /// Builds and resolves the symbol table of a module. `future_flags` are those in force, the module's own included.
    pub fn build<'a>(
        module: &'a Mod,
        source: &'a Source<'a>,
        names: &mut Names,
        options: &'a CompileOptions,
        future_flags: u32,
    ) -> Res<(SymbolTable, Vec<Warning>)> {
        let mut builder = Builder {
            source,
            names,
            options,
            future_flags,
            table: SymbolTable::default(),
            stack: Vec::new(),
            private: None,
            finally: Finally::default(),
            warnings: Vec::new(),
        };
        let top = builder.names.intern("top");
        builder.enter(ScopeKind::Module, top, (key(module, Part::Body), 0));
        match module {
            Mod::Module(module) => builder.body(&module.body)?,
            Mod::Expression(expression) => builder.expr(&expression.body)?,
        }
        builder.exit();
        let Builder { mut table, warnings, .. } = builder;
        table.resolve(names, source)?;
        Ok((table, warnings))
    }
}

impl<'a> Builder<'a, '_> {
    pub(super) fn cur(&mut self) -> &mut Scope {
        let id = self.cur_id();
        self.table.scope_mut(id)
    }

    pub(super) fn cur_id(&self) -> ScopeId {
        self.stack.last().copied().unwrap_or(SymbolTable::MODULE)
    }

    /// Makes a scope without entering it.
    pub(super) fn make(&mut self, kind: ScopeKind, name: NameId, (key, line): ((usize, u8), u32)) -> ScopeId {
        let id = ScopeId(self.table.scopes.len() as u32);
        let parent = self.stack.last().copied();
        let (mut nested, mut method, mut comp_iter_expr, mut mangled_by) = (false, false, 0, None);
        if let Some(parent) = parent {
            let parent = self.table.scope(parent);
            nested = parent.nested || parent.is_function_like();
            comp_iter_expr = parent.comp_iter_expr;
            mangled_by = parent.mangled_by.filter(|_| kind != ScopeKind::Class);
            method = kind == ScopeKind::Function && parent.kind == ScopeKind::Class;
        }
        self.table.scopes.push(Scope {
            kind,
            name,
            parent,
            children: Vec::new(),
            symbols: Vec::new(),
            index: Default::default(),
            parameters: Vec::new(),
            line,
            nested,
            generator: false,
            coroutine: false,
            comprehension: Comprehension::No,
            varargs: false,
            varkeywords: false,
            method,
            returns_value: false,
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class_scope: false,
            annotations_used: false,
            has_conditional_annotations: false,
            inlined: false,
            annotation_scope: None,
            private: self.private,
            mangled_by,
            type_parameters: Vec::new(),
            walrus_targets: Vec::new(),
            directives: Vec::new(),
            what: "",
            comp_iter_target: false,
            comp_iter_expr,
            in_conditional_block: 0,
            in_unevaluated_annotation: false,
            detached: false,
        });
        self.table.keys.insert(key, id);
        id
    }

    /// Enters a scope that [`Builder::make`] made.
    pub(super) fn enter_made(&mut self, id: ScopeId) {
        if let Some(parent) = self.table.scope(id).parent {
            let strings = self.future_flags & future::ANNOTATIONS != 0;
            if strings && self.table.scope(id).kind == ScopeKind::Annotation {
                self.table.scope_mut(id).detached = true;
            } else {
                self.table.scope_mut(parent).children.push(id);
            }
        }
        self.stack.push(id);
    }

    pub(super) fn enter(&mut self, kind: ScopeKind, name: NameId, key_line: ((usize, u8), u32)) -> ScopeId {
        let id = self.make(kind, name, key_line);
        self.enter_made(id);
        if matches!(kind, ScopeKind::Annotation | ScopeKind::TypeVariable | ScopeKind::TypeAlias) {
            let scope = self.cur();
            scope.entry(known::DOT_FORMAT).flags |= flag::PARAM | flag::USE;
            scope.parameters.push(known::DOT_FORMAT);
        }
        id
    }

    pub(super) fn exit(&mut self) {
        self.stack.pop();
    }

    pub(super) fn mangle(&mut self, name: &str) -> NameId {
        let plain = self.names.get(name);
        let private = self.private.filter(|_| self.table.mangles(self.cur_id(), plain));
        self.names.mangled(private, name)
    }

    /// Records a name of the current scope.
    pub(super) fn add(&mut self, name: &str, flags: u32, at: TextRange) -> Res {
        const WRITE: u32 = flag::PARAM | flag::LOCAL | flag::IMPORT;
        if flags & WRITE != 0 && name == "__debug__" {
            return Err(self.source.error(at, "cannot assign to __debug__"));
        }
        if flags & flag::TYPE_PARAM != 0 {
            let plain = self.names.intern(name);
            self.cur().type_parameters.push(plain);
        }
        let mangled = self.mangle(name);
        self.add_to(self.cur_id(), mangled, name, flags, at)
    }

    /// Records a name that the compiler itself uses.
    pub(super) fn add_known(&mut self, name: NameId, flags: u32) {
        let scope = self.cur();
        scope.entry(name).flags |= flags;
        if flags & flag::PARAM != 0 {
            scope.parameters.push(name);
        }
    }

    pub(super) fn add_to(&mut self, id: ScopeId, mangled: NameId, name: &str, flags: u32, at: TextRange) -> Res {
        let scope = self.table.scope_mut(id);
        let comp_iter_target = scope.comp_iter_target;
        let symbol = scope.entry(mangled);
        if flags & symbol.flags & flag::PARAM != 0 {
            return Err(self.source.error(at, format!("duplicate argument '{name}' in function definition")));
        }
        if flags & symbol.flags & flag::TYPE_PARAM != 0 {
            return Err(self.source.error(at, format!("duplicate type parameter '{name}'")));
        }
        symbol.flags |= flags;
        if comp_iter_target {
            if symbol.flags & (flag::GLOBAL | flag::NONLOCAL) != 0 {
                let msg = format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return Err(self.source.error(at, msg));
            }
            symbol.flags |= flag::COMP_ITER;
        }
        if flags & flag::PARAM != 0 {
            scope.parameters.push(mangled);
        } else if flags & flag::GLOBAL != 0 {
            self.table.scope_mut(SymbolTable::MODULE).entry(mangled).flags |= flags;
        }
        Ok(())
    }

    pub(super) fn directive(&mut self, name: &str, at: TextRange) {
        let (name, at) = (self.mangle(name), self.source.range_pos(at));
        self.cur().directives.push((name, at));
    }

    /// Line of a definition's scope: that of its first decorator.
    pub(super) fn line_of(&self, node: &impl Ranged, decorators: &[ast::Decorator]) -> u32 {
        let start = decorators.first().map_or(node.start(), |decorator| decorator.expression.start());
        self.source.line(start)
    }
}

impl Scope {
    /// Where a name was declared global or nonlocal.
    pub(super) fn directive_of(&self, name: NameId) -> Position {
        self.directives.iter().find(|(other, _)| *other == name).map_or(Position::NONE, |(_, at)| *at)
    }

    pub(super) fn is_resolved(&self, name: NameId) -> bool {
        self.reference(name) != Reference::Unknown
    }
}
