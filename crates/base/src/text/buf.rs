//! The owned string, [`Wtf8Buf`].

use std::fmt;
use std::ops::Deref;

use super::{Wtf8, unit};

/// An owned, growable string in generalised UTF-8.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8Buf(Vec<u8>);

impl Wtf8Buf {
    /// An empty string.
    #[inline]
    pub const fn new() -> Self {
        Wtf8Buf(Vec::new())
    }

    /// An empty string with room for `bytes` bytes.
    #[inline]
    pub fn with_capacity(bytes: usize) -> Self {
        Wtf8Buf(Vec::with_capacity(bytes))
    }

    /// Copies a `str`.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn from_str(s: &str) -> Self {
        Wtf8Buf(s.as_bytes().to_vec())
    }

    /// Takes over a `String`.
    #[inline]
    pub fn from_string(s: String) -> Self {
        Wtf8Buf(s.into_bytes())
    }

    /// Checks and takes over bytes; gives them back if they are not generalised UTF-8.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        if unit::is_well_formed(&bytes) { Ok(Wtf8Buf(bytes)) } else { Err(bytes) }
    }

    /// Takes over bytes.
    ///
    /// # Safety
    /// `bytes` must be well-formed generalised UTF-8.
    #[inline]
    pub const unsafe fn from_bytes_unchecked(bytes: Vec<u8>) -> Self {
        Wtf8Buf(bytes)
    }

    /// A string of one code point.
    pub fn from_code_point(cp: u32) -> Self {
        let mut out = Wtf8Buf::with_capacity(unit::len_utf8(cp));
        out.push_code_point(cp);
        out
    }

    /// The borrowed form.
    #[inline]
    pub fn as_wtf8(&self) -> &Wtf8 {
        self
    }

    /// The bytes.
    #[inline]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// As a `String`; gives itself back if there are surrogates.
    pub fn into_string(self) -> Result<String, Self> {
        String::from_utf8(self.0).map_err(|e| Wtf8Buf(e.into_bytes()))
    }

    /// Room for that many more bytes.
    #[inline]
    pub fn reserve(&mut self, bytes: usize) {
        self.0.reserve(bytes);
    }

    /// Room for that many more bytes, or an error where there is none.
    pub fn try_reserve(&mut self, bytes: usize) -> Result<(), std::collections::TryReserveError> {
        self.0.try_reserve(bytes)
    }

    /// Appends a code point. Values above U+10FFFF are appended as U+FFFD.
    #[inline]
    pub fn push_code_point(&mut self, cp: u32) {
        if cp < 0x80 {
            self.0.push(cp as u8);
        } else {
            let mut buf = [0; 4];
            let len = unit::encode(cp, &mut buf);
            self.0.extend_from_slice(&buf[..len]);
        }
    }

    /// Appends a `char`.
    #[inline]
    pub fn push(&mut self, c: char) {
        self.push_code_point(c as u32);
    }

    /// Appends a code point `n` times.
    pub fn push_repeated(&mut self, cp: u32, n: usize) {
        if cp < 0x80 {
            self.0.resize(self.0.len() + n, cp as u8);
        } else {
            let mut buf = [0; 4];
            let len = unit::encode(cp, &mut buf);
            self.0.reserve(len * n);
            for _ in 0..n {
                self.0.extend_from_slice(&buf[..len]);
            }
        }
    }

    /// Appends a `str`.
    #[inline]
    pub fn push_str(&mut self, s: &str) {
        self.0.extend_from_slice(s.as_bytes());
    }

    /// Appends a string.
    #[inline]
    pub fn push_wtf8(&mut self, s: &Wtf8) {
        self.0.extend_from_slice(s.as_bytes());
    }

    /// Removes and returns the last code point.
    pub fn pop(&mut self) -> Option<u32> {
        let (cp, len) = self.decode_before(self.0.len())?;
        self.0.truncate(self.0.len() - len);
        Some(cp)
    }

    /// Shortens to `len` bytes, which must be a boundary; otherwise nothing happens.
    pub fn truncate(&mut self, len: usize) {
        if self.is_boundary(len) {
            self.0.truncate(len);
        }
    }

    /// Removes everything.
    #[inline]
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Deref for Wtf8Buf {
    type Target = Wtf8;
    #[inline]
    fn deref(&self) -> &Wtf8 {
        // SAFETY: every way to build or change a buffer keeps it well formed.
        unsafe { Wtf8::from_bytes_unchecked(&self.0) }
    }
}

impl AsRef<Wtf8> for Wtf8Buf {
    fn as_ref(&self) -> &Wtf8 {
        self
    }
}

impl fmt::Display for Wtf8Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for Wtf8Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Write for Wtf8Buf {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push_str(s);
        Ok(())
    }
}

impl From<&str> for Wtf8Buf {
    fn from(s: &str) -> Self {
        Wtf8Buf::from_str(s)
    }
}

impl From<String> for Wtf8Buf {
    fn from(s: String) -> Self {
        Wtf8Buf::from_string(s)
    }
}

impl From<&Wtf8> for Wtf8Buf {
    fn from(s: &Wtf8) -> Self {
        s.to_wtf8_buf()
    }
}

impl FromIterator<u32> for Wtf8Buf {
    fn from_iter<I: IntoIterator<Item = u32>>(iter: I) -> Self {
        let mut out = Wtf8Buf::new();
        out.extend(iter);
        out
    }
}

impl Extend<u32> for Wtf8Buf {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, iter: I) {
        let iter = iter.into_iter();
        self.reserve(iter.size_hint().0);
        for cp in iter {
            self.push_code_point(cp);
        }
    }
}

impl PartialEq<str> for Wtf8Buf {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Wtf8Buf {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}
