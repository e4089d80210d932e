//! Syntax trees as Python sees them: the parser's nodes as objects of `_ast`.

use object::{Dict, R, Raised, Ref, TypeObj, Value, ValueExt, Vm};
use syntax::ast::{self, Expr, Pattern, Stmt};
use syntax::{Mode, Parsed};

/// The tree of a parsed source text. `_ast` must be imported.
///
/// # Errors
/// What making objects raises.
pub fn to_python(vm: &Vm, parsed: &Parsed, mode: Mode) -> R {
    let module = vm.modules_dict().get_str(vm, vm.intern("_ast")).and_then(|module| module.cast::<object::Module>());
    let Some(module) = module else { return Err(vm.system_error("_ast is not imported")) };
    let convert = Convert { vm, parsed, classes: module.dict() };
    match (&parsed.module, mode) {
        (ast::Mod::Module(module), Mode::Single) => {
            let body = convert.statements(&module.body)?;
            convert.plain("Interactive", &[("body", body)])
        }
        (ast::Mod::Module(module), _) => {
            let body = convert.statements(&module.body)?;
            let ignores = convert.type_ignores()?;
            convert.plain("Module", &[("body", body), ("type_ignores", ignores)])
        }
        (ast::Mod::Expression(expression), Mode::FuncType) => convert.function_type(&expression.body),
        (ast::Mod::Expression(expression), _) => {
            let body = convert.expr(&expression.body)?;
            convert.plain("Expression", &[("body", body)])
        }
    }
}

struct Convert<'a> {
    vm: &'a Vm,
    parsed: &'a Parsed,
    classes: Ref<Dict>,
}

type Range = std::ops::Range<u32>;

fn range(node: &impl ruff_text_size::Ranged) -> Range {
    node.range().start().to_u32()..node.range().end().to_u32()
}

impl Convert<'_> {
    fn class(&self, name: &str) -> Result<Ref<TypeObj>, Raised> {
        let found = self.classes.get_str(self.vm, self.vm.intern(name)).and_then(|class| class.cast::<TypeObj>());
        found.ok_or_else(|| self.vm.system_error(format!("no node class {name}")))
    }

    fn set(&self, node: Value, fields: &[(&str, Value)]) {
        for (name, value) in fields {
            self.vm.set_instance_attr(node, self.vm.intern(name), *value);
        }
    }

    /// A node without position.
    fn plain(&self, class: &str, fields: &[(&str, Value)]) -> R {
        let node = self.vm.new_instance(self.class(class)?, None);
        self.set(node, fields);
        Ok(node)
    }

    /// A node with position.
    fn node(&self, class: &str, at: Range, fields: &[(&str, Value)]) -> R {
        let node = self.plain(class, fields)?;
        let position = |offset: u32| self.parsed.line_index.position(offset.into());
        let (start, end) = (position(at.start), position(at.end));
        let number = |number: u32| Value::small(number as i64);
        self.set(
            node,
            &[
                ("lineno", number(start.line)),
                ("col_offset", number(start.column)),
                ("end_lineno", number(end.line)),
                ("end_col_offset", number(end.column)),
            ],
        );
        Ok(node)
    }

    fn list<T>(&self, items: impl IntoIterator<Item = T>, each: impl Fn(T) -> R) -> R {
        let list = self.vm.list(&[]);
        for item in items {
            list.push(self.vm, each(item)?);
        }
        Ok(list.value())
    }

    fn statements(&self, body: &[Stmt]) -> R {
        self.list(body, |statement| self.stmt(statement))
    }

    fn exprs<'e>(&self, items: impl IntoIterator<Item = &'e Expr>) -> R {
        self.list(items, |item| self.expr(item))
    }

    fn option(&self, expr: Option<&Expr>) -> R {
        expr.map_or(Ok(Value::NONE), |expr| self.expr(expr))
    }

    fn name(&self, name: &str) -> Value {
        self.vm.intern(name).value()
    }

    fn optional_name(&self, name: Option<&ast::Identifier>) -> Value {
        name.map_or(Value::NONE, |name| self.name(name.as_str()))
    }

    fn type_ignores(&self) -> R {
        let ignores = self.parsed.type_comments.iter().filter(|comment| comment.ignore);
        self.list(ignores, |comment| {
            let line = self.parsed.line_index.line(comment.range.start());
            let tag = self.vm.str(&comment.text).value();
            self.plain("TypeIgnore", &[("lineno", Value::small(line as i64)), ("tag", tag)])
        })
    }

    fn function_type(&self, body: &Expr) -> R {
        let Expr::Tuple(pair) = body else { return Err(self.vm.system_error("not a function type")) };
        let (Some(Expr::List(args)), Some(returns)) = (pair.elts.first(), pair.elts.get(1)) else {
            return Err(self.vm.system_error("not a function type"));
        };
        let args = self.exprs(&args.elts)?;
        let returns = self.expr(returns)?;
        self.plain("FunctionType", &[("argtypes", args), ("returns", returns)])
    }

    /// A statement whose range in the parser's tree starts at its decorators starts behind them in Python's.
    fn behind_decorators(&self, at: Range, decorators: &[ast::Decorator]) -> Range {
        let Some(last) = decorators.last() else { return at };
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

    fn stmt(&self, statement: &Stmt) -> R {
        self.vm.enter_native()?;
        let at = range(statement);
        let none = Value::NONE;
        match statement {
            Stmt::FunctionDef(f) => {
                let class = if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
                let name = self.name(f.name.as_str());
                let args = self.parameters(&f.parameters)?;
                let body = self.statements(&f.body)?;
                let decorators = self.exprs(f.decorator_list.iter().map(|decorator| &decorator.expression))?;
                let returns = self.option(f.returns.as_deref())?;
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
                        ("type_comment", none),
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
                let body = self.statements(&c.body)?;
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
                self.node("Assign", at, &[("targets", targets), ("value", value), ("type_comment", none)])
            }
            Stmt::AugAssign(s) => {
                let target = self.expr(&s.target)?;
                let op = self.operator(s.op)?;
                let value = self.expr(&s.value)?;
                self.node("AugAssign", at, &[("target", target), ("op", op), ("value", value)])
            }
            Stmt::AnnAssign(s) => {
                let target = self.expr(&s.target)?;
                let annotation = self.expr(&s.annotation)?;
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
                self.node(
                    if s.is_async { "AsyncFor" } else { "For" },
                    at,
                    &[("target", target), ("iter", iter), ("body", body), ("orelse", orelse), ("type_comment", none)],
                )
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
                self.node(class, at, &[("items", items), ("body", body), ("type_comment", none)])
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

    fn keyword(&self, keyword: &ast::Keyword) -> R {
        let value = self.expr(&keyword.value)?;
        self.node("keyword", range(keyword), &[("arg", self.optional_name(keyword.arg.as_ref())), ("value", value)])
    }

    fn parameter(&self, parameter: &ast::Parameter) -> R {
        let annotation = self.option(parameter.annotation.as_deref())?;
        let at = match &parameter.annotation {
            // The stars of `*args` and `**kwargs` do not belong to the argument.
            Some(_) => range(&parameter.name).start..range(parameter).end,
            None => range(&parameter.name),
        };
        self.node(
            "arg",
            at,
            &[("arg", self.name(parameter.name.as_str())), ("annotation", annotation), ("type_comment", Value::NONE)],
        )
    }

    fn parameters(&self, parameters: &ast::Parameters) -> R {
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

    fn operator(&self, op: ast::Operator) -> R {
        use ast::Operator::*;
        let name = match op {
            Add => "Add",
            Sub => "Sub",
            Mult => "Mult",
            MatMult => "MatMult",
            Div => "Div",
            Mod => "Mod",
            Pow => "Pow",
            LShift => "LShift",
            RShift => "RShift",
            BitOr => "BitOr",
            BitXor => "BitXor",
            BitAnd => "BitAnd",
            FloorDiv => "FloorDiv",
        };
        self.singleton(name)
    }

    /// The one node of a class without fields.
    fn singleton(&self, name: &str) -> R {
        let key = format!("ast.{name}");
        if let Some(known) = self.vm.state_value(&key) {
            return Ok(known);
        }
        let node = self.plain(name, &[])?;
        self.vm.set_state(&key, node);
        Ok(node)
    }

    fn context(&self, context: ast::ExprContext) -> R {
        self.singleton(match context {
            ast::ExprContext::Store => "Store",
            ast::ExprContext::Del => "Del",
            _ => "Load",
        })
    }

    fn constant(&self, at: Range, value: Value, kind: Value) -> R {
        self.node("Constant", at, &[("value", value), ("kind", kind)])
    }

    fn text(&self, bytes: &[u8]) -> Value {
        match base::text::Wtf8::from_bytes(bytes) {
            Some(text) => self.vm.str_wtf8(text).value(),
            None => self.vm.str(&String::from_utf8_lossy(bytes)).value(),
        }
    }

    fn generators(&self, generators: &[ast::Comprehension]) -> R {
        self.list(generators, |generator| {
            let target = self.expr(&generator.target)?;
            let iter = self.expr(&generator.iter)?;
            let ifs = self.exprs(&generator.ifs)?;
            let is_async = Value::small(generator.is_async as i64);
            self.plain("comprehension", &[("target", target), ("iter", iter), ("ifs", ifs), ("is_async", is_async)])
        })
    }

    fn expr(&self, expr: &Expr) -> R {
        self.vm.enter_native()?;
        let at = range(expr);
        match expr {
            Expr::BoolOp(e) => {
                let op = self.singleton(match e.op {
                    ast::BoolOp::And => "And",
                    ast::BoolOp::Or => "Or",
                })?;
                self.node("BoolOp", at, &[("op", op), ("values", self.exprs(&e.values)?)])
            }
            Expr::Named(e) => {
                let target = self.expr(&e.target)?;
                let value = self.expr(&e.value)?;
                self.node("NamedExpr", at, &[("target", target), ("value", value)])
            }
            Expr::BinOp(_) => self.binary(expr),
            Expr::UnaryOp(e) => {
                let op = self.singleton(match e.op {
                    ast::UnaryOp::Invert => "Invert",
                    ast::UnaryOp::Not => "Not",
                    ast::UnaryOp::UAdd => "UAdd",
                    ast::UnaryOp::USub => "USub",
                })?;
                self.node("UnaryOp", at, &[("op", op), ("operand", self.expr(&e.operand)?)])
            }
            Expr::Lambda(e) => {
                let args = match &e.parameters {
                    Some(parameters) => self.parameters(parameters)?,
                    None => self.parameters(&ast::Parameters::default())?,
                };
                self.node("Lambda", at, &[("args", args), ("body", self.expr(&e.body)?)])
            }
            Expr::If(e) => {
                let test = self.expr(&e.test)?;
                let body = self.expr(&e.body)?;
                let orelse = self.expr(&e.orelse)?;
                self.node("IfExp", at, &[("test", test), ("body", body), ("orelse", orelse)])
            }
            Expr::Dict(e) => {
                let keys = self.list(&e.items, |item| self.option(item.key.as_ref()))?;
                let values = self.exprs(e.items.iter().map(|item| &item.value))?;
                self.node("Dict", at, &[("keys", keys), ("values", values)])
            }
            Expr::Set(e) => self.node("Set", at, &[("elts", self.exprs(&e.elts)?)]),
            Expr::ListComp(e) => {
                let elt = self.expr(&e.elt)?;
                self.node("ListComp", at, &[("elt", elt), ("generators", self.generators(&e.generators)?)])
            }
            Expr::SetComp(e) => {
                let elt = self.expr(&e.elt)?;
                self.node("SetComp", at, &[("elt", elt), ("generators", self.generators(&e.generators)?)])
            }
            Expr::DictComp(e) => {
                let key = self.option(e.key.as_deref())?;
                let value = self.expr(&e.value)?;
                let generators = self.generators(&e.generators)?;
                self.node("DictComp", at, &[("key", key), ("value", value), ("generators", generators)])
            }
            Expr::Generator(e) => {
                let elt = self.expr(&e.elt)?;
                self.node("GeneratorExp", at, &[("elt", elt), ("generators", self.generators(&e.generators)?)])
            }
            Expr::Await(e) => self.node("Await", at, &[("value", self.expr(&e.value)?)]),
            Expr::Yield(e) => self.node("Yield", at, &[("value", self.option(e.value.as_deref())?)]),
            Expr::YieldFrom(e) => self.node("YieldFrom", at, &[("value", self.expr(&e.value)?)]),
            Expr::Compare(e) => {
                let left = self.expr(&e.left)?;
                let ops = self.list(&e.ops[..], |op| self.comparison(*op))?;
                let comparators = self.exprs(&e.comparators[..])?;
                self.node("Compare", at, &[("left", left), ("ops", ops), ("comparators", comparators)])
            }
            Expr::Call(e) => {
                let func = self.expr(&e.func)?;
                let args = self.exprs(&e.arguments.args[..])?;
                let keywords = self.list(&e.arguments.keywords, |keyword| self.keyword(keyword))?;
                self.node("Call", at, &[("func", func), ("args", args), ("keywords", keywords)])
            }
            Expr::FString(e) => self.fstring(at, e),
            Expr::TString(e) => self.tstring(at, e),
            Expr::StringLiteral(e) => {
                let value = self.text(&syntax::string_literal_value(&self.parsed.source, e));
                let unicode = e.value.iter().next().is_some_and(|first| first.flags.prefix().is_unicode());
                let kind = if unicode { self.name("u") } else { Value::NONE };
                self.constant(at, value, kind)
            }
            Expr::BytesLiteral(e) => {
                let bytes: Vec<u8> = e.value.bytes().collect();
                self.constant(at, self.vm.bytes(&bytes).value(), Value::NONE)
            }
            Expr::NumberLiteral(e) => {
                let value = match &e.value {
                    ast::Number::Int(int) => self.int(int)?,
                    ast::Number::Float(float) => self.vm.float(*float),
                    ast::Number::Complex { real, imag } => self.vm.complex(*real, *imag),
                };
                self.constant(at, value, Value::NONE)
            }
            Expr::BooleanLiteral(e) => self.constant(at, Value::bool(e.value), Value::NONE),
            Expr::NoneLiteral(_) => self.constant(at, Value::NONE, Value::NONE),
            Expr::EllipsisLiteral(_) => self.constant(at, Value::ELLIPSIS, Value::NONE),
            Expr::Attribute(e) => {
                let value = self.expr(&e.value)?;
                let fields = [("value", value), ("attr", self.name(e.attr.as_str())), ("ctx", self.context(e.ctx)?)];
                self.node("Attribute", at, &fields)
            }
            Expr::Subscript(e) => {
                let value = self.expr(&e.value)?;
                let slice = self.expr(&e.slice)?;
                self.node("Subscript", at, &[("value", value), ("slice", slice), ("ctx", self.context(e.ctx)?)])
            }
            Expr::Starred(e) => {
                self.node("Starred", at, &[("value", self.expr(&e.value)?), ("ctx", self.context(e.ctx)?)])
            }
            Expr::Name(e) => self.node("Name", at, &[("id", self.name(e.id.as_str())), ("ctx", self.context(e.ctx)?)]),
            Expr::List(e) => self.node("List", at, &[("elts", self.exprs(&e.elts)?), ("ctx", self.context(e.ctx)?)]),
            Expr::Tuple(e) => self.node("Tuple", at, &[("elts", self.exprs(&e.elts)?), ("ctx", self.context(e.ctx)?)]),
            Expr::Slice(e) => {
                let lower = self.option(e.lower.as_deref())?;
                let upper = self.option(e.upper.as_deref())?;
                let step = self.option(e.step.as_deref())?;
                self.node("Slice", at, &[("lower", lower), ("upper", upper), ("step", step)])
            }
            _ => Err(self.vm.system_error("an expression of no Python")),
        }
    }

    /// A binary operation, whose left spine can be long.
    fn binary(&self, expr: &Expr) -> R {
        let mut spine = Vec::new();
        let mut at = expr;
        while let Expr::BinOp(own) = at {
            spine.push((range(at), own));
            at = &own.left;
        }
        let mut left = self.expr(at)?;
        for (at, own) in spine.into_iter().rev() {
            let op = self.operator(own.op)?;
            let right = self.expr(&own.right)?;
            left = self.node("BinOp", at, &[("left", left), ("op", op), ("right", right)])?;
        }
        Ok(left)
    }

    fn comparison(&self, op: ast::CmpOp) -> R {
        use ast::CmpOp::*;
        self.singleton(match op {
            Eq => "Eq",
            NotEq => "NotEq",
            Lt => "Lt",
            LtE => "LtE",
            Gt => "Gt",
            GtE => "GtE",
            Is => "Is",
            IsNot => "IsNot",
            In => "In",
            NotIn => "NotIn",
        })
    }

    fn int(&self, int: &ast::Int) -> R {
        if let Some(small) = int.as_u64() {
            return Ok(self.vm.int_u64(small));
        }
        match base::number::parse_int(int.to_string().as_bytes(), 0, 0) {
            Ok(base::number::Int::Small(small)) => Ok(self.vm.int(small)),
            Ok(base::number::Int::Big(big)) => Ok(self.vm.big(big)),
            Err(_) => Err(self.vm.value_error("invalid number")),
        }
    }

    fn conversion(&self, conversion: ast::ConversionFlag) -> Value {
        Value::small(conversion as i8 as i64)
    }

    /// The parts of interpolated strings; neighbouring literals become one constant.
    fn parts<'e>(&self, strings: impl Iterator<Item = Part<'e>>, template: bool) -> R {
        let list = self.vm.list(&[]);
        let mut literal: Option<(Range, Vec<u8>)> = None;
        let push_text = |literal: &mut Option<(Range, Vec<u8>)>, at: Range, bytes: &[u8]| {
            if bytes.is_empty() {
                return;
            }
            match literal {
                Some((known, text)) => {
                    known.end = at.end;
                    text.extend_from_slice(bytes);
                }
                None => *literal = Some((at, bytes.to_vec())),
            }
        };
        let finish = |literal: &mut Option<(Range, Vec<u8>)>| -> Result<(), Raised> {
            if let Some((at, bytes)) = literal.take() {
                let text = self.text(&bytes);
                list.push(self.vm, self.constant(at, text, Value::NONE)?);
            }
            Ok(())
        };
        for part in strings {
            let (elements, raw) = match part {
                Part::Literal(string) => {
                    push_text(&mut literal, range(string), &syntax::string_value(&self.parsed.source, string));
                    continue;
                }
                Part::Elements(elements, raw) => (elements, raw),
            };
            for element in elements {
                match element {
                    ast::InterpolatedStringElement::Literal(text) => {
                        let bytes = syntax::interpolated_literal_value(&self.parsed.source, text, raw);
                        push_text(&mut literal, range(text), &bytes);
                    }
                    ast::InterpolatedStringElement::Interpolation(own) => {
                        if let Some(debug) = &own.debug_text {
                            let text = syntax::debug_text(debug);
                            let from = range(own).start + 1;
                            push_text(&mut literal, from..from + text.len() as u32, text.as_bytes());
                        }
                        finish(&mut literal)?;
                        list.push(self.vm, self.interpolation(own, raw, template)?);
                    }
                }
            }
        }
        finish(&mut literal)?;
        Ok(list.value())
    }

    fn interpolation(&self, own: &ast::InterpolatedElement, raw: bool, template: bool) -> R {
        let at = range(own);
        let value = self.expr(&own.expression)?;
        let spec = match &own.format_spec {
            None => Value::NONE,
            Some(spec) => {
                let parts = self.parts(std::iter::once(Part::Elements(&spec.elements, raw)), false)?;
                // The node of a specification starts at its colon.
                let at = range(&**spec);
                self.node("JoinedStr", at.start.saturating_sub(1)..at.end, &[("values", parts)])?
            }
        };
        let mut conversion = own.conversion;
        if own.debug_text.is_some() && conversion == ast::ConversionFlag::None && spec.is_none() {
            conversion = ast::ConversionFlag::Repr;
        }
        let conversion = self.conversion(conversion);
        if template {
            let text = syntax::interpolation_text(&self.parsed.source, own);
            let text = self.vm.str(&text).value();
            let fields = [("value", value), ("str", text), ("conversion", conversion), ("format_spec", spec)];
            return self.node("Interpolation", at, &fields);
        }
        self.node("FormattedValue", at, &[("value", value), ("conversion", conversion), ("format_spec", spec)])
    }

    fn fstring(&self, at: Range, string: &ast::ExprFString) -> R {
        let parts = string.value.iter().map(|part| match part {
            ast::FStringPart::Literal(literal) => Part::Literal(literal),
            ast::FStringPart::FString(own) => Part::Elements(&own.elements, own.flags.prefix().is_raw()),
        });
        let values = self.parts(parts, false)?;
        self.node("JoinedStr", at, &[("values", values)])
    }

    fn tstring(&self, at: Range, string: &ast::ExprTString) -> R {
        let parts = string.value.iter().map(|own| Part::Elements(&own.elements, own.flags.prefix().is_raw()));
        let values = self.parts(parts, true)?;
        self.node("TemplateStr", at, &[("values", values)])
    }

    fn patterns(&self, patterns: &[Pattern]) -> R {
        self.list(patterns, |pattern| self.pattern(pattern))
    }

    fn pattern(&self, pattern: &Pattern) -> R {
        self.vm.enter_native()?;
        let at = range(pattern);
        match pattern {
            Pattern::MatchValue(p) => self.node("MatchValue", at, &[("value", self.expr(&p.value)?)]),
            Pattern::MatchSingleton(p) => {
                let value = match p.value {
                    ast::Singleton::None => Value::NONE,
                    ast::Singleton::True => Value::TRUE,
                    ast::Singleton::False => Value::FALSE,
                };
                self.node("MatchSingleton", at, &[("value", value)])
            }
            Pattern::MatchSequence(p) => self.node("MatchSequence", at, &[("patterns", self.patterns(&p.patterns)?)]),
            Pattern::MatchMapping(p) => {
                let keys = self.exprs(&p.keys)?;
                let patterns = self.patterns(&p.patterns)?;
                let rest = self.optional_name(p.rest.as_ref());
                self.node("MatchMapping", at, &[("keys", keys), ("patterns", patterns), ("rest", rest)])
            }
            Pattern::MatchClass(p) => {
                let class = self.expr(&p.cls)?;
                let patterns = self.patterns(&p.arguments.patterns)?;
                let attrs = self.list(&p.arguments.keywords, |keyword| Ok(self.name(keyword.attr.as_str())))?;
                let kwd = self.list(&p.arguments.keywords, |keyword| self.pattern(&keyword.pattern))?;
                self.node(
                    "MatchClass",
                    at,
                    &[("cls", class), ("patterns", patterns), ("kwd_attrs", attrs), ("kwd_patterns", kwd)],
                )
            }
            Pattern::MatchStar(p) => self.node("MatchStar", at, &[("name", self.optional_name(p.name.as_ref()))]),
            Pattern::MatchAs(p) => {
                let inner = p.pattern.as_deref().map_or(Ok(Value::NONE), |pattern| self.pattern(pattern))?;
                self.node("MatchAs", at, &[("pattern", inner), ("name", self.optional_name(p.name.as_ref()))])
            }
            Pattern::MatchOr(p) => self.node("MatchOr", at, &[("patterns", self.patterns(&p.patterns)?)]),
        }
    }
}

/// A piece of an interpolated string.
enum Part<'e> {
    Literal(&'e ast::StringLiteral),
    /// Elements, and whether the string is raw.
    Elements(&'e ast::InterpolatedStringElements, bool),
}

fn memchr_newline(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}
