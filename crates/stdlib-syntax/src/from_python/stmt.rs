//! Statements.

use object::{TypeId, Value, ValueExt};
use ruff_text_size::{Ranged, TextRange};
use syntax::ast::{self, ExprContext, Stmt, Suite};

use super::expr::none;
use super::pattern::Around;
use super::{At, End, Reader, Res};

impl Reader<'_> {
    pub(super) fn statements(&mut self, node: Value, field: &str, class: &str) -> Res<Vec<Stmt>> {
        self.list(node, field, class, |this, item| match item.is_none() {
            true => {
                this.reject("None disallowed in statement list");
                Ok(ast::StmtPass { node_index: none(), range: this.here() }.into())
            }
            false => this.stmt(item),
        })
    }

    /// A list of statements that may not be empty.
    fn body(&mut self, node: Value, class: &str) -> Res<Suite> {
        let body = self.statements(node, "body", class)?;
        if body.is_empty() {
            self.reject(format!("empty body on {class}"));
        }
        Ok(body.into())
    }

    fn not_empty<T>(&mut self, items: &[T], field: &str, class: &str) {
        if items.is_empty() {
            self.reject(format!("empty {field} on {class}"));
        }
    }

    fn stmt(&mut self, node: Value) -> Res<Stmt> {
        self.enter("stmt")?;
        let at = self.at(node, "stmt", End::Optional)?;
        let class = self.member(node, "stmt")?;
        let start = self.open(at);
        let node_index = none();
        Ok(match class {
            "FunctionDef" | "AsyncFunctionDef" => self.function_def(node, class, start, at)?,
            "ClassDef" => self.class_def(node, start, at)?,
            "Return" => {
                let value = self.optional_expr(node, "value")?;
                let range = self.close(start, at);
                ast::StmtReturn { node_index, range, value }.into()
            }
            "Delete" => {
                let targets = self.exprs(node, "targets", class, ExprContext::Del)?;
                self.not_empty(&targets, "targets", class);
                let range = self.close(start, at);
                ast::StmtDelete { node_index, range, targets }.into()
            }
            "Assign" => {
                let targets = self.exprs(node, "targets", class, ExprContext::Store)?;
                self.not_empty(&targets, "targets", class);
                let value = self.boxed(node, "value", class)?;
                self.type_comment(node, start)?;
                let range = self.close(start, at);
                ast::StmtAssign { node_index, range, targets, value }.into()
            }
            "TypeAlias" => {
                let name = self.target(node, "name", class)?;
                if !name.is_name_expr() {
                    self.reject_as(TypeId::TypeError, "TypeAlias with non-Name name");
                }
                let type_params = self.type_params(node, class)?;
                let value = self.boxed(node, "value", class)?;
                let range = self.close(start, at);
                ast::StmtTypeAlias { node_index, range, name, type_params, value }.into()
            }
            "AugAssign" => {
                let target = self.target(node, "target", class)?;
                if !(target.is_name_expr() || target.is_attribute_expr() || target.is_subscript_expr()) {
                    self.reject_as(TypeId::SystemError, "invalid node type for augmented assignment");
                }
                let op = self.operator(node, class)?;
                let value = self.boxed(node, "value", class)?;
                let range = self.close(start, at);
                ast::StmtAugAssign { node_index, range, target, op, value }.into()
            }
            "AnnAssign" => self.annotated(node, start, at)?,
            "For" | "AsyncFor" => {
                let target = self.target(node, "target", class)?;
                let iter = self.boxed(node, "iter", class)?;
                let body = self.body(node, class)?;
                let orelse = self.statements(node, "orelse", class)?.into();
                self.type_comment(node, start)?;
                let range = self.close(start, at);
                ast::StmtFor { node_index, range, is_async: class == "AsyncFor", target, iter, body, orelse }.into()
            }
            "While" => {
                let test = self.boxed(node, "test", class)?;
                let body = self.body(node, class)?;
                let orelse = self.statements(node, "orelse", class)?.into();
                let range = self.close(start, at);
                ast::StmtWhile { node_index, range, test, body, orelse }.into()
            }
            "If" => self.if_stmt(node, start, at)?,
            "With" | "AsyncWith" => {
                let items = self.list(node, "items", class, |this, item| this.with_item(item))?;
                self.not_empty(&items, "items", class);
                let body = self.body(node, class)?;
                self.type_comment(node, start)?;
                let range = self.close(start, at);
                ast::StmtWith { node_index, range, is_async: class == "AsyncWith", items, body }.into()
            }
            "Match" => {
                let subject = self.boxed(node, "subject", class)?;
                let cases = self.list(node, "cases", class, |this, item| this.match_case(item))?;
                self.not_empty(&cases, "cases", class);
                let range = self.close(start, at);
                ast::StmtMatch { node_index, range, subject, cases }.into()
            }
            "Raise" => {
                let exc = self.optional_expr(node, "exc")?;
                let cause = self.optional_expr(node, "cause")?;
                if exc.is_none() && cause.is_some() {
                    self.reject("Raise with cause but no exception");
                }
                let range = self.close(start, at);
                ast::StmtRaise { node_index, range, exc, cause }.into()
            }
            "Try" | "TryStar" => self.try_stmt(node, class, start, at)?,
            "Assert" => {
                let test = self.boxed(node, "test", class)?;
                let msg = self.optional_expr(node, "msg")?;
                let range = self.close(start, at);
                ast::StmtAssert { node_index, range, test, msg }.into()
            }
            "Import" => {
                let names = self.list(node, "names", class, |this, item| this.alias(item))?;
                self.not_empty(&names, "names", class);
                let range = self.close(start, at);
                ast::StmtImport { node_index, range, names, is_lazy: false }.into()
            }
            "ImportFrom" => self.import_from(node, start, at)?,
            "Global" | "Nonlocal" => {
                let names = self.list(node, "names", class, |this, item| this.identifier(item, this.here()))?;
                self.not_empty(&names, "names", class);
                let range = self.close(start, at);
                match class {
                    "Global" => ast::StmtGlobal { node_index, range, names }.into(),
                    _ => ast::StmtNonlocal { node_index, range, names }.into(),
                }
            }
            "Expr" => {
                let value = self.boxed(node, "value", class)?;
                let range = self.close(start, at);
                ast::StmtExpr { node_index, range, value }.into()
            }
            "Pass" => ast::StmtPass { node_index, range: self.close(start, at) }.into(),
            "Break" => ast::StmtBreak { node_index, range: self.close(start, at) }.into(),
            "Continue" => ast::StmtContinue { node_index, range: self.close(start, at) }.into(),
            _ => return Err(self.vm.system_error("unexpected statement")),
        })
    }

    fn decorators(&mut self, node: Value, class: &str, at: At) -> Res<Vec<ast::Decorator>> {
        let decorators = self.exprs(node, "decorator_list", class, ExprContext::Load)?;
        if !decorators.is_empty() {
            // The place behind the last decorator is that of the definition itself.
            self.place(at.line, at.column);
        }
        let decorator =
            |expression: ast::Expr| ast::Decorator { range: expression.range(), node_index: none(), expression };
        Ok(decorators.into_iter().map(decorator).collect())
    }

    fn function_def(&mut self, node: Value, class: &str, start: u32, at: At) -> Res<Stmt> {
        let name = self.name(node, class, self.here())?;
        // Decorators stand in front of all else.
        let decorator_list = self.decorators(node, class, at)?.into();
        let args = self.required(node, "args", class)?;
        let parameters = Box::new(self.parameters(args)?);
        let type_params = self.type_params(node, class)?;
        let returns = self.optional_expr(node, "returns")?;
        let body = self.body(node, class)?;
        self.type_comment(node, start)?;
        let range = self.close(start, at);
        let is_async = class == "AsyncFunctionDef";
        let node_index = none();
        Ok(ast::StmtFunctionDef {
            node_index,
            range,
            is_async,
            decorator_list,
            name,
            type_params,
            parameters,
            returns,
            body,
        }
        .into())
    }

    fn class_def(&mut self, node: Value, start: u32, at: At) -> Res<Stmt> {
        let class = "ClassDef";
        let name = self.name(node, class, self.here())?;
        let decorator_list = self.decorators(node, class, at)?.into();
        let type_params = self.type_params(node, class)?;
        let arguments = Some(Box::new(self.arguments(node, class, "bases", at)?));
        let body = self.body(node, class)?;
        let range = self.close(start, at);
        Ok(ast::StmtClassDef { node_index: none(), range, decorator_list, name, type_params, arguments, body }.into())
    }

    fn annotated(&mut self, node: Value, start: u32, at: At) -> Res<Stmt> {
        let class = "AnnAssign";
        let target = self.target(node, "target", class)?;
        let annotation = self.boxed(node, "annotation", class)?;
        let value = self.optional_expr(node, "value")?;
        let simple = self.int(node, "simple", class)? != 0;
        if simple && !target.is_name_expr() {
            self.reject_as(TypeId::TypeError, "AnnAssign with simple non-Name target");
        } else if !(target.is_name_expr() || target.is_attribute_expr() || target.is_subscript_expr()) {
            self.reject_as(TypeId::SystemError, "invalid node type for annotated assignment");
        }
        let range = self.close(start, at);
        Ok(ast::StmtAnnAssign { node_index: none(), range, target, annotation, value, simple }.into())
    }

    /// An `if` statement. An `if` that is all of the other branch is an `elif` here; long chains of those take no
    /// recursion.
    fn if_stmt(&mut self, node: Value, start: u32, at: At) -> Res<Stmt> {
        let class = "If";
        let test = self.boxed(node, "test", class)?;
        let body = self.body(node, class)?;
        let mut elif_else_clauses = Vec::new();
        let mut open = Vec::new();
        let mut last = node;
        while let Some(next) = self.only_if(last)? {
            let at = self.at(next, "stmt", End::Optional)?;
            let from = self.open(at);
            let test = Some(self.expr_field(next, "test", class, ExprContext::Load)?);
            let body = self.body(next, class)?;
            let range = TextRange::empty(from.into());
            elif_else_clauses.push(ast::ElifElseClause { range, node_index: none(), test, body });
            open.push((from, at));
            last = next;
        }
        let orelse = self.statements(last, "orelse", class)?;
        // An `elif` ends with the statement.
        for (clause, (from, at)) in elif_else_clauses.iter_mut().zip(open).rev() {
            clause.range = self.close(from, at);
        }
        if !orelse.is_empty() {
            let range = TextRange::new(orelse[0].start(), self.here().end());
            elif_else_clauses.push(ast::ElifElseClause { range, node_index: none(), test: None, body: orelse.into() });
        }
        let range = self.close(start, at);
        Ok(ast::StmtIf { node_index: none(), range, test, body, elif_else_clauses }.into())
    }

    /// The `if` that is the only statement in the other branch of one.
    fn only_if(&self, node: Value) -> Res<Option<Value>> {
        let list = self.get(node, "orelse")?.and_then(|value| value.cast::<object::List>());
        let Some(only) = list.filter(|list| list.len() == 1).map(|list| list.items()[0]) else { return Ok(None) };
        Ok(Some(only).filter(|only| self.node_of(*only).is_some_and(|node| node.name == "If")))
    }

    fn with_item(&mut self, node: Value) -> Res<ast::WithItem> {
        self.enter("withitem")?;
        let context_expr = self.expr_field(node, "context_expr", "withitem", ExprContext::Load)?;
        let optional_vars = match self.optional(node, "optional_vars")? {
            Some(vars) => Some(Box::new(self.expr(vars, ExprContext::Store)?)),
            None => None,
        };
        let range = TextRange::new(context_expr.start(), self.here().end());
        Ok(ast::WithItem { range, node_index: none(), context_expr, optional_vars })
    }

    fn match_case(&mut self, node: Value) -> Res<ast::MatchCase> {
        self.enter("match_case")?;
        let pattern = self.required(node, "pattern", "match_case")?;
        let pattern = self.pattern(pattern, Around::Other)?;
        let guard = self.optional_expr(node, "guard")?;
        let body = self.body(node, "match_case")?;
        let range = TextRange::new(pattern.start(), self.here().end());
        Ok(ast::MatchCase { range, node_index: none(), pattern, guard, body })
    }

    fn try_stmt(&mut self, node: Value, class: &str, start: u32, at: At) -> Res<Stmt> {
        let body = self.body(node, class)?;
        let handlers = self.list(node, "handlers", class, |this, item| this.handler(item))?;
        let orelse: Suite = self.statements(node, "orelse", class)?.into();
        let finalbody: Suite = self.statements(node, "finalbody", class)?.into();
        if handlers.is_empty() && finalbody.is_empty() {
            self.reject(format!("{class} has neither except handlers nor finalbody"));
        } else if handlers.is_empty() && !orelse.is_empty() {
            self.reject(format!("{class} has orelse but no except handlers"));
        }
        let range = self.close(start, at);
        let is_star = class == "TryStar";
        Ok(ast::StmtTry { node_index: none(), range, body, handlers, orelse, finalbody, is_star }.into())
    }

    fn handler(&mut self, node: Value) -> Res<ast::ExceptHandler> {
        self.enter("excepthandler")?;
        let at = self.at(node, "excepthandler", End::Optional)?;
        let class = self.member(node, "excepthandler")?;
        let start = self.open(at);
        let type_ = self.optional_expr(node, "type")?;
        let name = self.optional_identifier(node, "name", self.here())?;
        if let Some(name) = &name {
            self.check_name(name);
        }
        let body = self.body(node, class)?;
        let range = self.close(start, at);
        Ok(ast::ExceptHandlerExceptHandler { range, node_index: none(), type_, name, body }.into())
    }

    fn import_from(&mut self, node: Value, start: u32, at: At) -> Res<Stmt> {
        let class = "ImportFrom";
        let module = self.optional_identifier(node, "module", self.here())?;
        let names = self.list(node, "names", class, |this, item| this.alias(item))?;
        let level = match self.optional(node, "level")? {
            Some(level) => self.number(level)?,
            None => 0,
        };
        if level < 0 {
            self.reject("Negative ImportFrom level");
        }
        self.not_empty(&names, "names", class);
        let range = self.close(start, at);
        let level = level.max(0) as u32;
        Ok(ast::StmtImportFrom { node_index: none(), range, module, names, level, is_lazy: false }.into())
    }

    fn alias(&mut self, node: Value) -> Res<ast::Alias> {
        self.enter("alias")?;
        let here = self.here();
        let name = self.name(node, "alias", here)?;
        let asname = self.optional_identifier(node, "asname", here)?;
        if let Some(asname) = &asname {
            self.check_name(asname);
        }
        let at = self.at(node, "alias", End::Optional)?;
        let start = self.open(at);
        let range = self.close(start, at);
        Ok(ast::Alias { range, node_index: none(), name, asname })
    }
}
