//! Expressions.

use object::{TypeId, Value};
use ruff_text_size::{Ranged, TextRange};
use syntax::ast::{self, AtomicNodeIndex, Expr, ExprContext};

use super::{At, End, Reader, Res};

/// No index: the node's own value counts.
pub(super) fn none() -> AtomicNodeIndex {
    AtomicNodeIndex::NONE
}

fn context_name(context: ExprContext) -> &'static str {
    match context {
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
        ExprContext::Load | ExprContext::Invalid => "Load",
    }
}

impl Reader<'_> {
    /// A required expression.
    pub(super) fn expr_field(&mut self, node: Value, field: &str, class: &str, wanted: ExprContext) -> Res<Expr> {
        let value = self.required(node, field, class)?;
        self.expr(value, wanted)
    }

    pub(super) fn boxed(&mut self, node: Value, field: &str, class: &str) -> Res<Box<Expr>> {
        Ok(Box::new(self.expr_field(node, field, class, ExprContext::Load)?))
    }

    pub(super) fn target(&mut self, node: Value, field: &str, class: &str) -> Res<Box<Expr>> {
        Ok(Box::new(self.expr_field(node, field, class, ExprContext::Store)?))
    }

    pub(super) fn optional_expr(&mut self, node: Value, field: &str) -> Res<Option<Box<Expr>>> {
        match self.optional(node, field)? {
            Some(value) => Ok(Some(Box::new(self.expr(value, ExprContext::Load)?))),
            None => Ok(None),
        }
    }

    /// A list of expressions, in which None may stand for a missing one.
    pub(super) fn optional_exprs(&mut self, node: Value, field: &str, class: &str) -> Res<Vec<Option<Expr>>> {
        self.list(node, field, class, |this, item| match item.is_none() {
            true => Ok(None),
            false => this.expr(item, ExprContext::Load).map(Some),
        })
    }

    /// A list of expressions.
    pub(super) fn exprs(&mut self, node: Value, field: &str, class: &str, wanted: ExprContext) -> Res<Vec<Expr>> {
        self.list(node, field, class, |this, item| match item.is_none() {
            true => {
                this.reject("None disallowed in expression list");
                Ok(this.nothing())
            }
            false => this.expr(item, wanted),
        })
    }

    /// Stands for what was rejected.
    pub(super) fn nothing(&self) -> Expr {
        ast::ExprNoneLiteral { node_index: none(), range: self.here() }.into()
    }

    fn context(&mut self, node: Value, class: &str, wanted: ExprContext) -> Res<ExprContext> {
        let value = self.present(node, "ctx", class)?;
        let context = match self.member(value, "expr_context")? {
            "Store" => ExprContext::Store,
            "Del" => ExprContext::Del,
            _ => ExprContext::Load,
        };
        if context != wanted && wanted != ExprContext::Invalid {
            let (wanted, has) = (context_name(wanted), context_name(context));
            self.reject(format!("expression must have {wanted} context but has {has} instead"));
        }
        Ok(context)
    }

    /// An expression in a context; where that is [`ExprContext::Invalid`], any will do.
    pub(super) fn expr(&mut self, node: Value, wanted: ExprContext) -> Res<Expr> {
        self.enter("expr")?;
        let at = self.at(node, "expr", End::Optional)?;
        let class = self.member(node, "expr")?;
        let has_context = matches!(class, "Attribute" | "Subscript" | "Starred" | "Name" | "List" | "Tuple");
        if !has_context && matches!(wanted, ExprContext::Store | ExprContext::Del) {
            let wanted = context_name(wanted);
            self.reject(format!("expression which can't be assigned to in {wanted} context"));
        }
        let start = self.open(at);
        match class {
            "Name" => {
                let value = self.required(node, "id", class)?;
                let id = self.identifier_text(value)?;
                self.check_name(&id);
                let ctx = self.context(node, class, wanted)?;
                let range = self.close(start, at);
                Ok(ast::ExprName { node_index: none(), range, id: id.into(), ctx }.into())
            }
            "Attribute" => {
                let value = self.boxed(node, "value", class)?;
                let attr = self.required(node, "attr", class)?;
                let attr = self.identifier_text(attr)?;
                let ctx = self.context(node, class, wanted)?;
                let range = self.close(start, at);
                // Only the end of the name's range counts.
                let attr = ast::Identifier::new(attr, TextRange::empty(range.end()));
                Ok(ast::ExprAttribute { node_index: none(), range, value, attr, ctx }.into())
            }
            "Subscript" => {
                let value = self.boxed(node, "value", class)?;
                let slice = self.boxed(node, "slice", class)?;
                let ctx = self.context(node, class, wanted)?;
                let range = self.close(start, at);
                Ok(ast::ExprSubscript { node_index: none(), range, value, slice, ctx }.into())
            }
            "Starred" => {
                let value = Box::new(self.expr_field(node, "value", class, wanted)?);
                let ctx = self.context(node, class, wanted)?;
                let range = self.close(start, at);
                Ok(ast::ExprStarred { node_index: none(), range, value, ctx }.into())
            }
            "List" => {
                let elts = self.exprs(node, "elts", class, wanted)?;
                let ctx = self.context(node, class, wanted)?;
                let range = self.close(start, at);
                Ok(ast::ExprList { node_index: none(), range, elts, ctx }.into())
            }
            "Tuple" => {
                let elts = self.exprs(node, "elts", class, wanted)?;
                let ctx = self.context(node, class, wanted)?;
                let range = self.close(start, at);
                Ok(ast::ExprTuple { node_index: none(), range, elts, ctx, parenthesized: true }.into())
            }
            "Constant" => {
                let value = self.present(node, "value", class)?;
                let kind = self.string(node, "kind")?;
                let range = self.close(start, at);
                self.constant(value, kind.as_deref(), range)
            }
            "Call" => self.call(node, start, at),
            "BinOp" => {
                let left = self.boxed(node, "left", class)?;
                let op = self.operator(node, class)?;
                let right = self.boxed(node, "right", class)?;
                let range = self.close(start, at);
                Ok(ast::ExprBinOp { node_index: none(), range, left, op, right }.into())
            }
            "UnaryOp" => {
                let op = self.present(node, "op", class)?;
                let op = match self.member(op, "unaryop")? {
                    "Invert" => ast::UnaryOp::Invert,
                    "Not" => ast::UnaryOp::Not,
                    "UAdd" => ast::UnaryOp::UAdd,
                    _ => ast::UnaryOp::USub,
                };
                let operand = self.boxed(node, "operand", class)?;
                let range = self.close(start, at);
                Ok(ast::ExprUnaryOp { node_index: none(), range, op, operand }.into())
            }
            "BoolOp" => {
                let op = self.present(node, "op", class)?;
                let op = if self.member(op, "boolop")? == "And" { ast::BoolOp::And } else { ast::BoolOp::Or };
                let values = self.exprs(node, "values", class, ExprContext::Load)?;
                if values.len() < 2 {
                    self.reject("BoolOp with less than 2 values");
                }
                let range = self.close(start, at);
                Ok(ast::ExprBoolOp { node_index: none(), range, op, values }.into())
            }
            "NamedExpr" => self.named(node, start, at),
            "Compare" => self.compare(node, start, at),
            "Lambda" => {
                let args = self.required(node, "args", class)?;
                let parameters = Some(Box::new(self.parameters(args)?));
                let body = self.boxed(node, "body", class)?;
                let range = self.close(start, at);
                Ok(ast::ExprLambda { node_index: none(), range, parameters, body }.into())
            }
            "IfExp" => {
                let test = self.boxed(node, "test", class)?;
                let body = self.boxed(node, "body", class)?;
                let orelse = self.boxed(node, "orelse", class)?;
                let range = self.close(start, at);
                Ok(ast::ExprIf { node_index: none(), range, test, body, orelse }.into())
            }
            "Dict" => self.dict(node, start, at),
            "Set" => {
                let elts = self.exprs(node, "elts", class, ExprContext::Load)?;
                let range = self.close(start, at);
                Ok(ast::ExprSet { node_index: none(), range, elts }.into())
            }
            "ListComp" | "SetComp" | "GeneratorExp" => {
                let (elt, found) = self.judged_later(|this| this.boxed(node, "elt", class))?;
                let generators = self.comprehensions(node, class)?;
                self.judge(found);
                let range = self.close(start, at);
                Ok(match class {
                    "ListComp" => ast::ExprListComp { node_index: none(), range, elt, generators }.into(),
                    "SetComp" => ast::ExprSetComp { node_index: none(), range, elt, generators }.into(),
                    _ => ast::ExprGenerator { node_index: none(), range, elt, generators, parenthesized: true }.into(),
                })
            }
            "DictComp" => {
                let (key, found) = self.judged_later(|this| this.boxed(node, "key", class).map(Some))?;
                let (value, also_found) = self.judged_later(|this| this.boxed(node, "value", class))?;
                let generators = self.comprehensions(node, class)?;
                self.judge(found.or(also_found));
                let range = self.close(start, at);
                Ok(ast::ExprDictComp { node_index: none(), range, key, value, generators }.into())
            }
            "Await" => {
                let value = self.boxed(node, "value", class)?;
                let range = self.close(start, at);
                Ok(ast::ExprAwait { node_index: none(), range, value }.into())
            }
            "Yield" => {
                let value = self.optional_expr(node, "value")?;
                let range = self.close(start, at);
                Ok(ast::ExprYield { node_index: none(), range, value }.into())
            }
            "YieldFrom" => {
                let value = self.boxed(node, "value", class)?;
                let range = self.close(start, at);
                Ok(ast::ExprYieldFrom { node_index: none(), range, value }.into())
            }
            "Slice" => {
                let lower = self.optional_expr(node, "lower")?;
                let upper = self.optional_expr(node, "upper")?;
                let step = self.optional_expr(node, "step")?;
                let range = self.close(start, at);
                Ok(ast::ExprSlice { node_index: none(), range, lower, upper, step }.into())
            }
            "JoinedStr" => self.joined(node, start, at),
            "TemplateStr" => self.template(node, start, at),
            "FormattedValue" => self.lone_value(node, start, at),
            "Interpolation" => self.lone_interpolation(node, start, at),
            _ => Err(self.vm.system_error("unexpected expression")),
        }
    }

    pub(super) fn operator(&self, node: Value, class: &str) -> Res<ast::Operator> {
        use ast::Operator::*;
        let op = self.present(node, "op", class)?;
        Ok(match self.member(op, "operator")? {
            "Add" => Add,
            "Sub" => Sub,
            "Mult" => Mult,
            "MatMult" => MatMult,
            "Div" => Div,
            "Mod" => Mod,
            "Pow" => Pow,
            "LShift" => LShift,
            "RShift" => RShift,
            "BitOr" => BitOr,
            "BitXor" => BitXor,
            "BitAnd" => BitAnd,
            _ => FloorDiv,
        })
    }

    fn named(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        // The context of the target is not looked at.
        let mut target = Box::new(self.expr_field(node, "target", "NamedExpr", ExprContext::Invalid)?);
        match &mut *target {
            Expr::Name(name) => name.ctx = ExprContext::Store,
            _ => self.reject_as(TypeId::TypeError, "NamedExpr target must be a Name"),
        }
        let value = self.boxed(node, "value", "NamedExpr")?;
        let range = self.close(start, at);
        Ok(ast::ExprNamed { node_index: none(), range, target, value }.into())
    }

    fn compare(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        use ast::CmpOp::*;
        let left = self.boxed(node, "left", "Compare")?;
        let ops = self.list(node, "ops", "Compare", |this, op| {
            Ok(match this.member(op, "cmpop")? {
                "Eq" => Eq,
                "NotEq" => NotEq,
                "Lt" => Lt,
                "LtE" => LtE,
                "Gt" => Gt,
                "GtE" => GtE,
                "Is" => Is,
                "IsNot" => IsNot,
                "In" => In,
                _ => NotIn,
            })
        })?;
        let comparators = self.exprs(node, "comparators", "Compare", ExprContext::Load)?;
        if comparators.is_empty() {
            self.reject("Compare with no comparators");
        } else if comparators.len() != ops.len() {
            self.reject("Compare has a different number of comparators and operands");
        }
        let range = self.close(start, at);
        let (ops, comparators) = (ops.into(), comparators.into());
        Ok(ast::ExprCompare { node_index: none(), range, left, ops, comparators }.into())
    }

    fn dict(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        // Keys and values are evaluated in turn, but read one list after the other.
        let keys = self.optional_exprs(node, "keys", "Dict")?;
        let values = self.exprs(node, "values", "Dict", ExprContext::Load)?;
        if keys.len() != values.len() {
            self.reject("Dict doesn't have the same number of keys as values");
        }
        let range = self.close(start, at);
        let items = keys.into_iter().zip(values).map(|(key, value)| ast::DictItem { key, value }).collect();
        Ok(ast::ExprDict { node_index: none(), range, items }.into())
    }

    fn call(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        let func = self.boxed(node, "func", "Call")?;
        let arguments = self.arguments(node, "Call", "args", at)?;
        let range_start = start.into();
        Ok(ast::ExprCall { node_index: none(), range_start, func, arguments }.into())
    }

    /// The arguments of a call or class, which end where that ends.
    pub(super) fn arguments(&mut self, node: Value, class: &str, field: &str, at: At) -> Res<ast::Arguments> {
        let args = self.exprs(node, field, class, ExprContext::Load)?;
        let keywords = self.list(node, "keywords", class, |this, item| this.keyword(item))?;
        let end = self.place(at.end_line, at.end_column);
        let first = args.first().map(Ranged::start).or_else(|| keywords.first().map(Ranged::start));
        let range = TextRange::new(first.unwrap_or_else(|| end.into()), end.into());
        Ok(ast::Arguments { range, node_index: none(), args: args.into(), keywords: keywords.into() })
    }

    fn keyword(&mut self, node: Value) -> Res<ast::Keyword> {
        self.enter("keyword")?;
        let arg = self.optional(node, "arg")?.map(|arg| self.identifier_text(arg)).transpose()?;
        let value = self.required(node, "value", "keyword")?;
        let at = self.at(node, "keyword", End::Optional)?;
        let start = self.open(at);
        let value = self.expr(value, ExprContext::Load)?;
        let range = self.close(start, at);
        let arg = arg.map(|arg| ast::Identifier::new(arg, range));
        Ok(ast::Keyword { range, node_index: none(), arg, value })
    }

    fn comprehensions(&mut self, node: Value, class: &str) -> Res<Vec<ast::Comprehension>> {
        let generators = self.list(node, "generators", class, |this, item| {
            this.enter("comprehension")?;
            let target = this.expr_field(item, "target", "comprehension", ExprContext::Store)?;
            let iter = this.expr_field(item, "iter", "comprehension", ExprContext::Load)?;
            let ifs = this.exprs(item, "ifs", "comprehension", ExprContext::Load)?;
            let is_async = this.int(item, "is_async", "comprehension")? != 0;
            let range = TextRange::new(target.start(), this.here().end());
            Ok(ast::Comprehension { range, node_index: none(), target, iter, ifs, is_async })
        })?;
        if generators.is_empty() {
            self.reject("comprehension with no generators");
        }
        Ok(generators)
    }
}
