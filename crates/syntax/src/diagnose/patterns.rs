//! The patterns of `match`.

use super::node::{Kind, Node};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

impl Parser<'_> {
    /// What can follow `case`.
    pub(super) fn patterns(&mut self) -> Parse {
        let first = self.mark;
        try_each!(
            self,
            |p| {
                need!(p.open_sequence_pattern());
                Ok(Some(p.node(Kind::Other, first)))
            },
            Self::pattern,
        );
        Ok(None)
    }

    fn pattern(&mut self) -> Parse {
        try_each!(self, Self::as_pattern, Self::or_pattern);
        Ok(None)
    }

    fn as_pattern(&mut self) -> Parse {
        let first = self.mark;
        try_each!(self, |p| {
            need!(p.or_pattern());
            need!(p.eat(T::As));
            need!(p.capture_target());
            Ok(Some(p.node(Kind::Other, first)))
        });
        self.refusals(Self::refuse_as_pattern)?;
        Ok(None)
    }

    fn or_pattern(&mut self) -> Parse {
        let first = self.mark;
        need!(self.separated(T::VerticalBar, Self::closed_pattern));
        Ok(Some(self.node(Kind::Other, first)))
    }

    fn closed_pattern(&mut self) -> Parse {
        self.remember(Rule::ClosedPattern, |p| {
            try_each!(
                p,
                |p| {
                    let literal = need!(p.literal_pattern());
                    if p.has_fields(literal) {
                        p.doubt(p.span(literal), "patterns may only match literals and attribute lookups");
                    }
                    Ok(Some(literal))
                },
                Self::capture_target,
                |p| {
                    let first = need!(p.eat_soft("_"));
                    Ok(Some(p.node(Kind::Other, first)))
                },
                Self::value_pattern,
                Self::group_pattern,
                Self::sequence_pattern,
                Self::mapping_pattern,
                Self::class_pattern,
            );
            Ok(None)
        })
    }

    fn literal_pattern(&mut self) -> Parse {
        let first = self.mark;
        try_each!(
            self,
            |p| {
                need!(p.signed_number());
                Ok(if p.at_any(&[T::Plus, T::Minus])? { None } else { Some(p.node(Kind::Literal, first)) })
            },
            |p| {
                need!(p.complex_number());
                Ok(Some(p.node(Kind::Literal, first)))
            },
            |p| {
                if !p.at_any(&[T::String, T::FStringStart, T::TStringStart])? {
                    return Ok(None);
                }
                p.strings()
            },
            |p| {
                need!(p.eat_any(&[T::None, T::True, T::False]));
                Ok(Some(p.node(Kind::Literal, first)))
            },
        );
        Ok(None)
    }

    fn signed_number(&mut self) -> Parse<usize> {
        self.eat(T::Minus)?;
        self.eat(T::Number)
    }

    /// `real + imaginary`
    fn complex_number(&mut self) -> Parse<()> {
        let real = need!(self.signed_number());
        if self.is_imaginary(real) {
            return Err(self.refuse(self.token_span(real), "real number required in complex literal"));
        }
        need!(self.eat_any(&[T::Plus, T::Minus]));
        let imaginary = need!(self.eat(T::Number));
        if !self.is_imaginary(imaginary) {
            return Err(self.refuse(self.token_span(imaginary), "imaginary number required in complex literal"));
        }
        Ok(Some(()))
    }

    fn is_imaginary(&self, number: usize) -> bool {
        self.token_text(number).ends_with(['j', 'J'])
    }

    /// A name to bind, which is not `_` and not part of something longer.
    fn capture_target(&mut self) -> Parse {
        if self.at_soft("_")? {
            return Ok(None);
        }
        let name = need!(self.name());
        Ok((!self.at_any(&[T::Dot, T::LeftParen, T::Equal])?).then_some(name))
    }

    fn value_pattern(&mut self) -> Parse {
        let value = need!(self.attribute());
        Ok((!self.at_any(&[T::Dot, T::LeftParen, T::Equal])?).then_some(value))
    }

    /// A dotted name of two parts or more.
    fn attribute(&mut self) -> Parse {
        let value = need!(self.name_or_attribute());
        Ok((self.kind(value) == Kind::Attribute).then_some(value))
    }

    fn name_or_attribute(&mut self) -> Parse {
        self.remember(Rule::NameOrAttribute, |p| {
            let first = p.mark;
            let mut value = need!(p.name());
            while p.eat_two(T::Dot, T::Name)?.is_some() {
                value = p.node(Kind::Attribute, first);
            }
            Ok(Some(value))
        })
    }

    fn group_pattern(&mut self) -> Parse {
        need!(self.eat(T::LeftParen));
        let pattern = need!(self.pattern());
        need!(self.eat(T::RightParen));
        Ok(Some(pattern))
    }

    fn sequence_pattern(&mut self) -> Parse {
        let first = self.mark;
        try_each!(
            self,
            |p| {
                need!(p.eat(T::LeftBracket));
                p.optional(Self::maybe_sequence_pattern)?;
                need!(p.eat(T::RightBracket));
                Ok(Some(p.node(Kind::Other, first)))
            },
            |p| {
                need!(p.eat(T::LeftParen));
                p.optional(Self::open_sequence_pattern)?;
                need!(p.eat(T::RightParen));
                Ok(Some(p.node(Kind::Other, first)))
            },
        );
        Ok(None)
    }

    /// A pattern, a comma, and perhaps more.
    fn open_sequence_pattern(&mut self) -> Parse<()> {
        self.attempt(|p| {
            need!(p.maybe_star_pattern());
            need!(p.eat(T::Comma));
            p.optional(Self::maybe_sequence_pattern)?;
            Ok(Some(()))
        })
    }

    fn maybe_sequence_pattern(&mut self) -> Parse<()> {
        need!(self.list(Self::maybe_star_pattern));
        self.eat(T::Comma)?;
        Ok(Some(()))
    }

    fn maybe_star_pattern(&mut self) -> Parse {
        try_each!(self, Self::star_pattern, Self::pattern);
        Ok(None)
    }

    fn star_pattern(&mut self) -> Parse {
        self.remember(Rule::StarPattern, |p| {
            let first = need!(p.eat(T::Star));
            if p.attempt(Self::capture_target)?.is_none() {
                need!(p.eat_soft("_"));
            }
            Ok(Some(p.node(Kind::Other, first)))
        })
    }

    fn mapping_pattern(&mut self) -> Parse {
        let first = need!(self.eat(T::LeftBrace));
        let keys = self.attempt(|p| p.list(Self::key_and_pattern))?;
        self.optional(|p| {
            if keys.is_some() {
                need!(p.eat(T::Comma));
            }
            need!(p.eat(T::DoubleStar));
            p.capture_target()
        })?;
        if self.mark > first + 1 {
            self.eat(T::Comma)?;
        }
        need!(self.eat(T::RightBrace));
        let mapping = self.node(Kind::Other, first);
        if keys.into_iter().flatten().any(|key| self.has_fields(key)) {
            self.doubt(self.span(mapping), "mapping pattern keys may only match literals and attribute lookups");
        }
        Ok(Some(mapping))
    }

    /// Gives the key.
    fn key_and_pattern(&mut self) -> Parse {
        let key = match self.attempt(Self::literal_pattern)? {
            Some(key) => key,
            None => need!(self.attribute()),
        };
        need!(self.eat(T::Colon));
        need!(self.pattern());
        Ok(Some(key))
    }

    /// Whether a literal is an f-string or a t-string.
    fn has_fields(&self, literal: Node) -> bool {
        matches!(self.kind(literal), Kind::FString | Kind::TString)
    }

    fn class_pattern(&mut self) -> Parse {
        let first = self.mark;
        try_each!(self, |p| {
            need!(p.name_or_attribute());
            need!(p.eat(T::LeftParen));
            let positional = p.attempt(|p| p.list(Self::pattern))?.is_some();
            let keywords = p.attempt(|p| {
                if positional {
                    need!(p.eat(T::Comma));
                }
                p.list(Self::keyword_pattern)
            })?;
            if positional || keywords.is_some() {
                p.eat(T::Comma)?;
            }
            need!(p.eat(T::RightParen));
            Ok(Some(p.node(Kind::Other, first)))
        });
        self.refusals(Self::refuse_class_pattern)?;
        Ok(None)
    }

    fn keyword_pattern(&mut self) -> Parse {
        need!(self.eat(T::Name));
        need!(self.eat(T::Equal));
        self.pattern()
    }

    // Refusals

    fn refuse_as_pattern(&mut self) -> Result<(), Halt> {
        self.attempt(|p| {
            need!(p.or_pattern());
            need!(p.eat(T::As));
            let wildcard = need!(p.eat_soft("_"));
            let span = p.token_span(wildcard);
            Err::<Option<()>, _>(p.refuse(span, "cannot use '_' as a target"))
        })?;
        self.attempt(|p| {
            need!(p.or_pattern());
            need!(p.eat(T::As));
            let target = need!(p.expression());
            let msg = format!("cannot use {} as pattern target", p.description(target));
            let span = p.span(target);
            Err::<Option<()>, _>(p.refuse(span, msg))
        })?;
        Ok(())
    }

    fn refuse_class_pattern(&mut self) -> Result<(), Halt> {
        if let Some(late) = self.attempt(|p| -> Parse<Vec<Node>> {
            need!(p.name_or_attribute());
            need!(p.eat(T::LeftParen));
            p.optional(|p| {
                need!(p.list(Self::pattern));
                p.eat(T::Comma)
            })?;
            need!(p.list(Self::keyword_pattern));
            need!(p.eat(T::Comma));
            p.list(Self::pattern)
        })? && let (Some(&first), Some(&last)) = (late.first(), late.last())
        {
            let msg = "positional patterns follow keyword patterns";
            return Err(self.refuse_range(self.span(first), self.span(last), msg));
        }
        Ok(())
    }
}
