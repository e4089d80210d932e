//! Which namespaces prefixes are bound to.

use super::error::ErrorCode;
use std::collections::HashMap;

struct Binding {
    prefix: usize,
    /// Where in [`Namespaces::uris`].
    uri: (usize, usize),
    /// What the prefix was bound to before.
    previous: Option<usize>,
}

/// The bindings in force, innermost last.
pub struct Namespaces {
    numbers: HashMap<Box<[u8]>, usize>,
    names: Vec<Box<[u8]>>,
    /// The binding of each prefix.
    current: Vec<Option<usize>>,
    bindings: Vec<Binding>,
    uris: Vec<u8>,
}

/// The namespace of the prefix xml.
pub const XML_URI: &[u8] = b"http://www.w3.org/XML/1998/namespace";
const XMLNS_URI: &[u8] = b"http://www.w3.org/2000/xmlns/";

impl Default for Namespaces {
    /// With the binding that every document has.
    fn default() -> Namespaces {
        let mut namespaces = Namespaces {
            numbers: HashMap::new(),
            names: Vec::new(),
            current: Vec::new(),
            bindings: Vec::new(),
            uris: Vec::new(),
        };
        // The default namespace has number 0.
        namespaces.number(b"");
        namespaces.push(b"xml", XML_URI);
        namespaces
    }
}

impl Namespaces {
    fn number(&mut self, prefix: &[u8]) -> usize {
        if let Some(number) = self.numbers.get(prefix) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(prefix.into(), number);
        self.names.push(prefix.into());
        self.current.push(None);
        number
    }

    fn push(&mut self, prefix: &[u8], uri: &[u8]) {
        let prefix = self.number(prefix);
        let start = self.uris.len();
        self.uris.extend_from_slice(uri);
        let previous = self.current[prefix];
        self.bindings.push(Binding { prefix, uri: (start, self.uris.len()), previous });
        let undeclares = uri.is_empty() && prefix == 0;
        self.current[prefix] = (!undeclares).then_some(self.bindings.len() - 1);
    }

    /// Number of bindings, to be given to [`Namespaces::pop`] later.
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Binds a prefix, the empty one for the default namespace.
    pub fn bind(&mut self, prefix: &[u8], uri: &[u8], separator: Option<u8>) -> Result<(), ErrorCode> {
        if uri.is_empty() && !prefix.is_empty() {
            return Err(ErrorCode::UndeclaringPrefix);
        }
        if prefix == b"xmlns" {
            return Err(ErrorCode::ReservedPrefixXmlns);
        }
        match (prefix == b"xml", uri == XML_URI) {
            (true, false) => return Err(ErrorCode::ReservedPrefixXml),
            (false, true) => return Err(ErrorCode::ReservedNamespaceUri),
            _ if uri == XMLNS_URI => return Err(ErrorCode::ReservedNamespaceUri),
            _ => {}
        }
        // Names put together with such a separator could not be taken apart again.
        if let Some(separator) = separator
            && !is_uri_byte(separator)
            && uri.contains(&separator)
        {
            return Err(ErrorCode::Syntax);
        }
        self.push(prefix, uri);
        Ok(())
    }

    /// Does the innermost binding leave its prefix bound?
    pub fn last_is_bound(&self) -> bool {
        self.bindings.last().is_some_and(|binding| self.current[binding.prefix].is_some())
    }

    /// Ends the innermost binding if there are more than `len`, and gives its prefix.
    pub fn pop(&mut self, len: usize) -> Option<&[u8]> {
        if self.bindings.len() <= len {
            return None;
        }
        let binding = self.bindings.pop()?;
        self.uris.truncate(binding.uri.0);
        self.current[binding.prefix] = binding.previous;
        Some(&self.names[binding.prefix])
    }

    /// The namespace of a prefix.
    pub fn uri(&self, prefix: &[u8]) -> Option<&[u8]> {
        let number = if prefix.is_empty() { 0 } else { *self.numbers.get(prefix)? };
        let (start, end) = self.bindings[self.current[number]?].uri;
        Some(&self.uris[start..end])
    }

    /// The bindings in force, for parsers of external entities: `prefix=uri`.
    pub fn context(&self) -> Vec<Vec<u8>> {
        let bound = self.names.iter().zip(&self.current);
        let part = |(name, current): (&[u8], &Option<usize>)| {
            let (start, end) = self.bindings[(*current)?].uri;
            Some([name, b"=", &self.uris[start..end]].concat())
        };
        bound.map(|(name, current)| (&**name, current)).filter_map(part).collect()
    }

    /// Binds what a part of a context says.
    pub fn restore(&mut self, part: &[u8]) -> bool {
        let Some(at) = part.iter().position(|byte| *byte == b'=') else { return false };
        let (prefix, uri) = (&part[..at], &part[at + 1..]);
        if self.uri(prefix) != Some(uri) {
            self.push(prefix, uri);
        }
        true
    }
}

/// May the byte be part of a URI?
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"%-._~:/?#[]@!$&'()*+,;=".contains(&byte)
}
