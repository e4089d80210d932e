//! Patterns.

use object::Value;
use ruff_text_size::Ranged;
use syntax::ast::{self, Expr, Identifier, Number, Pattern};

use super::expr::none;
use super::{End, Reader, Res};

/// What stands around a pattern, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    Sequence,
    Other,
}

impl Reader<'_> {
    fn patterns(&mut self, node: Value, field: &str, class: &str, around: Around) -> Res<Vec<Pattern>> {
        self.list(node, field, class, |this, item| this.pattern(item, around))
    }

    /// A name that a pattern binds.
    fn capture(&mut self, node: Value, field: &str) -> Res<Option<Identifier>> {
        let name = self.optional_identifier(node, field, self.here())?;
        if let Some(name) = &name {
            if name.as_str() == "_" {
                self.reject("can't capture name '_' in patterns");
            }
            self.check_name(name);
        }
        Ok(name)
    }

    pub(super) fn pattern(&mut self, node: Value, around: Around) -> Res<Pattern> {
        self.enter("pattern")?;
        let at = self.at(node, "pattern", End::Required)?;
        let class = self.member(node, "pattern")?;
        let start = self.open(at);
        let node_index = none();
        Ok(match class {
            "MatchValue" => {
                let value = self.boxed(node, "value", class)?;
                self.check_value(&value, false);
                let range = self.close(start, at);
                ast::PatternMatchValue { node_index, range, value }.into()
            }
            "MatchSingleton" => {
                let value = self.present(node, "value", class)?;
                let value = match value {
                    _ if value.is_none() => ast::Singleton::None,
                    Value::TRUE => ast::Singleton::True,
                    Value::FALSE => ast::Singleton::False,
                    _ => {
                        self.reject("MatchSingleton can only contain True, False and None");
                        ast::Singleton::None
                    }
                };
                let range = self.close(start, at);
                ast::PatternMatchSingleton { node_index, range, value }.into()
            }
            "MatchSequence" => {
                let patterns = self.patterns(node, "patterns", class, Around::Sequence)?;
                let range = self.close(start, at);
                ast::PatternMatchSequence { node_index, range, patterns }.into()
            }
            "MatchMapping" => {
                let keys = self.exprs(node, "keys", class, ast::ExprContext::Load)?;
                let patterns = self.patterns(node, "patterns", class, Around::Other)?;
                if keys.len() != patterns.len() {
                    self.reject("MatchMapping doesn't have the same number of keys as patterns");
                }
                let rest = self.capture(node, "rest")?;
                keys.iter().for_each(|key| self.check_value(key, true));
                let range = self.close(start, at);
                let (keys, patterns) = (keys.into(), patterns.into());
                ast::PatternMatchMapping { node_index, range, keys, patterns, rest }.into()
            }
            "MatchClass" => {
                let cls = self.boxed(node, "cls", class)?;
                let mut name = &*cls;
                while let Expr::Attribute(attribute) = name {
                    name = &attribute.value;
                }
                if !name.is_name_expr() {
                    self.reject("MatchClass cls field can only contain Name or Attribute nodes.");
                }
                let arguments = self.class_arguments(node)?;
                let range = self.close(start, at);
                ast::PatternMatchClass { node_index, range, cls, arguments }.into()
            }
            "MatchStar" => {
                if around != Around::Sequence {
                    self.reject("can't use MatchStar here");
                }
                let name = self.capture(node, "name")?;
                let range = self.close(start, at);
                ast::PatternMatchStar { node_index, range, name }.into()
            }
            "MatchAs" => {
                let pattern = match self.optional(node, "pattern")? {
                    Some(pattern) => Some(Box::new(self.pattern(pattern, Around::Other)?)),
                    None => None,
                };
                let name = self.capture(node, "name")?;
                if name.is_none() && pattern.is_some() {
                    self.reject("MatchAs must specify a target name if a pattern is given");
                }
                let range = self.close(start, at);
                ast::PatternMatchAs { node_index, range, pattern, name }.into()
            }
            _ => {
                let patterns = self.patterns(node, "patterns", class, Around::Other)?;
                if patterns.len() < 2 {
                    self.reject("MatchOr requires at least 2 patterns");
                }
                let range = self.close(start, at);
                ast::PatternMatchOr { node_index, range, patterns }.into()
            }
        })
    }

    fn class_arguments(&mut self, node: Value) -> Res<ast::PatternArguments> {
        let class = "MatchClass";
        let patterns = self.patterns(node, "patterns", class, Around::Other)?;
        let attrs = self.list(node, "kwd_attrs", class, |this, item| {
            let attr = this.identifier(item, this.here())?;
            this.check_name(&attr);
            Ok(attr)
        })?;
        let keywords = self.patterns(node, "kwd_patterns", class, Around::Other)?;
        if attrs.len() != keywords.len() {
            self.reject("MatchClass doesn't have the same number of keyword attributes as patterns");
        }
        let keywords = attrs.into_iter().zip(keywords).map(|(attr, pattern)| {
            let range = pattern.range();
            ast::PatternKeyword { range, node_index: none(), attr, pattern }
        });
        let keywords = keywords.collect();
        Ok(ast::PatternArguments { range: self.here(), node_index: none(), patterns: patterns.into(), keywords })
    }

    /// Rejects values that no pattern compares with. Keys may be None and the booleans.
    fn check_value(&mut self, value: &Expr, is_key: bool) {
        let fits = match value {
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => true,
            Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) if is_key => true,
            Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) | Expr::EllipsisLiteral(_) => {
                self.reject("unexpected constant inside of a literal pattern");
                return;
            }
            // What becomes of these is the compiler's to say.
            Expr::Attribute(_) | Expr::FString(_) | Expr::TString(_) => true,
            Expr::UnaryOp(_) => is_number(value, Part::Any),
            Expr::BinOp(node) => {
                matches!(node.op, ast::Operator::Add | ast::Operator::Sub)
                    && is_number(&node.left, Part::Real)
                    && is_number(&node.right, Part::Imaginary)
            }
            _ => false,
        };
        if !fits {
            self.reject("patterns may only match literals and attribute lookups");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Real,
    Imaginary,
    Any,
}

/// Is the expression a number, or (unless it is the imaginary part) one with a minus sign?
fn is_number(expr: &Expr, part: Part) -> bool {
    let number = match expr {
        Expr::UnaryOp(node) if node.op == ast::UnaryOp::USub && part != Part::Imaginary => &*node.operand,
        other => other,
    };
    let Expr::NumberLiteral(number) = number else { return false };
    match part {
        Part::Real => !matches!(number.value, Number::Complex { .. }),
        Part::Imaginary => matches!(number.value, Number::Complex { .. }),
        Part::Any => true,
    }
}
