//! Classes.

use bytecode::{CodeUnit, Const, Intrinsic1, Op, Position, call_flags};
use syntax::ast;

use super::Compiler;
use super::call::Surplus;
use crate::constant;
use crate::names::known;
use crate::source::Res;
use crate::symtable::Part;
use crate::unit::UnitKind;

impl<'a> Compiler<'a> {
    pub(super) fn class(&mut self, node: &'a ast::StmtClassDef, pos: Position, dst: u16) -> Res {
        let first_line = self.table.scope(self.scope_of(node, Part::Body, node.range)?).line;
        let Some(type_params) = &node.type_params else {
            return self.build_class(node, pos, first_line, dst);
        };
        let scope = self.scope_of(&**type_params, Part::TypeParameters, node.range)?;
        let name = format!("<generic parameters of {}>", node.name);
        self.enter(scope, UnitKind::TypeParameters, &name, first_line);
        let mark = self.unit.mark();
        let params = self.type_params(type_params, pos)?;
        self.store(pos, known::DOT_TYPE_PARAMS, params);
        let class = self.unit.temp();
        self.build_class(node, pos, first_line, class)?;
        self.emit(pos, Op::Return, class, 0, 0);
        self.unit.release(mark);
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let base = self.unit.temp();
        self.unit.temp();
        self.make_function(pos, code, &free, base);
        self.emit_flags(pos, Op::Call, call_flags::NO_SELF, dst, base, 0);
        Ok(())
    }

    /// Calls `__build_class__` with the function that runs the body.
    fn build_class(&mut self, node: &'a ast::StmtClassDef, pos: Position, first_line: u32, dst: u16) -> Res {
        let mark = self.unit.mark();
        let scope = self.scope_of(node, Part::Body, node.range)?;
        self.enter(scope, UnitKind::Class, &node.name, first_line);
        self.class_body(node, first_line)?;
        let free = self.unit.free.clone();
        let code: CodeUnit = self.leave()?;
        let base = self.unit.temp();
        self.unit.temp();
        self.emit(pos, Op::LoadBuildClass, base, 0, 0);
        let (function, name) = (self.unit.temp(), self.unit.temp());
        self.unit.release(name as u32);
        self.make_function(pos, code, &free, function);
        let name = self.unit.temp();
        self.load_text(pos, name, &node.name);
        let mut back = None;
        if node.type_params.is_some() {
            let inner = self.unit.mark();
            let generic = self.unit.temp();
            self.load(pos, known::DOT_TYPE_PARAMS, generic);
            self.intrinsic(pos, Intrinsic1::SubscriptGeneric, generic, generic);
            self.store(pos, known::DOT_GENERIC_BASE, generic);
            self.unit.release(inner);
            back = Some(known::DOT_GENERIC_BASE);
        }
        let (args, keywords) = match &node.arguments {
            Some(arguments) => (&arguments.args[..], &arguments.keywords[..]),
            None => (&[][..], &[][..]),
        };
        let surplus = Surplus { front: 2, back };
        self.arguments_around(pos, surplus, args, keywords, dst, base, call_flags::NO_SELF)?;
        self.unit.release(mark);
        Ok(())
    }

    fn class_body(&mut self, node: &'a ast::StmtClassDef, first_line: u32) -> Res {
        let pos = Position { line: first_line, end_line: first_line, col: 0, end_col: 0 };
        let mark = self.unit.mark();
        let reg = self.unit.temp();
        self.load(pos, known::NAME, reg);
        self.store(pos, known::MODULE, reg);
        let qualname = constant::string(&self.unit.qualname);
        self.load_const(pos, reg, qualname);
        self.store(pos, known::QUALNAME, reg);
        self.load_const(pos, reg, Const::Int(first_line as i64));
        self.store(pos, known::FIRSTLINENO, reg);
        if node.type_params.is_some() {
            self.load(pos, known::DOT_TYPE_PARAMS, reg);
            self.store(pos, known::TYPE_PARAMS, reg);
        }
        if let Some(cell) = self.cell(known::CLASSDICT) {
            self.emit(pos, Op::LoadLocals, reg, 0, 0);
            self.emit(pos, Op::StoreDeref, cell, reg, 0);
        }
        self.unit.release(mark);
        self.body_with_annotations(&node.body)?;
        // What closes the class belongs to the line of its last statement.
        let pos = Position::NONE;
        let reg = self.unit.temp();
        let mut names = std::mem::take(&mut self.unit.static_attributes);
        names.sort_by(|a, b| self.names.text(*a).cmp(self.names.text(*b)));
        let names: Vec<Const> = names.into_iter().map(|name| self.name_const(name)).collect();
        self.load_const(pos, reg, Const::Tuple(names.into()));
        self.store(pos, known::STATIC_ATTRIBUTES, reg);
        if let Some(cell) = self.cell(known::CLASSDICT) {
            self.emit_name(pos, Op::StoreName, cell, known::CLASSDICTCELL);
        }
        match self.cell(known::CLASS).filter(|_| self.table.scope(self.unit.scope).needs_class_closure) {
            Some(cell) => {
                self.emit_name(pos, Op::StoreName, cell, known::CLASSCELL);
                self.emit(pos, Op::Return, cell, 0, 0);
            }
            None => {
                self.load_const(pos, reg, Const::None);
                self.emit(pos, Op::Return, reg, 0, 0);
            }
        }
        self.unit.release(mark);
        Ok(())
    }
}
