//! Tokens of the prolog and of document type declarations.

use super::markup::{Scan, Stop, byte_at, comment, instruction, name_rest, name_start, stop_at};
use super::names::{Kind, char_at, is_space, kind_at};

/// A token of the prolog.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tok {
    /// There is no text.
    None,
    Bom,
    Space,
    XmlDecl,
    Pi,
    Comment,
    /// `<!NAME`
    DeclOpen,
    /// `>`
    DeclClose,
    Name,
    NmToken,
    PrefixedName,
    NameQuestion,
    NameAsterisk,
    NamePlus,
    /// `#NAME`
    PoundName,
    Literal,
    ParamEntityRef,
    Percent,
    OpenBracket,
    CloseBracket,
    /// `<![`
    CondSectOpen,
    /// `]]>`
    CondSectClose,
    OpenParen,
    CloseParen,
    CloseParenQuestion,
    CloseParenAsterisk,
    CloseParenPlus,
    Or,
    Comma,
    /// The start tag of the document element begins here.
    InstanceStart,
}

/// A token, and the place behind it.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The token.
    pub tok: Tok,
    /// The place behind it.
    pub next: usize,
    /// Might more text make it another token?
    pub open: bool,
}

fn found(tok: Tok, next: usize) -> Scan<Found> {
    Ok(Found { tok, next, open: false })
}

fn open_ended(tok: Tok, next: usize) -> Scan<Found> {
    Ok(Found { tok, next, open: true })
}

/// The next token of the prolog, the internal or the external subset.
pub fn prolog(text: &[u8], start: usize, namespaces: bool) -> Scan<Found> {
    let Some(&byte) = text.get(start) else { return found(Tok::None, start) };
    let at = start + 1;
    match byte {
        b'"' | b'\'' => literal(text, at, byte),
        b'<' => match byte_at(text, at)? {
            b'!' => declaration_open(text, at + 1, namespaces),
            b'?' => {
                let (is_decl, next) = instruction(text, at + 1, namespaces)?;
                found(if is_decl { Tok::XmlDecl } else { Tok::Pi }, next)
            }
            _ => match kind_at(text, at, !namespaces) {
                Kind::Start(_) => found(Tok::InstanceStart, start),
                // Any character beyond ASCII is left to the tokens of content to judge.
                _ if text[at] >= 0x80 => found(Tok::InstanceStart, start),
                kind => Err(stop_at(kind, at)),
            },
        },
        byte if is_space(byte) => spaces(text, start),
        b'%' => percent(text, at, namespaces),
        b',' => found(Tok::Comma, at),
        b'[' => found(Tok::OpenBracket, at),
        b']' => match (text.get(at), text.get(at + 1)) {
            (None, _) => open_ended(Tok::CloseBracket, at),
            (Some(b']'), None) => Err(Stop::Partial),
            (Some(b']'), Some(b'>')) => found(Tok::CondSectClose, at + 2),
            _ => found(Tok::CloseBracket, at),
        },
        b'(' => found(Tok::OpenParen, at),
        b')' => match text.get(at) {
            None => open_ended(Tok::CloseParen, at),
            Some(b'*') => found(Tok::CloseParenAsterisk, at + 1),
            Some(b'?') => found(Tok::CloseParenQuestion, at + 1),
            Some(b'+') => found(Tok::CloseParenPlus, at + 1),
            Some(b'>' | b',' | b'|' | b')') => found(Tok::CloseParen, at),
            Some(byte) if is_space(*byte) => found(Tok::CloseParen, at),
            Some(_) => Err(Stop::Invalid(at)),
        },
        b'|' => found(Tok::Or, at),
        b'>' => found(Tok::DeclClose, at),
        b'#' => {
            let mut end = name_start(text, at, !namespaces)?;
            loop {
                match kind_at(text, end, !namespaces) {
                    Kind::Start(width) | Kind::Name(width) => end += width,
                    Kind::End => return open_ended(Tok::PoundName, end),
                    Kind::Other(_) if ends_keyword(text[end]) => return found(Tok::PoundName, end),
                    kind => return Err(stop_at(kind, end)),
                }
            }
        }
        _ => name(text, start, namespaces),
    }
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'>' | b')' | b',' | b'|' | b'[' | b'%')
}

fn ends_keyword(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'>' | b')' | b'|' | b'%')
}

fn name(text: &[u8], start: usize, namespaces: bool) -> Scan<Found> {
    let (mut tok, mut at) = match kind_at(text, start, !namespaces) {
        Kind::Start(width) => (Tok::Name, start + width),
        Kind::Name(width) => (Tok::NmToken, start + width),
        Kind::Other(_) if text[start] == b':' => (Tok::NmToken, start + 1),
        kind => return Err(stop_at(kind, start)),
    };
    loop {
        match kind_at(text, at, !namespaces) {
            Kind::Start(width) | Kind::Name(width) => at += width,
            Kind::End => return open_ended(tok, at),
            Kind::Other(_) if text[at] == b':' => {
                at += 1;
                tok = match tok {
                    Tok::Name => match kind_at(text, at, false) {
                        Kind::Start(_) | Kind::Name(_) => Tok::PrefixedName,
                        Kind::End => return Err(Stop::Partial),
                        _ => Tok::NmToken,
                    },
                    _ => Tok::NmToken,
                };
            }
            Kind::Other(_) if ends_name(text[at]) => return found(tok, at),
            Kind::Other(_) if matches!(text[at], b'?' | b'*' | b'+') && tok != Tok::NmToken => {
                let with_mark = match text[at] {
                    b'?' => Tok::NameQuestion,
                    b'*' => Tok::NameAsterisk,
                    _ => Tok::NamePlus,
                };
                return found(with_mark, at + 1);
            }
            kind => return Err(stop_at(kind, at)),
        }
    }
}

fn spaces(text: &[u8], start: usize) -> Scan<Found> {
    if text[start] == b'\r' && start + 1 == text.len() {
        return open_ended(Tok::Space, start + 1);
    }
    let mut at = start + 1;
    while at < text.len() {
        // A carriage return at the end waits for its line feed.
        let waits = text[at] == b'\r' && at + 1 == text.len();
        if !is_space(text[at]) || waits {
            break;
        }
        at += 1;
    }
    found(Tok::Space, at)
}

fn literal(text: &[u8], mut at: usize, quote: u8) -> Scan<Found> {
    loop {
        match byte_at(text, at)? {
            byte if byte == quote => {
                at += 1;
                return match text.get(at) {
                    None => open_ended(Tok::Literal, at),
                    Some(b'>' | b'%' | b'[') => found(Tok::Literal, at),
                    Some(byte) if is_space(*byte) => found(Tok::Literal, at),
                    Some(_) => Err(Stop::Invalid(at)),
                };
            }
            _ => at += char_at(text, at).map_err(|kind| stop_at(kind, at))?,
        }
    }
}

/// Passes what follows `<!`.
fn declaration_open(text: &[u8], at: usize, namespaces: bool) -> Scan<Found> {
    match byte_at(text, at)? {
        b'-' => found(Tok::Comment, comment(text, at + 1)?),
        b'[' => found(Tok::CondSectOpen, at + 1),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let mut end = at + 1;
            loop {
                match byte_at(text, end)? {
                    b'a'..=b'z' | b'A'..=b'Z' | b'_' => end += 1,
                    b':' if !namespaces => end += 1,
                    // `<!ENTITY% name` is not allowed.
                    b'%' => {
                        let next = byte_at(text, end + 1)?;
                        let bad = is_space(next) || next == b'%';
                        return if bad { Err(Stop::Invalid(end)) } else { found(Tok::DeclOpen, end) };
                    }
                    byte if is_space(byte) => return found(Tok::DeclOpen, end),
                    _ => return Err(Stop::Invalid(end)),
                }
            }
        }
        _ => Err(Stop::Invalid(at)),
    }
}

/// Passes what follows `%`.
fn percent(text: &[u8], at: usize, namespaces: bool) -> Scan<Found> {
    let byte = byte_at(text, at)?;
    if is_space(byte) || byte == b'%' {
        return found(Tok::Percent, at);
    }
    let end = name_rest(text, name_start(text, at, !namespaces)?, !namespaces)?;
    if text[end] == b';' { found(Tok::ParamEntityRef, end + 1) } else { Err(Stop::Invalid(end)) }
}
