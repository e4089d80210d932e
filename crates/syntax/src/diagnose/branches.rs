//! Compound statements with branches of their own kind: `try` and `match`.

use super::parser::{Halt, Parse, Parser, need, try_each};
use crate::tokenizer::TokenKind as T;

/// Whether a `try` statement handles exceptions or groups of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Except {
    Plain,
    Star,
}

impl Parser<'_> {
    // Try

    pub(super) fn try_statement(&mut self) -> Parse<()> {
        self.refusals(Self::refuse_try)?;
        need!(self.eat(T::Try));
        self.force(T::Colon)?;
        need!(self.block());
        if self.attempt(Self::finally_block)?.is_some() {
            return Ok(Some(()));
        }
        if self.many(|p| p.except_block(Except::Plain))?.is_empty() {
            need!(self.some(|p| p.except_block(Except::Star)));
        }
        self.optional(Self::else_block)?;
        self.optional(Self::finally_block)?;
        Ok(Some(()))
    }

    fn refuse_try(&mut self) -> Result<(), Halt> {
        self.refuse_head(false, "'try' statement", |p| p.eat(T::Try))?;
        self.attempt(|p| {
            need!(p.try_and_block());
            if p.at_any(&[T::Except, T::Finally])? {
                return Ok(None::<()>);
            }
            Err(p.refuse_here("expected 'except' or 'finally' block"))
        })?;
        let msg = "cannot have both 'except' and 'except*' on the same 'try'";
        self.attempt(|p| {
            need!(p.eat_two(T::Try, T::Colon));
            p.many(Self::block)?;
            need!(p.some(|p| p.except_block(Except::Plain)));
            let except = need!(p.eat_two(T::Except, T::Star));
            need!(p.expression());
            p.optional(|p| p.eat_two(T::As, T::Name))?;
            need!(p.eat(T::Colon));
            let (from, to) = (p.token_span(except), p.token_span(except + 1));
            Err::<Option<()>, _>(p.refuse_range(from, to, msg))
        })?;
        self.attempt(|p| {
            need!(p.eat_two(T::Try, T::Colon));
            p.many(Self::block)?;
            need!(p.some(|p| p.except_block(Except::Star)));
            let except = need!(p.eat(T::Except));
            p.optional(|p| {
                need!(p.expression());
                p.optional(|p| p.eat_two(T::As, T::Name))?;
                Ok(Some(()))
            })?;
            need!(p.eat(T::Colon));
            let span = p.token_span(except);
            Err::<Option<()>, _>(p.refuse(span, msg))
        })?;
        Ok(())
    }

    fn try_and_block(&mut self) -> Parse {
        need!(self.eat_two(T::Try, T::Colon));
        self.block()
    }

    fn except_keyword(&mut self, except: Except) -> Parse<usize> {
        match except {
            Except::Plain => self.eat(T::Except),
            Except::Star => self.eat_two(T::Except, T::Star),
        }
    }

    fn except_block(&mut self, except: Except) -> Parse<()> {
        self.refusals(|p| p.refuse_except_without_block(except))?;
        try_each!(
            self,
            |p| {
                need!(p.except_keyword(except));
                need!(p.expression());
                need!(p.eat(T::Colon));
                Ok(p.block()?.map(|_| ()))
            },
            |p| {
                need!(p.except_keyword(except));
                need!(p.expression());
                need!(p.eat_two(T::As, T::Name));
                need!(p.eat(T::Colon));
                Ok(p.block()?.map(|_| ()))
            },
            |p| {
                need!(p.except_keyword(except));
                need!(p.expressions());
                need!(p.eat(T::Colon));
                Ok(p.block()?.map(|_| ()))
            },
            |p| {
                if except == Except::Star {
                    return Ok(None);
                }
                need!(p.eat_two(T::Except, T::Colon));
                Ok(p.block()?.map(|_| ()))
            },
        );
        self.refusals(|p| p.refuse_except(except))?;
        Ok(None)
    }

    fn refuse_except_without_block(&mut self, except: Except) -> Result<(), Halt> {
        let what = if except == Except::Star { "'except*' statement" } else { "'except' statement" };
        self.refuse_head(false, what, |p| {
            let keyword = need!(p.except_keyword(except));
            need!(p.expression());
            p.optional(|p| p.eat_two(T::As, T::Name))?;
            Ok(Some(keyword))
        })?;
        if except == Except::Plain {
            self.refuse_head(false, what, |p| p.eat(T::Except))?;
        }
        Ok(())
    }

    fn refuse_except(&mut self, except: Except) -> Result<(), Halt> {
        self.attempt(|p| {
            need!(p.except_keyword(except));
            let first = need!(p.expression());
            need!(p.eat(T::Comma));
            need!(p.expressions());
            need!(p.eat_two(T::As, T::Name));
            need!(p.eat(T::Colon));
            let msg = "multiple exception types must be parenthesized when using 'as'";
            let span = p.span(first);
            Err::<Option<()>, _>(p.refuse_from(span, msg))
        })?;
        self.refuse_missing_colon(|p| {
            let keyword = need!(p.except_keyword(except));
            need!(p.expression());
            p.optional(|p| p.eat_two(T::As, T::Name))?;
            Ok(Some(keyword))
        })?;
        if except == Except::Plain {
            self.refuse_missing_colon(|p| p.eat(T::Except))?;
        } else if self.ahead(|p| {
            need!(p.except_keyword(except));
            p.eat_any(&[T::Newline, T::Colon])
        })? {
            return Err(self.refuse_here("expected one or more exception types"));
        }
        self.attempt(|p| {
            need!(p.except_keyword(except));
            need!(p.expression());
            need!(p.eat(T::As));
            let target = need!(p.expression());
            need!(p.eat(T::Colon));
            need!(p.block());
            let star = if except == Except::Star { "*" } else { "" };
            let msg = format!("cannot use except{star} statement with {}", p.description(target));
            let span = p.span(target);
            Err::<Option<()>, _>(p.refuse(span, msg))
        })?;
        Ok(())
    }

    fn finally_block(&mut self) -> Parse<()> {
        self.refusals(|p| p.refuse_head(false, "'finally' statement", |p| p.eat(T::Finally)))?;
        need!(self.eat(T::Finally));
        self.force(T::Colon)?;
        need!(self.block());
        Ok(Some(()))
    }

    // Match

    pub(super) fn match_statement(&mut self) -> Parse<()> {
        let head = |p: &mut Self| {
            let keyword = need!(p.eat_soft("match"));
            need!(p.match_subject());
            Ok(Some(keyword))
        };
        try_each!(self, |p| {
            need!(head(p));
            need!(p.eat(T::Colon));
            need!(p.eat(T::Newline));
            need!(p.eat(T::Indent));
            need!(p.some(Self::case_block));
            need!(p.eat(T::Dedent));
            Ok(Some(()))
        });
        self.refusals(|p| p.refuse_head(true, "'match' statement", head))?;
        Ok(None)
    }

    fn match_subject(&mut self) -> Parse<()> {
        try_each!(
            self,
            |p| {
                need!(p.star_named_expression());
                need!(p.eat(T::Comma));
                p.optional(Self::star_named_expressions)?;
                Ok(Some(()))
            },
            |p| Ok(p.named_expression()?.map(|_| ())),
        );
        Ok(None)
    }

    fn case_block(&mut self) -> Parse<()> {
        let head = |p: &mut Self| {
            let keyword = need!(p.eat_soft("case"));
            need!(p.patterns());
            p.optional(|p| {
                need!(p.eat(T::If));
                p.named_expression()
            })?;
            Ok(Some(keyword))
        };
        self.refusals(|p| p.refuse_head(true, "'case' statement", head))?;
        need!(head(self));
        need!(self.eat(T::Colon));
        Ok(self.block()?.map(|_| ()))
    }
}
