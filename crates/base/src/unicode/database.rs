//! The database as `unicodedata` shows it, in two versions.

use super::tables::{
    BIDIS_OF, CATEGORIES_OF, DECOMP_TAGS, DbRecord, NUMERIC_RUNS, OLD_DIGITS, OLD_NUMERIC_RUNS, WIDTHS_OF, db_record,
    decomp_record, old_record,
};
use super::types;

/// Which version of the database: `unicodedata` itself or `unicodedata.ucd_3_2_0`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Version {
    /// Unicode 16.0.
    #[default]
    Current,
    /// Unicode 3.2.0, by which IDNA 2003 and stringprep are defined.
    V3_2,
}

impl Version {
    /// The version as `unidata_version` shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Version::Current => super::VERSION,
            Version::V3_2 => "3.2.0",
        }
    }

    #[inline]
    fn record(self, cp: u32) -> &'static DbRecord {
        match self {
            Version::Current => db_record(cp),
            Version::V3_2 => old_record(cp),
        }
    }
}

/// General category: `"Lu"`, `"Nd"`, …; `"Cn"` for what is not assigned.
pub fn category(cp: u32, version: Version) -> &'static str {
    CATEGORIES_OF[version as usize][version.record(cp).category as usize]
}

/// Whether `cp` is assigned in that version (surrogates and private use are).
pub fn is_assigned(cp: u32, version: Version) -> bool {
    version.record(cp).category != 0
}

/// Bidirectional class; empty if there is none.
pub fn bidirectional(cp: u32, version: Version) -> &'static str {
    BIDIS_OF[version as usize][version.record(cp).bidi as usize]
}

/// Canonical combining class.
#[inline]
pub fn combining(cp: u32, version: Version) -> u8 {
    version.record(cp).combining
}

/// East Asian width: `"Na"`, `"W"`, …
pub fn east_asian_width(cp: u32, version: Version) -> &'static str {
    WIDTHS_OF[version as usize][version.record(cp).width as usize]
}

/// Whether `cp` is mirrored in bidirectional text.
pub fn mirrored(cp: u32, version: Version) -> bool {
    version.record(cp).mirrored
}

/// Value as a decimal digit.
pub fn decimal(cp: u32, version: Version) -> Option<u8> {
    match old_digits(cp, version) {
        Some((decimal, _)) => u8::try_from(decimal).ok(),
        None => types::decimal_value(cp),
    }
}

/// Value as a digit.
pub fn digit(cp: u32, version: Version) -> Option<u8> {
    match old_digits(cp, version) {
        Some((_, digit)) => u8::try_from(digit).ok(),
        None => types::digit_value(cp),
    }
}

fn old_digits(cp: u32, version: Version) -> Option<(i8, i8)> {
    if version == Version::Current {
        return None;
    }
    let at = OLD_DIGITS.binary_search_by_key(&cp, |row| row.0).ok()?;
    Some((OLD_DIGITS[at].1, OLD_DIGITS[at].2))
}

/// Numeric value.
pub fn numeric(cp: u32, version: Version) -> Option<f64> {
    let runs: &[(u32, u32, f64)] = match version {
        Version::Current => &NUMERIC_RUNS,
        Version::V3_2 => &OLD_NUMERIC_RUNS,
    };
    let after = runs.partition_point(|run| run.0 <= cp);
    let (first, len, value) = *runs.get(after.checked_sub(1)?)?;
    (cp - first < len).then(|| value + f64::from(cp - first))
}

/// Decomposition as `unicodedata.decomposition` writes it: the tag if there is one, and code points in hexadecimal.
pub fn decomposition(cp: u32, version: Version) -> String {
    use std::fmt::Write;
    if !is_assigned(cp, version) {
        return String::new();
    }
    let mut hangul = [0; 3];
    let (tag, parts) = match super::normalize::hangul_parts(cp, &mut hangul) {
        Some(parts) => (0, parts),
        None => match decomp_record(cp) {
            Some((tag, parts)) => (tag, parts),
            None => return String::new(),
        },
    };
    let mut out = DECOMP_TAGS[tag as usize].to_owned();
    for part in parts {
        if !out.is_empty() {
            out.push(' ');
        }
        // Writing to a String cannot fail.
        let _ = write!(out, "{part:04X}");
    }
    out
}
