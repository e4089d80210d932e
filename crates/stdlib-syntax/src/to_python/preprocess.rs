//! What the compiler makes of a tree before it compiles it, as far as Python can see it.

use bytecode::{BinaryOperator, UnaryOperator};
use object::{R, Raised, Value, Vm};
use syntax::ast::{self, Expr, Operator, Stmt, UnaryOp};

use super::{Convert, Range, range};

/// Asks for the tree that the compiler works on.
#[derive(Clone, Copy, Debug)]
pub struct Preprocess {
    /// The level of optimisation.
    pub optimize: u8,
    /// Are annotations expressions rather than strings?
    pub annotations: bool,
}

impl Convert<'_> {
    /// The body of a module, class or function: it may start with a docstring.
    pub(super) fn body(&self, body: &[Stmt]) -> R {
        let is_docstring =
            |stmt: Option<&Stmt>| matches!(stmt, Some(Stmt::Expr(expr)) if expr.value.is_string_literal_expr());
        let removes = self.preprocess.is_some_and(|preprocess| preprocess.optimize >= 2);
        if !removes || !is_docstring(body.first()) {
            return self.statements(body);
        }
        let rest = &body[1..];
        let list = self.vm.list(&[]);
        if rest.is_empty() {
            let start = self.parsed.line_index.position(range(&body[0]).start.into());
            let (line, column) = (start.line as i32, start.column as i32);
            list.push(self.vm, self.node_at("Pass", [line, column, line, column.wrapping_add(4)], &[])?);
        }
        for (index, stmt) in rest.iter().enumerate() {
            // What follows a docstring must not become one.
            let node = match stmt {
                Stmt::Expr(expr) if index == 0 && is_docstring(Some(stmt)) => {
                    let at = range(stmt);
                    let values = self.vm.list(&[self.expr(&expr.value)?]).value();
                    let value = self.node("JoinedStr", at.clone(), &[("values", values)])?;
                    self.node("Expr", at, &[("value", value)])?
                }
                _ => self.stmt(stmt)?,
            };
            list.push(self.vm, node);
        }
        Ok(list.value())
    }

    /// An annotation. It is left alone where it becomes a string.
    pub(super) fn annotation(&self, annotation: &Expr) -> R {
        match self.preprocess {
            Some(preprocess) if !preprocess.annotations => {
                Convert { preprocess: None, classes: self.classes, ..*self }.expr(annotation)
            }
            _ => self.expr(annotation),
        }
    }

    /// The value of the name `__debug__`, where it becomes a constant.
    pub(super) fn debug_value(&self, name: &ast::ExprName) -> Option<bool> {
        let preprocess = self.preprocess?;
        (name.ctx == ast::ExprContext::Load && name.id.as_str() == "__debug__").then_some(preprocess.optimize == 0)
    }

    /// The value of a pattern: a number with a sign, and a complex one, become constants.
    pub(super) fn pattern_value(&self, expr: &Expr) -> R {
        let folded = if self.preprocess.is_some() { self.folded(expr)? } else { None };
        match folded {
            Some(value) => self.constant(range(expr), value, Value::NONE),
            None => self.expr(expr),
        }
    }

    fn folded(&self, expr: &Expr) -> Result<Option<Value>, Raised> {
        let vm = self.vm;
        let result = match expr {
            Expr::UnaryOp(node) if node.op == UnaryOp::USub => match self.number(&node.operand)? {
                Some(operand) => vm.unary(UnaryOperator::Negative, operand),
                None => return Ok(None),
            },
            Expr::BinOp(node) if matches!(node.op, Operator::Add | Operator::Sub) => {
                let left = match self.number(&node.left)? {
                    None => self.folded(&node.left)?,
                    left => left,
                };
                let op = if node.op == Operator::Add { BinaryOperator::Add } else { BinaryOperator::Subtract };
                match (left, self.number(&node.right)?) {
                    (Some(left), Some(right)) => vm.binary(op, left, right),
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        Ok(forgiven(vm, result))
    }

    fn number(&self, expr: &Expr) -> Result<Option<Value>, Raised> {
        match expr {
            Expr::NumberLiteral(_) => {
                let node = self.expr(expr)?;
                self.vm.getattr_str(node, "value").map(Some)
            }
            _ => Ok(None),
        }
    }

    /// `'...%s...' % (a, ...)` as an f-string, if it is that simple.
    pub(super) fn formatted(&self, at: Range, node: &ast::ExprBinOp) -> Result<Option<Value>, Raised> {
        if self.preprocess.is_none() || node.op != Operator::Mod {
            return Ok(None);
        }
        let (Expr::StringLiteral(format), Expr::Tuple(items)) = (&*node.left, &*node.right) else { return Ok(None) };
        if self.kept(&format.node_index).is_some() || items.elts.iter().any(Expr::is_starred_expr) {
            return Ok(None);
        }
        let text = syntax::string_literal_value(&self.parsed.source, format);
        let Some(parts) = std::str::from_utf8(&text).ok().and_then(split) else { return Ok(None) };
        if parts.iter().filter(|part| matches!(part, Part::Item { .. })).count() != items.elts.len() {
            return Ok(None);
        }
        let nowhere = |text: &str| {
            let value = self.vm.str(text).value();
            self.node_at("Constant", [-1; 4], &[("value", value), ("kind", Value::NONE)])
        };
        let values = self.vm.list(&[]);
        let mut items = items.elts.iter();
        for part in parts {
            let value = match part {
                Part::Text(text) => nowhere(&text)?,
                Part::Item { conversion, spec } => {
                    let Some(item) = items.next() else { return Ok(None) };
                    let value = self.expr(item)?;
                    let spec = if spec.is_empty() { Value::NONE } else { nowhere(&spec)? };
                    let conversion = Value::small(conversion as i64);
                    let fields = [("value", value), ("conversion", conversion), ("format_spec", spec)];
                    self.node("FormattedValue", range(item), &fields)?
                }
            };
            values.push(self.vm, value);
        }
        self.node("JoinedStr", at, &[("values", values.value())]).map(Some)
    }
}

/// The result of an operation; nothing if it failed.
fn forgiven(vm: &Vm, result: R) -> Option<Value> {
    match result {
        Ok(value) => Some(value),
        Err(raised) => {
            vm.take_exception(raised);
            None
        }
    }
}

/// A part of a format.
enum Part {
    Text(String),
    Item { conversion: u8, spec: String },
}

/// The parts of a format that has only simple conversions to text.
fn split(format: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        let flags = after.len() - after.trim_start_matches(['-', '+', ' ', '#', '0']).len();
        let to_the_left = after[..flags].contains('-');
        let (width, after) = digits(&after[flags..])?;
        let (precision, after) = match after.strip_prefix('.') {
            Some(after) => {
                let (precision, after) = digits(after)?;
                (Some(precision.unwrap_or(0)), after)
            }
            None => (None, after),
        };
        let conversion = *after.as_bytes().first().filter(|byte| b"sra".contains(byte))?;
        let mut spec = String::new();
        if let Some(width) = width {
            if !to_the_left && width > 0 {
                spec.push('>');
            }
            spec.push_str(&width.to_string());
        }
        if let Some(precision) = precision {
            spec.push_str(&format!(".{precision}"));
        }
        parts.push(Part::Item { conversion, spec });
        rest = &after[1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Some(parts)
}

/// A number of less than three digits, if there is one; longer ones are not simple.
fn digits(text: &str) -> Option<(Option<u32>, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    match count {
        0 => Some((None, text)),
        1 | 2 => Some((text[..count].parse().ok(), &text[count..])),
        _ => None,
    }
}
