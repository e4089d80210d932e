//! Encodings of one byte a character, by a table.

use super::{DecodeErrors, Decoding, EncodeErrors, Encoding, Replacement};
use crate::text::{Wtf8, Wtf8Buf};

const NAME: &str = "charmap";
const UNDEFINED: &str = "character maps to <undefined>";
/// In a table given as a string this code point stands for no character.
const HOLE: u32 = 0xFFFE;

/// What a byte stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CharmapChar {
    /// Nothing: an error.
    Undefined,
    /// A code point.
    Char(u32),
    /// A string.
    Text(Wtf8Buf),
}

/// Decodes by a table of code points; bytes beyond its end, and those that it maps to U+FFFE, are errors.
pub fn decode_charmap<H: DecodeErrors>(
    input: &[u8],
    table: &[u32],
    out: &mut Wtf8Buf,
    errors: &mut H,
) -> Result<usize, H::Error> {
    decode_charmap_with(input, out, errors, |b| {
        Ok(match table.get(b as usize) {
            None | Some(&HOLE) => CharmapChar::Undefined,
            Some(&cp) => CharmapChar::Char(cp),
        })
    })
}

/// Decodes by a function, which may fail on its own account.
pub fn decode_charmap_with<H: DecodeErrors>(
    input: &[u8],
    out: &mut Wtf8Buf,
    errors: &mut H,
    mut lookup: impl FnMut(u8) -> Result<CharmapChar, H::Error>,
) -> Result<usize, H::Error> {
    let mut d = Decoding::new(NAME, input, out, errors);
    d.out.reserve(input.len());
    let mut at = 0;
    while let Some(&b) = d.input.get(at) {
        match lookup(b)? {
            CharmapChar::Char(cp) => d.out.push_code_point(cp),
            CharmapChar::Text(text) => d.out.push_wtf8(&text),
            CharmapChar::Undefined => {
                at = d.problem(at, at + 1, UNDEFINED)?;
                continue;
            }
        }
        at += 1;
    }
    Ok(at)
}

/// The inverse of a decoding table (`codecs.charmap_build`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EncodingMap {
    /// Bytes of the code points below 256, and whether there is one.
    low: [Option<u8>; 256],
    /// The others, sorted by code point.
    high: Vec<(u32, u8)>,
}

impl EncodingMap {
    /// Turns a table around. Where two bytes stand for one code point, the later one wins.
    pub fn new(table: &Wtf8) -> Self {
        // CPython has two forms of the map, and only the compact one, which ordinary tables get, knows that U+FFFE is a hole.
        let rest_fits = |cp: u32| cp != 0 && cp <= 0xFFFF;
        let compact = table.nth(0) == Some(0) && table.chars().take(256).skip(1).all(rest_fits);
        let mut low = [None; 256];
        let mut high: Vec<(u32, u8)> = Vec::new();
        for (byte, cp) in (0..=255u8).zip(table.chars()) {
            match low.get_mut(cp as usize) {
                _ if compact && cp == HOLE => {}
                Some(slot) => *slot = Some(byte),
                None => high.push((cp, byte)),
            }
        }
        high.sort_by_key(|&(cp, byte)| (cp, std::cmp::Reverse(byte)));
        high.dedup_by_key(|&mut (cp, _)| cp);
        EncodingMap { low, high }
    }

    /// The byte of a code point.
    #[inline]
    pub fn get(&self, cp: u32) -> Option<u8> {
        match self.low.get(cp as usize) {
            Some(&byte) => byte,
            None => self.high.binary_search_by_key(&cp, |row| row.0).ok().map(|at| self.high[at].1),
        }
    }

    /// The code points and their bytes.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u8)> + '_ {
        let low = self.low.iter().enumerate().filter_map(|(cp, byte)| Some((cp as u32, (*byte)?)));
        low.chain(self.high.iter().copied())
    }
}

/// What a code point is encoded as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CharmapCode {
    /// Nothing: an error.
    Undefined,
    /// A byte.
    Byte(u8),
    /// Several bytes.
    Bytes(Vec<u8>),
}

/// Encodes by a map.
pub fn encode_charmap<H: EncodeErrors>(
    input: &Wtf8,
    map: &EncodingMap,
    out: &mut Vec<u8>,
    errors: &mut H,
) -> Result<(), H::Error> {
    encode_charmap_with(input, out, errors, |cp| Ok(map.get(cp).map_or(CharmapCode::Undefined, CharmapCode::Byte)))
}

/// Encodes by a function, which may fail on its own account.
pub fn encode_charmap_with<H: EncodeErrors>(
    input: &Wtf8,
    out: &mut Vec<u8>,
    errors: &mut H,
    mut lookup: impl FnMut(u32) -> Result<CharmapCode, H::Error>,
) -> Result<(), H::Error> {
    let mut e = Encoding::new(NAME, input, errors);
    while let Some(cp) = e.next() {
        if write(lookup(cp)?, out) {
            continue;
        }
        let start = e.index() - 1;
        // An error of the lookup itself, as opposed to no answer, is kept until the loops that ask are left.
        let mut failed = None;
        let mut ask = |cp: u32| match lookup(cp) {
            Ok(code) => code,
            Err(error) => {
                failed = Some(error);
                CharmapCode::Undefined
            }
        };
        e.skip_while(|cp| ask(cp) == CharmapCode::Undefined);
        let result = e.problem(out, start, UNDEFINED, 1, |cp, out| write(ask(cp), out));
        if let Some(error) = failed {
            return Err(error);
        }
        result?;
    }
    Ok(())
}

fn write(code: CharmapCode, out: &mut Vec<u8>) -> bool {
    match code {
        CharmapCode::Undefined => return false,
        CharmapCode::Byte(byte) => out.push(byte),
        CharmapCode::Bytes(bytes) => out.extend_from_slice(&bytes),
    }
    true
}

impl From<u8> for Replacement {
    fn from(byte: u8) -> Self {
        Replacement::Bytes(vec![byte])
    }
}
