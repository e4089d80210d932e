//! What document type declarations declare.

use super::role::Quantity;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Bytes that several places keep.
pub type Text = Rc<[u8]>;

/// An entity.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Name.
    pub name: Text,
    /// What it stands for, if it is internal.
    pub text: Option<Text>,
    /// System identifier of an external one.
    pub system_id: Option<Text>,
    /// Public identifier.
    pub public_id: Option<Text>,
    /// The base of the system identifier.
    pub base: Option<Text>,
    /// Notation of an entity that is not parsed.
    pub notation: Option<Text>,
    /// Is it being expanded?
    pub is_open: bool,
    /// Is it a parameter entity?
    pub is_param: bool,
    /// Was it declared in the internal subset, outside of parameter entities?
    pub is_internal: bool,
}

/// A declared attribute.
#[derive(Clone, Debug)]
pub struct DeclaredAttribute {
    /// Name as it is written.
    pub name: Text,
    /// Is white space in its values kept?
    pub is_cdata: bool,
    /// Its default value.
    pub value: Option<Text>,
}

/// What is declared about elements of a name.
#[derive(Clone, Default, Debug)]
pub struct ElementType {
    /// Attributes in the order of their declarations.
    pub attributes: Vec<DeclaredAttribute>,
}

/// What a part of a content model is.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ModelKind {
    Empty = 1,
    Any = 2,
    Mixed = 3,
    Name = 4,
    Choice = 5,
    Sequence = 6,
}

/// A part of a content model.
#[derive(Clone, Debug)]
pub struct ModelPart {
    /// What it is.
    pub kind: ModelKind,
    /// How often it occurs.
    pub quantity: Quantity,
    /// The name of an element.
    pub name: Option<Text>,
    /// Numbers of the parts it consists of.
    pub children: Vec<usize>,
}

/// The name under which the external subset is kept among the parameter entities; no entity can have it.
pub const EXTERNAL_SUBSET: &[u8] = b"#";

/// The declarations of a document. Parsers of external parameter entities share them with that of the document.
#[derive(Clone, Debug)]
pub struct Dtd {
    /// All entities.
    pub entities: Vec<Entity>,
    general: HashMap<Text, usize>,
    params: HashMap<Text, usize>,
    elements: HashMap<Text, ElementType>,
    /// Names of attributes that are not CDATA in some element.
    tokenized: HashSet<Text>,
    /// Are declarations still to be heeded? Not behind a parameter entity that was not read.
    pub keep_processing: bool,
    /// Were there references to parameter entities, or an external subset?
    pub has_param_refs: bool,
    /// `standalone="yes"`
    pub standalone: bool,
    /// Was the external parameter entity read that was asked for last?
    pub param_entity_read: bool,
    /// What the parser of a parameter entity within the value of an entity puts together.
    pub value: Vec<u8>,
}

impl Default for Dtd {
    fn default() -> Dtd {
        Dtd {
            entities: Vec::new(),
            general: HashMap::new(),
            params: HashMap::new(),
            elements: HashMap::new(),
            tokenized: HashSet::new(),
            keep_processing: true,
            has_param_refs: false,
            standalone: false,
            param_entity_read: false,
            value: Vec::new(),
        }
    }
}

impl Dtd {
    /// The number of an entity.
    pub fn find(&self, name: &[u8], is_param: bool) -> Option<usize> {
        let table = if is_param { &self.params } else { &self.general };
        table.get(name).copied()
    }

    /// The number of an entity that is declared now; None where it was declared before.
    pub fn declare(&mut self, name: &[u8], is_param: bool, is_internal: bool) -> Option<usize> {
        if self.find(name, is_param).is_some() {
            return None;
        }
        let (name, number): (Text, usize) = (name.into(), self.entities.len());
        let table = if is_param { &mut self.params } else { &mut self.general };
        table.insert(name.clone(), number);
        self.entities.push(Entity {
            name,
            text: None,
            system_id: None,
            public_id: None,
            base: None,
            notation: None,
            is_open: false,
            is_param,
            is_internal,
        });
        Some(number)
    }

    /// The number of the entity that stands for the external subset.
    pub fn external_subset(&mut self) -> usize {
        match self.find(EXTERNAL_SUBSET, true) {
            Some(number) => number,
            None => self.declare(EXTERNAL_SUBSET, true, false).unwrap_or(0),
        }
    }

    /// Names of general entities that are being expanded.
    pub fn open_entities(&self) -> impl Iterator<Item = &Entity> {
        self.entities.iter().filter(|entity| entity.is_open && !entity.is_param)
    }

    /// Are there declared attributes at all?
    pub fn has_attributes(&self) -> bool {
        !self.elements.is_empty()
    }

    /// What is declared about an element.
    pub fn element(&self, name: &[u8]) -> Option<&ElementType> {
        self.elements.get(name)
    }

    /// Is the attribute of that element of type CDATA?
    pub fn is_cdata(&self, element: &[u8], attribute: &[u8]) -> bool {
        if !self.tokenized.contains(attribute) {
            return true;
        }
        let declared = self.element(element).map_or(&[][..], |element| &element.attributes);
        declared.iter().find(|declared| *declared.name == *attribute).is_none_or(|declared| declared.is_cdata)
    }

    /// Declares an attribute.
    pub fn declare_attribute(&mut self, element: &[u8], name: &[u8], is_cdata: bool, is_id: bool, value: Option<Text>) {
        let element = match self.elements.get_mut(element) {
            Some(element) => element,
            None => self.elements.entry(element.into()).or_default(),
        };
        // A default must not duplicate an earlier declaration, which is the one that counts.
        if (value.is_some() || is_id) && element.attributes.iter().any(|known| *known.name == *name) {
            return;
        }
        let name: Text = name.into();
        if !is_cdata {
            self.tokenized.insert(name.clone());
        }
        element.attributes.push(DeclaredAttribute { name, is_cdata, value });
    }
}
