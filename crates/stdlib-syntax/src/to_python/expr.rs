//! Expressions.

use object::{R, Value};
use syntax::ast::{self, Expr};

use super::{Convert, Range, range};

impl Convert<'_> {
    pub(super) fn operator(&self, op: ast::Operator) -> R {
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

    fn generators(&self, generators: &[ast::Comprehension]) -> R {
        self.list(generators, |generator| {
            let target = self.expr(&generator.target)?;
            let iter = self.expr(&generator.iter)?;
            let ifs = self.exprs(&generator.ifs)?;
            let is_async = Value::small(generator.is_async as i64);
            self.plain("comprehension", &[("target", target), ("iter", iter), ("ifs", ifs), ("is_async", is_async)])
        })
    }

    pub(super) fn expr(&self, expr: &Expr) -> R {
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
            Expr::Generator(e) => self.generator(at, e),
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
                let args = match &e.arguments.args[..] {
                    // Without parentheses of its own it has those of the call.
                    [Expr::Generator(only)] if !only.parenthesized => {
                        let node = self.generator(range(&e.arguments), only)?;
                        self.vm.list(&[node]).value()
                    }
                    args => self.exprs(args)?,
                };
                let keywords = self.list(&e.arguments.keywords, |keyword| self.keyword(keyword))?;
                self.node("Call", at, &[("func", func), ("args", args), ("keywords", keywords)])
            }
            Expr::FString(e) => self.fstring(at, e),
            Expr::TString(e) => self.tstring(at, e),
            Expr::StringLiteral(e) => {
                let value = match self.kept_value(&e.node_index) {
                    Some(kept) => kept,
                    None => self.text(&syntax::string_literal_value(&self.parsed.source, e)),
                };
                let unicode = e.value.iter().next().is_some_and(|first| first.flags.prefix().is_unicode());
                let kind = if unicode { self.name("u") } else { Value::NONE };
                self.constant(at, value, kind)
            }
            Expr::BytesLiteral(e) => {
                let bytes: Vec<u8> = e.value.bytes().collect();
                self.constant(at, self.vm.bytes(&bytes).value(), Value::NONE)
            }
            Expr::NumberLiteral(e) => {
                if let Some(kept) = self.kept_value(&e.node_index) {
                    return self.constant(at, kept, Value::NONE);
                }
                let value = match &e.value {
                    ast::Number::Int(int) => self.int(int)?,
                    ast::Number::Float(float) => self.vm.float(*float),
                    ast::Number::Complex { real, imag } => self.vm.complex(*real, *imag),
                };
                self.constant(at, value, Value::NONE)
            }
            Expr::BooleanLiteral(e) => self.constant(at, Value::bool(e.value), Value::NONE),
            Expr::NoneLiteral(_) => self.constant(at, Value::NONE, Value::NONE),
            Expr::EllipsisLiteral(e) => {
                let value = self.kept_value(&e.node_index).unwrap_or(Value::ELLIPSIS);
                self.constant(at, value, Value::NONE)
            }
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
            Expr::Name(e) if self.debug_value(e).is_some() => {
                self.constant(at, Value::bool(self.debug_value(e) == Some(true)), Value::NONE)
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

    fn generator(&self, at: Range, e: &ast::ExprGenerator) -> R {
        let elt = self.expr(&e.elt)?;
        self.node("GeneratorExp", at, &[("elt", elt), ("generators", self.generators(&e.generators)?)])
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
            if let Some(formatted) = self.formatted(at.clone(), own)? {
                left = formatted;
                continue;
            }
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

    pub(super) fn conversion(&self, conversion: ast::ConversionFlag) -> Value {
        Value::small(conversion as i8 as i64)
    }
}
