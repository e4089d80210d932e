//! Primaries, atoms, displays and comprehensions.

use super::node::{Kind, TargetOf};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

impl Parser<'_> {
    /// An atom and the attributes, calls and subscripts that follow it.
    pub(super) fn primary(&mut self) -> Parse {
        self.remember(Rule::Primary, |p| {
            let first = p.mark;
            let mut value = need!(p.atom());
            while let Some(kind) = p.trailer()? {
                value = p.node(kind, first);
            }
            Ok(Some(value))
        })
    }

    /// `.name`, `(...)` or `[...]`: what kind of expression it makes.
    pub(super) fn trailer(&mut self) -> Parse<Kind> {
        match self.peek()? {
            T::Dot => self.attempt(|p| {
                need!(p.eat(T::Dot));
                need!(p.eat(T::Name));
                Ok(Some(Kind::Attribute))
            }),
            T::LeftParen => {
                if self.attempt(Self::generator)?.is_some() {
                    return Ok(Some(Kind::Call));
                }
                self.attempt(|p| {
                    need!(p.eat(T::LeftParen));
                    p.optional(Self::arguments)?;
                    need!(p.eat(T::RightParen));
                    Ok(Some(Kind::Call))
                })
            }
            T::LeftBracket => {
                self.refusals(Self::refuse_comprehension)?;
                self.attempt(|p| {
                    need!(p.eat(T::LeftBracket));
                    need!(p.slices());
                    need!(p.eat(T::RightBracket));
                    Ok(Some(Kind::Subscript))
                })
            }
            // Not a trailer, but looked at as if it could be a comprehension.
            T::LeftBrace => {
                self.refusals(Self::refuse_comprehension)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn slices(&mut self) -> Parse {
        let first = self.mark;
        if let Some(slice) = self.attempt(|p| {
            let slice = need!(p.slice());
            Ok((!p.at(T::Comma)?).then_some(slice))
        })? {
            return Ok(Some(slice));
        }
        let parts = need!(self.list(|p| {
            try_each!(p, Self::slice, Self::starred_expression);
            Ok(None)
        }));
        self.eat(T::Comma)?;
        Ok(Some(self.node_with(Kind::Tuple, first, parts)))
    }

    fn slice(&mut self) -> Parse {
        let first = self.mark;
        try_each!(
            self,
            |p| {
                p.optional(Self::expression)?;
                need!(p.eat(T::Colon));
                p.optional(Self::expression)?;
                if p.eat(T::Colon)?.is_some() {
                    p.optional(Self::expression)?;
                }
                Ok(Some(p.node(Kind::Other, first)))
            },
            Self::named_expression,
        );
        Ok(None)
    }

    pub(super) fn atom(&mut self) -> Parse {
        let first = self.mark;
        let literal = match self.peek()? {
            T::Name => return self.name(),
            T::String | T::FStringStart | T::TStringStart => return self.strings(),
            T::LeftParen => {
                try_each!(self, Self::tuple_display, Self::group, Self::generator);
                return Ok(None);
            }
            T::LeftBracket => {
                try_each!(self, Self::list_display, Self::list_comprehension);
                return Ok(None);
            }
            T::LeftBrace => {
                try_each!(
                    self,
                    Self::dict_display,
                    Self::set_display,
                    Self::dict_comprehension,
                    Self::set_comprehension,
                );
                return Ok(None);
            }
            T::Number => {
                self.check_number()?;
                Kind::Literal
            }
            T::True => Kind::TrueLiteral,
            T::False => Kind::FalseLiteral,
            T::None => Kind::NoneLiteral,
            T::Ellipsis => Kind::Ellipsis,
            _ => return Ok(None),
        };
        self.mark += 1;
        Ok(Some(self.node(literal, first)))
    }

    /// Refuses a decimal integer with more digits than `sys.get_int_max_str_digits()` allows.
    fn check_number(&mut self) -> Result<(), Halt> {
        let text = self.token_text(self.mark);
        let Some(msg) = crate::literal::too_many_digits(text, self.options.int_max_str_digits) else {
            return Ok(());
        };
        let mut span = self.token_span(self.mark);
        (span.column, span.end_column) = (-1, -1);
        Err(self.refuse(span, msg))
    }

    fn group(&mut self) -> Parse {
        try_each!(self, |p| {
            need!(p.eat(T::LeftParen));
            let value = need!(p.yield_or_named());
            need!(p.eat(T::RightParen));
            Ok(Some(value))
        });
        self.refusals(|p| {
            p.attempt(|p| {
                need!(p.eat(T::LeftParen));
                let starred = need!(p.starred_expression());
                need!(p.eat(T::RightParen));
                let span = p.span(starred);
                Err::<Option<()>, _>(p.refuse(span, "cannot use starred expression here"))
            })?;
            p.attempt(|p| {
                need!(p.eat(T::LeftParen));
                let stars = need!(p.eat(T::DoubleStar));
                need!(p.expression());
                need!(p.eat(T::RightParen));
                let span = p.token_span(stars);
                Err::<Option<()>, _>(p.refuse(span, "cannot use double starred expression here"))
            })?;
            Ok(())
        })?;
        Ok(None)
    }

    fn yield_or_named(&mut self) -> Parse {
        try_each!(self, Self::yield_expression, Self::named_expression);
        Ok(None)
    }

    pub(super) fn tuple_display(&mut self) -> Parse {
        let first = need!(self.eat(T::LeftParen));
        let parts = self.attempt(|p| {
            let mut parts = vec![need!(p.star_named_expression())];
            need!(p.eat(T::Comma));
            parts.extend(p.attempt(Self::star_named_expressions)?.unwrap_or_default());
            Ok(Some(parts))
        })?;
        need!(self.eat(T::RightParen));
        Ok(Some(self.node_with(Kind::Tuple, first, parts.unwrap_or_default())))
    }

    pub(super) fn list_display(&mut self) -> Parse {
        let first = need!(self.eat(T::LeftBracket));
        let parts = self.attempt(Self::star_named_expressions)?.unwrap_or_default();
        need!(self.eat(T::RightBracket));
        Ok(Some(self.node_with(Kind::List, first, parts)))
    }

    fn set_display(&mut self) -> Parse {
        let first = need!(self.eat(T::LeftBrace));
        need!(self.star_named_expressions());
        need!(self.eat(T::RightBrace));
        Ok(Some(self.node(Kind::Set, first)))
    }

    fn dict_display(&mut self) -> Parse {
        let first = self.mark;
        try_each!(self, |p| {
            need!(p.eat(T::LeftBrace));
            p.optional(|p| {
                need!(p.list(Self::dict_item));
                p.eat(T::Comma)?;
                Ok(Some(()))
            })?;
            need!(p.eat(T::RightBrace));
            Ok(Some(p.node(Kind::Dict, first)))
        });
        // CPython looks for these mistakes in its first pass already.
        let mark = self.mark;
        self.refuse_dict_display()?;
        self.mark = mark;
        Ok(None)
    }

    fn dict_item(&mut self) -> Parse {
        try_each!(
            self,
            |p| {
                need!(p.eat(T::DoubleStar));
                p.bitwise_or()
            },
            Self::key_and_value,
        );
        Ok(None)
    }

    fn key_and_value(&mut self) -> Parse {
        need!(self.expression());
        need!(self.eat(T::Colon));
        self.expression()
    }

    fn refuse_dict_display(&mut self) -> Result<(), Halt> {
        if self.eat(T::LeftBrace)?.is_none() {
            return Ok(());
        }
        self.attempt(|p| {
            need!(p.list(Self::dict_item));
            need!(p.eat(T::Comma));
            p.refuse_dict_item()
        })?;
        self.refuse_starred_value()?;
        self.refuse_missing_value()
    }

    /// An item that is not one. Gives nothing.
    fn refuse_dict_item(&mut self) -> Parse<()> {
        if let Some(key) = self.attempt(|p| {
            let key = need!(p.expression());
            Ok((!p.at(T::Colon)?).then_some(key))
        })? {
            let span = self.span(key);
            let kind = crate::SyntaxErrorKind::Syntax;
            let msg = "':' expected after dictionary key";
            return Err(self.refuse_bytes(kind, (span.line, span.end_column), (span.end_line, 0), msg));
        }
        if let Some(star) = self.attempt(Self::key_and_starred)? {
            let span = self.token_span(star);
            return Err(self.refuse_from(span, "cannot use a starred expression in a dictionary value"));
        }
        self.refuse_missing_value()?;
        Ok(None)
    }

    /// `key: *value`; gives the star.
    fn key_and_starred(&mut self) -> Parse<usize> {
        need!(self.expression());
        need!(self.eat(T::Colon));
        let star = need!(self.eat(T::Star));
        need!(self.bitwise_or());
        Ok(Some(star))
    }

    fn refuse_starred_value(&mut self) -> Result<(), Halt> {
        if let Some(star) = self.attempt(Self::key_and_starred)? {
            let span = self.token_span(star);
            return Err(self.refuse_from(span, "cannot use a starred expression in a dictionary value"));
        }
        Ok(())
    }

    fn refuse_missing_value(&mut self) -> Result<(), Halt> {
        if let Some(colon) = self.attempt(|p| {
            need!(p.expression());
            let colon = need!(p.eat(T::Colon));
            Ok(p.at_any(&[T::RightBrace, T::Comma])?.then_some(colon))
        })? {
            let span = self.token_span(colon);
            return Err(self.refuse(span, "expression expected after dictionary key and ':'"));
        }
        Ok(())
    }

    // Comprehensions

    fn list_comprehension(&mut self) -> Parse {
        self.comprehension(T::LeftBracket, Self::named_expression, T::RightBracket, Kind::ListComp)
    }

    fn set_comprehension(&mut self) -> Parse {
        self.comprehension(T::LeftBrace, Self::named_expression, T::RightBrace, Kind::SetComp)
    }

    pub(super) fn generator(&mut self) -> Parse {
        let element = |p: &mut Self| {
            try_each!(p, Self::assignment_expression, Self::expression_without_walrus);
            Ok(None)
        };
        self.comprehension(T::LeftParen, element, T::RightParen, Kind::Generator)
    }

    fn comprehension(&mut self, open: T, element: impl FnOnce(&mut Self) -> Parse, close: T, kind: Kind) -> Parse {
        let first = self.mark;
        try_each!(self, |p| {
            need!(p.eat(open));
            need!(element(p));
            need!(p.comprehension_clauses());
            need!(p.eat(close));
            Ok(Some(p.node(kind, first)))
        });
        self.refusals(Self::refuse_comprehension)?;
        Ok(None)
    }

    fn dict_comprehension(&mut self) -> Parse {
        let first = self.mark;
        try_each!(self, |p| {
            need!(p.eat(T::LeftBrace));
            need!(p.key_and_value());
            need!(p.comprehension_clauses());
            need!(p.eat(T::RightBrace));
            Ok(Some(p.node(Kind::DictComp, first)))
        });
        self.refusals(|p| {
            p.attempt(|p| {
                need!(p.eat(T::LeftBrace));
                let stars = need!(p.eat(T::DoubleStar));
                need!(p.bitwise_or());
                need!(p.comprehension_clauses());
                need!(p.eat(T::RightBrace));
                let span = p.token_span(stars);
                Err::<Option<()>, _>(p.refuse(span, "dict unpacking cannot be used in dict comprehension"))
            })?;
            Ok(())
        })?;
        Ok(None)
    }

    fn refuse_comprehension(&mut self) -> Result<(), Halt> {
        self.attempt(|p| {
            need!(p.eat_any(&[T::LeftBracket, T::LeftParen, T::LeftBrace]));
            let element = need!(p.starred_expression());
            need!(p.comprehension_clauses());
            let span = p.span(element);
            Err::<Option<()>, _>(p.refuse(span, "iterable unpacking cannot be used in comprehension"))
        })?;
        let msg = "did you forget parentheses around the comprehension target?";
        self.attempt(|p| {
            need!(p.eat_any(&[T::LeftBracket, T::LeftBrace]));
            let first = need!(p.star_named_expression());
            need!(p.eat(T::Comma));
            let rest = need!(p.star_named_expressions());
            need!(p.comprehension_clauses());
            let last = rest.last().copied().unwrap_or(first);
            let (from, to) = (p.span(first), p.span(last));
            Err::<Option<()>, _>(p.refuse_range(from, to, msg))
        })?;
        self.attempt(|p| {
            need!(p.eat_any(&[T::LeftBracket, T::LeftBrace]));
            let first = need!(p.star_named_expression());
            let comma = need!(p.eat(T::Comma));
            need!(p.comprehension_clauses());
            let (from, to) = (p.span(first), p.token_span(comma));
            Err::<Option<()>, _>(p.refuse_range(from, to, msg))
        })?;
        Ok(())
    }

    /// `for ... in ... if ...`, at least once; gives the last expression of all.
    pub(super) fn comprehension_clauses(&mut self) -> Parse {
        Ok(need!(self.some(Self::comprehension_clause)).pop())
    }

    fn comprehension_clause(&mut self) -> Parse {
        if let Some(clause) = self.attempt(|p| {
            p.eat(T::Async)?;
            need!(p.eat(T::For));
            need!(p.star_targets());
            need!(p.eat(T::In));
            // From here on it can be nothing else.
            let Some(mut last) = p.disjunction()? else { return Ok(Some(None)) };
            while let Some(condition) = p.attempt(|p| {
                need!(p.eat(T::If));
                p.disjunction()
            })? {
                last = condition;
            }
            Ok(Some(Some(last)))
        })? {
            return Ok(clause);
        }
        self.refusals(|p| {
            p.attempt(|p| {
                p.eat(T::Async)?;
                need!(p.eat(T::For));
                need!(p.list(Self::bitwise_or));
                p.eat(T::Comma)?;
                if p.at(T::In)? {
                    return Ok(None::<()>);
                }
                Err(p.refuse_here("'in' expected after for-loop variables"))
            })?;
            Ok(())
        })?;
        self.refusals(Self::refuse_for_target)?;
        Ok(None)
    }

    pub(super) fn refuse_for_target(&mut self) -> Result<(), Halt> {
        if let Some(target) = self.attempt(|p| {
            p.eat(T::Async)?;
            need!(p.eat(T::For));
            p.star_expressions()
        })? {
            self.check_target(target, TargetOf::For)?;
        }
        Ok(())
    }
}
