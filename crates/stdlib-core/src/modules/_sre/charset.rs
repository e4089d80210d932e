//! Sets and categories of characters.

use super::code::category;
use base::unicode;

/// How characters are made alike before they are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fold {
    /// Not at all.
    None,
    /// ASCII letters to lower case.
    Ascii,
    /// All to lower case.
    Unicode,
    /// By the C library's locale, in both ways.
    Locale,
}

/// Lower case of ASCII letters.
#[inline]
pub fn ascii_lower(char: u32) -> u32 {
    if char.wrapping_sub('A' as u32) < 26 { char + 32 } else { char }
}

/// Lower case by the C library's locale.
pub fn locale_lower(char: u32) -> u32 {
    // SAFETY: tolower takes all values of an unsigned char.
    if char < 256 { unsafe { libc::tolower(char as i32) as u32 } } else { char }
}

/// Upper case by the C library's locale.
pub fn locale_upper(char: u32) -> u32 {
    // SAFETY: toupper takes all values of an unsigned char.
    if char < 256 { unsafe { libc::toupper(char as i32) as u32 } } else { char }
}

fn is_locale_word(char: u32) -> bool {
    // SAFETY: isalnum takes all values of an unsigned char.
    char == '_' as u32 || (char < 256 && unsafe { libc::isalnum(char as i32) != 0 })
}

impl Fold {
    /// The character as it is compared. For [`Fold::Locale`] see [`Fold::same`].
    #[inline]
    pub fn apply(self, char: u32) -> u32 {
        match self {
            Fold::None => char,
            Fold::Ascii => ascii_lower(char),
            Fold::Unicode => unicode::simple_lower(char),
            Fold::Locale => locale_lower(char),
        }
    }

    /// Does a character match a literal of the pattern, which is folded already?
    #[inline]
    pub fn same(self, literal: u32, char: u32) -> bool {
        match self {
            Fold::Locale => char == literal || locale_lower(char) == literal || locale_upper(char) == literal,
            _ => self.apply(char) == literal,
        }
    }
}

/// Is the character a word character, by the rules of the category `WORD`, `LOC_WORD` or `UNI_WORD`?
#[inline]
pub fn is_word(rules: u32, char: u32) -> bool {
    match rules {
        category::WORD => char < 128 && ((char as u8).is_ascii_alphanumeric() || char == '_' as u32),
        category::LOC_WORD => is_locale_word(char),
        _ => unicode::is_alnum(char) || char == '_' as u32,
    }
}

/// Is the character in a category?
pub fn in_category(number: u32, char: u32) -> bool {
    let found = match number & !1 {
        category::DIGIT => char < 128 && (char as u8).is_ascii_digit(),
        category::SPACE => char == 32 || (9..=13).contains(&char),
        word @ (category::WORD | category::LOC_WORD | category::UNI_WORD) => is_word(word, char),
        category::LINEBREAK => char == '\n' as u32,
        category::UNI_DIGIT => unicode::is_decimal(char),
        category::UNI_SPACE => unicode::is_space(char),
        category::UNI_LINEBREAK => unicode::is_line_break(char),
        _ => false,
    };
    found != (number & 1 == 1)
}

/// A part of a set.
#[derive(Clone, Debug)]
pub enum SetItem {
    /// The rest of the set is what is not to be in it.
    Negate,
    /// One character.
    Literal(u32),
    /// From, to.
    Range(u32, u32),
    /// The same for characters that match in lower or upper case.
    RangeIgnore(u32, u32),
    /// A category.
    Category(u32),
    /// Bits of the first 256 characters.
    Bits([u32; 8]),
    /// Blocks of bits for 65536 characters.
    BigBits {
        /// The number of the block of each 256 characters.
        blocks: Box<[u8; 256]>,
        /// The blocks.
        bits: Box<[u32]>,
    },
}

/// A set of characters.
#[derive(Debug)]
pub struct CharSet {
    items: Vec<SetItem>,
    fold: Fold,
    /// The members among the first 256 characters, folding included.
    table: [bool; 256],
    /// Does it depend on the locale? Then the table is not used.
    by_locale: bool,
}

impl CharSet {
    /// The set of the items.
    pub fn new(items: Vec<SetItem>, fold: Fold) -> CharSet {
        let by_locale = fold == Fold::Locale
            || items.iter().any(|item| matches!(item, SetItem::Category(category::LOC_WORD | category::LOC_NOT_WORD)));
        let mut set = CharSet { items, fold, table: [false; 256], by_locale };
        if !by_locale {
            for char in 0..256 {
                set.table[char] = set.has_slow(char as u32);
            }
        }
        set
    }

    /// The members among the first 256 characters, unless that depends on the locale.
    pub fn table(&self) -> Option<&[bool; 256]> {
        (!self.by_locale).then_some(&self.table)
    }

    /// Are all members known to be ASCII characters?
    pub fn is_ascii(&self) -> bool {
        self.fold == Fold::None
            && self.items.iter().all(|item| match item {
                SetItem::Literal(char) => *char < 128,
                SetItem::Range(_, to) => *to < 128,
                SetItem::Category(number) => matches!(*number, category::DIGIT | category::SPACE | category::WORD),
                SetItem::Bits(bits) => bits[4..].iter().all(|word| *word == 0),
                SetItem::Negate | SetItem::RangeIgnore(..) | SetItem::BigBits { .. } => false,
            })
    }

    /// Is the character in the set?
    #[inline(always)]
    pub fn has(&self, char: u32) -> bool {
        if char < 256 && !self.by_locale { self.table[char as usize] } else { self.has_slow(char) }
    }

    #[inline(never)]
    fn has_slow(&self, char: u32) -> bool {
        if self.fold == Fold::Locale {
            // A negated set has what is in it in neither case.
            let negated = matches!(self.items.first(), Some(SetItem::Negate));
            let (lower, upper) = (locale_lower(char), locale_upper(char));
            let (in_lower, in_upper) = (self.contains(lower), self.contains(upper));
            return if negated { in_lower && in_upper } else { in_lower || in_upper };
        }
        self.contains(self.fold.apply(char))
    }

    fn contains(&self, char: u32) -> bool {
        let mut found = true;
        for item in &self.items {
            let hit = match item {
                SetItem::Negate => {
                    found = !found;
                    continue;
                }
                SetItem::Literal(literal) => char == *literal,
                SetItem::Range(from, to) => (*from..=*to).contains(&char),
                SetItem::RangeIgnore(from, to) => {
                    (*from..=*to).contains(&char) || (*from..=*to).contains(&unicode::simple_upper(char))
                }
                SetItem::Category(number) => in_category(*number, char),
                SetItem::Bits(bits) => char < 256 && bits[char as usize / 32] >> (char & 31) & 1 != 0,
                SetItem::BigBits { blocks, bits } => {
                    char < 0x10000 && {
                        let block = blocks[char as usize >> 8] as usize;
                        let bit = block * 256 + (char as usize & 255);
                        bits.get(bit / 32).is_some_and(|word| word >> (bit & 31) & 1 != 0)
                    }
                }
            };
            if hit {
                return found;
            }
        }
        !found
    }
}
