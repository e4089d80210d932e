//! Reading, writing and deleting names.

use bytecode::{Const, Op, Position};
use syntax::TextRange;
use syntax::ast::ExprName;

use super::Compiler;
use crate::names::{NameId, known};
use crate::source::Res;
use crate::symtable::{Reference, ScopeKind};
use crate::unit::UnitKind;

/// How a name is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    /// In a register.
    Local(u16),
    /// In the cell that a register holds.
    Cell(u16),
    /// In the class's namespace, else in a cell.
    ClassCell(u16),
    /// In the namespace of the class around an annotation scope, else in a cell.
    ClassDictCell(u16),
    /// In the namespace of the class around an annotation scope, else global.
    ClassDictGlobal,
    Global,
    /// In the frame's namespace, else global.
    Name,
}

impl<'a> Compiler<'a> {
    /// The name as it is seen here: private names are mangled.
    pub(super) fn mangle(&mut self, name: &str) -> NameId {
        let plain = self.names.get(name);
        let private = self.unit.private.filter(|_| self.table.mangles(self.unit.scope, plain));
        self.names.mangled(private, name)
    }

    pub(super) fn access(&self, name: NameId) -> Access {
        let scope = self.table.scope(self.unit.scope);
        let mut in_comprehension = false;
        for inline in self.unit.inline.iter().rev() {
            match self.table.scope(inline.scope).reference(name) {
                Reference::Local | Reference::Cell => {
                    if let Some(var) = inline.vars.get(&name) {
                        return if var.cell { Access::Cell(var.reg) } else { Access::Local(var.reg) };
                    }
                }
                Reference::GlobalExplicit => return Access::Global,
                Reference::GlobalImplicit if scope.kind == ScopeKind::Module => return Access::Name,
                Reference::GlobalImplicit => return Access::Global,
                Reference::Free | Reference::Unknown => {}
            }
            in_comprehension = true;
        }
        let var = self.unit.vars.get(&name).copied();
        if in_comprehension && let Some(var) = var {
            return if var.cell { Access::Cell(var.reg) } else { Access::Local(var.reg) };
        }
        let function_like = scope.is_function_like();
        let Some(symbol) = scope.symbol(name).filter(|symbol| !symbol.from_comprehension) else {
            return if function_like { Access::Global } else { Access::Name };
        };
        match (symbol.reference, var) {
            (Reference::Local, Some(var)) if function_like && !var.cell => Access::Local(var.reg),
            (Reference::Cell, Some(var)) => Access::Cell(var.reg),
            (Reference::Free, Some(var)) => match scope.kind {
                ScopeKind::Class => Access::ClassCell(var.reg),
                _ if scope.can_see_class_scope && name != known::CLASSDICT => Access::ClassDictCell(var.reg),
                _ => Access::Cell(var.reg),
            },
            (Reference::GlobalExplicit, _) => Access::Global,
            (Reference::GlobalImplicit, _) if scope.can_see_class_scope && name != known::CLASSDICT => {
                Access::ClassDictGlobal
            }
            (Reference::GlobalImplicit, _) if function_like => Access::Global,
            _ => Access::Name,
        }
    }

    /// The register of a name that is a plain local.
    pub(super) fn local(&self, name: NameId) -> Option<u16> {
        match self.access(name) {
            Access::Local(reg) => Some(reg),
            _ => None,
        }
    }

    /// The register of a variable that a simple name means, if assigning to it is a plain move.
    pub(super) fn target_register(&mut self, name: &ExprName) -> Option<u16> {
        let name = self.mangle(&name.id);
        self.local(name)
    }

    /// Loads a name into a register.
    pub(super) fn load(&mut self, pos: Position, name: NameId, dst: u16) {
        match self.access(name) {
            Access::Local(reg) => {
                self.check_bound(pos, reg);
                self.move_to(pos, dst, reg);
            }
            Access::Cell(reg) => self.emit(pos, Op::LoadDeref, dst, reg, 0),
            Access::ClassCell(reg) => {
                let mark = self.unit.mark();
                let locals = self.unit.temp();
                self.emit(pos, Op::LoadLocals, locals, 0, 0);
                self.emit(pos, Op::LoadFromDictOrDeref, dst, reg, locals);
                self.unit.release(mark);
            }
            Access::ClassDictCell(reg) => {
                let mark = self.unit.mark();
                let dict = self.unit.temp();
                self.load(pos, known::CLASSDICT, dict);
                self.emit(pos, Op::LoadFromDictOrDeref, dst, reg, dict);
                self.unit.release(mark);
            }
            Access::ClassDictGlobal => {
                let mark = self.unit.mark();
                let dict = self.unit.temp();
                self.load(pos, known::CLASSDICT, dict);
                self.emit_cached(pos, Op::LoadFromDictOrGlobals, 0, [dst, dict, 0], name);
                self.unit.release(mark);
            }
            Access::Global => self.emit_cached(pos, Op::LoadGlobal, 0, [dst, 0, 0], name),
            Access::Name => self.emit_cached(pos, Op::LoadName, 0, [dst, 0, 0], name),
        }
    }

    /// Emits the check that a local is bound; needless ones are removed when the unit is finished.
    pub(super) fn check_bound(&mut self, pos: Position, reg: u16) {
        self.emit(pos, Op::CheckBound, reg, 0, 0);
    }

    /// Stores a register in a name.
    pub(super) fn store(&mut self, pos: Position, name: NameId, value: u16) {
        match self.access(name) {
            Access::Local(reg) => self.move_to(pos, reg, value),
            Access::Cell(reg) | Access::ClassCell(reg) | Access::ClassDictCell(reg) => {
                self.emit(pos, Op::StoreDeref, reg, value, 0);
            }
            Access::Global | Access::ClassDictGlobal => self.emit_name(pos, Op::StoreGlobal, value, name),
            Access::Name => self.emit_name(pos, Op::StoreName, value, name),
        }
    }

    pub(super) fn delete(&mut self, pos: Position, name: NameId) {
        match self.access(name) {
            Access::Local(reg) => self.emit(pos, Op::DeleteLocal, reg, 0, 0),
            Access::Cell(reg) | Access::ClassCell(reg) | Access::ClassDictCell(reg) => {
                self.emit(pos, Op::DeleteDeref, reg, 0, 0);
            }
            Access::Global | Access::ClassDictGlobal => self.emit_name(pos, Op::DeleteGlobal, 0, name),
            Access::Name => self.emit_name(pos, Op::DeleteName, 0, name),
        }
    }

    /// Unbinds the name of an `except ... as` clause, whether or not the program did so before.
    pub(super) fn unbind(&mut self, pos: Position, name: NameId) {
        if let Some(reg) = self.local(name) {
            self.emit(pos, Op::LoadNull, reg, 0, 0);
            return;
        }
        let mark = self.unit.mark();
        let none = self.unit.temp();
        self.load_const(pos, none, Const::None);
        self.store(pos, name, none);
        self.delete(pos, name);
        self.unit.release(mark);
    }

    /// The register that holds the cell of a variable, for the closure of a function made here.
    pub(super) fn cell(&self, name: NameId) -> Option<u16> {
        self.unit.cell_var(name).map(|var| var.reg)
    }

    /// `__debug__` cannot be bound.
    pub(super) fn assignable(&self, name: &str, at: TextRange) -> Res {
        if name == "__debug__" { self.error(at, "cannot assign to __debug__") } else { Ok(()) }
    }

    /// Notes that a method assigns an attribute of `self`, for `__static_attributes__`.
    pub(super) fn note_static_attribute(&mut self, object: &syntax::ast::Expr, attribute: NameId) {
        if !matches!(object, syntax::ast::Expr::Name(name) if name.id.as_str() == "self") {
            return;
        }
        let units = std::iter::once(&mut self.unit).chain(self.outer.iter_mut().rev());
        for unit in units {
            if unit.kind == UnitKind::Class {
                if !unit.static_attributes.contains(&attribute) {
                    unit.static_attributes.push(attribute);
                }
                break;
            }
        }
    }
}
