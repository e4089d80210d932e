//! The text of a document: what was fed, decoded to UTF-8, and how places in it are told to users.
//!
//! A byte that begins no character stands for what could not be decoded: tokens that reach it are errors.

/// How the document is encoded.
#[derive(Clone, PartialEq, Debug)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// ASCII: other bytes are errors.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16.
    Utf16 {
        /// Most significant byte first.
        big: bool,
    },
    /// One byte a character.
    Table(Box<[Option<char>; 256]>),
}

impl Encoding {
    /// Do characters take at least two bytes?
    pub fn is_wide(&self) -> bool {
        matches!(self, Encoding::Utf16 { .. })
    }

    /// Is what is fed the text itself?
    pub fn is_utf8(&self) -> bool {
        matches!(self, Encoding::Utf8 | Encoding::Ascii)
    }

    /// The encoding that the parser knows by that name. UTF-16 without byte order is taken for big-endian.
    pub fn named(name: &[u8]) -> Option<Encoding> {
        let known: [(&[u8], Encoding); 7] = [
            (b"ISO-8859-1", Encoding::Latin1),
            (b"US-ASCII", Encoding::Ascii),
            (b"UTF-8", Encoding::Utf8),
            (b"UTF-16", Encoding::Utf16 { big: true }),
            (b"UTF-16BE", Encoding::Utf16 { big: true }),
            (b"UTF-16LE", Encoding::Utf16 { big: false }),
            (b"", Encoding::Utf8),
        ];
        known.into_iter().find(|(own, _)| name.eq_ignore_ascii_case(own)).map(|(_, encoding)| encoding)
    }
}

/// What stands for bytes that are no character.
const BAD: u8 = 0xFF;

/// A place, as it is told to users.
#[derive(Clone, Copy, Default, Debug)]
pub struct Place {
    /// Offset in the text.
    offset: usize,
    /// Bytes of the document before it.
    pub byte: u64,
    /// Lines before it.
    pub line: u64,
    /// Characters of the line before it.
    pub column: u64,
}

/// The document as far as it was fed.
pub struct Input {
    /// The text that has not been used up, and what was used since the last feeding.
    pub text: Vec<u8>,
    /// Where in it the part that is not used up begins.
    pub used: usize,
    encoding: Encoding,
    /// The bytes of a character of which the rest is to come.
    rest: Vec<u8>,
    place: Place,
}

impl Default for Input {
    fn default() -> Input {
        Input { text: Vec::new(), used: 0, encoding: Encoding::Utf8, rest: Vec::new(), place: Place::default() }
    }
}

impl Input {
    /// How it is encoded.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Number of bytes that make no whole character.
    pub fn rest_len(&self) -> usize {
        self.rest.len()
    }

    /// Appends what was fed. Forgets what was used up.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.used > 0 {
            self.advance(self.used);
            self.text.drain(..self.used);
            self.place.offset -= self.used;
            self.used = 0;
        }
        self.append(bytes);
    }

    fn append(&mut self, bytes: &[u8]) {
        match &self.encoding {
            Encoding::Utf8 => self.text.extend_from_slice(bytes),
            Encoding::Ascii => {
                self.text.extend(bytes.iter().map(|byte| if byte.is_ascii() { *byte } else { BAD }));
            }
            Encoding::Latin1 => {
                for byte in bytes {
                    push(&mut self.text, Some(*byte as char));
                }
            }
            Encoding::Table(table) => {
                for byte in bytes {
                    push(&mut self.text, table[*byte as usize]);
                }
            }
            Encoding::Utf16 { big } => {
                let big = *big;
                let mut all = std::mem::take(&mut self.rest);
                all.extend_from_slice(bytes);
                let used = decode_utf16(&all, big, &mut self.text);
                all.drain(..used);
                self.rest = all;
            }
        }
    }

    /// Takes another encoding for what lies behind an offset. What was fed so far was taken for UTF-8.
    pub fn switch(&mut self, encoding: Encoding, offset: usize) {
        if !self.encoding.is_utf8() {
            self.encoding = encoding;
            return;
        }
        self.encoding = encoding;
        if self.encoding == Encoding::Utf8 {
            return;
        }
        let tail = self.text.split_off(offset);
        self.append(&tail);
    }

    /// Moves the known place forward to an offset, if it lies before that.
    fn advance(&mut self, offset: usize) {
        self.place = self.place_at(offset);
    }

    /// The place of an offset; that of the known place where it lies before that.
    pub fn place_at(&self, offset: usize) -> Place {
        let mut place = self.place;
        let Some(between) = self.text.get(place.offset..offset) else { return place };
        let mut after_return = false;
        for &byte in between {
            if byte & 0xC0 == 0x80 {
                continue;
            }
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    place.line += 1;
                    place.column = 0;
                }
                _ => place.column += 1,
            }
            after_return = byte == b'\r';
        }
        place.offset = offset;
        place.byte += self.bytes_of(between);
        place
    }

    /// How many bytes of the document a part of the text is.
    fn bytes_of(&self, text: &[u8]) -> u64 {
        match self.encoding {
            Encoding::Utf8 | Encoding::Ascii => text.len() as u64,
            Encoding::Latin1 | Encoding::Table(_) => text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64,
            Encoding::Utf16 { .. } => text
                .iter()
                .map(|byte| match byte {
                    0x80..0xC0 => 0,
                    0xF0..=0xF7 => 4,
                    _ => 2,
                })
                .sum(),
        }
    }

    /// The text from an offset on, as it was fed.
    pub fn original(&self, offset: usize) -> Vec<u8> {
        let text = self.text.get(offset..).unwrap_or(&[]);
        if self.encoding.is_utf8() {
            return text.to_vec();
        }
        let mut out = Vec::with_capacity(text.len());
        for char in String::from_utf8_lossy(text).chars() {
            match &self.encoding {
                Encoding::Utf16 { big } => {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        out.extend_from_slice(&if *big { unit.to_be_bytes() } else { unit.to_le_bytes() });
                    }
                }
                Encoding::Table(table) => {
                    let byte = table.iter().position(|known| *known == Some(char));
                    out.push(byte.unwrap_or(0x3F) as u8);
                }
                _ => out.push(u8::try_from(char as u32).unwrap_or(0x3F)),
            }
        }
        out.extend_from_slice(&self.rest);
        out
    }
}

fn push(text: &mut Vec<u8>, char: Option<char>) {
    match char {
        Some(char) => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => text.push(BAD),
    }
}

/// Decodes whole characters; gives the number of bytes they took.
fn decode_utf16(bytes: &[u8], big: bool, text: &mut Vec<u8>) -> usize {
    let unit = |at: usize| {
        let pair = bytes.get(at..at + 2)?;
        let pair = [pair[0], pair[1]];
        Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let mut at = 0;
    while let Some(first) = unit(at) {
        match first {
            0xD800..0xDC00 => {
                let Some(second) = unit(at + 2) else { break };
                let pair = char::decode_utf16([first, second]).next().and_then(Result::ok);
                push(text, pair);
                at += if pair.is_some() { 4 } else { 2 };
            }
            _ => {
                push(text, char::from_u32(first as u32));
                at += 2;
            }
        }
    }
    at
}
