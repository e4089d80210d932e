//! Tables of charsets: `tables/multibyte.zst`, which `tables/gen_multibyte.py` makes, and which also says what is in it.

use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!("../../tables/multibyte.zst");
const NAMES: [&str; 16] = [
    "gb2312",
    "gbk",
    "gb18030",
    "big5hkscs",
    "big5",
    "cp950",
    "shift_jis",
    "cp932",
    "euc_jp",
    "shift_jis_2004",
    "euc_jis_2004",
    "shift_jisx0213",
    "euc_jisx0213",
    "euc_kr",
    "cp949",
    "johab",
];

/// What a byte from 0x80 on is by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A character.
    Char,
    /// The first byte of a code.
    Lead,
    /// Nothing.
    None,
}

/// The text of a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Text {
    /// A character.
    One(u32),
    /// A character with another that combines with it.
    Two(u32, u32),
}

/// A charset. Codes are numbers, their first byte the highest.
pub struct Table {
    kinds: [Kind; 128],
    /// The codes of up to two bytes: a character, 0 for none, or `PAIR` and an index.
    short: Vec<u32>,
    /// Those of three bytes, in order.
    long: Vec<(u32, u32)>,
    /// Pairs of characters that have a code together, and the code.
    pairs: Vec<(u32, u32, u32)>,
    /// Characters and their codes, in order. The code 0 stands for none, but for that of the character 0.
    codes: Vec<(u32, u32)>,
}

const PAIR: u32 = 1 << 31;

/// Reads numbers of variable length.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                *byte
            }
            None => 0,
        }
    }

    fn number(&mut self) -> u32 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= u32::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 || shift > 28 {
                return value;
            }
        }
    }

    fn code(&mut self) -> (usize, u32) {
        let len = self.byte() as usize;
        (len, (0..len).fold(0, |code, _| code << 8 | u32::from(self.byte())))
    }
}

fn blocks() -> &'static [Vec<u8>] {
    static BLOCKS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    BLOCKS.get_or_init(|| {
        let (len, packed) = PACKED.split_at(4);
        let mut data = vec![0; u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize];
        // SAFETY: both buffers are as long as is said.
        let got = unsafe {
            zstd_sys::ZSTD_decompress(data.as_mut_ptr().cast(), data.len(), packed.as_ptr().cast(), packed.len())
        };
        debug_assert_eq!(got, data.len());
        let (mut rest, mut blocks) = (&data[..], Vec::new());
        while let Some((len, behind)) = rest.split_first_chunk::<4>() {
            let (block, behind) = behind.split_at((u32::from_le_bytes(*len) as usize).min(behind.len()));
            blocks.push(block.to_vec());
            rest = behind;
        }
        blocks
    })
}

/// The table of a charset by its name.
pub fn table(name: &str) -> &'static Table {
    static TABLES: [OnceLock<Table>; NAMES.len()] = [const { OnceLock::new() }; NAMES.len()];
    let index = NAMES.iter().position(|known| *known == name).unwrap_or(0);
    TABLES[index].get_or_init(|| Table::read(blocks().get(index).map_or(&[][..], Vec::as_slice)))
}

/// A range of codes of four bytes of gb18030: number of the first, its character, how many.
pub type Range = (u32, u32, u32);

/// The codes of four bytes that stand for characters of the basic plane.
pub fn ranges() -> &'static [Range] {
    static RANGES: OnceLock<Vec<Range>> = OnceLock::new();
    RANGES.get_or_init(|| {
        let mut reader = Reader(blocks().get(NAMES.len()).map_or(&[][..], Vec::as_slice));
        (0..reader.number()).map(|_| (reader.number(), reader.number(), reader.number())).collect()
    })
}

impl Table {
    fn read(block: &[u8]) -> Table {
        let mut reader = Reader(block);
        let kinds = std::array::from_fn(|_| match reader.byte() {
            0 => Kind::Char,
            1 => Kind::Lead,
            _ => Kind::None,
        });
        let (mut short, mut long, mut pairs, mut codes) = (vec![0; 0x1_0000], Vec::new(), Vec::new(), Vec::new());
        let mut last = 0;
        for _ in 0..reader.number() {
            let (len, first) = reader.code();
            for code in first..first + reader.number() {
                let text = match reader.number() {
                    0 => {
                        pairs.push((reader.number(), reader.number(), code));
                        PAIR | (pairs.len() - 1) as u32
                    }
                    step => {
                        let step = step - 1;
                        let change = (step >> 1) as i32 ^ -((step & 1) as i32);
                        last = (last as i32).wrapping_add(change) as u32;
                        codes.push((last, code));
                        last
                    }
                };
                match len {
                    3 => long.push((code, text)),
                    _ => short[code as usize & 0xFFFF] = text,
                }
            }
        }
        // The first code of a character is the one that is written, unless another is named.
        codes.sort_by_key(|&(char, _)| char);
        codes.dedup_by_key(|&mut (char, _)| char);
        for _ in 0..reader.number() {
            let char = reader.number();
            let code = reader.code().1;
            match codes.binary_search_by_key(&char, |&(known, _)| known) {
                Ok(at) => codes[at].1 = code,
                Err(at) => codes.insert(at, (char, code)),
            }
        }
        Table { kinds, short, long, pairs, codes }
    }

    /// What a byte is by itself.
    pub fn kind(&self, byte: u8) -> Kind {
        if byte < 0x80 { Kind::Char } else { self.kinds[byte as usize - 0x80] }
    }

    fn text(&self, found: u32) -> Option<Text> {
        match found {
            0 => None,
            found if found & PAIR != 0 => {
                self.pairs.get((found & !PAIR) as usize).map(|&(first, second, _)| Text::Two(first, second))
            }
            char => Some(Text::One(char)),
        }
    }

    /// The text of a code of one or two bytes.
    pub fn decode(&self, code: u16) -> Option<Text> {
        if code == 0 { Some(Text::One(0)) } else { self.text(self.short[code as usize]) }
    }

    /// The text of a code of three bytes.
    pub fn decode_long(&self, code: u32) -> Option<Text> {
        let at = self.long.binary_search_by_key(&code, |&(known, _)| known).ok()?;
        self.text(self.long[at].1)
    }

    /// The code of a character.
    pub fn encode(&self, char: u32) -> Option<u32> {
        let at = self.codes.binary_search_by_key(&char, |&(known, _)| known).ok()?;
        Some(self.codes[at].1).filter(|&code| code != 0 || char == 0)
    }

    /// Can the character be the first of a pair that has a code?
    pub fn starts_pair(&self, char: u32) -> bool {
        self.pairs.iter().any(|&(first, _, _)| first == char)
    }

    /// The code of a pair of characters.
    pub fn encode_pair(&self, first: u32, second: u32) -> Option<u32> {
        self.pairs.iter().find(|pair| (pair.0, pair.1) == (first, second)).map(|pair| pair.2)
    }
}
