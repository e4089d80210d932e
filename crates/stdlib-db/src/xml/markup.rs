//! Tokens of content: character data, tags, references, comments, processing instructions, CDATA sections.

use super::names::{Kind, char_at, is_ascii_name, is_space, kind_at, sequence};
use std::ops::Range;

/// Why no token was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// What lies at this place cannot be.
    Invalid(usize),
    /// The text ends within a token.
    Partial,
    /// The text ends within a character.
    PartialChar,
}

/// The place behind what was found.
pub type Scan<T = usize> = Result<T, Stop>;

/// A token of content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// There is no text.
    None,
    /// Character data without line ends.
    Data,
    /// One line end.
    Newline,
    /// A carriage return at the end of the text.
    TrailingCr,
    /// One or two brackets at the end of the text, which may become `]]>`.
    TrailingBracket,
    /// A start tag, or the tag of an empty element.
    StartTag {
        /// `<a/>`
        empty: bool,
    },
    /// An end tag.
    EndTag,
    /// `&name;`
    EntityRef,
    /// `&#1;`
    CharRef,
    /// `<![CDATA[`
    CdataOpen,
    /// `]]>`
    CdataClose,
    /// A comment.
    Comment,
    /// A processing instruction.
    Pi,
    /// An XML or text declaration.
    XmlDecl,
}

/// An attribute of a start tag, by its places in the text.
#[derive(Clone, Debug)]
pub struct RawAttribute {
    /// Name.
    pub name: Range<usize>,
    /// The place of the colon in the name, where namespaces are processed.
    pub colon: Option<usize>,
    /// What stands between the quotes.
    pub value: Range<usize>,
    /// Is that, for an attribute of type CDATA, the value?
    pub plain: bool,
}

/// What a start tag consists of.
#[derive(Default, Debug)]
pub struct TagParts {
    /// Name.
    pub name: Range<usize>,
    /// The place of the colon in the name, where namespaces are processed.
    pub colon: Option<usize>,
    /// Attributes as they are written.
    pub attributes: Vec<RawAttribute>,
}

/// The end of a text where more was needed.
pub(super) fn stop_at(kind: Kind, at: usize) -> Stop {
    match kind {
        Kind::End => Stop::Partial,
        Kind::Partial => Stop::PartialChar,
        _ => Stop::Invalid(at),
    }
}

/// The byte at `at`, which must be there.
#[inline(always)]
pub(super) fn byte_at(text: &[u8], at: usize) -> Scan<u8> {
    text.get(at).copied().ok_or(Stop::Partial)
}

/// Passes one character that names may start with.
#[inline]
pub(super) fn name_start(text: &[u8], at: usize, colon: bool) -> Scan {
    match kind_at(text, at, colon) {
        Kind::Start(width) => Ok(at + width),
        kind => Err(stop_at(kind, at)),
    }
}

/// Passes characters of a name; something must follow them.
#[inline]
pub(super) fn name_rest(text: &[u8], mut at: usize, colon: bool) -> Scan {
    loop {
        while at < text.len() && is_ascii_name(text[at]) {
            at += 1;
        }
        match kind_at(text, at, colon) {
            Kind::Start(width) | Kind::Name(width) => at += width,
            Kind::Other(1) => return Ok(at),
            kind => return Err(stop_at(kind, at)),
        }
    }
}

/// Passes a name that may have a prefix where namespaces are processed; gives its end and the place of the colon.
#[inline]
fn qualified_name(text: &[u8], at: usize, namespaces: bool) -> Scan<(usize, Option<usize>)> {
    let first = name_start(text, at, !namespaces)?;
    let end = name_rest(text, first, !namespaces)?;
    if !namespaces || text[end] != b':' {
        return Ok((end, None));
    }
    let local = name_start(text, end + 1, false)?;
    let last = name_rest(text, local, false)?;
    if text[last] == b':' { Err(Stop::Invalid(last)) } else { Ok((last, Some(end))) }
}

/// The next token of content.
pub fn content(text: &[u8], at: usize, namespaces: bool, parts: &mut TagParts) -> Scan<(Token, usize)> {
    let Some(&byte) = text.get(at) else { return Ok((Token::None, at)) };
    match byte {
        b'<' => less_than(text, at, namespaces, parts),
        b'&' => reference(text, at, namespaces),
        b'\n' => Ok((Token::Newline, at + 1)),
        b'\r' => match text.get(at + 1) {
            None => Ok((Token::TrailingCr, at + 1)),
            Some(b'\n') => Ok((Token::Newline, at + 2)),
            Some(_) => Ok((Token::Newline, at + 1)),
        },
        b']' => match (text.get(at + 1), text.get(at + 2)) {
            (None, _) | (Some(b']'), None) => Ok((Token::TrailingBracket, text.len())),
            (Some(b']'), Some(b'>')) => Err(Stop::Invalid(at + 2)),
            _ => data(text, at + 1),
        },
        _ => match char_at(text, at) {
            Ok(width) => data(text, at + width),
            Err(kind) => Err(stop_at(kind, at)),
        },
    }
}

const PLAIN: u8 = 0;
const WIDE: u8 = 1;
const BRACKET: u8 = 2;
const ENDS: u8 = 3;

/// What bytes do to a run of character data.
static DATA: [u8; 256] = {
    let mut table = [ENDS; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'<' | b'&' | b'\r' | b'\n' => ENDS,
            b']' => BRACKET,
            b'\t' | 0x20..=0x7F => PLAIN,
            0xC0..=0xF7 => WIDE,
            _ => ENDS,
        };
        byte += 1;
    }
    table
};

/// Goes on with character data of which one character was passed.
#[inline]
fn data(text: &[u8], mut at: usize) -> Scan<(Token, usize)> {
    while let Some(&byte) = text.get(at) {
        match DATA[byte as usize] {
            PLAIN => at += 1,
            WIDE => match sequence(text, at) {
                Ok(width) => at += width,
                Err(_) => break,
            },
            BRACKET => match (text.get(at + 1), text.get(at + 2)) {
                (Some(b']'), Some(b'>')) => return Err(Stop::Invalid(at + 2)),
                (Some(b']'), None) | (None, _) => break,
                _ => at += 1,
            },
            _ => break,
        }
    }
    Ok((Token::Data, at))
}

fn less_than(text: &[u8], start: usize, namespaces: bool, parts: &mut TagParts) -> Scan<(Token, usize)> {
    let at = start + 1;
    match byte_at(text, at)? {
        b'!' => match byte_at(text, at + 1)? {
            b'-' => Ok((Token::Comment, comment(text, at + 2)?)),
            b'[' => {
                for (offset, wanted) in b"CDATA[".iter().enumerate() {
                    if byte_at(text, at + 2 + offset)? != *wanted {
                        return Err(Stop::Invalid(at + 2 + offset));
                    }
                }
                Ok((Token::CdataOpen, at + 8))
            }
            _ => Err(Stop::Invalid(at + 1)),
        },
        b'?' => {
            let (is_decl, end) = instruction(text, at + 1, namespaces)?;
            Ok((if is_decl { Token::XmlDecl } else { Token::Pi }, end))
        }
        b'/' => Ok((Token::EndTag, end_tag(text, at + 1, namespaces)?)),
        _ => start_tag(text, at, namespaces, parts),
    }
}

/// Passes a comment from behind its first hyphen.
pub(super) fn comment(text: &[u8], mut at: usize) -> Scan {
    if byte_at(text, at)? != b'-' {
        return Err(Stop::Invalid(at));
    }
    at += 1;
    loop {
        match text.get(at) {
            Some(b'-') => {
                at += 1;
                if byte_at(text, at)? == b'-' {
                    at += 1;
                    return if byte_at(text, at)? == b'>' { Ok(at + 1) } else { Err(Stop::Invalid(at)) };
                }
            }
            _ => at += char_at(text, at).map_err(|kind| stop_at(kind, at))?,
        }
    }
}

/// Passes a processing instruction from behind `<?`; tells whether it is an XML declaration.
pub(super) fn instruction(text: &[u8], start: usize, namespaces: bool) -> Scan<(bool, usize)> {
    let mut at = name_rest(text, name_start(text, start, !namespaces)?, !namespaces)?;
    let follows = text[at];
    if !is_space(follows) && follows != b'?' {
        return Err(Stop::Invalid(at));
    }
    let target = &text[start..at];
    let is_decl = target == b"xml";
    if !is_decl && target.eq_ignore_ascii_case(b"xml") {
        return Err(Stop::Invalid(at));
    }
    at += 1;
    if follows == b'?' {
        return if byte_at(text, at)? == b'>' { Ok((is_decl, at + 1)) } else { Err(Stop::Invalid(at)) };
    }
    loop {
        match text.get(at) {
            Some(b'?') => {
                at += 1;
                if byte_at(text, at)? == b'>' {
                    return Ok((is_decl, at + 1));
                }
            }
            _ => at += char_at(text, at).map_err(|kind| stop_at(kind, at))?,
        }
    }
}

fn end_tag(text: &[u8], start: usize, namespaces: bool) -> Scan {
    // Colons are not checked: the name has to be that of the start tag anyway.
    let mut at = name_start(text, start, !namespaces)?;
    at = name_rest(text, at, true)?;
    match text[at] {
        b'>' => return Ok(at + 1),
        byte if is_space(byte) => {}
        _ => return Err(Stop::Invalid(at)),
    }
    loop {
        at += 1;
        match byte_at(text, at)? {
            b'>' => return Ok(at + 1),
            byte if is_space(byte) => {}
            _ => return Err(invalid_or_partial(text, at)),
        }
    }
}

/// An error at a character that does not belong there, unless it is not whole.
fn invalid_or_partial(text: &[u8], at: usize) -> Stop {
    match char_at(text, at) {
        Err(kind) => stop_at(kind, at),
        Ok(_) => Stop::Invalid(at),
    }
}

/// The end of a tag at `at`, if there is one: `>` or `/>`.
fn tag_end(text: &[u8], at: usize) -> Scan<Option<(Token, usize)>> {
    match byte_at(text, at)? {
        b'>' => Ok(Some((Token::StartTag { empty: false }, at + 1))),
        b'/' => match byte_at(text, at + 1)? {
            b'>' => Ok(Some((Token::StartTag { empty: true }, at + 2))),
            _ => Err(Stop::Invalid(at + 1)),
        },
        _ => Ok(None),
    }
}

fn skip_spaces(text: &[u8], mut at: usize) -> Scan {
    while is_space(byte_at(text, at)?) {
        at += 1;
    }
    Ok(at)
}

fn start_tag(text: &[u8], start: usize, namespaces: bool, parts: &mut TagParts) -> Scan<(Token, usize)> {
    let (mut at, colon) = qualified_name(text, start, namespaces)?;
    parts.name = start..at;
    parts.colon = colon;
    parts.attributes.clear();
    loop {
        if let Some(end) = tag_end(text, at)? {
            return Ok(end);
        }
        if !is_space(text[at]) {
            return Err(Stop::Invalid(at));
        }
        at = skip_spaces(text, at + 1)?;
        if matches!(text[at], b'>' | b'/') {
            continue;
        }
        at = attribute(text, at, namespaces, parts)?;
    }
}

/// Passes an attribute; gives the place behind its closing quote.
fn attribute(text: &[u8], start: usize, namespaces: bool, parts: &mut TagParts) -> Scan {
    let (end, colon) = qualified_name(text, start, namespaces)?;
    let mut at = end;
    if is_space(text[at]) {
        at = skip_spaces(text, at + 1)?;
    }
    if text[at] != b'=' {
        return Err(invalid_or_partial(text, at));
    }
    at = skip_spaces(text, at + 1)?;
    let quote = text[at];
    if quote != b'"' && quote != b'\'' {
        return Err(invalid_or_partial(text, at));
    }
    at += 1;
    let first = at;
    let mut plain = true;
    loop {
        match byte_at(text, at)? {
            byte if byte == quote => break,
            b'&' => {
                plain = false;
                at = reference(text, at, namespaces)?.1;
            }
            b'<' => return Err(Stop::Invalid(at)),
            b'\t' | b'\n' | b'\r' => {
                plain = false;
                at += 1;
            }
            0x20..=0x7F => at += 1,
            _ => at += char_at(text, at).map_err(|kind| stop_at(kind, at))?,
        }
    }
    parts.attributes.push(RawAttribute { name: start..end, colon, value: first..at, plain });
    Ok(at + 1)
}

/// Passes a reference from its ampersand.
pub(super) fn reference(text: &[u8], start: usize, namespaces: bool) -> Scan<(Token, usize)> {
    let at = start + 1;
    if byte_at(text, at)? != b'#' {
        let end = name_rest(text, name_start(text, at, !namespaces)?, !namespaces)?;
        return if text[end] == b';' { Ok((Token::EntityRef, end + 1)) } else { Err(Stop::Invalid(end)) };
    }
    let (first, is_digit): (usize, fn(&u8) -> bool) = match byte_at(text, at + 1)? {
        b'x' => (at + 2, u8::is_ascii_hexdigit),
        _ => (at + 1, u8::is_ascii_digit),
    };
    let mut end = first;
    while is_digit(&byte_at(text, end)?) {
        end += 1;
    }
    if text[end] == b';' && end > first { Ok((Token::CharRef, end + 1)) } else { Err(Stop::Invalid(end)) }
}

/// The character of a reference `&#...;`, None where there is no such character.
pub fn referenced_char(reference: &[u8]) -> Option<char> {
    let digits = &reference[2..reference.len() - 1];
    let (digits, radix) = match digits.strip_prefix(b"x") {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let mut number: u32 = 0;
    for digit in digits {
        number = number * radix + (*digit as char).to_digit(radix)?;
        if number >= 0x11_0000 {
            return None;
        }
    }
    if super::names::is_referable(number) { char::from_u32(number) } else { None }
}

/// The character of an entity that every document has.
pub fn predefined(name: &[u8]) -> Option<char> {
    match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => None,
    }
}

/// The next token within a CDATA section.
pub fn cdata(text: &[u8], start: usize) -> Scan<(Token, usize)> {
    let Some(&byte) = text.get(start) else { return Ok((Token::None, start)) };
    let mut at = start;
    match byte {
        b'\n' => return Ok((Token::Newline, at + 1)),
        b'\r' => {
            let next = byte_at(text, at + 1)?;
            return Ok((Token::Newline, if next == b'\n' { at + 2 } else { at + 1 }));
        }
        b']' => {
            if byte_at(text, at + 1)? == b']' && byte_at(text, at + 2)? == b'>' {
                return Ok((Token::CdataClose, at + 3));
            }
            at += 1;
        }
        _ => at += char_at(text, at).map_err(|kind| stop_at(kind, at))?,
    }
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\r' | b'\n' | b']' => break,
            _ => match char_at(text, at) {
                Ok(width) => at += width,
                Err(_) => break,
            },
        }
    }
    Ok((Token::Data, at))
}

/// Passes an ignored section from within, up to behind the `]]>` that ends it. None where the text ends before.
pub fn ignored(text: &[u8], start: usize) -> Scan<Option<usize>> {
    let (mut at, mut level) = (start, 0usize);
    while at < text.len() {
        match text[at] {
            b'<' if text[at + 1..].starts_with(b"![") => {
                level += 1;
                at += 3;
            }
            b']' if text[at + 1..].starts_with(b"]>") => {
                at += 3;
                match level.checked_sub(1) {
                    None => return Ok(Some(at)),
                    Some(below) => level = below,
                }
            }
            _ => match char_at(text, at) {
                Ok(width) => at += width,
                Err(Kind::Invalid) => return Err(Stop::Invalid(at)),
                Err(_) => return Err(Stop::PartialChar),
            },
        }
    }
    Ok(None)
}
