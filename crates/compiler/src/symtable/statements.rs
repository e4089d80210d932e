//! The names in statements.

use syntax::ast::{self, Expr, Pattern, Stmt};
use syntax::{Ranged, TextRange};

use super::build::Builder;
use super::checks::Surrounding;
use super::{Part, ScopeKind, SymbolTable, flag, key};
use crate::future;
use crate::names::{NameId, known};
use crate::source::Res;

impl<'a> Builder<'a, '_> {
    pub(super) fn body(&mut self, body: &'a [Stmt]) -> Res {
        body.iter().try_for_each(|stmt| stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || self.stmt(stmt)))
    }

    /// Statements that may not be executed, or not all of them.
    fn conditional(&mut self, walk: impl FnOnce(&mut Self) -> Res) -> Res {
        self.cur().in_conditional_block += 1;
        walk(self)?;
        self.cur().in_conditional_block -= 1;
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Res {
        match stmt {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Return(node) => {
                self.jump_out("return", node.range);
                if node.value.is_some() {
                    self.cur().returns_value = true;
                }
                self.optional(&node.value)
            }
            Stmt::Delete(node) => self.exprs(&node.targets),
            Stmt::TypeAlias(node) => self.type_alias(node),
            Stmt::Assign(node) => {
                self.exprs(&node.targets)?;
                self.expr(&node.value)
            }
            Stmt::AugAssign(node) => {
                self.expr(&node.target)?;
                self.expr(&node.value)
            }
            Stmt::AnnAssign(node) => self.annotated(node),
            Stmt::For(node) => {
                if node.is_async {
                    self.async_statement("async for", node.range)?;
                }
                self.expr(&node.target)?;
                self.expr(&node.iter)?;
                self.conditional(|this| {
                    this.surrounded(Surrounding::Loop, |this| this.body(&node.body))?;
                    this.body(&node.orelse)
                })
            }
            Stmt::While(node) => {
                self.expr(&node.test)?;
                self.conditional(|this| {
                    this.surrounded(Surrounding::Loop, |this| this.body(&node.body))?;
                    this.body(&node.orelse)
                })
            }
            Stmt::If(node) => {
                self.expr(&node.test)?;
                self.conditional(|this| {
                    this.body(&node.body)?;
                    node.elif_else_clauses.iter().try_for_each(|clause| {
                        clause.test.iter().try_for_each(|test| this.expr(test))?;
                        this.body(&clause.body)
                    })
                })
            }
            Stmt::With(node) => {
                if node.is_async {
                    self.async_statement("async with", node.range)?;
                }
                self.conditional(|this| {
                    for item in &node.items {
                        this.expr(&item.context_expr)?;
                        this.optional(&item.optional_vars)?;
                    }
                    this.body(&node.body)
                })
            }
            Stmt::Match(node) => {
                self.expr(&node.subject)?;
                self.conditional(|this| {
                    node.cases.iter().try_for_each(|case| {
                        this.pattern(&case.pattern)?;
                        this.optional(&case.guard)?;
                        this.body(&case.body)
                    })
                })
            }
            Stmt::Raise(node) => {
                self.optional(&node.exc)?;
                self.optional(&node.cause)
            }
            Stmt::Try(node) => self.conditional(|this| {
                this.body(&node.body)?;
                for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    this.optional(&handler.type_)?;
                    if let Some(name) = &handler.name {
                        this.add(name, flag::LOCAL, handler.range)?;
                    }
                    this.body(&handler.body)?;
                }
                this.body(&node.orelse)?;
                this.surrounded(Surrounding::Finally, |this| this.body(&node.finalbody))
            }),
            Stmt::Assert(node) => {
                self.expr(&node.test)?;
                self.optional(&node.msg)
            }
            Stmt::Import(node) => node.names.iter().try_for_each(|alias| self.alias(alias)),
            Stmt::ImportFrom(node) => node.names.iter().try_for_each(|alias| self.alias(alias)),
            Stmt::Global(node) => {
                node.names.iter().try_for_each(|name| self.declare(name, flag::GLOBAL, "global", node.range))
            }
            Stmt::Nonlocal(node) => {
                node.names.iter().try_for_each(|name| self.declare(name, flag::NONLOCAL, "nonlocal", node.range))
            }
            Stmt::Expr(node) => self.expr(&node.value),
            Stmt::Break(node) => {
                self.jump_out("break", node.range);
                Ok(())
            }
            Stmt::Continue(node) => {
                self.jump_out("continue", node.range);
                Ok(())
            }
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => Ok(()),
        }
    }

    fn declare(&mut self, name: &ast::Identifier, declared: u32, word: &str, at: TextRange) -> Res {
        let mangled = self.mangle(name);
        let seen = self.cur().flags(mangled);
        let problem = if seen & flag::PARAM != 0 {
            Some(format!("name '{name}' is parameter and {word}"))
        } else if seen & flag::USE != 0 {
            Some(format!("name '{name}' is used prior to {word} declaration"))
        } else if seen & flag::ANNOT != 0 {
            Some(format!("annotated name '{name}' can't be {word}"))
        } else if seen & flag::LOCAL != 0 {
            Some(format!("name '{name}' is assigned to before {word} declaration"))
        } else {
            None
        };
        if let Some(msg) = problem {
            return Err(self.source.error(at, msg));
        }
        self.add(name, declared, at)?;
        self.directive(name, at);
        Ok(())
    }

    fn alias(&mut self, alias: &'a ast::Alias) -> Res {
        let bound = match &alias.asname {
            Some(name) => name.as_str(),
            None => alias.name.as_str().split('.').next().unwrap_or_default(),
        };
        if bound == "*" {
            if self.cur().kind != ScopeKind::Module {
                return Err(self.source.error(alias.range, "import * only allowed at module level"));
            }
            return Ok(());
        }
        self.add(bound, flag::IMPORT, alias.range)
    }

    fn annotated(&mut self, node: &'a ast::StmtAnnAssign) -> Res {
        self.cur().annotations_used = true;
        match &*node.target {
            Expr::Name(name) => {
                let mangled = self.mangle(&name.id);
                let seen = self.cur().flags(mangled);
                let declared = seen & (flag::GLOBAL | flag::NONLOCAL) != 0;
                if declared && node.simple && self.cur_id() != SymbolTable::MODULE {
                    let word = if seen & flag::GLOBAL != 0 { "global" } else { "nonlocal" };
                    let msg = format!("annotated name '{}' can't be {word}", name.id);
                    return Err(self.source.error(node.range, msg));
                }
                if node.simple {
                    self.add(&name.id, flag::ANNOT | flag::LOCAL, name.range)?;
                } else if node.value.is_some() {
                    self.add(&name.id, flag::LOCAL, name.range)?;
                }
            }
            target => self.expr(target)?,
        }
        self.variable_annotation(&node.annotation)?;
        self.optional(&node.value)
    }

    /// The annotation of a variable: it belongs to the annotation scope of its module or class.
    fn variable_annotation(&mut self, annotation: &'a Expr) -> Res {
        let owner = self.cur_id();
        let scope = self.table.scope(owner);
        let (kind, conditional) = (scope.kind, scope.in_conditional_block > 0);
        let unevaluated = kind == ScopeKind::Function;
        // A module may stop in the middle, so that each of its annotations counts as conditional.
        let conditional = kind == ScopeKind::Module || kind == ScopeKind::Class && conditional;
        let strings = self.future_flags & future::ANNOTATIONS != 0;
        if conditional && !strings && !self.cur().has_conditional_annotations {
            self.cur().has_conditional_annotations = true;
            self.add_known(known::CONDITIONAL_ANNOTATIONS, flag::USE);
        }
        match self.table.scope(owner).annotation_scope {
            Some(id) => self.stack.push(id),
            None => {
                let line = self.source.line(annotation.start());
                let id = self.enter(ScopeKind::Annotation, known::ANNOTATE, ((owner.0 as usize, u8::MAX), line));
                self.table.scope_mut(owner).annotation_scope = Some(id);
                if kind == ScopeKind::Class && !strings {
                    self.cur().can_see_class_scope = true;
                    self.add_known(known::CLASSDICT, flag::USE);
                }
            }
        }
        if conditional && !strings {
            self.add_known(known::CONDITIONAL_ANNOTATIONS, flag::USE);
        }
        self.cur().in_unevaluated_annotation = unevaluated;
        self.expr(annotation)?;
        self.cur().in_unevaluated_annotation = false;
        self.exit();
        Ok(())
    }

    pub(super) fn defaults(&mut self, parameters: &'a ast::Parameters) -> Res {
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            self.optional(&parameter.default)?;
        }
        Ok(())
    }

    pub(super) fn parameters(&mut self, parameters: &'a ast::Parameters) -> Res {
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            self.parameter(&parameter.parameter)?;
        }
        if let Some(parameter) = &parameters.vararg {
            self.parameter(parameter)?;
            self.cur().varargs = true;
        }
        if let Some(parameter) = &parameters.kwarg {
            self.parameter(parameter)?;
            self.cur().varkeywords = true;
        }
        Ok(())
    }

    fn parameter(&mut self, parameter: &'a ast::Parameter) -> Res {
        // The stars of `*args` and `**kwargs` are not part of the parameter.
        let at = TextRange::new(parameter.name.start(), parameter.range.end());
        self.add(&parameter.name, flag::PARAM, at)
    }

    /// The annotation scope of a function.
    fn annotations(&mut self, node: &'a ast::StmtFunctionDef, function: super::ScopeId, line: u32) -> Res {
        let scope = self.cur();
        let in_class = scope.can_see_class_scope || scope.kind == ScopeKind::Class;
        self.enter(ScopeKind::Annotation, known::ANNOTATE, (key(node, Part::Annotations), line));
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_known(known::CLASSDICT, flag::USE);
        }
        let parameters = &node.parameters;
        let plain = parameters.posonlyargs.iter().chain(&parameters.args).map(|with_default| &with_default.parameter);
        let starred = parameters.vararg.iter().chain(&parameters.kwarg).map(|parameter| &**parameter);
        let keyword = parameters.kwonlyargs.iter().map(|with_default| &with_default.parameter);
        let mut used = false;
        for parameter in plain.chain(starred).chain(keyword) {
            used |= parameter.annotation.is_some();
            self.optional(&parameter.annotation)?;
        }
        used |= node.returns.is_some();
        self.optional(&node.returns)?;
        self.table.scope_mut(function).annotations_used |= used;
        self.exit();
        Ok(())
    }

    fn function(&mut self, node: &'a ast::StmtFunctionDef) -> Res {
        self.add(&node.name, flag::LOCAL, node.range)?;
        self.defaults(&node.parameters)?;
        node.decorator_list.iter().try_for_each(|decorator| self.expr(&decorator.expression))?;
        let line = self.line_of(node, &node.decorator_list);
        let name = self.names.intern(&node.name);
        if let Some(parameters) = &node.type_params {
            self.enter_type_parameters(parameters, name, line);
            let mut all = node.parameters.posonlyargs.iter().chain(&node.parameters.args);
            if all.any(|parameter| parameter.default.is_some()) {
                self.add_known(known::DOT_DEFAULTS, flag::PARAM);
            } else {
                // The table has it all the same, but it takes no argument.
                self.cur().entry(known::DOT_DEFAULTS).flags |= flag::PARAM;
            }
            if node.parameters.kwonlyargs.iter().any(|parameter| parameter.default.is_some()) {
                self.add_known(known::DOT_KWDEFAULTS, flag::PARAM);
            }
            self.type_parameters(parameters)?;
        }
        let function = self.make(ScopeKind::Function, name, (key(node, Part::Body), line));
        self.annotations(node, function, line)?;
        self.enter_made(function);
        self.cur().coroutine = node.is_async;
        self.parameters(&node.parameters)?;
        self.surrounded(Surrounding::Function, |this| this.body(&node.body))?;
        self.exit();
        if node.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    fn class(&mut self, node: &'a ast::StmtClassDef) -> Res {
        self.add(&node.name, flag::LOCAL, node.range)?;
        node.decorator_list.iter().try_for_each(|decorator| self.expr(&decorator.expression))?;
        let line = self.line_of(node, &node.decorator_list);
        let name = self.names.intern(&node.name);
        let outer = self.private;
        if let Some(parameters) = &node.type_params {
            self.enter_type_parameters(parameters, name, line);
            self.private = Some(name);
            let id = self.cur_id();
            let scope = self.cur();
            scope.private = Some(name);
            scope.mangled_by = Some(id);
            self.add_known(known::DOT_TYPE_PARAMS, flag::LOCAL | flag::USE);
            self.add_known(known::DOT_GENERIC_BASE, flag::LOCAL | flag::USE);
            self.type_parameters(parameters)?;
        }
        if let Some(arguments) = &node.arguments {
            self.arguments(arguments)?;
        }
        self.private = Some(name);
        self.enter(ScopeKind::Class, name, (key(node, Part::Body), line));
        if node.type_params.is_some() {
            self.add_known(known::TYPE_PARAMS, flag::LOCAL);
            self.add_known(known::DOT_TYPE_PARAMS, flag::USE);
        }
        self.body(&node.body)?;
        self.exit();
        if node.type_params.is_some() {
            self.exit();
        }
        self.private = outer;
        Ok(())
    }

    fn type_alias(&mut self, node: &'a ast::StmtTypeAlias) -> Res {
        self.expr(&node.name)?;
        let name = match &*node.name {
            Expr::Name(name) => self.names.intern(&name.id),
            _ => self.names.intern("<alias>"),
        };
        let line = self.source.line(node.start());
        let in_class = self.cur().kind == ScopeKind::Class;
        if let Some(parameters) = &node.type_params {
            self.enter_type_parameters(parameters, name, line);
            self.type_parameters(parameters)?;
        }
        self.enter(ScopeKind::TypeAlias, name, (key(node, Part::Body), line));
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_known(known::CLASSDICT, flag::USE);
        }
        self.expr(&node.value)?;
        self.exit();
        if node.type_params.is_some() {
            self.exit();
        }
        Ok(())
    }

    fn enter_type_parameters(&mut self, parameters: &'a ast::TypeParams, name: NameId, line: u32) {
        let in_class = self.cur().kind == ScopeKind::Class;
        self.enter(ScopeKind::TypeParameters, name, (key(parameters, Part::TypeParameters), line));
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_known(known::CLASSDICT, flag::USE);
        }
    }

    fn type_parameters(&mut self, parameters: &'a ast::TypeParams) -> Res {
        for parameter in &parameters.type_params {
            let name = parameter.name();
            self.add(name, flag::TYPE_PARAM | flag::LOCAL, parameter.range())?;
            if name.as_str() == "__classdict__" {
                let msg = format!("reserved name '{name}' cannot be used for type parameter");
                return Err(self.source.error(parameter.range(), msg));
            }
            let (bound, default, what) = match parameter {
                ast::TypeParam::TypeVar(node) => (node.bound.as_deref(), node.default.as_deref(), "a TypeVar default"),
                ast::TypeParam::TypeVarTuple(node) => (None, node.default.as_deref(), "a TypeVarTuple default"),
                ast::TypeParam::ParamSpec(node) => (None, node.default.as_deref(), "a ParamSpec default"),
            };
            if let Some(bound) = bound {
                let what = if bound.is_tuple_expr() { "a TypeVar constraint" } else { "a TypeVar bound" };
                self.type_variable(parameter, name, Part::Bound, bound, what)?;
            }
            if let Some(default) = default {
                self.type_variable(parameter, name, Part::Default, default, what)?;
            }
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        parameter: &'a ast::TypeParam,
        name: &str,
        part: Part,
        value: &'a Expr,
        what: &'static str,
    ) -> Res {
        let in_class = self.cur().can_see_class_scope;
        let name = self.names.intern(name);
        self.enter(ScopeKind::TypeVariable, name, (key(parameter, part), self.source.line(value.start())));
        self.cur().what = what;
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_known(known::CLASSDICT, flag::USE);
        }
        self.expr(value)?;
        self.exit();
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a Pattern) -> Res {
        let capture = |this: &mut Self, name: &Option<ast::Identifier>, at: TextRange| match name {
            Some(name) => this.add(name, flag::LOCAL, at),
            None => Ok(()),
        };
        match pattern {
            Pattern::MatchValue(node) => self.expr(&node.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(node) => node.patterns.iter().try_for_each(|pattern| self.pattern(pattern)),
            Pattern::MatchMapping(node) => {
                self.exprs(&node.keys)?;
                node.patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                capture(self, &node.rest, node.range)
            }
            Pattern::MatchClass(node) => {
                self.expr(&node.cls)?;
                node.arguments.patterns.iter().try_for_each(|pattern| self.pattern(pattern))?;
                node.arguments.keywords.iter().try_for_each(|keyword| {
                    if keyword.attr.as_str() == "__debug__" {
                        return Err(self.source.error(keyword.pattern.range(), "cannot assign to __debug__"));
                    }
                    self.pattern(&keyword.pattern)
                })
            }
            Pattern::MatchStar(node) => capture(self, &node.name, node.range),
            Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    self.pattern(pattern)?;
                }
                capture(self, &node.name, node.range)
            }
            Pattern::MatchOr(node) => node.patterns.iter().try_for_each(|pattern| self.pattern(pattern)),
        }
    }
}
