//! An expression as text: the canonical form in which `from __future__ import annotations` keeps annotations.

use base::number;
use base::text::{Wtf8, Wtf8Buf};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use crate::literal;

/// The value of a literal that its node cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptLiteral {
    /// Text, in generalised UTF-8.
    Text(Vec<u8>),
    /// Anything else, as the expression that it is written as.
    Code(String),
}

/// The text of `expr`, which was parsed from `source`.
#[must_use]
pub fn unparse_expr(expr: &Expr, source: &str) -> String {
    unparse_with(expr, source, &|_| None)
}

/// As [`unparse_expr`], for a tree in which some literals are stand-ins: `kept` knows their values.
#[must_use]
pub fn unparse_with(expr: &Expr, source: &str, kept: &dyn Fn(&ast::AtomicNodeIndex) -> Option<KeptLiteral>) -> String {
    let mut unparser = Unparser { source, kept, text: Wtf8Buf::default() };
    unparser.expr(expr, Level::Test);
    match unparser.text.into_string() {
        Ok(text) => text,
        // Only a lone surrogate in a string would do that, and `repr` escapes those.
        Err(text) => text.as_wtf8().to_string_lossy().into_owned(),
    }
}

/// What can stand in a place without parentheses, from the loosest to the tightest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Level {
    fn tighter(self) -> Level {
        match self {
            Level::Tuple => Level::Test,
            Level::Test => Level::Or,
            Level::Or => Level::And,
            Level::And => Level::Not,
            Level::Not => Level::Compare,
            Level::Compare => Level::BitOr,
            Level::BitOr => Level::BitXor,
            Level::BitXor => Level::BitAnd,
            Level::BitAnd => Level::Shift,
            Level::Shift => Level::Sum,
            Level::Sum => Level::Term,
            Level::Term => Level::Factor,
            Level::Factor => Level::Power,
            Level::Power => Level::Await,
            Level::Await | Level::Atom => Level::Atom,
        }
    }
}

struct Unparser<'s> {
    source: &'s str,
    kept: &'s dyn Fn(&ast::AtomicNodeIndex) -> Option<KeptLiteral>,
    text: Wtf8Buf,
}

impl Unparser<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes what `write` writes, in parentheses if the place asks for something tighter than `own`.
    fn at_level(&mut self, place: Level, own: Level, write: impl FnOnce(&mut Self)) {
        if place > own {
            self.push("(");
            write(self);
            self.push(")");
        } else {
            write(self);
        }
    }

    fn separated<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        let mut separator = "";
        for expr in exprs {
            self.push(separator);
            self.expr(expr, Level::Test);
            separator = ", ";
        }
    }

    fn expr(&mut self, expr: &Expr, place: Level) {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(expr, place));
    }

    fn expr_inner(&mut self, expr: &Expr, place: Level) {
        match expr {
            Expr::BoolOp(node) => {
                let (level, operator) = match node.op {
                    ast::BoolOp::And => (Level::And, " and "),
                    ast::BoolOp::Or => (Level::Or, " or "),
                };
                self.at_level(place, level, |this| {
                    for (index, value) in node.values.iter().enumerate() {
                        if index > 0 {
                            this.push(operator);
                        }
                        this.expr(value, level.tighter());
                    }
                });
            }
            Expr::Named(node) => self.at_level(place, Level::Tuple, |this| {
                this.expr(&node.target, Level::Atom);
                this.push(" := ");
                this.expr(&node.value, Level::Atom);
            }),
            Expr::BinOp(node) => self.binary(node, place),
            Expr::UnaryOp(node) => {
                let (level, operator) = match node.op {
                    ast::UnaryOp::Not => (Level::Not, "not "),
                    ast::UnaryOp::Invert => (Level::Factor, "~"),
                    ast::UnaryOp::UAdd => (Level::Factor, "+"),
                    ast::UnaryOp::USub => (Level::Factor, "-"),
                };
                self.at_level(place, level, |this| {
                    this.push(operator);
                    this.expr(&node.operand, level);
                });
            }
            Expr::Lambda(node) => self.at_level(place, Level::Test, |this| {
                this.push("lambda");
                if let Some(parameters) = &node.parameters {
                    this.parameters(parameters);
                }
                this.push(": ");
                this.expr(&node.body, Level::Test);
            }),
            Expr::If(node) => self.at_level(place, Level::Test, |this| {
                this.expr(&node.body, Level::Or);
                this.push(" if ");
                this.expr(&node.test, Level::Or);
                this.push(" else ");
                this.expr(&node.orelse, Level::Test);
            }),
            Expr::Dict(node) => self.dict(node),
            Expr::Set(node) => {
                self.push("{");
                self.separated(&node.elts);
                self.push("}");
            }
            Expr::ListComp(node) => self.comprehension("[", &node.elt, &node.generators, "]"),
            Expr::SetComp(node) => self.comprehension("{", &node.elt, &node.generators, "}"),
            Expr::Generator(node) => self.comprehension("(", &node.elt, &node.generators, ")"),
            Expr::DictComp(node) => {
                self.push("{");
                match &node.key {
                    Some(key) => {
                        self.expr(key, Level::Test);
                        self.push(": ");
                    }
                    None => self.push("**"),
                }
                self.expr(&node.value, Level::Test);
                self.clauses(&node.generators);
                self.push("}");
            }
            Expr::Await(node) => self.at_level(place, Level::Await, |this| {
                this.push("await ");
                this.expr(&node.value, Level::Atom);
            }),
            Expr::Yield(node) => match &node.value {
                Some(value) => {
                    self.push("(yield ");
                    self.expr(value, Level::Test);
                    self.push(")");
                }
                None => self.push("(yield)"),
            },
            Expr::YieldFrom(node) => {
                self.push("(yield from ");
                self.expr(&node.value, Level::Test);
                self.push(")");
            }
            Expr::Compare(node) => self.at_level(place, Level::Compare, |this| {
                this.expr(&node.left, Level::BitOr);
                for (operator, comparator) in node.ops.iter().zip(&node.comparators) {
                    this.push(" ");
                    this.push(operator.as_str());
                    this.push(" ");
                    this.expr(comparator, Level::BitOr);
                }
            }),
            Expr::Call(node) => self.call(node),
            Expr::FString(node) => self.f_string(node),
            Expr::TString(node) => self.t_string(node),
            Expr::StringLiteral(node) => {
                if node.value.is_unicode() {
                    self.push("u");
                }
                match (self.kept)(&node.node_index) {
                    Some(KeptLiteral::Text(text)) => self.string_repr(&text),
                    _ => self.string_repr(&literal::string_literal_value(self.source, node)),
                }
            }
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                self.push(&base::escape::bytes_repr(&bytes));
            }
            Expr::NumberLiteral(node) => self.number(node),
            Expr::BooleanLiteral(node) => self.push(if node.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => self.push("None"),
            Expr::EllipsisLiteral(node) => match (self.kept)(&node.node_index) {
                Some(KeptLiteral::Code(code)) => self.push(&code),
                _ => self.push("..."),
            },
            Expr::Attribute(node) => {
                self.expr(&node.value, Level::Atom);
                let integer = matches!(&*node.value, Expr::NumberLiteral(number) if number.value.is_int());
                // A dot right after an integer would belong to the number.
                self.push(if integer { " ." } else { "." });
                self.push(&node.attr);
            }
            Expr::Subscript(node) => {
                self.expr(&node.value, Level::Atom);
                self.push("[");
                self.expr(&node.slice, Level::Tuple);
                self.push("]");
            }
            Expr::Starred(node) => {
                self.push("*");
                self.expr(&node.value, Level::BitOr);
            }
            Expr::Name(node) => self.push(&node.id),
            Expr::List(node) => {
                self.push("[");
                self.separated(&node.elts);
                self.push("]");
            }
            Expr::Tuple(node) => self.tuple(node, place),
            Expr::Slice(node) => {
                if let Some(lower) = &node.lower {
                    self.expr(lower, Level::Test);
                }
                self.push(":");
                if let Some(upper) = &node.upper {
                    self.expr(upper, Level::Test);
                }
                if let Some(step) = &node.step {
                    self.push(":");
                    self.expr(step, Level::Test);
                }
            }
            Expr::IpyEscapeCommand(_) => {}
        }
    }

    fn binary(&mut self, node: &ast::ExprBinOp, place: Level) {
        let (level, operator) = match node.op {
            ast::Operator::Add => (Level::Sum, " + "),
            ast::Operator::Sub => (Level::Sum, " - "),
            ast::Operator::Mult => (Level::Term, " * "),
            ast::Operator::MatMult => (Level::Term, " @ "),
            ast::Operator::Div => (Level::Term, " / "),
            ast::Operator::Mod => (Level::Term, " % "),
            ast::Operator::FloorDiv => (Level::Term, " // "),
            ast::Operator::LShift => (Level::Shift, " << "),
            ast::Operator::RShift => (Level::Shift, " >> "),
            ast::Operator::BitOr => (Level::BitOr, " | "),
            ast::Operator::BitXor => (Level::BitXor, " ^ "),
            ast::Operator::BitAnd => (Level::BitAnd, " & "),
            ast::Operator::Pow => (Level::Power, " ** "),
        };
        let to_the_right = node.op == ast::Operator::Pow;
        self.at_level(place, level, |this| {
            this.expr(&node.left, if to_the_right { level.tighter() } else { level });
            this.push(operator);
            this.expr(&node.right, if to_the_right { level } else { level.tighter() });
        });
    }

    fn dict(&mut self, node: &ast::ExprDict) {
        self.push("{");
        for (index, item) in node.items.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            match &item.key {
                Some(key) => {
                    self.expr(key, Level::Test);
                    self.push(": ");
                    self.expr(&item.value, Level::Test);
                }
                None => {
                    self.push("**");
                    self.expr(&item.value, Level::BitOr);
                }
            }
        }
        self.push("}");
    }

    fn tuple(&mut self, node: &ast::ExprTuple, place: Level) {
        if node.elts.is_empty() {
            return self.push("()");
        }
        self.at_level(place, Level::Tuple, |this| {
            this.separated(&node.elts);
            if node.elts.len() == 1 {
                this.push(",");
            }
        });
    }

    fn comprehension(&mut self, open: &str, element: &Expr, clauses: &[ast::Comprehension], close: &str) {
        self.push(open);
        self.expr(element, Level::Test);
        self.clauses(clauses);
        self.push(close);
    }

    fn clauses(&mut self, clauses: &[ast::Comprehension]) {
        for clause in clauses {
            self.push(if clause.is_async { " async for " } else { " for " });
            self.expr(&clause.target, Level::Tuple);
            self.push(" in ");
            self.expr(&clause.iter, Level::Or);
            for condition in &clause.ifs {
                self.push(" if ");
                self.expr(condition, Level::Or);
            }
        }
    }

    fn call(&mut self, node: &ast::ExprCall) {
        self.expr(&node.func, Level::Atom);
        if let ([only @ Expr::Generator(_)], []) = (&*node.arguments.args, &*node.arguments.keywords) {
            return self.expr(only, Level::Test);
        }
        self.push("(");
        self.separated(&node.arguments.args);
        let mut separator = if node.arguments.args.is_empty() { "" } else { ", " };
        for keyword in &node.arguments.keywords {
            self.push(separator);
            separator = ", ";
            match &keyword.arg {
                Some(name) => {
                    self.push(name);
                    self.push("=");
                }
                None => self.push("**"),
            }
            self.expr(&keyword.value, Level::Test);
        }
        self.push(")");
    }

    /// The parameters of a lambda expression, and the space in front.
    fn parameters(&mut self, parameters: &ast::Parameters) {
        // CPython forgets the space where there is no plain parameter.
        let plain = !parameters.posonlyargs.is_empty() || !parameters.args.is_empty();
        let mut separator = if plain { " " } else { "" };
        let mut next = |this: &mut Self| {
            this.push(separator);
            separator = ", ";
        };
        for parameter in &parameters.posonlyargs {
            next(self);
            self.parameter(parameter);
        }
        if !parameters.posonlyargs.is_empty() {
            next(self);
            self.push("/");
        }
        for parameter in &parameters.args {
            next(self);
            self.parameter(parameter);
        }
        if parameters.vararg.is_some() || !parameters.kwonlyargs.is_empty() {
            next(self);
            self.push("*");
            if let Some(parameter) = &parameters.vararg {
                self.push(&parameter.name);
            }
        }
        for parameter in &parameters.kwonlyargs {
            next(self);
            self.parameter(parameter);
        }
        if let Some(parameter) = &parameters.kwarg {
            next(self);
            self.push("**");
            self.push(&parameter.name);
        }
    }

    fn parameter(&mut self, parameter: &ast::ParameterWithDefault) {
        self.push(&parameter.parameter.name);
        if let Some(default) = &parameter.default {
            self.push("=");
            self.expr(default, Level::Test);
        }
    }

    // Literals

    fn number(&mut self, node: &ast::ExprNumberLiteral) {
        if let Some(KeptLiteral::Code(code)) = (self.kept)(&node.node_index) {
            return self.push(&code);
        }
        let text = match &node.value {
            ast::Number::Int(value) => match value.as_u64() {
                Some(value) => value.to_string(),
                None => {
                    let digits = self.source.get(node.range().to_std_range()).unwrap_or("0");
                    match number::parse_int(digits.as_bytes(), 0, 0) {
                        Ok(value) => value.as_int_ref().magnitude_text(10),
                        Err(_) => digits.to_owned(),
                    }
                }
            },
            ast::Number::Float(value) => number::float_repr(*value),
            ast::Number::Complex { real, imag } => number::complex_repr(*real, *imag),
        };
        // There is no literal for infinity, but one that is as large.
        self.push(&text.replace("inf", "1e309"));
    }

    fn string_repr(&mut self, value: &[u8]) {
        if let Some(value) = Wtf8::from_bytes(value) {
            base::escape::push_str_repr(&mut self.text, value);
        }
    }

    fn f_string(&mut self, node: &ast::ExprFString) {
        let body = self.aside(|this| {
            for part in &node.value {
                match part {
                    ast::FStringPart::Literal(part) => {
                        let value = literal::string_value(this.source, part);
                        this.literal_text(&value);
                    }
                    ast::FStringPart::FString(part) => {
                        this.elements(&part.elements, part.flags.prefix().is_raw(), false);
                    }
                }
            }
        });
        self.push("f");
        self.string_repr(&body.into_bytes());
    }

    fn t_string(&mut self, node: &ast::ExprTString) {
        let body = self.aside(|this| {
            for part in &node.value {
                this.elements(&part.elements, part.flags.prefix().is_raw(), true);
            }
        });
        self.push("t");
        self.string_repr(&body.into_bytes());
    }

    /// What `write` writes, apart from the text so far.
    fn aside(&mut self, write: impl FnOnce(&mut Self)) -> Wtf8Buf {
        let text = std::mem::take(&mut self.text);
        write(self);
        std::mem::replace(&mut self.text, text)
    }

    /// Literal text between fields, its braces doubled.
    fn literal_text(&mut self, value: &[u8]) {
        if let Some(value) = Wtf8::from_bytes(value) {
            for code in value.chars() {
                if code == u32::from(b'{') || code == u32::from(b'}') {
                    self.text.push_code_point(code);
                }
                self.text.push_code_point(code);
            }
        }
    }

    fn elements(&mut self, elements: &ast::InterpolatedStringElements, raw: bool, template: bool) {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(part) => match (self.kept)(&part.node_index) {
                    Some(KeptLiteral::Text(text)) => self.literal_text(&text),
                    _ => self.literal_text(&literal::interpolated_literal_value(self.source, part, raw)),
                },
                ast::InterpolatedStringElement::Interpolation(field) => self.field(field, raw, template),
            }
        }
    }

    fn field(&mut self, field: &ast::InterpolatedElement, raw: bool, template: bool) {
        let mut conversion = field.conversion.to_char();
        if let Some(debug) = &field.debug_text {
            self.literal_text(literal::debug_text(debug).as_bytes());
            if conversion.is_none() && field.format_spec.is_none() {
                conversion = Some('r');
            }
        }
        let expression = match (self.kept)(&field.node_index) {
            Some(KeptLiteral::Text(text)) if template => Wtf8Buf::from_string(String::from_utf8_lossy(&text).into()),
            _ if template => Wtf8Buf::from_str(&literal::interpolation_text(self.source, field)),
            _ => self.aside(|this| this.expr(&field.expression, Level::Or)),
        };
        // A brace right after the field's own would be one of two.
        let brace = expression.as_wtf8().starts_with(Wtf8::from_str("{"));
        self.push(if brace { "{ " } else { "{" });
        self.text.push_wtf8(expression.as_wtf8());
        if let Some(conversion) = conversion {
            self.push("!");
            self.text.push(conversion);
        }
        if let Some(spec) = &field.format_spec {
            self.push(":");
            self.elements(&spec.elements, raw, false);
        }
        self.push("}");
    }
}
