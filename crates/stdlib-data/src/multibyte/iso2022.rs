//! ISO 2022: escape sequences say of which charset the following codes of seven bits are.

use super::charset::{Decoded, Encoded, State, push_code};
use super::table::{Text, table};

/// A charset of 94 or 96 characters, or of 94 times 94.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Set {
    /// JIS X 0208.
    Jis208,
    /// JIS X 0212.
    Jis212,
    /// The first plane of JIS X 0213, of the edition whose EUC codec has that name.
    Jis213(&'static str),
    /// The second plane.
    Jis213Second(&'static str),
    /// The left half of JIS X 0201: ASCII but for two characters.
    Roman,
    /// The right half: katakana.
    Kana,
    /// KS X 1001.
    Ksx1001,
    /// GB 2312.
    Gb2312,
    /// The right half of ISO 8859-1.
    Latin1,
    /// The right half of ISO 8859-7.
    Greek,
}

/// How a charset is chosen: which set of codes, how escape sequences name it, and the sequence that is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Designation {
    set: Set,
    which: usize,
    mark: u8,
    escape: &'static [u8],
}

const fn designation(set: Set, which: usize, mark: u8, escape: &'static [u8]) -> Designation {
    Designation { set, which, mark, escape }
}

/// The charsets of a codec, in the order in which they are tried.
#[derive(PartialEq, Eq, Debug)]
pub struct Choice {
    sets: &'static [Designation],
    /// Are there shifts?
    shifts: bool,
    /// Is there a third set of codes, for single shifts?
    third: bool,
}

/// The mark of ASCII.
const ASCII: u8 = b'B';
/// Is in marks of charsets of two bytes.
const WIDE: u8 = 0x80;
const ESCAPE: u8 = 0x1B;
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;
const MAX_ESCAPE: usize = 16;

/// The state at the start: ASCII everywhere.
pub const START: State = State([ASCII, ASCII, 0, 0, 0, 0, 0, 0]);
/// That of decoders.
pub const START_DECODING: State = State([ASCII, ASCII, ASCII, 0, 0, 0, 0, 0]);

fn ends_escape(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'@')
}

/// The right half of ISO 8859-7 in the edition that has no euro, from the code 0xA0 on; 0 for none.
fn greek(code: u8) -> Option<u32> {
    match code {
        0xA1 => Some(0x2018),
        0xA2 => Some(0x2019),
        0xAF => Some(0x2015),
        0xA0 | 0xA3 | 0xA6..=0xA9 | 0xAB..=0xAD | 0xB0..=0xB3 | 0xB7 | 0xBB | 0xBD => Some(code.into()),
        0xB4..=0xFE if code != 0xD2 => Some(u32::from(code) + 0x2D0),
        _ => None,
    }
}

impl Set {
    fn width(self) -> usize {
        if matches!(self, Set::Roman | Set::Kana | Set::Latin1 | Set::Greek) { 1 } else { 2 }
    }

    /// The code of seven bits of a character.
    fn encode(self, char: u32) -> Option<u32> {
        let wide = |name: &str, codes: std::ops::Range<u32>| {
            table(name).encode(char).filter(|code| codes.contains(code)).map(|code| code & 0x7F7F)
        };
        match self {
            Set::Roman => match char {
                0xA5 => Some(0x5C),
                0x203E => Some(0x7E),
                0x5C | 0x7E | 0x80.. => None,
                _ => Some(char),
            },
            Set::Kana => (0xFF61..=0xFF9F).contains(&char).then(|| char - 0xFF61 + 0x21),
            Set::Jis208 if char == 0xFF3C => Some(0x2140),
            Set::Jis208 => wide("euc_jp", 0xA1A1..0x1_0000),
            Set::Jis212 => wide("euc_jp", 0x8F_0000..0x90_0000),
            Set::Jis213(edition) => wide(edition, 0xA1A1..0x1_0000),
            Set::Jis213Second(edition) => wide(edition, 0x8F_0000..0x90_0000),
            Set::Ksx1001 => wide("euc_kr", 0xA1A1..0x1_0000),
            Set::Gb2312 => wide("gb2312", 0xA1A1..0x1_0000),
            // They are read only.
            Set::Latin1 | Set::Greek => None,
        }
    }

    fn decode(self, code: u16) -> Option<Text> {
        match self {
            Set::Roman => match code {
                0x5C => Some(Text::One(0xA5)),
                0x7E => Some(Text::One(0x203E)),
                _ => Some(Text::One(code.into())),
            },
            Set::Kana => (0x21..=0x5F).contains(&code).then(|| Text::One(u32::from(code) - 0x21 + 0xFF61)),
            Set::Jis208 => table("euc_jp").decode(code | 0x8080),
            Set::Jis212 => table("euc_jp").decode_long(0x8F_0000 | u32::from(code) | 0x8080),
            Set::Jis213(edition) => table(edition).decode(code | 0x8080),
            Set::Jis213Second(edition) => table(edition).decode_long(0x8F_0000 | u32::from(code) | 0x8080),
            Set::Ksx1001 => table("euc_kr").decode(code | 0x8080),
            Set::Gb2312 => table("gb2312").decode(code | 0x8080),
            Set::Latin1 => Some(Text::One(u32::from(code) | 0x80)),
            Set::Greek => greek(code as u8 | 0x80).map(Text::One),
        }
    }
}

impl Choice {
    fn set(&self, mark: u8) -> Option<Set> {
        self.sets.iter().find(|known| known.mark == mark).map(|known| known.set)
    }

    /// An escape sequence ends at a capital letter or `@`, which names the charset.
    fn escape(&self, state: &mut State, bytes: &[u8]) -> Decoded {
        // `ESC & @` in front of JIS X 0208 announces an edition.
        let announced = if !self.shifts && bytes.get(1..3) == Some(b"&@") { 2 } else { 0 };
        let rest = bytes.iter().take(MAX_ESCAPE).skip(1 + announced);
        let Some(end) = rest.clone().position(|byte| ends_escape(*byte)).map(|end| end + announced) else {
            return if bytes.len() < MAX_ESCAPE { Decoded::Incomplete } else { Decoded::Illegal(1) };
        };
        let sequence = &bytes[..end + 2];
        let which = |half: u8| usize::from(half - b'(');
        let (mark, which) = match *sequence {
            [_, b'$', mark] => (mark | WIDE, 0),
            [_, half @ (b'(' | b')'), mark] => (mark, which(half)),
            [_, b'.', mark] if self.third => (mark, 2),
            [_, b'$', half @ (b'(' | b')'), mark] => (mark | WIDE, which(half)),
            [_, _, _, ESCAPE, b'$', b'B'] if !self.shifts => (b'B' | WIDE, 0),
            _ => return Decoded::Illegal(sequence.len()),
        };
        if mark != ASCII && self.set(mark).is_none() {
            return Decoded::Illegal(sequence.len());
        }
        state.choose(which, mark);
        Decoded::Skip(sequence.len())
    }

    /// One character of the third set of codes.
    fn single(&self, state: &State, bytes: &[u8]) -> Decoded {
        let Some(&code) = bytes.get(2) else { return Decoded::Incomplete };
        let text = match state.set(2) {
            ASCII => Some(Text::One(code.into())),
            mark => self.set(mark).and_then(|set| set.decode(code.into())),
        };
        match text.filter(|_| code < 0x80) {
            Some(text) => Decoded::Text(text, 3),
            None => Decoded::Illegal(if code < 0x80 { 3 } else { 1 }),
        }
    }

    /// The first code of bytes.
    pub fn decode(&self, state: &mut State, bytes: &[u8]) -> Decoded {
        let first = bytes[0];
        let plain = Decoded::Text(Text::One(first.into()), 1);
        if state.passing() {
            state.pass(!ends_escape(first));
            return plain;
        }
        match first {
            ESCAPE => match bytes.get(1) {
                None => return Decoded::Incomplete,
                Some(b'(' | b')' | b'$' | b'.' | b'&') => return self.escape(state, bytes),
                Some(b'N') if self.third => return self.single(state, bytes),
                // Other sequences pass as they are.
                Some(_) => {
                    state.pass(true);
                    return plain;
                }
            },
            SHIFT_OUT | SHIFT_IN if self.shifts => {
                state.shift(first == SHIFT_OUT);
                return Decoded::Skip(1);
            }
            b'\n' => state.shift(false),
            0x80.. => return Decoded::Illegal(1),
            _ => {}
        }
        let mark = state.set(usize::from(state.shifted()));
        if first < 0x20 || mark == ASCII {
            return plain;
        }
        let Some(set) = self.set(mark) else { return Decoded::Illegal(1) };
        let width = set.width();
        let Some(code) = bytes.get(..width) else { return Decoded::Incomplete };
        let code = code.iter().fold(0, |code, byte| code << 8 | u16::from(*byte));
        match set.decode(code).filter(|_| code & 0x8080 == 0) {
            Some(text) => Decoded::Text(text, width),
            None => Decoded::Illegal(width),
        }
    }

    /// The code of a character, or of it and the next one together, in one of the sets, and how many characters that are.
    fn code(&self, set: Set, char: u32, next: Option<u32>, last: bool) -> Option<(u32, usize)> {
        if let Set::Jis213(edition) = set
            && table(edition).starts_pair(char)
        {
            match next {
                None if !last => return Some((0, 0)),
                Some(next) => {
                    if let Some(code) = table(edition).encode_pair(char, next) {
                        return Some((code & 0x7F7F, 2));
                    }
                }
                None => {}
            }
        }
        set.encode(char).map(|code| (code, 1))
    }

    /// Writes a character; see [`super::charset::Charset::encode`].
    pub fn encode(&self, state: &mut State, char: u32, next: Option<u32>, last: bool, out: &mut Vec<u8>) -> Encoded {
        if char < 0x80 {
            reset(state, out);
            out.push(char as u8);
            return Encoded::Written(1);
        }
        let pairs = self.sets.iter().find(|known| matches!(known.set, Set::Jis213(_)));
        let paired = pairs.and_then(|known| Some((known, self.code(known.set, char, next, last)?)));
        let found = match paired {
            // Pairs come first, also where a set before has the first character alone.
            Some((_, (_, 0))) => return Encoded::Incomplete,
            Some((known, (code, 2))) => Some((known, code, 2)),
            _ => self.sets.iter().find_map(|known| known.set.encode(char).map(|code| (known, code, 1))),
        };
        let Some((known, code, count)) = found else { return Encoded::Illegal };
        if known.which == 0 && state.shifted() {
            out.push(SHIFT_IN);
            state.shift(false);
        }
        if state.set(known.which) != known.mark {
            out.extend_from_slice(known.escape);
            state.choose(known.which, known.mark);
        }
        if known.which == 1 && !state.shifted() {
            out.push(SHIFT_OUT);
            state.shift(true);
        }
        push_code(out, code);
        Encoded::Written(count)
    }
}

/// Goes back to ASCII.
pub fn reset(state: &mut State, out: &mut Vec<u8>) {
    if state.shifted() {
        out.push(SHIFT_IN);
        state.shift(false);
    }
    if state.set(0) != ASCII {
        out.extend_from_slice(b"\x1b(B");
        state.choose(0, ASCII);
    }
}

const JIS208: Designation = designation(Set::Jis208, 0, b'B' | WIDE, b"\x1b$B");
const JIS208_OLD: Designation = designation(Set::Jis208, 0, b'@' | WIDE, b"\x1b$@");
const JIS212: Designation = designation(Set::Jis212, 0, b'D' | WIDE, b"\x1b$(D");
const ROMAN: Designation = designation(Set::Roman, 0, b'J', b"\x1b(J");
const KANA: Designation = designation(Set::Kana, 0, b'I', b"\x1b(I");
const KSX1001: Designation = designation(Set::Ksx1001, 0, b'C' | WIDE, b"\x1b$(C");
const KSX1001_SHIFTED: Designation = designation(Set::Ksx1001, 1, b'C' | WIDE, b"\x1b$)C");
const GB2312: Designation = designation(Set::Gb2312, 0, b'A' | WIDE, b"\x1b$(A");
const LATIN1: Designation = designation(Set::Latin1, 2, b'A', b"");
const GREEK: Designation = designation(Set::Greek, 2, b'F', b"");
const EDITION_2000: &str = "euc_jisx0213";
const EDITION_2004: &str = "euc_jis_2004";

/// `iso2022_jp`
pub static JP: Choice = Choice { sets: &[JIS208, ROMAN, JIS208_OLD], shifts: false, third: false };
/// `iso2022_jp_1`
pub static JP_1: Choice = Choice { sets: &[JIS208, JIS212, ROMAN, JIS208_OLD], shifts: false, third: false };
/// `iso2022_jp_2`
pub static JP_2: Choice =
    Choice { sets: &[JIS208, JIS212, KSX1001, GB2312, ROMAN, JIS208_OLD, LATIN1, GREEK], shifts: false, third: true };
/// `iso2022_jp_3`
pub static JP_3: Choice = Choice {
    sets: &[
        JIS208,
        designation(Set::Jis213(EDITION_2000), 0, b'O' | WIDE, b"\x1b$(O"),
        designation(Set::Jis213Second(EDITION_2000), 0, b'P' | WIDE, b"\x1b$(P"),
    ],
    shifts: false,
    third: false,
};
/// `iso2022_jp_2004`
pub static JP_2004: Choice = Choice {
    sets: &[
        JIS208,
        designation(Set::Jis213(EDITION_2004), 0, b'Q' | WIDE, b"\x1b$(Q"),
        designation(Set::Jis213Second(EDITION_2004), 0, b'P' | WIDE, b"\x1b$(P"),
    ],
    shifts: false,
    third: false,
};
/// `iso2022_jp_ext`
pub static JP_EXT: Choice = Choice { sets: &[JIS208, JIS212, ROMAN, KANA, JIS208_OLD], shifts: false, third: false };
/// `iso2022_kr`
pub static KR: Choice = Choice { sets: &[KSX1001_SHIFTED], shifts: true, third: false };
