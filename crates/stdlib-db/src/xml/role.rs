//! What tokens of the prolog mean: a state machine over the grammar of document type declarations.

use super::declaration::Tok;

/// What a token does at its place.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It does not belong there.
    Error,
    None,
    XmlDecl,
    TextDecl,
    InstanceStart,
    Pi,
    Comment,
    DoctypeNone,
    DoctypeName,
    DoctypePublicId,
    DoctypeSystemId,
    DoctypeInternalSubset,
    DoctypeClose,
    EntityNone,
    GeneralEntityName,
    ParamEntityName,
    EntityValue,
    EntityPublicId,
    EntitySystemId,
    EntityNotationName,
    EntityComplete,
    NotationNone,
    NotationName,
    NotationPublicId,
    NotationSystemId,
    NotationNoSystemId,
    AttlistNone,
    AttlistElementName,
    AttributeName,
    /// A type that is one word.
    AttributeType,
    AttributeEnumValue,
    AttributeNotationValue,
    ImpliedAttributeValue,
    RequiredAttributeValue,
    DefaultAttributeValue,
    FixedAttributeValue,
    ElementNone,
    ElementName,
    ContentAny,
    ContentEmpty,
    ContentPcdata,
    ContentElement(Quantity),
    GroupOpen,
    GroupClose(Quantity),
    GroupChoice,
    GroupSequence,
    /// Between declarations.
    ParamEntityRef,
    /// Within a declaration.
    InnerParamEntityRef,
    IgnoreSect,
}

/// How often a part of a content model occurs.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Quantity {
    One = 0,
    Optional = 1,
    Any = 2,
    Many = 3,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// At the very start.
    Start,
    BeforeDoctype,
    AfterDoctype,
    DoctypeName,
    DoctypeAfterName,
    DoctypePublic,
    DoctypeSystem,
    DoctypeAfterId,
    DoctypeAfterSubset,
    InternalSubset,
    ExternalStart,
    ExternalSubset,
    EntityStart,
    ParamEntityName,
    EntityDefinition,
    EntityPublic,
    EntitySystem,
    EntityAfterSystem,
    EntityNotation,
    ParamEntityDefinition,
    ParamEntityPublic,
    ParamEntitySystem,
    ParamEntityAfterSystem,
    NotationName,
    NotationId,
    NotationPublic,
    NotationSystem,
    NotationAfterPublic,
    AttlistElement,
    AttlistAttribute,
    AttributeType,
    EnumValue,
    EnumNext,
    NotationParen,
    NotationValue,
    NotationNext,
    AttributeDefault,
    AttributeFixed,
    ElementName,
    ElementContent,
    GroupFirst,
    MixedNext,
    MixedName,
    MixedAfterName,
    GroupItem,
    GroupNext,
    SectKeyword,
    IncludeOpen,
    IgnoreOpen,
    /// Only the end of the declaration may follow.
    Close,
    Failed,
}

/// Where in the grammar the prolog is.
#[derive(Clone, Debug)]
pub struct PrologState {
    state: State,
    /// Nesting of groups of the content model.
    level: u32,
    /// What white space and the end mean in [`State::Close`].
    close_role: Role,
    /// Open sections that are included.
    include_level: u32,
    /// Is it the document, and not an external entity?
    pub document_entity: bool,
    /// Is it the value of an entity that is read?
    pub in_entity_value: bool,
}

impl PrologState {
    /// At the start of a document.
    pub fn document() -> PrologState {
        PrologState {
            state: State::Start,
            level: 0,
            close_role: Role::None,
            include_level: 0,
            document_entity: true,
            in_entity_value: false,
        }
    }

    /// At the start of an external subset or parameter entity.
    pub fn external() -> PrologState {
        PrologState { state: State::ExternalStart, document_entity: false, ..PrologState::document() }
    }

    fn to(&mut self, state: State, role: Role) -> Role {
        self.state = state;
        role
    }

    fn close(&mut self, close_role: Role, role: Role) -> Role {
        self.close_role = close_role;
        self.to(State::Close, role)
    }

    fn top(&mut self, role: Role) -> Role {
        let state = if self.document_entity { State::InternalSubset } else { State::ExternalSubset };
        self.to(state, role)
    }

    /// The role of a token whose text is `text`.
    pub fn role(&mut self, tok: Tok, text: &[u8]) -> Role {
        use State as S;
        use Tok as T;
        let state = self.state;
        let role = match state {
            S::Start | S::BeforeDoctype | S::AfterDoctype => self.outside(tok, text),
            S::DoctypeName | S::DoctypeAfterName | S::DoctypePublic | S::DoctypeSystem => self.doctype(tok, text),
            S::DoctypeAfterId | S::DoctypeAfterSubset => self.doctype(tok, text),
            S::InternalSubset => self.subset(tok, text),
            S::ExternalStart => {
                self.state = S::ExternalSubset;
                if tok == T::XmlDecl { Some(Role::TextDecl) } else { self.external_subset(tok, text) }
            }
            S::ExternalSubset => self.external_subset(tok, text),
            S::EntityStart | S::ParamEntityName | S::EntityDefinition | S::EntityPublic => self.entity(tok, text),
            S::EntitySystem | S::EntityAfterSystem | S::EntityNotation => self.entity(tok, text),
            S::ParamEntityDefinition | S::ParamEntityPublic => self.entity(tok, text),
            S::ParamEntitySystem | S::ParamEntityAfterSystem => self.entity(tok, text),
            S::NotationName | S::NotationId | S::NotationPublic => self.notation(tok, text),
            S::NotationSystem | S::NotationAfterPublic => self.notation(tok, text),
            S::AttlistElement | S::AttlistAttribute | S::AttributeType | S::EnumValue => self.attlist(tok, text),
            S::EnumNext | S::NotationParen | S::NotationValue | S::NotationNext => self.attlist(tok, text),
            S::AttributeDefault | S::AttributeFixed => self.attlist(tok, text),
            S::ElementName | S::ElementContent | S::GroupFirst | S::MixedNext => self.element(tok, text),
            S::MixedName | S::MixedAfterName | S::GroupItem | S::GroupNext => self.element(tok, text),
            S::SectKeyword | S::IncludeOpen | S::IgnoreOpen => self.section(tok, text),
            S::Close => match tok {
                T::Space => Some(self.close_role),
                T::DeclClose => Some(self.top(self.close_role)),
                _ => None,
            },
            S::Failed => return Role::None,
        };
        match role {
            Some(role) => role,
            None if !self.document_entity && tok == T::ParamEntityRef => Role::InnerParamEntityRef,
            None => self.to(S::Failed, Role::Error),
        }
    }

    fn outside(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        let (first, after) = (self.state == State::Start, self.state == State::AfterDoctype);
        let stay = if first { State::BeforeDoctype } else { self.state };
        Some(match tok {
            Tok::Space => self.to(stay, Role::None),
            Tok::Pi => self.to(stay, Role::Pi),
            Tok::Comment => self.to(stay, Role::Comment),
            Tok::XmlDecl if first => self.to(stay, Role::XmlDecl),
            Tok::Bom if !after => Role::None,
            Tok::DeclOpen if !after && text == b"<!DOCTYPE" => self.to(State::DoctypeName, Role::DoctypeNone),
            Tok::InstanceStart => self.to(State::Failed, Role::InstanceStart),
            _ => return None,
        })
    }

    fn doctype(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        use State as S;
        let after_name = self.state == S::DoctypeAfterName;
        Some(match (self.state, tok) {
            (_, Tok::Space) => Role::DoctypeNone,
            (S::DoctypeName, Tok::Name | Tok::PrefixedName) => self.to(S::DoctypeAfterName, Role::DoctypeName),
            (S::DoctypeAfterName, Tok::Name) if text == b"SYSTEM" => self.to(S::DoctypeSystem, Role::DoctypeNone),
            (S::DoctypeAfterName, Tok::Name) if text == b"PUBLIC" => self.to(S::DoctypePublic, Role::DoctypeNone),
            (S::DoctypePublic, Tok::Literal) => self.to(S::DoctypeSystem, Role::DoctypePublicId),
            (S::DoctypeSystem, Tok::Literal) => self.to(S::DoctypeAfterId, Role::DoctypeSystemId),
            (state, Tok::OpenBracket) if after_name || state == S::DoctypeAfterId => {
                self.to(S::InternalSubset, Role::DoctypeInternalSubset)
            }
            (S::DoctypeAfterName | S::DoctypeAfterId | S::DoctypeAfterSubset, Tok::DeclClose) => {
                self.to(S::AfterDoctype, Role::DoctypeClose)
            }
            _ => return None,
        })
    }

    fn subset(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        Some(match tok {
            Tok::Space | Tok::None => Role::None,
            Tok::DeclOpen => match text {
                b"<!ENTITY" => self.to(State::EntityStart, Role::EntityNone),
                b"<!ATTLIST" => self.to(State::AttlistElement, Role::AttlistNone),
                b"<!ELEMENT" => self.to(State::ElementName, Role::ElementNone),
                b"<!NOTATION" => self.to(State::NotationName, Role::NotationNone),
                _ => return None,
            },
            Tok::Pi => Role::Pi,
            Tok::Comment => Role::Comment,
            Tok::ParamEntityRef => Role::ParamEntityRef,
            Tok::CloseBracket if self.state == State::InternalSubset => {
                self.to(State::DoctypeAfterSubset, Role::DoctypeNone)
            }
            _ => return None,
        })
    }

    fn external_subset(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        match tok {
            Tok::CondSectOpen => Some(self.to(State::SectKeyword, Role::None)),
            Tok::CondSectClose if self.include_level > 0 => {
                self.include_level -= 1;
                Some(Role::None)
            }
            Tok::CondSectClose | Tok::CloseBracket => None,
            Tok::None if self.include_level > 0 => None,
            _ => self.subset(tok, text),
        }
    }

    fn entity(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        use State as S;
        if tok == Tok::Space {
            return Some(Role::EntityNone);
        }
        Some(match (self.state, tok) {
            (S::EntityStart, Tok::Percent) => self.to(S::ParamEntityName, Role::EntityNone),
            (S::EntityStart, Tok::Name) => self.to(S::EntityDefinition, Role::GeneralEntityName),
            (S::ParamEntityName, Tok::Name) => self.to(S::ParamEntityDefinition, Role::ParamEntityName),
            (S::EntityDefinition, Tok::Name) if text == b"SYSTEM" => self.to(S::EntitySystem, Role::EntityNone),
            (S::EntityDefinition, Tok::Name) if text == b"PUBLIC" => self.to(S::EntityPublic, Role::EntityNone),
            (S::EntityDefinition | S::ParamEntityDefinition, Tok::Literal) => {
                self.close(Role::EntityNone, Role::EntityValue)
            }
            (S::EntityPublic, Tok::Literal) => self.to(S::EntitySystem, Role::EntityPublicId),
            (S::EntitySystem, Tok::Literal) => self.to(S::EntityAfterSystem, Role::EntitySystemId),
            (S::EntityAfterSystem | S::ParamEntityAfterSystem, Tok::DeclClose) => self.top(Role::EntityComplete),
            (S::EntityAfterSystem, Tok::Name) if text == b"NDATA" => self.to(S::EntityNotation, Role::EntityNone),
            (S::EntityNotation, Tok::Name) => self.close(Role::EntityNone, Role::EntityNotationName),
            (S::ParamEntityDefinition, Tok::Name) if text == b"SYSTEM" => {
                self.to(S::ParamEntitySystem, Role::EntityNone)
            }
            (S::ParamEntityDefinition, Tok::Name) if text == b"PUBLIC" => {
                self.to(S::ParamEntityPublic, Role::EntityNone)
            }
            (S::ParamEntityPublic, Tok::Literal) => self.to(S::ParamEntitySystem, Role::EntityPublicId),
            (S::ParamEntitySystem, Tok::Literal) => self.to(S::ParamEntityAfterSystem, Role::EntitySystemId),
            _ => return None,
        })
    }

    fn notation(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        use State as S;
        Some(match (self.state, tok) {
            (_, Tok::Space) => Role::NotationNone,
            (S::NotationName, Tok::Name) => self.to(S::NotationId, Role::NotationName),
            (S::NotationId, Tok::Name) if text == b"SYSTEM" => self.to(S::NotationSystem, Role::NotationNone),
            (S::NotationId, Tok::Name) if text == b"PUBLIC" => self.to(S::NotationPublic, Role::NotationNone),
            (S::NotationPublic, Tok::Literal) => self.to(S::NotationAfterPublic, Role::NotationPublicId),
            (S::NotationSystem | S::NotationAfterPublic, Tok::Literal) => {
                self.close(Role::NotationNone, Role::NotationSystemId)
            }
            (S::NotationAfterPublic, Tok::DeclClose) => self.top(Role::NotationNoSystemId),
            _ => return None,
        })
    }

    fn attlist(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        use State as S;
        Some(match (self.state, tok) {
            (_, Tok::Space) => Role::AttlistNone,
            (S::AttlistElement, Tok::Name | Tok::PrefixedName) => {
                self.to(S::AttlistAttribute, Role::AttlistElementName)
            }
            (S::AttlistAttribute, Tok::DeclClose) => self.top(Role::AttlistNone),
            (S::AttlistAttribute, Tok::Name | Tok::PrefixedName) => self.to(S::AttributeType, Role::AttributeName),
            (S::AttributeType, Tok::Name) if attribute_type(text).is_some() => {
                self.to(S::AttributeDefault, Role::AttributeType)
            }
            (S::AttributeType, Tok::Name) if text == b"NOTATION" => self.to(S::NotationParen, Role::AttlistNone),
            (S::AttributeType, Tok::OpenParen) => self.to(S::EnumValue, Role::AttlistNone),
            (S::EnumValue, Tok::NmToken | Tok::Name | Tok::PrefixedName) => {
                self.to(S::EnumNext, Role::AttributeEnumValue)
            }
            (S::EnumNext | S::NotationNext, Tok::CloseParen) => self.to(S::AttributeDefault, Role::AttlistNone),
            (S::EnumNext, Tok::Or) => self.to(S::EnumValue, Role::AttlistNone),
            (S::NotationParen, Tok::OpenParen) => self.to(S::NotationValue, Role::AttlistNone),
            (S::NotationValue, Tok::Name) => self.to(S::NotationNext, Role::AttributeNotationValue),
            (S::NotationNext, Tok::Or) => self.to(S::NotationValue, Role::AttlistNone),
            (S::AttributeDefault, Tok::PoundName) => match text {
                b"#IMPLIED" => self.to(S::AttlistAttribute, Role::ImpliedAttributeValue),
                b"#REQUIRED" => self.to(S::AttlistAttribute, Role::RequiredAttributeValue),
                b"#FIXED" => self.to(S::AttributeFixed, Role::AttlistNone),
                _ => return None,
            },
            (S::AttributeDefault, Tok::Literal) => self.to(S::AttlistAttribute, Role::DefaultAttributeValue),
            (S::AttributeFixed, Tok::Literal) => self.to(S::AttlistAttribute, Role::FixedAttributeValue),
            _ => return None,
        })
    }

    fn element(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        use State as S;
        if tok == Tok::Space {
            return Some(Role::ElementNone);
        }
        Some(match (self.state, tok) {
            (S::ElementName, Tok::Name | Tok::PrefixedName) => self.to(S::ElementContent, Role::ElementName),
            (S::ElementContent, Tok::Name) if text == b"EMPTY" => self.close(Role::ElementNone, Role::ContentEmpty),
            (S::ElementContent, Tok::Name) if text == b"ANY" => self.close(Role::ElementNone, Role::ContentAny),
            (S::ElementContent, Tok::OpenParen) => {
                self.level = 1;
                self.to(S::GroupFirst, Role::GroupOpen)
            }
            (S::GroupFirst, Tok::PoundName) if text == b"#PCDATA" => self.to(S::MixedNext, Role::ContentPcdata),
            (S::GroupFirst | S::GroupItem, Tok::OpenParen) => {
                self.level += 1;
                self.to(S::GroupItem, Role::GroupOpen)
            }
            (S::GroupFirst | S::GroupItem, Tok::Name | Tok::PrefixedName) => {
                self.to(S::GroupNext, Role::ContentElement(Quantity::One))
            }
            (S::GroupFirst | S::GroupItem, Tok::NameQuestion) => {
                self.to(S::GroupNext, Role::ContentElement(Quantity::Optional))
            }
            (S::GroupFirst | S::GroupItem, Tok::NameAsterisk) => {
                self.to(S::GroupNext, Role::ContentElement(Quantity::Any))
            }
            (S::GroupFirst | S::GroupItem, Tok::NamePlus) => {
                self.to(S::GroupNext, Role::ContentElement(Quantity::Many))
            }
            (S::MixedNext, Tok::CloseParen) => self.close(Role::ElementNone, Role::GroupClose(Quantity::One)),
            (S::MixedNext | S::MixedAfterName, Tok::CloseParenAsterisk) => {
                self.close(Role::ElementNone, Role::GroupClose(Quantity::Any))
            }
            (S::MixedNext | S::MixedAfterName, Tok::Or) => self.to(S::MixedName, Role::ElementNone),
            (S::MixedName, Tok::Name | Tok::PrefixedName) => {
                self.to(S::MixedAfterName, Role::ContentElement(Quantity::One))
            }
            (S::GroupNext, Tok::CloseParen) => self.group_close(Quantity::One),
            (S::GroupNext, Tok::CloseParenQuestion) => self.group_close(Quantity::Optional),
            (S::GroupNext, Tok::CloseParenAsterisk) => self.group_close(Quantity::Any),
            (S::GroupNext, Tok::CloseParenPlus) => self.group_close(Quantity::Many),
            (S::GroupNext, Tok::Comma) => self.to(S::GroupItem, Role::GroupSequence),
            (S::GroupNext, Tok::Or) => self.to(S::GroupItem, Role::GroupChoice),
            _ => return None,
        })
    }

    fn group_close(&mut self, quantity: Quantity) -> Role {
        self.level -= 1;
        if self.level == 0 {
            self.close(Role::ElementNone, Role::GroupClose(quantity))
        } else {
            Role::GroupClose(quantity)
        }
    }

    fn section(&mut self, tok: Tok, text: &[u8]) -> Option<Role> {
        use State as S;
        Some(match (self.state, tok) {
            (_, Tok::Space) => Role::None,
            (S::SectKeyword, Tok::Name) if text == b"INCLUDE" => self.to(S::IncludeOpen, Role::None),
            (S::SectKeyword, Tok::Name) if text == b"IGNORE" => self.to(S::IgnoreOpen, Role::None),
            (S::IncludeOpen, Tok::OpenBracket) => {
                self.include_level += 1;
                self.to(S::ExternalSubset, Role::None)
            }
            (S::IgnoreOpen, Tok::OpenBracket) => self.to(S::ExternalSubset, Role::IgnoreSect),
            _ => return None,
        })
    }
}

/// The attribute type of a name, if it is one.
pub fn attribute_type(name: &[u8]) -> Option<&'static str> {
    ["CDATA", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS"]
        .into_iter()
        .find(|known| known.as_bytes() == name)
}
