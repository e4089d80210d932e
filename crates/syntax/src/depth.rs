//! Trees that are too deep, and how to handle them without running out of stack.

use ruff_python_ast as ast;
use ruff_python_ast::visitor::{self, Visitor};

/// Bounds (see [`prescan`](crate::prescan)) up to which a tree needs no care.
pub(crate) const CAREFREE_DEPTH: u32 = 400;
/// Bounds above which a text is not even tried.
pub(crate) const HOPELESS_DEPTH: u32 = 250_000;
/// What one level of the bound can cost in stack, generously.
const STACK_PER_LEVEL: usize = 2048;
const STACK_BASE: usize = 8 << 20;

/// Runs `task` where there is stack enough for trees of the given depth; `None` if there is no memory for that.
pub(crate) fn with_stack_for<R: Send>(depth: u32, task: impl FnOnce() -> R + Send) -> Option<R> {
    let stack = STACK_BASE + depth as usize * STACK_PER_LEVEL;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, task).ok()?;
        thread.join().ok()
    })
}

/// Runs `task` where there is stack enough to walk a tree of the given depth.
pub fn with_room<R>(depth: u32, task: impl FnOnce() -> R) -> R {
    const PER_LEVEL: usize = 1024;
    let room = (256 << 10) + depth as usize * PER_LEVEL;
    stacker::maybe_grow(room, room, task)
}

/// How deep a tree is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    /// On the longest way down.
    pub total: u32,
    /// The same, but not counting the left sides of chains (`a.b.c`, `a + b + c`), which parsers need not recurse on.
    pub nested: u32,
}

/// Measures `module`. Recurses: run it with stack enough.
pub(crate) fn depth_of(module: &ast::Mod) -> Depth {
    let mut gauge = Gauge::default();
    match module {
        ast::Mod::Module(module) => gauge.visit_body(&module.body),
        ast::Mod::Expression(expression) => gauge.visit_expr(&expression.body),
    }
    gauge.deepest
}

#[derive(Default)]
struct Gauge {
    now: Depth,
    deepest: Depth,
}

impl Gauge {
    fn below(&mut self, nested: u32, visit: impl FnOnce(&mut Self)) {
        let before = self.now;
        self.now = Depth { total: before.total + 1, nested: before.nested + nested };
        self.deepest.total = self.deepest.total.max(self.now.total);
        self.deepest.nested = self.deepest.nested.max(self.now.nested);
        visit(self);
        self.now = before;
    }
}

impl<'a> Visitor<'a> for Gauge {
    fn visit_stmt(&mut self, stmt: &'a ast::Stmt) {
        self.below(1, |gauge| visitor::walk_stmt(gauge, stmt));
    }

    fn visit_expr(&mut self, expr: &'a ast::Expr) {
        match expr {
            ast::Expr::BinOp(operation) if operation.op != ast::Operator::Pow => self.below(0, |gauge| {
                gauge.visit_expr(&operation.left);
                gauge.below(1, |gauge| gauge.visit_expr(&operation.right));
            }),
            ast::Expr::Attribute(attribute) => self.below(0, |gauge| gauge.visit_expr(&attribute.value)),
            ast::Expr::Subscript(subscript) => self.below(0, |gauge| {
                gauge.visit_expr(&subscript.value);
                gauge.below(1, |gauge| gauge.visit_expr(&subscript.slice));
            }),
            ast::Expr::Call(call) => self.below(0, |gauge| {
                gauge.visit_expr(&call.func);
                gauge.below(1, |gauge| gauge.visit_arguments(&call.arguments));
            }),
            _ => self.below(1, |gauge| visitor::walk_expr(gauge, expr)),
        }
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.below(1, |gauge| visitor::walk_pattern(gauge, pattern));
    }
}

#[cfg(test)]
mod tests {
    use super::{depth_of, with_stack_for};
    use crate::prescan::prescan;
    use crate::{Mode, ParseOptions, parse};

    /// Pieces that go together often enough for the random texts to parse.
    const PIECES: [&str; 44] = [
        "x",
        "1",
        "'a'",
        "f'{",
        "}'",
        "f'{x:{y}}'",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "=",
        ".a",
        " + ",
        "-",
        "~",
        "**",
        " not ",
        " if ",
        " else ",
        " for x in ",
        " in ",
        " is ",
        " and ",
        " or ",
        "lambda: ",
        "lambda a, b: ",
        " await ",
        " yield ",
        "*",
        ":=",
        "\n",
        "\n ",
        ";",
        "if x:\n ",
        "def f():\n ",
        "x: ",
        "@x\n",
        "#(((\n",
        "\\\n",
        "match x:\n case ",
    ];

    #[test]
    fn no_tree_is_deeper_than_foreseen() {
        let mut seed = 1_u64;
        let mut random = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % limit
        };
        let mut parsed = 0;
        for _ in 0..60_000 {
            let mut text = String::new();
            for _ in 0..1 + random(6) {
                let piece = PIECES[random(PIECES.len())];
                let piece =
                    if random(4) == 0 { piece.to_owned() + PIECES[random(PIECES.len())] } else { piece.to_owned() };
                let times = if random(5) == 0 { 1 + random(30) } else { 1 };
                text.push_str(&piece.repeat(times));
            }
            let mode = [Mode::Exec, Mode::Exec, Mode::Eval, Mode::Single][random(4)];
            let foreseen = prescan(&text).depth;
            if let Ok(tree) = parse(&text, &ParseOptions::new(mode)) {
                parsed += 1;
                let depth = with_stack_for(100, || depth_of(&tree.module)).unwrap();
                assert!(depth.total <= 3 * foreseen + 8, "{depth:?} of {foreseen}: {text:?}");
            }
        }
        assert!(parsed > 1_000, "{parsed}");
    }
}
