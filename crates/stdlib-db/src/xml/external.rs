//! Parsers of external entities, and how they begin.

use super::error::ErrorCode;
use super::handler::{Handler, wants};
use super::markup::{Token, instruction};
use super::names::char_at;
use super::parser::{Core, Parser, Phase, Source, Step, Stepped};
use super::role::PrologState;
use super::xml_decl;
use std::cell::RefCell;
use std::rc::Rc;

impl Parser {
    /// A parser of an external entity that this parser met. The context is that which the handler was given; None for
    /// parameter entities, which add to the declarations of this parser.
    pub fn external_parser(&self, context: Option<&[u8]>, encoding: Option<Vec<u8>>) -> Parser {
        let settings = self.settings.clone();
        *settings.encoding.borrow_mut() = encoding;
        let accounting = self.accounting.clone();
        let Some(context) = context else {
            let mut prolog = PrologState::external();
            prolog.in_entity_value = self.in_entity_value.get();
            let parser = Parser::with(settings, accounting, self.separator, self.dtd.clone(), prolog, false);
            parser.core.borrow_mut().is_param_entity = true;
            parser.in_entity_value.set(self.in_entity_value.get());
            return parser;
        };
        let mut dtd = self.dtd.borrow().clone();
        for entity in &mut dtd.entities {
            entity.is_open = false;
        }
        let prolog = PrologState::document();
        let parser = Parser::with(settings, accounting, self.separator, Rc::new(RefCell::new(dtd)), prolog, false);
        {
            let mut core = parser.core.borrow_mut();
            core.start_level = 1;
            let mut dtd = parser.dtd.borrow_mut();
            for part in context.split(|byte| *byte == 0x0C).filter(|part| !part.is_empty()) {
                if !core.namespaces.restore(part)
                    && let Some(number) = dtd.find(part, false)
                {
                    dtd.entities[number].is_open = true;
                }
            }
        }
        parser
    }

    /// What the parser of an external entity needs to know: namespaces in force, entities that are open.
    pub(super) fn context(&self, core: &Core) -> Vec<u8> {
        let mut parts = if self.has_namespaces() { core.namespaces.context() } else { Vec::new() };
        let dtd = self.dtd.borrow();
        parts.extend(dtd.open_entities().map(|entity| entity.name.to_vec()));
        parts.join(&0x0C)
    }

    /// The start of an external general entity: there may be a text declaration.
    pub(super) fn text_declaration(
        &self,
        core: &mut Core,
        source: Source,
        at: usize,
        handler: &impl Handler,
    ) -> Stepped {
        self.at(source, at);
        if source.text[at..].starts_with(b"<?") || b"<?".starts_with(&source.text[at..]) {
            match super::markup::content(source.text, at, self.has_namespaces(), &mut core.parts) {
                Ok((Token::XmlDecl, next)) => {
                    self.count(source, next - at)?;
                    core.phase = Phase::Content;
                    return self.xml_declaration(source, at, next, true, handler);
                }
                Ok((Token::None, _)) => return Ok(Step::Wait(at)),
                Ok(_) => {}
                Err(super::markup::Stop::Invalid(_)) => {}
                Err(stop) => return self.stopped(source, at, stop),
            }
        }
        core.phase = Phase::Content;
        Ok(Step::Continue(at))
    }

    /// An XML or text declaration from `at` to `next`.
    pub(super) fn xml_declaration(
        &self,
        source: Source,
        at: usize,
        next: usize,
        is_text_decl: bool,
        handler: &impl Handler,
    ) -> Stepped {
        let text = &source.text[at..next];
        let found = match xml_decl::parse(text, is_text_decl) {
            Ok(found) => found,
            Err(place) => {
                let code = if is_text_decl { ErrorCode::TextDecl } else { ErrorCode::XmlDecl };
                return Err(self.error_at(source, at + place, code));
            }
        };
        if !is_text_decl && found.standalone == Some(true) {
            self.dtd.borrow_mut().standalone = true;
            if self.settings.param_entities.get() == super::ParamEntities::UnlessStandalone {
                self.settings.param_entities.set(super::ParamEntities::Never);
            }
        }
        if self.wants(wants::XML_DECL) {
            let standalone = found.standalone.map_or(-1, i32::from);
            handler.xml_declaration(found.version, found.encoding.map(|(name, _)| name), standalone);
        } else {
            self.default(handler, text);
        }
        let stated = self.settings.encoding.borrow().is_some();
        let Some((name, name_at)) = found.encoding.filter(|_| !stated) else { return Ok(Step::Continue(next)) };
        let current = self.input.borrow().encoding().clone();
        let is_utf16 = name.eq_ignore_ascii_case(b"UTF-16");
        let named = if is_utf16 && current.is_wide() { Some(current.clone()) } else { super::Encoding::named(name) };
        match named {
            Some(named) => {
                if named.is_wide() != current.is_wide() || named.is_wide() && named != current {
                    return Err(self.error_at(source, at + name_at, ErrorCode::IncorrectEncoding));
                }
                Ok(if named == current { Step::Continue(next) } else { Step::Switch(named, next) })
            }
            None => match handler.unknown_encoding(name) {
                Some(found) => Ok(Step::Switch(found, next)),
                None => Err(self.error_at(source, at + name_at, ErrorCode::UnknownEncoding)),
            },
        }
    }

    /// An external parameter entity whose text becomes part of the value of an entity.
    pub(super) fn external_entity_value(
        &self,
        core: &mut Core,
        source: Source,
        mut at: usize,
        handler: &impl Handler,
    ) -> Stepped {
        self.at(source, at);
        if source.more {
            return Ok(Step::Wait(at));
        }
        if source.text[at..].starts_with(b"<?")
            && let Ok((true, next)) = instruction(source.text, at + 2, self.has_namespaces())
        {
            match self.xml_declaration(source, at, next, false, handler)? {
                Step::Continue(place) => at = place,
                step => return Ok(step),
            }
        }
        let mut place = at;
        while place < source.text.len() {
            match char_at(source.text, place) {
                Ok(width) => place += width,
                Err(_) => return Err(self.error_at(source, place, ErrorCode::InvalidToken)),
            }
        }
        self.count(source, source.text.len() - at)?;
        let mut value = Vec::new();
        self.entity_value(core, handler, &source.text[at..], at, false, &mut value).map_err(
            |(code, place)| match place {
                Some(place) => self.error_at(source, place, code),
                None => code,
            },
        )?;
        self.dtd.borrow_mut().value.extend_from_slice(&value);
        Ok(Step::Wait(source.text.len()))
    }
}
