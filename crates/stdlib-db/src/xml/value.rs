//! Values between quotes: of attributes, and of entities.

use super::dtd::{Dtd, Text};
use super::error::ErrorCode;
use super::handler::{Handler, wants};
use super::limits::Accounting;
use super::markup::{Stop, Token, predefined, reference, referenced_char};
use super::names::{char_at, kind_at};
use super::parser::{Core, Parser};

/// An error, and its place where that is in the value itself and not in an entity.
pub(super) type ValueError = (ErrorCode, Option<usize>);

/// How an attribute's value is to be read.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// Are names of entities as in namespaces?
    pub namespaces: bool,
    /// Is white space kept?
    pub is_cdata: bool,
    /// Is a reference to an entity that is not declared an error?
    pub must_exist: bool,
}

/// Appends the value of an attribute, normalised, to `out`. `offset` is added to places of errors.
pub(super) fn attribute(
    dtd: &mut Dtd,
    accounting: &Accounting,
    text: &[u8],
    offset: usize,
    reading: Reading,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let mut frames = Vec::new();
    let result = expand(dtd, accounting, text, offset, reading, out, &mut frames);
    for (_, _, entity) in frames {
        dtd.entities[entity].is_open = false;
    }
    result
}

/// Entities that are being expanded: text, place, number.
type Frames = Vec<(Text, usize, usize)>;

fn expand(
    dtd: &mut Dtd,
    accounting: &Accounting,
    value: &[u8],
    offset: usize,
    reading: Reading,
    out: &mut Vec<u8>,
    frames: &mut Frames,
) -> Result<(), ValueError> {
    let start = out.len();
    let space = |out: &mut Vec<u8>| {
        if reading.is_cdata || out.len() > start && out.last() != Some(&b' ') {
            out.push(b' ');
        }
    };
    let mut at = 0;
    loop {
        let current = frames.last().map(|frame| frame.0.clone());
        let text = current.as_deref().unwrap_or(value);
        let place = |at: usize| current.is_none().then_some(offset + at);
        let Some(&byte) = text.get(at) else {
            match frames.pop() {
                None => break,
                Some((_, back, entity)) => {
                    dtd.entities[entity].is_open = false;
                    at = back;
                    continue;
                }
            }
        };
        match byte {
            b' ' | b'\t' | b'\n' => {
                space(out);
                at += 1;
            }
            b'\r' => {
                space(out);
                at += if text.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
            }
            b'<' => return Err((ErrorCode::InvalidToken, place(at))),
            b'&' => {
                let (token, next) = reference(text, at, reading.namespaces).map_err(|stop| {
                    (ErrorCode::InvalidToken, place(if let Stop::Invalid(at) = stop { at } else { at }))
                })?;
                if token == Token::CharRef {
                    match referenced_char(&text[at..next]) {
                        None => return Err((ErrorCode::BadCharRef, place(at))),
                        Some(' ') if !reading.is_cdata => space(out),
                        Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                    }
                    at = next;
                    continue;
                }
                let name = &text[at + 1..next - 1];
                if let Some(char) = predefined(name) {
                    accounting.count(1, false).map_err(|code| (code, None))?;
                    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    at = next;
                    continue;
                }
                let Some(number) = dtd.find(name, false) else {
                    if reading.must_exist {
                        return Err((ErrorCode::UndefinedEntity, None));
                    }
                    at = next;
                    continue;
                };
                let entity = &mut dtd.entities[number];
                if reading.must_exist && !entity.is_internal {
                    return Err((ErrorCode::EntityDeclaredInPe, None));
                }
                let error = if entity.is_open {
                    Some(ErrorCode::RecursiveEntityRef)
                } else if entity.notation.is_some() {
                    Some(ErrorCode::BinaryEntityRef)
                } else {
                    None
                };
                if let Some(error) = error {
                    return Err((error, place(at)));
                }
                let Some(text) = entity.text.clone() else {
                    return Err((ErrorCode::AttributeExternalEntityRef, place(at)));
                };
                entity.is_open = true;
                accounting.count(text.len(), false).map_err(|code| (code, None))?;
                frames.push((text, next, number));
                at = 0;
            }
            _ => {
                let Ok(width) = char_at(text, at) else { return Err((ErrorCode::InvalidToken, place(at))) };
                out.extend_from_slice(&text[at..at + width]);
                at += width;
            }
        }
    }
    if !reading.is_cdata && out.len() > start && out.last() == Some(&b' ') {
        out.pop();
    }
    Ok(())
}

impl Parser {
    /// Puts together the value of an entity: references to characters and parameter entities are resolved, those to
    /// general entities are not.
    pub(super) fn entity_value(
        &self,
        core: &Core,
        handler: &impl Handler,
        value: &[u8],
        offset: usize,
        in_entity: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), ValueError> {
        let mut frames: Frames = Vec::new();
        let result = self.expand_entity_value(core, handler, value, offset, in_entity, out, &mut frames);
        let mut dtd = self.dtd.borrow_mut();
        for (_, _, entity) in frames {
            dtd.entities[entity].is_open = false;
        }
        result
    }

    fn expand_entity_value(
        &self,
        core: &Core,
        handler: &impl Handler,
        value: &[u8],
        offset: usize,
        in_entity: bool,
        out: &mut Vec<u8>,
        frames: &mut Frames,
    ) -> Result<(), ValueError> {
        let namespaces = self.has_namespaces();
        let mut at = 0;
        loop {
            let current = frames.last().map(|frame| frame.0.clone());
            let text = current.as_deref().unwrap_or(value);
            let place = |at: usize| (current.is_none() && !in_entity).then_some(offset + at);
            let Some(&byte) = text.get(at) else {
                match frames.pop() {
                    None => return Ok(()),
                    Some((_, back, entity)) => {
                        self.dtd.borrow_mut().entities[entity].is_open = false;
                        at = back;
                        continue;
                    }
                }
            };
            let stopped = |stop: Stop| match stop {
                Stop::Invalid(at) => (ErrorCode::InvalidToken, place(at)),
                _ => (ErrorCode::InvalidToken, place(at)),
            };
            match byte {
                b'\r' => {
                    out.push(b'\n');
                    at += if text.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
                }
                b'&' => {
                    let (token, next) = reference(text, at, namespaces).map_err(stopped)?;
                    if token == Token::CharRef {
                        let Some(char) = referenced_char(&text[at..next]) else {
                            return Err((ErrorCode::BadCharRef, place(at)));
                        };
                        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    } else {
                        out.extend_from_slice(&text[at..next]);
                    }
                    at = next;
                }
                b'%' => {
                    let next = param_reference(text, at, namespaces).map_err(stopped)?;
                    // Within the declarations of the internal subset such references are not allowed.
                    if !(core.is_param_entity || in_entity || current.is_some()) {
                        return Err((ErrorCode::ParamEntityRef, Some(offset + at)));
                    }
                    let name = &text[at + 1..next - 1];
                    at = next;
                    let mut dtd = self.dtd.borrow_mut();
                    let Some(number) = dtd.find(name, true) else {
                        dtd.keep_processing = dtd.standalone;
                        return Ok(());
                    };
                    let entity = &mut dtd.entities[number];
                    if entity.is_open || Some(number) == core.declaration.entity {
                        return Err((ErrorCode::RecursiveEntityRef, place(at)));
                    }
                    if entity.system_id.is_some() {
                        drop(dtd);
                        self.external_value(core, handler, number, out)?;
                    } else if let Some(text) = entity.text.clone() {
                        entity.is_open = true;
                        drop(dtd);
                        self.accounting.count(text.len(), false).map_err(|code| (code, None))?;
                        frames.push((text, at, number));
                        at = 0;
                    }
                }
                _ => {
                    let Ok(width) = char_at(text, at) else { return Err((ErrorCode::InvalidToken, place(at))) };
                    out.extend_from_slice(&text[at..at + width]);
                    at += width;
                }
            }
            if out.len() > 1 << 20 {
                self.accounting.check_memory().map_err(|code| (code, None))?;
            }
        }
    }

    /// Has an external parameter entity read whose text becomes part of a value.
    fn external_value(
        &self,
        core: &Core,
        handler: &impl Handler,
        number: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ValueError> {
        let entity = {
            let mut dtd = self.dtd.borrow_mut();
            if !self.wants(wants::EXTERNAL_ENTITY) {
                dtd.keep_processing = dtd.standalone;
                return Ok(());
            }
            dtd.param_entity_read = false;
            dtd.value.clear();
            dtd.entities[number].is_open = true;
            dtd.entities[number].clone()
        };
        self.in_entity_value.set(true);
        let went = handler.external_entity(
            None,
            entity.base.as_deref(),
            entity.system_id.as_deref(),
            entity.public_id.as_deref(),
        );
        self.in_entity_value.set(core.prolog.in_entity_value);
        let mut dtd = self.dtd.borrow_mut();
        dtd.entities[number].is_open = false;
        if !went {
            return Err((ErrorCode::ExternalEntityHandling, None));
        }
        out.append(&mut dtd.value);
        if !dtd.param_entity_read {
            dtd.keep_processing = dtd.standalone;
        }
        Ok(())
    }
}

/// Passes `%name;`.
fn param_reference(text: &[u8], start: usize, namespaces: bool) -> Result<usize, Stop> {
    use super::markup::{name_rest, name_start};
    if kind_at(text, start + 1, true) == super::names::Kind::End {
        return Err(Stop::Partial);
    }
    let end = name_rest(text, name_start(text, start + 1, !namespaces)?, !namespaces)?;
    if text[end] == b';' { Ok(end + 1) } else { Err(Stop::Invalid(end)) }
}

/// May the text between quotes be a public identifier? The place of the first character that may not.
pub(super) fn check_public_id(literal: &[u8], offset: usize) -> Result<(), usize> {
    let inner = &literal[1..literal.len() - 1];
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-'()+,./:=?;!*#@$_% \r\n".contains(byte);
    match inner.iter().position(|byte| !allowed(byte)) {
        Some(at) => Err(offset + 1 + at),
        None => Ok(()),
    }
}

/// A public identifier with white space made single spaces.
pub(super) fn public_id(literal: &[u8]) -> Vec<u8> {
    let inner = &literal[1..literal.len() - 1];
    let words = inner.split(|byte| super::names::is_space(*byte)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}
