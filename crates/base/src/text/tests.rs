use super::{Wtf8, Wtf8Buf, unit};

fn sample() -> Wtf8Buf {
    // A high and a low surrogate side by side stay two code points.
    [0x61, 0xE9, 0xD83D, 0xDE00, 0x1F600, 0x7FF, 0x800, 0xFFFF, 0x10FFFF, 0x62].into_iter().collect()
}

#[test]
fn round_trip_both_ways() {
    let s = sample();
    let forward: Vec<u32> = s.chars().collect();
    assert_eq!(forward, [0x61, 0xE9, 0xD83D, 0xDE00, 0x1F600, 0x7FF, 0x800, 0xFFFF, 0x10FFFF, 0x62]);
    let mut backward: Vec<u32> = s.chars().rev().collect();
    backward.reverse();
    assert_eq!(forward, backward);
    assert_eq!(s.char_count(), 10);
    let ends: Vec<(usize, u32)> = s.char_indices().rev().collect();
    let mut starts: Vec<(usize, u32)> = s.char_indices().collect();
    starts.reverse();
    assert_eq!(ends, starts);
}

#[test]
fn well_formedness() {
    assert!(unit::is_well_formed(sample().as_bytes()));
    assert!(!unit::is_well_formed(b"\xC0\x80"));
    assert!(!unit::is_well_formed(b"a\xED\xA0"));
    assert!(!unit::is_well_formed(b"\xF4\x90\x80\x80"));
    assert!(Wtf8::from_bytes(b"\xED\xB2\x80x").is_some());
}

#[test]
fn nth_offsets_agree_with_a_walk() {
    let mut s = Wtf8Buf::new();
    for i in 0..200u32 {
        s.push_code_point(match i % 5 {
            0 => 0x41,
            1 => 0xE9,
            2 => 0xDC80,
            3 => 0x1F600,
            _ => 0x20AC,
        });
    }
    let offsets: Vec<usize> = s.char_indices().map(|(at, _)| at).collect();
    for (n, &at) in offsets.iter().enumerate() {
        assert_eq!(s.offset_of_nth(n), Some(at));
        assert_eq!(s.chars().nth(n), s.decode_at(at).map(|(cp, _)| cp));
    }
    assert_eq!(s.offset_of_nth(200), Some(s.len()));
    assert_eq!(s.offset_of_nth(201), None);
    assert_eq!(s.char_count(), 200);
}

#[test]
fn conversions() {
    assert_eq!(sample().to_str(), None);
    assert_eq!(sample().find_surrogate(), Some(3));
    assert_eq!(Wtf8Buf::from_code_point(0xD800).to_string_lossy(), "\u{FFFD}");
    assert_eq!(format!("{:?}", sample().get(3..6).unwrap()), "\"\\u{d83d}\"");
    assert_eq!(Wtf8::from_str("héllo").to_str(), Some("héllo"));
    assert_eq!(sample().get(2..3), None);
}

#[test]
fn searching() {
    let s = Wtf8::from_str("abcabc");
    assert_eq!(s.find("bc".as_ref()), Some(1));
    assert_eq!(s.rfind("bc".as_ref()), Some(4));
    assert_eq!(s.find("c".as_ref()), Some(2));
    assert_eq!(s.rfind("x".as_ref()), None);
    assert_eq!(s.find(Wtf8::EMPTY), Some(0));
    assert_eq!(s.rfind(Wtf8::EMPTY), Some(6));
}
