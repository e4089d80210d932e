//! The parameters of functions and lambdas, and type parameters.

use super::node::{Kind, Node};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

/// Whose parameters are read: what closes the list, and whether annotations may stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    close: T,
}

/// A function.
const DEF: Owner = Owner { close: T::RightParen };
/// A lambda expression.
const LAMBDA: Owner = Owner { close: T::Colon };

/// Whether a parameter has a default value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Default {
    Without,
    With,
    Maybe,
}

impl Parser<'_> {
    /// The parameters of a function, without the brackets.
    pub(super) fn function_parameters(&mut self) -> Parse<()> {
        self.parameters(DEF)
    }

    /// The parameters of a lambda expression.
    pub(super) fn lambda_parameters(&mut self) -> Parse<()> {
        self.parameters(LAMBDA)
    }

    fn parameters(&mut self, owner: Owner) -> Parse<()> {
        self.refusals(|p| p.refuse_parameters(owner))?;
        try_each!(
            self,
            |p| {
                need!(p.slash_without_defaults(owner));
                p.many(|p| p.parameter(owner, Default::Without))?;
                p.many(|p| p.parameter(owner, Default::With))?;
                p.optional(|p| p.star_parameters(owner))?;
                Ok(Some(()))
            },
            |p| {
                need!(p.slash_with_defaults(owner));
                p.many(|p| p.parameter(owner, Default::With))?;
                p.optional(|p| p.star_parameters(owner))?;
                Ok(Some(()))
            },
            |p| {
                let plain = p.many(|p| p.parameter(owner, Default::Without))?.len();
                let defaulted = p.many(|p| p.parameter(owner, Default::With))?.len();
                let star = p.attempt(|p| p.star_parameters(owner))?.is_some();
                Ok((plain + defaulted > 0 || star).then_some(()))
            },
        );
        Ok(None)
    }

    fn slash_without_defaults(&mut self, owner: Owner) -> Parse<()> {
        self.attempt(|p| {
            need!(p.some(|p| p.parameter(owner, Default::Without)));
            need!(p.eat(T::Slash));
            p.parameter_end(owner)
        })
    }

    fn slash_with_defaults(&mut self, owner: Owner) -> Parse<()> {
        self.attempt(|p| {
            p.many(|p| p.parameter(owner, Default::Without))?;
            need!(p.some(|p| p.parameter(owner, Default::With)));
            need!(p.eat(T::Slash));
            p.parameter_end(owner)
        })
    }

    /// A comma, or the end of the list ahead.
    fn parameter_end(&mut self, owner: Owner) -> Parse<()> {
        if self.eat(T::Comma)?.is_some() {
            if owner == DEF {
                // CPython looks for a type comment here, so it has read this token when it reports an error.
                self.peek()?;
            }
            return Ok(Some(()));
        }
        Ok(self.at(owner.close)?.then_some(()))
    }

    /// One parameter with what ends it.
    fn parameter(&mut self, owner: Owner, default: Default) -> Parse {
        self.attempt(|p| {
            let name = need!(p.bare_parameter(owner));
            match default {
                Default::Without => {}
                Default::With => need!(p.default_value()),
                Default::Maybe => p.optional(|p| p.default_value())?,
            }
            need!(p.parameter_end(owner));
            Ok(Some(name))
        })
    }

    /// A parameter's name and annotation.
    fn bare_parameter(&mut self, owner: Owner) -> Parse {
        let first = need!(self.eat(T::Name));
        if owner == DEF {
            self.optional(|p| {
                need!(p.eat(T::Colon));
                p.expression()
            })?;
        }
        Ok(Some(self.node(Kind::Other, first)))
    }

    fn default_value(&mut self) -> Parse<()> {
        try_each!(self, |p| {
            need!(p.eat(T::Equal));
            need!(p.expression());
            Ok(Some(()))
        });
        self.refusals(|p| {
            let Some(equal) = p.eat(T::Equal)? else { return Ok(()) };
            if p.at_any(&[T::RightParen, T::Comma])? {
                return Err(p.refuse(p.token_span(equal), "expected default value expression"));
            }
            Ok(())
        })?;
        Ok(None)
    }

    /// `*args` or a bare star and what follows; or `**kwargs`.
    fn star_parameters(&mut self, owner: Owner) -> Parse<()> {
        self.refusals(|p| p.refuse_star_parameters(owner))?;
        let rest = |p: &mut Self| {
            p.many(|p| p.parameter(owner, Default::Maybe))?;
            p.optional(|p| p.keyword_parameters(owner))?;
            Ok(Some(()))
        };
        try_each!(
            self,
            |p| {
                need!(p.eat(T::Star));
                need!(p.parameter(owner, Default::Without));
                rest(p)
            },
            |p| {
                need!(p.eat(T::Star));
                if owner == LAMBDA {
                    return Ok(None);
                }
                need!(p.eat(T::Name));
                need!(p.eat(T::Colon));
                need!(p.star_expression());
                need!(p.parameter_end(owner));
                rest(p)
            },
            |p| {
                need!(p.eat(T::Star));
                need!(p.eat(T::Comma));
                need!(p.some(|p| p.parameter(owner, Default::Maybe)));
                p.optional(|p| p.keyword_parameters(owner))?;
                Ok(Some(()))
            },
            |p| p.keyword_parameters(owner),
        );
        Ok(None)
    }

    /// `**kwargs`
    fn keyword_parameters(&mut self, owner: Owner) -> Parse<()> {
        self.refusals(|p| p.refuse_keyword_parameters(owner))?;
        need!(self.eat(T::DoubleStar));
        need!(self.parameter(owner, Default::Without));
        Ok(Some(()))
    }

    // Refusals

    fn refuse_parameters(&mut self, owner: Owner) -> Result<(), Halt> {
        self.attempt(|p| {
            let slash = need!(p.eat(T::Slash));
            need!(p.eat(T::Comma));
            let span = p.token_span(slash);
            Err::<Option<()>, _>(p.refuse(span, "at least one argument must precede /"))
        })?;
        self.attempt(|p| {
            need!(p.either_slash(owner));
            p.many(|p| p.parameter(owner, Default::Maybe))?;
            let slash = need!(p.eat(T::Slash));
            let span = p.token_span(slash);
            Err::<Option<()>, _>(p.refuse(span, "/ may appear only once"))
        })?;
        self.attempt(|p| {
            p.optional(|p| p.slash_without_defaults(owner))?;
            p.many(|p| p.parameter(owner, Default::Without))?;
            if p.slash_with_defaults(owner)?.is_none() {
                need!(p.some(|p| p.parameter(owner, Default::With)));
            }
            let late = need!(p.parameter(owner, Default::Without));
            let span = p.span(late);
            let msg = "parameter without a default follows parameter with a default";
            Err::<Option<()>, _>(p.refuse(span, msg))
        })?;
        self.attempt(|p| {
            p.many(|p| p.parameter(owner, Default::Without))?;
            let open = need!(p.eat(T::LeftParen));
            if owner == DEF {
                need!(p.some(|p| p.parameter(owner, Default::Without)));
            } else {
                need!(p.list(|p| p.bare_parameter(owner)));
            }
            p.eat(T::Comma)?;
            let close = need!(p.eat(T::RightParen));
            let (from, to) = (p.token_span(open), p.token_span(close));
            let whose = if owner == DEF { "Function" } else { "Lambda expression" };
            Err::<Option<()>, _>(p.refuse_range(from, to, format!("{whose} parameters cannot be parenthesized")))
        })?;
        self.attempt(|p| {
            p.optional(|p| p.either_slash(owner))?;
            p.many(|p| p.parameter(owner, Default::Maybe))?;
            need!(p.eat(T::Star));
            if p.eat(T::Comma)?.is_none() {
                need!(p.parameter(owner, Default::Without));
            }
            p.many(|p| p.parameter(owner, Default::Maybe))?;
            let slash = need!(p.eat(T::Slash));
            let span = p.token_span(slash);
            Err::<Option<()>, _>(p.refuse(span, "/ must be ahead of *"))
        })?;
        self.attempt(|p| {
            need!(p.some(|p| p.parameter(owner, Default::Maybe)));
            need!(p.eat(T::Slash));
            let star = need!(p.eat(T::Star));
            let span = p.token_span(star);
            Err::<Option<()>, _>(p.refuse(span, "expected comma between / and *"))
        })?;
        Ok(())
    }

    fn either_slash(&mut self, owner: Owner) -> Parse<()> {
        try_each!(self, |p| p.slash_without_defaults(owner), |p| p.slash_with_defaults(owner));
        Ok(None)
    }

    fn refuse_star_parameters(&mut self, owner: Owner) -> Result<(), Halt> {
        self.attempt(|p| {
            let star = need!(p.eat(T::Star));
            if p.eat(owner.close)?.is_none() {
                need!(p.eat(T::Comma));
                need!(p.eat_any(&[owner.close, T::DoubleStar]));
            }
            let msg = "named arguments must follow bare *";
            let span = p.token_span(star);
            Err::<Option<()>, _>(if owner == DEF { p.refuse(span, msg) } else { p.refuse_here(msg) })
        })?;
        self.attempt(|p| {
            need!(p.eat(T::Star));
            need!(p.bare_parameter(owner));
            let equal = need!(p.eat(T::Equal));
            let span = p.token_span(equal);
            Err::<Option<()>, _>(p.refuse(span, "var-positional argument cannot have default value"))
        })?;
        self.attempt(|p| {
            need!(p.eat(T::Star));
            need!(p.plain_parameter_or_comma(owner));
            p.many(|p| p.parameter(owner, Default::Maybe))?;
            let star = need!(p.eat(T::Star));
            need!(p.plain_parameter_or_comma(owner));
            let span = p.token_span(star);
            Err::<Option<()>, _>(p.refuse(span, "* argument may appear only once"))
        })?;
        Ok(())
    }

    fn plain_parameter_or_comma(&mut self, owner: Owner) -> Parse<()> {
        if self.parameter(owner, Default::Without)?.is_none() {
            need!(self.eat(T::Comma));
        }
        Ok(Some(()))
    }

    fn refuse_keyword_parameters(&mut self, owner: Owner) -> Result<(), Halt> {
        self.attempt(|p| {
            need!(p.eat(T::DoubleStar));
            need!(p.bare_parameter(owner));
            if let Some(equal) = p.eat(T::Equal)? {
                let span = p.token_span(equal);
                return Err(p.refuse(span, "var-keyword argument cannot have default value"));
            }
            need!(p.eat(T::Comma));
            let msg = "arguments cannot follow var-keyword argument";
            if let Some(late) = p.attempt(|p| p.bare_parameter(owner))? {
                let span = p.span(late);
                return Err(p.refuse(span, msg));
            }
            let late = need!(p.eat_any(&[T::Star, T::DoubleStar, T::Slash]));
            let span = p.token_span(late);
            Err::<Option<()>, _>(p.refuse(span, msg))
        })?;
        Ok(())
    }

    // Type parameters

    /// `[T, *Ts, **P]`
    pub(super) fn type_parameters(&mut self) -> Parse<()> {
        self.refusals(|p| {
            p.attempt(|p| {
                need!(p.eat(T::LeftBracket));
                let close = need!(p.eat(T::RightBracket));
                let span = p.token_span(close);
                Err::<Option<()>, _>(p.refuse_from(span, "Type parameter list cannot be empty"))
            })?;
            Ok(())
        })?;
        need!(self.eat(T::LeftBracket));
        need!(self.list(Self::type_parameter));
        self.eat(T::Comma)?;
        need!(self.eat(T::RightBracket));
        Ok(Some(()))
    }

    fn type_parameter(&mut self) -> Parse {
        self.remember(Rule::TypeParameter, |p| {
            let first = p.mark;
            if p.eat(T::Name)?.is_some() {
                p.prefixed(T::Colon, Self::expression)?;
                p.prefixed(T::Equal, Self::expression)?;
                return Ok(Some(p.node(Kind::Other, first)));
            }
            p.refusals(Self::refuse_type_parameter)?;
            if p.eat(T::Star)?.is_some() {
                need!(p.eat(T::Name));
                p.prefixed(T::Equal, Self::star_expression)?;
                return Ok(Some(p.node(Kind::Other, first)));
            }
            need!(p.eat(T::DoubleStar));
            need!(p.eat(T::Name));
            p.prefixed(T::Equal, Self::expression)?;
            Ok(Some(p.node(Kind::Other, first)))
        })
    }

    /// A token and what follows it, if they are there.
    fn prefixed(&mut self, token: T, rule: fn(&mut Self) -> Parse) -> Result<(), Halt> {
        self.optional(|p| {
            need!(p.eat(token));
            rule(p)
        })
    }

    fn refuse_type_parameter(&mut self) -> Result<(), Halt> {
        if let Some((stars, colon, bound)) = self.attempt(|p| -> Parse<(usize, usize, Node)> {
            let stars = need!(p.eat_any(&[T::Star, T::DoubleStar]));
            need!(p.eat(T::Name));
            let colon = need!(p.eat(T::Colon));
            let bound = need!(p.expression());
            Ok(Some((stars, colon, bound)))
        })? {
            let what = if self.kind(bound) == Kind::Tuple { "constraints" } else { "bound" };
            let kind = if self.tokens[stars].kind == T::Star { "TypeVarTuple" } else { "ParamSpec" };
            return Err(self.refuse_from(self.token_span(colon), format!("cannot use {what} with {kind}")));
        }
        Ok(())
    }
}
