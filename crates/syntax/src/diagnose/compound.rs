//! Modules, blocks and compound statements.

use super::node::{Kind, TargetOf};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

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
        self.optional(Self::argument_types)?;
        need!(self.eat(T::RightParen));
        need!(self.eat(T::Arrow));
        need!(self.expression());
        self.end_of_expression()
    }

    /// The types of plain arguments, then that of `*args`, then that of `**kwargs`.
    fn argument_types(&mut self) -> Parse<()> {
        let mut last = None;
        self.list(|p| {
            let star = p.eat_any(&[T::Star, T::DoubleStar])?.map(|token| p.tokens[token].kind);
            let fits = match last {
                None => true,
                Some(T::Star) => star == Some(T::DoubleStar),
                _ => false,
            };
            if !fits {
                return Ok(None);
            }
            last = star;
            p.expression()
        })
        .map(|list| list.map(|_| ()))
    }

    fn statement(&mut self) -> Parse<()> {
        try_each!(self, Self::compound_statement, Self::simple_statements);
        Ok(None)
    }

    fn compound_statement(&mut self) -> Parse<()> {
        let first = self.mark;
        need!(self.compound_statement_body());
        if self.explain {
            self.note_statement(first);
        }
        Ok(Some(()))
    }

    /// Notes where the statement is that begins at a token; as in CPython, decorators do not belong to it, and
    /// functions do not count.
    fn note_statement(&mut self, first: usize) {
        let head = match self.tokens[first].kind {
            T::At => (first..self.mark).find(|&index| matches!(self.tokens[index].kind, T::Class | T::Def)),
            T::Async if self.tokens[first + 1].kind == T::Def => None,
            _ => Some(first),
        };
        if let Some(head) = head.filter(|&head| self.tokens[head].kind != T::Def) {
            let span = self.token_span(head);
            self.last_statement = (span.line, span.column.max(0) as u32);
        }
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
    pub(super) fn refuse_head(
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

    pub(super) fn refuse_missing_colon(&mut self, mut head: impl FnMut(&mut Self) -> Parse<usize>) -> Result<(), Halt> {
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

    pub(super) fn else_block(&mut self) -> Parse<()> {
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
}
