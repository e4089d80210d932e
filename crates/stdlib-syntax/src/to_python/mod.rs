//! Syntax trees as Python sees them: the compiler's nodes as objects of `_ast`.

mod expr;
mod pattern;
mod preprocess;
mod stmt;
mod strings;

use bytecode::Const;
use compiler::Literals;
use object::{Dict, R, Raised, Ref, TypeObj, Value, ValueExt, Vm};
use syntax::ast::{self, AtomicNodeIndex, Expr, Stmt};
use syntax::{Mode, Parsed};

pub use preprocess::Preprocess;

/// The tree of a parsed source text, or of a tree that was read from Python's nodes: then with the values of constants
/// that its nodes cannot hold. With `preprocess` it is the tree that the compiler works on.
///
/// # Errors
/// What making objects raises.
pub fn to_python(vm: &Vm, parsed: &Parsed, literals: &Literals, mode: Mode, preprocess: Option<Preprocess>) -> R {
    let convert = Convert { vm, parsed, literals, preprocess, classes: crate::_ast::classes(vm)? };
    match (&parsed.module, mode) {
        (ast::Mod::Module(module), Mode::Single) => {
            let body = convert.statements(&module.body)?;
            convert.plain("Interactive", &[("body", body)])
        }
        (ast::Mod::Module(module), _) => {
            let body = convert.body(&module.body)?;
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
    literals: &'a Literals,
    preprocess: Option<Preprocess>,
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
    /// A node with position.
    fn node(&self, class: &str, at: Range, fields: &[(&str, Value)]) -> R {
        let position = |offset: u32| self.parsed.line_index.position(offset.into());
        let (start, end) = (position(at.start), position(at.end));
        self.node_at(class, [start.line, start.column, end.line, end.column].map(|number| number as i32), fields)
    }

    /// A node whose line, column, last line and last column are given.
    fn node_at(&self, class: &str, place: [i32; 4], fields: &[(&str, Value)]) -> R {
        let node = self.plain(class, fields)?;
        let names = ["lineno", "col_offset", "end_lineno", "end_col_offset"];
        for (name, number) in names.into_iter().zip(place) {
            self.set(node, &[(name, Value::small(number as i64))]);
        }
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

    fn is_made_up(&self) -> bool {
        self.parsed.line_index.is_made_up()
    }

    /// The value that is kept for a node whose own is a stand-in.
    fn kept(&self, index: &AtomicNodeIndex) -> Option<&Const> {
        self.literals.get(index)
    }

    fn kept_value(&self, index: &AtomicNodeIndex) -> Option<Value> {
        self.kept(index).map(|kept| self.vm.const_value(kept.clone(), Value::NONE))
    }

    /// The type comment of what starts at an offset.
    fn type_comment(&self, start: u32) -> Value {
        self.parsed.type_comment_at(start).map_or(Value::NONE, |text| self.vm.str(text).value())
    }

    fn type_ignores(&self) -> R {
        self.list(self.parsed.type_ignores.iter(), |comment| {
            let line = self.parsed.line_index.line(comment.range.start());
            let tag = self.vm.str(&comment.tag).value();
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
}
