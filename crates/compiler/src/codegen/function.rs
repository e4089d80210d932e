//! Functions and lambdas.

use bytecode::{CodeFlags, CodeUnit, Const, Instr, Intrinsic1, Op, Position, function_attr};
use syntax::ast::{self, Decorator, Expr, Parameters};

use super::Compiler;
use crate::constant;
use crate::names::known;
use crate::source::Res;
use crate::symtable::{Part, ScopeId};
use crate::unit::UnitKind;

/// Which defaults a function has.
#[derive(Clone, Copy, Default)]
struct Defaults {
    /// Register of the tuple of positional ones.
    positional: Option<u16>,
    /// Register of the dict of keyword-only ones.
    keyword: Option<u16>,
}

impl<'a> Compiler<'a> {
    /// The scope that a node makes. Every node that is compiled went through the symbol table builder.
    pub(super) fn scope_of<T>(&self, node: &T, part: Part, at: syntax::TextRange) -> Res<ScopeId> {
        match self.table.of(node, part) {
            Some(id) => Ok(id),
            None => self.error(at, "no symbol table for this scope"),
        }
    }

    /// Makes a function of a code unit, with its closure.
    pub(super) fn make_function(&mut self, pos: Position, code: CodeUnit, free: &[crate::names::NameId], dst: u16) {
        if !self.unit.asm.reachable() {
            return;
        }
        let mark = self.unit.mark();
        let index = self.unit.const_index(Const::Code(Box::new(code)));
        let function = if free.is_empty() { dst } else { self.workplace(dst) };
        self.unit.asm.emit(pos, Instr::wide(Op::MakeFunction, 0, function, index));
        if !free.is_empty() {
            let inner = self.unit.mark();
            let base = inner.min(0xFFFE) as u16;
            for name in free {
                let slot = self.unit.temp();
                if let Some(cell) = self.cell(*name) {
                    self.emit(pos, Op::Move, slot, cell, 0);
                } else {
                    // The class namespace has no cell for a name that only looks free.
                    self.emit(pos, Op::LoadNull, slot, 0, 0);
                    self.emit(pos, Op::MakeCell, slot, 0, 0);
                }
            }
            self.emit(pos, Op::BuildTuple, base, base, free.len() as u16);
            self.set_attribute(pos, function, function_attr::CLOSURE, base);
            self.unit.release(inner);
        }
        self.move_to(pos, dst, function);
        self.unit.release(mark);
    }

    pub(super) fn set_attribute(&mut self, pos: Position, function: u16, what: u8, value: u16) {
        self.emit_flags(pos, Op::SetFunctionAttr, what, function, value, 0);
    }

    /// Evaluates decorators, first to last; each goes to the callee's place of a call.
    fn decorators(&mut self, decorators: &'a [Decorator]) -> Res<Vec<u16>> {
        let mut bases = Vec::with_capacity(decorators.len());
        for decorator in decorators {
            self.check_caller(&decorator.expression);
            let base = self.expr_temp(&decorator.expression)?;
            self.unit.temp();
            bases.push(base);
        }
        Ok(bases)
    }

    /// Calls the decorators, last to first. The decorated object lies behind the last.
    fn decorate(&mut self, bases: &[u16], decorators: &'a [Decorator]) {
        for (base, decorator) in bases.iter().zip(decorators).rev() {
            let pos = self.pos(&decorator.expression);
            // The result lies where the decorator in front wants its argument.
            self.emit_flags(pos, Op::Call, bytecode::call_flags::NO_SELF, *base, *base, 1);
        }
    }

    /// Evaluates what comes in front of a definition, makes it by `make` and binds it.
    fn definition(
        &mut self,
        decorators: &'a [Decorator],
        name: &str,
        pos: Position,
        make: impl FnOnce(&mut Self, u16) -> Res,
    ) -> Res {
        let mark = self.unit.mark();
        let bases = self.decorators(decorators)?;
        let name = self.mangle(name);
        let dst = match self.local(name) {
            Some(reg) if bases.is_empty() => reg,
            _ => self.unit.temp(),
        };
        make(self, dst)?;
        self.decorate(&bases, decorators);
        self.store(pos, name, bases.first().copied().unwrap_or(dst));
        self.unit.release(mark);
        Ok(())
    }

    /// The position of a definition: from its keyword, decorators left out.
    pub(super) fn definition_pos(&self, range: syntax::TextRange, decorators: &[Decorator]) -> Position {
        let start = match decorators.last() {
            Some(last) => {
                // Behind the last decorator only blank space and comments come before the keyword.
                let from = last.range.end().to_usize();
                self.source.keyword_after(from)
            }
            None => range.start(),
        };
        self.source.range_pos(syntax::TextRange::new(start.min(range.end()), range.end()))
    }

    pub(super) fn function_def(&mut self, node: &'a ast::StmtFunctionDef) -> Res {
        let pos = self.definition_pos(node.range, &node.decorator_list);
        self.definition(&node.decorator_list, &node.name, pos, |this, dst| this.function(node, pos, dst))
    }

    fn function(&mut self, node: &'a ast::StmtFunctionDef, pos: Position, dst: u16) -> Res {
        let first_line = self.table.scope(self.scope_of(node, Part::Body, node.range)?).line;
        let Some(type_params) = &node.type_params else {
            let defaults = self.defaults(&node.parameters, pos)?;
            return self.function_object(node, pos, first_line, defaults, dst);
        };
        // The defaults are evaluated outside the scope of the type parameters, which gets them as arguments.
        let mark = self.unit.mark();
        let base = self.unit.temp();
        self.unit.temp();
        let defaults = self.defaults(&node.parameters, pos)?;
        let scope = self.scope_of(&**type_params, Part::TypeParameters, node.range)?;
        let name = format!("<generic parameters of {}>", node.name);
        self.enter(scope, UnitKind::TypeParameters, &name, first_line);
        self.unit.argcount = defaults.positional.is_some() as u32 + defaults.keyword.is_some() as u32;
        let inner_mark = self.unit.mark();
        let params = self.type_params(type_params, pos)?;
        let from_argument = |this: &Self, has: Option<u16>, name| has.and_then(|_| this.local(name));
        let inner = Defaults {
            positional: from_argument(self, defaults.positional, known::DOT_DEFAULTS),
            keyword: from_argument(self, defaults.keyword, known::DOT_KWDEFAULTS),
        };
        let function = self.unit.temp();
        self.function_object(node, pos, first_line, inner, function)?;
        self.set_attribute(pos, function, function_attr::TYPE_PARAMS, params);
        self.emit(pos, Op::Return, function, 0, 0);
        self.unit.release(inner_mark);
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let count = code.argcount as u16;
        self.make_function(pos, code, &free, base);
        self.emit_flags(pos, Op::Call, bytecode::call_flags::NO_SELF, dst, base, count);
        self.unit.release(mark);
        Ok(())
    }

    /// Makes the function object itself.
    fn function_object(
        &mut self,
        node: &'a ast::StmtFunctionDef,
        pos: Position,
        first_line: u32,
        defaults: Defaults,
        dst: u16,
    ) -> Res {
        let mark = self.unit.mark();
        let annotations = self.function_annotations(node, pos)?;
        let scope = self.scope_of(node, Part::Body, node.range)?;
        let kind = if node.is_async { UnitKind::AsyncFunction } else { UnitKind::Function };
        self.enter(scope, kind, &node.name, first_line);
        self.count_parameters(&node.parameters);
        let mut body = &node.body[..];
        if let Some(doc) = self.docstring(body) {
            body = &body[1..];
            if self.options.optimize < 2 {
                self.unit.flags |= CodeFlags::HAS_DOCSTRING;
                self.unit.const_index(doc);
            }
        }
        self.body(body)?;
        self.return_none();
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let bare = defaults.positional.is_none() && defaults.keyword.is_none() && annotations.is_none();
        let function = if bare { dst } else { self.workplace(dst) };
        self.make_function(pos, code, &free, function);
        if let Some(value) = annotations {
            self.set_attribute(pos, function, function_attr::ANNOTATE, value);
        }
        self.set_defaults(pos, function, defaults);
        self.move_to(pos, dst, function);
        self.unit.release(mark);
        Ok(())
    }

    fn set_defaults(&mut self, pos: Position, function: u16, defaults: Defaults) {
        if let Some(value) = defaults.keyword {
            self.set_attribute(pos, function, function_attr::KWDEFAULTS, value);
        }
        if let Some(value) = defaults.positional {
            self.set_attribute(pos, function, function_attr::DEFAULTS, value);
        }
    }

    fn count_parameters(&mut self, parameters: &Parameters) {
        self.unit.posonlyargcount = parameters.posonlyargs.len() as u32;
        self.unit.argcount = (parameters.posonlyargs.len() + parameters.args.len()) as u32;
        self.unit.kwonlyargcount = parameters.kwonlyargs.len() as u32;
    }

    /// Evaluates the defaults of parameters into temporaries.
    fn defaults(&mut self, parameters: &'a Parameters, pos: Position) -> Res<Defaults> {
        let mut defaults = Defaults::default();
        let values: Vec<&'a Expr> = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .filter_map(|parameter| parameter.default.as_deref())
            .collect();
        if !values.is_empty() {
            let tuple = self.unit.temp();
            let mark = self.unit.mark();
            match values.iter().map(|value| self.constant(value)).collect::<Option<_>>() {
                Some(items) => self.load_const(pos, tuple, Const::Tuple(items)),
                None => {
                    let mut run = self.run(tuple);
                    for value in &values {
                        let slot = self.slot(&mut run);
                        self.expr_to(value, slot)?;
                    }
                    self.emit(pos, Op::BuildTuple, tuple, run.base, values.len().min(0xFFFF) as u16);
                }
            }
            self.unit.release(mark);
            defaults.positional = Some(tuple);
        }
        let keyword = parameters.kwonlyargs.iter().filter(|parameter| parameter.default.is_some());
        let count = keyword.clone().count();
        if count > 0 {
            let dict = self.unit.temp();
            let mark = self.unit.mark();
            let mut run = self.run(dict);
            for parameter in keyword {
                let (key, value) = (self.slot(&mut run), self.slot(&mut run));
                let name = self.mangle(&parameter.parameter.name);
                self.load_text(pos, key, &self.names.shared(name));
                if let Some(default) = &parameter.default {
                    self.expr_to(default, value)?;
                }
            }
            self.emit(pos, Op::BuildMap, dict, run.base, count.min(0xFFFF) as u16);
            self.unit.release(mark);
            defaults.keyword = Some(dict);
        }
        Ok(defaults)
    }

    pub(super) fn lambda(&mut self, node: &'a ast::ExprLambda, dst: u16) -> Res {
        let pos = self.pos(node);
        let defaults = match &node.parameters {
            Some(parameters) => self.defaults(parameters, pos)?,
            None => Defaults::default(),
        };
        let scope = self.scope_of(node, Part::Body, node.range)?;
        self.enter(scope, UnitKind::Lambda, "<lambda>", pos.line);
        if let Some(parameters) = &node.parameters {
            self.count_parameters(parameters);
        }
        let at = self.pos(&*node.body);
        let mark = self.unit.mark();
        let value = self.expr(&node.body)?;
        self.emit(at, Op::Return, value, 0, 0);
        self.unit.release(mark);
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let bare = defaults.positional.is_none() && defaults.keyword.is_none();
        let function = if bare { dst } else { self.workplace(dst) };
        self.make_function(pos, code, &free, function);
        self.set_defaults(pos, function, defaults);
        self.move_to(pos, dst, function);
        Ok(())
    }

    pub(super) fn class_def(&mut self, node: &'a ast::StmtClassDef) -> Res {
        let pos = self.definition_pos(node.range, &node.decorator_list);
        self.definition(&node.decorator_list, &node.name, pos, |this, dst| this.class(node, pos, dst))
    }

    /// A computation of one operand that the machine knows.
    pub(super) fn intrinsic(&mut self, pos: Position, what: Intrinsic1, dst: u16, value: u16) {
        self.emit_flags(pos, Op::Intrinsic1, what as u8, dst, value, 0);
    }

    /// The text of a name as constant.
    pub(super) fn name_const(&self, name: crate::names::NameId) -> Const {
        constant::string(self.names.text(name))
    }
}
