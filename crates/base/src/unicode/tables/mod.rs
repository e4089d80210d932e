//! Generated tables, and the lookups that their shape asks for.

mod database;
mod decomposition;
#[cfg(test)]
pub mod digests;
mod old;
mod sequences;
mod types;

pub use database::*;
pub use decomposition::*;
pub use old::*;
pub use sequences::*;
pub use types::*;

/// What the database says of a code point. The first four members that are numbers point into lists of names.
pub struct DbRecord {
    /// General category.
    pub category: u8,
    /// Bidirectional class.
    pub bidi: u8,
    /// Canonical combining class.
    pub combining: u8,
    /// East Asian width.
    pub width: u8,
    /// Whether it is mirrored in bidirectional text.
    pub mirrored: bool,
    /// Quick checks: bit 0 NFD no, 1 NFKD no, 2 NFC no, 3 NFC maybe, 4 NFKC no, 5 NFKC maybe.
    pub checks: u8,
}

macro_rules! two_stage {
    ($first:ident, $second:ident, $shift:ident, $cp:expr) => {{
        // Code points above the last one are looked up as U+10FFFF, an unassigned one.
        let cp = if $cp > 0x10_FFFF { 0x10_FFFF } else { $cp } as usize;
        let block = $first[cp >> $shift] as usize;
        $second[(block << $shift) | (cp & ((1 << $shift) - 1))] as usize
    }};
}

/// Types and case mappings of `cp`.
#[inline]
pub fn type_record(cp: u32) -> &'static TypeRecord {
    &TYPE_RECORDS[two_stage!(TYPE_1, TYPE_2, TYPE_SHIFT, cp)]
}

/// Record of `cp` in the database of today.
#[inline]
pub fn db_record(cp: u32) -> &'static DbRecord {
    &DB_RECORDS[two_stage!(DB_1, DB_2, DB_SHIFT, cp)]
}

/// Record of `cp` in the database of Unicode 3.2.0.
pub fn old_record(cp: u32) -> &'static DbRecord {
    &OLD_RECORDS[two_stage!(OLD_1, OLD_2, OLD_SHIFT, cp)]
}

/// The decomposition of `cp` by the table: the number of its tag and its code points. Not for Hangul syllables.
#[inline]
pub fn decomp_record(cp: u32) -> Option<(u8, &'static [u32])> {
    let at = two_stage!(DECOMP_1, DECOMP_2, DECOMP_SHIFT, cp);
    if at == 0 {
        return None;
    }
    let head = DECOMP_DATA[at];
    Some((head as u8, &DECOMP_DATA[at + 1..at + 1 + (head >> 8) as usize]))
}

/// The names of categories, for each version.
pub static CATEGORIES_OF: [&[&str]; 2] = [&DB_CATEGORIES, &OLD_CATEGORIES];
/// The names of bidirectional classes, for each version.
pub static BIDIS_OF: [&[&str]; 2] = [&DB_BIDIS, &OLD_BIDIS];
/// The names of East Asian widths, for each version.
pub static WIDTHS_OF: [&[&str]; 2] = [&DB_WIDTHS, &OLD_WIDTHS];
