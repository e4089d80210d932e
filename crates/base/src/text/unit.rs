//! One code point: encoding, decoding at an offset, counting.

/// Whether `cp` is a surrogate (U+D800..U+DFFF).
#[inline]
pub const fn is_surrogate(cp: u32) -> bool {
    cp & 0xFFFF_F800 == 0xD800
}

/// Number of bytes that `cp` takes in generalised UTF-8.
#[inline]
pub const fn len_utf8(cp: u32) -> usize {
    if cp < 0x80 {
        1
    } else if cp < 0x800 {
        2
    } else if cp < 0x1_0000 {
        3
    } else {
        4
    }
}

/// Writes `cp` into the front of `buf` and returns how many bytes it took. Values above U+10FFFF are written as U+FFFD, so
/// that no caller can build an ill-formed string.
#[inline]
pub const fn encode(cp: u32, buf: &mut [u8; 4]) -> usize {
    let cp = if cp > 0x10_FFFF { 0xFFFD } else { cp };
    if cp < 0x80 {
        buf[0] = cp as u8;
        1
    } else if cp < 0x800 {
        buf[0] = 0xC0 | (cp >> 6) as u8;
        buf[1] = 0x80 | (cp & 0x3F) as u8;
        2
    } else if cp < 0x1_0000 {
        buf[0] = 0xE0 | (cp >> 12) as u8;
        buf[1] = 0x80 | ((cp >> 6) & 0x3F) as u8;
        buf[2] = 0x80 | (cp & 0x3F) as u8;
        3
    } else {
        buf[0] = 0xF0 | (cp >> 18) as u8;
        buf[1] = 0x80 | ((cp >> 12) & 0x3F) as u8;
        buf[2] = 0x80 | ((cp >> 6) & 0x3F) as u8;
        buf[3] = 0x80 | (cp & 0x3F) as u8;
        4
    }
}

/// Length in bytes of the sequence that `lead` starts. For a continuation byte the answer is 1.
#[inline]
pub const fn sequence_len(lead: u8) -> usize {
    if lead < 0xC0 {
        1
    } else if lead < 0xE0 {
        2
    } else if lead < 0xF0 {
        3
    } else {
        4
    }
}

/// Whether `byte` is a continuation byte (`10xxxxxx`).
#[inline]
pub const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Decodes the code point that starts at `bytes[at]`, with its length in bytes. `None` at the end.
///
/// `bytes` must be well formed and `at` a boundary; otherwise the answer is some number, never a panic.
#[inline]
pub fn decode_at(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let lead = *bytes.get(at)?;
    if lead < 0x80 {
        return Some((lead as u32, 1));
    }
    let next = |i: usize| bytes.get(at + i).map_or(0, |b| (b & 0x3F) as u32);
    if lead < 0xE0 {
        Some((((lead & 0x1F) as u32) << 6 | next(1), 2))
    } else if lead < 0xF0 {
        Some((((lead & 0x0F) as u32) << 12 | next(1) << 6 | next(2), 3))
    } else {
        Some((((lead & 0x07) as u32) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4))
    }
}

/// Decodes the code point that ends just before `bytes[at]`, with its length in bytes. `None` at the start.
#[inline]
pub fn decode_before(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let last = *bytes.get(at.checked_sub(1)?)?;
    if last < 0x80 {
        return Some((last as u32, 1));
    }
    let mut start = at - 1;
    while start > 0 && at - start < 4 && is_continuation(bytes[start]) {
        start -= 1;
    }
    decode_at(bytes, start).map(|(cp, _)| (cp, at - start))
}

/// Number of code points in well-formed `bytes`: the number of bytes that are not continuation bytes.
///
/// The inner sum fits a byte lane (blocks of 192), which lets the compiler use the widest vectors there are.
#[inline]
pub fn count(bytes: &[u8]) -> usize {
    let mut total = 0usize;
    let mut blocks = bytes.chunks_exact(192);
    for block in &mut blocks {
        let mut lane = 0u8;
        for &b in block {
            lane += ((b as i8) >= -0x40) as u8;
        }
        total += lane as usize;
    }
    let mut rest = 0u8;
    for &b in blocks.remainder() {
        rest += ((b as i8) >= -0x40) as u8;
    }
    total + rest as usize
}

/// Byte offset of the `n`-th code point (from 0) of well-formed `bytes`; `None` if there are fewer than `n`.
/// `n` equal to the number of code points gives `bytes.len()`.
pub fn offset_of_nth(bytes: &[u8], n: usize) -> Option<usize> {
    let mut left = n;
    let mut at = 0;
    // Whole blocks are skipped by counting while they cannot contain the target.
    while let Some(block) = bytes.get(at..at + 64) {
        let have = count(block);
        if have > left {
            break;
        }
        left -= have;
        at += 64;
    }
    // A block may have ended inside a sequence, whose start was already counted.
    while at < bytes.len() && is_continuation(bytes[at]) {
        at += 1;
    }
    while left > 0 {
        at += sequence_len(*bytes.get(at)?);
        left -= 1;
    }
    (at <= bytes.len()).then_some(at)
}

/// Whether `bytes` is well-formed generalised UTF-8: UTF-8 in which surrogates are allowed.
pub fn is_well_formed(mut bytes: &[u8]) -> bool {
    loop {
        match std::str::from_utf8(bytes) {
            Ok(_) => return true,
            Err(e) => {
                let at = e.valid_up_to();
                match bytes[at..] {
                    [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => bytes = &bytes[at + 3..],
                    _ => return false,
                }
            }
        }
    }
}
