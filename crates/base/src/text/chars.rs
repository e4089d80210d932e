//! Iterators over the code points of a [`Wtf8`].

use super::{Wtf8, unit};

/// The code points of a string, from both ends.
#[derive(Clone)]
pub struct Chars<'a> {
    bytes: &'a [u8],
}

impl<'a> Chars<'a> {
    #[inline]
    pub(super) fn new(text: &'a Wtf8) -> Self {
        Chars { bytes: text.as_bytes() }
    }

    /// What has not been yielded yet.
    #[inline]
    pub fn as_wtf8(&self) -> &'a Wtf8 {
        // SAFETY: both ends move by whole code points, so what is left is well formed.
        unsafe { Wtf8::from_bytes_unchecked(self.bytes) }
    }
}

impl Iterator for Chars<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let (cp, len) = unit::decode_at(self.bytes, 0)?;
        self.bytes = &self.bytes[len..];
        Some(cp)
    }

    #[inline]
    fn count(self) -> usize {
        unit::count(self.bytes)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.bytes.len().div_ceil(4), Some(self.bytes.len()))
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<u32> {
        match unit::offset_of_nth(self.bytes, n) {
            Some(at) => {
                self.bytes = &self.bytes[at..];
                self.next()
            }
            None => {
                self.bytes = &[];
                None
            }
        }
    }
}

impl DoubleEndedIterator for Chars<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        let (cp, len) = unit::decode_before(self.bytes, self.bytes.len())?;
        self.bytes = &self.bytes[..self.bytes.len() - len];
        Some(cp)
    }
}

impl std::iter::FusedIterator for Chars<'_> {}

/// The code points of a string with the byte offset at which each starts.
#[derive(Clone)]
pub struct CharIndices<'a> {
    front: usize,
    chars: Chars<'a>,
}

impl<'a> CharIndices<'a> {
    #[inline]
    pub(super) fn new(text: &'a Wtf8) -> Self {
        CharIndices { front: 0, chars: Chars::new(text) }
    }
}

impl Iterator for CharIndices<'_> {
    type Item = (usize, u32);

    #[inline]
    fn next(&mut self) -> Option<(usize, u32)> {
        let before = self.chars.bytes.len();
        let cp = self.chars.next()?;
        let at = self.front;
        self.front += before - self.chars.bytes.len();
        Some((at, cp))
    }
}

impl DoubleEndedIterator for CharIndices<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<(usize, u32)> {
        let cp = self.chars.next_back()?;
        Some((self.front + self.chars.bytes.len(), cp))
    }
}
