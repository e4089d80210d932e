//! Statements.

use object::{R, Value};
use syntax::ast::{self, Expr, Stmt};

use super::{Convert, Range, range};

impl Convert<'_> {
    /// A statement whose range in the parser's tree starts at its decorators starts behind them in Python's.
    fn behind_decorators(&self, at: Range, decorators: &[ast::Decorator]) -> Range {
        let Some(last) = decorators.last() else { return at };
        if self.is_made_up() {
            return range(last).end + 1..at.end;
        }
        let mut from = range(last).end as usize;
        let bytes = self.parsed.source.as_bytes();
        // Between decorators and the statement lie line ends, space and comments.
        while let Some(&byte) = bytes.get(from) {
            match byte {
                b'#' => from += memchr_newline(&bytes[from..]),
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'\\' => from += 1,
                _ => break,
            }
        }
        from as u32..at.end
    }

    pub(super) fn stmt(&self, statement: &Stmt) -> R {
        self.vm.enter_native()?;
        let at = range(statement);
        match statement {
            Stmt::FunctionDef(f) => {
                let class = if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
                let name = self.name(f.name.as_str());
                let args = self.parameters(&f.parameters)?;
                let comment = self.type_comment(at.start);
                let body = self.body(&f.body)?;
                let decorators = self.exprs(f.decorator_list.iter().map(|decorator| &decorator.expression))?;
                let returns = f.returns.as_deref().map_or(Ok(Value::NONE), |returns| self.annotation(returns))?;
                let params = self.type_params(f.type_params.as_deref())?;
                self.node(
                    class,
                    self.behind_decorators(at, &f.decorator_list),
                    &[
                        ("name", name),
                        ("args", args),
                        ("body", body),
                        ("decorator_list", decorators),
                        ("returns", returns),
                        ("type_comment", comment),
                        ("type_params", params),
                    ],
                )
            }
            Stmt::ClassDef(c) => {
                let empty: (&[Expr], &[ast::Keyword]) = (&[], &[]);
                let (bases, keywords) =
                    c.arguments.as_deref().map_or(empty, |arguments| (&arguments.args[..], &arguments.keywords[..]));
                let name = self.name(c.name.as_str());
                let bases = self.exprs(bases)?;
                let keywords = self.list(keywords, |keyword| self.keyword(keyword))?;
                let body = self.body(&c.body)?;
                let decorators = self.exprs(c.decorator_list.iter().map(|decorator| &decorator.expression))?;
                let params = self.type_params(c.type_params.as_deref())?;
                self.node(
                    "ClassDef",
                    self.behind_decorators(at, &c.decorator_list),
                    &[
                        ("name", name),
                        ("bases", bases),
                        ("keywords", keywords),
                        ("body", body),
                        ("decorator_list", decorators),
                        ("type_params", params),
                    ],
                )
            }
            Stmt::Return(s) => self.node("Return", at, &[("value", self.option(s.value.as_deref())?)]),
            Stmt::Delete(s) => self.node("Delete", at, &[("targets", self.exprs(&s.targets)?)]),
            Stmt::TypeAlias(s) => {
                let name = self.expr(&s.name)?;
                let params = self.type_params(s.type_params.as_deref())?;
                let value = self.expr(&s.value)?;
                self.node("TypeAlias", at, &[("name", name), ("type_params", params), ("value", value)])
            }
            Stmt::Assign(s) => {
                let targets = self.exprs(&s.targets)?;
                let value = self.expr(&s.value)?;
                let comment = self.type_comment(at.start);
                self.node("Assign", at, &[("targets", targets), ("value", value), ("type_comment", comment)])
            }
            Stmt::AugAssign(s) => {
                let target = self.expr(&s.target)?;
                let op = self.operator(s.op)?;
                let value = self.expr(&s.value)?;
                self.node("AugAssign", at, &[("target", target), ("op", op), ("value", value)])
            }
            Stmt::AnnAssign(s) => {
                let target = self.expr(&s.target)?;
                let annotation = self.annotation(&s.annotation)?;
                let value = self.option(s.value.as_deref())?;
                let simple = Value::small(s.simple as i64);
                self.node(
                    "AnnAssign",
                    at,
                    &[("target", target), ("annotation", annotation), ("value", value), ("simple", simple)],
                )
            }
            Stmt::For(s) => {
                let target = self.expr(&s.target)?;
                let iter = self.expr(&s.iter)?;
                let body = self.statements(&s.body)?;
                let orelse = self.statements(&s.orelse)?;
                let class = if s.is_async { "AsyncFor" } else { "For" };
                let comment = self.type_comment(at.start);
                let fields =
                    [("target", target), ("iter", iter), ("body", body), ("orelse", orelse), ("type_comment", comment)];
                self.node(class, at, &fields)
            }
            Stmt::While(s) => {
                let test = self.expr(&s.test)?;
                let body = self.statements(&s.body)?;
                let orelse = self.statements(&s.orelse)?;
                self.node("While", at, &[("test", test), ("body", body), ("orelse", orelse)])
            }
            Stmt::If(s) => self.if_statement(at, &s.test, &s.body, &s.elif_else_clauses),
            Stmt::With(s) => {
                let items = self.list(&s.items, |item| {
                    let context = self.expr(&item.context_expr)?;
                    let vars = self.option(item.optional_vars.as_deref())?;
                    self.plain("withitem", &[("context_expr", context), ("optional_vars", vars)])
                })?;
                let body = self.statements(&s.body)?;
                let class = if s.is_async { "AsyncWith" } else { "With" };
                let comment = self.type_comment(at.start);
                self.node(class, at, &[("items", items), ("body", body), ("type_comment", comment)])
            }
            Stmt::Match(s) => {
                let subject = self.expr(&s.subject)?;
                let cases = self.list(&s.cases, |case| {
                    let pattern = self.pattern(&case.pattern)?;
                    let guard = self.option(case.guard.as_deref())?;
                    let body = self.statements(&case.body)?;
                    self.plain("match_case", &[("pattern", pattern), ("guard", guard), ("body", body)])
                })?;
                self.node("Match", at, &[("subject", subject), ("cases", cases)])
            }
            Stmt::Raise(s) => {
                let exc = self.option(s.exc.as_deref())?;
                let cause = self.option(s.cause.as_deref())?;
                self.node("Raise", at, &[("exc", exc), ("cause", cause)])
            }
            Stmt::Try(s) => {
                let body = self.statements(&s.body)?;
                let handlers = self.list(&s.handlers, |handler| {
                    let ast::ExceptHandler::ExceptHandler(own) = handler;
                    let class = self.option(own.type_.as_deref())?;
                    let name = self.optional_name(own.name.as_ref());
                    let body = self.statements(&own.body)?;
                    self.node("ExceptHandler", range(handler), &[("type", class), ("name", name), ("body", body)])
                })?;
                let orelse = self.statements(&s.orelse)?;
                let finalbody = self.statements(&s.finalbody)?;
                self.node(
                    if s.is_star { "TryStar" } else { "Try" },
                    at,
                    &[("body", body), ("handlers", handlers), ("orelse", orelse), ("finalbody", finalbody)],
                )
            }
            Stmt::Assert(s) => {
                let test = self.expr(&s.test)?;
                let msg = self.option(s.msg.as_deref())?;
                self.node("Assert", at, &[("test", test), ("msg", msg)])
            }
            Stmt::Import(s) => self.node("Import", at, &[("names", self.aliases(&s.names)?)]),
            Stmt::ImportFrom(s) => {
                let module = self.optional_name(s.module.as_ref());
                let names = self.aliases(&s.names)?;
                let level = Value::small(s.level as i64);
                self.node("ImportFrom", at, &[("module", module), ("names", names), ("level", level)])
            }
            Stmt::Global(s) => self.node("Global", at, &[("names", self.names(&s.names)?)]),
            Stmt::Nonlocal(s) => self.node("Nonlocal", at, &[("names", self.names(&s.names)?)]),
            Stmt::Expr(s) => self.node("Expr", at, &[("value", self.expr(&s.value)?)]),
            Stmt::Pass(_) => self.node("Pass", at, &[]),
            Stmt::Break(_) => self.node("Break", at, &[]),
            Stmt::Continue(_) => self.node("Continue", at, &[]),
            _ => Err(self.vm.system_error("a statement of no Python")),
        }
    }

    fn if_statement(&self, at: Range, test: &Expr, body: &[Stmt], clauses: &[ast::ElifElseClause]) -> R {
        // Chains of elif are made from their end: they can be long.
        let mut orelse = self.vm.list(&[]).value();
        for clause in clauses.iter().rev() {
            let body = self.statements(&clause.body)?;
            orelse = match &clause.test {
                None => body,
                Some(test) => {
                    let test = self.expr(test)?;
                    let node = self.node(
                        "If",
                        range(clause).start..at.end,
                        &[("test", test), ("body", body), ("orelse", orelse)],
                    )?;
                    self.vm.list(&[node]).value()
                }
            };
        }
        let test = self.expr(test)?;
        let body = self.statements(body)?;
        self.node("If", at, &[("test", test), ("body", body), ("orelse", orelse)])
    }

    fn names(&self, names: &[ast::Identifier]) -> R {
        self.list(names, |name| Ok(self.name(name.as_str())))
    }

    fn aliases(&self, names: &[ast::Alias]) -> R {
        self.list(names, |alias| {
            let asname = self.optional_name(alias.asname.as_ref());
            self.node("alias", range(alias), &[("name", self.name(alias.name.as_str())), ("asname", asname)])
        })
    }

    pub(super) fn keyword(&self, keyword: &ast::Keyword) -> R {
        let value = self.expr(&keyword.value)?;
        self.node("keyword", range(keyword), &[("arg", self.optional_name(keyword.arg.as_ref())), ("value", value)])
    }

    fn parameter(&self, parameter: &ast::Parameter) -> R {
        let annotation = parameter.annotation.as_deref();
        let annotation = annotation.map_or(Ok(Value::NONE), |annotation| self.annotation(annotation))?;
        // The stars of `*args` and `**kwargs` do not belong to the argument.
        let at = range(&parameter.name).start..range(parameter).end;
        let comment = self.type_comment(at.start);
        let arg = self.name(parameter.name.as_str());
        self.node("arg", at, &[("arg", arg), ("annotation", annotation), ("type_comment", comment)])
    }

    pub(super) fn parameters(&self, parameters: &ast::Parameters) -> R {
        let plain = |list: &[ast::ParameterWithDefault]| self.list(list, |item| self.parameter(&item.parameter));
        let star = |item: Option<&ast::Parameter>| item.map_or(Ok(Value::NONE), |item| self.parameter(item));
        let defaults = parameters.posonlyargs.iter().chain(&parameters.args).filter_map(|item| item.default.as_deref());
        let posonlyargs = plain(&parameters.posonlyargs)?;
        let args = plain(&parameters.args)?;
        let vararg = star(parameters.vararg.as_deref())?;
        let kwonlyargs = plain(&parameters.kwonlyargs)?;
        let kw_defaults = self.list(&parameters.kwonlyargs, |item| self.option(item.default.as_deref()))?;
        let kwarg = star(parameters.kwarg.as_deref())?;
        let defaults = self.exprs(defaults)?;
        self.plain(
            "arguments",
            &[
                ("posonlyargs", posonlyargs),
                ("args", args),
                ("vararg", vararg),
                ("kwonlyargs", kwonlyargs),
                ("kw_defaults", kw_defaults),
                ("kwarg", kwarg),
                ("defaults", defaults),
            ],
        )
    }

    fn type_params(&self, params: Option<&ast::TypeParams>) -> R {
        let params: &[ast::TypeParam] = params.map_or(&[], |params| &params.type_params);
        self.list(params, |param| {
            let at = range(param);
            match param {
                ast::TypeParam::TypeVar(own) => {
                    let bound = self.option(own.bound.as_deref())?;
                    let default = self.option(own.default.as_deref())?;
                    let name = self.name(own.name.as_str());
                    self.node("TypeVar", at, &[("name", name), ("bound", bound), ("default_value", default)])
                }
                ast::TypeParam::ParamSpec(own) => {
                    let default = self.option(own.default.as_deref())?;
                    let name = self.name(own.name.as_str());
                    self.node("ParamSpec", at, &[("name", name), ("default_value", default)])
                }
                ast::TypeParam::TypeVarTuple(own) => {
                    let default = self.option(own.default.as_deref())?;
                    let name = self.name(own.name.as_str());
                    self.node("TypeVarTuple", at, &[("name", name), ("default_value", default)])
                }
            }
        })
    }
}

fn memchr_newline(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}
