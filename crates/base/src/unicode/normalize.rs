//! Normalisation.

use std::borrow::Cow;

use super::database::{Version, is_assigned};
use super::tables::{COMPOSITIONS, OLD_CORRECTIONS, db_record, decomp_record};
use crate::text::{Wtf8, Wtf8Buf};

/// A normalisation form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Canonical decomposition, then composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility decomposition, then composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// The form of that name, `"NFC"` and so on.
    pub fn from_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }

    fn is_compat(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }

    fn composes(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }

    /// The bits of [`super::tables::DbRecord::checks`] that say no and maybe.
    fn check_bits(self) -> (u8, u8) {
        match self {
            Form::Nfd => (1, 0),
            Form::Nfkd => (2, 0),
            Form::Nfc => (4, 8),
            Form::Nfkc => (16, 32),
        }
    }
}

/// What a look at each code point alone can tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuickCheck {
    /// The string is normalised.
    Yes,
    /// It is not.
    No,
    /// Only normalising it can tell.
    Maybe,
}

/// Checks without normalising, by the database of today.
pub fn quick_check(s: &Wtf8, form: Form) -> QuickCheck {
    if s.is_ascii() {
        return QuickCheck::Yes;
    }
    let (no, maybe) = form.check_bits();
    let (mut last_class, mut answer) = (0, QuickCheck::Yes);
    for cp in s.chars() {
        let record = db_record(cp);
        if record.checks & no != 0 || (record.combining != 0 && record.combining < last_class) {
            return QuickCheck::No;
        }
        if record.checks & maybe != 0 {
            answer = QuickCheck::Maybe;
        }
        last_class = record.combining;
    }
    answer
}

/// `unicodedata.is_normalized`.
pub fn is_normalized(s: &Wtf8, form: Form, version: Version) -> bool {
    let quick = match version {
        Version::Current => quick_check(s, form),
        Version::V3_2 => QuickCheck::Maybe,
    };
    match quick {
        QuickCheck::Yes => true,
        QuickCheck::No => false,
        QuickCheck::Maybe => *run(s, form, version) == *s,
    }
}

/// `unicodedata.normalize`.
pub fn normalize(s: &Wtf8, form: Form, version: Version) -> Cow<'_, Wtf8> {
    if s.is_ascii() || (version == Version::Current && quick_check(s, form) == QuickCheck::Yes) {
        return Cow::Borrowed(s);
    }
    Cow::Owned(run(s, form, version))
}

fn run(s: &Wtf8, form: Form, version: Version) -> Wtf8Buf {
    let mut chars = Vec::with_capacity(s.len());
    for cp in s.chars() {
        decompose(cp, form.is_compat(), version, &mut chars);
    }
    put_in_order(&mut chars);
    if form.composes() {
        compose(&mut chars);
    }
    chars.into_iter().map(|(cp, _)| cp).collect()
}

/// A code point and its combining class.
type Classed = (u32, u8);

fn decompose(cp: u32, compat: bool, version: Version, out: &mut Vec<Classed>) {
    if cp < 0x80 {
        out.push((cp, 0));
        return;
    }
    let mut hangul = [0; 3];
    if let Some(parts) = hangul_parts(cp, &mut hangul) {
        out.extend(parts.iter().map(|&p| (p, 0)));
        return;
    }
    // The first part of a decomposition may decompose again, the others too in compatibility forms; the depth is small and
    // given by the table, so recursion is bounded.
    if version == Version::V3_2 {
        if let Some(&(_, corrected)) = OLD_CORRECTIONS.iter().find(|row| row.0 == cp) {
            return decompose(corrected, compat, version, out);
        }
        if !is_assigned(cp, version) {
            out.push((cp, db_record(cp).combining));
            return;
        }
    }
    match decomp_record(cp) {
        Some((tag, parts)) if tag == 0 || compat => {
            for &part in parts {
                decompose(part, compat, version, out);
            }
        }
        _ => out.push((cp, db_record(cp).combining)),
    }
}

/// Sorts each run of combining marks by class. A stable sort, so that long runs are not quadratic.
fn put_in_order(chars: &mut [Classed]) {
    let mut at = 0;
    while at < chars.len() {
        if chars[at].1 == 0 {
            at += 1;
            continue;
        }
        let len = chars[at..].iter().take_while(|c| c.1 != 0).count();
        chars[at..at + len].sort_by_key(|c| c.1);
        at += len;
    }
}

/// Composes in place what has been decomposed and put in order.
fn compose(chars: &mut Vec<Classed>) {
    let mut starter: Option<usize> = None;
    let mut kept = 0;
    // Class of the last mark kept since the starter: a mark of the same class or of a lower one is blocked by it.
    let mut last_class = 0;
    for i in 0..chars.len() {
        let (cp, class) = chars[i];
        if let Some(at) = starter {
            let adjacent = kept == at + 1;
            let blocked = !adjacent && last_class >= class;
            if !blocked && let Some(composed) = compose_pair(chars[at].0, cp) {
                chars[at].0 = composed;
                continue;
            }
        }
        if class == 0 {
            starter = Some(kept);
        }
        last_class = class;
        chars[kept] = (cp, class);
        kept += 1;
    }
    chars.truncate(kept);
}

const S_BASE: u32 = 0xAC00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11A7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;

/// The jamo of a Hangul syllable, written into `buf`.
#[inline]
pub(super) fn hangul_parts(cp: u32, buf: &mut [u32; 3]) -> Option<&[u32]> {
    let index = cp.wrapping_sub(S_BASE);
    if index >= L_COUNT * V_COUNT * T_COUNT {
        return None;
    }
    let tail = index % T_COUNT;
    *buf = [L_BASE + index / (V_COUNT * T_COUNT), V_BASE + index / T_COUNT % V_COUNT, T_BASE + tail];
    Some(if tail == 0 { &buf[..2] } else { &buf[..] })
}

fn compose_pair(first: u32, second: u32) -> Option<u32> {
    if second < 0x300 {
        // No composition has a second part below the combining marks.
        return None;
    }
    let (l, v) = (first.wrapping_sub(L_BASE), second.wrapping_sub(V_BASE));
    if l < L_COUNT && v < V_COUNT {
        return Some(S_BASE + (l * V_COUNT + v) * T_COUNT);
    }
    let (s, t) = (first.wrapping_sub(S_BASE), second.wrapping_sub(T_BASE));
    if s < L_COUNT * V_COUNT * T_COUNT && s % T_COUNT == 0 && (1..T_COUNT).contains(&t) {
        return Some(first + t);
    }
    let at = COMPOSITIONS.binary_search_by_key(&(first, second), |row| (row.0, row.1)).ok()?;
    Some(COMPOSITIONS[at].2)
}
