//! Resolution: deciding what each name refers to.
//!
//! For each name that a scope does not bind itself the enclosing scopes are searched outwards. The search for a free
//! variable ends at the function that binds it; the scopes in between pass its cell through.

use super::{Comprehension, Reference, Scope, ScopeId, ScopeKind, SymbolTable, flag};
use crate::names::{NameId, Names, known};
use crate::source::{Res, Source};

/// Names that a class makes visible to the functions in it.
const CLASS_CELLS: [NameId; 3] = [known::CLASS, known::CLASSDICT, known::CONDITIONAL_ANNOTATIONS];

impl SymbolTable {
    pub(super) fn resolve(&mut self, names: &Names, source: &Source) -> Res {
        let detached = self.detached();
        let class_entries = self.class_entries();
        self.decide_inlining(&detached);
        for index in 0..self.scopes.len() {
            if detached[index] {
                continue;
            }
            let id = ScopeId(index as u32);
            // Scopes in between may add symbols meanwhile, but only ones that are resolved already.
            for at in 0..self.scopes[index].symbols.len() {
                let symbol = self.scopes[index].symbols[at];
                let reference = self.resolve_name(id, symbol.name, class_entries[index], names, source)?;
                let symbol = &mut self.scopes[index].symbols[at];
                // A scope inside was resolved first and found that this one's variable has to be a cell.
                if symbol.reference != Reference::Cell || reference != Reference::Local {
                    symbol.reference = reference;
                }
            }
        }
        self.merge_inlined(Self::MODULE);
        Ok(())
    }

    /// Scopes that the program cannot reach: annotations that became strings, with all that is in them.
    fn detached(&self) -> Vec<bool> {
        let mut detached = Vec::with_capacity(self.scopes.len());
        for scope in &self.scopes {
            let above = scope.parent.is_some_and(|parent| detached.get(parent.0 as usize) == Some(&true));
            detached.push(scope.detached || above);
        }
        detached
    }

    /// For each annotation scope in a class, that class.
    fn class_entries(&self) -> Vec<Option<ScopeId>> {
        let mut entries: Vec<Option<ScopeId>> = Vec::with_capacity(self.scopes.len());
        for scope in &self.scopes {
            entries.push(scope.parent.filter(|_| scope.can_see_class_scope).and_then(|parent| {
                match self.scope(parent).kind {
                    ScopeKind::Class => Some(parent),
                    _ => entries.get(parent.0 as usize).copied().flatten(),
                }
            }));
        }
        entries
    }

    /// All comprehensions but generator expressions are inlined, except into annotation scopes of classes.
    fn decide_inlining(&mut self, detached: &[bool]) {
        for index in 0..self.scopes.len() {
            let scope = &self.scopes[index];
            let comprehension = !matches!(scope.comprehension, Comprehension::No | Comprehension::Generator);
            let Some(parent) = scope.parent else { continue };
            self.scopes[index].inlined = comprehension && !self.scope(parent).can_see_class_scope && !detached[index];
        }
    }

    /// The scope into whose code a scope is compiled.
    pub fn host(&self, mut id: ScopeId) -> ScopeId {
        while self.scope(id).inlined {
            match self.scope(id).parent {
                Some(parent) => id = parent,
                None => break,
            }
        }
        id
    }

    fn resolve_name(
        &mut self,
        id: ScopeId,
        name: NameId,
        class: Option<ScopeId>,
        names: &Names,
        source: &Source,
    ) -> Res<Reference> {
        let scope = self.scope(id);
        let flags = scope.flags(name);
        if flags == 0 && scope.is_resolved(name) {
            // Passed through from an inner scope.
            return Ok(scope.reference(name));
        }
        if flags & flag::GLOBAL != 0 {
            if flags & flag::NONLOCAL != 0 {
                let msg = format!("name '{}' is nonlocal and global", names.text(name));
                return Err(source.error_at(scope.directive_of(name), msg));
            }
            return Ok(Reference::GlobalExplicit);
        }
        if flags & flag::NONLOCAL != 0 {
            if scope.kind == ScopeKind::Module {
                let msg = "nonlocal declaration not allowed at module level";
                return Err(source.error_at(scope.directive_of(name), msg));
            }
            let text = names.text(name);
            let Some(binder) = self.find_binder(id, name) else {
                let msg = format!("no binding for nonlocal '{text}' found");
                return Err(source.error_at(scope.directive_of(name), msg));
            };
            if self.scope(binder).flags(name) & flag::TYPE_PARAM != 0 {
                let msg = format!("nonlocal binding not allowed for type parameter '{text}'");
                return Err(source.error_at(scope.directive_of(name), msg));
            }
            self.connect(id, name, binder);
            return Ok(Reference::Free);
        }
        if flags & flag::BOUND != 0 {
            return Ok(Reference::Local);
        }
        // The namespace itself is a cell, whatever the class calls by its name.
        if let Some(class) = class.filter(|_| name != known::CLASSDICT) {
            let seen = self.scope(class).flags(name);
            if seen & flag::GLOBAL != 0 {
                return Ok(Reference::GlobalExplicit);
            }
            if seen & flag::BOUND != 0 && seen & flag::NONLOCAL == 0 {
                return Ok(Reference::GlobalImplicit);
            }
        }
        Ok(match self.find_binder(id, name) {
            // An inlined comprehension is part of the class body, which does not see its own cells.
            Some(binder) if self.host(id) == binder && self.scope(binder).kind == ScopeKind::Class => {
                Reference::GlobalImplicit
            }
            Some(binder) => {
                self.connect(id, name, binder);
                Reference::Free
            }
            None => Reference::GlobalImplicit,
        })
    }

    /// The nearest scope around `id` that binds a name for the functions in it.
    fn find_binder(&self, id: ScopeId, name: NameId) -> Option<ScopeId> {
        let mut next = self.scope(id).parent;
        while let Some(at) = next {
            let scope = self.scope(at);
            match scope.kind {
                ScopeKind::Module => return None,
                ScopeKind::Class if CLASS_CELLS.contains(&name) => return Some(at),
                ScopeKind::Class => {}
                _ => {
                    let flags = scope.flags(name);
                    if flags & flag::GLOBAL != 0 {
                        return None;
                    }
                    if flags & flag::NONLOCAL == 0 && flags & flag::BOUND != 0 {
                        return Some(at);
                    }
                }
            }
            next = scope.parent;
        }
        None
    }

    /// Makes the variable of `binder` visible in `id`: a cell, unless both are compiled into one code unit.
    fn connect(&mut self, id: ScopeId, name: NameId, binder: ScopeId) {
        let mut next = self.scope(id).parent;
        while let Some(at) = next.filter(|at| *at != binder) {
            let scope = self.scope_mut(at);
            next = scope.parent;
            let sees_class = scope.kind == ScopeKind::Class || scope.can_see_class_scope;
            match scope.symbol_mut(name) {
                Some(symbol) if sees_class => symbol.flags |= flag::FREE_CLASS,
                Some(_) => {}
                None => scope.entry(name).reference = Reference::Free,
            }
        }
        if self.host(id) == self.host(binder) && self.scope(binder).kind != ScopeKind::Class {
            return;
        }
        let scope = self.scope_mut(binder);
        if scope.kind == ScopeKind::Class {
            match name {
                known::CLASS => scope.needs_class_closure = true,
                known::CLASSDICT => scope.needs_classdict = true,
                _ => scope.has_conditional_annotations = true,
            }
        } else {
            scope.entry(name).reference = Reference::Cell;
        }
    }

    /// Shows the variables and children of inlined comprehensions in the scopes that they became part of.
    fn merge_inlined(&mut self, id: ScopeId) {
        for child in self.scope(id).children.clone() {
            self.merge_inlined(child);
            if self.scope(child).inlined {
                self.merge_into(child, id);
            }
        }
    }

    fn merge_into(&mut self, id: ScopeId, parent: ScopeId) {
        let mut symbols = std::mem::take(&mut self.scope_mut(id).symbols);
        let children = self.scope(id).children.clone();
        let into = self.scope_mut(parent);
        let in_class = into.kind == ScopeKind::Class;
        for symbol in symbols.iter_mut().filter(|symbol| symbol.flags & flag::PARAM == 0) {
            if symbol.reference == Reference::Cell && symbol.flags & flag::BOUND != 0 {
                symbol.flags |= flag::COMP_CELL;
            }
            match into.symbol_mut(symbol.name) {
                None => *into.entry(symbol.name) = super::Symbol { from_comprehension: true, ..*symbol },
                Some(known) if symbol.reference == Reference::Free && !in_class => {
                    known.flags |= symbol.flags & flag::USE;
                }
                Some(_) => {}
            }
        }
        if let Some(at) = into.children.iter().position(|child| *child == id) {
            into.children.splice(at..=at, children);
        }
        self.scope_mut(id).symbols = symbols;
    }
}

impl Scope {
    /// Does the code of a class need the cell of a variable that is free in a function inside, though the class binds
    /// or looks up the name itself?
    pub fn passes_through(&self, name: NameId) -> bool {
        self.symbol(name)
            .is_some_and(|symbol| symbol.reference == Reference::Free || symbol.flags & flag::FREE_CLASS != 0)
    }
}
