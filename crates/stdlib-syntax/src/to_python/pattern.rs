//! Patterns.

use object::{R, Value};
use syntax::ast::{self, Pattern};

use super::{Convert, range};

impl Convert<'_> {
    fn patterns(&self, patterns: &[Pattern]) -> R {
        self.list(patterns, |pattern| self.pattern(pattern))
    }

    pub(super) fn pattern(&self, pattern: &Pattern) -> R {
        self.vm.enter_native()?;
        let at = range(pattern);
        match pattern {
            Pattern::MatchValue(p) => self.node("MatchValue", at, &[("value", self.pattern_value(&p.value)?)]),
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
                let keys = self.list(&p.keys, |key| self.pattern_value(key))?;
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
