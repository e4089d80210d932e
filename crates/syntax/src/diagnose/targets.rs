//! What can be assigned to or deleted.

use super::node::{Kind, Node};
use super::parser::{Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

impl Parser<'_> {
    /// One target, or several that make a tuple; stars are welcome.
    pub(super) fn star_targets(&mut self) -> Parse {
        let first = self.mark;
        let mut parts = need!(self.list(Self::star_target));
        if self.eat(T::Comma)?.is_none() && parts.len() == 1 {
            return Ok(parts.pop());
        }
        Ok(Some(self.node_with(Kind::Tuple, first, parts)))
    }

    pub(super) fn star_target(&mut self) -> Parse {
        self.remember(Rule::StarTarget, |p| {
            let first = p.mark;
            if p.eat(T::Star)?.is_some() {
                if p.at(T::Star)? {
                    return Ok(None);
                }
                let target = need!(p.star_target());
                return Ok(Some(p.node_with(Kind::Starred, first, vec![target])));
            }
            p.target_with_star_atom()
        })
    }

    fn target_with_star_atom(&mut self) -> Parse {
        self.remember(Rule::TargetWithStarAtom, |p| {
            try_each!(p, Self::attribute_or_subscript_target, Self::star_atom);
            Ok(None)
        })
    }

    /// An attribute or a subscript that nothing is taken from.
    fn attribute_or_subscript_target(&mut self) -> Parse {
        let first = self.mark;
        need!(self.target_primary());
        let kind = match need!(self.trailer()) {
            Kind::Call => return Ok(None),
            kind => kind,
        };
        Ok((!self.at_trailer()?).then(|| self.node(kind, first)))
    }

    fn at_trailer(&mut self) -> Result<bool, super::parser::Halt> {
        self.at_any(&[T::LeftParen, T::LeftBracket, T::Dot])
    }

    /// The longest primary that something is taken from.
    fn target_primary(&mut self) -> Parse {
        self.remember(Rule::TargetPrimary, |p| {
            let first = p.mark;
            let mut value = need!(p.atom());
            if !p.at_trailer()? {
                return Ok(None);
            }
            while let Some(kind) = p.attempt(|p| {
                let kind = need!(p.trailer());
                Ok(p.at_trailer()?.then_some(kind))
            })? {
                value = p.node(kind, first);
            }
            Ok(Some(value))
        })
    }

    fn star_atom(&mut self) -> Parse {
        let first = self.mark;
        try_each!(
            self,
            Self::name,
            |p| {
                need!(p.eat(T::LeftParen));
                let target = need!(p.target_with_star_atom());
                need!(p.eat(T::RightParen));
                Ok(Some(target))
            },
            |p| {
                need!(p.eat(T::LeftParen));
                let parts = p.attempt(|p| {
                    let parts = need!(p.list(Self::star_target));
                    let comma = p.eat(T::Comma)?.is_some();
                    Ok((comma || parts.len() > 1).then_some(parts))
                })?;
                need!(p.eat(T::RightParen));
                Ok(Some(p.node_with(Kind::Tuple, first, parts.unwrap_or_default())))
            },
            |p| p.bracketed(T::LeftBracket, Self::star_target, T::RightBracket, Kind::List),
        );
        Ok(None)
    }

    /// Targets in brackets, none at all included.
    fn bracketed(&mut self, open: T, target: fn(&mut Self) -> Parse, close: T, kind: Kind) -> Parse {
        let first = need!(self.eat(open));
        let parts: Vec<Node> = match self.attempt(|p| p.list(target))? {
            Some(parts) => {
                self.eat(T::Comma)?;
                parts
            }
            None => Vec::new(),
        };
        need!(self.eat(close));
        Ok(Some(self.node_with(kind, first, parts)))
    }

    /// The target of an augmented assignment.
    pub(super) fn single_target(&mut self) -> Parse {
        try_each!(self, Self::attribute_or_subscript_target, Self::name, Self::single_target_in_brackets);
        Ok(None)
    }

    fn single_target_in_brackets(&mut self) -> Parse {
        need!(self.eat(T::LeftParen));
        let target = need!(self.single_target());
        need!(self.eat(T::RightParen));
        Ok(Some(target))
    }

    /// The target of an annotation, other than a plain name.
    pub(super) fn annotated_target(&mut self) -> Parse {
        try_each!(self, Self::single_target_in_brackets, Self::attribute_or_subscript_target);
        Ok(None)
    }

    /// The targets of `del`.
    pub(super) fn del_targets(&mut self) -> Parse<Vec<Node>> {
        let targets = need!(self.list(Self::del_target));
        self.eat(T::Comma)?;
        Ok(Some(targets))
    }

    fn del_target(&mut self) -> Parse {
        self.remember(Rule::DelTarget, |p| {
            try_each!(
                p,
                Self::attribute_or_subscript_target,
                Self::name,
                |p| {
                    need!(p.eat(T::LeftParen));
                    let target = need!(p.del_target());
                    need!(p.eat(T::RightParen));
                    Ok(Some(target))
                },
                |p| p.bracketed(T::LeftParen, Self::del_target, T::RightParen, Kind::Tuple),
                |p| p.bracketed(T::LeftBracket, Self::del_target, T::RightBracket, Kind::List),
            );
            Ok(None)
        })
    }
}
