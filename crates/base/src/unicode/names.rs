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
    let Some(cp) = unicode_names2::character(name).map(u32::from) else { return tangut_ideograph(name) };
    // Numbers in names have no leading zeros.
    if let Some((_, number)) = name.to_ascii_uppercase().rsplit_once("IDEOGRAPH-")
        && number.starts_with('0')
    {
        return None;
    }
    Some(cp)
}

/// The code point of a Tangut ideograph. These have names by the rule, but CPython tells them only in this direction.
fn tangut_ideograph(name: &str) -> Option<u32> {
    const PREFIX: &str = "TANGUT IDEOGRAPH-";
    let digits = name.get(PREFIX.len()..).filter(|_| name[..PREFIX.len()].eq_ignore_ascii_case(PREFIX))?;
    let cp = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 5 && !digits.starts_with('+'))?;
    matches!(cp, 0x17000..=0x187F7 | 0x18D00..=0x18D08).then_some(cp)
}

/// Is it a name that a code point has beside its own?
pub fn is_alias(text: &str, cp: u32) -> bool {
    !name(cp).is_some_and(|own| own.eq_ignore_ascii_case(text)) && tangut_ideograph(text).is_none()
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
