//! Simple statements.

use super::node::{Kind, TargetOf};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::tokenizer::TokenKind as T;

impl Parser<'_> {
    /// Simple statements up to the end of the line.
    pub(super) fn simple_statements(&mut self) -> Parse<()> {
        need!(self.separated(T::Semicolon, Self::simple_statement));
        self.eat(T::Semicolon)?;
        need!(self.eat(T::Newline));
        Ok(Some(()))
    }

    pub(super) fn simple_statement(&mut self) -> Parse {
        self.remember(Rule::SimpleStatement, |p| {
            let first = p.mark;
            need!(p.simple_statement_body());
            Ok(Some(p.node(Kind::Other, first)))
        })
    }

    fn simple_statement_body(&mut self) -> Parse<()> {
        try_each!(self, Self::assignment, Self::type_alias, |p| { Ok(p.star_expressions()?.map(|_| ())) });
        match self.peek()? {
            T::Return => self.keyword_and(T::Return, |p| p.optional(Self::star_expressions)),
            T::Import | T::From => self.import_statement(),
            T::Raise => self.raise_statement(),
            T::Pass | T::Break | T::Continue => {
                self.mark += 1;
                Ok(Some(()))
            }
            T::Del => self.del_statement(),
            T::Yield => Ok(self.yield_expression()?.map(|_| ())),
            T::Assert => {
                need!(self.eat(T::Assert));
                need!(self.expression());
                self.optional(|p| {
                    need!(p.eat(T::Comma));
                    p.expression()
                })?;
                Ok(Some(()))
            }
            keyword @ (T::Global | T::Nonlocal) => {
                need!(self.eat(keyword));
                need!(self.list(|p| p.eat(T::Name)));
                Ok(Some(()))
            }
            _ => Ok(None),
        }
    }

    fn keyword_and(&mut self, keyword: T, rest: impl FnOnce(&mut Self) -> Result<(), Halt>) -> Parse<()> {
        need!(self.eat(keyword));
        rest(self)?;
        Ok(Some(()))
    }

    fn assignment(&mut self) -> Parse<()> {
        let annotated = |p: &mut Self| {
            need!(p.eat(T::Colon));
            need!(p.expression());
            p.optional(|p| {
                need!(p.eat(T::Equal));
                p.assigned_value()
            })?;
            Ok(Some(()))
        };
        try_each!(
            self,
            |p| {
                need!(p.eat(T::Name));
                annotated(p)
            },
            |p| {
                need!(p.annotated_target());
                annotated(p)
            },
            |p| {
                need!(p.some(Self::target_and_equal));
                need!(p.assigned_value());
                Ok((!p.at(T::Equal)?).then_some(()))
            },
        );
        let augmented = self.attempt(|p| {
            need!(p.single_target());
            if !p.peek()?.is_augmented_assignment() {
                return Ok(None);
            }
            p.mark += 1;
            // From here on it can be nothing else.
            Ok(Some(p.assigned_value()?.map(|_| ())))
        })?;
        if let Some(augmented) = augmented {
            return Ok(augmented);
        }
        self.refusals(Self::refuse_assignment)?;
        Ok(None)
    }

    fn target_and_equal(&mut self) -> Parse {
        let target = need!(self.star_targets());
        need!(self.eat(T::Equal));
        Ok(Some(target))
    }

    fn type_alias(&mut self) -> Parse<()> {
        need!(self.eat_soft("type"));
        need!(self.eat(T::Name));
        self.optional(Self::type_parameters)?;
        need!(self.eat(T::Equal));
        need!(self.expression());
        Ok(Some(()))
    }

    fn raise_statement(&mut self) -> Parse<()> {
        need!(self.eat(T::Raise));
        self.optional(|p| {
            need!(p.expression());
            p.optional(|p| {
                need!(p.eat(T::From));
                p.expression()
            })?;
            Ok(Some(()))
        })?;
        Ok(Some(()))
    }

    fn del_statement(&mut self) -> Parse<()> {
        try_each!(self, |p| {
            need!(p.eat(T::Del));
            need!(p.del_targets());
            Ok(p.at_any(&[T::Semicolon, T::Newline])?.then_some(()))
        });
        self.refusals(|p| {
            if let Some(targets) = p.attempt(|p| {
                need!(p.eat(T::Del));
                p.star_expressions()
            })? {
                p.check_target(targets, TargetOf::Del)?;
            }
            Ok(())
        })?;
        Ok(None)
    }

    // Imports

    fn import_statement(&mut self) -> Parse<()> {
        let first = self.mark;
        self.remember(Rule::ImportStatement, |p| {
            p.refusals(Self::refuse_import)?;
            try_each!(
                p,
                |p| {
                    need!(p.eat(T::Import));
                    need!(p.list(Self::dotted_as_name));
                    Ok(Some(p.node(Kind::Other, first)))
                },
                |p| {
                    need!(p.import_from());
                    Ok(Some(p.node(Kind::Other, first)))
                },
            );
            Ok(None)
        })
        .map(|found| found.map(|_| ()))
    }

    fn import_from(&mut self) -> Parse<()> {
        need!(self.eat(T::From));
        let dots = self.many(|p| p.eat_any(&[T::Dot, T::Ellipsis]))?;
        let module = self.attempt(Self::dotted_name)?;
        if dots.is_empty() && module.is_none() {
            return Ok(None);
        }
        need!(self.eat(T::Import));
        let names = self.mark;
        need!(self.import_targets());
        let future = dots.is_empty() && module.is_some_and(|module| self.name_text(module) == "__future__");
        if future && (names..self.mark).any(|index| self.token_text(index) == "barry_as_FLUFL") {
            self.tokenizer.barry = true;
        }
        Ok(Some(()))
    }

    fn import_targets(&mut self) -> Parse<()> {
        try_each!(
            self,
            |p| {
                need!(p.eat(T::LeftParen));
                need!(p.list(Self::import_as_name));
                p.eat(T::Comma)?;
                need!(p.eat(T::RightParen));
                Ok(Some(()))
            },
            |p| {
                need!(p.list(Self::import_as_name));
                Ok((!p.at(T::Comma)?).then_some(()))
            },
            |p| Ok(p.eat(T::Star)?.map(|_| ())),
        );
        self.refusals(|p| {
            p.attempt(|p| {
                need!(p.list(Self::import_as_name));
                need!(p.eat(T::Comma));
                need!(p.eat(T::Newline));
                let msg = "trailing comma not allowed without surrounding parentheses";
                Err::<Option<()>, _>(p.refuse_here(msg))
            })?;
            if let Some(newline) = p.eat(T::Newline)? {
                return Err(p.refuse_no_names(newline));
            }
            Ok(())
        })?;
        Ok(None)
    }

    fn refuse_no_names(&mut self, newline: usize) -> Halt {
        self.refuse_from(self.token_span(newline), "Expected one or more names after 'import'")
    }

    fn import_as_name(&mut self) -> Parse<()> {
        self.refusals(|p| {
            p.attempt(|p| {
                need!(p.eat(T::Name));
                p.refuse_import_target()
            })?;
            Ok(())
        })?;
        need!(self.eat(T::Name));
        self.optional_as_name()?;
        Ok(Some(()))
    }

    fn dotted_as_name(&mut self) -> Parse<()> {
        self.refusals(|p| {
            p.attempt(|p| {
                need!(p.dotted_name());
                p.refuse_import_target()
            })?;
            Ok(())
        })?;
        need!(self.dotted_name());
        self.optional_as_name()?;
        Ok(Some(()))
    }

    fn optional_as_name(&mut self) -> Result<(), Halt> {
        self.optional(|p| p.eat_two(T::As, T::Name))
    }

    /// `as` with something other than a name after it.
    fn refuse_import_target(&mut self) -> Parse<()> {
        need!(self.eat(T::As));
        if self.ahead(|p| {
            need!(p.eat(T::Name));
            p.eat_any(&[T::Comma, T::RightParen, T::Semicolon, T::Newline])
        })? {
            return Ok(None);
        }
        let target = need!(self.expression());
        let msg = format!("cannot use {} as import target", self.description(target));
        Err(self.refuse(self.span(target), msg))
    }

    pub(super) fn dotted_name(&mut self) -> Parse {
        self.remember(Rule::DottedName, |p| {
            let first = need!(p.eat(T::Name));
            while p.eat_two(T::Dot, T::Name)?.is_some() {}
            Ok(Some(p.node(Kind::Other, first)))
        })
    }

    fn refuse_import(&mut self) -> Result<(), Halt> {
        self.attempt(|p| {
            let import = need!(p.eat(T::Import));
            need!(p.list(Self::dotted_name));
            need!(p.eat(T::From));
            need!(p.dotted_name());
            let span = p.token_span(import);
            let msg = "Did you mean to use 'from ... import ...' instead?";
            Err::<Option<()>, _>(p.refuse_from(span, msg))
        })?;
        if self.eat(T::Import)?.is_some()
            && let Some(newline) = self.eat(T::Newline)?
        {
            return Err(self.refuse_no_names(newline));
        }
        Ok(())
    }

    // Refusals

    fn refuse_assignment(&mut self) -> Result<(), Halt> {
        if let Some(target) = self.attempt(|p| {
            let target = need!(p.list_or_tuple_in_brackets());
            need!(p.eat(T::Colon));
            need!(p.expression());
            Ok(Some(target))
        })? {
            let msg = format!("only single target (not {}) can be annotated", self.description(target));
            return Err(self.refuse(self.span(target), msg));
        }
        if let Some(target) = self.attempt(|p| {
            let target = need!(p.star_named_expression());
            need!(p.eat(T::Comma));
            p.many(Self::star_named_expressions)?;
            need!(p.eat(T::Colon));
            need!(p.expression());
            Ok(Some(target))
        })? {
            return Err(self.refuse(self.span(target), "only single target (not tuple) can be annotated"));
        }
        if let Some(target) = self.attempt(|p| {
            let target = need!(p.expression());
            need!(p.eat(T::Colon));
            need!(p.expression());
            Ok(Some(target))
        })? {
            return Err(self.refuse(self.span(target), "illegal target for annotation"));
        }
        if let Some(target) = self.attempt(|p| {
            p.many(Self::target_and_equal)?;
            let target = need!(p.star_expressions());
            need!(p.eat(T::Equal));
            Ok(Some(target))
        })? {
            return self.check_target(target, TargetOf::Assignment);
        }
        if let Some(target) = self.attempt(|p| {
            p.many(Self::target_and_equal)?;
            let target = need!(p.yield_expression());
            need!(p.eat(T::Equal));
            Ok(Some(target))
        })? {
            return Err(self.refuse(self.span(target), "assignment to yield expression not possible"));
        }
        if let Some(target) = self.attempt(|p| {
            let target = need!(p.star_expressions());
            if !p.peek()?.is_augmented_assignment() {
                return Ok(None);
            }
            p.mark += 1;
            need!(p.assigned_value());
            Ok(Some(target))
        })? {
            let msg = format!("'{}' is an illegal expression for augmented assignment", self.description(target));
            return Err(self.refuse(self.span(target), msg));
        }
        Ok(())
    }

    fn list_or_tuple_in_brackets(&mut self) -> Parse {
        try_each!(self, Self::list_display, Self::tuple_display, |p| {
            need!(p.eat(T::LeftParen));
            let inner = need!(p.list_or_tuple_in_brackets());
            need!(p.eat(T::RightParen));
            Ok(Some(inner))
        });
        Ok(None)
    }
}
