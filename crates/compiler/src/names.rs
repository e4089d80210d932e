//! Interned identifiers, private-name mangling, and the hash map used all over the compiler.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// A fast, unkeyed hash for maps whose keys come from a program that is being compiled.
#[derive(Default, Clone, Copy)]
pub struct FastHasher(u64);

impl FastHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.add(chunk.iter().rev().fold(0, |word, byte| word << 8 | *byte as u64));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            self.add(rest.iter().rev().fold(rest.len() as u64, |word, byte| word << 8 | *byte as u64));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(value as u64);
    }

    fn write_u32(&mut self, value: u32) {
        self.add(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        // The multiplication leaves the low bits weak, which is where tables look.
        self.0 ^ self.0 >> 32
    }
}

/// A map with [`FastHasher`].
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// An interned identifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct NameId(pub u32);

/// The identifiers of a compilation.
#[derive(Debug)]
pub struct Names {
    numbers: FastMap<Rc<str>, NameId>,
    texts: Vec<Rc<str>>,
}

macro_rules! known_names {
    ($($name:ident = $text:literal),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Known { $($name),* }
        /// Identifiers that the compiler itself uses.
        #[allow(missing_docs)]
        pub mod known {
            use super::{Known, NameId};
            $(pub const $name: NameId = NameId(Known::$name as u32);)*
        }
        const KNOWN: &[&str] = &[$($text),*];
    };
}

known_names! {
    CLASS = "__class__",
    CLASSDICT = "__classdict__",
    CLASSCELL = "__classcell__",
    CLASSDICTCELL = "__classdictcell__",
    CONDITIONAL_ANNOTATIONS = "__conditional_annotations__",
    ANNOTATE = "__annotate__",
    ANNOTATE_FUNC = "__annotate_func__",
    ANNOTATIONS = "__annotations__",
    STATIC_ATTRIBUTES = "__static_attributes__",
    FIRSTLINENO = "__firstlineno__",
    MODULE = "__module__",
    QUALNAME = "__qualname__",
    NAME = "__name__",
    DOC = "__doc__",
    TYPE_PARAMS = "__type_params__",
    DOT_TYPE_PARAMS = ".type_params",
    DOT_GENERIC_BASE = ".generic_base",
    DOT_DEFAULTS = ".defaults",
    DOT_KWDEFAULTS = ".kwdefaults",
    DOT_FORMAT = ".format",
    DOT_ZERO = ".0",
    SUPER = "super",
    SELF = "self",
    DEBUG = "__debug__",
}

impl Names {
    /// Only the known names.
    pub fn new() -> Names {
        let mut names = Names { numbers: FastMap::default(), texts: Vec::new() };
        for text in KNOWN {
            names.intern(text);
        }
        names
    }

    /// The number of an identifier.
    pub fn intern(&mut self, text: &str) -> NameId {
        if let Some(id) = self.numbers.get(text) {
            return *id;
        }
        let id = NameId(self.texts.len() as u32);
        let text: Rc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, id);
        id
    }

    /// The number of an identifier that occurred before.
    pub fn get(&self, text: &str) -> Option<NameId> {
        self.numbers.get(text).copied()
    }

    /// The text of an identifier.
    pub fn text(&self, id: NameId) -> &str {
        &self.texts[id.0 as usize]
    }

    /// The text of an identifier, shared.
    pub fn shared(&self, id: NameId) -> Rc<str> {
        self.texts[id.0 as usize].clone()
    }

    /// As [`Names::mangled`], for a name that occurred before.
    pub fn find_mangled(&self, private: Option<NameId>, text: &str) -> Option<NameId> {
        match private.and_then(|class| mangle(self.text(class), text)) {
            Some(long) => self.get(&long),
            None => self.get(text),
        }
    }

    /// The number of an identifier as seen inside class `private`: `__x` there means `_Class__x`.
    pub fn mangled(&mut self, private: Option<NameId>, text: &str) -> NameId {
        match private.and_then(|class| mangle(self.text(class), text)) {
            Some(long) => self.intern(&long),
            None => self.intern(text),
        }
    }
}

/// The mangled form of a private name, if it is one.
fn mangle(class: &str, name: &str) -> Option<String> {
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return None;
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() { None } else { Some(format!("_{class}{name}")) }
}
