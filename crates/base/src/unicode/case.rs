//! Case mapping of strings, with mappings to several code points and the final sigma.

use super::tables::{self, SPECIAL_CASES, TypeRecord, type_record};
use crate::text::{Wtf8, Wtf8Buf};

const CAPITAL_SIGMA: u32 = 0x3A3;
const SMALL_SIGMA: u32 = 0x3C3;
const FINAL_SIGMA: u32 = 0x3C2;

/// Which mapping. The numbers are the columns of the table of special cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum To {
    Lower = 0,
    Upper = 1,
    Title = 2,
    Fold = 3,
}

impl To {
    #[inline]
    fn delta(self, record: &TypeRecord) -> i32 {
        match self {
            To::Lower => record.lower,
            To::Upper => record.upper,
            To::Title => record.title,
            To::Fold => record.fold,
        }
    }
}

#[inline]
fn push_mapped(out: &mut Wtf8Buf, cp: u32, to: To) {
    if let Ok(b @ 0..=0x7F) = u8::try_from(cp) {
        let mapped = if matches!(to, To::Lower | To::Fold) { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
        out.push(mapped as char);
        return;
    }
    let record = type_record(cp);
    if record.flags & tables::SPECIAL_CASE != 0
        && let Ok(row) = SPECIAL_CASES.binary_search_by_key(&cp, |row| row.0)
    {
        out.push_str(SPECIAL_CASES[row].1[to as usize]);
    } else {
        out.push_code_point(cp.wrapping_add_signed(to.delta(record)));
    }
}

/// The lower case of a capital sigma at byte `at`: final where a letter stands before it and none after it, not counting what
/// is ignorable.
fn sigma_at(s: &Wtf8, at: usize) -> u32 {
    let flags = |cp: u32| type_record(cp).flags;
    let ignorable = |cp: &u32| flags(*cp) & tables::CASE_IGNORABLE != 0;
    let cased = |cp: u32| flags(cp) & tables::CASED != 0;
    let mut before = s[..at].chars().rev().skip_while(ignorable);
    let mut after = s[at..].chars().skip(1).skip_while(ignorable);
    let is_final = before.next().is_some_and(cased) && !after.next().is_some_and(cased);
    if is_final { FINAL_SIGMA } else { SMALL_SIGMA }
}

#[inline]
fn push_lower(out: &mut Wtf8Buf, s: &Wtf8, at: usize, cp: u32) {
    if cp == CAPITAL_SIGMA {
        out.push_code_point(sigma_at(s, at));
    } else {
        push_mapped(out, cp, To::Lower);
    }
}

fn ascii(s: &Wtf8, f: impl FnOnce(&mut Vec<u8>)) -> Wtf8Buf {
    let mut bytes = s.as_bytes().to_vec();
    f(&mut bytes);
    // SAFETY: callers pass ASCII strings and closures that only change the case of ASCII letters.
    unsafe { Wtf8Buf::from_bytes_unchecked(bytes) }
}

/// `str.lower`.
pub fn lower(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return ascii(s, |b| b.make_ascii_lowercase());
    }
    let mut out = Wtf8Buf::with_capacity(s.len());
    for (at, cp) in s.char_indices() {
        push_lower(&mut out, s, at, cp);
    }
    out
}

/// `str.upper`.
pub fn upper(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return ascii(s, |b| b.make_ascii_uppercase());
    }
    let mut out = Wtf8Buf::with_capacity(s.len());
    for cp in s.chars() {
        push_mapped(&mut out, cp, To::Upper);
    }
    out
}

/// `str.casefold`.
pub fn casefold(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return ascii(s, |b| b.make_ascii_lowercase());
    }
    let mut out = Wtf8Buf::with_capacity(s.len());
    for cp in s.chars() {
        push_mapped(&mut out, cp, To::Fold);
    }
    out
}

/// `str.title`.
pub fn title(s: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(s.len());
    let mut after_cased = false;
    for (at, cp) in s.char_indices() {
        if after_cased {
            push_lower(&mut out, s, at, cp);
        } else {
            push_mapped(&mut out, cp, To::Title);
        }
        after_cased = type_record(cp).flags & tables::CASED != 0;
    }
    out
}

/// `str.capitalize`.
pub fn capitalize(s: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(s.len());
    for (at, cp) in s.char_indices() {
        if at == 0 {
            push_mapped(&mut out, cp, To::Title);
        } else {
            push_lower(&mut out, s, at, cp);
        }
    }
    out
}

/// `str.swapcase`.
pub fn swapcase(s: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(s.len());
    for (at, cp) in s.char_indices() {
        let flags = type_record(cp).flags;
        if flags & tables::UPPER != 0 {
            push_lower(&mut out, s, at, cp);
        } else if flags & tables::LOWER != 0 {
            push_mapped(&mut out, cp, To::Upper);
        } else {
            out.push_code_point(cp);
        }
    }
    out
}

/// `str.islower`: some code point is lower case, none is upper or title case.
pub fn is_lower(s: &Wtf8) -> bool {
    one_case(s, tables::LOWER, tables::UPPER | tables::TITLE)
}

/// `str.isupper`: some code point is upper case, none is lower or title case.
pub fn is_upper(s: &Wtf8) -> bool {
    one_case(s, tables::UPPER, tables::LOWER | tables::TITLE)
}

fn one_case(s: &Wtf8, wanted: u16, refused: u16) -> bool {
    let mut seen = 0;
    for cp in s.chars() {
        let flags = type_record(cp).flags;
        if flags & refused != 0 {
            return false;
        }
        seen |= flags;
    }
    seen & wanted != 0
}

/// `str.istitle`: upper and title case only after what has no case, lower case only after what has.
pub fn is_title(s: &Wtf8) -> bool {
    let (mut any, mut after_cased) = (false, false);
    for cp in s.chars() {
        let flags = type_record(cp).flags;
        if flags & (tables::UPPER | tables::TITLE) != 0 {
            if after_cased {
                return false;
            }
            (any, after_cased) = (true, true);
        } else if flags & tables::LOWER != 0 {
            if !after_cased {
                return false;
            }
            (any, after_cased) = (true, true);
        } else {
            after_cased = false;
        }
    }
    any
}
