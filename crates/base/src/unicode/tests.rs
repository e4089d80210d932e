//! Every property of every code point, by checksums that CPython 3.14 made.

use std::fmt::Write;

use super::tables::{self, digests as d, type_record};
use super::*;
use crate::text::{Wtf8, Wtf8Buf};

struct Crc(u32);

impl Crc {
    fn add(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 ^= u32::from(b);
            for _ in 0..8 {
                self.0 = if self.0 & 1 != 0 { (self.0 >> 1) ^ 0xEDB8_8320 } else { self.0 >> 1 };
            }
        }
    }
}

/// The checksum of what `write` writes for each code point.
fn digest(mut write: impl FnMut(&mut Wtf8Buf, u32)) -> u32 {
    let mut crc = Crc(!0);
    let mut out = Wtf8Buf::new();
    for cp in 0..0x11_0000 {
        out.clear();
        write(&mut out, cp);
        out.push(';');
        crc.add(out.as_bytes());
    }
    !crc.0
}

fn of_string(f: impl Fn(&Wtf8) -> Wtf8Buf) -> u32 {
    digest(|out, cp| out.push_wtf8(&f(&Wtf8Buf::from_code_point(cp))))
}

fn or_minus_one(v: Option<u8>) -> i32 {
    v.map_or(-1, i32::from)
}

/// Numeric values are small fractions: finds which.
fn fraction(v: f64) -> String {
    for denominator in 1..=1000u32 {
        let n = v * f64::from(denominator);
        if (n - n.round()).abs() < 1e-9 {
            return if denominator == 1 { format!("{}", n.round()) } else { format!("{}/{denominator}", n.round()) };
        }
    }
    format!("{v}")
}

#[test]
fn flags() {
    assert_eq!(digest(|out, cp| write!(out, "{}", type_record(cp).flags).unwrap()), d::FLAGS);
}

#[test]
fn cases() {
    assert_eq!(of_string(case::lower), d::LOWER);
    assert_eq!(of_string(case::upper), d::UPPER);
    assert_eq!(of_string(case::title), d::TITLE_CASE);
    assert_eq!(of_string(case::casefold), d::FOLD);
    let simple =
        digest(|out, cp| write!(out, "{},{},{}", simple_lower(cp), simple_upper(cp), simple_title(cp)).unwrap());
    assert_eq!(simple, d::SIMPLE);
}

#[test]
fn names() {
    assert_eq!(digest(|out, cp| out.push_str(&name(cp).unwrap_or_default())), d::NAMES);
    for cp in 0..0x11_0000 {
        if let Some(n) = name(cp) {
            assert_eq!(lookup(&n), Some(cp));
        }
    }
    for (n, cp) in d::ALIASES {
        assert_eq!(lookup(n), Some(cp), "{n}");
    }
    assert_eq!(named_sequence("keycap digit one"), Some(Found::Sequence("1\u{FE0F}\u{20E3}")));
    assert_eq!(named_sequence("latin small letter a"), Some(Found::CodePoint(97)));
    assert_eq!(named_sequence("nothing of that kind"), None);
    assert_eq!(lookup(""), None);
    assert_eq!(lookup(&"A".repeat(5000)), None);
    assert_eq!(lookup("CJK UNIFIED IDEOGRAPH-"), None);
    assert_eq!(lookup("HANGUL SYLLABLE "), None);
}

fn database(v: Version) -> [u32; 3] {
    [
        digest(|out, cp| {
            let (c, b, w) = (category(cp, v), bidirectional(cp, v), east_asian_width(cp, v));
            write!(out, "{c},{b},{},{w},{}", combining(cp, v), mirrored(cp, v) as u8).unwrap();
        }),
        digest(|out, cp| {
            let n = numeric(cp, v).map_or(String::new(), fraction);
            write!(out, "{},{},{n}", or_minus_one(decimal(cp, v)), or_minus_one(digit(cp, v))).unwrap();
        }),
        digest(|out, cp| out.push_str(&decomposition(cp, v))),
    ]
}

fn forms(v: Version) -> [u32; 8] {
    let mut all = [0; 8];
    for (i, form) in [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd].into_iter().enumerate() {
        all[2 * i] = of_string(|s| normalize(s, form, v).into_owned());
        all[2 * i + 1] = digest(|out, cp| {
            let s: Wtf8Buf = [0x65, 0x301, cp, 0x301, 0x323, 0x1161].into_iter().collect();
            out.push_wtf8(&normalize(&s, form, v));
        });
    }
    all
}

#[test]
fn database_of_today() {
    assert_eq!(database(Version::Current), [d::NEW_RECORD, d::NEW_NUMERIC, d::NEW_DECOMPOSITION]);
}

#[test]
fn database_of_3_2() {
    assert_eq!(database(Version::V3_2), [d::OLD_RECORD, d::OLD_NUMERIC, d::OLD_DECOMPOSITION]);
}

#[test]
fn normal_forms_of_today() {
    let expected = [
        d::NEW_NFC,
        d::NEW_NFC_COMPANY,
        d::NEW_NFD,
        d::NEW_NFD_COMPANY,
        d::NEW_NFKC,
        d::NEW_NFKC_COMPANY,
        d::NEW_NFKD,
        d::NEW_NFKD_COMPANY,
    ];
    assert_eq!(forms(Version::Current), expected);
}

#[test]
fn normal_forms_of_3_2() {
    let expected = [
        d::OLD_NFC,
        d::OLD_NFC_COMPANY,
        d::OLD_NFD,
        d::OLD_NFD_COMPANY,
        d::OLD_NFKC,
        d::OLD_NFKC_COMPANY,
        d::OLD_NFKD,
        d::OLD_NFKD_COMPANY,
    ];
    assert_eq!(forms(Version::V3_2), expected);
}

#[test]
fn is_normalized_in_company() {
    let check = |form| {
        digest(|out, cp| {
            let s: Wtf8Buf = [0x65, cp, 0x301].into_iter().collect();
            write!(out, "{}", is_normalized(&s, form, Version::Current) as u8).unwrap();
        })
    };
    let all = [Form::Nfc, Form::Nfd, Form::Nfkc, Form::Nfkd].map(check);
    assert_eq!(all, [d::NFC_CHECK, d::NFD_CHECK, d::NFKC_CHECK, d::NFKD_CHECK]);
}

#[test]
fn sigma_and_titles() {
    let of = |f: fn(&Wtf8) -> Wtf8Buf, s: &str| f(Wtf8::from_str(s)).into_string().unwrap();
    assert_eq!(of(case::lower, "ΑΣ ΑΣΑ Σ Α.Σ. ΑΣ."), "ας ασα σ α.ς. ας.");
    assert_eq!(of(case::title, "they're ǆ ŉ ﬁne ΑΣ"), "They'Re ǅ ʼN Fine Ας");
    assert_eq!(of(case::capitalize, "ǆABΣ"), "ǅabς");
    assert_eq!(of(case::swapcase, "aßΣb ǅ"), "ASSσB ǅ");
    assert!(!case::is_title("Ab Cd ǅa 1a".as_ref()));
    assert!(case::is_title("Ab Cd ǅa 1".as_ref()));
    assert!(case::is_lower("aª1".as_ref()) && !case::is_lower("1".as_ref()) && !case::is_lower("aǅ".as_ref()));
    assert!(case::is_upper("A1".as_ref()) && !case::is_upper("Aa".as_ref()));
}

#[test]
fn identifiers_and_lines() {
    assert!(is_identifier("_é9".as_ref()) && !is_identifier("9".as_ref()) && !is_identifier("".as_ref()));
    let s = Wtf8::from_str("a\r\nb\u{2028}c");
    assert_eq!(line_end(s, 0), (1, 3));
    assert_eq!(line_end(s, 3), (4, 7));
    assert_eq!(line_end(s, 7), (8, 8));
    assert_eq!(type_record(0x7FFF_FFFF).flags & tables::ALPHA, 0);
    assert_eq!(category(u32::MAX, Version::Current), "Cn");
}
