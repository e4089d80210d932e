//! Annotations: functions that evaluate them when they are asked for (PEP 649), or strings (PEP 563).

use bytecode::{CompareOperator, Const, NO_REGISTER, Op, Position, common_const, raise};
use syntax::ast::{self, Expr, Stmt};

use super::Compiler;
use crate::future;
use crate::names::{NameId, known};
use crate::source::Res;
use crate::symtable::{Part, ScopeId};
use crate::unit::UnitKind;

/// The highest format that functions of the compiler know: VALUE_WITH_FAKE_GLOBALS.
const HIGHEST_FORMAT: u16 = 2;

impl<'a> Compiler<'a> {
    /// Finds the annotated names of a module or class body, and numbers those whose annotations may not come to be.
    pub(super) fn collect_annotations(&mut self, body: &'a [Stmt]) {
        let mut found = Vec::new();
        find_annotations(body, self.unit.kind == UnitKind::Module, &mut found);
        let mut next = 0;
        for (node, conditional) in found {
            let number = conditional.then(|| {
                next += 1;
                next - 1
            });
            if let Some(number) = number {
                self.unit.annotation_numbers.insert(std::ptr::from_ref(node) as usize, number);
            }
            self.unit.annotations.push((node, number));
        }
    }

    /// The set of the numbers of the annotations that were executed.
    pub(super) fn make_conditional_annotations(&mut self, pos: Position) {
        let mark = self.unit.mark();
        let set = self.unit.temp();
        self.emit(pos, Op::BuildSet, set, set, 0);
        match self.cell(known::CONDITIONAL_ANNOTATIONS) {
            Some(cell) => self.emit(pos, Op::StoreDeref, cell, set, 0),
            None => self.store(pos, known::CONDITIONAL_ANNOTATIONS, set),
        }
        self.unit.release(mark);
    }

    /// Loads that set. It is the cell of the class, or a global.
    fn load_conditional_annotations(&mut self, pos: Position, dst: u16) {
        match self.cell(known::CONDITIONAL_ANNOTATIONS) {
            Some(cell) => self.emit(pos, Op::LoadDeref, dst, cell, 0),
            None => self.load(pos, known::CONDITIONAL_ANNOTATIONS, dst),
        }
    }

    /// Makes the function that evaluates the annotations of the module or class, and stores it under a name.
    pub(super) fn annotate_function(&mut self, name: NameId, line: u32) -> Res {
        let Some(scope) = self.table.scope(self.unit.scope).annotation_scope else { return Ok(()) };
        let annotations = std::mem::take(&mut self.unit.annotations);
        if annotations.is_empty() {
            return Ok(());
        }
        let pos = Position { line, end_line: line, col: 0, end_col: 0 };
        self.enter_evaluator(scope, "__annotate__", line, pos);
        let dict = self.unit.temp();
        self.emit(pos, Op::BuildMap, dict, dict, 0);
        for (node, number) in annotations {
            let Expr::Name(target) = &*node.target else { continue };
            let at = self.pos(node);
            let absent = self.unit.asm.label();
            let mark = self.unit.mark();
            if let Some(number) = number {
                let (present, set) = (self.unit.temp(), self.unit.temp());
                self.load_const(at, present, Const::Int(number as i64));
                self.load_conditional_annotations(at, set);
                self.emit(at, Op::Contains, present, present, set);
                self.unit.asm.jump(at, Op::JumpIfFalse, present, absent);
                self.unit.release(mark);
            }
            let value = self.expr(&node.annotation)?;
            let key = self.unit.temp();
            let name = self.mangle(&target.id);
            let text = self.name_const(name);
            self.load_const(at, key, text);
            self.emit(pos, Op::StoreSubscr, dict, value, key);
            self.unit.release(mark);
            self.unit.asm.bind(absent);
        }
        self.emit(pos, Op::Return, dict, 0, 0);
        let mark = self.outer.last().map_or(0, |unit| unit.mark());
        self.leave_function(pos, |this, function| this.store(pos, name, function))?;
        self.unit.release(mark);
        Ok(())
    }

    /// Ends the unit and makes a function of it.
    fn leave_function(&mut self, pos: Position, then: impl FnOnce(&mut Self, u16)) -> Res {
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let function = self.unit.temp();
        self.make_function(pos, code, &free, function);
        then(self, function);
        Ok(())
    }

    /// Starts a unit that evaluates annotations, a bound or the like, and checks the format it is asked for.
    pub(super) fn enter_evaluator(&mut self, scope: ScopeId, name: &str, line: u32, pos: Position) {
        self.enter(scope, UnitKind::Annotations, name, line);
        self.unit.argcount = 1;
        self.unit.posonlyargcount = 1;
        let body = self.unit.asm.label();
        let mark = self.unit.mark();
        let reg = self.unit.temp();
        let format = self.cell_or_first();
        let format = match format {
            (reg, false) => reg,
            (cell, true) => {
                self.emit(pos, Op::LoadDeref, reg, cell, 0);
                reg
            }
        };
        self.emit_flags(pos, Op::CompareInt, CompareOperator::Gt as u8, reg, format, HIGHEST_FORMAT);
        self.unit.asm.jump(pos, Op::JumpIfFalse, reg, body);
        self.emit(pos, Op::LoadCommon, reg, common_const::NOT_IMPLEMENTED_ERROR, 0);
        self.emit_flags(pos, Op::Raise, raise::EXCEPTION, reg, NO_REGISTER, 0);
        self.unit.asm.bind(body);
        self.unit.release(mark);
    }

    /// The first parameter: its register, and whether that holds a cell (an annotation can use the name `format` in
    /// an inner function).
    fn cell_or_first(&self) -> (u16, bool) {
        let scope = self.table.scope(self.unit.scope);
        let var = scope.parameters.first().and_then(|name| self.unit.vars.get(name));
        var.map_or((0, false), |var| (var.reg, var.cell))
    }

    pub(super) fn annotated_assignment(&mut self, node: &'a ast::StmtAnnAssign) -> Res {
        let pos = self.pos(node);
        let strings = self.future_flags & future::ANNOTATIONS != 0;
        let mark = self.unit.mark();
        if let Some(value) = &node.value {
            let direct = match &*node.target {
                Expr::Name(name) => self.target_register(name),
                _ => None,
            };
            match direct {
                Some(reg) => {
                    self.expr_to(value, reg)?;
                    self.show_line(&*node.target);
                }
                None => {
                    let value = if self.has_walrus() { self.expr_temp(value)? } else { self.expr(value)? };
                    self.store_target(&node.target, value)?;
                }
            }
            self.unit.release(mark);
        }
        let evaluated = matches!(self.unit.kind, UnitKind::Module | UnitKind::Class);
        match &*node.target {
            Expr::Name(target) => {
                if node.simple && evaluated {
                    let name = self.mangle(&target.id);
                    self.record_annotation(node, pos, name, strings)?;
                }
            }
            Expr::Attribute(target) => {
                self.assignable(&target.attr, target.range)?;
                if node.value.is_none() {
                    self.discard(&target.value)?;
                }
            }
            Expr::Subscript(target) => {
                if node.value.is_none() {
                    self.discard(&target.value)?;
                    self.discard(&target.slice)?;
                }
            }
            _ => return self.error(node.range, "illegal target for annotation"),
        }
        if !node.simple && evaluated && !strings {
            self.discard(&node.annotation)?;
        }
        self.unit.release(mark);
        Ok(())
    }

    fn record_annotation(&mut self, node: &'a ast::StmtAnnAssign, pos: Position, name: NameId, strings: bool) -> Res {
        let mark = self.unit.mark();
        if strings {
            let (dict, key) = (self.unit.temp(), self.unit.temp());
            let value = self.unit.temp();
            let at = self.pos(&*node.annotation);
            self.load_const(at, value, self.source.unparse(&node.annotation));
            self.emit_cached(pos, Op::LoadName, 0, [dict, 0, 0], known::ANNOTATIONS);
            let text = self.name_const(name);
            self.load_const(pos, key, text);
            self.emit(pos, Op::StoreSubscr, dict, value, key);
        } else if let Some(number) = self.unit.annotation_numbers.get(&(std::ptr::from_ref(node) as usize)).copied() {
            let (set, reg) = (self.unit.temp(), self.unit.temp());
            self.load_conditional_annotations(pos, set);
            self.load_const(pos, reg, Const::Int(number as i64));
            self.emit(pos, Op::SetAdd, set, reg, 0);
        }
        self.unit.release(mark);
        Ok(())
    }

    /// The function that evaluates the annotations of a function: its register.
    pub(super) fn function_annotations(&mut self, node: &'a ast::StmtFunctionDef, pos: Position) -> Res<Option<u16>> {
        let all = annotated_parameters(node);
        if all.is_empty() {
            return Ok(None);
        }
        let strings = self.future_flags & future::ANNOTATIONS != 0;
        let kind = if node.is_async { UnitKind::AsyncFunction } else { UnitKind::Function };
        let function = self.qualname(self.scope_of(node, Part::Body, node.range)?, kind, &node.name);
        let scope = self.scope_of(node, Part::Annotations, node.range)?;
        self.enter_evaluator(scope, "__annotate__", pos.line, pos);
        self.unit.qualname = format!("{function}.__annotate__");
        let dict = self.unit.temp();
        self.annotation_dict(pos, dict, all, |this, annotation, slot| {
            if !strings {
                return this.unpacked(annotation, slot);
            }
            let text = this.source.unparse(annotation);
            let at = this.pos(annotation);
            this.load_const(at, slot, text);
            Ok(())
        })?;
        self.emit(pos, Op::Return, dict, 0, 0);
        let mut made = 0;
        self.leave_function(pos, |_, function| made = function)?;
        Ok(Some(made))
    }

    /// Evaluates an annotation; a starred one stands for its only item.
    pub(super) fn unpacked(&mut self, expr: &'a Expr, dst: u16) -> Res {
        let Expr::Starred(node) = expr else { return self.expr_to(expr, dst) };
        let mark = self.unit.mark();
        let value = self.expr(&node.value)?;
        let pos = self.pos(expr);
        self.emit(pos, Op::UnpackSequence, dst, value, 1);
        self.unit.release(mark);
        Ok(())
    }

    fn annotation_dict(
        &mut self,
        pos: Position,
        dict: u16,
        all: Vec<(&'a str, &'a Expr)>,
        mut value: impl FnMut(&mut Self, &'a Expr, u16) -> Res,
    ) -> Res {
        let mark = self.unit.mark();
        let base = mark.min(0xFFFE) as u16;
        let count = all.len().min(0x7FFF) as u16;
        for (name, annotation) in all {
            let (key, slot) = (self.unit.temp(), self.unit.temp());
            let name = self.mangle(name);
            let text = self.name_const(name);
            self.load_const(pos, key, text);
            value(self, annotation, slot)?;
        }
        self.emit(pos, Op::BuildMap, dict, base, count);
        self.unit.release(mark);
        Ok(())
    }
}

/// The annotated parameters of a function, and its result, in the order of `__annotations__`.
fn annotated_parameters(node: &ast::StmtFunctionDef) -> Vec<(&str, &Expr)> {
    let parameters = &node.parameters;
    let plain = parameters.posonlyargs.iter().chain(&parameters.args).map(|with_default| &with_default.parameter);
    let starred = parameters.vararg.iter().chain(&parameters.kwarg).map(|parameter| &**parameter);
    let keyword = parameters.kwonlyargs.iter().map(|with_default| &with_default.parameter);
    let mut all: Vec<(&str, &Expr)> = Vec::new();
    for parameter in plain.chain(starred).chain(keyword) {
        if let Some(annotation) = &parameter.annotation {
            all.push((&parameter.name, annotation));
        }
    }
    if let Some(returns) = &node.returns {
        all.push(("return", returns));
    }
    all
}

fn find_annotations<'a>(body: &'a [Stmt], conditional: bool, found: &mut Vec<(&'a ast::StmtAnnAssign, bool)>) {
    for stmt in body {
        match stmt {
            Stmt::AnnAssign(node) if node.simple && node.target.is_name_expr() => found.push((node, conditional)),
            Stmt::If(node) => {
                find_annotations(&node.body, true, found);
                node.elif_else_clauses.iter().for_each(|clause| find_annotations(&clause.body, true, found));
            }
            Stmt::For(node) => {
                find_annotations(&node.body, true, found);
                find_annotations(&node.orelse, true, found);
            }
            Stmt::While(node) => {
                find_annotations(&node.body, true, found);
                find_annotations(&node.orelse, true, found);
            }
            Stmt::With(node) => find_annotations(&node.body, true, found),
            Stmt::Match(node) => node.cases.iter().for_each(|case| find_annotations(&case.body, true, found)),
            Stmt::Try(node) => {
                find_annotations(&node.body, true, found);
                for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    find_annotations(&handler.body, true, found);
                }
                find_annotations(&node.orelse, true, found);
                find_annotations(&node.finalbody, true, found);
            }
            _ => {}
        }
    }
}
