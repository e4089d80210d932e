//! String literals, and the fields of f-strings and t-strings.

use super::node::{Kind, Node};
use super::parser::{Halt, Parse, Parser, Rule, need, try_each};
use crate::literal;
use crate::tokenizer::TokenKind as T;

/// What tells f-strings and t-strings apart.
#[derive(Clone, Copy)]
struct Flavour {
    letter: char,
    start: T,
    middle: T,
    end: T,
    kind: Kind,
}

const F_STRING: Flavour =
    Flavour { letter: 'f', start: T::FStringStart, middle: T::FStringMiddle, end: T::FStringEnd, kind: Kind::FString };
const T_STRING: Flavour =
    Flavour { letter: 't', start: T::TStringStart, middle: T::TStringMiddle, end: T::TStringEnd, kind: Kind::TString };

impl Parser<'_> {
    /// String literals side by side.
    pub(super) fn strings(&mut self) -> Parse {
        self.remember(Rule::Strings, |p| {
            p.refusals(Self::refuse_mixed_templates)?;
            let first = p.mark;
            if let Some(parts) = p.attempt(|p| p.some(Self::f_string_or_string))? {
                p.check_mixture(&parts)?;
                let f_string = parts.iter().any(|&part| p.kind(part) == Kind::FString);
                return Ok(Some(p.node(if f_string { Kind::FString } else { Kind::Literal }, first)));
            }
            need!(p.some(Self::t_string));
            Ok(Some(p.node(Kind::TString, first)))
        })
    }

    fn f_string_or_string(&mut self) -> Parse {
        if self.at(T::FStringStart)? {
            return self.interpolated_string(F_STRING);
        }
        let token = need!(self.eat(T::String));
        if let Err(msg) = literal::check_literal(self.token_text(token), self.options.character_names) {
            return Err(match msg {
                literal::LiteralError::NonAsciiBytes => {
                    self.refuse(self.token_span(token), "bytes can only contain ASCII literal characters")
                }
                literal::LiteralError::Escape(msg) => self.refuse_here(msg),
            });
        }
        Ok(Some(self.node(Kind::Literal, token)))
    }

    fn t_string(&mut self) -> Parse {
        self.remember(Rule::TString, |p| p.interpolated_string(T_STRING))
    }

    /// Refuses bytes next to text.
    fn check_mixture(&mut self, parts: &[Node]) -> Result<(), Halt> {
        let is_bytes = |&part: &Node| literal::is_bytes(self.token_text(self.data(part).first as usize));
        if parts.iter().any(is_bytes) && !parts.iter().all(is_bytes) {
            return Err(self.refuse_here("cannot mix bytes and nonbytes literals"));
        }
        Ok(())
    }

    fn refuse_mixed_templates(&mut self) -> Result<(), Halt> {
        let (plain, template) = (Self::f_string_or_string, Self::t_string);
        for (before, after) in
            [(plain as fn(&mut Self) -> Parse, template as fn(&mut Self) -> Parse), (template, plain)]
        {
            if let Some((left, right)) = self.attempt(|p| {
                let left = need!(p.some(before)).pop();
                let right = need!(after(p));
                Ok(left.map(|left| (left, right)))
            })? {
                let msg = "cannot mix t-string literals with string or bytes literals";
                return Err(self.refuse_range(self.span(left), self.span(right), msg));
            }
        }
        Ok(())
    }

    fn interpolated_string(&mut self, flavour: Flavour) -> Parse {
        let first = need!(self.eat(flavour.start));
        let raw = self.token_text(first).contains(['r', 'R']);
        self.many(|p| {
            if let Some(middle) = p.eat(flavour.middle)? {
                return Ok(Some(p.node(Kind::Literal, middle)));
            }
            p.replacement_field(flavour, raw)
        })?;
        need!(self.eat(flavour.end));
        if !raw {
            self.check_middles(flavour, first)?;
        }
        Ok(Some(self.node(flavour.kind, first)))
    }

    /// Refuses bad escapes in the literal parts of the string that starts at the token `first`, those of strings
    /// nested in it excepted.
    fn check_middles(&mut self, flavour: Flavour, first: usize) -> Result<(), Halt> {
        let mut depth = 0;
        for index in first..self.mark {
            match self.tokens[index].kind {
                T::FStringStart | T::TStringStart => depth += 1,
                T::FStringEnd | T::TStringEnd => depth -= 1,
                kind if kind == flavour.middle && depth == 1 => self.check_middle(index)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn check_middle(&mut self, index: usize) -> Result<(), Halt> {
        literal::check_escapes(self.token_text(index), self.options.character_names)
            .map_err(|msg| self.refuse(self.token_span(index), msg))
    }

    fn replacement_field(&mut self, flavour: Flavour, raw: bool) -> Parse {
        let first = self.mark;
        try_each!(self, |p| {
            need!(p.eat(T::LeftBrace));
            need!(p.assigned_value());
            p.eat(T::Equal)?;
            p.optional(|p| p.conversion(flavour))?;
            if p.eat(T::Colon)?.is_some() {
                p.format_spec(flavour, raw)?;
            }
            need!(p.eat(T::RightBrace));
            Ok(Some(p.node(Kind::Other, first)))
        });
        self.refusals(|p| p.refuse_replacement_field(flavour, raw))?;
        Ok(None)
    }

    fn format_spec(&mut self, flavour: Flavour, raw: bool) -> Result<Vec<Node>, Halt> {
        self.many(|p| {
            if let Some(middle) = p.eat(flavour.middle)? {
                if !raw {
                    p.check_middle(middle)?;
                }
                return Ok(Some(p.node(Kind::Literal, middle)));
            }
            p.replacement_field(flavour, raw)
        })
    }

    /// `!r` and its like.
    fn conversion(&mut self, flavour: Flavour) -> Parse<usize> {
        let mark = need!(self.eat(T::Exclamation));
        let name = need!(self.eat(T::Name));
        let letter = flavour.letter;
        if self.tokens[mark].end != self.tokens[name].start {
            let msg = format!("{letter}-string: conversion type must come right after the exclamation mark");
            return Err(self.refuse_range(self.token_span(mark), self.token_span(name), msg));
        }
        let text = self.token_text(name);
        if !matches!(text, "s" | "r" | "a") {
            let msg = format!("{letter}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'");
            return Err(self.refuse(self.token_span(name), msg));
        }
        Ok(Some(mark))
    }

    fn refuse_replacement_field(&mut self, flavour: Flavour, raw: bool) -> Result<(), Halt> {
        let letter = flavour.letter;
        if self.eat(T::LeftBrace)?.is_none() {
            return Ok(());
        }
        if let Some(index) = self.eat_any(&[T::Equal, T::Exclamation, T::Colon, T::RightBrace])? {
            let token = self.token_text(index);
            let msg = format!("{letter}-string: valid expression required before '{token}'");
            return Err(self.refuse(self.token_span(index), msg));
        }
        if self.attempt(Self::assigned_value)?.is_none() {
            return Err(self.refuse_next(format!("{letter}-string: expecting a valid expression after '{{'")));
        }
        if !self.at_any(&[T::Equal, T::Exclamation, T::Colon, T::RightBrace])? {
            return Err(self.refuse_next(format!("{letter}-string: expecting '=', or '!', or ':', or '}}'")));
        }
        if self.eat(T::Equal)?.is_some() && !self.at_any(&[T::Exclamation, T::Colon, T::RightBrace])? {
            return Err(self.refuse_next(format!("{letter}-string: expecting '!', or ':', or '}}'")));
        }
        if self.eat(T::Exclamation)?.is_some() {
            if self.at_any(&[T::Colon, T::RightBrace])? {
                return Err(self.refuse_next(format!("{letter}-string: missing conversion character")));
            }
            if self.eat(T::Name)?.is_none() {
                return Err(self.refuse_next(format!("{letter}-string: invalid conversion character")));
            }
        }
        if !self.at_any(&[T::Colon, T::RightBrace])? {
            return Err(self.refuse_next(format!("{letter}-string: expecting ':' or '}}'")));
        }
        if self.eat(T::Colon)?.is_some() {
            // CPython looks for the parts of an f-string even in a t-string.
            self.format_spec(F_STRING, raw)?;
            if !self.at(T::RightBrace)? {
                return Err(self.refuse_next(format!("{letter}-string: expecting '}}', or format specs")));
            }
        }
        Ok(())
    }
}
