//! Names of code points, and back.

use super::tables::NAMED_SEQUENCES;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// One code point.
    CodePoint(u32),
    /// A named sequence.
    Sequence(&'static str),
}

/// `unicodedata.name`; `None` for what has no name.
pub fn name(cp: u32) -> Option<String> {
    unicode_names2::name(char::from_u32(cp)?).map(|n| n.to_string())
}

/// The code point of that name or alias, in upper or lower case (`\N{...}` in source text).
pub fn lookup(name: &str) -> Option<u32> {
    // Longer than any name, and not ASCII, are answered here so that nothing is asked of the crate that it may not expect.
    if name.len() > 256 || !name.is_ascii() {
        return None;
    }
    let cp = unicode_names2::character(name).map(u32::from)?;
    // Numbers in names have no leading zeros.
    if let Some((_, number)) = name.to_ascii_uppercase().rsplit_once("IDEOGRAPH-")
        && number.starts_with('0')
    {
        return None;
    }
    Some(cp)
}

/// `unicodedata.lookup`: code points, aliases and named sequences.
pub fn named_sequence(name: &str) -> Option<Found> {
    if let Some(cp) = lookup(name) {
        return Some(Found::CodePoint(cp));
    }
    let name = name.to_ascii_uppercase();
    let at = NAMED_SEQUENCES.binary_search_by_key(&name.as_str(), |row| row.0).ok()?;
    Some(Found::Sequence(NAMED_SEQUENCES[at].1))
}
