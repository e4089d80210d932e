//! What is forbidden where: await, yield and walrus operators in the wrong scope, jumps out of `finally`.

use syntax::ast::Expr;
use syntax::{Ranged, TextRange};

use super::build::Builder;
use super::{Comprehension, ScopeKind};
use crate::source::Res;

/// What surrounds a statement, as far as leaving a `finally` block by a jump is concerned.
#[derive(Default)]
pub(super) struct Finally(Vec<Surrounding>);

/// The innermost construct that matters. CPython looks at no more than that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Surrounding {
    Finally,
    Function,
    Loop,
}

impl<'a> Builder<'a, '_> {
    /// Does `walk` inside a construct.
    pub(super) fn surrounded(&mut self, by: Surrounding, walk: impl FnOnce(&mut Self) -> Res) -> Res {
        self.finally.0.push(by);
        let result = walk(self);
        self.finally.0.pop();
        result
    }

    /// Warns of a return, break or continue that leaves a `finally` block.
    pub(super) fn jump_out(&mut self, keyword: &str, at: TextRange) {
        if self.finally.0.last() == Some(&Surrounding::Finally) {
            self.warnings.push(self.source.warning(at, format!("'{keyword}' in a 'finally' block")));
        }
    }

    fn allows_top_level_await(&mut self) -> bool {
        self.options.top_level_await && self.cur().kind == ScopeKind::Module
    }

    fn is_async_function(&mut self) -> bool {
        let scope = self.cur();
        scope.kind == ScopeKind::Function && scope.coroutine
    }

    /// Yield, await and walrus expressions are errors in annotations and their like.
    pub(super) fn not_in_annotation(&mut self, what: &str, at: TextRange) -> Res {
        let scope = self.cur();
        let place = match scope.kind {
            ScopeKind::Annotation => "an annotation",
            ScopeKind::TypeVariable => scope.what,
            ScopeKind::TypeAlias => "a type alias",
            ScopeKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        let msg = match scope.kind {
            ScopeKind::Annotation => format!("{what} cannot be used within an annotation"),
            _ => format!("{what} cannot be used within {place}"),
        };
        Err(self.source.error(at, msg))
    }

    pub(super) fn await_allowed(&mut self, at: TextRange) -> Res {
        self.not_in_annotation("await expression", at)?;
        if !self.allows_top_level_await() {
            if !self.cur().is_function_like() {
                return Err(self.source.error(at, "'await' outside function"));
            }
            if !self.is_async_function() && self.cur().comprehension == Comprehension::No {
                return Err(self.source.error(at, "'await' outside async function"));
            }
        }
        Ok(())
    }

    /// `async for` and `async with` need an async function.
    pub(super) fn async_statement(&mut self, what: &str, at: TextRange) -> Res {
        if self.allows_top_level_await() {
            self.cur().coroutine = true;
        }
        if !self.cur().coroutine {
            return Err(self.source.error(at, format!("'{what}' outside async function")));
        }
        Ok(())
    }

    /// A comprehension that awaits makes the scope around it await, which must be able to.
    pub(super) fn async_comprehension(&mut self, at: TextRange) -> Res {
        if !self.is_async_function() && self.cur().comprehension == Comprehension::No && !self.allows_top_level_await()
        {
            let msg = "asynchronous comprehension outside of an asynchronous function";
            return Err(self.source.error(at, msg));
        }
        self.cur().coroutine = true;
        Ok(())
    }

    pub(super) fn yield_in_comprehension(&mut self, at: &Expr) -> Res {
        let what = match self.cur().comprehension {
            Comprehension::No => return Ok(()),
            Comprehension::List => "list comprehension",
            Comprehension::Set => "set comprehension",
            Comprehension::Dict => "dict comprehension",
            Comprehension::Generator => "generator expression",
        };
        Err(self.source.error(at.range(), format!("'yield' inside {what}")))
    }
}
