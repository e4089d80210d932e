//! The content of elements.

use super::error::ErrorCode;
use super::handler::{Handler, wants};
use super::markup::{self, Stop, Token, predefined, referenced_char};
use super::parser::{Core, Parser, Phase, Source, Step, Stepped};

/// Most bytes of character data that are told at once of a document that had to be decoded.
const DECODED_CHUNK: usize = 1024;

impl Parser {
    /// Tells character data that is text as it stands.
    fn characters(&self, source: Source, text: &[u8], is_utf8: bool, handler: &impl Handler) {
        if !self.wants(wants::CHARACTERS) {
            return self.default(handler, text);
        }
        if is_utf8 || source.in_entity || text.len() <= DECODED_CHUNK {
            return handler.characters(text);
        }
        let mut rest = text;
        while !rest.is_empty() {
            let mut end = rest.len().min(DECODED_CHUNK);
            while end < rest.len() && rest[end] & 0xC0 == 0x80 {
                end -= 1;
            }
            let (chunk, after) = rest.split_at(end);
            handler.characters(chunk);
            rest = after;
        }
    }

    /// Tells one character that is written in another way.
    fn character(&self, char: char, written: &[u8], handler: &impl Handler) {
        if self.wants(wants::CHARACTERS) {
            handler.characters(char.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.default(handler, written);
        }
    }

    /// The end of the text, if elements that began in it ended in it.
    fn content_end(&self, core: &Core, source: Source, at: usize) -> Stepped {
        if source.more {
            return Ok(Step::Wait(at));
        }
        let level = core.tags.len() + core.start_level;
        let expected = match core.entities.last() {
            Some(open) if source.in_entity => open.level,
            _ if core.start_level > 0 => core.start_level,
            _ => return Err(ErrorCode::NoElements),
        };
        if level != expected { Err(ErrorCode::AsyncEntity) } else { Ok(Step::Wait(at)) }
    }

    pub(super) fn content(&self, core: &mut Core, source: Source, mut at: usize, handler: &impl Handler) -> Stepped {
        let (text, namespaces) = (source.text, self.has_namespaces());
        let is_utf8 = self.input.borrow().encoding().is_utf8();
        loop {
            self.at(source, at);
            let (token, next) = match markup::content(text, at, namespaces, &mut core.parts) {
                Ok(found) => found,
                Err(stop) => return self.stopped(source, at, stop),
            };
            let written = &text[at..next];
            self.count(source, written.len())?;
            match token {
                Token::None => return self.content_end(core, source, at),
                Token::TrailingCr | Token::TrailingBracket if source.more => return Ok(Step::Wait(at)),
                Token::TrailingCr => {
                    self.character('\n', written, handler);
                    self.at(source, at);
                    return self.content_end(core, source, next);
                }
                Token::TrailingBracket => {
                    self.characters(source, written, is_utf8, handler);
                    self.at(source, next);
                    return self.content_end(core, source, next);
                }
                Token::Data => self.characters(source, written, is_utf8, handler),
                Token::Newline => self.character('\n', written, handler),
                Token::StartTag { empty } => {
                    self.start_element(core, source, at, next, empty, handler)?;
                    if empty && self.is_over(core) {
                        core.phase = Phase::Epilog;
                        return Ok(Step::Continue(next));
                    }
                }
                Token::EndTag => {
                    self.end_element(core, source, at, written, handler)?;
                    if self.is_over(core) {
                        core.phase = Phase::Epilog;
                        return Ok(Step::Continue(next));
                    }
                }
                Token::CharRef => {
                    let Some(char) = referenced_char(written) else { return Err(ErrorCode::BadCharRef) };
                    self.character(char, written, handler);
                }
                Token::EntityRef => {
                    if let Some(step) = self.entity_reference(core, written, next, handler)? {
                        return Ok(step);
                    }
                }
                Token::CdataOpen => {
                    if self.wants(wants::START_CDATA) {
                        handler.start_cdata();
                    } else {
                        self.default(handler, written);
                    }
                    core.phase = Phase::Cdata;
                    return Ok(Step::Continue(next));
                }
                Token::Comment => self.comment(handler, written),
                Token::Pi => self.instruction(handler, written),
                Token::XmlDecl => return Err(ErrorCode::MisplacedXmlPi),
                Token::CdataClose => return Err(ErrorCode::UnexpectedState),
            }
            at = next;
            self.go_on(source, at)?;
        }
    }

    /// Has the document element ended?
    #[inline]
    fn is_over(&self, core: &Core) -> bool {
        core.tags.is_empty() && core.start_level == 0
    }

    pub(super) fn cdata_section(
        &self,
        core: &mut Core,
        source: Source,
        mut at: usize,
        handler: &impl Handler,
    ) -> Stepped {
        let is_utf8 = self.input.borrow().encoding().is_utf8();
        loop {
            self.at(source, at);
            let (token, next) = match markup::cdata(source.text, at) {
                Ok((Token::None, _)) | Err(Stop::Partial) if !source.more => {
                    return Err(ErrorCode::UnclosedCdataSection);
                }
                Ok((Token::None, _)) => return Ok(Step::Wait(at)),
                Ok(found) => found,
                Err(stop) => return self.stopped(source, at, stop),
            };
            let written = &source.text[at..next];
            self.count(source, written.len())?;
            match token {
                Token::CdataClose => {
                    if self.wants(wants::END_CDATA) {
                        handler.end_cdata();
                    } else {
                        self.default(handler, written);
                    }
                    core.phase = Phase::Content;
                    return Ok(Step::Continue(next));
                }
                Token::Newline => self.character('\n', written, handler),
                _ => self.characters(source, written, is_utf8, handler),
            }
            at = next;
            self.go_on(source, at)?;
        }
    }

    /// A reference to a general entity. Tells how to go on, where the entity is to be expanded here.
    fn entity_reference(
        &self,
        core: &mut Core,
        written: &[u8],
        next: usize,
        handler: &impl Handler,
    ) -> Result<Option<Step>, ErrorCode> {
        let name = &written[1..written.len() - 1];
        if let Some(char) = predefined(name) {
            self.accounting.count(1, false)?;
            self.character(char, written, handler);
            return Ok(None);
        }
        let dtd = self.dtd.borrow();
        let must_exist = !dtd.has_param_refs || dtd.standalone;
        let Some(number) = dtd.find(name, false) else {
            if must_exist {
                return Err(ErrorCode::UndefinedEntity);
            }
            drop(dtd);
            self.skip_entity(name, written, handler);
            return Ok(None);
        };
        let entity = &dtd.entities[number];
        if must_exist && !entity.is_internal {
            return Err(ErrorCode::EntityDeclaredInPe);
        }
        if entity.is_open {
            return Err(ErrorCode::RecursiveEntityRef);
        }
        if entity.notation.is_some() {
            return Err(ErrorCode::BinaryEntityRef);
        }
        if let Some(text) = entity.text.clone() {
            drop(dtd);
            if self.settings.expand_internal.get() {
                return self.open_entity(core, number, text, next, false).map(Some);
            }
            self.skip_entity(name, written, handler);
            return Ok(None);
        }
        drop(dtd);
        if !self.wants(wants::EXTERNAL_ENTITY) {
            self.default(handler, written);
            return Ok(None);
        }
        let (context, entity) = {
            self.dtd.borrow_mut().entities[number].is_open = true;
            let context = self.context(core);
            let mut dtd = self.dtd.borrow_mut();
            dtd.entities[number].is_open = false;
            (context, dtd.entities[number].clone())
        };
        let (base, system, public) = (entity.base.as_deref(), entity.system_id.as_deref(), entity.public_id.as_deref());
        if handler.external_entity(Some(&context), base, system, public) {
            Ok(None)
        } else {
            Err(ErrorCode::ExternalEntityHandling)
        }
    }

    fn skip_entity(&self, name: &[u8], written: &[u8], handler: &impl Handler) {
        if self.wants(wants::SKIPPED_ENTITY) {
            handler.skipped_entity(name, false);
        } else {
            self.default(handler, written);
        }
    }
}
