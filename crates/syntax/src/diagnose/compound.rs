//! Modules, blocks and compound statements.

use super::node::{Kind, TargetOf};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

/// Whether a `try` statement handles exceptions or groups of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Except {
    Plain,
    Star,
}

impl Parser<'_> {
    pub(super) fn module(&mut self) -> Parse<()> {
        self.many(Self::statement)?;
        need!(self.eat(T::EndMarker));
        Ok(Some(()))
    }

    /// What the interactive prompt takes.
    pub(super) fn interactive(&mut self) -> Parse<()> {
        try_each!(
            self,
            |p| {
                need!(p.compound_statement());
                need!(p.eat(T::Newline));
                Ok(Some(()))
            },
            Self::simple_statements,
        );
        Ok(self.eat(T::Newline)?.map(|_| ()))
    }

    pub(super) fn eval_input(&mut self) -> Parse<()> {
        need!(self.expressions());
        self.end_of_expression()
    }

    fn end_of_expression(&mut self) -> Parse<()> {
        self.many(|p| p.eat(T::Newline))?;
        Ok(self.eat(T::EndMarker)?.map(|_| ()))
    }

    /// `(int, *str, **bool) -> None`
    pub(super) fn function_type(&mut self) -> Parse<()> {
        need!(self.eat(T::LeftParen));
        self.optional(|p| {
            p.list(|p| {
                p.eat_any(&[T::Star, T::DoubleStar])?;
                p.expression()
            })
        })?;
        need!(self.eat(T::RightParen));
        need!(self.eat(T::Arrow));
        need!(self.expression());
        self.end_of_expression()
    }

    fn statement(&mut self) -> Parse<()> {
        try_each!(self, Self::compound_statement, Self::simple_statements);
        Ok(None)
    }

    fn compound_statement(&mut self) -> Parse<()> {
        let first = self.mark;
        need!(self.compound_statement_body());
        let span = self.token_span(first);
        self.last_statement = (span.line, span.column.max(0) as u32);
        Ok(Some(()))
    }

    fn compound_statement_body(&mut self) -> Parse<()> {
        match self.peek()? {
            T::Def => self.function_definition(),
            T::At => {
                try_each!(self, Self::function_definition, Self::class_definition);
                Ok(None)
            }
            T::Async => {
                try_each!(self, Self::function_definition, Self::with_statement, Self::for_statement);
                Ok(None)
            }
            T::If => self.if_statement(T::If),
            T::Class => self.class_definition(),
            T::With => self.with_statement(),
            T::For => self.for_statement(),
            T::Try => self.try_statement(),
            T::While => self.while_statement(),
            T::Name => self.match_statement(),
            _ => Ok(None),
        }
    }

    // Blocks

    pub(super) fn block(&mut self) -> Parse {
        self.remember(Rule::Block, |p| {
            let first = p.mark;
            try_each!(
                p,
                |p| {
                    need!(p.eat(T::Newline));
                    need!(p.eat(T::Indent));
                    need!(p.some(Self::statement));
                    need!(p.eat(T::Dedent));
                    Ok(Some(p.node(Kind::Other, first)))
                },
                |p| {
                    need!(p.simple_statements());
                    Ok(Some(p.node(Kind::Other, first)))
                },
            );
            p.refusals(|p| {
                if p.eat(T::Newline)?.is_some() && !p.at(T::Indent)? {
                    return Err(p.refuse_indentation("expected an indented block"));
                }
                Ok(())
            })?;
            Ok(None)
        })
    }

    /// Refuses a statement whose head lacks its colon (if `colon`), or whose colon is followed by no block. The head is
    /// what `head` matches; it gives the keyword, on whose line the statement is said to be.
    fn refuse_head(
        &mut self,
        colon: bool,
        what: &str,
        mut head: impl FnMut(&mut Self) -> Parse<usize>,
    ) -> Result<(), Halt> {
        if colon {
            self.refuse_missing_colon(&mut head)?;
        }
        self.attempt(|p| {
            let keyword = need!(head(p));
            need!(p.eat(T::Colon));
            need!(p.eat(T::Newline));
            if p.at(T::Indent)? {
                return Ok(None::<()>);
            }
            let line = p.tokens[keyword].line;
            Err(p.refuse_indentation(format!("expected an indented block after {what} on line {line}")))
        })?;
        Ok(())
    }

    fn refuse_missing_colon(&mut self, mut head: impl FnMut(&mut Self) -> Parse<usize>) -> Result<(), Halt> {
        self.attempt(|p| {
            need!(head(p));
            need!(p.eat(T::Newline));
            Err::<Option<()>, _>(p.refuse_here("expected ':'"))
        })?;
        Ok(())
    }

    // Definitions

    fn decorators(&mut self) -> Result<(), Halt> {
        self.many(|p| {
            need!(p.eat(T::At));
            need!(p.named_expression());
            p.eat(T::Newline)
        })?;
        Ok(())
    }

    fn class_definition(&mut self) -> Parse<()> {
        self.decorators()?;
        let head = |p: &mut Self| {
            let keyword = need!(p.eat(T::Class));
            need!(p.eat(T::Name));
            p.optional(Self::type_parameters)?;
            p.optional(|p| {
                need!(p.eat(T::LeftParen));
                p.optional(Self::arguments)?;
                p.eat(T::RightParen)
            })?;
            Ok(Some(keyword))
        };
        self.refusals(|p| p.refuse_head(true, "class definition", head))?;
        need!(head(self));
        need!(self.eat(T::Colon));
        need!(self.block());
        Ok(Some(()))
    }

    fn function_definition(&mut self) -> Parse<()> {
        self.decorators()?;
        let head = |p: &mut Self, forced: bool| {
            p.eat(T::Async)?;
            let keyword = need!(p.eat(T::Def));
            need!(p.eat(T::Name));
            p.optional(Self::type_parameters)?;
            if forced {
                p.force(T::LeftParen)?;
            } else {
                need!(p.eat(T::LeftParen));
            }
            p.optional(Self::function_parameters)?;
            need!(p.eat(T::RightParen));
            p.optional(|p| {
                need!(p.eat(T::Arrow));
                p.expression()
            })?;
            Ok(Some(keyword))
        };
        self.refusals(|p| {
            p.refuse_head(false, "function definition", |p| head(p, false))?;
            if p.attempt(|p| head(p, true))?.is_some() {
                p.force(T::Colon)?;
            }
            Ok(())
        })?;
        need!(head(self, false));
        need!(self.eat(T::Colon));
        need!(self.block());
        Ok(Some(()))
    }

    // Conditions and loops

    fn if_statement(&mut self, keyword: T) -> Parse<()> {
        let mut keyword = keyword;
        loop {
            let what = if keyword == T::If { "'if' statement" } else { "'elif' statement" };
            self.refusals(|p| {
                p.refuse_head(true, what, |p| {
                    let index = need!(p.eat(keyword));
                    need!(p.named_expression());
                    Ok(Some(index))
                })
            })?;
            need!(self.eat(keyword));
            need!(self.named_expression());
            need!(self.eat(T::Colon));
            need!(self.block());
            if !self.at(T::Elif)? {
                break;
            }
            keyword = T::Elif;
        }
        self.optional(Self::else_block)?;
        Ok(Some(()))
    }

    fn else_block(&mut self) -> Parse<()> {
        self.refusals(|p| {
            p.refuse_head(false, "'else' statement", |p| p.eat(T::Else))?;
            p.attempt(|p| {
                need!(p.eat(T::Else));
                need!(p.eat(T::Colon));
                need!(p.block());
                need!(p.eat(T::Elif));
                Err::<Option<()>, _>(p.refuse_here("'elif' block follows an 'else' block"))
            })?;
            Ok(())
        })?;
        need!(self.eat(T::Else));
        self.force(T::Colon)?;
        need!(self.block());
        Ok(Some(()))
    }

    fn while_statement(&mut self) -> Parse<()> {
        let head = |p: &mut Self| {
            let keyword = need!(p.eat(T::While));
            need!(p.named_expression());
            Ok(Some(keyword))
        };
        self.refusals(|p| p.refuse_head(true, "'while' statement", head))?;
        need!(head(self));
        need!(self.eat(T::Colon));
        need!(self.block());
        self.optional(Self::else_block)?;
        Ok(Some(()))
    }

    fn for_statement(&mut self) -> Parse<()> {
        self.refusals(|p| {
            p.refuse_head(true, "'for' statement", |p| {
                p.eat(T::Async)?;
                let keyword = need!(p.eat(T::For));
                need!(p.star_targets());
                need!(p.eat(T::In));
                need!(p.star_expressions());
                Ok(Some(keyword))
            })
        })?;
        let found = self.attempt(|p| {
            p.eat(T::Async)?;
            need!(p.eat(T::For));
            need!(p.star_targets());
            need!(p.eat(T::In));
            // From here on it can be nothing else.
            Ok(Some(p.attempt(|p| {
                need!(p.star_expressions());
                need!(p.eat(T::Colon));
                need!(p.block());
                p.optional(Self::else_block)?;
                Ok(Some(()))
            })?))
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
        self.refusals(Self::refuse_for_target)?;
        Ok(None)
    }

    // With

    fn with_statement(&mut self) -> Parse<()> {
        self.refusals(|p| {
            p.refuse_head(false, "'with' statement", |p| p.with_head(Self::with_items_loosely))?;
            p.refuse_head(false, "'with' statement", |p| p.with_head(Self::bracketed_with_items_loosely))
        })?;
        try_each!(
            self,
            |p| {
                p.eat(T::Async)?;
                need!(p.eat(T::With));
                need!(p.eat(T::LeftParen));
                need!(p.list(Self::with_item));
                p.eat(T::Comma)?;
                need!(p.eat(T::RightParen));
                need!(p.eat(T::Colon));
                need!(p.block());
                Ok(Some(()))
            },
            |p| {
                p.eat(T::Async)?;
                need!(p.eat(T::With));
                need!(p.list(Self::with_item));
                need!(p.eat(T::Colon));
                need!(p.block());
                Ok(Some(()))
            },
        );
        self.refusals(|p| {
            p.refuse_missing_colon(|p| p.with_head(Self::with_items_loosely))?;
            p.refuse_missing_colon(|p| p.with_head(Self::bracketed_with_items_loosely))
        })?;
        Ok(None)
    }

    fn with_head(&mut self, items: fn(&mut Self) -> Parse<()>) -> Parse<usize> {
        self.eat(T::Async)?;
        let keyword = need!(self.eat(T::With));
        need!(items(self));
        Ok(Some(keyword))
    }

    fn with_items_loosely(&mut self) -> Parse<()> {
        need!(self.list(|p| {
            need!(p.expression());
            p.optional_as_target()
        }));
        Ok(Some(()))
    }

    fn bracketed_with_items_loosely(&mut self) -> Parse<()> {
        need!(self.eat(T::LeftParen));
        need!(self.list(|p| {
            need!(p.expressions());
            p.optional_as_target()
        }));
        self.eat(T::Comma)?;
        need!(self.eat(T::RightParen));
        Ok(Some(()))
    }

    fn optional_as_target(&mut self) -> Parse<()> {
        self.optional(|p| {
            need!(p.eat(T::As));
            p.star_target()
        })?;
        Ok(Some(()))
    }

    fn with_item(&mut self) -> Parse<()> {
        let ends = [T::Comma, T::RightParen, T::Colon];
        try_each!(self, |p| {
            need!(p.expression());
            need!(p.eat(T::As));
            need!(p.star_target());
            Ok(p.at_any(&ends)?.then_some(()))
        });
        self.refusals(|p| {
            if let Some(target) = p.attempt(|p| {
                need!(p.expression());
                need!(p.eat(T::As));
                let target = need!(p.expression());
                Ok(p.at_any(&ends)?.then_some(target))
            })? {
                p.check_target(target, TargetOf::Assignment)?;
            }
            Ok(())
        })?;
        Ok(self.expression()?.map(|_| ()))
    }

    // Try

    fn try_statement(&mut self) -> Parse<()> {
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

    fn match_statement(&mut self) -> Parse<()> {
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
