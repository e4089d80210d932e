//! Start and end of elements: attributes, their defaults, and names with namespaces.

use super::error::ErrorCode;
use super::handler::{Attributes, Handler, Span, wants};
use super::parser::{Core, Parser, Source, Tag};
use super::value::{self, Reading};

/// Up to so many attributes are compared with each other one by one.
const FEW: usize = 12;

/// Attributes in the making: where the prefix of those that have one ends.
type Prefixes = Vec<(usize, usize)>;

impl Parser {
    /// A start tag from `at` to `next`, whose parts are in `core.parts`.
    pub(super) fn start_element(
        &self,
        core: &mut Core,
        source: Source,
        at: usize,
        next: usize,
        empty: bool,
        handler: &impl Handler,
    ) -> Result<(), ErrorCode> {
        let written = &source.text[at..next];
        let raw = &source.text[core.parts.name.clone()];
        let start = core.tag_names.len();
        core.tag_names.extend_from_slice(raw);
        let raw_end = core.tag_names.len();
        let bindings = core.namespaces.len();
        core.scratch.clear();
        core.spans.clear();
        let named = self.collect(core, source, handler).and_then(|specified| {
            let name = self.expand_name(core, source, (start, raw_end))?;
            Ok((specified, name))
        });
        let (specified, name) = match named {
            Ok(named) => named,
            Err(code) => {
                if empty {
                    self.end_bindings(core, bindings, handler);
                }
                return Err(code);
            }
        };
        let mut told = false;
        if self.wants(wants::START_ELEMENT) {
            let attributes = Attributes { text: source.text, scratch: &core.scratch, spans: &core.spans, specified };
            handler.start_element(&core.tag_names[name.0..name.1], &attributes);
            told = true;
        } else if !empty {
            self.default(handler, written);
        }
        if !empty {
            core.tags.push(Tag { raw: (start, raw_end), name, bindings });
            return Ok(());
        }
        if self.wants(wants::END_ELEMENT) {
            if told {
                self.at(source, next);
            }
            handler.end_element(&core.tag_names[name.0..name.1]);
            told = true;
        }
        if !told {
            self.default(handler, written);
        }
        core.tag_names.truncate(start);
        self.end_bindings(core, bindings, handler);
        Ok(())
    }

    /// Appends the name of an element with its namespace to the names of tags; gives the place of the name to be told.
    fn expand_name(&self, core: &mut Core, source: Source, raw: (usize, usize)) -> Result<(usize, usize), ErrorCode> {
        let Some(separator) = self.separator else { return Ok(raw) };
        let written = &source.text[core.parts.name.clone()];
        let colon = core.parts.colon.map(|colon| colon - core.parts.name.start);
        let prefix = colon.map_or(&b""[..], |colon| &written[..colon]);
        let Some(uri) = core.namespaces.uri(prefix) else {
            return if colon.is_some() { Err(ErrorCode::UnboundPrefix) } else { Ok(raw) };
        };
        let local = &written[colon.map_or(0, |colon| colon + 1)..];
        let prefix = if self.settings.triplets.get() { prefix } else { b"" };
        join_name(&mut core.tag_names, uri, separator, local, prefix);
        Ok((raw.1, core.tag_names.len()))
    }

    pub(super) fn end_element(
        &self,
        core: &mut Core,
        source: Source,
        at: usize,
        written: &[u8],
        handler: &impl Handler,
    ) -> Result<(), ErrorCode> {
        let level = core.tags.len() + core.start_level;
        let outer = match core.entities.last() {
            Some(open) if source.in_entity => open.level,
            _ => core.start_level,
        };
        let Some(tag) = core.tags.pop().filter(|_| level > outer) else { return Err(ErrorCode::AsyncEntity) };
        let raw = &core.tag_names[tag.raw.0..tag.raw.1];
        let rest = &written[2..];
        let is_same = rest.starts_with(raw) && matches!(rest[raw.len()], b'>' | b' ' | b'\t' | b'\r' | b'\n');
        if !is_same {
            return Err(self.error_at(source, at + 2, ErrorCode::TagMismatch));
        }
        if self.wants(wants::END_ELEMENT) {
            handler.end_element(&core.tag_names[tag.name.0..tag.name.1]);
        } else {
            self.default(handler, written);
        }
        core.tag_names.truncate(tag.raw.0);
        self.end_bindings(core, tag.bindings, handler);
        Ok(())
    }

    fn end_bindings(&self, core: &mut Core, len: usize, handler: &impl Handler) {
        while let Some(prefix) = core.namespaces.pop(len) {
            if self.wants(wants::END_NAMESPACE) {
                handler.end_namespace((!prefix.is_empty()).then_some(prefix));
            }
        }
    }

    /// Puts the attributes of a start tag together in `core.spans`; gives the number of those that are written.
    fn collect(&self, core: &mut Core, source: Source, handler: &impl Handler) -> Result<usize, ErrorCode> {
        let text = source.text;
        let namespaces = self.has_namespaces();
        let mut prefixes = Prefixes::new();
        let has_declared = self.dtd.borrow().has_attributes();
        self.check_duplicates(core, source)?;
        for index in 0..core.parts.attributes.len() {
            let attribute = core.parts.attributes[index].clone();
            let name = &text[attribute.name.clone()];
            let is_cdata = !has_declared || self.dtd.borrow().is_cdata(&text[core.parts.name.clone()], name);
            let value = if attribute.plain && is_cdata {
                Span::Text(attribute.value.start, attribute.value.end)
            } else {
                let start = core.scratch.len();
                let mut dtd = self.dtd.borrow_mut();
                let must_exist = !dtd.has_param_refs || dtd.standalone;
                let reading = Reading { namespaces, is_cdata, must_exist };
                let (raw, offset) = (&text[attribute.value.clone()], attribute.value.start);
                value::attribute(&mut dtd, &self.accounting, raw, offset, reading, &mut core.scratch).map_err(
                    |(code, place)| match place {
                        Some(place) => self.error_at(source, place, code),
                        None => code,
                    },
                )?;
                Span::Scratch(start, core.scratch.len())
            };
            let span = Span::Text(attribute.name.start, attribute.name.end);
            self.add(
                core,
                text,
                span,
                attribute.colon.map(|colon| colon - attribute.name.start),
                value,
                &mut prefixes,
                handler,
            )?;
        }
        let specified = core.spans.len();
        if has_declared {
            self.add_defaults(core, text, &mut prefixes, handler)?;
        }
        if !prefixes.is_empty() {
            self.expand_names(core, text, &prefixes)?;
        }
        Ok(specified)
    }

    fn check_duplicates(&self, core: &Core, source: Source) -> Result<(), ErrorCode> {
        let (text, all) = (source.text, &core.parts.attributes);
        if all.len() < 2 {
            return Ok(());
        }
        let name = |index: usize| &text[all[index].name.clone()];
        let duplicate = if all.len() <= FEW {
            (1..all.len()).find(|later| (0..*later).any(|earlier| name(earlier) == name(*later)))
        } else {
            let mut seen = std::collections::HashSet::with_capacity(all.len());
            (0..all.len()).find(|index| !seen.insert(name(*index)))
        };
        match duplicate {
            Some(index) => Err(self.error_at(source, all[index].name.start, ErrorCode::DuplicateAttribute)),
            None => Ok(()),
        }
    }

    /// Adds an attribute; one that declares a namespace declares it instead.
    fn add(
        &self,
        core: &mut Core,
        text: &[u8],
        name: Span,
        colon: Option<usize>,
        value: Span,
        prefixes: &mut Prefixes,
        handler: &impl Handler,
    ) -> Result<(), ErrorCode> {
        if let Some(separator) = self.separator {
            let names = Attributes { text, scratch: &core.scratch, spans: &[(name, value)], specified: 0 };
            let Some((name_text, value_text)) = names.iter().next() else { return Ok(()) };
            let prefix = match colon {
                None if name_text == b"xmlns" => Some(&b""[..]),
                Some(5) if name_text.starts_with(b"xmlns") => Some(&name_text[6..]),
                Some(colon) => {
                    prefixes.push((core.spans.len(), colon));
                    None
                }
                None => None,
            };
            if let Some(prefix) = prefix {
                core.namespaces.bind(prefix, value_text, separator)?;
                if self.wants(wants::START_NAMESPACE) {
                    let uri = core.namespaces.last_is_bound().then_some(value_text);
                    handler.start_namespace((!prefix.is_empty()).then_some(prefix), uri);
                }
                return Ok(());
            }
        }
        core.spans.push((name, value));
        Ok(())
    }

    /// Adds the attributes that the declarations add.
    fn add_defaults(
        &self,
        core: &mut Core,
        text: &[u8],
        prefixes: &mut Prefixes,
        handler: &impl Handler,
    ) -> Result<(), ErrorCode> {
        let mut added: Vec<super::dtd::DeclaredAttribute> = Vec::new();
        if let Some(element) = self.dtd.borrow().element(&text[core.parts.name.clone()]) {
            for declared in element.attributes.iter().filter(|declared| declared.value.is_some()) {
                let is_written =
                    core.parts.attributes.iter().any(|attribute| text[attribute.name.clone()] == *declared.name);
                if !is_written && !added.iter().any(|other| other.name == declared.name) {
                    added.push(declared.clone());
                }
            }
        }
        for declared in added {
            let value = declared.value.as_deref().unwrap_or(&[]);
            let start = core.scratch.len();
            core.scratch.extend_from_slice(&declared.name);
            let middle = core.scratch.len();
            core.scratch.extend_from_slice(value);
            let end = core.scratch.len();
            let colon = declared.name.iter().position(|byte| *byte == b':').filter(|_| self.has_namespaces());
            let (name, value) = (Span::Scratch(start, middle), Span::Scratch(middle, end));
            self.add(core, text, name, colon, value, prefixes, handler)?;
        }
        Ok(())
    }

    /// Replaces the prefixes of attributes by their namespaces.
    fn expand_names(&self, core: &mut Core, text: &[u8], prefixes: &Prefixes) -> Result<(), ErrorCode> {
        let separator = self.separator.flatten();
        let mut expanded = Vec::new();
        let mut names: Vec<(usize, std::ops::Range<usize>)> = Vec::with_capacity(prefixes.len());
        let mut seen = std::collections::HashSet::with_capacity(prefixes.len());
        for (index, colon) in prefixes {
            let all = Attributes { text, scratch: &core.scratch, spans: &core.spans[*index..=*index], specified: 0 };
            let Some((name, _)) = all.iter().next() else { continue };
            let (prefix, local) = (&name[..*colon], &name[*colon + 1..]);
            let Some(uri) = core.namespaces.uri(prefix) else { return Err(ErrorCode::UnboundPrefix) };
            if !seen.insert((uri.to_vec(), local.to_vec())) {
                return Err(ErrorCode::DuplicateAttribute);
            }
            let start = expanded.len();
            let shown = if self.settings.triplets.get() { prefix } else { b"" };
            join_name(&mut expanded, uri, separator, local, shown);
            names.push((*index, start..expanded.len()));
        }
        let base = core.scratch.len();
        core.scratch.extend_from_slice(&expanded);
        for (index, range) in names {
            core.spans[index].0 = Span::Scratch(base + range.start, base + range.end);
        }
        Ok(())
    }
}

/// `uri|local`, or `uri|local|prefix`.
fn join_name(out: &mut Vec<u8>, uri: &[u8], separator: Option<u8>, local: &[u8], prefix: &[u8]) {
    out.extend_from_slice(uri);
    out.extend(separator);
    out.extend_from_slice(local);
    if !prefix.is_empty() {
        out.extend(separator);
        out.extend_from_slice(prefix);
    }
}
