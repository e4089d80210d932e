//! The prolog: what declarations do.

use super::declaration::{Tok, prolog};
use super::dtd::{ModelKind, ModelPart, Text};
use super::error::ErrorCode;
use super::handler::{Handler, wants};
use super::markup::{ignored, predefined};
use super::parser::{Core, Declaration, ParamEntities, Parser, Phase, Source, Step, Stepped};
use super::role::{Quantity, Role, attribute_type};
use super::value::{self, Reading, check_public_id, public_id};

/// Was the token told to a handler of its own? Else the default handler gets it.
type Told = Result<bool, ErrorCode>;

/// A token of the prolog and where it lies.
#[derive(Clone, Copy)]
struct Token<'a> {
    source: Source<'a>,
    at: usize,
    text: &'a [u8],
}

impl<'a> Token<'a> {
    /// What stands between the quotes of a literal.
    fn inner(&self) -> &'a [u8] {
        &self.text[1..self.text.len() - 1]
    }
}

fn deref(text: &Option<Text>) -> Option<&[u8]> {
    text.as_deref()
}

impl Parser {
    pub(super) fn prolog(&self, core: &mut Core, source: Source, mut at: usize, handler: &impl Handler) -> Stepped {
        loop {
            self.at(source, at);
            let found = match prolog(source.text, at, self.has_namespaces()) {
                Ok(found) => found,
                Err(stop) => return self.stopped(source, at, stop),
            };
            if source.more && (found.tok == Tok::None || found.open) {
                return Ok(Step::Wait(at));
            }
            if found.tok == Tok::None {
                return self.prolog_end(core, source, at);
            }
            let text = &source.text[at..found.next];
            let role = core.prolog.role(found.tok, text);
            if !matches!(role, Role::InstanceStart | Role::XmlDecl | Role::TextDecl) {
                self.count(source, text.len())?;
            }
            let token = Token { source, at, text };
            let told = match role {
                Role::Error => {
                    return Err(match found.tok {
                        // References to parameter entities are not allowed within declarations of the internal subset.
                        Tok::ParamEntityRef => ErrorCode::ParamEntityRef,
                        Tok::XmlDecl => ErrorCode::MisplacedXmlPi,
                        _ => ErrorCode::Syntax,
                    });
                }
                Role::None => found.tok == Tok::Bom,
                Role::XmlDecl | Role::TextDecl => {
                    self.count(source, text.len())?;
                    match self.xml_declaration(source, at, found.next, role == Role::TextDecl, handler)? {
                        Step::Continue(_) => true,
                        step => return Ok(step),
                    }
                }
                Role::InstanceStart => {
                    // The last chance to read a subset that no document type declaration names.
                    self.read_external_subset(false, handler)?;
                    core.phase = Phase::Content;
                    return Ok(Step::Continue(at));
                }
                Role::Pi => {
                    self.instruction(handler, text);
                    true
                }
                Role::Comment => {
                    self.comment(handler, text);
                    true
                }
                Role::ParamEntityRef | Role::InnerParamEntityRef => {
                    match self.param_reference(core, token, found.next, role == Role::ParamEntityRef, handler)? {
                        (told, None) => told,
                        (_, Some(step)) => return Ok(step),
                    }
                }
                Role::IgnoreSect => {
                    self.default(handler, text);
                    core.phase = Phase::Ignore;
                    return Ok(Step::Continue(found.next));
                }
                Role::DoctypeNone
                | Role::DoctypeName
                | Role::DoctypePublicId
                | Role::DoctypeSystemId
                | Role::DoctypeInternalSubset
                | Role::DoctypeClose => self.doctype(core, token, role, handler)?,
                Role::EntityNone
                | Role::GeneralEntityName
                | Role::ParamEntityName
                | Role::EntityValue
                | Role::EntityPublicId
                | Role::EntitySystemId
                | Role::EntityNotationName
                | Role::EntityComplete => self.entity(core, token, role, handler)?,
                Role::NotationNone
                | Role::NotationName
                | Role::NotationPublicId
                | Role::NotationSystemId
                | Role::NotationNoSystemId => self.notation(core, token, role, handler)?,
                Role::AttlistNone
                | Role::AttlistElementName
                | Role::AttributeName
                | Role::AttributeType
                | Role::AttributeEnumValue
                | Role::AttributeNotationValue
                | Role::ImpliedAttributeValue
                | Role::RequiredAttributeValue
                | Role::DefaultAttributeValue
                | Role::FixedAttributeValue => self.attlist(core, token, role, handler)?,
                Role::ElementNone
                | Role::ElementName
                | Role::ContentAny
                | Role::ContentEmpty
                | Role::ContentPcdata
                | Role::ContentElement(_)
                | Role::GroupOpen
                | Role::GroupClose(_)
                | Role::GroupChoice
                | Role::GroupSequence => self.element(core, token, role, handler)?,
            };
            if !told {
                self.default(handler, text);
            }
            at = found.next;
            self.go_on(source, at)?;
        }
    }

    /// The text ends, and there is no more.
    fn prolog_end(&self, core: &mut Core, source: Source, at: usize) -> Stepped {
        if source.in_entity && core.entities.last().is_some_and(|open| !open.between) {
            return Ok(Step::Wait(at));
        }
        if !core.is_param_entity && !source.in_entity {
            return Err(ErrorCode::NoElements);
        }
        // A parameter entity holds whole declarations.
        match core.prolog.role(Tok::None, b"") {
            Role::Error => Err(ErrorCode::IncompletePe),
            _ => Ok(Step::Wait(at)),
        }
    }

    pub(super) fn ignored_section(
        &self,
        core: &mut Core,
        source: Source,
        at: usize,
        handler: &impl Handler,
    ) -> Stepped {
        self.at(source, at);
        match ignored(source.text, at) {
            Ok(Some(end)) => {
                self.count(source, end - at)?;
                self.default(handler, &source.text[at..end]);
                core.phase = Phase::Prolog;
                Ok(Step::Continue(end))
            }
            Ok(None) if source.more => Ok(Step::Wait(at)),
            Ok(None) => Err(ErrorCode::Syntax),
            Err(stop) => self.stopped(source, at, stop),
        }
    }

    fn check_standalone(&self, handler: &impl Handler) -> Result<(), ErrorCode> {
        let asks = !self.dtd.borrow().standalone && self.wants(wants::NOT_STANDALONE);
        if asks && !handler.not_standalone() { Err(ErrorCode::NotStandalone) } else { Ok(()) }
    }

    /// Has an external entity of the declarations read. Tells whether it was.
    fn read_param_entity(&self, number: usize, handler: &impl Handler) -> Result<bool, ErrorCode> {
        let entity = {
            let mut dtd = self.dtd.borrow_mut();
            dtd.param_entity_read = false;
            dtd.entities[number].is_open = true;
            dtd.entities[number].clone()
        };
        let went =
            handler.external_entity(None, deref(&entity.base), deref(&entity.system_id), deref(&entity.public_id));
        let mut dtd = self.dtd.borrow_mut();
        dtd.entities[number].is_open = false;
        if went { Ok(dtd.param_entity_read) } else { Err(ErrorCode::ExternalEntityHandling) }
    }

    /// Has the external subset read at the end of the document type declaration.
    fn read_external_subset(&self, is_declared: bool, handler: &impl Handler) -> Result<(), ErrorCode> {
        let foreign = self.settings.foreign_dtd.replace(false);
        if !is_declared && !foreign {
            return Ok(());
        }
        let had_refs = std::mem::replace(&mut self.dtd.borrow_mut().has_param_refs, true);
        if self.settings.param_entities.get() == ParamEntities::Never || !self.wants(wants::EXTERNAL_ENTITY) {
            return Ok(());
        }
        let number = {
            let mut dtd = self.dtd.borrow_mut();
            let number = dtd.external_subset();
            if foreign {
                dtd.entities[number].base = self.settings.base.borrow().clone();
            }
            number
        };
        if self.read_param_entity(number, handler)? {
            self.check_standalone(handler)?;
        } else if !is_declared {
            // There is no external subset after all.
            self.dtd.borrow_mut().has_param_refs = had_refs;
        }
        Ok(())
    }

    fn doctype(&self, core: &mut Core, token: Token, role: Role, handler: &impl Handler) -> Told {
        let wanted = self.wants(wants::START_DOCTYPE);
        let declaration = &mut core.declaration;
        match role {
            Role::DoctypeName => {
                declaration.doctype_name = wanted.then(|| token.text.to_vec());
                declaration.doctype_public = None;
                declaration.doctype_system = None;
                Ok(wanted)
            }
            Role::DoctypeInternalSubset => Ok(self.tell_doctype(declaration, true, handler)),
            Role::DoctypePublicId => {
                self.settings.foreign_dtd.set(false);
                check_public_id(token.text, token.at)
                    .map_err(|place| self.error_at(token.source, place, ErrorCode::PublicId))?;
                let id = public_id(token.text);
                let mut dtd = self.dtd.borrow_mut();
                dtd.has_param_refs = true;
                let number = dtd.external_subset();
                if dtd.keep_processing {
                    dtd.entities[number].public_id = Some(id.as_slice().into());
                }
                declaration.entity = Some(number);
                if wanted {
                    declaration.doctype_public = Some(id);
                }
                Ok(wanted)
            }
            Role::DoctypeSystemId => {
                self.settings.foreign_dtd.set(false);
                declaration.has_system = true;
                if wanted {
                    declaration.doctype_system = Some(token.inner().to_vec());
                }
                self.dtd.borrow_mut().has_param_refs = true;
                if self.settings.param_entities.get() == ParamEntities::Never {
                    self.check_standalone(handler)?;
                }
                let mut dtd = self.dtd.borrow_mut();
                let number = dtd.external_subset();
                core.declaration.entity = Some(number);
                if dtd.keep_processing {
                    let base = self.settings.base.borrow().clone();
                    let entity = &mut dtd.entities[number];
                    entity.system_id = Some(token.inner().into());
                    entity.base = base;
                }
                Ok(wanted)
            }
            Role::DoctypeClose => {
                let mut told = self.tell_doctype(declaration, false, handler);
                let is_declared = std::mem::take(&mut declaration.has_system);
                self.read_external_subset(is_declared, handler)?;
                if self.wants(wants::END_DOCTYPE) {
                    handler.end_doctype();
                    told = true;
                }
                Ok(told)
            }
            _ => Ok(wanted),
        }
    }

    fn tell_doctype(&self, declaration: &mut Declaration, has_subset: bool, handler: &impl Handler) -> bool {
        let Some(name) = declaration.doctype_name.take() else { return false };
        let (system, public) = (declaration.doctype_system.take(), declaration.doctype_public.take());
        if self.wants(wants::START_DOCTYPE) {
            handler.start_doctype(&name, system.as_deref(), public.as_deref(), has_subset);
        }
        true
    }

    fn entity(&self, core: &mut Core, token: Token, role: Role, handler: &impl Handler) -> Told {
        let keeps = self.dtd.borrow().keep_processing;
        let wanted = keeps && self.wants(wants::ENTITY_DECL);
        match role {
            Role::GeneralEntityName | Role::ParamEntityName => {
                let is_param = role == Role::ParamEntityName;
                core.declaration.entity = None;
                if !is_param && predefined(token.text).is_some() || !keeps {
                    return Ok(false);
                }
                // What an external or parameter entity declares is not internal.
                let is_internal = self.is_root && core.entities.is_empty();
                core.declaration.entity = self.dtd.borrow_mut().declare(token.text, is_param, is_internal);
                self.accounting.allocate(token.text.len() + size_of::<super::dtd::Entity>())?;
                Ok(wanted && core.declaration.entity.is_some())
            }
            Role::EntityValue => {
                if !keeps {
                    return Ok(false);
                }
                let mut value = Vec::new();
                let in_entity = token.source.in_entity;
                let result = self.entity_value(core, handler, token.inner(), token.at + 1, in_entity, &mut value);
                if let Err((_, Some(place))) = result {
                    self.at(token.source, place);
                }
                self.accounting.allocate(value.len())?;
                let mut told = false;
                if let Some(number) = core.declaration.entity {
                    let text: Text = value.as_slice().into();
                    let (name, is_param) = {
                        let mut dtd = self.dtd.borrow_mut();
                        let entity = &mut dtd.entities[number];
                        entity.text = Some(text);
                        (entity.name.clone(), entity.is_param)
                    };
                    if self.wants(wants::ENTITY_DECL) {
                        let base = self.settings.base.borrow().clone();
                        handler.entity_declaration(&name, is_param, Some(&value), deref(&base), None, None, None);
                        told = true;
                    }
                }
                result.map_err(|(code, _)| code)?;
                Ok(told)
            }
            Role::EntityPublicId => {
                check_public_id(token.text, token.at)
                    .map_err(|place| self.error_at(token.source, place, ErrorCode::PublicId))?;
                if let Some(number) = core.declaration.entity.filter(|_| keeps) {
                    self.dtd.borrow_mut().entities[number].public_id = Some(public_id(token.text).as_slice().into());
                    return Ok(wanted);
                }
                Ok(false)
            }
            Role::EntitySystemId => {
                if let Some(number) = core.declaration.entity.filter(|_| keeps) {
                    let base = self.settings.base.borrow().clone();
                    let mut dtd = self.dtd.borrow_mut();
                    let entity = &mut dtd.entities[number];
                    entity.system_id = Some(token.inner().into());
                    entity.base = base;
                    return Ok(wanted);
                }
                Ok(false)
            }
            Role::EntityComplete | Role::EntityNotationName => {
                let Some(number) = core.declaration.entity.filter(|_| keeps) else { return Ok(false) };
                let entity = {
                    let mut dtd = self.dtd.borrow_mut();
                    if role == Role::EntityNotationName {
                        dtd.entities[number].notation = Some(token.text.into());
                    }
                    dtd.entities[number].clone()
                };
                let (base, system, public) = (deref(&entity.base), deref(&entity.system_id), deref(&entity.public_id));
                let notation = deref(&entity.notation);
                match notation {
                    Some(notation) if self.wants(wants::UNPARSED_ENTITY) => {
                        handler.unparsed_entity(&entity.name, base, system, public, notation);
                        Ok(true)
                    }
                    _ if wanted => {
                        let is_param = entity.is_param && notation.is_none();
                        handler.entity_declaration(&entity.name, is_param, None, base, system, public, notation);
                        Ok(true)
                    }
                    _ => Ok(false),
                }
            }
            _ => Ok(wanted),
        }
    }

    fn notation(&self, core: &mut Core, token: Token, role: Role, handler: &impl Handler) -> Told {
        let wanted = self.wants(wants::NOTATION);
        let declaration = &mut core.declaration;
        match role {
            Role::NotationName => {
                declaration.notation_public = None;
                declaration.notation = wanted.then(|| token.text.to_vec());
                Ok(wanted)
            }
            Role::NotationPublicId => {
                check_public_id(token.text, token.at)
                    .map_err(|place| self.error_at(token.source, place, ErrorCode::PublicId))?;
                if declaration.notation.is_none() {
                    return Ok(false);
                }
                declaration.notation_public = Some(public_id(token.text));
                Ok(true)
            }
            Role::NotationSystemId | Role::NotationNoSystemId => {
                let system = (role == Role::NotationSystemId).then(|| token.inner());
                let (name, public) = (declaration.notation.take(), declaration.notation_public.take());
                let Some(name) = name.filter(|_| wanted && (system.is_some() || public.is_some())) else {
                    return Ok(false);
                };
                let base = self.settings.base.borrow().clone();
                handler.notation(&name, deref(&base), system, public.as_deref());
                Ok(true)
            }
            _ => Ok(wanted),
        }
    }

    fn attlist(&self, core: &mut Core, token: Token, role: Role, handler: &impl Handler) -> Told {
        let keeps = self.dtd.borrow().keep_processing;
        let wanted = keeps && self.wants(wants::ATTLIST_DECL);
        let in_entity = token.source.in_entity;
        let declaration = &mut core.declaration;
        match role {
            Role::AttlistElementName => {
                declaration.element.clear();
                declaration.element.extend_from_slice(token.text);
                Ok(wanted)
            }
            Role::AttributeName => {
                declaration.attribute.clear();
                declaration.attribute.extend_from_slice(token.text);
                declaration.attribute_type.clear();
                declaration.is_cdata = false;
                declaration.is_id = false;
                Ok(wanted)
            }
            Role::AttributeType => {
                let kind = attribute_type(token.text).unwrap_or("CDATA");
                declaration.is_cdata = kind == "CDATA";
                declaration.is_id = kind == "ID";
                declaration.attribute_type.extend_from_slice(kind.as_bytes());
                Ok(wanted)
            }
            Role::AttributeEnumValue | Role::AttributeNotationValue => {
                if wanted {
                    let kind = &mut declaration.attribute_type;
                    let prefix: &[u8] = match (kind.is_empty(), role) {
                        (false, _) => b"|",
                        (true, Role::AttributeNotationValue) => b"NOTATION(",
                        _ => b"(",
                    };
                    kind.extend_from_slice(prefix);
                    kind.extend_from_slice(token.text);
                }
                Ok(wanted)
            }
            Role::ImpliedAttributeValue
            | Role::RequiredAttributeValue
            | Role::DefaultAttributeValue
            | Role::FixedAttributeValue => {
                if !keeps {
                    return Ok(false);
                }
                let has_value = matches!(role, Role::DefaultAttributeValue | Role::FixedAttributeValue);
                let value = match has_value {
                    false => None,
                    true => Some(self.default_value(core, token, in_entity)?),
                };
                let declaration = &mut core.declaration;
                let (element, name) = (&declaration.element, &declaration.attribute);
                self.dtd.borrow_mut().declare_attribute(
                    element,
                    name,
                    declaration.is_cdata,
                    declaration.is_id,
                    value.as_deref().map(Text::from),
                );
                self.accounting.allocate(name.len() + value.as_ref().map_or(0, Vec::len) + 32)?;
                if !wanted || declaration.attribute_type.is_empty() {
                    return Ok(false);
                }
                if matches!(declaration.attribute_type.as_slice(), [b'(', ..] | [b'N', b'O', ..]) {
                    declaration.attribute_type.push(b')');
                }
                let required = matches!(role, Role::RequiredAttributeValue | Role::FixedAttributeValue);
                let kind = &declaration.attribute_type;
                handler.attribute_declaration(element, name, kind, value.as_deref(), required);
                Ok(true)
            }
            _ => Ok(wanted),
        }
    }

    /// The default value of an attribute.
    fn default_value(&self, core: &Core, token: Token, in_entity: bool) -> Result<Vec<u8>, ErrorCode> {
        let mut dtd = self.dtd.borrow_mut();
        let must_exist =
            core.prolog.document_entity && if dtd.standalone { core.entities.is_empty() } else { !dtd.has_param_refs };
        let is_cdata = core.declaration.is_cdata;
        let reading = Reading { namespaces: self.has_namespaces(), is_cdata, must_exist };
        let mut value = Vec::new();
        value::attribute(&mut dtd, &self.accounting, token.inner(), token.at + 1, reading, &mut value).map_err(
            |(code, place)| {
                if let Some(place) = place.filter(|_| !in_entity) {
                    self.at(token.source, place);
                }
                code
            },
        )?;
        Ok(value)
    }

    fn element(&self, core: &mut Core, token: Token, role: Role, handler: &impl Handler) -> Told {
        let wanted = self.wants(wants::ELEMENT_DECL);
        let declaration = &mut core.declaration;
        match role {
            Role::ElementName => {
                declaration.connectors.clear();
                if wanted {
                    declaration.element.clear();
                    declaration.element.extend_from_slice(token.text);
                    declaration.model.clear();
                    declaration.model_groups.clear();
                    declaration.in_model = true;
                }
                Ok(wanted)
            }
            Role::ContentAny | Role::ContentEmpty => {
                if !std::mem::take(&mut declaration.in_model) || !wanted {
                    return Ok(false);
                }
                let kind = if role == Role::ContentAny { ModelKind::Any } else { ModelKind::Empty };
                let part = ModelPart { kind, quantity: Quantity::One, name: None, children: Vec::new() };
                handler.element_declaration(&declaration.element, &[part]);
                Ok(true)
            }
            Role::ContentPcdata => {
                if declaration.in_model
                    && let Some(group) = declaration.model_groups.last()
                {
                    declaration.model[*group].kind = ModelKind::Mixed;
                    return Ok(wanted);
                }
                Ok(false)
            }
            Role::ContentElement(quantity) => {
                if !declaration.in_model {
                    return Ok(false);
                }
                let name = match quantity {
                    Quantity::One => token.text,
                    _ => &token.text[..token.text.len() - 1],
                };
                self.add_part(declaration, ModelKind::Name, quantity, Some(name.into()))?;
                Ok(wanted)
            }
            Role::GroupOpen => {
                declaration.connectors.push(0);
                if !declaration.in_model {
                    return Ok(false);
                }
                let group = declaration.model.len();
                self.add_part(declaration, ModelKind::Sequence, Quantity::One, None)?;
                declaration.model_groups.push(group);
                Ok(wanted)
            }
            Role::GroupSequence | Role::GroupChoice => {
                let (own, other) = if role == Role::GroupChoice { (b'|', b',') } else { (b',', b'|') };
                let Some(connector) = declaration.connectors.last_mut() else { return Ok(false) };
                if *connector == other {
                    return Err(ErrorCode::Syntax);
                }
                let is_first = std::mem::replace(connector, own) == 0;
                if !declaration.in_model {
                    return Ok(false);
                }
                if role == Role::GroupSequence {
                    return Ok(wanted);
                }
                let group = declaration.model_groups.last().map(|group| &mut declaration.model[*group]);
                match group.filter(|group| is_first && group.kind != ModelKind::Mixed) {
                    Some(group) => {
                        group.kind = ModelKind::Choice;
                        Ok(wanted)
                    }
                    None => Ok(false),
                }
            }
            Role::GroupClose(quantity) => {
                declaration.connectors.pop();
                if !declaration.in_model {
                    return Ok(false);
                }
                if let Some(group) = declaration.model_groups.pop() {
                    declaration.model[group].quantity = quantity;
                }
                if declaration.model_groups.is_empty() {
                    declaration.in_model = false;
                    if wanted {
                        let model = std::mem::take(&mut declaration.model);
                        handler.element_declaration(&declaration.element, &model);
                        self.accounting.release(model.len() * size_of::<ModelPart>());
                    }
                }
                Ok(wanted)
            }
            _ => Ok(wanted),
        }
    }

    /// Adds a part to the innermost open group of the model.
    fn add_part(
        &self,
        declaration: &mut Declaration,
        kind: ModelKind,
        quantity: Quantity,
        name: Option<Text>,
    ) -> Result<(), ErrorCode> {
        self.accounting.allocate(size_of::<ModelPart>())?;
        let number = declaration.model.len();
        if let Some(group) = declaration.model_groups.last() {
            declaration.model[*group].children.push(number);
        }
        declaration.model.push(ModelPart { kind, quantity, name, children: Vec::new() });
        Ok(())
    }

    /// A reference to a parameter entity. Tells also how to go on, where the entity is to be expanded here.
    fn param_reference(
        &self,
        core: &mut Core,
        token: Token,
        next: usize,
        between: bool,
        handler: &impl Handler,
    ) -> Result<(bool, Option<Step>), ErrorCode> {
        let mut told = false;
        let reads = self.settings.param_entities.get() != ParamEntities::Never;
        {
            let mut dtd = self.dtd.borrow_mut();
            dtd.has_param_refs = true;
            if !reads {
                dtd.keep_processing = dtd.standalone;
            }
        }
        if reads {
            let name = &token.text[1..token.text.len() - 1];
            let mut dtd = self.dtd.borrow_mut();
            // The reference itself was noted above, so the declaration is needed in standalone documents only.
            let must_exist = core.prolog.document_entity && dtd.standalone && core.entities.is_empty();
            let Some(number) = dtd.find(name, true) else {
                if must_exist {
                    return Err(ErrorCode::UndefinedEntity);
                }
                dtd.keep_processing = dtd.standalone;
                drop(dtd);
                if between && self.wants(wants::SKIPPED_ENTITY) {
                    handler.skipped_entity(name, true);
                    told = true;
                }
                return Ok((told, None));
            };
            let entity = &dtd.entities[number];
            if must_exist && !entity.is_internal {
                return Err(ErrorCode::EntityDeclaredInPe);
            }
            if entity.is_open {
                return Err(ErrorCode::RecursiveEntityRef);
            }
            if let Some(text) = entity.text.clone() {
                drop(dtd);
                self.accounting.allocate(32)?;
                return Ok((true, Some(self.open_entity(core, number, text, next, between)?)));
            }
            let standalone = dtd.standalone;
            drop(dtd);
            if !self.wants(wants::EXTERNAL_ENTITY) || !self.read_param_entity(number, handler)? {
                self.dtd.borrow_mut().keep_processing = standalone;
                return Ok((self.wants(wants::EXTERNAL_ENTITY), None));
            }
            told = true;
        }
        self.check_standalone(handler)?;
        Ok((told, None))
    }
}
