//! What a parser tells its user.

use super::dtd::ModelPart;
use super::input::Encoding;

/// Bits of what a user wants to be told: of [`super::Settings::wants`]. What nobody wants goes to the default handler.
#[allow(missing_docs)]
pub mod wants {
    pub const START_ELEMENT: u32 = 1;
    pub const END_ELEMENT: u32 = 1 << 1;
    pub const CHARACTERS: u32 = 1 << 2;
    pub const INSTRUCTION: u32 = 1 << 3;
    pub const COMMENT: u32 = 1 << 4;
    pub const START_CDATA: u32 = 1 << 5;
    pub const END_CDATA: u32 = 1 << 6;
    pub const DEFAULT: u32 = 1 << 7;
    pub const START_DOCTYPE: u32 = 1 << 8;
    pub const END_DOCTYPE: u32 = 1 << 9;
    pub const ELEMENT_DECL: u32 = 1 << 10;
    pub const ATTLIST_DECL: u32 = 1 << 11;
    pub const ENTITY_DECL: u32 = 1 << 12;
    pub const UNPARSED_ENTITY: u32 = 1 << 13;
    pub const NOTATION: u32 = 1 << 14;
    pub const XML_DECL: u32 = 1 << 15;
    pub const START_NAMESPACE: u32 = 1 << 16;
    pub const END_NAMESPACE: u32 = 1 << 17;
    pub const EXTERNAL_ENTITY: u32 = 1 << 18;
    pub const NOT_STANDALONE: u32 = 1 << 19;
    pub const SKIPPED_ENTITY: u32 = 1 << 20;
}

/// A place of a name or a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span {
    /// In the text.
    Text(usize, usize),
    /// In the memory of what was put together.
    Scratch(usize, usize),
}

/// Attributes of a start tag.
pub struct Attributes<'a> {
    pub(super) text: &'a [u8],
    pub(super) scratch: &'a [u8],
    pub(super) spans: &'a [(Span, Span)],
    /// How many were written in the tag; those that the declarations add follow.
    pub specified: usize,
}

impl<'a> Attributes<'a> {
    fn get(&self, span: Span) -> &'a [u8] {
        match span {
            Span::Text(start, end) => &self.text[start..end],
            Span::Scratch(start, end) => &self.scratch[start..end],
        }
    }

    /// Number of attributes.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + '_ {
        self.spans.iter().map(|(name, value)| (self.get(*name), self.get(*value)))
    }
}

/// A user of a parser. Texts are UTF-8.
#[allow(unused_variables, missing_docs)]
pub trait Handler {
    fn start_element(&self, name: &[u8], attributes: &Attributes) {}
    fn end_element(&self, name: &[u8]) {}
    fn characters(&self, text: &[u8]) {}
    fn instruction(&self, target: &[u8], data: &[u8]) {}
    fn comment(&self, text: &[u8]) {}
    fn start_cdata(&self) {}
    fn end_cdata(&self) {}
    /// A part of the document that nobody else wants, as it is written.
    fn default(&self, text: &[u8]) {}
    fn start_doctype(&self, name: &[u8], system_id: Option<&[u8]>, public_id: Option<&[u8]>, has_subset: bool) {}
    fn end_doctype(&self) {}
    /// The first part is the whole.
    fn element_declaration(&self, name: &[u8], model: &[ModelPart]) {}
    fn attribute_declaration(&self, element: &[u8], name: &[u8], kind: &[u8], default: Option<&[u8]>, required: bool) {}
    fn entity_declaration(
        &self,
        name: &[u8],
        is_param: bool,
        value: Option<&[u8]>,
        base: Option<&[u8]>,
        system_id: Option<&[u8]>,
        public_id: Option<&[u8]>,
        notation: Option<&[u8]>,
    ) {
    }
    fn unparsed_entity(
        &self,
        name: &[u8],
        base: Option<&[u8]>,
        system_id: Option<&[u8]>,
        public_id: Option<&[u8]>,
        notation: &[u8],
    ) {
    }
    fn notation(&self, name: &[u8], base: Option<&[u8]>, system_id: Option<&[u8]>, public_id: Option<&[u8]>) {}
    /// `standalone` is -1 where it is not written.
    fn xml_declaration(&self, version: Option<&[u8]>, encoding: Option<&[u8]>, standalone: i32) {}
    fn start_namespace(&self, prefix: Option<&[u8]>, uri: Option<&[u8]>) {}
    fn end_namespace(&self, prefix: Option<&[u8]>) {}
    /// The context is None for parameter entities. False is an error.
    fn external_entity(
        &self,
        context: Option<&[u8]>,
        base: Option<&[u8]>,
        system_id: Option<&[u8]>,
        public_id: Option<&[u8]>,
    ) -> bool {
        true
    }
    /// False is an error.
    fn not_standalone(&self) -> bool {
        true
    }
    fn skipped_entity(&self, name: &[u8], is_param: bool) {}
    /// Finds an encoding of one byte a character.
    fn unknown_encoding(&self, name: &[u8]) -> Option<Encoding> {
        None
    }
}
