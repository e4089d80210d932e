//! The parser: its settings, what is fed, and the phases of a document.

use super::declaration::{Tok, prolog};
use super::dtd::{Dtd, ModelPart, Text};
use super::error::ErrorCode;
use super::handler::{Handler, Span, wants};
use super::input::{Encoding, Input, Place};
use super::limits::Accounting;
use super::markup::{Stop, TagParts};
use super::namespaces::Namespaces;
use super::role::PrologState;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What stands between the parts of a name with a namespace.
pub type Separator = Option<u8>;

/// When external parameter entities are read.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamEntities {
    Never,
    UnlessStandalone,
    Always,
}

/// What the user may set at any time, also within a handler.
#[derive(Clone)]
pub struct Settings {
    /// Bits of [`wants`].
    pub wants: Cell<u32>,
    /// Are internal entities expanded? Else the default handler gets references to them.
    pub expand_internal: Cell<bool>,
    /// Do names with namespaces end in their prefix?
    pub triplets: Cell<bool>,
    /// The base of system identifiers.
    pub base: RefCell<Option<Text>>,
    /// When external parameter entities are read.
    pub param_entities: Cell<ParamEntities>,
    /// Is there an external subset, even if the document does not say so?
    pub foreign_dtd: Cell<bool>,
    /// Is a token that is not whole looked at again only when much more has come?
    pub reparse_deferral: Cell<bool>,
    /// The encoding that the user states.
    pub encoding: RefCell<Option<Vec<u8>>>,
}

/// Where in a document the parser is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Nothing was fed yet.
    Start,
    Prolog,
    /// In an ignored section of the external subset.
    Ignore,
    /// At the start of an external general entity, behind a byte order mark.
    ContentStart,
    Content,
    Cdata,
    Epilog,
    /// In an external parameter entity whose text becomes part of a value.
    EntityValue,
    Finished,
    Failed(ErrorCode),
}

/// An internal entity that is being expanded.
pub(super) struct OpenEntity {
    pub number: usize,
    pub text: Text,
    pub at: usize,
    /// Depth of elements where it began.
    pub level: usize,
    /// Is it a parameter entity that stands between declarations?
    pub between: bool,
}

/// An open element.
pub(super) struct Tag {
    /// Its name as it is written: a range of [`Core::tag_names`].
    pub raw: (usize, usize),
    /// Its name as it is told.
    pub name: (usize, usize),
    /// Number of namespace bindings outside of it.
    pub bindings: usize,
}

/// What is known of a declaration that is not complete.
#[derive(Default)]
pub(super) struct Declaration {
    pub doctype_name: Option<Vec<u8>>,
    pub doctype_system: Option<Vec<u8>>,
    pub doctype_public: Option<Vec<u8>>,
    /// Does the document type have an external subset?
    pub has_system: bool,
    pub entity: Option<usize>,
    pub element: Vec<u8>,
    pub attribute: Vec<u8>,
    pub attribute_type: Vec<u8>,
    pub is_cdata: bool,
    pub is_id: bool,
    pub notation: Option<Vec<u8>>,
    pub notation_public: Option<Vec<u8>>,
    /// The connector of each open group, 0 before it is known.
    pub connectors: Vec<u8>,
    pub in_model: bool,
    pub model: Vec<ModelPart>,
    /// Open groups of the model.
    pub model_groups: Vec<usize>,
}

/// What changes while the parser runs.
pub(super) struct Core {
    pub phase: Phase,
    pub prolog: PrologState,
    pub tags: Vec<Tag>,
    pub tag_names: Vec<u8>,
    /// 1 in parsers of external general entities.
    pub start_level: usize,
    pub namespaces: Namespaces,
    pub entities: Vec<OpenEntity>,
    pub parts: TagParts,
    pub scratch: Vec<u8>,
    pub spans: Vec<(Span, Span)>,
    pub declaration: Declaration,
    pub is_param_entity: bool,
    /// How much there was when a token was found not to be whole.
    partial_before: usize,
    pub seen_start: bool,
}

/// A part of the text that is being read.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub text: &'a [u8],
    /// Is it an internal entity, and not what was fed?
    pub in_entity: bool,
    /// Can more follow?
    pub more: bool,
}

/// How far a phase got.
pub(super) enum Step {
    /// More text is needed.
    Wait(usize),
    /// The phase changed, or an entity was entered, whose end leads back here.
    Continue(usize),
    /// The rest is in another encoding.
    Switch(Encoding, usize),
}

pub(super) type Stepped = Result<Step, ErrorCode>;

/// A parser of a document or an external entity.
pub struct Parser {
    /// Settings.
    pub settings: Settings,
    /// Counts for the limits.
    pub accounting: Rc<Accounting>,
    /// None where namespaces are not processed.
    pub(super) separator: Option<Separator>,
    pub(super) input: RefCell<Input>,
    pub(super) core: RefCell<Core>,
    pub(super) dtd: Rc<RefCell<Dtd>>,
    pub(super) is_root: bool,
    pub(super) in_entity_value: Cell<bool>,
    /// The place of the event that is told.
    pub(super) event: Cell<Option<usize>>,
    error: Cell<Option<ErrorCode>>,
    is_stopped: Cell<bool>,
}

impl Parser {
    /// A parser of a document. `separator` is None where namespaces are not processed.
    pub fn new(separator: Option<Separator>, encoding: Option<Vec<u8>>) -> Parser {
        let settings = Settings {
            wants: Cell::new(0),
            expand_internal: Cell::new(true),
            triplets: Cell::new(false),
            base: RefCell::new(None),
            param_entities: Cell::new(ParamEntities::Never),
            foreign_dtd: Cell::new(false),
            reparse_deferral: Cell::new(true),
            encoding: RefCell::new(encoding),
        };
        Parser::with(settings, Rc::default(), separator, Rc::default(), PrologState::document(), true)
    }

    pub(super) fn with(
        settings: Settings,
        accounting: Rc<Accounting>,
        separator: Option<Separator>,
        dtd: Rc<RefCell<Dtd>>,
        prolog: PrologState,
        is_root: bool,
    ) -> Parser {
        let core = Core {
            phase: Phase::Start,
            prolog,
            tags: Vec::new(),
            tag_names: Vec::new(),
            start_level: 0,
            namespaces: Namespaces::default(),
            entities: Vec::new(),
            parts: TagParts::default(),
            scratch: Vec::new(),
            spans: Vec::new(),
            declaration: Declaration::default(),
            is_param_entity: false,
            partial_before: 0,
            seen_start: false,
        };
        Parser {
            settings,
            accounting,
            separator,
            input: RefCell::default(),
            core: RefCell::new(core),
            dtd,
            is_root,
            in_entity_value: Cell::new(false),
            event: Cell::new(None),
            error: Cell::new(None),
            is_stopped: Cell::new(false),
        }
    }

    /// Ends parsing behind the current token, for good. To be called by a handler.
    pub fn stop(&self) {
        self.is_stopped.set(true);
    }

    /// Goes on behind a token, unless the handler wants to stop.
    #[inline(always)]
    pub(super) fn go_on(&self, source: Source, next: usize) -> Result<(), ErrorCode> {
        if self.is_stopped.get() { Err(self.error_at(source, next, ErrorCode::Aborted)) } else { Ok(()) }
    }

    /// Is it the parser of the document, and not of an external entity?
    pub fn is_root(&self) -> bool {
        self.is_root
    }

    #[inline(always)]
    pub(super) fn wants(&self, bits: u32) -> bool {
        self.settings.wants.get() & bits != 0
    }

    pub(super) fn has_namespaces(&self) -> bool {
        self.separator.is_some()
    }

    /// The error, if there was one.
    pub fn error(&self) -> Option<ErrorCode> {
        self.error.get()
    }

    /// Was something fed already?
    pub fn has_started(&self) -> bool {
        self.core.try_borrow().is_ok_and(|core| core.seen_start)
    }

    /// The place of the event or error: None before there is one.
    pub fn place(&self) -> Option<Place> {
        let input = self.input.try_borrow().ok()?;
        Some(input.place_at(self.event.get()?))
    }

    /// The document from the current event on, as far as it was fed.
    pub fn input_context(&self) -> Option<Vec<u8>> {
        let input = self.input.try_borrow().ok()?;
        Some(input.original(self.event.get()?))
    }

    /// Feeds bytes and tells the handler what is in them.
    pub fn parse(&self, bytes: &[u8], is_final: bool, handler: &impl Handler) -> Result<(), ErrorCode> {
        let Ok(mut core) = self.core.try_borrow_mut() else { return Err(ErrorCode::UnexpectedState) };
        let core = &mut *core;
        match core.phase {
            Phase::Finished => {
                self.error.set(Some(ErrorCode::Finished));
                return Err(ErrorCode::Finished);
            }
            Phase::Failed(code) => return Err(code),
            _ => {}
        }
        core.seen_start = true;
        let result = self.feed(core, bytes, is_final, handler);
        match result {
            Ok(()) if is_final => core.phase = Phase::Finished,
            Ok(()) => {}
            Err(code) => {
                core.phase = if code == ErrorCode::Aborted { Phase::Finished } else { Phase::Failed(code) };
                self.error.set(Some(code));
            }
        }
        result
    }

    fn feed(&self, core: &mut Core, bytes: &[u8], is_final: bool, handler: &impl Handler) -> Result<(), ErrorCode> {
        let have = {
            let mut input = self.input.borrow_mut();
            // Places of events were in the text that is forgotten now.
            let forgotten = input.used;
            input.feed(bytes);
            self.event.set(self.event.get().map(|event| event.saturating_sub(forgotten)));
            input.text.len()
        };
        if !is_final && self.settings.reparse_deferral.get() && have < core.partial_before.saturating_mul(2) {
            return Ok(());
        }
        let used = self.run(core, !is_final, handler)?;
        core.partial_before = if used == 0 { have } else { 0 };
        self.input.borrow_mut().used = used;
        if !is_final {
            self.event.set(Some(used));
        }
        Ok(())
    }

    /// Goes on until more is needed; gives the place up to which the text is used.
    fn run(&self, core: &mut Core, more: bool, handler: &impl Handler) -> Result<usize, ErrorCode> {
        let mut at = 0;
        if core.phase == Phase::Start {
            let raw_len = self.input.borrow().text.len();
            if raw_len == 0 && more {
                return Ok(0);
            }
            match self.begin(core, more, handler)? {
                None => return Ok(0),
                Some(begin) => at = begin,
            }
        }
        loop {
            let entity = core.entities.last().map(|open| (open.text.clone(), open.at));
            let step = match &entity {
                Some((text, at)) => self.step(core, Source { text, in_entity: true, more: false }, *at, handler)?,
                None => {
                    let input = self.input.borrow();
                    let source = Source { text: &input.text, in_entity: false, more };
                    let step = self.step(core, source, at, handler);
                    // Bytes that make no whole character are part of a token that is not whole.
                    let ends =
                        matches!(step, Ok(Step::Wait(_)) | Err(ErrorCode::NoElements | ErrorCode::UnclosedToken));
                    if ends && !more && input.rest_len() > 0 {
                        let whole_units = input.rest_len() >= 2;
                        return Err(if whole_units { ErrorCode::PartialChar } else { ErrorCode::UnclosedToken });
                    }
                    step?
                }
            };
            match step {
                Step::Switch(encoding, place) => {
                    self.input.borrow_mut().switch(encoding, place);
                    at = place;
                }
                Step::Wait(_) if entity.is_some() => self.close_entity(core),
                Step::Wait(place) => return Ok(place),
                // Where an entity was entered, its parent noted its own place.
                Step::Continue(place) if entity.is_none() => at = place,
                Step::Continue(_) => {}
            }
        }
    }

    /// Ends the innermost internal entity.
    fn close_entity(&self, core: &mut Core) {
        if let Some(open) = core.entities.pop() {
            self.dtd.borrow_mut().entities[open.number].is_open = false;
        }
    }

    /// Begins to expand an internal entity, whose reference ends at `back`.
    pub(super) fn open_entity(
        &self,
        core: &mut Core,
        number: usize,
        text: Text,
        back: usize,
        between: bool,
    ) -> Stepped {
        self.dtd.borrow_mut().entities[number].is_open = true;
        if let Some(parent) = core.entities.last_mut() {
            parent.at = back;
        }
        let level = core.tags.len() + core.start_level;
        core.entities.push(OpenEntity { number, text, at: 0, level, between });
        Ok(Step::Continue(back))
    }

    fn step(&self, core: &mut Core, source: Source, at: usize, handler: &impl Handler) -> Stepped {
        let step = match core.phase {
            Phase::Prolog => self.prolog(core, source, at, handler),
            Phase::Ignore => self.ignored_section(core, source, at, handler),
            Phase::ContentStart => self.text_declaration(core, source, at, handler),
            Phase::Content => self.content(core, source, at, handler),
            Phase::Cdata => self.cdata_section(core, source, at, handler),
            Phase::Epilog => self.epilog(source, at, handler),
            Phase::EntityValue => self.external_entity_value(core, source, at, handler),
            Phase::Start | Phase::Finished | Phase::Failed(_) => Err(ErrorCode::UnexpectedState),
        };
        if source.in_entity
            && let Ok(Step::Continue(place)) = step
            && let Some(open) = core.entities.last_mut()
            && std::ptr::eq(&*open.text, source.text)
        {
            open.at = place;
        }
        step
    }

    /// Where an event begins. Within internal entities, the place of the reference stays.
    #[inline(always)]
    pub(super) fn at(&self, source: Source, at: usize) {
        if !source.in_entity {
            self.event.set(Some(at));
        }
    }

    /// An error at a place.
    #[cold]
    pub(super) fn error_at(&self, source: Source, at: usize, code: ErrorCode) -> ErrorCode {
        self.at(source, at);
        code
    }

    /// What it means that no token was found.
    #[cold]
    pub(super) fn stopped(&self, source: Source, at: usize, stop: Stop) -> Stepped {
        match stop {
            Stop::Invalid(place) => Err(self.error_at(source, place, ErrorCode::InvalidToken)),
            _ if source.more => Ok(Step::Wait(at)),
            Stop::Partial => Err(ErrorCode::UnclosedToken),
            Stop::PartialChar => Err(ErrorCode::PartialChar),
        }
    }

    /// Counts the bytes of a token.
    #[inline]
    pub(super) fn count(&self, source: Source, bytes: usize) -> Result<(), ErrorCode> {
        self.accounting.count(bytes, !source.in_entity && self.is_root)
    }

    /// Gives text to the handler as it is written.
    #[inline]
    pub(super) fn default(&self, handler: &impl Handler, text: &[u8]) {
        if self.wants(wants::DEFAULT) {
            handler.default(text);
        }
    }

    /// Finds the encoding. Gives the place behind a byte order mark, or None where more is needed.
    fn begin(&self, core: &mut Core, more: bool, handler: &impl Handler) -> Result<Option<usize>, ErrorCode> {
        let stated = self.settings.encoding.borrow().clone();
        let is_content = core.start_level > 0;
        let requested = match &stated {
            None => None,
            Some(name) => match Encoding::named(name) {
                Some(encoding) => Some(encoding),
                None => {
                    let found = handler.unknown_encoding(name).ok_or(ErrorCode::UnknownEncoding)?;
                    self.input.borrow_mut().switch(found, 0);
                    self.enter(core);
                    return Ok(Some(0));
                }
            },
        };
        let any_utf16 = stated.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(b"UTF-16"));
        let first = {
            let input = self.input.borrow();
            [0, 1, 2].map(|index| input.text.get(index).copied())
        };
        let Some((encoding, mark)) = detect(first, requested, any_utf16, is_content) else {
            self.event.set(Some(0));
            return if more { Ok(None) } else { Err(ErrorCode::UnclosedToken) };
        };
        self.input.borrow_mut().switch(encoding, 0);
        self.enter(core);
        Ok(Some(if mark { '\u{FEFF}'.len_utf8() } else { 0 }))
    }

    /// Leaves [`Phase::Start`].
    fn enter(&self, core: &mut Core) {
        core.phase = if core.start_level > 0 {
            Phase::ContentStart
        } else if core.prolog.in_entity_value {
            Phase::EntityValue
        } else {
            Phase::Prolog
        };
        if core.is_param_entity {
            self.dtd.borrow_mut().param_entity_read = true;
        }
    }

    fn epilog(&self, source: Source, mut at: usize, handler: &impl Handler) -> Stepped {
        loop {
            self.at(source, at);
            let found = match prolog(source.text, at, self.has_namespaces()) {
                Ok(found) => found,
                Err(stop) => return self.stopped(source, at, stop),
            };
            let text = &source.text[at..found.next];
            self.count(source, text.len())?;
            match found.tok {
                Tok::None => return Ok(Step::Wait(at)),
                Tok::Space => {
                    self.default(handler, text);
                    // A line end that is not complete might be the last token.
                    if found.open {
                        return Ok(Step::Wait(found.next));
                    }
                }
                Tok::Pi => self.instruction(handler, text),
                Tok::Comment => self.comment(handler, text),
                // However it goes on.
                _ => return Err(ErrorCode::JunkAfterDocElement),
            }
            at = found.next;
            self.go_on(source, at)?;
        }
    }

    /// Tells a processing instruction, `<?...?>`.
    pub(super) fn instruction(&self, handler: &impl Handler, text: &[u8]) {
        if !self.wants(wants::INSTRUCTION) {
            return self.default(handler, text);
        }
        let inner = &text[2..text.len() - 2];
        let end = inner.iter().position(|byte| super::names::is_space(*byte)).unwrap_or(inner.len());
        let data = &inner[end..];
        let start = data.iter().position(|byte| !super::names::is_space(*byte)).unwrap_or(data.len());
        handler.instruction(&inner[..end], &normalize_lines(&data[start..]));
    }

    /// Tells a comment, `<!--...-->`.
    pub(super) fn comment(&self, handler: &impl Handler, text: &[u8]) {
        if !self.wants(wants::COMMENT) {
            return self.default(handler, text);
        }
        handler.comment(&normalize_lines(&text[4..text.len() - 3]));
    }
}

/// Line ends made line feeds.
pub(super) fn normalize_lines(text: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if !text.contains(&b'\r') {
        return text.into();
    }
    let mut out = Vec::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'\r' => out.push(b'\n'),
            b'\n' if at > 0 && text[at - 1] == b'\r' => {}
            _ => out.push(byte),
        }
    }
    out.into()
}

/// The encoding that the first bytes show, and whether they are a byte order mark. None where there are too few.
fn detect(
    first: [Option<u8>; 3],
    requested: Option<Encoding>,
    any_utf16: bool,
    is_content: bool,
) -> Option<(Encoding, bool)> {
    const BIG: Encoding = Encoding::Utf16 { big: true };
    const LITTLE: Encoding = Encoding::Utf16 { big: false };
    let is_latin1 = requested == Some(Encoding::Latin1);
    let (is_big, is_little) = (requested == Some(BIG), requested == Some(LITTLE));
    let stated = requested.clone().unwrap_or(Encoding::Utf8);
    let [Some(b0), b1, b2] = first else { return Some((stated, false)) };
    let Some(b1) = b1 else {
        // One byte does not tell much.
        return match b0 {
            _ if is_big || is_little => None,
            0xFE | 0xFF | 0xEF if is_latin1 && is_content => Some((stated, false)),
            0xFE | 0xFF | 0xEF | 0 | b'<' => None,
            _ => Some((stated, false)),
        };
    };
    match (b0, b1) {
        (0xFE, 0xFF) if !(is_latin1 && is_content) => Some((BIG, true)),
        (0xFF, 0xFE) if !(is_latin1 && is_content) => Some((LITTLE, true)),
        (b'<', 0) if !(is_big && is_content) => Some((LITTLE, false)),
        (0xEF, 0xBB) if !(is_content && (is_latin1 || is_big || is_little || any_utf16)) => match b2 {
            None => None,
            Some(0xBF) => Some((Encoding::Utf8, true)),
            Some(_) => Some((stated, false)),
        },
        (0, _) if !(is_content && is_little) => Some((BIG, false)),
        (_, 0) if b0 != b'<' && !is_content => Some((LITTLE, false)),
        _ => Some((stated, false)),
    }
}
