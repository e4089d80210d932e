//! Texts to match: narrow ones, where each byte is a character, and wide ones in generalised UTF-8. Positions are byte
//! offsets.

use base::text::unit as wtf8;

/// A text, cut off at the end position of the search.
pub trait Text: Copy {
    /// Is each byte a character?
    const NARROW: bool;
    /// The bytes.
    fn bytes(&self) -> &[u8];
    /// The character at a position and the position behind it.
    fn next(&self, pos: usize) -> Option<(u32, usize)>;
    /// The character before a position and its position.
    fn prev(&self, pos: usize) -> Option<(u32, usize)>;
    /// So many characters back.
    fn back(&self, pos: usize, count: usize) -> Option<usize>;
}

/// Bytes, or a string of ASCII characters.
#[derive(Clone, Copy)]
pub struct Narrow<'a>(pub &'a [u8]);

/// Any string.
#[derive(Clone, Copy)]
pub struct Wide<'a>(pub &'a [u8]);

impl Text for Narrow<'_> {
    const NARROW: bool = true;

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn next(&self, pos: usize) -> Option<(u32, usize)> {
        self.0.get(pos).map(|&byte| (byte as u32, pos + 1))
    }

    #[inline(always)]
    fn prev(&self, pos: usize) -> Option<(u32, usize)> {
        let at = pos.checked_sub(1)?;
        self.0.get(at).map(|&byte| (byte as u32, at))
    }

    #[inline(always)]
    fn back(&self, pos: usize, count: usize) -> Option<usize> {
        pos.checked_sub(count)
    }
}

impl Text for Wide<'_> {
    const NARROW: bool = false;

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn next(&self, pos: usize) -> Option<(u32, usize)> {
        let &byte = self.0.get(pos)?;
        if byte < 0x80 {
            return Some((byte as u32, pos + 1));
        }
        let (char, width) = wtf8::decode_at(self.0, pos)?;
        Some((char, pos + width))
    }

    #[inline(always)]
    fn prev(&self, pos: usize) -> Option<(u32, usize)> {
        let (char, width) = wtf8::decode_before(self.0, pos)?;
        Some((char, pos - width))
    }

    fn back(&self, mut pos: usize, count: usize) -> Option<usize> {
        for _ in 0..count {
            pos = self.prev(pos)?.1;
        }
        Some(pos)
    }
}
