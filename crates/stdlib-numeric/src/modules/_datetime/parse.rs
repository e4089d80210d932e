//! Dates and times in the formats of ISO 8601.

use super::calendar::{Day, of_iso};

/// `count` digits at a place.
fn digits(text: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = text.get(at..at + count)?;
    digits.iter().try_fold(0, |number, &digit| digit.is_ascii_digit().then(|| number * 10 + (digit - b'0') as u32))
}

/// Year, month and day of `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]` or `YYYYWww[D]`. They may be out of range, except
/// those that come from a week. As in CPython, two characters behind the forms of eight are passed over.
pub fn date(text: &[u8]) -> Option<(u32, u32, u32)> {
    if !matches!(text.len(), 7 | 8 | 10) {
        return None;
    }
    let year = digits(text, 0, 4)?;
    let dashed = text[4] == b'-';
    let mut at = 4 + dashed as usize;
    if text.get(at) == Some(&b'W') {
        let week = digits(text, at + 1, 2)?;
        at += 3;
        let mut weekday = 1;
        if at < text.len() {
            if (text[at] == b'-') != dashed {
                return None;
            }
            at += dashed as usize;
            weekday = digits(text, at, 1)?;
        }
        let day = of_iso(year as i64, week as i64, weekday as i64).ok()?;
        // The last week of the last year may end behind it: that is told as any other year out of range.
        let Day { year, month, day } = day;
        return Some((year as u32, month as u32, day as u32));
    }
    let month = digits(text, at, 2)?;
    at += 2;
    if (text.get(at) == Some(&b'-')) != dashed {
        return None;
    }
    at += dashed as usize;
    let day = digits(text, at, 2)?;
    Some((year, month, day))
}

/// Hour, minute, second and microsecond of `HH[:?MM[:?SS[{.,}f+]]]`, which ends before `end`, and whether the text goes
/// on there. They may be out of range. As in CPython, one more character before a time zone is passed over.
fn clock(text: &[u8], end: usize) -> Option<([u32; 4], bool)> {
    let mut parts = [0; 4];
    let mut at = 0;
    let mut colons = false;
    for index in 0..3 {
        parts[index] = digits(&text[..end], at, 2)?;
        let next = text.get(at + 2);
        at += 3;
        if index == 0 {
            colons = next == Some(&b':');
        }
        if at >= end {
            // A fraction without digits is none.
            let is_point = matches!(next, Some(b'.' | b','));
            return (!is_point).then_some((parts, next.is_some()));
        }
        match next {
            Some(b':') if colons && index < 2 => {}
            Some(b'.' | b',') if index == 2 => break,
            Some(b'.' | b',') => return None,
            _ if colons => return None,
            _ => at -= 1,
        }
    }
    // Digits behind the sixth are left out.
    let count = (end - at).min(6);
    parts[3] = digits(text, at, count)? * 10u32.pow(6 - count as u32);
    at += count;
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    Some((parts, at < text.len()))
}

/// The offset behind a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offset {
    /// There is none.
    None,
    /// Microseconds east of UTC.
    Microseconds(i64),
}

/// Hour, minute, second, microsecond and offset of a time.
pub fn time(text: &[u8]) -> Option<([u32; 4], Offset)> {
    let Some(sign) = text.iter().position(|byte| matches!(byte, b'+' | b'-' | b'Z')) else {
        return match clock(text, text.len())? {
            (parts, false) => Some((parts, Offset::None)),
            _ => None,
        };
    };
    let (parts, _) = clock(text, sign)?;
    let zone = &text[sign + 1..];
    if text[sign] == b'Z' {
        return zone.is_empty().then_some((parts, Offset::Microseconds(0)));
    }
    let (offset, goes_on) = clock(zone, zone.len())?;
    if goes_on {
        return None;
    }
    let [hours, minutes, seconds, microseconds] = offset.map(i64::from);
    let total = (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + microseconds;
    Some((parts, Offset::Microseconds(if text[sign] == b'-' { -total } else { total })))
}

/// Where the date of a date and time ends: the place of the separator, which may be any character.
pub fn separator(text: &[u8]) -> Option<usize> {
    let len = text.len();
    if len < 7 {
        return None;
    }
    if len == 7 {
        return Some(7);
    }
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    if text[4] == b'-' {
        if text[5] != b'W' {
            return Some(10);
        }
        if len > 8 && text[8] == b'-' {
            if len == 9 {
                return None;
            }
            // `YYYY-Www-##`: the dash is taken as separator and the digits as hour.
            return Some(if len > 10 && is_digit(10) { 8 } else { 10 });
        }
        return Some(8);
    }
    if text[4] != b'W' {
        return Some(8);
    }
    // `YYYYWww` and `YYYYWwwd` are told apart by how many digits follow.
    let mut at = 7;
    while at < len && is_digit(at) {
        at += 1;
    }
    Some(if at < 9 {
        at
    } else if at % 2 == 0 {
        7
    } else {
        8
    })
}
