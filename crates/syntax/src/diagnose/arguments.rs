//! The arguments of calls and of class definitions.

use super::node::{Kind, Node};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

impl Parser<'_> {
    /// The arguments of a call, without the brackets.
    pub(super) fn arguments(&mut self) -> Parse {
        self.remember(Rule::Arguments, |p| {
            let first = p.mark;
            try_each!(p, |p| {
                need!(p.argument_list());
                p.eat(T::Comma)?;
                Ok(if p.at(T::RightParen)? { Some(p.node(Kind::Other, first)) } else { None })
            });
            p.refusals(Self::refuse_arguments)?;
            Ok(None)
        })
    }

    /// Positional arguments, then keyword arguments.
    fn argument_list(&mut self) -> Parse<Arguments> {
        if let Some(positional) = self.list_of_positional()? {
            let keywords = self.attempt(|p| {
                need!(p.eat(T::Comma));
                p.keyword_arguments()
            })?;
            let mut all = Arguments { positional, unpacks_mapping: false };
            if let Some(keywords) = keywords {
                all.positional.extend(keywords.positional);
                all.unpacks_mapping = keywords.unpacks_mapping;
            }
            return Ok(Some(all));
        }
        self.keyword_arguments()
    }

    fn list_of_positional(&mut self) -> Parse<Vec<Node>> {
        self.attempt(|p| p.list(Self::positional_argument))
    }

    fn positional_argument(&mut self) -> Parse {
        try_each!(self, Self::starred_expression, |p| {
            let value = need!(p.argument_value());
            Ok((!p.at(T::Equal)?).then_some(value))
        });
        Ok(None)
    }

    fn argument_value(&mut self) -> Parse {
        try_each!(self, Self::assignment_expression, Self::expression_without_walrus);
        Ok(None)
    }

    /// Keyword arguments among which `*iterable` can stand until the first `**mapping`.
    fn keyword_arguments(&mut self) -> Parse<Arguments> {
        let mut all = Arguments { positional: Vec::new(), unpacks_mapping: false };
        let starred_part = self.attempt(|p| p.list(|p| p.keyword_argument(T::Star)))?;
        let found = starred_part.is_some();
        all.positional.extend(starred_part.into_iter().flatten().filter(|&node| self.kind(node) == Kind::Starred));
        let mapping_part = self.attempt(|p| {
            if found {
                need!(p.eat(T::Comma));
            }
            p.list(|p| p.keyword_argument(T::DoubleStar))
        })?;
        if let Some(part) = &mapping_part {
            all.unpacks_mapping = part.iter().any(|&node| self.kind(node) == Kind::Other);
        }
        Ok((found || mapping_part.is_some()).then_some(all))
    }

    /// `name=value`, or one with stars: [`Kind::Starred`] for `*`, [`Kind::Other`] for `**`.
    fn keyword_argument(&mut self, stars: T) -> Parse {
        self.refusals(Self::refuse_keyword_argument)?;
        let first = self.mark;
        try_each!(
            self,
            |p| {
                need!(p.eat(T::Name));
                need!(p.eat(T::Equal));
                need!(p.expression());
                Ok(Some(p.node(Kind::Named, first)))
            },
            |p| {
                if stars == T::Star {
                    return p.starred_expression();
                }
                need!(p.eat(T::DoubleStar));
                need!(p.expression());
                Ok(Some(p.node(Kind::Other, first)))
            },
        );
        Ok(None)
    }

    pub(super) fn starred_expression(&mut self) -> Parse {
        self.refusals(|p| {
            p.attempt(|p| {
                let star = need!(p.eat(T::Star));
                need!(p.expression());
                need!(p.eat(T::Equal));
                let value = need!(p.expression());
                let (from, to) = (p.token_span(star), p.span(value));
                let msg = "cannot assign to iterable argument unpacking";
                Err::<Option<()>, _>(p.refuse_range(from, to, msg))
            })?;
            Ok(())
        })?;
        try_each!(self, |p| {
            let first = need!(p.eat(T::Star));
            let value = need!(p.expression());
            Ok(Some(p.node_with(Kind::Starred, first, vec![value])))
        });
        self.refusals(|p| match p.eat(T::Star)? {
            Some(_) => Err(p.refuse_here("Invalid star expression")),
            None => Ok(()),
        })?;
        Ok(None)
    }

    fn refuse_keyword_argument(&mut self) -> Result<(), Halt> {
        if let Some((word, equal)) = self.attempt(|p| {
            let word = need!(p.eat_any(&[T::True, T::False, T::None]));
            Ok(p.eat(T::Equal)?.map(|equal| (word, equal)))
        })? {
            let msg = format!("cannot assign to {}", self.token_text(word));
            return Err(self.refuse_range(self.token_span(word), self.token_span(equal), msg));
        }
        self.refuse_generator_as_keyword()?;
        let keyword = self.ahead(|p| p.eat_two(T::Name, T::Equal))?;
        if !keyword
            && let Some((target, equal)) = self.attempt(|p| {
                let target = need!(p.expression());
                Ok(p.eat(T::Equal)?.map(|equal| (target, equal)))
            })?
        {
            let msg = "expression cannot contain assignment, perhaps you meant \"==\"?";
            return Err(self.refuse_range(self.span(target), self.token_span(equal), msg));
        }
        if let Some((stars, value)) = self.attempt(|p| {
            let stars = need!(p.eat(T::DoubleStar));
            need!(p.expression());
            need!(p.eat(T::Equal));
            let value = need!(p.expression());
            Ok(Some((stars, value)))
        })? {
            let msg = "cannot assign to keyword argument unpacking";
            return Err(self.refuse_range(self.token_span(stars), self.span(value), msg));
        }
        Ok(())
    }

    /// `f(a=b for b in c)`
    fn refuse_generator_as_keyword(&mut self) -> Result<(), Halt> {
        if let Some(name) = self.attempt(|p| {
            let name = need!(p.eat_two(T::Name, T::Equal));
            need!(p.expression());
            need!(p.comprehension_clauses());
            Ok(Some(name))
        })? {
            let msg = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Err(self.refuse_range(self.token_span(name), self.token_span(name + 1), msg));
        }
        Ok(())
    }

    fn refuse_arguments(&mut self) -> Result<(), Halt> {
        let bare_generator = "Generator expression must be parenthesized";
        if let Some(comma) = self.attempt(|p| {
            try_each!(p, |p| {
                need!(p.list_of_positional());
                need!(p.eat(T::Comma));
                need!(p.keyword_arguments());
                p.comma_and_starred()
            });
            need!(p.keyword_arguments());
            p.comma_and_starred()
        })? {
            let msg = "iterable argument unpacking follows keyword argument unpacking";
            return Err(self.refuse_from(self.token_span(comma), msg));
        }
        if let Some((element, last)) = self.attempt(|p| {
            let element = need!(p.expression());
            let last = need!(p.comprehension_clauses());
            need!(p.eat(T::Comma));
            p.optional(|p| {
                try_each!(p, Self::argument_list_as_node, |p| {
                    need!(p.expression());
                    p.comprehension_clauses()
                });
                Ok(None)
            })?;
            Ok(Some((element, last)))
        })? {
            return Err(self.refuse_range(self.span(element), self.span(last), bare_generator));
        }
        self.refuse_generator_as_keyword()?;
        if let Some(name) = self.attempt(|p| {
            p.optional(|p| {
                need!(p.argument_list());
                p.eat(T::Comma)
            })?;
            let name = need!(p.eat_two(T::Name, T::Equal));
            Ok(p.at_any(&[T::Comma, T::RightParen])?.then_some(name))
        })? {
            let msg = "expected argument value expression";
            return Err(self.refuse_range(self.token_span(name), self.token_span(name + 1), msg));
        }
        if let Some((all, last)) = self.attempt(|p| {
            let all = need!(p.argument_list());
            let last = need!(p.comprehension_clauses());
            Ok(Some((all, last)))
        })? {
            // A lone generator needs no brackets of its own.
            if let [_, .., element] = all.positional[..] {
                return Err(self.refuse_range(self.span(element), self.span(last), bare_generator));
            }
            return Ok(());
        }
        if let Some((element, last)) = self.attempt(|p| {
            need!(p.argument_list());
            need!(p.eat(T::Comma));
            let element = need!(p.expression());
            let last = need!(p.comprehension_clauses());
            Ok(Some((element, last)))
        })? {
            return Err(self.refuse_range(self.span(element), self.span(last), bare_generator));
        }
        if let Some(all) = self.attempt(|p| {
            let all = need!(p.argument_list());
            need!(p.eat(T::Comma));
            need!(p.argument_list());
            Ok(Some(all))
        })? {
            let unpacking = if all.unpacks_mapping { " unpacking" } else { "" };
            return Err(self.refuse_here(format!("positional argument follows keyword argument{unpacking}")));
        }
        Ok(())
    }

    fn argument_list_as_node(&mut self) -> Parse {
        let first = self.mark;
        need!(self.argument_list());
        Ok(Some(self.node(Kind::Other, first)))
    }

    /// A comma and starred arguments; gives the comma.
    fn comma_and_starred(&mut self) -> Parse<usize> {
        let comma = need!(self.eat(T::Comma));
        need!(self.list(|p| {
            let starred = need!(p.starred_expression());
            Ok((!p.at(T::Equal)?).then_some(starred))
        }));
        Ok(Some(comma))
    }
}

/// The arguments of a call.
struct Arguments {
    /// Positional arguments, and starred ones wherever they stand.
    positional: Vec<Node>,
    /// Whether there is a `**mapping` among them.
    unpacks_mapping: bool,
}
