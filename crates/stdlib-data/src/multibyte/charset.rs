//! Charsets: one step of decoding or encoding at a time.

use super::iso2022;
use super::table::{Kind, Range, Table, Text, ranges, table};

/// The rules that a charset follows beside its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rules {
    /// None.
    Plain,
    /// Codes of four bytes reach all of Unicode.
    Gb18030,
    /// Syllables without a code are spelled with eight bytes.
    EucKr,
    /// gb2312 in seven bits, between `~{` and `~}`.
    Hz,
    /// Escape sequences choose between these charsets.
    Iso2022(&'static iso2022::Choice),
}

/// A charset.
#[derive(Debug)]
pub struct Charset {
    /// Its name.
    pub name: &'static str,
    /// That of its table.
    pub table: &'static str,
    /// What its table does not say.
    pub rules: Rules,
}

/// How far an encoder or decoder that switches between charsets is: the marks of the charsets that are chosen, and flags, in
/// eight bytes as `getstate` shows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct State(pub [u8; 8]);

impl State {
    const FLAGS: usize = 7;

    /// The charset of a set of codes: 0 lower half, 1 shifted in, 2 for single shifts.
    pub fn set(self, which: usize) -> u8 {
        self.0[which]
    }

    /// Chooses a charset.
    pub fn choose(&mut self, which: usize, mark: u8) {
        self.0[which] = mark;
    }

    /// Is the second set of codes shifted in?
    pub fn shifted(self) -> bool {
        self.0[Self::FLAGS] & 1 != 0
    }

    /// Shifts.
    pub fn shift(&mut self, on: bool) {
        self.0[Self::FLAGS] = self.0[Self::FLAGS] & !1 | u8::from(on);
    }

    /// Does an escape sequence pass that means nothing?
    pub fn passing(self) -> bool {
        self.0[Self::FLAGS] & 2 != 0
    }

    /// Lets it pass.
    pub fn pass(&mut self, on: bool) {
        self.0[Self::FLAGS] = self.0[Self::FLAGS] & !2 | u8::from(on) << 1;
    }
}

/// What stands at the front of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded {
    /// Text, and how many bytes it takes.
    Text(Text, usize),
    /// Bytes that stand for no text.
    Skip(usize),
    /// The start of something.
    Incomplete,
    /// No code: so many bytes.
    Illegal(usize),
}

/// What became of a character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoded {
    /// It was written, perhaps with the next one: how many.
    Written(usize),
    /// What comes next must be known.
    Incomplete,
    /// It has no code.
    Illegal,
}

/// Writes a code: as many bytes as it needs.
pub fn push_code(out: &mut Vec<u8>, code: u32) {
    let bytes = code.to_be_bytes();
    let start = bytes[..3].iter().take_while(|byte| **byte == 0).count();
    out.extend_from_slice(&bytes[start..]);
}

impl Charset {
    /// The state of an encoder at the start.
    pub fn start(&self) -> State {
        if matches!(self.rules, Rules::Iso2022(_)) { iso2022::START } else { State::default() }
    }

    /// That of a decoder.
    pub fn start_decoding(&self) -> State {
        if matches!(self.rules, Rules::Iso2022(_)) { iso2022::START_DECODING } else { State::default() }
    }

    /// The table.
    pub fn table(&self) -> &'static Table {
        table(self.table)
    }

    /// The first code of bytes, of which there is at least one.
    pub fn decode(&self, table: &Table, state: &mut State, bytes: &[u8]) -> Decoded {
        let first = bytes[0];
        match self.rules {
            Rules::Hz => return decode_hz(table, state, bytes),
            Rules::Iso2022(choice) => return choice.decode(state, bytes),
            _ => {}
        }
        match table.kind(first) {
            Kind::Char => return table.decode(first.into()).map_or(Decoded::Illegal(1), |text| Decoded::Text(text, 1)),
            Kind::None => return Decoded::Illegal(1),
            Kind::Lead => {}
        }
        let Some(&second) = bytes.get(1) else { return Decoded::Incomplete };
        match self.rules {
            Rules::Gb18030 if second.is_ascii_digit() => return decode_four(bytes),
            Rules::EucKr if (first, second) == (0xA4, 0xD4) => return decode_spelled(bytes),
            _ => {}
        }
        if let Some(text) = table.decode(u16::from_be_bytes([first, second])) {
            return Decoded::Text(text, 2);
        }
        if first != 0x8F || !self.table.starts_with("euc_j") {
            return Decoded::Illegal(1);
        }
        let Some(&third) = bytes.get(2) else { return Decoded::Incomplete };
        match table.decode_long(u32::from_be_bytes([0, first, second, third])) {
            Some(text) => Decoded::Text(text, 3),
            None => Decoded::Illegal(1),
        }
    }

    /// Writes a character; `next` is the one behind it, None at the end of the text. Is that the `last` there will be?
    pub fn encode(
        &self,
        table: &Table,
        state: &mut State,
        char: u32,
        next: Option<u32>,
        last: bool,
        out: &mut Vec<u8>,
    ) -> Encoded {
        match self.rules {
            Rules::Hz => return encode_hz(table, state, char, out),
            Rules::Iso2022(choice) => return choice.encode(state, char, next, last, out),
            _ => {}
        }
        if table.starts_pair(char) {
            match next {
                None if !last => return Encoded::Incomplete,
                Some(next) => {
                    if let Some(code) = table.encode_pair(char, next) {
                        push_code(out, code);
                        return Encoded::Written(2);
                    }
                }
                None => {}
            }
        }
        if let Some(code) = table.encode(char) {
            push_code(out, code);
            return Encoded::Written(1);
        }
        match self.rules {
            Rules::Gb18030 if encode_four(char, out) => Encoded::Written(1),
            Rules::EucKr if encode_spelled(char, out) => Encoded::Written(1),
            _ => Encoded::Illegal,
        }
    }

    /// Goes back to ASCII.
    pub fn reset(&self, state: &mut State, out: &mut Vec<u8>) {
        match self.rules {
            Rules::Hz if state.set(0) != 0 => {
                out.extend_from_slice(b"~}");
                state.choose(0, 0);
            }
            Rules::Iso2022(_) => iso2022::reset(state, out),
            _ => {}
        }
    }
}

fn decode_four(bytes: &[u8]) -> Decoded {
    let &[a, b, c, d, ..] = bytes else { return Decoded::Incomplete };
    if !matches!((a, c, d), (0x81..=0xFE, 0x81..=0xFE, b'0'..=b'9')) {
        return Decoded::Illegal(1);
    }
    let digit = |byte: u8, low: u8| u32::from(byte - low);
    let number = ((digit(a, 0x81) * 10 + digit(b, 0x30)) * 126 + digit(c, 0x81)) * 10 + digit(d, 0x30);
    let char = match number.checked_sub(189_000) {
        Some(above) => Some(0x1_0000 + above).filter(|char| *char <= 0x10_FFFF),
        None => {
            let at = ranges().partition_point(|&(first, _, _)| first <= number);
            let range = at.checked_sub(1).map(|at| ranges()[at]);
            range.filter(|&(first, _, len)| number - first < len).map(|(first, char, _)| char + (number - first))
        }
    };
    char.map_or(Decoded::Illegal(1), |char| Decoded::Text(Text::One(char), 4))
}

fn encode_four(char: u32, out: &mut Vec<u8>) -> bool {
    let number = match char.checked_sub(0x1_0000) {
        Some(above) => above + 189_000,
        None => {
            let holds = |&&(_, first, len): &&Range| (first..first + len).contains(&char);
            let Some(&(first, start, _)) = ranges().iter().find(holds) else { return false };
            first + (char - start)
        }
    };
    let (rest, d) = (number / 10, number % 10);
    let (rest, c) = (rest / 126, rest % 126);
    out.extend_from_slice(&[0x81 + (rest / 10) as u8, 0x30 + (rest % 10) as u8, 0x81 + c as u8, 0x30 + d as u8]);
    true
}

/// Consonants of a syllable's start, by their number in the row 0xA4 of KS X 1001.
const STARTS: [u8; 19] = [0, 1, 3, 6, 7, 8, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29];
/// Consonants of its end.
const ENDS: [u8; 27] =
    [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29];
const VOWEL: u8 = 0xBF;
const FILLER: u8 = 0xD4;

fn decode_spelled(bytes: &[u8]) -> Decoded {
    let &[_, _, 0xA4, start, 0xA4, vowel, 0xA4, end, ..] = bytes else {
        return if bytes.len() < 8 { Decoded::Incomplete } else { Decoded::Illegal(1) };
    };
    let number = |list: &[u8], byte: u8| list.iter().position(|letter| letter + 0xA1 == byte);
    let end = if end == FILLER { Some(0) } else { number(&ENDS, end).map(|end| end + 1) };
    match (number(&STARTS, start), vowel.checked_sub(VOWEL).filter(|vowel| *vowel < 21), end) {
        (Some(start), Some(vowel), Some(end)) => {
            let char = 0xAC00 + (start as u32 * 21 + u32::from(vowel)) * 28 + end as u32;
            Decoded::Text(Text::One(char), 8)
        }
        _ => Decoded::Illegal(1),
    }
}

fn encode_spelled(char: u32, out: &mut Vec<u8>) -> bool {
    let Some(syllable) = char.checked_sub(0xAC00).filter(|syllable| *syllable < 19 * 21 * 28) else { return false };
    let (start, vowel, end) = (syllable / 588, syllable / 28 % 21, syllable % 28);
    let end = if end == 0 { FILLER } else { ENDS[end as usize - 1] + 0xA1 };
    let letters = [FILLER, STARTS[start as usize] + 0xA1, VOWEL + vowel as u8, end];
    out.extend(letters.into_iter().flat_map(|letter| [0xA4, letter]));
    true
}

fn decode_hz(table: &Table, state: &mut State, bytes: &[u8]) -> Decoded {
    let first = bytes[0];
    if first == b'~' {
        let Some(&second) = bytes.get(1) else { return Decoded::Incomplete };
        match (second, state.set(0) != 0) {
            (b'~', false) => return Decoded::Text(Text::One(0x7E), 2),
            (b'\n', false) => {}
            (b'{', false) => state.choose(0, 1),
            (b'}', true) => state.choose(0, 0),
            _ => return Decoded::Illegal(1),
        }
        return Decoded::Skip(2);
    }
    match (first, state.set(0) != 0) {
        (0x80.., _) => Decoded::Illegal(1),
        (_, false) => Decoded::Text(Text::One(first.into()), 1),
        (_, true) => {
            let Some(&second) = bytes.get(1) else { return Decoded::Incomplete };
            match table.decode(u16::from_be_bytes([first | 0x80, second | 0x80])).filter(|_| second < 0x80) {
                Some(text) => Decoded::Text(text, 2),
                None => Decoded::Illegal(1),
            }
        }
    }
}

fn encode_hz(table: &Table, state: &mut State, char: u32, out: &mut Vec<u8>) -> Encoded {
    let is_ascii = char < 0x80;
    let Some(code) = table.encode(char) else { return Encoded::Illegal };
    if is_ascii == (state.set(0) != 0) {
        out.extend_from_slice(if is_ascii { b"~}" } else { b"~{" });
        state.choose(0, u8::from(!is_ascii));
    }
    match is_ascii {
        true if char == 0x7E => out.extend_from_slice(b"~~"),
        _ => push_code(out, code & 0x7F7F),
    }
    Encoded::Written(1)
}
