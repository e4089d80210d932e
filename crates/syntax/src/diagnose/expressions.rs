//! Expressions, from the comma down to the operators.

use super::node::{Kind, Node};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

/// The binary operators of each level, from the loosest to the tightest.
const BINARY_LEVELS: [&[T]; 6] = [
    &[T::VerticalBar],
    &[T::Circumflex],
    &[T::Ampersand],
    &[T::LeftShift, T::RightShift],
    &[T::Plus, T::Minus],
    &[T::Star, T::Slash, T::DoubleSlash, T::Percent, T::At],
];
const SHIFT_LEVEL: usize = 3;
const SUM_LEVEL: usize = 4;
const TERM_LEVEL: usize = 5;

impl Parser<'_> {
    /// One expression, or several that make a tuple, without stars.
    pub(super) fn expressions(&mut self) -> Parse {
        self.maybe_tuple(Self::expression)
    }

    /// One expression, or several that make a tuple; stars are welcome.
    pub(super) fn star_expressions(&mut self) -> Parse {
        self.maybe_tuple(Self::star_expression)
    }

    fn maybe_tuple(&mut self, rule: fn(&mut Self) -> Parse) -> Parse {
        let first = self.mark;
        let mut parts = need!(self.list(rule)).into_iter().collect::<Vec<_>>();
        if self.eat(T::Comma)?.is_none() && parts.len() == 1 {
            return Ok(parts.pop());
        }
        Ok(Some(self.node_with(Kind::Tuple, first, parts)))
    }

    pub(super) fn star_expression(&mut self) -> Parse {
        self.remember(Rule::StarExpression, |p| {
            try_each!(p, Self::starred_bitwise_or);
            p.expression()
        })
    }

    /// `*` and its operand, where it may hold no conditional.
    fn starred_bitwise_or(&mut self) -> Parse {
        let first = need!(self.eat(T::Star));
        let value = need!(self.bitwise_or());
        Ok(Some(self.node_with(Kind::Starred, first, vec![value])))
    }

    pub(super) fn star_named_expression(&mut self) -> Parse {
        try_each!(self, Self::starred_bitwise_or, Self::named_expression);
        Ok(None)
    }

    /// Starred and named expressions with commas in between, perhaps one at the end.
    pub(super) fn star_named_expressions(&mut self) -> Parse<Vec<Node>> {
        let parts = need!(self.list(Self::star_named_expression));
        self.eat(T::Comma)?;
        Ok(Some(parts))
    }

    pub(super) fn assignment_expression(&mut self) -> Parse {
        self.named_or_cut().map(|found| found.unwrap_or(None))
    }

    /// `name := value`: nothing if there is no `:=`, nothing within if there is one without a value.
    fn named_or_cut(&mut self) -> Parse<Option<Node>> {
        let first = self.mark;
        if self
            .attempt(|p| {
                need!(p.eat(T::Name));
                p.eat(T::ColonEqual)
            })?
            .is_none()
        {
            return Ok(None);
        }
        let Some(_) = self.expression()? else {
            self.mark = first;
            return Ok(Some(None));
        };
        Ok(Some(Some(self.node(Kind::Named, first))))
    }

    pub(super) fn named_expression(&mut self) -> Parse {
        self.remember(Rule::NamedExpression(self.explain), |p| {
            try_each!(p, Self::assignment_expression);
            p.refusals(Self::refuse_named_expression)?;
            p.expression_without_walrus()
        })
    }

    /// An expression that no `:=` follows.
    pub(super) fn expression_without_walrus(&mut self) -> Parse {
        let value = need!(self.expression());
        Ok((!self.at(T::ColonEqual)?).then_some(value))
    }

    pub(super) fn expression(&mut self) -> Parse {
        self.remember(Rule::Expression, |p| {
            p.refusals(Self::refuse_expression)?;
            p.refusals(Self::refuse_legacy_statement)?;
            p.plain_expression()
        })
    }

    fn plain_expression(&mut self) -> Parse {
        try_each!(self, Self::conditional, Self::disjunction, Self::lambda);
        Ok(None)
    }

    fn conditional(&mut self) -> Parse {
        let first = self.mark;
        need!(self.disjunction());
        need!(self.eat(T::If));
        need!(self.disjunction());
        need!(self.eat(T::Else));
        need!(self.expression());
        Ok(Some(self.node(Kind::Conditional, first)))
    }

    fn lambda(&mut self) -> Parse {
        let first = need!(self.eat(T::Lambda));
        self.optional(Self::lambda_parameters)?;
        need!(self.eat(T::Colon));
        need!(self.expression());
        Ok(Some(self.node(Kind::Lambda, first)))
    }

    pub(super) fn yield_expression(&mut self) -> Parse {
        let first = need!(self.eat(T::Yield));
        let from = self.attempt(|p| {
            need!(p.eat(T::From));
            p.expression()
        })?;
        if from.is_none() {
            self.optional(Self::star_expressions)?;
        }
        Ok(Some(self.node(Kind::Yield, first)))
    }

    /// What can stand to the right of `=`.
    pub(super) fn assigned_value(&mut self) -> Parse {
        try_each!(self, Self::yield_expression, Self::star_expressions);
        Ok(None)
    }

    // Operators

    pub(super) fn disjunction(&mut self) -> Parse {
        self.remember(Rule::Disjunction, |p| p.chain(T::Or, Self::conjunction))
    }

    fn conjunction(&mut self) -> Parse {
        self.remember(Rule::Conjunction, |p| p.chain(T::And, Self::inversion))
    }

    fn chain(&mut self, operator: T, operand: fn(&mut Self) -> Parse) -> Parse {
        let first = self.mark;
        let mut parts = need!(self.separated(operator, operand));
        if parts.len() == 1 {
            return Ok(parts.pop());
        }
        Ok(Some(self.node(Kind::Operation, first)))
    }

    pub(super) fn inversion(&mut self) -> Parse {
        self.remember(Rule::Inversion, |p| {
            if let Some(first) = p.eat(T::Not)? {
                if p.inversion()?.is_some() {
                    return Ok(Some(p.node(Kind::Operation, first)));
                }
                p.mark = first;
            }
            p.comparison()
        })
    }

    fn comparison(&mut self) -> Parse {
        let first = self.mark;
        let left = need!(self.bitwise_or());
        let kind = if self.at(T::In)? { Kind::CompareIn } else { Kind::Compare };
        let pairs = self.many(|p| {
            need!(p.comparison_operator());
            p.bitwise_or()
        })?;
        if pairs.is_empty() {
            return Ok(Some(left));
        }
        Ok(Some(self.node_with(kind, first, vec![left])))
    }

    fn comparison_operator(&mut self) -> Parse<usize> {
        if let Some(index) = self.eat_two(T::Not, T::In)? {
            return Ok(Some(index));
        }
        if let Some(index) = self.eat(T::Is)? {
            self.eat(T::Not)?;
            return Ok(Some(index));
        }
        if let Some(index) = self.eat_any(&[T::NotEqual, T::LessGreater])? {
            // Which of them is right depends on who the Benevolent Dictator is (PEP 401).
            if self.tokenizer.barry && self.tokens[index].kind == T::NotEqual {
                return Err(self.refuse_here("with Barry as BDFL, use '<>' instead of '!='"));
            }
            return Ok(Some(index));
        }
        self.refusals(Self::refuse_less_greater)?;
        self.eat_any(&[T::EqEqual, T::LessEqual, T::Less, T::GreaterEqual, T::Greater, T::In])
    }

    /// `<>`, which is two tokens.
    fn refuse_less_greater(&mut self) -> Result<(), Halt> {
        if let Some(less) = self.eat_two(T::Less, T::Greater)?
            && self.tokens[less].end == self.tokens[less + 1].start
        {
            let (from, to) = (self.token_span(less), self.token_span(less + 1));
            let msg = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
            return Err(self.refuse_range(from, to, msg));
        }
        Ok(())
    }

    pub(super) fn bitwise_or(&mut self) -> Parse {
        self.binary(0)
    }

    fn binary(&mut self, level: usize) -> Parse {
        self.remember(Rule::Binary(level as u8), |p| {
            let first = p.mark;
            match level {
                SHIFT_LEVEL => p.refusals(Self::refuse_not_after_operator)?,
                TERM_LEVEL => p.refusals(Self::refuse_not_after_sign)?,
                _ => {}
            }
            let mut left = need!(p.operand(level));
            while p
                .attempt(|p| {
                    need!(p.eat_any(BINARY_LEVELS[level]));
                    p.operand(level)
                })?
                .is_some()
            {
                left = p.node(Kind::Operation, first);
            }
            Ok(Some(left))
        })
    }

    fn operand(&mut self, level: usize) -> Parse {
        if level == TERM_LEVEL { self.factor() } else { self.binary(level + 1) }
    }

    fn factor(&mut self) -> Parse {
        self.remember(Rule::Factor, |p| {
            if let Some(first) = p.eat_any(&[T::Plus, T::Minus, T::Tilde])? {
                need!(p.factor());
                return Ok(Some(p.node(Kind::Operation, first)));
            }
            p.power()
        })
    }

    fn power(&mut self) -> Parse {
        let first = self.mark;
        let base = need!(self.await_primary());
        let power = self.attempt(|p| {
            need!(p.eat(T::DoubleStar));
            p.factor()
        })?;
        Ok(Some(if power.is_some() { self.node(Kind::Operation, first) } else { base }))
    }

    fn await_primary(&mut self) -> Parse {
        self.remember(Rule::AwaitPrimary, |p| {
            if let Some(first) = p.eat(T::Await)? {
                need!(p.primary());
                return Ok(Some(p.node(Kind::Await, first)));
            }
            p.primary()
        })
    }

    // Refusals

    fn refuse_named_expression(&mut self) -> Result<(), Halt> {
        // What this rule raises does not depend on how it was reached, and finding that it raises nothing is costly.
        self.remember(Rule::NamedExpressionRefusals, |p| {
            p.refuse_named_expression_afresh()?;
            Ok(None)
        })?;
        Ok(())
    }

    fn refuse_named_expression_afresh(&mut self) -> Result<(), Halt> {
        if let Some(target) = self.attempt(|p| {
            let target = need!(p.expression());
            need!(p.eat(T::ColonEqual));
            need!(p.expression());
            Ok(Some(target))
        })? {
            let msg = format!("cannot use assignment expressions with {}", self.description(target));
            return Err(self.refuse(self.span(target), msg));
        }
        if let Some((name, value)) = self.attempt(|p| {
            let name = need!(p.name());
            need!(p.eat(T::Equal));
            let value = need!(p.bitwise_or());
            Ok((!p.at_any(&[T::Equal, T::ColonEqual])?).then_some((name, value)))
        })? {
            let msg = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Err(self.refuse_range(self.span(name), self.span(value), msg));
        }
        let display = self.ahead(|p| {
            try_each!(p, Self::list_display, Self::tuple_display, Self::generator);
            Ok(None)
        })?;
        if display || self.at_any(&[T::True, T::None, T::False])? {
            return Ok(());
        }
        if let Some(target) = self.attempt(|p| {
            let target = need!(p.bitwise_or());
            need!(p.eat(T::Equal));
            need!(p.bitwise_or());
            Ok((!p.at_any(&[T::Equal, T::ColonEqual])?).then_some(target))
        })? {
            let msg =
                format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", self.description(target));
            return Err(self.refuse(self.span(target), msg));
        }
        Ok(())
    }

    fn refuse_expression(&mut self) -> Result<(), Halt> {
        if let Some((first, last)) = self.attempt(|p| {
            need!(p.eat(T::String));
            let inside =
                need!(p.some(|p| {
                    if p.at(T::String)? { Ok(None) } else { p.without_refusals(Self::plain_expression) }
                }));
            need!(p.eat(T::String));
            Ok(inside.first().copied().zip(inside.last().copied()))
        })? {
            let msg = "invalid syntax. Is this intended to be part of the string?";
            return Err(self.refuse_range(self.span(first), self.span(last), msg));
        }
        let prefixed_string = self.ahead(|p| {
            need!(p.eat(T::Name));
            p.eat(T::String)
        })?;
        let two_words = prefixed_string || self.at_soft_keyword()?;
        if !two_words
            && let Some((left, right, in_brackets)) = self.attempt(|p| {
                let left = need!(p.disjunction());
                let right = need!(p.without_refusals(Self::plain_expression));
                Ok(Some((left, right, p.tokens[p.mark - 1].level > 0)))
            })?
        {
            return if in_brackets { self.refuse_missing_comma(left, right) } else { Ok(()) };
        }
        if let Some((left, condition)) = self.attempt(|p| {
            let left = need!(p.disjunction());
            need!(p.eat(T::If));
            let condition = need!(p.disjunction());
            Ok((!p.at_any(&[T::Else, T::Colon])?).then_some((left, condition)))
        })? {
            let msg = "expected 'else' after 'if' expression";
            return Err(self.refuse_range(self.span(left), self.span(condition), msg));
        }
        self.attempt(|p| {
            need!(p.disjunction());
            need!(p.eat(T::If));
            need!(p.disjunction());
            need!(p.eat(T::Else));
            if p.ahead(Self::expression)? {
                return Ok(None::<()>);
            }
            Err(p.refuse_next("expected expression after 'else', but statement is given"))
        })?;
        if let Some((statement, condition)) = self.attempt(|p| {
            let statement = need!(p.eat_any(&[T::Pass, T::Break, T::Continue]));
            need!(p.eat(T::If));
            let condition = need!(p.disjunction());
            need!(p.eat(T::Else));
            need!(p.simple_statement());
            Ok(Some((statement, condition)))
        })? {
            let msg = "expected expression before 'if', but statement is given";
            let _ = condition;
            return Err(self.refuse(self.token_span(statement), msg));
        }
        self.refuse_lambda_in_string()
    }

    /// `f"{lambda x: 1}"`: the colon starts a format specification.
    fn refuse_lambda_in_string(&mut self) -> Result<(), Halt> {
        self.attempt(|p| {
            let lambda = need!(p.eat(T::Lambda));
            p.optional(Self::lambda_parameters)?;
            let colon = need!(p.eat(T::Colon));
            let prefix = match p.peek()? {
                T::FStringMiddle => 'f',
                T::TStringMiddle => 't',
                _ => return Ok(None::<()>),
            };
            let msg = format!("{prefix}-string: lambda expressions are not allowed without parentheses");
            Err(p.refuse_range(p.token_span(lambda), p.token_span(colon), msg))
        })?;
        Ok(())
    }

    fn at_soft_keyword(&mut self) -> Result<bool, Halt> {
        Ok(self.at(T::Name)? && matches!(self.token_text(self.mark), "_" | "case" | "match" | "type"))
    }

    /// Two expressions side by side, within brackets.
    fn refuse_missing_comma(&mut self, left: Node, right: Node) -> Result<(), Halt> {
        if self.is_legacy_statement(left) {
            return Ok(());
        }
        let msg = "invalid syntax. Perhaps you forgot a comma?";
        Err(self.refuse_range(self.span(left), self.span(right), msg))
    }

    /// `print x`, `exec x`.
    fn refuse_legacy_statement(&mut self) -> Result<(), Halt> {
        if let Some((name, value)) = self.attempt(|p| {
            let name = need!(p.name());
            if p.at(T::LeftParen)? {
                return Ok(None);
            }
            let value = need!(p.star_expressions());
            Ok(Some((name, value)))
        })? && self.is_legacy_statement(name)
        {
            let word = self.name_text(name).to_owned();
            let msg = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
            return Err(self.refuse_range(self.span(name), self.span(value), msg));
        }
        Ok(())
    }

    /// `a + not b`
    fn refuse_not_after_operator(&mut self) -> Result<(), Halt> {
        if let Some((not, operand)) = self.attempt(|p| {
            need!(p.binary(SUM_LEVEL));
            need!(p.eat_any(&[T::Plus, T::Minus, T::Star, T::Slash, T::Percent, T::DoubleSlash, T::At]));
            let not = need!(p.eat(T::Not));
            let operand = need!(p.inversion());
            Ok(Some((not, operand)))
        })? {
            return Err(self.refuse_bare_not(not, operand));
        }
        Ok(())
    }

    /// `- not b`
    fn refuse_not_after_sign(&mut self) -> Result<(), Halt> {
        if let Some((not, operand)) = self.attempt(|p| {
            need!(p.eat_any(&[T::Plus, T::Minus, T::Tilde]));
            let not = need!(p.eat(T::Not));
            let operand = need!(p.factor());
            Ok(Some((not, operand)))
        })? {
            return Err(self.refuse_bare_not(not, operand));
        }
        Ok(())
    }

    fn refuse_bare_not(&mut self, not: usize, operand: Node) -> Halt {
        let msg = "'not' after an operator must be parenthesized";
        self.refuse_range(self.token_span(not), self.span(operand), msg)
    }
}
